"""Whatever is done to runs in whatever order, the ledger says what a model says."""

from __future__ import annotations

import tempfile
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
)
from ledgers import OUTCOME

from stresskit.web.ledger import Ledger, NewRun

OPEN = {"draft", "queued", "running", "interrupted"}


class AnyOrder(RuleBasedStateMachine):
    """A model that keeps only the status of each run."""

    ids = Bundle("ids")

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.url = f"sqlite:///{self.folder.name}/ledger.db"
        self.ledger = Ledger(self.url)
        self.status: dict[str, str] = {}
        self.results: set[str] = set()

    @rule(target=ids, status=st.sampled_from(["draft", "queued", "running"]))
    def add(self, status: Any) -> str:
        """A new run."""
        new = NewRun(
            owner="anna",
            kind="json",
            input_name="p",
            input=b"[]",
            options={},
            status=status,
        )
        run, _ = self.ledger.add(new)
        self.status[run.id] = status
        return run.id

    def move(self, run: str, states: set[str], to: str, moved: object) -> None:
        """The model moves when the ledger should, and both say the same."""
        expected = self.status[run] in states
        assert moved == expected
        if expected:
            self.status[run] = to

    @rule(run=ids)
    def start(self, run):
        """By the one server."""
        self.move(run, {"queued", "interrupted"}, "running", self.ledger.start(run))

    @rule(run=ids)
    def finish(self, run):
        """With a result."""
        done = self.ledger.finish(run, **OUTCOME)
        self.move(run, {"running"}, "done", done)
        self.results |= {run} if done else set()

    @rule(run=ids)
    def fail(self, run):
        """With a problem."""
        self.move(run, {"running"}, "failed", self.ledger.fail(run, {}))

    @rule(run=ids)
    def cancel(self, run):
        """Whatever it is that is not over."""
        self.move(run, OPEN, "cancelled", self.ledger.cancel(run))

    @rule(run=ids)
    def submit(self, run):
        """A draft."""
        self.move(run, {"draft"}, "queued", self.ledger.submit(run, {}))

    @rule(run=ids)
    def requeue(self, run):
        """An interrupted one."""
        self.move(run, {"interrupted"}, "queued", self.ledger.requeue(run))

    @rule(run=ids)
    def delete(self, run):
        """Its owner empties it."""
        assert self.ledger.delete(run, "anna")
        self.results.discard(run)
        if self.status[run] in OPEN:
            self.status[run] = "cancelled"

    @rule()
    def end_and_start_again(self):
        """The process ends, and the next one recovers."""
        self.ledger.close()
        self.ledger = Ledger(self.url)
        running = sorted(k for k, v in self.status.items() if v == "running")
        self.status |= dict.fromkeys(running, "interrupted")
        queued = sorted(k for k, v in self.status.items() if v == "queued")
        assert self.ledger.recover() == (running, queued)

    @invariant()
    def the_ledger_says_the_same(self):
        """Every line, and input and result only where they should be."""
        listed, _ = self.ledger.list("anna", limit=500)
        drafts, _ = self.ledger.list("anna", limit=500, status="draft")
        found = {r.id: r for r in (*listed, *drafts)}
        assert {k: r.status for k, r in found.items()} == self.status
        assert {k for k, r in found.items() if r.has_result} == self.results
        for k, r in found.items():
            assert (self.ledger.input_of(k) is not None) == r.has_input
            assert r.has_input == (r.status in OPEN)

    def teardown(self):
        """Leave nothing behind."""
        self.ledger.close()
        self.folder.cleanup()


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=8,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)

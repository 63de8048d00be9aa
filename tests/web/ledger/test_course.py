from __future__ import annotations

import datetime as dt
import hashlib
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import pytest
from ledgers import OUTCOME, SECRET
from sqlalchemy import create_engine, text

from stresskit.web.ledger import Ledger, LedgerError


def test_a_run_is_finished_once(ledger, asked):
    """Finishing records the result, removes the input, and is not done twice."""
    run, _ = ledger.add(asked())
    assert not ledger.finish(run.id, **OUTCOME)

    assert ledger.start(run.id)
    assert ledger.finish(run.id, **OUTCOME)

    done = ledger.get(run.id, "anna")
    assert (done.status, done.attempts) == ("done", 1)
    assert (done.has_input, done.has_result) == (False, True)
    assert done.summary == OUTCOME["summary"]
    assert done.version == "1.2.3"
    assert done.result_sha256 == hashlib.sha256(OUTCOME["result"]).hexdigest()
    assert done.created <= done.started <= done.finished
    assert not ledger.finish(run.id, **OUTCOME)
    assert not ledger.fail(run.id, {})
    assert not ledger.start(run.id)
    assert not ledger.cancel(run.id)


def test_one_of_many_starts_a_run(url, opened, asked):
    """Sixteen threads want to start it and one does."""
    ledger = opened(url)
    run, _ = ledger.add(asked())

    with ThreadPoolExecutor(16) as pool:
        started = list(pool.map(lambda _: ledger.start(run.id), range(16)))

    assert sum(started) == 1
    assert ledger.get(run.id, "anna").attempts == 1


def test_a_failed_run_says_why_and_keeps_no_input(ledger, asked):
    """The problem is on the line, in the webhook's message, and the input is gone."""
    run, _ = ledger.add(asked(status="running", webhook="https://a.example/hook"))

    assert ledger.fail(run.id, {"title": "no answer"})

    assert ledger.get(run.id, "anna").problem == {"title": "no answer"}
    assert ledger.input_of(run.id) is None
    due = ledger.due_deliveries(dt.datetime.now(dt.UTC), 10)
    assert [(d.run_id, d.event) for d in due] == [(run.id, "run.failed")]


def test_a_failed_run_can_leave_its_input_for_an_hour(ledger, asked):
    """What is to be put right is asked again with the same upload, until it is old."""
    run, _ = ledger.add(asked(status="running"))
    ledger.fail(run.id, {"title": "no answer"}, keep_input=True)
    there = ledger.input_of(run.id) is not None

    ledger.prune(results_older_than=None, drafts_older_than=dt.timedelta(hours=-1))

    assert there
    assert ledger.input_of(run.id) is None


@pytest.mark.parametrize("status", ["draft", "queued", "running"])
def test_a_cancelled_run_is_not_finished(ledger, asked, status):
    """Whoever computed it learns that nobody wants it any more."""
    run, _ = ledger.add(asked(status=status))

    assert ledger.cancel(run.id)

    assert not ledger.finish(run.id, **OUTCOME)
    assert ledger.get(run.id, "anna").status == "cancelled"
    assert ledger.result_of(run.id, "anna") is None
    assert ledger.input_of(run.id) is None
    assert not ledger.cancel(run.id)


def test_cancel_and_finish_at_once_have_one_winner(ledger, asked):
    """Either it is done with a result or cancelled without one."""
    for _ in range(5):
        run, _ = ledger.add(asked(status="running"))
        with ThreadPoolExecutor(2) as pool:
            finished = pool.submit(ledger.finish, run.id, **OUTCOME)
            cancelled = pool.submit(ledger.cancel, run.id)

        assert finished.result() != cancelled.result()
        left = ledger.get(run.id, "anna")
        assert left.status == ("done" if finished.result() else "cancelled")
        assert left.has_result == finished.result()


def test_a_draft_is_corrected_and_sent(ledger, asked):
    """Options and side files change until it is submitted, and not after."""
    run, _ = ledger.add(asked(status="draft", sides={"fx": ("a.csv", b"old")}))
    assert ledger.set_preview(run.id, b"one")
    assert ledger.set_preview(run.id, b"two")
    assert ledger.preview_of(run.id) == b"two"
    assert ledger.set_options(run.id, {"severity": 2})
    assert not ledger.start(run.id)

    new = {"fx": ("b.csv", b"new"), "overrides": ("o.csv", b"o")}
    assert ledger.submit(run.id, {"severity": 3}, new)

    sent = ledger.get(run.id, "anna")
    assert (sent.status, sent.options) == ("queued", {"severity": 3})
    assert sent.sides["fx"] == ("b.csv", hashlib.sha256(b"new").hexdigest())
    assert ledger.input_of(run.id) == (SECRET, new)
    assert not ledger.submit(run.id, {})
    assert not ledger.set_options(run.id, {})
    assert not ledger.set_preview(run.id, b"three")
    assert ledger.start(run.id)
    assert ledger.finish(run.id, **OUTCOME)
    assert ledger.preview_of(run.id) is None


KILLED = """
    import sys
    from stresskit.web.ledger import Ledger, NewRun
    ledger = Ledger(sys.argv[1])
    ledger.recover()
    new = dict(owner="anna", kind="json", input_name="p", input=b"[]", options={})
    ids = [ledger.add(NewRun(**new, status=s))[0].id for s in
           ("running", "queued", "running", "queued", "running")]
    done = dict(result=b"{}", summary={}, version="1")
    assert ledger.finish(ids[4], **done)
    print(*ids, flush=True)
    sys.stdin.read()
"""


def test_runs_of_a_killed_server_are_marked_and_run_again(url, opened):
    """What was under way is interrupted, what waited waits, each is finished once."""
    command = [sys.executable, "-c", textwrap.dedent(KILLED), url]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        ids = process.stdout.readline().split()
        next_one = opened(url)
        if url.startswith("sqlite"):
            with pytest.raises(LedgerError, match="Another server") as refused:
                next_one.recover()
            assert refused.value.reason == "in-use"
        else:
            assert next_one.recover() == ([], [ids[1], ids[3]])
            assert next_one.beat() == []
        process.send_signal(signal.SIGKILL)
    if not url.startswith("sqlite"):
        lapse(url)

    lost, queued = next_one.recover()

    assert lost == [ids[0], ids[2]]
    assert queued == [ids[1], ids[3]]
    assert next_one.get(ids[4], "anna").status == "done"
    assert next_one.input_of(ids[0]) == (b"[]", {})
    assert next_one.requeue(ids[0])
    assert not next_one.requeue(ids[0])
    for one in ids[:4]:
        assert next_one.start(one)
        assert next_one.finish(one, **OUTCOME)
    attempts = [next_one.get(one, "anna").attempts for one in ids]
    assert attempts == [2, 1, 2, 1, 1]


def lapse(url: str) -> None:
    """Let every server's lease run out, as if a minute had passed."""
    engine = create_engine(url)
    with engine.begin() as connection:
        late = "UPDATE servers SET seen = seen - interval '60 seconds'"
        connection.execute(text(late))
    engine.dispose()


def test_a_server_that_was_taken_for_gone_finishes_nothing(url, opened, asked):
    """What another has marked is no longer its to finish; it may start others."""
    if url.startswith("sqlite"):
        # There is one server then: that a closed one cannot finish is the like.
        first = opened(url)
        run, _ = first.add(asked(status="running"))
        first.close()
        assert opened(url).recover()[0] == [run.id]
        return
    slow, other = opened(url), opened(url)
    run, _ = slow.add(asked(status="running"))
    lapse(url)

    assert other.beat() == [run.id]
    assert other.start(run.id)

    assert not slow.finish(run.id, **OUTCOME)
    assert slow.beat() == []
    assert other.finish(run.id, **OUTCOME)
    again, _ = slow.add(asked(status="running"))
    assert other.beat() == []
    assert slow.finish(again.id, **OUTCOME)


def test_a_program_that_is_no_server_uses_the_file_beside_one(file):
    """Tokens are made while the service runs."""
    ledger, path = file
    ledger.recover()

    beside = Ledger(f"sqlite:///{path}")
    beside.add_token("anna", "run", token_hash="0" * 64)
    beside.close()

    assert ledger.has_tokens()
    assert ledger.beat() == []

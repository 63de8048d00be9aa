from __future__ import annotations

import datetime as dt

import pytest
from ledgers import OUTCOME, SECRET
from sqlalchemy import create_engine, text

from stresskit.web.ledger import LedgerError

NOW = dt.timedelta(0)
DAY = dt.timedelta(days=1)
MARK = b"MEIER-FAMILY-OFFICE"


def bytes_of(path):
    """Everything on the disk: the file, its log, its index."""
    return b"".join(p.read_bytes() for p in path.parent.glob("ledger.db*"))


def test_a_finished_run_leaves_nothing_of_its_input_on_the_disk(file, asked):
    """The bytes of upload, side file and preview leave the file with the next beat."""
    ledger, path = file
    run, _ = ledger.add(asked(status="draft", sides={"fx": ("fx.csv", SECRET)}))
    ledger.set_preview(run.id, b"{}")
    ledger.submit(run.id, {})
    ledger.tidy()
    assert MARK in bytes_of(path)

    ledger.start(run.id)
    ledger.finish(run.id, **OUTCOME)
    ledger.beat()

    assert MARK not in bytes_of(path)


def test_a_run_that_was_waited_for_never_writes_its_input(file, asked):
    """Not even the log holds it."""
    ledger, path = file
    ledger.record(asked(), began=dt.datetime.now(dt.UTC), **OUTCOME)

    assert MARK not in bytes_of(path)


def test_uploads_are_kept_if_the_operator_says_so(url, opened, asked):
    """Done and failed runs keep their input; a cancelled one does not."""
    ledger = opened(url, keep_uploads=True)
    now = dt.datetime.now(dt.UTC)
    done, _ = ledger.add(asked(status="running"))
    ledger.finish(done.id, **OUTCOME)
    recorded, _ = ledger.record(asked(), began=now, **OUTCOME)
    failed, _ = ledger.add(asked(status="running"))
    ledger.fail(failed.id, {})
    cancelled, _ = ledger.add(asked())
    ledger.cancel(cancelled.id)

    assert ledger.input_of(done.id) == (SECRET, {})
    assert ledger.input_of(recorded.id) == (SECRET, {})
    assert ledger.input_of(failed.id) == (SECRET, {})
    assert ledger.input_of(cancelled.id) is None
    assert [r.has_input for r in ledger.list("anna")[0]] == [False, True, True, True]


@pytest.mark.parametrize("status", ["done", "running", "queued", "draft"])
def test_deleting_empties_a_run_and_keeps_its_line(ledger, asked, status):
    """Who asked what stays; a run that was not over is cancelled and stays so."""
    run, _ = ledger.add(asked(status="running" if status == "done" else status))
    if status == "done":
        ledger.finish(run.id, **OUTCOME, kept=b"k", levels=b"l")

    assert ledger.delete(run.id, "anna")
    assert ledger.delete(run.id, "anna")

    left = ledger.get(run.id, "anna")
    assert left.status == ("done" if status == "done" else "cancelled")
    assert left.deleted is not None
    assert (left.has_result, left.has_input) == (False, False)
    assert left.input_sha256 == run.input_sha256
    assert ledger.result_of(run.id, "anna") is None
    assert ledger.kept_of(run.id, "anna") is None
    assert ledger.input_of(run.id) is None
    assert not ledger.finish(run.id, **OUTCOME)


def test_pruning_removes_what_is_old_and_nothing_else(ledger, asked):
    """Results and drafts by their age; what waits or runs is never pruned."""
    done, _ = ledger.record(asked(), began=dt.datetime.now(dt.UTC), **OUTCOME)
    draft, _ = ledger.add(asked(status="draft"))
    queued, _ = ledger.add(asked())
    running, _ = ledger.add(asked(status="running"))

    assert ledger.prune(results_older_than=DAY, drafts_older_than=DAY) == 0
    assert ledger.prune(results_older_than=None, drafts_older_than=-DAY) == 1
    assert ledger.get(draft.id, "anna").status == "cancelled"
    assert ledger.input_of(draft.id) is None
    assert ledger.prune(results_older_than=-DAY, drafts_older_than=DAY) == 1
    assert ledger.prune(results_older_than=-DAY, drafts_older_than=-DAY) == 0
    left = ledger.get(done.id, "anna")
    assert (left.status, left.has_result) == ("done", False)
    assert left.deleted is not None
    assert ledger.input_of(queued.id) is not None
    assert ledger.finish(running.id, **OUTCOME)


def test_a_result_that_was_changed_is_not_handed_out(url, ledger, asked):
    """The hash on the line tells."""
    run, _ = ledger.record(asked(), began=dt.datetime.now(dt.UTC), **OUTCOME)
    engine = create_engine(url)
    with engine.begin() as connection:
        changed = "UPDATE runs SET result_sha256 = 'other'"
        connection.execute(text(changed))
    engine.dispose()

    with pytest.raises(LedgerError, match="not the one that was recorded"):
        ledger.result_of(run.id, "anna")

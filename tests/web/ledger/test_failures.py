from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterator

import pytest
from ledgers import OUTCOME
from sqlalchemy import create_engine, event, text
from sqlalchemy.pool import Pool

from stresskit.errors import InputError
from stresskit.web.ledger import Ledger, LedgerError


@pytest.fixture
def every_connection() -> Iterator[Callable[[str], None]]:
    """Give every connection a limit when it is taken, as a disk or a right would."""
    told: list[str] = []

    def taken(connection: sqlite3.Connection, *_: object) -> None:
        for statement in told:
            connection.execute(statement)

    event.listen(Pool, "checkout", taken)
    yield told.append
    event.remove(Pool, "checkout", taken)


def test_a_database_that_turns_read_only_is_named(file, asked, every_connection):
    """What can be read is read, a write says what is wrong and how to fix it."""
    ledger, path = file
    run, _ = ledger.add(asked())
    every_connection("PRAGMA query_only = 1")

    with pytest.raises(LedgerError, match="read-only") as refused:
        ledger.add(asked())

    assert refused.value.reason == "read-only"
    assert refused.value.code == "ledger"
    assert str(path) in str(refused.value)
    assert ledger.get(run.id, "anna") == run


def test_a_full_disk_loses_nothing_that_was_recorded(file, asked, every_connection):
    """The run that does not fit is not there at all; when there is room it goes on."""
    ledger, _ = file
    run, _ = ledger.add(asked(status="running"))
    every_connection("PRAGMA max_page_count = 30")

    with pytest.raises(LedgerError, match="disk is full") as refused:
        ledger.add(asked(input=bytes(10**6)))
    with pytest.raises(LedgerError, match="disk is full"):
        ledger.finish(run.id, **OUTCOME, kept=bytes(10**6))
    assert refused.value.reason == "full"
    assert [r.status for r in ledger.list("anna")[0]] == ["running"]

    every_connection("PRAGMA max_page_count = 10000")
    assert ledger.finish(run.id, **OUTCOME, kept=bytes(10**6))


def test_a_database_another_program_holds_is_named(file, asked):
    """A write waits a moment and then says so; reading goes on."""
    ledger, path = file
    run, _ = ledger.add(asked())
    holder = sqlite3.connect(path)
    holder.execute("BEGIN IMMEDIATE")

    with pytest.raises(LedgerError, match="held by another program") as refused:
        ledger.add(asked())

    assert refused.value.reason == "locked"
    assert ledger.get(run.id, "anna") == run
    holder.close()


@pytest.mark.parametrize("how", ["removed", "replaced"])
def test_a_file_that_is_gone_takes_no_runs(file, asked, how):
    """SQLite alone would go on writing into the file that nobody can reach."""
    ledger, path = file
    path.rename(path.with_name("moved.db"))
    if how == "replaced":
        path.touch()

    for use in (ledger.ping, lambda: ledger.add(asked())):
        with pytest.raises(LedgerError) as refused:
            use()
        assert refused.value.reason == "gone"


def test_a_file_that_is_no_database_is_left_alone(tmp_path):
    """A holdings file given as the ledger is refused as it is."""
    path = tmp_path / "holdings.csv"
    path.write_text("Name,Value\n" * 200, encoding="utf-8")

    with pytest.raises(LedgerError, match="no SQLite database") as refused:
        Ledger(f"sqlite:///{path}")

    assert refused.value.reason == "not-a-ledger"
    assert path.read_text(encoding="utf-8") == "Name,Value\n" * 200


def test_a_folder_that_is_missing_is_named(tmp_path):
    """It is not made: the name may be a slip."""
    with pytest.raises(LedgerError, match="there is no folder") as refused:
        Ledger(f"sqlite:///{tmp_path / 'nowhere' / 'ledger.db'}")

    assert refused.value.reason == "gone"
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_cannot_be_reached_is_named_without_its_password():
    """PostgreSQL that does not run is said in a moment."""
    before = dt.datetime.now(dt.UTC)
    with pytest.raises(LedgerError, match="cannot be reached") as refused:
        Ledger("postgresql://u:secret@127.0.0.1:1/x")

    assert refused.value.reason == "gone"
    assert "secret" not in str(refused.value)
    assert dt.datetime.now(dt.UTC) - before < dt.timedelta(seconds=5)


def test_a_connection_that_is_cut_is_made_again(url, ledger, asked):
    """PostgreSQL was started again meanwhile; the next request does not notice."""
    run, _ = ledger.add(asked())
    if url.startswith("postgresql"):
        engine = create_engine(url)
        with engine.begin() as connection:
            cut = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                "pid <> pg_backend_pid() "
                "AND application_name = current_setting('application_name')"
            )
            assert connection.execute(text(cut)).all()
        engine.dispose()

    assert ledger.get(run.id, "anna") == run


@pytest.mark.parametrize(
    "url", ["", "ledger.db", "mysql://u:secret@h/x", "sqlite://", "sqlite:///:memory:"]
)
def test_a_url_that_names_no_database_is_refused(url):
    """The message says what to give, and repeats no password."""
    with pytest.raises(InputError) as refused:
        Ledger(url)

    assert refused.value.code == "ledger-url"
    assert "sqlite:///FILE" in refused.value.hint
    assert "secret" not in str(refused.value)

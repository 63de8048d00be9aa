from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from stresskit.web.ledger import Ledger, LedgerError
from stresskit.web.ledger.schema import HEAD, migrate, revision_of
from stresskit.web.ledger.tables import REVISIONS, metadata


@pytest.fixture
def engine(url):
    """The bare database."""
    made = create_engine(url)
    yield made
    made.dispose()


def test_the_revisions_are_those_of_the_files():
    """What start-up knows without alembic is what alembic would say."""
    folder = Path(str(files("stresskit.web.ledger") / "migrations"))
    script = ScriptDirectory(str(folder))
    found = [step.revision for step in script.walk_revisions()]

    assert found[::-1] == list(REVISIONS)


def test_migrations_lead_to_the_tables(engine, ledger):
    """Every column, type, key and index of the migrated database is the code's."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)

        assert compare_metadata(context, metadata) == []
        assert revision_of(connection) == HEAD
        ledger.ping()


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_an_older_ledger_is_brought_to_head_with_its_lines(
    url, engine, opened, revision
):
    """What was recorded at a revision is there at the newest."""
    with engine.begin() as connection:
        migrate(connection, to=revision)
        line = (
            "INSERT INTO tokens (id, owner, role, label, token_hash, created) "
            "VALUES ('tok_1', 'anna', 'run', '', 'h', '2026-03-02 08:00:00')"
        )
        connection.execute(text(line))

    ledger = opened(url)

    assert [t.owner for t in ledger.tokens()] == ["anna"]
    assert ledger.factors("anna") == []
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []


def test_a_newer_ledger_is_refused_unchanged(url, engine, opened):
    """An older program says that it is the older one."""
    opened(url).close()
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))

    with pytest.raises(LedgerError, match="newer stresskit") as refused:
        Ledger(url)

    assert refused.value.reason == "newer"
    assert "Update stresskit" in refused.value.hint


def test_the_tables_of_something_else_are_left_alone(url, engine):
    """A database that is in use by another program is no ledger."""
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE trades (id INTEGER)"))

    with pytest.raises(LedgerError, match="trades") as refused:
        Ledger(url)

    assert refused.value.reason == "not-a-ledger"
    with engine.begin() as connection:
        assert revision_is_refused(connection)


def revision_is_refused(connection):
    """Whether the database is still no ledger."""
    with pytest.raises(LedgerError):
        revision_of(connection)
    return True


def test_servers_that_start_together_migrate_once(url, opened):
    """An empty database opened by many at once is made by one of them."""
    with ThreadPoolExecutor(4) as pool:
        ledgers = list(pool.map(lambda _: opened(url), range(4)))

    for ledger in ledgers:
        ledger.ping()


def test_a_start_without_migrations_does_not_load_alembic(file):
    """It takes half a second that a server has no use for."""
    _, path = file
    code = (
        "import sys; from stresskit.web.ledger import Ledger;"
        f"Ledger({f'sqlite:///{path}'!r}).close();"
        "print('alembic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "False"

"""Bring a database to the newest tables, or say why it cannot be used."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from stresskit.web.ledger.errors import LedgerError
from stresskit.web.ledger.tables import REVISIONS, VERSION_TABLE, metadata

if TYPE_CHECKING:
    from sqlalchemy import Connection

HEAD = REVISIONS[-1]
# Any number will do, as long as every server takes the same.
MIGRATION_LOCK = 0x5354524553534B49


def revision_of(connection: Connection) -> str | None:
    """Return the revision of a database; None of one without a table.

    Raises
    ------
    LedgerError
        If its tables are those of something else.
    """
    tables = inspect(connection).get_table_names()
    if VERSION_TABLE in tables:
        found = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608 - our own word
        if found is not None:
            return str(found)
    if not tables:
        return None
    raise LedgerError(
        "The ledger's database holds the tables of something else "
        f"({', '.join(sorted(tables)[:3])}).",
        reason="not-a-ledger",
        hint="Name an empty database; this one was not changed.",
    )


def check_known(revision: str | None) -> bool:
    """Say whether a database is up to date.

    Raises
    ------
    LedgerError
        If a newer stresskit made it.
    """
    if revision is None or revision in REVISIONS:
        return revision == HEAD
    raise LedgerError(
        f"The ledger was made by a newer stresskit (its revision is {revision[:40]}, "
        f"this one knows {HEAD}).",
        reason="newer",
        hint="Update stresskit; the database was not changed.",
    )


def _make(connection: Connection) -> None:
    """Make the newest tables at once: the steps lead to the same, and load slowly."""
    metadata.create_all(connection)
    connection.execute(
        text(
            f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL, "
            f"CONSTRAINT {VERSION_TABLE}_pkc PRIMARY KEY (version_num))"
        )
    )
    made = text(f"INSERT INTO {VERSION_TABLE} VALUES (:head)")  # noqa: S608 - our own word
    connection.execute(made, {"head": HEAD})


def migrate(connection: Connection, *, to: str = HEAD) -> None:
    """Take the steps that are missing, within the transaction of the connection.

    Raises
    ------
    LedgerError
        If the database is not one that can be brought there.
    """
    if connection.dialect.name == "postgresql":
        # Servers that start together take turns; the second finds nothing to do.
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = '60s'"))
        connection.execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK}
        )
    revision = revision_of(connection)
    if check_known(revision):
        return
    if revision is None and to == HEAD:
        _make(connection)
        return
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from alembic.script import ScriptDirectory

    done = REVISIONS.index(revision) + 1 if revision else 0
    context = MigrationContext.configure(connection)
    with as_file(files("stresskit.web.ledger") / "migrations") as folder:
        script = ScriptDirectory(str(folder))
        with Operations.context(context):
            for step in REVISIONS[done : REVISIONS.index(to) + 1]:
                found = script.get_revision(step)
                assert found is not None  # noqa: S101 - REVISIONS name the files
                found.module.upgrade()
                context.stamp(script, step)

"""The database under the ledger: its engine, and how it is read and written."""

from __future__ import annotations

import datetime as dt
import errno
import os
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, insert, text

from stresskit.errors import MissingExtra
from stresskit.web.ledger.errors import LedgerError
from stresskit.web.ledger.failures import spoken
from stresskit.web.ledger.lock import ServerLock
from stresskit.web.ledger.place import make_file, read_url
from stresskit.web.ledger.schema import check_known, migrate, revision_of
from stresskit.web.ledger.tables import VERSION_TABLE, servers

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

PRAGMAS = (
    "PRAGMA busy_timeout = 900",
    # Results are large: a new file keeps them in fewer, longer pieces. An older file
    # stays as it is.
    "PRAGMA page_size = 16384",
    "PRAGMA journal_mode = WAL",
    # A killed process loses nothing; a power cut may lose the last moments, whole.
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
)
# A request is answered or refused; it does not hang on a database that is stuck.
SETTINGS = ("SET statement_timeout = '10s'", "SET lock_timeout = '900ms'")
POSTGRES = {"connect_timeout": 2, "keepalives_idle": 10, "tcp_user_timeout": 5000}


def utc_now() -> dt.datetime:
    """Return the time to the microsecond: a line says when, whatever a report says."""
    return dt.datetime.now(dt.UTC)


class Database:
    """What every part of the ledger stands on; see ``Ledger``."""

    def __init__(self, url: str, *, keep_uploads: bool = False):
        parsed = read_url(url)
        self._keep_uploads = keep_uploads
        self._file = Path(parsed.database or "") if _is_file(parsed) else None
        self._place = str(self._file or parsed.render_as_string(hide_password=True))
        self._server = uuid.uuid4().hex
        self._lock: ServerLock | None = None
        self._joined = False
        self._joining = threading.Lock()
        # SQLite has one writer at a time. Threads that wait here are served as soon
        # as it is free; those that wait in SQLite sleep and look again.
        self._turn = threading.Lock() if self._file else nullcontext()
        self._identity: tuple[int, int] | None = None
        if self._file:
            make_file(self._file)
        self._engine = _engine_of(parsed)
        self._writer = self._engine.execution_options(writes=True)
        self._reader = self._engine
        if not self._file:
            self._reader = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        try:
            self._bring_to_head()
        except BaseException:
            self._engine.dispose()
            raise

    @property
    def in_file(self) -> bool:
        """Whether it is a file of SQLite."""
        return self._file is not None

    def _bring_to_head(self) -> None:
        with spoken(self._place):
            if self._file:
                self._identity = _identity(self._file)
            with self._reader.connect() as connection:
                current = check_known(revision_of(connection))
            if not current:
                with self._writing() as connection:
                    migrate(connection)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with spoken(self._place), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with spoken(self._place), self._turn:
            self._check_present()
            with self._writer.begin() as connection:
                yield connection

    def _check_present(self) -> None:
        # SQLite goes on writing into a file that was deleted or replaced.
        if self._file and _identity(self._file) != self._identity:
            raise LedgerError(
                f"The ledger {self._file} was replaced while it was in use.",
                reason="gone",
                hint="Start the server again, which opens the new file.",
            )

    def _join(self) -> None:
        """Make this process known as a server: only servers start runs."""
        if self._joined:
            return
        with self._joining:
            if self._joined:
                return
            with spoken(self._place):
                if self._file and self._lock is None:
                    self._lock = ServerLock(self._file)
            with self._writing() as connection:
                self._greet(connection)
            self._joined = True

    def _greet(self, connection: Connection) -> None:
        name = f"{socket.gethostname()}:{os.getpid()}"
        seen = database_now(connection)
        values = {"id": self._server, "name": name, "seen": seen}
        connection.execute(insert(servers), values)

    def ping(self) -> None:
        """See that the ledger is there and this process may write it.

        Raises
        ------
        LedgerError
            If it is not.
        """
        with spoken(self._place):
            self._check_present()
        if self._file and not os.access(self._file, os.W_OK):
            with spoken(self._place):
                raise PermissionError(errno.EACCES, "not writable")
        with self._reading() as connection:
            connection.execute(text(f"SELECT 1 FROM {VERSION_TABLE}"))  # noqa: S608 - our own word

    def tidy(self) -> None:
        """Move what was written from SQLite's log into its file, and empty the log.

        Until then the log may still hold the bytes of an upload that was deleted.
        """
        if self._file:
            with self._turn, self._reading() as connection:
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    def close(self) -> None:
        """Let go of the database; runs still under way are then anyone's to mark."""
        try:
            if self._joined:
                self._joined = False
                with self._writing() as connection:
                    gone = servers.c.id == self._server
                    connection.execute(servers.delete().where(gone))
                self.tidy()
        except LedgerError:
            # Nothing is lost: the lease runs out, and the log is read again.
            pass
        finally:
            self._engine.dispose()
            if self._lock is not None:
                self._lock.release()
                self._lock = None


def _is_file(url: URL) -> bool:
    return url.drivername == "sqlite"


def _identity(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_dev, found.st_ino


def database_now(connection: Connection) -> dt.datetime:
    """Return the time of the clock that every server shares."""
    if connection.dialect.name == "sqlite":
        return utc_now()
    now: dt.datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return now


def _engine_of(url: URL) -> Engine:
    """Make the one pool of connections.

    Raises
    ------
    MissingExtra
        If the driver is not installed.
    """
    kind = "sqlite" if _is_file(url) else "postgresql"
    try:
        engine = create_engine(
            url,
            # What users send is in the parameters, and must not reach a log.
            hide_parameters=True,
            pool_size=8,
            max_overflow=32,
            pool_timeout=2,
            pool_pre_ping=kind == "postgresql",
            connect_args=POSTGRES if kind == "postgresql" else {},
        )
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"A ledger on PostgreSQL needs the package {error.name}.",
            hint="Install it: pip install 'portfolio-stresskit[serve,db]'.",
        ) from error
    statements = PRAGMAS if kind == "sqlite" else SETTINGS

    def connected(connection: Any, _: object) -> None:
        if kind == "sqlite":
            # The driver would begin transactions of its own, too late.
            connection.isolation_level = None
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        cursor.close()
        connection.commit()

    def begun(connection: Connection) -> None:
        if connection.get_execution_options().get("writes"):
            # Taking the lock with the first write instead can fail half-way.
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "connect", connected)
    if kind == "sqlite":
        event.listen(engine, "begin", begun)
    return engine

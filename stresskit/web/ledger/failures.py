"""Errors of databases and disks, told as what happened and what to do."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from stresskit.web.ledger.errors import LedgerError, Reason

SQLITE: dict[int, Reason] = {
    sqlite3.SQLITE_READONLY: "read-only",
    sqlite3.SQLITE_PERM: "read-only",
    sqlite3.SQLITE_AUTH: "read-only",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_CANTOPEN: "gone",
    sqlite3.SQLITE_IOERR: "gone",
    sqlite3.SQLITE_NOTADB: "not-a-ledger",
    sqlite3.SQLITE_CORRUPT: "damaged",
}
# SQLSTATE: the longest beginning that fits counts.
POSTGRES: dict[str, Reason] = {
    "25006": "read-only",
    "42501": "read-only",
    "53100": "full",
    "53200": "full",
    "55P03": "locked",
    "57014": "locked",
    "40": "locked",
    "08": "gone",
    "28": "gone",
    "3D": "gone",
    "53300": "gone",
    "57P": "gone",
    "42P01": "gone",
    "XX": "damaged",
}
SYSTEM: dict[int | None, Reason] = {
    errno.EACCES: "read-only",
    errno.EPERM: "read-only",
    errno.EROFS: "read-only",
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
}
SAID: dict[Reason, tuple[str, str]] = {
    "read-only": (
        "cannot be written: it is read-only for this user",
        "Give the user the right to write the database, and with SQLite its folder.",
    ),
    "full": (
        "cannot be written: the disk is full",
        "Free some space; nothing that was recorded before is lost.",
    ),
    "locked": (
        "is held by another program",
        "Try again; if it stays, end the program that holds the database.",
    ),
    "gone": (
        "cannot be reached",
        "See that the database is where the URL says, runs, and lets this user in.",
    ),
    "not-a-ledger": (
        "is no ledger: the file is no SQLite database",
        "Name another file; this one was not changed.",
    ),
    "damaged": (
        "is damaged",
        "Restore it from a backup, or start with another database.",
    ),
    "failed": (
        "did not do what it was asked to",
        "Look into the database's own log.",
    ),
}


@contextmanager
def spoken(place: str) -> Iterator[None]:
    """Turn whatever a database or disk raises into a LedgerError about ``place``.

    Raises
    ------
    LedgerError
        In place of every SQLAlchemyError, sqlite3.Error and OSError.
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        reason = reason_of(error)
        what, hint = SAID[reason]
        raise LedgerError(
            f"The ledger {place} {what}.", reason=reason, hint=hint
        ) from error


def reason_of(error: Exception) -> Reason:
    """Return what an error of a database means.

    Examples
    --------
    >>> reason_of(OSError(errno.ENOSPC, "No space left on device"))
    'full'
    """
    if isinstance(error, PoolTimeout):
        return "locked"
    if isinstance(error, OSError):
        return SYSTEM.get(error.errno, "gone")
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        # The low byte is the kind, the rest says more than is needed.
        return SQLITE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF, "failed")
    state = getattr(cause, "sqlstate", None)
    if isinstance(state, str):
        for length in (5, 3, 2):
            if state[:length] in POSTGRES:
                return POSTGRES[state[:length]]
        return "failed"
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    # psycopg tells of a server it cannot reach without a state.
    unreached = type(cause).__name__ == "OperationalError"
    return "gone" if lost or unreached else "failed"

"""One server per SQLite file: a lock that the system lets go when the process dies."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from stresskit.web.ledger.errors import LedgerError

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class ServerLock:
    """Hold ``FILE.lock`` until ``release`` or the end of the process.

    A lease in the database would have to run out before the runs of a killed server
    could be told from those of a living one; the system knows at once.

    Raises
    ------
    LedgerError
        If another server holds it.
    """

    def __init__(self, file: Path):
        lock = file.with_name(f"{file.name}.lock")
        self._descriptor = os.open(lock, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            _take(self._descriptor)
        except OSError as error:
            os.close(self._descriptor)
            raise LedgerError(
                f"Another server is using the ledger {file}.",
                reason="in-use",
                hint="End it first, give each server a file of its own, or use "
                "PostgreSQL, which several servers can share.",
            ) from error

    def release(self) -> None:
        """Let the next server in; the file stays, since others may wait for it."""
        os.close(self._descriptor)

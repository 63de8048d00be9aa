"""One run per folder: the system lets go of the lock when a run dies."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from stresskit.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK = ".batch.lock"
# Windows keeps others from the locked bytes: they lie behind the number.
_FAR = 1 << 20


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold a folder until the block ends.

    The file stays, with the number of the last process: what counts is the lock on it,
    which a killed run cannot leave behind.

    Raises
    ------
    OutputError
        If another run has it, or nothing can be written there.
    """
    try:
        file = (folder / LOCK).open("a+", encoding="ascii")
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be written to: {error.strerror}.",
            hint="Ask for write permission, or give another folder.",
        ) from error
    with file:
        try:
            _take(file)
        except OSError as error:
            file.seek(0)
            number = file.read(20).strip()
            raise OutputError(
                f"Another run is writing into {folder}"
                + (f" (process {number})." if number else "."),
                hint="Wait until it ends, or give another folder.",
                code="locked",
            ) from error
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[str]) -> None:
        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

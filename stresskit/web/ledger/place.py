"""Where the ledger is, and how its file comes to be."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from stresskit.errors import InputError
from stresskit.web.ledger.errors import LedgerError

VARIABLE = "STRESSKIT_LEDGER"
# The first that says which rows a statement changed.
OLDEST = (3, 35)
SCHEMES = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


def ledger_url(given: str | None = None) -> str:
    """Return the ledger's URL: given, of the environment, or in the user's folder.

    The folder of the user is made (for the user alone) when nothing else was said.

    Raises
    ------
    LedgerError
        If that folder cannot be made.
    """
    said = given or os.environ.get(VARIABLE, "").strip()
    if said:
        return said
    folder = _data_folder() / "stresskit"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(
            f"The folder {folder} cannot be made: {error.strerror}.",
            reason="gone",
            hint=f"Say where the ledger is: --ledger URL or {VARIABLE}.",
        ) from error
    return URL.create("sqlite", database=str(folder / "ledger.db")).render_as_string()


def _data_folder() -> Path:
    if sys.platform == "win32":
        told = os.environ.get("LOCALAPPDATA")
        return Path(told) if told else Path.home() / "AppData" / "Local"
    told = os.environ.get("XDG_DATA_HOME", "")
    # The convention counts a relative folder as none.
    return Path(told) if Path(told).is_absolute() else Path.home() / ".local" / "share"


def read_url(text: str) -> URL:
    """Return a URL with its driver, and the file of SQLite as an absolute path.

    Raises
    ------
    InputError
        If it is none, or of another database.
    LedgerError
        If SQLite is too old.
    """
    try:
        url = make_url(text)
        scheme = SCHEMES[url.drivername]
    except (ArgumentError, KeyError, ValueError) as error:
        # The text may hold a password: it is not repeated.
        raise _no_ledger("The ledger's URL names no database that is known.") from error
    url = url.set(drivername=scheme)
    if scheme != "sqlite":
        return url
    file = url.database or ""
    if file in {"", ":memory:"} or file.startswith("file:"):
        raise _no_ledger("The ledger's URL names no file.")
    if sqlite3.sqlite_version_info < OLDEST:
        raise LedgerError(
            f"This Python comes with SQLite {sqlite3.sqlite_version}, which is too old "
            "for the ledger.",
            reason="failed",
            hint="Use a Python with SQLite 3.35 or newer, or a ledger on PostgreSQL.",
        )
    return url.set(database=str(Path(file).absolute()))


def _no_ledger(message: str) -> InputError:
    return InputError(
        message,
        hint="Give sqlite:///FILE or postgresql://USER@HOST/DATABASE.",
        code="ledger-url",
    )


def make_file(file: Path) -> None:
    """Make an empty file that only its owner may read, if there is none.

    SQLite gives the files beside it (``-wal``, ``-shm``) the same rights.

    Raises
    ------
    LedgerError
        If it is a folder, or its folder is missing or takes no file.
    """
    try:
        os.close(os.open(file, os.O_CREAT | os.O_RDONLY, 0o600))
    except FileNotFoundError as error:
        raise LedgerError(
            f"The ledger {file} cannot be opened: there is no folder {file.parent}.",
            reason="gone",
            hint="Make the folder, or name another file.",
        ) from error
    except OSError as error:
        raise LedgerError(
            f"The ledger {file} cannot be opened: {error.strerror}.",
            reason="read-only",
            hint="Name a file that this user may read and write.",
        ) from error

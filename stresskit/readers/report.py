"""A report of ours -> what it says of itself, and its cells."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stresskit.core.record import FORMAT, MARKER, joined
from stresskit.errors import HoldingsError, InputError
from stresskit.readers.files.grids import MAX_FILE_BYTES
from stresskit.readers.report_cells import Workbook, read_cells

if TYPE_CHECKING:
    from pathlib import Path

    from stresskit.core.same_cells import Cell, Place

NEEDED = (MARKER, "run.id", "scenario", "presentation")
HINT = "Give an .xlsx report that `stresskit stress -o` wrote."


@dataclass(frozen=True)
class Report:
    """A report: its bytes, cells, and the record of its run.

    ``doubts`` are sentences on what its record says in two ways.
    """

    name: str
    content: bytes
    book: Workbook
    record: dict[str, str]
    doubts: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """The hash of the file."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def run(self) -> dict[str, str]:
        """The record of the run itself."""
        prefix = "run."
        return {
            k.removeprefix(prefix): v
            for k, v in self.record.items()
            if k.startswith(prefix)
        }


def read_report(path: Path) -> Report:
    """Read a report, as hostile as any file.

    Raises
    ------
    InputError
        If it is not there, damaged, too large, or no report of ours.
    """
    content = _content(path)
    try:
        book = read_cells(content)
    except HoldingsError as error:
        raise InputError(
            f"{path.name}: {error}", hint=error.hint or HINT, code=error.code
        ) from error
    logs = [_log(cells) for cells in book.sheets.values()]
    logs = [log for log in logs if set(NEEDED) <= set(log)]
    properties = _properties(book)
    if not logs and book.sheets and set(NEEDED) <= set(properties):
        # A report need not show its run log.
        logs = [properties]
    if not logs:
        raise _no_report(path.name, book)
    if len(logs) > 1:
        raise InputError(
            f"{path.name} holds the records of {len(logs)} runs.",
            hint=HINT,
            code="not-a-report",
        )
    record = joined(logs[0])
    if record[MARKER] != FORMAT:
        raise InputError(
            f"{path.name} has a record of kind {record[MARKER][:20]!r}; this version "
            f"reads {FORMAT}.",
            hint="Verify it with the version of stresskit that wrote it.",
            code="report",
        )
    return Report(path.name, content, book, record, _doubts(book, record))


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise InputError(f"There is no file {path}.", hint=HINT, code="not-found")
        size = path.stat().st_size
        content = path.read_bytes() if size <= MAX_FILE_BYTES else b""
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} cannot be opened: {error}.", hint=HINT) from error
    if size > MAX_FILE_BYTES:
        raise InputError(
            f"{path.name} has {size:,} bytes; no report has more than "
            f"{MAX_FILE_BYTES:,}.",
            hint=HINT,
            code="too-large",
        )
    if not content.startswith(b"PK"):
        raise InputError(
            f"{path.name} is no .xlsx workbook, or is protected by a password.",
            hint=HINT,
            code="not-a-report",
        )
    return content


def _no_report(name: str, book: Workbook) -> InputError:
    if _properties(book):
        return InputError(
            f"{name} was a report of stresskit, but its sheets or its record are gone.",
            hint="Give the report as it was written, with all of its sheets.",
            code="not-a-report",
        )
    return InputError(
        f"{name} is no report of stresskit: nothing in it says what it was made from.",
        hint=HINT,
        code="not-a-report",
    )


def _log(cells: dict[Place, Cell]) -> dict[str, str]:
    """Return the pieces of the record a sheet holds, none if it is no run log."""
    start = next(
        (r for (r, c), cell in cells.items() if c == 0 and cell.value == MARKER), None
    )
    found: dict[str, str] = {}
    while start is not None:
        key = cells.get((start, 0))
        if key is None or not isinstance(key.value, str) or key.value in found:
            break
        value = cells.get((start, 1))
        found[key.value] = _text(value)
        start += 1
    return found


def _text(cell: Cell | None) -> str:
    """Return a cell as the text it was: a program may save a text as a number."""
    value = cell.value if cell else None
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _properties(book: Workbook) -> dict[str, str]:
    """Return the pieces of the record among the document's properties."""
    prefix = "stresskit."
    return {
        k if k == MARKER else k.removeprefix(prefix): v
        for k, v in book.properties.items()
        if k.startswith(prefix)
    }


def _doubts(book: Workbook, record: dict[str, str]) -> tuple[str, ...]:
    """Say where the document's properties and the run log do not agree."""
    kept = _properties(book)
    if not kept:
        return ()
    properties = joined(kept)
    unlike = [
        key
        for key, text in record.items()
        if "".join(properties.get(key, "").split()) != "".join(text.split())
    ]
    if not unlike:
        return ()
    names = ", ".join(key.removeprefix("run.") for key in unlike[:5])
    said = f"The document's properties and the run log do not say the same of {names}."
    return (said,)

"""Workbooks of the last twenty years (.xlsx, .xlsm, .xlsb, .ods) to grids."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Any

from stresskit.errors import HoldingsError
from stresskit.readers.cells import Broken, Value
from stresskit.readers.files.archive import Archive
from stresskit.readers.files.facts import Facts
from stresskit.readers.files.grids import MAX_CELLS, MAX_COLUMNS, Grid
from stresskit.readers.files.kinds import checked_members
from stresskit.readers.files.ods_facts import ods_facts
from stresskit.readers.files.xlsb_facts import xlsb_facts
from stresskit.readers.files.xlsx_facts import xlsx_facts

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

_FACTS = {"xlsx": xlsx_facts, "ods": ods_facts, "xlsb": xlsb_facts}


def read_workbook_grids(content: bytes, kind: str) -> list[Grid]:
    """Read the visible and hidden sheets of a workbook.

    Values come from python-calamine; what it does not tell (errors, formulas without
    a result, number formats, hidden rows) from a look at the parts themselves.

    Parameters
    ----------
    content : bytes
        The file.
    kind : {"xlsx", "xlsb", "ods"}
        Its format.

    Raises
    ------
    HoldingsError
        If the file is damaged, encrypted, no workbook, or unpacks to too much.
    """
    import zlib
    from zipfile import BadZipFile

    from python_calamine import CalamineError, CalamineWorkbook

    checked_members(content)
    try:
        archive = Archive(content)
        if b"encryption-data" in (archive.read("META-INF/manifest.xml") or b""):
            raise HoldingsError(
                "The spreadsheet is protected by a password.",
                hint="Open it and save a copy without the password, or as .xlsx: its "
                "password can be given with --password.",
                code="encrypted",
            )
        facts = _FACTS[kind](archive)
        for name, found in facts.items():
            _refuse_large(name, found)
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        grids = _grids(book, facts, kind)
    except (
        CalamineError,
        BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        RuntimeError,
        NotImplementedError,
    ) as error:
        if isinstance(error, HoldingsError):
            raise
        raise HoldingsError(
            f"The workbook cannot be read: {error}.",
            hint="Open it in a spreadsheet program and save it again as .xlsx.",
            code="damaged",
        ) from error
    if not grids:
        raise HoldingsError(
            "The workbook has no worksheet.",
            hint="Give the sheet with one line per position.",
            code="no-table",
        )
    return grids


def _refuse_large(name: str, facts: Facts) -> None:
    height, width = facts.last[0] + 1, facts.last[1] + 1
    if height * min(width, MAX_COLUMNS) > MAX_CELLS or width > 16_384:
        raise HoldingsError(
            f"Sheet {name} has {height:,} rows by {width:,} columns, "
            "which is too much.",
            hint="Delete stray cells, or save the table by itself.",
            code="too-large",
        )


def _grids(book: CalamineWorkbook, facts: dict[str, Facts], kind: str) -> list[Grid]:
    grids = []
    number = 0
    for meta in book.sheets_metadata:
        if "WorkSheet" not in str(meta.typ):
            continue
        number += 1
        own = facts.get(str(number) if kind == "xlsb" else meta.name, Facts())
        sheet = book.get_sheet_by_name(meta.name)
        grids.append(
            _grid(
                sheet, meta.name, own, hidden=not str(meta.visible).endswith(".Visible")
            )
        )
    return grids


def _grid(sheet: CalamineSheet, name: str, facts: Facts, *, hidden: bool) -> Grid:
    cells = sheet.to_python(skip_empty_area=False) if sheet.end else []
    rows = [[_value(v) for v in row[:MAX_COLUMNS]] for row in cells]
    height, width = facts.last[0] + 1, min(facts.last[1] + 1, MAX_COLUMNS)
    # Cells without a value are cut off at the end; errors can stand there.
    rows += [[] for _ in range(height - len(rows))]
    for row, column in (*facts.errors, *facts.formulas):
        if row < len(rows) and column < MAX_COLUMNS:
            rows[row] += [None] * (column + 1 - len(rows[row]))
    for (row, column), text in facts.errors.items():
        if row < len(rows) and column < MAX_COLUMNS:
            rows[row][column] = Broken(text)
    for (row, column), formula in facts.formulas.items():
        if row < len(rows) and column < width and rows[row][column] is None:
            rows[row][column] = Broken(f"formula without a result: ={formula}")
    for (row, column), shown in facts.formats.items():
        if row < len(rows) and column < len(rows[row]) and set(shown) == {"0"}:
            rows[row][column] = _padded(rows[row][column], len(shown))
    return Grid(
        sheet=name,
        rows=rows,
        formats=facts.formats,
        hidden=hidden,
        hidden_rows=frozenset(facts.hidden_rows),
        merged=tuple(facts.merged),
    )


def _padded(value: Value, width: int) -> Value:
    """Write a code that is stored as a number with the zeros that it is shown with."""
    if isinstance(value, float) and value.is_integer() and value >= 0:
        return f"{int(value):0{width}d}"
    return value


def _value(value: Any) -> Value:
    if value == "":
        return None
    if isinstance(value, (str, int, float, dt.date, dt.time)):
        return value
    return str(value)

"""Workbooks of before 2007 (.xls) to grids."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
from typing import TYPE_CHECKING

from stresskit.errors import HoldingsError
from stresskit.readers.cells import Broken, Value
from stresskit.readers.files.facts import SIGNS
from stresskit.readers.files.grids import MAX_CELLS, MAX_COLUMNS, Grid

if TYPE_CHECKING:
    from xlrd.book import Book
    from xlrd.sheet import Cell, Sheet


def read_xls_grids(content: bytes) -> list[Grid]:
    """Read the sheets of an old workbook, with errors, formats and what is hidden.

    Parameters
    ----------
    content : bytes
        The file.

    Raises
    ------
    HoldingsError
        If the file is damaged or protected by a password.
    """
    import xlrd

    try:
        # Damage is reported on standard output otherwise.
        with contextlib.redirect_stdout(io.StringIO()):
            book = xlrd.open_workbook(
                file_contents=content, formatting_info=True, logfile=io.StringIO()
            )
        return [_grid(book, sheet) for sheet in book.sheets()]
    except HoldingsError:
        raise
    # Damaged files raise whatever their bytes lead to.
    except Exception as error:
        if "encrypted" in str(error):
            raise HoldingsError(
                "The workbook is protected by a password.",
                hint="Give it with --password.",
                code="encrypted",
            ) from error
        raise HoldingsError(
            f"The workbook is damaged: {type(error).__name__}.",
            hint="Open it in a spreadsheet program and save it again as .xlsx.",
            code="damaged",
        ) from error


def _grid(book: Book, sheet: Sheet) -> Grid:
    width = min(sheet.ncols, MAX_COLUMNS)
    if sheet.nrows * width > MAX_CELLS:
        raise HoldingsError(
            f"Sheet {sheet.name} has {sheet.nrows:,} rows, which is too much.",
            hint="Save the table by itself.",
            code="too-large",
        )
    formats: dict[tuple[int, int], str] = {}
    rows: list[list[Value]] = []
    for row in range(sheet.nrows):
        cells = sheet.row(row)[:width]
        rows.append([_value(book, cell) for cell in cells])
        for column, cell in enumerate(cells):
            shown = _format(book, cell)
            if shown and SIGNS.search(shown):
                formats[row, column] = shown
    hidden = {n for n, info in sheet.rowinfo_map.items() if info.hidden}
    return Grid(
        sheet=sheet.name,
        rows=rows,
        formats=formats,
        hidden=sheet.visibility != 0,
        hidden_rows=frozenset(hidden),
        merged=tuple((r, c, r2 - 1, c2 - 1) for r, r2, c, c2 in sheet.merged_cells),
    )


def _format(book: Book, cell: Cell) -> str | None:
    if cell.ctype != 2 or cell.xf_index is None:
        return None
    style = book.xf_list[cell.xf_index]
    found = book.format_map.get(style.format_key)
    return None if found is None else str(found.format_str)


def _value(book: Book, cell: Cell) -> Value:
    import xlrd

    kind, value = cell.ctype, cell.value
    if kind == xlrd.XL_CELL_ERROR:
        return Broken(xlrd.error_text_from_code.get(value, "#ERROR"))
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(value)
    if kind == xlrd.XL_CELL_DATE:
        try:
            day: dt.datetime = xlrd.xldate_as_datetime(value, book.datemode)
        except (ValueError, OverflowError):
            return float(value)
        return day.date() if day.time() == dt.time() else day
    if kind == xlrd.XL_CELL_NUMBER:
        return float(value)
    return str(value) or None

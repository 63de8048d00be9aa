"""A copy of the user's file with every problem marked where it is."""

from __future__ import annotations

import datetime as dt
import io
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stresskit.errors import InputError, OutputError
from stresskit.model import Content
from stresskit.writers.atomic import check_target, write_bytes
from stresskit.writers.text import clean_text

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from stresskit.model import Issue, Portfolio

LIST_SHEET = "stresskit issues"
FILLS = {"error": "F8CBC6", "warning": "FFE9A8", "info": "D9E7F7"}
ORDER = ("error", "warning", "info")
LONGEST_COMMENT = 2_000
MOST_ROWS = 1_048_576
HEADER = (
    *("Severity", "Code", "Sheet", "Row", "Column", "Cell", "What", "What to do"),
    "Money at stake",
)
WIDTHS = (11, 18, 16, 7, 9, 20, 60, 48, 18)
LINE_POINTS = 15
WIDEST = 50
MONEY = "#,##0.00;[Red]-#,##0.00"


def write_annotated_copy(
    source_path: str | os.PathLike[str],
    path: str | os.PathLike[str],
    portfolio: Portfolio,
    *,
    cells: Mapping[str, Sequence[Sequence[object]]] | None = None,
) -> None:
    """Write an xlsx copy of the upload with its issues marked and commented.

    The original is not touched. Formulas of a workbook are kept; Excel works them out
    again when it opens the copy. Any other format becomes a workbook with the same
    cells, ``cells`` by the names of its sheets.

    Raises
    ------
    InputError
        If the original cannot be copied.
    OutputError
        If the copy cannot be written, or would replace the original.
    """
    source = Path(source_path)
    target = check_target(path, suffix=".xlsx")
    if target.exists() and source.exists() and target.samefile(source):
        raise OutputError(
            "The annotated copy would replace the original.",
            hint="Give another file name.",
        )
    made = annotated_bytes(source, portfolio, cells=cells)
    write_bytes(target, made, suffix=".xlsx")


def annotated_bytes(
    source: Path | Content,
    portfolio: Portfolio,
    *,
    cells: Mapping[str, Sequence[Sequence[object]]] | None = None,
) -> bytes:
    """Return the copy of ``write_annotated_copy`` as the bytes of a workbook.

    Raises
    ------
    InputError
        If the original cannot be copied.
    """
    book = _load(source) if cells is None else _from_cells(cells)
    marked: dict[tuple[str, int, int], list[Issue]] = {}
    for issue in portfolio.issues:
        place = _place(book, issue)
        if place is not None:
            marked.setdefault(place, []).append(issue)
    for (sheet, row, col), issues in marked.items():
        _mark(book[sheet].cell(row, col), issues)
    _list_issues(book, portfolio)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _load(source: Path | Content) -> Any:
    import openpyxl

    file: Any = io.BytesIO(source.data) if isinstance(source, Content) else source
    try:
        # Links to other workbooks stay behind.
        book = openpyxl.load_workbook(file, keep_links=False)
    except Exception as error:
        raise InputError(
            f"{source.name} cannot be copied: {error}.",
            hint="Save it as .xlsx in Excel and try again.",
            code="annotate",
        ) from error
    if not book.worksheets:
        raise InputError(
            f"{source.name} is a strict workbook, which cannot be copied.",
            hint="Save it as .xlsx (not Strict Open XML) and try again.",
            code="annotate",
        )
    return book


def _from_cells(cells: Mapping[str, Sequence[Sequence[object]]]) -> Any:
    """Put the cells of another format, as they were read, into a workbook."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in cells.items():
        title = "".join(c for c in name if c not in "[]:*?/\\")[:31] or "Holdings"
        sheet: Any = book.create_sheet(title)
        for row, values in enumerate(rows[:MOST_ROWS], 1):
            for col, value in enumerate(values, 1):
                if isinstance(value, int | float | dt.date | dt.time):
                    sheet.cell(row, col).value = value
                elif value:
                    # As text: what looks like a formula in a text file is none.
                    _put_text(sheet.cell(row, col), value)
        _fit_columns(sheet, rows[:200])
        _one_page_wide(sheet)
    return book


def _fit_columns(sheet: Any, rows: Sequence[Sequence[object]]) -> None:
    """Make columns as wide as what stands in them, a title alone in its row aside."""
    from openpyxl.utils import get_column_letter

    widest: dict[int, int] = {}
    for values in rows:
        filled = [(col, str(v)) for col, v in enumerate(values, 1) if v]
        if len(filled) > 1:
            for col, text in filled:
                widest[col] = max(widest.get(col, 8), len(text))
    for col, width in widest.items():
        sheet.column_dimensions[get_column_letter(col)].width = min(width + 2, WIDEST)


def _put_text(cell: Any, value: object) -> None:
    """Write text that stays text, even where it looks like a formula."""
    cell.value = clean_text(value)
    cell.data_type = "s"


def _place(book: Any, issue: Issue) -> tuple[str, int, int] | None:
    """Return where an issue is in the copy: sheet, row, column."""
    from openpyxl.utils import column_index_from_string

    if issue.row is None:
        return None
    name = issue.sheet if issue.sheet in book.sheetnames else None
    if name is None and len(book.worksheets) == 1:
        name = book.sheetnames[0]
    if name is None or book[name] not in book.worksheets:
        return None
    try:
        col = column_index_from_string(issue.column) if issue.column else 1
    except ValueError:
        col = 1
    return name, issue.row, col


def _mark(cell: Any, issues: list[Issue]) -> None:
    from openpyxl.cell.cell import MergedCell
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    if isinstance(cell, MergedCell):
        # Only the first cell of a merged range can hold a comment.
        sheet: Any = cell.parent
        area = next(r for r in sheet.merged_cells.ranges if cell.coordinate in r)
        cell = sheet.cell(area.min_row, area.min_col)
    worst = min((i.severity for i in issues), key=ORDER.index)
    cell.fill = PatternFill("solid", fgColor=FILLS[worst])
    words = [cell.comment.text] if cell.comment else []
    words += [f"{i.severity}: {i.message} {i.fix}".strip() for i in issues]
    text = clean_text("\n".join(words))[:LONGEST_COMMENT]
    cell.comment = Comment(text, "stresskit", width=320, height=140)


def _list_issues(book: Any, portfolio: Portfolio) -> None:
    """Add a sheet with every issue, those without a cell included."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(LIST_SHEET)
    top = Alignment(vertical="top", wrap_text=True)
    for col, (label, width) in enumerate(zip(HEADER, WIDTHS, strict=True), 1):
        head = sheet.cell(1, col, label)
        head.font = Font(bold=True, color="FFFFFF")
        head.fill = PatternFill("solid", fgColor="14284B")
        sheet.column_dimensions[get_column_letter(col)].width = width
    for row, i in enumerate(portfolio.issues, 2):
        values = (
            i.severity,
            i.code,
            i.sheet,
            i.row,
            i.column,
            i.value,
            i.message,
            i.fix,
            i.money,
        )
        for col, value in enumerate(values, 1):
            cell = sheet.cell(row, col)
            cell.alignment = top
            if isinstance(value, int | float):
                cell.value = value
                if value is i.money:
                    cell.number_format = MONEY
            elif value:
                _put_text(cell, value)
        sheet.cell(row, 1).fill = PatternFill("solid", fgColor=FILLS[i.severity])
        # Not every program makes rows as high as what is wrapped in them.
        lines = max(
            math.ceil(len(str(value)) * 1.1 / width)
            for value, width in zip(values, WIDTHS, strict=True)
            if value
        )
        sheet.row_dimensions[row].height = LINE_POINTS * min(lines, 25)
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    _one_page_wide(sheet)


def _one_page_wide(sheet: Any) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True

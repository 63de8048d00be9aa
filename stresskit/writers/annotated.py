"""A copy of the user's file with every problem marked where it is."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stresskit.errors import InputError, OutputError
from stresskit.writers.atomic import check_target, write_bytes
from stresskit.writers.text import clean_text

if TYPE_CHECKING:
    import os

    from stresskit.model import Issue, Portfolio

LIST_SHEET = "stresskit issues"
FILLS = {"error": "F8CBC6", "warning": "FFE9A8", "info": "D9E7F7"}
ORDER = ("error", "warning", "info")
LONGEST_COMMENT = 2_000
HEADER = ("Severity", "Code", "Sheet", "Row", "Column", "Cell", "What", "What to do")
WIDTHS = (11, 18, 20, 8, 9, 22, 70, 60)


def write_annotated_copy(
    source_path: str | os.PathLike[str],
    path: str | os.PathLike[str],
    portfolio: Portfolio,
) -> None:
    """Write an xlsx copy of the upload with its issues marked and commented.

    The original is not touched. A text table becomes a workbook with the same cells.
    Formulas of the original are kept; Excel works them out again when it opens the
    copy.

    Raises
    ------
    InputError
        If the original is neither .xlsx, .xlsm nor a text table.
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
    book = _load(source, portfolio)
    cells: dict[tuple[str, int, int], list[Issue]] = {}
    for issue in portfolio.issues:
        place = _place(book, issue)
        if place is not None:
            cells.setdefault(place, []).append(issue)
    for (sheet, row, col), issues in cells.items():
        _mark(book[sheet].cell(row, col), issues)
    _list_issues(book, portfolio)
    buffer = io.BytesIO()
    book.save(buffer)
    write_bytes(target, buffer.getvalue(), suffix=".xlsx")


def _load(source: Path, portfolio: Portfolio) -> Any:
    import openpyxl

    head = _read(source)[:4]
    if head.startswith(b"PK"):
        try:
            # Links to other workbooks stay behind.
            return openpyxl.load_workbook(source, keep_links=False)
        except Exception as error:
            raise InputError(
                f"{source.name} cannot be copied: {error}.",
                hint="Save it as .xlsx in Excel and try again.",
                code="annotate",
            ) from error
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError(
            f"{source.name} is in the old binary format, which cannot be marked.",
            hint="Save it as .xlsx in Excel and try again.",
            code="annotate",
        )
    return _from_text(source, portfolio)


def _read(source: Path) -> bytes:
    try:
        return source.read_bytes()
    except OSError as error:
        raise InputError(
            f"{source} cannot be read: {error.strerror or error}.",
            hint="Check the path.",
            code="annotate",
        ) from error


def _from_text(source: Path, portfolio: Portfolio) -> Any:
    """Put the cells of a text table, as they are written, into a workbook."""
    import openpyxl

    raw = _read(source)
    try:
        text = raw.decode(
            "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        )
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    delimiter = str(portfolio.source.get("delimiter") or "") or _delimiter(text)
    book = openpyxl.Workbook()
    sheet: Any = book.active
    wanted = next((i.sheet for i in portfolio.issues if i.sheet), None)
    wanted = str(portfolio.source.get("sheet") or wanted or source.stem)
    sheet.title = "".join(c for c in wanted if c not in "[]:*?/\\")[:31] or "Holdings"
    for row, values in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), 1):
        for col, value in enumerate(values, 1):
            if value:
                # As text: what looks like a formula in a text file is none.
                _put_text(sheet.cell(row, col), value)
    return book


def _put_text(cell: Any, value: object) -> None:
    """Write text that stays text, even where it looks like a formula."""
    cell.value = clean_text(value)
    cell.data_type = "s"


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t|", key=first.count)


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
        )
        for col, value in enumerate(values, 1):
            cell = sheet.cell(row, col)
            cell.alignment = top
            if isinstance(value, int):
                cell.value = value
            elif value:
                _put_text(cell, value)
        sheet.cell(row, 1).fill = PatternFill("solid", fgColor=FILLS[i.severity])
    sheet.freeze_panes = "A2"

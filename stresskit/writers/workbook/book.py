"""A workbook being written: sheets with a house style, cells that cannot bite."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Any

from stresskit.writers.text import clean_text, finite
from stresskit.writers.workbook.styles import Styles

if TYPE_CHECKING:
    from collections.abc import Sequence

A4 = 9
UNKNOWN = "—"
# A formula Excel shows is text until this length; its cached value is cut there.
SHORT = 255


def column(index: int) -> str:
    """Return the letters of a column counted from 0.

    Examples
    --------
    >>> column(0), column(27)
    ('A', 'AB')
    """
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell(row: int, col: int) -> str:
    """Return the absolute address of a cell, both counted from 0.

    Examples
    --------
    >>> cell(0, 1)
    '$B$1'
    """
    return f"${column(col)}${row + 1}"


def area(first_row: int, first_col: int, last_row: int, last_col: int) -> str:
    """Return the absolute address of a range, counted from 0, ends included.

    Examples
    --------
    >>> area(0, 0, 4, 1)
    '$A$1:$B$5'
    """
    return f"{cell(first_row, first_col)}:{cell(last_row, last_col)}"


class Book:
    """An xlsx file in memory; ``finish`` returns its bytes."""

    def __init__(
        self,
        *,
        title: str,
        run_id: str,
        created: dt.datetime,
        shares: bool = False,
    ):
        import xlsxwriter

        self._buffer = io.BytesIO()
        self.workbook = xlsxwriter.Workbook(
            self._buffer,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self.run_id = clean_text(run_id)
        self.workbook.set_properties(
            {
                "title": clean_text(title)[:SHORT],
                "subject": "Stress test",
                "comments": f"Run {self.run_id}",
                "keywords": self.run_id,
                "author": "stresskit",
                "created": created,
            }
        )
        self.workbook.set_calc_mode("auto")
        self.styles = Styles(self.workbook, shares=shares)
        self.shares = shares

    def sheet(self, name: str, *, tab: str | None = None) -> Sheet:
        """Add a sheet, ready to print on A4 landscape, one page wide."""
        worksheet = self.workbook.add_worksheet(name)
        worksheet.hide_gridlines(2)
        worksheet.set_landscape()
        worksheet.set_paper(A4)
        worksheet.fit_to_pages(1, 0)
        worksheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        run = self.run_id.replace("&", "&&")[:80]
        worksheet.set_footer(f"&L&8Run {run}&C&8&A&R&8Page &P of &N")
        worksheet.set_default_row(15)
        if tab:
            worksheet.set_tab_color(tab)
        return Sheet(self, worksheet, name)

    def define(self, name: str, sheet: str, address: str) -> None:
        """Give a cell or range a name for the whole workbook."""
        self.workbook.define_name(name, f"='{sheet}'!{address}")

    def finish(self) -> bytes:
        """Return the file."""
        self.workbook.close()
        return self._buffer.getvalue()


class Sheet:
    """One sheet; rows and columns count from 0, looks go by name."""

    def __init__(self, book: Book, worksheet: Any, name: str):
        self.book = book
        self.raw = worksheet
        self.name = name
        self.styles = book.styles

    def widths(self, widths: Sequence[float]) -> None:
        """Set the columns' widths from the left, in characters."""
        for index, width in enumerate(widths):
            self.raw.set_column(index, index, width)

    def title(self, heading: str, line: str, columns: int) -> None:
        """Write the navy band on top, over so many columns."""
        for col in range(columns):
            self.raw.write_blank(0, col, None, self.styles["band"])
            self.raw.write_blank(1, col, None, self.styles["subband"])
        self.raw.set_row(0, 26)
        self.raw.set_row(1, 16)
        self.text(0, 0, heading, "band")
        self.text(1, 0, line, "subband")

    def text(self, row: int, col: int, value: object, style: str = "text") -> None:
        """Write text that can never become a formula or a link."""
        cleaned = clean_text(value)
        if cleaned:
            self.raw.write_string(row, col, cleaned, self.styles[style])
        else:
            self.raw.write_blank(row, col, None, self.styles[style])

    def number(self, row: int, col: int, value: float | None, style: str) -> None:
        """Write a number; what is not known is a dash, never zero."""
        known = finite(value)
        if known is None:
            self.text(row, col, UNKNOWN, style)
        else:
            self.raw.write_number(row, col, known, self.styles[style])

    def formula(
        self,
        row: int,
        col: int,
        formula: str,
        value: float | str | bool | None,
        style: str,
    ) -> None:
        """Write a formula with the value the engine has for it."""
        cached: float | str | bool | None = value
        if isinstance(value, str):
            cached = clean_text(value)
        elif value in (True, False) and style.startswith("flag"):
            cached = bool(value)
        else:
            cached = finite(value)
        self.raw.write_formula(
            row, col, formula, self.styles[style], "" if cached is None else cached
        )

    def header(
        self, row: int, labels: Sequence[str], *, left: int = 1, height: float = 30
    ) -> None:
        """Write a table's header row, so many labels to the left, over text."""
        self.raw.set_row(row, height)
        for col, label in enumerate(labels):
            self.text(row, col, label, "head" if col >= left else "head_left")

    def section(self, row: int, first: int, last: int, label: str) -> None:
        """Write a heading with a rule under it, over the columns given."""
        for col in range(first, last + 1):
            self.text(row, col, label if col == first else "", "section")

    def paragraph(
        self,
        row: int,
        text: str,
        *,
        width: int,
        style: str = "wrap:prose",
        col: int = 0,
    ) -> None:
        """Write wrapped text into one cell of so many characters' width."""
        self.text(row, col, text, style)
        self.raw.set_row(row, 13.0 * lines(text, width) + 3)


def lines(text: str, width: int) -> int:
    """Return how many lines a text takes in a column of a width.

    The house font, smaller than Excel's own, sets about 1.25 letters per unit.
    """
    import textwrap

    width = int(width * 1.25)

    parts = clean_text(text).split("\n")
    return sum(max(1, len(textwrap.wrap(part, width))) for part in parts)

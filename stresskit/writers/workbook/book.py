"""A workbook being written: sheets with a house style, cells that cannot bite."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import TYPE_CHECKING, Any

from stresskit.errors import OutputError
from stresskit.model import Presentation
from stresskit.writers.text import clean_text, finite
from stresskit.writers.workbook.language import Language
from stresskit.writers.workbook.styles import Styles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PAPERS = {"A4": 9, "Letter": 1}
UNKNOWN = "—"
# A formula Excel shows is text until this length; its cached value is cut there.
SHORT = 255
# A text, in which nothing is a reference, or a sheet in front of an address.
_SHEET = re.compile(r""""[^"]*"|((?:'[^']+'|[A-Za-z]\w*))!""")


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
    """An xlsx file in memory; ``finish`` returns its bytes.

    Sheets are called by their English names in the program, formulas included; in
    the file they stand in the presentation's language.
    """

    def __init__(  # noqa: PLR0913 - what a file says of itself, by name
        self,
        *,
        title: str,
        run_id: str,
        created: dt.datetime,
        shares: bool = False,
        presentation: Presentation | None = None,
        language: Language | None = None,
        traces: Mapping[str, str] | None = None,
        large: bool = False,
        printed: bool = False,
    ):
        import xlsxwriter

        self._buffer = io.BytesIO()
        self.workbook = xlsxwriter.Workbook(
            self._buffer,
            {
                # The pages of a large one go through the disk to spare memory.
                "in_memory": not large,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self.presentation = presentation or Presentation()
        self.theme = self.presentation.theme
        self.language = language or Language(self.presentation.language)
        self.run_id = clean_text(run_id)
        self.workbook.set_properties(
            {
                "title": clean_text(title)[:SHORT],
                "subject": self.language.say("Stress test"),
                "comments": f"Run {self.run_id}",
                "keywords": self.run_id,
                "author": "stresskit",
                "company": clean_text(self.theme.organisation),
                "created": created,
            }
        )
        for name, value in (traces or {}).items():
            self.workbook.set_custom_property(name, clean_text(value)[:SHORT], "text")
        self.workbook.set_calc_mode("auto")
        self.styles = Styles(
            self.workbook, shares=shares, theme=self.theme, language=self.language
        )
        self.shares = shares
        # Whether the sheets that follow are there for the formulas alone.
        self.behind = False
        self._printed = printed
        self._names: dict[str, str] = {}

    def sheet(self, name: str, *, model: bool = False) -> Sheet:
        """Add a sheet, ready to print in landscape, one page wide.

        A ``model`` sheet is there for the formulas of the others alone.
        """
        shown = self.name_of(name)
        from stresskit.writers.workbook.plain_sheet import PlainWorksheet

        worksheet = self.workbook.add_worksheet(shown, PlainWorksheet)
        worksheet.hide_gridlines(2)
        worksheet.set_landscape()
        worksheet.set_paper(PAPERS[self.presentation.paper])
        worksheet.fit_to_pages(1, 0)
        worksheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        worksheet.set_footer(self._footer())
        worksheet.set_default_row(15)
        model = model or self.behind
        worksheet.set_tab_color(self.theme.colours["muted" if model else "primary"])
        hidden = model and self._printed
        if hidden:
            worksheet.hide()
        return Sheet(self, worksheet, name, hidden=hidden)

    def _footer(self) -> str:
        """Return who, which run, which sheet and page; an ampersand is a command."""
        theme, code = self.theme, self.language.code

        def plain(text: str) -> str:
            # "&G" would be a picture, even behind a doubled ampersand.
            kept = clean_text(text).replace("&", "&&").replace("\n", " ")
            return kept.replace("&G", "& G").replace("&[", "& [")

        said = (theme.text("classification", code), theme.text("footer", code))
        left = plain(". ".join(s for s in said if s))[:110]
        run = plain(self.language.say("Run {run}", run=self.run_id))[:60]
        # The program's own commands, kept apart from text.
        page = plain(self.language.say("Page {page} of {pages}", page="#P", pages="#N"))
        page = page.replace("#P", "&P").replace("#N", "&N")
        return f"&L&8{left}&C&8{run}&R&8&A, {page}"

    def name_of(self, name: str) -> str:
        """Return a sheet's name in the file."""
        if name not in self._names:
            self._names[name] = self.language.say(name)
        return self._names[name]

    def local(self, formula: str) -> str:
        """Return a formula with the sheets' names as they stand in the file."""
        if self.language.code == "en":
            return formula
        return _SHEET.sub(self._reference, formula)

    def _reference(self, match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0]
        shown = self.name_of(match[1].strip("'")).replace("'", "''")
        return f"'{shown}'!"

    def define(self, name: str, sheet: str, address: str) -> None:
        """Give a cell or range a name for the whole workbook."""
        self.workbook.define_name(name, f"='{self.name_of(sheet)}'!{address}")

    def finish(self) -> bytes:
        """Return the file.

        Raises
        ------
        OutputError
            If a large one finds no room for its pages on the way.
        """
        from xlsxwriter.exceptions import FileCreateError

        try:
            self.workbook.close()
        except (OSError, FileCreateError) as error:
            raise OutputError(
                f"The report's pages cannot be put down on the way: {error}.",
                hint="Make room in the folder for temporary files (TMPDIR).",
            ) from error
        return self._buffer.getvalue()


class Sheet:
    """One sheet; rows and columns count from 0, looks go by name."""

    def __init__(self, book: Book, worksheet: Any, name: str, *, hidden: bool = False):
        self.book = book
        self._hidden = hidden
        self.raw = worksheet
        self.name = name
        self.styles = book.styles
        self.language = book.language

    def print_area(self, last_row: int, last_col: int) -> None:
        """Print the sheet down to a row and a column.

        A hidden one has no such area: LibreOffice would print it.
        """
        if not self._hidden:
            self.raw.print_area(0, 0, last_row, last_col)

    def widths(self, widths: Sequence[float]) -> None:
        """Set the columns' widths from the left, in characters."""
        for index, width in enumerate(widths):
            self.raw.set_column(index, index, width)

    def title(self, heading: str, line: str, columns: int, **values: object) -> None:
        """Write the navy band on top, over so many columns."""
        for col in range(columns):
            self.raw.write_blank(0, col, None, self.styles["band"])
            self.raw.write_blank(1, col, None, self.styles["subband"])
        self.raw.set_row(0, 26)
        self.raw.set_row(1, 16)
        self.say(0, 0, heading, "band")
        self.say(1, 0, line, "subband", **values)

    def say(
        self, row: int, col: int, text: str, style: str = "text", **values: object
    ) -> None:
        """Write one of our own texts in the report's language."""
        said = self.language.say(text, **values) if text else ""
        self.text(row, col, said, style)

    def data(self, row: int, col: int, text: str, style: str = "text:data") -> None:
        """Write a text of the data, in the report's language where it is known."""
        self.text(row, col, self.language.data(clean_text(text)), style)

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
            row,
            col,
            self.book.local(formula),
            self.styles[style],
            "" if cached is None else cached,
        )

    def header(
        self, row: int, labels: Sequence[str], *, left: int = 1, height: float = 30
    ) -> None:
        """Write a table's header row, so many labels to the left, over text."""
        self.raw.set_row(row, height)
        for col, label in enumerate(labels):
            self.say(row, col, label, "head" if col >= left else "head_left")

    def section(
        self, row: int, first: int, last: int, label: str, **values: object
    ) -> None:
        """Write a heading with a rule under it, over the columns given."""
        for col in range(first, last + 1):
            self.say(row, col, label if col == first else "", "section", **values)

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

"""Tables of web pages, which brokers also ship under the name .xls."""

from __future__ import annotations

import html
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from stresskit.errors import HoldingsError
from stresskit.readers.cells import Value
from stresskit.readers.files.grids import MAX_CELLS, MAX_COLUMNS, Grid
from stresskit.readers.files.spreadsheetml import decoded

_LINES_ABOVE = 20
_LONGEST_LINE = 500
_MOST_PIECES = 2_000
_MOST_FACTS = 10
_LONGEST_TAG = 4_000
_MAX_DEPTH = 100
_MAX_TABLES = 10_000
_CHARSET = re.compile(rb"charset\s{0,9}=\s{0,9}[\"']?([\w-]{1,40})", re.IGNORECASE)
_NAME = re.compile(r"/?[a-z][a-z0-9:]{0,30}", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"\b(colspan|rowspan)\s{0,9}=\s{0,9}[\"']?\s{0,9}(\d{1,9})", re.IGNORECASE
)
# What stands inside these is no text of the page.
_UNSEEN = {
    name: re.compile(rf"</{name}", re.IGNORECASE)
    for name in ("script", "style", "title", "noscript", "template")
}
_BREAKS = frozenset(
    "br p div h1 h2 h3 h4 h5 h6 li ul ol hr caption section article header dt dd "
    "center form pre blockquote".split()
)


@dataclass
class _Cell:
    """A cell while its text is collected: pieces, and the area it covers.

    ``told`` counts the pieces that a table in the cell has as its lines above.
    """

    column: int
    across: int = 1
    down: int = 1
    pieces: list[str] = field(default_factory=list)
    told: int = 0

    @property
    def text(self) -> str:
        return " ".join("".join(self.pieces).split())


@dataclass
class _Table:
    """A table while it is read, with the lines of text that stood above it."""

    above: list[list[Value]]
    rows: list[list[Value]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    covered: dict[int, int] = field(default_factory=dict)
    cell: _Cell | None = None
    in_row: bool = False


class _Page:
    """The tables of a page, collected token by token."""

    def __init__(self) -> None:
        self.tables: list[_Table] = []
        self.complete = False
        self._open: list[_Table] = []
        self._lines: deque[list[Value]] = deque(maxlen=_LINES_ABOVE)
        self._line: list[str] = []
        self._cells = 0

    @property
    def cut_off(self) -> bool:
        return bool(self._open) and not self.complete

    def text(self, piece: str) -> None:
        if self._open and self._open[-1].cell is not None:
            self._open[-1].cell.pieces.append(piece)
        # In a table but in no cell it is a caption, or shown above the table.
        elif not (self._open and self._open[-1].rows) and not self._is_full():
            self._line.append(piece)

    def _is_full(self) -> bool:
        return len(self._line) >= _MOST_PIECES

    def tag(self, name: str, inner: str) -> None:
        bare = name.removeprefix("/")
        if bare in _BREAKS:
            self._break()
        elif bare in {"html", "body"}:
            self.complete = self.complete or name != bare
        elif name == "table":
            self._begin_table()
        elif not self._open:
            return
        elif name == "tr":
            self._begin_row(self._open[-1])
        elif name in {"td", "th"}:
            self._begin_cell(self._open[-1], inner)
        elif bare in {"td", "th", "tr", "thead", "tbody", "tfoot", "table"}:
            self._end(bare)

    def close(self) -> None:
        while self._open:
            self._end("table")

    def _break(self) -> None:
        if self._open and self._open[-1].cell is not None:
            self._open[-1].cell.pieces.append("\n")
            return
        self._add_line("".join(self._line))
        self._line = []

    def _add_line(self, text: str) -> None:
        if bare := " ".join(text[: 4 * _LONGEST_LINE].split()):
            self._lines.append([bare[:_LONGEST_LINE]])

    def _begin_table(self) -> None:
        outer = self._open[-1].cell if self._open else None
        if outer is None:
            self._break()
        else:
            # In a layout of tables the heading stands in the cell around the table.
            for line in "".join(outer.pieces[outer.told :]).split("\n"):
                self._add_line(line)
            outer.told = len(outer.pieces)
        if len(self._open) >= _MAX_DEPTH or len(self.tables) >= _MAX_TABLES:
            raise _too_large(f"more than {_MAX_TABLES:,} tables, or many in each other")
        self._open.append(_Table(list(self._lines)))
        self._lines.clear()

    def _begin_row(self, table: _Table) -> None:
        self._end_cell(table)
        if not table.rows:
            self._break()
            table.above = [*table.above, *self._lines][-_LINES_ABOVE:]
            self._lines.clear()
        table.rows.append([])
        table.in_row = True
        self._count(1)

    def _begin_cell(self, table: _Table, inner: str) -> None:
        self._end_cell(table)
        if not table.in_row:
            self._begin_row(table)
        row = len(table.rows) - 1
        column = len(table.rows[-1])
        while table.covered.get(column, -1) >= row:
            column += 1
        spans = {k.lower(): int(v) for k, v in _ATTRIBUTE.findall(inner)}
        across = max(1, min(spans.get("colspan", 1), MAX_COLUMNS))
        down = max(1, min(spans.get("rowspan", 1), MAX_CELLS))
        table.cell = _Cell(column, across, down)

    def _end_cell(self, table: _Table) -> None:
        """Put a cell in its place; those it covers stay empty."""
        cell, table.cell = table.cell, None
        if cell is None:
            return
        stop = min(cell.column + cell.across, MAX_COLUMNS)
        if cell.column >= stop:
            raise _too_large(f"a row of more than {MAX_COLUMNS:,} cells")
        row, place = table.rows[-1], len(table.rows) - 1
        self._count(stop - len(row))
        row += [None] * (stop - len(row))
        row[cell.column] = cell.text or None
        if cell.down > 1:
            table.covered.update(
                dict.fromkeys(range(cell.column, stop), place + cell.down - 1)
            )
        if cell.down > 1 or cell.across > 1:
            area = (place, cell.column, place + cell.down - 1, stop - 1)
            table.merged.append(area)

    def _count(self, cells: int) -> None:
        self._cells += cells
        if self._cells > MAX_CELLS:
            raise _too_large(f"more than {MAX_CELLS:,} cells")

    def _end(self, name: str) -> None:
        table = self._open[-1]
        self._end_cell(table)
        table.in_row = table.in_row and name in {"td", "th"}
        if name != "table":
            return
        self._open.pop()
        if any(v is not None for row in table.rows for v in row):
            self.tables.append(table)
            self._note_facts(table)

    def _note_facts(self, table: _Table) -> None:
        """Keep a small table of facts, such as a date, for the table below it."""
        if len(table.rows) > _MOST_FACTS:
            return
        facts = [_filled(row) for row in table.rows]
        if all(len(row) <= 2 for row in facts):
            self._lines.extend([*table.above, *(row for row in facts if row)])


def _filled(row: list[Value]) -> list[Value]:
    return [v for v in row if v is not None]


def read_html_grids(content: bytes) -> list[Grid]:
    """Read every table of a web page, with the lines of text above it.

    Numbers stay text as written. Tables within tables are grids of their own.

    Parameters
    ----------
    content : bytes
        The page.

    Raises
    ------
    HoldingsError
        If it has no table, ends within one, or has too many cells.

    Examples
    --------
    >>> page = b"<h1>Fund A</h1><table><tr><th>ISIN<td>Value<tr></table>"
    >>> read_html_grids(page)[0].rows
    [['Fund A'], ['ISIN', 'Value'], []]
    """
    found = _CHARSET.search(content[:4096])
    text = decoded(content, found[1].decode("ascii") if found else None)
    page = _Page()
    for name, piece in _tokens(text.replace("\x00", "")):
        if name:
            page.tag(name, piece)
        else:
            page.text(piece)
    if page.cut_off:
        raise HoldingsError(
            "The web page ends in the middle of a table.",
            hint="Download or export the file again.",
            code="damaged",
        )
    page.close()
    if not page.tables:
        raise HoldingsError(
            "The web page has no table.",
            hint="Save the page with the positions, or export them as .csv or .xlsx.",
            code="no-table",
        )
    alone = len(page.tables) == 1
    return [
        _grid(table, None if alone else f"Table {n}")
        for n, table in enumerate(page.tables, 1)
    ]


def _grid(table: _Table, sheet: str | None) -> Grid:
    shift, height = len(table.above), len(table.rows)
    merged = (
        (top + shift, left, min(bottom, height - 1) + shift, right)
        for top, left, bottom, right in table.merged
    )
    return Grid(sheet=sheet, rows=[*table.above, *table.rows], merged=tuple(merged))


def _too_large(what: str) -> HoldingsError:
    return HoldingsError(
        f"The web page has {what}, which is too much.",
        hint="Save the table with the positions by itself.",
        code="too-large",
    )


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Split a page into tags (name in small letters, rest) and texts (no name).

    The parser of the standard library rescans from each unfinished tag or comment:
    a page made for that would take it hours. Here each letter is seen a bounded
    number of times.
    """
    place = 0
    while place < len(text):
        start = text.find("<", place)
        start = len(text) if start < 0 else start
        if start > place:
            yield "", _unescaped(text[place:start])
        if text.startswith(("<!", "<?"), start):
            place = _after_comment(text, start)
            continue
        match = _NAME.match(text, start + 1)
        stop = _tag_end(text, start) if match else -1
        if match is None or stop < 0:
            # A sign for less than, or a tag without an end.
            if start < len(text):
                yield "", "<"
            place = start + 1
            continue
        name = match[0].lower()
        yield name, text[match.end() : stop]
        place = stop + 1
        if name in _UNSEEN:
            closing = _UNSEEN[name].search(text, place)
            place = closing.start() if closing else len(text)


def _after_comment(text: str, start: int) -> int:
    comment = text.startswith("<!--", start)
    # Excel hides parts of its own pages in <![if ...]>, which end like tags.
    stop = text.find("-->" if comment else ">", start)
    if stop < 0:
        return len(text)
    return stop + (3 if comment else 1)


def _tag_end(text: str, start: int) -> int:
    """Find the sign that ends a tag; one between quotes does not."""
    last = start + _LONGEST_TAG
    stop = text.find(">", start, last)
    while stop >= 0 and text.count('"', start, stop) % 2:
        stop = text.find(">", stop + 1, last)
    # An odd quote is more often forgotten than there for a reason.
    return stop if stop >= 0 else text.find(">", start, last)


def _unescaped(text: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:
        # Python refuses numbers of thousands of digits.
        return text

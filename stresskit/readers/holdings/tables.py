"""The tables of a grid: where each begins and ends, and what its columns are."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property

from stresskit.model import Issue
from stresskit.readers.cells import (
    Broken,
    Value,
    is_missing,
    parse_number,
    text_of,
)
from stresskit.readers.files import Grid
from stresskit.readers.holdings.columns import (
    AMOUNTS,
    NUMBERS,
    VALUES,
    Header,
    read_header,
)
from stresskit.readers.holdings.headers import (
    Column,
    columns_at,
    holds_codes,
    is_number,
    joined_headers,
    looks_like_header,
    sum_of,
)

_FUNDS = re.compile(r"ファンド|fondsname|fund name|基金名称", re.IGNORECASE)
_TEN_THOUSAND = re.compile(r"口|1万口|10,000 units", re.IGNORECASE)
# A merged cell of these stands for every row that it spans; an amount does not.
_SPANNING = ("account", "fund", "asset_class", "sector", "country", "currency")


@dataclass(frozen=True)
class Table:
    """A table of a grid; row numbers are 0-based indices.

    ``spares`` holds the columns that would fit a role which another one plays;
    ``title`` is the line of words above the headers. A table whose headers are not
    understood has no columns.
    """

    grid: Grid
    header_row: int
    columns: dict[str, Column]
    end_row: int
    issues: list[Issue] = field(default_factory=list)
    spares: dict[str, list[Column]] = field(default_factory=dict)
    title: str = ""
    headed: bool = True
    shares: dict[str, float] = field(default_factory=dict)

    @cached_property
    def width(self) -> int:
        """Number of columns up to the last header."""
        if not self.headed:
            rows = self.grid.rows[self.header_row + 1 : self.end_row]
            return Counter(len(r) for r in rows if r).most_common(1)[0][0]
        row = self.header
        return max((i + 1 for i, v in enumerate(row) if not is_missing(v)), default=0)

    @property
    def header(self) -> list[Value]:
        """The row of headers; empty for a table without."""
        return self.grid.rows[self.header_row] if self.headed else []

    @cached_property
    def per_ten_thousand(self) -> bool:
        """Whether prices of funds are those of ten thousand units, as in Japan."""
        texts = [text_of(v) for v in self.header]
        above = self.grid.rows[max(0, self.header_row - 10) : max(0, self.header_row)]
        texts += [text_of(v) for r in above for v in r if isinstance(v, str)]
        return any(_TEN_THOUSAND.search(t) for t in texts)

    @property
    def lists_funds(self) -> bool:
        """Whether the header of the names says that all of them are funds."""
        column = self.columns.get("name")
        return column is not None and _FUNDS.search(column.header.text) is not None

    @property
    def place(self) -> str:
        """Where the table stands, in words."""
        rows = f"rows {self.header_row + 1} to {self.end_row}"
        return f"{rows} of sheet {self.grid.sheet}" if self.grid.sheet else rows

    def cell(self, row: int, role: str) -> Value:
        """Give the cell of a role in a row, or None where there is none."""
        column = self.columns.get(role)
        cells = self.grid.rows[row]
        if column is None or column.index >= len(cells):
            return None
        return cells[column.index]

    def cells_of(self, column: Column) -> list[Value]:
        """Give the cells of a column below the header."""
        rows = self.grid.rows[self.header_row + 1 : self.end_row]
        index = column.index
        return [r[index] if index < len(r) else None for r in rows]

    def column_cells(self, role: str) -> list[Value]:
        """Give the cells of a role below the header."""
        column = self.columns.get(role)
        if column is None:
            return [None] * max(0, self.end_row - self.header_row - 1)
        return self.cells_of(column)

    @cached_property
    def data_rows(self) -> int:
        """Number of rows that have something in an amount column."""
        counted = (*AMOUNTS, "notional", "unrealized")
        roles = [r for r in counted if r in self.columns]
        columns = [self.column_cells(r) for r in roles]
        return sum(
            any(not is_missing(v) for v in cells)
            for cells in zip(*columns, strict=True)
        )

    @property
    def money(self) -> float | None:
        """Sum of the values, totals and all, or None if there are none."""
        column = self.columns.get("value") or self.columns.get("local_value")
        if column is None:
            return None
        return sum_of(self.cells_of(column), scale=column.header.scale)


def tables_of(grid: Grid) -> list[Table]:
    """Find the tables of a grid, in the order of its rows.

    Parameters
    ----------
    grid : Grid
        Sheet.
    """
    starts = _starts(grid)
    if not starts:
        return []
    first = starts[0][1]
    # Words among the rows can head a table whose columns are not known.
    breaks = [
        row
        for row in range(first + 1, len(grid.rows))
        if _words(grid, row) > 1
        and (looks_like_header(grid.rows[row]) or _heads_numbers(grid, row))
        and not is_repeated_header(grid, first, row)
    ]
    known = {row for _, row, _ in starts}
    edges = [*sorted(known | set(breaks)), len(grid.rows)]
    found = [
        _refined(
            Table(
                place,
                row,
                {role: group[0] for role, group in columns.items()},
                _end(grid, row, next(e for e in edges if e > row)),
                spares={role: group[1:] for role, group in columns.items()},
                title=_title(grid, row),
            )
        )
        for place, row, columns in starts
    ]
    found += [
        Table(grid, row, {}, next(e for e in edges if e > row), title=_title(grid, row))
        for row in breaks
        if row not in known
    ]
    return sorted(found, key=lambda t: t.header_row)


def _heads_numbers(grid: Grid, row: int) -> bool:
    """Say whether words begin a block: blank or a title above, their numbers below."""
    if _words(grid, row) < 2 or row + 1 >= len(grid.rows):
        return False
    if sum(not is_missing(v) for v in grid.rows[row - 1]) > 1:
        return False
    head, below = grid.rows[row], grid.rows[row + 1]
    numbers = [i for i, v in enumerate(below) if not is_missing(v) and is_number(v)]
    return len(numbers) > 1 and all(
        i < len(head) and not is_missing(head[i]) for i in numbers
    )


def _end(grid: Grid, row: int, edge: int) -> int:
    """Give the row after the last of a table: a title above the next is none of it."""
    if edge == len(grid.rows):
        return edge
    end = edge
    while end - 1 > row and sum(not is_missing(v) for v in grid.rows[end - 1]) <= 1:
        end -= 1
    return end


def _title(grid: Grid, row: int) -> str:
    """Give the words that stand alone right above a row of headers."""
    for above in range(row - 1, max(-1, row - 4), -1):
        filled = [v for v in grid.rows[above] if not is_missing(v)]
        if len(filled) == 1 and isinstance(filled[0], str):
            return text_of(filled[0])[:120]
        if filled:
            break
    return ""


_NUMBER_ALONE = re.compile(r"[-+(<$€£]*\s?\d[\d.,' ]*[)%]?")


def _words(grid: Grid, row: int) -> int:
    """Count the words of a row; a row with a number in it counts none."""
    words = 0
    if row >= len(grid.rows):
        return 0
    for value in grid.rows[row]:
        if value is None or value == "":
            continue
        if not isinstance(value, str) or isinstance(value, Broken):
            return 0
        bare = value.strip()
        if not bare or (not bare[0].isalpha() and is_missing(bare)):
            continue
        if bare[0] in "0123456789-+($<€£¥" and _NUMBER_ALONE.fullmatch(bare):
            return 0
        words += 1
    return words


def _starts(grid: Grid) -> list[tuple[Grid, int, dict[str, list[Column]]]]:
    """Find the rows of headers, in one row or in two that belong together."""
    starts: list[tuple[Grid, int, dict[str, list[Column]]]] = []
    joined: Grid | None = None
    row = 0
    while row < len(grid.rows):
        words = _words(grid, row)
        if not _knows_a_header(grid, row) and not _knows_a_header(grid, row + 1):
            row += 1
            continue
        place, at = grid, row
        columns = columns_at(grid, row) if words > 1 else None
        head = None
        if words and _words(grid, row + 1) > 1:
            head = joined_headers(grid, row)
            both = columns_at(grid, row + 1, head) if head else None
            apart = max(len(columns or {}), len(columns_at(grid, row + 1) or {}))
            if head and both and len(both) >= apart + (not _twice(grid, row + 1)):
                # One copy of the rows holds all headers that are joined.
                joined = joined or replace(grid, rows=list(grid.rows))
                place, at, columns = joined, row + 1, both
                joined.rows[at] = head
        if columns and not _repeats(place, starts, at):
            starts.append((place, at, columns))
        row = at + 1
    return starts


def _knows_a_header(grid: Grid, row: int) -> bool:
    """Say whether any cell of a row is a header that is known."""
    if row >= len(grid.rows):
        return False
    return any(isinstance(v, str) and read_header(v) for v in grid.rows[row])


def _twice(grid: Grid, row: int) -> bool:
    """Say whether one header stands twice in a row: what is above it tells which."""
    texts = [t for v in grid.rows[row] if (t := text_of(v).casefold())]
    return len(set(texts)) < len(texts)


def _repeats(
    grid: Grid, earlier: list[tuple[Grid, int, dict[str, list[Column]]]], row: int
) -> bool:
    """Say whether a header is the last one again, as on a new page."""
    return bool(earlier) and is_repeated_header(grid, earlier[0][1], row)


def is_repeated_header(grid: Grid, header_row: int, row: int) -> bool:
    """Say whether two rows of a grid hold the same headers.

    Parameters
    ----------
    grid : Grid
        Sheet.
    header_row, row : int
        0-based rows.
    """
    second = grid.rows[row]
    if any(type(v) in {int, float} for v in second):
        return False
    first = [t for v in grid.rows[header_row] if (t := text_of(v))]
    # Most rows differ in their first word.
    start = next((t for v in second if (t := text_of(v))), "")
    if not first or start != first[0]:
        return False
    return first == [t for v in second if (t := text_of(v))]


def _refined(table: Table) -> Table:
    """Settle by content what the headers leave open."""
    table = _by_numbers(table)
    columns = dict(table.columns)
    rows = table.grid.rows[table.header_row + 1 : table.end_row]
    head = table.header
    known = {c.index for c in columns.values()}
    for role in (*VALUES, "price"):
        column = columns.get(role)
        if column is None or not holds_codes(rows, column.index):
            continue
        # The header stands over the code; the amount is the next column.
        following = column.index + 1
        blank = following >= len(head) or is_missing(head[following])
        if blank and following not in known:
            columns[role] = replace(column, index=following)
            found = Column(column.index, replace(column.header, role="currency"))
            columns.setdefault("currency", found)
    if "currency" not in columns:
        for index in range(len(head)):
            blank = is_missing(head[index]) and index not in known
            if blank and holds_codes(rows, index):
                columns["currency"] = Column(index, Header("currency"))
                break
    return _filled_down(replace(table, columns=columns))


def _by_numbers(table: Table) -> Table:
    """Prefer columns of numbers where a header can be of them or of their unit."""
    columns, spares = dict(table.columns), dict(table.spares)
    for role in NUMBERS:
        group = [columns[role], *spares.get(role, [])] if role in columns else []
        if len(group) > 1:
            group.sort(key=lambda c: not _holds_numbers(table, c))
            columns[role], spares[role] = group[0], group[1:]
    amount = columns.get("quantity")
    if amount and _is_amount_of_money(table, columns):
        columns["value"] = replace(amount, header=replace(amount.header, role="value"))
        del columns["quantity"]
    others = [c for c in spares.get("name", []) if not _holds_numbers(table, c)]
    if others:
        header = replace(others[0].header, role="other_name")
        columns["other_name"] = replace(others[0], header=header)
    counted = [c for c in spares.get("name", []) if _holds_numbers(table, c)]
    if counted and "quantity" not in columns:
        # A header such as Position can stand over numbers.
        header = replace(counted[0].header, role="quantity")
        columns["quantity"] = replace(counted[0], header=header)
    gained = columns.pop("unrealized", None)
    amounts = {*VALUES, "weight", "price"} & columns.keys()
    if gained is not None and not amounts:
        # Swaps and the like are worth what they have gained since they were made.
        header = replace(gained.header, role="value")
        columns["value"] = replace(gained, header=header)
    return replace(table, columns=columns, spares=spares)


def _is_amount_of_money(table: Table, columns: dict[str, Column]) -> bool:
    """Say whether a column headed Amount holds whole numbers of prices."""
    if {*VALUES} & columns.keys() or "price" not in columns:
        return False
    if columns["quantity"].header.text.strip().casefold() != "amount":
        return False
    rows = zip(
        table.cells_of(columns["quantity"]),
        table.cells_of(columns["price"]),
        strict=True,
    )
    parts = []
    for amount, price in rows:
        if is_number(amount) and is_number(price):
            unit = parse_number(price).value
            parts.append(parse_number(amount).value / unit if unit else 0.5)
    whole = sum(abs(p - round(p)) < 1e-3 and round(p) != 0 for p in parts)
    return len(parts) > 1 and whole >= 0.8 * len(parts)


def _holds_numbers(table: Table, column: Column) -> bool:
    cells = [v for v in table.cells_of(column)[:200] if not is_missing(v)]
    numbers = sum(
        isinstance(v, Broken) or any(c.isdigit() for c in text_of(v)) for v in cells
    )
    return numbers >= 0.5 * len(cells)


def _filled_down(table: Table) -> Table:
    """Repeat the text of a merged cell in every row that it spans."""
    by_index = {c.index: r for r, c in table.columns.items() if r in _SPANNING}
    spans = [
        (top, bottom, left)
        for top, left, bottom, right in table.grid.merged
        if left == right
        and left in by_index
        and bottom > top > table.header_row
        and bottom - top < len(table.grid.rows)
    ]
    if not spans:
        return table
    rows = [list(r) for r in table.grid.rows]
    for top, bottom, left in spans:
        if top >= len(rows) or left >= len(rows[top]):
            continue
        for cells in rows[top + 1 : bottom + 1]:
            cells.extend([None] * (left + 1 - len(cells)))
            cells[left] = rows[top][left]
    return replace(table, grid=replace(table.grid, rows=rows))

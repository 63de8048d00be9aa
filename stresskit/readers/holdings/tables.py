"""Finding the table of positions among the titles, totals and small print."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from stresskit.errors import HoldingsError
from stresskit.model import Issue
from stresskit.readers.cells import Value, is_missing, text_of
from stresskit.readers.files.grids import Grid
from stresskit.readers.holdings.columns import (
    AMOUNTS,
    IDENTIFIERS,
    NAMES,
    VALUES,
    Header,
    read_header,
)
from stresskit.readers.holdings.headers import (
    Column,
    columns_at,
    holds_codes,
    joined_headers,
    looks_like_header,
    sum_of,
)
from stresskit.readers.holdings.transactions import transaction_columns

_WANTED = (
    "Looked for a row of headers with a name or an identifier (Name, ISIN, Ticker, "
    "CUSIP ...) and an amount (Market Value, Weight, Quantity ...)"
)


@dataclass(frozen=True)
class Table:
    """The table of positions in a grid; row numbers are 0-based indices.

    ``spares`` holds the columns that would fit a role which another one plays.
    """

    grid: Grid
    header_row: int
    columns: dict[str, Column]
    end_row: int
    issues: list[Issue] = field(default_factory=list)
    spares: dict[str, list[Column]] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """Number of columns up to the last header."""
        row = self.grid.rows[self.header_row]
        return max((i + 1 for i, v in enumerate(row) if not is_missing(v)), default=0)

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
        return [r[column.index] if column.index < len(r) else None for r in rows]

    def column_cells(self, role: str) -> list[Value]:
        """Give the cells of a role below the header."""
        return [
            self.cell(row, role) for row in range(self.header_row + 1, self.end_row)
        ]


def find_table(grids: list[Grid], *, sheet: str | None = None) -> Table:
    """Find the table of positions in a file.

    Parameters
    ----------
    grids : list of Grid
        Sheets of the file.
    sheet : str or None
        Sheet to read; None takes the one with the most rows in a table.

    Raises
    ------
    HoldingsError
        If the sheet is not there, or no sheet has such a table.
    """
    grids = _named(grids, sheet)
    tables = [t for g in grids if (t := _table_of(g)) is not None]
    if not tables:
        raise _nothing_found(grids)
    listed = [transaction_columns(t) for t in tables]
    positions = [t for t, names in zip(tables, listed, strict=True) if not names]
    if not positions:
        raise _transactions(tables[0])
    positions.sort(key=lambda t: t.header_row - t.end_row)
    best, *others = positions
    if others:
        best.issues.append(_other_sheets(best, others))
    trades = [
        str(t.grid.sheet) for t, names in zip(tables, listed, strict=True) if names
    ]
    if trades:
        best.issues.append(
            Issue(
                code="transactions",
                severity="info",
                message="Not read, since they list transactions: sheets "
                f"{', '.join(trades)}.",
                sheet=best.grid.sheet,
            )
        )
    return best


def _named(grids: list[Grid], sheet: str | None) -> list[Grid]:
    """Give the sheet asked for, or all of them."""
    if sheet is None:
        return grids
    named = [g for g in grids if (g.sheet or "").casefold() == sheet.casefold()]
    if named:
        return named
    names = ", ".join(g.sheet for g in grids if g.sheet)
    raise HoldingsError(
        f"There is no sheet {sheet!r}.",
        hint=f"The sheets are: {names}."
        if names
        else "A text file has no sheets: leave --sheet out.",
        code="no-sheet",
    )


def _transactions(table: Table) -> HoldingsError:
    names = ", ".join(repr(n) for n in transaction_columns(table))
    issue = Issue(
        code="transactions",
        severity="error",
        message=f"The columns {names} are those of trades and payments.",
        fix="Export the positions (holdings) of one day: one line per security.",
        sheet=table.grid.sheet,
        row=table.header_row + 1,
    )
    return HoldingsError(
        f"The file looks like a list of transactions (columns {names}), not of "
        "positions.",
        hint=issue.fix,
        code="transactions",
        issues=(issue,),
    )


def _other_sheets(best: Table, others: list[Table]) -> Issue:
    """Name the sheets that hold positions too, with what is left out."""
    money = [m for t in others if (m := _money_of(t)) is not None]
    names = ", ".join(f"{t.grid.sheet} (rows: {_data_rows(t)})" for t in others)
    return Issue(
        code="several-sheets",
        severity="warning",
        message=f"Only sheet {best.grid.sheet} was read, which has the most rows. "
        f"These hold positions too and were NOT read: {names}.",
        fix="Choose another with --sheet NAME, or put all positions in one sheet.",
        sheet=best.grid.sheet,
        money=sum(money) if money else None,
    )


def _money_of(table: Table) -> float | None:
    """Add up the values of a table that is not read; totals count twice."""
    column = table.columns.get("value") or table.columns.get("local_value")
    if column is None:
        return None
    return sum_of(table.cells_of(column), scale=column.header.scale)


def _table_of(grid: Grid) -> Table | None:
    """Give the table with the most rows of a grid, and a word on the others."""
    starts = _starts(grid)
    if not starts:
        return None
    first = starts[0][1]
    # Words among the rows can head a table whose columns are not known.
    breaks = [
        row
        for row in range(first + 1, len(grid.rows))
        if looks_like_header(grid.rows[row])
        and not is_repeated_header(grid, first, row)
    ]
    edges = [*sorted({row for _, row, _ in starts} | set(breaks)), len(grid.rows)]
    tables = [
        Table(
            place,
            row,
            {role: group[0] for role, group in columns.items()},
            next(e for e in edges if e > row),
            spares={role: group[1:] for role, group in columns.items()},
        )
        for place, row, columns in starts
    ]
    filled = [t for t in tables if _data_rows(t)]
    if not filled:
        return None
    positions = [t for t in filled if not transaction_columns(t)] or filled
    best = max(positions, key=_data_rows)
    read = {t.header_row for t in tables}
    others = [t for t in filled if t is not best]
    others += [
        Table(grid, row, {}, next(e for e in edges if e > row))
        for row in breaks
        if row not in read and row > best.header_row
    ]
    best.issues.extend(_second_table(t, best) for t in others)
    return _refined(best)


def _starts(grid: Grid) -> list[tuple[Grid, int, dict[str, list[Column]]]]:
    """Find the rows of headers, in one row or in two that belong together."""
    starts: list[tuple[Grid, int, dict[str, list[Column]]]] = []
    row = 0
    while row < len(grid.rows):
        place, at, columns = grid, row, columns_at(grid, row)
        wider = joined_headers(grid, row) if len(starts) == 0 else None
        both = columns_at(wider, row + 1) if wider else None
        apart = max(
            len(columns or {}), len(columns_at(grid, row + 1) or {}) if both else 0
        )
        if wider and both and len(both) > apart:
            place, at, columns = wider, row + 1, both
        if columns and not _repeats(place, starts, at):
            starts.append((place, at, columns))
        row = at + 1
    return starts


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
    first = [text_of(v) for v in grid.rows[header_row]]
    second = [text_of(v) for v in grid.rows[row]]
    return [t for t in first if t] == [t for t in second if t]


def _data_rows(table: Table) -> int:
    """Count the rows that have something in an amount column."""
    roles = [r for r in AMOUNTS if r in table.columns]
    return sum(
        any(not is_missing(table.cell(row, role)) for role in roles)
        for row in range(table.header_row + 1, table.end_row)
    )


def _second_table(table: Table, best: Table) -> Issue:
    """Say which rows below or above the table were not read."""
    first, last = table.header_row + 1, table.end_row
    alike = bool(table.columns) and table.columns.keys() <= best.columns.keys()
    what = "positions under the same kinds of headers" if alike else "another table"
    if transaction_columns(table):
        what = "a list of transactions"
    return Issue(
        code="second-table",
        severity="warning",
        message=f"Rows {first} to {last} hold {what}. Its lines were NOT read.",
        fix="If they are positions (short ones too), put them below the first header, "
        "short positions with a minus, or in a file of their own.",
        sheet=table.grid.sheet,
        row=first,
        money=_money_of(table),
    )


def _refined(table: Table) -> Table:
    """Find currencies that stand under a blank header or over a blank amount."""
    columns = dict(table.columns)
    rows = table.grid.rows[table.header_row + 1 : table.end_row]
    header = table.grid.rows[table.header_row]
    known = {c.index for c in columns.values()}
    for role in (*VALUES, "price"):
        column = columns.get(role)
        if column is None or not holds_codes(rows, column.index):
            continue
        # The header stands over the code; the amount is the next column.
        following = column.index + 1
        blank = following >= len(header) or is_missing(header[following])
        if blank and following not in known:
            columns[role] = replace(column, index=following)
            found = Column(column.index, replace(column.header, role="currency"))
            columns.setdefault("currency", found)
    if "currency" not in columns:
        for index in range(len(header)):
            blank = is_missing(header[index]) and index not in known
            if blank and holds_codes(rows, index):
                columns["currency"] = Column(index, Header("currency"))
                break
    return replace(table, columns=columns)


def _nothing_found(grids: list[Grid]) -> HoldingsError:
    """Say what was looked for and which headers were there."""
    best: tuple[int, Grid | None, int, list[str]] = (0, None, 0, [])
    roles: set[str] = set()
    has_header = False
    for grid in grids:
        for row in range(min(len(grid.rows), 500)):
            texts = [
                t for v in grid.rows[row] if isinstance(v, str) and (t := text_of(v))
            ]
            known = {h.role for t in texts if (h := read_header(t))}
            score = 10 * len(known) + (len(texts) > 1)
            if score > best[0]:
                best, roles = (score, grid, row, texts), known
                has_header = columns_at(grid, row) is not None
    _, found_in, row, texts = best
    seen = ", ".join(t[:40] for t in texts[:20]) or "none"
    code, what = "no-table", "No table of positions was found"
    if has_header:
        what = "The table has headers but no rows with an amount"
        code = "no-rows"
    elif len(roles) > 1 and roles & {*IDENTIFIERS, *NAMES}:
        what, code = (
            "The list has no amounts: no value, weight or quantity",
            "no-amounts",
        )
    issue = Issue(
        code=code,
        severity="error",
        message="This row is the nearest to the headers of a table of positions.",
        fix="Name the columns in the row above the positions.",
        sheet=found_in.sheet if found_in else None,
        row=row + 1 if found_in else None,
    )
    return HoldingsError(
        f"{what}. {_WANTED}; headers seen: {seen}.",
        hint=issue.fix,
        code="no-amounts" if code == "no-amounts" else "no-table",
        issues=(issue,),
    )

"""Finding the table of positions among the titles, totals and small print."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace

from stresskit.core.identifiers import currency_of
from stresskit.errors import HoldingsError
from stresskit.model import Issue
from stresskit.readers.cells import Broken, Value, is_missing, parse_number, text_of
from stresskit.readers.columns import (
    AMOUNTS,
    IDENTIFIERS,
    NAMES,
    VALUES,
    Header,
    read_header,
)
from stresskit.readers.grids import Grid, column_letters

_TRADES = re.compile(
    r"trade date|settlement|settle date|transaction|buy/sell|commission|handelsdatum|"
    r"valutadatum|geschäftsart",
    re.IGNORECASE,
)
_WANTED = (
    "Looked for a row of headers with a name or an identifier (Name, ISIN, Ticker, "
    "CUSIP ...) and an amount (Market Value, Weight, Quantity ...)"
)


@dataclass(frozen=True)
class Column:
    """One column of the table: where it stands and what its header says."""

    index: int
    header: Header

    @property
    def letters(self) -> str:
        """The column's letters as the spreadsheet shows them."""
        return column_letters(self.index)


@dataclass(frozen=True)
class Table:
    """The table of positions in a grid; row numbers are 0-based indices."""

    grid: Grid
    header_row: int
    columns: dict[str, Column]
    end_row: int
    issues: list[Issue] = field(default_factory=list)

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
    if sheet is not None:
        named = [g for g in grids if (g.sheet or "").casefold() == sheet.casefold()]
        if not named:
            names = ", ".join(g.sheet or "(no sheets in a text file)" for g in grids)
            raise HoldingsError(
                f"There is no sheet {sheet!r}.",
                hint=f"The sheets are: {names}.",
                code="no-sheet",
            )
        grids = named
    tables = [t for g in grids if (t := _table_of(g)) is not None]
    if not tables:
        raise _nothing_found(grids)
    tables.sort(key=lambda t: t.header_row - t.end_row)
    best = tables[0]
    if len(tables) > 1:
        others = ", ".join(str(t.grid.sheet) for t in tables[1:])
        best.issues.append(
            Issue(
                code="several-sheets",
                severity="info",
                message=f"Read sheet {best.grid.sheet}, which has the most rows; "
                f"not read: {others}.",
                fix="Choose another with --sheet NAME.",
                sheet=best.grid.sheet,
            )
        )
    return best


def _table_of(grid: Grid) -> Table | None:
    """Give the table with the most rows of a grid, and a word on the others."""
    starts = [(i, c) for i in range(len(grid.rows)) if (c := _columns_at(grid, i))]
    starts = [s for n, s in enumerate(starts) if not _repeats(grid, starts[:n], s[0])]
    if not starts:
        return None
    ends = [row for row, _ in starts[1:]] + [len(grid.rows)]
    tables = [
        Table(grid, row, columns, end)
        for (row, columns), end in zip(starts, ends, strict=True)
    ]
    filled = [t for t in tables if _data_rows(t)]
    if not filled:
        return None
    positions = [t for t in filled if not _is_trades(t)] or filled
    best = max(positions, key=_data_rows)
    for other in filled:
        if other is not best:
            best.issues.append(_second_table(other))
    return _refined(best)


def _columns_at(grid: Grid, row: int) -> dict[str, Column] | None:
    """Read a row as headers; None if it has no identity or no amount."""
    found: dict[str, list[Column]] = defaultdict(list)
    for index, value in enumerate(grid.rows[row]):
        if is_missing(value):
            continue
        if not isinstance(value, str) or isinstance(value, Broken) or _is_number(value):
            return None
        header = read_header(value)
        if header:
            found[header.role].append(Column(index, header))
    columns = _one_each(found)
    identity = any(r in columns for r in (*IDENTIFIERS, *NAMES))
    if identity and any(r in columns for r in AMOUNTS) and len(columns) > 1:
        return columns
    return None


def _is_number(value: Value) -> bool:
    try:
        parse_number(value)
    except ValueError:
        return False
    return True


def _one_each(found: dict[str, list[Column]]) -> dict[str, Column]:
    """Settle which of several columns plays a role."""
    columns = {
        role: min(group, key=lambda c: (c.header.rank, c.index))
        for role, group in found.items()
    }
    for spare in (c for c in found.get("name", ()) if c is not columns["name"]):
        if spare.header.text.strip().casefold() == "fund":
            columns.setdefault("account", spare)
    if "account" not in columns and "fund" in columns:
        columns["account"] = columns["fund"]
    values = found.get("value", [])
    # A valor is a value in Spain and a security's number in Switzerland.
    values = [
        c for c in values if c.header.text.strip().casefold() != "valor"
    ] or values
    if values:
        columns["value"] = min(values, key=lambda c: (c.header.rank, c.index))
    base = [c for c in values if c.header.currency or "base" in c.header.text.lower()]
    plain = [c for c in values if c not in base]
    if base and plain and "local_value" not in columns:
        columns["value"], columns["local_value"] = base[0], plain[0]
    elif base:
        columns["value"] = base[0]
    currencies = found.get("currency", [])
    own = [
        c
        for c in currencies
        if re.search("market|local|quot", c.header.text, re.IGNORECASE)
    ]
    if own and len(currencies) > len(own):
        rest = [c for c in currencies if c not in own]
        columns["currency"], columns["value_currency"] = own[0], rest[0]
    for spare in (c for c in found.get("quantity", ()) if c is not columns["quantity"]):
        if spare.header.text.strip().casefold() == "amount" and "value" not in columns:
            columns["value"] = replace(
                spare, header=replace(spare.header, role="value")
            )
    return columns


def _repeats(
    grid: Grid, earlier: list[tuple[int, dict[str, Column]]], row: int
) -> bool:
    """Say whether a header is the last one again, as on a new page."""
    return bool(earlier) and is_repeated_header(grid, earlier[0][0], row)


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


def _is_trades(table: Table) -> bool:
    header = table.grid.rows[table.header_row]
    return any(_TRADES.search(text_of(v)) for v in header)


def _second_table(table: Table) -> Issue:
    first, last = table.header_row + 1, table.end_row
    return Issue(
        code="second-table",
        severity="warning",
        message=f"Rows {first} to {last} hold a table with other headers. "
        "It was not read.",
        fix="If it holds positions, put them in the first table or in a file of "
        "their own.",
        sheet=table.grid.sheet,
        row=first,
    )


def _refined(table: Table) -> Table:
    """Find currencies that stand under a blank header or over a blank amount."""
    columns = dict(table.columns)
    header = table.grid.rows[table.header_row]
    known = {c.index for c in columns.values()}
    for role in (*VALUES, "price"):
        column = columns.get(role)
        if column is None or not _holds_codes(table, column.index):
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
            if blank and _holds_codes(table, index):
                columns["currency"] = Column(index, Header("currency"))
                break
    return replace(table, columns=columns)


def _holds_codes(table: Table, index: int) -> bool:
    """Say whether a column holds currency codes, a few blanks aside."""
    rows = table.grid.rows[table.header_row + 1 : table.end_row]
    cells = [text_of(r[index]) for r in rows if index < len(r)]
    cells = [c for c in cells if c]
    codes = sum(len(c) == 3 and currency_of(c) is not None for c in cells)
    return bool(cells) and codes >= 0.8 * len(cells)


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
                has_header = _columns_at(grid, row) is not None
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
        message=f"{what}. {_WANTED}.",
        fix="Name the columns in the row above the positions.",
        sheet=found_in.sheet if found_in else None,
        row=row + 1 if found_in else None,
        value=seen,
    )
    return HoldingsError(
        f"{what}. {_WANTED}; headers seen: {seen}.",
        hint=issue.fix,
        code="no-amounts" if code == "no-amounts" else "no-table",
        issues=(issue,),
    )

"""A row of headers to columns by role: which of several, and what no header says."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from stresskit.core.identifiers import Scheme, currency_of, is_valid
from stresskit.readers.cells import (
    Broken,
    Value,
    decimal_mark,
    is_missing,
    parse_number,
    text_of,
)
from stresskit.readers.files.grids import Grid, column_letters
from stresskit.readers.holdings.columns import (
    AMOUNTS,
    IDENTIFIERS,
    NAMES,
    VALUES,
    Header,
    names_another,
    read_header,
)

_LOOKED_AT = 200
_MOST_COLUMNS = 80
_BESIDE = re.compile(
    r"bench|active|\+/-|\bindex\b|relative|diff|\(b\)|\bbm\b", re.IGNORECASE
)
_SCHEMES: tuple[Scheme, ...] = ("isin", "cusip", "sedol", "figi")


@dataclass(frozen=True)
class Column:
    """One column of the table: where it stands and what its header says."""

    index: int
    header: Header

    @property
    def letters(self) -> str:
        """The column's letters as the spreadsheet shows them."""
        return column_letters(self.index)


def is_number(value: Value) -> bool:
    """Say whether a cell is a number in the English style of writing.

    Parameters
    ----------
    value : str, int, float, bool, datetime, date, time or None
        Cell.
    """
    try:
        parse_number(value)
    except ValueError:
        return False
    return True


def columns_at(
    grid: Grid, row: int, head: list[Value] | None = None
) -> dict[str, list[Column]] | None:
    """Read a row as headers; None if it has no identity or no amount.

    Parameters
    ----------
    grid : Grid
        Sheet.
    row : int
        0-based row.
    head : list of cells, or None
        Headers to read in its place.

    Returns
    -------
    dict of str to list of Column, or None
        The columns of each role, the one that plays it first.
    """
    headers = grid.rows[row] if head is None else head
    found = _known_headers(headers)
    # Contracts can be listed with what they move and what they have gained alone.
    if not found or not any(r in found for r in (*AMOUNTS, "notional", "unrealized")):
        return None
    for column in _by_content(grid, row, headers, found):
        found.setdefault(column.header.role, [column])
    columns = _settled(found)
    named = any(r in columns for r in (*IDENTIFIERS, *NAMES))
    if not named and {"account", "value"} <= columns.keys():
        # A list of bank accounts: each is a line of cash.
        columns["name"] = columns.pop("account")
    if not named and "name" not in columns and "underlying" in columns:
        columns["name"] = columns.pop("underlying")
    amounts = any(r in columns for r in AMOUNTS)
    contracts = {"notional", "unrealized"} & columns.keys()
    if any(r in columns for r in (*IDENTIFIERS, *NAMES)) and len(columns) > 1:
        return columns if amounts or contracts else None
    return None


def _known_headers(cells: Iterable[Value]) -> dict[str, list[Column]]:
    """Read the headers of a row; nothing if a cell is no text."""
    found: dict[str, list[Column]] = defaultdict(list)
    for index, value in enumerate(cells):
        if is_missing(value):
            continue
        if not isinstance(value, str) or isinstance(value, Broken) or is_number(value):
            return {}
        header = read_header(value)
        if header:
            found[header.role].append(Column(index, header))
    return dict(found)


def _by_content(
    grid: Grid, row: int, headers: list[Value], found: dict[str, list[Column]]
) -> Iterable[Column]:
    """Find identifiers under headers that say nothing."""
    known = {c.index for group in found.values() for c in group}
    below = grid.rows[row + 1 : row + 1 + _LOOKED_AT]
    width = max((len(r) for r in below), default=0)
    for index in range(min(width, _MOST_COLUMNS)):
        if index in known:
            continue
        texts = [text_of(r[index]) for r in below if index < len(r)]
        codes = [re.sub(r"\s+", "", t).upper() for t in texts if t]
        scheme = _scheme_of_all(codes)
        header = text_of(headers[index]) if index < len(headers) else ""
        # One code on every row is the fund's own.
        fixed = len(codes) > 1 and len(set(codes)) == 1
        if fixed or names_another(header.casefold()):
            continue
        if scheme and scheme not in found:
            yield Column(index, Header(scheme, text=header))


def _scheme_of_all(codes: list[str]) -> Scheme | None:
    """Give the scheme that most codes are valid in; digits alone prove little."""
    for scheme in _SCHEMES:
        fits = [c for c in codes if is_valid(c, scheme)]
        if scheme in {"cusip", "sedol"}:
            lettered = any(c.isalpha() for code in fits for c in code)
            if len(fits) < 3 or not lettered or len(fits) < 0.8 * len(codes):
                continue
        if fits and len(fits) >= 0.6 * len(codes):
            return scheme
    return None


def _settled(found: dict[str, list[Column]]) -> dict[str, list[Column]]:
    """Settle which of several columns plays a role: it is put first."""
    columns = {role: sorted(group, key=_preference) for role, group in found.items()}
    names = columns.get("name", [])
    for spare in names[1:]:
        if spare.header.text.strip().casefold() == "fund":
            columns.setdefault("account", [spare])
    if "account" not in columns and "fund" in columns:
        columns["account"] = columns["fund"]
    _settle_values(columns)
    currencies = found.get("currency", [])
    own = [
        c
        for c in currencies
        if re.search("market|local|quot", c.header.text, re.IGNORECASE)
    ]
    if own and len(currencies) > len(own):
        rest = [c for c in currencies if c not in own]
        columns["currency"], columns["value_currency"] = own, rest
    for spare in columns.get("quantity", [])[1:]:
        if spare.header.text.strip().casefold() == "amount" and "value" not in columns:
            header = replace(spare.header, role="value")
            columns["value"] = [replace(spare, header=header)]
    return columns


def _preference(column: Column) -> tuple[int, ...]:
    """Order columns of one role: the latest date, the usual name, the first."""
    header = column.header
    return (
        # A benchmark's weights and differences stand beside the portfolio's.
        1 if _BESIDE.search(header.text) else 0,
        1 if header.period else 0,
        -header.period,
        -(header.day.day if header.day else 31),
        column.header.rank,
        column.index,
    )


def _settle_values(columns: dict[str, list[Column]]) -> None:
    """Part values in base currency from local ones."""
    values = columns.get("value", [])
    # A valor is a value in Spain and a security's number in Switzerland.
    values = [
        c for c in values if c.header.text.strip().casefold() != "valor"
    ] or values
    if not values:
        return
    base = [c for c in values if c.header.currency or "base" in c.header.text.lower()]
    chosen = {c.index for c in base}
    plain = [c for c in values if c.index not in chosen]
    columns["value"] = [*base, *plain]
    if base and plain and "local_value" not in columns:
        columns["value"], columns["local_value"] = base, plain


def joined_headers(grid: Grid, row: int) -> list[Value] | None:
    """Join two rows of headers into one, or None if they are no such rows.

    ``Market Value`` over ``Local`` and ``Base`` reads ``Market Value Local`` and
    ``Market Value Base``: a header above blanks belongs to what stands below them.

    Parameters
    ----------
    grid : Grid
        Sheet.
    row : int
        0-based upper row.
    """
    if row + 1 >= len(grid.rows):
        return None
    upper, lower = grid.rows[row], grid.rows[row + 1]
    texts = [v for v in (*upper, *lower) if not is_missing(v)]
    if not all(isinstance(v, str) and not is_number(v) for v in texts):
        return None
    if sum(not is_missing(v) for v in lower) < 2:
        return None
    above, joined = "", list[Value]()
    for index in range(max(len(upper), len(lower))):
        own = text_of(upper[index]) if index < len(upper) else ""
        below = text_of(lower[index]) if index < len(lower) else ""
        known = read_header(below) if below and not own else None
        # Only an amount's header spans several columns.
        above = own or ("" if known and known.role not in VALUES else above)
        joined.append(f"{above} {below}".strip() if below else own)
    return joined


def looks_like_header(cells: list[Value]) -> bool:
    """Say whether a row holds headers: words only, and half of them known.

    Parameters
    ----------
    cells : list of cells
        Row.
    """
    filled = [v for v in cells if not is_missing(v)]
    if len(filled) < 3 or not all(isinstance(v, str) for v in filled):
        return False
    if any(is_number(v) or isinstance(v, Broken) for v in filled):
        return False
    known = {h.role for v in filled if (h := read_header(text_of(v)))}
    return len(known) >= 2 and len(known) >= len(filled) / 2


def holds_codes(rows: list[list[Value]], index: int) -> bool:
    """Say whether a column holds currency codes, a few blanks aside.

    Parameters
    ----------
    rows : list of lists of cells
        Rows below the header.
    index : int
        0-based column.
    """
    cells = [text_of(r[index]) for r in rows if index < len(r)]
    cells = [c for c in cells if c]
    codes = sum(len(c) == 3 and currency_of(c) is not None for c in cells)
    return bool(cells) and codes >= 0.8 * len(cells)


def sum_of(cells: list[Value], *, scale: float) -> float | None:
    """Add up what can be read of a column, or None if nothing can.

    Parameters
    ----------
    cells : list of cells
        Column.
    scale : float
        Scale of its header.
    """
    mark = decimal_mark(cells)
    found = []
    for cell in cells:
        try:
            found.append(parse_number(cell, decimal=mark).value)
        except ValueError:
            continue
    return sum(found) * scale if found else None

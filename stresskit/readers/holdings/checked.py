"""What the cells themselves say of their columns, against what the headers say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from stresskit.core.identifiers import Scheme, is_valid
from stresskit.model import Issue
from stresskit.readers.cells import (
    Value,
    decimal_mark,
    is_missing,
    parse_number,
    text_of,
)
from stresskit.readers.holdings.columns import Header, is_no_amount, names_another
from stresskit.readers.holdings.headers import Column, holds_codes
from stresskit.readers.holdings.tables import Table

_LOOKED_AT = 3_000
_MOST_COLUMNS = 80
_CLOSE = 0.01
# What a price can be per: a unit, a hundredth (pence, percent), ten thousand.
_PER = (1.0, 0.01, 100.0, 1e-4)
_SCHEMES: tuple[Scheme, ...] = ("isin", "cusip", "sedol", "figi")
_TICKER = re.compile(
    r"[A-Z0-9]{1,6}([ ./:-][A-Z0-9]{1,7}){0,2}( EQUITY)?", re.IGNORECASE
)
_LEAST_ROWS = 3


def checked_columns(table: Table) -> Table:
    """Correct the roles of columns whose cells contradict their headers.

    Identifiers are told by their check digits, currencies by their codes, amounts by
    what multiplies: quantity times price is the value. What changes is an issue.

    Parameters
    ----------
    table : Table
        Table as its headers say it is.
    """
    if table.data_rows == 0:
        return table
    table = _checked_identifiers(table)
    table = _checked_currency(table)
    table = _checked_weights(table)
    return _checked_amounts(table)


def _checked_identifiers(table: Table) -> Table:
    """Give columns of codes the role that their check digits prove."""
    columns = dict(table.columns)
    issues: list[Issue] = []
    for role in ("isin", "cusip", "sedol", "figi", "ticker", "name"):
        column = columns.get(role)
        if column is None:
            continue
        found = _scheme_of(table, column, role)
        if role == "name" and found is None:
            found = _counted(table, column)
        if found is None or found == role:
            continue
        if found in columns:
            continue
        del columns[role]
        columns[found] = replace(column, header=replace(column.header, role=found))
        issues.append(_contradicted(table, column, f"holds {_called(found)}"))
    if "name" not in columns and "code_name" not in columns:
        column = words_column(table, columns)
        if column is not None:
            columns["name"] = column
            if "name" in table.columns:
                issues.append(_understood(table, column, "the names"))
    return replace(table, columns=columns, issues=[*table.issues, *issues])


def _counted(table: Table, column: Column) -> str | None:
    """Say quantity where a header such as Position stands over numbers."""
    cells = table.cells_of(column)[:_LOOKED_AT]
    filled = [v for v in cells if not is_missing(v)]
    numbers = sum(n is not None for n in numbers_of(filled))
    return "quantity" if len(filled) > 1 and numbers >= 0.8 * len(filled) else None


def _called(role: str) -> str:
    if role == "quantity":
        return "numbers, which were read as the quantities"
    return "tickers" if role == "ticker" else f"{role.upper()}s"


def _scheme_of(table: Table, column: Column, role: str) -> str | None:
    """Name the identifiers that a column holds, or None if its header may be right."""
    texts = _texts(table, column)
    codes = [re.sub(r"\s+", "", t).upper() for t in texts]
    if len(codes) < _LEAST_ROWS:
        return None
    for scheme in _SCHEMES:
        fits = sum(is_valid(c, scheme) for c in codes)
        lettered = any(c.isalpha() for code in codes for c in code)
        sure = scheme in {"isin", "figi"} or lettered
        if sure and fits >= 0.8 * len(codes) and fits >= _LEAST_ROWS:
            return scheme
    if role in _SCHEMES:
        right = sum(is_valid(c, _SCHEMES[_SCHEMES.index(role)]) for c in codes)
        shaped = sum(bool(_TICKER.fullmatch(t)) and len(t) <= 9 for t in texts)
        if right == 0 and shaped >= 0.9 * len(texts):
            return "ticker"
    return None


def words_column(
    table: Table, columns: dict[str, Column], *, width: int | None = None
) -> Column | None:
    """Find the column of names by its words: several letters, most of them once.

    Parameters
    ----------
    table : Table
        Table.
    columns : dict of str to Column
        Columns that are known.
    width : int or None
        Number of columns to look at; None takes those with a header.
    """
    used = {c.index for c in columns.values()}
    best: tuple[float, int] | None = None
    for index in range(min(width or table.width, _MOST_COLUMNS)):
        if index in used:
            continue
        texts = _texts(table, Column(index, Header("name")))
        wordy = [t for t in texts if re.search(r"[^\W\d]{3,}", t)]
        if len(wordy) < 0.8 * len(texts) or len(wordy) < 2:
            continue
        if len(set(wordy)) < 0.8 * len(wordy):
            continue
        score = sum(map(len, wordy)) / len(wordy)
        if best is None or score > best[0]:
            best = (score, index)
    return None if best is None else Column(best[1], Header("name", text="name"))


def _checked_currency(table: Table) -> Table:
    """Find a column of currency codes under a header that says nothing."""
    if "currency" in table.columns:
        return table
    used = {c.index for c in table.columns.values()}
    rows = table.grid.rows[table.header_row + 1 : table.end_row]
    for index in range(min(table.width, _MOST_COLUMNS)):
        text = text_of(table.header[index]) if index < len(table.header) else ""
        if index in used or names_another(text.casefold()):
            continue
        if holds_codes(rows, index) and text.casefold() not in {"unit", "units"}:
            column = Column(index, Header("currency", text=text))
            issue = _understood(table, column, "currencies")
            return replace(
                table,
                columns={**table.columns, "currency": column},
                issues=[*table.issues, issue],
            )
    return table


def _checked_weights(table: Table) -> Table:
    """Take a column of weights for values where its numbers can be no weights."""
    column = table.columns.get("weight")
    if column is None:
        return _percent_values(table)
    cells = table.cells_of(column)[:_LOOKED_AT]
    if any("%" in text_of(v) for v in cells):
        return table
    numbers = [n for n in numbers_of(cells) if n is not None]
    # Even at ten times leverage percentages add up to a thousand.
    if sum(map(abs, numbers)) <= 2_000 or max(map(abs, numbers)) <= 400:
        return table
    columns = {k: c for k, c in table.columns.items() if k != "weight"}
    if not {"value", "local_value"} & set(columns):
        columns["value"] = replace(column, header=replace(column.header, role="value"))
        issue = _contradicted(table, column, "holds amounts of money, not weights")
    else:
        issue = _contradicted(table, column, "can be no weights, and was not read")
    return replace(table, columns=columns, issues=[*table.issues, issue])


def _percent_values(table: Table) -> Table:
    """Take a column of values for weights where its cells are percentages."""
    column = table.columns.get("value")
    if column is None:
        return table
    cells = [v for v in table.cells_of(column)[:_LOOKED_AT] if not is_missing(v)]
    shown = sum("%" in text_of(v) for v in cells)
    shown += sum(
        "%" in table.grid.formats.get((row, column.index), "")
        for row in range(table.header_row + 1, table.end_row)
    )
    if not cells or shown < 0.8 * len(cells):
        return table
    columns = {k: c for k, c in table.columns.items() if k != "value"}
    columns["weight"] = replace(column, header=replace(column.header, role="weight"))
    issue = _contradicted(table, column, "holds percentages: read as the weights")
    return replace(table, columns=columns, issues=[*table.issues, issue])


def _checked_amounts(table: Table) -> Table:
    """Correct quantity, price and value by what multiplies to what."""
    value = next((r for r in ("value", "local_value") if r in table.columns), None)
    if value and {"quantity", "price"} <= table.columns.keys():
        return _unswapped(table, value)
    missing = [
        r
        for r, there in (
            ("quantity", "quantity" in table.columns),
            ("price", "price" in table.columns),
            ("value", value is not None),
        )
        if not there
    ]
    if len(missing) == 1:
        return _found_factor(table, missing[0], value)
    return table


def _unswapped(table: Table, value: str) -> Table:
    """Let price and value, or quantity and value, change places if only so it fits."""
    roles = ("quantity", "price", value)
    q, p, v = (numbers_of(table.cells_of(table.columns[r])[:_LOOKED_AT]) for r in roles)
    if fit(q, p, v, per=_PER) > 0.3:
        return table
    for first, factors in (("price", (q, v, p)), ("quantity", (v, p, q))):
        if fit(*factors, per=(1.0,)) >= 0.8:
            columns = dict(table.columns)
            one, two = columns[first], columns[value]
            columns[first] = replace(two, header=replace(two.header, role=first))
            columns[value] = replace(one, header=replace(one.header, role=value))
            issue = _contradicted(
                table,
                two,
                f"times the {'quantity' if first == 'price' else 'price'} makes column "
                f"{one.letters}, so it was read as the {first} and column "
                f"{one.letters} as the value",
            )
            return replace(table, columns=columns, issues=[*table.issues, issue])
    return table


def _found_factor(table: Table, role: str, value: str | None) -> Table:
    """Find the one amount that no header names by what multiplies to what."""
    used = {c.index for c in table.columns.values()}
    known = {
        r: numbers_of(table.column_cells(r)[:_LOOKED_AT])
        for r in ("quantity", "price", value)
        if r and r in table.columns
    }
    for index in range(min(table.width, _MOST_COLUMNS)):
        text = text_of(table.header[index]) if index < len(table.header) else ""
        if index in used or is_no_amount(text):
            continue
        column = Column(index, Header(role, text=text))
        sample = table.cells_of(column)
        if not any(isinstance(v, int | float) or text_of(v) for v in sample[:50]):
            continue
        cells = numbers_of(sample[:_LOOKED_AT])
        if sum(n is not None for n in cells) < _LEAST_ROWS:
            continue
        full = {**known, role: cells}
        v = full.get("value") or full.get("local_value") or cells
        per = _PER if role == "value" else (1.0, 0.01)
        if fit(full["quantity"], full["price"], v, per=per) >= 0.8:
            what = {"value": "the values", "price": "the prices"}.get(
                role, "the quantities"
            )
            issue = _understood(
                table, column, f"{what}, since quantity times price is the value"
            )
            return replace(
                table,
                columns={**table.columns, role: column},
                issues=[*table.issues, issue],
            )
    return table


def numbers_of(cells: list[Value]) -> list[float | None]:
    """Read a column's numbers; None where a cell is none.

    Parameters
    ----------
    cells : list of cells
        Column.
    """
    mark = decimal_mark(cells)
    found: list[float | None] = []
    for cell in cells:
        try:
            found.append(
                None if is_missing(cell) else parse_number(cell, decimal=mark).value
            )
        except ValueError:
            found.append(None)
    return found


def fit(
    q: list[float | None],
    p: list[float | None],
    v: list[float | None],
    *,
    per: tuple[float, ...],
) -> float:
    """Give the share of rows in which q times p is v, at the best of the scales.

    Rows with a price of one prove nothing, and fewer than three rows neither.

    Parameters
    ----------
    q, p, v : list of (float or None)
        Columns of one table.
    per : tuple of float
        What a price can be per.
    """
    ratios = list(_ratios(q, p, v))
    if len(ratios) < _LEAST_ROWS:
        return 0.0
    hits: Counter[float] = Counter()
    for ratio in ratios:
        for scale in per:
            hits[scale] += abs(ratio / scale - 1) <= _CLOSE
    return max(hits.values()) / len(ratios)


def _ratios(
    q: list[float | None], p: list[float | None], v: list[float | None]
) -> Iterator[float]:
    for one, two, product in zip(q, p, v, strict=True):
        if one and two and product and abs(two) != 1.0:
            yield abs(product / (one * two))


def _texts(table: Table, column: Column) -> list[str]:
    cells = table.cells_of(column)[:_LOOKED_AT]
    return [text_of(v) for v in cells if not is_missing(v)]


def _contradicted(table: Table, column: Column, what: str) -> Issue:
    return Issue(
        code="header-contradicted",
        severity="warning",
        message=f"Column {column.letters}, headed {_text(column)!r}, {what}.",
        fix="Correct the header, or name the columns with --columns.",
        sheet=table.grid.sheet,
        row=table.header_row + 1,
        column=column.letters,
        value=_text(column)[:80],
    )


def _understood(table: Table, column: Column, what: str) -> Issue:
    return Issue(
        code="column-by-content",
        severity="info",
        message=f"Column {column.letters}, headed {_text(column)!r}, was read as "
        f"{what}.",
        fix="Name the columns with --columns if that is wrong.",
        sheet=table.grid.sheet,
        row=table.header_row + 1,
        column=column.letters,
        value=_text(column)[:80],
    )


def _text(column: Column) -> str:
    return " ".join(column.header.text.split())

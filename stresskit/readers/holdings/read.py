"""A holdings file to a portfolio: the public door of the readers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from stresskit.core.identifiers import currency_of
from stresskit.errors import HoldingsError
from stresskit.model import Issue, Portfolio
from stresskit.readers.cells import decimal_mark, name_of, parse_number
from stresskit.readers.files.grids import Source, column_letters, read_source
from stresskit.readers.holdings.arithmetic import value_issues
from stresskit.readers.holdings.chosen import (
    choice_issues,
    header_date,
    with_title_unit,
)
from stresskit.readers.holdings.lines import Lines, read_lines
from stresskit.readers.holdings.money import Clues, Priced, price_positions
from stresskit.readers.holdings.preamble import Preamble, column_date, read_preamble
from stresskit.readers.holdings.reconcile import reconcile
from stresskit.readers.holdings.rows import Drafts, draft_positions
from stresskit.readers.holdings.tables import Table, find_table
from stresskit.readers.holdings.totals import Split, split_totals


def read_holdings_file(
    path: str | Path,
    *,
    sheet: str | None = None,
    base_currency: str | None = None,
    fx: dict[str, float] | None = None,
) -> Portfolio:
    """Read the positions of a portfolio from a CSV or Excel file.

    Parameters
    ----------
    path : str or Path
        File; its content decides the format.
    sheet : str or None
        Sheet to read; None takes the one with the most rows of positions.
    base_currency : str or None
        Currency of the portfolio, ISO 4217; None takes the file's.
    fx : dict of str to float, or None
        Base currency per unit of each currency.

    Raises
    ------
    HoldingsError
        If the file cannot be read, holds no table of positions, or its values
        cannot be converted to ``base_currency``.
    """
    base = _checked_currency(base_currency)
    source = read_source(path)
    table, unit_currency = with_title_unit(find_table(source.grids, sheet=sheet))
    read = read_lines(table)
    split = split_totals(read.lines, sheet=table.grid.sheet)
    if not split.lines:
        raise HoldingsError(
            "The table has headers but no positions below them.",
            hint="Give one row per position.",
            code="no-table",
            issues=(*table.issues, *read.issues, *split.issues),
        )
    drafts = draft_positions(split.lines, table)
    above = read_preamble(table, month_first=_is_american(table, read))
    clues = _clues(table, read, above, split)
    clues = replace(clues, stated=clues.stated or unit_currency)
    priced = price_positions(drafts.drafts, clues, base=base, rates=fx)
    american = priced.base == "USD"
    above = read_preamble(table, month_first=american)
    day, date_issues = column_date(table, month_first=american)
    portfolio = Portfolio(
        name=above.name or _stated_name(table) or Path(source.name).stem,
        positions=priced.positions,
        base_currency=priced.base,
        as_of=above.as_of or day or header_date(table),
        stated_total=_total_in_base(clues, priced),
        source=_source(source, table, last_row=read.lines[-1].row),
        fx=priced.fx,
    )
    issues = (
        *table.issues,
        *choice_issues(table),
        *read.issues,
        *split.issues,
        *drafts.issues,
        *above.issues,
        *(() if above.as_of else date_issues),
        *priced.issues,
        *_value_issues(table, drafts, priced),
        *reconcile(portfolio),
    )
    return replace(portfolio, issues=issues)


def _value_issues(table: Table, drafts: Drafts, priced: Priced) -> list[Issue]:
    """Compare values with quantity times price."""
    column = table.columns.get("value") or table.columns.get("local_value")
    return value_issues(
        drafts.drafts,
        worths=[p.market_value for p in priced.positions],
        base=priced.base,
        rates=priced.fx,
        scale=column.header.scale if column else 1.0,
        sheet=table.grid.sheet,
    )


def _checked_currency(base: str | None) -> str | None:
    if base is None:
        return None
    found = currency_of(base)
    if found is None or found[1] != 1:
        raise HoldingsError(
            f"{base} is no currency of ISO 4217.",
            hint="Give a code such as USD, EUR or CHF.",
            code="currency",
        )
    return found[0]


def _is_american(table: Table, read: Lines) -> bool:
    value = table.columns.get("value")
    header = value.header.currency if value else None
    return (header or next(iter(read.symbols), None)) == "USD"


def _clues(table: Table, read: Lines, above: Preamble, split: Split) -> Clues:
    """Collect what the file says about its currency."""
    value = table.columns.get("value")
    header = value.header.currency if value else None
    stated = currency_of(_first_text(table, "base_currency") or "")
    local = "local_value" in table.columns and "value" in table.columns
    symbols = read.symbols
    price = table.columns.get("price")
    if price and price.header.currency and not symbols:
        symbols[price.header.currency] += 1
    return Clues(
        header=header,
        header_is_sign=bool(value and "$" in value.header.text),
        stated=stated[0] if stated else above.currency,
        symbols=symbols,
        local_column=local,
        total=_stated_total(table, above, split),
        sheet=table.grid.sheet,
    )


def _stated_total(table: Table, above: Preamble, split: Split) -> float | None:
    """Give the total the file states: below the table, per row, or above it."""
    if split.total is not None:
        return split.total
    cells = [v for v in table.column_cells("stated_total") if v is not None]
    if cells:
        try:
            return parse_number(cells[0], decimal=decimal_mark(cells)).value
        except ValueError:
            return None
    return above.total


def _total_in_base(clues: Clues, priced: Priced) -> float | None:
    """Give the stated total in base currency, if it can be compared at all."""
    total = clues.total
    if total is None or all(p.market_value is None for p in priced.positions):
        return None
    return total * priced.total_rate


def _first_text(table: Table, role: str) -> str | None:
    return next((t for v in table.column_cells(role) if (t := name_of(v))), None)


def _stated_name(table: Table) -> str | None:
    """Give the portfolio's name where every row repeats it."""
    found = table.grid.rows[table.header_row]
    for index, header in enumerate(found):
        if re.match(r"3_portfolio_name", str(header or ""), re.IGNORECASE):
            rows = table.grid.rows[table.header_row + 1 : table.end_row]
            return next(
                (t for r in rows if index < len(r) and (t := name_of(r[index]))), None
            )
    return None


def _source(
    source: Source, table: Table, *, last_row: int
) -> dict[str, str | int | None]:
    """Say where the positions came from, without the folder."""
    used = [c.index for c in table.columns.values()]
    width = max([*used, table.width - 1])
    start = f"{column_letters(min(used))}{table.header_row + 1}"
    return {
        "file": source.name,
        "format": source.format,
        "sheet": table.grid.sheet,
        "table": f"{start}:{column_letters(width)}{last_row}",
        "sha256": source.sha256,
    }

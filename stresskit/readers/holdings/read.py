"""A holdings file to a portfolio: the public door of the readers."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stresskit.core.identifiers import currency_of
from stresskit.errors import HoldingsError
from stresskit.model import Issue, Portfolio
from stresskit.readers.cells import decimal_mark, is_missing, name_of, parse_number
from stresskit.readers.dates import parse_date
from stresskit.readers.files import Given, Grid, Source, column_letters, read_source
from stresskit.readers.files.source import LongSource, StatedSource, read_by_plugin
from stresskit.readers.holdings.arithmetic import value_issues
from stresskit.readers.holdings.candidates import Chosen, choose_tables
from stresskit.readers.holdings.checked import checked_columns
from stresskit.readers.holdings.chosen import (
    choice_issues,
    columns_read,
    header_date,
    with_title_unit,
)
from stresskit.readers.holdings.column_map import named_tables, read_column_map
from stresskit.readers.holdings.lines import (
    Lines,
    read_lines,
    without_hidden,
    without_short_sections,
)
from stresskit.readers.holdings.money import (
    Clues,
    Priced,
    Rates,
    price_positions,
    total_in_base,
)
from stresskit.readers.holdings.preamble import Preamble, column_date, read_preamble
from stresskit.readers.holdings.reconcile import duplicates, other_date, reconcile
from stresskit.readers.holdings.repeats import without_repeats
from stresskit.readers.holdings.rows import (
    Draft,
    Drafts,
    contracts_apart,
    draft_positions,
)
from stresskit.readers.holdings.stated import read_stated
from stresskit.readers.holdings.tables import Table
from stresskit.readers.holdings.totals import Split, split_totals

if TYPE_CHECKING:
    from stresskit.readers.holdings.bulk import BulkReading, Choose

# From so many lines on a text is read in columns; below, its rows take seconds.
LONG_TEXT_LINES = 50_000
# Row by row a hundred thousand take some fifteen seconds.
MOST_ROWS = 120_000


@dataclass(frozen=True)
class _Reading:
    """One table with what its rows are."""

    table: Table
    lines: Lines
    split: Split
    drafts: Drafts
    unit_currency: str | None


def read_holdings_file(
    path: Given,
    *,
    sheet: str | None = None,
    table: str | None = None,
    columns: Given | None = None,
    password: str | None = None,
    base_currency: str | None = None,
    fx: Rates | None = None,
) -> Portfolio:
    """Read the positions of a portfolio from a file of any usual format.

    Parameters
    ----------
    path : str, Path or Content
        File; its content decides the format.
    sheet : str or None
        Sheet to read, ``*`` for all; None takes those that belong together.
    table : str or None
        Number of the table to read, counted from 1, or its range (``B12:H40``).
    columns : str, Path, Content or None
        A file that names the columns, or pairs such as ``value=F,name=Holding``.
    password : str or None
        Password of a protected workbook.
    base_currency : str or None
        Currency of the portfolio, ISO 4217; None takes the file's.
    fx : mapping of str to float, a function of the base currency to one, or None
        Base currency per unit of each currency.

    Raises
    ------
    HoldingsError
        If the file cannot be read, holds no table of positions, or its values
        cannot be converted to ``base_currency``.
    MissingExtra
        If its format needs a package that is not installed.
    """
    base = _checked_currency(base_currency)
    named = None if columns is None else read_column_map(columns)

    def choose(grids: list[Grid]) -> Chosen:
        if named is not None:
            return named_tables(grids, named, sheet=sheet)
        return choose_tables(grids, sheet=sheet, table=table)

    as_it_says = columns is None and sheet is None and table is None
    try:
        source, bulk = _opened(
            path, password, choose, whole=table is not None, stated=as_it_says
        )
        if isinstance(source, StatedSource):
            return read_stated(
                source.document,
                file=source.name,
                sha256=source.sha256,
                base_currency=base,
                fx=fx,
            )
        chosen = bulk.chosen if bulk else choose(source.grids)
    except HoldingsError as error:
        if error.code != "no-table":
            raise
        source, bulk = read_by_plugin(path, error), None
        chosen = choose(source.grids)
    readings = [_reading_of(bulk)] if bulk else _read_tables(chosen)
    main = max(readings, key=lambda r: len(r.drafts.drafts))
    if not bulk and not main.drafts.drafts:
        raise HoldingsError(
            "The table has headers but no positions below them.",
            hint="Give one row per position.",
            code="no-table",
            issues=tuple(i for r in readings for i in _reading_issues(r)),
        )
    above = read_preamble(main.table, month_first=_is_american(main))
    clues = _clues(main, above, total=_common_total(readings))
    if bulk:
        priced = bulk.price(clues, base=base, rates=fx)
        readings = [_reading_of(bulk)]
    else:
        drafts = [d for r in readings for d in _in_own_currency(r, main)]
        priced = price_positions(drafts, clues, base=base, rates=fx)
    above = read_preamble(main.table, month_first=priced.base == "USD")
    day, date_issues = column_date(main.table, month_first=priced.base == "USD")
    portfolio = Portfolio(
        name=above.name or _stated_name(main.table) or Path(source.name).stem,
        positions=priced.positions,
        base_currency=priced.base,
        as_of=above.as_of or day or header_date(main.table) or _date_of(source),
        stated_total=total_in_base(clues, priced),
        source=_source(source, main.table, last_row=main.lines.lines[-1].row),
        columns=tuple(c for r in readings for c in columns_read(r.table)),
        fx=priced.fx,
    )
    issues = (
        *source.issues,
        *chosen.issues,
        *(i for r in readings for i in _reading_issues(r)),
        *above.issues,
        *(() if above.as_of else date_issues),
        *priced.issues,
        *_value_issues(readings, priced),
        *_hidden(readings, priced),
        *reconcile(portfolio),
        *duplicates(bulk.twins(portfolio) if bulk else portfolio),
        *other_date(portfolio, source.name),
    )
    return replace(portfolio, issues=issues)


def _opened(
    path: Given, password: str | None, choose: Choose, *, whole: bool, stated: bool
) -> tuple[Source, BulkReading | None]:
    """Open a file; a text of many lines is read in columns if it can be."""
    source = read_source(path, password=password, whole=LONG_TEXT_LINES, stated=stated)
    if isinstance(source, StatedSource):
        return source, None
    if not isinstance(source, LongSource):
        _refuse_many(source.name, max(len(g.rows) for g in source.grids))
        return source, None
    from stresskit.readers.holdings.bulk import read_in_bulk

    bulk = None if whole else read_in_bulk(source.text, choose)
    if bulk is None:
        _refuse_many(source.name, source.text.most_rows)
        return source.in_full(), None
    # The text itself is not held any longer: its positions need the room.
    grids = [bulk.table.grid]
    return (
        Source(source.name, source.format, source.sha256, grids, source.issues),
        bulk,
    )


def _refuse_many(name: str, rows: int) -> None:
    """Refuse what would take too long row by row."""
    if rows > MOST_ROWS:
        raise HoldingsError(
            f"{name} has {rows:,} rows; at most {MOST_ROWS:,} are read one by one.",
            hint="Give a text file (.csv) with one header and rows of positions below "
            "it, which is read in columns whatever its length, or split the file.",
            code="too-large",
        )


def _reading_of(bulk: BulkReading) -> _Reading:
    drafts = Drafts([], bulk.issues)
    return _Reading(bulk.table, bulk.lines, bulk.split, drafts, bulk.unit_currency)


def _read_tables(chosen: Chosen) -> list[_Reading]:
    readings: list[_Reading] = []
    for n, found in enumerate(chosen.tables):
        start = sum(len(r.drafts.drafts) for r in readings)
        readings.append(_read_table(found, account=chosen.accounts.get(n), start=start))
    return readings


def _read_table(table: Table, *, account: str | None, start: int) -> _Reading:
    """Read the rows of a table; where its total says so, shorts as they stand."""
    table, unit_currency = with_title_unit(table)
    table = checked_columns(table)
    lines = _counted_once(read_lines(table, account=account), table)
    split = split_totals(lines.lines, sheet=table.grid.sheet)
    if table.grid.hidden_rows and not _reaches_total(split):
        shown = without_hidden(lines, table)
        other = split_totals(shown.lines, sheet=table.grid.sheet)
        if _reaches_total(other):
            lines, split = shown, other
    if any(line.short for line in lines.lines) and not _reaches_total(split):
        as_written = read_lines(table, account=account, flip=False)
        other = split_totals(as_written.lines, sheet=table.grid.sheet)
        if _reaches_total(other):
            lines, split = without_short_sections(as_written), other
    drafts = contracts_apart(
        draft_positions(split.lines, table, start=start), split.total, table
    )
    return _Reading(table, lines, split, drafts, unit_currency)


def _counted_once(lines: Lines, table: Table) -> Lines:
    kept, issues = without_repeats(lines.lines, sheet=table.grid.sheet)
    return replace(lines, lines=kept, issues=[*lines.issues, *issues])


def _reaches_total(split: Split) -> bool:
    """Say whether the values add up to the total that the table states."""
    if split.total is None:
        return False
    actual = sum(line.number("value") or 0.0 for line in split.lines)
    return abs(actual - split.total) <= 5e-4 * max(abs(split.total), 1.0)


def _reading_issues(reading: _Reading) -> list[Issue]:
    return [
        *reading.table.issues,
        *choice_issues(reading.table),
        *reading.lines.issues,
        *reading.split.issues,
        *reading.drafts.issues,
    ]


def _in_own_currency(reading: _Reading, main: _Reading) -> list[Draft]:
    """Name the currency of a table's values where its header is not the main one's."""
    own, usual = _header_currency(reading), _header_currency(main)
    if reading is main or own is None or own == usual:
        return reading.drafts.drafts
    return [
        replace(d, value_currency=d.value_currency or own)
        for d in reading.drafts.drafts
    ]


def _header_currency(reading: _Reading) -> str | None:
    value = reading.table.columns.get("value")
    return (value.header.currency if value else None) or reading.unit_currency


def _common_total(readings: list[_Reading]) -> float | None:
    """Give the total of several tables: one that covers all, or the sum of theirs."""
    stated = [r.split.total for r in readings]
    if len(readings) < 2 or all(t is None for t in stated):
        return None
    sums = [
        sum(n.number("value") or 0.0 for n in r.split.lines)
        for r in readings
        if "value" in r.table.columns
    ]
    whole = sum(sums)
    for total in stated:
        if total is not None and abs(total - whole) <= 5e-4 * max(abs(total), 1.0):
            return total
    return sum(t for t in stated if t is not None) if None not in stated else None


def _hidden(readings: list[_Reading], priced: Priced) -> list[Issue]:
    """Say which positions stand in hidden rows."""
    issues = []
    for reading in readings:
        grid = reading.table.grid
        if not grid.hidden_rows:
            continue
        found = [
            p
            for p in priced.positions
            if p.sheet == grid.sheet and p.row and p.row - 1 in grid.hidden_rows
        ]
        if found:
            rows = ", ".join(str(p.row) for p in found[:20])
            issues.append(
                Issue(
                    code="hidden-rows",
                    severity="warning",
                    message=f"{len(found)} positions stand in hidden rows and were "
                    f"read: rows {rows}{' ...' if len(found) > 20 else ''}.",
                    fix="Delete the rows if they do not belong to the portfolio.",
                    sheet=grid.sheet,
                    row=found[0].row,
                    money=sum(p.market_value or 0.0 for p in found),
                )
            )
    return issues


def _value_issues(readings: list[_Reading], priced: Priced) -> list[Issue]:
    """Compare values with quantity times price, table by table."""
    issues: list[Issue] = []
    start = 0
    for reading in readings:
        drafts = reading.drafts.drafts
        columns = reading.table.columns
        column = columns.get("value") or columns.get("local_value")
        own = priced.positions[start : start + len(drafts)]
        start += len(drafts)
        issues += value_issues(
            drafts,
            worths=[p.market_value for p in own],
            base=priced.base,
            rates=priced.fx,
            scale=column.header.scale if column else 1.0,
            sheet=reading.table.grid.sheet,
        )
    return issues


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


def _is_american(reading: _Reading) -> bool:
    value = reading.table.columns.get("value")
    header = value.header.currency if value else None
    return (header or next(iter(reading.lines.symbols), None)) == "USD"


def _clues(reading: _Reading, above: Preamble, *, total: float | None = None) -> Clues:
    """Collect what the file says about its currency."""
    table, split = reading.table, reading.split
    value = table.columns.get("value")
    header = value.header.currency if value else None
    stated = currency_of(_first_text(table, "base_currency") or "")
    local = "local_value" in table.columns and "value" in table.columns
    symbols = reading.lines.symbols
    price = table.columns.get("price")
    if price and price.header.currency and not symbols:
        symbols[price.header.currency] += 1
    return Clues(
        header=header,
        header_is_sign=bool(value and "$" in value.header.text),
        stated=(stated[0] if stated else above.currency) or reading.unit_currency,
        symbols=symbols,
        local_column=local,
        total=_stated_total(table, above, split) if total is None else total,
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


def _first_text(table: Table, role: str) -> str | None:
    return next((t for v in table.column_cells(role) if (t := name_of(v))), None)


def _date_of(source: Source) -> dt.date | None:
    """Give the one date that stands in the first rows of the sheets, or None."""
    found = {
        day
        for grid in source.grids
        if not grid.hidden
        for cells in grid.rows[:10]
        if sum(not is_missing(v) for v in cells) <= 2
        for value in cells
        if isinstance(value, str) and (day := parse_date(value, day_is_first=True))
    }
    return found.pop() if len(found) == 1 else None


def _stated_name(table: Table) -> str | None:
    """Give the portfolio's name where every row repeats it."""
    found = table.header
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

"""What stands above the table: the fund's name, date, currency and total."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from stresskit.core.identifiers import currency_of
from stresskit.model import Issue
from stresskit.readers.cells import (
    Value,
    decimal_mark,
    is_missing,
    name_of,
    parse_number,
    text_of,
)
from stresskit.readers.dates import day_first, is_ambiguous, parse_date
from stresskit.readers.holdings.tables import Table

_AS_OF = re.compile(
    r"\b(as of|as at|as-of|holdings|valuation date|positions? date|date|stand|per|vom|"
    r"stichtag|datum|situation au|au|fecha|data|al)\b|基準日|現在",
    re.IGNORECASE,
)
_NOT_AS_OF = re.compile(
    r"inception|auflage|launch|birth|maturity|printed|created|next|download|run date|"
    r"exported|erstellt",
    re.IGNORECASE,
)
_STATED = re.compile(r"\bas (of|at)\b.*\d", re.IGNORECASE)
# Statements are short; what is longer or wider is none.
_LONGEST = 160
_WIDEST = 12
_CURRENCY_INSIDE = re.compile(r"\bcurrency: ?([A-Z]{3})\b", re.IGNORECASE)
_MADE = re.compile(
    r"created|downloaded|exported|printed|erstellt|run date", re.IGNORECASE
)
_CURRENCY = re.compile(
    r"((base|portfolio|fund|account|reporting|reference|depot|fonds|referenz|basis)"
    r"[ -]?)?"
    r"(currency|währung|ccy|devise|valuta|divisa|moneda|币种|幣別|通貨|货币)"
    r"( of the (fund|portfolio))?",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"(total|net assets|total net assets|total value|total market value|nav|aum|"
    r"net asset value|fund size|portfolio value|gesamtwert|depotwert|fondsvolumen|"
    r"nettovermögen|total assets|market value|gesamtsumme|参考市值|总市值|資産合計)",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(fund|portfolio|client|account|depot|fonds|kunde|etf|product|compte)"
    r"[ -]?(name|bezeichnung|inhaber)?",
    re.IGNORECASE,
)


@dataclass
class Preamble:
    """The statements found above the table, each None where there is none."""

    name: str | None = None
    as_of: dt.date | None = None
    currency: str | None = None
    total: float | None = None
    issues: list[Issue] = field(default_factory=list)


def read_preamble(table: Table, *, month_first: bool) -> Preamble:
    """Read the rows above the table.

    Parameters
    ----------
    table : Table
        Table of positions.
    month_first : bool
        Order of a date that does not tell day from month.
    """
    found = Preamble()
    title: str | None = None
    for row in rows_above(table):
        cells = [v for v in table.grid.rows[row] if not is_missing(v)][:_WIDEST]
        cells = [v for v in cells if len(text_of(v)) <= _LONGEST]
        if not cells:
            continue
        pairs = [_key_and_values(cells)]
        # Several cells of one row can each hold a key and what it says.
        pairs += [_key_and_values([v]) for v in cells[1:] if ":" in text_of(v)]
        for key, values in pairs:
            for value in values:
                _note(found, key, value, table=table, row=row, month_first=month_first)
        text = text_of(cells[0])
        bare = currency_of(text) if len(cells) == 1 and len(text) < 25 else None
        inside = _CURRENCY_INSIDE.search(text) if bare is None else None
        if inside and found.currency is None:
            found.currency = (currency_of(inside[1]) or (None,))[0]
        if bare and found.currency is None and (len(text) != 3 or text.isupper()):
            found.currency = bare[0]
            continue
        if title is None and len(cells) == 1 and _is_title(text):
            title = text
    found.name = found.name or title
    if found.as_of is None:
        _note_only_date(found, table, month_first=month_first)
    if found.as_of is None:
        _note_download(found, table, month_first=month_first)
    return found


def rows_above(table: Table) -> list[int]:
    """Give the rows above a table in which a file states what it is of.

    Parameters
    ----------
    table : Table
        Table of positions.
    """
    end = max(0, table.header_row)
    return sorted({*range(min(end, 50)), *range(max(0, end - 50), end)})


def _note_only_date(found: Preamble, table: Table, *, month_first: bool) -> None:
    """Take the one date that stands above the table, whatever words are beside it."""
    dated: dict[dt.date, tuple[int, Value]] = {}
    for row in rows_above(table):
        cells = [v for v in table.grid.rows[row] if not is_missing(v)][:_WIDEST]
        words = " ".join(text_of(v)[:_LONGEST] for v in cells)
        for value in cells:
            if _NOT_AS_OF.search(words) or isinstance(value, (int, float)):
                continue
            if len(text_of(value)) > _LONGEST:
                continue
            day = parse_date(value, day_is_first=not month_first)
            if day:
                dated.setdefault(day, (row, value))
    if len(dated) == 1:
        ((found.as_of, (row, value)),) = dated.items()
        if is_ambiguous(value):
            found.issues.append(date_order(table, row, value, found.as_of))


def _note_download(found: Preamble, table: Table, *, month_first: bool) -> None:
    """Take the day on which the file was made, where nothing else is dated."""
    rows = (
        *range(max(0, table.header_row)),
        *range(
            max(table.header_row + 1, len(table.grid.rows) - 60), len(table.grid.rows)
        ),
    )
    for row in rows:
        cells = [v for v in table.grid.rows[row] if not is_missing(v)]
        if not 0 < len(cells) <= 2 or not _MADE.search(text_of(cells[0])):
            continue
        for value in cells:
            day = parse_date(value, day_is_first=not month_first)
            if day and isinstance(value, str):
                found.as_of = day
                found.issues.append(
                    Issue(
                        code="date-of-file",
                        severity="info",
                        message=f"The file states no date of its positions: the day "
                        f"it was made, {day}, was taken.",
                        sheet=table.grid.sheet,
                        row=row + 1,
                        value=text_of(value)[:80],
                    )
                )
                return


def _key_and_values(cells: list[Value]) -> tuple[str, list[Value]]:
    """Split a row into its key and what it says of it."""
    first = text_of(cells[0])
    head, colon, tail = first.partition(":")
    if colon and tail.strip():
        return head.strip(), [tail.strip(), *cells[1:]]
    if len(cells) > 1:
        return head.strip(), cells[1:]
    return first, [cells[0]]


def _is_title(text: str) -> bool:
    return 2 < len(text) <= 80 and parse_date(text) is None and ":" not in text


def _note(
    found: Preamble,
    key: str,
    value: Value,
    *,
    table: Table,
    row: int,
    month_first: bool,
) -> None:
    """Keep one statement if its key is known and nothing was said before."""
    text = text_of(value)
    stated = _STATED.search(text) if isinstance(value, str) else None
    if found.as_of is None and (stated or not _NOT_AS_OF.search(key)):
        dated = _AS_OF.search(key) or _AS_OF.search(text)
        # A report's own date can stand before that of its positions.
        value = text[stated.start() :] if stated else value
        day = parse_date(value, day_is_first=not month_first) if dated else None
        if day and (not isinstance(value, (int, float))):
            found.as_of = day
            if is_ambiguous(value):
                found.issues.append(date_order(table, row, value, day))
    if found.currency is None and _CURRENCY.fullmatch(key):
        code = currency_of(text)
        found.currency = code[0] if code else None
    total = _TOTAL.fullmatch(re.sub(r"\s*[(\[].*[)\]]| in \w{3}$", "", key))
    if found.total is None and total:
        try:
            mark = decimal_mark([value])
            found.total = parse_number(value, decimal=mark).value
        except ValueError:
            pass
    if found.name is None and _NAME.fullmatch(key) and text != key:
        found.name = name_of(value)


def date_order(table: Table, row: int, value: Value, day: dt.date) -> Issue:
    """Say how a date was read that does not tell day from month.

    Parameters
    ----------
    table : Table
        Table of positions.
    row : int
        0-based row.
    value : str, int, float, bool, datetime, date, time or None
        The date as written.
    day : datetime.date
        The date as read.
    """
    order = "month/day" if text_of(value).lstrip("0").startswith(str(day.month)) else ""
    return Issue(
        code="date-order",
        severity="info",
        message=f"{text_of(value)} was read as {day.isoformat()}: "
        + (
            "month first, as in US files." if order else "day first, as outside the US."
        ),
        fix="Write dates as YYYY-MM-DD.",
        sheet=table.grid.sheet,
        row=row + 1,
        value=text_of(value),
    )


def column_date(
    table: Table, *, month_first: bool
) -> tuple[dt.date | None, list[Issue]]:
    """Find the date of the positions in a date column.

    Parameters
    ----------
    table : Table
        Table of positions.
    month_first : bool
        Order where no date of the column tells day from month.
    """
    if "date" not in table.columns:
        return None, []
    cells = table.column_cells("date")
    # A footer under the column may hold a date of its own.
    cells = [v for v in cells if not is_missing(v) and len(text_of(v)) <= 30]
    leads = day_first(cells)
    days = [
        (d, v)
        for v in cells
        if (
            d := parse_date(v, day_is_first=not month_first if leads is None else leads)
        )
    ]
    if not days:
        return None, []
    latest, value = max(days, key=lambda pair: pair[0])
    issues: list[Issue] = []
    if leads is None and is_ambiguous(value):
        issues.append(date_order(table, table.header_row + 1, value, latest))
    if len({d for d, _ in days}) > 1:
        first = min(d for d, _ in days)
        issues.append(
            Issue(
                code="several-dates",
                severity="info",
                message=f"The rows are dated {first} to {latest}: the latest is taken.",
                sheet=table.grid.sheet,
                column=table.columns["date"].letters,
            )
        )
    return latest, issues

"""Dates as files write them, in six languages and two orders."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable

from stresskit.readers.cells import Value, text_of

# The first letters that tell the months apart, longest first where they collide.
_MONTHS = {
    1: ("jan", "gen", "ene"),
    2: ("feb", "fev"),
    3: ("mar", "mrt", "maa"),
    4: ("apr", "avr", "abr"),
    5: ("may", "mai", "mei", "mag"),
    6: ("june", "juni", "juin", "jun", "giu"),
    7: ("july", "juli", "juil", "jul", "lug"),
    8: ("aug", "aou", "ago"),
    9: ("sep", "set"),
    10: ("oct", "okt", "ott"),
    11: ("nov",),
    12: ("dec", "dez", "dic"),
}
_YEAR_FIRST = re.compile(
    r"(?<!\d)(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)"
)
_DAY_NAME = re.compile(
    r"(?<!\d)(\d{1,2})\.?[-/\s]+([a-z]{3,10})\.?[-/\s,]+(\d{4}|\d{2})(?!\d)"
)
_NAME_DAY = re.compile(
    r"\b([a-z]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?!\d)"
)
_NUMBERS = re.compile(r"(?<!\d)(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_COMPACT = re.compile(r"(19|20)\d{2}[01]\d[0-3]\d")


def _date(year: int, month: int, day: int) -> dt.date | None:
    if year < 100:
        year += 2000 if year < 70 else 1900
    # Other years are numbers that only look like dates.
    if not 1900 <= year < 2200:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _month(name: str) -> int | None:
    for number, starts in _MONTHS.items():
        if name.startswith(starts):
            return number
    return None


def _plain(value: Value) -> str:
    """Give the text without accents, in small letters."""
    text = unicodedata.normalize("NFKD", text_of(value)).casefold()
    return "".join(c for c in text if not unicodedata.combining(c))


def day_first(values: Iterable[Value]) -> bool | None:
    """Decide the order of day and month of a column, or None if it proves neither.

    Parameters
    ----------
    values : iterable of cells
        The column.

    Examples
    --------
    >>> day_first(["06/04/2024", "31/01/2025"]), day_first(["06/04/2024"])
    (True, None)
    """
    for value in values:
        match = _NUMBERS.search(_plain(value))
        if not match:
            continue
        if match[2] == "." or int(match[1]) > 12:
            return True
        if int(match[3]) > 12:
            return False
    return None


def is_ambiguous(value: Value) -> bool:
    """Say whether day and month could change places in a date.

    Parameters
    ----------
    value : str, int, float, bool, datetime, date, time or None
        Cell.

    Examples
    --------
    >>> is_ambiguous("06/04/2024"), is_ambiguous("31/01/2025"), is_ambiguous("6.4.2024")
    (True, False, False)
    """
    if not isinstance(value, str) or day_first([value]) is not None:
        return False
    match = _NUMBERS.search(_plain(value))
    return match is not None and match[1] != match[3]


def parse_date(value: Value, *, day_is_first: bool = False) -> dt.date | None:
    """Find the first date in a cell.

    Parameters
    ----------
    value : str, int, float, bool, datetime, date, time or None
        Cell; a text may hold other words too.
    day_is_first : bool
        Order where the text proves neither.

    Examples
    --------
    >>> parse_date("As of 07-Feb-2025"), parse_date("Aug 03, 2026")
    (datetime.date(2025, 2, 7), datetime.date(2026, 8, 3))
    """
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if not isinstance(value, (str, int, float)) or isinstance(value, bool):
        return None
    text = _plain(value)
    if match := _YEAR_FIRST.search(text):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    if (match := _DAY_NAME.search(text)) and (month := _month(match[2])):
        return _date(int(match[3]), month, int(match[1]))
    if (match := _NAME_DAY.search(text)) and (month := _month(match[1])):
        return _date(int(match[3]), month, int(match[2]))
    if match := _NUMBERS.search(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        proved = day_first([text])
        leads = day_is_first if proved is None else proved
        return _date(year, second, first) if leads else _date(year, first, second)
    if _COMPACT.fullmatch(text):
        return _date(int(text[:4]), int(text[4:6]), int(text[6:]))
    return None

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
    r"(?<!\d)(\d{1,2})[-/.\s]+([a-z]{3,10})[-/.\s,]+(\d{4}|\d{2})(?!\d)"
)
_NAME_DAY = re.compile(
    r"\b([a-z]{3,10})\.?[-\s]+(\d{1,2})(?:st|nd|rd|th)?[-,]?\s*(\d{4})(?!\d)"
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


def month_of(name: str) -> int | None:
    """Give the number of a month by how its name starts, or None.

    Parameters
    ----------
    name : str
        Name in small letters without accents.

    Examples
    --------
    >>> month_of("dezember"), month_of("value")
    (12, None)
    """
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


def period_of(text: str, day: dt.date | None) -> int:
    """Give the month a text names, counted from year 0, or 0; a year means its end.

    Parameters
    ----------
    text : str
        Text in small letters.
    day : datetime.date or None
        The date it names, if it names one to the day.

    Examples
    --------
    >>> period_of("value q3 2024", None) == 12 * 2024 + 9
    True
    """
    if day is not None:
        return 12 * day.year + day.month
    plain = _plain(text)
    year = re.search(r"(?<!\d)(?:19|20)\d{2}(?!\d)", plain)
    if year is None:
        return 0
    before = plain[: year.start()].rstrip(" -./,")
    word, quarter, number = (
        re.search(p, before) for p in (r"[a-z]+$", r"q([1-4])$", r"\b(0?[1-9]|1[0-2])$")
    )
    month = 12
    if quarter:
        month = 3 * int(quarter[1])
    elif number:
        month = int(number[1])
    # Market and Marktwert are no March.
    elif word and not word[0].startswith("mark"):
        month = month_of(word[0]) or 12
    return 12 * int(year[0]) + month


def find_date(text: str) -> tuple[dt.date, int, int] | None:
    """Find the first date in a text in small letters, with where it stands.

    Parameters
    ----------
    text : str
        Text in small letters.

    Examples
    --------
    >>> find_date("value 31.12.2024")
    (datetime.date(2024, 12, 31), 6, 16)
    """
    plain = _plain(text)
    if len(plain) != len(text):
        plain = text
    for pattern in (_YEAR_FIRST, _DAY_NAME, _NAME_DAY, _NUMBERS):
        match = pattern.search(plain)
        day = parse_date(match[0], day_is_first=True) if match else None
        if match and day:
            return day, match.start(), match.end()
    return None


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
    if (match := _DAY_NAME.search(text)) and (month := month_of(match[2])):
        return _date(int(match[3]), month, int(match[1]))
    if (match := _NAME_DAY.search(text)) and (month := month_of(match[1])):
        return _date(int(match[3]), month, int(match[2]))
    if match := _NUMBERS.search(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        proved = day_first([text])
        leads = day_is_first if proved is None else proved
        return _date(year, second, first) if leads else _date(year, first, second)
    if _COMPACT.fullmatch(text):
        return _date(int(text[:4]), int(text[4:6]), int(text[6:]))
    return None

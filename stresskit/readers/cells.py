"""Cells as people write them: numbers, dates, and the many ways to say nothing."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Value = str | int | float | bool | dt.datetime | dt.date | dt.time | None
Decimal = Literal[".", ","]

MISSING = frozenset(
    {"", "-", "--", "---", "–", "—", "n/a", "na", "nil", "none", "null", "nan"}
    | {"----/--/--", "n.a.", "k.a."}
)
# Marks that disclosures print for a weight too small for its digits.
TINY_MARKS = frozenset({"#", "@", "*", "^", "~", "$0"})

# Lines drawn under headers and above totals.
_RULE = re.compile(r"[-=_+|]{3,}")

_CURRENCY = r"(?:us\$|hk\$|c\$|a\$|s\$|rs\.?|[$€£¥₹]|chf|usd|eur|gbp|jpy|sek|nok|dkk)"
_PIECES = r"(?:stk\.?|stück|st\.|shs|shares|units|pcs|p)"
_AFFIX = re.compile(
    rf"^{_CURRENCY}\s*|\s*{_CURRENCY}$|(?<=\d)\s*{_PIECES}$", re.IGNORECASE
)
_DIGITS = {
    ".": re.compile(
        r"(?:\d{1,3}(?:,\d{2,3})*,\d{3}|\d{1,3}(?:[' ]\d{3})+|\d+)(?:\.\d*)?"
        r"(?:e[+-]?\d+)?|\.\d+",
        re.IGNORECASE,
    ),
    ",": re.compile(
        r"(?:\d{1,3}(?:\.\d{3})+|\d{1,3}(?:[' ]\d{3})+|\d+)(?:,\d*)?"
        r"(?:e[+-]?\d+)?|,\d+",
        re.IGNORECASE,
    ),
}


# What most cells are; the many other ways to write a number take longer to read.
_PLAIN = {
    ".": re.compile(r"-?\d{1,15}(?:\.\d{1,15})?", re.ASCII),
    ",": re.compile(r"-?\d{1,15}(?:,\d{1,15})?", re.ASCII),
}
_ONE_POINT = re.compile(r"-?\d+\.(?!\d{3}$)\d+", re.ASCII)


# No portfolio of any currency comes near; sums of such amounts stay finite.
LARGEST = 1e18


class Broken(str):
    """A cell whose value the spreadsheet could not give, such as ``#N/A``."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it stood in a cell, with the sign of percent if it had one."""

    value: float
    percent: bool = False
    at_most: bool = False


def text_of(value: Value) -> str:
    """Give a cell's text without blanks at its ends or doubled inside.

    Parameters
    ----------
    value : str, int, float, bool, datetime, date, time or None
        Cell.

    Examples
    --------
    >>> text_of("NVDA  "), text_of(700.0), text_of(None)
    ('NVDA', '700', '')
    """
    if type(value) is str and value.isascii() and value.isprintable():
        # Most cells are clean: the rest of the work is for those that are not.
        return value if "  " not in value and value == value.strip() else _single(value)
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool):
        # Spreadsheets take the ticker TRUE for the truth.
        return str(value).upper()
    # Control characters would reach terminals and XML; blanks among them separate.
    text = "".join(c if c.isprintable() or c.isspace() else "" for c in str(value))
    return " ".join(text.split())


def _single(text: str) -> str:
    return " ".join(text.split())


def is_missing(value: Value) -> bool:
    r"""Say whether a cell says that it holds nothing.

    Parameters
    ----------
    value : str, int, float, bool, datetime, date, time or None
        Cell.

    Examples
    --------
    >>> is_missing("--"), is_missing("\xa0"), is_missing(0)
    (True, True, False)
    """
    if isinstance(value, Broken):
        return False
    if not isinstance(value, str):
        return value is None
    first = value[:1]
    # No word for nothing is longer, and none begins with a digit.
    if first.isdigit() or (len(value) > 4 and first.isalnum()):
        return False
    text = text_of(value)
    return text.casefold() in MISSING or _RULE.fullmatch(text) is not None


def name_of(value: Value) -> str | None:
    """Give the text of a cell of words, where ``NA`` is a name and ``-`` is not.

    Parameters
    ----------
    value : str, int, float, bool, datetime, date, time or None
        Cell.

    Examples
    --------
    >>> name_of("NA"), name_of("-")
    ('NA', None)
    """
    text = text_of(value)
    words = MISSING - {"na", "nil", "nan", "null"}
    return None if isinstance(value, Broken) or text.casefold() in words else text


def _bare(text: str) -> tuple[str, bool]:
    """Strip a number's signs and units; say whether it is negative."""
    bare = unicodedata.normalize("NFKC", text).replace("−", "-").replace("’", "'")
    bare = " ".join(bare.split())
    negative = False
    for _ in range(3):
        if bare.startswith("(") and bare.endswith(")"):
            negative, bare = not negative, bare[1:-1].strip()
        if bare.startswith("-"):
            negative, bare = not negative, bare[1:].strip()
        elif bare.startswith("+"):
            bare = bare[1:].strip()
        elif bare.endswith("-"):
            negative, bare = not negative, bare[:-1].strip()
        bare = _AFFIX.sub("", bare).strip()
    return bare, negative


def parse_number(value: Value, *, decimal: Decimal = ".") -> Number:
    """Read one number in a style of writing.

    Parameters
    ----------
    value : str, int, float, bool, datetime, date, time or None
        Cell that is not missing.
    decimal : {".", ","}
        Decimal mark of the column.

    Raises
    ------
    ValueError
        If the cell is not a finite number in that style.

    Examples
    --------
    >>> parse_number("(1,365.00)").value, parse_number("1.234,56 €", decimal=",").value
    (-1365.0, 1234.56)
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        number = float(value)
        if not abs(number) < LARGEST:
            raise ValueError("not a number of any amount")
        return Number(number)
    if not isinstance(value, str) or isinstance(value, Broken):
        raise ValueError("not a number")  # noqa: TRY004 - one error for any cell
    if _PLAIN[decimal].fullmatch(value):
        return Number(float(value.replace(",", ".")))
    bare, negative = _bare(value)
    at_most = bare.startswith("<")
    percent = bare.endswith("%")
    bare, inner = _bare(bare.removeprefix("<").removesuffix("%"))
    if not _DIGITS[decimal].fullmatch(bare):
        raise ValueError("not a number")
    for mark in "' " + (",." if decimal == "." else ".,")[0]:
        bare = bare.replace(mark, "")
    number = float(bare.replace(",", "."))
    if not number < LARGEST:
        raise ValueError("not a number of any amount")
    if at_most:
        # Only a bound is known: the middle errs least on either side.
        number /= 2
    return Number(-number if negative != inner else number, percent, at_most)


def decimal_vote(value: Value) -> Decimal | None:
    """Say which decimal mark a text proves, or None where both would do.

    Parameters
    ----------
    value : str, int, float, bool, datetime, date, time or None
        Cell.

    Examples
    --------
    >>> decimal_vote("1.234,56"), decimal_vote("1,234"), decimal_vote("12.5")
    (',', None, '.')
    """
    if not isinstance(value, str) or value.isdigit():
        return None
    if _ONE_POINT.fullmatch(value):
        return "."
    bare = _bare(value)[0].removeprefix("<").removesuffix("%").strip()
    fits: list[Decimal] = [d for d in (".", ",") if _DIGITS[d].fullmatch(bare)]
    if len(fits) == 1 and re.search(r"[.,]", bare):
        return fits[0]
    if re.match(r"0[.,]", bare):
        return "," if bare[1] == "," else "."
    return None


def decimal_mark(values: Iterable[Value], *, default: Decimal = ".") -> Decimal:
    """Decide the decimal mark of a column by the majority of what it proves.

    Parameters
    ----------
    values : iterable of cells
        The column.
    default : {".", ","}
        Answer where nothing is proved.

    Examples
    --------
    >>> decimal_mark(["1.000", "12,5"]), decimal_mark(["1,000", "7"])
    (',', '.')
    """
    votes = Counter(v for v in map(decimal_vote, values) if v is not None)
    if not votes or votes["."] == votes[","]:
        return default
    return "." if votes["."] > votes[","] else ","

"""What a field of stated holdings may be, and what is wrong with a value."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, get_args

from stresskit.core.identifiers import currency_of
from stresskit.model import Issue
from stresskit.model.portfolio import NUMBERS, AssetClass
from stresskit.readers.cells import LARGEST, text_of

CLASSES = get_args(AssetClass)
CODES = ("ticker", "isin", "cusip", "sedol", "figi", "wkn", "valor")
PLAIN_TEXTS = ("account", "sector", "country", "exchange")
TERM_NUMBERS = (
    *("strike", "contract_size", "delta", "implied_vol", "underlying_price"),
    *("coupon", "yield", "duration", "spread_duration"),
    *("conversion_ratio", "bond_floor"),
)
TERM_TEXTS = ("underlying", "right", "expiry", "maturity", "rating", "pair")
HOLDERS = {"identifiers": CODES, "terms": (*TERM_NUMBERS, *TERM_TEXTS)}
_TEXTS = ("id", "name", "mic", "sheet", *PLAIN_TEXTS, *CODES)
# "computed" was written once and says nothing any more.
KNOWN = frozenset(
    (*NUMBERS, *_TEXTS, "asset_class", "currency", "row", "computed", *HOLDERS)
) | frozenset((*TERM_NUMBERS, *TERM_TEXTS))
LONGEST = 1_000

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WORDS = {
    "asset_class": CLASSES,
    "right": ("call", "put"),
}
Fault = tuple[str, str, str]


def fault(row: int | None, column: str | None, value: Any, told: Fault) -> Issue:
    """Say what is wrong with a value: a code, what it is and how to mend it.

    Parameters
    ----------
    row : int or None
        Number of the position from 1; None for what is stated of all of them.
    column : str or None
        Name of the field.
    value : object
        What was stated.
    told : tuple of str, str and str
        Code, what is wrong, and the fix.
    """
    code, what, fix = told
    shown = shown_value(value)
    where = "" if row is None else f"Position {row}: "
    return Issue(
        code=code,
        severity="error",
        message=f"{where}{column or shown} {what}.",
        fix=fix,
        row=row,
        column=column,
        value=shown,
    )


def shown_value(value: Any) -> str:
    """Return a value as a message shows it, short and without control characters.

    Parameters
    ----------
    value : object
        What was stated.

    Examples
    --------
    >>> shown_value(True), shown_value("a" * 100) == "a" * 80
    ('true', True)
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = value[: 2 * LONGEST] if isinstance(value, str) else repr(value)[:LONGEST]
    return text_of(text)[:80]


@dataclass(frozen=True)
class Kind:
    """Types that a column may have, whether its values fit, and how they are kept."""

    types: frozenset[type]
    fits: Callable[[list[Any]], bool]
    clean: Callable[[list[Any], set[type]], list[Any]]


def number_fault(_: str, value: Any) -> Fault | None:
    """Say what is wrong with a number, or None.

    Parameters
    ----------
    _ : str
        Field, which makes no difference.
    value : object
        What was stated.

    Examples
    --------
    >>> number_fault("price", 1.5) is None, number_fault("price", "1.5")[0]
    (True, 'wrong-type')
    """
    if type(value) not in (int, float):
        kind = "a truth value" if isinstance(value, bool) else "no number"
        return "wrong-type", f"is {kind}", "Write a number, without quotes, or null."
    if not math.isfinite(value):
        return "not-finite", "is no finite number", "Write null where it is not known."
    if abs(value) >= LARGEST:
        return "too-large", "is larger than any amount", "Correct the number."
    if value == 0 and math.copysign(1.0, value) < 0:
        return "negative-zero", "is zero with a minus", "Write 0."
    return None


def text_fault(name: str, value: Any) -> Fault | None:
    """Say what is wrong with a text, or None.

    Parameters
    ----------
    name : str
        Field.
    value : object
        What was stated.

    Examples
    --------
    >>> text_fault("isin", "US0378331005") is None, text_fault("cusip", 37833100)[0]
    (True, 'wrong-type')
    """
    if not isinstance(value, str):
        lost = " A number loses its leading zeros." if name in CODES else ""
        return "wrong-type", "is no text", f"Write it in quotes.{lost}"
    if len(value) > LONGEST:
        most = f"{LONGEST:,} characters"
        return "too-long", f"has more than {most}", f"Write at most {most}."
    return None


def _row_fault(_: str, value: Any) -> Fault | None:
    if type(value) is not int or not 0 < value < 10**9:
        return (
            "wrong-type",
            "is no number of a row",
            "Count rows from 1, or leave it out.",
        )
    return None


def word_fault(name: str, value: Any) -> Fault | None:
    """Say what is wrong with one of a few words, or None.

    Parameters
    ----------
    name : str
        Field.
    value : object
        What was stated.

    Examples
    --------
    >>> word_fault("right", "call") is None, word_fault("right", "C")[0]
    (True, 'unknown-word')
    """
    found = text_fault(name, value)
    if found is not None or value in _WORDS[name] or not value.strip():
        return found
    known = ", ".join(_WORDS[name])
    return (
        "unknown-word",
        f"{shown_value(value)!r} is not known",
        f"Write one of {known}.",
    )


def day_fault(name: str, value: Any) -> Fault | None:
    """Say what is wrong with a date, or None.

    Parameters
    ----------
    name : str
        Field.
    value : object
        What was stated.

    Examples
    --------
    >>> day_fault("as_of", "2025-01-24") is None, day_fault("as_of", "24.1.25")[0]
    (True, 'not-a-date')
    """
    found = text_fault(name, value)
    if found is not None or not value.strip():
        return found
    try:
        if _DAY.fullmatch(value):
            dt.date.fromisoformat(value)
            return None
    except ValueError:
        pass
    return "not-a-date", "is no date", "Write it as 2025-01-24."


def currency_fault(name: str, value: Any) -> Fault | None:
    """Say what is wrong with a currency, or None.

    Parameters
    ----------
    name : str
        Field.
    value : object
        What was stated.

    Examples
    --------
    >>> currency_fault("currency", "EUR") is None, currency_fault("currency", "EU")[0]
    (True, 'currency')
    """
    found = text_fault(name, value)
    if found is not None or not value.strip() or currency_of(value) is not None:
        return found
    told = f"{shown_value(value)!r} is no currency of ISO 4217"
    return "currency", told, "Write a code such as USD, EUR or CHF."


def _all_numbers(values: list[Any]) -> bool:
    numbers = [v for v in values if v is not None]
    # A comparison with what is no number is False, as wanted.
    if not all(-LARGEST < v < LARGEST for v in numbers):
        return False
    return 0 not in numbers or all(v or math.copysign(1.0, v) > 0 for v in numbers)


def _all_short(values: list[Any]) -> bool:
    return max(map(len, filter(None, values)), default=0) <= LONGEST


def _known_by(
    check: Callable[[str, Any], Fault | None], name: str
) -> Callable[..., bool]:
    # A portfolio has few classes, currencies and dates: each is looked at once.
    return lambda values: all(v is None or check(name, v) is None for v in set(values))


def _floats(values: list[Any], types: set[type]) -> list[Any]:
    if int not in types:
        return values
    return [v if v is None else float(v) for v in values]


def _cleaned(values: list[Any], _: set[type]) -> list[Any]:
    return [(text_of(v) or None) if v else None for v in values]


def _as_is(values: list[Any], _: set[type]) -> list[Any]:
    return values


def _kinds() -> dict[str, tuple[Callable[[str, Any], Fault | None], Kind]]:
    numbers = Kind(frozenset({int, float}), _all_numbers, _floats)
    texts = Kind(frozenset({str}), _all_short, _cleaned)
    found: dict[str, tuple[Callable[[str, Any], Fault | None], Kind]] = {}
    found |= dict.fromkeys((*NUMBERS, *TERM_NUMBERS), (number_fault, numbers))
    found |= dict.fromkeys((*_TEXTS, *TERM_TEXTS), (text_fault, texts))
    looked_at: Iterable[tuple[str, Callable[[str, Any], Fault | None]]] = (
        ("asset_class", word_fault),
        ("right", word_fault),
        ("expiry", day_fault),
        ("maturity", day_fault),
        ("currency", currency_fault),
    )
    for name, check in looked_at:
        kind = Kind(frozenset({str}), _known_by(check, name), _cleaned)
        found[name] = (check, kind)
    rows = Kind(frozenset({int}), _known_by(_row_fault, "row"), _as_is)
    found["row"] = (_row_fault, rows)
    return found


CHECKS = _kinds()

"""Figures and names of users, written for the page."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from stresskit.core.stress.answer import Unit, amount, share, unit_for
from stresskit.writers.text import clean_text

MINUS = "\N{MINUS SIGN}"

LONGEST_NAME = 80
# Weights without a currency add up to a few at most; no portfolio is worth so little.
MOST_WEIGHTS = 20.0
THREE = 3

_NEGATIVE = re.compile(r"(?<![\w-])-(?=\d)")
# What turns the direction of the text after it: a name must not rearrange the page.
_TURNING = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")


def signs(text: str) -> str:
    """Return a text with true minus signs before its numbers.

    Examples
    --------
    >>> signs("deepseek-2025-01-27 makes -313,053 to -5%")
    'deepseek-2025-01-27 makes \N{MINUS SIGN}313,053 to \N{MINUS SIGN}5%'
    """
    return _NEGATIVE.sub(MINUS, text)


def plain(text: object) -> str:
    """Return a user's text without what no page may hold.

    Control characters are gone, marks that turn the direction of what follows are
    shown as what they are: unknown characters.

    Examples
    --------
    >>> plain("Ac" + chr(0) + "me " + chr(0x202E) + "x"), plain(None)
    ('Acme \ufffdx', '')
    """
    return _TURNING.sub("\ufffd", clean_text(text)).replace("\n", " ").strip()


def cut(text: object, longest: int = LONGEST_NAME) -> str:
    """Return a user's text, cut where it is too long to show.

    Examples
    --------
    >>> cut("abcdef", 4)
    'abc…'
    """
    said = plain(text)
    return said if len(said) <= longest else said[: longest - 1].rstrip() + "…"


def unit_of(currency: str | None, gross: float) -> Unit | None:
    """Return the unit of a result's money; None where it is a share of the whole.

    The JSON of a result does not say whether the file had weights alone.
    """
    if currency is None and gross <= MOST_WEIGHTS:
        return None
    return unit_for(currency, gross)


def unit_words(unit: Unit | None) -> str:
    """Return what a table's amounts are in, for its caption."""
    if unit is None:
        return "in % of the value"
    return f"in {unit.name}" if unit.name else "in the file's money"


def figure(value: float | None, unit: Unit | None) -> str:
    """Return an amount for a table, its unit said elsewhere; nothing where unknown."""
    return "" if value is None else signs(amount(value, unit))


def percent(value: float | None, sign: str = "", decimals: int = 2) -> str:
    """Return a decimal as a percentage; nothing where unknown."""
    if value is None:
        return ""
    said = f"{value:{sign}.{decimals}%}"
    # What rounds to zero is neither above nor below it.
    return signs(said if re.search("[1-9]", said) else said.lstrip("+-"))


def three(value: float, unit: Unit | None) -> str:
    """Return the size of an amount in three digits, with its unit."""
    if unit is None:
        return f"{share(abs(value), THREE)} of the value"
    return f"{amount(abs(value), unit, THREE)} {unit.name}".rstrip()


def spoken(value: float, unit: Unit | None) -> str:
    """Return an amount with its meaning: a loss of, a gain of, no change.

    Examples
    --------
    >>> spoken(-262_989.0, Unit("USD", 0)), spoken(0.0, None)
    ('a loss of 263,000 USD', 'no change')
    """
    if value == 0:
        return "no change"
    return f"a {'loss' if value < 0 else 'gain'} of {three(value, unit)}"


def sign_of(value: float | None) -> str:
    """Return the class that a figure is shown in: loss, gain or flat."""
    if not value:
        return "flat"
    return "loss" if value < 0 else "gain"


def day_of(text: object) -> str:
    """Return a date of a JSON as people write it, anything else as it is.

    Examples
    --------
    >>> day_of("2025-01-24"), day_of(None), day_of("soon")
    ('24 January 2025', '', 'soon')
    """
    said = plain(text)
    try:
        day = dt.date.fromisoformat(said[:10])
    except ValueError:
        return said
    return f"{day.day} {day:%B %Y}"


def time_of(moment: dt.datetime) -> str:
    """Return a moment of the ledger: date and time, in UTC.

    Examples
    --------
    >>> time_of(dt.datetime(2025, 1, 24, 9, 5, tzinfo=dt.UTC))
    '24 Jan 2025, 09:05 UTC'
    """
    at = moment.astimezone(dt.UTC)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def size_of(count: int) -> str:
    """Return a number of bytes in words.

    Examples
    --------
    >>> size_of(20_000_000), size_of(900)
    ('20 MB', '900 bytes')
    """
    for name, unit in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= unit:
            return f"{count / unit:.3g} {name}"
    return f"{count} bytes"


def place_of(issue: Mapping[str, Any]) -> str:
    """Return where an issue is, in the file's own coordinates."""
    named = (
        (issue.get("sheet"), "sheet {}"),
        (issue.get("row"), "row {}"),
        (issue.get("column"), "column {}"),
    )
    return ", ".join(words.format(cut(value, 40)) for value, words in named if value)


def ids_of(identifiers: Mapping[str, Any]) -> str:
    """Return a position's identifiers, the ones people know first."""
    named = [identifiers.get(k) for k in ("ticker", "isin", "cusip", "sedol", "figi")]
    return " · ".join(cut(n, 24) for n in named if n)

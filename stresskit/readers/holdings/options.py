"""Option codes and option names: underlying, right, strike and expiry."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from stresskit.core.identifiers import is_valid
from stresskit.readers.cells import text_of
from stresskit.readers.dates import parse_date
from stresskit.readers.holdings.lines import Line

_ROOT = r"(?P<root>[A-Z][A-Z0-9./]{0,5})"
_STRIKE_AS_IS = r"(?P<strike>\d+(?:\.\d+)?)"
_CODES = (
    # OCC, padded or not: six digits of date, the strike in thousandths.
    re.compile(
        rf"[-.]?{_ROOT}\s*(?P<day>\d{{6}})(?P<right>[CP])(?P<thousandths>\d{{8}})"
    ),
    # Fidelity: the same with the strike as it is.
    re.compile(rf"[-.]?{_ROOT}\s*(?P<day>\d{{6}})(?P<right>[CP]){_STRIKE_AS_IS}"),
    # Interactive Brokers: NVDA 21MAR25 150 C.
    re.compile(
        rf"{_ROOT} (?P<day>\d{{1,2}}[A-Z]{{3}}\d{{2}}) {_STRIKE_AS_IS} "
        r"(?P<right>[CP])(?:ALL|UT)?"
    ),
    # Bloomberg: NVDA US 03/21/25 C150 Equity.
    re.compile(
        rf"{_ROOT}(?: [A-Z]{{2}})? (?P<day>\d{{1,2}}/\d{{1,2}}/\d{{2,4}}) "
        rf"(?P<right>[CP]){_STRIKE_AS_IS}(?: EQUITY)?"
    ),
    # Schwab: NVDA 03/21/2025 150.00 C.
    re.compile(
        rf"{_ROOT} (?P<day>\d{{1,2}}/\d{{1,2}}/\d{{2,4}}) {_STRIKE_AS_IS} "
        r"(?P<right>[CP])"
    ),
)
_NAME = re.compile(r"\b(call|put)s?\b", re.IGNORECASE)
_STRIKE = re.compile(
    r"(?:\$|@|strike\s*)\s?(\d+(?:[.,]\d+)?)|\b(\d+(?:\.\d+)?)\s+(?:call|put)\b|"
    r"\b(?:call|put|[CP])\s?(\d+(?:\.\d+)?)\b",
    re.IGNORECASE,
)

# PUT SPY JUN 20 2025 $560, or AAPL JUN 20 2025 $230 CALL: the code stands beside the
# date; a name of several words is none.
_MONTH = r"(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[A-Z]*"
_ROOT_IN_NAME = re.compile(
    rf"^(?:CALL|PUT)S?\s+\(?([A-Z][A-Z./]{{0,5}})\)?\s+(?:{_MONTH}|\d)|"
    rf"^([A-Z][A-Z./]{{0,5}})\s+(?:{_MONTH}\b|\d{{1,2}}[/ ])"
)


@dataclass(frozen=True)
class OptionCode:
    """What a code says of an option; ``expiry`` is None if its date is none."""

    underlying: str
    right: str
    strike: float
    expiry: dt.date | None


def option_code(text: str) -> OptionCode | None:
    """Read the code of an option in the styles of exchanges and brokers, or None.

    Parameters
    ----------
    text : str
        Ticker or name.

    Examples
    --------
    >>> option_code("NVDA  250321P00130000").strike
    130.0
    >>> option_code("NVDA 21MAR25 150 C").right
    'call'
    """
    bare = text_of(text).upper()
    if is_valid(bare, "isin"):
        # CNE1000005P7 is a share, and no put on CNE1 at 7.
        return None
    for pattern in _CODES:
        match = pattern.fullmatch(bare)
        if match is None:
            continue
        found = match.groupdict()
        in_thousandths = found.get("thousandths")
        strike = float(in_thousandths) / 1000 if in_thousandths else None
        return OptionCode(
            underlying=match["root"],
            right="call" if match["right"] == "C" else "put",
            strike=float(match["strike"]) if strike is None else strike,
            expiry=_expiry(match["day"]),
        )
    return None


def _expiry(day: str) -> dt.date | None:
    if day.isdigit():
        return parse_date("20" + day)
    return parse_date(re.sub(r"(?<=\d)(?=[A-Z])|(?<=[A-Z])(?=\d)", " ", day))


def names_an_option(name: str) -> bool:
    """Say whether a name has the words of an option: a right, and terms.

    Parameters
    ----------
    name : str
        Name of the line.

    Examples
    --------
    >>> names_an_option("NVDA MAR 21 2025 $130 CALL"), names_an_option("Call centre")
    (True, False)
    """
    return bool(_NAME.search(name)) and bool(_STRIKE.search(name) or parse_date(name))


def option_terms(
    line: Line, *, name: str, ticker: str | None
) -> dict[str, str | float]:
    """Collect the terms of an option from its code, its columns or its name.

    Parameters
    ----------
    line : Line
        Row of the table.
    name : str
        Its name.
    ticker : str or None
        Its ticker, if it has one.
    """
    code = option_code(ticker or "") or option_code(name)
    if code:
        expiry = {"expiry": code.expiry.isoformat()} if code.expiry else {}
        return {
            "underlying": code.underlying,
            **expiry,
            "right": code.right,
            "strike": code.strike,
        }
    terms: dict[str, str | float] = {}
    words = " ".join(t for r in ("right", "asset_class") if (t := line.text(r)))
    right = _NAME.search(f"{words} {name}")
    if right:
        terms["right"] = right[1].lower()
    elif words[:1].upper() in {"C", "P"}:
        terms["right"] = "call" if words[0].upper() == "C" else "put"
    strike = line.number("strike")
    found = _STRIKE.search(name)
    if strike is None and found:
        digits = next(g for g in found.groups() if g)
        strike = float(digits.replace(",", "."))
    if strike is not None:
        terms["strike"] = strike
    day = parse_date(name)
    if day:
        terms["expiry"] = day.isoformat()
    root = _ROOT_IN_NAME.search(name.upper())
    if root:
        terms["underlying"] = root[1] or root[2]
    return terms

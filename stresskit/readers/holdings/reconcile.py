"""Does the file add up? What it states against what was read."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from stresskit.model import Issue, Portfolio, Position
from stresskit.readers.dates import parse_date

_TOTAL_TOLERANCE = 1e-4
_WEIGHT_TOLERANCE = 5e-3


def reconcile(portfolio: Portfolio) -> list[Issue]:
    """Compare a portfolio with the totals and weights its file states.

    Parameters
    ----------
    portfolio : Portfolio
        What was read; ``stated_total`` in base currency.

    Examples
    --------
    >>> from stresskit.model import Position
    >>> line = Position(id="p1", name="SAP", market_value=90.0)
    >>> read = Portfolio(name="x", positions=(line,), stated_total=100.0)
    >>> reconcile(read)[0].money
    -10.0
    """
    checks = (_total(portfolio), _weights(portfolio), _weights_of_values(portfolio))
    return [issue for issue in checks if issue is not None]


def _total(portfolio: Portfolio) -> Issue | None:
    stated, total = portfolio.stated_total, portfolio.total_value
    if stated is None or total is None:
        return None
    difference = total - stated
    if abs(difference) <= _TOTAL_TOLERANCE * max(abs(stated), 1.0):
        return None
    return Issue(
        code="total",
        severity="warning",
        message=f"The positions add up to {total:,.2f}, the file states {stated:,.2f}: "
        f"a difference of {difference:,.2f}.",
        fix="Check for rows that are missing, counted twice or could not be read.",
        money=difference,
    )


def _weights(portfolio: Portfolio) -> Issue | None:
    weights = [p.weight for p in portfolio.positions if p.weight is not None]
    total = sum(weights)
    if not weights or abs(total - 1) <= _WEIGHT_TOLERANCE:
        return None
    return Issue(
        code="weights",
        severity="info",
        message=f"The weights add up to {total:.4%}, not 100%. They were not rescaled.",
    )


def _weights_of_values(portfolio: Portfolio) -> Issue | None:
    total = portfolio.total_value
    if not total or any(p.market_value is None for p in portfolio.positions):
        return None
    gaps = [
        (abs(p.market_value / total - p.weight), p)
        for p in portfolio.positions
        if p.market_value is not None and p.weight is not None
    ]
    # Weights have two decimals of percent; net assets can differ from the sum.
    off = [(gap, p) for gap, p in gaps if gap > 1e-3 + 0.01 * abs(p.weight or 0.0)]
    if not off:
        return None
    gap, worst = max(off, key=lambda pair: pair[0])
    return Issue(
        code="weight-differs",
        severity="warning",
        message=f"{len(off)} weights are not the values' share of the sum, most of all "
        f"{worst.name}: {worst.weight:.4%} stated, off by {gap:.4%}.",
        fix="Check whether values and weights are of one date and one currency.",
        sheet=worst.sheet,
        row=worst.row,
        money=gap * total,
    )


def duplicates(portfolio: Portfolio) -> list[Issue]:
    """Name the positions that stand twice in one account with the same amounts.

    Parameters
    ----------
    portfolio : Portfolio
        What was read.

    Examples
    --------
    >>> from stresskit.model import Identifiers, Position
    >>> sap = {"name": "SAP", "identifiers": Identifiers(isin="DE0007164600")}
    >>> lines = [Position(id=i, market_value=5.0, quantity=1.0, **sap) for i in "ab"]
    >>> duplicates(Portfolio(name="x", positions=tuple(lines)))[0].money
    5.0
    """
    seen: dict[tuple[object, ...], int | None] = {}
    found: list[tuple[Position, int | None]] = []
    for p in portfolio.positions:
        ids = p.identifiers
        code = ids.isin or ids.cusip or ids.sedol or ids.figi or ids.ticker
        code = code or p.name.casefold() or None
        amounts = (p.quantity, p.market_value, p.weight)
        if code is None or not any(amounts):
            continue
        key = (code, p.currency, p.account, p.sheet, *amounts)
        if key in seen:
            found.append((p, seen[key]))
        else:
            seen[key] = p.row
    if not found:
        return []
    rows = ", ".join(f"{first} and {p.row}" for p, first in found[:10])
    money = [p.market_value for p, _ in found if p.market_value is not None]
    return [
        Issue(
            code="duplicate-rows",
            severity="warning",
            message=f"{len(found)} positions stand twice with the same amounts, and "
            f"both were counted: rows {rows}{' ...' if len(found) > 10 else ''}.",
            fix="Delete one of each two rows if they are the same holding.",
            sheet=found[0][0].sheet,
            row=found[0][0].row,
            money=sum(money) if money else None,
        )
    ]


def other_date(portfolio: Portfolio, file_name: str) -> list[Issue]:
    """Compare the date that a file states with the one in its name.

    Parameters
    ----------
    portfolio : Portfolio
        What was read.
    file_name : str
        Name of the file, without its folder.

    Examples
    --------
    >>> import datetime as dt
    >>> read = Portfolio(name="x", positions=(), as_of=dt.date(2025, 1, 31))
    >>> [i.code for i in other_date(read, "holdings-2024-12-31.csv")]
    ['other-date']
    """
    named = _dates_in(file_name)
    if portfolio.as_of is None or not named or portfolio.as_of in named:
        return []
    (day, *_) = sorted(named)
    return [
        Issue(
            code="other-date",
            severity="warning",
            message=f"The file says it is as of {portfolio.as_of}, its name says "
            f"{day}. The date in the file was taken.",
            fix="Check that it is the file you mean.",
            value=day.isoformat(),
            money=portfolio.total_value,
        )
    ]


def _dates_in(file_name: str) -> set[dt.date]:
    """Give the days that a file name can mean, day or month first."""
    found: set[dt.date] = set()
    compact = re.search(r"(?<!\d)(20\d{2})(\d{2})(\d{2})(?!\d)", file_name)
    texts = ["-".join(compact.groups())] if compact else []
    texts.append(re.sub(r"[_\s]", "-", Path(file_name).stem))
    for text in texts:
        for first in (True, False):
            day = parse_date(text, day_is_first=first)
            if day:
                found.add(day)
    return found

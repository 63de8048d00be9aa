"""Quantity times price against the value: a slipped digit shows here."""

from __future__ import annotations

import statistics
from collections import defaultdict
from dataclasses import dataclass

from stresskit.model import Issue
from stresskit.readers.holdings.rows import Draft

_TOLERANCE = 0.01
# Accrued interest and index ratios are part of a bond's value, not of its price.
_BOND_TOLERANCE = 0.1
_UNCHECKED = frozenset({"cash", "future", "fx_forward"})
_PER: dict[str, tuple[float, ...]] = {
    "bond": (1.0, 0.01),
    "option": (1.0, 10.0, 100.0, 1000.0),
}
# Shares of these are often quoted in hundredths.
_IN_HUNDREDTHS = frozenset({"GBP", "ZAR", "ILS"})
_SHOWN = 20


@dataclass(frozen=True)
class _Check:
    """A row with its value, what quantity times price makes of it, and its worth.

    ``worth`` is the value in base currency.
    """

    draft: Draft
    value: float
    product: float
    worth: float | None

    @property
    def ratio(self) -> float:
        return self.value / self.product


def value_issues(
    drafts: list[Draft],
    *,
    worths: list[float | None],
    base: str | None,
    rates: dict[str, float],
    scale: float,
    sheet: str | None,
) -> list[Issue]:
    """Name the rows whose value is not quantity times price.

    Parameters
    ----------
    drafts : list of Draft
        Positions as read.
    worths : list of (float or None)
        Value of each position in base currency.
    base : str or None
        Base currency.
    rates : dict of str to float
        Base currency per unit of each currency.
    scale : float
        Scale of the value column: what is below its digits is rounding.
    sheet : str or None
        Sheet, for the issues.
    """
    groups: dict[str | None, list[_Check]] = defaultdict(list)
    for draft, worth in zip(drafts, worths, strict=True):
        check = _check(draft, worth)
        if check:
            groups[draft.position.currency].append(check)
    step = _last_digit([c.value / scale for g in groups.values() for c in g]) * scale
    off: list[tuple[_Check, float]] = []
    for currency, group in groups.items():
        rated = _rates(group, currency, base, rates)
        if rated is None:
            continue
        # The last rate is the best known: the user should see its answer.
        off += [
            (check, _nearest(check, rated[-1:], base))
            for check in group
            if not _agrees(check, _nearest(check, rated, base), step)
        ]
    off.sort(key=lambda pair: pair[0].draft.position.row or 0)
    issues = [_mismatch(c, e, sheet) for c, e in off[:_SHOWN]]
    if len(off) > _SHOWN:
        rest = off[_SHOWN:]
        issues.append(_more(rest, sheet))
    return issues


def _check(draft: Draft, worth: float | None) -> _Check | None:
    position = draft.position
    if draft.computed or position.asset_class in _UNCHECKED:
        return None
    if not (draft.value and position.quantity and position.price):
        return None
    product = position.quantity * position.price
    return _Check(draft, draft.value, product, worth)


def _last_digit(values: list[float]) -> float:
    """Give the unit of the last decimal that values are written with."""
    decimals = 0
    for value in values:
        text = f"{round(abs(value), 6):.6f}".rstrip("0")
        decimals = max(decimals, len(text.partition(".")[2]))
    return float(10.0**-decimals)


def _rates(
    group: list[_Check],
    currency: str | None,
    base: str | None,
    rates: dict[str, float],
) -> list[float] | None:
    """Give the rates that may lie between price and value; None if none is known."""
    if currency is None or currency == base:
        return [1.0]
    known = [1.0, *([rates[currency]] if currency in rates else [])]
    if len(group) >= 3:
        middle = statistics.median(c.ratio for c in group)
        near = sum(abs(c.ratio / middle - 1) <= _TOLERANCE for c in group)
        return [*known, middle] if near > len(group) / 2 else None
    # One or two rows in a foreign currency cannot tell a rate from a mistake.
    return known if currency in rates else None


def _nearest(check: _Check, rated: list[float], base: str | None) -> float:
    """Give what the value should be, in the unit that comes nearest to it."""
    position = check.draft.position
    per = _PER.get(position.asset_class, (1.0,))
    if (position.currency or base) in _IN_HUNDREDTHS:
        per = (*per, 0.01)
    if position.asset_class == "fund" and (position.currency or base) in {None, "JPY"}:
        # Japanese funds are priced per ten thousand units.
        per = (*per, 1e-4)
    wanted = [check.product * rate * p for rate in rated for p in per]
    return min(wanted, key=lambda w: abs(w - check.value))


def _agrees(check: _Check, expected: float, step: float) -> bool:
    position = check.draft.position
    share = _BOND_TOLERANCE if position.asset_class == "bond" else _TOLERANCE
    quantity, price = abs(position.quantity or 0.0), abs(position.price or 0.0)
    # Half of the last digit of a price, whose least usual unit is a cent.
    cents = abs(expected) * min(0.005 / price, 0.5) if quantity else 0.0
    gap = abs(check.value - expected)
    return gap <= max(share * abs(check.value), cents, step / 2)


def _mismatch(check: _Check, expected: float, sheet: str | None) -> Issue:
    position = check.draft.position
    return Issue(
        code="value-mismatch",
        severity="warning",
        message=f"{position.name}: {position.quantity:,g} x {position.price:,g} makes "
        f"{expected:,.2f}, but the value is {check.value:,.2f}. The value was used.",
        fix="Correct the quantity, the price or the value.",
        sheet=sheet,
        row=position.row,
        value=f"{check.value:g}",
        money=_money(check, expected),
    )


def _money(check: _Check, expected: float) -> float | None:
    """Give the difference in base currency, if the value is known in it."""
    if check.worth is None:
        return None
    return (check.value - expected) * check.worth / check.value


def _more(rest: list[tuple[_Check, float]], sheet: str | None) -> Issue:
    return Issue(
        code="value-mismatch",
        severity="warning",
        message=f"{len(rest)} more rows have a value that is not quantity times price.",
        fix="Check that quantity, price and value are of one date and one currency.",
        sheet=sheet,
        row=rest[0][0].draft.position.row,
        money=sum(_money(c, e) or 0.0 for c, e in rest),
    )

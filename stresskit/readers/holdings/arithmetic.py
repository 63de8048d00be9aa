"""Quantity times price against the value: a slipped digit shows here."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from stresskit.model import Issue, Position
from stresskit.readers.holdings.rows import Draft

TOLERANCE = 0.01
# Accrued interest and index ratios are part of a bond's value, not of its price.
BOND_TOLERANCE = 0.1
UNCHECKED = frozenset({"cash", "future", "fx_forward"})
_PER: dict[str, tuple[float, ...]] = {
    "bond": (1.0, 0.01),
    "option": (1.0, 10.0, 100.0, 1000.0),
}
# Shares of these are often quoted in hundredths.
_IN_HUNDREDTHS = frozenset({"GBP", "ZAR", "ILS"})
SHOWN = 20


@dataclass(frozen=True)
class Check:
    """A row with its value, what quantity times price makes of it, and its worth.

    ``worth`` is the value in base currency.
    """

    position: Position
    value: float
    product: float
    worth: float | None

    @property
    def ratio(self) -> float:
        """The value by what quantity times price makes of it."""
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
    groups: dict[str | None, list[Check]] = defaultdict(list)
    for draft, worth in zip(drafts, worths, strict=True):
        check = _check(draft, worth)
        if check:
            groups[check.position.currency].append(check)
    if all(c.value == c.product for g in groups.values() for c in g):
        return []
    step = last_digit([c.value / scale for g in groups.values() for c in g]) * scale
    off: list[tuple[Check, float]] = []
    for currency, group in groups.items():
        rated = _rates(group, currency, base, rates)
        if rated is None:
            continue
        # The last rate is the best known: the user should see its answer.
        off += [
            (check, _nearest(check, rated[-1:], base))
            for check in group
            # Of those that are, no unit or rate is asked.
            if check.value != check.product
            and not _agrees(check, _nearest(check, rated, base), step)
        ]
    off.sort(key=lambda pair: pair[0].position.row or 0)
    issues = [mismatch(c, e, sheet) for c, e in off[:SHOWN]]
    if len(off) > SHOWN:
        rest = off[SHOWN:]
        money = sum(_money(c, e) or 0.0 for c, e in rest)
        issues.append(more_mismatches(len(rest), rest[0][0].position.row, money, sheet))
    return issues


def _check(draft: Draft, worth: float | None) -> Check | None:
    position = draft.position
    if draft.computed or position.asset_class in UNCHECKED:
        return None
    if not (draft.value and position.quantity and position.price):
        return None
    product = position.quantity * position.price
    return Check(position, draft.value, product, worth)


def last_digit(values: Iterable[float]) -> float:
    """Give the unit of the last decimal that values are written with.

    Parameters
    ----------
    values : iterable of float
        Values.

    Examples
    --------
    >>> last_digit([1.5, 2.25])
    0.01
    """
    decimals = 0
    for value in values:
        text = f"{round(abs(value), 6):.6f}".rstrip("0")
        decimals = max(decimals, len(text.partition(".")[2]))
    return float(10.0**-decimals)


def _rates(
    group: list[Check],
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
        near = sum(abs(c.ratio / middle - 1) <= TOLERANCE for c in group)
        return [*known, middle] if near > len(group) / 2 else None
    # One or two rows in a foreign currency cannot tell a rate from a mistake.
    return known if currency in rates else None


def scales_of(kind: str, currency: str | None) -> tuple[float, ...]:
    """Give what the price of a kind of security can be per, in a currency.

    Parameters
    ----------
    kind : str
        Asset class.
    currency : str or None
        Currency of its price.

    Examples
    --------
    >>> scales_of("bond", "USD"), scales_of("equity", "GBP")
    ((1.0, 0.01), (1.0, 0.01))
    """
    per = _PER.get(kind, (1.0,))
    if currency in _IN_HUNDREDTHS:
        per = (*per, 0.01)
    if kind == "fund" and currency in {None, "JPY"}:
        # Japanese funds are priced per ten thousand units.
        per = (*per, 1e-4)
    return per


def _nearest(check: Check, rated: list[float], base: str | None) -> float:
    """Give what the value should be, in the unit that comes nearest to it."""
    position = check.position
    per = scales_of(position.asset_class, position.currency or base)
    wanted = [check.product * rate * p for rate in rated for p in per]
    return min(wanted, key=lambda w: abs(w - check.value))


def _agrees(check: Check, expected: float, step: float) -> bool:
    position = check.position
    share = BOND_TOLERANCE if position.asset_class == "bond" else TOLERANCE
    quantity, price = abs(position.quantity or 0.0), abs(position.price or 0.0)
    # Half of the last digit of a price, whose least usual unit is a cent.
    cents = abs(expected) * min(0.005 / price, 0.5) if quantity else 0.0
    gap = abs(check.value - expected)
    return gap <= max(share * abs(check.value), cents, step / 2)


def mismatch(check: Check, expected: float, sheet: str | None) -> Issue:
    """Say that a value is not quantity times price.

    Parameters
    ----------
    check : Check
        The row.
    expected : float
        What its value should be.
    sheet : str or None
        Sheet.

    Examples
    --------
    >>> line = Position(id="p1", name="SAP", quantity=2.0, price=10.0)
    >>> mismatch(Check(line, 30.0, 20.0, 30.0), 20.0, None).money
    10.0
    """
    position = check.position
    factors = f"{position.quantity:,.12g} x {position.price:,.12g}"
    return Issue(
        code="value-mismatch",
        severity="warning",
        message=f"{position.name}: {factors} makes "
        f"{expected:,.2f}, but the value is {check.value:,.2f}. The value was used.",
        fix="Correct the quantity, the price or the value.",
        sheet=sheet,
        row=position.row,
        value=f"{check.value:.12g}",
        money=_money(check, expected),
    )


def _money(check: Check, expected: float) -> float | None:
    """Give the difference in base currency, if the value is known in it."""
    if check.worth is None:
        return None
    return (check.value - expected) * check.worth / check.value


def more_mismatches(
    count: int, row: int | None, money: float, sheet: str | None
) -> Issue:
    """Count the rows that are not named one by one.

    Parameters
    ----------
    count : int
        How many they are.
    row : int or None
        The first of them.
    money : float
        What their values are off by, in base currency.
    sheet : str or None
        Sheet.

    Examples
    --------
    >>> more_mismatches(5, 30, 1.0, None).row
    30
    """
    return Issue(
        code="value-mismatch",
        severity="warning",
        message=f"{count} more rows have a value that is not quantity times price.",
        fix="Check that quantity, price and value are of one date and one currency.",
        sheet=sheet,
        row=row,
        money=money,
    )

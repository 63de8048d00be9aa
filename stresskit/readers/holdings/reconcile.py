"""Does the file add up? What it states against what was read."""

from __future__ import annotations

from stresskit.model import Issue, Portfolio

_TOTAL_TOLERANCE = 5e-4
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

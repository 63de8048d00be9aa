"""What holding a hedge costs."""

HORIZON_DAYS = 21
YEAR_DAYS = 252


def unit_cost(
    half_spread: float, fee: float, borrow: float, days: int = HORIZON_DAYS
) -> float:
    """Return the round-trip cost of a short: ``2 (half-spread + fee) + borrow H/252``.

    Examples
    --------
    >>> round(unit_cost(0.00015, 0.00005, 0.004), 8)
    0.00073333
    """
    return 2 * (half_spread + fee) + borrow * days / YEAR_DAYS

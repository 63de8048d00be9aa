"""Bullet bonds: price, yield, duration, convexity and the change they explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Numbers = Floats | float

YIELDS = (-0.5, 1000.0)


def price(
    coupon: Numbers, years: Numbers, yield_: Numbers, frequency: Numbers
) -> Floats:
    """Return the dirty price of bullet bonds per 100 of nominal.

    ``P = sum_j 100 c/f (1 + y/f)^(-f t_j) + 100 (1 + y/f)^(-f T)`` over the coupons
    at ``t_j = T, T - 1/f, T - 2/f, ... > 0``.

    Parameters
    ----------
    coupon
        Any shape that broadcasts with the others, decimals of nominal per year, 0 or
        more.
    years
        Years to maturity, T.
    yield_
        Compounded ``frequency`` times a year, decimal.
    frequency
        Coupons per year, above 0.

    Notes
    -----
    The definition of a street yield, on exact year fractions. A matured bond and a
    yield at or below ``-frequency`` have no price: NaN; nothing is raised.

    Examples
    --------
    >>> price(np.array([0.05, 0.0]), 2.0, 0.05, 1).round(4).tolist()
    [100.0, 90.7029]
    """
    times, amounts = _flows(coupon, years, frequency)
    return _present(times, amounts, _growth(yield_, frequency))


def yield_of(
    price: Numbers, coupon: Numbers, years: Numbers, frequency: Numbers
) -> Floats:
    """Return the yield between -0.5 and 1000 that gives the dirty price, or NaN.

    Parameters
    ----------
    price
        Any shape that broadcasts with the others, dirty, per 100 of nominal; the
        others as in the function ``price``.

    Notes
    -----
    Newton's method on ln P as a function of ``g = f ln(1 + y/f)``, kept between the
    two yields: a log of a sum of exponentials is convex, so that all steps after the
    first approach the root from one side.

    Examples
    --------
    >>> yield_of(np.array([100.0, -1.0]), 0.05, 2.0, 1).round(12).tolist()
    [0.05, nan]
    """
    price, coupon, years, f = np.broadcast_arrays(price, coupon, years, frequency)
    result = np.full(price.shape, np.nan)
    times, amounts = _flows(coupon, years, f)
    low, high = (_growth(y, f) for y in YIELDS)
    dearest, cheapest = (_present(times, amounts, g) for g in (low, high))
    known = (price > 0) & (price >= cheapest) & (price <= dearest)
    times, amounts = times[known], amounts[known]
    low, high, target = low[known], high[known], np.log(price[known])
    g = np.clip(_growth(coupon, f)[known], low, high)
    for _ in range(100):
        parts = amounts * np.exp(-g[:, None] * times)
        whole = parts.sum(axis=1)
        slope = (times * parts).sum(axis=1) / whole
        following = np.clip(g + (np.log(whole) - target) / slope, low, high)
        step, g = np.abs(following - g), following
        # What is left is of the order of the step's square.
        if np.all(step * slope <= 1e-12):
            break
    f = f[known]
    result[known] = f * np.expm1(g / f)
    return result


def durations(
    coupon: Numbers, years: Numbers, yield_: Numbers, frequency: Numbers
) -> tuple[Floats, Floats]:
    """Return modified duration in years and convexity in years squared.

    ``D = -(dP/dy) / P = sum_j t_j PV_j / (P (1 + y/f))`` and
    ``C = (d2P/dy2) / P = sum_j t_j (t_j + 1/f) PV_j / (P (1 + y/f)^2)``, with PV_j
    the present value of what is paid at t_j; parameters and NaN as in ``price``.

    Notes
    -----
    Macaulay (1938), Hicks (1939). Positive for a long bond and a short one alike:
    the sign is the money's.

    Examples
    --------
    >>> [round(float(x), 5) for x in durations(0.05, 2.0, 0.05, 1)]
    [1.85941, 5.26941]
    """
    times, amounts = _flows(coupon, years, frequency)
    g = _growth(yield_, frequency)
    parts = amounts * np.exp(-g[..., None] * times)
    whole = parts.sum(axis=-1)
    period = 1.0 / np.asarray(frequency)
    ratio = np.exp(g * period)
    first = (times * parts).sum(axis=-1)
    second = (times * (times + period[..., None]) * parts).sum(axis=-1)
    return first / whole / ratio, second / whole / ratio**2


def _growth(yield_: Numbers, frequency: Numbers) -> Floats:
    """Return ``f ln(1 + y/f)``, the yield compounded continuously; NaN if none."""
    f = np.asarray(frequency, dtype=float)
    base = np.divide(yield_, f)
    g: Floats = f * np.log1p(np.where(base > -1.0, base, np.nan))
    return g


def _flows(
    coupon: Numbers, years: Numbers, frequency: Numbers
) -> tuple[Floats, Floats]:
    """Return when is paid and how much, each bond's shape and one axis of payments."""
    c, t, f = (
        x[..., None].astype(float)
        for x in np.broadcast_arrays(coupon, years, frequency)
    )
    # Less than a minute is rounding: what is due now goes to the bond's old owner.
    count = np.ceil(np.where(t * f > 1e-6, t * f - 1e-6, 0.0))
    back = np.arange(np.max(count, initial=1.0))
    due = back < count
    times = np.where(due, t - back / f, 0.0)
    amounts = np.where(due, 100 * c / f, 0.0)
    amounts[..., 0] += np.where(due[..., 0], 100.0, np.nan)
    return times, amounts


def _present(times: Floats, amounts: Floats, growth: Floats) -> Floats:
    total: Floats = (amounts * np.exp(-growth[..., None] * times)).sum(axis=-1)
    return total

"""European options: value, Greeks, implied volatility and its shift in a fall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Numbers = Floats | float
    Flags = NDArray[np.bool_] | bool

VOLS = (1e-4, 5.0)
VOL_CAP = 0.25
VOL_DAYS = 30
# Stands in for zero in a divisor or a log: small enough to change no price, large
# enough that its square and inverse are finite.
TINY = 1e-150
# A price that counts as none: the slopes that lead to it must stay far above TINY.
LEAST = 1e-100


@dataclass(frozen=True)
class Greeks:
    """What one long option does for a small move, arrays of the options' shape.

    ``delta`` and ``gamma`` per 1 of spot, ``vega`` per 1.00 of vol, ``theta`` per
    year that passes, ``rho`` per 1.00 of rate; a short option has the other sign.
    """

    delta: Floats
    gamma: Floats
    vega: Floats
    theta: Floats
    rho: Floats


def value(
    spot: Numbers,
    strike: Numbers,
    years: Numbers,
    vol: Numbers,
    rate: Numbers,
    dividend: Numbers,
    call: Flags,
) -> Floats:
    """Return the Black-Scholes-Merton value of European options.

    ``w (S e^(-qT) N(w d1) - K e^(-rT) N(w d2))`` with w = 1 for a call and -1 for a
    put, ``d1 = ln(S e^(-qT) / K e^(-rT)) / s + s/2``, ``d2 = d1 - s`` and
    ``s = vol sqrt(T)``.

    Parameters
    ----------
    spot
        Any shape that broadcasts with the others, money, 0 or more.
    strike
        Money, above 0.
    years
        Years to expiry; at 0 or below the intrinsic value ``max(w (S - K), 0)``.
    vol
        Decimals per year; at 0 or below the discounted intrinsic value.
    rate, dividend
        Continuous, decimals per year, either sign.
    call
        True for a call, False for a put.

    Notes
    -----
    Black and Scholes (1973), Merton (1973). NaN in gives NaN out; nothing is raised.

    Examples
    --------
    >>> strike, vol = np.array([95.0, 110.0]), np.array([0.32, 0.30])
    >>> call = np.array([False, True])
    >>> value(100.0, strike, 0.25, vol, 0.04, 0.005, call).round(4).tolist()
    [3.7018, 2.7344]
    """
    f, k = _discounted(spot, strike, years, rate, dividend)
    return _black(f, k, _deviation(years, vol), _sign(call))


def greeks(
    spot: Numbers,
    strike: Numbers,
    years: Numbers,
    vol: Numbers,
    rate: Numbers,
    dividend: Numbers,
    call: Flags,
) -> Greeks:
    """Return the derivatives of ``value``, whose parameters are the same.

    ``delta = w e^(-qT) N(w d1)``; ``gamma = e^(-qT) n(d1) / (S s)``;
    ``vega = gamma S^2 vol T``; ``rho = w T K e^(-rT) N(w d2)``;
    ``theta = -gamma S^2 vol^2 / 2 + w (q S e^(-qT) N(w d1) - r K e^(-rT) N(w d2))``.

    Notes
    -----
    Without time or vol gamma and vega are 0, at the strike too, where gamma has no
    finite limit; an expired option keeps its delta only.

    Examples
    --------
    >>> put = greeks(100.0, 95.0, 0.25, 0.32, 0.04, 0.005, False)
    >>> round(float(put.delta), 6), round(float(put.vega), 4)
    (-0.324052, 17.9609)
    """
    f, k = _discounted(spot, strike, years, rate, dividend)
    s, w, t = _deviation(years, vol), _sign(call), np.maximum(years, 0.0)
    d1 = _d1(f, k, s)
    share, paid = w * ndtr(w * d1), w * ndtr(w * (d1 - s))
    growth = np.exp(-dividend * t)
    gamma = growth * _density(d1) / (np.maximum(spot, TINY) * s)
    gamma = np.where(s <= TINY, 0.0, gamma)
    swing = gamma * np.square(spot) * vol
    theta = dividend * f * share - rate * k * paid - swing * vol / 2
    return Greeks(
        delta=growth * share,
        gamma=gamma,
        vega=swing * t,
        theta=np.where(t <= 0, 0.0, theta),
        rho=t * k * paid,
    )


def implied_vol(
    price: Numbers,
    spot: Numbers,
    strike: Numbers,
    years: Numbers,
    rate: Numbers,
    dividend: Numbers,
    call: Flags,
) -> Floats:
    """Return the vol between 0.0001 and 5 at which ``value`` is the price, or NaN.

    Parameters
    ----------
    price
        Any shape that broadcasts with the others, money; the others as in ``value``.

    Notes
    -----
    NaN where the option has expired or no such vol exists: the price is at or
    outside the bounds without arbitrage, ``max(w (S e^(-qT) - K e^(-rT)), 0)`` and
    ``S e^(-qT)`` for a call or ``K e^(-rT)`` for a put. Newton's method from the
    inflection of the value in vol (Manaster and Koehler 1982), kept in a bracket
    that is halved where Newton's step does not shrink.

    Examples
    --------
    >>> price = np.array([3.7018123647, 0.0])
    >>> implied_vol(price, 100.0, 95.0, 0.25, 0.04, 0.005, False).round(8).tolist()
    [0.32, nan]
    """
    f, k = _discounted(spot, strike, years, rate, dividend)
    p, f, k, w, root = np.broadcast_arrays(
        price, f, k, _sign(call), np.sqrt(np.maximum(years, 0.0))
    )
    low, high = (_black(f, k, np.maximum(v * root, TINY), w) for v in VOLS)
    known = (p > np.maximum(w * (f - k), LEAST)) & (p >= low) & (p <= high) & (root > 0)
    vol = np.full(p.shape, np.nan)
    p, f, k, w, root = (x[known] for x in (p, f, k, w, root))
    vol[known] = _solve(p, f, k, w, root) / root
    return vol


def floored_at_exercise(
    european: Numbers, spot: Numbers, strike: Numbers, call: Flags
) -> Floats:
    """Return ``max(european, w (S - K))``: an American option is worth no less.

    Examples
    --------
    >>> floored_at_exercise(np.array([35.2, 41.0]), 60.0, 100.0, False).tolist()
    [40.0, 41.0]
    """
    floored: Floats = np.maximum(european, _sign(call) * np.subtract(spot, strike))
    return floored


def vol_shock(spot_return: Numbers, slope: Numbers, days: Numbers) -> Floats:
    """Return the parallel shift of implied vol that goes with a fall of the spot.

    ``min(slope min(R, 0), 0.25) sqrt(30 / max(30, days))``: a strike keeps its own
    vol, shifted; the vol of a rising spot stays.

    Parameters
    ----------
    spot_return
        Any shape that broadcasts with the others, decimal.
    slope
        Vol points of a 30-day option per 1% of return: -1.0 for single stocks,
        -2.0 for indices.
    days
        Calendar days to expiry.

    Examples
    --------
    >>> vol_shock(np.array([-0.12, -0.4, 0.1]), -1.0, 30).tolist()
    [0.12, 0.25, 0.0]
    """
    fall = np.maximum(np.negative(spot_return), 0.0)
    shift = np.minimum(np.negative(slope) * fall, VOL_CAP)
    scaled: Floats = shift * np.sqrt(VOL_DAYS / np.maximum(days, VOL_DAYS))
    return scaled


def _sign(call: Flags) -> Floats:
    return np.where(call, 1.0, -1.0)


def _deviation(years: Numbers, vol: Numbers) -> Floats:
    s: Floats = np.maximum(vol * np.sqrt(np.maximum(years, 0.0)), TINY)
    return s


def _discounted(
    spot: Numbers, strike: Numbers, years: Numbers, rate: Numbers, dividend: Numbers
) -> tuple[Floats, Floats]:
    """Return ``S e^(-qT)`` and ``K e^(-rT)``."""
    t = np.maximum(years, 0.0)
    return spot * np.exp(-dividend * t), strike * np.exp(-rate * t)


def _d1(f: Floats, k: Floats, s: Floats) -> Floats:
    d1: Floats = np.log(np.maximum(f, TINY) / k) / s
    d1 += s / 2
    return d1


def _density(x: Floats) -> Floats:
    n: Floats = np.exp(-x * x / 2) / np.sqrt(2 * np.pi)
    return n


def _black(f: Floats, k: Floats, s: Floats, w: Floats) -> Floats:
    d1 = _d1(f, k, s)
    result: Floats = f * ndtr(w * d1)
    d1 -= s
    result -= k * ndtr(w * d1)
    result *= w
    # The difference of two rounded numbers may fall below zero by their last digit.
    floored: Floats = np.maximum(result, 0.0)
    return floored


def _solve(p: Floats, f: Floats, k: Floats, w: Floats, root: Floats) -> Floats:
    """Return s at which ``_black`` is p, arrays (n,), given that there is one."""
    low, high = VOLS[0] * root, VOLS[1] * root
    s: Floats = np.clip(np.sqrt(2 * np.abs(np.log(f / k))), low, high)
    step = high - low
    for _ in range(100):
        gap = _black(f, k, s, w) - p
        low, high = np.where(gap > 0, low, s), np.where(gap > 0, s, high)
        move = gap / np.maximum(f * _density(_d1(f, k, s)), TINY)
        newton = s - move
        wild = (newton < low) | (newton > high) | (np.abs(move) > step / 2)
        following = np.where(wild, (low + high) / 2, newton)
        # A solved option stays: the last digits would send it back to halving.
        following = np.where(step <= 1e-14 * s, s, following)
        s, step = following, np.abs(following - s)
        if np.all(step <= 1e-14 * s):
            break
    return s

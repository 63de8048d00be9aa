"""What holding a hedge costs: spread, commission, borrow, and its market impact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

HORIZON_DAYS = 21
YEAR_DAYS = 252
# Where the pieces of the impact's curve begin, as shares of the cap: x^1.5 bends most
# near zero.
PIECES = np.array([0.0, 1 / 16, 1 / 4, 9 / 16, 1.0])


def unit_cost(
    half_spread: float, fee: float, borrow: float, days: int = HORIZON_DAYS
) -> float:
    """Return the round-trip cost of a unit: ``2 (half-spread + fee) + borrow H/252``.

    Parameters
    ----------
    half_spread, fee
        Decimals of the notional, per trade.
    borrow
        Decimal per year, of a short; 0 for what is bought and for futures.
    days
        H, trading days it is held.

    Examples
    --------
    >>> round(unit_cost(0.00015, 0.00005, 0.004), 8)
    0.00073333
    """
    return 2 * (half_spread + fee) + borrow * days / YEAR_DAYS


def impact_coefficient(daily_sd: float, volume: float) -> float:
    """Return k of the impact ``k x^1.5`` of trading x of the portfolio.

    The square-root law: a trade of Q costs ``Y sd sqrt(Q / ADV)`` of its notional, with
    Y = 1; with x and ADV as shares of the portfolio's value ``k = sd / sqrt(ADV)``.
    Infinite where nothing is traded.

    Parameters
    ----------
    daily_sd
        Standard deviation of the daily return, decimal.
    volume
        Average daily value traded, share of the portfolio's value.

    Notes
    -----
    Almgren, Thum, Hauptmann and Li (2005), with the exponent 1/2 and Y = 1.

    Examples
    --------
    A portfolio of 10 million that trades a tenth of itself in a fund of 2% a day and
    1 billion of volume pays 6.3 bp of the trade:

    >>> k = impact_coefficient(0.02, 1e9 / 10e6)
    >>> round(1e4 * k * 0.1 ** 1.5 / 0.1, 2)
    6.32
    """
    return daily_sd / volume**0.5 if volume > 0 else float("inf")


def chords(coefficient: float, cap: float) -> tuple[Floats, Floats]:
    """Return widths and slopes of four chords above ``coefficient x^1.5`` up to a cap.

    Slopes rise from piece to piece, so that a linear program fills them in order; a
    chord lies above the curve, so that the cost is never stated too low.

    Examples
    --------
    >>> widths, slopes = chords(1.0, 0.16)
    >>> widths.round(4).tolist(), slopes.round(4).tolist()
    ([0.01, 0.03, 0.05, 0.07], [0.1, 0.2333, 0.38, 0.5286])
    """
    at = PIECES * cap
    widths = np.diff(at)
    return widths, coefficient * np.diff(at**1.5) / widths

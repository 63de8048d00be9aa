"""Which scenario breaks a loss limit, and how bad one of a given likelihood gets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stresskit.errors import ComputationError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Fine enough that an option's kink is met, coarse enough for a revaluation a step.
GRID = 200
PRECISION = 1e-9


@dataclass(frozen=True)
class Reverse:
    """The likeliest of all scenarios that lose as much.

    ``shocks`` (K,) are moves of the factors; ``distance`` their Mahalanobis distance
    from no move; ``loss`` what they cost, positive, in the unit of the exposures.
    """

    shocks: Floats
    distance: float
    loss: float


def most_likely(a: Floats, sigma: Floats, loss: float) -> Reverse:
    """Return the nearest scenario that loses exactly ``loss``.

    ``f* = -L S a / (a'S a)``, ``d* = L / sqrt(a'S a)``: the least ``f'S^-1 f`` with
    ``a'f = -L``.

    Parameters
    ----------
    a
        Shape (K,), exposures: P&L per unit of each factor, in money or in shares of
        the portfolio, long positive.
    sigma
        Shape (K, K), S: covariance of the factors, decimals squared.
    loss
        L, a positive amount in the unit of ``a``.

    Raises
    ------
    InputError
        ``loss-limit``: the loss is not finite or not above zero.
    ComputationError
        ``no-exposure``: no move of the factors changes the portfolio.

    Notes
    -----
    Source: Studer (1997), Maximum Loss for Measurement of Market Risk, ETH Zurich;
    Breuer, Jandacka, Rheinberger and Summer (2009), IJCB 5(3).

    Examples
    --------
    >>> found = most_likely(np.array([0.5, 0.5]), np.diag([0.0004, 0.0004]), 0.05)
    >>> found.shocks.round(6).tolist(), round(found.distance, 6)
    ([-0.05, -0.05], 3.535534)
    """
    limit = _limit(loss)
    sd = _deviation(a, sigma)
    return Reverse(-limit / sd**2 * (sigma @ a), limit / sd, limit)


def worst_at(a: Floats, sigma: Floats, distance: float) -> Reverse:
    """Return the scenario that loses most among those no farther than ``distance``.

    ``f = -k S a / sqrt(a'S a)``, ``loss = k sqrt(a'S a)``.

    Parameters
    ----------
    a
        Shape (K,), exposures, as for `most_likely`.
    sigma
        Shape (K, K), S.
    distance
        k, Mahalanobis, 0 or more: for one factor, its standard deviations.

    Raises
    ------
    ComputationError
        ``no-exposure``: no move of the factors changes the portfolio.

    Notes
    -----
    Source: Studer (1997); Breuer, Jandacka, Rheinberger and Summer (2009).

    Examples
    --------
    >>> found = worst_at(np.array([0.5, 0.5]), np.diag([0.0004, 0.0004]), 3.0)
    >>> found.shocks.round(6).tolist(), round(found.loss, 6)
    ([-0.042426, -0.042426], 0.042426)
    """
    sd = _deviation(a, sigma)
    return Reverse(-distance / sd * (sigma @ a), distance, distance * sd)


def severity_to_breach(
    pnl_of: Callable[[float], float], loss: float, highest: float = 10.0
) -> float | None:
    """Return the smallest severity at which the loss reaches the limit, if any does.

    ``min {s in (0, highest]: -P&L(s) >= L}``, to 1e-9.

    Parameters
    ----------
    pnl_of
        The P&L at a severity, losses negative, called 230 times or so.
    loss
        L, a positive amount in the unit of the P&L.
    highest
        The last severity looked at, above 0.

    Raises
    ------
    InputError
        ``loss-limit``: the loss is not finite or not above zero.

    Notes
    -----
    The P&L need not fall all the way: options and capped gains turn it round. So
    200 even steps look for the first breach before it is bisected; a breach that
    comes and goes within one step, 0.05 by default, is not seen.

    Examples
    --------
    >>> round(severity_to_breach(lambda s: -200.0 * s, 50.0), 6)
    0.25
    >>> severity_to_breach(lambda s: -min(200.0 * s, 40.0), 50.0) is None
    True
    """
    limit = _limit(loss)
    low = 0.0
    for step in range(1, GRID + 1):
        high = highest * step / GRID
        if -pnl_of(high) >= limit:
            break
        low = high
    else:
        return None
    while high - low > PRECISION:
        middle = (low + high) / 2
        if -pnl_of(middle) >= limit:
            high = middle
        else:
            low = middle
    return high


def _limit(loss: float) -> float:
    if not (math.isfinite(loss) and loss > 0):
        raise InputError(
            f"A loss limit of {loss:g} cannot be broken.",
            hint="Give the loss as a positive number.",
            code="loss-limit",
        )
    return float(loss)


def _deviation(a: Floats, sigma: Floats) -> float:
    variance = float(a @ sigma @ a)
    # Exposures that hedge each other leave rounding, not risk.
    if not variance > 1e-14 * float(np.abs(a) @ np.sqrt(np.diag(sigma))) ** 2:
        raise ComputationError(
            "The portfolio does not move with these factors.",
            hint="Choose factors to which it has an exposure.",
            code="no-exposure",
        )
    return math.sqrt(variance)

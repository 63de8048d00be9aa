"""What companies did on their own on the day, by how volatile they usually are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Degrees of freedom of the band (see core.stress.band).
NU = 5.0
POWERS = np.round(np.arange(0.30, 1.0001, 0.05), 2)


class Spread(NamedTuple):
    """``scale * s**power`` is the standard deviation left to a company."""

    scale: float
    power: float


def spread_of(error: Floats, explained: Floats, residual_sd: Floats) -> Spread:
    """Fit how the errors of a day grow with the usual volatility of companies.

    ``scale^2 = mean((e^2 - v) / s^(2 power))``; the power from 0.3 to 1 that makes
    the errors likeliest under a t distribution with 5 degrees of freedom of
    variance ``scale^2 s^(2 power) + v``.

    Parameters
    ----------
    error
        Shape (n,), leave-one-out errors, decimals.
    explained
        Shape (n,), v: variances that the band adds for itself (shocks, beta); not to
        be counted twice.
    residual_sd
        Shape (n,), s: daily standard deviations net of the market before the event.

    Notes
    -----
    With power 1 quiet companies would set the width of the band of loud ones: on
    27 January 2025 the variance of random portfolios of theme stocks would be
    stated twice too large.
    """
    known = np.isfinite(error) & np.isfinite(residual_sd) & (residual_sd > 0)
    e2, v, s = error[known] ** 2, explained[known], residual_sd[known]
    if not e2.size:
        return Spread(0.0, 1.0)
    fits = [_fit(e2, v, s, float(p)) for p in POWERS]
    return max(fits, key=lambda fit: fit[0])[1]


def scale_of(
    error: Floats, explained: Floats, residual_sd: Floats, power: float
) -> float:
    """Return the scale that goes with a power; 0 where nothing is left."""
    left = (error**2 - explained) / residual_sd ** (2 * power)
    return float(np.sqrt(max(float(np.mean(left)), 0.0)))


def _fit(e2: Floats, v: Floats, s: Floats, power: float) -> tuple[float, Spread]:
    scale = scale_of(np.sqrt(e2), v, s, power)
    variance = np.maximum(scale**2 * s ** (2 * power) + v, 1e-16)
    likelihood = -(NU + 1) / 2 * np.log1p(e2 / variance / (NU - 2))
    likelihood -= 0.5 * np.log(variance)
    return float(likelihood.sum()), Spread(scale, power)

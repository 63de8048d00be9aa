"""How far the projection could be off, given the scenario (METHOD: four parts)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

LEVEL = 0.90
# t quantile 0.95 with 5 degrees of freedom, scaled to unit variance:
# 2.0150483726691575 * sqrt(3/5).
MULTIPLIER = 1.5608497583442291
CLUSTER_CORRELATION = 0.10


@dataclass(frozen=True)
class BandInput:
    """What the band needs of n positions and K segments; money and decimals.

    ``clusters`` numbers each position's main segment, -1 for none of its own.
    """

    value: Floats
    sensitivities: Floats
    shocks: Floats
    shock_errors: Floats
    dispersion: Floats
    clusters: Ints
    beta_sd: Floats
    market: Floats
    prior_sd: Floats


def variance_parts(given: BandInput) -> dict[str, float]:
    """Return the parts of the P&L's variance, in money squared.

    ``measurement = sum_k (A_k e_k)^2`` with ``A_k = sum_i V_i x_ik``;
    ``dispersion = sum_g [(1-rho) sum D_i^2 + rho (sum D_i)^2]`` with
    ``D_i = V_i d_i`` and rho = 0.10 within a main segment;
    ``beta = sum (V_i b_i m_i)^2``;
    ``mapping = sum (V_i lambda_i)^2 * sum_k f_k^2``.

    Notes
    -----
    Errors of leaf shocks are taken as independent; theta and mapping errors too.
    """
    v = given.value
    total = v @ given.sensitivities
    d = v * given.dispersion
    inside = given.clusters >= 0
    sums = np.bincount(given.clusters[inside], d[inside]) if inside.any() else d[:0]
    own = float(np.sum(d**2))
    own_inside = float(np.sum(d[inside] ** 2))
    rho = CLUSTER_CORRELATION
    return {
        "measurement": float(np.sum((total * given.shock_errors) ** 2)),
        "dispersion": own - rho * own_inside + rho * float(np.sum(sums**2)),
        "beta": float(np.sum((v * given.beta_sd * given.market) ** 2)),
        "mapping": float(np.sum((v * given.prior_sd) ** 2) * np.sum(given.shocks**2)),
    }


def position_half_widths(given: BandInput) -> Floats:
    """Return the half width of each position's own band, in money, shape (n,)."""
    v = given.value
    variance = (
        (v * given.dispersion) ** 2
        + (v * given.beta_sd * given.market) ** 2
        + (v * given.prior_sd) ** 2 * np.sum(given.shocks**2)
        + np.sum((v[:, None] * given.sensitivities * given.shock_errors) ** 2, axis=1)
    )
    widths: Floats = MULTIPLIER * np.sqrt(variance)
    return widths

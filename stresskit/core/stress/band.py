"""How far the projection could be off, given the scenario, in four parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.model import Factor

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

    ``dispersion``, ``beta_sd`` and ``mapping_sd`` (n,) are standard deviations of the
    return at the severity (of an inverse fund with a minus: its errors turn round);
    ``clusters`` (n,) numbers each position's main segment, -1 for none, ``issuers``
    (n,) its issuer.
    ``other_exposure`` (J,) is P&L per unit of the other factors and
    ``other_covariance`` (J, J) what stays open of their moves.
    """

    value: Floats
    issuers: Ints
    sensitivities: Floats
    shock_errors: Floats
    dispersion: Floats
    clusters: Ints
    beta_sd: Floats
    market: Floats
    mapping_sd: Floats
    other_exposure: Floats = field(default_factory=lambda: np.zeros(0))
    other_covariance: Floats = field(default_factory=lambda: np.zeros((0, 0)))


def multiplier_of(factor: Factor) -> float:
    """Return the half width of the band in standard deviations.

    The larger of the conformal factors of stocks and of portfolios, where the factor
    has them: how wide the band would have had to be on its own day, each stock and
    portfolio predicted without itself. Else that of t with 5 degrees of freedom.
    """
    measured = (factor.conformal_stocks, factor.conformal_portfolios)
    known = [q for q in measured if q is not None]
    return max(known) if known else MULTIPLIER


def own_slope(local: Floats, severity: float) -> Floats:
    """Return how an error of a return at severity 1 grows with the severity.

    ``h = s (1 + r)^((s-1)/s)`` with r the return at the severity: the derivative
    of the log scaling at the position's own return, so that no error reaches
    below -100%. 0 at s = 0 and 1 at s = 1.

    Examples
    --------
    >>> own_slope(np.array([-0.19, 0.0]), 2.0).round(6).tolist()
    [1.8, 2.0]
    """
    if severity == 0:
        return np.zeros_like(local)
    base = np.maximum(1.0 + local, 1e-12)
    slope: Floats = severity * base ** ((severity - 1.0) / severity)
    # Near a total loss the form runs away; a milder event errs by no more than its own.
    return np.minimum(slope, 1.0) if severity < 1.0 else slope


def variance_parts(given: BandInput) -> dict[str, float]:
    """Return the parts of the P&L's variance, in money squared.

    ``measurement = sum_k (A_k e_k)^2`` with ``A_k = sum_i V_i x_ik``;
    ``dispersion = (1-rho) sum_u (sum_{i in u} V_i d_i)^2 + rho sum_g (sum_{i in g} V_i
    d_i)^2`` over issuers u and main segments g with rho = 0.10 (a position without one
    is a group of its own issuer); ``beta = sum_u (sum_{i in u} V_i b_i m_i)^2``;
    ``mapping = sum_u (sum_{i in u} V_i p_i)^2``;
    ``others = E' S E`` with E the exposures to other factors and S what stays open.

    Notes
    -----
    Lines of one issuer share their errors, so splitting a line changes nothing, and
    a share sold against a fund on it takes away what they have in common. Errors of
    leaf shocks, betas and places are taken as independent.
    """
    v = given.value
    total = v @ given.sensitivities
    d = v * given.dispersion
    inside = given.clusters >= 0
    sums = np.bincount(given.clusters[inside], d[inside]) if inside.any() else d[:0]
    rho = CLUSTER_CORRELATION
    alone = _squared(np.where(inside, 0.0, d), given.issuers)
    grouped = float(np.sum(sums**2)) + alone
    return {
        "measurement": float(np.sum((total * given.shock_errors) ** 2)),
        "dispersion": (1 - rho) * _squared(d, given.issuers) + rho * grouped,
        "beta": _squared(v * given.beta_sd * given.market, given.issuers),
        "mapping": _squared(v * given.mapping_sd, given.issuers),
        "others": float(
            given.other_exposure @ given.other_covariance @ given.other_exposure
        ),
    }


def _squared(errors: Floats, issuers: Ints) -> float:
    """Return ``sum_u (sum_{i in u} e_i)^2`` over issuers u."""
    return float(np.sum(np.bincount(issuers, errors) ** 2)) if len(errors) else 0.0


def position_half_widths(
    given: BandInput, other: Floats, multiplier: float = MULTIPLIER
) -> Floats:
    """Return the half width of each position's own band, in money, shape (n,).

    ``other`` (n,) is what other factors' open moves do to each position, in money.
    """
    v = given.value
    variance = v**2 * (
        given.dispersion**2
        + (given.beta_sd * given.market) ** 2
        + given.mapping_sd**2
        + np.sum((given.sensitivities * given.shock_errors) ** 2, axis=1)
    )
    widths: Floats = multiplier * np.sqrt(variance + other**2)
    return widths


def bounded(low: Floats, high: Floats, value: Floats) -> tuple[Floats, Floats]:
    """Keep a band within what a position can do: no price falls below zero.

    A long position loses its value at most, a short one gains it at most.
    """
    return (
        np.where(value > 0, np.maximum(low, -value), low),
        np.where(value < 0, np.minimum(high, -value), high),
    )

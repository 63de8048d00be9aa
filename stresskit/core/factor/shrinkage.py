"""Segment shocks: capped means, then two-level empirical-Bayes shrinkage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

NU0 = 4.0
TAU_FLOOR = 0.005
TAU_FEW_LEAVES = 0.05
WIDEST_TAU2 = 4.0


@dataclass(frozen=True)
class Shrunk:
    """Shrunk leaf shocks; arrays have shape (K,) unless said otherwise.

    ``theta`` and ``sd`` are the posterior means and standard deviations,
    ``shrinkage`` the share B pulled to the group, ``tau2`` and ``omega2`` the
    between-leaf and between-group variances, ``group_means`` (G,) and ``root``
    what the leaves and the groups are pulled to.
    """

    theta: Floats
    sd: Floats
    shrinkage: Floats
    variance: Floats
    tau2: float
    omega2: float
    group_means: Floats
    root: float


def moderated_variances(
    counts: Floats, sds: Floats, nu0: float = NU0
) -> tuple[Floats, float]:
    """Moderate the within-leaf variances of small leaves towards the pool.

    ``s_p^2 = sum (n-1) sd^2 / sum (n-1)``;
    ``s_k^2 = (nu0 s_p^2 + (n-1) sd^2) / (nu0 + n - 1)``.

    Parameters
    ----------
    counts, sds
        Shape (K,): members and their standard deviation (ddof 1; ignored for
        n <= 1).

    Notes
    -----
    Source: Smyth (2004), SAGMB 3.
    """
    freedom = np.maximum(counts - 1, 0.0)
    sd2 = np.where(freedom > 0, np.nan_to_num(sds) ** 2, 0.0)
    total = float(np.sum(freedom))
    # One member everywhere says nothing of spread: the assumed one stands in.
    pooled = float(np.sum(freedom * sd2)) / total if total else TAU_FEW_LEAVES**2
    return (nu0 * pooled + freedom * sd2) / (nu0 + freedom), pooled


def paule_mandel(
    values: Floats, variances: Floats, groups: Ints, freedom: int
) -> float:
    """Find the between variance at which the weighted spread is what it should be.

    The root of ``sum (f - mu_g)^2 / (v + tau^2) = freedom`` with mu_g the
    precision-weighted mean of each group; 0 if even tau = 0 spreads too little.

    Notes
    -----
    Source: Paule and Mandel (1982). The left side falls in tau^2, so bisection
    by scipy's brentq finds the one root there is.
    """

    def spread(tau2: float) -> float:
        weights = 1.0 / (variances + tau2)
        sums = np.bincount(groups, weights)
        means = np.bincount(groups, weights * values) / np.where(sums > 0, sums, 1.0)
        return float(np.sum(weights * (values - means[groups]) ** 2)) - freedom

    if freedom <= 0 or spread(0.0) <= 0:
        return 0.0
    from scipy.optimize import brentq

    return float(brentq(spread, 0.0, WIDEST_TAU2, xtol=1e-16, rtol=1e-14))


def shrink(
    raw: Floats, counts: Floats, variance: Floats, groups: Ints, *, floor: bool = True
) -> Shrunk:
    """Shrink leaf shocks to their group and groups to the root.

    ``B_k = v_k/(v_k + tau^2)``, ``theta_k = mu~_g + (1 - B_k)(f_k - mu~_g)``,
    ``Var = (1 - B_k) v_k + B_k^2 U_g``; groups the same way with omega^2.
    A leaf without members (count 0) takes its group's value, a group without any
    the root's.

    Parameters
    ----------
    raw
        Shape (K,), raw leaf shocks, decimals; ignored where the count is 0.
    counts
        Shape (K,), members.
    variance
        Shape (K,), sampling variance ``v_k`` of each raw shock.
    groups
        Shape (K,), group number from 0 without gaps.
    floor
        Keep tau at 0.5% at least (5% where fewer than four degrees of freedom);
        False gives the bare estimate.

    Notes
    -----
    Source: Efron and Morris (1975), Morris (1983), Paule and Mandel (1982).
    """
    have = counts > 0
    f, v, g = raw[have], variance[have], groups[have]
    n_groups = int(groups.max()) + 1
    present = np.unique(g)
    few = len(f) - len(present) < 4
    tau2 = TAU_FEW_LEAVES**2 if few and floor else 0.0
    if not (few and floor):
        tau2 = paule_mandel(f, v, g, len(f) - len(present))
    if floor:
        tau2 = max(tau2, TAU_FLOOR**2)
    precision = 1.0 / (v + tau2)
    sums = np.bincount(g, precision, minlength=n_groups)
    safe = np.where(sums > 0, sums, 1.0)
    means = np.bincount(g, precision * f, minlength=n_groups) / safe
    spread = 1.0 / safe
    mu, u, omega2, root = _shrink_groups(means, spread, present, n_groups)
    b = np.ones_like(raw)
    b[have] = v / (v + tau2)
    filled = np.where(have, np.nan_to_num(raw), 0.0)
    theta = mu[groups] + (1 - b) * (filled - mu[groups])
    v_all = np.where(have, variance, 0.0)
    var = np.where(have, (1 - b) * v_all + b**2 * u[groups], tau2 + u[groups])
    return Shrunk(
        theta=theta,
        sd=np.sqrt(var),
        shrinkage=b,
        variance=np.where(have, variance, np.nan),
        tau2=tau2,
        omega2=omega2,
        group_means=mu,
        root=root,
    )


def _shrink_groups(
    means: Floats, spread: Floats, present: Ints, n_groups: int
) -> tuple[Floats, Floats, float, float]:
    """Shrink the group means to the root; with fewer than three they stay."""
    mu, u = means.copy(), spread.copy()
    m, v = means[present], spread[present]
    if len(present) < 3:
        root = float(np.average(m, weights=1.0 / v))
        omega2 = 0.0
        extra = float(np.var(m)) if len(m) > 1 else 0.0
        missing = np.setdiff1d(np.arange(n_groups), present)
        mu[missing], u[missing] = root, float(np.mean(v)) + extra
        return mu, u, omega2, root
    one = np.zeros(len(m), dtype=np.int64)
    omega2 = paule_mandel(m, v, one, len(m) - 1)
    precision = 1.0 / (v + omega2)
    root = float(np.sum(precision * m) / np.sum(precision))
    root_var = 1.0 / float(np.sum(precision))
    b = v / (v + omega2)
    mu[:], u[:] = root, omega2 + root_var
    mu[present] = m + b * (root - m)
    u[present] = (1 - b) * v + b**2 * root_var
    return mu, u, omega2, root

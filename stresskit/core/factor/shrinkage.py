"""Segment shocks pulled to their group, groups to the root: empirical Bayes.

Every function works on one estimate, arrays of shape (K,), or on B at once, (B, K):
leaving each security out in turn is one call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

NU0 = 4.0
TAU_FLOOR = 0.005
TAU_FEW_LEAVES = 0.05
# Newton doubles a root of 1e-14 up to one of 1 in under fifty steps.
STEPS = 200


@dataclass(frozen=True)
class Shrunk:
    """Shrunk leaf shocks; arrays have shape (..., K) unless said otherwise.

    ``theta`` and ``sd`` are the posterior means and standard deviations,
    ``shrinkage`` the share B pulled to the group, ``variance`` the sampling
    variance given, ``tau2`` and ``omega2`` (...) the between-leaf and between-group
    variances, ``group_means`` (..., G) and ``root`` (...) what the leaves and the
    groups are pulled to.
    """

    theta: Floats
    sd: Floats
    shrinkage: Floats
    variance: Floats
    tau2: Floats
    omega2: Floats
    group_means: Floats
    root: Floats


def moderated_variances(
    counts: Floats, sds: Floats, nu0: float = NU0
) -> tuple[Floats, Floats]:
    """Moderate the within-leaf variances of small leaves towards the pool.

    ``s_p^2 = sum (n-1) sd^2 / sum (n-1)``;
    ``s_k^2 = (nu0 s_p^2 + (n-1) sd^2) / (nu0 + n - 1)``.

    Parameters
    ----------
    counts, sds
        Shape (..., K): members and their standard deviation (ddof 1; ignored for
        n <= 1).

    Returns
    -------
    tuple
        The moderated variances (..., K) and the pooled one (...).

    Notes
    -----
    Source: Smyth (2004), SAGMB 3.
    """
    freedom = np.maximum(counts - 1, 0.0)
    sd2 = np.where(freedom > 0, np.nan_to_num(sds) ** 2, 0.0)
    total = freedom.sum(axis=-1)
    # One member everywhere says nothing of spread: the assumed one stands in.
    pooled = np.where(
        total > 0,
        (freedom * sd2).sum(axis=-1) / np.where(total > 0, total, 1.0),
        TAU_FEW_LEAVES**2,
    )
    moderated = (nu0 * pooled[..., None] + freedom * sd2) / (nu0 + freedom)
    return moderated, pooled


def paule_mandel(
    values: Floats,
    variances: Floats,
    groups: Ints,
    freedom: int | Ints,
    have: Bools | None = None,
) -> Floats:
    """Find the between variance at which the weighted spread is what it should be.

    The root of ``sum (f - mu_g)^2 / (v + tau^2) = freedom`` with mu_g the
    precision-weighted mean of each group; 0 if even tau = 0 spreads too little.

    Parameters
    ----------
    values, variances
        Shape (..., K), f and v.
    groups
        Shape (K,), group number from 0.
    freedom
        Shape (...), what the spread should be; 0 or less gives 0.
    have
        Shape (..., K), which values count; all by default.

    Notes
    -----
    Source: Paule and Mandel (1982). The left side falls in tau^2, so Newton from 0
    rises to the one root there is (DerSimonian and Kacker 2007).
    """
    here = np.ones(values.shape, dtype=bool) if have is None else have
    onehot = np.eye(int(groups.max()) + 1)[groups]
    wanted = np.asarray(freedom, dtype=np.float64)
    tau2: Floats = np.zeros(values.shape[:-1])
    for _ in range(STEPS):
        w = here / (variances + tau2[..., None])
        sums = w @ onehot
        means = (w * values) @ onehot / np.where(sums > 0, sums, 1.0)
        squares = (values - means[..., groups]) ** 2
        spread, slope = (w * squares).sum(axis=-1), (w**2 * squares).sum(axis=-1)
        active = (wanted > 0) & (slope > 0)
        step = np.where(active, (spread - wanted) / np.where(active, slope, 1.0), 0.0)
        following = np.maximum(tau2 + step, 0.0)
        if np.all(np.abs(following - tau2) <= 1e-14 * following):
            break
        tau2 = following
    return tau2


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
        Shape (..., K), raw leaf shocks, decimals; ignored where the count is 0.
    counts
        Shape (..., K), members.
    variance
        Shape (..., K), sampling variance ``v_k`` of each raw shock.
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
    onehot = np.eye(int(groups.max()) + 1)[groups]
    f = np.where(have, np.nan_to_num(raw), 0.0)
    v = np.where(have, np.nan_to_num(variance), 1.0)
    present = have @ onehot > 0
    freedom = have.sum(axis=-1) - present.sum(axis=-1)
    tau2 = paule_mandel(f, v, groups, freedom, have)
    if floor:
        tau2 = np.where(freedom < 4, TAU_FEW_LEAVES**2, np.maximum(tau2, TAU_FLOOR**2))
    precision = have / (v + tau2[..., None])
    sums = precision @ onehot
    safe = np.where(sums > 0, sums, 1.0)
    means = (precision * f) @ onehot / safe
    mu, u, omega2, root = _shrink_groups(means, 1.0 / safe, present)
    b = np.where(have, v / (v + tau2[..., None]), 1.0)
    pull, spread = mu[..., groups], u[..., groups]
    known = (1 - b) * v + b**2 * spread
    return Shrunk(
        theta=pull + (1 - b) * (f - pull),
        sd=np.sqrt(np.where(have, known, tau2[..., None] + spread)),
        shrinkage=b,
        variance=np.where(have, variance, np.nan),
        tau2=tau2,
        omega2=omega2,
        group_means=mu,
        root=root,
    )


def _shrink_groups(
    means: Floats, spread: Floats, present: Bools
) -> tuple[Floats, Floats, Floats, Floats]:
    """Shrink the group means to the root; with fewer than three they stay."""
    n = present.sum(axis=-1)
    few = n < 3
    one = np.zeros(means.shape[-1], dtype=np.int64)
    omega2 = np.where(few, 0.0, paule_mandel(means, spread, one, n - 1, present))
    precision = present / (spread + omega2[..., None])
    total = precision.sum(axis=-1)
    root = (precision * means).sum(axis=-1) / total
    # What a group without members may differ by: as much as the others do.
    centre = (present * means).sum(axis=-1) / n
    around = (present * (means - centre[..., None]) ** 2).sum(axis=-1) / n
    average = (present * spread).sum(axis=-1) / n
    unseen = np.where(few, average + around, omega2 + 1.0 / total)
    b = np.where(few[..., None], 0.0, spread / (spread + omega2[..., None]))
    pulled = means + b * (root[..., None] - means)
    var = (1 - b) * spread + b**2 / total[..., None]
    mu = np.where(present, pulled, root[..., None])
    return mu, np.where(present, var, unseen[..., None]), omega2, root

"""Segment shocks in two steps: means of members, then all stocks at once.

The mean of a segment's members says what they did; but members differ in how much of
the segment's move they take, and every other stock takes some of it too. The second
step asks what a unit of sensitivity earned on the day, with the first as its prior.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.factor.leaves import (
    MAPPED_VARIANCE,
    LeafMeans,
    Leaves,
    leaf_means,
    members_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Stocks:
    """The N stocks an event is estimated on.

    ``tags`` (N, K) are fractions of the business, ``sensitivities`` (N, K) how much
    of each segment's move a stock takes, ``theme`` (N,) marks those with a part in
    the theme, ``mapped`` (N,) observations that enter only where a leaf has no
    member, ``lines`` (N,) 1 over the lines of the same issuer, ``weights`` (N,)
    what each counts for besides (1 by default everywhere).
    """

    tags: Floats
    sensitivities: Floats
    theme: Bools
    mapped: Bools
    lines: Floats
    weights: Floats
    leaves: Leaves


@dataclass(frozen=True)
class SegmentShocks:
    """The shocks of an event; arrays of shape (..., K).

    ``means`` is the first step; ``theta`` and ``sd`` are the shocks used and their
    standard errors.
    """

    means: LeafMeans
    theta: Floats
    sd: Floats


def segment_shocks(
    abnormal: Floats, stocks: Stocks, keep: Floats | None = None
) -> SegmentShocks:
    """Estimate the shocks of all segments.

    ``theta = (X'WX + D)^-1 (X'Wy + D t)``, ``V = (X'WX + D)^-1`` with X the
    sensitivities, W one over the residual variance of theme and other stocks, t the
    shrunk means of the first step and D one over their variance, diagonal.

    Parameters
    ----------
    abnormal
        Shape (N,), abnormal event returns, decimals.
    stocks
        Where the N stocks stand.
    keep
        Shape (B, N), 1 for the stocks of each of B estimates; all in one by default.

    Notes
    -----
    The regression of Fama and MacBeth (1973) on sensitivities known before the
    event, with a normal prior (Lindley and Smith 1972). The prior comes from the
    same day, so V is a little too small; what that costs is measured by leaving
    whole portfolios out (``stresskit validate``).
    """

    def means_of(kept: Floats | None) -> LeafMeans:
        weights = stocks.lines * stocks.weights
        args = abnormal, stocks.tags, stocks.leaves, weights
        return leaf_means(*args, mapped=stocks.mapped, keep=kept)

    means = means_of(keep)
    first = means if keep is None else means_of(None)
    x, w = stocks.sensitivities, _weights(abnormal, stocks, first.shrunk.theta)
    n, k = x.shape
    kept = np.ones((1, n)) if keep is None else keep
    squares = (x[:, :, None] * x[:, None, :]).reshape(n, k * k)
    precision = ((kept * w) @ squares).reshape(len(kept), k, k)
    prior = np.reshape(1.0 / means.shrunk.sd**2, (-1, k))
    diagonal = np.arange(k)
    precision[:, diagonal, diagonal] += prior
    right = (kept * w * abnormal) @ x + prior * np.reshape(means.shrunk.theta, (-1, k))
    covariance = np.linalg.inv(precision)
    theta = np.einsum("bkl,bl->bk", covariance, right)
    sd = np.sqrt(covariance[:, diagonal, diagonal])
    if keep is None:
        theta, sd = theta[0], sd[0]
    return SegmentShocks(means, theta, sd)


def _weights(abnormal: Floats, stocks: Stocks, theta: Floats) -> Floats:
    """Return one over the residual variance of each stock's class, (N,).

    A mapped observation counts only for a segment without other members, and a
    quarter there.
    """
    left = abnormal - stocks.sensitivities @ theta
    weights = np.zeros(len(abnormal))
    for theme in (True, False):
        chosen = (stocks.theme == theme) & ~stocks.mapped
        used = int(np.sum(stocks.leaves.theme == theme))
        if chosen.any():
            # As many parameters as segments; half of the stocks at most.
            freedom = max(chosen.sum() - used, 0.5 * chosen.sum())
            variance = float(np.sum(left[chosen] ** 2)) / freedom
            weights[chosen] = 1.0 / max(variance, 1e-12)
    member = members_of(stocks.tags, stocks.leaves)
    empty = member[~stocks.mapped].sum(axis=0) == 0
    alone = stocks.mapped & (member[:, empty].sum(axis=1) > 0)
    if alone.any():
        usual = weights[stocks.theme & ~stocks.mapped]
        weights[alone] = (usual[0] if usual.size else 1.0) / MAPPED_VARIANCE
    return weights * stocks.lines * stocks.weights

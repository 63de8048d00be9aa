"""The event day as a cross-section: returns regressed on fractions of a business."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST_EFFECTIVE, LARGEST_CONDITION, LARGEST_VIF = 2.0, 30.0, 10.0
CAP = 1 / 3


@dataclass(frozen=True)
class CrossSection:
    """A weighted regression of N returns on K segments.

    ``shocks``, ``standard_error`` and ``robust_error`` (HC3; NaN where it rests on an
    only member) have shape (K,),
    ``leverage`` and ``left_out`` (the prediction of each without itself, NaN for a
    segment's only member) (N,);
    ``variance_ratio`` is lambda^2, the residual variance over the one the weights
    expect.
    """

    shocks: Floats
    standard_error: Floats
    robust_error: Floats
    leverage: Floats
    left_out: Floats
    variance_ratio: float


@dataclass(frozen=True)
class Identification:
    """Can the segments be told apart? Effective size and VIF (K,), condition."""

    effective: Floats
    vif: Floats
    condition: float

    @property
    def weak(self) -> NDArray[np.bool_]:
        """Segments that should be merged into their parent, shape (K,)."""
        found: NDArray[np.bool_] = (self.effective < LEAST_EFFECTIVE) | (
            self.vif > LARGEST_VIF
        )
        return found


def cross_section(y: Floats, x: Floats, weights: Floats) -> CrossSection:
    """Regress abnormal returns on fractions, rows of x summing to 1, no intercept.

    ``f = (X'WX)^-1 X'W y``; ``lambda^2 = u'Wu / (N - K)``;
    ``V = lambda^2 (X'WX)^-1``; ``H = X (X'WX)^-1 X'W``;
    leave-one-out ``y - u / (1 - h)``.

    Parameters
    ----------
    y
        Shape (N,), abnormal returns, decimals.
    x
        Shape (N, K).
    weights
        Shape (N,).

    Raises
    ------
    ValueError
        If the segments cannot be told apart (X'WX is singular).

    Notes
    -----
    Source: Fama and MacBeth (1973); Sefcik and Thompson (1986). HC3 of MacKinnon
    and White (1985).
    """
    root = np.sqrt(weights)[:, None] * x
    length = np.linalg.norm(root, axis=0)
    if np.any(length == 0) or np.linalg.matrix_rank(root / length) < x.shape[1]:
        raise ValueError("the segments cannot be told apart")
    inverse = np.linalg.inv(x.T @ (x * weights[:, None]))
    hat = x @ inverse
    f = inverse @ (x.T @ (weights * y))
    u = y - x @ f
    h = np.sum(hat * x, axis=1) * weights
    ratio = float(np.sum(weights * u**2)) / (len(y) - x.shape[1])
    # The only member of a segment is fitted exactly: nothing predicts it.
    alone = h > 1.0 - 1e-9
    spare = np.where(alone, 1.0, 1.0 - h)
    scaled = weights * u / spare
    meat = x.T @ (x * (scaled**2)[:, None])
    robust = np.sqrt(np.diag(inverse @ meat @ inverse))
    return CrossSection(
        shocks=f,
        standard_error=np.sqrt(ratio * np.diag(inverse)),
        robust_error=np.where(alone @ x > 0, np.nan, robust),
        leverage=h,
        left_out=np.where(alone, np.nan, y - u / spare),
        variance_ratio=ratio,
    )


def identification(x: Floats, weights: Floats) -> Identification:
    """Say how well the columns of X can be told apart.

    ``n_k = (sum w x)^2 / sum (w x)^2``; condition number and variance inflation of
    ``W^(1/2) X`` with columns of length 1.
    """
    wx = weights[:, None] * x
    squares = np.sum(wx**2, axis=0)
    safe = np.where(squares > 0, squares, 1.0)
    effective = np.where(squares > 0, wx.sum(axis=0) ** 2 / safe, 0.0)
    root = np.sqrt(weights)[:, None] * x
    length = np.linalg.norm(root, axis=0)
    scaled = root[:, length > 0] / length[length > 0]
    values = np.linalg.svd(scaled, compute_uv=False)
    vif = np.full(x.shape[1], np.inf)
    regular = values[-1] > len(scaled) * np.finfo(float).eps * values[0]
    if regular:
        vif[length > 0] = np.diag(np.linalg.inv(scaled.T @ scaled))
    condition = float(values[0] / values[-1]) if regular else np.inf
    return Identification(effective, vif, condition)


def capped(weights: Floats, cap: float = CAP) -> Floats:
    """Scale the columns of weights (N, K) to sum 1, none above the cap.

    What is cut goes to the others in proportion, until nothing is above; columns
    with fewer members than the cap needs become equal.

    Examples
    --------
    >>> capped(np.array([[8.0], [1.0], [1.0], [2.0]])).round(6).ravel().tolist()
    [0.333333, 0.166667, 0.166667, 0.333333]
    """
    total = weights.sum(axis=0)
    share = weights / np.where(total > 0, total, 1.0)
    n = np.sum(weights > 0, axis=0)
    limit = np.maximum(cap, 1.0 / np.maximum(n, 1))
    fixed = np.zeros(weights.shape, dtype=bool)
    for _ in range(len(weights)):
        above = (share > limit + 1e-12) & ~fixed
        if not above.any():
            break
        fixed |= above
        free = np.where(fixed, 0.0, weights)
        left = 1.0 - np.where(fixed, limit, 0.0).sum(axis=0)
        scale = left / np.where(free.sum(axis=0) > 0, free.sum(axis=0), 1.0)
        share = np.where(fixed, limit, free * scale)
    return share

"""Scores of predictions: error, R2, slope, rank, sign, coverage, resampling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stresskit.model import Score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

LEVEL = 0.90
RESAMPLES = 2000
SEED = 20250127


def score(method: str, realised: Floats, predicted: Floats) -> Score:
    """Score predictions of n returns, both of shape (n,), decimals.

    Examples
    --------
    >>> s = score("x", np.array([-0.2, -0.1, 0.0]), np.array([-0.1, -0.1, -0.1]))
    >>> round(s.mae, 6), s.r2, s.slope
    (0.066667, 0.0, None)
    """
    error = realised - predicted
    whole = float(np.sum((realised - realised.mean()) ** 2))
    same = float(np.ptp(predicted)) <= 1e-15
    still = float(np.ptp(realised)) <= 1e-15
    large = np.abs(realised) > np.std(realised)
    return Score(
        method=method,
        n=len(realised),
        mae=float(np.mean(np.abs(error))),
        rmse=float(np.sqrt(np.mean(error**2))),
        r2=None if still else 1.0 - float(error @ error) / whole,
        slope=None if same else _slope(predicted, realised),
        rank=None if same or still else spearman(predicted, realised),
        sign_hits=int(np.sum(large & (np.sign(predicted) == np.sign(realised)))),
        sign_tried=int(np.sum(large)),
    )


def _slope(x: Floats, y: Floats) -> float:
    centred = x - x.mean()
    return float(centred @ y / (centred @ centred))


def spearman(x: Floats, y: Floats) -> float:
    """Return the rank correlation, ties given their mean rank."""
    from scipy.stats import rankdata

    return float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])


def interval_score(realised: Floats, low: Floats, high: Floats) -> float:
    """Return the mean Winkler score of 90% intervals: small is good.

    ``(high - low) + 2/0.10 * (low - y)`` below, the same above.

    Examples
    --------
    >>> one = np.array
    >>> round(interval_score(one([-0.2]), one([-0.1]), one([0.1])), 6)
    2.2
    """
    alpha = 1.0 - LEVEL
    below, above = np.maximum(low - realised, 0), np.maximum(realised - high, 0)
    return float(np.mean(high - low + 2.0 / alpha * (below + above)))


def gain_interval(
    model_errors: Floats, other_errors: Floats, clusters: Ints
) -> tuple[float, float, float]:
    """Return how much smaller the model's mean absolute error is, with 90% limits.

    Whole clusters (segments) are drawn again, 2000 times with a fixed seed: errors
    inside a segment move together.

    Parameters
    ----------
    model_errors, other_errors
        Shape (n,), absolute errors.
    clusters
        Shape (n,), the number of each one's segment.
    """
    difference = other_errors - model_errors
    _, numbers = np.unique(clusters, return_inverse=True)
    sums, counts = np.bincount(numbers, difference), np.bincount(numbers)
    rng = np.random.default_rng(SEED)
    drawn = rng.integers(0, len(sums), (RESAMPLES, len(sums)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(difference.mean()), float(low), float(high)

"""The event as a pattern over segments: how much of it another day shows, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Likeness:
    """How much of a pattern other days show.

    ``severity`` 1 is the event itself, ``similarity`` 1 the same direction,
    whatever the size; ``standard_error`` that of the severity, with meaning only
    where a covariance was given.
    """

    severity: Floats
    similarity: Floats
    standard_error: float


def likeness(theta: Floats, days: Floats, covariance: Floats | None = None) -> Likeness:
    """Project days on the event's pattern.

    ``s_t = theta' S^-1 f_t / theta' S^-1 theta``, ``se = (theta' S^-1 theta)^-1/2``,
    ``similarity = theta' S^-1 f_t / sqrt(theta' S^-1 theta  f_t' S^-1 f_t)``.

    Parameters
    ----------
    theta
        Shape (K,), the event's shocks, decimals.
    days
        Shape (T, K), abnormal segment returns of other days.
    covariance
        Shape (K, K), S; the identity by default (least squares): with two dozen
        correlated segments the inverse of a covariance is fragile.

    Notes
    -----
    A day without any move has severity 0 and similarity 0.
    """
    s = np.eye(len(theta)) if covariance is None else covariance
    turned = np.linalg.solve(s, theta)
    size = float(theta @ turned)
    along = days @ turned
    squares = np.einsum("tk,tk->t", days, np.linalg.solve(s, days.T).T)
    scale = np.sqrt(size * squares)
    similarity = np.where(scale > 0, along / np.where(scale > 0, scale, 1.0), 0.0)
    return Likeness(along / size, similarity, size**-0.5)


def shrunk_covariance(days: Floats) -> Floats:
    """Return the covariance of daily returns (T, K), shrunk towards a scaled unit.

    The returns are taken about zero: a day's mean is nothing beside its move.

    Notes
    -----
    Source: Ledoit and Wolf (2004), JMVA 88, by scikit-learn.
    """
    from sklearn.covariance import ledoit_wolf

    found: Floats = ledoit_wolf(np.nan_to_num(days), assume_centered=True)[0]
    return found


def distances(days: Floats, covariance: Floats) -> Floats:
    """Return the Mahalanobis distance of each day, ``sqrt(f' S^-1 f)``, (T,)."""
    squares = np.einsum("tk,tk->t", days, np.linalg.solve(covariance, days.T).T)
    result: Floats = np.sqrt(squares)
    return result


@dataclass(frozen=True)
class Explained:
    """Narrative drivers behind the shocks: ``value`` and ``error`` (D,), R2."""

    value: Floats
    error: Floats
    r2: float


def explain(theta: Floats, loadings: Floats, variance: Floats) -> Explained:
    """Explain shocks by narrative drivers.

    ``d = (Z' V^-1 Z)^-1 Z' V^-1 theta``; R2 is weighted the same way, about zero.
    The errors are those of V, widened where the shocks differ by more than V from
    what the drivers give: times ``sqrt(max(1, sum (theta - Z d)^2 / v / (K - D)))``.

    Parameters
    ----------
    theta
        Shape (K,), shocks.
    loadings
        Shape (K, D), Z: how each segment is read to respond to each driver.
    variance
        Shape (K,), V: the variance of each shock.

    Raises
    ------
    ValueError
        If the drivers cannot be told apart.

    Examples
    --------
    >>> z = np.array([[-1.0, 0.0], [0.0, 1.0], [-1.0, 1.0]])
    >>> found = explain(np.array([-0.2, 0.05, -0.15]), z, np.ones(3))
    >>> found.value.round(6).tolist(), round(found.r2, 6)
    ([0.2, 0.05], 1.0)
    """
    weighted = loadings / variance[:, None]
    cross = loadings.T @ weighted
    if np.linalg.matrix_rank(cross) < len(cross):
        raise ValueError("the narrative drivers cannot be told apart")
    inverse = np.linalg.inv(cross)
    value = inverse @ (weighted.T @ theta)
    left = theta - loadings @ value
    misfit = float(np.sum(left**2 / variance)) / max(len(theta) - len(value), 1)
    error = np.sqrt(max(misfit, 1.0) * np.diag(inverse))
    whole = float(np.sum(theta**2 / variance))
    share = 1.0 - float(np.sum(left**2 / variance)) / whole if whole else 1.0
    return Explained(value, error, share)


def retold(theta: Floats, loadings: Floats, value: Floats, scale: Floats) -> Floats:
    """Return the shocks with the drivers scaled and what they leave kept.

    ``theta + Z ((scale - 1) * d)``: all scales 1 give the shocks themselves.

    Parameters
    ----------
    scale
        Shape (D,), what each driver is multiplied by.
    """
    result: Floats = theta + loadings @ ((scale - 1.0) * value)
    return result

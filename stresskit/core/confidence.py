"""How much of what could be not known about a holding is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Lambda, the standard deviation of a sensitivity, where nothing is known.
KNOWING_NOTHING = 0.45
# The same of a fund that is placed by its own returns.
PRIOR_SD_OF_FUNDS = 0.10
# Half of the distance between the 5th and the 95th percentile, in standard
# deviations of a normal distribution.
NORMAL_90 = 1.6448536269514722
GREEN, AMBER = 0.8, 0.6
Light = Literal["green", "amber", "red"]


def confidence_of(prior_sd: float) -> float:
    """Return ``C = 1 - lambda / 0.45``, the confidence of a source by itself.

    The general form is that of :func:`confidence`; with ``S = lambda^2 I`` the
    shocks cancel.

    Examples
    --------
    >>> round(confidence_of(0.05), 3), confidence_of(0.45)
    (0.889, 0.0)
    """
    return min(max(1.0 - prior_sd / KNOWING_NOTHING, 0.0), 1.0)


def confidence(shocks: Floats, covariance: Floats) -> Floats:
    """Return the share of the relevant uncertainty that evidence has removed.

    ``C_i = 1 - sqrt(theta' S_i theta) / (0.45 sqrt(theta' theta))``, within 0 and 1:
    not knowing a sensitivity to a segment that does not move costs nothing.

    Parameters
    ----------
    shocks
        Shape (K,), theta, abnormal segment returns, decimals.
    covariance
        Shape (N, K, K), S, posterior covariance of each holding's sensitivities.

    Examples
    --------
    >>> confidence(np.array([-0.1, 0.0]), np.diag([0.09**2, 0.4**2])[None]).tolist()
    [0.8]
    """
    left = np.sqrt(np.einsum("j,njk,k->n", shocks, covariance, shocks))
    most = KNOWING_NOTHING * np.sqrt(shocks @ shocks)
    found: Floats = np.clip(1.0 - left / most, 0.0, 1.0) if most else np.ones(len(left))
    return np.round(found, 12)


def covered_share(weights: Floats, confidences: Floats) -> float:
    """Return ``sum |w_i| C_i / sum |w_i|``; 1 where there is nothing.

    Examples
    --------
    >>> covered_share(np.array([3.0, -1.0]), np.array([0.75, 0.25]))
    0.625
    """
    size = np.abs(weights)
    total = float(size.sum())
    return float(size @ confidences) / total if total else 1.0


def light_of(share: float) -> Light:
    """Return green from 80%, amber from 60%, else red."""
    return "green" if share >= GREEN else "amber" if share >= AMBER else "red"

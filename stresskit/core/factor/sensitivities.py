"""How much of each segment's move a security takes: ridge towards a prior.

Two matrices are kept apart: the description (fractions of the business, sum 1)
is what a client reads; the sensitivities found here are what P&L uses, and their
sum is free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NOISE_SHARE = 0.8
ROW_SUM_CAP = 2.0


def prior_ridge(
    returns: Floats,
    factors: Floats,
    prior: Floats,
    prior_sd: float,
    *,
    signed: bool = False,
) -> Floats:
    """Update prior sensitivities with the evidence of daily returns.

    Minimise ``||r - F x||^2/s^2 + ||x - x0||^2/lambda^2``, with ``x >= 0`` and
    ``sum x <= 2`` unless signed, and ``s = 0.8 sd(r)``.

    Parameters
    ----------
    returns
        Shape (T,), the security's returns net of beta times the market, demeaned.
    factors
        Shape (T, K), segment returns net of the same, without the security itself.
    prior
        Shape (K,), x0.
    prior_sd
        lambda, the same for every segment.
    signed
        Allow negative sensitivities (securities outside the theme; funds).

    Returns
    -------
    Floats
        Shape (K,).

    Notes
    -----
    Bayesian linear model with a normal prior; non-negativity by stacked-row NNLS
    (Lawson and Hanson 1974). Hoerl and Kennard (1970) for the ridge.
    """
    s = NOISE_SHARE * float(np.std(returns, ddof=1))
    if not s > 0:
        return prior.copy()
    if signed:
        precision = factors.T @ factors / s**2 + np.eye(len(prior)) / prior_sd**2
        right = factors.T @ returns / s**2 + prior / prior_sd**2
        return np.asarray(np.linalg.solve(precision, right), dtype=np.float64)
    from scipy.optimize import nnls

    rows = np.vstack([factors / s, np.eye(len(prior)) / prior_sd])
    target = np.concatenate([returns / s, prior / prior_sd])
    found = np.asarray(nnls(rows, target)[0], dtype=np.float64)
    over = max(1.0, float(found.sum()) / ROW_SUM_CAP)
    capped: Floats = found / over
    return capped

"""How much of each segment's move a security takes: ridge towards a prior.

Two matrices are kept apart: the description (fractions of the business, sum 1)
is what a client reads; the sensitivities found here are what P&L uses, and their
sum is free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

NOISE_SHARE = 0.8
ROW_SUM_CAP = 2.0
# Published with four decimals.
SWEEPS, SETTLED = 2000, 1e-10


class NormalEquations(NamedTuple):
    """``A x = b`` of N securities: ``precision`` (N, K, K) is A, ``right`` (N, K) b.

    ``evidence`` (N, K, K) is ``F'F/s^2``, A without the prior; ``moves`` (N,) marks
    securities whose returns are not all the same.
    """

    precision: Floats
    right: Floats
    evidence: Floats
    moves: Bools


def normal_equations(
    returns: Floats, factors: Floats, prior: Floats, prior_sd: Floats
) -> NormalEquations:
    """Return ``A = F'F/s^2 + 1/lambda^2`` and ``b = F'r/s^2 + x0/lambda^2``.

    The posterior covariance of the sensitivities is the inverse of A. Parameters are
    those of :func:`prior_ridge`.
    """
    seen = np.isfinite(returns)
    r = np.where(seen, returns, 0.0)
    f = np.where(seen[:, :, None], factors, 0.0)
    n = np.maximum(seen.sum(axis=1), 2)
    mean = r.sum(axis=1) / n
    square = np.sum(np.where(seen, (returns - mean[:, None]) ** 2, 0.0), axis=1)
    noise = NOISE_SHARE**2 * square / (n - 1)
    moves = noise > 0
    noise = np.where(moves, noise, 1.0)
    wide = prior_sd if prior_sd.ndim > 1 else prior_sd[:, None]
    ridge = np.broadcast_to(1.0 / wide**2, prior.shape)
    turned = f.transpose(0, 2, 1)
    evidence = turned @ f / noise[:, None, None]
    precision = evidence.copy()
    diagonal = np.arange(prior.shape[1])
    precision[:, diagonal, diagonal] += ridge
    right = (turned @ r[:, :, None])[:, :, 0] / noise[:, None] + ridge * prior
    return NormalEquations(precision, right, evidence, moves)


def prior_ridge(
    returns: Floats,
    factors: Floats,
    prior: Floats,
    prior_sd: Floats,
    *,
    signed: Bools,
) -> Floats:
    """Update prior sensitivities of N securities with the evidence of daily returns.

    Minimise ``||r - F x||^2/s^2 + ||x - x0||^2/lambda^2`` with ``s = 0.8 sd(r)``;
    unless signed with ``x >= 0``, and scaled back to a sum of 2 where it is larger.

    Parameters
    ----------
    returns
        Shape (N, T), each security's returns net of beta times the market,
        demeaned; NaN where there is none.
    factors
        Shape (N, T, K), segment returns net of the same, without the security
        itself, demeaned over its days; ignored on days without a return.
    prior
        Shape (N, K), x0.
    prior_sd
        Shape (N,), lambda, the same for every segment; or (N, K).
    signed
        Shape (N,), allow negative sensitivities (securities outside the theme;
        funds).

    Returns
    -------
    Floats
        Shape (N, K); the prior where the returns do not move.

    Notes
    -----
    Bayesian linear model with a normal prior; Hoerl and Kennard (1970) for the
    ridge. The non-negative form by cyclic coordinate descent on the normal
    equations, for all securities at once; it is strictly convex, so there is one
    answer (that of Lawson and Hanson 1974).
    """
    equations = normal_equations(returns, factors, prior, prior_sd)
    precision, right, moves = equations.precision, equations.right, equations.moves
    found = np.asarray(
        np.linalg.solve(precision, right[:, :, None])[:, :, 0], np.float64
    )
    bound = moves & ~signed
    if bound.any():
        found[bound] = _not_negative(precision[bound], right[bound], found[bound])
        over = found[bound].sum(axis=1, keepdims=True) / ROW_SUM_CAP
        found[bound] /= np.maximum(over, 1.0)
    result: Floats = np.where(moves[:, None], found, prior)
    return result


def _not_negative(precision: Floats, right: Floats, start: Floats) -> Floats:
    """Minimise ``x'Ax/2 - b'x`` over x >= 0 for many A at once."""
    x = np.maximum(start, 0.0)
    gradient = (precision @ x[:, :, None])[:, :, 0] - right
    curvature = np.einsum("nkk->nk", precision)
    for _ in range(SWEEPS):
        largest = 0.0
        for k in range(x.shape[1]):
            following = np.maximum(x[:, k] - gradient[:, k] / curvature[:, k], 0.0)
            step = following - x[:, k]
            gradient += precision[:, :, k] * step[:, None]
            x[:, k] = following
            largest = max(largest, float(np.max(np.abs(step))))
        if largest < SETTLED:
            break
    return x

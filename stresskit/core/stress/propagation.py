"""What a scenario of a few factors says about all the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stresskit.errors import ComputationError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

MOST_DRIVERS = 3
# Of correlations, so that it means the same in every unit: rounding is far below,
# and two drivers correlated at 0.9999 are still two.
SMALLEST_EIGENVALUE = 1e-8


@dataclass(frozen=True)
class Propagation:
    """The moves of P factors given those of C drivers, in the factors' own units.

    ``moves`` (P,) are the expected ones; ``loadings`` (P, C) move per unit of each
    driver; ``covariance`` (P, P) what stays uncertain; ``r2`` (P,) the share of
    the variance that the drivers explain; ``distance2`` the squared Mahalanobis
    distance of the drivers' shocks from no move.
    """

    moves: Floats
    loadings: Floats
    covariance: Floats
    r2: Floats
    distance2: float


def propagate(
    covariance: Floats, drivers: Sequence[int], shocks: Floats, others: Sequence[int]
) -> Propagation:
    """Return what the other factors are expected to do when the drivers move.

    ``B = S_pc S_cc^-1``, ``moves = B c``, ``S_p|c = S_pp - B S_cp``,
    ``r2 = diag(B S_cp) / diag(S_pp)``, ``d2 = c' S_cc^-1 c``; all means are zero.

    Parameters
    ----------
    covariance
        Shape (n, n), S of all factors, over the horizon of the shocks.
    drivers
        C indices c, one to three, each once.
    shocks
        Shape (C,), what the drivers do, signed, in their own units.
    others
        P indices p; one that is a driver too gets its shock back, known for sure.

    Raises
    ------
    InputError
        ``drivers``: none or more than three, one twice, no such factor, or not as
        many finite shocks.
    ComputationError
        ``covariance``: S is not square, not finite, not symmetric, has a factor that
        never moves, drivers that move as one, or no such joint moves exist.

    Notes
    -----
    Source: Kupiec (1998), Journal of Derivatives 6(1). Calculated with correlations:
    factors in percent and in basis points differ by orders of magnitude.

    Examples
    --------
    A share of volatility 2% and a spread of 10 bp, correlated at -0.5; the share
    falls by 8%, four standard deviations:

    >>> s = np.array([[0.0004, -0.1], [-0.1, 100.0]])
    >>> found = propagate(s, [0], np.array([-0.08]), [1])
    >>> found.moves.round(6).tolist(), found.r2.round(6).tolist()
    ([20.0], [0.25])
    >>> found.covariance.round(6).tolist(), round(found.distance2, 6)
    ([[75.0]], 16.0)
    """
    c, p = np.array(drivers, dtype=np.int64), np.array(others, dtype=np.int64)
    sd, correlation = _correlation(covariance)
    _check_drivers(c, shocks, len(sd))
    _check_positive(correlation, c)

    between = correlation[np.ix_(c, p)]
    loadings = np.linalg.solve(correlation[np.ix_(c, c)], between).T
    same = p[:, None] == c
    known = same.any(axis=1)
    # A solve leaves rounding where the answer is known.
    loadings[known] = same[known]
    # As R C R' no variance comes out below zero, which the plain difference allows.
    left = np.eye(len(sd))[p]
    left[:, c] -= loadings
    conditional = left @ correlation @ left.T
    scale = np.outer(sd[p], sd[p])
    standard = shocks / sd[c]
    own_units = loadings * sd[p][:, None] / sd[c]
    return Propagation(
        moves=own_units @ shocks,
        loadings=own_units,
        covariance=(conditional + conditional.T) / 2 * scale,
        r2=1.0 - np.diag(conditional),
        distance2=float(
            standard @ np.linalg.solve(correlation[np.ix_(c, c)], standard)
        ),
    )


def ledoit_wolf(returns: Floats) -> tuple[Floats, float]:
    """Return the shrunk covariance of daily moves and the share it is shrunk by.

    ``S* = D [(1 - a) C + a I] D`` with D the standard deviations, C the correlations
    of the moves about zero and a the share, from 0 to 1.

    Parameters
    ----------
    returns
        Shape (T, n), daily moves of n factors, each in its own unit.

    Raises
    ------
    ComputationError
        ``covariance``: fewer than two days, a move missing, or a factor that never
        moves.

    Notes
    -----
    Source: Ledoit and Wolf (2004), JMVA 88, by scikit-learn. Their target is one
    variance for all, which means nothing for factors in different units: the moves
    are standardised first and scaled back, so every variance stays as observed.

    Examples
    --------
    >>> days = np.array([[0.01, 3.0], [-0.02, -5.0], [0.03, 7.0], [-0.01, 1.0]])
    >>> s, share = ledoit_wolf(days)
    >>> np.diag(s).round(6).tolist(), 0 < share < 1
    ([0.000375, 21.0], True)
    """
    missing = int(np.sum(~np.isfinite(returns)))
    if len(returns) < 2 or missing:
        raise _no_covariance(
            f"{len(returns)} days with {missing} moves missing give no covariance.",
            "Give two or more days on which every factor has a move.",
        )
    sd = np.sqrt(np.mean(returns**2, axis=0))
    if not sd.all():
        raise _still(int(np.argmin(sd)))
    from sklearn import covariance

    shrunk, share = covariance.ledoit_wolf(returns / sd, assume_centered=True)
    return shrunk * np.outer(sd, sd), float(share)


def _correlation(covariance: Floats) -> tuple[Floats, Floats]:
    s = np.asarray(covariance, dtype=np.float64)
    if s.ndim != 2 or s.shape[0] != s.shape[1]:
        raise _no_covariance(
            f"A covariance is square, this one has shape {s.shape}.",
            "Give one row and one column per factor.",
        )
    if not np.isfinite(s).all():
        raise _no_covariance(
            f"{np.sum(~np.isfinite(s))} entries of the covariance are no numbers.",
            "Leave out factors without a history.",
        )
    variance = np.diag(s)
    if (variance <= 0).any():
        raise _still(int(np.argmin(variance)))
    sd = np.sqrt(variance)
    correlation = s / np.outer(sd, sd)
    gap = np.abs(correlation - correlation.T)
    if gap.max(initial=0.0) > SMALLEST_EIGENVALUE:
        i, j = np.unravel_index(np.argmax(gap), gap.shape)
        raise _no_covariance(
            f"The covariance is not symmetric: factors {i} and {j} have "
            f"{s[i, j]:g} one way and {s[j, i]:g} the other.",
            "Give both the same number.",
        )
    return sd, correlation


def _check_drivers(c: Ints, shocks: Floats, n: int) -> None:
    if not 1 <= len(c) <= MOST_DRIVERS:
        raise InputError(
            f"{len(c)} drivers were given.",
            hint=f"Give one to {MOST_DRIVERS}: with more, their own correlations "
            "decide the answer.",
            code="drivers",
        )
    if len(set(c.tolist())) < len(c) or c.min() < 0 or c.max() >= n:
        raise InputError(
            f"The drivers {c.tolist()} are not different ones of {n} factors.",
            hint=f"Give each once, as a number from 0 to {n - 1}.",
            code="drivers",
        )
    if shocks.shape != c.shape or not np.isfinite(shocks).all():
        raise InputError(
            f"{len(c)} drivers have the shocks {shocks.tolist()}.",
            hint="Give each driver one number.",
            code="drivers",
        )


def _check_positive(correlation: Floats, c: Ints) -> None:
    smallest = np.linalg.eigvalsh(correlation[np.ix_(c, c)])[0]
    if smallest < SMALLEST_EIGENVALUE:
        raise _no_covariance(
            "The drivers cannot be told apart: the smallest eigenvalue of their "
            f"correlations is {smallest:.3g}.",
            "Leave out a driver that moves with the others.",
        )
    smallest = np.linalg.eigvalsh(correlation)[0]
    if smallest < -SMALLEST_EIGENVALUE:
        raise _no_covariance(
            "No moves have such a covariance: the smallest eigenvalue of the "
            f"correlations is {smallest:.3g}.",
            "Estimate all of it on the same days, or shrink it.",
        )


def _still(factor: int) -> ComputationError:
    return _no_covariance(
        f"Factor {factor} has no variance.", "Leave out factors that never move."
    )


def _no_covariance(message: str, hint: str) -> ComputationError:
    return ComputationError(message, hint=hint, code="covariance")

"""What a fund is exposed to, from what it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.stress.band import CLUSTER_CORRELATION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Held:
    """The holdings of a fund as arrays over n lines, K segments and R regions.

    ``weights`` (n,) are decimals of the fund's value, shorts negative, futures by
    what they move. ``issuers`` (n,) number the companies, ``clusters`` (n,) the main
    segments (-1 for none), ``regions`` (n,) the markets that the betas are to.
    ``known`` (n,) marks lines that were placed. The rest is as in ``Exposure``.
    """

    weights: Floats
    description: Floats
    sensitivities: Floats
    beta: Floats
    beta_sd: Floats
    regions: Floats
    specific_sd: Floats
    dispersion: Floats
    dispersion_replay: Floats
    mapping_sd: Floats
    own_name: Floats
    issuers: Ints
    clusters: Ints
    known: Bools


@dataclass(frozen=True)
class Whole:
    """The fund as one line; arrays (K,) or (R,), the rest numbers.

    ``market`` is the beta to each region's market, ``known`` the share of the gross
    weight that was placed.
    """

    description: Floats
    sensitivities: Floats
    market: Floats
    beta_sd: float
    specific_sd: float
    dispersion: float
    dispersion_replay: float
    mapping_sd: float
    own_name: float
    known: float


def look_through(held: Held) -> Whole:
    """Add up a fund's holdings: ``x = sum_j w_j x_j``, and the same for its beta.

    Weights are taken as they are, so that what the fund holds in cash does not move.
    Errors of one company's lines are one error; companies of one segment share a
    tenth of the variance of their own moves, as in the band of a portfolio.

    Examples
    --------
    Half in one share that is all accelerators, half in cash:

    >>> def n(*v): return np.array(v, dtype=float)
    >>> whole = look_through(Held(n(0.5, 0.5), n([1], [0]), n([1.2], [0]), n(1.4, 0),
    ...     n(0.2, 0), n([1], [0]), n(0.02, 0), n(0.04, 0), n(0.04, 0), n(0.01, 0),
    ...     n(0, 0), np.array([0, 1]), np.array([0, -1]), np.array([True, True])))
    >>> whole.sensitivities.tolist(), whole.market.tolist(), whole.known
    ([0.6], [0.7], 1.0)
    """
    w = held.weights
    gross = float(np.abs(w).sum())
    return Whole(
        description=np.maximum(w @ held.description, 0.0),
        sensitivities=w @ held.sensitivities,
        market=(w * held.beta) @ held.regions,
        beta_sd=_root(held.issuers, w * held.beta_sd),
        specific_sd=_root(held.issuers, w * held.specific_sd),
        dispersion=_spread(held, held.dispersion),
        dispersion_replay=_spread(held, held.dispersion_replay),
        mapping_sd=_root(held.issuers, w * held.mapping_sd),
        own_name=float(w @ held.own_name),
        known=float(np.abs(w[held.known]).sum()) / gross if gross else 0.0,
    )


def _root(issuers: Ints, errors: Floats) -> float:
    """Add errors of one company, and squares of different companies."""
    return float(np.sqrt(np.sum(np.bincount(issuers, errors) ** 2)))


def _spread(held: Held, sd: Floats) -> float:
    """Return what the companies' own moves leave to the fund."""
    rho, errors = CLUSTER_CORRELATION, held.weights * sd
    own = _root(held.issuers, errors) ** 2
    inside = held.clusters >= 0
    common = np.bincount(held.clusters[inside], errors[inside])
    alone = _root(held.issuers[~inside], errors[~inside]) ** 2
    grouped = float(np.sum(common**2)) + alone
    return float(np.sqrt((1 - rho) * own + rho * grouped))

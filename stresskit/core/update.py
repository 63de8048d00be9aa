"""What the returns of holdings before the event say of their place in the chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.factor import event
from stresskit.core.factor.sensitivities import (
    NOISE_SHARE,
    normal_equations,
    prior_ridge,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

WEEK = 5
# A price is carried over a holiday, not over a suspension.
CARRIED = 4
LEAST_DAYS, LEAST_WEEKS = 120, 24
# Fractions of a business are judgements: this far off is no disagreement.
JUDGEMENT_SD = 0.15
NOTHING = 1e-9


@dataclass(frozen=True)
class Before:
    """The days before the event: ``market`` (T,) and ``segments`` (T, K), decimals.

    Segments are abnormal returns; NaN where a segment had no member.
    """

    market: Floats
    segments: Floats


@dataclass(frozen=True)
class Asked:
    """N holdings whose place is asked of their prices.

    ``prices`` (T + 1, N) are adjusted closes on the days and the one before, NaN
    where there is none. ``prior`` (N, K) with ``prior_sd`` (N,), ``signed`` (N,)
    and ``weekly`` (N,, markets that close at other hours) are what was known;
    ``peer_beta`` and ``peer_sd`` (N,) the betas of the like. ``own_share`` (N, K)
    is how much of a segment's return is the company itself.
    """

    prices: Floats
    prior: Floats
    prior_sd: Floats
    signed: Bools
    weekly: Bools
    peer_beta: Floats
    peer_sd: Floats
    own_share: Floats


@dataclass(frozen=True)
class Updated:
    """What came out, per holding; ``enough`` (N,) marks those with enough returns.

    ``beta`` is to the market with ``beta_sd``, ``residual_sd`` and ``specific_sd``
    are daily, net of the market and of market and segments. ``covariance`` (N, K, K)
    is that of the sensitivities, ``misfit`` (N,) by how much more (1 and more) the
    returns vary about them than was assumed. ``distance`` (N,) is how far the returns
    are from the prior, below a chi-square with ``freedom`` degrees if it is right.
    """

    observations: Ints
    enough: Bools
    beta: Floats
    beta_sd: Floats
    residual_sd: Floats
    specific_sd: Floats
    sensitivities: Floats
    covariance: Floats
    misfit: Floats
    distance: Floats
    freedom: int


def update(before: Before, asked: Asked) -> Updated:
    """Update what is known of N holdings with their returns before the event.

    Beta by the market model, pulled to that of its peers; then a ridge on the
    returns net of beta, towards the prior, by the day or by the week. See
    :func:`~stresskit.core.factor.sensitivities.prior_ridge`.

    Notes
    -----
    ``distance = d' (S + 0.15^2 I)^-1 d`` with d the difference of least squares and
    prior, S the covariance of least squares.
    """
    n, k = asked.prior.shape
    out = Updated(
        observations=np.zeros(n, dtype=np.int64),
        enough=np.zeros(n, dtype=bool),
        beta=asked.peer_beta.copy(),
        beta_sd=asked.peer_sd.copy(),
        residual_sd=np.full(n, np.nan),
        specific_sd=np.full(n, np.nan),
        sensitivities=asked.prior.copy(),
        covariance=np.einsum("n,jk->njk", asked.prior_sd**2, np.eye(k)),
        misfit=np.ones(n),
        distance=np.zeros(n),
        freedom=int(np.isfinite(before.segments).any(axis=0).sum()),
    )
    for weekly in (False, True):
        chosen = np.flatnonzero(asked.weekly == weekly)
        if len(chosen):
            _update(before, asked, chosen, out, WEEK if weekly else 1)
    return out


def _update(
    before: Before, asked: Asked, chosen: Ints, out: Updated, step: int
) -> None:
    """Write the results of holdings that are measured over the same step."""
    prices = without_stale(asked.prices[:, chosen])
    returns, market, segments = _over(before, prices, step)
    model = event.market_model(returns, market)
    fitted = model.alpha + model.beta * market[:, None]
    returns = event.winsorise(returns - fitted) + fitted
    model = event.market_model(returns, market)
    least = LEAST_WEEKS if step > 1 else LEAST_DAYS
    enough = (model.observations >= least) & (model.residual_sd > NOTHING)
    beta = event.vasicek(
        np.where(enough, model.beta, np.nan),
        model.beta_se,
        asked.peer_beta[chosen],
        asked.peer_sd[chosen],
    )
    abnormal = _about_zero(returns - beta * market[:, None])
    factors = _without_itself(segments, abnormal, asked.own_share[chosen])
    given = (abnormal.T, factors, asked.prior[chosen], asked.prior_sd[chosen])
    found = prior_ridge(*given, signed=asked.signed[chosen])
    equations = normal_equations(*given)
    left = abnormal.T - np.einsum("ntk,nk->nt", factors, found)
    rows = chosen[enough]
    per_day = np.sqrt(step)
    out.observations[chosen] = model.observations
    out.enough[rows] = True
    out.beta[rows] = beta[enough]
    peer = asked.peer_sd[chosen][enough]
    out.beta_sd[rows] = 1 / np.sqrt(1 / model.beta_se[enough] ** 2 + 1 / peer**2)
    out.residual_sd[rows] = model.residual_sd[enough] / per_day
    out.specific_sd[rows] = np.nanstd(left[enough], axis=1, ddof=1) / per_day
    out.sensitivities[rows] = found[enough]
    out.covariance[rows] = np.linalg.inv(equations.precision[enough])
    seen = np.isfinite(abnormal.T)
    noise = NOISE_SHARE**2 * np.nanvar(abnormal.T[enough], axis=1, ddof=1)
    square = np.nanmean(np.where(seen, left, np.nan)[enough] ** 2, axis=1)
    out.misfit[rows] = np.maximum(square / noise, 1.0)
    out.distance[rows] = _distance(*(a[enough] for a in given))


def without_stale(prices: Floats) -> Floats:
    """Blank prices that stand unchanged for longer than a holiday, down each column.

    A suspended share is no evidence that it does not move.

    Examples
    --------
    >>> stale = np.array([[1.0], [2.0], [2.0], [2.0], [2.0], [2.0], [2.0], [3.0]])
    >>> without_stale(stale)[:, 0].tolist()
    [1.0, 2.0, 2.0, 2.0, 2.0, 2.0, nan, 3.0]
    """
    kept = prices.copy()
    run = np.zeros(prices.shape[1], dtype=np.int64)
    for t in range(1, len(prices)):
        run = np.where(prices[t] == prices[t - 1], run + 1, 0)
        kept[t, run > CARRIED] = np.nan
    return kept


def _over(before: Before, prices: Floats, step: int) -> tuple[Floats, Floats, Floats]:
    """Return the holdings' returns, the market's and the segments' over each step."""
    segments = np.nan_to_num(before.segments)
    if step == 1:
        return prices[1:] / prices[:-1] - 1.0, before.market, segments
    weeks = len(before.market) // step
    first = len(before.market) - weeks * step
    ends = _carried(prices)[first::step]
    returns = ends[1:] / ends[:-1] - 1.0
    market = np.prod(1.0 + before.market[first:].reshape(weeks, step), axis=1) - 1.0
    blocks = segments[first:].reshape(weeks, step, segments.shape[1])
    return returns, market, blocks.sum(axis=1)


def _carried(prices: Floats) -> Floats:
    """Carry the last price over days without one, a few at most."""
    known = prices.copy()
    for _ in range(CARRIED):
        gap = np.isnan(known[1:])
        known[1:][gap] = known[:-1][gap]
    return known


def _about_zero(returns: Floats) -> Floats:
    seen = np.isfinite(returns)
    count = np.maximum(seen.sum(axis=0), 1)
    mean: Floats = np.where(seen, returns, 0.0).sum(axis=0) / count
    result: Floats = returns - mean
    return result


def _without_itself(segments: Floats, abnormal: Floats, own: Floats) -> Floats:
    """Return segment returns without each holding's own part, shape (N, T, K).

    ``(F - o y) / (1 - o)``: an average that holds the company would explain it by
    itself. A segment of nobody else does not move. Means over each holding's days
    are taken out.
    """
    rest = 1.0 - own
    alone = rest < NOTHING
    seen = np.isfinite(abnormal)
    y = np.where(seen, abnormal, 0.0).T
    left = segments[None, :, :] - own[:, None, :] * y[:, :, None]
    left = np.where(alone[:, None, :], 0.0, left / np.where(alone, 1.0, rest)[:, None])
    left = left * seen.T[:, :, None]
    mean = left.sum(axis=1) / np.maximum(seen.sum(axis=0), 1)[:, None]
    result: Floats = (left - mean[:, None, :]) * seen.T[:, :, None]
    return result


def _distance(
    returns: Floats, factors: Floats, prior: Floats, prior_sd: Floats
) -> Floats:
    """Return how far least squares is from the prior, in its own errors, (N,)."""
    active = np.flatnonzero((factors**2).sum(axis=(0, 1)) > 0)
    f, x0 = factors[:, :, active], prior[:, active]
    found = normal_equations(returns, f, np.zeros_like(x0), prior_sd)
    ridge = np.eye(len(active)) / prior_sd[:, None, None] ** 2
    evidence = found.precision - ridge
    gradient = found.right - np.einsum("njk,nk->nj", evidence, x0)
    inverse = np.linalg.pinv(evidence, hermitian=True)
    spread = inverse + JUDGEMENT_SD**2 * np.eye(len(active))
    off = np.einsum("njk,nk->nj", inverse, gradient)
    result: Floats = np.einsum(
        "nj,nj->n", off, np.linalg.solve(spread, off[:, :, None])[:, :, 0]
    )
    return result

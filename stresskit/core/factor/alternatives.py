"""The shocks under other choices, and how long they lasted: what hangs on what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.factor import event
from stresskit.core.factor.arrays import Market, Panel
from stresskit.core.factor.cross_section import capped, cross_section
from stresskit.core.factor.estimate import Betas, estimate_betas, event_shocks
from stresskit.core.factor.shrinkage import paule_mandel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SHORT_WINDOW = 125
HORIZONS = (1, 5, 10, 20)
LARGE_MOVE = 0.05
FEWEST = 5
# One step, and only where a few others can outvote an outlier.
HUBER, HUBER_FROM = 1.345, 6

MEANING = {
    "members": "mean of the members, shrunk, without the other stocks' sensitivities",
    "inverse_variance": "members weighted by one over their residual variance, none "
    "for more than a third",
    "huber": "members far from the others of their segment count less (one Huber step, "
    "segments of six and more)",
    "regression": "regression on fractions of the business, every company in every "
    "segment it is part of, not shrunk",
    "index_market": "the index as the market instead of the ex-theme market",
    "short_window": f"betas of the last {SHORT_WINDOW} days of the window only",
    "day_before": "the event with the session before it",
    "day_after": "the event with the session after it",
}


def alternatives(
    panel: Panel,
    betas: Betas,
    sensitivities: Floats,
    index: Floats | None,
    index_event: float | None,
) -> dict[str, Floats]:
    """Return the shocks under other choices, by name, each (K,), NaN if none.

    ``MEANING`` says what each is. A choice that the file has no data for (an index,
    a following session) is left out. Sensitivities stay those of the estimate.
    """

    def again(other: Betas, **kwargs: Floats) -> Floats:
        return event_shocks(panel, other, sensitivities, **kwargs).theta

    before = _longer(panel, betas, panel.before, betas.market.before)
    found = {
        "members": event_shocks(panel, betas, sensitivities).means.shrunk.theta,
        "inverse_variance": again(betas, weights=_inverse_variance(panel, betas)),
        "huber": again(betas, weights=_huber(panel, betas)),
        "regression": _regression(panel, betas),
        "short_window": again(estimate_betas(_short_window(panel))),
        "day_before": again(before),
    }
    if index is not None and index_event is not None:
        found["index_market"] = again(index_betas(panel, index, index_event))
    if len(panel.after) and np.isfinite(betas.market.after[0, panel.reference]):
        longer = _longer(panel, betas, panel.after[0], betas.market.after[0])
        found["day_after"] = again(longer)
    return found


def _inverse_variance(panel: Panel, betas: Betas) -> Floats:
    """Return one over the residual variance, capped in each leaf, of stocks."""
    stock, s = panel.stock, betas.residual_sd[panel.stock]
    known = np.isfinite(s) & (s > 0)
    inverse = np.where(known, 1.0 / np.where(known, s, 1.0) ** 2, 0.0)
    member = panel.members()[stock]
    share = capped(member * inverse[:, None])
    # In units of an equal share, so that the residual variance keeps its scale.
    equal = share * np.sum(member, axis=0)
    weights = np.where(member.sum(axis=1) > 0, equal.sum(axis=1), 1.0)
    result: Floats = np.maximum(weights, 1e-12)
    return result


def _huber(panel: Panel, betas: Betas) -> Floats:
    """Return ``min(1, 1.345 s / |u|)`` with s the MAD scale of each large leaf."""
    member = panel.members()
    weights = np.ones(len(panel.event))
    for k in np.flatnonzero(member.sum(axis=0) >= HUBER_FROM):
        inside = member[:, k] > 0
        left = np.abs(betas.abnormal[inside] - np.median(betas.abnormal[inside]))
        bound = HUBER * 1.4826 * float(np.median(left))
        weights[inside] = np.minimum(1.0, bound / np.maximum(left, 1e-12))
    result: Floats = np.maximum(weights, 1e-12)[panel.stock]
    return result


def _regression(panel: Panel, betas: Betas) -> Floats:
    chosen = panel.stock & ~panel.mapped
    tags, y = panel.tags[chosen], betas.abnormal[chosen]
    have = panel.members().sum(axis=0) > 0
    rows = tags[:, have].sum(axis=1) > 1 - 1e-9
    found = np.full(tags.shape[1], np.nan)
    try:
        fit = cross_section(y[rows], tags[rows][:, have], panel.lines[chosen][rows])
    except ValueError:
        # Segments that always stand together have no regression of their own.
        return found
    found[have] = fit.shocks
    return found


def index_betas(panel: Panel, index: Floats, index_event: float) -> Betas:
    """Return betas and abnormal returns with an index as every region's market.

    Parameters
    ----------
    index
        Shape (T,), the index's daily returns, decimals.
    index_event
        Its return over the event, a decimal.
    """
    regions = int(panel.region.max()) + 1
    empty = np.full((len(panel.days), regions), np.nan)
    market = Market(
        daily=np.repeat(index[:, None], regions, axis=1),
        event=np.full(regions, index_event),
        days=empty,
        before=empty[0],
        after=np.full((len(panel.after), regions), np.nan),
    )
    return estimate_betas(panel, market)


def _short_window(panel: Panel) -> Panel:
    later = np.cumsum(panel.inside[::-1], axis=0)[::-1] <= SHORT_WINDOW
    return replace(panel, inside=panel.inside & later)


def _longer(panel: Panel, betas: Betas, extra: Floats, market: Floats) -> Betas:
    """Return the abnormal returns of the event with one more session, compounded."""
    moved = (1 + panel.event) * (1 + extra) - 1
    moved = np.where(np.isfinite(extra), moved, panel.event)
    m = (1 + betas.market_event) * (1 + market[betas.leg]) - 1
    own = np.where(panel.mapped, 0.0, np.nan_to_num(m))
    return replace(betas, abnormal=moved - betas.beta * own)


@dataclass(frozen=True)
class Path:
    """How much of the event's abnormal move is still there after ``days`` sessions.

    ``after`` (N,) are the abnormal returns from the event on, ``persistence`` and
    ``error`` those over all securities with a large move (``securities`` of them),
    ``leaves`` (K,) each segment's own pulled towards it.
    """

    days: int
    after: Floats
    persistence: float
    error: float
    securities: int
    leaves: Floats


def paths(panel: Panel, betas: Betas) -> list[Path]:
    """Follow the abnormal returns after the event, where the prices reach so far.

    ``c_i(h) = prod(1 + r) - prod(1 + beta m)`` from the event on;
    ``phi(h)`` by ``event.persistence`` over securities that moved by more than 5%;
    a segment's phi is pulled to it by ``tau^2/(tau^2 + se^2)`` with tau^2 of Paule
    and Mandel over the segments.
    """
    chosen = panel.stock & ~panel.mapped
    start = betas.abnormal
    member = panel.members()
    found = []
    for h in HORIZONS:
        if len(panel.after) < h:
            continue
        own = np.prod(1 + panel.after[:h], axis=0) * (1 + panel.event)
        legs = betas.market.after[:h][:, betas.leg]
        market = np.prod(1 + betas.beta * legs, axis=0)
        after = own - market * (1 + betas.beta * betas.market_event)
        known = chosen & np.isfinite(after)
        large = known & (np.abs(start) > LARGE_MOVE)
        if large.sum() < FEWEST:
            continue
        phi, error = event.persistence(after[large], start[large])
        found.append(
            Path(
                days=h,
                after=after,
                persistence=phi,
                error=error,
                securities=int(large.sum()),
                leaves=_leaf_paths(after, start, member * known[:, None], phi),
            )
        )
    return found


def _leaf_paths(after: Floats, start: Floats, member: Floats, phi: float) -> Floats:
    values = np.full(member.shape[1], phi)
    errors = np.full(member.shape[1], np.inf)
    for k in range(member.shape[1]):
        inside = member[:, k] > 0
        if inside.sum() >= FEWEST and np.abs(start[inside].mean()) > LARGE_MOVE:
            values[k], errors[k] = event.persistence(after[inside], start[inside])
    have = np.isfinite(errors)
    if have.sum() < 3:
        return values
    v = np.where(have, errors, 1.0) ** 2
    one = np.zeros(len(values), dtype=np.int64)
    tau2 = float(paule_mandel(values, v, one, int(have.sum()) - 1, have))
    share = np.where(have, tau2 / (tau2 + v), 0.0)
    result: Floats = phi + share * (values - phi)
    return result

"""Validate a factor on its own published figures, with baselines and other days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.factor.leaves import priors_of, without_each
from stresskit.core.factor.panel import tags_of
from stresskit.core.stress.band import multiplier_of
from stresskit.core.validation.day import Day, day_of, fund_rows, portfolio_errors
from stresskit.core.validation.other_days import other_day
from stresskit.core.validation.scores import (
    SEED,
    gain_interval,
    interval_score,
    score,
)
from stresskit.model import GroupTest, Point, PortfolioTest, Validation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stresskit.model import Factor

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

MODEL = "stresskit"
LEAST, MOST = 10, 50
LONG_ONLY, LONG_SHORT = 1000, 200
SPLITS = 20


def validate(factor: Factor, others: Sequence[Factor] = ()) -> Validation:
    """Say how well a factor would have predicted its day, and what it says on others.

    Every stock is predicted with shocks estimated without its company, every
    portfolio without its own, funds by sensitivities estimated before the event; the
    market's return is taken as given, as it is for the baselines.

    Parameters
    ----------
    factor
        An estimated factor.
    others
        Other estimated factors on the same value chain; those that share a session
        with this one are left out.

    Raises
    ------
    FactorError
        If the factor was not estimated.
    """
    day = day_of(factor)
    groups = [
        _stock_group(day, "theme", day.theme),
        _stock_group(day, "rest", day.rest),
    ]
    groups += [_funds(day), _mapped(day)]
    days = [other_day(day, f) for f in others if not _overlap(factor, f)]
    return Validation(
        factor=factor.id,
        revision=factor.revision,
        sha256=factor.sha256,
        event=factor.event_start,
        index=str(factor.method["index"]) if "index" in factor.method else None,
        groups=tuple(g for g in groups if g is not None),
        portfolios=tuple(_portfolios(day)),
        days=tuple(sorted(days, key=lambda d: d.day)),
        points=_points(day),
    )


def _overlap(one: Factor, other: Factor) -> bool:
    """Whether two events share a session: then neither tests the other."""
    return one.event_start <= other.event_end and other.event_start <= one.event_end


def baselines(day: Day) -> dict[str, Floats]:
    """Return naive predictions of total returns by name, each (N,).

    Zero; beta times the index; the mean of the other stocks of the GICS sector; beta
    times the ex-theme market plus the sector's mean abnormal return; the mean of the
    other members of the leaf, by fractions of the business, nothing shrunk.
    """
    index = day.index_part()
    found = {"zero": np.zeros(len(day.rows))}
    if index is not None:
        found[f"beta x {day.factor.method['index']}"] = index
    sectors = np.array([e.sector for e in day.rows])
    # Published moves of other days and places are nobody's peers.
    priced = day.theme | day.rest
    found["GICS sector mean"] = _peers(day.total, sectors, priced)
    found["beta x ex-theme market + sector"] = day.market_part + _peers(
        day.abnormal, sectors, priced
    )
    stocks = day.stocks
    priors = priors_of(stocks.tags, day.composition)
    means = day.left_out.means
    raw = np.where(np.isfinite(means.raw), means.raw, means.shrunk.theta)
    found["leaf mean"] = day.market_part + np.sum(priors * raw, axis=1)
    return found


def _peers(values: Floats, labels: NDArray[np.str_], chosen: Bools) -> Floats:
    """Return the mean of the others with the same label, NaN outside the chosen."""
    found = np.full(len(values), np.nan)
    found[chosen] = _others_mean(values[chosen], labels[chosen])
    return found


def _others_mean(values: Floats, labels: NDArray[np.str_]) -> Floats:
    """Return the mean of the others with the same label; of all others if alone."""
    _, numbers = np.unique(labels, return_inverse=True)
    sums, counts = np.bincount(numbers, values)[numbers], np.bincount(numbers)[numbers]
    everyone = (values.sum() - values) / max(len(values) - 1, 1)
    alone = counts < 2
    result: Floats = np.where(
        alone, everyone, (sums - values) / np.where(alone, 1, counts - 1)
    )
    return result


def _stock_group(day: Day, name: str, chosen: Bools) -> GroupTest | None:
    if chosen.sum() < 2:
        return None
    realised, predicted = day.total[chosen], day.predicted[chosen]
    scores = [score(k, realised, v[chosen]) for k, v in baselines(day).items()]
    # The leaf mean is half of the model: the gain is over what needs no value chain.
    naive = [s for s in scores if s.method != "leaf mean"]
    best = min(naive, key=lambda s: s.mae)
    other = np.abs(realised - baselines(day)[best.method][chosen])
    main = np.argmax(day.stocks.tags, axis=1)[chosen]
    own = np.abs(realised - predicted)
    gain, low, high = gain_interval(own, other, main)
    half = day.half_width(day.scale())[chosen]
    return GroupTest(
        name=name,
        scores=(*scores, score(MODEL, realised, predicted)),
        coverage=float(np.mean(own <= half)),
        folded=_folded(day, chosen),
        interval_score=interval_score(realised, predicted - half, predicted + half),
        best_baseline=best.method,
        gain=gain,
        gain_low=low,
        gain_high=high,
    )


def _folded(day: Day, chosen: Bools) -> float | None:
    """Return the coverage where half of the stocks set the width for the others."""
    rows = np.flatnonzero(chosen)
    if len(rows) < 20:
        return None
    rng = np.random.default_rng(SEED)
    error = np.abs(day.total - day.predicted)
    covered = []
    for _ in range(SPLITS):
        half = np.zeros(len(chosen), dtype=bool)
        half[rng.permutation(rows)[: len(rows) // 2]] = True
        for fit, test in ((half, chosen & ~half), (chosen & ~half, half)):
            width = day.half_width(day.scale(fit))
            covered.append(float(np.mean((error <= width)[test])))
    return float(np.mean(covered))


def _funds(day: Day) -> GroupTest | None:
    rows, x = fund_rows(day.factor)
    if len(rows) < 2:
        return None
    realised = np.array([e.event_return for e in rows], dtype=np.float64)
    abnormal = np.array([e.abnormal_return for e in rows], dtype=np.float64)
    theta = np.array([s.shrunk for s in day.factor.shocks])
    scores = [score("zero", realised, np.zeros(len(rows)))]
    moved = day.factor.method.get("index_return")
    betas = [e.index_beta for e in rows]
    if moved is not None and None not in betas:
        name = f"beta x {day.factor.method['index']}"
        index = np.array(betas, dtype=np.float64) * float(moved)
        scores.append(score(name, realised, index))
    predicted = realised - abnormal + x @ theta
    return GroupTest(name="funds", scores=(*scores, score(MODEL, realised, predicted)))


def _mapped(day: Day) -> GroupTest | None:
    """Hold published moves of other regions against the segments' shocks.

    Lines whose segment rests on them are left out: they would predict themselves.
    """
    factor = day.factor
    alone = {s.segment for s in factor.shocks if s.mapped}
    rows = [
        e
        for e in factor.evidence
        if e.role == "mapped" and not (set(e.segments) & alone)
    ]
    if len(rows) < 2:
        return None
    realised = np.array([e.event_return for e in rows], dtype=np.float64)
    abnormal = np.array([e.abnormal_return for e in rows], dtype=np.float64)
    theta = np.array([s.shrunk for s in factor.shocks])
    x = priors_of(tags_of((e.segments for e in rows), factor.chain), day.composition)
    predicted = realised - abnormal + x @ theta
    return GroupTest(
        name="other regions",
        scores=(
            score("zero", realised, np.zeros(len(rows))),
            score(MODEL, realised, predicted),
        ),
    )


def _portfolios(day: Day) -> list[PortfolioTest]:
    everyone = day.theme | day.rest
    tests = [
        ("theme", day.theme, LONG_ONLY, False),
        ("rest", day.rest, LONG_ONLY, False),
        ("all", everyone, LONG_ONLY, False),
        ("all, long/short", everyone, LONG_SHORT, True),
    ]
    return [
        _portfolio_test(day, name, np.flatnonzero(pool), count, short=short)
        for name, pool, count, short in tests
        if pool.sum() > MOST
    ]


def _portfolio_test(
    day: Day, name: str, pool: NDArray[np.intp], count: int, *, short: bool
) -> PortfolioTest:
    weights, errors, sd = _drawn(day, pool, count, short=short)
    index = day.index_part()
    return PortfolioTest(
        name=name,
        portfolios=count,
        mae=float(np.mean(np.abs(errors))),
        index_mae=None
        if index is None
        else float(np.mean(np.abs(weights @ (day.total - index)))),
        coverage=float(np.mean(np.abs(errors) <= multiplier_of(day.factor) * sd)),
    )


def random_portfolios(
    day: Day, pool: NDArray[np.intp], count: int, *, short: bool
) -> tuple[Floats, Floats]:
    """Return errors and stated standard deviations of random portfolios, (count,)."""
    _, errors, sd = _drawn(day, pool, count, short=short)
    return errors, sd


def _drawn(
    day: Day, pool: NDArray[np.intp], count: int, *, short: bool
) -> tuple[Floats, Floats, Floats]:
    """Draw portfolios of 10 to 50 stocks with random weights that add up to one.

    Long/short ones have random signs and a gross value of two.
    """
    rng = np.random.default_rng(SEED)
    weights = np.zeros((count, len(day.rows)))
    for row in weights:
        size = int(rng.integers(LEAST, MOST + 1))
        picked = rng.choice(pool, size, replace=False)
        shares = rng.dirichlet(np.ones(size))
        row[picked] = 2 * shares * rng.choice([-1, 1], size) if short else shares
    own = (weights != 0).astype(float) @ (1.0 - without_each(day.issuer))
    errors, sd = portfolio_errors(day, weights, (own == 0).astype(float))
    return weights, errors, sd


def _points(day: Day) -> tuple[Point, ...]:
    half = day.half_width(day.scale())
    ids = day.factor.chain.segment_ids
    main = np.argmax(day.stocks.tags, axis=1).tolist()
    columns = zip(
        day.rows,
        main,
        day.total.tolist(),
        day.predicted.tolist(),
        half.tolist(),
        strict=True,
    )
    return tuple(
        Point(
            key=e.key,
            name=e.name,
            segment=ids[k],
            group=e.role,
            realised=r,
            predicted=p,
            low=p - h,
            high=p + h,
        )
        for e, k, r, p, h in columns
        if e.role != "mapped"
    )

"""Stated moves -> shocks and market legs: what the author's rows mean."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.factor.legs import WORLD_BASIS, WORLD_SHARE
from stresskit.core.factor.segment_names import MARKET
from stresskit.errors import FactorError
from stresskit.model import MarketLeg

if TYPE_CHECKING:
    import datetime as dt

    from stresskit.model import SegmentHistory, Shock, StatedMove, ValueChain

# A guess where the author gives no error: a third of a move of -15%.
DEFAULT_ERROR = 0.05
NO_MARKET = "not stated; zero is assumed"
ELSEWHERE = "not stated for this region; zero is assumed"


def stated_shocks(
    stated: tuple[StatedMove, ...],
    typical: tuple[Shock, ...],
    chain: ValueChain,
    history: SegmentHistory | None,
) -> tuple[Shock, ...]:
    """Return the shock of every segment from stated moves.

    A segment takes its own row, else its group's. An abnormal move is the shock;
    of a total one it is ``raw = move - beta MARKET`` with the segment's own beta. A
    segment of the theme with neither row takes ``b`` times the mean shock of the
    stated segments of its group, with the share it usually took (``usual_share``; and
    no smaller error than theirs), or does not move; a sector of the rest of the
    market without a row does not move.

    Parameters
    ----------
    stated
        Rows by id of a segment, of a group, or MARKET.
    typical
        A shock per segment, whose betas and volatilities are kept.
    history
        Daily segment returns before the basis's event; without it b is 1.

    Raises
    ------
    FactorError
        If a row names nothing of the chain, stands twice, is a total return
        without MARKET, or leaves a shock that is no return.
    """
    rows = rows_by_segment(stated, chain)
    market = rows.get(MARKET)
    parents = {s.id: s.group for s in chain.segments}
    own = {
        t.segment: _stated(t, row, market)
        for t in typical
        if (row := rows.get(t.segment) or rows.get(parents[t.segment])) is not None
    }
    families: dict[str, list[Shock]] = {}
    for segment in chain.segments:
        if segment.theme and segment.id in own:
            families.setdefault(segment.group, []).append(own[segment.id])
    shocks = []
    for t in typical:
        family = families.get(parents[t.segment], [])
        share = usual_share(t.segment, [s.segment for s in family], history)
        shocks.append(own.get(t.segment) or _inferred(t, family, share))
    return tuple(shocks)


def usual_share(
    segment: str, family: list[str], history: SegmentHistory | None
) -> float:
    """Return the share of its siblings' moves that a segment usually took.

    ``b = sum_t f_t g_t / sum_t g_t^2`` with g the mean of the siblings' daily
    returns, kept within 0 and 1; 1 where the history has not both.

    Notes
    -----
    Regulated utilities do not fall because merchant power does. On 27 January 2025,
    from AI accelerators, networking, merchant power and application software to the
    16 other segments of their groups, the error is 3.7 points; with b = 1 it is 7.1.
    """
    if history is None or segment not in history.names:
        return 1.0
    known = [k for k in family if k in history.names]
    if not known:
        return 1.0
    daily = np.nan_to_num(history.before)
    index = {name: n for n, name in enumerate(history.names)}
    own = daily[:, index[segment]]
    mean = daily[:, [index[k] for k in known]].mean(axis=1)
    square = float(mean @ mean)
    return min(max(float(own @ mean) / square, 0.0), 1.0) if square else 1.0


def rows_by_segment(
    stated: tuple[StatedMove, ...], chain: ValueChain
) -> dict[str, StatedMove]:
    """Return the rows by what they name.

    Raises
    ------
    FactorError
        If one names nothing of the chain or stands twice.
    """
    titles = {s.id: s.title for s in chain.segments}
    titles |= {g.id: g.title for g in chain.groups}
    found: dict[str, StatedMove] = {}
    for row in stated:
        if row.segment != MARKET and row.segment not in titles:
            raise FactorError(
                f"{row.where}: {row.segment!r} is no segment or group of {chain.id}."
            )
        first = found.setdefault(row.segment, row)
        if first is not row:
            title = f" ({titles[row.segment]})" if row.segment in titles else ""
            raise FactorError(
                f"{row.where}: {row.segment}{title} stands twice, the first time "
                f"here: {first.where}.",
                hint="Keep one of the two.",
                code="stated-twice",
            )
    return found


def market_legs(
    market: StatedMove | None, day: dt.date, regions: tuple[str, ...]
) -> tuple[MarketLeg, ...]:
    """Return the market legs: the stated return for America, its share for World.

    Without one every leg is zero; other regions than the two stay at zero.
    """
    legs = dict.fromkeys(regions, (0.0, ELSEWHERE if market else NO_MARKET))
    if market is not None:
        legs["US"] = (market.move, f"stated: {market.where}")
        legs["World"] = (WORLD_SHARE * market.move, WORLD_BASIS)
    return tuple(
        MarketLeg(region=region, value=value, start=day, end=day, basis=basis)
        for region, (value, basis) in legs.items()
    )


def _stated(typical: Shock, row: StatedMove, market: StatedMove | None) -> Shock:
    error = DEFAULT_ERROR if row.standard_error is None else row.standard_error
    return _shock(
        typical,
        _abnormal(typical, row, market),
        error,
        members=1,
        total=row.move if row.raw else None,
    )


def _inferred(typical: Shock, members: list[Shock], share: float) -> Shock:
    """Return the usual share of the stated segments' mean: no surer than they are."""
    if not members:
        return _shock(typical, 0.0, 0.0, members=0, total=None)
    mean = share * math.fsum(m.shrunk for m in members) / len(members)
    error = max(DEFAULT_ERROR, *(m.standard_error for m in members))
    return _shock(typical, mean, error, members=0, total=None)


def _shock(
    typical: Shock, move: float, error: float, *, members: int, total: float | None
) -> Shock:
    return replace(
        typical,
        members=members,
        effective_members=float(members),
        total=total,
        raw=move if members else None,
        shrunk=move,
        standard_error=error,
        shrinkage=0.0 if members else 1.0,
        # These belong to the event that the betas were taken from.
        significance=None,
        alternatives={},
        path={},
        mapped=False,
    )


def _abnormal(typical: Shock, row: StatedMove, market: StatedMove | None) -> float:
    if not row.raw:
        return row.move
    if market is None:
        raise FactorError(
            f"{row.where}: a total return needs the market's, to take it out.",
            hint="Add a row MARKET with the return of the market outside the theme, "
            "or give it with --market (market= in Python).",
            code="no-market",
        )
    move = row.move - typical.beta * market.move
    if not -1 < move <= 1:
        raise FactorError(
            f"{row.where}: {row.move:+.1%} less beta {typical.beta:.2f} times the "
            f"market's {market.move:+.1%} leaves {move:+.1%} for {typical.segment}, "
            "which is not a return.",
            hint=f"Check the move, and the market's ({market.where}).",
            code="not-a-return",
        )
    return move

"""Segment moves -> Factor: an event as its author states it, nothing estimated."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stresskit.errors import FactorError
from stresskit.model import Factor, Source

if TYPE_CHECKING:
    from stresskit.model import Shock, ValueChain

DEFAULT_ERROR = 0.05


@dataclass(frozen=True)
class Move:
    """A stated abnormal return of a segment or group; ``where`` is its place."""

    segment: str
    move: float
    standard_error: float | None
    where: str


def define(
    factor_id: str,
    moves: tuple[Move, ...],
    day: dt.date,
    chain: ValueChain,
    basis: Factor,
) -> Factor:
    """Make a factor of stated moves.

    A group's move holds for its segments unless they have their own. A segment
    without any takes the mean of the stated ones of its group, or does not move.
    Betas and volatilities come from ``basis``, as does each security's own history;
    the market leg is zero.

    Raises
    ------
    FactorError
        If a name is no segment or group, stands twice, or a move is no return.
    """
    if chain.id != basis.chain.id:
        raise FactorError(
            f"Moves can be stated on {basis.chain.id}, not on {chain.id}.",
            hint="Betas and volatilities are known for that value chain only; build "
            "a factor on yours from prices.",
        )
    stated = _checked(moves, chain)
    shocks = []
    for shock in basis.shocks:
        segment = next(s for s in chain.segments if s.id == shock.segment)
        own = stated.get(segment.id) or stated.get(segment.group)
        if own is not None:
            shocks.append(_stated(shock, own.move, own.standard_error, members=1))
            continue
        siblings = [
            stated[s.id].move
            for s in chain.segments
            if s.group == segment.group and s.id in stated
        ]
        mean = sum(siblings) / len(siblings) if siblings else 0.0
        error = DEFAULT_ERROR if siblings else 0.0
        shocks.append(_stated(shock, mean, error, members=0))
    values = [s.shrunk for s in shocks]
    return replace(
        basis,
        id=factor_id,
        revision=1,
        revision_reason="First publication",
        title=factor_id,
        narrative="Stated by its author as moves of segments.",
        questions=(),
        event_start=day,
        event_end=day,
        chain=chain,
        shocks=tuple(shocks),
        market=tuple(
            replace(m, value=0.0, start=day, end=day, basis="none: moves are abnormal")
            for m in basis.market
        ),
        # Each security's history before the event serves; its move on the other
        # event does not.
        evidence=tuple(
            replace(
                e,
                role="history",
                event_return=None,
                abnormal_return=None,
                own_name=None,
            )
            for e in basis.evidence
        ),
        universe_low=min(values),
        universe_high=max(values),
        method={"estimator": "moves as stated", "betas_from": basis.id},
        sources=(Source(id="moves", title="Moves as given by the author"),),
        sha256="",
    )


def _stated(shock: Shock, move: float, error: float | None, *, members: int) -> Shock:
    return replace(
        shock,
        members=members,
        effective_members=float(members),
        total=None,
        raw=move if members else None,
        shrunk=move,
        standard_error=DEFAULT_ERROR if error is None else error,
        shrinkage=0.0 if members else 1.0,
    )


def _checked(moves: tuple[Move, ...], chain: ValueChain) -> dict[str, Move]:
    known = {s.id for s in chain.segments} | {g.id for g in chain.groups}
    stated: dict[str, Move] = {}
    for m in moves:
        if m.segment not in known:
            raise FactorError(
                f"{m.where}: {m.segment!r} is no segment or group of {chain.id}.",
                hint="Known: " + ", ".join(sorted(known)) + ".",
            )
        if m.segment in stated:
            raise FactorError(
                f"{m.where}: {m.segment} stands twice.", hint="Keep one row."
            )
        if not -1 < m.move < 1:
            raise FactorError(
                f"{m.where}: a move of {m.move:g} is not a return.",
                hint="Write -17% or -0.17 for minus seventeen percent.",
            )
        if m.standard_error is not None and not 0 <= m.standard_error < 1:
            raise FactorError(
                f"{m.where}: a standard error of {m.standard_error:g} cannot be.",
                hint="Standard errors are decimals like the moves: 0.02.",
            )
        stated[m.segment] = m
    if not stated:
        raise FactorError("The table has no move.", hint="Add a row per segment.")
    return stated

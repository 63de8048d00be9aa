"""Segment moves -> Factor: an event as its author states it, nothing estimated."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stresskit.core.factor.findings import findings
from stresskit.core.factor.segment_names import MARKET, SegmentNames
from stresskit.core.factor.stated import market_legs, rows_by_segment, stated_shocks
from stresskit.errors import FactorError
from stresskit.model import Issue, Source, StatedMove

if TYPE_CHECKING:
    from stresskit.model import Factor, ValueChain

NARRATIVE = "Stated by its author as moves of segments."


@dataclass(frozen=True, kw_only=True)
class Move:
    """A row as its author wrote it, before anything is known of the value chain.

    ``segment`` and ``group`` are names as written, empty where there is none;
    ``move`` is a decimal, total if ``raw``, or None where the row has none.
    ``where`` is the place of the move, ``named_at`` that of the name.
    """

    segment: str
    group: str = ""
    move: float | None
    raw: bool = False
    standard_error: float | None = None
    where: str
    named_at: str


def define(
    factor_id: str,
    moves: tuple[Move, ...],
    day: dt.date,
    basis: Factor,
    *,
    market: float | None = None,
) -> Factor:
    """Make a factor of stated moves on the value chain of ``basis``.

    Shocks and market legs are as in ``stated_shocks`` and ``market_legs``. Betas,
    volatilities and each security's own history come from ``basis``; its event does
    not. ``issues`` say what is assumed rather than stated.

    Parameters
    ----------
    moves
        Names are ids, titles or GICS sectors of the chain, and MARKET.
    market
        Return of the market outside the theme, a decimal, in place of a row MARKET.

    Raises
    ------
    FactorError
        If no segment is stated, a name is unknown or stands twice, a group is not
        the parent, or a total return stands without the market's.
    """
    chain = basis.chain
    stated, issues = _stated_moves(moves, chain)
    if market is not None:
        stated = (*stated, _given_market(market))
    if not stated:
        raise FactorError("The table has no move.", hint="Add a row per segment.")
    rows = rows_by_segment(stated, chain)
    if set(rows) == {MARKET}:
        raise FactorError(
            "The table has no move but the market's.",
            hint="Add a row per segment; 0% is one that moves with the market only.",
        )
    shocks = stated_shocks(stated, basis.shocks, chain, basis.history)
    values = [s.shrunk for s in shocks]
    regions = tuple(m.region for m in basis.market)
    return replace(
        basis,
        id=factor_id,
        revision=1,
        revision_reason="First publication",
        title=factor_id,
        narrative=NARRATIVE,
        questions=(),
        event_start=day,
        event_end=day,
        shocks=shocks,
        market=market_legs(rows.get(MARKET), day, regions),
        evidence=basis.histories(),
        universe_low=min(values),
        universe_high=max(values),
        method=_method(basis),
        sources=(Source(id="moves", title="Moves as given by the author"),),
        sha256="",
        folder="",
        purpose="",
        basis=f"{basis.id}@{basis.revision}",
        expert_set=False,
        stated=stated,
        drivers=(),
        drivers_r2=None,
        path=(),
        styles=(),
        plausibility=None,
        issues=(*findings(rows, shocks, chain, regions), *issues),
    )


def _stated_moves(
    moves: tuple[Move, ...], chain: ValueChain
) -> tuple[tuple[StatedMove, ...], tuple[Issue, ...]]:
    """Give names their ids; a note below the table is left out, and said."""
    names = SegmentNames(chain)
    stated, issues = [], []
    for row in moves:
        written = row.segment or row.group
        if row.move is None and not names.known(written):
            issues.append(
                Issue(
                    code="row-not-read",
                    severity="info",
                    message=f"{row.named_at}: {written!r} has no move and is not read.",
                )
            )
            continue
        name = names.resolve(written, row.named_at)
        if row.segment and row.group:
            names.check_parent(name, row.group, row.named_at)
        if row.move is None:
            raise FactorError(
                f"{row.where}: {name} has no move.",
                hint="Write one, or delete the row: without it a segment takes the "
                "mean of the stated ones of its group, or does not move.",
                code="no-move",
            )
        stated.append(
            StatedMove(
                segment=name,
                move=row.move,
                # The market's own return is total in any column.
                raw=row.raw or name == MARKET,
                standard_error=row.standard_error,
                where=row.where,
            )
        )
    return tuple(stated), tuple(issues)


def _given_market(market: float) -> StatedMove:
    if not (math.isfinite(market) and -1 < market < 1):
        raise FactorError(
            f"The market's return is {market:g}, which is not a return.",
            hint="Write -1% as -0.01.",
            code="not-a-return",
        )
    return StatedMove(
        segment=MARKET,
        move=float(market),
        raw=True,
        standard_error=None,
        where="--market",
    )


def _method(basis: Factor) -> dict[str, str | float | int]:
    method: dict[str, str | float | int] = {"estimator": "moves as stated"}
    if basis.history is not None:
        # The reader cuts the estimation window out of the history by these.
        method["window_start"] = basis.history.start.isoformat()
        method["window_end"] = basis.history.end.isoformat()
    return method

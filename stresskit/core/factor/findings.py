"""What the author of stated moves must know: all that is assumed, not stated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.core.factor.legs import WORLD_SHARE
from stresskit.core.factor.segment_names import MARKET
from stresskit.core.factor.stated import DEFAULT_ERROR
from stresskit.model import Issue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stresskit.model import Shock, StatedMove, ValueChain

# Below this the largest move of an event looks like a slip of the unit.
SMALL_MOVE = 0.01
# Beyond this a segment's move looks like half a percent written as 0.5.
LARGE_MOVE = 0.40


def findings(
    rows: Mapping[str, StatedMove],
    shocks: tuple[Shock, ...],
    chain: ValueChain,
    regions: tuple[str, ...],
) -> tuple[Issue, ...]:
    """Return what is assumed, in the order of the chain.

    Parameters
    ----------
    rows
        Stated rows by segment, group or MARKET.
    shocks
        What they gave.
    regions
        Of the market legs.
    """
    return (
        *_small(rows),
        *_large(rows),
        *_means(rows, shocks, chain),
        *_still(rows, chain),
        *_unused(rows, chain),
        *_errors(rows, chain),
        *_market(rows.get(MARKET), regions),
    )


def _means(
    rows: Mapping[str, StatedMove], shocks: tuple[Shock, ...], chain: ValueChain
) -> Iterable[Issue]:
    """Name the segments that take a mean, group by group."""
    moves = {s.segment: s.shrunk for s in shocks}
    for group, members in _groups(chain, theme=True).items():
        stated = [m for m in members if m in rows]
        others = [m for m in members if m not in rows]
        if group in rows or not (stated and others):
            continue
        alone = len(stated) == 1
        yield Issue(
            code="one-member" if alone else "group-mean",
            severity="warning" if alone else "info",
            message=f"{listed(f'{k} {moves[k]:+.1%}' for k in others)} "
            f"{'are' if others[1:] else 'is'} not stated: assumed from {listed(stated)}"
            f"{', the only stated segment' if alone else ''} of {group}, by the share "
            "of such moves that each usually took.",
            fix=f"State them, or add a row {group} with the move that the others "
            "take; an abnormal move of 0% keeps them still.",
        )


def _still(rows: Mapping[str, StatedMove], chain: ValueChain) -> Iterable[Issue]:
    """Count the segments that neither a row nor their group's mean moves."""
    still = {
        group: members
        for group, members in _groups(chain, theme=True).items()
        if group not in rows and not any(m in rows for m in members)
    }
    for group, members in _groups(chain, theme=False).items():
        others = [m for m in members if m not in rows]
        if group not in rows and others:
            # Sectors of the rest of the market are no family: their mean is the
            # market itself.
            whole = len(others) == len(members)
            still[group if whole else f"other {group} segments"] = others
    count = sum(len(members) for members in still.values())
    if count:
        total = len(chain.segments)
        yield Issue(
            code="not-moving",
            severity="warning",
            message=f"{count} of {total} segments do not move beyond the market, since "
            f"nothing is stated of {listed(still)}: an assumption, with no error.",
            fix="Add rows for those that would move too.",
        )


def _unused(rows: Mapping[str, StatedMove], chain: ValueChain) -> Iterable[Issue]:
    groups = _groups(chain, theme=True) | _groups(chain, theme=False)
    for group, members in groups.items():
        if group in rows and all(m in rows for m in members):
            yield Issue(
                code="group-unused",
                severity="info",
                message=f"{rows[group].where}: the move of {group} holds for none of "
                "its segments, since each has its own.",
            )


def _errors(rows: Mapping[str, StatedMove], chain: ValueChain) -> Iterable[Issue]:
    order = [*chain.segment_ids, *(g.id for g in chain.groups)]
    without = [k for k in order if k in rows and rows[k].standard_error is None]
    if without:
        yield Issue(
            code="default-error",
            severity="info",
            message=f"No standard error is stated for {listed(without)}: "
            f"{DEFAULT_ERROR:.0%} is assumed.",
            fix="Add a column 'standard error'.",
        )


def _market(market: StatedMove | None, regions: tuple[str, ...]) -> Iterable[Issue]:
    if market is None:
        yield Issue(
            code="market-not-stated",
            severity="info",
            message="The return of the market is not stated: it is taken to be zero, "
            "and only moves beyond the market count.",
            fix="Add a row MARKET with the return of the market outside the theme, or "
            "give it with --market.",
        )
        return
    others = [r for r in regions if r not in {"US", "World"}]
    if others and market.move:
        yield Issue(
            code="market-elsewhere",
            severity="info",
            message=f"The market's {market.move:+.2%} holds for American securities, "
            f"{WORLD_SHARE:.0%} of it for world funds; zero is assumed for "
            f"{listed(others)}.",
            fix="stresskit stress --market sets one return for every region.",
        )
    if market.standard_error is not None:
        yield Issue(
            code="market-error",
            severity="info",
            message=f"{market.where}: the standard error of {MARKET} is not used; the "
            "band is given the market's return.",
        )


def _small(rows: Mapping[str, StatedMove]) -> Iterable[Issue]:
    largest = max(abs(r.move) for k, r in rows.items() if k != MARKET)
    if 0 < largest < SMALL_MOVE:
        yield Issue(
            code="small-moves",
            severity="warning",
            message=f"No stated move is larger than {largest:.2g}, which is "
            f"{largest:.2%}.",
            fix="Check the unit: -17% and -0.17 are the same, and under a header with "
            "a % sign it is -17.",
        )


def _large(rows: Mapping[str, StatedMove]) -> Iterable[Issue]:
    large = [
        f"{k} {r.move:+.0%}"
        for k, r in sorted(rows.items())
        if abs(r.move) > LARGE_MOVE
    ]
    if large:
        yield Issue(
            code="large-moves",
            severity="warning",
            message=f"Moves beyond {LARGE_MOVE:.0%} in one event: {listed(large)}.",
            fix="Check the unit: -0.5 is -50%; half a percent is -0.5% or -0.005.",
        )


def _groups(chain: ValueChain, *, theme: bool) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for segment in chain.segments:
        if segment.theme == theme:
            found.setdefault(segment.group, []).append(segment.id)
    return found


def listed(names: Iterable[str]) -> str:
    """Return names as a list in a sentence.

    Examples
    --------
    >>> listed(["MEMORY"]), listed(["EDA_IP", "MEMORY", "SEMICAP"])
    ('MEMORY', 'EDA_IP, MEMORY and SEMICAP')
    """
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last

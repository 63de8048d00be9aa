"""Tickets and sizes -> a Hedge whose every figure follows from those beside it."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.hedge.effect import effectiveness
from stresskit.core.hedge.question import contract_of
from stresskit.errors import HedgeInfeasible
from stresskit.model import Effect, Hedge, HedgeLeg, SegmentHedge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stresskit.core.hedge.question import HedgeQuestion, Ticket, TicketLeg
    from stresskit.model import StressResult

    Floats = NDArray[np.float64]

DAYS_A_YEAR = 365
MOST_LIMITS = 6
FRIDAY = 4


def unhedged(
    question: HedgeQuestion, family: str, title: str, status: str, note: str
) -> Hedge:
    """Return a suggestion without legs, with the reason in ``note``."""
    result = question.result
    return Hedge(
        family=family,
        title=title,
        legs=(),
        cost=0.0,
        cost_bps=0.0,
        hedge_pnl=0.0,
        residual_pnl=result.pnl,
        status=status,
        note=note,
        pnls=tuple(0.0 for _ in question.scenarios),
    )


def hedge_of(  # noqa: PLR0913 - a keyword for each part of a suggestion
    question: HedgeQuestion,
    legs: Sequence[HedgeLeg],
    *,
    family: str,
    title: str,
    status: str,
    note: str,
    binding: tuple[str, ...] = (),
    ticket_cost: float = 0.0,
    loads: dict[str, float] | None = None,
    variance: tuple[float, float] | None = None,
    diagnostics: dict[str, float] | None = None,
) -> Hedge:
    """Add legs up to a suggestion.

    Parameters
    ----------
    loads
        Money the legs take of each segment, signed.
    variance
        Daily variances, unhedged and hedged, as shares of the value squared.
    """
    result = question.result
    cost = sum(leg.cost for leg in legs) + ticket_cost
    pnls = (
        np.sum([leg.pnls for leg in legs], axis=0)
        if legs
        else np.zeros(len(question.scenarios))
    )
    gain = sum(leg.pnl for leg in legs)
    return Hedge(
        family=family,
        title=title,
        legs=tuple(legs),
        cost=cost,
        cost_bps=1e4 * cost / question.value,
        hedge_pnl=gain,
        residual_pnl=result.pnl + gain - cost,
        status=status,
        binding=binding,
        note=note,
        diagnostics=diagnostics or {},
        pnls=tuple(float(p) for p in pnls),
        ticket_cost=ticket_cost,
        outlay=sum(leg.premium for leg in legs),
        by_segment=_by_segment(result, loads or {}),
        effect=_effect(question, pnls, variance),
    )


def _by_segment(
    result: StressResult, loads: dict[str, float]
) -> tuple[SegmentHedge, ...]:
    found = []
    for s in result.by_segment:
        taken = loads.get(s.segment, 0.0)
        if s.exposure or taken:
            found.append(
                SegmentHedge(
                    segment=s.segment,
                    title=s.title,
                    exposure=s.exposure,
                    hedge_exposure=taken,
                    pnl=s.pnl,
                    hedge_pnl=taken * s.shock,
                )
            )
    return tuple(sorted(found, key=lambda s: s.pnl))


def _effect(
    question: HedgeQuestion, pnls: Floats, variance: tuple[float, float] | None
) -> Effect:
    """Say what the hedge does on other days and when the market turns."""
    scenarios = question.scenarios
    unhedged_ = np.array([s.pnl for s in scenarios])
    whole = effectiveness(unhedged_, pnls)
    at = [0, *(n for n, s in enumerate(scenarios) if s.kind == "day")]
    days = effectiveness(unhedged_[at], pnls[at])
    gains = [float(pnls[n]) for n, s in enumerate(scenarios) if s.pnl > 0]
    before, after = variance or (0.0, 0.0)
    return Effect(
        offsets=tuple(
            float(x) if math.isfinite(x) else None for x in whole.offset.tolist()
        ),
        ederington=days.ederington,
        out_of_sample=days.out_of_sample,
        multiple=days.multiple,
        ordinary=1.0 - after / before if before > 0 else None,
        basis_sd=after**0.5 if variance else None,
        regret=min(gains) if gains else None,
    )


def leg_of(
    question: HedgeQuestion, ticket: Ticket, leg: TicketLeg, money: float, impact: float
) -> HedgeLeg:
    """Return one order of ``money`` notional; ``impact`` is its cost per unit."""
    i, q = leg.instrument, leg.quote
    d = i.data
    horizon = question.mandate.horizon
    gains = leg.gains * money
    carry = leg.carry * _carry_kept(ticket)
    rate = leg.spread_cost(horizon) + impact + carry
    unit = i.unit
    contract = None if unit is None else contract_of(i) if q else unit / d.lot
    quantity = None if contract is None else money / contract
    if quantity is not None and abs(quantity - round(quantity)) < 1e-6 * max(
        1.0, quantity
    ):
        quantity = float(round(quantity))
    return HedgeLeg(
        instrument=i.ticker,
        name=_name(d.name, q.strike, q.call, q.years) if q else d.name,
        side=leg.side,
        quantity=quantity,
        notional=money,
        cost=rate * money,
        stress_return=float(leg.gains[0]) * leg.sign,
        pnl=float(gains[0]),
        cost_rate=rate,
        pnls=tuple(gains.tolist()),
        isin=d.isin,
        mic=d.mic,
        currency=d.currency,
        price=i.price,
        price_date=i.price_date,
        kind="option" if q else d.kind,
        impact=impact,
        premium=leg.sign * q.premium * money if q else 0.0,
        carry=carry * money,
        option=q,
        expiry=_expiry(question, q.years) if q else None,
    )


def _carry_kept(ticket: Ticket) -> float:
    """Return 1, or 0 for a package that earns by time: that is no saving counted on."""
    return 1.0 if sum(leg.carry for leg in ticket.legs) > 0 else 0.0


def _name(name: str, strike: float, call: bool, years: float) -> str:
    kind = "call" if call else "put"
    return f"{kind} {strike:.0%} {round(12 * years)}m on {name}"


def _expiry(question: HedgeQuestion, years: float) -> dt.date | None:
    """Return the listed expiry nearest to a tenor from the holdings' date."""
    day = question.result.portfolio.as_of
    if day is None:
        return None
    # Listed options expire on third Fridays: the one nearest to the tenor.
    wanted = day + dt.timedelta(days=round(years * DAYS_A_YEAR))
    months = [wanted + dt.timedelta(days=shift) for shift in (-30, 0, 30)]
    fridays = []
    for month in months:
        first = month.replace(day=1)
        to_friday = (FRIDAY - first.weekday()) % 7
        fridays.append(first + dt.timedelta(days=to_friday + 14))
    return min(fridays, key=lambda f: abs((f - wanted).days))


def legs_of(
    question: HedgeQuestion, tickets: Sequence[Ticket], x: Floats, impact: Floats
) -> list[HedgeLeg]:
    """Return the orders of tickets of sizes x, shares of the value.

    ``impact`` (T,) is each ticket's cost by its own size, share of the value.
    """
    return [
        leg_of(
            question,
            t,
            leg,
            float(size) * question.value,
            float(moved) / float(size) / len(t.legs),
        )
        for t, size, moved in zip(tickets, x, impact, strict=True)
        if size > 0
        for leg in t.legs
    ]


def loads_of(
    question: HedgeQuestion, tickets: Sequence[Ticket], x: Floats
) -> dict[str, float]:
    """Return the money that tickets take of each segment."""
    total: dict[str, float] = {}
    for t, size in zip(tickets, x, strict=True):
        if size > 0:
            for k, load in t.loads().items():
                total[k] = total.get(k, 0.0) + load * float(size) * question.value
    return total


def variances(
    question: HedgeQuestion, tickets: Sequence[Ticket], x: Floats
) -> tuple[float, float] | None:
    """Return the daily variance without and with tickets, shares of the value."""
    chosen = [n for n in range(len(tickets)) if x[n] > 0]
    joint = question.daily([tickets[n] for n in chosen])
    if joint is None:
        return None
    with_ = np.concatenate([[1.0], x[chosen]])
    return float(joint[0, 0]), float(with_ @ joint @ with_)


def out_of_reach(
    what: str, reached: float, share: float, best: Hedge
) -> HedgeInfeasible:
    """Return the error that says how far a family gets, what limits it, what to do."""
    # Rounded down, so that the share suggested is within reach.
    within = max(0, math.floor(100 * reached))
    best = _worth_it(best)
    shown = list(best.binding[:MOST_LIMITS])
    if len(best.binding) > MOST_LIMITS:
        shown.append(f"{len(best.binding) - MOST_LIMITS} more")
    limits = ", ".join(shown) or "trades that cost as much as they save"
    hint = "Leave it, or allow more instruments."
    if within:
        hint = f"Ask for a smaller share (--hedge-target {within / 100:.2f})"
        hint += _advice(best, reached) or ", or allow more instruments."
    return HedgeInfeasible(
        f"{what} can take away {f'{within}%' if within else 'less than 1%'} of the "
        f"loss, not {share:.0%}. Limited by: {limits}.",
        best=best,
        hint=hint,
    )


def _worth_it(best: Hedge) -> Hedge:
    """Return a suggestion without its orders where they cost more than they save."""
    if not best.legs or best.hedge_pnl > best.cost:
        return best
    nothing = tuple(0.0 for _ in best.pnls)
    return replace(
        best,
        legs=(),
        cost=0.0,
        cost_bps=0.0,
        hedge_pnl=0.0,
        residual_pnl=best.residual_pnl - best.hedge_pnl + best.cost,
        pnls=nothing,
        ticket_cost=0.0,
        outlay=0.0,
        by_segment=(),
        diagnostics={},
        effect=None,
        note="Orders would cost more than they save.",
    )


def _advice(best: Hedge, reached: float) -> str:
    least = reached + 0.005
    useful = [r for r in best.relaxations if r.share_then > max(r.share, least)]
    if not useful:
        return ""
    r = max(useful, key=lambda r: r.share_then)
    moved = f"{r.limit} from {r.now} to {r.then}"
    return f", or move the limit {moved}: that reaches {r.share_then:.0%}."

"""What every family is asked: the loss, the limits, and what may be traded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.hedge.costs import impact_coefficient, unit_cost
from stresskit.core.hedge.instruments import covariance, loading, option_delta
from stresskit.core.hedge.problem import HedgeProblem, Limit
from stresskit.core.stress.stressed import Stressed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stresskit.model import (
        Exposure,
        HedgeTarget,
        Instrument,
        Mandate,
        OptionQuote,
        PlanScenario,
        PositionResult,
        StressResult,
        Tradable,
    )

    Floats = NDArray[np.float64]

OPTION_HALF_SPREAD = 0.03
SIGN = {"buy": 1.0, "short": -1.0, "sell": -1.0}
# Daily: an asset without any risk of its own would leave a covariance without a root.
LEAST_SD = 1e-5


@dataclass(frozen=True)
class TicketLeg:
    """One instrument of a ticket: side, and its notional per unit of the ticket's."""

    instrument: Instrument
    side: str
    quote: OptionQuote | None = None
    credit: float = 1.0

    @property
    def sign(self) -> float:
        """1 for what is bought, -1 for what is sold."""
        return SIGN[self.side]

    @property
    def gains(self) -> Floats:
        """What a unit of notional makes in every scenario, (S,)."""
        if self.quote is None:
            return self.sign * np.array(self.instrument.returns)
        return self.sign * (np.array(self.quote.values) - self.quote.premium)

    @property
    def carry(self) -> float:
        """What an option of a unit of notional loses by time over the horizon."""
        if self.quote is None:
            return 0.0
        kept = 1.0 if self.sign > 0 else self.credit
        return self.sign * kept * self.quote.carry

    def spread_cost(self, horizon: int) -> float:
        """Return spreads, commission and borrow of a unit of notional."""
        if self.quote is not None:
            return 2 * OPTION_HALF_SPREAD * self.quote.premium
        d = self.instrument.data
        borrow = d.borrow if self.sign < 0 else 0.0
        return unit_cost(d.half_spread, d.fee, borrow, horizon)

    @property
    def delta(self) -> float:
        """How much of the underlying's move a unit of notional takes."""
        return self.sign * (1.0 if self.quote is None else option_delta(self.quote))


@dataclass(frozen=True)
class Ticket:
    """What is decided together: an order, or an option package.

    ``cap`` is the largest notional, share of the portfolio; ``group`` are tickets whose
    notionals share one cap.
    """

    key: str
    legs: tuple[TicketLeg, ...]
    cap: float
    group: str = ""

    @cached_property
    def gains(self) -> Floats:
        """What a unit of notional makes in every scenario before cost, (S,)."""
        total: Floats = np.sum([leg.gains for leg in self.legs], axis=0)
        return total

    def cost(self, horizon: int) -> float:
        """Return the cost of a unit over the horizon but impact, not below zero."""
        spreads = sum(leg.spread_cost(horizon) for leg in self.legs)
        return spreads + max(0.0, sum(leg.carry for leg in self.legs))

    @property
    def premium(self) -> float:
        """What a unit of notional costs to buy, options only."""
        return sum(leg.sign * leg.quote.premium for leg in self.legs if leg.quote)

    @property
    def short(self) -> float:
        """Short notional per unit: of instruments, not of options."""
        return sum(1.0 for leg in self.legs if leg.side == "short" and not leg.quote)

    @property
    def gross(self) -> float:
        """Notional per unit, of an option its delta (the commitment approach)."""
        return (
            abs(sum(leg.delta for leg in self.legs))
            if len(self.legs) > 1
            else abs(self.legs[0].delta)
        )

    @property
    def beta(self) -> float:
        """Beta per unit, signed."""
        return sum(leg.delta * leg.instrument.beta for leg in self.legs)

    def takes(self, segment: str) -> float:
        """Return the sensitivity per unit to a segment, signed."""
        return sum(
            leg.delta * leg.instrument.sensitivities.get(segment, 0.0)
            for leg in self.legs
        )

    def loads(self) -> dict[str, float]:
        """Return the sensitivities per unit, signed."""
        names = dict.fromkeys(
            k for leg in self.legs for k in leg.instrument.sensitivities
        )
        return {k: self.takes(k) for k in names}

    @property
    def lot(self) -> float:
        """The money of the smallest order, base currency; NaN where not known."""
        first = self.legs[0]
        unit = first.instrument.unit
        if unit is None:
            return float("nan")
        return contract_of(first.instrument) if first.quote is not None else unit


def is_line_of(t: Tradable, e: Exposure, r: PositionResult, base: str | None) -> bool:
    """Whether a position is the instrument itself, and not only of one company."""
    ids = r.position.identifiers
    if t.kind == "future" or (r.position.currency or base) != t.currency:
        return False
    if t.isin and ids.isin:
        return ids.isin == t.isin
    same = ids.ticker == t.ticker and ids.mic in (None, t.mic)
    return same and r.exposure.issuer == e.issuer


class Lines:
    """The positions of a portfolio by the codes that they are known by."""

    def __init__(self, result: StressResult):
        self._rows = result.by_position
        self._base = result.portfolio.base_currency
        self._at: dict[str, list[int]] = {}
        for n, r in enumerate(self._rows):
            ids = r.position.identifiers
            for code in {ids.isin, ids.ticker} - {None, ""}:
                self._at.setdefault(str(code), []).append(n)

    def of(self, t: Tradable, e: Exposure) -> list[PositionResult]:
        """Return the positions that are the instrument itself, in their order."""
        at = {*self._at.get(t.isin or "", ()), *self._at.get(t.ticker, ())}
        rows = (self._rows[n] for n in sorted(at))
        return [r for r in rows if is_line_of(t, e, r, self._base)]


def names_of(r: PositionResult) -> set[str]:
    """Return what a holding is called, in small letters."""
    ids = r.position.identifiers
    names = (r.position.id, r.position.name, ids.ticker, ids.isin)
    return {str(n).casefold() for n in names if n}


def index_of(instrument: Instrument) -> str:
    """Return what an instrument is on: a fund and a future on one index are one."""
    return instrument.data.of.partition(":")[0]


def contract_of(instrument: Instrument) -> float:
    """Return the money under one option: on a future, or on a hundred shares."""
    if instrument.unit is None:
        return float("nan")
    if instrument.data.kind == "future":
        return instrument.unit
    return 100.0 * instrument.unit / instrument.data.lot


@dataclass(frozen=True, kw_only=True)
class HedgeQuestion:
    """A stressed portfolio, a mandate, and instruments valued in every scenario.

    ``value`` is the money that shares refer to; ``pnls`` (S, n) every position's P&L in
    every scenario, the one the hedge is for first. ``further`` says whether frontiers,
    alternatives, what would loosen a limit and what may go wrong are worked out too.
    """

    result: StressResult
    mandate: Mandate
    target: HedgeTarget
    value: float
    scenarios: tuple[PlanScenario, ...]
    pnls: Floats
    instruments: tuple[Instrument, ...]
    options: tuple[Ticket, ...] = ()
    further: bool = True

    @cached_property
    def loss(self) -> float:
        """The loss under the scenario, money; negative for a gain."""
        return -self.result.pnl

    @cached_property
    def required(self) -> float:
        """The gain asked for, money; 0 where the target is met."""
        return self.target.required(self.loss, self.value) if self.loss > 0 else 0.0

    @cached_property
    def share(self) -> float:
        """The gain asked for as a share of the loss."""
        return self.required / self.loss if self.loss > 0 else 0.0

    @cached_property
    def held(self) -> dict[str, float]:
        """What the portfolio takes of each segment, share of the value."""
        return {s.segment: s.exposure / self.value for s in self.result.by_segment}

    @cached_property
    def beta(self) -> float:
        """The portfolio's beta, share of the value."""
        rows = self.result.by_position
        return sum(r.stressed_exposure * r.exposure.beta for r in rows) / self.value

    def cap_of(self, instrument: Instrument) -> float:
        """Return the largest notional: its own cap, the mandate's, and its volume's."""
        m = self.mandate
        cap = min(instrument.data.cap, m.instrument)
        if instrument.volume is not None:
            cap = min(cap, m.participation * m.days * instrument.volume)
        return cap

    def shorts(self) -> tuple[Ticket, ...]:
        """Return a ticket for each instrument that may be sold short."""
        return tuple(
            Ticket(
                f"short {i.ticker}",
                (TicketLeg(i, "short"),),
                self.cap_of(i),
                index_of(i),
            )
            for i in self.instruments
            if i.data.short and not self._is_held(i)
        )

    def _is_held(self, instrument: Instrument) -> bool:
        """Whether it is held itself: then it is sold, not sold short against that."""
        if instrument.data.kind == "stock":
            return instrument.exposure.issuer in self._issuers or self._has(instrument)
        return self._has(instrument)

    def _has(self, instrument: Instrument) -> bool:
        lines = self._lines.of(instrument.data, instrument.exposure)
        return any(r.base_value > 0 for r in lines)

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self.result)

    @cached_property
    def _issuers(self) -> frozenset[str]:
        rows = self.result.by_position
        return frozenset(r.exposure.issuer for r in rows if r.base_value > 0)

    def is_name_held(self, word: str) -> bool:
        """Whether a holding is called so: by its id, name, ticker or ISIN."""
        return any(word.casefold() in names_of(r) for r in self.result.by_position)

    def buys(self) -> tuple[Ticket, ...]:
        """Return a ticket for each instrument that may be bought."""
        return tuple(
            Ticket(
                f"buy {i.ticker}", (TicketLeg(i, "buy"),), self.cap_of(i), index_of(i)
            )
            for i in self.instruments
            if i.data.buy and i.data.kind != "future"
        )

    @cached_property
    def joint(self) -> Floats | None:
        """Daily covariance of the portfolio and the instruments, (1 + M, 1 + M)."""
        history = self.result.scenario.factor.history
        if history is None:
            return None
        rows = self.result.by_position
        w = np.array([r.stressed_exposure / self.value for r in rows])
        loads = np.array([loading(r.exposure.sensitivities, history) for r in rows])
        own = float(np.sqrt(np.sum((w * [r.exposure.specific_sd for r in rows]) ** 2)))
        each = [loading(i.sensitivities, history) for i in self.instruments]
        whole = w @ loads if len(rows) else np.zeros(len(history.names) - 1)
        return covariance(
            np.array([self.beta, *(i.beta for i in self.instruments)]),
            np.vstack([whole, *each]),
            np.array([own, *(i.exposure.specific_sd for i in self.instruments)]),
            history,
        )

    def daily(self, tickets: Sequence[Ticket]) -> Floats | None:
        """Return the daily covariance of the portfolio and tickets, (1 + T, 1 + T)."""
        if self.joint is None:
            return None
        at = {i.data.key: 1 + n for n, i in enumerate(self.instruments)}
        to = np.zeros((1 + len(tickets), len(self.joint)))
        to[0, 0] = 1.0
        for n, ticket in enumerate(tickets, 1):
            for leg in ticket.legs:
                to[n, at[leg.instrument.data.key]] += leg.delta
        result: Floats = to @ self.joint @ to.T
        return result

    @cached_property
    def stressed(self) -> Stressed:
        """The portfolio's arrays under the scenario again."""
        from stresskit.core.stress.table import Table

        r = self.result
        base = np.array([p.base_value for p in r.by_position], dtype=np.float64)
        table = Table(r.portfolio, r.exposures, r.scenario.factor, base)
        return Stressed(table, r.scenario, r.portfolio.base_currency)

    def errors(self, tickets: Sequence[Ticket]) -> Floats:
        """Return the joint covariance of stress errors, the portfolio first.

        Shape (1 + T, 1 + T).

        ``W = E V E' + R``: what the shocks' standard errors do to both, and what each
        does on its own; shares of the value.
        """
        s = self.stressed
        v = s.errors**2
        ids = s.table.exposures.segments
        mine = s.table.value @ s.table.sensitivities / self.value
        theirs = np.array([[t.takes(k) for k in ids] for t in tickets])
        e = np.vstack([mine, theirs.reshape(len(tickets), len(ids))])
        parts = self.result.band.parts
        own = (sum(parts.values()) - parts.get("measurement", 0.0)) / self.value**2
        spread = [max(own, 0.0)]
        for t in tickets:
            # A ticket's legs are on one instrument: its error is one.
            i, delta = t.legs[0].instrument, sum(leg.delta for leg in t.legs)
            x = np.array([i.sensitivities.get(k, 0.0) for k in ids])
            rest = max(i.stress_sd**2 - float(np.sum(x**2 * v)), 0.0)
            spread.append(delta**2 * rest)
        result: Floats = (e * v) @ e.T + np.diag(spread)
        return result

    def problem(
        self,
        tickets: Sequence[Ticket],
        *,
        share: float | None = None,
        neutral: bool = False,
    ) -> HedgeProblem:
        """State the minimum-cost problem for some tickets.

        Parameters
        ----------
        tickets
            What may be ordered.
        share
            Of the loss to take away, in place of the target.
        neutral
            Whether what is bought and what is sold short must be alike in money.
        """
        m = self.mandate
        gains = np.array([t.gains for t in tickets]).T.reshape(
            len(self.scenarios), len(tickets)
        )
        required = self.required if share is None else share * self.loss
        lots = np.array([t.lot / self.value for t in tickets])
        deviation = np.zeros(0)
        if m.robust == "budget":
            sds = [
                abs(sum(leg.delta for leg in t.legs)) * t.legs[0].instrument.stress_sd
                for t in tickets
            ]
            deviation = m.kappa * np.array(sds)
        weightless = self.result.currency is None
        return HedgeProblem(
            names=tuple(t.key for t in tickets),
            gain=gains[0],
            cost=np.array([t.cost(m.horizon) for t in tickets]),
            caps=np.array([t.cap for t in tickets]),
            required=required / self.value,
            limits=tuple(self._limits(tickets, gains, neutral=neutral)),
            impact=np.array([self._impact(t) for t in tickets]),
            lots=lots if m.whole_lots and not weightless else np.zeros(0),
            ticket=0.0 if weightless else m.ticket_cost / self.value,
            most=m.tickets,
            least=0.0 if weightless else m.smallest_ticket / self.value,
            deviation=deviation,
            budget=m.gamma if m.robust == "budget" else 0.0,
        )

    def _impact(self, ticket: Ticket) -> float:
        if any(leg.quote for leg in ticket.legs):
            return 0.0
        return sum(
            impact_coefficient(leg.instrument.daily_sd, leg.instrument.volume)
            for leg in ticket.legs
            if leg.instrument.volume
        )

    def _limits(
        self, tickets: Sequence[Ticket], gains: Floats, *, neutral: bool
    ) -> list[Limit]:
        m = self.mandate
        found = [
            Limit(
                "gross notional", np.array([t.gross for t in tickets]), m.gross, "gross"
            ),
            Limit(
                "short notional", np.array([t.short for t in tickets]), m.short, "short"
            ),
            Limit(
                "cost over the horizon",
                np.array([t.cost(m.horizon) for t in tickets]),
                m.cost,
                "cost",
            ),
        ]
        if any(t.premium for t in tickets):
            paid = np.array([max(t.premium, 0.0) for t in tickets])
            found.append(Limit("premium", paid, m.premium, "premium"))
        found += self._no_over_hedge(tickets)
        betas = -np.array([t.beta for t in tickets])
        found.append(
            Limit("no negative beta", betas, max(self.beta, 0.0) + m.over_hedge, "beta")
        )
        for s, scenario in enumerate(self.scenarios[1:], 1):
            allowed = m.harm + m.regret * max(scenario.pnl, 0.0) / self.value
            if (gains[s] < 0).any():
                name = f"no harm in {scenario.label}"
                found.append(Limit(name, -gains[s], allowed, "harm"))
        found += _shared_caps(tickets)
        if neutral:
            sides = np.array([1.0 if t.legs[0].sign > 0 else -1.0 for t in tickets])
            found.append(Limit("longs no more than shorts", sides, 0.0, "neutral"))
            found.append(Limit("shorts no more than longs", -sides, 0.0, "neutral"))
        return found

    def _no_over_hedge(self, tickets: Sequence[Ticket]) -> list[Limit]:
        segments = self.result.scenario.factor.chain.segments
        theme = [s for s in segments if s.theme]
        at = {s.id: n for n, s in enumerate(theme)}
        taken = np.zeros((len(tickets), len(theme)))
        for n, t in enumerate(tickets):
            delta = sum(leg.delta for leg in t.legs)
            for k, x in t.legs[0].instrument.sensitivities.items():
                if k in at:
                    taken[n, at[k]] = -delta * x
        over = self.mandate.over_hedge
        return [
            Limit(
                f"no over-hedge of {s.title}",
                taken[:, n],
                max(self.held.get(s.id, 0.0), 0.0) + over,
                "over-hedge",
            )
            for n, s in enumerate(theme)
            if (taken[:, n] > 0).any()
        ]


def _shared_caps(tickets: Sequence[Ticket]) -> list[Limit]:
    groups: dict[str, list[int]] = {}
    covered: dict[str, list[int]] = {}
    for n, t in enumerate(tickets):
        groups.setdefault(t.group, []).append(n)
        if t.key.startswith("collar"):
            covered.setdefault(t.group, []).append(n)
    found = []
    for name, members in groups.items():
        if len(members) > 1:
            row = np.zeros(len(tickets))
            row[members] = 1.0
            cap = max(tickets[n].cap for n in members)
            found.append(Limit(f"cap of {name} ({cap:.1%})", row, cap, "cap"))
    for name, members in covered.items():
        if len(members) > 1:
            row = np.zeros(len(tickets))
            row[members] = 1.0
            held = max(tickets[n].cap for n in members)
            found.append(Limit(f"calls on {name} held", row, held, "held"))
    return found

"""What could be done about the loss, at what cost, and what limits it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stresskit.model.mandate import HedgeTarget, Mandate
from stresskit.model.portfolio import Issue

if TYPE_CHECKING:
    from stresskit.model.exposures import Exposure
    from stresskit.model.result import StressResult
    from stresskit.model.scenario import Scenario


@dataclass(frozen=True, kw_only=True)
class Tradable:
    """A liquid instrument a hedge may use, with what it costs.

    Parameters
    ----------
    kind
        ``etf``, ``future`` or ``stock``; ``ucits`` says whether a UCITS may use it.
    short, buy, options
        Whether it can be sold short, bought, and has liquid listed options.
    half_spread, fee
        Decimals of the notional per trade; ``borrow`` per year of a short.
    volume
        Average daily value traded, US dollars, None where not known.
    lot, multiplier
        Units that are traded together, and money per unit of price.
    price
        In ``currency``, of ``price_date``; None where not known.
    of
        TICKER:MIC of the line that says how it moves.
    volatility
        Implied, decimal per year, of ``volatility_date``; None is assumed.
    cap
        The largest notional, share of the portfolio.
    """

    ticker: str
    mic: str
    isin: str | None
    name: str
    currency: str
    kind: str
    ucits: bool
    short: bool
    buy: bool
    options: bool
    half_spread: float
    fee: float
    borrow: float
    volume: float | None
    lot: float
    multiplier: float
    price: float | None
    price_date: dt.date | None
    of: str
    volatility: float | None
    volatility_date: dt.date | None
    cap: float
    source: str

    @property
    def key(self) -> str:
        """``TICKER:MIC``."""
        return f"{self.ticker}:{self.mic}"


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """A tradable with its place in the chain and its return in every scenario.

    ``returns`` (one per scenario of the plan) are those of its price in base currency
    where no money is held in its own: ``r (1 + c)``; ``held_returns`` where it is paid
    for: ``(1 + r)(1 + c) - 1``. ``unit`` is what one lot is worth in
    base currency, None without a price or a rate; ``volume`` the share of the portfolio
    that is traded in a day. ``daily_sd`` is the standard deviation of a day's return,
    ``stress_sd`` what its return under the scenario may be off by. ``volatility`` is
    the implied one used for its options, with where that comes from.
    """

    data: Tradable
    exposure: Exposure
    returns: tuple[float, ...]
    held_returns: tuple[float, ...]
    local_return: float
    unit: float | None
    price: float | None
    price_date: dt.date | None
    volume: float | None
    daily_sd: float
    stress_sd: float
    volatility: float
    volatility_source: str

    @property
    def ticker(self) -> str:
        """The ticker."""
        return self.data.ticker

    @property
    def stress_return(self) -> float:
        """The return under the scenario itself."""
        return self.returns[0]

    @property
    def sensitivities(self) -> dict[str, float]:
        """How much of each segment's abnormal return it takes."""
        return self.exposure.sensitivities

    @property
    def beta(self) -> float:
        """To the ex-theme market."""
        return self.exposure.beta


@dataclass(frozen=True, kw_only=True)
class OptionQuote:
    """An option that may be traded: terms and value, as shares of the underlying.

    ``strike`` and ``premium`` are shares of the spot; ``years`` to expiry;
    ``volatility`` its own; ``carry`` is what it loses over the horizon with spot and
    volatility where they are; ``values`` are its worth in every scenario of the plan.
    """

    call: bool
    strike: float
    years: float
    volatility: float
    rate: float
    premium: float
    carry: float
    values: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class HedgeLeg:
    """One order: ``notional`` and ``cost`` in base currency.

    ``side`` is ``buy`` or ``sell`` of something held, ``short`` for an overlay;
    ``notional`` is positive (of an option: that of what is underneath); ``pnl`` is what
    the leg makes under the scenario, ``pnls`` in every scenario of the plan.
    ``quantity`` is None where no price is known. ``carry`` is part of ``cost``: what an
    option loses by time. ``stress_return`` is P&L per unit of notional of the long
    side.
    """

    instrument: str
    name: str
    side: str
    quantity: float | None
    notional: float
    cost: float
    stress_return: float
    pnl: float
    cost_rate: float
    pnls: tuple[float, ...] = ()
    isin: str | None = None
    mic: str | None = None
    currency: str | None = None
    price: float | None = None
    price_date: dt.date | None = None
    kind: str = ""
    impact: float = 0.0
    premium: float = 0.0
    carry: float = 0.0
    option: OptionQuote | None = None
    expiry: dt.date | None = None
    tax: float = 0.0


@dataclass(frozen=True, kw_only=True)
class PlanScenario:
    """A scenario every hedge is valued in; ``pnl`` is the portfolio's, money.

    ``kind`` is ``target`` (what the hedge is for), ``severity`` or ``asked`` (the same
    factor), or ``day`` (an event of the library as it happened).
    """

    label: str
    kind: str
    scenario: Scenario
    pnl: float


@dataclass(frozen=True, kw_only=True)
class FrontierPoint:
    """The least cost of a loss: ``residual`` and ``cost`` as shares of the value.

    ``share`` of the loss is taken away; ``price`` is the cost of taking one more
    percent of the loss away, share of the value. ``knee`` marks where more gets dear.
    """

    share: float
    residual: float
    cost: float
    price: float
    knee: bool = False


@dataclass(frozen=True, kw_only=True)
class Relaxation:
    """What moving one limit would buy: the share of the loss that can be taken away."""

    limit: str
    now: str
    then: str
    share: float
    share_then: float


@dataclass(frozen=True, kw_only=True)
class SegmentHedge:
    """One segment before and after: money exposed and P&L under the scenario."""

    segment: str
    title: str
    exposure: float
    hedge_exposure: float
    pnl: float
    hedge_pnl: float


@dataclass(frozen=True, kw_only=True)
class Effect:
    """How a hedge does beyond the scenario it was made for.

    ``offsets`` are ``-hedge / unhedged`` by scenario of the plan. ``ederington`` is
    ``1 - Var(hedged) / Var(unhedged)`` over the library's days, ``ordinary`` over the
    ordinary days before the event; ``basis_sd`` is the daily standard deviation of
    hedged P&L as a share of the value. None where it cannot be known.
    """

    offsets: tuple[float | None, ...]
    ederington: float | None
    out_of_sample: float | None
    multiple: float | None
    ordinary: float | None
    basis_sd: float | None
    regret: float | None


@dataclass(frozen=True, kw_only=True)
class Hedge:
    """One suggestion: legs, cost and what remains.

    ``hedge_pnl`` is what the legs make under the scenario and ``residual_pnl =
    pnl + hedge_pnl - cost``. ``status`` is ``optimal``, ``infeasible`` (the legs
    are then the most the limits allow), ``not-applicable`` or ``nothing``.
    ``binding`` names the limits that stop it from being better, ``relaxations`` what
    each would buy. ``pnls`` is what the legs make in every scenario of the plan.
    ``ticket_cost`` is the part of ``cost`` that is charged per order, ``outlay`` the
    premium paid. ``alternatives`` reach the same with other instruments.
    """

    family: str
    title: str
    legs: tuple[HedgeLeg, ...]
    cost: float
    cost_bps: float
    hedge_pnl: float
    residual_pnl: float
    status: str
    binding: tuple[str, ...] = ()
    note: str = ""
    diagnostics: dict[str, float] = field(default_factory=dict)
    pnls: tuple[float, ...] = ()
    ticket_cost: float = 0.0
    outlay: float = 0.0
    by_segment: tuple[SegmentHedge, ...] = ()
    frontier: tuple[FrontierPoint, ...] = ()
    relaxations: tuple[Relaxation, ...] = ()
    alternatives: tuple[Hedge, ...] = ()
    effect: Effect | None = None


@dataclass(frozen=True, kw_only=True)
class HedgePlan:
    """The suggestions side by side for one stressed portfolio.

    ``target`` is the share of the loss to take away, ``asked`` how that was said.
    ``scenarios`` are those every hedge is valued in, the one it is for first.
    ``instruments`` are those considered, chosen or not; ``left_out`` says why others
    were not. ``families`` are those searched, ``instruments_sha256`` is the hash of the
    table they were chosen from.
    """

    result: StressResult
    target: float
    hedges: tuple[Hedge, ...]
    instruments: tuple[Instrument, ...]
    issues: tuple[Issue, ...] = ()
    mandate: Mandate = field(default_factory=Mandate)
    asked: HedgeTarget = field(default_factory=HedgeTarget)
    scenarios: tuple[PlanScenario, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)
    value: float = 0.0
    families: tuple[str, ...] = ()
    instruments_sha256: str = ""

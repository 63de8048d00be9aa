"""What could be done about the loss, at what cost, and what limits it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stresskit.model.portfolio import Issue

if TYPE_CHECKING:
    from stresskit.model.result import StressResult


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """Something that may be traded to hedge, with what it costs.

    ``half_spread``, ``fee`` and ``borrow`` are decimals of the notional (borrow
    per year); ``cap`` is the largest notional as a share of the portfolio.
    ``stress_return`` is the instrument's return under the scenario and
    ``sensitivities`` with ``beta`` what it comes from.
    """

    ticker: str
    mic: str
    isin: str | None
    name: str
    currency: str
    use: str
    half_spread: float
    fee: float
    borrow: float
    cap: float
    price: float | None
    price_date: dt.date | None
    beta: float
    sensitivities: dict[str, float]
    specific_sd: float
    stress_return: float
    event_return: float | None
    source: str


@dataclass(frozen=True, kw_only=True)
class HedgeLeg:
    """One order: ``notional`` and ``cost`` in base currency.

    ``side`` is ``buy`` or ``sell`` of something held, ``short`` for an overlay;
    ``notional`` is positive; ``pnl`` is what the leg makes under the scenario.
    ``quantity`` is None where no price is known.
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


@dataclass(frozen=True, kw_only=True)
class Hedge:
    """One suggestion: legs, cost and what remains.

    ``hedge_pnl`` is what the legs make under the scenario and ``residual_pnl =
    pnl + hedge_pnl - cost``. ``status`` is ``optimal``, ``infeasible`` (the legs
    are then the most the limits allow), ``not-applicable`` or ``nothing``.
    ``binding`` names the limits that stop it from being better.
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


@dataclass(frozen=True, kw_only=True)
class HedgePlan:
    """The suggestions side by side for one stressed portfolio.

    ``target`` is the share of the loss to take away. ``instruments`` are those
    considered, chosen or not.
    """

    result: StressResult
    target: float
    hedges: tuple[Hedge, ...]
    instruments: tuple[Instrument, ...]
    issues: tuple[Issue, ...] = ()

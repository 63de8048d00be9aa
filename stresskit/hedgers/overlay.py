"""The minimum-cost overlay: liquid ETFs against the loss, by linear programming."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.hedge.costs import unit_cost
from stresskit.core.hedge.problem import (
    OverlayProblem,
    overlay_problem,
    violations,
)
from stresskit.errors import ComputationError, HedgeInfeasible
from stresskit.hedgers.nothing import unhedged
from stresskit.model import Hedge, HedgeLeg

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.model import Instrument, StressResult

    Floats = NDArray[np.float64]

FAMILY, TITLE = "overlay", "Overlay of liquid ETFs"
GROSS_CAP = 0.60
OVER_HEDGE = 0.02
DUST = 1e-6
NOTE = "Held for a month: two half-spreads, commission and, for shorts, borrow."


@dataclass(frozen=True)
class _Leg:
    """An instrument on one side: 1 sells it short, -1 buys it."""

    instrument: Instrument
    side: int

    @property
    def cost(self) -> float:
        i = self.instrument
        borrow = i.borrow if self.side > 0 else 0.0
        return unit_cost(i.half_spread, i.fee, borrow)


class OverlayHedger:
    """Short ETFs so that the loss falls to the target at the least cost.

    A book that is itself short may also buy, to keep its beta. Limits: notional
    per instrument and in total, no segment of the theme hedged by more than 2% of
    the portfolio beyond what it holds, beta not below zero (nor below what it is).
    """

    order = 1

    def hedge(
        self, result: StressResult, instruments: tuple[Instrument, ...], target: float
    ) -> Hedge:
        """Return the cheapest overlay that takes away ``target`` of the loss.

        Raises
        ------
        HedgeInfeasible
            If the limits do not allow it; ``best`` is the most they allow.
        ComputationError
            If the solver fails or its answer breaks a limit.
        """
        if result.pnl >= 0:
            return unhedged(
                result,
                FAMILY,
                TITLE,
                "not-applicable",
                "The portfolio does not lose under this scenario.",
            )
        legs = _allowed(result, instruments)
        if not legs:
            raise HedgeInfeasible(
                "No instrument for an overlay has estimated sensitivities.",
                hint="Use a factor built from prices that hold the ETFs.",
                best=unhedged(result, FAMILY, TITLE, "infeasible", "No instrument."),
            )
        problem = _problem(result, legs, target)
        x, dual = _solve(problem, problem.cost, problem.A, problem.b)
        if x is not None:
            binding = _binding(problem.names, dual, legs)
            return _record(result, legs, x, "optimal", binding, target)
        # The most the limits allow, and which of them stop it.
        x, dual = _solve(problem, -problem.gain, problem.A[1:], problem.b[1:])
        if x is None:
            raise ComputationError("The solver found no overlay at all.")
        binding = _binding(problem.names[1:], dual, legs)
        best = _record(result, legs, x, "infeasible", binding, target)
        reached = 1.0 - best.residual_pnl / result.pnl
        raise out_of_reach("The overlay", reached, target, best)


def out_of_reach(
    what: str, reached: float, target: float, best: Hedge
) -> HedgeInfeasible:
    """Return the error that says how far a family gets, what limits it, what to do."""
    # Rounded down, so that the share suggested is within reach.
    share = max(0, math.floor(100 * reached))
    limits = ", ".join(best.binding) or "trades that cost as much as they save"
    return HedgeInfeasible(
        f"{what} can take away {f'{share}%' if share else 'less than 1%'} of the loss, "
        f"not {target:.0%}. Limited by: {limits}.",
        best=best,
        hint=f"Ask for a smaller share (--hedge-target {share / 100:.2f}), or add "
        "instruments."
        if share
        else "Leave it, or add instruments.",
    )


def _allowed(
    result: StressResult, instruments: tuple[Instrument, ...]
) -> tuple[_Leg, ...]:
    shorts = [_Leg(i, 1) for i in instruments if i.use == "short"]
    if any(r.stressed_exposure < 0 for r in result.by_position):
        shorts += [_Leg(i, -1) for i in instruments if i.use == "buy"]
    return tuple(shorts)


def _problem(
    result: StressResult, legs: tuple[_Leg, ...], target: float
) -> OverlayProblem:
    nav = scale_of(result)
    side = np.array([leg.side for leg in legs])
    cost = np.array([leg.cost for leg in legs])
    # Net of its own cost: the residual after cost is what the target is about.
    gain = -side * np.array([leg.instrument.stress_return for leg in legs]) - cost
    beta = sum(r.stressed_exposure * r.exposure.beta for r in result.by_position) / nav
    theme = {s.id: s.title for s in result.scenario.factor.chain.segments if s.theme}
    held = {s.segment: s.exposure / nav for s in result.by_segment}
    taken = [leg.instrument.sensitivities for leg in legs]
    rows = [
        (
            f"no over-hedge of {title}",
            side * np.array([x.get(name, 0.0) for x in taken]),
            max(held[name], 0.0) + OVER_HEDGE,
        )
        for name, title in theme.items()
    ]
    betas = side * np.array([leg.instrument.beta for leg in legs])
    rows.append(("no negative beta", betas, max(beta, 0.0)))
    return overlay_problem(
        gain,
        cost,
        np.array([leg.instrument.cap for leg in legs]),
        required=target * -result.pnl / nav,
        gross=GROSS_CAP,
        rows=tuple(rows),
    )


def scale_of(result: StressResult) -> float:
    """Return the money that shares refer to: the value, or the gross if none."""
    gross = sum(abs(r.stressed_exposure) for r in result.by_position)
    return result.base_value if result.base_value > 0 else gross


def _solve(
    problem: OverlayProblem, cost: Floats, A: Floats, b: Floats
) -> tuple[Floats | None, Floats]:
    from scipy.optimize import linprog

    bounds = [(0.0, float(cap)) for cap in problem.caps]
    found = linprog(cost, A_ub=A, b_ub=b, bounds=bounds, method="highs")
    if found.status == 2:
        return None, np.zeros(0)
    if found.status != 0:
        raise ComputationError(f"The solver stopped: {found.message}")
    x = np.asarray(found.x, dtype=np.float64)
    x = np.where(x < DUST, 0.0, x)
    broken = [
        n
        for n in violations(problem, x, 1e-6)
        if n != "target" or len(b) == len(problem.b)
    ]
    if broken:
        raise ComputationError(f"The solver's answer breaks: {', '.join(broken)}.")
    dual = np.concatenate([found.ineqlin.marginals, found.upper.marginals])
    return x, np.asarray(dual, dtype=np.float64)


def _binding(
    names: tuple[str, ...], dual: Floats, legs: tuple[_Leg, ...]
) -> tuple[str, ...]:
    caps = (f"cap of {i.ticker} ({i.cap:.0%})" for i in (g.instrument for g in legs))
    everything = (*names, *caps)
    return tuple(
        name for name, price in zip(everything, dual, strict=True) if price < -DUST
    )


def _record(
    result: StressResult,
    allowed: tuple[_Leg, ...],
    x: Floats,
    status: str,
    binding: tuple[str, ...],
    target: float,
) -> Hedge:
    nav = scale_of(result)
    legs = tuple(
        _order(result, leg, float(share) * nav)
        for leg, share in zip(allowed, x, strict=True)
        if share > 0
    )
    cost = sum(leg.cost for leg in legs)
    gain = sum(leg.pnl for leg in legs)
    return Hedge(
        family=FAMILY,
        title=TITLE,
        legs=legs,
        cost=cost,
        cost_bps=1e4 * cost / nav,
        hedge_pnl=gain,
        residual_pnl=result.pnl + gain - cost,
        status=status,
        binding=binding,
        note=NOTE,
        diagnostics={"target": target},
    )


def _order(result: StressResult, leg: _Leg, notional: float) -> HedgeLeg:
    i = leg.instrument
    return HedgeLeg(
        instrument=i.ticker,
        name=i.name,
        side="short" if leg.side > 0 else "buy",
        quantity=units(result, i, notional),
        notional=notional,
        cost=leg.cost * notional,
        stress_return=i.stress_return,
        pnl=-leg.side * notional * i.stress_return,
        cost_rate=leg.cost,
    )


def units(result: StressResult, i: Instrument, notional: float) -> float | None:
    """Return how many units an amount buys, or None without a price or a rate."""
    if i.price is None or result.currency is None:
        return None
    if i.currency == result.currency:
        return notional / i.price
    rate = result.portfolio.fx.get(i.currency)
    return None if rate is None else notional / (i.price * rate)

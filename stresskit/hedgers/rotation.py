"""Long-only rotation: sell what loses, buy what holds, stay close to the portfolio.

riskfolio-lib finds the weights. It is imported here and nowhere else, because it
takes seconds to load; it prints and returns None when there is no solution, so its
output is muted and its weights are checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from stresskit.core.hedge.instruments import covariance
from stresskit.errors import ComputationError
from stresskit.hedgers.nothing import unhedged
from stresskit.hedgers.overlay import out_of_reach, units
from stresskit.model import Hedge, HedgeLeg

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.model import Instrument, PositionResult, StressResult

    Floats = NDArray[np.float64]

FAMILY, TITLE = "rotation", "Trim and rotate (long-only)"
TRACKING_ERROR = 0.06
CASH_CAP = 0.25
SELLABLE = 40
DUST, TINY = 0.0025, 1e-5
# Daily; an asset without any risk of its own (cash, bonds, an empty block) would
# leave the covariance without a root.
LEAST_SD = 1e-5
STOCK_COST = 0.00035
YEAR = 252
# Percent instead of decimals: the solver's tolerances suit numbers near one.
PERCENT = 100.0


@dataclass(frozen=True)
class _Assets:
    """What may be traded: present holdings, one block for the rest, what to buy.

    ``rates`` is the cost of a trade, positive for what is sold (its weight falls)
    and negative for what is bought.
    """

    keys: tuple[str, ...]
    held: tuple[PositionResult | None, ...]
    bought: tuple[Instrument | None, ...]
    weights: Floats
    stress: Floats
    rates: Floats
    cov: Floats
    upper: Floats
    lower: Floats


class RotationHedger:
    """Find the long-only portfolio nearest to the present one that loses less.

    ``min (w - w0)' C (w - w0)`` subject to ``r'w >= (1 - target) r'w0``, weights
    of 0 at least that sum to 1, at most 6% tracking error a year, buys of approved
    ETFs and cash within their caps.
    """

    order = 2

    def hedge(
        self, result: StressResult, instruments: tuple[Instrument, ...], target: float
    ) -> Hedge:
        """Return the rotation that takes away ``target`` of the loss.

        Raises
        ------
        HedgeInfeasible
            If the tracking error or the caps do not allow it; ``best`` is the most
            they allow.
        ComputationError
            If the weights that come back break a limit.
        """
        reason = _reason_against(result)
        if reason:
            return unhedged(result, FAMILY, TITLE, "not-applicable", reason)
        assets = _assets(result, instruments)
        weights = _polished(assets, target)
        if weights is not None:
            return _record(result, assets, weights, "optimal", target)
        reached = min(target, _most(assets))
        weights = _polished(assets, reached)
        if weights is None:
            best = unhedged(result, FAMILY, TITLE, "infeasible", "No rotation found.")
        else:
            best = _record(result, assets, weights, "infeasible", target)
        raise out_of_reach("A rotation", reached, target, best)


def _reason_against(result: StressResult) -> str:
    if result.pnl >= 0:
        return "The portfolio does not lose under this scenario."
    if any(r.base_value < 0 or r.stressed_exposure < 0 for r in result.by_position):
        return "The portfolio is short or borrows; a rotation is for long-only ones."
    if any(r.base_value == 0 and r.stressed_exposure for r in result.by_position):
        return "The portfolio holds futures; a rotation is for funded positions."
    if result.scenario.factor.history is None:
        return "The factor has no segment history, so no tracking error is known."
    return ""


def _assets(result: StressResult, instruments: tuple[Instrument, ...]) -> _Assets:
    total = result.base_value
    moving = [r for r in result.by_position if r.exposure.moves and r.base_value > 0]
    moving.sort(key=lambda r: (r.pnl, r.position.id))
    sellable = [r for r in moving[:SELLABLE] if r.pnl < 0]
    chosen = {r.position.id for r in sellable}
    rest = [r for r in result.by_position if r.position.id not in chosen]
    cash = [r for r in rest if r.exposure.source == "cash"]
    block = [r for r in rest if r.exposure.source != "cash"]
    buys = [i for i in instruments if i.use == "buy"]
    weights = [r.base_value / total for r in sellable]
    w_block = sum(r.base_value for r in block) / total
    w_cash = sum(r.base_value for r in cash) / total
    w0 = np.array([*weights, w_block, w_cash, *(0.0 for _ in buys)])
    stress = np.array(
        [
            *(r.pnl / r.base_value for r in sellable),
            sum(r.pnl for r in block) / total / w_block if w_block else 0.0,
            0.0,
            *(i.stress_return for i in buys),
        ]
    )
    lower, upper = np.zeros(len(w0)), w0.copy()
    n = len(sellable)
    lower[n] = w0[n]
    lower[n + 1], upper[n + 1] = w0[n + 1], max(w0[n + 1], w0[n + 1] + CASH_CAP)
    upper[n + 2 :] = [i.cap for i in buys]
    return _Assets(
        keys=(
            *(r.position.id for r in sellable),
            "rest",
            "cash",
            *(i.ticker for i in buys),
        ),
        held=(*sellable, None, None, *(None for _ in buys)),
        bought=(*(None for _ in sellable), None, None, *buys),
        weights=w0,
        stress=stress,
        rates=np.array(
            [
                *(STOCK_COST for _ in sellable),
                0.0,
                0.0,
                *(-(i.half_spread + i.fee) for i in buys),
            ]
        ),
        cov=_covariance(result, sellable, block, buys),
        upper=upper,
        lower=lower,
    )


def _covariance(
    result: StressResult,
    sellable: list[PositionResult],
    block: list[PositionResult],
    buys: list[Instrument],
) -> Floats:
    history = result.scenario.factor.history
    if history is None:
        raise ComputationError("The factor has no segment history.")
    index = {name: k for k, name in enumerate(history.names[1:])}

    def loading(sensitivities: dict[str, float]) -> Floats:
        row = np.zeros(len(index))
        for name, x in sensitivities.items():
            if name in index:
                row[index[name]] = x
        return row

    money = sum(r.base_value for r in block) or 1.0
    shares = [r.base_value / money for r in block]
    beta = [
        *(r.exposure.beta for r in sellable),
        sum(s * r.exposure.beta for s, r in zip(shares, block, strict=True)),
        0.0,
        *(i.beta for i in buys),
    ]
    rows = [
        *(loading(r.exposure.sensitivities) for r in sellable),
        sum(
            (
                s * loading(r.exposure.sensitivities)
                for s, r in zip(shares, block, strict=True)
            ),
            np.zeros(len(index)),
        ),
        np.zeros(len(index)),
        *(loading(i.sensitivities) for i in buys),
    ]
    own = sum(
        (s * r.exposure.specific_sd) ** 2 for s, r in zip(shares, block, strict=True)
    )
    residual = [
        *(r.exposure.specific_sd for r in sellable),
        own**0.5,
        0.0,
        *(i.specific_sd for i in buys),
    ]
    own_risk = np.maximum(residual, LEAST_SD)
    return covariance(np.array(beta), np.vstack(rows), own_risk, history)


def _polished(assets: _Assets, target: float) -> Floats | None:
    """Solve, keep the trades worth a ticket, and solve again with only those."""
    first = _optimise(assets, target, assets.lower, assets.upper)
    if first is None:
        return None
    small = np.abs(first - assets.weights) < DUST
    lower = np.where(small, assets.weights, assets.lower)
    upper = np.where(small, assets.weights, assets.upper)
    second = _optimise(assets, target, lower, upper)
    return first if second is None else second


def _optimise(
    assets: _Assets, target: float, lower: Floats, upper: Floats
) -> Floats | None:
    """Return the nearest weights that reach the target, None if there are none."""
    # Selling costs w0 - w times the rate, buying w - w0 times it: linear in w.
    need = (1.0 - target) * float(assets.stress @ assets.weights)
    need += float(assets.rates @ assets.weights)
    net = assets.stress + assets.rates
    # max 2 b'C w - w'C w  is  min (w - b)'C(w - b): its utility, with these means.
    mean = 2.0 * PERCENT**2 * assets.cov @ assets.weights
    bounds = np.vstack([-net, np.eye(len(mean)), -np.eye(len(mean))])
    limits = np.concatenate([[-need], upper, -lower])
    w = _solve(assets, "Utility", mean, bounds, limits)
    if w is None or not _holds(assets, w, net, need):
        return None
    # Within tolerance is not within: nobody sells more than is held.
    return np.clip(w, lower, upper)


def _most(assets: _Assets) -> float:
    """Return the largest share of the loss, after cost, that the limits allow."""
    net = assets.stress + assets.rates
    n = len(assets.weights)
    bounds = np.vstack([np.eye(n), -np.eye(n)])
    limits = np.concatenate([assets.upper, -assets.lower])
    w = _solve(assets, "MaxRet", PERCENT * net, bounds, limits)
    if w is None:
        raise ComputationError("The solver found no rotation at all.")
    # A little less than the most, so that it can be reached within tolerances.
    left = float(net @ w - assets.rates @ assets.weights)
    return max(0.0, 0.99 * (1.0 - left / float(assets.stress @ assets.weights)))


def _solve(
    assets: _Assets, objective: str, mean: Floats, bounds: Floats, limits: Floats
) -> Floats | None:
    """Let riskfolio-lib optimise; rows of ``bounds`` w <= ``limits``."""
    import pandas as pd

    rp = _riskfolio()
    n = len(assets.weights)
    cov = PERCENT**2 * assets.cov
    # Rows whose products are the covariance: riskfolio measures tracking error on
    # returns, without taking out their mean, as |X (w - b)| / sqrt(T - 1).
    scenarios = np.sqrt(n - 1) * np.linalg.cholesky(cov).T
    names = list(assets.keys)
    port = rp.Portfolio(returns=pd.DataFrame(scenarios, columns=names))
    port.cov = pd.DataFrame(cov, index=names, columns=names)
    port.mu = pd.DataFrame([mean], columns=names)
    port.solvers = ["CLARABEL"]
    port.kindbench = True
    port.benchweights = pd.DataFrame(assets.weights[:, None], index=names)
    port.allowTE = True
    port.TE = PERCENT * TRACKING_ERROR / YEAR**0.5
    port.ainequality = bounds
    port.binequality = limits[:, None]
    found = port.optimization(model="Classic", rm="MV", obj=objective, l=1.0)
    if found is None:
        return None
    w = found["weights"].to_numpy(dtype=np.float64)
    return np.where(np.abs(w - assets.weights) < 1e-7, assets.weights, w)


def _riskfolio() -> Any:
    """Import riskfolio-lib, which prints where it finds no solution, and mute it.

    Its module gets a ``print`` of its own: to redirect the standard output would
    take it away from every other thread.
    """
    import riskfolio

    # By name: as an attribute of the package the class of that name hides it.
    vars(import_module("riskfolio.src.Portfolio"))["print"] = _say_nothing
    return riskfolio


def _say_nothing(*_: object, **__: object) -> None:
    """Stand in for ``print``; None comes back as well, and that is checked."""


def _holds(assets: _Assets, w: Floats, net: Floats, need: float) -> bool:
    close = 1e-5
    moved = w - assets.weights
    error = float(np.sqrt(moved @ assets.cov @ moved * YEAR))
    return bool(
        abs(w.sum() - 1.0) < close
        and np.all(w >= assets.lower - close)
        and np.all(w <= assets.upper + close)
        and net @ w >= need - close
        and error <= TRACKING_ERROR + 1e-4
    )


def _record(
    result: StressResult, assets: _Assets, w: Floats, status: str, target: float
) -> Hedge:
    total = result.base_value
    moved = w - assets.weights
    moved = np.where(np.abs(moved) < TINY, 0.0, moved)
    # What rounding leaves goes to the largest buy, so that trades sum to zero.
    moved[int(np.argmax(moved))] -= moved.sum()
    legs = tuple(
        _leg(result, assets, n, float(moved[n]) * total)
        for n in np.flatnonzero(moved).tolist()
    )
    cost = sum(leg.cost for leg in legs)
    gain = sum(leg.pnl for leg in legs)
    error = float(np.sqrt(moved @ assets.cov @ moved * YEAR))
    binding = []
    if error > TRACKING_ERROR - 1e-3:
        binding.append(f"tracking error of {TRACKING_ERROR:.0%} a year")
    binding += [
        f"cap of {assets.keys[n]} ({assets.upper[n]:.0%})"
        for n in np.flatnonzero(
            (w > assets.upper - 1e-4) & (w > assets.weights + 1e-4)
        ).tolist()
    ]
    return Hedge(
        family=FAMILY,
        title=TITLE,
        legs=legs,
        cost=cost,
        cost_bps=1e4 * cost / total,
        hedge_pnl=gain,
        residual_pnl=result.pnl + gain - cost,
        status=status,
        binding=tuple(binding),
        note=f"Tracking error against the present portfolio {error:.2%} a year; "
        f"one-way turnover {float(np.abs(moved).sum()) / 2:.1%}. One trade each way; "
        "tax is not counted.",
        diagnostics={
            "target": target,
            "tracking_error": error,
            "turnover": float(np.abs(moved).sum()) / 2,
        },
    )


def _leg(result: StressResult, assets: _Assets, n: int, money: float) -> HedgeLeg:
    held, bought = assets.held[n], assets.bought[n]
    rate, quantity, name, key = 0.0, None, "Cash", "CASH"
    if held is not None:
        rate, name = STOCK_COST, held.position.name
        ids = held.position.identifiers
        key = ids.ticker or ids.isin or held.position.id
        if held.position.quantity:
            quantity = abs(money) / held.base_value * abs(held.position.quantity)
    elif bought is not None:
        rate, name, key = bought.half_spread + bought.fee, bought.name, bought.ticker
        quantity = units(result, bought, abs(money))
    r = float(assets.stress[n])
    return HedgeLeg(
        instrument=key,
        name=name,
        side="buy" if money > 0 else "sell",
        quantity=quantity,
        notional=abs(money),
        cost=rate * abs(money),
        stress_return=r,
        pnl=money * r,
        cost_rate=rate,
    )

"""New weights -> orders: whole shares, costs, tax, and what is left in cash."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from stresskit.hedgers.record import hedge_of
from stresskit.model import HedgeLeg

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.core.hedge.holdings import Assets
    from stresskit.core.hedge.question import HedgeQuestion
    from stresskit.model import Hedge

    Floats = NDArray[np.float64]

TINY = 1e-5
# What rounding leaves of cash that does not move.
NOTHING = 1e-12


def rotated(
    question: HedgeQuestion,
    assets: Assets,
    w: Floats,
    *,
    family: str,
    title: str,
    status: str,
    binding: tuple[str, ...],
    extra: str = "",
) -> Hedge:
    """Return the suggestion of going to weights w."""
    moved = _whole(question, assets, w - assets.weights)
    new = assets.weights + moved
    legs = [
        _leg(question, assets, n, float(moved[n]) * question.value)
        for n in np.flatnonzero(moved).tolist()
        if n != assets.cash or abs(float(moved[n])) > NOTHING
    ]
    fees = question.mandate.ticket_cost * sum(leg.kind != "cash" for leg in legs)
    turnover = float(np.maximum(-moved, 0.0).sum())
    error = assets.tracking_error(new)
    before = float(assets.weights @ assets.cov @ assets.weights)
    after = float(new @ assets.cov @ new)
    loads: dict[str, float] = {}
    for n in np.flatnonzero(moved).tolist():
        held, bought = assets.held[n], assets.bought[n]
        exposure = held.exposure if held else bought.exposure if bought else None
        for k, load in (exposure.sensitivities if exposure else {}).items():
            loads[k] = loads.get(k, 0.0) + load * float(moved[n]) * question.value
    m = question.mandate
    tax = " Tax is not counted."
    if m.tax_rate:
        tax = (
            f" Tax of {m.tax_rate:.1%} on {m.gain_share:.0%} of what is sold is in the "
            "cost."
        )
    return hedge_of(
        question,
        legs,
        family=family,
        title=title,
        status=status,
        binding=binding,
        note=f"Tracking error against the present portfolio {error:.2%} a year; "
        f"one-way turnover {turnover:.1%}. One trade each way.{tax}"
        f"{extra}",
        ticket_cost=fees if question.result.currency is not None else 0.0,
        loads=loads,
        variance=(before, after),
        diagnostics={
            "target": question.share,
            "tracking_error": error,
            "turnover": turnover,
            "tax": sum(leg.tax for leg in legs),
        },
    )


def _whole(question: HedgeQuestion, assets: Assets, moved: Floats) -> Floats:
    """Sell whole shares, a little more; buy whole ones, a little less."""
    moved = np.where(np.abs(moved) < TINY, 0.0, moved)
    at = assets.cash
    if question.mandate.whole_lots and question.result.currency is not None:
        for n in np.flatnonzero(moved).tolist():
            unit = _unit(assets, n)
            if unit is None or n == at:
                continue
            count = abs(float(moved[n])) * question.value / unit
            if moved[n] < 0:
                held = assets.held[n]
                most = abs(held.position.quantity or 0.0) if held else count
                moved[n] = -min(math.ceil(count - 1e-9), most) * unit / question.value
            else:
                moved[n] = math.floor(count + 1e-9) * unit / question.value
    moved[at] -= moved.sum()
    return moved


def _unit(assets: Assets, n: int) -> float | None:
    """Return the money of one unit, None where parts of it are held or no price is."""
    held, bought = assets.held[n], assets.bought[n]
    if bought is not None:
        return bought.unit
    if held is None or not held.position.quantity:
        return None
    quantity = abs(held.position.quantity)
    return held.base_value / quantity if quantity == round(quantity) else None


def _leg(question: HedgeQuestion, assets: Assets, n: int, money: float) -> HedgeLeg:
    held, bought = assets.held[n], assets.bought[n]
    gains = assets.returns[:, n] * money
    rate = float(assets.selling[n] if money < 0 else assets.buying[n])
    quantity, price, day = None, None, None
    name, key, isin, mic, currency, kind = "Cash", "CASH", None, None, None, "cash"
    if held is not None:
        p = held.position
        ids = p.identifiers
        name, key = p.name, ids.ticker or ids.isin or p.id
        isin, mic, currency, kind = ids.isin, ids.mic, p.currency, p.asset_class
        price, day = p.price, question.result.portfolio.as_of
        if p.quantity:
            quantity = abs(money) / held.base_value * abs(p.quantity)
    elif bought is not None:
        d = bought.data
        name, key, isin, mic = d.name, d.ticker, d.isin, d.mic
        currency, kind, price, day = d.currency, d.kind, bought.price, bought.price_date
        quantity = None if bought.unit is None else abs(money) / bought.unit * d.lot
    else:
        currency = question.result.currency
    if quantity is not None and abs(quantity - round(quantity)) < 1e-6 * max(
        1, quantity
    ):
        quantity = float(round(quantity))
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
        pnls=tuple(gains.tolist()),
        isin=isin,
        mic=mic,
        currency=currency,
        price=price,
        price_date=day,
        kind=kind,
        tax=float(assets.tax[n]) * abs(money) if money < 0 else 0.0,
    )

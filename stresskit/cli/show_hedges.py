"""Hedges on the terminal: what each costs, leaves and does on other days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from stresskit.cli.show import Unit, amount, money, signed, table_of, unit_of

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from stresskit.model import Hedge, HedgeLeg, HedgePlan, StressResult

MOST_LEGS, MOST_LIMITS = 6, 4
STATUS = {
    "optimal": "reaches it",
    "infeasible": "out of reach",
    "not-applicable": "not applicable",
    "nothing": "",
}


def hedges_block(result: StressResult, plan: HedgePlan) -> list[RenderableType]:
    """Return the suggestions side by side, and what they do on real days."""
    parts: list[RenderableType] = [_suggestions(result, plan)]
    days = [n for n, s in enumerate(plan.scenarios) if s.kind == "day"]
    if days and any(h.legs for h in plan.hedges):
        parts += [Text(""), _other_days(result, plan, days)]
    return parts


def _suggestions(result: StressResult, plan: HedgePlan) -> Table:
    unit = unit_of(result)
    table = table_of(
        f"To take away {plan.asked.words}: {plan.mandate.title} (analysis, not advice)",
        *("Suggestion", "Cost", "Hedge P&L", "Residual P&L", "What"),
    )
    for h in plan.hedges:
        table.add_row(
            f"{h.title}\n{STATUS.get(h.status, h.status)}".rstrip(),
            money(h.cost, unit),
            signed(money(h.hedge_pnl, unit), h.hedge_pnl),
            signed(money(h.residual_pnl, unit), h.residual_pnl),
            _what(h, unit),
        )
    return table


def _what(h: Hedge, unit: Unit | None) -> str:
    orders = [leg for leg in h.legs if leg.kind != "cash" or leg.notional > 1.0]
    legs = "; ".join(_order(leg, unit) for leg in orders[:MOST_LEGS])
    if len(orders) > MOST_LEGS:
        legs += f"; and {len(orders) - MOST_LEGS} more"
    shown = [name for name in h.binding if name != "target"][:MOST_LIMITS]
    limits = f" Limited by: {', '.join(shown)}." if shown else ""
    return f"{legs or h.note or 'no trade'}{limits}"


def _order(leg: HedgeLeg, unit: Unit | None) -> str:
    count = "" if leg.quantity is None else f"{leg.quantity:,.0f} "
    return f"{leg.side} {count}{_called(leg)} {amount(leg.notional, unit)}"


def _called(leg: HedgeLeg) -> str:
    """Return a leg's ticker, or its name where a number is all it has."""
    if leg.option is not None:
        q = leg.option
        kind = "call" if q.call else "put"
        return f"{leg.instrument} {kind} {q.strike:.0%} {round(12 * q.years)}m"
    return leg.instrument if len(leg.instrument) <= 6 else leg.name


def _other_days(result: StressResult, plan: HedgePlan, days: list[int]) -> Table:
    """Return what is left on each real day after cost, good or bad."""
    unit = unit_of(result)
    shown = [h for h in plan.hedges if h.legs]
    names = [f"with {h.family}" for h in shown]
    table = table_of(
        "The same hedges on other days, after cost", "Event", "Portfolio", *names
    )
    for n in days:
        s = plan.scenarios[n]
        left = [s.pnl + h.pnls[n] - h.cost for h in shown]
        cells = [signed(money(x, unit), x) for x in (s.pnl, *left)]
        table.add_row(s.label, *cells)
    return table

"""The orders of a plan as CSV that an order system can read."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from stresskit.writers.atomic import write_bytes

if TYPE_CHECKING:
    import os

    from stresskit.model import HedgeLeg, HedgePlan

COLUMNS = (
    *("run_id", "portfolio", "family", "plan", "status", "order", "action", "ticker"),
    *("mic", "isin", "kind", "right", "strike_share", "expiry", "quantity", "currency"),
    *("price", "price_date", "notional", "notional_currency", "cost"),
)
# A short sale is marked as one: markets and brokers ask for it.
ACTIONS = {"buy": "BUY", "sell": "SELL", "short": "SELL_SHORT"}
# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_orders(path: str | os.PathLike[str], plan: HedgePlan) -> None:
    """Write every order of every suggestion, one per row, whole or not at all.

    ``quantity`` is empty where no price is known; ``strike_share`` is the strike over
    the spot. Suggestions are alternatives: a system takes the rows of one.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    write_bytes(path, orders_csv(plan).encode(), suffix=".csv")


def orders_csv(plan: HedgePlan) -> str:
    """Return the orders as text, with a header."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    run, name = plan.result.run.get("id", ""), plan.result.portfolio.name
    for hedge in plan.hedges:
        for title, suggestion in (
            ("best", hedge),
            *((f"alternative {n}", a) for n, a in enumerate(hedge.alternatives, 1)),
        ):
            orders = [leg for leg in suggestion.legs if leg.kind != "cash"]
            for number, leg in enumerate(orders, 1):
                row = [run, name, hedge.family, title, suggestion.status, number]
                row += _order(leg, plan.result.currency or "")
                writer.writerow([_safe(cell) for cell in row])
    return out.getvalue()


def _order(leg: HedgeLeg, currency: str) -> list[object]:
    q = leg.option
    return [
        "SELL" if q and leg.side == "short" else ACTIONS[leg.side],
        leg.instrument,
        leg.mic,
        leg.isin,
        leg.kind,
        "" if q is None else "call" if q.call else "put",
        "" if q is None else q.strike,
        leg.expiry,
        leg.quantity,
        leg.currency,
        leg.price,
        leg.price_date,
        f"{leg.notional:.2f}",
        currency,
        f"{leg.cost:.2f}",
    ]


def _safe(cell: object) -> object:
    """Return a cell; text that a spreadsheet would run gets a quote before it."""
    if cell is None:
        return ""
    if isinstance(cell, str) and cell.startswith(FORMULA) and not _is_number(cell):
        return "'" + cell
    return cell


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

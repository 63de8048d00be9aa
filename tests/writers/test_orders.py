"""Orders as CSV: what a system reads, and what a spreadsheet must not run."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

import stresskit
from stresskit.errors import OutputError
from stresskit.model import HedgeLeg
from stresskit.pipeline import example_files
from stresskit.writers.orders import COLUMNS, orders_csv, write_orders


@pytest.fixture(scope="module")
def plan():
    """Return the overlay and the options of the long/short example."""
    holdings, fx = example_files("long-short")
    portfolio = stresskit.read_holdings(holdings, fx=fx)
    factor = stresskit.load_factor("deepseek-2025-01-27")
    exposures = stresskit.map_exposures(portfolio, factor)
    result = stresskit.stress(portfolio, exposures, stresskit.Scenario(factor))
    families = ("overlay", "options")
    return stresskit.hedge(result, mandate="long-short-fund", families=families)


def rows_of(plan):
    """Read the orders back."""
    return list(csv.DictReader(io.StringIO(orders_csv(plan))))


def test_every_order_of_every_suggestion_is_a_row(plan):
    """The best plan and its alternatives, in order, with side, size and money."""
    rows = rows_of(plan)
    best = [r for r in rows if r["plan"] == "best"]
    legs = [(h, leg) for h in plan.hedges for leg in h.legs]
    assert len(best) == len(legs) > 4
    for row, (h, leg) in zip(best, legs, strict=True):
        assert row["family"] == h.family
        assert row["ticker"] == leg.instrument
        sold = "SELL" if leg.option else "SELL_SHORT"
        assert row["action"] == ("BUY" if leg.side == "buy" else sold)
        assert float(row["notional"]) == pytest.approx(leg.notional, abs=0.005)
        assert row["notional_currency"] == "USD"
        if leg.quantity is not None:
            assert float(row["quantity"]) == leg.quantity
            assert leg.quantity == round(leg.quantity)
    alternatives = {r["plan"] for r in rows} - {"best"}
    assert alternatives <= {"alternative 1", "alternative 2"}
    assert set(rows[0]) == set(COLUMNS)


def test_options_say_what_they_are(plan):
    """Right, strike over spot and expiry stand in columns of their own."""
    options = [r for r in rows_of(plan) if r["kind"] == "option"]
    assert options
    for row in options:
        assert row["right"] in {"put", "call"}
        assert 0.5 < float(row["strike_share"]) <= 1.2


@pytest.mark.parametrize("name", ["=1+1", "+A1", "-A1", "@SUM(A1)", "\tx"])
def test_text_is_never_a_formula(plan, name):
    """A name that a spreadsheet would run is written as text."""
    leg = HedgeLeg(
        instrument=name,
        name=name,
        side="sell",
        quantity=1.0,
        notional=-0.0,
        cost=0.0,
        stress_return=0.0,
        pnl=0.0,
        cost_rate=0.0,
    )
    hedge = replace(plan.hedges[0], legs=(leg,), alternatives=())
    (row,) = rows_of(replace(plan, hedges=(hedge,)))
    assert row["ticker"] == "'" + name


def test_orders_are_written_whole_or_not_at_all(plan, tmp_path):
    """A folder that does not exist is named, and nothing is left behind."""
    with pytest.raises(OutputError):
        write_orders(tmp_path / "none" / "orders.csv", plan)
    path = tmp_path / "orders.csv"
    write_orders(path, plan)
    assert path.read_text(encoding="utf-8") == orders_csv(plan)

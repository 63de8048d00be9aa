from __future__ import annotations

import itertools
import re
from dataclasses import replace

import numpy as np
import pytest

import stresskit
from stresskit.core.hedge.holdings import CASH_CAP, STOCK_COST
from stresskit.errors import HedgeInfeasible
from stresskit.hedgers.rotation import RotationHedger

TRACKING_ERROR = 0.06

LONG = {"CHIP": 3e5, "VOLT": 1e5, "SOFT": 3e5, "SOAP": 1e5, "CASH": 2e5}


@pytest.fixture(scope="session")
def hedge(ask):
    """Rotate a result within limits that do not bind but for the tracking error."""

    def run(result, target, **more):
        return RotationHedger().hedge(ask(result, target, turnover=1.0, **more))

    return run


def _trades(h):
    return {
        leg.instrument: leg.notional * (1 if leg.side == "buy" else -1)
        for leg in h.legs
    }


def _tracking_error(trades, listed, history, nav):
    """Work out the active risk a year from the trades and the toy's own tables."""
    cov = np.cov(history.returns, rowvar=False)
    load, own = np.zeros(5), 0.0
    for ticker, money in trades.items():
        if ticker == "CASH":
            continue
        beta, sensitivities, sd = listed[ticker]
        row = [beta, *(sensitivities.get(k, 0.0) for k in history.names[1:])]
        load += money / nav * np.array(row)
        own += (money / nav * sd) ** 2
    return float(np.sqrt((load @ cov @ load + own) * 252))


def _check(h, result, listed, toy):
    """Check every promise of a rotation from its legs."""
    nav = result.base_value
    held = {r.position.name: r.base_value for r in result.by_position}
    trades = _trades(h)
    assert len(trades) == len(h.legs)
    assert sum(trades.values()) == pytest.approx(0.0, abs=1e-9 * nav)
    for ticker, money in trades.items():
        assert held.get(ticker, 0.0) + money >= -1e-9 * nav, ticker
    buys = {k: v for k, v in trades.items() if v > 0}
    # A tolerance of the solver, a hundred-thousandth of the book, stays.
    assert set(buys) <= {"STP", "CASH"}
    assert buys.get("STP", 0.0) <= 0.15 * nav + 1e-5 * nav
    assert buys.get("CASH", 0.0) <= CASH_CAP * nav + 1e-5 * nav
    error = _tracking_error(trades, listed, toy.history, nav)
    assert error <= TRACKING_ERROR + 1e-4
    assert h.diagnostics["tracking_error"] == pytest.approx(error, abs=1e-6)
    assert h.diagnostics["turnover"] == pytest.approx(sum(buys.values()) / nav)
    assert h.residual_pnl == pytest.approx(
        result.pnl + h.hedge_pnl - h.cost, rel=1e-9, abs=1e-9
    )


@pytest.mark.parametrize("target", [0.05, 0.1, 0.2])
@pytest.mark.parametrize(
    "holdings",
    [
        LONG,
        {"CHIP": 2e5, "VOLT": 2e5, "SOFT": 6e5},
        {"CHIP": 1e5, "BOND": 9e5},
        {"CHIP": 1e5, "CASH": 9e5},
        {"CHIP": 0.2, "SOFT": 0.8},
    ],
    ids=["mixed", "all losing", "bonds", "cash", "small"],
)
def test_a_rotation_keeps_its_promises(
    book, listed, toy, event_return, holdings, target, hedge
):
    """Weights, budget, tracking error and target hold, worked out from the legs."""
    result = book(**holdings)
    h = hedge(result, target)
    assert (h.family, h.status) == ("rotation", "optimal")
    _check(h, result, listed, toy)
    assert h.residual_pnl >= (1 - target) * result.pnl - 2e-5 * result.base_value
    for leg in h.legs:
        sign = 1 if leg.side == "buy" else -1
        r = 0.0 if leg.instrument == "CASH" else event_return(leg.instrument)
        assert leg.pnl == pytest.approx(sign * leg.notional * r, abs=1e-12)
        rate = {"CASH": 0.0, "STP": 0.0003}.get(leg.instrument, STOCK_COST)
        assert leg.cost == pytest.approx(rate * leg.notional, abs=1e-12)


def test_no_rotation_of_a_grid_is_nearer(book, listed, toy, event_return, hedge):
    """One share, cash and one ETF: no feasible trade has a smaller tracking error."""
    result = book(CHIP=4e5, SOAP=6e5)
    target = 0.3
    h = hedge(result, target)
    _check(h, result, listed, toy)
    chosen = _tracking_error(_trades(h), listed, toy.history, 1e6)
    chip, stp = event_return("CHIP"), event_return("STP")
    need = -target * result.pnl
    for sold, bought in itertools.product(
        np.linspace(0, 4e5, 81), np.linspace(0, 1.5e5, 61)
    ):
        gain = -sold * chip + bought * stp - STOCK_COST * sold - 0.0003 * bought
        if 0 <= sold - bought <= CASH_CAP * 1e6 and gain >= need:
            trades = {"CHIP": -sold, "STP": bought}
            assert _tracking_error(trades, listed, toy.history, 1e6) >= chosen - 1e-4


def test_a_larger_target_is_never_nearer(book, hedge):
    """More protection never has less tracking error."""
    result = book(**LONG)
    errors = [hedge(result, t).diagnostics["tracking_error"] for t in (0.05, 0.1, 0.2)]
    assert errors == sorted(errors)


@pytest.mark.parametrize("holdings", [LONG, {"CHIP": 1e6}, {"VOLT": 5e5, "CHIP": 5e5}])
def test_out_of_reach_gives_the_most_and_what_to_ask(
    book, listed, toy, holdings, hedge
):
    """Beyond the limits: the best keeps them, and the share suggested is in reach."""
    result = book(**holdings)
    with pytest.raises(HedgeInfeasible, match="tracking error of 6%") as caught:
        hedge(result, 0.99)
    best = caught.value.best
    assert best.status == "infeasible"
    _check(best, result, listed, toy)
    assert best.residual_pnl > result.pnl
    share = float(re.search(r"--hedge-target (\d\.\d\d)", caught.value.hint)[1])
    assert hedge(result, share).status == "optimal"


def test_where_trading_costs_more_than_it_saves(book, hedge):
    """A move smaller than the costs leaves nothing to trade, and the error says why."""
    result = book(CHIP=1e6, severity=0.001)
    with pytest.raises(HedgeInfeasible, match=r"less than 1%.*cost as much") as caught:
        hedge(result, 0.5)
    assert caught.value.best.legs == ()
    assert caught.value.best.residual_pnl == result.pnl


@pytest.mark.parametrize(
    ("holdings", "reason"),
    [
        ({"SOAP": 1e6}, "does not lose"),
        ({"CHIP": 1e6, "SOAP": -1e5}, "long-only"),
        ({"CHIP": 1e6, "CASH": -1e5}, "borrows"),
        ({"CHIP": 1e6, "future": 1e5}, "futures"),
        ({"CHIP": 1e6, "future": -1e5}, "long-only"),
    ],
)
def test_not_every_book_can_rotate(book, holdings, reason, hedge):
    """Gains, shorts, debts and futures are not rotated, with the reason."""
    result = book(**holdings)
    h = hedge(result, 0.5)
    assert (h.status, h.legs, h.residual_pnl) == ("not-applicable", (), result.pnl)
    assert reason in h.note


def test_a_stated_factor_cannot_rotate(book, without_history, hedge):
    """Without daily returns no tracking error is known."""
    h = hedge(book(**LONG, factor=without_history), 0.1)
    assert h.status == "not-applicable"
    assert "history" in h.note


def test_the_plan_shows_the_families_side_by_side(book, traded):
    """Overlay, rotation and nothing, in order; an issue says what is out of reach."""
    result = book(CHIP=1e6)
    families = ("overlay", "rotation", "nothing")
    given = {"instruments": traded, "families": families}
    plan = stresskit.hedge(result, target=0.9, **given)
    assert [h.family for h in plan.hedges] == ["overlay", "rotation", "nothing"]
    assert [h.status for h in plan.hedges] == ["infeasible", "infeasible", "nothing"]
    codes = [i.code for i in plan.issues if i.severity == "warning"]
    assert codes == ["hedge-infeasible"] * 2
    for h in plan.hedges:
        assert h.residual_pnl == pytest.approx(
            result.pnl + h.hedge_pnl - h.cost, rel=1e-9
        )
    easy = stresskit.hedge(book(**LONG), target=0.1, **given)
    assert [h.status for h in easy.hedges] == ["optimal", "optimal", "nothing"]
    assert [i.code for i in easy.issues if i.severity == "warning"] == []


def test_two_lines_of_one_security_are_two_lines(book, hedge):
    """A security held twice is sold line by line, no line below zero."""
    result = book(CHIP=3e5, SOFT=7e5)
    first = result.portfolio.positions[0]
    positions = (*result.portfolio.positions, replace(first, id="p9"))
    portfolio = replace(result.portfolio, positions=positions)
    exposures = stresskit.map_exposures(portfolio, result.scenario.factor)
    twice = stresskit.stress(portfolio, exposures, result.scenario)
    h = hedge(twice, 0.1)
    assert h.status == "optimal"
    for leg in h.legs:
        if leg.instrument == "CHIP":
            assert leg.notional <= 3e5 * (1 + 1e-9)


def test_a_search_without_solution_says_nothing_on_the_standard_output(
    book, capfd, hedge
):
    """What the optimiser prints never mixes with JSON written to the same place."""
    with pytest.raises(HedgeInfeasible):
        hedge(book(CHIP=1e6), 0.99)
    assert capfd.readouterr().out == ""

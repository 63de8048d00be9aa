"""Pairs, options, trims and tail hedges of the toy book, worked out from its tables."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from stresskit.core.hedge.holdings import STOCK_COST
from stresskit.core.instruments import options as pricing
from stresskit.errors import HedgeInfeasible
from stresskit.hedgers.cvar import CvarHedger, cvar, draws
from stresskit.hedgers.pairs import PairsHedger
from stresskit.hedgers.puts import OptionsHedger
from stresskit.hedgers.trim import TrimHedger
from stresskit.hedging import question_of
from stresskit.model import HedgeTarget, Mandate

LONG = {"CHIP": 4e5, "VOLT": 1e5, "SOFT": 3e5, "CASH": 2e5}


@pytest.fixture(scope="session")
def holds_up(traded):
    """Return the instruments, of which STP is what holds up, with more room."""
    return tuple(replace(t, cap=0.4) if t.ticker == "STP" else t for t in traded)


def test_pairs_are_dollar_neutral(book, ask, holds_up, event_return):
    """As much is bought as is sold short, and both sides make what their lines do."""
    h = PairsHedger().hedge(ask(book(**LONG), 0.2, instruments=holds_up))
    sold = sum(leg.notional for leg in h.legs if leg.side == "short")
    bought = sum(leg.notional for leg in h.legs if leg.side == "buy")
    assert sold == pytest.approx(bought, abs=1.0)
    assert {leg.instrument for leg in h.legs if leg.side == "buy"} == {"STP"}
    for leg in h.legs:
        sign = 1 if leg.side == "buy" else -1
        expected = sign * leg.notional * event_return(leg.instrument)
        assert leg.pnl == pytest.approx(expected, rel=1e-9)
    assert h.residual_pnl >= 0.8 * book(**LONG).pnl - 1e-3


def test_pairs_do_not_lean_on_a_gain_that_grows(book, ask, holds_up):
    """What is bought gains no more in a harder event than in the event itself."""
    question = ask(book(**LONG), 0.2, instruments=holds_up)
    stp = next(i for i in question.instruments if i.ticker == "STP")
    at = [s.label for s in question.scenarios].index("severity 2")
    assert stp.returns[at] <= stp.returns[0] + 1e-12


@pytest.fixture(scope="session")
def on_options(ask, traded):
    """Ask for options on SMC with a price, in whole contracts or none."""

    def run(result, target, **more):
        # A cap with room for a hedge by options alone.
        used = tuple(replace(t, cap=1.0) if t.ticker == "SMC" else t for t in traded)
        limits = {"families": ("options",), "premium": 0.1, "cost": 0.1, "gross": 2.0}
        return ask(result, target, instruments=used, **{**limits, **more})

    return run


def test_an_option_is_worth_what_black_and_scholes_say(book, on_options, event_return):
    """Premium, value after the fall with its shift of volatility, P&L of each leg."""
    question = on_options(book(**LONG), 0.2)
    h = OptionsHedger().hedge(question)
    assert h.status == "optimal"
    r = event_return("SMC")
    for leg in h.legs:
        q = leg.option
        slope = 0.4 if q.strike < 1 else 0.1
        assert q.volatility == pytest.approx(0.30 + slope * (1 - q.strike))
        before = pricing.value(1.0, q.strike, q.years, q.volatility, 0.04, 0.0, q.call)
        spot = 1.0 + r
        days = q.years * 365
        # A point of volatility per percent, of 30-day options; less of longer ones.
        shift = min(-r, 0.25) * math.sqrt(30 / max(30, days))
        after = pricing.value(
            spot, q.strike, q.years, q.volatility + shift, 0.04, 0.0, q.call
        )
        after = max(float(after), (spot - q.strike) * (1 if q.call else -1))
        assert q.premium == pytest.approx(max(float(before), q.strike - 1), rel=1e-9)
        sign = 1 if leg.side == "buy" else -1
        gain = sign * leg.notional * (after - q.premium)
        assert leg.pnl == pytest.approx(gain, rel=1e-9)


def test_options_cost_their_spread_and_what_time_takes(book, on_options):
    """Cost is 3% of the premium each way and the carry; the outlay is apart."""
    h = OptionsHedger().hedge(on_options(book(**LONG), 0.2))
    for leg in h.legs:
        q = leg.option
        later = pricing.value(
            1.0, q.strike, q.years - 21 / 252, q.volatility, 0.04, 0.0, q.call
        )
        assert q.carry == pytest.approx(q.premium - float(later), abs=1e-9)
    whole = sum(2 * 0.03 * leg.option.premium * leg.notional for leg in h.legs)
    carry = sum(leg.carry for leg in h.legs)
    assert carry >= 0
    assert h.cost == pytest.approx(whole + carry, rel=1e-9)
    signed = sum(
        (1 if leg.side == "buy" else -1) * leg.option.premium * leg.notional
        for leg in h.legs
    )
    assert h.outlay == pytest.approx(signed, rel=1e-9)


def test_options_come_in_contracts(book, on_options):
    """A contract is on a hundred shares, and only whole ones are ordered."""
    h = OptionsHedger().hedge(on_options(book(**LONG), 0.1, whole_lots=True))
    for leg in h.legs:
        assert leg.quantity == round(leg.quantity)
        assert leg.notional == pytest.approx(leg.quantity * 100 * 250.0)


def test_a_collar_needs_the_shares(book, traded):
    """Calls are sold on what is held, and on no more."""
    result = book(CHIP=4e5, SMC=2e5, CASH=4e5)
    mandate = Mandate(
        families=("options",), whole_lots=False, premium=0.1, cost=0.1, gross=2.0
    )
    question, _, _ = question_of(result, mandate, HedgeTarget(value=0.1), traded)
    collars = [t for t in question.options if t.key.startswith("collar")]
    assert collars
    assert {t.cap for t in collars} == {0.2}
    none = book(**LONG)
    question, _, _ = question_of(none, mandate, HedgeTarget(value=0.1), traded)
    assert not [t for t in question.options if t.key.startswith("collar")]


def test_a_put_never_gains_more_from_a_lower_strike(book, on_options):
    """Of puts of one expiry the higher strike gains at least as much per share."""
    question = on_options(book(**LONG), 0.2)
    puts = [t for t in question.options if t.key.startswith("put SMC")]
    for months in ("1m", "3m", "6m"):
        same = [t for t in puts if t.key.endswith(f" {months}")]
        strikes = [t.legs[0].quote.strike for t in same]
        worth = [t.legs[0].quote.values[0] for t in same]
        order = np.argsort(strikes)
        assert np.all(np.diff(np.array(worth)[order]) >= -1e-12)


def test_a_trim_keeps_its_promises(book, ask, event_return):
    """Trades add up to zero, nobody sells more than is held, the target is met."""
    result = book(**LONG)
    h = TrimHedger().hedge(ask(result, 0.2, turnover=0.25))
    sold = {leg.instrument: leg.notional for leg in h.legs if leg.side == "sell"}
    bought = {leg.instrument: leg.notional for leg in h.legs if leg.side == "buy"}
    assert sum(sold.values()) == pytest.approx(sum(bought.values()), abs=1e-6)
    assert sum(sold.values()) <= 0.25e6 + 1.0
    for name, amount in sold.items():
        assert amount <= LONG[name] + 1e-6
    assert h.residual_pnl >= 0.8 * result.pnl - 1e-3
    assert h.diagnostics["tracking_error"] <= 0.06 + 1e-5
    for leg in h.legs:
        r = 0.0 if leg.instrument == "CASH" else event_return(leg.instrument)
        sign = 1 if leg.side == "buy" else -1
        assert leg.pnl == pytest.approx(sign * leg.notional * r, abs=1e-9)
        rate = {"CASH": 0.0, "STP": 0.0003}.get(leg.instrument, STOCK_COST)
        assert leg.cost == pytest.approx(rate * leg.notional, abs=1e-9)


def test_no_trim_of_a_grid_is_cheaper(book, ask, event_return):
    """One share sold for cash and one fund: no allowed trade costs less."""
    result = book(CHIP=4e5, SOAP=6e5)
    h = TrimHedger().hedge(ask(result, 0.2, tracking_error=1.0))
    chip, stp = event_return("CHIP"), event_return("STP")
    need = 0.2 * -result.pnl
    best = min(
        STOCK_COST * sold + 0.0003 * bought
        for sold in np.linspace(0, 3e5, 301)
        for bought in np.linspace(0, 1.5e5, 151)
        if bought <= sold <= bought + 2.5e5
        and -sold * chip + bought * stp - STOCK_COST * sold - 0.0003 * bought >= need
    )
    assert h.cost <= best + 0.5


def test_tax_is_a_cost_of_selling(book, ask):
    """Gains that are realised are taxed, and the tax is in the cost of the sale."""
    result = book(**LONG)
    free = TrimHedger().hedge(ask(result, 0.2))
    taxed = TrimHedger().hedge(ask(result, 0.2, tax_rate=0.25, gain_share=0.4))
    for leg in taxed.legs:
        expected = 0.25 * 0.4 * leg.notional if leg.side == "sell" else 0.0
        assert leg.tax == pytest.approx(expected)
    assert taxed.diagnostics["tax"] == pytest.approx(sum(g.tax for g in taxed.legs))
    assert taxed.cost > free.cost + 0.9 * taxed.diagnostics["tax"]
    assert "Tax of 25.0%" in taxed.note


def test_what_is_restricted_is_not_sold(book, ask):
    """A restricted name stays, by ticker or by name, whatever it loses."""
    h = TrimHedger().hedge(ask(book(**LONG), 0.05, restricted=("chip",)))
    assert "CHIP" not in {leg.instrument for leg in h.legs}
    everything = ("CHIP", "VOLT", "SOFT")
    none = TrimHedger().hedge(ask(book(**LONG), 0.05, restricted=everything))
    assert (none.status, none.legs) == ("not-applicable", ())


def test_turnover_stops_a_trim(book, ask):
    """A turnover too small for the target is named, and the most within it is shown."""
    result = book(**LONG)
    with pytest.raises(HedgeInfeasible, match="turnover of 2%") as caught:
        TrimHedger().hedge(ask(result, 0.5, turnover=0.02))
    best = caught.value.best
    sold = sum(leg.notional for leg in best.legs if leg.side == "sell")
    assert sold == pytest.approx(0.02e6, rel=1e-3)


def test_the_tail_hedge_lowers_the_tail(book, ask):
    """CVaR after is below CVaR before, and no single order of a grid is better."""
    question = ask(book(**LONG), 0.2)
    h = CvarHedger().hedge(question)
    tickets = question.shorts()
    pnl, gains = draws(question, tickets)
    before, after = h.diagnostics["cvar_before"], h.diagnostics["cvar_after"]
    assert before == pytest.approx(cvar(pnl), rel=1e-12)
    assert after < before
    at = {t.legs[0].instrument.ticker: n for n, t in enumerate(tickets)}
    x = np.zeros(len(tickets))
    for leg in h.legs:
        x[at[leg.instrument]] = leg.notional / 1e6
    cost = np.array([t.cost(21) for t in tickets])
    assert after == pytest.approx(cvar(pnl + gains @ x - cost @ x), abs=1e-9)
    for n in range(len(tickets)):
        other = x.copy()
        other[n] = max(0.0, other[n] - 0.02)
        assert cvar(pnl + gains @ other - cost @ other) >= after - 1e-4


def test_draws_have_the_scenario_as_mean(book, ask):
    """Draws come in pairs around the scenario, for the portfolio and every ticket."""
    question = ask(book(**LONG), 0.2)
    tickets = question.shorts()
    pnl, gains = draws(question, tickets)
    assert pnl.mean() == pytest.approx(question.result.pnl / 1e6, abs=1e-12)
    expected = [t.gains[0] for t in tickets]
    assert gains.mean(axis=0) == pytest.approx(expected, abs=1e-12)


def test_no_more_calls_than_shares(book, traded):
    """Collars of one underlying together sell calls on what is held, at most."""
    result = book(CHIP=4e5, SMC=2e5, CASH=4e5)
    limits = {"premium": 0.1, "cost": 0.1, "gross": 2.0, "whole_lots": False}
    mandate = Mandate(families=("options",), **limits)
    question, _, _ = question_of(result, mandate, HedgeTarget(value=0.2), traded)
    collars = tuple(t for t in question.options if t.key.startswith("collar"))
    (limit,) = [r for r in question.problem(collars).limits if r.key == "held"]
    assert limit.coefficients.tolist() == [1.0] * len(collars)
    assert limit.bound == pytest.approx(0.2)


def test_what_is_held_is_not_sold_short(book, ask):
    """A fund in the portfolio is sold, not sold short against the holding."""
    question = ask(book(CHIP=4e5, SMC=2e5, CASH=4e5))
    assert "short SMC" not in {t.key for t in question.shorts()}
    assert "short SMC" in {t.key for t in ask(book(**LONG)).shorts()}


def test_two_instruments_on_one_index_share_a_cap(book, ask, traded):
    """A future and a fund on one index are one risk, with the larger cap of the two."""
    smc = traded[0]
    twin = replace(smc, ticker="SMF", kind="future", borrow=0.0, cap=0.1)
    question = ask(
        book(**LONG), kinds=("etf", "future", "option"), instruments=(smc, twin)
    )
    limits = {r.name: r for r in question.problem(question.shorts()).limits}
    shared = limits["cap of SMC (20.0%)"]
    assert shared.coefficients.tolist() == [1.0, 1.0]
    assert shared.bound == pytest.approx(0.2)


def test_orders_that_cost_more_than_they_save_are_not_suggested(book, ask):
    """A tiny book with a fee per order is left alone, and the error says so."""
    result = book(CHIP=600.0, SOFT=400.0)
    with pytest.raises(HedgeInfeasible) as caught:
        TrimHedger().hedge(ask(result, 0.5, ticket_cost=50.0))
    best = caught.value.best
    assert (best.legs, best.cost, best.residual_pnl) == ((), 0.0, result.pnl)
    assert "more than they save" in best.note


def test_bought_cash_moves_with_nothing(book, ask):
    """What sales bring is cash in base currency, which has no return."""
    from stresskit.core.hedge.holdings import assets_of

    assets = assets_of(ask(book(**LONG)))
    assert assets.keys[assets.cash] == "cash"
    assert not assets.returns[:, assets.cash].any()
    assert assets.weights[assets.cash] == 0.0

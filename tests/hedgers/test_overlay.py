from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresskit.core.hedge.instruments import instruments_of
from stresskit.errors import HedgeInfeasible
from stresskit.hedgers.overlay import GROSS_CAP, OVER_HEDGE, OverlayHedger

LONG = {"CHIP": 4e5, "VOLT": 1e5, "SOFT": 3e5, "CASH": 2e5}


def _hedge(result, target):
    return OverlayHedger().hedge(result, instruments_of(result), target)


def _sides(hedge):
    return [(leg, -1 if leg.side == "short" else 1) for leg in hedge.legs]


def _check_limits(hedge, result, listed, nav):
    """Check every limit of the overlay from the legs and the toy's own tables."""
    caps = {(i.ticker, i.use): i.cap for i in instruments_of(result)}
    for leg in hedge.legs:
        use = "short" if leg.side == "short" else "buy"
        assert 0 < leg.notional <= caps[leg.instrument, use] * nav * (1 + 1e-6)
    assert sum(leg.notional for leg in hedge.legs) <= GROSS_CAP * nav * (1 + 1e-5)
    beta = sum(r.stressed_exposure * r.exposure.beta for r in result.by_position)
    added = sum(s * g.notional * listed[g.instrument][0] for g, s in _sides(hedge))
    assert beta + added >= min(beta, 0.0) - 1e-5 * nav
    for segment in ("CHIPS", "POWER"):
        held = sum(
            r.stressed_exposure * r.exposure.sensitivities.get(segment, 0.0)
            for r in result.by_position
        )
        taken = sum(
            s * g.notional * listed[g.instrument][1].get(segment, 0.0)
            for g, s in _sides(hedge)
        )
        assert taken >= -(max(held, 0.0) + (OVER_HEDGE + 1e-5) * nav), segment


@pytest.mark.parametrize("target", [0.05, 0.2, 0.4, 0.5])
def test_the_target_is_reached_within_the_limits(book, listed, event_return, target):
    """An optimal overlay keeps every limit and takes away what was asked for."""
    result = book(**LONG)
    h = _hedge(result, target)
    assert h.status == "optimal"
    assert h.family == "overlay"
    _check_limits(h, result, listed, 1e6)
    gain = sum(s * leg.notional * event_return(leg.instrument) for leg, s in _sides(h))
    assert h.hedge_pnl == pytest.approx(gain, rel=1e-9)
    assert h.residual_pnl == pytest.approx((1 - target) * result.pnl, rel=1e-5)
    assert h.residual_pnl == pytest.approx(
        result.pnl + h.hedge_pnl - h.cost, rel=1e-9, abs=1e-9
    )
    assert "target" in h.binding


def test_costs_are_those_of_a_month(book):
    """A short pays two half-spreads and fees and 21 of 252 days of borrow."""
    result = book(**LONG)
    rates = {
        "SMC": 2 * (0.0002 + 0.0001) + 0.006 / 12,
        "UTL": 2 * (0.0005 + 0.0001) + 0.012 / 12,
        "BRD": 2 * (0.0001 + 0.0001) + 0.003 / 12,
    }
    h = _hedge(result, 0.5)
    assert {leg.instrument for leg in h.legs} == set(rates)
    for leg in h.legs:
        assert leg.cost_rate == pytest.approx(rates[leg.instrument], rel=1e-12)
        assert leg.cost == pytest.approx(leg.notional * leg.cost_rate, rel=1e-12)
        assert leg.pnl == pytest.approx(-leg.notional * leg.stress_return, rel=1e-12)
    assert h.cost == pytest.approx(sum(leg.cost for leg in h.legs), rel=1e-12)
    assert h.cost_bps == pytest.approx(1e4 * h.cost / 1e6, rel=1e-12)


def test_the_best_instrument_comes_first(book):
    """A small target is met by the cheapest protection per unit of cost alone."""
    result = book(**LONG)
    net = {
        i.ticker: (-i.stress_return - c) / c
        for i, c in zip(
            [i for i in instruments_of(result) if i.use == "short"],
            (0.0011, 0.0022, 0.00065),
            strict=True,
        )
    }
    h = _hedge(result, 0.05)
    assert [leg.instrument for leg in h.legs] == [max(net, key=net.get)]


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.tuples(st.floats(0.01, 0.5), st.floats(0.01, 0.5)))
def test_a_larger_target_never_costs_less(book, pair):
    """More protection is at least as dear."""
    result = book(**LONG)
    small, large = (_hedge(result, t).cost for t in sorted(pair))
    assert small <= large + 1e-3  # a tenth of a cent on a million


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.floats(1e-3, 1e6))
def test_the_size_of_the_book_is_only_a_scale(book, scale):
    """The same book, larger, has the same hedge in shares and cost in basis points."""
    one = _hedge(book(**LONG), 0.3)
    other = _hedge(book(**{k: v * scale for k, v in LONG.items()}), 0.3)
    assert other.cost_bps == pytest.approx(one.cost_bps, rel=1e-6)
    assert other.residual_pnl == pytest.approx(scale * one.residual_pnl, rel=1e-6)


def test_out_of_reach_gives_the_most_and_why(book, listed):
    """Beyond the limits: the best keeps them, and the binding ones are tight."""
    result = book(**LONG)
    with pytest.raises(HedgeInfeasible) as caught:
        _hedge(result, 1.0)
    best, text = caught.value.best, str(caught.value)
    assert best.status == "infeasible"
    assert best.binding
    assert all(name in text for name in best.binding)
    _check_limits(best, result, listed, 1e6)
    sizes = {leg.instrument: leg.notional / 1e6 for leg in best.legs}
    tight = {
        "gross notional": sum(sizes.values()) == pytest.approx(0.6, abs=1e-6),
        "cap of SMC (20%)": sizes.get("SMC") == pytest.approx(0.2, abs=1e-6),
        "cap of UTL (10%)": sizes.get("UTL") == pytest.approx(0.1, abs=1e-6),
        "cap of BRD (30%)": sizes.get("BRD") == pytest.approx(0.3, abs=1e-6),
    }
    assert all(tight.get(name, True) for name in best.binding)
    assert best.residual_pnl > result.pnl


@pytest.mark.parametrize(
    "holdings",
    [LONG, {"CHIP": 1e6}, {"SOFT": 9e5, "VOLT": 1e5}, {"CHIP": 1e6, "SOAP": -4e5}],
)
def test_the_share_suggested_is_in_reach(book, holdings):
    """Asking for the share that the hint names gives an answer."""
    result = book(**holdings)
    with pytest.raises(HedgeInfeasible) as caught:
        _hedge(result, 1.0)
    share = float(re.search(r"--hedge-target (\d\.\d\d)", caught.value.hint)[1])
    assert _hedge(result, share).status == "optimal"
    reached = 1 - caught.value.best.residual_pnl / result.pnl
    assert reached - 0.01 <= share <= reached


def test_where_hedging_costs_more_than_it_saves(book):
    """A move smaller than the costs leaves nothing to trade, and the error says why."""
    result = book(**LONG, severity=0.001)
    with pytest.raises(HedgeInfeasible, match="cost as much as they save") as caught:
        _hedge(result, 0.5)
    assert caught.value.best.legs == ()
    assert caught.value.best.residual_pnl == result.pnl
    assert "--hedge-target" not in caught.value.hint


def test_without_instruments_there_is_no_overlay(book):
    """A factor without instruments says so instead of hedging with nothing."""
    result = book(**LONG)
    with pytest.raises(HedgeInfeasible, match="No instrument") as caught:
        OverlayHedger().hedge(result, (), 0.5)
    assert caught.value.best.status == "infeasible"


@pytest.mark.parametrize(
    "holdings", [{"SOAP": 1e6}, {"CASH": 1e6}, {"BOND": 1e6}, {"CHIP": -1e6}]
)
def test_a_book_that_does_not_lose_needs_none(book, holdings):
    """Gains and zeros are not hedged."""
    result = book(**holdings)
    h = _hedge(result, 0.5)
    assert (h.status, h.legs, h.cost) == ("not-applicable", (), 0.0)
    assert h.residual_pnl == result.pnl >= 0


def test_only_a_short_book_may_buy(book, listed):
    """A book that is short and loses on it may buy; a long one only shorts."""
    # Its beta is 0.3 - 0.32 of the value: to short, it has to buy.
    mixed = book(CHIP=2e5, SOAP=-8e5, CASH=1.6e6)
    h = _hedge(mixed, 0.2)
    assert {leg.side for leg in h.legs} == {"short", "buy"}
    _check_limits(h, mixed, listed, 1e6)
    for leg in h.legs:
        if leg.side == "buy":
            assert leg.cost_rate == pytest.approx(2 * (0.0002 + 0.0001))
            assert leg.pnl == pytest.approx(leg.notional * leg.stress_return)
    assert {leg.side for leg in _hedge(book(**LONG), 0.5).legs} == {"short"}


def test_quantities_need_a_price_and_a_rate(book):
    """Units are money over price in the instrument's currency, else None."""
    dollars = _hedge(book(**LONG), 0.5)
    for leg in dollars.legs:
        price = {"SMC": 250.0, "BRD": 500.0}.get(leg.instrument)
        expected = None if price is None else pytest.approx(leg.notional / price)
        assert leg.quantity == expected
    euros = _hedge(book(**LONG, base="EUR", fx={"USD": 0.8}), 0.5)
    smc = next(leg for leg in euros.legs if leg.instrument == "SMC")
    assert smc.quantity == pytest.approx(smc.notional / (250.0 * 0.8))
    for strange in (book(**LONG, base="EUR"), book(CHIP=0.5, SOFT=0.5, weights=True)):
        assert {leg.quantity for leg in _hedge(strange, 0.1).legs} == {None}


def test_a_book_worth_nothing_is_scaled_by_what_it_moves(book):
    """Long and short of the same size: shares refer to the gross money."""
    result = book(CHIP=5e5, SOAP=-5e5)
    assert result.base_value == 0
    h = _hedge(result, 0.2)
    assert h.cost_bps == pytest.approx(1e4 * h.cost / 1e6)
    assert h.residual_pnl == pytest.approx(0.8 * result.pnl, rel=1e-5)


def test_an_instrument_does_what_its_holder_suffers(book, toy, event_return):
    """An instrument does beta times market plus sensitivities times shocks."""
    for i in instruments_of(book(**LONG)):
        assert i.stress_return == pytest.approx(event_return(i.ticker), rel=1e-12)
    assert [i.ticker for i in instruments_of(book(**LONG))] == [
        t.ticker for t in toy.chain.tradables
    ]


def test_an_instrument_without_estimates_is_left_out(book, toy):
    """Nothing is assumed of an instrument whose sensitivities are not known."""
    kept = tuple(e for e in toy.evidence if e.ticker != "SMC")
    result = book(**LONG, factor=replace(toy, evidence=kept))
    assert "SMC" not in {i.ticker for i in instruments_of(result)}


def test_the_scenario_reaches_the_instruments(book):
    """Severity, market and shocks of the scenario are those of the instruments."""
    result = book(**LONG)
    scenario = replace(result.scenario, market=-0.03, shocks={"CHIPS": -0.5})
    (smc, *_) = instruments_of(replace(result, scenario=scenario))
    assert smc.stress_return == pytest.approx(1.2 * -0.03 + 0.9 * -0.5 + 0.05 * -0.02)
    (half, *_) = instruments_of(book(**LONG, severity=0.5))
    # Losses and the market scale in logs: (1 - 0.15)^0.5 - 1 and so on.
    chips, it, market = (0.85**0.5 - 1), (0.98**0.5 - 1), (1.005**0.5 - 1)
    assert half.stress_return == pytest.approx(1.2 * market + 0.9 * chips + 0.05 * it)

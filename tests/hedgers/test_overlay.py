from __future__ import annotations

import itertools
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresskit.errors import HedgeInfeasible
from stresskit.hedgers.overlay import OverlayHedger
from stresskit.model import HedgeTarget

GROSS_CAP, OVER_HEDGE = 0.60, 0.02
LONG = {"CHIP": 4e5, "VOLT": 1e5, "SOFT": 3e5, "CASH": 2e5}


@pytest.fixture(scope="session")
def hedge(ask):
    """Hedge a result with an overlay."""

    def run(result, target, **more):
        return OverlayHedger().hedge(ask(result, target, **more))

    return run


@pytest.fixture(scope="session")
def caps(traded):
    """Return the cap of every toy instrument."""
    return {t.ticker: t.cap for t in traded}


def _sides(found):
    return [(leg, -1 if leg.side == "short" else 1) for leg in found.legs]


def _check_limits(found, result, listed, nav, caps):
    """Check every limit of the overlay from the legs and the toy's own tables."""
    for leg in found.legs:
        assert 0 < leg.notional <= caps[leg.instrument] * nav * (1 + 1e-6)
    assert sum(leg.notional for leg in found.legs) <= GROSS_CAP * nav * (1 + 1e-5)
    beta = sum(r.stressed_exposure * r.exposure.beta for r in result.by_position)
    added = sum(s * g.notional * listed[g.instrument][0] for g, s in _sides(found))
    assert beta + added >= min(beta, 0.0) - (OVER_HEDGE + 1e-5) * nav
    for segment in ("CHIPS", "POWER"):
        held = sum(
            r.stressed_exposure * r.exposure.sensitivities.get(segment, 0.0)
            for r in result.by_position
        )
        taken = sum(
            s * g.notional * listed[g.instrument][1].get(segment, 0.0)
            for g, s in _sides(found)
        )
        assert taken >= -(max(held, 0.0) + (OVER_HEDGE + 1e-5) * nav), segment


@pytest.mark.parametrize("target", [0.05, 0.2, 0.4, 0.5])
def test_the_target_is_reached_within_the_limits(
    book, listed, event_return, target, hedge, caps
):
    """An optimal overlay keeps every limit and takes away what was asked for."""
    result = book(**LONG)
    h = hedge(result, target)
    assert h.status == "optimal"
    assert h.family == "overlay"
    _check_limits(h, result, listed, 1e6, caps)
    gain = sum(s * leg.notional * event_return(leg.instrument) for leg, s in _sides(h))
    assert h.hedge_pnl == pytest.approx(gain, rel=1e-9)
    assert h.residual_pnl == pytest.approx((1 - target) * result.pnl, rel=1e-5)
    assert h.residual_pnl == pytest.approx(
        result.pnl + h.hedge_pnl - h.cost, rel=1e-9, abs=1e-9
    )
    assert "target" in h.binding


def test_costs_are_those_of_a_month(book, hedge):
    """A short pays two half-spreads and fees and 21 of 252 days of borrow."""
    result = book(**LONG)
    rates = {
        "SMC": 2 * (0.0002 + 0.0001) + 0.006 / 12,
        "UTL": 2 * (0.0005 + 0.0001) + 0.012 / 12,
        "BRD": 2 * (0.0001 + 0.0001) + 0.003 / 12,
    }
    h = hedge(result, 0.5)
    assert {leg.instrument for leg in h.legs} == set(rates)
    for leg in h.legs:
        assert leg.cost_rate == pytest.approx(rates[leg.instrument], rel=1e-12)
        assert leg.cost == pytest.approx(leg.notional * leg.cost_rate, rel=1e-12)
        assert leg.pnl == pytest.approx(-leg.notional * leg.stress_return, rel=1e-12)
    assert h.cost == pytest.approx(sum(leg.cost for leg in h.legs), rel=1e-12)
    assert h.cost_bps == pytest.approx(1e4 * h.cost / 1e6, rel=1e-12)


def test_the_best_instrument_comes_first(book, hedge, event_return):
    """A small target is met by the cheapest protection per unit of cost alone."""
    result = book(**LONG)
    net = {
        k: (-event_return(k) - c) / c
        for k, c in (("SMC", 0.0011), ("UTL", 0.0022), ("BRD", 0.00045))
    }
    h = hedge(result, 0.05)
    assert [leg.instrument for leg in h.legs] == [max(net, key=net.get)]


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.tuples(st.floats(0.01, 0.5), st.floats(0.01, 0.5)))
def test_a_larger_target_never_costs_less(book, hedge, pair):
    """More protection is at least as dear."""
    result = book(**LONG)
    small, large = (hedge(result, t).cost for t in sorted(pair))
    assert small <= large + 1e-3  # a tenth of a cent on a million


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.floats(1e-3, 1e6))
def test_the_size_of_the_book_is_only_a_scale(book, hedge, scale):
    """The same book, larger, has the same hedge in shares and cost in basis points."""
    one = hedge(book(**LONG), 0.3)
    other = hedge(book(**{k: v * scale for k, v in LONG.items()}), 0.3)
    assert other.cost_bps == pytest.approx(one.cost_bps, rel=1e-6)
    assert other.residual_pnl == pytest.approx(scale * one.residual_pnl, rel=1e-6)


def test_out_of_reach_gives_the_most_and_why(book, listed, hedge, caps):
    """Beyond the limits: the best keeps them, and the binding ones are tight."""
    result = book(**LONG)
    with pytest.raises(HedgeInfeasible) as caught:
        hedge(result, 1.0)
    best, text = caught.value.best, str(caught.value)
    assert best.status == "infeasible"
    assert best.binding
    assert all(name in text for name in best.binding)
    _check_limits(best, result, listed, 1e6, caps)
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
def test_the_share_suggested_is_in_reach(book, holdings, hedge):
    """Asking for the share that the hint names gives an answer."""
    result = book(**holdings)
    with pytest.raises(HedgeInfeasible) as caught:
        hedge(result, 1.0)
    share = float(re.search(r"--hedge-target (\d\.\d\d)", caught.value.hint)[1])
    assert hedge(result, share).status == "optimal"
    reached = 1 - caught.value.best.residual_pnl / result.pnl
    assert reached - 0.01 <= share <= reached


def test_where_hedging_costs_more_than_it_saves(book, hedge):
    """A move smaller than the costs leaves nothing to trade, and the error says why."""
    result = book(**LONG, severity=0.001)
    with pytest.raises(HedgeInfeasible, match="cost as much as they save") as caught:
        hedge(result, 0.5)
    assert caught.value.best.legs == ()
    assert caught.value.best.residual_pnl == result.pnl
    assert "--hedge-target" not in caught.value.hint


def test_without_instruments_there_is_no_overlay(book, hedge):
    """A factor without instruments says so instead of hedging with nothing."""
    result = book(**LONG)
    with pytest.raises(HedgeInfeasible, match="no instrument") as caught:
        hedge(result, 0.5, instruments=())
    assert caught.value.best.status == "infeasible"


@pytest.mark.parametrize(
    "holdings", [{"SOAP": 1e6}, {"CASH": 1e6}, {"BOND": 1e6}, {"CHIP": -1e6}]
)
def test_a_book_that_does_not_lose_needs_none(book, holdings, hedge):
    """Gains and zeros are not hedged."""
    result = book(**holdings)
    h = hedge(result, 0.5)
    assert (h.status, h.legs, h.cost) == ("not-applicable", (), 0.0)
    assert h.residual_pnl == result.pnl >= 0


def test_only_a_short_book_may_buy(book, listed, hedge, caps):
    """A book that is short and loses on it may buy; a long one only shorts."""
    # Its beta is 0.3 - 0.32 of the value: to short, it has to buy.
    mixed = book(CHIP=2e5, SOAP=-8e5, CASH=1.6e6)
    h = hedge(mixed, 0.2)
    assert {leg.side for leg in h.legs} == {"short", "buy"}
    _check_limits(h, mixed, listed, 1e6, caps)
    for leg in h.legs:
        if leg.side == "buy":
            assert leg.cost_rate == pytest.approx(2 * (0.0002 + 0.0001))
            assert leg.pnl == pytest.approx(leg.notional * leg.stress_return)
    assert {leg.side for leg in hedge(book(**LONG), 0.5).legs} == {"short"}


def test_quantities_need_a_price_and_a_rate(book, hedge):
    """Units are money over price in the instrument's currency, else None."""
    dollars = hedge(book(**LONG), 0.5)
    for leg in dollars.legs:
        price = {"SMC": 250.0, "BRD": 500.0}.get(leg.instrument)
        expected = None if price is None else pytest.approx(leg.notional / price)
        assert leg.quantity == expected
    euros = hedge(book(**LONG, base="EUR", fx={"USD": 0.8}), 0.5)
    smc = next(leg for leg in euros.legs if leg.instrument == "SMC")
    assert smc.quantity == pytest.approx(smc.notional / (250.0 * 0.8))
    for strange in (book(**LONG, base="EUR"), book(CHIP=0.5, SOFT=0.5, weights=True)):
        assert {leg.quantity for leg in hedge(strange, 0.1).legs} == {None}


def test_a_book_worth_nothing_is_scaled_by_what_it_moves(book, hedge):
    """Long and short of the same size: shares refer to the gross money."""
    result = book(CHIP=5e5, SOAP=-5e5)
    assert result.base_value == 0
    h = hedge(result, 0.2)
    assert h.cost_bps == pytest.approx(1e4 * h.cost / 1e6)
    assert h.residual_pnl == pytest.approx(0.8 * result.pnl, rel=1e-5)


def test_an_instrument_does_what_its_holder_suffers(book, ask, event_return):
    """An instrument does beta times market plus sensitivities times shocks."""
    found = ask(book(**LONG)).instruments
    assert [i.ticker for i in found] == ["SMC", "UTL", "BRD", "STP"]
    for i in found:
        assert i.stress_return == pytest.approx(event_return(i.ticker), rel=1e-12)
        assert i.returns[0] == i.stress_return


def test_an_instrument_without_estimates_is_left_out(book, ask, toy):
    """Nothing is assumed of an instrument whose sensitivities are not known."""
    kept = tuple(e for e in toy.evidence if e.ticker != "SMC")
    result = book(**LONG, factor=replace(toy, evidence=kept))
    assert "SMC" not in {i.ticker for i in ask(result).instruments}


def test_every_severity_reaches_the_instruments(book, ask):
    """Other severities of the scenario are scenarios of the plan, valued in full."""
    question = ask(book(**LONG))
    labels = [s.label for s in question.scenarios]
    assert labels == ["this scenario", "severity 0.5", "severity 1.5", "severity 2"]
    # Losses and the market scale in logs: (1 - 0.15)^0.5 - 1 and so on.
    chips, it, market = (0.85**0.5 - 1), (0.98**0.5 - 1), (1.005**0.5 - 1)
    expected = 1.2 * market + 0.9 * chips + 0.05 * it
    assert question.instruments[0].returns[1] == pytest.approx(expected)
    assert question.scenarios[1].pnl == pytest.approx(book(**LONG, severity=0.5).pnl)


def test_whole_lots_are_whole(book, hedge):
    """Where a price is known an order is whole, and still reaches the target."""
    result = book(**LONG)
    h = hedge(result, 0.5, whole_lots=True)
    for leg in h.legs:
        price = {"SMC": 250.0, "BRD": 500.0}.get(leg.instrument)
        if price is not None:
            assert leg.quantity == round(leg.quantity)
            assert leg.notional == pytest.approx(leg.quantity * price, rel=1e-12)
    assert h.residual_pnl >= 0.5 * result.pnl - 1e-6


def test_a_fixed_ticket_cost_is_in_the_cost(book, hedge):
    """Every order pays its ticket, and few orders are preferred."""
    result = book(**LONG)
    free, dear = hedge(result, 0.3), hedge(result, 0.3, ticket_cost=400.0)
    assert dear.ticket_cost == 400.0 * len(dear.legs)
    assert dear.cost == pytest.approx(sum(g.cost for g in dear.legs) + dear.ticket_cost)
    assert len(dear.legs) <= len(free.legs)
    assert dear.residual_pnl == pytest.approx(result.pnl + dear.hedge_pnl - dear.cost)


def test_alternatives_use_other_instruments(book, hedge):
    """An alternative reaches the target without the largest instrument."""
    result = book(**LONG)
    h = hedge(result, 0.2)
    largest = max(h.legs, key=lambda leg: leg.pnl).instrument
    assert h.alternatives
    for a in h.alternatives:
        assert largest not in {leg.instrument for leg in a.legs}
        assert a.residual_pnl >= 0.8 * result.pnl - 1e-3
        assert a.cost >= h.cost - 1e-3


def test_the_frontier_rises_and_its_price_is_its_slope(book, hedge):
    """Cost never falls as protection rises; the price is its slope."""
    points = hedge(book(**LONG), 0.3).frontier
    costs = [p.cost for p in points]
    assert costs == sorted(costs)
    for one, two in itertools.pairwise(points[1:]):
        slope = 0.01 * (two.cost - one.cost) / (two.share - one.share)
        assert one.price - 1e-9 <= slope <= two.price + 1e-9


def test_a_relaxation_buys_what_it_says(book, hedge, traded):
    """Moving the limit as said reaches the share that is said."""
    result = book(**LONG)
    with pytest.raises(HedgeInfeasible) as caught:
        hedge(result, 1.0)
    said = next(r for r in caught.value.best.relaxations if r.limit == "cap of SMC")
    assert (said.now, said.then) == ("20.0%", "25.0%")
    more = tuple(replace(t, cap=0.25) if t.ticker == "SMC" else t for t in traded)
    with pytest.raises(HedgeInfeasible) as again:
        hedge(result, 1.0, instruments=more)
    share = 1 - again.value.best.residual_pnl / result.pnl
    assert share == pytest.approx(said.share_then, abs=1e-4)
    assert said.share_then > said.share


def test_two_limits_that_are_one_are_moved_together(book, hedge):
    """Gross and short notional of an overlay bind alike: both are moved."""
    result = book(**LONG)
    tight = {"gross": 0.3, "short": 0.3}
    with pytest.raises(HedgeInfeasible) as caught:
        hedge(result, 1.0, **tight)
    (said, *_) = caught.value.best.relaxations
    assert {"gross notional", "short notional"} == set(said.limit.split(" and "))
    with pytest.raises(HedgeInfeasible) as again:
        hedge(result, 1.0, gross=0.4, short=0.4)
    share = 1 - again.value.best.residual_pnl / result.pnl
    assert share == pytest.approx(said.share_then, abs=1e-4)


def test_a_hedge_is_valued_in_every_scenario(book, hedge, ask):
    """Legs in each scenario are their notional times the instrument's return there."""
    result = book(**LONG)
    question = ask(result)
    h = hedge(result, 0.3)
    returns = {i.ticker: i.returns for i in question.instruments}
    for leg in h.legs:
        expected = [-leg.notional * r for r in returns[leg.instrument]]
        assert leg.pnls == pytest.approx(expected, rel=1e-12)
    assert h.pnls == pytest.approx(
        [sum(x) for x in zip(*(g.pnls for g in h.legs), strict=True)]
    )
    assert h.pnls[0] == pytest.approx(h.hedge_pnl, rel=1e-12)


@pytest.mark.parametrize("robust", ["budget", "ellipsoid"])
def test_a_robust_hedge_is_larger_and_dearer(book, hedge, robust):
    """What must hold though instruments deliver less costs more."""
    result = book(**LONG)
    plain = hedge(result, 0.15)
    safe = hedge(result, 0.15, robust=robust, kappa=0.3)
    assert safe.cost > plain.cost
    assert safe.residual_pnl > plain.residual_pnl


@pytest.mark.parametrize(
    "target",
    [
        HedgeTarget(kind="money", value=20_000.0),
        HedgeTarget(kind="floor", value=0.06),
    ],
)
def test_a_target_in_money_and_a_floor(book, hedge, target):
    """What is asked for is what is left, after cost."""
    result = book(**LONG)
    h = hedge(result, target)
    expected = -60_000.0 if target.kind == "floor" else result.pnl + 20_000.0
    assert h.residual_pnl == pytest.approx(expected, abs=1.0)


def test_a_target_that_is_met_asks_for_nothing(book, hedge):
    """A loss below the floor is left as it is, with the reason."""
    h = hedge(book(**LONG), HedgeTarget(kind="floor", value=0.5))
    assert (h.status, h.legs) == ("not-applicable", ())
    assert "met already" in h.note


def test_the_same_question_has_the_same_answer(book, hedge):
    """Two runs give the same orders to the last digit."""
    one, two = (hedge(book(**LONG), 0.3, whole_lots=True) for _ in range(2))
    assert one == two

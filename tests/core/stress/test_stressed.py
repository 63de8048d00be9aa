"""What holds for every book: shares, options, bonds, forwards, funds of a multiple."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stresskit
from stresskit.core.stress.stressed import Stressed
from stresskit.core.stress.table import Table
from stresskit.model import (
    Exposure,
    Exposures,
    OptionTerms,
    Portfolio,
    Position,
    Scenario,
)

FACTOR = stresskit.load_factor("deepseek-2025-01-27")
SEGMENTS = FACTOR.chain.segment_ids
QUICK = settings(max_examples=25, deadline=None)


def exposure(**changes) -> Exposure:
    """Return half accelerators, half software with its errors, changed as told."""
    fields = {
        "position_id": "",
        "description": {"AI_ACCEL": 0.5, "APP_SW": 0.5},
        "sensitivities": {"AI_ACCEL": 0.6, "APP_SW": 0.5},
        "beta": 1.1,
        "beta_sd": 0.1,
        "specific_sd": 0.02,
        "dispersion": 0.05,
        "dispersion_replay": 0.02,
        "source": "curated",
        "matched": "",
        "basis": "",
        "confidence": 0.9,
        "mapping_sd": 0.01,
        "issuer": "one",
        "covered": True,
        "main_segment": "AI_ACCEL",
    }
    return Exposure(**{**fields, **changes})


def put(**changes) -> OptionTerms:
    """Return a three-month put at 95 on a share at 100."""
    fields = {
        "spot": 100.0,
        "strike": 95.0,
        "premium": 3.7,
        "per_value": 1 / 3.7,
        "units": 0.0,
        "years": 0.25,
        "volatility": 0.32,
        "rate": 0.04,
        "dividend": 0.0,
        "call": False,
        "slope": -1.0,
        "exercise": "american",
    }
    return OptionTerms(**{**fields, **changes})


KINDS = {
    "share": exposure(),
    "put": exposure(option=put()),
    "call": exposure(option=put(call=True, strike=105.0, premium=4.0, per_value=0.25)),
    "bond": exposure(
        sensitivities={},
        beta=0.0,
        dispersion=0.0,
        mapping_sd=0.0,
        beta_sd=0.0,
        others={"RATE_USD": -7.0, "CREDIT_IG": -7.0},
        convexity=60.0,
        main_segment=None,
        issuer="bond",
    ),
    "euro bond": exposure(
        sensitivities={},
        beta=0.0,
        others={"RATE_EUR": -8.0},
        currencies={"EUR": 1.0},
        main_segment=None,
        issuer="bund",
    ),
    "gold": exposure(sensitivities={}, beta=0.0, others={"GOLD": 1.0}, issuer="gold"),
    "inverse": exposure(
        sensitivities={"AI_ACCEL": -1.2, "APP_SW": -1.0}, beta=-2.2, leverage=-2.0
    ),
    "yen share": exposure(currencies={"JPY": 1.0}, issuer="two"),
}


def stressed(lines, *, base="USD", **scenario) -> Stressed:
    """Return a book of (kind, value) under a scenario of the shipped factor."""
    rows = [replace(KINDS[k], position_id=str(n)) for n, (k, _) in enumerate(lines)]
    positions = tuple(
        Position(id=str(n), name=k, market_value=v, currency="USD")
        for n, (k, v) in enumerate(lines)
    )
    book = Portfolio(name="x", positions=positions, base_currency=base)
    placed = Exposures(segments=SEGMENTS, rows=tuple(rows))
    values = np.array([v for _, v in lines])
    table = Table(book, placed, FACTOR, values)
    return Stressed(table, Scenario(FACTOR, **scenario), base)


money = st.floats(-1e6, 1e6).filter(lambda v: abs(v) > 1.0)
books = st.lists(
    st.tuples(st.sampled_from(sorted(KINDS)), money), min_size=1, max_size=6
)
severities = st.floats(0.0, 4.0)
modes = st.sampled_from(["event", "predictive", "none"])


@QUICK
@given(books, severities, modes, st.sampled_from(["USD", "EUR", "CHF"]))
def test_the_parts_add_up(lines, severity, others, base):
    """Positions, parts, segments and other factors give the same P&L to 1e-9."""
    s = stressed(lines, severity=severity, others=others, base=base)
    scale = sum(abs(v) for _, v in lines)
    a = s.attribution

    parts = a.market + a.segments + a.own_name + a.fx + a.options + a.others + a.cross
    assert s.projection.pnl.sum() == pytest.approx(parts, abs=1e-9 * scale)
    by_segment = sum(k.pnl for k in s.by_segment())
    assert by_segment == pytest.approx(a.segments, abs=1e-9 * scale)
    moved = s.by_other()
    currencies = sum(o.pnl for o in moved if o.kind == "currency")
    assert currencies == pytest.approx(a.fx, abs=1e-9 * scale)
    rest = sum(o.pnl for o in moved if o.kind != "currency")
    assert rest == pytest.approx(a.others, abs=1e-9 * scale)


@QUICK
@given(books, modes, st.sampled_from(["USD", "EUR"]))
def test_nothing_happens_at_severity_zero(lines, others, base):
    """No P&L and no band, for shares, options, bonds and currencies."""
    s = stressed(lines, severity=0.0, others=others, base=base)
    scale = sum(abs(v) for _, v in lines)

    assert s.projection.pnl == pytest.approx(0.0, abs=1e-9 * scale)
    assert s.band.high - s.band.low == pytest.approx(0.0, abs=1e-6 * scale)


@QUICK
@given(books, severities, st.floats(0.1, 50.0))
def test_twice_the_money_is_twice_the_loss(lines, severity, times):
    """P&L and the width of the band scale with the money."""
    one = stressed(lines, severity=severity)
    more = stressed([(k, times * v) for k, v in lines], severity=severity)
    scale = times * sum(abs(v) for _, v in lines)

    assert more.pnl == pytest.approx(times * one.pnl, abs=1e-9 * scale)
    width = one.band.high - one.pnl
    assert more.band.high - more.pnl == pytest.approx(times * width, abs=1e-9 * scale)


@QUICK
@given(books, severities)
def test_long_and_short_of_the_same_is_nothing(lines, severity):
    """A book and its mirror lose nothing together, and nothing is uncertain."""
    both = [*lines, *((k, -v) for k, v in lines)]
    s = stressed(both, severity=severity)
    scale = sum(abs(v) for _, v in lines)

    assert s.pnl == pytest.approx(0.0, abs=1e-9 * scale)
    assert s.band.high - s.pnl == pytest.approx(0.0, abs=1e-4 * scale)


@QUICK
@given(books, severities, st.randoms(use_true_random=False), st.floats(0.1, 0.9))
def test_order_and_splits_change_nothing(lines, severity, random, share):
    """Lines in another order, one of them in two parts: the same P&L and band."""
    one = stressed(lines, severity=severity)
    (kind, value), *rest = lines
    split = [*rest, (kind, share * value), (kind, (1 - share) * value)]
    random.shuffle(split)
    other = stressed(split, severity=severity)
    scale = sum(abs(v) for _, v in lines)

    assert other.pnl == pytest.approx(one.pnl, abs=1e-9 * scale)
    assert other.band.high == pytest.approx(one.band.high, abs=1e-7 * scale)


def test_severity_one_is_the_event():
    """At severity 1 the shocks are the factor's own."""
    s = stressed([("share", 1.0)], severity=1.0)
    assert s.shocks == pytest.approx([k.shrunk for k in FACTOR.shocks], rel=1e-12)


def test_a_fund_of_a_multiple_and_its_share_err_together():
    """Two of the share and one of the inverse double: no error of the company is left.

    Dispersion, beta and mapping cancel; with +1 of the double it would be twice.
    """
    flat = {"dispersion": 0.05, "dispersion_replay": 0.05}
    share = exposure(position_id="0", **flat)
    inverse = replace(
        KINDS["inverse"],
        position_id="1",
        dispersion=0.1,
        beta_sd=0.2,
        mapping_sd=0.02,
    )
    book = Portfolio(
        name="x",
        positions=(
            Position(id="0", name="a", market_value=200.0, currency="USD"),
            Position(id="1", name="b", market_value=100.0, currency="USD"),
        ),
        base_currency="USD",
    )
    placed = Exposures(segments=SEGMENTS, rows=(share, inverse))
    table = Table(book, placed, FACTOR, np.array([200.0, 100.0]))
    # Errors grow with each line's own return; at severity 1 that is not at all.
    parts = Stressed(table, Scenario(FACTOR), "USD").band.parts

    assert parts["beta"] == pytest.approx(0.0, abs=1e-12)
    assert parts["mapping"] == pytest.approx(0.0, abs=1e-12)
    assert parts["dispersion"] == pytest.approx(0.0, abs=1e-9)
    assert parts["measurement"] == pytest.approx(0.0, abs=1e-12)


def test_a_future_holds_no_foreign_money():
    """A dollar future of a euro book makes its return in dollars, no more.

    100 of exposure at -16.1% x 0.6 ...: the P&L r N (1 + c), where a share of 100
    would lose c on all of its value too.
    """
    position = Position(
        id="0", name="f", market_value=0.0, exposure=100.0, currency="USD"
    )
    book = Portfolio(name="x", positions=(position,), base_currency="EUR")
    placed = Exposures(
        segments=SEGMENTS, rows=(exposure(position_id="0", currencies={"USD": 1.0}),)
    )
    table = Table(book, placed, FACTOR, np.array([0.0]))
    s = Stressed(table, Scenario(FACTOR, fx={"USD": -0.1}), "EUR")

    local = float(s.projection.local[0])
    assert s.pnl == pytest.approx(100.0 * local * 0.9, rel=1e-12)
    assert s.attribution.fx == 0.0


def test_a_forward_is_one_currency_against_another():
    """N (c_bought - c_sold): 100 of EUR bought for USD, EUR +1%, USD +3%: -2."""
    position = Position(
        id="0",
        name="EUR/USD",
        asset_class="fx_forward",
        market_value=0.0,
        exposure=100.0,
        currency="USD",
    )
    book = Portfolio(name="x", positions=(position,), base_currency="CHF")
    row = exposure(
        position_id="0",
        sensitivities={},
        beta=0.0,
        currencies={"EUR": 1.0, "USD": -1.0},
    )
    table = Table(
        book, Exposures(segments=SEGMENTS, rows=(row,)), FACTOR, np.array([0.0])
    )
    s = Stressed(table, Scenario(FACTOR, fx={"EUR": 0.01, "USD": 0.03}), "CHF")

    assert s.pnl == pytest.approx(-2.0, rel=1e-12)


def test_a_put_is_valued_again_where_its_share_falls():
    """By hand: the share's return moves spot and volatility, the put is revalued."""
    from stresskit.core.instruments import options

    s = stressed([("put", 3_700.0)], severity=1.0)
    r = float(s.projection.local[0])
    count = 3_700.0 / 3.7

    before = options.value(100.0, 95.0, 0.25, 0.32, 0.04, 0.0, call=False)
    vol = 0.32 + min(-r, 0.25) * (30 / (0.25 * 365)) ** 0.5
    after = options.value(100.0 * (1 + r), 95.0, 0.25, vol, 0.04, 0.0, call=False)
    assert s.pnl == pytest.approx(count * float(after - before), rel=1e-12)
    assert s.pnl > 0
    # The delta's part stands with what is underneath, the rest with options.
    a = s.attribution
    delta = options.greeks(100.0, 95.0, 0.25, 0.32, 0.04, 0.0, call=False).delta
    assert a.market + a.segments == pytest.approx(count * float(delta) * 100 * r)


def test_a_bond_moves_by_duration_convexity_and_spread():
    """-D dy + C dy^2/2 - D_s ds with -10 bp and +5 bp of the user's."""
    s = stressed(
        [("bond", 1_000.0)], other_moves={"RATE_USD": -0.001, "CREDIT_IG": 0.0005}
    )
    expected = 1_000.0 * (7.0 * 0.001 + 0.5 * 60.0 * 1e-6 - 7.0 * 0.0005)
    assert s.pnl == pytest.approx(expected, rel=1e-12)


def test_a_fund_of_a_multiple_compounds_over_a_path():
    """Over two sessions -2x makes (1 - 2 g)^2 - 1 with g = (1 + r)^(1/2) - 1."""
    two_days = stresskit.load_factor("deepseek-two-day")
    rows = (replace(KINDS["inverse"], position_id="0"),)
    book = Portfolio(
        name="x",
        positions=(Position(id="0", name="x", market_value=100.0, currency="USD"),),
        base_currency="USD",
    )
    table = Table(
        book, Exposures(segments=SEGMENTS, rows=rows), two_days, np.array([100.0])
    )
    s = Stressed(table, Scenario(two_days), "USD")
    total = float(s.projection.local[0]) / -2.0

    daily = (1 + total) ** 0.5 - 1
    assert s.pnl == pytest.approx(100.0 * ((1 - 2 * daily) ** 2 - 1), rel=1e-12)
    assert two_days.event_end - two_days.event_start == dt.timedelta(days=1)


@pytest.mark.parametrize("day", [1, 5, 20])
def test_later_sessions_keep_a_share_of_the_shock(day):
    """Shocks are the factor's own times what was still there; the band is wider."""
    now = stressed([("share", 1.0)])
    later = stressed([("share", 1.0)], day=day)

    kept = [k.path[day] * k.shrunk for k in FACTOR.shocks]
    assert later.shocks == pytest.approx(kept, rel=1e-9)
    # 0.05^2 on the day, and day x 0.02^2 more, as companies move from day to day.
    own = later.band_input.dispersion[0] ** 2 - day * 0.02**2
    assert own == pytest.approx(now.band_input.dispersion[0] ** 2, rel=1e-9)

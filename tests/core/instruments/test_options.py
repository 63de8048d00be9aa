"""Options against worked figures and QuantLib, and how their values behave."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import QuantLib as ql  # noqa: N813 - the short name its own manual uses
from hypothesis import given, settings
from hypothesis import strategies as st

from stresskit.core.instruments.options import (
    floored_at_exercise,
    greeks,
    implied_vol,
    value,
    vol_shock,
)

# The protective structures of the worked example: long put 95, put 80 and call 110
# of three months, and the same a day later, spot -12% and vol +0.12.
STRIKE = np.array([95.0, 80.0, 110.0])
VOL = np.array([0.32, 0.38, 0.30])
CALL = np.array([False, False, True])
RATE, DIVIDEND = 0.04, 0.005
DAY = 1 / 252
BEFORE = value(100.0, STRIKE, 0.25, VOL, RATE, DIVIDEND, CALL)
SHIFT = float(vol_shock(-0.12, -1.0, 30))
AFTER = value(88.0, STRIKE, 0.25 - DAY, VOL + SHIFT, RATE, DIVIDEND, CALL)
# Long a put; long the put and short a lower one; long the put and short a call.
STRUCTURES = np.array([[1.0, 0.0, 0.0], [1.0, -1.0, 0.0], [1.0, 0.0, -1.0]])
PREMIUM, GAIN = STRUCTURES @ BEFORE, STRUCTURES @ (AFTER - BEFORE)

SETTINGS = settings(deadline=None, derandomize=True)
markets = st.fixed_dictionaries(
    {
        "spot": st.floats(20, 300),
        "strike": st.floats(20, 300),
        "years": st.floats(0.01, 5),
        "vol": st.floats(0.05, 1.5),
        "rate": st.floats(-0.03, 0.1),
        "dividend": st.floats(-0.02, 0.08),
        "call": st.booleans(),
    }
)


def bounds(market: dict) -> tuple[float, float, float]:
    """Return the discounted forward and strike, and w."""
    t, w = market["years"], 1.0 if market["call"] else -1.0
    forward = market["spot"] * np.exp(-market["dividend"] * t)
    return forward, market["strike"] * np.exp(-market["rate"] * t), w


def test_values_before_and_in_the_stress_are_the_worked_figures():
    """Put 95, put 80 and call 110, before and a day later in the fall."""
    assert pytest.approx(0.12, rel=1e-12) == SHIFT
    assert pytest.approx([3.70181, 0.906125, 2.73437], rel=2e-6) == BEFORE
    assert pytest.approx([11.3729, 4.61721, 1.59852], rel=4e-6) == AFTER


def test_premium_and_gain_of_the_structures_are_the_worked_figures():
    """Put, put spread and collar: what they cost and what they make in the fall."""
    assert pytest.approx([3.70181, 2.79569, 0.967445], rel=2e-6) == PREMIUM
    assert pytest.approx([7.67112, 3.96004, 8.80696], rel=2e-6) == GAIN


def test_units_that_offset_a_loss_are_the_worked_figures():
    """How many of each structure make 30,000 in the fall, and their outlay."""
    units = 30_000 / GAIN

    assert units == pytest.approx([3910.77, 7575.69, 3406.4], rel=2e-6)
    assert units * PREMIUM == pytest.approx([14476.9, 21179.3, 3295.5], rel=4e-6)


def test_the_carry_of_the_put_is_the_worked_figure():
    """A month of 21 days of 252 with spot and vol unchanged costs 0.94122."""
    later = value(100.0, 95.0, 0.25 - 21 / 252, 0.32, RATE, DIVIDEND, False)

    assert BEFORE[0] - later == pytest.approx(0.94122, rel=2e-6)


def test_greeks_and_what_they_miss_are_the_worked_figures():
    """The Greeks of put 95, and its gain approximated by them."""
    g = greeks(100.0, 95.0, 0.25, 0.32, RATE, DIVIDEND, False)
    approximation = -12 * g.delta + 72 * g.gamma + SHIFT * g.vega + DAY * g.theta

    assert g.delta == pytest.approx(-0.324052, rel=2e-6)
    assert g.gamma == pytest.approx(0.0224512, rel=3e-6)
    assert g.vega == pytest.approx(17.9609, rel=3e-6)
    assert g.theta == pytest.approx(-10.2127, rel=5e-6)
    assert approximation == pytest.approx(7.61989, rel=1e-6)
    assert approximation - GAIN[0] == pytest.approx(-0.0512251, rel=1e-5)


def quantlib(
    strike: float, days: int, vol: float, rate: float, dividend: float, call: bool
) -> list[float]:
    """Return QuantLib's value and Greeks of a European option on a spot of 100."""
    today, count = ql.Date(15, 1, 2024), ql.Actual365Fixed()
    ql.Settings.instance().evaluationDate = today

    def flat(rate: float) -> ql.YieldTermStructureHandle:
        return ql.YieldTermStructureHandle(ql.FlatForward(today, rate, count))

    process = ql.BlackScholesMertonProcess(
        ql.QuoteHandle(ql.SimpleQuote(100.0)),
        flat(dividend),
        flat(rate),
        ql.BlackVolTermStructureHandle(
            ql.BlackConstantVol(today, ql.NullCalendar(), vol, count)
        ),
    )
    kind = ql.Option.Call if call else ql.Option.Put
    option = ql.VanillaOption(
        ql.PlainVanillaPayoff(kind, strike), ql.EuropeanExercise(today + days)
    )
    option.setPricingEngine(ql.AnalyticEuropeanEngine(process))
    return [
        option.NPV(),
        option.delta(),
        option.gamma(),
        option.vega(),
        option.theta(),
        option.rho(),
    ]


def test_values_and_greeks_are_those_of_quantlib():
    """720 options, every other one short, have QuantLib's value and Greeks."""
    grid = list(
        product(
            (60.0, 85.0, 100.0, 110.0, 160.0),
            (7, 30, 91, 365, 1095, 3650),
            (0.1, 0.35, 0.9),
            (-0.01, 0.0425),
            (0.0, 0.03),
            (False, True),
        )
    )
    strike, days, vol, rate, dividend, call = (
        np.array(x) for x in zip(*grid, strict=True)
    )
    sign = np.where(np.arange(len(grid)) % 2, -1.0, 1.0)[:, None]
    args = (100.0, strike, days / 365, vol, rate, dividend, call)

    ours = sign * np.column_stack([value(*args), *vars(greeks(*args)).values()])
    theirs = sign * np.array([quantlib(*case) for case in grid])

    assert len(grid) == 720
    # QuantLib takes a put's probability as 1 - N(d), which costs the last digit of the
    # spot: 2e-14 of money, and more than 1e-8 only of values below 2e-6.
    assert ours == pytest.approx(theirs, rel=1e-8, abs=100 * np.finfo(float).eps)


@SETTINGS
@given(markets)
def test_call_less_put_is_a_forward(market):
    """Put-call parity holds."""
    f, k, _ = bounds(market)

    call, put = (value(**{**market, "call": call}) for call in (True, False))

    assert call - put == pytest.approx(f - k, abs=1e-11)


@SETTINGS
@given(markets)
def test_a_value_is_within_the_bounds_without_arbitrage(market):
    """An option is worth its discounted intrinsic value at least, its limit at most."""
    f, k, w = bounds(market)

    v = value(**market)

    assert max(w * (f - k), 0.0) - 1e-11 <= v <= (f if w > 0 else k) + 1e-11


@SETTINGS
@given(markets, st.floats(0.01, 0.9))
def test_a_fall_pays_the_higher_strike_more(market, fall):
    """What a put makes in a fall of the spot does not shrink with its strike."""
    strikes = {"strike": np.linspace(20.0, 300.0, 29), "call": False}
    fallen = market["spot"] * (1 - fall)

    gain = value(**{**market, **strikes, "spot": fallen}) - value(
        **{**market, **strikes}
    )

    assert np.all(gain >= -1e-11)
    assert np.all(np.diff(gain) >= -1e-11)


@SETTINGS
@given(markets)
def test_implied_vol_gives_back_price_and_vol(market):
    """The vol found reprices the option, and is the vol where the price says it."""
    vega = greeks(**market).vega
    vol, price = market["vol"], value(**market)
    rest = {name: x for name, x in market.items() if name != "vol"}

    found = implied_vol(price, **rest)

    assert np.isfinite(found) or vega < 1e-3
    if np.isfinite(found):
        assert value(vol=found, **rest) == pytest.approx(price, abs=1e-12)
    if vega > 1e-3:
        assert found == pytest.approx(vol, abs=1e-9)


def test_implied_vol_is_found_for_many_at_once():
    """Of 20,000 options of any kind the price is met, or lies at its bound."""
    rng = np.random.default_rng(7)
    n = 20_000
    rest = {
        "spot": np.exp(rng.normal(4.6, 1.0, n)),
        "strike": np.exp(rng.normal(4.6, 1.0, n)),
        "years": np.exp(rng.uniform(-6, 3, n)),
        "rate": rng.uniform(-0.1, 0.2, n),
        "dividend": rng.uniform(-0.1, 0.2, n),
        "call": rng.random(n) < 0.5,
    }
    price = value(vol=np.exp(rng.uniform(np.log(1e-4), np.log(5), n)), **rest)

    found = implied_vol(price, **rest)

    known = np.isfinite(found)
    t = rest["years"]
    f, k = (
        rest["spot"] * np.exp(-rest["dividend"] * t),
        rest["strike"] * np.exp(-rest["rate"] * t),
    )
    scale, w = np.maximum(f, k), np.where(rest["call"], 1.0, -1.0)
    room = np.minimum(price - np.maximum(w * (f - k), 0), np.where(w > 0, f, k) - price)
    assert known.sum() > 5_000
    assert np.all(room[~known] <= 1e-14 * scale[~known])
    assert np.all((found[known] >= 0.99e-4) & (found[known] <= 5.01))
    assert np.all(
        np.abs(value(vol=found, **rest) - price)[known] <= 1e-14 * scale[known]
    )


@pytest.mark.parametrize(
    ("price", "years", "call"),
    [
        (0.0, 0.25, True),
        (-1.0, 0.25, True),
        (100.0, 0.25, True),
        (200.0, 0.25, False),
        (np.nan, 0.25, False),
        (99.9, 0.25, False),
        (3.0, 0.0, False),
        (3.0, -0.1, False),
    ],
)
def test_a_price_that_no_vol_gives_has_none(price, years, call):
    """At, below or above the bounds, beyond a vol of 5, or expired: NaN, not zero."""
    assert np.isnan(implied_vol(price, 100.0, 100.0, years, 0.0, 0.0, call))


def test_without_vol_or_time_the_value_is_intrinsic():
    """Without vol the discounted intrinsic value, at and after expiry the plain one."""
    spot, call = np.array([0.0, 80.0, 100.0, 130.0]), np.array([[True], [False]])
    forward = spot * np.exp(-0.03 * 2) - 100 * np.exp(-0.05 * 2)

    still = value(spot, 100.0, 2.0, 0.0, 0.05, 0.03, call)
    expired = [value(spot, 100.0, t, 0.3, 0.05, 0.03, call) for t in (0.0, -0.5)]

    assert still == pytest.approx(np.maximum([forward, -forward], 0.0), abs=1e-12)
    for v in expired:
        assert v.tolist() == [[0, 0, 0, 30], [100, 20, 0, 0]]


def test_greeks_without_time_are_a_delta_only():
    """An expired option moves with the spot or not at all."""
    g = greeks(np.array([80.0, 120.0]), 100.0, 0.0, 0.3, 0.05, 0.03, False)

    assert g.delta.tolist() == [-1.0, 0.0]
    for other in (g.gamma, g.vega, g.theta, g.rho):
        assert np.abs(other).tolist() == [0.0, 0.0]


def test_greeks_without_vol_are_those_of_a_forward():
    """A put in the money without vol is a short forward: no gamma, no vega."""
    g = greeks(80.0, 100.0, 2.0, 0.0, 0.05, 0.03, False)

    f, k = 80 * np.exp(-0.06), 100 * np.exp(-0.1)
    assert (g.gamma, g.vega) == (0.0, 0.0)
    assert g.delta == pytest.approx(-f / 80, rel=1e-12)
    assert g.theta == pytest.approx(0.05 * k - 0.03 * f, rel=1e-12)
    assert g.rho == pytest.approx(-2 * k, rel=1e-12)


@pytest.mark.parametrize("name", ["spot", "strike", "years", "vol", "rate", "dividend"])
def test_what_is_not_known_stays_unknown(name):
    """NaN in any number gives a value and Greeks of NaN, never zero."""
    market = dict.fromkeys(("spot", "strike", "years", "vol"), 1.0)
    market |= {"rate": 0.02, "dividend": 0.01, "call": True, name: np.nan}

    assert np.isnan(value(**market))
    assert np.all(np.isnan([*vars(greeks(**market)).values()]))


def test_an_american_option_is_worth_its_exercise_at_least():
    """A deep put of European value below 40 is held at 40, a call above stays."""
    strike, call = np.array([100.0, 50.0]), np.array([False, True])
    european = value(60.0, strike, 1.0, 0.2, 0.05, 0.0, call)

    held = floored_at_exercise(european, 60.0, strike, call)

    assert european[0] < 40.0
    assert held.tolist() == [40.0, european[1]]


def test_vol_rises_in_a_fall_only_and_less_for_long_options():
    """Slope times the fall, at most 0.25, halved at four times thirty days."""
    falls = np.array([-0.12, -0.05, -0.2, 0.0, 0.15, np.nan])

    shift = vol_shock(falls, np.array([-1.0, -2.0, -2.0, -1.0, -1.0, -1.0]), 7)

    assert shift == pytest.approx([0.12, 0.1, 0.25, 0, 0, np.nan], nan_ok=True)
    assert vol_shock(-0.2, -2.0, 120) == pytest.approx(0.125, rel=1e-12)

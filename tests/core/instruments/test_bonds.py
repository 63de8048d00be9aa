"""Bonds against figures worked by hand and QuantLib, and how prices move."""

from __future__ import annotations

import numpy as np
import pytest
import QuantLib as ql  # noqa: N813 - the short name its own manual uses
from hypothesis import given, settings
from hypothesis import strategies as st

from stresskit.core.instruments.bonds import (
    durations,
    price,
    yield_of,
)

SETTINGS = settings(deadline=None, derandomize=True)
bonds = st.fixed_dictionaries(
    {
        "coupon": st.floats(0, 0.15),
        "years": st.floats(0.05, 50),
        "frequency": st.sampled_from([1, 2, 4, 12]),
    }
)
yields = st.floats(-0.1, 0.5)


def test_a_coupon_equal_to_the_yield_is_worth_par():
    """Two years of 5% at 5% are 100, with the durations of 5 and 105 discounted."""
    duration, convexity = durations(0.05, 2.0, 0.05, 1)

    assert price(0.05, 2.0, 0.05, 1) == pytest.approx(100.0, rel=1e-12)
    # (5/1.05 + 2 * 105/1.05^2) / 105 and (2 * 5/1.05 + 6 * 105/1.05^2) / 110.25.
    assert duration == pytest.approx(1.85941, rel=1e-6)
    assert convexity == pytest.approx(5.26941, rel=1e-6)


def test_small_cases_are_those_of_the_hand():
    """No coupon, a yield of zero, a negative one, a first coupon after three months."""
    assert price(0.0, 2.0, 0.1, 1) == pytest.approx(100 / 1.21, rel=1e-12)
    assert price(0.04, 2.5, 0.0, 2) == pytest.approx(110.0, rel=1e-12)
    assert price(0.0, 1.0, -0.2, 1) == pytest.approx(125.0, rel=1e-12)
    assert price(0.08, 1.25, 0.21, 1) == pytest.approx(
        8 / 1.21**0.25 + 108 / 1.21**1.25, rel=1e-12
    )
    # One payment at T: D = T / (1 + y), C = T (T + 1) / (1 + y)^2.
    assert durations(0.0, 3.0, 0.25, 1) == pytest.approx((2.4, 7.68), rel=1e-12)


def test_a_coupon_due_now_is_not_counted_twice_or_by_rounding():
    """Years that miss a whole number by rounding only hold no coupon of today."""
    third = 0.1 + 0.1 + 0.1
    whole = np.array([price(0.12, t, 0.0, 10) for t in (third, 0.3, 0.3 - 1e-16)])

    assert third > 0.3
    assert whole == pytest.approx(103.6, rel=1e-12)


def test_what_has_no_price_or_yield_is_unknown():
    """Matured bonds, impossible yields and prices, and NaN give NaN, never zero."""
    years = np.array([0.0, -1.0, np.nan, 2.0])
    y = np.array([0.05, 0.05, 0.05, -2.0])

    assert np.all(np.isnan(price(0.05, years, y, 2)))
    assert np.all(np.isnan(durations(0.05, years, y, 2)))
    p = np.array([100.0, 100.0, 100.0, -5.0, 0.0, np.nan, 1e9])
    left = np.array([0.0, -1.0, np.nan, 2.0, 200.0, 2.0, 2.0])
    assert np.all(np.isnan(yield_of(p, 0.05, left, 2)))


def quantlib(
    coupon: float, frequency: int, months: int, day: int, y: float
) -> list[float]:
    """Return years, price, duration, convexity and yield of a 30/360 bond.

    Thirty days a month put the coupons exactly 1/f apart.
    """
    today, maturity = (
        ql.Date(day, 2, 2023),
        ql.Date(15, 3, 2023) + ql.Period(months, ql.Months),
    )
    ql.Settings.instance().evaluationDate = today
    count = ql.Thirty360(ql.Thirty360.BondBasis)
    schedule = ql.Schedule(
        today - ql.Period(2, ql.Years),
        maturity,
        ql.Period(12 // frequency, ql.Months),
        ql.NullCalendar(),
        ql.Unadjusted,
        ql.Unadjusted,
        ql.DateGeneration.Backward,
        False,
    )
    bond = ql.FixedRateBond(0, 100.0, schedule, [coupon], count)
    rate = ql.InterestRate(y, count, ql.Compounded, frequency)
    dirty = ql.BondFunctions.cleanPrice(bond, rate, today) + bond.accruedAmount(today)
    return [
        count.yearFraction(today, maturity),
        dirty,
        ql.BondFunctions.duration(bond, rate, ql.Duration.Modified, today),
        ql.BondFunctions.convexity(bond, rate, today),
    ]


def test_price_duration_and_convexity_are_those_of_quantlib():
    """240 bonds, every other one short, have QuantLib's figures, and its yield."""
    rng = np.random.default_rng(11)
    n = 240
    coupon = rng.choice([0.0, 0.01, 0.0375, 0.09], n)
    frequency = rng.choice([1, 2, 4], n)
    months, day = rng.integers(1, 480, n), rng.integers(1, 28, n)
    y = rng.uniform(-0.02, 0.2, n)
    sign = np.where(np.arange(n) % 2, -1.0, 1.0)
    cases = zip(coupon, frequency, months, day, y, strict=True)
    years, dirty, duration, convexity = np.array(
        [
            quantlib(float(c), int(f), int(m), int(d), float(x))
            for c, f, m, d, x in cases
        ]
    ).T

    p = price(coupon, years, y, frequency)
    d, c = durations(coupon, years, y, frequency)

    assert sign * p == pytest.approx(sign * dirty, rel=1e-8)
    assert sign * p * d == pytest.approx(sign * dirty * duration, rel=1e-8)
    assert sign * p * c == pytest.approx(sign * dirty * convexity, rel=1e-8)
    assert yield_of(dirty, coupon, years, frequency) == pytest.approx(y, abs=1e-10)


@SETTINGS
@given(bonds, yields)
def test_durations_are_the_slope_and_curvature_of_the_price(bond, y):
    """Finite differences of the price give the modified duration and convexity."""
    h = 1e-4
    down, p, up = (price(yield_=y + x, **bond) for x in (-h, 0.0, h))

    duration, convexity = durations(yield_=y, **bond)

    # Differences err by h^2 times further derivatives, the second by rounding too.
    room = (bond["years"] + 2) ** 4 / min(1 + y, 1) ** 4 * h**2
    assert (down - up) / (2 * h) / p == pytest.approx(duration, abs=room)
    assert (up - 2 * p + down) / h**2 / p == pytest.approx(convexity, abs=room + 1e-5)


@SETTINGS
@given(bonds, yields)
def test_the_yield_gives_back_the_price_and_itself(bond, y):
    """A bond priced at a yield has that yield."""
    p = price(yield_=y, **bond)

    found = yield_of(p, **bond)

    assert found == pytest.approx(y, abs=1e-11)
    assert price(yield_=found, **bond) == pytest.approx(p, rel=1e-11)


@SETTINGS
@given(bonds, yields, st.floats(0.0001, 0.1))
def test_a_price_falls_as_the_yield_rises(bond, y, rise):
    """More yield is less price, and less than duration says: prices are convex."""
    p, then = price(yield_=y, **bond), price(yield_=y + rise, **bond)

    duration, _ = durations(yield_=y, **bond)

    assert then < p
    assert then / p - 1 >= -duration * rise - 1e-12


def test_distressed_prices_have_their_yields():
    """A bond at 20 for 100 in half a year yields 800% in half-yearly compounding."""
    assert yield_of(20.0, 0.0, 0.5, 2) == pytest.approx(8.0, rel=1e-10)


def test_duration_and_convexity_explain_a_move_of_one_percent():
    """What they leave out of a ten-year bond's move of 1% is below 0.02%."""
    duration, convexity = durations(0.04, 10.0, 0.03, 2)
    moved = price(0.04, 10.0, 0.04, 2) / price(0.04, 10.0, 0.03, 2) - 1

    explained = -duration * 0.01 + 0.5 * convexity * 0.01**2

    assert explained == pytest.approx(moved, abs=2e-4)

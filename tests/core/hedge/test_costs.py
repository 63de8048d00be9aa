"""What a hedge costs: by hand, and the chords that stand for the impact's curve."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresskit.core.hedge.costs import (
    PIECES,
    chords,
    impact_coefficient,
    unit_cost,
)

COEFFICIENTS = st.floats(1e-5, 10.0)
CAPS = st.floats(1e-4, 2.0)


def test_a_round_trip_pays_twice_and_borrow_for_its_days():
    """Spread and fee are paid in and out, borrow for 21 of 252 days, by hand."""
    # 2 x (3 bp + 1 bp) = 8 bp, and 24 bp a year for a twelfth of it: 2 bp.
    assert unit_cost(3e-4, 1e-4, 24e-4) == pytest.approx(10e-4, rel=1e-12)


def test_borrow_grows_with_the_days_held():
    """A year of borrow is the yearly fee, no day is none."""
    assert unit_cost(0.0, 0.0, 0.05, 252) == pytest.approx(0.05, rel=1e-12)
    assert unit_cost(0.0, 0.0, 0.05, 0) == 0.0


def test_what_is_free_costs_nothing():
    """Without spread, fee and borrow a unit costs nothing."""
    assert unit_cost(0.0, 0.0, 0.0) == 0.0


def test_a_day_of_volume_costs_a_day_of_volatility():
    """Trading one day's whole volume costs one daily standard deviation of it."""
    volume = 0.25
    k = impact_coefficient(0.02, volume)

    assert k * volume**1.5 / volume == pytest.approx(0.02, rel=1e-12)


def test_what_is_not_traded_has_impact_without_end():
    """No volume makes the impact infinite and no error."""
    assert impact_coefficient(0.02, 0.0) == float("inf")


@settings(max_examples=40, deadline=None)
@given(sd=st.floats(1e-4, 0.2), volume=st.floats(1e-3, 1e4), times=st.floats(1.1, 50))
def test_impact_falls_with_the_root_of_volume(sd, volume, times):
    """``times`` the volume divides the coefficient by its root."""
    small, large = (
        impact_coefficient(sd, volume),
        impact_coefficient(sd, volume * times),
    )

    assert small == pytest.approx(large * times**0.5, rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(k=COEFFICIENTS, cap=CAPS)
def test_chords_are_exact_at_their_ends(k, cap):
    """At every breakpoint the pieces add up to the curve, and they reach the cap."""
    widths, slopes = chords(k, cap)
    at = np.cumsum(widths)

    np.testing.assert_allclose(at, PIECES[1:] * cap, rtol=1e-12)
    np.testing.assert_allclose(np.cumsum(widths * slopes), k * at**1.5, rtol=1e-12)


@settings(max_examples=60, deadline=None)
@given(k=COEFFICIENTS, cap=CAPS)
def test_chords_are_never_below_the_curve(k, cap):
    """Anywhere up to the cap the chords state at least the curve's cost."""
    widths, slopes = chords(k, cap)
    ends = np.concatenate([[0.0], np.cumsum(widths)])
    x = np.linspace(0.0, cap, 401)
    stated = np.interp(x, ends, np.concatenate([[0.0], np.cumsum(widths * slopes)]))

    assert (stated >= k * x**1.5 - 1e-12 * k * cap**1.5).all()


@settings(max_examples=40, deadline=None)
@given(k=COEFFICIENTS, cap=CAPS)
def test_slopes_rise_so_that_pieces_fill_in_order(k, cap):
    """Each piece costs more per unit than the one before."""
    _, slopes = chords(k, cap)

    assert (np.diff(slopes) > 0).all()


def test_chords_overstate_by_little():
    """The chords' excess is under one part in thirty of the impact at the cap."""
    widths, slopes = chords(1.0, 1.0)
    ends = np.concatenate([[0.0], np.cumsum(widths)])
    x = np.linspace(0.0, 1.0, 2001)
    stated = np.interp(x, ends, np.concatenate([[0.0], np.cumsum(widths * slopes)]))

    # Chord over [a, b] of a function with f'' = 0.75 / sqrt(x): at most (b-a)^2/8 f''.
    bound = max((b - a) ** 2 / 8 * 0.75 / a**0.5 for a, b in pairwise(PIECES[1:]))
    assert (stated - x**1.5).max() <= bound <= 1 / 30

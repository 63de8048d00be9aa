"""The projection against worked figures, and what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresskit.core.stress.project import project
from stresskit.core.stress.scaling import scale_shock, shock_slope

BOOK = {
    "beta": np.array([1.5, 1.1, 1.2, 0.7]),
    "market": np.full(4, -0.01),
    "sensitivities": np.array([[1, 0, 0], [0, 0.6, 0.4], [0.8, 0, 0.2], [0, 0, 1.0]]),
    "shocks": np.array([-0.13, -0.18, 0.004]),
    "own_name": np.array([-0.02, 0, 0, 0]),
    "fx": np.array([0, -0.006, 0, 0.008]),
}
V = np.array([400_000.0, 250_000.0, -100_000.0, 300_000.0])


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        (0.5, [-0.0672621, -0.151472, 0.00995049]),
        (1.5, [-0.188518, -0.38906, 0.02]),
        (2.0, [-0.2431, -0.4816, 0.02]),
        (4.0, [-0.427102, -0.731261, 0.02]),
    ],
)
def test_severity_scales_in_logs_as_worked_out(severity, expected):
    """The shocks at each severity are those of worked example E6."""
    theta = np.array([-0.13, -0.28, 0.02])

    assert scale_shock(theta, severity) == pytest.approx(expected, rel=1e-5)


def test_the_worked_book_gives_the_worked_pnl():
    """P&L by position and its parts are those of worked example E10."""
    p = project(V, **BOOK)

    assert p.pnl == pytest.approx([-66000, -30673.9, 11520, 1492.8], rel=1e-5)
    assert p.pnl.sum() == pytest.approx(-83661.1, rel=1e-6)
    assert p.market.sum() == pytest.approx(-9650, rel=1e-9)
    assert p.by_segment == pytest.approx([-41600, -27000, 1520], rel=1e-9)
    assert p.own_name.sum() == pytest.approx(-8000, rel=1e-9)
    assert p.fx.sum() == pytest.approx(900, rel=1e-9)
    assert p.cross.sum() == pytest.approx(168.9, rel=1e-5)


def test_no_price_falls_below_zero():
    """A return below -100% costs the position's value, not more."""
    p = project(
        np.array([100.0]),
        beta=np.array([0.0]),
        market=np.array([0.0]),
        sensitivities=np.array([[2.0]]),
        shocks=np.array([-0.8]),
        own_name=np.array([0.0]),
        fx=np.array([0.1]),
    )

    assert p.pnl[0] == pytest.approx(-100.0, rel=1e-12)
    parts = p.market + p.segments + p.own_name + p.fx + p.cross
    assert parts[0] == pytest.approx(-100.0, rel=1e-12)


def test_the_slope_is_the_derivative():
    """The scaling of errors equals a finite difference of the scaling of shocks."""
    f, step = np.array([-0.2, -0.05, 0.03]), 1e-6

    numeric = (scale_shock(f + step, 1.7) - scale_shock(f - step, 1.7)) / (2 * step)

    assert shock_slope(f, 1.7) == pytest.approx(numeric, rel=1e-6)


severities = st.floats(0, 10)
returns = st.floats(-0.9, 0.9)


@given(st.lists(returns, min_size=1, max_size=8), severities)
def test_scaled_shocks_keep_their_sign_and_stay_above_minus_one(shocks, severity):
    """No severity turns a loss into a gain or loses more than everything."""
    f = np.array(shocks)

    scaled = scale_shock(f, severity)

    assert np.all(scaled > -1.0)
    assert np.all(scaled * f >= 0)


@given(st.lists(returns, min_size=1, max_size=8))
def test_severity_zero_is_nothing_and_one_is_the_event(shocks):
    """The two fixed points of the scaling."""
    f = np.array(shocks)

    assert scale_shock(f, 0.0).tolist() == [0.0] * len(shocks)
    assert scale_shock(f, 1.0) == pytest.approx(f, abs=1e-12)


def _random_book(seed: int, n: int = 6, k: int = 4):
    rng = np.random.default_rng(seed)
    value = rng.normal(0, 1e6, n)
    return value, {
        "beta": rng.normal(1, 0.3, n),
        "market": rng.normal(0, 0.01, n),
        "sensitivities": rng.uniform(0, 1, (n, k)),
        "shocks": rng.uniform(-0.3, 0.05, k),
        "own_name": rng.normal(0, 0.01, n),
        "fx": rng.normal(0, 0.01, n),
    }


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.floats(0.001, 1000))
def test_parts_add_up_and_money_scales(seed, factor):
    """Parts sum to the P&L, and c times the book makes c times the P&L."""
    value, book = _random_book(seed)

    p = project(value, **book)
    scaled = project(factor * value, **book)

    parts = p.market + p.segments + p.own_name + p.fx + p.cross
    assert parts == pytest.approx(p.pnl, rel=1e-9, abs=1e-6)
    assert scaled.pnl == pytest.approx(factor * p.pnl, rel=1e-9, abs=1e-9)


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.floats(0.05, 0.95))
def test_splitting_a_position_changes_nothing(seed, share):
    """Two lines of one position make what the one line made."""
    value, book = _random_book(seed)
    doubled = {
        name: np.concatenate([x, x[:1]]) if name != "shocks" else x
        for name, x in book.items()
    }
    split = np.concatenate([[share * value[0]], value[1:], [(1 - share) * value[0]]])

    whole = project(value, **book).pnl.sum()
    parts = project(split, **doubled).pnl.sum()

    assert parts == pytest.approx(whole, rel=1e-9, abs=1e-6)


@given(st.integers(0, 10_000))
def test_long_plus_equal_short_is_zero(seed):
    """The mirror of a book makes the mirror of its P&L."""
    value, book = _random_book(seed)

    both = project(value, **book).pnl + project(-value, **book).pnl

    assert both == pytest.approx(np.zeros(len(value)), abs=1e-6)

"""What a hedge was worth, against worked figures and what the words mean."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresskit.core.hedge.effect import effectiveness, knee, worst_case

UNHEDGED = np.array([-0.08, 0.031, -0.045, -0.06, -0.022])
HEDGE = np.array([0.0262, -0.0105, 0.012, 0.021, 0.0035])
# One hedge: errors of the portfolio's P&L and of the gain that offset each other.
JOINT = np.array([[0.015**2, -0.5 * 0.015 * 0.045], [-0.5 * 0.015 * 0.045, 0.045**2]])


def test_offsets_are_the_worked_figures():
    """Each event's offset is that of worked example E18."""
    expected = [0.3275, 0.33871, 0.266667, 0.35, 0.159091]

    assert expected == pytest.approx(effectiveness(UNHEDGED, HEDGE).offset, rel=1e-5)


def test_effectiveness_is_the_worked_figure():
    """In and out of sample effectiveness and the multiple are those of E18."""
    found = effectiveness(UNHEDGED, HEDGE)

    assert found.ederington == pytest.approx(0.559898, rel=1e-5)
    assert found.out_of_sample == pytest.approx(0.549413, rel=1e-5)
    assert found.multiple == pytest.approx(2.89887, rel=1e-5)


def test_the_multiple_makes_the_variance_smallest():
    """A search over multiples of the hedge finds no smaller variance elsewhere."""
    multiple = effectiveness(UNHEDGED, HEDGE).multiple
    tried = np.linspace(0.0, 6.0, 60_001)
    variance = (UNHEDGED + tried[:, None] * HEDGE).var(axis=1)

    assert multiple == pytest.approx(tried[np.argmin(variance)], abs=2e-4)


def test_the_mirror_image_is_a_perfect_hedge():
    """What moves against the portfolio one for one offsets all of it."""
    found = effectiveness(UNHEDGED, -UNHEDGED)

    np.testing.assert_allclose(found.offset, 1.0, rtol=1e-12)
    assert found.ederington == pytest.approx(1.0, rel=1e-12)
    assert found.out_of_sample == pytest.approx(1.0, rel=1e-12)
    assert found.multiple == pytest.approx(1.0, rel=1e-12)


def test_a_hedge_that_does_nothing_has_no_effect():
    """Nothing made is an effectiveness of zero and no multiple."""
    found = effectiveness(UNHEDGED, np.zeros(5))

    np.testing.assert_allclose(found.offset, 0.0, atol=1e-15)
    assert found.ederington == pytest.approx(0.0, abs=1e-12)
    assert found.multiple is None


def test_doubling_the_risk_has_an_effectiveness_below_zero():
    """The portfolio on top of itself has four times the variance: 1 - 4."""
    found = effectiveness(UNHEDGED, UNHEDGED)

    assert found.ederington == pytest.approx(-3.0, rel=1e-12)
    assert found.multiple == pytest.approx(-1.0, rel=1e-12)


def test_an_event_without_a_move_has_no_offset():
    """Where the portfolio stood still the offset is not a number, elsewhere it is."""
    offset = effectiveness(np.array([0.0, -0.04]), np.array([0.01, 0.01])).offset

    assert np.isnan(offset[0])
    assert offset[1] == pytest.approx(0.25, rel=1e-12)


@pytest.mark.parametrize("events", [0, 1])
def test_one_event_has_no_variance(events):
    """Without two events nothing is said of variance."""
    found = effectiveness(UNHEDGED[:events], HEDGE[:events])

    assert len(found.offset) == events
    assert found.ederington is None
    assert found.out_of_sample is None
    assert found.multiple is None


def test_two_events_have_no_out_of_sample():
    """With one event left besides the first only the in-sample figure is known."""
    found = effectiveness(UNHEDGED[:2], HEDGE[:2])

    # (0.111 -> 0.0743): the variance of two is a quarter of the squared distance.
    expected = 1 - ((0.111 - 0.0367) / 0.111) ** 2
    assert found.ederington == pytest.approx(expected, rel=1e-9)
    assert found.out_of_sample is None


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), scale=st.floats(1e-2, 1e7))
def test_money_and_shares_agree(seed, scale):
    """The figures are those of shares whatever the portfolio's value."""
    rng = np.random.default_rng(seed)
    portfolio, hedge = rng.normal(0, 0.05, (2, 6))
    shares = effectiveness(portfolio, hedge)
    money = effectiveness(scale * portfolio, scale * hedge)

    np.testing.assert_allclose(shares.offset, money.offset, rtol=1e-9)
    assert shares.ederington == pytest.approx(money.ederington, rel=1e-9, abs=1e-9)
    assert shares.multiple == pytest.approx(money.multiple, rel=1e-9, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_best_multiple_explains_the_squared_correlation(seed):
    """Held ``multiple`` times, a hedge's effectiveness is the squared correlation."""
    rng = np.random.default_rng(seed)
    portfolio, hedge = rng.normal(0, 0.05, (2, 8))
    multiple = effectiveness(portfolio, hedge).multiple
    best = effectiveness(portfolio, multiple * hedge).ederington

    expected = np.corrcoef(portfolio, hedge)[0, 1] ** 2
    assert expected == pytest.approx(best, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("x", "expected"), [(0.0, 0.104675), (0.204082, 0.0815479), (0.592984, 0.06)]
)
def test_the_worst_case_is_the_worked_figure(x, expected):
    """Unhedged, nominal and robust worst case are those of E16."""
    found = worst_case(0.08, np.array([0.098]), JOINT, 1.645, np.array([x]))

    assert expected == pytest.approx(found, rel=2e-6)


def test_without_kappa_the_worst_case_is_the_expected_one():
    """No standard deviation of error leaves the loss less the gain."""
    found = worst_case(0.08, np.array([0.1, 0.2]), np.eye(3), 0.0, np.array([0.3, 0.1]))

    assert found == pytest.approx(0.08 - 0.03 - 0.02, rel=1e-12)


def test_the_worst_case_is_the_worst_of_the_ellipsoid():
    """No error on the ellipsoid of kappa makes more of the loss; one makes as much."""
    rng = np.random.default_rng(5)
    half = rng.normal(0, 0.02, (3, 3))
    covariance, x, gain = half @ half.T, np.array([0.3, 0.2]), np.array([0.1, 0.15])
    found = worst_case(0.08, gain, covariance, 1.645, x)

    sphere = rng.normal(size=(200_000, 3))
    sphere /= np.linalg.norm(sphere, axis=1, keepdims=True)
    # e = kappa C^(1/2) u; the loss is -(e0 + portfolio) - (gain + e)'x.
    losses = 0.08 - gain @ x - 1.645 * sphere @ half.T @ np.array([1.0, *x])
    assert losses.max() <= found + 1e-12
    assert losses.max() == pytest.approx(found, rel=1e-3)


def test_no_error_leaves_no_root_of_a_negative():
    """A covariance that rounding made slightly indefinite is taken as none."""
    covariance = np.array([[1e-20, -1.0000001e-10], [-1.0000001e-10, 1.0]])
    found = worst_case(0.08, np.array([0.1]), covariance, 1.645, np.array([1e-10]))

    assert found == pytest.approx(0.08, rel=1e-6)


def test_the_knee_is_where_the_slope_jumps():
    """Of two straight lines the knee is where they meet."""
    rising = np.array([0.0, 1.0, 2.0, 5.0, 8.0, 11.0])

    assert knee(rising) == 2


@pytest.mark.parametrize(
    "cost", [[], [1.0], [1.0, 9.0], [0.0, 1.0, 2.0, 3.0], [0.0, 0.0, 0.0], [0, 3, 5, 6]]
)
def test_what_does_not_bend_up_has_no_knee(cost):
    """Too few points, a straight line and one that flattens have none."""
    assert knee(np.array(cost, dtype=float)) is None


@settings(max_examples=40, deadline=None)
@given(
    bend=st.integers(1, 6),
    slope=st.floats(0.1, 10.0),
    jump=st.floats(0.1, 10.0),
    scale=st.floats(1e-3, 1e6),
)
def test_the_knee_does_not_depend_on_the_units(bend, slope, jump, scale):
    """A kinked line has its knee at the kink, in basis points and in money."""
    at = np.arange(8.0)
    cost = scale * (slope * at + jump * np.maximum(at - bend, 0.0))

    assert knee(cost) == bend

"""Conditional expectations against worked figures, and what no unit may change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresskit.core.stress.propagation import ledoit_wolf, propagate
from stresskit.errors import ComputationError, InputError

# Two core factors, then a spread in basis points and two returns.
SD = np.array([0.028, 0.034, 6.0, 0.0065, 0.011])
CORRELATION = np.array(
    [
        [1.0, 0.6, 0.2, 0.25, 0.55],
        [0.6, 1.0, 0.15, 0.18, 0.5],
        [0.2, 0.15, 1.0, 0.55, 0.1],
        [0.25, 0.18, 0.55, 1.0, 0.2],
        [0.55, 0.5, 0.1, 0.2, 1.0],
    ]
)
COVARIANCE = CORRELATION * np.outer(SD, SD)
SHOCKS = np.array([-0.14, -0.2])

ROOTS = st.lists(st.floats(-1, 1), min_size=25, max_size=25)
MOVES = st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=2)


def _covariance(root):
    a = np.array(root).reshape(5, 5)
    return (a @ a.T + 0.1 * np.eye(5)) * np.outer(SD, SD)


def test_two_core_factors_move_three_others_as_worked_out():
    """Loadings, moves, what stays uncertain and the distance are the worked ones."""
    found = propagate(COVARIANCE, [0, 1], SHOCKS, [2, 3, 4])

    loadings = [[36.8304, 8.27206], [0.0515067, 0.0089614], [0.15346, 0.0859375]]
    assert found.loadings == pytest.approx(np.array(loadings), rel=1e-5)
    moves = np.array([-6.81066, -0.00900322, -0.0386719])
    assert found.moves == pytest.approx(moves, rel=1e-5)
    sd = np.sqrt(np.diag(found.covariance))
    assert sd == pytest.approx(np.array([5.87447, 0.00628888, 0.00888446]), rel=1e-5)
    r2 = np.array([0.0414063, 0.0639062, 0.347656])
    assert found.r2 == pytest.approx(r2, rel=1e-5)
    assert found.distance2 == pytest.approx(37.9812, rel=1e-5)
    assert found.distance2**0.5 == pytest.approx(6.16289, rel=1e-5)


def test_a_driver_asked_for_gets_its_own_shock_back():
    """It is known for sure, and the factor beside it is told the same as alone."""
    found = propagate(COVARIANCE, [0, 1], SHOCKS, [1, 2, 0])
    alone = propagate(COVARIANCE, [0, 1], SHOCKS, [2])

    assert found.moves[[0, 2]].tolist() == [-0.2, -0.14]
    assert found.r2[[0, 2]].tolist() == [1.0, 1.0]
    assert not found.covariance[[0, 2]].any()
    assert not found.covariance[:, [0, 2]].any()
    assert found.moves[1] == alone.moves[0]
    assert found.covariance[1, 1] == alone.covariance[0, 0]


def test_independent_factors_stay_where_they_are():
    """Without correlation nothing is said about the others."""
    found = propagate(np.diag(SD**2), [0], np.array([-0.2]), [2, 3])

    assert not found.moves.any()
    assert not found.r2.any()
    assert found.covariance == pytest.approx(np.diag(SD[2:4] ** 2), rel=1e-12)


@settings(deadline=None)
@given(ROOTS, MOVES, st.floats(1e-4, 1e4))
def test_the_unit_of_a_factor_scales_its_own_move_alone(root, moves, unit):
    """Basis points instead of percent change one number, and no share or distance."""
    s, c = _covariance(root), np.array(moves)
    scale = np.array([1.0, 1.0, 1.0, unit, 1.0])
    plain = propagate(s, [0, 1], c, [2, 3, 4])

    found = propagate(s * np.outer(scale, scale), [0, 1], c, [2, 3, 4])

    assert found.moves == pytest.approx(plain.moves * scale[2:], rel=1e-9, abs=1e-12)
    assert found.r2 == pytest.approx(plain.r2, abs=1e-9)
    assert found.distance2 == pytest.approx(plain.distance2, rel=1e-9)


@settings(deadline=None)
@given(ROOTS, MOVES)
def test_what_stays_uncertain_is_a_covariance(root, moves):
    """Symmetric, no variance below zero, and never more than there was before."""
    s = _covariance(root)

    found = propagate(s, [0, 4], np.array(moves), [0, 1, 2, 3])

    left = found.covariance / np.outer(SD[:4], SD[:4])
    assert (left == left.T).all()
    assert np.linalg.eigvalsh(left)[0] >= -1e-12
    assert (np.diag(found.covariance) <= np.diag(s)[:4] * (1 + 1e-12)).all()
    assert (found.r2 >= -1e-12).all()
    assert (found.r2 <= 1.0).all()


@settings(deadline=None)
@given(ROOTS, MOVES, st.floats(-3, 3))
def test_moves_are_in_proportion_to_the_shocks(root, moves, times):
    """No shock moves nothing, and a shock twice as large moves twice as much."""
    s, c = _covariance(root), np.array(moves)
    plain = propagate(s, [0, 1], c, [2, 3, 4])

    still = propagate(s, [0, 1], 0 * c, [2, 3, 4])
    found = propagate(s, [0, 1], times * c, [2, 3, 4])

    assert not still.moves.any()
    assert still.distance2 == 0.0
    assert found.moves == pytest.approx(times * plain.moves, rel=1e-9, abs=1e-12)
    assert found.distance2 == pytest.approx(times**2 * plain.distance2, rel=1e-9)


def _changed(i, j, value):
    s = COVARIANCE.copy()
    s[i, j] = value
    return s


@pytest.mark.parametrize(
    ("covariance", "message"),
    [
        (COVARIANCE[:4], r"is square, this one has shape \(4, 5\)"),
        (_changed(0, 2, np.nan), "1 entries of the covariance are no numbers"),
        (_changed(0, 1, 0.0), "not symmetric: factors 0 and 1"),
        (_changed(3, 3, 0.0), "Factor 3 has no variance"),
        (np.outer(SD, SD), "drivers cannot be told apart: the smallest eigenvalue"),
        (
            np.array([[1, 0, 0.9], [0, 1, 0.9], [0.9, 0.9, 1]]),
            "No moves have such a covariance: the smallest eigenvalue .* is -0.273",
        ),
    ],
)
def test_a_matrix_that_is_no_covariance_says_what_is_wrong(covariance, message):
    """The message names the entry, the factor or the eigenvalue, the hint a way out."""
    with pytest.raises(ComputationError, match=message) as error:
        propagate(covariance, [0, 1], SHOCKS, [2])

    assert error.value.code == "covariance"
    assert error.value.hint


@pytest.mark.parametrize(
    ("drivers", "shocks"),
    [
        ([0, 1, 2, 3], [0.1, 0.1, 0.1, 0.1]),
        ([], []),
        ([0, 0], [0.1, 0.1]),
        ([0, 5], [0.1, 0.1]),
        ([-1], [0.1]),
        ([0, 1], [0.1]),
        ([0], [np.nan]),
    ],
)
def test_drivers_are_one_to_three_factors_with_a_shock_each(drivers, shocks):
    """Four of them, none, a factor twice or unknown, or a missing shock is refused."""
    with pytest.raises(InputError) as error:
        propagate(COVARIANCE, drivers, np.array(shocks), [2])

    assert error.value.code == "drivers"
    assert error.value.hint


def test_shrinking_follows_the_units_of_the_factors():
    """Variances stay as observed, correlations shrink alike, whatever the units."""
    rng = np.random.default_rng(7)
    days = rng.multivariate_normal(np.zeros(5), COVARIANCE, 120)
    units = np.array([1.0, 100.0, 1e-4, 1e4, 1.0])

    s, share = ledoit_wolf(days)
    scaled, same = ledoit_wolf(days * units)

    assert 0 < share < 1
    observed = days.T @ days / 120
    kept = np.where(np.eye(5) > 0, 1.0, 1.0 - share)
    assert s == pytest.approx(observed * kept, rel=1e-9)
    assert same == pytest.approx(share, rel=1e-9)
    assert scaled == pytest.approx(s * np.outer(units, units), rel=1e-9)


def test_shrinking_makes_a_covariance_of_fewer_days_than_factors():
    """Ten days of thirty factors can be conditioned on afterwards."""
    days = np.random.default_rng(8).standard_normal((10, 30))

    s, _ = ledoit_wolf(days)

    assert np.linalg.eigvalsh(s)[0] > 0
    assert propagate(s, [0, 1, 2], np.ones(3), [3]).r2[0] < 1


@pytest.mark.parametrize(
    ("days", "message"),
    [
        (np.ones((1, 2)), "1 days with 0 moves missing"),
        (np.array([[1.0, np.nan], [1.0, 2.0]]), "2 days with 1 moves missing"),
        (np.array([[1.0, 0.0], [-1.0, 0.0]]), "Factor 1 has no variance"),
    ],
)
def test_days_that_give_no_covariance_are_refused(days, message):
    """One day, a gap or a factor that never moves is an error with a hint."""
    with pytest.raises(ComputationError, match=message) as error:
        ledoit_wolf(days)

    assert error.value.code == "covariance"
    assert error.value.hint

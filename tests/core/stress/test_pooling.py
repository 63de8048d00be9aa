"""Entropy pooling against worked figures, another solver and the normal case."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresskit.core.stress.pooling import admissible, entropy_pooling
from stresskit.errors import ComputationError, InputError

X = np.array([-0.1, -0.05, -0.01, 0.01, 0.03])
Z = np.array([-0.06, -0.01, -0.012, 0.008, 0.012])
P = np.array([0.02, 0.08, 0.25, 0.4, 0.25])
BOTH = np.column_stack([X, X**2])


def test_a_view_of_a_mean_is_the_worked_figure():
    """A mean of -4% tilts five scenarios as worked out."""
    found = entropy_pooling(X[:, None], np.array([-0.04]), P)

    q = np.array([0.293439, 0.243704, 0.216541, 0.184746, 0.0615698])
    assert found.q == pytest.approx(q, rel=1e-5)
    assert found.multipliers == pytest.approx(np.array([-31.4402]), rel=1e-5)
    assert found.q @ Z == pytest.approx(-0.0204251, rel=1e-5)
    assert found.kl == pytest.approx(0.799526, rel=1e-5)
    assert found.relative_ens == pytest.approx(0.449542, rel=1e-5)
    assert found.hill_ens == pytest.approx(4.56661, rel=1e-5)
    assert found.largest == found.q[0]


def test_views_of_a_mean_and_a_square_are_the_worked_figure():
    """The square in the second view weighs as much as the mean beside it."""
    found = entropy_pooling(BOTH, np.array([-0.04, 0.003]), P)

    q = np.array([0.194778, 0.397956, 0.255613, 0.130894, 0.0207586])
    assert found.q == pytest.approx(q, rel=1e-5)
    assert found.multipliers == pytest.approx(np.array([-56.9639, -290.184]), rel=1e-5)
    assert found.q @ Z == pytest.approx(-0.0174373, rel=1e-5)
    assert found.kl == pytest.approx(0.889585, rel=1e-5)
    assert found.relative_ens == pytest.approx(0.410826, rel=1e-5)
    assert found.hill_ens == pytest.approx(3.97724, rel=1e-5)
    assert found.largest == found.q[1]


def test_a_view_the_scenarios_already_have_changes_nothing():
    """The prior's own means give the prior back."""
    found = entropy_pooling(BOTH, P @ BOTH, P)

    assert found.q == pytest.approx(P, rel=1e-12)
    assert found.kl == pytest.approx(0.0, abs=1e-15)
    assert found.relative_ens == pytest.approx(1.0, rel=1e-12)


def test_no_view_changes_nothing():
    """Without views the weights are the prior's."""
    found = entropy_pooling(np.empty((5, 0)), np.empty(0), P)

    assert found.q == pytest.approx(P, rel=1e-12)
    assert found.multipliers.shape == (0,)


def test_a_scenario_without_weight_gets_none():
    """It neither carries the view nor disturbs those that do."""
    found = entropy_pooling(
        np.append(X, -0.9)[:, None], np.array([-0.04]), np.append(P, 0.0)
    )

    alone = entropy_pooling(X[:, None], np.array([-0.04]), P)
    assert found.q == pytest.approx(np.append(alone.q, 0.0), rel=1e-12)
    assert found.kl == pytest.approx(alone.kl, rel=1e-12)


def test_a_view_stated_twice_counts_once():
    """Two units of the same view have no unique multipliers, but one answer."""
    twice = np.column_stack([X, 100 * X])

    found = entropy_pooling(twice, np.array([-0.04, -4.0]), P)

    alone = entropy_pooling(X[:, None], np.array([-0.04]), P)
    assert found.q == pytest.approx(alone.q, rel=1e-8)


def test_a_view_that_is_sure_of_an_event_is_the_conditional_probability():
    """On the edge of the range the weights are those of the prior given the event."""
    found = entropy_pooling((X < 0)[:, None].astype(float), np.array([1.0]), P)

    assert found.q == pytest.approx(np.where(X < 0, P, 0) / 0.35, abs=1e-9)
    # KL of a condition is -ln of its probability.
    assert found.relative_ens == pytest.approx(0.35, rel=1e-6)


def test_an_upper_bound_binds_only_where_the_prior_is_above_it():
    """A bound already kept changes nothing; one that is not is met exactly."""
    bound = np.array([True])

    kept = entropy_pooling(X[:, None], np.array([0.02]), P, bound)
    met = entropy_pooling(X[:, None], np.array([-0.04]), P, bound)

    assert kept.q == pytest.approx(P, rel=1e-12)
    assert kept.multipliers.tolist() == [0.0]
    asked = entropy_pooling(X[:, None], np.array([-0.04]), P)
    assert met.q == pytest.approx(asked.q, rel=1e-9)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10_000), st.floats(-0.8, 0.8), st.floats(-0.8, 0.8))
def test_bounds_satisfy_the_conditions_of_an_optimum(seed, first, second):
    """The view holds, no bound is broken, and only a bound met has a multiplier."""
    g = np.random.default_rng(seed).standard_normal((400, 3)) @ np.array(
        [[1.0, 0.6, 0.3], [0.0, 0.8, 0.5], [0.0, 0.0, 0.8]]
    )
    targets, upper = np.array([0.5, first, second]), np.array([False, True, True])

    found = entropy_pooling(g, targets, np.full(400, 1 / 400), upper)

    means = found.q @ g
    assert means[0] == pytest.approx(0.5, abs=1e-8)
    assert (means[1:] <= targets[1:] + 1e-8).all()
    assert (found.multipliers[1:] <= 0).all()
    assert found.multipliers[1:] * (means - targets)[1:] == pytest.approx(
        np.zeros(2), abs=1e-7
    )
    tilted = np.exp(g @ found.multipliers)
    assert found.q == pytest.approx(tilted / tilted.sum(), rel=1e-9)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10_000), st.integers(1, 4), st.floats(0.01, 0.9))
def test_views_that_some_weights_have_are_found_and_cost_least(seed, k, far):
    """Means taken from other weights are met, with no more KL than those weights."""
    rng = np.random.default_rng(seed)
    g, p = rng.standard_t(3, (60, k)), rng.dirichlet(np.ones(60))
    p = 0.9 * p + 0.1 / 60
    other = (1 - far) * p + far * rng.dirichlet(np.full(60, 0.3))

    found = entropy_pooling(g, other @ g, p)

    assert found.q.sum() == pytest.approx(1.0, rel=1e-12)
    assert found.q @ g == pytest.approx(other @ g, abs=1e-8)
    assert found.kl <= np.sum(other * np.log(other / p)) + 1e-9


def test_the_unit_of_a_view_scales_its_multiplier_alone():
    """In percent instead of decimals the weights stay."""
    units = np.array([1e2, 1e6])

    found = entropy_pooling(BOTH * units, np.array([-0.04, 0.003]) * units, P)

    plain = entropy_pooling(BOTH, np.array([-0.04, 0.003]), P)
    assert found.q == pytest.approx(plain.q, rel=1e-9)
    assert found.multipliers * units == pytest.approx(plain.multipliers, rel=1e-9)


def test_normal_scenarios_move_as_the_conditional_expectation_says():
    """The mean of another normal variable follows by its regression slope."""
    rng = np.random.default_rng(11)
    x, noise = rng.standard_normal((2, 100_000))
    other = 0.6 * x + 0.8 * noise

    found = entropy_pooling(x[:, None], np.array([-1.0]), np.full(100_000, 1e-5))

    # Some 37,000 effective scenarios of variance 0.64: a standard error of 0.004.
    assert found.q @ other == pytest.approx(-0.6, abs=0.015)
    # KL of a shift of one standard deviation is 1/2.
    assert found.kl == pytest.approx(0.5, abs=0.01)


def test_another_solver_finds_the_same_weights():
    """Riskfolio's primal cone programme agrees on a uniform prior."""
    with warnings.catch_warnings():
        # Its dependencies' own deprecations are no failure here.
        warnings.simplefilter("ignore")
        import riskfolio

        g = np.random.default_rng(3).standard_normal((40, 3))
        targets = np.array([-0.3, 0.2])
        *_, theirs = riskfolio.entropy_pooling(
            g, P_eq=g[:, :2].T, Q_eq=targets[:, None]
        )

    ours = entropy_pooling(g[:, :2], targets, np.full(40, 1 / 40))

    assert ours.q == pytest.approx(np.ravel(theirs), abs=1e-5)


def test_a_view_outside_the_scenarios_is_named_with_their_range():
    """A mean below the worst scenario has no weights."""
    with pytest.raises(ComputationError, match=r"View 1 .* -0.2; .* -0.1 to 0.03") as e:
        entropy_pooling(BOTH[:, ::-1], np.array([0.001, -0.2]), P)

    assert e.value.code == "pooling-infeasible"
    assert e.value.hint


@pytest.mark.parametrize(
    "targets",
    [
        # 3/4 of -5% and 1/4 of -1%, its neighbours, have a square of 0.0019 ...
        [-0.04, 0.00189],
        # ... and 7/13 of -10% and 6/13 of 3%, the extremes, one of 0.0058.
        [-0.04, 0.00581],
    ],
)
def test_views_that_contradict_each_other_are_infeasible(targets):
    """Each view is in reach alone, the two together are not."""
    with pytest.raises(ComputationError, match="beside the other views") as error:
        entropy_pooling(BOTH, np.array(targets), P)

    assert error.value.code == "pooling-infeasible"
    assert error.value.hint


@pytest.mark.parametrize("square", [0.00191, 0.00579])
def test_views_that_just_do_not_contradict_are_found(square):
    """Close to both ends of what the mean allows there are weights still."""
    found = entropy_pooling(BOTH, np.array([-0.04, square]), P)

    assert found.q @ BOTH == pytest.approx(np.array([-0.04, square]), rel=1e-8)


def test_the_same_view_with_two_targets_is_infeasible():
    """No weights have two means."""
    with pytest.raises(ComputationError, match="beside the other views"):
        entropy_pooling(np.column_stack([X, X]), np.array([-0.04, -0.03]), P)


def test_an_upper_bound_below_every_scenario_is_infeasible():
    """The bound is named as a view is; one above every scenario is no bound."""
    bound = np.array([True])

    with pytest.raises(ComputationError, match=r"View 0 asks for a mean of -0\.2"):
        entropy_pooling(X[:, None], np.array([-0.2]), P, bound)
    assert entropy_pooling(X[:, None], np.array([0.2]), P, bound).kl == pytest.approx(0)


@pytest.mark.parametrize(
    ("views", "targets", "prior", "code"),
    [
        (X[:, None], [-0.04], P * 2, "prior"),
        (X[:, None], [-0.04], [-0.1, 0.2, 0.3, 0.3, 0.3], "prior"),
        (X[:, None], [-0.04], [np.nan, 0.2, 0.3, 0.3, 0.3], "prior"),
        (X[:4, None], [-0.04], P, "views"),
        (X[:, None], [-0.04, 0.1], P, "views"),
        (X[:, None], [np.nan], P, "views"),
    ],
)
def test_what_is_no_view_or_no_probability_is_refused(views, targets, prior, code):
    """Shapes, signs and sums are checked before anything is solved."""
    with pytest.raises(InputError) as error:
        entropy_pooling(views, np.array(targets), np.array(prior))

    assert error.value.code == code
    assert error.value.hint


def test_weights_are_admissible_while_enough_scenarios_carry_them():
    """A mild view of 500 scenarios passes; a far one says what is short."""
    x = np.random.default_rng(5).standard_normal(500)
    p = np.full(500, 1 / 500)

    mild = entropy_pooling(x[:, None], np.array([-0.5]), p)
    far = entropy_pooling(x[:, None], np.array([-2.0]), p)

    assert admissible(mild) == ""
    assert "scenarios; 100 are needed" in admissible(far)


def test_the_limits_of_what_is_admissible_are_inclusive():
    """5% of the effective scenarios and one hundred of them are just enough."""
    pooled = entropy_pooling(X[:, None], np.array([-0.04]), P)

    at = replace(pooled, relative_ens=0.05, hill_ens=100.0)

    assert admissible(at) == ""
    assert admissible(replace(at, relative_ens=0.049)) == (
        "The views keep 4.9% of the effective scenarios; 5% are needed."
    )
    assert admissible(replace(at, hill_ens=98.7)) == (
        "The weight lies on 99 scenarios; 100 are needed."
    )

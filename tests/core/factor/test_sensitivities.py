"""The ridge towards a prior: limits, signs, the closed form and another solver."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

from stresskit.core.factor.sensitivities import prior_ridge

RNG = np.random.default_rng(11)
FACTORS = RNG.normal(0, 0.02, (250, 3))
TRUE = np.array([0.8, 0.0, 0.3])
RETURNS = FACTORS @ TRUE + RNG.normal(0, 0.015, 250)
PRIOR = np.array([1.0, 0.0, 0.0])


def one(returns, factors, prior, prior_sd, *, signed=False):
    """The ridge of a single security."""
    found = prior_ridge(
        returns[None, :],
        factors[None, :, :],
        prior[None, :],
        np.array([prior_sd]),
        signed=np.array([signed]),
    )
    assert found.shape == (1, len(prior))
    return found[0]


def stacked(returns, factors, prior, prior_sd):
    """Both sums of squares as rows of one system, days without a return left out."""
    seen = np.isfinite(returns)
    noise = 0.8 * np.std(returns[seen], ddof=1)
    rows = np.vstack([factors[seen] / noise, np.eye(len(prior)) / prior_sd])
    return rows, np.concatenate([returns[seen] / noise, prior / prior_sd])


def test_a_sure_prior_stays():
    """With a prior deviation near zero the prior comes back."""
    found = one(RETURNS, FACTORS, PRIOR, 1e-6)

    assert found == pytest.approx(PRIOR, abs=1e-6)


def test_no_prior_is_least_squares():
    """With an enormous prior deviation the signed ridge is ordinary least squares."""
    found = one(RETURNS, FACTORS, PRIOR, 1e6, signed=True)

    expected = np.linalg.lstsq(FACTORS, RETURNS, rcond=None)[0]
    assert found == pytest.approx(expected, abs=1e-8)


def test_sensitivities_of_theme_names_are_not_negative_and_sum_to_two_at_most():
    """The bounds hold whatever the data say."""
    found = one(5 * RETURNS, FACTORS, PRIOR, 10.0)

    assert found.min() >= 0.0
    assert found.sum() == pytest.approx(2.0, rel=1e-9)


def test_signed_sensitivities_have_no_bounds():
    """A security outside the theme may move against it, and by more than twice."""
    found = one(-5 * RETURNS, FACTORS, 0 * PRIOR, 10.0, signed=True)

    assert found[0] < -3.0


def test_where_no_bound_binds_both_forms_agree():
    """The non-negative form is the closed form when all is positive."""
    prior = np.array([0.8, 0.3, 0.3])
    free = one(RETURNS, FACTORS, prior, 0.02, signed=True)

    assert free.min() > 0
    assert one(RETURNS, FACTORS, prior, 0.02) == pytest.approx(free, abs=1e-9)


def test_a_flat_series_teaches_nothing():
    """Returns without any movement, or none at all, leave the prior."""
    flat = one(np.zeros(50), FACTORS[:50], PRIOR, 0.1)
    absent = one(np.full(50, np.nan), FACTORS[:50], PRIOR, 0.1)

    assert flat.tolist() == PRIOR.tolist()
    assert absent.tolist() == PRIOR.tolist()


def _batch(seed: int, n: int = 7, days: int = 90, k: int = 4):
    """Securities with factors, gaps, priors and doubts of their own."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(0, 0.02, (n, days, k)) + rng.normal(0, 0.01, (n, days, 1))
    true = rng.uniform(-0.3, 0.6, (n, k))
    returns = np.einsum("ntk,nk->nt", factors, true) + rng.normal(0, 0.02, (n, days))
    returns[rng.uniform(size=returns.shape) < 0.15] = np.nan
    prior = np.eye(k)[rng.integers(0, k, n)] * rng.uniform(0.2, 0.8, (n, 1))
    return returns, factors, prior, rng.uniform(0.01, 0.5, n)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_each_of_many_is_the_answer_of_another_solver(seed):
    """Lawson and Hanson on stacked rows where signs are bound, else least squares."""
    returns, factors, prior, doubt = _batch(seed)
    signed = np.arange(7) % 3 == 0

    found = prior_ridge(returns, factors, prior, doubt, signed=signed)

    for i in range(7):
        rows, right = stacked(returns[i], factors[i], prior[i], doubt[i])
        if signed[i]:
            expected = np.linalg.lstsq(rows, right, rcond=None)[0]
        else:
            expected = nnls(rows, right)[0]
            expected /= max(expected.sum() / 2, 1.0)
        assert found[i] == pytest.approx(expected, abs=1e-7)


def test_some_of_those_answers_lie_on_a_bound():
    """The case above is not one where the signs never matter."""
    returns, factors, prior, doubt = _batch(1)

    bound = prior_ridge(returns, factors, prior, doubt, signed=np.zeros(7, bool))
    free = prior_ridge(returns, factors, prior, doubt, signed=np.ones(7, bool))

    assert (bound == 0).any()
    assert free.min() < 0


def test_factors_on_days_without_a_return_are_ignored():
    """Whatever stands there, NaN or nonsense."""
    returns, factors, prior, doubt = _batch(2)
    wild = np.where(np.isnan(returns)[:, :, None], 99.0, factors)
    signed = np.arange(7) % 2 == 0

    found = prior_ridge(returns, wild, prior, doubt, signed=signed)

    plain = prior_ridge(returns, factors, prior, doubt, signed=signed)
    assert found.tolist() == plain.tolist()


@settings(deadline=None)
@given(st.integers(0, 100), st.permutations(range(7)))
def test_a_securitys_answer_does_not_depend_on_its_neighbours(seed, order):
    """In another order, and alone, each gets what it got."""
    returns, factors, prior, doubt = _batch(seed, days=40)
    signed = np.arange(7) % 2 == 0

    whole = prior_ridge(returns, factors, prior, doubt, signed=signed)
    mixed = prior_ridge(
        returns[order], factors[order], prior[order], doubt[order], signed=signed[order]
    )
    alone = one(returns[0], factors[0], prior[0], doubt[0], signed=bool(signed[0]))

    assert mixed == pytest.approx(whole[order], abs=1e-9)
    assert alone == pytest.approx(whole[0], abs=1e-9)

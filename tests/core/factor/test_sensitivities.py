"""The ridge towards a prior: limits, signs, the closed form and another solver."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

from stresskit.core.factor.sensitivities import normal_equations, prior_ridge

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


# Worked example E9: a year of three segments that move together, and a prior.
DAYS, NOISE = 250, 0.018
SD = np.array([0.026, 0.02, 0.018])
CORRELATION = np.array([[1, 0.7, 0.3], [0.7, 1, 0.35], [0.3, 0.35, 1]])
LEAST_SQUARES = np.array([0.95, -0.2, 0.15])
X0, DOUBT = np.array([[0.6, 0.3, 0.0]]), np.array([[0.15, 0.15, 0.1]])


def _e9():
    """Returns and factors with exactly the moments of E9.

    ``F'F = 250 Sigma``, ``F'r = F'F b`` and ``0.8 sd(r) = 0.018``. The factors alone
    move the returns so much that over 250 days no residual would be left for this;
    so the same sums are spread over 300.
    """
    days = 300
    drawn = np.random.default_rng(9).normal(size=(days, 4))
    unit = np.linalg.qr(np.column_stack([np.ones(days), drawn]))[0][:, 1:]
    sigma = np.outer(SD, SD) * CORRELATION
    factors = np.sqrt(DAYS) * unit[:, :3] @ np.linalg.cholesky(sigma).T
    explained = factors @ LEAST_SQUARES
    left = (days - 1) * (NOISE / 0.8) ** 2 - explained @ explained
    returns = explained + np.sqrt(left) * unit[:, 3]
    assert factors.T @ factors == pytest.approx(DAYS * sigma, abs=1e-12)
    assert 0.8 * np.std(returns, ddof=1) == pytest.approx(NOISE, rel=1e-12)
    return returns[None], factors[None]


def test_e9_the_posterior_of_the_method():
    """Evidence pulls the prior as the worked example says, and narrows it."""
    returns, factors = _e9()

    found = prior_ridge(returns, factors, X0, DOUBT, signed=np.array([True]))
    precision = normal_equations(returns, factors, X0, DOUBT).precision

    assert found[0] == pytest.approx([0.858123, -0.0484147, 0.0934739], abs=1e-5)
    sd = np.sqrt(np.diag(np.linalg.inv(precision[0])))
    assert sd == pytest.approx([0.0542596, 0.0693396, 0.0558646], abs=1e-5)


def test_e9_with_the_signs_bound():
    """The second segment would be negative; at zero the others move."""
    returns, factors = _e9()

    found = prior_ridge(returns, factors, X0, DOUBT, signed=np.array([False]))

    assert found[0] == pytest.approx([0.835324, 0.0, 0.0870823], abs=1e-5)


def test_e9_by_its_own_formula():
    """``(M + L)^-1 (M b + L x0)`` with ``M = T Sigma / s^2`` is the same system."""
    returns, factors = _e9()
    sigma = np.outer(SD, SD) * CORRELATION
    m, ridge = DAYS * sigma / NOISE**2, np.diag(1 / DOUBT[0] ** 2)

    equations = normal_equations(returns, factors, X0, DOUBT)

    assert equations.evidence[0] == pytest.approx(m, rel=1e-9)
    assert equations.precision[0] == pytest.approx(m + ridge, rel=1e-9)
    assert equations.right[0] == pytest.approx(
        m @ LEAST_SQUARES + ridge @ X0[0], rel=1e-9
    )


def test_a_doubt_per_segment_is_the_same_as_one_for_all():
    """A row of equal deviations is the single one; a tight one holds its segment."""
    prior = PRIOR[None]
    given_ = (RETURNS[None], FACTORS[None], prior)
    free = np.array([True])

    one_doubt = prior_ridge(*given_, np.array([0.1]), signed=free)
    each = prior_ridge(*given_, np.full((1, 3), 0.1), signed=free)
    tight = prior_ridge(*given_, np.array([[1e-6, 10.0, 10.0]]), signed=free)

    assert each.tolist() == one_doubt.tolist()
    assert tight[0, 0] == pytest.approx(1.0, abs=1e-6)
    assert tight[0, 2] == pytest.approx(0.3, abs=0.2)


def test_the_evidence_is_the_precision_without_the_prior():
    """``A = F'F/s^2 + 1/lambda^2`` on its diagonal, gaps left out."""
    returns, factors, prior, doubt = _batch(3)

    equations = normal_equations(returns, factors, prior, doubt)

    ridge = np.eye(4)[None] / doubt[:, None, None] ** 2
    assert equations.precision - equations.evidence == pytest.approx(ridge, rel=1e-9)
    seen = np.isfinite(returns[0])
    f, noise = factors[0][seen], 0.8 * np.std(returns[0][seen], ddof=1)
    assert equations.evidence[0] == pytest.approx(f.T @ f / noise**2, rel=1e-9)
    assert equations.moves.tolist() == [True] * 7

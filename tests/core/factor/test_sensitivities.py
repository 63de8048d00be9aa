"""The ridge towards a prior: limits, signs and the closed form."""

from __future__ import annotations

import numpy as np
import pytest

from stresskit.core.factor.sensitivities import prior_ridge

RNG = np.random.default_rng(11)
FACTORS = RNG.normal(0, 0.02, (250, 3))
TRUE = np.array([0.8, 0.0, 0.3])
RETURNS = FACTORS @ TRUE + RNG.normal(0, 0.015, 250)
PRIOR = np.array([1.0, 0.0, 0.0])


def test_a_sure_prior_stays():
    """With a prior deviation near zero the prior comes back."""
    found = prior_ridge(RETURNS, FACTORS, PRIOR, 1e-6)

    assert found == pytest.approx(PRIOR, abs=1e-6)


def test_no_prior_is_least_squares():
    """With an enormous prior deviation the signed ridge is ordinary least squares."""
    found = prior_ridge(RETURNS, FACTORS, PRIOR, 1e6, signed=True)

    expected = np.linalg.lstsq(FACTORS, RETURNS, rcond=None)[0]
    assert found == pytest.approx(expected, abs=1e-8)


def test_sensitivities_of_theme_names_are_not_negative_and_sum_to_two_at_most():
    """The bounds hold whatever the data say."""
    found = prior_ridge(5 * RETURNS, FACTORS, PRIOR, 10.0)

    assert found.min() >= 0.0
    assert found.sum() == pytest.approx(2.0, rel=1e-9)


def test_where_no_bound_binds_both_forms_agree():
    """The stacked non-negative form is the closed form when all is positive."""
    prior = np.array([0.8, 0.3, 0.3])
    free = prior_ridge(RETURNS, FACTORS, prior, 0.02, signed=True)

    assert free.min() > 0
    assert prior_ridge(RETURNS, FACTORS, prior, 0.02) == pytest.approx(free, abs=1e-9)


def test_a_flat_series_teaches_nothing():
    """Returns without any movement leave the prior."""
    found = prior_ridge(np.zeros(50), FACTORS[:50], PRIOR, 0.1)

    assert found.tolist() == PRIOR.tolist()

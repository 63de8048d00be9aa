"""The event study against worked figures and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresskit.core.factor import event

M = [0.01, -0.005, 0.003, -0.012, 0.008, 0, 0.006, -0.004, 0.002, -0.007, 0.011, -0.002]
R = [
    0.021,
    -0.006,
    0.009,
    -0.019,
    0.01,
    0.004,
    0.013,
    -0.011,
    0.001,
    -0.016,
    0.015,
    0.002,
]


def test_market_model_gives_the_worked_figures():
    """Alpha, beta, residual deviation and the error are worked example E1."""
    fit = event.market_model(np.array(R)[:, None], np.array(M))

    assert fit.alpha[0] == pytest.approx(0.000507983, rel=1e-5)
    assert fit.beta[0] == pytest.approx(1.69042, rel=1e-5)
    assert fit.residual_sd[0] == pytest.approx(0.00395257, rel=1e-5)
    assert fit.beta_se[0] == pytest.approx(0.166483, rel=1e-5)
    assert fit.observations[0] == 12


def test_vasicek_and_the_production_abnormal_return():
    """The shrunk beta and the abnormal return without alpha are those of E1."""
    fit = event.market_model(np.array(R)[:, None], np.array(M))

    beta = event.vasicek(fit.beta, fit.beta_se, np.array([1.4]), np.array([0.35]))
    abnormal = event.abnormal_returns(np.array([-0.17]), beta, 0.004)

    assert beta[0] == pytest.approx(1.63683, rel=1e-5)
    assert abnormal[0] == pytest.approx(-0.176547, rel=1e-5)


def test_market_model_equals_least_squares_on_the_days_it_has():
    """With gaps, each security's fit is numpy's least squares on its own days."""
    rng = np.random.default_rng(7)
    market = rng.normal(0, 0.01, 80)
    returns = 0.8 * market[:, None] + rng.normal(0, 0.02, (80, 3))
    returns[:30, 1] = np.nan

    fit = event.market_model(returns, market)

    for i in range(3):
        seen = np.isfinite(returns[:, i])
        slope, intercept = np.polyfit(market[seen], returns[seen, i], 1)
        assert fit.beta[i] == pytest.approx(slope, rel=1e-9)
        assert fit.alpha[i] == pytest.approx(intercept, abs=1e-12)


def test_without_history_the_group_speaks():
    """A security that has no beta of its own gets its group's."""
    missing = np.array([np.nan])

    beta = event.vasicek(missing, missing, np.array([1.3]), np.array([0.2]))

    assert beta[0] == pytest.approx(1.3, rel=1e-12)


def test_own_name_shocks_give_the_worked_figures():
    """Kappa, own-name shocks and what is left are those of worked example E5."""
    u = np.array([-0.045, 0.03, -0.012, 0.06])
    s = np.array([0.02, 0.018, 0.015, 0.03])

    own, left = event.own_name_shocks(u, s)

    expected = [-0.033785, 0.0236429, -0.0101119, 0.0343468]
    assert own == pytest.approx(expected, rel=1e-5)
    assert left == pytest.approx([0.0173295, 0.0159795, 0.0137695, 0.0226981], rel=1e-5)


def test_a_day_without_market_is_refused():
    """A market cannot be made of securities of the theme alone."""
    with pytest.raises(ValueError, match="outside the theme"):
        event.ex_theme_market(np.array([[0.01, 0.02]]), np.array([False, False]))


def test_winsorising_touches_only_the_outlier():
    """One value beyond five deviations is pulled in; the others stay."""
    values = np.array([[-1.0], [0.0], [1.0], [2.0], [-2.0], [100.0]])

    cleaned = event.winsorise(values)

    assert cleaned[:5].tolist() == values[:5].tolist()
    # Median 0.5, MAD 1.5: the bound is 0.5 + 5 * 1.4826 * 1.5.
    assert cleaned[5, 0] == pytest.approx(0.5 + 5 * 1.4826 * 1.5, rel=1e-12)


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(6)))
def test_the_market_does_not_depend_on_the_order_of_securities(order):
    """Columns in another order make the same market."""
    rng = np.random.default_rng(3)
    returns = rng.normal(0, 0.01, (5, 6))
    rest = np.array([True, False, True, True, False, True])

    first = event.ex_theme_market(returns, rest)
    second = event.ex_theme_market(returns[:, order], rest[list(order)])

    assert second == pytest.approx(first, abs=1e-15)

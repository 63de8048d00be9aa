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


def test_the_standardised_return_of_one_session_is_the_worked_figure():
    """SAR, and the forecast-error correction C behind it, are those of E1."""
    fit = event.market_model(np.array(R)[:, None], np.array(M))

    sar = event.standardised(np.array([[-0.17]]), fit, np.array([[0.004]]))

    # AR and s as worked out: C = (AR / (s SAR))^2.
    assert sar[0] == pytest.approx(-42.7402, rel=1e-5)
    assert (-0.17727 / (0.00395257 * sar[0])) ** 2 == pytest.approx(1.10112, rel=2e-5)


def test_the_standardised_return_of_two_sessions_is_a_forecast_of_their_sum():
    """The variance is that of a sum of least-squares forecasts, ``s^2 (H + h'Gh)``."""
    rng = np.random.default_rng(2)
    market = rng.normal(0.0005, 0.01, 90)
    returns = 0.001 + 1.3 * market + rng.normal(0, 0.02, 90)
    days, on_days = np.array([[-0.06], [0.02]]), np.array([[-0.015], [0.03]])

    sar = event.standardised(
        days, event.market_model(returns[:, None], market), on_days
    )

    x = np.column_stack([np.ones(90), market])
    fit, sse, *_ = np.linalg.lstsq(x, returns, rcond=None)
    rows = np.column_stack([np.ones(2), on_days])
    total = rows.sum(axis=0)
    variance = sse[0] / 88 * (2 + total @ np.linalg.inv(x.T @ x) @ total)
    expected = (days.sum() - total @ fit) / np.sqrt(variance)
    assert sar[0] == pytest.approx(expected, rel=1e-9)


def test_a_session_without_a_price_has_no_standardised_return():
    """Nothing is made of half a window."""
    fit = event.market_model(np.array(R)[:, None], np.array(M))

    sar = event.standardised(np.array([[-0.1], [np.nan]]), fit, np.zeros((2, 1)))

    assert np.isnan(sar[0])


def test_vasicek_and_the_production_abnormal_return():
    """The shrunk beta and the abnormal return without alpha are those of E1."""
    fit = event.market_model(np.array(R)[:, None], np.array(M))

    beta = event.vasicek(fit.beta, fit.beta_se, np.array([1.4]), np.array([0.35]))
    abnormal = event.abnormal_returns(np.array([-0.17]), beta, 0.004)

    assert beta[0] == pytest.approx(1.63683, rel=1e-5)
    assert abnormal[0] == pytest.approx(-0.176547, rel=1e-5)


@settings(deadline=None)
@given(st.floats(-2, 4), st.floats(0.01, 2), st.floats(-2, 4), st.floats(0.01, 2))
def test_a_pulled_beta_lies_between_its_own_and_its_groups(own, error, mean, sd):
    """And nearer to the surer of the two."""
    one = np.array

    beta = event.vasicek(one([own]), one([error]), one([mean]), one([sd]))[0]

    assert min(own, mean) - 1e-12 <= beta <= max(own, mean) + 1e-12
    assert (abs(beta - own) <= abs(beta - mean) + 1e-12) or error >= sd


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
        assert fit.observations[i] == seen.sum()
        assert fit.market_mean[i] == pytest.approx(market[seen].mean(), abs=1e-15)


def test_each_security_may_have_a_market_of_its_own():
    """Two markets side by side give what each gives alone, gaps of either left out."""
    rng = np.random.default_rng(8)
    markets = rng.normal(0, 0.01, (60, 2))
    markets[:5, 1] = np.nan
    returns = rng.normal(0, 0.02, (60, 2))

    both = event.market_model(returns, markets)

    apart = event.market_model(returns[5:, 1:], markets[5:, 1])
    assert both.beta[1] == pytest.approx(apart.beta[0], rel=1e-12)
    assert both.residual_sd[1] == pytest.approx(apart.residual_sd[0], rel=1e-12)
    assert both.observations.tolist() == [60, 55]


@pytest.mark.parametrize("days", [0, 2])
def test_too_few_returns_have_no_model(days):
    """Two returns fit any line."""
    returns = np.full((10, 1), np.nan)
    returns[:days] = 0.01

    fit = event.market_model(returns, np.linspace(-0.01, 0.01, 10))

    assert np.isnan([fit.beta[0], fit.residual_sd[0], fit.beta_se[0]]).all()
    assert fit.observations[0] == days


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


def test_residuals_of_an_ordinary_day_are_noise():
    """Where residuals are no larger than usual nothing is the company's own."""
    own, left = event.own_name_shocks(np.array([0.01, -0.01]), np.array([0.02, 0.01]))
    nobody, _ = event.own_name_shocks(np.array([]), np.array([]))

    assert own.tolist() == [0.0, 0.0]
    assert left.tolist() == [0.0, 0.0]
    assert nobody.size == 0


def test_a_day_without_market_has_none():
    """A market cannot be made of securities of the theme alone, nor of no return."""
    theme_only = event.ex_theme_market(np.array([[0.01, 0.02]]), np.zeros(2, bool))
    closed = event.ex_theme_market(
        np.array([[np.nan, np.nan], [0.01, 0.03]]), np.ones(2, bool)
    )

    assert np.isnan(theme_only).tolist() == [True]
    assert np.isnan(closed).tolist() == [True, False]
    assert closed[1] == pytest.approx(0.02, rel=1e-12)


def test_the_market_by_index_algebra_gives_the_worked_figures():
    """The ex-theme market and the two abnormal returns are those of E20."""
    weights = np.array([0.066, 0.022, 0.062, 0.011, 0.12])
    returns = np.array([-0.1697, -0.174, -0.0214, -0.1379, -0.05])

    m = event.market_without_theme(-0.0146, weights, returns)
    pure = event.abnormal_returns(np.array([-0.13]), np.array([1.2]), m)
    outside = event.abnormal_returns(np.array([m]), np.array([1.0]), m)

    assert m == pytest.approx(0.0128955, rel=1e-5)
    assert pure[0] == pytest.approx(-0.145475, rel=1e-5)
    assert outside[0] == pytest.approx(0.0, abs=1e-15)


def test_winsorising_touches_only_the_outlier():
    """One value beyond five deviations is pulled in; the others stay."""
    values = np.array([[-1.0], [0.0], [1.0], [2.0], [-2.0], [100.0]])

    cleaned = event.winsorise(values)

    assert cleaned[:5].tolist() == values[:5].tolist()
    # Median 0.5, MAD 1.5: the bound is 0.5 + 5 * 1.4826 * 1.5.
    assert cleaned[5, 0] == pytest.approx(0.5 + 5 * 1.4826 * 1.5, rel=1e-12)


def test_winsorising_keeps_gaps_and_empty_columns():
    """NaN stays NaN, a security without any return does not disturb the others."""
    values = np.array([[np.nan, 0.0], [np.nan, np.nan], [np.nan, 0.1], [np.nan, -0.1]])

    cleaned = event.winsorise(values)

    assert np.isnan(cleaned[:, 0]).all()
    assert np.isnan(cleaned[1, 1])
    assert cleaned[[0, 2, 3], 1].tolist() == [0.0, 0.1, -0.1]


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


def _late_market():
    """Returns of a market that hears the news (beta 1.4) one day later."""
    rng = np.random.default_rng(9)
    market = rng.normal(0, 0.01, 250)
    returns = 1.4 * np.r_[0.0, market[:-1]] + rng.normal(0, 0.01, 250)
    return returns[:, None], market


def test_dimson_finds_the_beta_of_a_market_that_reacts_a_day_later():
    """The plain beta sees nothing of it; Dimson's is within three errors of 1.4."""
    returns, market = _late_market()

    beta, error = event.dimson(returns, market)
    plain = event.market_model(returns, market)

    assert abs(beta[0] - 1.4) < 3 * error[0]
    assert error[0] < 0.2
    assert abs(plain.beta[0]) < 3 * plain.beta_se[0]


def test_dimson_equals_least_squares_on_three_days():
    """Beta and error are those of numpy on the days each security has."""
    returns, market = _late_market()
    returns = np.hstack([returns, returns[::-1]])
    returns[40:70, 1] = np.nan

    beta, error = event.dimson(returns, market)

    x = np.column_stack([np.ones(248), market[:-2], market[1:-1], market[2:]])
    for i in range(2):
        seen = np.isfinite(returns[1:-1, i])
        fit, sse, *_ = np.linalg.lstsq(x[seen], returns[1:-1, i][seen], rcond=None)
        inverse = np.linalg.inv(x[seen].T @ x[seen])[1:, 1:]
        sd = np.sqrt(sse[0] / (seen.sum() - 4) * inverse.sum())
        assert beta[i] == pytest.approx(fit[1:].sum(), rel=1e-8)
        assert error[i] == pytest.approx(sd, rel=1e-8)


def test_dimson_needs_ten_returns():
    """With nine there is no beta; another security's is none the worse for it."""
    returns, market = _late_market()
    short = np.full_like(returns, np.nan)
    short[100:109] = returns[100:109]

    beta, error = event.dimson(np.hstack([short, returns]), market)

    assert np.isnan([beta[0], error[0]]).all()
    assert beta[1] == pytest.approx(event.dimson(returns, market)[0][0], rel=1e-12)


def test_persistence_gives_the_worked_figures():
    """The share that is left after a day, and its error, are those of E6."""
    start = np.array([-0.1697, -0.174, -0.1379, -0.191])
    after = np.array([-0.0955542, -0.152607, -0.106864, -0.162685])

    phi, error = event.persistence(after, start)

    assert phi == pytest.approx(0.773129, rel=1e-5)
    assert error == pytest.approx(0.0728307, rel=1e-5)


@settings(deadline=None)
@given(st.floats(-2, 2), st.lists(st.floats(0.01, 0.5), min_size=1, max_size=8))
def test_a_share_common_to_all_is_found_without_error(share, sizes):
    """If every move keeps the same share, that is the persistence."""
    start = -np.array(sizes)

    phi, error = event.persistence(share * start, start)

    assert phi == pytest.approx(share, abs=1e-12)
    assert error == pytest.approx(0.0, abs=1e-12)

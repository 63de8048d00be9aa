"""Tests of segment moves against worked figures, definitions and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from stresskit.core.factor import event, significance

SAR = np.array([-6.1, -3.9, -7.4, -2.2, -5.0, -4.1])


def test_the_adjusted_test_gives_the_worked_figures():
    """Both t and the p are those of worked example E2."""
    bmp, adjusted, p = significance.adjusted_t(SAR, 0.18)

    assert bmp == pytest.approx(-6.44042, rel=1e-5)
    assert adjusted == pytest.approx(-4.23101, rel=1e-5)
    assert p == pytest.approx(0.00824026, rel=1e-5)


def test_without_correlation_it_is_the_t_test_of_a_mean():
    """With rbar 0 all three are scipy's one-sample test."""
    expected = stats.ttest_1samp(SAR, 0.0)

    bmp, adjusted, p = significance.adjusted_t(SAR, 0.0)

    assert adjusted == bmp
    assert bmp == pytest.approx(expected.statistic, rel=1e-12)
    assert p == pytest.approx(expected.pvalue, rel=1e-9)


def test_a_correlation_that_cannot_be_does_no_harm():
    """Below -1/(n-1) the variance of a mean would be negative; the t stays finite."""
    _, adjusted, p = significance.adjusted_t(SAR, -0.5)

    assert np.isfinite(adjusted)
    assert 0 < p < 1


def test_the_corrected_test_holds_its_size_where_the_plain_one_does_not():
    """With residuals correlated at .25 and no event, 5% tests are tried 400 times."""
    rng = np.random.default_rng(17)
    n, days, draws = 12, 100, 400
    rejected = {"bmp": 0, "adjusted": 0}
    market = rng.normal(0, 0.01, (days + 1, 1))
    for _ in range(draws):
        own, common = rng.normal(0, 1, (days + 1, n)), rng.normal(0, 1, (days + 1, 1))
        noise = 0.02 * (np.sqrt(0.75) * own + np.sqrt(0.25) * common)
        returns = 1.2 * market + noise
        fit = event.market_model(returns[:days], market[:days, 0])
        left = returns[:days] - fit.alpha - fit.beta * market[:days]
        sar = event.standardised(returns[days:], fit, np.repeat(market[days:], n, 1))
        rbar = significance.mean_correlation(left)
        bmp, _, p = significance.adjusted_t(sar, rbar)
        rejected["bmp"] += 2 * stats.t.sf(abs(bmp), n - 1) < 0.05
        rejected["adjusted"] += p < 0.05

    assert 0.02 <= rejected["adjusted"] / draws <= 0.09
    assert rejected["bmp"] / draws > 0.25


def test_the_mean_correlation_is_numpys_where_nothing_is_missing():
    """The mean of the matrix off its diagonal."""
    rng = np.random.default_rng(4)
    residuals = rng.normal(0, 1, (60, 5)) + rng.normal(0, 1, (60, 1))

    found = significance.mean_correlation(residuals)

    matrix = np.corrcoef(residuals.T)
    assert found == pytest.approx(matrix[np.triu_indices(5, 1)].mean(), rel=1e-12)


def test_with_gaps_a_pair_is_compared_on_the_days_that_both_have():
    """Each standardised over its own days, by a loop over pairs."""
    rng = np.random.default_rng(6)
    residuals = rng.normal(0, 1, (40, 3)) + rng.normal(0, 1, (40, 1))
    residuals[:10, 0] = np.nan
    residuals[5:25, 2] = np.nan

    found = significance.mean_correlation(residuals)

    z = (residuals - np.nanmean(residuals, axis=0)) / np.nanstd(residuals, axis=0)
    pairs = [np.nanmean(z[:, i] * z[:, j]) for i, j in ((0, 1), (0, 2), (1, 2))]
    assert found == pytest.approx(np.mean(pairs), rel=1e-12)


def test_own_history_by_hand():
    """The z by the sample deviation, rank among the days, ties counted against it."""
    days = np.array([[0.01], [-0.03], [0.02], [np.nan], [0.03]])

    z, rank, p = significance.own_history(np.array([-0.03]), days)

    # Mean .0075; squares .00000625 + .00140625 + .00015625 + .00050625 over 3.
    assert z[0] == pytest.approx(-0.03 / np.sqrt(0.002075 / 3), rel=1e-12)
    assert (rank[0], p[0]) == (3.0, 0.6)


def test_a_move_beyond_all_days_ranks_first():
    """The largest of T + 1 has rank 1 and a p of 1/(T+1), whatever its sign."""
    days = np.linspace(-0.02, 0.02, 19)[:, None] * np.ones(2)

    _, rank, p = significance.own_history(np.array([0.05, -0.05]), days)

    assert rank.tolist() == [1.0, 1.0]
    assert p == pytest.approx([0.05, 0.05], rel=1e-12)


def test_without_a_move_or_a_history_nothing_is_tested():
    """A segment without members, and one with a single day."""
    days = np.column_stack([[0.01, 0.02, -0.01], [np.nan, np.nan, 0.01]])

    found = significance.own_history(np.array([np.nan, 0.03]), days)

    assert all(np.isnan(x).all() for x in found)


def _by_definition(p: list[float], rate: float) -> list[bool]:
    """Benjamini and Hochberg: the largest i with p_(i) <= rate i / K, and below."""
    ranked = sorted(p)
    passed = [i for i in range(1, len(p) + 1) if ranked[i - 1] <= rate * i / len(p)]
    bound = ranked[max(passed) - 1] if passed else -1.0
    return [x <= bound for x in p]


@settings(deadline=None)
@given(
    st.lists(st.floats(0.0005, 1), min_size=1, max_size=25),
    st.sampled_from([0.05, 0.1, 0.3]),
)
def test_discoveries_are_those_of_the_definition(p, rate):
    """Against a loop over the sorted list."""
    found = significance.discoveries(np.array(p), rate)

    assert found.tolist() == _by_definition(p, rate)


def test_untested_segments_do_not_count():
    """NaN is never a discovery and makes no one else's harder."""
    p = np.array([0.04, np.nan, 0.09, np.nan, np.nan])

    # Two tests: .09 <= .1 * 2/2, so both; as one of five neither would be.
    assert significance.discoveries(p).tolist() == [True, False, True, False, False]
    assert significance.discoveries(np.full(3, np.nan)).tolist() == [False] * 3

"""Momentum and volatility beside the segments."""

from __future__ import annotations

import numpy as np
import pytest

from stresskit.core.factor.styles import momentum, style


def test_momentum_skips_the_last_month_and_what_is_older_than_a_year():
    """1% a day over 231 sessions; a crash in the last 21 and before do not count."""
    returns = np.full((300, 1), 0.01)
    returns[-21:] = -0.5
    returns[: 300 - 252] = -0.5

    assert momentum(returns)[0] == pytest.approx(1.01**231 - 1, rel=1e-12)


def test_momentum_needs_120_returns():
    """With 119 returns in the span there is no momentum, with 120 there is."""
    returns = np.full((300, 2), np.nan)
    returns[-21 - 119 : -21, 0] = 0.001
    returns[-21 - 120 : -21, 1] = 0.001

    found = momentum(returns)

    assert np.isnan(found[0])
    assert found[1] == pytest.approx(1.001**120 - 1, rel=1e-12)


def test_shares_are_squared_correlations_before_and_after_segment_means():
    """Against numpy's correlation, and least squares with a dummy per segment."""
    rng = np.random.default_rng(4)
    leaf = np.repeat(np.arange(4), 8)
    values = rng.normal(size=32) + leaf
    y = -0.02 * values + 0.01 * leaf + rng.normal(0, 0.01, 32)

    found = style("x", values, y, leaf)

    z = (values - values.mean()) / values.std()
    design = np.column_stack([z, np.eye(4)[leaf]])
    slope = np.linalg.lstsq(design, y, rcond=None)[0][0]
    inner = [v - np.array([v[leaf == k].mean() for k in leaf]) for v in (z, y)]
    assert found.share == pytest.approx(np.corrcoef(values, y)[0, 1] ** 2, rel=1e-12)
    assert found.within == pytest.approx(np.corrcoef(*inner)[0, 1] ** 2, rel=1e-12)
    assert found.slope == pytest.approx(slope, rel=1e-12)


def test_too_few_stocks_or_no_difference_say_nothing():
    """Nineteen stocks, or one value for all, give no figure."""
    y, leaf = np.linspace(-0.1, 0.1, 20), np.zeros(20, dtype=int)

    assert style("x", np.arange(19.0), y[:19], leaf[:19]) is None
    assert style("x", np.ones(20), y, leaf) is None

"""The band against worked figures, and how its parts behave."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t

from stresskit.core.band import (
    MULTIPLIER,
    BandInput,
    position_half_widths,
    variance_parts,
)

# The book of METHOD E11: the measurement errors, dispersion and beta errors there;
# clusters 0, 1, 0, 2; the market leg -1% of E10; no mapping error.
BOOK = BandInput(
    value=np.array([0.4, 0.25, -0.1, 0.3]),
    sensitivities=np.array([[1, 0, 0], [0, 0.6, 0.4], [0.8, 0, 0.2], [0, 0, 1.0]]),
    shocks=np.array([-0.13, -0.18, 0.004]),
    shock_errors=np.array([0.012, 0.02, 0.003]),
    dispersion=np.array([0.045, 0.06, 0.045, 0.015]),
    clusters=np.array([0, 1, 0, 2]),
    beta_sd=np.array([0.15, 0.2, 0.15, 0.1]),
    market=np.full(4, -0.01),
    prior_sd=np.zeros(4),
)


def test_parts_are_the_worked_figures():
    """Measurement, dispersion and beta variance are those of METHOD E11."""
    parts = variance_parts(BOOK)

    assert parts["measurement"] == pytest.approx(2.50452e-05, rel=1e-5)
    assert parts["dispersion"] == pytest.approx(0.0005733, rel=1e-5)
    assert parts["beta"] == pytest.approx(7.225e-07, rel=1e-5)
    assert parts["mapping"] == 0.0
    half = MULTIPLIER * sum(parts.values()) ** 0.5
    assert -0.0836611 - half == pytest.approx(-0.121864, rel=1e-5)
    assert -0.0836611 + half == pytest.approx(-0.045458, rel=1e-5)


def test_the_multiplier_is_the_scaled_student_quantile():
    """1.56 is the 95% quantile of t with five degrees of freedom, unit variance."""
    assert pytest.approx(t.ppf(0.95, 5) * (3 / 5) ** 0.5, rel=1e-12) == MULTIPLIER


def test_a_lone_position_has_the_portfolio_band():
    """For one position the portfolio's band is the position's own."""
    one = BandInput(
        value=np.array([2e6]),
        sensitivities=np.array([[0.9, 0.2]]),
        shocks=np.array([-0.15, -0.05]),
        shock_errors=np.array([0.01, 0.02]),
        dispersion=np.array([0.04]),
        clusters=np.array([0]),
        beta_sd=np.array([0.2]),
        market=np.array([0.009]),
        prior_sd=np.array([0.05]),
    )

    whole = MULTIPLIER * sum(variance_parts(one).values()) ** 0.5

    assert position_half_widths(one)[0] == pytest.approx(whole, rel=1e-12)


def test_a_hedge_in_the_same_segment_narrows_the_band_less_than_it_cancels():
    """Long and short of one segment cancel its shock, not what is their own."""
    hedged = replace(
        BOOK,
        value=np.array([1.0, 0.0, -1.0, 0.0]),
        sensitivities=np.array([[1, 0, 0], [0, 0, 0], [1, 0, 0], [0, 0, 0.0]]),
    )

    parts = variance_parts(hedged)

    assert parts["measurement"] == pytest.approx(0.0, abs=1e-15)
    # D = (+0.045, -0.045): (1 - 0.1) * 2 * 0.045^2 + 0.1 * 0^2.
    assert parts["dispersion"] == pytest.approx(0.9 * 2 * 0.045**2, rel=1e-12)

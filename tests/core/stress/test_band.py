"""The band against worked figures, and how its parts behave."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t

from stresskit.core.stress.band import (
    MULTIPLIER,
    BandInput,
    bounded,
    own_slope,
    position_half_widths,
    variance_parts,
)
from stresskit.core.stress.scaling import scale_shock

# The book of worked example E11: its errors of measurement, dispersion and beta;
# clusters 0, 1, 0, 2; the market leg -1% of E10; no mapping error.
BOOK = BandInput(
    value=np.array([0.4, 0.25, -0.1, 0.3]),
    issuers=np.arange(4),
    sensitivities=np.array([[1, 0, 0], [0, 0.6, 0.4], [0.8, 0, 0.2], [0, 0, 1.0]]),
    shock_errors=np.array([0.012, 0.02, 0.003]),
    dispersion=np.array([0.045, 0.06, 0.045, 0.015]),
    clusters=np.array([0, 1, 0, 2]),
    beta_sd=np.array([0.15, 0.2, 0.15, 0.1]),
    market=np.full(4, -0.01),
    mapping_sd=np.zeros(4),
)


def test_parts_are_the_worked_figures():
    """Measurement, dispersion and beta variance are those of worked example E11."""
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
        issuers=np.array([0]),
        sensitivities=np.array([[0.9, 0.2]]),
        shock_errors=np.array([0.01, 0.02]),
        dispersion=np.array([0.04]),
        clusters=np.array([0]),
        beta_sd=np.array([0.2]),
        market=np.array([0.009]),
        mapping_sd=np.array([0.02]),
    )

    whole = MULTIPLIER * sum(variance_parts(one).values()) ** 0.5

    assert position_half_widths(one, np.zeros(1))[0] == pytest.approx(whole, rel=1e-12)


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


def test_splitting_a_line_of_one_issuer_changes_no_part():
    """Four lines of one company are as uncertain as the one line they add up to."""
    shares = np.array([0.1, 0.2, 0.3, 0.4])
    split = BandInput(
        value=shares,
        issuers=np.zeros(4, dtype=int),
        sensitivities=np.full((4, 1), 0.9),
        shock_errors=np.array([0.02]),
        dispersion=np.full(4, 0.05),
        clusters=np.zeros(4, dtype=int),
        beta_sd=np.full(4, 0.3),
        market=np.full(4, 0.01),
        mapping_sd=np.full(4, 0.01),
    )
    whole = BandInput(
        **{
            name: array[:1] if name != "shock_errors" else array
            for name, array in {**vars(split), "value": np.ones(4)}.items()
        }
    )

    assert variance_parts(split) == pytest.approx(variance_parts(whole), rel=1e-12)


def test_the_growth_of_errors_is_the_slope_of_the_scaling():
    """H is d f(s) / d f of a loss, written with the return at the severity."""
    loss = np.array([-0.05, -0.2, -0.6])
    step = 1e-6

    numeric = (scale_shock(loss + step, 3.0) - scale_shock(loss - step, 3.0)) / 2 / step

    assert own_slope(scale_shock(loss, 3.0), 3.0) == pytest.approx(numeric, rel=1e-5)
    assert own_slope(loss, 0.0).tolist() == [0.0, 0.0, 0.0]
    assert own_slope(loss, 1.0).tolist() == [1.0, 1.0, 1.0]


def test_no_band_reaches_beyond_what_a_position_can_do():
    """A long line loses its value at most, a short one gains it at most."""
    value = np.array([100.0, -100.0])

    low, high = bounded(np.array([-130.0, -150.0]), np.array([20.0, 140.0]), value)

    assert low.tolist() == [-100.0, -150.0]
    assert high.tolist() == [20.0, 100.0]


def test_a_share_against_a_fund_on_it_has_no_negative_variance():
    """Their errors differ in size, not in kind: what is left is squared."""
    pair = BandInput(
        value=np.array([20e3, -28e3]),
        issuers=np.array([0, 0]),
        sensitivities=np.zeros((2, 1)),
        shock_errors=np.array([0.02]),
        dispersion=np.array([0.10, 0.06]),
        clusters=np.array([-1, 0]),
        beta_sd=np.array([0.4, 0.2]),
        market=np.full(2, 0.01),
        mapping_sd=np.array([0.02, 0.01]),
    )

    parts = variance_parts(pair)

    # (2000 - 1680)^2 of the issuer, 1680^2 of the segment, 2000^2 of the line without.
    expected = 0.9 * 320**2 + 0.1 * (1680**2 + 2000**2)
    assert parts["dispersion"] == pytest.approx(expected, rel=1e-12)
    assert parts["beta"] == pytest.approx((80 - 56) ** 2, rel=1e-12)
    assert parts["mapping"] == pytest.approx((400 - 280) ** 2, rel=1e-12)

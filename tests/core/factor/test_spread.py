"""How what companies do on their own grows with their usual volatility."""

from __future__ import annotations

import numpy as np
import pytest

from stresskit.core.factor.spread import scale_of, spread_of


def _errors(power: float, n: int = 800) -> tuple[np.ndarray, np.ndarray]:
    """Errors of twice ``s**power``, t with five degrees of freedom, variance one."""
    rng = np.random.default_rng(21)
    s = np.exp(rng.uniform(np.log(0.005), np.log(0.08), n))
    return 2 * s**power * rng.standard_t(5, n) * np.sqrt(3 / 5), s


@pytest.mark.parametrize("power", [0.4, 0.7, 1.0])
def test_the_power_put_in_is_found(power):
    """Within .1, and with it the scale; what the band adds is taken out first."""
    error, s = _errors(power)
    rng = np.random.default_rng(22)
    explained = np.full(len(s), 0.01**2)

    found = spread_of(error + rng.normal(0, 0.01, len(s)), explained, s)

    assert found.power == pytest.approx(power, abs=0.1)
    middle = 0.02
    assert found.scale * middle**found.power == pytest.approx(
        2 * middle**power, rel=0.15
    )


def test_the_scale_is_a_mean_of_squares():
    """By hand: ((.05^2 - .0001)/.02 + (.03^2 - .0001)/.08) / 2 with a power of .5."""
    error, v = np.array([0.05, -0.03]), np.array([0.0001, 0.0001])

    found = scale_of(error, v, np.array([0.02, 0.08]), 0.5)

    assert found == pytest.approx(np.sqrt((0.0024 / 0.02 + 0.0008 / 0.08) / 2))


def test_nothing_is_left_where_the_band_adds_more():
    """Zero, never the root of a negative number."""
    s = np.array([0.02, 0.03])

    assert spread_of(np.array([0.01, -0.01]), np.full(2, 0.01), s).scale == 0.0


def test_companies_without_an_error_or_a_volatility_do_not_count():
    """NaN in either, or a price that never moved; with nobody there is nothing."""
    error, s = _errors(0.7)
    odd = np.append(error, [np.nan, 0.5, 0.5])
    wild = np.append(s, [0.02, np.nan, 0.0])

    plain = spread_of(error, np.zeros(len(s)), s)

    assert spread_of(odd, np.zeros(len(wild)), wild) == plain
    assert spread_of(odd[-3:], np.zeros(3), wild[-3:]) == (0.0, 1.0)

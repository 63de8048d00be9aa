"""Empirical-Bayes shrinkage against worked figures and its limits."""

from __future__ import annotations

import numpy as np
import pytest

from stresskit.core.factor import shrinkage

GROUPS = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])
N = np.array([4, 3, 7, 5, 4, 6, 8, 5, 1], dtype=float)
RAW = np.array([-0.13, -0.1, -0.07, -0.17, -0.09, -0.15, 0.018, -0.01, 0.022])
SD = np.array([0.05, 0.035, 0.025, 0.08, 0.04, 0.075, 0.02, 0.03, 0.0])
THETA = [
    -0.109326,
    -0.0961514,
    -0.076738,
    -0.142489,
    -0.109806,
    -0.136762,
    0.0145529,
    -0.00466567,
    0.0061297,
]
POSTERIOR = [
    0.0187255,
    0.0191465,
    0.0124801,
    0.0213182,
    0.0183708,
    0.0201396,
    0.01099,
    0.0154332,
    0.0241954,
]


@pytest.fixture
def shrunk():
    """The worked example, without the floor that production adds."""
    variance, _ = shrinkage.moderated_variances(N, SD)
    return shrinkage.shrink(RAW, N, variance / N, GROUPS, floor=False)


def test_moderated_variances_are_the_worked_figures():
    """The pooled and the moderated variances are those of worked example E4."""
    variance, pooled = shrinkage.moderated_variances(N, SD)

    assert pooled == pytest.approx(0.0023125, rel=1e-5)
    assert variance[:3] == pytest.approx([0.00239286, 0.00195, 0.0013], rel=1e-5)
    assert variance[8] == pytest.approx(pooled, rel=1e-12)


def test_between_variances_are_the_worked_figures(shrunk):
    """Tau, omega, the root and the group means are those of worked example E4."""
    assert shrunk.tau2 == pytest.approx(0.000460009, rel=1e-5)
    assert shrunk.omega2 == pytest.approx(0.00491059, rel=1e-5)
    assert shrunk.root == pytest.approx(-0.0728061, rel=1e-5)
    expected = [-0.0934278, -0.127963, 0.00297274]
    assert shrunk.group_means == pytest.approx(expected, rel=1e-5)


def test_shrunk_shocks_are_the_worked_figures(shrunk):
    """The shocks and their errors are those of worked example E4."""
    assert shrunk.theta == pytest.approx(THETA, rel=1e-5)
    assert shrunk.sd == pytest.approx(POSTERIOR, rel=1e-5)


def test_many_members_leave_the_mean_alone():
    """With an error near zero nothing is pulled."""
    result = shrinkage.shrink(RAW, N, np.full(9, 1e-14), GROUPS)

    assert result.theta == pytest.approx(RAW, abs=1e-9)
    assert result.shrinkage.max() < 1e-9


def test_an_empty_leaf_takes_its_group_and_is_less_sure():
    """No member means the group's mean, and a wider error than its siblings'."""
    counts, raw = N.copy(), RAW.copy()
    counts[2], raw[2] = 0, np.nan
    variance = np.where(counts > 0, 0.002 / np.maximum(counts, 1), np.nan)

    result = shrinkage.shrink(raw, counts, variance, GROUPS)

    assert result.theta[2] == pytest.approx(result.group_means[0], rel=1e-12)
    assert result.shrinkage[2] == 1.0
    assert result.sd[2] > result.sd[:2].max()


def test_paule_mandel_meets_its_own_equation():
    """At the root the weighted spread equals the degrees of freedom."""
    v = np.array([0.0006, 0.0007, 0.0002, 0.0009])
    f = np.array([-0.1, -0.2, 0.05, 0.0])
    groups = np.zeros(4, dtype=int)

    tau2 = shrinkage.paule_mandel(f, v, groups, 3)

    w = 1 / (v + tau2)
    mean = np.sum(w * f) / np.sum(w)
    assert np.sum(w * (f - mean) ** 2) == pytest.approx(3.0, rel=1e-9)


def test_no_spread_means_no_variance_between():
    """Leaves that agree have a between variance of zero."""
    v, f = np.full(4, 0.01), np.full(4, -0.1)

    assert shrinkage.paule_mandel(f, v, np.zeros(4, dtype=int), 3) == 0.0

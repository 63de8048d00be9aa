"""Empirical-Bayes shrinkage against worked figures and its limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


def _variance():
    moderated, _ = shrinkage.moderated_variances(N, SD)
    return moderated / N


def test_group_values_before_their_own_shrinkage_are_the_worked_figures(shrunk):
    """The share pulled to the group is that of E4, leaf by leaf."""
    expected = [0.565301, 0.585581, 0.287607, 0.654456, 0.521718]
    assert shrunk.shrinkage[:5] == pytest.approx(expected, rel=1e-5)
    assert shrunk.shrinkage[5:] == pytest.approx(
        [0.600735, 0.229389, 0.411195, 0.834082], rel=1e-5
    )


def _worlds() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Five estimates of nine leaves, with empty leaves and an empty group."""
    rng = np.random.default_rng(12)
    raw = rng.normal(-0.08, 0.06, (5, 9))
    counts = rng.integers(1, 9, (5, 9)).astype(float)
    counts[1, 2] = counts[2, 0] = counts[2, 8] = 0.0
    counts[3, 3:6] = 0.0
    counts[4, 2:] = 0.0
    raw[counts == 0] = np.nan
    variance = np.where(counts > 0, 0.002 / np.maximum(counts, 1), np.nan)
    return raw, counts, variance


@pytest.mark.parametrize("floor", [True, False])
def test_many_estimates_at_once_are_each_what_it_is_alone(floor):
    """Five rows with other members each: every field, row by row."""
    raw, counts, variance = _worlds()

    together = shrinkage.shrink(raw, counts, variance, GROUPS, floor=floor)

    for n in range(5):
        alone = shrinkage.shrink(raw[n], counts[n], variance[n], GROUPS, floor=floor)
        for name in vars(alone):
            expected, actual = getattr(alone, name), getattr(together, name)[n]
            assert actual == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


def test_moderating_many_at_once_is_each_alone():
    """The pool is that of each row, not of all."""
    counts = np.array([[4.0, 3, 7], [1, 5, 2], [1, 1, 1]])
    sds = np.array([[0.05, 0.03, 0.02], [np.nan, 0.08, 0.01], [0, 0, 0]])

    moderated, pooled = shrinkage.moderated_variances(counts, sds)

    for n in range(3):
        one, pool = shrinkage.moderated_variances(counts[n], sds[n])
        assert moderated[n] == pytest.approx(one, rel=1e-12)
        assert pooled[n] == pytest.approx(pool, rel=1e-12)
    # One member everywhere: the assumed 5%.
    assert pooled[2] == pytest.approx(0.0025, rel=1e-12)


spreads = st.lists(st.floats(-1, 1), min_size=9, max_size=9, unique=True)


@settings(deadline=None)
@given(spreads)
def test_leaves_that_differ_beyond_all_noise_keep_their_means(values):
    """The between variance goes to infinity: the raw means come back."""
    raw = 1e6 * np.array(values).round(3)
    raw += 1e3 * np.arange(9)

    found = shrinkage.shrink(raw, N, _variance(), GROUPS)

    assert found.shrinkage.max() < 1e-6
    assert found.theta == pytest.approx(raw, abs=1e-6 * np.abs(raw).max())


@settings(deadline=None)
@given(spreads)
def test_leaves_that_differ_by_less_than_noise_take_their_groups_mean(values):
    """The between variance is zero: all leaves of a group are one."""
    raw = -0.1 + 1e-4 * np.array(values)

    found = shrinkage.shrink(raw, N, _variance(), GROUPS, floor=False)

    assert found.tau2 == 0.0
    assert found.shrinkage.tolist() == [1.0] * 9
    assert found.theta == pytest.approx(found.group_means[GROUPS], abs=1e-15)


@settings(deadline=None)
@given(st.permutations(range(9)), st.permutations(range(3)))
def test_neither_the_order_of_leaves_nor_the_names_of_groups_matter(leaves, names):
    """Shuffled leaves under other group numbers get the same shocks and errors."""
    v = _variance()
    whole = shrinkage.shrink(RAW, N, v, GROUPS)
    groups = np.array(names)[GROUPS][leaves]

    found = shrinkage.shrink(RAW[leaves], N[leaves], v[leaves], groups)

    assert found.theta == pytest.approx(whole.theta[leaves], rel=1e-9)
    assert found.sd == pytest.approx(whole.sd[leaves], rel=1e-9)
    assert found.group_means[names] == pytest.approx(whole.group_means, rel=1e-9)


def test_an_empty_group_takes_the_root():
    """A group without any member is no surer than the groups are alike."""
    raw, counts, variance = _worlds()

    found = shrinkage.shrink(raw[3], counts[3], variance[3], GROUPS)

    assert found.theta[3:6] == pytest.approx([found.root] * 3, rel=1e-12)
    assert found.sd[3:6].min() > found.sd[[0, 1, 2, 6, 7, 8]].max()


def test_with_two_groups_each_keeps_its_mean():
    """Two are too few to say how much groups differ."""
    found = shrinkage.shrink(RAW[:6], N[:6], _variance()[:6], GROUPS[:6], floor=False)

    w = 1 / (_variance()[:6] + found.tau2)
    means = [np.average(RAW[s], weights=w[s]) for s in (slice(0, 3), slice(3, 6))]
    assert found.omega2 == 0.0
    assert found.group_means == pytest.approx(means, rel=1e-12)


def test_the_floor_keeps_leaves_from_being_one():
    """Leaves that agree still differ by half a percent; few leaves by five."""
    raw = np.full(9, -0.1)

    many = shrinkage.shrink(raw, N, _variance(), GROUPS)
    few = shrinkage.shrink(raw[:5], N[:5], _variance()[:5], GROUPS[:5])

    assert np.sqrt(many.tau2) == pytest.approx(0.005, rel=1e-12)
    assert np.sqrt(few.tau2) == pytest.approx(0.05, rel=1e-12)


@settings(deadline=None)
@given(
    st.lists(st.floats(-0.5, 0.5), min_size=4, max_size=4),
    st.lists(st.floats(1e-5, 0.01), min_size=4, max_size=4),
)
def test_the_between_variance_is_a_root_or_zero(values, variances):
    """At zero the spread is no more than it should be, else it is just that."""
    f, v = np.array(values), np.array(variances)

    tau2 = float(shrinkage.paule_mandel(f, v, np.zeros(4, dtype=int), 3))

    w = 1 / (v + tau2)
    spread = np.sum(w * (f - np.sum(w * f) / np.sum(w)) ** 2)
    if tau2 > 0:
        assert spread == pytest.approx(3.0, rel=1e-6)
    else:
        assert spread <= 3.0 + 1e-9

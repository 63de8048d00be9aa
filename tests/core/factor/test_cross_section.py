"""The cross-section of an event day against worked figures and brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stresskit.core.factor.cross_section import capped, cross_section, identification

X = np.array(
    [
        [1, 0, 0],
        [0.8, 0, 0.2],
        [0.6, 0, 0.4],
        [0, 1, 0],
        [0, 0.5, 0.5],
        [0, 0.3, 0.7],
        [0, 0, 1],
        [0, 0, 1],
    ]
)
Y = np.array([-0.165, -0.12, -0.075, -0.26, -0.155, -0.06, 0.006, -0.004])
W = 1 / np.array([0.02, 0.025, 0.022, 0.03, 0.024, 0.018, 0.01, 0.012]) ** 2
LEFT_OUT = [
    -0.140802,
    -0.124378,
    -0.0953108,
    -0.273394,
    -0.122855,
    -0.0810767,
    0.000954798,
    0.00829181,
]
LEVERAGE = [
    0.589973,
    0.240238,
    0.183949,
    0.630678,
    0.241967,
    0.197798,
    0.540234,
    0.375162,
]


def test_the_regression_gives_the_worked_figures():
    """Shocks, variance ratio and both errors are those of worked example E3."""
    fit = cross_section(Y, X, W)

    assert fit.shocks == pytest.approx([-0.155078, -0.264947, 0.00368039], rel=1e-5)
    assert fit.variance_ratio == pytest.approx(0.647036, rel=1e-5)
    expected = [0.0123569, 0.0191641, 0.00591228]
    assert fit.standard_error == pytest.approx(expected, rel=1e-5)
    expected = [0.0154911, 0.0199382, 0.00578258]
    assert fit.robust_error == pytest.approx(expected, rel=1e-5)


def test_leverage_and_left_out_predictions_are_the_worked_figures():
    """Leverages, predictions and their mean error are those of E3."""
    fit = cross_section(Y, X, W)

    assert fit.leverage == pytest.approx(LEVERAGE, rel=1e-5)
    assert fit.left_out == pytest.approx(LEFT_OUT, rel=1e-5)
    assert np.mean(np.abs(Y - fit.left_out)) == pytest.approx(0.016605, rel=1e-5)


def test_leaving_one_out_equals_fitting_without_it():
    """Each prediction is that of numpy's least squares on the seven others."""
    fit = cross_section(Y, X, W)

    for i in range(len(Y)):
        rest = np.arange(len(Y)) != i
        root = np.sqrt(W[rest])
        f = np.linalg.lstsq(X[rest] * root[:, None], Y[rest] * root, rcond=None)[0]
        assert fit.left_out[i] == pytest.approx(X[i] @ f, rel=1e-9)


def test_the_only_member_of_a_segment_has_no_prediction():
    """Nothing else says what it does; the others' predictions stand."""
    x = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])

    fit = cross_section(np.array([-0.2, 0.01, 0.03]), x, np.ones(3))

    assert fit.shocks == pytest.approx([-0.2, 0.02], rel=1e-12)
    assert np.isnan(fit.left_out[0])
    assert fit.left_out[1:] == pytest.approx([0.03, 0.01], rel=1e-12)


@settings(deadline=None)
@given(st.permutations(range(8)), st.permutations(range(3)))
def test_shocks_do_not_depend_on_the_order_of_rows_or_segments(rows, columns):
    """Rows and columns in another order give the same shocks."""
    found = cross_section(Y[rows], X[np.ix_(rows, columns)], W[rows])

    assert found.shocks == pytest.approx(cross_section(Y, X, W).shocks[columns])


@pytest.mark.parametrize("share", [0.5, 0.4, 0.3])
def test_segments_that_always_stand_together_are_refused(share):
    """Every member is part of both in the same proportion: no regression."""
    x = np.zeros((6, 3))
    x[:3, :2] = [share, 1 - share]
    x[3:, 2] = 1.0
    weights = 1 / np.array([0.02, 0.03, 0.025, 0.01, 0.015, 0.011]) ** 2

    with pytest.raises(ValueError, match="cannot be told apart"):
        cross_section(np.linspace(-0.2, 0.1, 6), x, weights)


def test_identification_against_regressions_of_columns_on_each_other():
    """The VIF is 1/(1 - R2) of a column on the others, about zero, weighted."""
    found = identification(X, W)

    root = X * np.sqrt(W)[:, None]
    for k in range(3):
        others = np.delete(root, k, axis=1)
        fit = np.linalg.lstsq(others, root[:, k], rcond=None)[0]
        left = root[:, k] - others @ fit
        assert found.vif[k] == pytest.approx(
            np.sum(root[:, k] ** 2) / np.sum(left**2), rel=1e-9
        )
    scaled = root / np.linalg.norm(root, axis=0)
    assert found.condition == pytest.approx(np.linalg.cond(scaled), rel=1e-9)


def test_the_effective_size_counts_equal_members():
    """Four equal members are four; one with three times the weight makes fewer."""
    x = np.zeros((8, 2))
    x[:4, 0], x[4:, 1] = 1.0, 1.0
    weights = np.array([1, 1, 1, 1, 3, 1, 1, 1], dtype=float)

    found = identification(x, weights)

    # (3 + 1 + 1 + 1)^2 / (9 + 1 + 1 + 1).
    assert found.effective == pytest.approx([4.0, 3.0], rel=1e-12)
    assert found.weak.tolist() == [False, False]


def test_thin_or_twin_segments_are_weak():
    """One member is too few, twins cannot be told apart, an empty one is nothing."""
    x = np.array([[1.0, 0, 0, 0], [0, 0.5, 0.5, 0], [0, 0.5, 0.5, 0], [0, 0.5, 0.5, 0]])

    found = identification(x, np.ones(4))

    assert found.effective == pytest.approx([1.0, 3.0, 3.0, 0.0])
    assert found.weak.tolist() == [True, True, True, True]
    assert found.condition > 1e6


@settings(deadline=None)
@given(
    hnp.arrays(
        np.float64,
        st.tuples(st.integers(1, 9), st.integers(1, 3)),
        elements=st.floats(0, 1e4).map(lambda x: x if x > 1e-6 else 0.0),
    ),
    st.sampled_from([1 / 3, 0.5, 0.2]),
)
def test_capped_weights_sum_to_one_and_stay_below_the_cap(weights, cap):
    """Or below an equal share, where there are fewer members than the cap needs."""
    share = capped(weights, cap)

    members = (weights > 0).sum(axis=0)
    limit = np.maximum(cap, 1 / np.maximum(members, 1))
    assert share.sum(axis=0) == pytest.approx((members > 0).astype(float), abs=1e-9)
    assert np.all(share <= limit + 1e-9)
    assert np.all((share > 0) == (weights > 0))


@settings(deadline=None)
@given(st.lists(st.floats(0.01, 100), min_size=3, max_size=9))
def test_capping_keeps_the_order_and_the_proportions_below_the_cap(weights):
    """A heavier member is never lighter after it, and free ones keep their ratio."""
    w = np.sort(np.array(weights))

    share = capped(w[:, None])[:, 0]

    assert np.all(np.diff(share) >= -1e-12)
    free = share < 1 / 3 - 1e-9
    ratio = share[free] / w[free]
    assert ratio == pytest.approx(np.full(free.sum(), ratio[:1].sum()), rel=1e-9)

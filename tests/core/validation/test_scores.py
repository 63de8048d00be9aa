"""Scores by hand and against scipy and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import linregress, spearmanr
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

from stresskit.core.validation.scores import (
    gain_interval,
    interval_score,
    score,
    spearman,
)

REALISED = np.array([-0.21, -0.10, -0.04, 0.00, 0.02, 0.03, -0.16])
PREDICTED = np.array([-0.15, -0.12, 0.01, -0.02, 0.02, 0.02, 0.03])


def test_errors_are_those_of_other_libraries():
    """Mean error, root of squares and R2 by scikit-learn, slope by scipy."""
    found = score("x", REALISED, PREDICTED)

    assert (found.method, found.n) == ("x", 7)
    assert found.mae == pytest.approx(mean_absolute_error(REALISED, PREDICTED))
    root = np.sqrt(mean_squared_error(REALISED, PREDICTED))
    assert found.rmse == pytest.approx(root, rel=1e-12)
    assert found.r2 == pytest.approx(r2_score(REALISED, PREDICTED), rel=1e-12)
    slope = linregress(PREDICTED, REALISED).slope
    assert found.slope == pytest.approx(slope, rel=1e-12)


def test_r2_is_below_zero_where_the_mean_is_nearer():
    """By hand: errors .1 and .1 about a spread of .05 and .05 give 1 - 4."""
    found = score("x", np.array([0.05, -0.05]), np.array([-0.05, 0.05]))

    assert found.r2 == pytest.approx(-3.0, rel=1e-12)
    assert found.slope == pytest.approx(-1.0, rel=1e-12)
    assert found.rank == pytest.approx(-1.0, rel=1e-12)


def test_ranks_with_ties_are_scipys():
    """Equal predictions share their mean rank; two of .02 stand in PREDICTED."""
    assert len(set(PREDICTED.tolist())) < len(PREDICTED)

    found = score("x", REALISED, PREDICTED).rank

    assert found == pytest.approx(spearmanr(PREDICTED, REALISED).statistic, rel=1e-12)
    assert spearman(PREDICTED, REALISED) == found


def test_signs_count_for_large_moves_only():
    """By hand: the deviation is .087, so -.21, -.10 and -.16 count; two hit."""
    assert 0.04 < np.std(REALISED) < 0.10

    found = score("x", REALISED, PREDICTED)

    assert (found.sign_hits, found.sign_tried) == (2, 3)


@pytest.mark.parametrize(
    ("realised", "predicted", "left"),
    [
        # Nothing was told apart: no slope and no rank.
        ([-0.1, 0.0, 0.1], [0.02, 0.02, 0.02], ("slope", "rank")),
        # Nothing varied: there is nothing to explain.
        ([0.1, 0.1, 0.1], [0.0, 0.1, 0.2], ("r2", "rank")),
    ],
)
def test_what_does_not_apply_is_none(realised, predicted, left):
    """Never a NaN, which no JSON can hold."""
    found = score("x", np.array(realised), np.array(predicted))

    for name in ("r2", "slope", "rank"):
        value = getattr(found, name)
        assert (value is None) == (name in left), name
        assert value is None or np.isfinite(value)


def test_zero_has_no_sign():
    """A prediction of nothing hits no move, whichever way it went."""
    found = score("zero", REALISED, np.zeros(7))

    assert (found.sign_hits, found.sign_tried) == (0, 3)
    assert (found.slope, found.rank) == (None, None)


def test_the_interval_score_is_width_and_twenty_times_what_is_outside():
    """By hand: inside .3; below by .1, .2 + 2; above by .05, .4 + 1."""
    realised = np.array([0.0, -0.2, 0.25])
    low, high = np.array([-0.2, -0.1, -0.2]), np.array([0.1, 0.1, 0.2])

    found = interval_score(realised, low, high)

    assert found == pytest.approx((0.3 + 2.2 + 1.4) / 3, rel=1e-12)


MODEL = np.array([0.01, 0.02, 0.03, 0.02, 0.01])
OTHER = np.array([0.03, 0.03, 0.06, 0.02, 0.00])
CLUSTERS = np.array([7, 7, 7, 2, 2])


def test_the_gain_of_two_segments_lies_between_them():
    """Drawn again two segments are the first twice, the second twice, or both.

    Each twice comes in a quarter of the draws, more than the 5% left on a side:
    the limits are the segments' own means, (.02 + .01 + .03)/3 and (0 - .01)/2.
    """
    gain, low, high = gain_interval(MODEL, OTHER, CLUSTERS)

    assert gain == pytest.approx((0.02 + 0.01 + 0.03 + 0.0 - 0.01) / 5, rel=1e-12)
    assert low == pytest.approx(-0.005, rel=1e-9)
    assert high == pytest.approx(0.02, rel=1e-9)


def test_one_segment_has_no_interval():
    """Drawn again it is always itself."""
    gain, low, high = gain_interval(MODEL, OTHER, np.zeros(5, dtype=np.int64))

    assert (low, high) == (pytest.approx(gain), pytest.approx(gain))


def test_errors_that_move_together_widen_the_interval():
    """Forty stocks in four segments of one mood are four, not forty."""
    clusters = np.repeat(np.arange(4), 10)
    other = np.repeat([0.00, 0.02, 0.04, 0.06], 10)

    _, low, high = gain_interval(np.zeros(40), other, clusters)
    _, low_alone, high_alone = gain_interval(np.zeros(40), other, np.arange(40))

    # Deviation of the mean: .0224/sqrt(4) against .0224/sqrt(40).
    assert high - low > 2 * (high_alone - low_alone)
    assert low < low_alone < 0.03 < high_alone < high


def test_the_gain_is_the_same_each_time():
    """The seed is fixed, and the state of others does not matter."""
    rng = np.random.default_rng(3)
    errors = rng.uniform(0, 0.1, (2, 30))
    clusters = rng.integers(0, 6, 30)

    first = gain_interval(*errors, clusters)
    np.random.default_rng(4).normal(size=100)
    again = gain_interval(*errors, clusters)

    assert first == again
    assert first[1] < first[0] < first[2]

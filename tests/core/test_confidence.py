"""How sure a placement is: the formula, its bounds, and the traffic light."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresskit.core.confidence import (
    KNOWING_NOTHING,
    confidence,
    confidence_of,
    covered_share,
    light_of,
)

SD = st.floats(0.0, 2.0)


@pytest.mark.parametrize(
    ("prior_sd", "expected"),
    [
        # 1 - lambda/0.45
        (0.0, 1.0),
        (0.02, 43 / 45),
        (0.05, 8 / 9),
        (0.10, 7 / 9),
        (0.20, 5 / 9),
        (0.30, 1 / 3),
        (0.35, 2 / 9),
        (0.45, 0.0),
        (0.90, 0.0),
    ],
)
def test_the_label_of_a_source(prior_sd, expected):
    """A source is as sure as its lambda is small, from knowing nothing to all."""
    assert confidence_of(prior_sd) == pytest.approx(expected, abs=1e-12)


def test_the_formula_by_hand():
    """1 - sqrt(theta' S theta) / (0.45 sqrt(theta' theta)), correlations included."""
    theta = np.array([-0.2, 0.1])
    covariance = np.array([[0.04, 0.01], [0.01, 0.09]])
    # theta' S theta = 0.04*0.04 - 2*0.02*0.01 + 0.01*0.09 = 0.0016 - 0.0004 + 0.0009
    # theta' theta = 0.04 + 0.01
    expected = 1 - math.sqrt(0.0021) / (0.45 * math.sqrt(0.05))
    found = confidence(theta, covariance[None])
    assert found.tolist() == pytest.approx([expected], abs=1e-11)


def test_what_does_not_move_need_not_be_known():
    """An unknown sensitivity to a segment without a shock costs nothing."""
    covariance = np.diag([0.09**2, 100.0])[None]
    # One minus 0.1*0.09 over 0.45*0.1.
    assert confidence(np.array([-0.1, 0.0]), covariance).tolist() == [0.8]


def test_without_any_shock_everything_is_known():
    """Where nothing moves no uncertainty is left."""
    covariance = np.stack([np.eye(2), 9 * np.eye(2)])
    assert confidence(np.zeros(2), covariance).tolist() == [1.0, 1.0]


def test_more_than_nothing_is_not_unknown():
    """Confidence ends at zero, however wide the covariance."""
    assert confidence(np.array([0.1]), np.array([[[4.0]]])).tolist() == [0.0]


@given(
    st.lists(st.floats(-0.5, 0.5), min_size=3, max_size=3),
    st.lists(st.floats(-1, 1), min_size=9, max_size=9),
    st.floats(0.1, 10),
)
def test_confidence_is_a_share_that_no_scale_of_the_shocks_changes(theta, root, scale):
    """From 0 to 1, and the same for an event twice as large."""
    a = np.array(root).reshape(1, 3, 3)
    covariance = a @ a.transpose(0, 2, 1)
    shocks = np.where(np.abs(theta) < 1e-3, 0.0, theta)
    found = confidence(shocks, covariance)
    assert 0.0 <= found[0] <= 1.0
    assert confidence(scale * shocks, covariance) == pytest.approx(found, abs=1e-9)


@given(SD, st.lists(st.floats(0.01, 0.5), min_size=2, max_size=5))
def test_one_lambda_for_all_segments_is_the_label(prior_sd, theta):
    """With S = lambda^2 I the shocks cancel."""
    covariance = prior_sd**2 * np.eye(len(theta))[None]
    found = confidence(np.array(theta), covariance)
    assert found == pytest.approx([confidence_of(prior_sd)], abs=1e-9)


@given(SD, SD)
def test_a_wider_prior_is_never_surer(one, other):
    """Confidence falls as lambda grows."""
    narrow, wide = sorted((one, other))
    assert confidence_of(narrow) >= confidence_of(wide)
    assert confidence_of(max(wide, KNOWING_NOTHING)) == 0.0


def test_the_covered_share_counts_shorts_by_their_size():
    """The mean of the confidences, weighted with gross money."""
    # 2.7 + 0.1 + 2.0 over a gross of 8.
    found = covered_share(np.array([3.0, -1.0, 4.0]), np.array([0.9, 0.1, 0.5]))
    assert found == pytest.approx(0.6, rel=1e-12)


def test_nothing_is_covered_whole():
    """Where there is no money there is no gap."""
    assert covered_share(np.array([]), np.array([])) == 1.0
    assert covered_share(np.zeros(2), np.array([0.3, 0.2])) == 1.0


@pytest.mark.parametrize(
    ("share", "light"),
    [
        (1.0, "green"),
        (0.8, "green"),
        (0.7999, "amber"),
        (0.6, "amber"),
        (0.5999, "red"),
        (0.0, "red"),
    ],
)
def test_the_traffic_light(share, light):
    """Green from 80%, amber from 60%, red below."""
    assert light_of(share) == light

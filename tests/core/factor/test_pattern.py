"""The event as a pattern: worked figures, and what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import mahalanobis

from stresskit.core.factor import pattern

SD = np.array([0.028, 0.034, 0.016, 0.01])
CORRELATION = np.array(
    [
        [1, 0.6, 0.45, 0.3],
        [0.6, 1, 0.35, 0.3],
        [0.45, 0.35, 1, 0.35],
        [0.3, 0.3, 0.35, 1],
    ]
)
COVARIANCE = CORRELATION * np.outer(SD, SD)
THETA = np.array([-0.13, -0.18, 0.015, 0.004])
DAY = np.array([-0.052, -0.06, -0.012, -0.004])


def test_likeness_gives_the_worked_figures():
    """Severity, its error and the similarity are those of worked example E19."""
    found = pattern.likeness(THETA, DAY[None, :], COVARIANCE)

    assert found.severity[0] == pytest.approx(0.256114, rel=1e-5)
    assert found.standard_error == pytest.approx(0.144415, rel=1e-5)
    assert found.similarity[0] == pytest.approx(0.864091, rel=1e-5)


@pytest.mark.parametrize("covariance", [None, COVARIANCE])
def test_the_event_itself_is_of_severity_and_similarity_one(covariance):
    """Twice the event is of severity two; its mirror points the other way."""
    days = np.array([THETA, 2 * THETA, -THETA, 0 * THETA])

    found = pattern.likeness(THETA, days, covariance)

    assert found.severity == pytest.approx([1, 2, -1, 0], abs=1e-12)
    assert found.similarity == pytest.approx([1, 1, -1, 0], abs=1e-12)


def test_by_default_it_is_least_squares():
    """Without a covariance the severity is the slope of the day on the event."""
    found = pattern.likeness(THETA, DAY[None, :])

    slope = np.linalg.lstsq(THETA[:, None], DAY, rcond=None)[0][0]
    cosine = THETA @ DAY / np.linalg.norm(THETA) / np.linalg.norm(DAY)
    assert found.severity[0] == pytest.approx(slope, rel=1e-12)
    assert found.similarity[0] == pytest.approx(cosine, rel=1e-12)


def test_the_covariance_is_the_samples_and_a_scaled_unit_mixed():
    """Off the diagonal all is pulled by one share to 0, the total variance stays."""
    rng = np.random.default_rng(8)
    days = rng.multivariate_normal(np.zeros(4), COVARIANCE, 80)
    days[3, 2] = np.nan

    found = pattern.shrunk_covariance(days)

    zero = np.nan_to_num(days)
    sample = zero.T @ zero / len(days)
    off = ~np.eye(4, dtype=bool)
    share = found[off] / sample[off]
    assert share == pytest.approx(np.full(12, share[0]), rel=1e-9)
    assert 0.5 < share[0] < 1.0
    assert np.trace(found) == pytest.approx(np.trace(sample), rel=1e-9)
    mixed = share[0] * sample + (1 - share[0]) * np.trace(sample) / 4 * np.eye(4)
    assert found == pytest.approx(mixed, rel=1e-9)


def test_distances_are_scipys():
    """The Mahalanobis distance from zero, day by day."""
    days = np.array([THETA, DAY, 0 * DAY])

    found = pattern.distances(days, COVARIANCE)

    inverse = np.linalg.inv(COVARIANCE)
    expected = [mahalanobis(d, np.zeros(4), inverse) for d in days]
    assert found == pytest.approx(expected, rel=1e-9)


LOADINGS = np.array([[-1.0, 0.0], [-0.7, 0.2], [0.0, 1.0], [-0.3, 0.8]])
VARIANCE = np.array([1e-4, 4e-4, 2e-4, 9e-4])
SHOCKS = np.array([-0.15, -0.13, 0.03, -0.06])


def test_drivers_are_weighted_least_squares():
    """Values, errors and R2 by numpy on rows divided by their deviation."""
    found = pattern.explain(SHOCKS, LOADINGS, VARIANCE)

    sd = np.sqrt(VARIANCE)
    z, y = LOADINGS / sd[:, None], SHOCKS / sd
    value, sse, *_ = np.linalg.lstsq(z, y, rcond=None)
    assert found.value == pytest.approx(value, rel=1e-9)
    # Widened by what the drivers leave, over the segments less the drivers.
    misfit = max(1.0, sse[0] / (len(y) - 2))
    expected = np.sqrt(misfit * np.diag(np.linalg.inv(z.T @ z)))
    assert found.error == pytest.approx(expected)
    assert found.r2 == pytest.approx(1 - sse[0] / np.sum(y**2), rel=1e-9)


def test_drivers_that_always_stand_together_are_refused():
    """Two columns in proportion have no values of their own."""
    with pytest.raises(ValueError, match="cannot be told apart"):
        pattern.explain(SHOCKS, LOADINGS[:, :1] * [1.0, -0.3], VARIANCE)


@settings(deadline=None)
@given(st.lists(st.floats(-2, 3), min_size=2, max_size=2))
def test_retelling_moves_only_what_the_drivers_explain(scale):
    """Scales of one change nothing; the part the drivers leave is always kept."""
    value = pattern.explain(SHOCKS, LOADINGS, VARIANCE).value

    told = pattern.retold(SHOCKS, LOADINGS, value, np.array(scale))
    same = pattern.retold(SHOCKS, LOADINGS, value, np.ones(2))

    left = SHOCKS - LOADINGS @ value
    assert same == pytest.approx(SHOCKS, abs=1e-15)
    expected = left + LOADINGS @ (np.array(scale) * value)
    assert told == pytest.approx(expected, abs=1e-12)

"""The conformal factor against a worked figure, and the coverage it promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresskit.core.stress.conformal import conformal_factor
from stresskit.errors import InputError

# fmt: off
ERRORS = np.array([
    0.2, 0.9, 1.4, 0.5, 2.3, 0.7, 1.1, 0.3, 1.8, 0.6,
    0.1, 1.6, 0.8, 2.0, 0.4, 1.2, 0.95, 0.55, 1.3,
])
# fmt: on


def test_nineteen_errors_give_the_worked_figure():
    """The 18th smallest of nineteen is 2, whatever the signs and the order."""
    signs = np.where(np.arange(19) % 2, 1.0, -1.0)

    assert conformal_factor(ERRORS) == 2.0
    assert conformal_factor(signs * ERRORS[::-1]) == 2.0


def test_too_few_errors_give_none():
    """At 90% the ninth error is the first that says anything: (9 + 1) 0.9 = 9."""
    assert conformal_factor(np.arange(8.0)) is None
    assert conformal_factor(np.arange(9.0)) == 8.0
    assert conformal_factor(np.empty(0)) is None


def test_rounding_does_not_move_the_index():
    """100 x 0.55 is 55, though not in floating point."""
    assert conformal_factor(np.arange(1.0, 100.0), level=0.55) == 55.0


@given(st.lists(st.floats(-50, 50), min_size=9, max_size=60), st.floats(0.05, 0.9))
def test_a_band_of_the_factor_holds_the_level_of_its_own_errors(errors, level):
    """At least the level of the past lies within, and a lower level is no wider."""
    z = np.array(errors)

    found = conformal_factor(z, level)

    assert np.mean(np.abs(z) <= found) >= level
    assert found <= conformal_factor(z, 0.9)


def test_a_new_error_lies_within_as_often_as_promised():
    """Over many samples of 19 the share is (18 of 20) 90%, for fat tails too."""
    z = np.random.default_rng(9).standard_t(3, (4000, 20))

    held = [abs(new) <= conformal_factor(past) for *past, new in z.tolist()]

    # The standard error of a share of 0.9 among 4,000 is 0.0047.
    assert np.mean(held) == pytest.approx(0.9, abs=0.015)


@pytest.mark.parametrize(
    ("errors", "level", "code"),
    [
        (ERRORS, 0.0, "level"),
        (ERRORS, 1.0, "level"),
        (ERRORS, np.nan, "level"),
        (np.append(ERRORS, np.nan), 0.9, "errors"),
    ],
)
def test_what_is_no_level_or_no_error_is_refused(errors, level, code):
    """A level of nought or all, or a missing error, has no factor."""
    with pytest.raises(InputError) as error:
        conformal_factor(errors, level)

    assert error.value.code == code
    assert error.value.hint

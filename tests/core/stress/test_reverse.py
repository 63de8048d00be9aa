"""Reverse stress against worked figures, and the optimality of what it finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresskit.core.factor.pattern import distances
from stresskit.core.stress.reverse import most_likely, severity_to_breach, worst_at
from stresskit.core.stress.scaling import scale_shock
from stresskit.errors import ComputationError, InputError

A = np.array([0.35, 0.2, 0.6])
SD = np.array([0.028, 0.034, 0.01])
SIGMA = np.array([[1, 0.6, 0.3], [0.6, 1, 0.25], [0.3, 0.25, 1]]) * np.outer(SD, SD)
THETA = np.array([-0.13, -0.18, -0.005])

EXPOSURES = st.lists(st.floats(-1, 1), min_size=3, max_size=3).map(np.array)
LOSS = st.floats(0.001, 0.5)


def test_the_likeliest_scenario_of_a_loss_is_the_worked_figure():
    """A loss of 5% is 2.8 standard deviations of the portfolio away."""
    found = most_likely(A, SIGMA, 0.05)

    assert found.loss / found.distance == pytest.approx(0.017718, rel=1e-5)
    shocks = np.array([-0.0699269, -0.0767883, -0.0169466])
    assert found.shocks == pytest.approx(shocks, rel=1e-5)
    assert found.distance == pytest.approx(2.82199, rel=1e-5)
    assert found.loss == 0.05


def test_the_worst_scenario_of_a_distance_is_the_worked_figure():
    """Three standard deviations cost 5.3%."""
    found = worst_at(A, SIGMA, 3.0)

    shocks = np.array([-0.0743379, -0.0816322, -0.0180156])
    assert found.shocks == pytest.approx(shocks, rel=1e-5)
    assert found.loss == pytest.approx(0.053154, rel=1e-5)
    assert found.distance == 3.0


def test_severity_along_an_event_is_the_worked_figure():
    """The event breaks 5% before its full size, in logs a little earlier."""
    straight = severity_to_breach(lambda s: float(A @ (s * THETA)), 0.05)
    in_logs = severity_to_breach(lambda s: float(A @ scale_shock(THETA, s)), 0.05)

    assert pytest.approx(-0.0845, rel=1e-9) == A @ THETA
    assert straight == pytest.approx(0.591716, rel=1e-5)
    assert in_logs == pytest.approx(0.572261, rel=1e-5)
    assert distances(THETA[None], SIGMA)[0] == pytest.approx(5.73562, rel=1e-5)


@settings(deadline=None)
@given(EXPOSURES, LOSS)
def test_the_scenario_loses_the_limit_at_its_distance(a, loss):
    """The loss is exact, the distance that of the shocks, and both ways agree."""
    a = a + np.array([2.0, 0.0, 0.0])
    found = most_likely(a, SIGMA, loss)

    assert a @ found.shocks == pytest.approx(-loss, rel=1e-9)
    square = found.shocks @ np.linalg.solve(SIGMA, found.shocks)
    assert square == pytest.approx(found.distance**2, rel=1e-9)
    worst = worst_at(a, SIGMA, found.distance)
    assert worst.shocks == pytest.approx(found.shocks, rel=1e-9, abs=1e-15)
    assert worst.loss == pytest.approx(loss, rel=1e-9)


@settings(deadline=None)
@given(EXPOSURES, st.lists(st.floats(-0.05, 0.05), min_size=3, max_size=3))
def test_no_other_scenario_of_the_same_loss_is_nearer(a, turn):
    """Any step along the plane of equal loss leads away."""
    a = a + np.array([2.0, 0.0, 0.0])
    found = most_likely(a, SIGMA, 0.05)
    sideways = np.array(turn) - a * (a @ np.array(turn)) / (a @ a)

    other = distances((found.shocks + sideways)[None], SIGMA)[0]

    assert other >= found.distance * (1 - 1e-9)


def test_money_and_shares_give_the_same_scenario():
    """The portfolio's size scales the loss, not the moves."""
    shares, money = most_likely(A, SIGMA, 0.05), most_likely(2e6 * A, SIGMA, 1e5)

    assert money.shocks == pytest.approx(shares.shocks, rel=1e-9)
    assert money.distance == pytest.approx(shares.distance, rel=1e-9)


@pytest.mark.parametrize("a", [np.zeros(3), np.array([0.1, 0.3, -0.3])])
def test_a_portfolio_that_does_not_move_has_no_worst_case(a):
    """Neither no exposure nor one that is hedged to the last digit has an answer."""
    # The second and third factor are one and the same, and the first stands still.
    sigma = np.array([[0, 0, 0], [0, 1, 1], [0, 1, 1]]) * 0.03**2

    for ask in (most_likely, worst_at):
        with pytest.raises(ComputationError, match="does not move") as error:
            ask(a, sigma, 3.0)
        assert error.value.code == "no-exposure"
        assert error.value.hint


@pytest.mark.parametrize("loss", [0.0, -0.05, np.nan, np.inf])
def test_a_loss_limit_is_a_positive_number(loss):
    """Anything else is refused before a scenario is looked for."""
    with pytest.raises(InputError) as likely:
        most_likely(A, SIGMA, loss)
    with pytest.raises(InputError) as severe:
        severity_to_breach(lambda s: -s, loss)

    assert likely.value.code == severe.value.code == "loss-limit"
    assert likely.value.hint


@given(st.floats(0.01, 9.99))
def test_the_first_severity_that_breaches_is_found_to_nine_digits(limit):
    """It breaches itself, and a hair less does not."""
    found = severity_to_breach(lambda s: -s, limit)

    assert limit <= found <= limit + 1e-9


def test_the_first_of_several_breaches_is_taken():
    """A loss that a put turns into a gain, and back, breaks at the first crossing."""
    # -sin reaches -1/2 at pi/6, leaves it at 5 pi/6 and is back at 13 pi/6.
    found = severity_to_breach(lambda s: -float(np.sin(s)), 0.5)

    assert found == pytest.approx(np.pi / 6, abs=1e-9)


def test_a_limit_out_of_reach_has_no_severity():
    """Losses that stop short, or come after the last severity, give nothing."""
    assert severity_to_breach(lambda s: -min(s, 0.4), 0.5) is None
    assert severity_to_breach(lambda s: -s, 2.5, highest=2.0) is None
    assert severity_to_breach(lambda s: s, 0.5) is None


def test_the_last_severity_still_counts():
    """A limit reached at the highest severity and not before is reached."""
    found = severity_to_breach(lambda s: -s, 2.0, highest=2.0)

    assert found == pytest.approx(2.0, abs=1e-9)


def test_a_search_takes_few_revaluations():
    """The P&L is asked for at most 250 times, wherever the breach is."""
    asked = []

    def pnl_of(severity):
        asked.append(severity)
        return -severity

    severity_to_breach(pnl_of, 9.99)

    assert len(asked) <= 250

"""The linear program: Worked example E12, brute force and duals."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stresskit.core.hedge.problem import overlay_problem, violations
from stresskit.hedgers.overlay import _solve

# Worked example E12: short SMH, short IPP basket, short QQQ.
GAIN = np.array([0.098, 0.180, 0.029])
COST = np.array([0.0012, 0.0045, 0.0004])
CAPS = np.array([0.20, 0.08, 0.50])
L0, GROSS = 0.08, 0.40


def _e12(target_loss, rows=()):
    return overlay_problem(
        GAIN, COST, CAPS, required=L0 - target_loss, gross=GROSS, rows=rows
    )


def _solved(problem):
    return _solve(problem, problem.cost, problem.A, problem.b)


def test_the_worked_example():
    """Worked example E12: sizes, cost and the price of each limit."""
    problem = _e12(0.05)
    x, dual = _solved(problem)
    # SMH is at its cap; the two others follow from target and gross.
    ipp = (0.03 - 0.098 * 0.20 - 0.029 * 0.20) / (0.180 - 0.029)
    np.testing.assert_allclose(x, [0.2, ipp, 0.20 - ipp], atol=1e-9)
    np.testing.assert_allclose(x, [0.2, 0.0304636, 0.169536], atol=1e-6)
    assert COST @ x == pytest.approx(0.000444901, abs=1e-9)
    # Target and gross, then the caps; the target's sign is per unit of gain.
    assert -dual[0] == pytest.approx(0.0271523, abs=1e-6)
    assert dual[1] == pytest.approx(-0.000387417, abs=1e-7)
    assert dual[2] == pytest.approx(-0.00107351, abs=1e-7)
    np.testing.assert_allclose(dual[3:], 0.0, atol=1e-12)


def test_the_worked_example_without_harm_in_a_rebound():
    """Worked example E12: a rebound of +4% must keep 3.2%."""
    rebound = ("rebound", np.array([0.03, 0.04, 0.015]), 0.04 - 0.032)
    x, _ = _solved(_e12(0.05, (rebound,)))
    np.testing.assert_allclose(x, [0.162162, 0.0783784, 0.0], atol=1e-6)
    assert COST @ x == pytest.approx(0.000547297, abs=1e-9)


@pytest.mark.parametrize(
    ("loss", "bp"),
    [
        (0.08, 0.0),
        (0.075, 0.612245),
        (0.07, 1.22449),
        (0.065, 1.83673),
        (0.06, 2.45517),
        (0.055, 3.14483),
        (0.05, 4.44901),
        (0.045, 5.80662),
    ],
)
def test_the_worked_frontier(loss, bp):
    """Worked example E12: what each further half percent of protection costs."""
    x, _ = _solved(_e12(loss))
    assert 1e4 * COST @ x == pytest.approx(bp, abs=1e-5)


def test_the_end_of_the_frontier():
    """Worked example E12: a loss of 4% is out of reach."""
    x, dual = _solved(_e12(0.04))
    assert x is None
    assert dual.size == 0


def test_limits_are_checked_in_words():
    """Every limit that a size breaks is named, and none that it keeps."""
    problem = _e12(0.05)
    assert violations(problem, np.array([0.2, 0.0304636, 0.1695364])) == []
    assert violations(problem, np.zeros(3)) == ["target"]
    assert violations(problem, np.array([0.2, 0.08, 0.5])) == ["gross notional"]
    assert violations(problem, np.array([0.3, 0.05, 0.0])) == ["instrument cap"]
    assert "instrument cap" in violations(problem, np.array([-0.1, 0.08, 0.2]))


rates = st.floats(0.0001, 0.01)
gains = st.floats(-0.05, 0.2)
caps = st.floats(0.01, 0.5)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    gain=st.tuples(gains, gains),
    cost=st.tuples(rates, rates),
    cap=st.tuples(caps, caps),
    required=st.floats(0.0005, 0.08),
    gross=st.floats(0.05, 0.8),
    beta=st.floats(0.1, 1.0),
)
def test_no_point_of_a_grid_is_cheaper(gain, cost, cap, required, gross, beta):
    """Two instruments: the answer keeps the limits and no grid point beats it."""
    gain, cost, cap = np.array(gain), np.array(cost), np.array(cap)
    row = ("beta", np.array([1.0, 0.5]), beta)
    problem = overlay_problem(
        gain, cost, cap, required=required, gross=gross, rows=(row,)
    )
    x, dual = _solved(problem)
    lines = [np.linspace(0.0, c, 101) for c in cap]
    grid = np.array(list(itertools.product(*lines)))
    allowed = (
        (grid @ gain >= required)
        & (grid.sum(axis=1) <= gross)
        & (grid @ row[1] <= beta)
    )
    if x is None:
        assert not allowed.any()
        return
    assert np.all(x >= 0)
    assert np.all(x <= cap + 1e-9)
    assert gain @ x >= required - 2e-6
    assert x.sum() <= gross + 1e-6
    assert x @ row[1] <= beta + 1e-6
    assert np.all(grid[allowed] @ cost >= cost @ x - 1e-7)
    # Strong duality: the limits' prices pay for the whole cost.
    paid = problem.b @ dual[:3] + cap @ dual[3:]
    assert paid == pytest.approx(problem.cost @ x, abs=1e-7)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.floats(0.0, 0.037), st.floats(0.0, 0.037))
def test_more_protection_never_costs_less(first, second):
    """The frontier rises: a larger gain asked for is at least as dear."""
    assume(first <= second)
    costs = [COST @ _solved(_e12(L0 - g))[0] for g in (first, second)]
    assert costs[0] <= costs[1] + 1e-9


def test_equal_instruments_are_chosen_in_order():
    """Between two instruments alike the first is taken, run after run."""
    two = np.array([0.1, 0.1])
    problem = overlay_problem(
        two, two / 100, np.array([0.5, 0.5]), required=0.02, gross=1.0
    )
    x, _ = _solved(problem)
    np.testing.assert_allclose(x, [0.2, 0.0], atol=1e-9)

"""Selling and buying at the least cost: worked figures, closed forms, breaches."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stresskit.core.hedge.trim import TrimProblem, trim_violations
from stresskit.hedgers.solver import solve_trim

TRADING = np.array([0.0003, 0.0005, 0.0003, 0.0004, 0.0])
# Worked example E17: five assets, the first two taxed on what is sold.
E17 = TrimProblem(
    keys=("a", "b", "c", "d", "cash"),
    weights=np.array([0.3, 0.2, 0.25, 0.15, 0.1]),
    stress=np.array([-0.17, -0.18, -0.02, 0.02, 0.0]),
    selling=TRADING + np.array([0.03, 0.01, 0.0, 0.0, 0.0]),
    buying=TRADING,
    lower=np.zeros(5),
    upper=np.array([0.3, 0.2, 0.35, 0.25, 0.3]),
    loss=0.055,
    turnover=0.3,
    net=False,
)
NEW = np.array([0.3, 0.0375, 0.1125, 0.25, 0.3])
# Two assets: what falls by a fifth, and cash; 10 bp to sell, 5 bp to buy.
TWO = TrimProblem(
    keys=("stock", "cash"),
    weights=np.array([0.5, 0.5]),
    stress=np.array([-0.2, 0.0]),
    selling=np.array([0.001, 0.0]),
    buying=np.array([0.0, 0.0005]),
    lower=np.zeros(2),
    upper=np.ones(2),
    loss=0.05,
    turnover=1.0,
)


def optimal_cost(problem):
    """Return the cost of the cheapest new weights."""
    return problem.cost_of(solve_trim(problem))


def random_problem(seed, net):
    """Return a problem of six assets, and the largest turnover it allows."""
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.full(6, 3.0))
    stress = rng.uniform(-0.25, -0.005, 6)
    return TrimProblem(
        keys=tuple("abcdef"),
        weights=weights,
        stress=stress,
        selling=rng.uniform(0.0002, 0.02, 6),
        buying=rng.uniform(0.0002, 0.002, 6),
        lower=np.zeros(6),
        upper=weights + 0.15,
        loss=float(-stress @ weights) * 0.85,
        turnover=0.4,
        net=net,
    )


def test_the_cheapest_trades_are_the_worked_figures():
    """What is sold and bought in E17 is 0.1625 and 0.1375 for 0.1 and 0.2."""
    w = solve_trim(E17)

    np.testing.assert_allclose(w, NEW, atol=1e-9)
    sold, bought = np.maximum(E17.weights - w, 0), np.maximum(w - E17.weights, 0)
    np.testing.assert_allclose(sold, [0, 0.1625, 0.1375, 0, 0], atol=1e-9)
    np.testing.assert_allclose(bought, [0, 0, 0, 0.1, 0.2], atol=1e-9)
    assert sold.sum() == pytest.approx(0.3, rel=1e-9)


def test_loss_and_cost_are_the_worked_figures():
    """The new weights of E17 lose 5.5% and cost 17.875 bp; they break nothing."""
    w = solve_trim(E17)

    assert -E17.stress @ w == pytest.approx(0.055, rel=1e-9)
    assert E17.cost_of(w) == pytest.approx(0.0017875, rel=1e-6)
    assert E17.cost_of(NEW) == pytest.approx(0.0017875, rel=1e-9)
    assert trim_violations(E17, w) == []


def test_the_price_of_the_target_is_the_worked_figure():
    """A loss lower by one costs 0.06375 more, by a central finite difference."""
    step = 1e-5
    more = optimal_cost(replace(E17, loss=E17.loss - step))
    less = optimal_cost(replace(E17, loss=E17.loss + step))

    assert (more - less) / (2 * step) == pytest.approx(0.06375, rel=1e-5)


def test_two_assets_have_a_closed_form():
    """To lose half as much, half of what falls is sold; after cost a little more."""
    before = solve_trim(replace(TWO, net=False))
    after = solve_trim(TWO)

    assert before[0] == pytest.approx(0.25, rel=1e-9)
    # 0.2 (0.5 - x) + 0.0015 x = 0.05.
    sold = 0.05 / 0.1985
    assert 0.5 - after[0] == pytest.approx(sold, rel=1e-9)
    assert TWO.cost_of(after) == pytest.approx(0.0015 * sold, rel=1e-9)


def test_the_most_protective_of_two_sells_all_it_may():
    """With a turnover of 0.3, 0.3 of what falls is sold and no more."""
    w = solve_trim(replace(TWO, turnover=0.3), protect=True)

    np.testing.assert_allclose(w, [0.2, 0.8], atol=1e-9)


def test_a_loss_that_is_met_already_trades_nothing():
    """Weights that lose no more than allowed stay as they are."""
    w = solve_trim(replace(E17, loss=0.2))

    np.testing.assert_allclose(w, E17.weights, atol=1e-12)
    assert E17.cost_of(w) == 0.0


@pytest.mark.parametrize(
    "change", [{"loss": 0.01}, {"turnover": 0.05}, {"lower": E17.weights}]
)
def test_a_loss_out_of_reach_has_no_answer(change):
    """No weights lose so little, trade so little or may not be sold at all."""
    assert solve_trim(replace(E17, **change)) is None


def test_a_further_row_is_kept():
    """A limit on the sum of two weights holds, and costs at least as much."""
    both = np.array([0.0, 0.0, 0.0, 1.0, 1.0])
    bound = ("safe", both, 0.5)
    w = solve_trim(replace(E17, loss=0.062, rows=(bound,)))

    free = solve_trim(replace(E17, loss=0.062))
    assert both @ w <= 0.5 + 1e-9
    assert E17.cost_of(w) >= E17.cost_of(free) - 1e-12
    assert trim_violations(replace(E17, loss=0.062, rows=(bound,)), w) == []


def test_the_rows_say_the_problem():
    """For what is sold and bought the rows are the loss, the turnover and the rest."""
    row = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
    problem = replace(E17, net=True, rows=(("first two", row, 0.45),))
    moved = NEW - E17.weights
    v = np.concatenate([np.maximum(-moved, 0), np.maximum(moved, 0)])

    assert problem.names == ("target", "turnover", "first two")
    left = problem.b - problem.A @ v
    loss = float(-E17.stress @ NEW) + 0.0017875
    np.testing.assert_allclose(
        left, [0.055 - loss, 0.0, 0.45 - 0.3375], rtol=1e-9, atol=1e-15
    )
    np.testing.assert_allclose(problem.c @ v, 0.0017875, rtol=1e-5)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), net=st.booleans())
def test_no_random_trade_is_cheaper(seed, net):
    """Of many random trades within the limits none costs less."""
    problem = random_problem(seed, net)
    best = solve_trim(problem)
    assume(best is not None)
    assert trim_violations(problem, best) == []

    rng = np.random.default_rng(seed + 1)
    near = best + rng.normal(0, 1, (4000, 6)) * rng.choice(
        [0.001, 0.01, 0.1], (4000, 1)
    )
    near = np.clip(near, problem.lower, problem.upper)
    near /= near.sum(axis=1, keepdims=True)
    costs = [problem.cost_of(w) for w in near if not trim_violations(problem, w, 1e-12)]
    assert all(c >= problem.cost_of(best) - 1e-8 for c in costs)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), low=st.floats(0.9, 0.97), high=st.floats(0.97, 1.1))
def test_a_lower_loss_never_costs_less(seed, low, high):
    """The frontier falls with the loss that is left."""
    problem = random_problem(seed, net=True)
    now = float(-problem.stress @ problem.weights)
    strict = replace(problem, loss=low * now)
    loose = replace(problem, loss=high * now)

    less, more = solve_trim(loose), solve_trim(strict)
    if less is None:
        assert more is None
    elif more is not None:
        assert problem.cost_of(more) >= problem.cost_of(less) - 1e-9


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), net=st.booleans())
def test_the_most_protective_lose_least(seed, net):
    """Nothing loses less than the most protective: just below it there is no answer."""
    problem = random_problem(seed, net)
    w = solve_trim(problem, protect=True)
    least = float(-problem.stress @ w) + (problem.cost_of(w) if net else 0.0)

    assert trim_violations(problem, w, target=False) == []
    assert solve_trim(replace(problem, loss=least - 1e-5)) is None
    assert solve_trim(replace(problem, loss=least + 1e-5)) is not None


def test_a_missed_target_is_named():
    """Weights that lose too much break the target, unless it is not asked."""
    assert trim_violations(E17, E17.weights) == ["target"]
    assert trim_violations(E17, E17.weights, target=False) == []


def test_a_target_missed_by_cost_alone_is_named():
    """The worked weights lose 5.5% before cost and more after it."""
    assert trim_violations(replace(E17, net=True), NEW) == ["target"]


def test_too_much_turnover_is_named():
    """The worked weights sell 0.3 and not 0.29."""
    assert trim_violations(replace(E17, turnover=0.29), NEW) == ["turnover"]


def test_weights_that_do_not_add_up_are_named():
    """A sum that changed is a breach."""
    w = NEW - np.array([0.0, 0.01, 0.0, 0.0, 0.0])

    broken = trim_violations(replace(E17, turnover=0.4), w)
    assert broken == ["weights that add up"]


@pytest.mark.parametrize(
    "change", [{"lower": np.full(5, 0.05)}, {"upper": np.full(5, 0.299)}]
)
def test_weights_out_of_their_bounds_are_named(change):
    """Weights below their floor or above their ceiling are named once."""
    assert trim_violations(replace(E17, **change), NEW) == ["bounds of weights"]


def test_a_further_row_that_is_broken_is_named():
    """A further limit is named by its own words."""
    row = ("cash", np.array([0.0, 0.0, 0.0, 0.0, 1.0]), 0.25)

    assert trim_violations(replace(E17, rows=(row,)), NEW) == ["cash"]

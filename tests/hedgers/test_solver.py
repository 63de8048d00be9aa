"""The solver against worked figures, brute force, closed forms and differences."""

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from stresskit.core.hedge.problem import HedgeProblem, Limit, violations
from stresskit.hedgers.solver import relaxed_limit, solve, without

E12 = HedgeProblem(
    names=("a", "b", "c"),
    gain=np.array([0.098, 0.18, 0.029]),
    cost=np.array([0.0012, 0.0045, 0.0004]),
    caps=np.array([0.2, 0.08, 0.5]),
    required=0.03,
    limits=(Limit("gross", np.ones(3), 0.4),),
    net=False,
)
# What a unit of each hedge of E12 loses in a rebound.
REBOUND = Limit("harm", np.array([0.03, 0.04, 0.015]), 0.008)


def same(expected, problem, rel=5e-6):
    """Compare sizes and cost of the answer with expected ones; return the answer."""
    found = solve(problem)
    x, cost = expected
    np.testing.assert_allclose(found.x, x, rtol=rel, atol=1e-9)
    assert cost == pytest.approx(found.cost, rel=rel)
    return found


def lp(seed, tickets=5):
    """Return a random continuous problem that can be solved."""
    rng = np.random.default_rng(seed)
    gain, caps = rng.uniform(0.02, 0.2, tickets), rng.uniform(0.05, 0.3, tickets)
    return HedgeProblem(
        names=tuple("abcdefgh"[:tickets]),
        gain=gain,
        cost=rng.uniform(0.0003, 0.005, tickets),
        caps=caps,
        required=float(rng.uniform(0.2, 0.5) * (gain @ caps)),
        limits=(
            Limit("gross", np.ones(tickets), float(0.75 * caps.sum())),
            Limit("harm", rng.uniform(-0.01, 0.05, tickets), float(0.02 * caps.sum())),
        ),
        net=bool(rng.integers(2)),
    )


def test_the_cheapest_hedge_is_the_worked_figure():
    """Sizes and cost of E12 are the worked ones, and the second its closed form."""
    found = same(([0.2, 0.0304636, 0.169536], 0.000444901), E12)

    second = (0.03 - 0.098 * 0.2 - 0.029 * 0.2) / (0.18 - 0.029)
    np.testing.assert_allclose(found.x, [0.2, second, 0.2 - second], rtol=1e-8)


def test_the_prices_are_the_worked_figures():
    """The target, the gross limit and the first cap of E12 have their worked prices."""
    found = solve(E12)

    # The target's row is -gain <= -required: one more required is one bound less.
    assert -found.prices["target"] == pytest.approx(0.0271523, rel=1e-5)
    assert found.prices["gross"] == pytest.approx(-0.000387417, rel=1e-5)
    np.testing.assert_allclose(found.cap_prices, [-0.00107351, 0, 0], rtol=1e-5)


def test_doing_no_harm_in_a_rebound_is_the_worked_figure():
    """With 80 bp to lose in a rebound E12 leaves the third out and costs more."""
    problem = replace(E12, limits=(*E12.limits, REBOUND))

    same(([0.162162, 0.0783784, 0.0], 0.000547297), problem)


@pytest.mark.parametrize(
    ("target", "cost"),
    [
        (0.075, 0.612245),
        (0.07, 1.22449),
        (0.065, 1.83673),
        (0.06, 2.45517),
        (0.055, 3.14483),
        (0.05, 4.44901),
        (0.045, 5.80662),
    ],
)
def test_the_frontier_is_the_worked_figure(target, cost):
    """Each loss left of E12's 8% costs its worked basis points."""
    found = solve(replace(E12, required=0.08 - target))

    assert cost == pytest.approx(1e4 * found.cost, rel=5e-6)


def test_beyond_the_frontier_there_is_no_answer():
    """No hedge of E12 leaves 4% of the loss."""
    assert solve(replace(E12, required=0.04)) is None


def test_the_budget_of_uncertainty_is_the_worked_figure():
    """E21: where one gain may lack 30%, the sizes and the cost are the worked ones."""
    problem = replace(E12, required=0.025, deviation=0.3 * E12.gain, budget=1.0)

    same(([0.2, 0.0362914, 0.163709], 0.000468795), problem)


def test_no_budget_is_the_nominal_problem():
    """Deviations without a budget change nothing."""
    nominal = solve(replace(E12, required=0.025))
    found = solve(replace(E12, required=0.025, deviation=0.3 * E12.gain, budget=0.0))

    np.testing.assert_array_equal(found.x, nominal.x)
    assert found.cost == nominal.cost


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), low=st.floats(0.0, 3.0), more=st.floats(0.0, 2.0))
def test_a_larger_budget_never_costs_less(seed, low, more):
    """Guarding against more costs at least as much, or cannot be done."""
    problem = replace(lp(seed), net=False)
    problem = replace(
        problem, required=0.6 * problem.required, deviation=0.3 * problem.gain
    )
    less = solve(replace(problem, budget=low))
    guarded = solve(replace(problem, budget=low + more))

    if less is None:
        assert guarded is None
    elif guarded is not None:
        assert guarded.cost >= less.cost - 1e-8


@pytest.mark.parametrize("seed", range(20))
def test_the_budget_guards_against_every_choice(seed):
    """The robust cost is that of a program with one row for each pair that lacks."""
    problem = replace(lp(seed), net=False, budget=2.0)
    problem = replace(
        problem, required=0.6 * problem.required, deviation=0.3 * problem.gain
    )
    rows = []
    for pair in combinations(range(5), 2):
        lacking = problem.gain.copy()
        lacking[list(pair)] *= 0.7
        rows.append(-lacking)
    bounds = [-problem.required] * len(rows) + [r.bound for r in problem.limits]
    rows += [r.coefficients for r in problem.limits]
    expected = linprog(
        problem.cost,
        A_ub=np.array(rows),
        b_ub=bounds,
        bounds=[(0, cap) for cap in problem.caps],
        method="highs",
    )
    found = solve(problem)

    if expected.status == 2:
        assert found is None
    else:
        assert expected.fun == pytest.approx(found.cost, rel=1e-5)


def test_lots_and_fees_are_the_worked_figures():
    """E13: with two tickets, and with three, 84 of the second and 43 of the fifth."""
    for most in (2, 3):
        problem, value = e13(most)
        found = solve(problem, gap=0.0)
        lots = found.x / problem.lots

        np.testing.assert_allclose(lots, [0, 84, 0, 0, 43], atol=1e-6)
        assert value * found.cost == pytest.approx(2081, rel=1e-9)
        assert value * (problem.gain @ found.x) == pytest.approx(200797, abs=0.5)
        assert value * found.x.sum() == pytest.approx(2.58727e6, rel=5e-6)
        assert found.gap == 0.0


def test_no_two_and_no_three_of_the_worked_tickets_are_cheaper():
    """Every combination of up to three tickets of E13 is tried: 2081 is the least."""
    gains = np.array([2401, 1151.5, 12470, 1800, 2420.26])
    costs = np.array([29, 9, 60, 50, 25.0])
    fees = np.array([150, 100, 100, 400, 150.0])
    notional = np.array([24500, 23500, 430000, 10000, 14262.0])
    largest = [60, 150, 8, 40, 50]

    least = {2: np.inf, 3: np.inf}
    choices = [(m, list(c)) for m in least for c in combinations(range(5), m)]
    for most, some in choices:
        counts = np.stack(
            np.meshgrid(*(np.arange(largest[j] + 1) for j in some), indexing="ij"), -1
        ).reshape(-1, most)
        allowed = (counts @ gains[some] >= 200_000) & (counts @ notional[some] <= 2.6e6)
        paid = counts @ costs[some] + (counts > 0) @ fees[some]
        least[most] = min(least[most], paid[allowed].min(initial=np.inf))
    assert least == {2: 2081.0, 3: 2081.0}


def e13(most):
    """Return worked example E13 as shares of ten million, and the ten million."""
    value = 10e6
    notional = np.array([24500, 23500, 430000, 10000, 14262.0])
    problem = HedgeProblem(
        names=tuple("abcde"),
        gain=np.array([2401, 1151.5, 12470, 1800, 2420.26]) / notional,
        cost=np.array([29, 9, 60, 50, 25]) / notional,
        caps=np.array([60, 150, 8, 40, 50]) * notional / value,
        required=200_000 / value,
        limits=(Limit("gross", np.ones(5), 2.6e6 / value),),
        lots=notional / value,
        ticket=np.array([150, 100, 100, 400, 150]) / value,
        most=most,
        net=False,
    )
    return problem, value


def small(seed):
    """Return a small random problem of three or four tickets that come in few lots."""
    rng = np.random.default_rng(seed)
    m = int(rng.integers(3, 5))
    lots, counts = rng.uniform(0.01, 0.06, m), rng.integers(1, 5, m)
    limits = [Limit("gross", np.ones(m), float(rng.uniform(0.5, 1.0) * lots @ counts))]
    if rng.random() < 0.5:
        harm = rng.uniform(-0.02, 0.06, m)
        most_harm = float(np.maximum(harm, 0) @ (lots * counts))
        limits.append(Limit("harm", harm, float(rng.uniform(0.3, 1.0)) * most_harm))
    gain = rng.uniform(-0.02, 0.2, m)
    robust = rng.random() < 0.3
    return HedgeProblem(
        names=tuple("abcd"[:m]),
        gain=gain,
        cost=rng.uniform(0.0003, 0.006, m),
        caps=lots * (counts + rng.uniform(0.05, 0.95, m)),
        required=float(rng.uniform(0.1, 0.95) * np.maximum(gain, 0) @ (lots * counts)),
        limits=tuple(limits),
        lots=lots,
        ticket=rng.uniform(0.0, 0.001, m) if rng.random() < 0.8 else 0.0,
        most=int(rng.integers(1, m + 1)) if rng.random() < 0.6 else None,
        least=float(rng.choice([0.0, 0.0, 0.05])),
        net=bool(rng.integers(2)),
        deviation=0.3 * np.abs(gain) if robust else np.zeros(0),
        budget=float(rng.choice([1.0, 1.5])) if robust else 0.0,
    )


def cheapest(problem, slack):
    """Return the least cost of all combinations of lots, infinite if none holds."""
    most = np.floor(problem.caps / problem.lots).astype(int)
    counts = np.array(list(product(*(range(n + 1) for n in most))))
    x = counts * problem.lots
    on = counts > 0
    cost = x @ problem.cost + on @ np.broadcast_to(problem.ticket, most.shape)
    gain = x @ problem.gain
    if problem.deviation.size:
        worst = -np.sort(-(x * problem.deviation), axis=1)
        full = int(problem.budget)
        gain -= worst[:, :full].sum(axis=1) + (problem.budget - full) * worst[:, full]
    allowed = gain - problem.net * cost >= problem.required - slack
    for r in problem.limits:
        allowed &= x @ r.coefficients <= r.bound + slack
    least = np.minimum(problem.least, problem.caps)
    allowed &= (~on | (x >= least - slack)).all(axis=1)
    if problem.most is not None:
        allowed &= on.sum(axis=1) <= problem.most
    return float(cost[allowed].min(initial=np.inf))


@pytest.mark.parametrize("block", range(8))
def test_whole_lots_are_as_cheap_as_brute_force(block):
    """On 240 random problems cost and whether there is an answer are brute force's."""
    answered = 0
    for seed in range(30 * block, 30 * block + 30):
        problem = small(seed)
        found = solve(problem, gap=0.0)
        # A combination on the very edge may be taken either way.
        strict, loose = cheapest(problem, -1e-9), cheapest(problem, 1e-9)
        cost = np.inf if found is None else found.cost
        assert loose - 1e-8 <= cost <= strict + 1e-8, seed
        answered += found is not None
    assert 5 <= answered <= 29


@pytest.mark.parametrize("seed", range(12))
def test_the_most_protective_lots_are_those_of_brute_force(seed):
    """No combination of lots within the limits makes more than the protective one."""
    problem = replace(
        small(seed), deviation=np.zeros(0), budget=0.0, required=0.0, net=True
    )
    found = solve(problem, protect=True, gap=0.0)

    most = problem.reached_by(found.x)
    assert cheapest(replace(problem, required=most - 1e-7), 1e-9) < np.inf
    assert cheapest(replace(problem, required=most + 1e-7), 1e-9) == np.inf


def moved(problem, name, step):
    """Return the optimal cost with one bound, cap or the target moved."""
    if name == "target":
        changed = replace(problem, required=problem.required + step)
    elif name in problem.names:
        caps = problem.caps.copy()
        caps[problem.names.index(name)] += step
        changed = replace(problem, caps=caps)
    else:
        bound = next(r.bound for r in problem.limits if r.name == name)
        changed = relaxed_limit(problem, name, bound + step)
    found = solve(changed)
    return None if found is None else found.cost


@pytest.mark.parametrize("robust", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_prices_are_differences_of_the_cost(seed, robust):
    """Each price is the central difference of the cost, wherever there is one."""
    problem = lp(seed)
    if robust:
        problem = replace(
            problem,
            required=0.6 * problem.required,
            deviation=0.3 * problem.gain,
            budget=1.5,
        )
    here = solve(problem)
    assert here is not None
    step, checked = 1e-5, 0
    stated = {"target": -here.prices["target"]}
    stated |= {r.name: here.prices[r.name] for r in problem.limits}
    stated |= dict(zip(problem.names, here.cap_prices, strict=True))
    for name, price in stated.items():
        above, below = moved(problem, name, step), moved(problem, name, -step)
        if above is None or below is None:
            continue
        right, left = (above - here.cost) / step, (here.cost - below) / step
        if abs(right - left) > 1e-6 + 1e-4 * abs(right):
            continue  # a kink: the price is one of many
        assert price == pytest.approx((right + left) / 2, rel=1e-4, abs=2e-6), name
        checked += 1
    assert checked >= len(stated) - 2


@pytest.mark.parametrize("seed", range(10))
def test_a_count_of_all_tickets_is_the_relaxation(seed):
    """Without lots and fees, as many tickets as there are cost what the LP does."""
    problem = lp(seed)
    counted = replace(problem, most=len(problem.names))

    expected = solve(problem).cost
    assert expected == pytest.approx(solve(counted, gap=0.0).cost, rel=1e-5)
    assert expected == pytest.approx(solve(counted, whole=False).cost, rel=1e-9)


@pytest.mark.parametrize("most", [1, 2, 3])
@pytest.mark.parametrize("seed", range(8))
def test_a_count_without_lots_is_the_best_choice(seed, most):
    """The cheapest of a few tickets of any size is the cheapest of all choices."""
    problem = replace(lp(seed), net=False)
    problem = replace(problem, required=0.5 * problem.required)
    everyone = set(range(5))
    choices = [
        solve(without(problem, sorted(everyone - set(some))))
        for some in combinations(range(5), most)
    ]
    expected = min((c.cost for c in choices if c is not None), default=None)
    found = solve(replace(problem, most=most), gap=0.0)

    if expected is None:
        assert found is None
    else:
        assert expected == pytest.approx(found.cost, rel=1e-5)
        assert np.count_nonzero(found.x) <= most


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), low=st.floats(0.0, 1.0), high=st.floats(0.0, 1.0))
def test_more_protection_never_costs_less(seed, low, high):
    """The frontier's cost does not rise with the loss that is left."""
    low, high = sorted((low, high))
    problem = lp(seed)
    less = solve(replace(problem, required=low * problem.required))
    more = solve(replace(problem, required=high * problem.required))

    if less is None:
        assert more is None
    elif more is not None:
        assert more.cost >= less.cost - 1e-9


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_lots_never_cost_less_than_the_relaxation(seed):
    """What units cost in whole lots is no less than in any size."""
    problem = small(seed)
    relaxed, found = solve(problem, whole=False), solve(problem, gap=0.0)

    if relaxed is None:
        assert found is None
    elif found is not None:
        assert problem.cost @ found.x >= problem.cost @ relaxed.x - 1e-8


@pytest.mark.parametrize("required", [0.0, -0.01])
@pytest.mark.parametrize(
    "change",
    [
        {},
        {"net": True},
        {"most": 2, "ticket": 0.0001},
        {"lots": np.full(3, 0.01), "least": 0.02},
        {"impact": np.full(3, 0.01)},
        {"deviation": 0.3 * E12.gain, "budget": 1.0},
    ],
)
def test_where_nothing_is_required_nothing_is_done(required, change):
    """No gain asked for, or less than none, is no ticket and no cost."""
    found = solve(replace(E12, required=required, **change))

    np.testing.assert_array_equal(found.x, np.zeros(3))
    assert found.cost == 0.0


def test_no_instrument_has_no_answer():
    """Without a ticket there is nothing to solve."""
    none = np.zeros(0)
    problem = HedgeProblem(names=(), gain=none, cost=none, caps=none, required=0.0)

    assert solve(problem) is None


def test_a_cap_of_zero_forbids():
    """A forbidden ticket is not used, and all forbidden have no answer."""
    found = solve(without(replace(E12, required=0.02), [0]))

    assert found.x[0] == 0.0
    assert solve(without(E12, [0, 1, 2])) is None
    assert E12.caps[0] == 0.2


def test_only_the_named_limit_is_moved():
    """Moving one bound leaves the others and the problem itself."""
    problem = replace(E12, limits=(*E12.limits, REBOUND))
    wider = relaxed_limit(problem, "gross", 0.5)

    assert [r.bound for r in wider.limits] == [0.5, 0.008]
    assert [r.bound for r in problem.limits] == [0.4, 0.008]


def test_of_equals_the_first_is_taken():
    """Of tickets that cost and make the same the first is used to its cap."""
    problem = replace(E12, gain=np.full(3, 0.1), cost=np.full(3, 0.001), required=0.025)

    np.testing.assert_allclose(solve(problem).x, [0.2, 0.05, 0.0], atol=1e-9)


def test_the_largest_gain_uses_the_best_first():
    """Protection fills E12 by gain: the second, the first, and what gross leaves."""
    found = solve(E12, protect=True)

    np.testing.assert_allclose(found.x, [0.2, 0.08, 0.12], rtol=1e-9)


def test_one_ticket_with_impact_has_a_closed_form():
    """One ticket takes required over gain, at its unit cost and the curve's impact."""
    problem = HedgeProblem(
        names=("a",),
        gain=np.array([0.1]),
        cost=np.array([0.001]),
        caps=np.array([0.5]),
        required=0.03,
        impact=np.array([0.005]),
        net=False,
    )

    found = solve(problem)
    assert found.x[0] == pytest.approx(0.3, rel=1e-9)
    assert found.cost == pytest.approx(0.0003 + 0.005 * 0.3**1.5, rel=1e-9)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_the_target_holds_by_the_curve_too(seed, whole):
    """A plan priced by chords reaches its target after the curve's own impact."""
    rng = np.random.default_rng(seed)
    problem = replace(lp(seed), net=True, impact=rng.uniform(0.0, 0.02, 5))
    problem = replace(problem, required=0.7 * problem.required)
    if whole:
        problem = replace(problem, lots=np.full(5, 0.005), ticket=1e-5, most=4)
    found = solve(problem)

    x, fees = found.x, 1e-5 * whole * np.count_nonzero(found.x)
    cost = problem.cost @ x + (problem.impact * x**1.5).sum() + fees
    assert cost == pytest.approx(found.cost, rel=1e-9)
    assert problem.gain @ x - cost >= problem.required - 1e-7
    assert violations(problem, x) == []


@pytest.mark.parametrize("seed", range(8))
def test_impact_costs_little_more_than_the_best_of_a_grid(seed):
    """Of two tickets on a fine grid none costs less than 3% below the chords' plan."""
    rng = np.random.default_rng(seed)
    problem = HedgeProblem(
        names=("a", "b"),
        gain=rng.uniform(0.05, 0.2, 2),
        cost=rng.uniform(0.0003, 0.003, 2),
        caps=rng.uniform(0.1, 0.4, 2),
        required=0.0,
        impact=rng.uniform(0.001, 0.02, 2),
        net=False,
    )
    required = float(rng.uniform(0.3, 0.8) * problem.gain @ problem.caps)
    found = solve(replace(problem, required=required))

    first = np.linspace(0.0, problem.caps[0], 20_001)
    second = np.maximum(required - problem.gain[0] * first, 0) / problem.gain[1]
    x = np.stack([first, second], axis=1)[second <= problem.caps[1]]
    least = (x @ problem.cost + x**1.5 @ problem.impact).min()
    assert least - 1e-8 <= found.cost <= 1.03 * least


def test_a_cap_below_the_smallest_ticket_can_be_used_whole():
    """Where only a ticket capped below the smallest reaches, its whole cap is taken."""
    problem = replace(
        E12, gain=np.array([0.0, 0.18, 0.0]), required=0.01, least=0.1, limits=()
    )

    np.testing.assert_allclose(solve(problem, gap=0.0).x, [0, 0.08, 0], atol=1e-9)


def test_impact_spreads_over_tickets():
    """Two tickets that are alike but for the unit cost are both used with impact."""
    problem = replace(
        E12,
        gain=np.array([0.1, 0.1, 0.0]),
        cost=np.array([0.0010, 0.0011, 0.01]),
        caps=np.array([0.4, 0.4, 0.1]),
        required=0.02,
    )

    assert np.count_nonzero(solve(problem).x) == 1
    assert np.count_nonzero(solve(replace(problem, impact=np.full(3, 0.01))).x) == 2

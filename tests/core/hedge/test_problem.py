"""The hedge problem as arrays: costs, what reaches the target, every kind of breach."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresskit.core.hedge.problem import HedgeProblem, Limit, program, violations

# Worked example E12: three hedges under a gross limit of 0.4.
E12 = HedgeProblem(
    names=("a", "b", "c"),
    gain=np.array([0.098, 0.18, 0.029]),
    cost=np.array([0.0012, 0.0045, 0.0004]),
    caps=np.array([0.2, 0.08, 0.5]),
    required=0.03,
    limits=(Limit("gross", np.ones(3), 0.4),),
    net=False,
)
PLAN = np.array([0.2, 0.0304636, 0.169536])


def test_the_worked_plan_costs_the_worked_figure():
    """The plan of E12 costs 4.449 bp, makes what is required and breaks nothing."""
    assert E12.cost_of(PLAN) == pytest.approx(0.000444901, rel=1e-5)
    assert E12.reached_by(PLAN) == pytest.approx(0.03, rel=1e-5)
    assert violations(E12, PLAN, 1e-6) == []


def test_the_cost_counts_unit_impact_and_fixed_cost():
    """Cost is that of units, k x^1.5, and a fee for each ticket that there is."""
    problem = replace(
        E12,
        impact=np.array([0.01, 0.0, 0.02]),
        ticket=np.array([0.0001, 0.0002, 0.0003]),
    )
    x = np.array([0.16, 0.0, 0.25])

    # 0.16^1.5 = 0.064 and 0.25^1.5 = 0.125.
    expected = 0.16 * 0.0012 + 0.25 * 0.0004 + 0.01 * 0.064 + 0.02 * 0.125 + 0.0004
    assert problem.cost_of(x) == pytest.approx(expected, rel=1e-12)


def test_one_fee_stands_for_every_ticket():
    """A single fixed cost is paid for each ticket and not for what is not traded."""
    problem = replace(E12, cost=np.zeros(3), ticket=0.0005)

    assert problem.cost_of(np.array([0.1, 0.0, 0.1])) == pytest.approx(0.001, rel=1e-12)
    assert problem.cost_of(np.zeros(3)) == 0.0


def test_the_cost_is_by_the_curve_and_not_by_its_chords():
    """Between two breakpoints the cost stated is below that of the program's pieces."""
    problem = HedgeProblem(
        names=("a",),
        gain=np.array([0.1]),
        cost=np.array([0.0]),
        caps=np.array([0.16]),
        required=0.001,
        impact=np.array([1.0]),
    )
    asked = program(problem)
    x = 0.0625  # within the third piece, of 0.04 to 0.09
    pieces = np.clip(
        x * asked.scale - np.cumsum([0, *asked.upper[:-1]]), 0, asked.upper
    )

    stated = float(asked.c @ pieces) / asked.scale
    assert problem.cost_of(np.array([x])) == pytest.approx(0.015625, rel=1e-12)
    assert problem.cost_of(np.array([x])) < stated


def test_a_cost_after_which_the_target_counts():
    """With ``net`` the gain that counts is after cost, without it before."""
    x = np.array([0.1, 0.0, 0.0])

    assert E12.reached_by(x) == pytest.approx(0.0098, rel=1e-12)
    assert replace(E12, net=True).reached_by(x) == pytest.approx(0.00968, rel=1e-12)


def test_the_shortfall_is_that_of_the_worst():
    """The largest deviations count whole up to the budget, the next in part."""
    problem = replace(E12, deviation=np.array([0.03, 0.05, 0.01]), budget=1.5)

    # 0.006, 0.004 and 0.005: the first whole and half of the third.
    x = np.array([0.2, 0.08, 0.5])
    assert problem.shortfall_of(x) == pytest.approx(0.006 + 0.0025, rel=1e-12)
    assert problem.reached_by(x) == pytest.approx(0.0485 - 0.0085, rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), full=st.integers(0, 4), part=st.floats(0.0, 0.999))
def test_the_shortfall_is_the_largest_of_all_choices(seed, full, part):
    """No choice of ``budget`` tickets that fall short lacks more."""
    rng = np.random.default_rng(seed)
    lacking, x = rng.uniform(0, 0.1, 5), rng.uniform(0, 0.5, 5)
    problem = HedgeProblem(
        names=tuple("abcde"),
        gain=np.full(5, 0.1),
        cost=np.zeros(5),
        caps=np.ones(5),
        required=0.0,
        deviation=lacking,
        budget=full + part,
    )
    lost = lacking * x

    choices = [
        lost[list(some)].sum() + part * lost[one]
        for some in combinations(range(5), full)
        for one in set(range(5)) - set(some)
    ]
    assert problem.shortfall_of(x) == pytest.approx(max(choices), rel=1e-9, abs=1e-15)


def test_a_budget_above_the_number_of_tickets_takes_all():
    """A budget of more tickets than there are lets every one of them fall short."""
    problem = replace(E12, deviation=np.array([0.03, 0.05, 0.01]), budget=9.0)

    found = problem.shortfall_of(np.array([0.2, 0.08, 0.5]))
    assert found == pytest.approx(0.015, rel=1e-12)


@pytest.mark.parametrize(
    ("change", "whole", "switched"),
    [
        ({}, False, False),
        ({"lots": np.array([np.nan, np.nan, np.nan])}, False, False),
        ({"lots": np.array([np.nan, 0.01, np.nan])}, True, False),
        ({"ticket": 0.001}, True, True),
        ({"ticket": np.zeros(3)}, False, False),
        ({"most": 2}, True, True),
        ({"most": 3}, False, True),
        ({"least": 0.01}, True, True),
    ],
)
def test_counts_and_fees_make_a_problem_whole(change, whole, switched):
    """Lots, fees, counts and a smallest ticket need integers, nothing else does."""
    problem = replace(E12, **change)

    assert problem.whole is whole
    assert problem.switched is switched


def test_the_program_says_the_problem():
    """Rows, bounds and costs of E12 in the program are the problem's own."""
    asked = program(E12)
    v = PLAN * asked.scale

    assert asked.rows == ("target", "gross")
    assert not asked.whole.any()
    np.testing.assert_allclose(asked.upper / asked.scale, E12.caps, rtol=1e-12)
    np.testing.assert_allclose(
        asked.A @ v / asked.scale, [-E12.gain @ PLAN, PLAN.sum()], rtol=1e-12
    )
    np.testing.assert_allclose(asked.high / asked.scale, [-0.03, 0.4], rtol=1e-12)
    np.testing.assert_allclose(asked.c, E12.cost, atol=1e-8)
    np.testing.assert_allclose(asked.tickets(v, 3), PLAN, rtol=1e-12)


def test_impact_that_is_negligible_is_one_straight_line():
    """Beside a ticket in four pieces, one of hardly any impact has its chord's cost."""
    problem = replace(E12, impact=np.array([0.01, 1e-5, 0.0]))
    asked = program(problem)

    assert asked.of.tolist() == [0, 0, 0, 0, 1, 2]
    # To its cap of 0.08 the second costs 1e-5 x 0.08^0.5 a unit more.
    expected = [0.0045 + 1e-5 * 0.08**0.5, 0.0004]
    np.testing.assert_allclose(asked.c[4:], expected, atol=1e-8)


def test_the_relaxation_has_no_integer():
    """Without ``whole`` lots, counts and fees leave no row and no integer behind."""
    problem = replace(E12, lots=np.full(3, 0.01), most=2, least=0.01, ticket=0.001)
    asked = program(problem, whole=False)

    assert asked.rows == program(E12).rows
    assert not asked.whole.any()


def test_protection_asks_for_no_target():
    """The most protective program has no target row and the gain as its goal."""
    asked = program(E12, protect=True)

    assert asked.rows == ("gross",)
    np.testing.assert_allclose(asked.c, -E12.gain, atol=1e-8)


def test_every_row_of_a_whole_problem_has_a_name():
    """Each ticket's lots, switch and smallest size, and their number, are rows."""
    problem = replace(
        E12, lots=np.array([0.01, np.nan, 0.02]), most=2, least=0.015, ticket=0.001
    )
    rows = program(problem).rows

    each = [f"{what} of {n}" for n in "abc" for what in ("switch", "smallest ticket")]
    expected = ["target", "gross", "lots of a", "lots of c", *each, "number of tickets"]
    assert expected == list(rows)


def test_a_missed_target_is_named():
    """A plan that makes too little breaks the target, unless it is not asked."""
    x = np.array([0.1, 0.0, 0.0])

    assert violations(E12, x) == ["target"]
    assert violations(E12, x, target=False) == []


def test_a_target_missed_by_cost_alone_is_named():
    """Gain enough before cost is not enough where the target is after it."""
    x = np.array([0.2, 0.0304637, 0.169536])

    assert violations(E12, x, 1e-6) == []
    assert violations(replace(E12, net=True), x, 1e-6) == ["target"]


def test_a_target_missed_by_what_may_fall_short_is_named():
    """A plan that is enough as expected is not where its gain may lack."""
    problem = replace(E12, deviation=0.3 * E12.gain, budget=1.0)

    assert violations(problem, PLAN, 1e-6) == ["target"]


def test_a_limit_that_is_broken_is_named():
    """A plan over the gross limit breaks it and nothing else."""
    assert violations(E12, np.array([0.2, 0.08, 0.13])) == ["gross"]


def test_only_the_limits_that_are_broken_are_named():
    """Of two limits the one that holds is not named."""
    short = Limit("short", np.array([1.0, 0.0, 0.0]), 0.15)
    problem = replace(E12, limits=(*E12.limits, short))

    assert violations(problem, PLAN, 1e-6) == ["short"]


@pytest.mark.parametrize(("size", "limit"), [(0.21, []), (-0.01, ["target"])])
def test_a_size_beyond_its_cap_is_named(size, limit):
    """More than the cap, and less than nothing, break the cap of that ticket."""
    x = np.array([size, 0.08, 0.1])

    assert violations(E12, x) == [*limit, "cap of a"]


def test_no_number_breaks_a_cap():
    """A size that is no number is no plan."""
    assert "cap of b" in violations(E12, np.array([0.2, np.nan, 0.1]))


def test_a_part_of_a_lot_is_named():
    """Only what comes in lots is counted, and each ticket by itself."""
    problem = replace(E12, lots=np.array([0.05, np.nan, 0.03]))

    assert violations(problem, np.array([0.2, 0.0613, 0.12])) == []
    assert violations(problem, np.array([0.2, 0.0613, 0.13])) == ["lots of c"]
    assert violations(problem, np.array([0.19, 0.08, 0.12])) == ["lots of a"]


def test_a_ticket_below_the_smallest_is_named():
    """A ticket that is too small is named, and none at all is not."""
    problem = replace(E12, least=0.05)

    assert violations(problem, np.array([0.2, 0.04, 0.16])) == ["smallest ticket of b"]
    assert violations(problem, np.array([0.2, 0.08, 0.0])) == []


def test_a_cap_below_the_smallest_ticket_is_a_ticket():
    """Where the cap is below the smallest ticket the whole cap is one."""
    problem = replace(E12, least=0.1)

    assert violations(problem, np.array([0.2, 0.08, 0.0])) == []


def test_too_many_tickets_are_named():
    """Three tickets are one more than two."""
    problem = replace(E12, most=2)

    assert violations(problem, PLAN, 1e-6) == ["number of tickets"]
    assert violations(problem, np.array([0.2, 0.08, 0.0])) == []


def test_every_breach_is_named():
    """A plan that is wrong in every way hears of all of it."""
    problem = replace(E12, lots=np.full(3, 0.05), least=0.04, most=1, required=0.2)

    assert violations(problem, np.array([0.3, 0.02, 0.15])) == [
        "target",
        "gross",
        "cap of a",
        "lots of b",
        "smallest ticket of b",
        "number of tickets",
    ]


@settings(max_examples=40, deadline=None)
@given(over=st.floats(1e-6, 1.0))
def test_a_breach_above_the_tolerance_is_seen(over):
    """Anything beyond a cap or a limit by more than the tolerance is named."""
    problem = replace(E12, required=0.0, limits=(Limit("gross", np.ones(3), 0.2),))

    assert violations(problem, np.array([0.2 + over, 0.0, 0.0]))
    assert violations(problem, np.array([0.2, 0.0, 0.0])) == []

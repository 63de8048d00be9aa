"""Cone programs against worked figures, closed forms and many random points."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq

from stresskit.core.hedge.effect import worst_case
from stresskit.core.hedge.problem import HedgeProblem, Limit, violations
from stresskit.core.hedge.trim import TrimProblem, trim_violations
from stresskit.hedgers.cone import solve_robust, trim_within
from stresskit.hedgers.solver import solve, solve_trim

# Worked example E16: one short whose gain moves with the loss it is to offset.
E16 = HedgeProblem(
    names=("short",),
    gain=np.array([0.098]),
    cost=np.array([1e-3]),
    caps=np.array([1.0]),
    required=0.02,
    net=False,
)
JOINT = np.array([[0.015**2, -0.5 * 0.015 * 0.045], [-0.5 * 0.015 * 0.045, 0.045**2]])
KAPPA = 1.645
THREE = HedgeProblem(
    names=("a", "b", "c"),
    gain=np.array([0.098, 0.18, 0.029]),
    cost=np.array([0.0012, 0.0045, 0.0004]),
    caps=np.array([0.3, 0.2, 0.5]),
    required=0.01,
    limits=(Limit("gross", np.ones(3), 0.6),),
    net=False,
)
TRADING = np.array([0.0003, 0.0005, 0.0003, 0.0004, 0.0])
E17 = TrimProblem(
    keys=("a", "b", "c", "d", "cash"),
    weights=np.array([0.3, 0.2, 0.25, 0.15, 0.1]),
    stress=np.array([-0.17, -0.18, -0.02, 0.02, 0.0]),
    selling=TRADING + np.array([0.03, 0.01, 0.0, 0.0, 0.0]),
    buying=TRADING,
    lower=np.zeros(5),
    upper=np.array([0.3, 0.2, 0.35, 0.25, 0.3]),
    loss=0.06,
    turnover=0.3,
    net=False,
)
# A market factor, idiosyncratic risk, and cash that has none.
BETA = np.array([1.3, 1.2, 0.9, 0.6, 0.0])
YEARLY = np.outer(BETA, BETA) * 0.18**2 + np.diag([0.25, 0.22, 0.15, 0.12, 0.0]) ** 2


def joint(seed, size=3):
    """Return a random joint covariance of errors, the portfolio first."""
    half = np.random.default_rng(seed).normal(0, 0.02, (size + 1, size + 1))
    return half @ half.T


def tracking(w, problem=E17):
    """Return the yearly tracking error of new weights."""
    step = w - problem.weights
    return float(np.sqrt(step @ YEARLY @ step))


def test_the_nominal_hedge_is_the_worked_figure():
    """Without errors the hedge of E16 is 0.02 / 0.098."""
    found = solve_robust(E16, JOINT, 0.0)

    assert found[0] == pytest.approx(0.204082, rel=5e-6)
    assert found[0] == pytest.approx(solve(E16).x[0], rel=1e-5)


def test_the_robust_hedge_is_the_worked_figure():
    """With errors E16 takes 0.592984, and its worst case is the target itself."""
    found = solve_robust(E16, JOINT, KAPPA)

    assert found[0] == pytest.approx(0.592984, rel=5e-6)
    worst = worst_case(0.08, E16.gain, JOINT, KAPPA, found)
    assert worst == pytest.approx(0.06, rel=1e-6)


def test_the_worst_cases_are_the_worked_figures():
    """Unhedged E16 loses 10.4675% at worst, with the nominal hedge 8.15479%."""
    nominal = solve_robust(E16, JOINT, 0.0)

    unhedged = worst_case(0.08, E16.gain, JOINT, KAPPA, np.zeros(1))
    hedged = worst_case(0.08, E16.gain, JOINT, KAPPA, nominal)
    assert unhedged == pytest.approx(0.104675, rel=5e-6)
    assert hedged == pytest.approx(0.0815479, rel=5e-6)


@pytest.mark.parametrize("kappa", [0.5, 1.0, 1.5])
def test_one_hedge_is_a_root(kappa):
    """The size of one hedge is where its worst case meets the target."""

    def over(x):
        spread = 0.015**2 - 0.015 * 0.045 * x + 0.045**2 * x**2
        return 0.08 - 0.098 * x + kappa * spread**0.5 - 0.06

    expected = brentq(over, 0.0, 1.0, xtol=1e-14)
    assert expected == pytest.approx(solve_robust(E16, JOINT, kappa)[0], rel=1e-5)


def test_errors_too_large_have_no_answer():
    """Where a unit's error outruns its gain no size reaches the target."""
    assert solve_robust(E16, JOINT, 3.0) is None
    assert solve_robust(replace(E16, caps=np.array([0.59])), JOINT, KAPPA) is None


def test_without_kappa_sizes_are_those_of_the_linear_program():
    """Of three hedges, too, no error is the nominal problem."""
    found = solve_robust(THREE, joint(1), 0.0)

    np.testing.assert_allclose(found, solve(THREE).x, atol=2e-6)


@pytest.mark.parametrize("seed", range(4))
def test_no_random_size_that_reaches_the_target_is_cheaper(seed):
    """Many random sizes within limits and worst case cost no less."""
    covariance = joint(seed)
    bare = worst_case(0.0, THREE.gain, covariance, KAPPA, np.zeros(3))
    problem = replace(THREE, required=0.015 - bare)
    best = solve_robust(problem, covariance, KAPPA)
    assert worst_case(0.0, THREE.gain, covariance, KAPPA, best) <= bare - 0.015 + 1e-6
    assert violations(problem, best, 1e-6, target=False) == []

    rng = np.random.default_rng(100 + seed)
    near = best + rng.normal(0, 1, (20_000, 3)) * rng.choice([1e-3, 1e-2], (20_000, 1))
    x = np.concatenate([np.clip(near, 0, THREE.caps), rng.random((20_000, 3)) * 0.4])
    x = x[((x <= THREE.caps).all(axis=1)) & (x.sum(axis=1) <= 0.6)]
    errors = np.concatenate([np.ones((len(x), 1)), x], axis=1)
    spread = np.sqrt(np.einsum("ni,ij,nj->n", errors, covariance, errors))
    x = x[x @ THREE.gain - KAPPA * spread >= problem.required]
    assert len(x) >= 100
    assert (x @ THREE.cost).min() >= THREE.cost @ best - 1e-6


def test_more_kappa_never_costs_less():
    """Guarding against larger errors costs at least as much."""
    covariance = joint(2)
    problem = replace(THREE, required=-0.03)
    costs = [
        THREE.cost @ solve_robust(problem, covariance, kappa)
        for kappa in (0.0, 0.5, 1.0, 1.645)
    ]

    assert (np.diff(costs) >= -1e-7).all()


def test_only_chosen_tickets_are_used():
    """What is not chosen is not traded, and with none there is no answer."""
    found = solve_robust(THREE, 1e-4 * joint(1), 1.0, chosen=[0, 2])

    assert found[1] == 0.0
    assert found[0] > 0.0
    assert solve_robust(THREE, joint(1), 1.0, chosen=[]) is None


def test_limits_hold_for_robust_sizes():
    """A limit on the first is kept, and others take its place."""
    covariance = 1e-4 * joint(3)
    free = solve_robust(THREE, covariance, 1.0)
    tight = Limit("first", np.array([1.0, 0.0, 0.0]), 0.5 * float(free[0]))
    problem = replace(THREE, limits=(*THREE.limits, tight))
    found = solve_robust(problem, covariance, 1.0)

    assert found[0] <= tight.bound + 1e-6
    assert THREE.cost @ found >= THREE.cost @ free - 1e-9


def test_lots_are_rounded_up():
    """Sizes are whole lots, the nearest that is no less than the robust size."""
    for lot, lots in ((0.05, 12), (0.058, 11)):
        found = solve_robust(replace(E16, lots=np.array([lot])), JOINT, KAPPA)

        # 0.592984 is 11.86 lots of 0.05 and 10.22 of 0.058.
        assert found[0] == pytest.approx(lots * lot, rel=1e-12)


def test_the_target_is_after_cost_and_fee():
    """After cost one hedge without errors is (required + fee) / (gain - cost)."""
    problem = replace(E16, net=True, ticket=0.005)
    found = solve_robust(problem, JOINT, 0.0, chosen=[0])

    assert found[0] == pytest.approx((0.02 + 0.005) / (0.098 - 0.001), rel=1e-5)
    assert problem.reached_by(found) >= 0.02 - 1e-7


def test_the_target_is_after_cost_without_a_fee():
    """Unit cost alone is taken from the gain where the target is after cost."""
    found = solve_robust(replace(E16, net=True), JOINT, 0.0)

    assert found[0] == pytest.approx(0.02 / (0.098 - 0.001), rel=1e-5)


def test_the_target_holds_after_impact_too():
    """Robust sizes still reach their target after the impact's own curve."""
    problem = replace(E16, net=True, impact=np.array([0.02]))
    found = solve_robust(problem, JOINT, 1.0)

    # At a cap of 1 the line above the curve costs 0.02 a unit.
    line = 0.02 - (0.098 - 0.001 - 0.02) * found[0]
    spread = 0.015**2 - 0.015 * 0.045 * found[0] + 0.045**2 * found[0] ** 2
    assert line + spread**0.5 == pytest.approx(0.0, abs=1e-6)
    assert problem.reached_by(found) - spread**0.5 >= 0.02 - 1e-7


def test_a_loose_tracking_error_is_the_linear_program():
    """With room to deviate the trades are those of the program without a limit."""
    w = trim_within(E17, YEARLY, 1.0)

    np.testing.assert_allclose(w, solve_trim(E17), atol=1e-5)
    assert E17.cost_of(w) == pytest.approx(E17.cost_of(solve_trim(E17)), rel=1e-4)


def test_the_worked_trades_come_from_a_loose_tracking_error():
    """E17 itself, with a loose limit, costs its worked 17.875 bp."""
    w = trim_within(replace(E17, loss=0.055), YEARLY, 1.0)

    np.testing.assert_allclose(w, [0.3, 0.0375, 0.1125, 0.25, 0.3], atol=1e-5)


def tight():
    """Return a limit that the linear program breaks and some weights keep."""
    return 0.93 * tracking(solve_trim(E17))


def test_a_tight_tracking_error_binds():
    """A limit below the program's own is reached, and costs at least as much."""
    w = trim_within(E17, YEARLY, tight())

    assert tracking(w) == pytest.approx(tight(), rel=1e-4)
    assert tracking(w) <= tight() * (1 + 1e-6)
    assert E17.cost_of(w) >= E17.cost_of(solve_trim(E17)) - 1e-9
    assert trim_violations(E17, w, 1e-6) == []


def test_no_random_trade_within_the_tracking_error_is_cheaper():
    """Of many random trades that keep every limit none costs less."""
    best = trim_within(E17, YEARLY, tight())

    rng = np.random.default_rng(9)
    near = rng.normal(0, 1, (60_000, 5)) * rng.choice([1e-4, 1e-3, 1e-2], (60_000, 1))
    step = best - E17.weights + near - near.mean(axis=1, keepdims=True)
    w = np.clip(E17.weights + step, E17.lower, E17.upper)
    w[:, 4] += 1 - w.sum(axis=1)
    step = w - E17.weights
    error = np.sqrt(np.einsum("ni,ij,nj->n", step, YEARLY, step))
    kept = (
        (error <= tight())
        & (-(w @ E17.stress) <= E17.loss)
        & (np.maximum(-step, 0).sum(axis=1) <= E17.turnover)
        & ((w >= 0) & (w <= E17.upper)).all(axis=1)
    )
    assert kept.sum() >= 100
    assert min(E17.cost_of(row) for row in w[kept]) >= E17.cost_of(best) - 1e-7


def test_a_tracking_error_out_of_reach_has_no_answer():
    """No weights lose a fifth less and hardly deviate."""
    assert trim_within(E17, YEARLY, 0.002) is None


def test_the_most_protective_of_two_has_a_closed_form():
    """Of a share and cash as much is sold as the tracking error lets: 3% of 30%."""
    problem = TrimProblem(
        keys=("stock", "cash"),
        weights=np.array([0.5, 0.5]),
        stress=np.array([-0.2, 0.0]),
        selling=np.array([0.001, 0.0]),
        buying=np.array([0.0, 0.0005]),
        lower=np.zeros(2),
        upper=np.ones(2),
        loss=0.01,
        turnover=1.0,
    )
    risk = np.diag([0.3**2, 0.0])
    w = trim_within(problem, risk, 0.03, protect=True)

    np.testing.assert_allclose(w, [0.4, 0.6], atol=1e-5)
    # 0.2 (0.5 - x) + 0.0015 x is left, and no less with a target.
    left = 0.2 * 0.4 + 0.00015
    assert trim_within(replace(problem, loss=left - 1e-4), risk, 0.03) is None
    w = trim_within(replace(problem, loss=left + 1e-4), risk, 0.03)
    assert w[0] == pytest.approx(0.4 + 1e-4 / 0.1985, rel=1e-5)


def test_what_is_met_already_is_not_traded():
    """Weights that lose no more than allowed stay as they are."""
    w = trim_within(replace(E17, loss=0.2), YEARLY, 0.05)

    np.testing.assert_allclose(w, E17.weights, atol=1e-7)

"""HiGHS behind one door: every status is looked at, every answer comes back checked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.hedge.problem import Limit, program, violations
from stresskit.errors import ComputationError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.core.hedge.problem import HedgeProblem, Program
    from stresskit.core.hedge.trim import TrimProblem

    Floats = NDArray[np.float64]

GAP, TIME_LIMIT = 1e-4, 20.0
# What scipy calls an iteration or time limit.
TIMED_OUT = 1
# Below this a notional is what the solver's tolerance left, not a trade.
DUST = 1e-8
BINDS = 1e-7
TOLERANCE = 1e-7


@dataclass(frozen=True)
class Answer:
    """Tickets that solve a problem, and how well that is known.

    ``x`` (M,) are shares of the portfolio. ``gap`` is how far the best bound on the
    cost is (0: proven). ``prices`` say by how much the cost changes per unit of each
    row's bound (not above zero), ``cap_prices`` (M,) per unit of a cap; both of the
    relaxation only. ``timed_out`` marks an answer that stands though time ran out.
    """

    x: Floats
    cost: float
    gap: float = 0.0
    prices: dict[str, float] = field(default_factory=dict)
    cap_prices: Floats = field(default_factory=lambda: np.zeros(0))
    timed_out: bool = False


def solve(
    problem: HedgeProblem,
    *,
    whole: bool = True,
    protect: bool = False,
    gap: float = GAP,
    time_limit: float = TIME_LIMIT,
) -> Answer | None:
    """Return the cheapest tickets, or the most protective; None if there are none.

    Parameters
    ----------
    whole
        False solves the relaxation, with its prices.
    protect
        The largest gain within the limits, whatever it costs.

    Raises
    ------
    ComputationError
        If the solver stops for another reason, or its answer breaks a limit.
    """
    if not problem.names:
        return None
    asked = program(problem, whole=whole, protect=protect)
    counted = bool(asked.whole.any())
    found = _integers(asked, gap, time_limit) if counted else _continuous(asked)
    if found is None:
        return None
    v, prices, upper_prices, reached, late = found
    x = _tidy(problem, asked.tickets(v, len(problem.names)), whole=whole)
    checked = problem if whole else _relaxed(problem)
    broken = violations(checked, x, TOLERANCE, target=not protect)
    if broken:
        raise ComputationError(f"The solver's answer breaks: {', '.join(broken)}.")
    m = len(problem.names)
    caps = np.zeros(m)
    if not counted:
        # Of the pieces of one ticket only the last is at its end for the cap's sake:
        # it comes last, and so overwrites those before.
        caps[asked.of] = upper_prices[: len(asked.of)]
    return Answer(
        x=x,
        cost=problem.cost_of(x),
        gap=reached,
        prices=dict(zip(asked.rows, prices.tolist(), strict=True))
        if not counted
        else {},
        cap_prices=caps,
        timed_out=late,
    )


def solve_trim(problem: TrimProblem, *, protect: bool = False) -> Floats | None:
    """Return the cheapest new weights, or those that lose least; None if none.

    Raises
    ------
    ComputationError
        If the solver stops for another reason.
    """
    from scipy.optimize import linprog

    n = len(problem.weights)
    A, b, c = problem.A, problem.b, problem.c
    if protect:
        c, A, b = A[0], A[1:], b[1:]
    found = linprog(
        c,
        A_ub=A,
        b_ub=b,
        A_eq=np.concatenate([np.ones(n), -np.ones(n)])[None, :],
        b_eq=[0.0],
        bounds=[(0.0, float(u)) for u in problem.most],
        method="highs",
    )
    if found.status == 2:
        return None
    if found.status != 0:
        raise ComputationError(f"The solver stopped: {found.message}")
    moves = np.asarray(found.x, dtype=np.float64)
    moves = np.where(moves < DUST, 0.0, moves)
    w: Floats = problem.weights - moves[:n] + moves[n:]
    return w


def _relaxed(problem: HedgeProblem) -> HedgeProblem:
    """Return the problem without lots, counts and fixed costs."""
    return replace(problem, lots=np.zeros(0), ticket=0.0, most=None, least=0.0)


def _tidy(problem: HedgeProblem, x: Floats, *, whole: bool) -> Floats:
    """Take away what is no trade, and put counts on the dot."""
    x = np.where(x < DUST, 0.0, x)
    if whole and problem.lots.size:
        lots = problem.lots
        counted = np.isfinite(lots)
        counts = np.round(x[counted] / lots[counted])
        x[counted] = counts * lots[counted]
    return x


_Found = tuple["Floats", "Floats", "Floats", float, bool]


def _continuous(asked: Program) -> _Found | None:
    from scipy.optimize import linprog

    found = linprog(
        asked.c,
        A_ub=asked.A if len(asked.A) else None,
        b_ub=asked.high if len(asked.A) else None,
        bounds=[(0.0, float(u)) for u in asked.upper],
        method="highs",
    )
    if found.status == 2:
        return None
    if found.status != 0:
        raise ComputationError(f"The solver stopped: {found.message}")
    rows = found.ineqlin.marginals if len(asked.A) else np.zeros(0)
    upper = np.asarray(found.upper.marginals)
    x = np.asarray(found.x, dtype=np.float64)
    return x, np.asarray(rows), upper, 0.0, False


def _integers(asked: Program, gap: float, time_limit: float) -> _Found | None:
    from scipy.optimize import Bounds, LinearConstraint, milp

    found = milp(
        asked.c,
        integrality=asked.whole.astype(np.int64),
        bounds=Bounds(np.zeros(len(asked.c)), asked.upper),
        constraints=LinearConstraint(asked.A, asked.low, asked.high),
        options={"mip_rel_gap": gap, "time_limit": time_limit},
    )
    if found.status == 2:
        return None
    if found.x is None:
        raise ComputationError(f"The solver stopped: {found.message}")
    none = np.zeros(0)
    return (
        found.x,
        none,
        none,
        float(found.mip_gap or 0.0),
        int(found.status) == TIMED_OUT,
    )


def without(problem: HedgeProblem, tickets: list[int]) -> HedgeProblem:
    """Return the problem with some tickets forbidden."""
    caps = problem.caps.copy()
    caps[tickets] = 0.0
    return replace(problem, caps=caps)


def relaxed_limit(problem: HedgeProblem, name: str, bound: float) -> HedgeProblem:
    """Return the problem with one row's bound moved."""
    limits = tuple(
        Limit(r.name, r.coefficients, bound, r.key) if r.name == name else r
        for r in problem.limits
    )
    return replace(problem, limits=limits)

"""Cone programs, through cvxpy and Clarabel and nowhere else: robust sizes, tracking.

cvxpy takes a second to load and is needed on request only.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from stresskit.core.hedge.effect import worst_case
from stresskit.core.hedge.problem import violations
from stresskit.errors import ComputationError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.core.hedge.problem import HedgeProblem
    from stresskit.core.hedge.trim import TrimProblem

    Floats = NDArray[np.float64]

TOLERANCE = 1e-6
# Asked for a little more, so that a solver's tolerance does not fall short of it.
MARGIN = 1e-8
DUST = 1e-7
# Rounds of counting the fees of what is used.
ROUNDS = 4


def solve_robust(
    problem: HedgeProblem,
    covariance: Floats,
    kappa: float,
    chosen: list[int] | None = None,
) -> Floats | None:
    """Return the cheapest sizes whose worst case still reaches the target, or None.

    ``min c'x`` subject to ``g'x - cost - kappa |W^(1/2) (1, x)| >= required`` and the
    problem's limits: basis and parameter risk of the portfolio and of every ticket.

    Parameters
    ----------
    covariance
        Shape (1 + M, 1 + M), W, joint errors, the portfolio first.
    kappa
        Standard deviations; 1.645 is one-sided 95%.
    chosen
        The tickets that may be used; None for all.

    Raises
    ------
    ComputationError
        If the solver fails or its answer breaks a limit.

    Notes
    -----
    The same as the worst case over ``(e - e0)' W^-1 (e - e0) <= kappa^2``. Lots are
    rounded up afterwards.
    """
    m = len(problem.names)
    support = list(range(m)) if chosen is None else chosen
    fees = np.broadcast_to(problem.ticket, (m,))
    fixed, x = 0.0, None
    for _ in range(ROUNDS):
        x = _sized(problem, covariance, kappa, support, fixed)
        if x is None:
            return None
        used = [n for n in support if x[n] > 0]
        due = float(fees[used].sum()) if problem.net else 0.0
        if due <= fixed:
            break
        # The fees of what is used are a part of what must be earned.
        support, fixed = used, due
    whole = None if x is None else _in_lots(problem, covariance, kappa, x)
    if whole is None or violations(problem, whole, TOLERANCE, target=False):
        return None
    return whole


def _sized(
    problem: HedgeProblem,
    covariance: Floats,
    kappa: float,
    support: list[int],
    fixed: float,
) -> Floats | None:
    """Solve for the tickets of a support, with a sum of fees to be earned besides."""
    cp = _cvxpy()
    m = len(problem.names)
    root = _root(covariance)
    caps = np.zeros(m)
    caps[support] = problem.caps[support]
    # At the cap the impact per unit is largest: a straight line above the curve.
    impact = problem.impact * np.sqrt(caps) if problem.impact.size else np.zeros(m)
    cost = problem.cost + impact
    x = cp.Variable(m, nonneg=True)
    gain = problem.gain - cost if problem.net else problem.gain
    risk = kappa * cp.norm(root[:, 0] + root[:, 1:] @ x)
    # In percent: the solver's tolerances suit numbers near one.
    need = problem.required + MARGIN + fixed
    rules = [x <= caps, 100 * (gain @ x - risk) >= 100 * need]
    rules += [r.coefficients @ x <= r.bound for r in problem.limits]
    # Costs near one suit the solver's tolerances.
    scale = 1.0 / max(float(cost.max()), 1e-12)
    solved = _solved(cp, scale * (cost @ x), rules, x)
    if solved is None:
        return None
    found: Floats = np.where(solved < DUST, 0.0, np.minimum(solved, caps))
    return found


def _short_by(
    problem: HedgeProblem, covariance: Floats, kappa: float, x: Floats
) -> float:
    """Return what the worst case of sizes lacks of the target; not above 0: nothing."""
    cost = problem.cost_of(x) if problem.net else 0.0
    return worst_case(0.0, problem.gain, covariance, kappa, x) + cost + problem.required


def _in_lots(
    problem: HedgeProblem, covariance: Floats, kappa: float, x: Floats
) -> Floats | None:
    """Round sizes down to lots, then add lots until the worst case is met again."""
    if not problem.lots.size:
        met = _short_by(problem, covariance, kappa, x) <= TOLERANCE
        return x if met else None
    x = x.copy()
    counted = np.flatnonzero(np.isfinite(problem.lots) & (x > 0))
    lots = problem.lots
    x[counted] = np.floor(x[counted] / lots[counted] + 1e-9) * lots[counted]
    while _short_by(problem, covariance, kappa, x) > TOLERANCE:
        best, reached = None, np.inf
        for n in counted.tolist():
            more = x.copy()
            more[n] += lots[n]
            if violations(problem, more, TOLERANCE, target=False):
                continue
            lack = _short_by(problem, covariance, kappa, more)
            if lack < reached:
                best, reached = more, lack
        if best is None or reached >= _short_by(problem, covariance, kappa, x):
            return None
        x = best
    return x


def trim_within(
    problem: TrimProblem, covariance: Floats, limit: float, *, protect: bool = False
) -> Floats | None:
    """Return the cheapest new weights within a tracking error, or None.

    ``min k't_s + k'b`` subject to the problem's rows and
    ``|C^(1/2) (w - w0)| <= limit``; with ``protect`` those that lose least.

    Parameters
    ----------
    covariance
        Shape (n, n), yearly.
    limit
        Yearly, decimal.

    Raises
    ------
    ComputationError
        If the solver fails.
    """
    cp = _cvxpy()
    n = len(problem.weights)
    v = cp.Variable(2 * n, nonneg=True)
    A, b, c = problem.A, problem.b, problem.c
    if protect:
        c, A, b = A[0], A[1:], b[1:]
    moved = v[n:] - v[:n]
    # In percent, and a little within: the solver's tolerances are not the limit's.
    rules = [A @ v <= b - MARGIN, v <= problem.most, cp.sum(moved) == 0]
    rules.append(cp.norm(100 * _root(covariance) @ moved) <= 100 * limit * (1 - 1e-6))
    solved = _solved(cp, 100 * (c @ v), rules, v)
    if solved is None:
        return None
    # What is sold and bought back is neither.
    step = solved[n:] - solved[:n]
    step = np.where(np.abs(step) < 1e-7, 0.0, step)
    highest = np.maximum(problem.upper, problem.weights)
    w: Floats = np.clip(problem.weights + step, problem.lower, highest)
    return w


def _cvxpy() -> Any:
    """Import cvxpy, of which no types are known."""
    import cvxpy

    return cvxpy


def _root(covariance: Floats) -> Floats:
    """Return R with R'R the covariance; there is one though some errors are none."""
    values, vectors = np.linalg.eigh(covariance)
    root: Floats = (vectors * np.sqrt(np.maximum(values, 0.0))).T
    return root


def _solved(cp: Any, goal: Any, rules: list[Any], variable: Any) -> Floats | None:
    """Solve for the least goal; None where no answer is within the rules."""
    task = cp.Problem(cp.Minimize(goal), rules)
    with warnings.catch_warnings():
        # That an answer may be inaccurate is not taken on trust: callers check it.
        warnings.simplefilter("ignore", UserWarning)
        try:
            task.solve(solver=cp.CLARABEL)
        except cp.SolverError as error:
            raise ComputationError(f"The cone solver stopped: {error}") from error
    if task.status in ("infeasible", "infeasible_inaccurate"):
        return None
    if task.status not in ("optimal", "optimal_inaccurate") or variable.value is None:
        raise ComputationError(f"The solver stopped: {task.status}.")
    found: Floats = np.asarray(variable.value, dtype=np.float64)
    return found

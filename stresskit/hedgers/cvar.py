"""Family E: the overlay of least CVaR over draws of the stressed scenario.

riskfolio-lib finds the sizes; they are checked here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.hedge.problem import violations
from stresskit.errors import ComputationError, HedgeInfeasible
from stresskit.hedgers.linear import binding_of, reason_against
from stresskit.hedgers.optimiser import least_cvar
from stresskit.hedgers.record import (
    hedge_of,
    legs_of,
    loads_of,
    out_of_reach,
    unhedged,
    variances,
)
from stresskit.hedgers.solver import solve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.core.hedge.problem import HedgeProblem
    from stresskit.core.hedge.question import HedgeQuestion, Ticket
    from stresskit.model import Hedge

    Floats = NDArray[np.float64]

FAMILY, TITLE = "cvar", "Overlay of least tail loss (CVaR)"
DRAWS, SEED, DEGREES = 600, 20250127, 5
TAIL = 0.05
# Sizes below this share of the portfolio are not worth a ticket.
DUST = 0.002
CLOSE = 1e-6


class CvarHedger:
    """Short what makes the worst twentieth of draws of the scenario least bad.

    ``min CVaR_95`` of ``L - R'h + c'h`` over t5 draws of the errors of shocks and
    holdings, subject to the overlay's limits and the target on average.
    """

    family = "cvar"
    order = 6

    def hedge(self, question: HedgeQuestion) -> Hedge:
        """Return the overlay of least tail loss that reaches the target.

        Raises
        ------
        HedgeInfeasible
            If the limits do not allow it.
        ComputationError
            If the sizes that come back break a limit.
        """
        reason = reason_against(question)
        if reason:
            return unhedged(question, FAMILY, TITLE, "not-applicable", reason)
        tickets = question.shorts()
        if any(r.stressed_exposure < 0 for r in question.result.by_position):
            tickets += question.buys()
        none = unhedged(question, FAMILY, TITLE, "infeasible", "No plan within limits.")
        if not tickets:
            raise HedgeInfeasible(
                "Least CVaR: no instrument may be sold short.",
                hint="Widen the mandate's universe.",
                best=none,
            )
        problem = question.problem(tickets)
        plain = solve(problem, whole=False)
        if plain is None:
            far = solve(problem, whole=False, protect=True)
            reached = 0.0 if far is None else problem.reached_by(far.x)
            share = reached * question.value / question.loss
            if far is not None:
                words = binding_of(problem, far, far.x, target=False)
                none = replace(none, binding=words)
            raise out_of_reach("Least CVaR", share, question.share, none)
        losses, gains = draws(question, tickets)
        x = _sizes(problem, losses, gains)
        broken = violations(problem, x, CLOSE)
        if broken:
            raise out_of_reach(
                "Least CVaR in whole lots",
                problem.reached_by(x) * question.value / question.loss,
                question.share,
                replace(none, binding=tuple(broken)),
            )
        return _record(question, tickets, problem, x, losses, gains)


def draws(
    question: HedgeQuestion, tickets: tuple[Ticket, ...]
) -> tuple[Floats, Floats]:
    """Draw the portfolio's P&L and each ticket's gain given the scenario, shares.

    Returns
    -------
    tuple of Floats
        Shapes (T,) and (T, M), t with 5 degrees of freedom, one scale per draw.
    """
    errors = question.errors(tickets)
    rng = np.random.default_rng(SEED)
    values, vectors = np.linalg.eigh(errors)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    normal = rng.standard_normal((DRAWS // 2, len(errors)))
    # Each draw and its opposite: the mean is the scenario itself.
    normal = np.vstack([normal, -normal])
    chi = rng.chisquare(DEGREES, DRAWS // 2)
    # Scaled to the variance that the errors have.
    scale = np.sqrt((DEGREES - 2) / np.concatenate([chi, chi]))
    moved = (normal @ root.T) * scale[:, None]
    pnl = question.result.pnl / question.value + moved[:, 0]
    gains = np.array([t.gains[0] for t in tickets]) + moved[:, 1:]
    return pnl, gains


def _sizes(problem: HedgeProblem, losses: Floats, gains: Floats) -> Floats:
    """Solve, keep the largest sizes, and solve again with only those."""
    first = _optimise(problem, losses, gains, problem.caps)
    most = problem.most or len(first)
    kept = np.argsort(-first, kind="stable")[:most]
    barred = np.ones(len(first), dtype=bool)
    barred[kept] = False
    barred |= first < DUST
    caps = np.where(barred, 0.0, problem.caps)
    second = _optimise(problem, losses, gains, caps)
    x = np.where(second < DUST / 10, 0.0, np.minimum(second, caps))
    if problem.lots.size:
        counted = np.isfinite(problem.lots)
        lots = problem.lots[counted]
        x[counted] = np.floor(x[counted] / lots + 1e-9) * lots
    return x


def _optimise(
    problem: HedgeProblem, losses: Floats, gains: Floats, caps: Floats
) -> Floats:
    """Write the overlay as a funded portfolio: itself at weight 1, and what is unused.

    riskfolio-lib's weights add up to a budget: 1 + the largest gross, of which the
    unused part earns nothing.
    """
    m = len(problem.names)
    impact = problem.impact * np.sqrt(caps) if problem.impact.size else np.zeros(m)
    net = gains - problem.cost - impact
    budget = 1.0 + float(caps.sum())
    columns = np.column_stack([losses, net, np.zeros(len(losses))])
    one = np.zeros(m + 2)
    one[0] = 1.0
    tickets = np.hstack([np.zeros((m, 1)), np.eye(m), np.zeros((m, 1))])
    rows = [one, -one, *tickets]
    bounds = [1.0, -1.0, *caps]
    target = np.concatenate([[0.0], problem.gain - problem.cost - impact, [0.0]])
    rows.append(-target)
    bounds.append(-problem.required * (1 + CLOSE))
    for limit in problem.limits:
        rows.append(np.concatenate([[0.0], limit.coefficients, [0.0]]))
        bounds.append(limit.bound)
    w = least_cvar(
        ("portfolio", *problem.names, "unused"),
        columns,
        np.array(rows),
        np.array(bounds),
        budget=budget,
        alpha=TAIL,
    )
    if w is None:
        raise ComputationError("The solver found no overlay of least CVaR.")
    return np.maximum(w[1 : m + 1], 0.0)


def cvar(pnl: Floats, tail: float = TAIL) -> float:
    """Return the mean loss of the worst share of draws.

    Examples
    --------
    >>> cvar(np.array([-4.0, -2.0, 0.0, 1.0]), 0.5)
    3.0
    """
    worst = np.sort(pnl)[: max(1, round(tail * len(pnl)))]
    return float(-worst.mean())


def _record(
    question: HedgeQuestion,
    tickets: tuple[Ticket, ...],
    problem: HedgeProblem,
    x: Floats,
    losses: Floats,
    gains: Floats,
) -> Hedge:
    cost = problem.cost_of(x)
    before, after = cvar(losses), cvar(losses + gains @ x - cost)
    fixed = float(np.broadcast_to(problem.ticket, x.shape)[x > 0].sum())
    return hedge_of(
        question,
        legs_of(question, tickets, x, problem.impact_of(x)),
        family=FAMILY,
        title=TITLE,
        status="optimal",
        note=f"Expected loss in the worst {TAIL:.0%} of {DRAWS} draws of this "
        f"scenario: {after:.2%} of the value in place of {before:.2%}. Whatever the "
        "mandate allows is used, so that it costs more than the target asks for.",
        binding=(),
        ticket_cost=fixed * question.value,
        loads=loads_of(question, tickets, x),
        variance=variances(question, tickets, x),
        diagnostics={
            "target": question.share,
            "cvar_before": before,
            "cvar_after": after,
            "tail": TAIL,
        },
    )

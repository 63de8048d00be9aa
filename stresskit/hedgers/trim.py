"""Family D, the cheapest: sell what falls and buy what holds, tax counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.hedge.costs import YEAR_DAYS
from stresskit.core.hedge.effect import knee
from stresskit.core.hedge.holdings import assets_of, reason_against_trading
from stresskit.core.hedge.trim import trim_violations
from stresskit.errors import ComputationError
from stresskit.hedgers.linear import POINTS, reason_against
from stresskit.hedgers.record import out_of_reach, unhedged
from stresskit.hedgers.solver import solve_trim
from stresskit.hedgers.trades import rotated
from stresskit.model import FrontierPoint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.core.hedge.holdings import Assets
    from stresskit.core.hedge.question import HedgeQuestion
    from stresskit.core.hedge.trim import TrimProblem
    from stresskit.model import Hedge

    Floats = NDArray[np.float64]

FAMILY, TITLE = "trim", "Trim and rotate at the least cost (long-only)"
WHAT = "Trimming"
CLOSE = 1e-5
LEAST_SHARE = 1e-6
# Rounding to whole units moves the tracking error by its last digits.
ROOM = 0.998
# Trades below this share of the portfolio are not worth a ticket.
DUST = 0.0025


class TrimHedger:
    """Find the cheapest trades of a long-only account that lose less.

    ``min k't + k'b`` with ``w = w0 - t + b``, what is sold in all at most the turnover,
    tracking error within the mandate's.
    """

    family = "trim"
    order = 4

    def hedge(self, question: HedgeQuestion) -> Hedge:
        """Return the cheapest rotation that reaches the target.

        Raises
        ------
        HedgeInfeasible
            If turnover, tracking error or caps do not allow it; ``best`` is the most
            they allow.
        ComputationError
            If the solver fails or its answer breaks a limit.
        """
        reason = reason_against(question) or reason_against_trading(question)
        if reason:
            return unhedged(question, FAMILY, TITLE, "not-applicable", reason)
        assets = assets_of(question)
        problem = assets.problem(question, question.share)
        w = _polished(question, assets, problem)
        if w is not None:
            found = rotated(
                question,
                assets,
                w,
                family=FAMILY,
                title=TITLE,
                status="optimal",
                binding=binding_of(question, assets, w),
            )
            if not question.further:
                return found
            return replace(found, frontier=_frontier(question, assets))
        w = within_tracking_error(question, assets, problem, protect=True)
        if w is None:
            best = unhedged(
                question, FAMILY, TITLE, "infeasible", "No trade is allowed."
            )
            raise out_of_reach(WHAT, 0.0, question.share, best)
        share = _share(question, problem, w)
        nearer = assets.problem(question, share * (1 - 1e-6))
        cheapest = _polished(question, assets, nearer)
        w = w if cheapest is None else cheapest
        best = rotated(
            question,
            assets,
            w,
            family=FAMILY,
            title=TITLE,
            status="infeasible",
            binding=binding_of(question, assets, w),
        )
        if question.further:
            best = replace(best, frontier=_frontier(question, assets, most=share))
        raise out_of_reach(WHAT, share, question.share, best)


def _polished(
    question: HedgeQuestion, assets: Assets, problem: TrimProblem
) -> Floats | None:
    """Solve, keep the trades worth a ticket, and solve again with only those."""
    first = within_tracking_error(question, assets, problem)
    if first is None:
        return None
    least = max(DUST, question.mandate.smallest_ticket / question.value)
    small = np.abs(first - assets.weights) < least
    # Cash takes up what is left of the rest.
    small[assets.cash] = False
    # The fees of the orders are part of what must be earned.
    fewer = replace(
        problem,
        loss=problem.loss
        - assets.fees(question, np.where(small, assets.weights, first)),
        lower=np.where(small, assets.weights, assets.lower),
        upper=np.where(small, assets.weights, assets.upper),
    )
    second = within_tracking_error(question, assets, fewer)
    return first if second is None else second


def _share(question: HedgeQuestion, problem: TrimProblem, w: Floats) -> float:
    """Return the share of the loss that new weights take away after cost."""
    left = -float(problem.stress @ w) + problem.cost_of(w)
    return max(0.0, 1.0 - left * question.value / question.loss)


def within_tracking_error(
    question: HedgeQuestion,
    assets: Assets,
    problem: TrimProblem,
    *,
    protect: bool = False,
) -> Floats | None:
    """Solve the linear program; where it strays too far, the cone program.

    Raises
    ------
    ComputationError
        If a solver fails, or its answer breaks a limit.
    """
    limit = ROOM * question.mandate.tracking_error
    w = solve_trim(problem, protect=protect)
    if w is not None and assets.tracking_error(w) > limit:
        from stresskit.hedgers.cone import trim_within

        yearly = YEAR_DAYS * assets.cov
        w = trim_within(problem, yearly, limit, protect=protect)
    if w is None:
        return None
    broken = trim_violations(problem, w, CLOSE, target=not protect)
    if assets.tracking_error(w) > limit + CLOSE:
        broken.append("tracking error")
    if broken:
        raise ComputationError(f"The solver's answer breaks: {', '.join(broken)}.")
    return w


def binding_of(question: HedgeQuestion, assets: Assets, w: Floats) -> tuple[str, ...]:
    """Return the limits that new weights touch, in words."""
    m = question.mandate
    found = []
    if assets.tracking_error(w) > m.tracking_error - 1e-3:
        found.append(f"tracking error of {m.tracking_error:.0%} a year")
    if float(np.maximum(assets.weights - w, 0.0).sum()) > m.turnover - 1e-4:
        found.append(f"turnover of {m.turnover:.0%}")
    if float(assets.tax.max(initial=0.0)) > 0 and _costs_too_much(question, assets, w):
        found.append(f"tax of {m.tax_rate:.1%} on {m.gain_share:.0%} of what is sold")
    found += [
        f"cap of {assets.keys[n]} ({assets.upper[n]:.0%})"
        for n in np.flatnonzero(
            (w > assets.upper - 1e-4) & (w > assets.weights + 1e-4)
        ).tolist()
    ]
    return tuple(found)


def _costs_too_much(question: HedgeQuestion, assets: Assets, w: Floats) -> bool:
    """Whether new weights fall short of the target, after cost."""
    problem = assets.problem(question, question.share)
    return _share(question, problem, w) < question.share - 1e-4


def _frontier(
    question: HedgeQuestion, assets: Assets, *, most: float | None = None
) -> tuple[FrontierPoint, ...]:
    """Return nine points from no protection to the most."""
    loss = question.loss / question.value
    if most is None:
        problem = assets.problem(question, 0.0)
        w = within_tracking_error(question, assets, problem, protect=True)
        most = 0.0 if w is None else _share(question, problem, w)
    most = min(most, 1.0)
    if most <= LEAST_SHARE:
        return ()
    found = [(0.0, 0.0)]
    for n in range(1, POINTS):
        share = most * (1 - 1e-6) * n / (POINTS - 1)
        problem = assets.problem(question, share)
        w = within_tracking_error(question, assets, problem)
        if w is None:
            break
        found.append((share, problem.cost_of(w)))
    at = knee(np.array([cost for _, cost in found]))
    return tuple(
        FrontierPoint(
            share=share,
            residual=(1.0 - share) * loss,
            cost=cost,
            # Per percent of the loss, from the point before.
            price=0.01 * (cost - found[n - 1][1]) / (share - found[n - 1][0])
            if n
            else 0.0,
            knee=n == at,
        )
        for n, (share, cost) in enumerate(found)
    )

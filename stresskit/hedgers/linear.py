"""The families of tickets: the cheapest plan, its frontier, what would loosen it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.hedge.effect import knee, worst_case
from stresskit.errors import HedgeInfeasible
from stresskit.hedgers.record import (
    hedge_of,
    legs_of,
    loads_of,
    out_of_reach,
    unhedged,
    variances,
)
from stresskit.hedgers.solver import BINDS, Answer, relaxed_limit, solve, without
from stresskit.model import FrontierPoint, Hedge, Relaxation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.core.hedge.problem import HedgeProblem
    from stresskit.core.hedge.question import HedgeQuestion, Ticket

    Floats = NDArray[np.float64]

POINTS = 9
ALTERNATIVES = 2
HALVINGS = 10
# Less than this share of the most in reach is asked for, so that rounding finds it.
NEARLY = 1.0 - 1e-6
# By how much limits are moved to say what that would buy.
STEPS = {"gross": 0.10, "short": 0.10, "premium": 0.01, "over-hedge": 0.03}
STEPS |= {"harm": 0.005, "beta": 0.10, "cap": 0.05, "cost": 0.005}


@dataclass(frozen=True)
class Family:
    """What a family of tickets is called and how its problem is stated."""

    id: str
    title: str
    what: str
    note: str
    neutral: bool = False


def suggest(
    question: HedgeQuestion, family: Family, tickets: tuple[Ticket, ...]
) -> Hedge:
    """Return the cheapest plan of a family that reaches the target.

    Raises
    ------
    HedgeInfeasible
        If the limits do not allow it; ``best`` is the most they allow.
    ComputationError
        If the solver fails or its answer breaks a limit.
    """
    idle = _nothing_to_do(question, family)
    if idle is not None:
        return idle
    if not tickets:
        note = "The mandate and the universe leave no instrument for this."
        best = unhedged(question, family.id, family.title, "infeasible", note)
        raise HedgeInfeasible(
            f"{family.what}: no instrument is allowed, known well enough and has cost "
            "data.",
            hint="Widen the mandate's universe, or give instruments of your own "
            "(--instruments FILE).",
            best=best,
        )
    problem = question.problem(tickets, neutral=family.neutral)
    tickets, problem = _useful(question, family, tickets, problem)
    relaxed = solve(problem, whole=False)
    answer = None
    if relaxed is not None:
        answer = solve(problem) if problem.whole else relaxed
    if answer is not None and question.mandate.robust == "ellipsoid":
        answer = _robust(question, tickets, problem, answer)
    if answer is not None:
        binding = binding_of(problem, relaxed, answer.x) if relaxed else ()
        best = _recorded(question, family, tickets, problem, answer, "optimal", binding)
        if not question.further:
            return best
        frontier = _frontier(question, problem)
        others = _alternatives(question, family, tickets, problem, answer)
        return replace(best, frontier=frontier, alternatives=others)
    if question.mandate.robust == "ellipsoid":
        return _most_robust(question, family, tickets, problem)
    return _most(question, family, tickets, problem)


def _most_robust(
    question: HedgeQuestion,
    family: Family,
    tickets: tuple[Ticket, ...],
    problem: HedgeProblem,
) -> Hedge:
    """Raise with the most that holds in the worst case, found by halving."""
    loss = question.loss / question.value
    errors = question.errors(tickets)
    low, high = -loss, min(problem.required, loss)
    best, found = None, low
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        asked = replace(problem, required=middle)
        x = _robust_sizes(question, asked, errors, None)
        if x is None:
            high = middle
        else:
            low, best, found = middle, x, middle
    if best is None or found <= 0:
        note = "In the worst case of its own errors no plan takes anything away."
        none = unhedged(question, family.id, family.title, "infeasible", note)
        raise out_of_reach(
            f"{family.what}, in the worst case", 0.0, question.share, none
        )
    relaxed = solve(problem, whole=False, protect=True)
    words: tuple[str, ...] = ("errors of the hedge and of the portfolio",)
    if relaxed is not None:
        words += binding_of(problem, relaxed, best, target=False)
    answer = Answer(best, problem.cost_of(best))
    plan = _recorded(question, family, tickets, problem, answer, "infeasible", words)
    raise out_of_reach(
        f"{family.what}, in the worst case", found / loss, question.share, plan
    )


def _nothing_to_do(question: HedgeQuestion, family: Family) -> Hedge | None:
    reason = reason_against(question)
    if not reason:
        return None
    return unhedged(question, family.id, family.title, "not-applicable", reason)


def reason_against(question: HedgeQuestion) -> str:
    """Return why there is nothing to hedge, empty where there is."""
    if question.loss <= 0:
        return "The portfolio does not lose under this scenario."
    if question.required <= 0:
        return "The target is met already: the loss is no larger than asked for."
    return ""


def _useful(
    question: HedgeQuestion,
    family: Family,
    tickets: tuple[Ticket, ...],
    problem: HedgeProblem,
) -> tuple[tuple[Ticket, ...], HedgeProblem]:
    """Leave out what cannot be ordered, and what is the same as something better.

    A cap that holds no lot is no order. Of instruments on one index the cheapest stays,
    and the one of the smallest lot.
    """
    kept: list[int] = []
    alike: dict[tuple[str, ...], list[int]] = {}
    for n, t in enumerate(tickets):
        lot = problem.lots[n] if problem.lots.size else 0.0
        # A lot that is not known fits.
        if problem.caps[n] > 0 and not problem.caps[n] < lot:
            alike.setdefault(_what(t), []).append(n)
    for same in alike.values():
        cheapest = min(same, key=lambda n: (problem.cost[n], n))
        sizes = [n for n in same if problem.lots.size and problem.lots[n] > 0]
        smallest = min(
            sizes, key=lambda n: (problem.lots[n], problem.cost[n], n), default=cheapest
        )
        kept += {cheapest, smallest}
    order = sorted(kept)
    if len(order) == len(tickets) or not order:
        return tickets, problem
    chosen = tuple(tickets[n] for n in order)
    return chosen, question.problem(chosen, neutral=family.neutral)


def _what(ticket: Ticket) -> tuple[str, ...]:
    """Return what makes tickets alike: the side and every gain; a package is one."""
    (leg, *more) = ticket.legs
    if more or leg.quote is not None:
        return (ticket.key,)
    # In another currency or hedged, the same index is another thing.
    gains = ",".join(f"{g:.9f}" for g in ticket.gains.tolist())
    return (leg.side, gains)


def _recorded(
    question: HedgeQuestion,
    family: Family,
    tickets: tuple[Ticket, ...],
    problem: HedgeProblem,
    answer: Answer,
    status: str,
    binding: tuple[str, ...],
) -> Hedge:
    x = answer.x
    legs = legs_of(question, tickets, x, problem.impact_of(x))
    fixed = float(np.broadcast_to(problem.ticket, x.shape)[x > 0].sum())
    diagnostics = {"target": question.share, "gap": answer.gap}
    if question.further:
        diagnostics["worst_case_loss"] = _worst_loss(question, tickets, problem, x)
    if answer.timed_out:
        diagnostics["time_limit_reached"] = 1.0
    return hedge_of(
        question,
        legs,
        family=family.id,
        title=family.title,
        status=status,
        note=family.note,
        binding=binding,
        ticket_cost=fixed * question.value,
        loads=loads_of(question, tickets, x),
        variance=variances(question, tickets, x) if question.further else None,
        diagnostics=diagnostics,
    )


def _worst_loss(
    question: HedgeQuestion,
    tickets: tuple[Ticket, ...],
    problem: HedgeProblem,
    x: Floats,
) -> float:
    chosen = [t for t, size in zip(tickets, x, strict=True) if size > 0]
    worst = worst_case(
        question.loss / question.value,
        problem.gain[x > 0],
        question.errors(chosen),
        question.mandate.kappa,
        x[x > 0],
    )
    return worst + problem.cost_of(x)


def binding_of(
    problem: HedgeProblem, relaxed: Answer, x: Floats, *, target: bool = True
) -> tuple[str, ...]:
    """Return the limits that a plan touches and that have a price, in words.

    The dearest first; a price is that of the relaxation.
    """
    # Whole lots leave a little room below a limit that stops them.
    lots = problem.lots[x > 0] if problem.lots.size else np.zeros(0)
    room = max(1e-3, float(np.nanmax(lots, initial=0.0)))
    found: list[tuple[float, str]] = []
    for r in problem.limits:
        price = relaxed.prices.get(r.name, 0.0)
        if price < -BINDS and float(r.coefficients @ x) > r.bound - room:
            found.append((price * max(r.bound, 0.01), r.name))
    shared = {r.name.split(" ")[2] for r in problem.limits if r.key == "cap"}
    for j, name in enumerate(problem.names):
        price = float(relaxed.cap_prices[j]) if relaxed.cap_prices.size else 0.0
        what = name.split(" ", 1)[-1]
        if (
            price < -BINDS
            and x[j] > problem.caps[j] - room
            and (what.split(" ")[0] not in shared)
        ):
            words = f"cap of {what} ({problem.caps[j]:.1%})"
            found.append((price * float(problem.caps[j]), words))
    names = [name for _, name in sorted(found)]
    return (*(["target"] if target else []), *names)


def _most(
    question: HedgeQuestion,
    family: Family,
    tickets: tuple[Ticket, ...],
    problem: HedgeProblem,
) -> Hedge:
    """Raise with the most protective plan, what limits it, and what would loosen it."""
    loss = question.loss / question.value
    relaxed = solve(problem, whole=False, protect=True)
    answer = solve(problem, protect=True)
    if answer is None or relaxed is None:
        note = "No plan is within the limits."
        best = unhedged(question, family.id, family.title, "infeasible", note)
        raise out_of_reach(family.what, 0.0, question.share, best)
    # The cheapest of those that protect as much.
    reached = problem.reached_by(answer.x)
    lower = replace(problem, required=reached * NEARLY)
    cheaper = solve(lower) if reached > 0 else None
    answer = cheaper or answer
    binding = binding_of(problem, relaxed, answer.x, target=False)
    if (
        problem.most is not None
        and np.count_nonzero(answer.x) >= problem.most
        and (problem.reached_by(relaxed.x) > reached * (1 + 1e-4))
    ):
        binding = (*binding, f"number of tickets ({problem.most})")
    best = _recorded(question, family, tickets, problem, answer, "infeasible", binding)
    share = problem.reached_by(answer.x) / loss
    if question.further:
        best = replace(
            best,
            frontier=_frontier(question, problem, most=problem.reached_by(relaxed.x)),
            relaxations=_relaxations(question, problem, relaxed),
        )
    raise out_of_reach(family.what, share, question.share, best)


def _relaxations(
    question: HedgeQuestion, problem: HedgeProblem, relaxed: Answer
) -> tuple[Relaxation, ...]:
    """Say what moving each limit that binds would buy, by solving again."""
    loss = question.loss / question.value
    now = problem.reached_by(relaxed.x) / loss
    found = []
    for limit in problem.limits:
        if not relaxed.prices.get(limit.name, 0.0) < -BINDS:
            continue
        step = STEPS.get(limit.key)
        if step is None:
            continue
        moved = relaxed_limit(problem, limit.name, limit.bound + step)
        name = limit.name
        for other in problem.limits:
            # Of two limits that are one only both together buy something.
            same = np.array_equal(other.coefficients, limit.coefficients)
            if other.name != name and same and other.bound == limit.bound:
                moved = relaxed_limit(moved, other.name, other.bound + step)
                name = f"{name} and {other.name}"
        found.append(_bought(moved, name, limit.bound, limit.bound + step, loss, now))
    for j, name in enumerate(problem.names):
        if relaxed.cap_prices.size and relaxed.cap_prices[j] < -BINDS:
            caps = problem.caps.copy()
            caps[j] += STEPS["cap"]
            again = solve(replace(problem, caps=caps), whole=False, protect=True)
            if again is not None:
                then = problem.reached_by(again.x) / loss
                found.append(
                    Relaxation(
                        limit=f"cap of {name.split(' ', 1)[-1]}",
                        now=f"{problem.caps[j]:.1%}",
                        then=f"{caps[j]:.1%}",
                        share=now,
                        share_then=then,
                    )
                )
    found = [r for r in found if r.share_then > r.share + 1e-6]
    return tuple(sorted(found, key=lambda r: (-r.share_then, r.limit)))


def _bought(
    moved: HedgeProblem, name: str, bound: float, then_: float, loss: float, now: float
) -> Relaxation:
    again = solve(moved, whole=False, protect=True)
    then = moved.reached_by(again.x) / loss if again else now
    return Relaxation(
        limit=name,
        now=f"{bound:.1%}",
        then=f"{then_:.1%}",
        share=now,
        share_then=then,
    )


def _frontier(
    question: HedgeQuestion,
    problem: HedgeProblem,
    *,
    most: float | None = None,
) -> tuple[FrontierPoint, ...]:
    """Return nine points from no protection to the most, of the relaxation."""
    loss = question.loss / question.value
    if most is None:
        far = solve(problem, whole=False, protect=True)
        most = problem.reached_by(far.x) if far else problem.required
    # To be paid for falling is no protection.
    most = min(most, loss)
    found: list[tuple[float, float, float]] = [(0.0, 0.0, 0.0)]
    for n in range(1, POINTS):
        gain = most * NEARLY * n / (POINTS - 1)
        answer = solve(replace(problem, required=gain), whole=False)
        if answer is None:
            break
        price = -answer.prices.get("target", 0.0) * 0.01 * loss
        found.append((gain, answer.cost, price))
    at = knee(np.array([cost for _, cost, _ in found]))
    return tuple(
        FrontierPoint(
            share=gain / loss,
            residual=loss - gain,
            cost=cost,
            price=price,
            knee=n == at,
        )
        for n, (gain, cost, price) in enumerate(found)
    )


def _alternatives(
    question: HedgeQuestion,
    family: Family,
    tickets: tuple[Ticket, ...],
    problem: HedgeProblem,
    answer: Answer,
) -> tuple[Hedge, ...]:
    """Return two more plans, each without the largest instrument of those before."""
    found: list[Hedge] = []
    barred: set[str] = set()
    x = answer.x
    for _ in range(ALTERNATIVES):
        largest = int(np.argmax(x * problem.gain))
        barred.add(tickets[largest].group)
        at = [n for n, t in enumerate(tickets) if t.group in barred]
        if len(at) == len(tickets):
            break
        other = solve(without(problem, at))
        if other is None or not other.x.any():
            break
        x = other.x
        plan = _recorded(question, family, tickets, problem, other, "optimal", ())
        found.append(replace(plan, title=f"Without {', '.join(sorted(barred))}"))
    return tuple(found)


def _robust(
    question: HedgeQuestion,
    tickets: tuple[Ticket, ...],
    problem: HedgeProblem,
    answer: Answer,
) -> Answer | None:
    """Size the chosen tickets again so that the worst case meets the target."""
    chosen = [int(n) for n in np.flatnonzero(answer.x > 0)]
    x = _robust_sizes(question, problem, question.errors(tickets), chosen)
    return None if x is None else replace(answer, x=x, cost=problem.cost_of(x))


def _robust_sizes(
    question: HedgeQuestion,
    problem: HedgeProblem,
    errors: Floats,
    chosen: list[int] | None,
) -> Floats | None:
    """Return sizes that hold in the worst case, of the chosen tickets or of others.

    Of all tickets the largest are kept, as many as the mandate allows.
    """
    from stresskit.hedgers.cone import solve_robust

    kappa = question.mandate.kappa
    if chosen is not None:
        x = solve_robust(problem, errors, kappa, chosen)
        if x is not None:
            return x
    free = replace(problem, lots=np.zeros(0), most=None, least=0.0)
    x = solve_robust(free, errors, kappa, None)
    if x is None:
        return None
    largest = np.argsort(-x, kind="stable")[: problem.most or len(x)]
    return solve_robust(problem, errors, kappa, [int(n) for n in largest if x[n] > 0])

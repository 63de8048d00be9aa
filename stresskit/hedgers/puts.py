"""Family C: puts, put spreads and collars on liquid underlyings, valued in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.hedgers.linear import Family, suggest

if TYPE_CHECKING:
    from stresskit.core.hedge.question import HedgeQuestion, Ticket
    from stresskit.model import Hedge

OPTIONS = Family(
    id="options",
    title="Puts, put spreads, collars",
    what="Options",
    note="Cost is the spread (3% of the premium each way) and what the options lose by "
    "time over the horizon; the premium itself is the outlay. Volatility is given or "
    "assumed, a listed price will differ.",
)
# The best few of each underlying: the rest are between them.
KEPT = 2


class OptionsHedger:
    """Buy protection on what falls, revalued in every scenario.

    ``v(S (1 + r), vol + shift, T - h) - v(S, vol, T)`` by Black-Scholes-Merton.
    """

    family = "options"
    order = 3

    def hedge(self, question: HedgeQuestion) -> Hedge:
        """Return the cheapest options that reach the target.

        Raises
        ------
        HedgeInfeasible
            If the limits do not allow it; ``best`` is the most they allow.
        ComputationError
            If the solver fails or its answer breaks a limit.
        """
        return suggest(question, OPTIONS, best_of_each(question))


def best_of_each(question: HedgeQuestion) -> tuple[Ticket, ...]:
    """Return the packages of each underlying that protect most for their cost.

    By gain per cost and by gain per premium, so that neither a tight premium nor a
    tight cost leaves a family without its best.
    """
    horizon = question.mandate.horizon
    groups: dict[str, list[Ticket]] = {}
    for t in question.options:
        if t.gains[0] > t.cost(horizon):
            # Of puts, spreads and collars each: a collar's cap is what is held.
            kind = t.key.partition(f" {t.legs[0].instrument.ticker} ")[0]
            groups.setdefault(f"{t.group} {kind}", []).append(t)
    kept: list[Ticket] = []
    for tickets in groups.values():
        by_cost = sorted(
            tickets, key=lambda t: (-t.gains[0] / max(t.cost(horizon), 1e-9), t.key)
        )
        by_size = sorted(tickets, key=lambda t: (-t.gains[0], t.key))
        by_outlay = sorted(
            tickets, key=lambda t: (-t.gains[0] / max(t.premium, 1e-6), t.key)
        )
        wanted = (*by_cost[:KEPT], *by_size[:1], *by_outlay[:1])
        kept += {t.key: t for t in wanted}.values()
    return tuple(kept)

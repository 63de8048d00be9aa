"""Family B: pairs, long what holds up and short the segment, in equal money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.hedgers.linear import Family, suggest

if TYPE_CHECKING:
    from stresskit.core.hedge.question import HedgeQuestion
    from stresskit.model import Hedge

PAIRS = Family(
    id="pairs",
    title="Pairs: long what holds up, short the segment",
    what="Pairs",
    note="As much bought as sold short. Gains of what is bought count once, however "
    "hard the event: they do not grow with severity.",
    neutral=True,
)


class PairsHedger:
    """Sell short what falls most and buy as much of what holds up.

    What is sold falls by more than what is bought; gains of beneficiaries do not grow
    beyond the event's own.
    """

    family = "pairs"
    order = 2

    def hedge(self, question: HedgeQuestion) -> Hedge:
        """Return the cheapest pairs that reach the target.

        Raises
        ------
        HedgeInfeasible
            If the limits do not allow it; ``best`` is the most they allow.
        ComputationError
            If the solver fails or its answer breaks a limit.
        """
        shorts, buys = question.shorts(), question.buys()
        if not (shorts and buys):
            return suggest(question, PAIRS, ())
        held_up = tuple(t for t in buys if t.gains[0] >= 0)
        return suggest(question, PAIRS, (*shorts, *(held_up or buys)))

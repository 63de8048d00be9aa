"""Family A: an overlay of what is sold short, against the loss, at the least cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.hedgers.linear import Family, suggest

if TYPE_CHECKING:
    from stresskit.core.hedge.question import HedgeQuestion
    from stresskit.model import Hedge

OVERLAY = Family(
    id="overlay",
    title="Overlay of shorts",
    what="The overlay",
    note="Sold short for the horizon: two half-spreads, commission, borrow and the "
    "market impact of its own size.",
)


class OverlayHedger:
    """Short funds, shares and futures so that the loss falls to the target.

    A book that is itself short may also buy, to keep its beta.
    """

    family = "overlay"
    order = 1

    def hedge(self, question: HedgeQuestion) -> Hedge:
        """Return the cheapest overlay that reaches the target.

        Raises
        ------
        HedgeInfeasible
            If the limits do not allow it; ``best`` is the most they allow.
        ComputationError
            If the solver fails or its answer breaks a limit.
        """
        tickets = question.shorts()
        if any(r.stressed_exposure < 0 for r in question.result.by_position):
            tickets += question.buys()
        return suggest(question, OVERLAY, tickets)

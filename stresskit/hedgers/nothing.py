"""Family F, doing nothing: the yardstick of every suggestion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.hedgers.record import hedge_of

if TYPE_CHECKING:
    from stresskit.core.hedge.question import HedgeQuestion
    from stresskit.model import Hedge


class NothingHedger:
    """Keep the portfolio as it is."""

    family = "nothing"
    order = 9

    def hedge(self, question: HedgeQuestion) -> Hedge:
        """Return the hedge without legs: no cost, the whole P&L remains."""
        return hedge_of(
            question,
            (),
            family="nothing",
            title="Do nothing",
            status="nothing",
            note="No cost; nothing is given up if the market rebounds.",
        )

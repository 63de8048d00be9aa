"""Doing nothing: the yardstick of every suggestion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.model import Hedge

if TYPE_CHECKING:
    from stresskit.model import Instrument, StressResult


class NothingHedger:
    """Keep the portfolio as it is."""

    order = 9

    def hedge(
        self,
        result: StressResult,
        instruments: tuple[Instrument, ...],  # noqa: ARG002 - the seam's signature
        target: float,  # noqa: ARG002 - the seam's signature
    ) -> Hedge:
        """Return the hedge without legs: no cost, the whole P&L remains."""
        return unhedged(result, "nothing", "Do nothing", "nothing", "")


def unhedged(
    result: StressResult, family: str, title: str, status: str, note: str
) -> Hedge:
    """Return a suggestion without legs, with the reason in ``note``."""
    return Hedge(
        family=family,
        title=title,
        legs=(),
        cost=0.0,
        cost_bps=0.0,
        hedge_pnl=0.0,
        residual_pnl=result.pnl,
        status=status,
        note=note,
    )

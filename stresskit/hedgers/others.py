"""What hedgers of other packages give, looked at before it is believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stresskit.model import Hedge

if TYPE_CHECKING:
    from stresskit.core.hedge.question import HedgeQuestion


def wrong_hedge(found: object, family: str, question: HedgeQuestion) -> str:
    """Return what is wrong with a suggestion for a family, or nothing."""
    if not isinstance(found, Hedge):
        return f"gives {type(found).__name__}, no hedge"
    if found.family != family:
        return f"gives a hedge of the family {found.family!r}"
    figures = (found.cost, found.hedge_pnl, found.residual_pnl, *found.pnls)
    if not np.isfinite(figures).all():
        return "gives a figure that is no number"
    asked = len(question.scenarios)
    if len(found.pnls) != asked:
        return f"values its hedge in {len(found.pnls)} scenarios, not in {asked}"
    return ""

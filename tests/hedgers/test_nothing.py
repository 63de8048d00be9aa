from __future__ import annotations

from stresskit.hedgers.nothing import NothingHedger


def test_doing_nothing_costs_nothing_and_keeps_the_loss(book, ask):
    """The yardstick has no leg, no cost and the whole P&L."""
    result = book(CHIP=1e6)
    h = NothingHedger().hedge(ask(result))
    assert (h.family, h.status, h.legs) == ("nothing", "nothing", ())
    assert (h.cost, h.cost_bps, h.hedge_pnl) == (0.0, 0.0, 0.0)
    assert h.residual_pnl == result.pnl < 0

"""Family D, the nearest: the long-only portfolio closest to the present one.

riskfolio-lib finds the weights; they are checked here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.hedge.holdings import assets_of, reason_against_trading
from stresskit.errors import ComputationError
from stresskit.hedgers.linear import reason_against
from stresskit.hedgers.optimiser import nearest
from stresskit.hedgers.record import out_of_reach, unhedged
from stresskit.hedgers.trades import rotated
from stresskit.hedgers.trim import ROOM, binding_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.core.hedge.holdings import Assets
    from stresskit.core.hedge.question import HedgeQuestion
    from stresskit.model import Hedge

    Floats = NDArray[np.float64]

FAMILY, TITLE = "rotation", "Rotate, nearest to the present portfolio (long-only)"
# Trades below this share of the portfolio are not worth a ticket.
DUST = 0.0025
CLOSE = 1e-5


class RotationHedger:
    """Find the long-only portfolio nearest to the present one that loses less.

    ``min (w - w0)' C (w - w0)`` subject to the loss after cost, weights of 0 at least
    that sum to 1, the mandate's tracking error and turnover, and caps.
    """

    family = "rotation"
    order = 5

    def hedge(self, question: HedgeQuestion) -> Hedge:
        """Return the rotation that reaches the target.

        Raises
        ------
        HedgeInfeasible
            If the tracking error or the caps do not allow it; ``best`` is the most
            they allow.
        ComputationError
            If the weights that come back break a limit.
        """
        reason = reason_against(question) or reason_against_trading(question)
        if reason:
            return unhedged(question, FAMILY, TITLE, "not-applicable", reason)
        assets = assets_of(question)
        weights = _polished(question, assets, question.share)
        if weights is not None:
            return _record(question, assets, weights, "optimal")
        reached = min(question.share, _most(question, assets))
        weights = _polished(question, assets, reached)
        if weights is None:
            best = unhedged(question, FAMILY, TITLE, "infeasible", "No rotation found.")
        else:
            best = _record(question, assets, weights, "infeasible")
        raise out_of_reach("A rotation", reached, question.share, best)


def _record(question: HedgeQuestion, assets: Assets, w: Floats, status: str) -> Hedge:
    return rotated(
        question,
        assets,
        w,
        family=FAMILY,
        title=TITLE,
        status=status,
        binding=binding_of(question, assets, w),
    )


def _polished(question: HedgeQuestion, assets: Assets, share: float) -> Floats | None:
    """Solve, keep the trades worth a ticket, and solve again with only those."""
    first = _optimise(question, assets, share, assets.lower, assets.upper)
    if first is None:
        return None
    least = max(DUST, question.mandate.smallest_ticket / question.value)
    small = np.abs(first - assets.weights) < least
    small[assets.cash] = False
    lower = np.where(small, assets.weights, assets.lower)
    upper = np.where(small, assets.weights, assets.upper)
    # The fees of the orders are part of what must be earned.
    fees = assets.fees(question, np.where(small, assets.weights, first))
    share += fees * question.value / question.loss
    second = _optimise(question, assets, share, lower, upper)
    return first if second is None else second


def _rates(assets: Assets) -> Floats:
    """Cost of a trade per unit of weight: what is sold falls, what is bought rises."""
    return np.where(assets.buying > 0, -assets.buying, assets.selling)


def _optimise(
    question: HedgeQuestion, assets: Assets, share: float, lower: Floats, upper: Floats
) -> Floats | None:
    """Return the nearest weights that reach the share, None if there are none."""
    rates = _rates(assets)
    # Selling costs w0 - w times the rate, buying w - w0 times it: linear in w.
    need = -(1.0 - share) * question.loss / question.value
    need += float(rates @ assets.weights)
    net = assets.stress + rates
    bounds, limits = _limits(question, assets, lower, upper)
    w = nearest(
        assets.keys,
        assets.weights,
        assets.cov,
        np.vstack([-net, bounds]),
        np.concatenate([[-need], limits]),
        tracking_error=ROOM * question.mandate.tracking_error,
    )
    if w is None:
        return None
    w = np.where(np.abs(w - assets.weights) < 1e-7, assets.weights, w)
    if not _holds(question, assets, w, net, need):
        return None
    # Within tolerance is not within: nobody sells more than is held.
    return np.clip(w, lower, upper)


def _limits(
    question: HedgeQuestion, assets: Assets, lower: Floats, upper: Floats
) -> tuple[Floats, Floats]:
    """Return caps, floors and the turnover as rows ``A w <= b``."""
    n = len(assets.weights)
    # What may be sold only falls, so that its sum is linear: sold = sum (w0 - w).
    sold = np.array([1.0 if r is not None else 0.0 for r in assets.held])
    turnover = assets.turnover(question) - float(sold @ assets.weights)
    harm = assets.harm(question)
    return (
        np.vstack([np.eye(n), -np.eye(n), -sold, *(row for _, row, _ in harm)]),
        np.concatenate([upper, -lower, [turnover], [b for _, _, b in harm]]),
    )


def _most(question: HedgeQuestion, assets: Assets) -> float:
    """Return the largest share of the loss, after cost, that the limits allow."""
    rates = _rates(assets)
    net = assets.stress + rates
    bounds, limits = _limits(question, assets, assets.lower, assets.upper)
    w = nearest(
        assets.keys,
        assets.weights,
        assets.cov,
        bounds,
        limits,
        tracking_error=ROOM * question.mandate.tracking_error,
        mean=net,
    )
    if w is None:
        raise ComputationError("The solver found no rotation at all.")
    # A little less than the most, so that it can be reached within tolerances.
    left = float(net @ w - rates @ assets.weights)
    return max(0.0, 0.99 * (1.0 + left * question.value / question.loss))


def _holds(
    question: HedgeQuestion, assets: Assets, w: Floats, net: Floats, need: float
) -> bool:
    m = question.mandate
    sold = float(np.maximum(assets.weights - w, 0.0).sum())
    return bool(
        abs(w.sum() - 1.0) < CLOSE
        and np.all(w >= assets.lower - CLOSE)
        and np.all(w <= assets.upper + CLOSE)
        and net @ w >= need - CLOSE
        and sold <= m.turnover + CLOSE
        and assets.tracking_error(w) <= m.tracking_error + 1e-4
    )

"""Holdings that may be sold and instruments that may be bought, as arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.hedge.costs import YEAR_DAYS
from stresskit.core.hedge.instruments import covariance, loading
from stresskit.core.hedge.question import LEAST_SD, names_of
from stresskit.core.hedge.trim import TrimProblem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.core.hedge.question import HedgeQuestion
    from stresskit.model import Instrument, PositionResult

    Floats = NDArray[np.float64]

CASH_CAP = 0.25
SELLABLE = 40
# Half-spread and commission of a listed share.
STOCK_COST = 0.00035
REST, CASH = "rest", "cash"


@dataclass(frozen=True)
class Assets:
    """n assets: holdings that may be sold, the rest as a block, cash, what to buy.

    ``weights`` (n,) add up to 1; ``stress`` (n,) are returns under the scenario and
    ``returns`` (S, n) in every scenario; ``selling`` and ``buying`` (n,) cost of a
    unit, ``tax`` (n,) the part of selling that is tax; ``cov`` (n, n) daily.
    """

    keys: tuple[str, ...]
    held: tuple[PositionResult | None, ...]
    bought: tuple[Instrument | None, ...]
    weights: Floats
    returns: Floats
    selling: Floats
    buying: Floats
    tax: Floats
    cov: Floats
    lower: Floats
    upper: Floats

    @property
    def cash(self) -> int:
        """The number of the asset that is cash."""
        return self.held.index(None) + 1

    @property
    def stress(self) -> Floats:
        """Returns under the scenario the plan is for, (n,)."""
        result: Floats = self.returns[0]
        return result

    def fees(self, question: HedgeQuestion, w: Floats) -> float:
        """Return what the orders of new weights cost besides, share of the value."""
        if question.result.currency is None:
            return 0.0
        moved = w != self.weights
        moved[self.cash] = False
        return question.mandate.ticket_cost * int(moved.sum()) / question.value

    def problem(self, question: HedgeQuestion, share: float) -> TrimProblem:
        """State the least-cost problem for a share of the loss."""
        loss = question.loss / question.value
        return TrimProblem(
            keys=self.keys,
            weights=self.weights,
            stress=self.stress,
            selling=self.selling,
            buying=self.buying,
            lower=self.lower,
            upper=self.upper,
            loss=(1.0 - share) * loss,
            turnover=self.turnover(question),
            rows=self.harm(question),
        )

    def harm(self, question: HedgeQuestion) -> tuple[tuple[str, Floats, float], ...]:
        """Return rows on new weights: no harm in another scenario, as for overlays."""
        m = question.mandate
        found = []
        for s, scenario in enumerate(question.scenarios[1:], 1):
            allowed = m.harm + m.regret * max(scenario.pnl, 0.0) / question.value
            row = -self.returns[s]
            bound = allowed + float(row @ self.weights)
            found.append((f"no harm in {scenario.label}", row, bound))
        return tuple(found)

    def turnover(self, question: HedgeQuestion) -> float:
        """Return the largest share sold before sales are rounded to whole units."""
        if not question.mandate.whole_lots:
            return question.mandate.turnover
        units = sum(
            r.base_value / abs(r.position.quantity)
            for r in self.held
            if r is not None and r.position.quantity
        )
        return max(0.0, question.mandate.turnover - units / question.value)

    def tracking_error(self, w: Floats) -> float:
        """Return the yearly tracking error of new weights against the present ones."""
        moved = w - self.weights
        variance = float(moved @ self.cov @ moved)
        return math.sqrt(max(variance, 0.0) * YEAR_DAYS)


def reason_against_trading(question: HedgeQuestion) -> str:
    """Return why holdings cannot be rotated here, empty where they can."""
    rows = question.result.by_position
    if any(r.base_value < 0 or r.stressed_exposure < 0 for r in rows):
        return "The portfolio is short or borrows; a rotation is for long-only ones."
    if any(r.base_value == 0 and r.stressed_exposure for r in rows):
        return "The portfolio holds futures; a rotation is for funded positions."
    if question.result.scenario.factor.history is None:
        return "The factor has no segment history, so no tracking error is known."
    if not any(_sellable(question, r) for r in rows):
        return "Nothing that loses may be sold."
    return ""


def _sellable(question: HedgeQuestion, r: PositionResult) -> bool:
    return bool(r.exposure.moves and r.base_value > 0 and r.pnl < 0) and not (
        is_restricted(question, r)
    )


def is_restricted(question: HedgeQuestion, r: PositionResult) -> bool:
    """Whether the mandate says that a holding may not be sold."""
    known = names_of(r)
    return any(word.casefold() in known for word in question.mandate.restricted)


def assets_of(question: HedgeQuestion) -> Assets:
    """Return what may be traded; positions beyond the 40 largest losses are a block."""
    result, m = question.result, question.mandate
    total = question.value
    order = sorted(
        range(len(result.by_position)),
        key=lambda n: (result.by_position[n].pnl, result.by_position[n].position.id),
    )
    sell = [n for n in order if _sellable(question, result.by_position[n])][:SELLABLE]
    rest = [n for n in range(len(result.by_position)) if n not in set(sell)]
    # Cash that is there stays where it stands, in its currencies; what sales bring is
    # in base currency and moves with nothing.
    block = rest
    # A fund that is held is not sold and bought at once.
    held_codes = {result.by_position[n].position.identifiers.ticker for n in sell}
    buys = [
        i
        for i in question.instruments
        if i.data.buy and i.data.kind != "future" and i.ticker not in held_codes
    ]
    base = np.array([r.base_value for r in result.by_position]) / total
    pnls = question.pnls / total

    def together(rows: list[int]) -> tuple[float, Floats]:
        weight = float(base[rows].sum())
        gain = pnls[:, rows].sum(axis=1)
        return weight, gain / weight if weight else np.zeros(len(pnls))

    w_block, r_block = together(block)
    n_buys, n = len(buys), len(sell)
    weights = np.array([*base[sell], w_block, 0.0, *np.zeros(n_buys)])
    returns = np.column_stack(
        [
            *(pnls[:, k] / base[k] for k in sell),
            r_block,
            np.zeros(len(pnls)),
            *(np.array(i.held_returns) for i in buys),
        ]
    )
    lower, upper = np.zeros(len(weights)), weights.copy()
    lower[n] = w_block
    upper[n + 1] = CASH_CAP
    upper[n + 2 :] = [question.cap_of(i) for i in buys]
    taxed = m.tax_rate * m.gain_share
    tax = np.array([*(taxed for _ in sell), 0.0, 0.0, *np.zeros(n_buys)])
    selling = np.array([*(STOCK_COST for _ in sell), 0.0, 0.0, *np.zeros(n_buys)]) + tax
    buying = np.zeros(len(weights))
    buying[n + 2 :] = [i.data.half_spread + i.data.fee for i in buys]
    rows = result.by_position
    return Assets(
        keys=(
            *(rows[k].position.id for k in sell),
            REST,
            CASH,
            *(i.ticker for i in buys),
        ),
        held=(*(rows[k] for k in sell), None, None, *(None for _ in buys)),
        bought=(*(None for _ in sell), None, None, *buys),
        weights=weights,
        returns=returns,
        selling=selling,
        buying=buying,
        tax=tax,
        cov=_covariance(question, sell, block, buys),
        lower=lower,
        upper=upper,
    )


def _covariance(
    question: HedgeQuestion, sell: list[int], block: list[int], buys: list[Instrument]
) -> Floats:
    history = question.result.scenario.factor.history
    if history is None:
        return np.zeros((len(sell) + 2 + len(buys),) * 2)
    rows = question.result.by_position
    money = sum(rows[n].base_value for n in block) or 1.0
    shares = np.array([rows[n].base_value / money for n in block])
    sold = [rows[n].exposure for n in sell]
    kept = [rows[n].exposure for n in block]
    width = len(history.names) - 1
    loads = np.array([loading(e.sensitivities, history) for e in kept]).reshape(
        -1, width
    )
    beta = [
        *(e.beta for e in sold),
        float(sum(s * e.beta for s, e in zip(shares, kept, strict=True))),
        0.0,
        *(i.beta for i in buys),
    ]
    own = sum((s * e.specific_sd) ** 2 for s, e in zip(shares, kept, strict=True))
    residual = [
        *(e.specific_sd for e in sold),
        float(own) ** 0.5,
        0.0,
        *(i.exposure.specific_sd for i in buys),
    ]
    matrix = np.vstack(
        [
            *(loading(e.sensitivities, history) for e in sold),
            shares @ loads,
            np.zeros(width),
            *(loading(i.sensitivities, history) for i in buys),
        ]
    )
    # An asset without any risk of its own would leave the covariance without a root.
    return covariance(np.array(beta), matrix, np.maximum(residual, LEAST_SD), history)

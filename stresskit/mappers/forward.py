"""Currency forwards: one currency bought, another sold, no money held."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stresskit.mappers.fallback import still
from stresskit.model import Issue

if TYPE_CHECKING:
    from stresskit.mappers.context import MappingContext
    from stresskit.model import Exposure, Position

SURE = 0.9


def forward_exposure(position: Position, context: MappingContext) -> Exposure:
    """Return the exposure of a forward, ``N (c_bought - c_sold)``.

    N is its exposure in base currency, positive where the first currency of the pair
    is bought. Without pair or exposure it keeps its value and is not covered.
    """
    pair = str(position.terms.get("pair") or "")
    first, _, second = pair.partition("/")
    amount = position.exposure
    lacks = [
        what
        for what, there in (
            ("pair of currencies (EUR/USD)", first and second and first != second),
            ("exposure (notional)", amount),
        )
        if not there
    ]
    if lacks:
        why = f"no {' and no '.join(lacks)}"
        context.note(_not_known(position, why))
        said = f"Currency forwards without terms ({why})"
        return still(position, "not stressed", said, 0.0, covered=False)
    held = still(
        position, "terms", f"Forward: {first} bought, {second} sold", SURE, covered=True
    )
    return replace(
        held,
        moves=True,
        matched="its terms",
        basis=f"Currency forward: {first} for {second}, "
        f"{'bought' if amount and amount > 0 else 'sold'}; carry is left out",
        currencies={first: 1.0, second: -1.0},
    )


def _not_known(position: Position, why: str) -> Issue:
    return Issue(
        code="forward-terms",
        severity="warning",
        message=f"{position.name} is not stressed: {why}.",
        fix="Write the pair in its name (EUR/USD) and its notional in a column "
        "exposure, positive where the first currency is bought.",
        sheet=position.sheet,
        row=position.row,
        value=position.name,
        money=position.exposure or position.market_value,
    )

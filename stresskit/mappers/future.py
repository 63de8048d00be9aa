"""Futures on share indices: the exposure of a fund on the same index."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from stresskit.core.names import words_of
from stresskit.mappers.commodity import GOLD, SURE, by_price, crypto_exposure
from stresskit.mappers.fallback import still
from stresskit.mappers.fund import NOT_STRESSED, fund_exposure
from stresskit.model import Fund

if TYPE_CHECKING:
    from stresskit.mappers.context import MappingContext
    from stresskit.model import Exposure, IndexFuture, Position

# The letter of the month and one or two digits of the year: ESH5, FESX DEC25.
_EXPIRY = re.compile(r"[FGHJKMNQUVXZ]\d{1,2}$")


class FutureMapper:
    """Place a future by the words of its name, else by the root of its ticker."""

    tier = 3

    def map(self, position: Position, context: MappingContext) -> Exposure | None:
        """Return the exposure of the index underneath, or None."""
        if position.asset_class != "future":
            return None
        found, by = (
            _named(position, context) or _rooted(position, context) or (None, "")
        )
        if found is None:
            return None
        matched = f"future on {found.index} by {by}"
        if found.asset_class == "crypto":
            return crypto_exposure(replace(position, name=found.index), context)
        if found.index.lower() == "gold" and GOLD in context.other_ids:
            return by_price(position, GOLD, f"Future on gold by {by}", SURE)
        fund = context.directory.items.get(found.of or "")
        if not isinstance(fund, Fund):
            reason = NOT_STRESSED.get(found.asset_class)
            said = f"Future on {found.index}: "
            said += "rates, currencies and commodities are not stressed yet"
            if reason is None and found.asset_class == "equity":
                return None
            return still(position, "not stressed", said, 0.0, covered=False)
        exposure = fund_exposure(position, fund, by, context)
        return replace(exposure, matched=matched) if exposure is not None else None


def _named(
    position: Position, context: MappingContext
) -> tuple[IndexFuture, str] | None:
    name = words_of(position.name)
    found = [(len(words), f) for words, f in context.futures if words in name]
    return (max(found, key=lambda x: x[0])[1], "name") if found else None


def _rooted(
    position: Position, context: MappingContext
) -> tuple[IndexFuture, str] | None:
    ticker = (position.identifiers.ticker or "").upper().replace(" ", "")
    roots = {ticker, _EXPIRY.sub("", ticker)}
    found = [f for f in context.factor.chain.futures if f.root in roots]
    return (found[0], f"root {found[0].root}") if len(found) == 1 else None

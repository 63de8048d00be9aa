"""Gold and bitcoin: what moves with one price, whatever wraps it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from stresskit.mappers.fallback import map_remaining, still
from stresskit.model import Exposure, Issue

if TYPE_CHECKING:
    from stresskit.mappers.context import MappingContext
    from stresskit.model import Position

GOLD, BITCOIN, DOLLAR = "GOLD", "BITCOIN", "USD"
SURE, UNSURE = 0.9, 0.3
_BITCOIN = re.compile(
    r"\b(bitcoin(?! *(cash|sv|gold|diamond)\b)|btc|xbt)\b", re.IGNORECASE
)
_DOLLARS = re.compile(r"\b(usdc|usdt|usd coin|tether|pyusd|dai)\b", re.IGNORECASE)


def crypto_exposure(position: Position, context: MappingContext) -> Exposure:
    """Return the exposure of a crypto-currency: bitcoin's, said where it is another."""
    if BITCOIN not in context.other_ids:
        return map_remaining(position, context)
    known = f"{position.name} {position.identifiers.ticker or ''}".replace("-", " ")
    if _DOLLARS.search(known):
        held = still(
            position, "cash", "A coin that is worth a dollar", SURE, covered=True
        )
        return replace(held, currencies={DOLLAR: 1.0})
    if _BITCOIN.search(known):
        return by_price(position, BITCOIN, "Bitcoin", SURE)
    context.note(_like_bitcoin(position))
    said = "A crypto-currency without a history here: taken to move like bitcoin"
    return by_price(position, BITCOIN, said, UNSURE)


def by_price(
    position: Position, factor: str, basis: str, confidence: float
) -> Exposure:
    """Return the exposure of what moves one for one with another factor, in dollars."""
    held = still(position, "terms", basis, confidence, covered=confidence > UNSURE)
    return replace(
        held,
        moves=True,
        matched=factor.lower(),
        others={factor: 1.0},
        currencies={DOLLAR: 1.0},
    )


def _like_bitcoin(position: Position) -> Issue:
    return Issue(
        code="crypto-like-bitcoin",
        severity="warning",
        message=f"{position.name} is stressed like bitcoin and counts as not covered: "
        "no other crypto-currency has a history here.",
        fix="Place it with --overrides where you know better.",
        sheet=position.sheet,
        row=position.row,
        value=position.name,
        money=position.market_value,
    )

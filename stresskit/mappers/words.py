"""Funds and metals that say by their name what they are: bonds, money, commodities."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stresskit.mappers.commodity import GOLD, SURE, by_price
from stresskit.mappers.fallback import still

if TYPE_CHECKING:
    from stresskit.mappers.context import MappingContext
    from stresskit.model import Exposure, Position

_FUND = re.compile(
    r"\b(funds?|etfs?|etcs?|etps?|ucits|sicav|fonds|fondo|fcp|oeic|index|trust|"
    r"ishares|spdr|vanguard|xtrackers|amundi|lyxor|invesco|nordea|templeton|pimco)\b",
    re.IGNORECASE,
)
_BONDS = re.compile(
    r"\b(bonds?|treasur(y|ies)|gilts?|high yield|fixed income|aggregate|"
    r"corporate credit|renten\w*|anleihen?|obligat\w+|oblig\w*|bund|floating rate|"
    r"short duration|inflation.linked|tips)\b",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"\b(money market|liquidity|lvnav|geldmarkt\w*|mon[ée]taire|overnight)\b",
    re.IGNORECASE,
)
_GOLD = re.compile(
    r"(physical |physisches |xetra-?)?(gold|kr[uü]gerrand)"
    r"( (bullion|bars?|coins?|spot|barren|oz|ounces?|physical))*",
    re.IGNORECASE,
)
_METALS = re.compile(
    r"(physical |physisches |xetra-?)?(gold|silver|silber|platin(um)?|palladium|"
    r"kr[uü]gerrand)( (bullion|bars?|coins?|spot|barren|oz|ounces?|physical))*",
    re.IGNORECASE,
)
_COMMODITIES = re.compile(r"\b(commodit(y|ies)|rohstoff\w*)\b", re.IGNORECASE)
# What a column of sectors or classes calls the same.
_SECTORS = re.compile(
    r"^(precious metals?|commodit(y|ies)|edelmetalle?|rohstoffe?|gold)$", re.IGNORECASE
)


class WordsMapper:
    """Leave a fund of bonds or money, or a metal, where it is, by its own words."""

    tier = 4

    def map(self, position: Position, context: MappingContext) -> Exposure | None:
        """Return what does not move in a stress of shares, or None."""
        name = position.name
        if position.asset_class not in ("fund", "equity", "other"):
            return None
        stated = (position.sector or "").strip()
        # Of a share the industry gold means that it mines it.
        gold = _GOLD.fullmatch(name.strip()) or (
            stated.lower() == "gold" and position.asset_class != "equity"
        )
        if gold and GOLD in context.other_ids:
            return by_price(position, GOLD, f"{name} is by its name gold", SURE)
        if _METALS.fullmatch(name.strip()) or _SECTORS.match(stated):
            return _still(position, "a commodity: commodities are not stressed yet")
        if position.asset_class != "fund" and not _FUND.search(name):
            return None
        if _COMMODITIES.search(name):
            return _still(position, "a commodity: commodities are not stressed yet")
        if _MONEY.search(name):
            said = f"{name} is a money market fund by its name and does not move"
            return still(position, "cash", said, 1.0, covered=True)
        if _BONDS.search(name):
            return _still(
                position, "a bond fund: rates and credit are not stressed yet"
            )
        return None


def _still(position: Position, what: str) -> Exposure:
    said = f"{position.name} is by its name {what}"
    return still(position, "not stressed", said, 0.0, covered=False)

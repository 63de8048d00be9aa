"""In which currencies a holding really stands, whatever it is quoted in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stresskit.core.regions import currencies_of_region, region_of

if TYPE_CHECKING:
    from stresskit.model import Evidence, Fund, Security

DOLLAR = "USD"
# Of regions with many currencies the one that most of the money is in; those of the
# rest of Asia and elsewhere are taken to move with the dollar.
_OF_REGION = {"US": DOLLAR, "Europe": "EUR", "Japan": "JPY"}
_CODE = r"(USD|EUR|GBP|CHF|JPY|AUD|CAD|SEK|NOK|DKK|SGD|HKD)"
_HEDGED = re.compile(
    rf"\b{_CODE}[ -]?\(?(?:hedged|hdgd?|h)\b|"
    rf"\bhedged (?:to |into |in )?{_CODE}\b|\bh[ -]?{_CODE}\b",
    re.IGNORECASE,
)


def hedged_into(name: str) -> str | None:
    """Return the currency that a share class is hedged into, by its name.

    Examples
    --------
    >>> hedged_into("iShares MSCI World EUR Hedged UCITS ETF (Acc)")
    'EUR'
    >>> hedged_into("Vanguard S&P 500 UCITS ETF USD") is None
    True
    """
    found = _HEDGED.search(name)
    return next(g for g in found.groups() if g).upper() if found else None


def of_security(security: Security, evidence: Evidence | None) -> dict[str, float]:
    """Return the currency that a security's returns are in: that of their line.

    An American receipt's returns are in dollars and hold the home currency's moves.
    """
    if evidence is not None and region_of(evidence.mic, None) == "US":
        return {DOLLAR: 1.0}
    return {security.currency: 1.0} if security.currency else {}


def is_hedged(fund: Fund, name: str) -> str | None:
    """Return the currency that a fund is hedged into, by its data or a line's name."""
    return fund.hedged or hedged_into(name)


def of_fund(fund: Fund, name: str) -> dict[str, float]:
    """Return the currencies of what a fund holds, or the one it is hedged into."""
    hedged = is_hedged(fund, name)
    if hedged:
        return {hedged: 1.0}
    if fund.others:
        rates = [k.removeprefix("RATE_") for k in fund.others if k.startswith("RATE_")]
        # What is priced in dollars the world over is in dollars: gold, bitcoin.
        return {rates[0] if len(rates) == 1 else DOLLAR: 1.0}
    markets = fund.markets or {region_of(fund.mic, fund.currency): 1.0}
    if len(markets) == 1:
        region = next(iter(markets))
        own = fund.currency in currencies_of_region(region)
        return {fund.currency if own else _OF_REGION.get(region, DOLLAR): 1.0}
    shares: dict[str, float] = {}
    for region, share in markets.items():
        code = _OF_REGION.get(region, DOLLAR)
        shares[code] = shares.get(code, 0.0) + share
    return shares

"""What options call an index, and the level its price stands under."""

from __future__ import annotations

import re

# Options on an index are named after it, futures after the contract.
INDEX_ROOTS = {
    **dict.fromkeys(("SPX", "SPXW", "XSP"), "ES"),
    **dict.fromkeys(("NDX", "NDXP", "XND"), "NQ"),
    **dict.fromkeys(("RUT", "RUTW", "MRUT"), "RTY"),
    "DJX": "YM",
}
# Weekly options are on the same level as monthly ones.
_SAME_LEVEL = {"SPXW": "SPX", "NDXP": "NDX", "RUTW": "RUT"}
_AROUND = re.compile(r"^[\^$.]|( US)?( INDEX)?$")


def level_of(code: str) -> str:
    """Return the code that the price of what a contract is on stands under.

    Examples
    --------
    >>> level_of("SPXW"), level_of("^ndx"), level_of("NVDA")
    ('SPX', 'NDX', 'NVDA')
    """
    root = root_of(code)
    return _SAME_LEVEL.get(root, root) if root in INDEX_ROOTS else code


def root_of(code: str) -> str:
    """Return an index code without what vendors write around it."""
    return _AROUND.sub("", code.strip().upper())

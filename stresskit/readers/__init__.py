"""Files to the nouns: holdings, exchange rates, prices and overrides.

A name is loaded when it is first used: the process that parses hostile files imports
this package, and needs none of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stresskit.readers.fx import fx_to_base, read_fx
    from stresskit.readers.holdings import read_holdings_file
    from stresskit.readers.overrides import read_overrides
    from stresskit.readers.prices import checked_prices, read_copies, read_prices

_HOME = {
    "checked_prices": "prices",
    "fx_to_base": "fx",
    "read_copies": "prices",
    "read_fx": "fx",
    "read_holdings_file": "holdings",
    "read_overrides": "overrides",
    "read_prices": "prices",
}

__all__ = [
    "checked_prices",
    "fx_to_base",
    "read_copies",
    "read_fx",
    "read_holdings_file",
    "read_overrides",
    "read_prices",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"stresskit.readers.{_HOME[name]}"), name)
    raise AttributeError(f"module 'stresskit.readers' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__

"""Files to the nouns: holdings, exchange rates, prices and overrides."""

from stresskit.readers.fx import fx_to_base, read_fx
from stresskit.readers.holdings import read_holdings_file
from stresskit.readers.overrides import Override, read_overrides
from stresskit.readers.prices import checked_prices, read_copies, read_prices

__all__ = [
    "Override",
    "checked_prices",
    "fx_to_base",
    "read_copies",
    "read_fx",
    "read_holdings_file",
    "read_overrides",
    "read_prices",
]

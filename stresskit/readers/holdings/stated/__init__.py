"""Holdings that state what every figure is: read by their fields, without guessing."""

from stresskit.readers.holdings.stated.read import FIELDS, read_stated

__all__ = ["FIELDS", "read_stated"]

"""Holdings that state what every figure is: read by their fields, without guessing."""

from stresskit.readers.holdings.stated.cells import stated_cells
from stresskit.readers.holdings.stated.read import FIELDS, TABLE, read_stated

__all__ = ["FIELDS", "TABLE", "read_stated", "stated_cells"]

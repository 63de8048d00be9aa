"""Long texts of positions, read in columns; the result is that of row by row.

What is decided by words, titles and totals is decided by the rows' own readers, on the
rows that matter to it (``sketch``). All other rows are read in columns (``columns``,
``numbers``, ``names``, ``identities``): one row of each sort is read by its own reader,
and what it makes of that row holds for all of the sort (``drafts``). A text that
cannot be read so is refused with ``Unfit``, and read row by row.
"""

from stresskit.readers.holdings.bulk.read import BulkReading, read_in_bulk
from stresskit.readers.holdings.bulk.sketch import Choose

__all__ = ["BulkReading", "Choose", "read_in_bulk"]

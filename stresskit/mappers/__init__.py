"""Portfolio -> Exposures: override, curated map, fund, sector, and what is left.

Every mapper answers for one position or passes; the first answer counts. Each says
how sure it is: a confidence, and a share (lambda over 0.45) of the spread that
knowing nothing would leave.
"""

from stresskit.mappers.context import Mapper, MappingContext

__all__ = ["Mapper", "MappingContext"]

"""Portfolio -> Exposures: override, curated map, fund, sector, and what is left.

Every mapper answers for one position or passes; the first answer counts. Each says
how sure it is: a confidence, and a share (lambda over 0.45) of the spread that
knowing nothing would leave.
"""

from stresskit.mappers.context import MappingContext
from stresskit.mappers.fallback import map_remaining, map_without_stress

__all__ = ["MappingContext", "map_remaining", "map_without_stress"]

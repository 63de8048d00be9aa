"""Portfolio -> Exposures: override, curated map, fund, sector, and what is left.

Every mapper answers for one position or passes; the first answer counts. The
prior standard deviation (lambda) of a sensitivity and the confidence label are
those of METHOD 3.1.
"""

from stresskit.mappers.context import MappingContext
from stresskit.mappers.fallback import map_remaining, map_without_stress

__all__ = ["MappingContext", "map_remaining", "map_without_stress"]

"""The sector or industry that the file itself states."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stresskit.core.names import sector_key
from stresskit.core.tables import format_fractions
from stresskit.mappers.by_fractions import by_fractions

if TYPE_CHECKING:
    from stresskit.mappers.context import MappingContext
    from stresskit.model import Exposure, Position, SectorLabel

PRIOR_SD_INDUSTRY = 0.30
PRIOR_SD_SECTOR = 0.35
SHARES = ("equity", "fund", "other")
# "Technology - Semiconductors", "Energy > Oil & Gas": the last part says most.
_PARTS = re.compile(r"\s+[-–>:]+\s+|\s*[>|;]\s*|\s+/\s+")


class SectorMapper:
    """Place a share by the sector or industry written beside it."""

    tier = 5

    def map(self, position: Position, context: MappingContext) -> Exposure | None:
        """Return the sector's exposure, or None where the file states none."""
        if position.asset_class not in SHARES or not position.sector:
            return None
        found = label_of(position.sector, context)
        if found is None:
            return None
        name = f"{'industry' if found.narrow else 'sector'} {position.sector!r}"
        return by_fractions(
            position,
            found.segments,
            context,
            source="industry" if found.narrow else "sector",
            matched=f"{name} in the file",
            basis=f"Not in the curated map; {format_fractions(found.segments)}: "
            f"{found.basis}",
            prior_sd=PRIOR_SD_INDUSTRY if found.narrow else PRIOR_SD_SECTOR,
        )


def label_of(text: str, context: MappingContext) -> SectorLabel | None:
    """Find a sector by its whole text, else by its last and then its first part."""
    parts = [p for p in _PARTS.split(text) if p]
    for part in (text, *reversed(parts)):
        found = context.sectors.get(sector_key(part))
        if found is not None:
            return found
    return None

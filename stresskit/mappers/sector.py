"""The sector the file itself states, as a rest-of-market segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.core.names import issuer_of
from stresskit.core.regions import region_of
from stresskit.model import Exposure

if TYPE_CHECKING:
    from stresskit.mappers.context import MappingContext
    from stresskit.model import Position

PRIOR_SD = 0.35
CONFIDENCE = 0.3

# Spellings of the eleven GICS sectors in files, lower case; ICB names where they
# mean the same companies.
SECTORS = {
    "energy": "Energy",
    "oil & gas": "Energy",
    "materials": "Materials",
    "basic materials": "Materials",
    "industrials": "Industrials",
    "industrial": "Industrials",
    "consumer discretionary": "Consumer Discretionary",
    "consumer cyclical": "Consumer Discretionary",
    "consumer staples": "Consumer Staples",
    "consumer defensive": "Consumer Staples",
    "health care": "Health Care",
    "healthcare": "Health Care",
    "financials": "Financials",
    "financial": "Financials",
    "financial services": "Financials",
    "information technology": "Information Technology",
    "technology": "Information Technology",
    "it": "Information Technology",
    "communication services": "Communication Services",
    "communication": "Communication Services",
    "communications": "Communication Services",
    "telecommunications": "Communication Services",
    "telecommunication services": "Communication Services",
    "utilities": "Utilities",
    "real estate": "Real Estate",
}


class SectorMapper:
    """Place a share by the sector written beside it."""

    tier = 5

    def map(self, position: Position, context: MappingContext) -> Exposure | None:
        """Return the sector's exposure, or None where the file states none."""
        if position.asset_class != "equity" or not position.sector:
            return None
        sector = SECTORS.get(position.sector.strip().lower())
        segment = context.rest_by_sector.get(sector) if sector else None
        if segment is None:
            return None
        shock = context.shocks[segment]
        return Exposure(
            position_id=position.id,
            description={segment: 1.0},
            sensitivities={segment: 1.0},
            beta=shock.beta,
            beta_sd=shock.beta_sd,
            specific_sd=shock.specific_sd,
            dispersion=context.dispersion_of(segment, shock.residual_sd),
            dispersion_replay=context.dispersion_of(segment, shock.residual_sd),
            source="sector",
            matched=f"sector {position.sector!r} in the file",
            basis=f"Not in the curated map; mean of {sector} outside the theme",
            confidence=CONFIDENCE,
            mapping_sd=context.mapping_sd(PRIOR_SD),
            issuer=issuer_of(position),
            covered=True,
            region=region_of(position.identifiers.mic, context.currency_of(position)),
            main_segment=segment,
        )

"""The market's own return on an event, region by region."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stresskit.model import MarketLeg

if TYPE_CHECKING:
    from stresskit.core.factor.estimated import Estimate
    from stresskit.core.factor.panel import Cut, EventSpec

# Share of the American lines in the beta of the iShares MSCI World fund's holdings,
# prices of 29 August 2025 (their weight is 0.72).
WORLD_SHARE = 0.70
WORLD_BASIS = (
    f"{WORLD_SHARE:.0%} of the US leg, the American share in the beta of MSCI World; "
    "nothing for the rest"
)
NOT_ESTIMATED = (
    "not estimated: no price panel for this region; zero is assumed, rather than "
    "another region's move"
)
REGIONS = ("US", "World", "Europe", "Japan", "Asia ex-Japan", "Other")


def market_legs(cut: Cut, found: Estimate, spec: EventSpec) -> tuple[MarketLeg, ...]:
    """Return the ex-theme market of every region on the event."""
    values = dict(zip(cut.regions, found.betas.market.event.tolist(), strict=True))
    legs = []
    for region in dict.fromkeys((*REGIONS, *cut.regions)):
        value = values.get(region, np.nan)
        start, end = cut.windows.get(region, (spec.start, spec.end))
        basis = f"equal-weighted mean of {region} securities outside the theme"
        if region == "World" and "US" in values:
            value, basis = WORLD_SHARE * values["US"], WORLD_BASIS
        elif region in cut.windows and not np.isfinite(value):
            home = cut.regions[cut.panel.reference]
            value = values[home]
            basis = (
                f"that of {home}: too few securities outside the theme here, and betas "
                f"are to {home}, with the days before and after"
            )
        if not np.isfinite(value):
            value, basis = 0.0, NOT_ESTIMATED
        legs.append(
            MarketLeg(region=region, value=value, start=start, end=end, basis=basis)
        )
    return tuple(legs)

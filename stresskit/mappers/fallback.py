"""What no mapper knows: cash and bonds stay, the rest is shown with a range."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.core.regions import region_of
from stresskit.model import Exposure, Issue

if TYPE_CHECKING:
    from stresskit.mappers.context import MappingContext
    from stresskit.model import Position

CONFIDENCE = 0.1
# Half of the distance between the 5th and the 95th percentile, in standard
# deviations of a normal distribution.
NORMAL_90 = 1.6448536269514722

NOT_STRESSED = {
    "bond": "Bonds: rates and credit are not stressed yet",
    "fx_forward": "Currency forwards: exchange rates are not stressed yet",
    "option": "Options: they are not revalued yet",
}


def map_without_stress(position: Position) -> Exposure | None:
    """Return the exposure of what this stress leaves where it is, else None.

    Cash is an answer (its P&L is zero); bonds, currency forwards and options are
    a gap: zero P&L, not covered, in money on the page.
    """
    if position.asset_class == "cash":
        return still(position, "cash", "Cash does not move", 1.0, covered=True)
    reason = NOT_STRESSED.get(position.asset_class)
    if reason is None:
        return None
    return still(position, "not stressed", reason, 0.0, covered=False)


def map_remaining(position: Position, context: MappingContext) -> Exposure:
    """Return the exposure of an unmapped position: the market, the mean, a range.

    Beta 1, the mean of the rest-of-market segments, and a spread such that the
    band runs from the 5th to the 95th percentile of all abnormal returns of the
    event. Its uncertainty is the widest there is.
    """
    rest = [s.id for s in context.factor.chain.segments if not s.theme]
    low, high = context.factor.universe_low, context.factor.universe_high
    spread = (high - low) / 2 / NORMAL_90
    context.issues.append(
        Issue(
            code="unmapped",
            severity="warning",
            message=f"{position.name} is not in the value chain and its sector is not "
            "known; it is stressed like the market, with a wide range.",
            fix="Add an ISIN, a sector column, or place it with --overrides "
            "(stresskit map writes the file to fill in).",
            sheet=position.sheet,
            row=position.row,
            money=position.exposure or position.market_value,
        )
    )
    return Exposure(
        position_id=position.id,
        description={},
        sensitivities={name: 1.0 / len(rest) for name in rest},
        beta=1.0,
        beta_sd=0.5,
        residual_sd=spread,
        dispersion=spread,
        source="unmapped",
        matched="nothing",
        basis="Beta 1, mean of the rest of the market; range: 5th to 95th percentile "
        "of all abnormal returns on the event",
        confidence=CONFIDENCE,
        # The percentile range is the whole uncertainty: a prior on top of it would
        # count it twice.
        prior_sd=0.0,
        covered=False,
        region=region_of(position.identifiers.mic, context.currency_of(position)),
    )


def still(
    position: Position, source: str, basis: str, confidence: float, *, covered: bool
) -> Exposure:
    """Return the exposure of a position whose value the stress leaves alone."""
    return Exposure(
        position_id=position.id,
        description={},
        sensitivities={},
        beta=0.0,
        beta_sd=0.0,
        residual_sd=0.0,
        dispersion=0.0,
        source=source,
        matched="asset class",
        basis=basis,
        confidence=confidence,
        prior_sd=0.0,
        covered=covered,
        moves=False,
    )

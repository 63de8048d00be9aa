"""What no mapper knows: cash and bonds stay, the rest is shown with a range."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.core.band import MULTIPLIER
from stresskit.core.names import issuer_of
from stresskit.core.regions import region_of
from stresskit.model import Exposure, Issue

if TYPE_CHECKING:
    from stresskit.mappers.context import MappingContext
    from stresskit.model import Position

CONFIDENCE = 0.1
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


def map_remaining(
    position: Position, context: MappingContext, *, noted: bool = True
) -> Exposure:
    """Return the exposure of an unmapped position: the market, the mean, a range.

    Beta 1, the mean of the rest-of-market segments, and a range as wide on either
    side as the worse one: its low end is the 5th percentile of all abnormal
    returns of the event.
    """
    factor = context.factor
    rest = [s.id for s in factor.chain.segments if not s.theme]
    mean = sum(context.shocks[k].shrunk for k in rest) / len(rest)
    spread = max(mean - factor.universe_low, factor.universe_high - mean) / MULTIPLIER
    if noted:
        context.note(_unmapped(position))
    return Exposure(
        position_id=position.id,
        description={},
        sensitivities={name: 1.0 / len(rest) for name in rest},
        beta=1.0,
        beta_sd=0.5,
        specific_sd=spread,
        dispersion=spread,
        dispersion_replay=spread,
        source="unmapped",
        matched="nothing",
        basis="Beta 1, mean of the rest of the market; range down to the 5th "
        "percentile of all abnormal returns of the event, and as far up",
        confidence=CONFIDENCE,
        # The range is the whole uncertainty: more would count it twice.
        mapping_sd=0.0,
        issuer=issuer_of(position),
        covered=False,
        region=region_of(position.identifiers.mic, context.currency_of(position)),
    )


def _unmapped(position: Position) -> Issue:
    return Issue(
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
        specific_sd=0.0,
        dispersion=0.0,
        dispersion_replay=0.0,
        source=source,
        matched="asset class",
        basis=basis,
        confidence=confidence,
        mapping_sd=0.0,
        issuer=issuer_of(position),
        covered=covered,
        moves=False,
    )

"""What no mapper knows: cash and bonds stay, the rest is shown with a range."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stresskit.core.names import issuer_of
from stresskit.core.regions import region_of
from stresskit.core.stress.band import multiplier_of
from stresskit.model import Exposure, Issue

if TYPE_CHECKING:
    from stresskit.mappers.context import MappingContext
    from stresskit.model import Position

# Names that say that a product may go up when shares go down.
_TURNED = re.compile(
    r"\b(inverse|ultrashort)\w*|"
    r"\b(short(?!.(term|duration|dated|maturity))|bear)\w*\b"
    r"(?=.*(\dx\b|\bdaily|\bet[fnp]\b|\bfund|\bucits|\bshares|\bindex|\bnote|\bturbo|"
    r"\bdax|\bnasdaq|\bs&p|\bqqq|\bstoxx|\bdow\b|\brussell|\bftse))|"
    r"\bvix\b|\bvolatility (index|futures)|-[1-5]x\b|\(-\d",
    re.IGNORECASE,
)
PLAIN_BASIS = (
    "Beta 1, mean of the rest of the market; range down to the 5th percentile of all "
    "abnormal returns of the event, and as far up"
)
TURNED_BASIS = (
    "Its name says that it may rise when shares fall: no direction is assumed; range "
    "as wide as the 5th percentile of all abnormal returns of the event, up and down"
)


def map_without_stress(position: Position) -> Exposure | None:
    """Return the exposure of cash, which moves with its currency alone, else None."""
    if position.asset_class == "cash":
        return still(position, "cash", "Cash does not move", 1.0, covered=True)
    return None


def map_remaining(
    position: Position, context: MappingContext, *, noted: bool = True
) -> Exposure:
    """Return the exposure of an unmapped position: the market, the mean, a range.

    Beta 1 (0 where its name says inverse, short or volatility), the mean of the
    rest-of-market segments, and a range as wide on either
    side as the worse one: its low end is the 5th percentile of all abnormal
    returns of the event.
    """
    factor = context.factor
    turned = _TURNED.search(position.name) is not None
    rest = [s.id for s in factor.chain.segments if not s.theme]
    mean = sum(context.shocks[k].shrunk for k in rest) / len(rest)
    spread = max(mean - factor.universe_low, factor.universe_high - mean)
    spread /= multiplier_of(factor)
    if noted:
        context.note(_unmapped(position, turned=turned))
    return Exposure(
        position_id=position.id,
        description={},
        sensitivities={} if turned else {name: 1.0 / len(rest) for name in rest},
        beta=0.0 if turned else 1.0,
        beta_sd=0.5,
        specific_sd=spread,
        dispersion=spread,
        dispersion_replay=spread,
        source="unmapped",
        matched="nothing",
        basis=TURNED_BASIS if turned else PLAIN_BASIS,
        confidence=0.0,
        # The range is the whole uncertainty: more would count it twice.
        mapping_sd=0.0,
        issuer=issuer_of(position),
        covered=False,
        region=region_of(position.identifiers.mic, context.currency_of(position)),
    )


def _unmapped(position: Position, *, turned: bool) -> Issue:
    how = "like the market,"
    if turned:
        how = "without a direction, as its name says inverse, short or volatility,"
    return Issue(
        code="unmapped",
        severity="warning",
        message=f"{position.name} is not in the value chain and its sector is not "
        f"known; it is stressed {how if turned else 'like the market,'} with a wide "
        "range.",
        fix="Add an ISIN, a sector column, or place it with --overrides "
        "(stresskit map writes the file to fill in).",
        sheet=position.sheet,
        row=position.row,
        value=position.name,
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

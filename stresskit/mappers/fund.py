"""Funds of the value chain: published holdings, a proxy, or their own returns."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from stresskit.core.band import CLUSTER_CORRELATION
from stresskit.core.regions import region_of
from stresskit.mappers.curated import find_listed
from stresskit.mappers.fallback import still
from stresskit.model import Exposure, Fund

if TYPE_CHECKING:
    from stresskit.mappers.context import MappingContext
    from stresskit.model import Evidence, Position

CONFIDENCE = 0.85
PRIOR_SD_LOOK_THROUGH = 0.05
PRIOR_SD_REGRESSION = 0.10


class FundMapper:
    """Place a position in a fund or ETF that the value chain knows."""

    tier = 3

    def map(self, position: Position, context: MappingContext) -> Exposure | None:
        """Return the fund's exposure, or None."""
        fund, matched = find_listed(position, context) or (None, "")
        if not isinstance(fund, Fund):
            return None
        if fund.asset_class == "bond":
            return still(
                position,
                "not stressed",
                f"Bond fund ({fund.name}): rates and credit are not stressed yet",
                0.0,
                covered=False,
            )
        exposure = _from_returns(fund, context) or _from_holdings(fund, context)
        if exposure is None:
            return None
        exposure = _levered(exposure, fund.leverage)
        return replace(
            exposure,
            position_id=position.id,
            matched=f"{fund.name} ({fund.ticker}:{fund.mic}) by {matched}",
        )


def _from_returns(fund: Fund, context: MappingContext) -> Exposure | None:
    if fund.segments:
        return None
    key = fund.proxy or f"{fund.ticker}:{fund.mic}"
    own = context.evidence.get(key)
    if own is None or own.beta is None or not own.sensitivities:
        return None
    through = f" of {own.name} ({key}), the same index" if fund.proxy else ""
    return Exposure(
        position_id="",
        description=describe(own),
        sensitivities=own.sensitivities,
        beta=own.beta,
        beta_sd=own.beta_se or 0.0,
        specific_sd=own.specific_sd or 0.0,
        dispersion=context.factor.dispersion_of(own.specific_sd or 0.0, theme=False),
        dispersion_replay=context.factor.dispersion_of(
            own.specific_sd or 0.0, theme=False
        ),
        source="fund",
        matched="",
        basis=f"Sensitivities estimated from returns{through} before the event",
        confidence=CONFIDENCE,
        mapping_sd=context.mapping_sd(PRIOR_SD_REGRESSION),
        issuer=key,
        covered=True,
        region=region_of(own.mic, None),
    )


def describe(evidence: Evidence) -> dict[str, float]:
    """Turn estimated sensitivities into fractions a client can read.

    Negative ones are left out and the rest scaled to sum to 1; a picture of what
    moves the fund, not a list of what it holds.
    """
    positive = {k: v for k, v in evidence.sensitivities.items() if v > 0}
    total = sum(positive.values())
    return {k: v / total for k, v in positive.items()} if total > 0 else {}


def _from_holdings(fund: Fund, context: MappingContext) -> Exposure | None:
    if not fund.segments:
        return None
    shares = fund.segments
    # Published fractions are rounded and may add up to a hair more than one.
    covered = min(1.0, sum(shares.values()))
    beta = fund.beta
    if beta is None:
        beta = sum(w * context.shocks[k].beta for k, w in shares.items())
    # A fund of many companies keeps the common part of their own moves; the rest
    # averages out.
    spread = [
        (w * context.dispersion_of(k, context.shocks[k].residual_sd)) ** 2
        for k, w in shares.items()
    ]
    dispersion = math.sqrt(CLUSTER_CORRELATION * sum(spread))
    return Exposure(
        position_id="",
        description=shares,
        sensitivities=fund.sensitivities or shares,
        beta=beta,
        beta_sd=0.1,
        specific_sd=dispersion,
        dispersion=dispersion,
        dispersion_replay=dispersion,
        source="fund",
        matched="",
        basis=f"Look-through: {fund.basis} ({fund.as_of.isoformat()}), "
        f"{covered:.1%} of the fund placed",
        confidence=CONFIDENCE * covered,
        mapping_sd=context.mapping_sd(PRIOR_SD_LOOK_THROUGH),
        issuer=f"{fund.ticker}:{fund.mic}",
        covered=True,
        region=fund.region or region_of(fund.mic, fund.currency),
    )


def _levered(exposure: Exposure, leverage: float) -> Exposure:
    if leverage == 1.0:
        return exposure
    return replace(
        exposure,
        sensitivities={k: leverage * v for k, v in exposure.sensitivities.items()},
        beta=leverage * exposure.beta,
        beta_sd=abs(leverage) * exposure.beta_sd,
        specific_sd=abs(leverage) * exposure.specific_sd,
        dispersion=abs(leverage) * exposure.dispersion,
        dispersion_replay=abs(leverage) * exposure.dispersion_replay,
        mapping_sd=abs(leverage) * exposure.mapping_sd,
        issuer=f"{exposure.issuer} x {leverage:g}",
        basis=f"{exposure.basis}; daily leverage {leverage:g}",
    )

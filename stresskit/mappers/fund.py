"""Funds of the value chain: published holdings, a proxy, or their own returns."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from stresskit.core.confidence import PRIOR_SD_OF_FUNDS, confidence_of
from stresskit.core.regions import region_of
from stresskit.core.stress.band import CLUSTER_CORRELATION
from stresskit.mappers.curated import security_exposure
from stresskit.mappers.currencies import is_hedged, of_fund, of_security
from stresskit.mappers.fallback import map_remaining, still
from stresskit.mappers.identify import find_listed
from stresskit.model import Exposure, Fund, Security

if TYPE_CHECKING:
    from stresskit.mappers.context import MappingContext
    from stresskit.model import Evidence, Position

PRIOR_SD_LOOK_THROUGH = 0.05
PRIOR_SD_CATEGORY = 0.20
NOT_STRESSED = {
    "bond": "Bond fund ({}): rates and credit are not stressed yet",
    "commodity": "Commodity fund ({}): commodities are not stressed yet",
}


class FundMapper:
    """Place a position in a fund or ETF that the value chain knows."""

    tier = 3

    def map(self, position: Position, context: MappingContext) -> Exposure | None:
        """Return the fund's exposure, or None."""
        fund, matched = find_listed(position, context) or (None, "")
        if not isinstance(fund, Fund):
            return None
        return fund_exposure(position, fund, matched, context)


def fund_exposure(
    position: Position, fund: Fund, matched: str, context: MappingContext
) -> Exposure | None:
    """Return the exposure of a position in a known fund; None if nothing places it."""
    if fund.asset_class == "cash":
        name = f"Money market fund ({fund.name}) does not move"
        return still(position, "cash", name, 1.0, covered=True)
    if fund.others:
        return _by_others(position, fund, matched, context)
    if fund.asset_class in NOT_STRESSED:
        reason = NOT_STRESSED[fund.asset_class].format(fund.name)
        return still(position, "not stressed", reason, 0.0, covered=False)
    if fund.asset_class == "crypto":
        # No segment is like it: the range of the unmapped says what is not known.
        return replace(
            map_remaining(position, context),
            matched=f"{fund.name} ({fund.key}) by {matched}",
        )
    exposure = _unlevered(position, fund, context)
    if exposure is None:
        return None
    hedged = f"; hedged into {fund.hedged}" if fund.hedged else ""
    exposure = _levered(exposure, fund.leverage)
    return replace(
        exposure,
        position_id=position.id,
        source="fund",
        matched=f"{fund.name} ({fund.key}) by {matched}",
        basis=exposure.basis + hedged,
        currencies=_currencies(fund, position, context),
    )


def _currencies(
    fund: Fund, position: Position, context: MappingContext
) -> dict[str, float]:
    """Return a fund's currencies; one that follows another has what that one holds."""
    if fund.placed_by != "proxy" or fund.markets or is_hedged(fund, position.name):
        return of_fund(fund, position.name)
    other = context.directory.items[str(fund.proxy)]
    if isinstance(other, Security):
        return of_security(other, context.evidence_of(other))
    return _currencies(other, replace(position, name=other.name), context)


def _by_others(
    position: Position, fund: Fund, matched: str, context: MappingContext
) -> Exposure:
    """Return the exposure of a fund of bonds, gold or bitcoin, by what it holds."""
    known = {k: x for k, x in fund.others.items() if k in context.other_ids}
    if not known:
        reason = f"{fund.name}: nothing is known of {', '.join(fund.others)}"
        return still(position, "not stressed", reason, 0.0, covered=False)
    left = sorted(set(fund.others) - set(known))
    unknown = f"; nothing is known of {', '.join(left)}" if left else ""
    rates = [x for k, x in known.items() if k.startswith("RATE_")]
    sure = confidence_of(PRIOR_SD_OF_FUNDS)
    held = still(position, "fund", f"{fund.basis}{unknown}", sure, covered=not left)
    return replace(
        held,
        moves=True,
        matched=f"{fund.name} ({fund.key}) by {matched}",
        issuer=fund.key,
        others=known,
        # As of a single payment at the duration.
        convexity=sum(d * d - d for d in rates),
        currencies=of_fund(fund, position.name),
    )


def _unlevered(
    position: Position, fund: Fund, context: MappingContext
) -> Exposure | None:
    if fund.placed_by == "none":
        return None
    if fund.placed_by == "returns":
        return _from_returns(fund, context)
    if fund.placed_by != "proxy":
        return _from_holdings(fund, context)
    other = context.directory.items[str(fund.proxy)]
    if isinstance(other, Security):
        found = security_exposure(position, other, "its proxy", context)
        return replace(
            found, basis=f"Follows {other.name} ({other.key}); {found.basis}"
        )
    through = _unlevered(position, other, context)
    if through is None:
        return None
    basis = through.basis[0].lower() + through.basis[1:]
    return replace(
        through,
        basis=f"{fund.basis}: that of {other.name} ({other.key}), {basis}",
    )


def _from_returns(fund: Fund, context: MappingContext) -> Exposure | None:
    own = context.evidence.get(fund.key)
    if own is None or own.beta is None or not own.sensitivities:
        return None
    spread = context.factor.dispersion_of(own.specific_sd or 0.0, theme=False)
    return Exposure(
        position_id="",
        description=describe(own),
        sensitivities=own.sensitivities,
        beta=own.beta,
        beta_sd=own.beta_se or 0.0,
        specific_sd=own.specific_sd or 0.0,
        dispersion=spread,
        dispersion_replay=spread,
        source="fund",
        matched="",
        basis="Sensitivities estimated from returns before the event",
        confidence=confidence_of(PRIOR_SD_OF_FUNDS),
        mapping_sd=context.mapping_sd(PRIOR_SD_OF_FUNDS),
        issuer=fund.key,
        covered=True,
        region=region_of(own.mic, None),
    )


def describe(evidence: Evidence) -> dict[str, float]:
    """Turn estimated sensitivities into fractions a client can read.

    Negative ones are left out (of an inverse fund the positive ones) and the rest
    scaled to sum to 1; a picture of what moves the fund, not a list of what it holds.
    """
    sign = -1.0 if (evidence.beta or 0.0) < 0 else 1.0
    positive = {k: sign * v for k, v in evidence.sensitivities.items() if sign * v > 0}
    total = sum(positive.values())
    return {k: v / total for k, v in positive.items()} if total > 0 else {}


def _from_holdings(fund: Fund, context: MappingContext) -> Exposure:
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
    by_category = fund.placed_by == "category"
    prior_sd = PRIOR_SD_CATEGORY if by_category else PRIOR_SD_LOOK_THROUGH
    how = "By its category" if by_category else "Look-through"
    return Exposure(
        position_id="",
        description=shares,
        sensitivities=fund.sensitivities or context.sensitivities_of(shares),
        beta=beta,
        beta_sd=0.1,
        specific_sd=dispersion,
        dispersion=dispersion,
        dispersion_replay=dispersion,
        source="fund",
        matched="",
        basis=f"{how}: {fund.basis} ({fund.as_of.isoformat()}), "
        f"{covered:.1%} of the fund placed",
        confidence=confidence_of(prior_sd) * covered,
        mapping_sd=context.mapping_sd(prior_sd),
        issuer=fund.key,
        covered=True,
        region=max(fund.markets, key=lambda k: fund.markets[k])
        if fund.markets
        else region_of(fund.mic, fund.currency),
        market_shares=fund.markets if len(fund.markets) > 1 else {},
        looked_through=covered,
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
        own_name=leverage * exposure.own_name,
        mapping_sd=abs(leverage) * exposure.mapping_sd,
        leverage=leverage * exposure.leverage,
        basis=f"{exposure.basis}; daily leverage {leverage:g}",
    )

"""The user's own word on a position: segments and beta that replace the map's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stresskit.core.identifiers import ticker_key
from stresskit.core.names import company_key
from stresskit.mappers.curated import CuratedMapper, without_history
from stresskit.mappers.fallback import map_remaining, map_without_stress
from stresskit.mappers.fund import FundMapper
from stresskit.mappers.sector import SectorMapper

if TYPE_CHECKING:
    from stresskit.mappers.context import MappingContext, OverrideRow
    from stresskit.model import Exposure, Position

PRIOR_SD = 0.02
CONFIDENCE = 1.0


class OverrideMapper:
    """Place a position that the user's overrides name."""

    tier = 1

    def map(self, position: Position, context: MappingContext) -> Exposure | None:
        """Return the user's exposure; the last row that names the position counts."""
        rows = [o for o in context.overrides if _means(o, position, context)]
        if not rows:
            return None
        if not rows[-1].segments:
            kept = _beta_only(position, rows[-1], context)
            if kept is not None:
                return kept
        return _exposure(position, rows[-1], context)


def names(override: OverrideRow, position: Position) -> bool:
    """Whether an override may mean this position: by its id, ISIN or ticker."""
    return _has_id(override, position) or _is_security(override, position)


def _means(override: OverrideRow, position: Position, context: MappingContext) -> bool:
    """Whether an override means this position: its id, else its ISIN or ticker."""
    if any(_has_id(override, p) for p in context.portfolio.positions):
        return _has_id(override, position)
    return _is_security(override, position)


def _has_id(override: OverrideRow, position: Position) -> bool:
    """Whether the id fits; ids count lines, so number and name must not differ."""
    if override.position_id != position.id:
        return False
    ids = position.identifiers
    if (override.isin and ids.isin) or (override.ticker and ids.ticker):
        return _is_security(override, position)
    named = override.name and position.name
    return not named or company_key(str(override.name)) == company_key(position.name)


def _is_security(override: OverrideRow, position: Position) -> bool:
    ids = position.identifiers
    if override.isin and ids.isin:
        return override.isin.upper() == ids.isin
    if override.ticker and ids.ticker:
        return ticker_key(override.ticker) == ticker_key(ids.ticker)
    return False


def _beta_only(
    position: Position, override: OverrideRow, context: MappingContext
) -> Exposure | None:
    """Return the program's own placement with the user's beta, if it has one."""
    if override.beta is None or map_without_stress(position) is not None:
        return None
    for mapper in (CuratedMapper(), FundMapper(), SectorMapper()):
        found = mapper.map(position, context)
        if found is not None and found.moves:
            return replace(
                found,
                beta=override.beta,
                beta_sd=0.0,
                source="override",
                matched=override.where,
                basis=f"{override.reason or 'Beta set by the user'}; segments: "
                f"{found.basis}",
            )
    return None


def _exposure(
    position: Position, override: OverrideRow, context: MappingContext
) -> Exposure:
    """Return the user's fractions, with the company's own beta where it is known."""
    shares = override.segments
    if not shares:
        return _beta_alone(position, override, context)
    base = without_history(
        position,
        shares,
        context,
        matched=override.where,
        basis=override.reason or "Set by the user",
    )
    beta = sum(w * context.shocks[k].beta for k, w in shares.items())
    base = replace(base, beta=beta)
    known = CuratedMapper().map(position, context)
    if known is not None:
        base = replace(
            base,
            beta=known.beta,
            beta_sd=known.beta_sd,
            specific_sd=known.specific_sd,
            dispersion=known.dispersion,
            dispersion_replay=known.dispersion,
            region=known.region,
            issuer=known.issuer,
        )
    if override.beta is not None:
        base = replace(base, beta=override.beta, beta_sd=0.0)
    return replace(
        base,
        source="override",
        basis=override.reason or "Set by the user",
        confidence=CONFIDENCE,
        mapping_sd=context.mapping_sd(PRIOR_SD),
    )


def _beta_alone(
    position: Position, override: OverrideRow, context: MappingContext
) -> Exposure:
    """Return a position that moves with the market only, as the user says."""
    return replace(
        map_remaining(position, context, noted=False),
        sensitivities={},
        beta=override.beta or 0.0,
        beta_sd=0.0,
        source="override",
        matched=override.where,
        basis=override.reason or "Beta set by the user; no segment",
        confidence=CONFIDENCE,
        covered=True,
    )

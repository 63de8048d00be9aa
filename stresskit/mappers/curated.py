"""Securities of the curated value chain: ISIN, then exchange ticker, then name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stresskit.core.confidence import confidence_of
from stresskit.core.regions import region_of
from stresskit.mappers.by_fractions import by_fractions
from stresskit.mappers.currencies import of_security
from stresskit.mappers.directory import issuer_key
from stresskit.mappers.identify import find_listed
from stresskit.model import Exposure, Security

if TYPE_CHECKING:
    from stresskit.mappers.context import MappingContext
    from stresskit.model import Position

PRIOR_SD = 0.05


class CuratedMapper:
    """Place a position that names a security of the value chain."""

    tier = 2

    def map(self, position: Position, context: MappingContext) -> Exposure | None:
        """Return the security's exposure with its evidence, or None."""
        listed, matched = find_listed(position, context) or (None, "")
        if not isinstance(listed, Security):
            return None
        return security_exposure(position, listed, matched, context)


def security_exposure(
    position: Position, security: Security, matched: str, context: MappingContext
) -> Exposure:
    """Return the exposure of a position in a curated security.

    With evidence of the company: its beta, sensitivities and residual volatility
    before the event. Without: the means of its segment, and its fractions.
    """
    main = security.main_segment
    own = context.evidence_of(security)
    line = security.key
    found = f"{security.name} ({line}) by {matched}"
    if own is None or own.beta is None or not own.residual_sd:
        placed = without_history(
            position, security.segments, context, matched=found, basis=security.basis
        )
        return replace(
            placed,
            region=region_of(security.mic, security.currency),
            issuer=issuer_key(security),
            currencies=of_security(security, None),
            sector=security.gics_sector,
            country=security.country,
        )
    other = "" if own.key == line else f" of its line {own.key}"
    return Exposure(
        position_id=position.id,
        description=security.segments,
        sensitivities=own.sensitivities or context.sensitivities_of(security.segments),
        beta=own.beta,
        beta_sd=own.beta_se or 0.0,
        specific_sd=own.specific_sd or own.residual_sd,
        dispersion=context.dispersion_of(main, own.residual_sd),
        dispersion_replay=context.replay_dispersion_of(main, own.residual_sd)
        if own.own_name is not None
        else context.dispersion_of(main, own.residual_sd),
        source="curated",
        matched=found,
        basis=f"{security.basis}; beta and sensitivities from returns{other} before "
        "the event",
        confidence=confidence_of(PRIOR_SD),
        # Errors of estimated sensitivities are part of the dispersion, which was
        # measured on predictions made with them.
        mapping_sd=0.0,
        issuer=issuer_key(security),
        covered=True,
        own_name=own.own_name or 0.0,
        region=region_of(own.mic, None),
        main_segment=main,
        currencies=of_security(security, own),
        sector=security.gics_sector,
        country=security.country,
    )


def without_history(
    position: Position,
    segments: dict[str, float],
    context: MappingContext,
    *,
    matched: str,
    basis: str,
) -> Exposure:
    """Return the exposure of a business by its fractions and its segment's means."""
    main = max(segments, key=lambda k: segments[k])
    found = by_fractions(
        position,
        segments,
        context,
        source="curated",
        matched=matched,
        basis=f"{basis}; beta and volatility: mean of {main}",
        prior_sd=PRIOR_SD,
    )
    return replace(found, beta=context.shocks[main].beta)

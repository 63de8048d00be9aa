"""The exposure of a business that is known by its fractions alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.core.confidence import confidence_of
from stresskit.core.names import issuer_of
from stresskit.core.regions import region_of
from stresskit.model import Exposure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stresskit.mappers.context import MappingContext
    from stresskit.model import Position


def by_fractions(
    position: Position,
    segments: Mapping[str, float],
    context: MappingContext,
    *,
    source: str,
    matched: str,
    basis: str,
    prior_sd: float,
) -> Exposure:
    """Return what fractions say: their mean beta, the volatility of the largest.

    ``prior_sd`` is lambda, how far the sensitivities may be off.
    """
    main = max(segments, key=lambda k: segments[k])
    shock = context.shocks[main]
    spread = context.dispersion_of(main, shock.residual_sd)
    return Exposure(
        position_id=position.id,
        description=dict(segments),
        sensitivities=context.sensitivities_of(dict(segments)),
        beta=sum(w * context.shocks[k].beta for k, w in segments.items()),
        beta_sd=shock.beta_sd,
        specific_sd=shock.specific_sd,
        dispersion=spread,
        dispersion_replay=spread,
        source=source,
        matched=matched,
        basis=basis,
        confidence=confidence_of(prior_sd),
        mapping_sd=context.mapping_sd(prior_sd),
        issuer=issuer_of(position),
        covered=True,
        region=region_of(position.identifiers.mic, context.currency_of(position)),
        main_segment=main,
    )

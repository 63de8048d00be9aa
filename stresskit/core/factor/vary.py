"""A factor -> a variant of it: the same shocks with other weights on its story."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.factor import pattern
from stresskit.core.factor.panel import narrative
from stresskit.errors import FactorError
from stresskit.model import Issue, Variant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stresskit.model import Factor, MarketLeg, Shock


@dataclass(frozen=True, kw_only=True)
class Story:
    """What a variant is called and is for, in its author's words."""

    id: str
    title: str
    purpose: str = ""
    narrative: str = ""


def vary(
    basis: Factor,
    story: Story,
    drivers: Mapping[str, float],
    market: float | None = None,
) -> Factor:
    """Make a variant: narrative drivers scaled, the market leg set.

    ``theta' = theta + Z ((scale - 1) d)`` with Z the loadings of the value chain and
    d the drivers estimated for the basis; what the drivers do not explain stays.

    Parameters
    ----------
    basis
        The factor that is varied; its shocks, betas and histories serve.
    story
        Id and words of the variant.
    drivers
        What each driver is multiplied by; those not named stay at 1.
    market
        Return of the market outside the theme in every region, a decimal; that of
        the basis by default.

    Raises
    ------
    FactorError
        If the basis has no drivers, one is unknown, or a shock would be no return.
    """
    _check(basis, drivers, market)
    legs = varied_legs(basis, market)
    shocks = varied_shocks(basis, drivers)
    values = [s.shrunk for s in shocks]
    return replace(
        basis,
        id=story.id,
        revision=1,
        revision_reason="First publication",
        title=story.title,
        narrative=story.narrative or basis.narrative,
        purpose=story.purpose,
        shocks=shocks,
        market=legs,
        evidence=basis.histories(),
        universe_low=min(basis.universe_low, *values),
        universe_high=max(basis.universe_high, *values),
        method={
            "estimator": "narrative drivers of the basis scaled by its author",
            **{
                k: v
                for k, v in basis.method.items()
                if k in ("window_start", "window_end")
            },
        },
        basis=f"{basis.id}@{basis.revision}",
        expert_set=True,
        stated=(),
        variant=Variant(
            drivers=dict(drivers), market=market, basis_sha256=basis.sha256
        ),
        drivers=tuple(
            replace(
                d,
                value=d.value * drivers.get(d.name, 1.0),
                standard_error=d.standard_error * abs(drivers.get(d.name, 1.0)),
            )
            for d in basis.drivers
        ),
        drivers_r2=None,
        styles=(),
        plausibility=None,
        sha256="",
        folder="",
        issues=(
            Issue(
                code="expert-set",
                severity="info",
                message=f"{story.id} is a judgement, not a measurement: a variant of "
                f"{basis.id}@{basis.revision}.",
            ),
            # What the author of the basis assumed is assumed here too.
            *(basis.issues if basis.stated or basis.expert_set else ()),
        ),
    )


def _check(basis: Factor, drivers: Mapping[str, float], market: float | None) -> None:
    """Refuse drivers that the basis does not have, and what is no return."""
    known = {d.name: d.value for d in basis.drivers}
    odd = [name for name in drivers if name not in known]
    if odd:
        raise FactorError(
            f"{odd[0]!r} is no narrative driver of {basis.id}.",
            hint=f"Known: {', '.join(known)}."
            if known
            else "It has no estimate of the drivers: it was not estimated, it is an "
            "earlier revision, or its value chain has none.",
        )
    for name, scale in drivers.items():
        if not np.isfinite(scale):
            raise FactorError(f"{name} is scaled by {scale}, which is no number.")
    if market is not None and not -1 < market < 1:
        raise FactorError(
            f"The market's return is {market:g}, which is not a return.",
            hint="Write -5% as -0.05.",
        )


def varied_legs(basis: Factor, market: float | None) -> tuple[MarketLeg, ...]:
    """Return the basis's market legs, or the same return in every region."""
    if market is None:
        return basis.market
    said = "set by the author of the variant"
    return tuple(replace(m, value=market, basis=said) for m in basis.market)


def varied_shocks(basis: Factor, drivers: Mapping[str, float]) -> tuple[Shock, ...]:
    """Return the basis's shocks with its drivers scaled.

    Raises
    ------
    FactorError
        If a shock would be no return.
    """
    names, loadings, _ = narrative(basis.chain)
    value = {d.name: d.value for d in basis.drivers}
    theta = np.array([s.shrunk for s in basis.shocks])
    d = np.array([value.get(n, 0.0) for n in names])
    scale = np.array([drivers.get(n, 1.0) for n in names])
    moved = pattern.retold(theta, loadings, d, scale) if names else theta
    beyond = np.flatnonzero(~((moved > -1) & (moved <= 1)))
    if beyond.size:
        k = int(beyond[0])
        raise FactorError(
            f"{basis.shocks[k].segment} would move {moved[k]:+.0%}, which is not a "
            "return.",
            hint="Scale the drivers by less; harder events are asked with --severity.",
        )
    return tuple(
        replace(
            s,
            members=0,
            effective_members=0.0,
            total=None,
            raw=None,
            shrunk=float(moved[k]),
            significance=None,
            alternatives={},
        )
        for k, s in enumerate(basis.shocks)
    )

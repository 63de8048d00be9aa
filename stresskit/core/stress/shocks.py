"""A scenario's own figures: segment shocks at severity 1 and market legs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.stress.scaling import scale_shock

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.model import Scenario

    Floats = NDArray[np.float64]

OTHER = "Other"


def segment_shocks(scenario: Scenario) -> tuple[Floats, Floats]:
    """Return the segments' shocks at severity 1 and their standard errors, (K,) each.

    ``f_k = phi_k(day) theta_k`` with the user's shock in place of theta where there is
    one (it has no error), and phi the share of the move still there ``day`` sessions
    after the event (1 on the day).
    """
    shocks = scenario.factor.shocks
    raw = [scenario.shocks.get(k.segment, k.shrunk) for k in shocks]
    errors = [0.0 if k.segment in scenario.shocks else k.standard_error for k in shocks]
    left = persistence(scenario)
    return left * np.array(raw), np.abs(left) * np.array(errors)


def persistence(scenario: Scenario) -> Floats:
    """Return the share of each segment's shock still there on the day, (K,)."""
    factor, day = scenario.factor, scenario.day
    if day == 0:
        return np.ones(len(factor.shocks))
    whole = next(p.persistence for p in factor.path if p.days == day)
    return np.array([k.path.get(day, whole) for k in factor.shocks])


def market_legs(scenario: Scenario) -> dict[str, float]:
    """Return the market leg of each region at severity 1, ``Other`` included."""
    legs = {m.region: m.value for m in scenario.factor.market}
    legs.setdefault(OTHER, 0.0)
    if scenario.market is not None:
        legs = dict.fromkeys(legs, scenario.market)
    return legs


def scaled_legs(scenario: Scenario) -> dict[str, float]:
    """Return the market leg of each region at the scenario's severity."""
    legs = market_legs(scenario)
    values = scale_shock(np.array(list(legs.values())), scenario.severity)
    return dict(zip(legs, values.tolist(), strict=True))


def leg_of(region: str, legs: dict[str, float]) -> str:
    """Return the region whose leg applies."""
    return region if region in legs else OTHER


def sessions(scenario: Scenario) -> int:
    """Return over how many sessions the scenario's moves run, the event's included."""
    factor = scenario.factor
    inside = int(np.busday_count(factor.event_start, factor.event_end)) + 1
    return max(inside, 1) + scenario.day

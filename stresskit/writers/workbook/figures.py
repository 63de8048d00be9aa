"""The numbers behind the report's cells, so that every formula has its value.

Positions' and totals' figures are the engine's own. The steps between (scaled
shocks, errors per position) are not part of a result; the same functions of
``core`` give them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stresskit.core.stress.table import market_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stresskit.model import Exposure, HedgePlan, MarketLeg, StressResult

    Floats = NDArray[np.float64]


OTHER = "Other"  # the leg of every region that the factor does not name


@dataclass(frozen=True)
class Region:
    """A market leg at severity 1 and scaled."""

    name: str
    window: str
    basis: str
    value: float
    scaled: float


@dataclass(frozen=True)
class Figures:
    """Arrays of n positions and K segments in the order of the exposures."""

    regions: tuple[Region, ...]
    segment_ids: tuple[str, ...]
    shock: Floats
    shock_error: Floats
    scaled: Floats
    slope_error: Floats
    money: Floats
    sensitivities: Floats
    segment_return: Floats
    market: Floats
    own_name: Floats
    fx: Floats
    dispersion: Floats
    error: Floats
    exposed: Floats
    local: Floats
    slope: Floats
    net: Floats
    used: tuple[int, ...]


def compute(result: StressResult, plan: HedgePlan | None) -> Figures:
    """Work out the steps between the scenario and the engine's figures."""
    import numpy as np

    from stresskit.core.stress.band import own_slope
    from stresskit.core.stress.scaling import scale_shock, shock_slope

    scenario = result.scenario
    severity = scenario.severity
    ids = result.exposures.segments
    by_id = {s.segment: s for s in scenario.factor.shocks}
    used_shocks = [
        scenario.shocks.get(k, by_id[k].shrunk if k in by_id else 0.0) for k in ids
    ]
    shock = np.array(used_shocks, dtype=float)
    # A shock of the user's own has no standard error, as in the engine.
    shock_error = np.array(
        [
            by_id[k].standard_error if k in by_id and k not in scenario.shocks else 0.0
            for k in ids
        ],
        dtype=float,
    )
    scaled = scale_shock(shock, severity)
    slope_error = shock_error * shock_slope(shock, severity)
    rows = result.by_position
    exposures = [r.exposure for r in rows]
    money = np.array([r.stressed_exposure for r in rows], dtype=float)
    sens = np.array(
        [[e.sensitivities.get(k, 0.0) for k in ids] for e in exposures], dtype=float
    ).reshape(len(rows), len(ids))
    regions = _regions(result)
    leg = {r.name: r.scaled for r in regions}
    market = np.array([market_of(e, leg) for e in exposures], dtype=float)
    own = np.array([e.own_name for e in exposures], dtype=float)
    own = scale_shock(own, severity) if scenario.mode == "replay" else own * 0.0
    fx = np.array([scenario.fx.get(r.position.currency or "", 0.0) for r in rows])
    beta = np.array([e.beta for e in exposures], dtype=float)
    local = beta * market + sens @ scaled + own
    slope = own_slope(local, severity)
    replay = scenario.mode == "replay"
    spread = [e.dispersion_replay if replay else e.dispersion for e in exposures]
    dispersion = money * slope * np.array(spread)
    error = np.sqrt(
        dispersion**2
        + (money * market * np.array([e.beta_sd for e in exposures])) ** 2
        + (money * slope * np.array([e.mapping_sd for e in exposures])) ** 2
        + np.sum((money[:, None] * sens * slope_error) ** 2, axis=1)
    )
    return Figures(
        regions=regions,
        segment_ids=ids,
        shock=shock,
        shock_error=shock_error,
        scaled=scaled,
        slope_error=slope_error,
        money=money,
        sensitivities=sens,
        segment_return=sens @ scaled,
        market=market,
        own_name=own,
        fx=fx,
        dispersion=dispersion,
        error=error,
        exposed=money @ sens,
        local=local,
        slope=slope,
        net=_net(exposures, money),
        used=_used(ids, exposures, plan),
    )


def _net(exposures: list[Exposure], money: Floats) -> Floats:
    """Return the money in all lines of each position's issuer."""
    import numpy as np

    sums: dict[str, float] = {}
    for e, value in zip(exposures, money.tolist(), strict=True):
        sums[e.issuer] = sums.get(e.issuer, 0.0) + value
    return np.array([sums[e.issuer] for e in exposures])


def _regions(result: StressResult) -> tuple[Region, ...]:
    import numpy as np

    from stresskit.core.stress.scaling import scale_shock

    scenario = result.scenario
    found = [(m.region, _window(m), m.basis, m.value) for m in scenario.factor.market]
    if OTHER not in [name for name, *_ in found]:
        found.append((OTHER, "", "no leg of its own: taken not to move", 0.0))
    regions = []
    for name, window, basis, own in found:
        value = own if scenario.market is None else scenario.market
        scaled = float(scale_shock(np.array(value), scenario.severity))
        regions.append(Region(name, window, basis, value, scaled))
    return tuple(regions)


def _window(leg: MarketLeg) -> str:
    start, end = (f"{day:%d %b %Y}" for day in (leg.start, leg.end))
    return start if start == end else f"{start} to {end}"


def _used(
    ids: tuple[str, ...], exposures: list[Exposure], plan: HedgePlan | None
) -> tuple[int, ...]:
    """Return the segments something in the report is sensitive to, one at least."""
    names = {k for e in exposures for k, x in e.sensitivities.items() if x}
    names |= {e.main_segment for e in exposures if e.main_segment}
    for instrument in plan.instruments if plan else ():
        names |= {k for k, x in instrument.sensitivities.items() if x}
    return tuple(i for i, k in enumerate(ids) if k in names) or (0,)

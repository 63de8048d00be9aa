"""A portfolio as arrays, and the way back to records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.confidence import covered_share, light_of
from stresskit.core.stress.band import MULTIPLIER, BandInput, bounded, own_slope
from stresskit.core.stress.scaling import Projection, project, scale_shock, shock_slope
from stresskit.model import Coverage, PositionResult, SegmentResult

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.model import Exposure, Exposures, Portfolio, Scenario

    Floats = NDArray[np.float64]


class Table:
    """The portfolio as arrays, and the way back to records."""

    def __init__(
        self,
        portfolio: Portfolio,
        exposures: Exposures,
        scenario: Scenario,
        base: Floats,
    ):
        self.portfolio, self.exposures, self.scenario = portfolio, exposures, scenario
        rows, factor, s = exposures.rows, scenario.factor, scenario.severity
        index = {name: n for n, name in enumerate(exposures.segments)}
        self.moves = np.array([e.moves for e in rows])
        self.value = np.where(self.moves, self._stressed_money(base), 0.0)
        self.sensitivities = np.zeros((len(rows), len(index)))
        for n, e in enumerate(rows):
            for name, x in e.sensitivities.items():
                self.sensitivities[n, index[name]] = x
        self.clusters = np.array(
            [index[e.main_segment] if e.main_segment else -1 for e in rows],
            dtype=np.int64,
        )
        raw = np.array(
            [scenario.shocks.get(k.segment, k.shrunk) for k in factor.shocks]
        )
        errors = np.array(
            [
                0.0 if k.segment in scenario.shocks else k.standard_error
                for k in factor.shocks
            ]
        )
        self.shocks = scale_shock(raw, s)
        self.errors = errors * shock_slope(raw, s)
        legs = market_legs(scenario)
        scaled = {r: float(scale_shock(np.array(m), s)) for r, m in legs.items()}
        self.market = np.array([market_of(e, scaled) for e in rows])
        own = np.array([e.own_name for e in rows])
        replay = scenario.mode == "replay"
        self.own = scale_shock(own, s) if replay else np.zeros(len(rows))
        currencies = [p.currency for p in portfolio.positions]
        self.fx = np.array([scenario.fx.get(c or "", 0.0) for c in currencies])

    def _stressed_money(self, base: Floats) -> Floats:
        return np.array(
            [
                b if p.exposure is None else p.exposure
                for p, b in zip(self.portfolio.positions, base, strict=True)
            ]
        )

    def project(self) -> tuple[Projection, BandInput]:
        """Return the P&L by position and what the band needs."""
        rows = self.exposures.rows
        beta = np.array([e.beta for e in rows])
        projection = project(
            self.value,
            beta=beta,
            market=self.market,
            sensitivities=self.sensitivities,
            shocks=self.shocks,
            own_name=self.own,
            fx=self.fx,
        )
        local = beta * self.market + self.sensitivities @ self.shocks + self.own
        slope = own_slope(local, self.scenario.severity)
        replay = self.scenario.mode == "replay"
        spread = [e.dispersion_replay if replay else e.dispersion for e in rows]
        given = BandInput(
            value=self.value,
            net=self.net(),
            sensitivities=self.sensitivities,
            shock_errors=self.errors,
            dispersion=slope * np.array(spread),
            clusters=self.clusters,
            beta_sd=np.array([e.beta_sd for e in rows]),
            market=self.market,
            mapping_sd=slope * np.array([e.mapping_sd for e in rows]),
        )
        return projection, given

    def net(self) -> Floats:
        """Return the money in all lines of each position's issuer, shape (n,)."""
        index: dict[str, int] = {}
        rows = self.exposures.rows
        number = np.array([index.setdefault(e.issuer, len(index)) for e in rows])
        sums = np.bincount(number, self.value)
        result: Floats = sums[number]
        return result

    def coverage(self, base: Floats) -> tuple[float, float]:
        """Return the gross money and the part stressed without knowing it."""
        gross = np.maximum(np.abs(base), np.abs(self._stressed_money(base)))
        known = np.array([e.covered for e in self.exposures.rows])
        return float(gross.sum()), float(gross[~known].sum())

    def knowledge(self, projection: Projection, half: Floats, base: Floats) -> Coverage:
        """Return how well the portfolio is known, and what the unknown could do.

        ``risk_i = sqrt(pnl_i^2 + sd_i^2)``, what a position may move in the scenario.
        """
        rows = self.exposures.rows
        gross = np.maximum(np.abs(base), np.abs(self._stressed_money(base)))
        sure = np.array([e.confidence for e in rows])
        risk = np.hypot(projection.pnl, half / MULTIPLIER)
        unknown = np.array([e.source == "unmapped" for e in rows])
        value, market = self.value[unknown], self.market[unknown]
        worst = int(np.argmin(value.sum() * self.shocks))
        like_market = float(value @ market)
        known = float(projection.pnl.sum() - projection.pnl[unknown].sum())
        by_value = covered_share(gross, sure)
        sources = dict.fromkeys((e.source for e in rows), 0.0)
        for e, amount in zip(rows, gross.tolist(), strict=True):
            sources[e.source] += amount
        return Coverage(
            by_value=by_value,
            by_risk=covered_share(risk, sure),
            light=light_of(by_value),
            by_source=sources,
            unmapped_value=float(gross[unknown].sum()),
            worst_segment=self.exposures.segments[worst] if unknown.any() else "",
            pnl_if={
                "market": known + like_market,
                "worst_segment": known
                + like_market
                + float(value.sum() * self.shocks[worst]),
                "nothing": known,
            },
        )

    def by_segment(self, projection: Projection) -> tuple[SegmentResult, ...]:
        """Return a record per segment in the chain's order, in money."""
        exposure = self.value @ self.sensitivities
        pnl = projection.by_segment.sum(axis=0)
        return tuple(
            SegmentResult(
                segment=segment.id,
                group=segment.group,
                title=segment.title,
                exposure=float(exposure[k]),
                shock=float(self.shocks[k]),
                pnl=float(pnl[k]),
            )
            for k, segment in enumerate(self.scenario.factor.chain.segments)
        )

    def by_position(
        self, projection: Projection, half: Floats, base: Floats
    ) -> tuple[PositionResult, ...]:
        """Return a record per position in the file's order, in money."""
        low, high = bounded(projection.pnl - half, projection.pnl + half, self.value)
        columns = zip(
            self.portfolio.positions,
            self.exposures.rows,
            base.tolist(),
            self.value.tolist(),
            self.market.tolist(),
            projection.pnl.tolist(),
            projection.market.tolist(),
            projection.segments.tolist(),
            projection.own_name.tolist(),
            projection.fx.tolist(),
            projection.cross.tolist(),
            low.tolist(),
            high.tolist(),
            strict=True,
        )
        return tuple(
            PositionResult(
                position=p,
                exposure=e,
                base_value=b,
                stressed_exposure=v,
                market_return=m,
                pnl=pnl,
                pnl_pct=pnl / abs(v) if v else (0.0 if b else None),
                market=market,
                segments=segments,
                own_name=own,
                fx=fx,
                options=0.0,
                cross=cross,
                low=bottom,
                high=top,
            )
            for (
                p,
                e,
                b,
                v,
                m,
                pnl,
                market,
                segments,
                own,
                fx,
                cross,
                bottom,
                top,
            ) in columns
        )


def market_legs(scenario: Scenario) -> dict[str, float]:
    """Return the market leg of each region at severity 1, ``Other`` included."""
    legs = {m.region: m.value for m in scenario.factor.market}
    legs.setdefault("Other", 0.0)
    if scenario.market is not None:
        legs = dict.fromkeys(legs, scenario.market)
    return legs


def market_of(exposure: Exposure, legs: dict[str, float]) -> float:
    """Return the market's return for an exposure, a mean where there are several."""
    return sum(s * legs[leg_of(r, legs)] for r, s in exposure.markets.items())


def leg_of(region: str, legs: dict[str, float]) -> str:
    """Return the region whose leg applies."""
    return region if region in legs else "Other"

"""A table under one scenario: P&L, band and what else is read off the same arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.confidence import covered_share, light_of
from stresskit.core.instruments.options import vol_shock
from stresskit.core.stress.band import (
    LEVEL,
    BandInput,
    bounded,
    multiplier_of,
    own_slope,
    position_half_widths,
    variance_parts,
)
from stresskit.core.stress.other_moves import currency_returns, other_moves
from stresskit.core.stress.project import Beyond, Projection, project
from stresskit.core.stress.scaling import scale_shock, shock_slope
from stresskit.core.stress.shocks import (
    leg_of,
    scaled_legs,
    segment_shocks,
    sessions,
)
from stresskit.model import (
    Attribution,
    Band,
    Coverage,
    OtherResult,
    PositionResult,
    SegmentResult,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.core.stress.other_moves import CurrencyReturns, OtherMoves
    from stresskit.core.stress.table import Table
    from stresskit.model import Scenario

    Floats = NDArray[np.float64]

SESSIONS_A_YEAR = 252
CALENDAR_DAYS = 365


@dataclass(frozen=True)
class Stressed:
    """One scenario's arrays over a table's positions."""

    table: Table
    scenario: Scenario
    base_currency: str | None

    @cached_property
    def raw(self) -> tuple[Floats, Floats]:
        """Segment shocks at severity 1 and their standard errors, (K,) each."""
        return segment_shocks(self.scenario)

    @cached_property
    def shocks(self) -> Floats:
        """Segment shocks at the severity, (K,)."""
        return scale_shock(self.raw[0], self.scenario.severity)

    @cached_property
    def errors(self) -> Floats:
        """Their standard errors at the severity, (K,)."""
        raw, errors = self.raw
        result: Floats = errors * shock_slope(raw, self.scenario.severity)
        return result

    @cached_property
    def market(self) -> Floats:
        """Each position's market return, (n,)."""
        legs = scaled_legs(self.scenario)
        by_region = np.array([legs[leg_of(r, legs)] for r in self.table.regions])
        result: Floats = self.table.market_shares @ by_region
        return result

    @cached_property
    def own(self) -> Floats:
        """Own-name returns, (n,): zero in factor mode."""
        if self.scenario.mode != "replay":
            return np.zeros(len(self.table.rows))
        return scale_shock(self.table.own, self.scenario.severity)

    @cached_property
    def moves(self) -> OtherMoves:
        """The other factors' moves, (J,)."""
        return other_moves(self.scenario)

    @cached_property
    def currencies(self) -> CurrencyReturns:
        """The currencies' returns against the base, (C,)."""
        return currency_returns(
            self.scenario, self.moves, self.base_currency, self.table.currencies
        )

    @cached_property
    def fx(self) -> Floats:
        """Each position's currency return, (n,)."""
        result: Floats = self.table.currency_shares @ self.currencies.values
        return result

    @cached_property
    def rate_moves(self) -> Floats:
        """The move of each position's yield, (n,), for convexity."""
        t = self.table
        if not t.is_rate.any():
            return np.zeros(len(t.rows))
        held = (t.loadings != 0) & t.is_rate
        result: Floats = held @ np.where(t.is_rate, self.moves.values, 0.0)
        return result

    @cached_property
    def other_return(self) -> Floats:
        """Return by other factors: ``sum_j o_ij m_j + C_i dy_i^2 / 2``, (n,)."""
        t = self.table
        linear = t.loadings @ self.moves.values
        result: Floats = linear + 0.5 * t.convexity * self.rate_moves**2
        return result

    @cached_property
    def linear_of_options(self) -> Floats:
        """What the shares underneath the options return, (m,)."""
        t, at = self.table, self.table.options.rows
        result: Floats = (
            t.beta[at] * self.market[at]
            + t.sensitivities[at] @ self.shocks
            + self.own[at]
        )
        return result

    @cached_property
    def local_of_options(self) -> Floats:
        """The same, -100% at least: no share is worth less than nothing."""
        return np.maximum(self.linear_of_options, -1.0)

    @cached_property
    def vol_shifts(self) -> Floats:
        """The shift of the options' implied volatilities, (m,), decimals.

        By the move of their own spot; of index options the volatility factor's move
        where the user sets it or the day itself is replayed; none where other
        factors are not to move.
        """
        options, r = self.table.options, self.local_of_options
        days = options.years * CALENDAR_DAYS
        if self.scenario.other_mode == "none":
            shifts = np.zeros_like(r)
        else:
            shifts = vol_shock(r, options.slope, days)
        for n, name in enumerate(options.index):
            if name is not None and self.moves.source(name) in ("user", "event"):
                tenor = (30.0 / max(30.0, float(days[n]))) ** 0.5
                shifts[n] = max(self.moves.value(name) * tenor, -0.9 * options.vol[n])
        return shifts

    @cached_property
    def revalued(self) -> Floats:
        """What revaluing gives beyond the delta, (n,); NaN for what is no option.

        ``Q = c (v(S (1+r), vol + shift, T - h) - v(S, vol, T)) - V r`` with c the money
        per unit of premium and h the time since the event.
        """
        t, options = self.table, self.table.options
        found = np.full(len(t.rows), np.nan)
        if len(options.rows) == 0:
            return found
        after = options.value(
            options.spot * (1.0 + self.local_of_options),
            options.vol + self.vol_shifts,
            self.scenario.day / SESSIONS_A_YEAR,
        )
        at = options.rows
        delta = t.value[at] * self.linear_of_options
        found[at] = options.money * (after - options.before) - delta
        return found

    @cached_property
    def projection(self) -> Projection:
        """The P&L by position and its parts."""
        t = self.table
        return project(
            t.value,
            beta=t.beta,
            market=self.market,
            sensitivities=t.sensitivities,
            shocks=self.shocks,
            own_name=self.own,
            fx=self.fx,
            beyond=Beyond(
                held=t.held,
                other_return=self.other_return,
                other_value=t.other_value,
                options=self.revalued,
                leverage=t.daily,
                sessions=sessions(self.scenario),
            ),
        )

    @cached_property
    def error_value(self) -> Floats:
        """The money on which errors of a return act, (n,).

        Of an option its delta after the move times the spot before it.
        """
        t, options = self.table, self.table.options
        value = t.value.copy()
        if len(options.rows):
            delta = options.slope_at(
                options.spot * (1.0 + self.local_of_options),
                options.vol + self.vol_shifts,
                self.scenario.day / SESSIONS_A_YEAR,
            )
            value[options.rows] = options.money * delta * options.spot
        return value

    @cached_property
    def other_exposure(self) -> Floats:
        """P&L per 1.00 of a small move of each other factor, (J,)."""
        t = self.table
        money = t.held @ t.currency_shares
        result: Floats = t.other_value @ t.loadings + money @ self.currencies.loadings
        return result

    @cached_property
    def band_input(self) -> BandInput:
        """What the band needs."""
        t, scenario = self.table, self.scenario
        slope = own_slope(self.projection.local, scenario.severity)
        spread = t.dispersion_replay if scenario.mode == "replay" else t.dispersion
        own = slope * spread
        if scenario.day:
            # A jump does not grow with time; what companies do from day to day does.
            own = np.sqrt(own**2 + scenario.day * t.specific_sd**2)
        # What a company does on its own turns round in an inverse fund on it.
        sign = np.sign(t.leverage)
        return BandInput(
            value=self.error_value,
            issuers=t.issuers,
            sensitivities=t.sensitivities,
            shock_errors=self.errors,
            dispersion=sign * own,
            clusters=t.clusters,
            beta_sd=sign * t.beta_sd,
            market=self.market,
            mapping_sd=sign * slope * t.mapping_sd,
            other_exposure=self.other_exposure,
            other_covariance=self.moves.covariance,
        )

    @cached_property
    def other_errors(self) -> Floats:
        """What stays open of other factors' moves does to each position, (n,)."""
        t, open_ = self.table, self.moves.covariance
        if not open_.any():
            return np.zeros(len(t.rows))
        own = t.other_value[:, None] * t.loadings
        own = own + (t.held[:, None] * t.currency_shares) @ self.currencies.loadings
        result: Floats = np.sqrt(np.maximum(np.sum((own @ open_) * own, axis=1), 0.0))
        return result

    @cached_property
    def half_widths(self) -> Floats:
        """The half width of each position's own band, money, (n,)."""
        return position_half_widths(self.band_input, self.other_errors, self.multiplier)

    @property
    def multiplier(self) -> float:
        """Half of the band in standard deviations."""
        return multiplier_of(self.scenario.factor)

    @cached_property
    def pnl(self) -> float:
        """The portfolio's P&L."""
        return float(self.projection.pnl.sum())

    @cached_property
    def band(self) -> Band:
        """The range given the scenario, with the parts of its variance."""
        t = self.table
        parts = variance_parts(self.band_input)
        width = self.multiplier * sum(parts.values()) ** 0.5
        low = self.pnl - width
        if t.limit.size and t.limit.min() >= 0 and t.held.min() >= 0:
            # Without a short position no more than everything can be lost.
            low = max(low, -float(t.limit.sum()))
        return Band(
            level=LEVEL,
            low=low,
            high=self.pnl + width,
            multiplier=self.multiplier,
            parts=parts,
        )

    @cached_property
    def attribution(self) -> Attribution:
        """The parts of the P&L."""
        p = self.projection
        return Attribution(
            market=float(p.market.sum()),
            segments=float(p.segments.sum()),
            own_name=float(p.own_name.sum()),
            fx=float(p.fx.sum()),
            options=float(p.options.sum()),
            others=float(p.others.sum()),
            cross=float(p.cross.sum()),
        )

    def uncovered(self) -> tuple[float, float]:
        """Return the gross money and the part stressed without knowing it."""
        gross = self.table.gross
        return float(gross.sum()), float(gross[~self.table.covered].sum())

    def knowledge(self) -> Coverage:
        """Return how well the portfolio is known, and what the unknown could do.

        ``risk_i = sqrt(pnl_i^2 + sd_i^2)``, what a position may move in the scenario.
        """
        t, p = self.table, self.projection
        gross, unknown = t.gross, t.unmapped
        risk = np.hypot(p.pnl, self.half_widths / self.multiplier)
        value, market = t.value[unknown], self.market[unknown]
        worst = int(np.argmin(value.sum() * self.shocks))
        like_market = float(value @ market)
        known = float(p.pnl.sum() - p.pnl[unknown].sum())
        by_value = covered_share(gross, t.confidence)
        sources = dict.fromkeys((e.source for e in t.rows), 0.0)
        for e, amount in zip(t.rows, gross.tolist(), strict=True):
            sources[e.source] += amount
        return Coverage(
            by_value=by_value,
            by_risk=covered_share(risk, t.confidence),
            light=light_of(by_value),
            by_source=sources,
            unmapped_value=float(gross[unknown].sum()),
            worst_segment=t.exposures.segments[worst] if unknown.any() else "",
            pnl_if={
                "market": known + like_market,
                "worst_segment": known
                + like_market
                + float(value.sum() * self.shocks[worst]),
                "nothing": known,
            },
        )

    def by_segment(self) -> tuple[SegmentResult, ...]:
        """Return a record per segment in the chain's order, in money."""
        exposure = self.table.value @ self.table.sensitivities
        pnl = self.projection.by_segment
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

    def by_other(self) -> tuple[OtherResult, ...]:
        """Return a record per other factor and per currency against the base."""
        t, m = self.table, self.moves
        linear = t.other_value @ (t.loadings * m.values)
        curved = 0.5 * (t.other_value * t.convexity * self.rate_moves**2)
        linear = linear + curved @ ((t.loadings != 0) & t.is_rate)
        found = [
            OtherResult(
                factor=f.id,
                title=f.title,
                kind=f.kind,
                move=float(m.values[n]),
                source=m.sources[n],
                r2=float(m.r2[n]) if np.isfinite(m.r2[n]) else None,
                exposure=float(self.other_exposure[n]),
                pnl=float(linear[n]),
                note=m.notes[n],
            )
            for n, f in enumerate(m.factors)
            if not f.currency_pair
        ]
        return (*found, *self._by_currency())

    def _by_currency(self) -> list[OtherResult]:
        held = self.table.held @ self.table.currency_shares
        c, base = self.currencies, self.base_currency
        return [
            OtherResult(
                factor=name,
                title=f"{name} against {base or 'the base currency'}",
                kind="currency",
                move=float(c.values[n]),
                source=c.sources[n],
                r2=None,
                exposure=float(held[n]),
                pnl=float(held[n] * c.values[n]),
                note=c.notes[n],
            )
            for n, name in enumerate(self.table.currencies)
            if name != base
        ]

    def by_position(self) -> tuple[PositionResult, ...]:
        """Return a record per position in the file's order, in money."""
        t, p, half = self.table, self.projection, self.half_widths
        low, high = bounded(p.pnl - half, p.pnl + half, t.limit)
        size = np.where(t.optional, np.abs(t.base), np.abs(t.value))
        columns = zip(
            t.portfolio.positions,
            t.rows,
            t.base.tolist(),
            t.value.tolist(),
            size.tolist(),
            self.market.tolist(),
            p.pnl.tolist(),
            p.market.tolist(),
            p.segments.tolist(),
            p.own_name.tolist(),
            p.fx.tolist(),
            p.options.tolist(),
            p.others.tolist(),
            p.cross.tolist(),
            low.tolist(),
            high.tolist(),
            strict=True,
        )
        return tuple(
            _position_result(
                position=position,
                exposure=exposure,
                base_value=base,
                stressed_exposure=value,
                market_return=market_return,
                pnl=pnl,
                pnl_pct=pnl / of if of else (0.0 if base else None),
                market=market,
                segments=segments,
                own_name=own,
                fx=fx,
                options=options,
                others=others,
                cross=cross,
                low=bottom,
                high=top,
            )
            for (
                position,
                exposure,
                base,
                value,
                of,
                market_return,
                pnl,
                market,
                segments,
                own,
                fx,
                options,
                others,
                cross,
                bottom,
                top,
            ) in columns
        )


def _position_result(**fields: object) -> PositionResult:
    """Make a record of all its fields in one go: a frozen class sets one by one."""
    made = object.__new__(PositionResult)
    object.__setattr__(made, "__dict__", fields)
    return made

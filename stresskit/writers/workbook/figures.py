"""The numbers behind the report's cells, so that every formula has its value.

Positions' and totals' figures are the engine's own. The steps between (scaled
shocks, errors per position) are not part of a result; the same functions of
``core`` give them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stresskit.core.stress.shocks import sessions

if TYPE_CHECKING:
    import datetime as dt

    import numpy as np
    from numpy.typing import NDArray

    from stresskit.core.stress.stressed import Stressed
    from stresskit.core.stress.table import Table
    from stresskit.model import Exposure, HedgePlan, StressResult

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]


SESSIONS_A_YEAR = 252
OTHER = "Other"  # the leg of every region that the factor does not name


@dataclass(frozen=True)
class Region:
    """A market leg at severity 1 and scaled."""

    name: str
    window: tuple[dt.date, dt.date] | None
    basis: str
    value: float
    scaled: float


@dataclass(frozen=True)
class OtherFigure:
    """An other factor's move, what it is made of, and the positions' loadings, (n,).

    ``user`` is the user's value, ``day`` the event's own move at severity 1,
    ``drivers`` the move per unit of each where it is carried over from them.
    """

    id: str
    title: str
    kind: str
    currency: str | None
    move: float
    source: str
    note: str
    user: float | None
    day: float | None
    drivers: dict[str, float]
    loadings: Floats


@dataclass(frozen=True)
class OptionFigure:
    """One option before and after; ``index`` is the volatility it follows, if any."""

    before: float
    local: float
    shift: float
    spot: float
    vol: float
    years: float
    after: float
    delta: float
    beyond: float
    error_money: float
    index: str | None


@dataclass(frozen=True)
class Figures:
    """Arrays of n positions and K segments in the order of the exposures."""

    def volatility_row(self, name: str | None) -> tuple[int, bool] | None:
        """Return a volatility factor's row, and whether its day is known."""
        for row, other in enumerate(self.others):
            if name is not None and other.id == name:
                return row, other.day is not None
        return None

    regions: tuple[Region, ...]
    segment_ids: tuple[str, ...]
    shock: Floats
    shock_error: Floats
    scaled: Floats
    slope_error: Floats
    money: Floats
    error_money: Floats
    held: Floats
    limit: Floats
    optional: Bools
    daily: Floats
    sessions: int
    sensitivities: Floats
    segment_return: Floats
    market: Floats
    own_name: Floats
    fx: Floats
    other_return: Floats
    other_value: Floats
    other_error: Floats
    other_error_predicted: Floats
    others_variance: float
    dispersion: Floats
    error: Floats
    exposed: Floats
    exposed_error: Floats
    local: Floats
    return_used: Floats
    slope: Floats
    net: Floats
    net_beta: Floats
    net_place: Floats
    net_alone: Floats
    used: tuple[int, ...]
    others: tuple[OtherFigure, ...]
    option_rows: tuple[int, ...]
    option_money: tuple[float, ...]
    options: tuple[OptionFigure, ...]
    currencies: dict[str, float]
    stressed: Stressed


def compute(result: StressResult, plan: HedgePlan | None) -> Figures:
    """Work out the steps between the scenario and the engine's figures."""
    import numpy as np

    from stresskit.core.stress.stressed import Stressed
    from stresskit.core.stress.table import Table

    portfolio, exposures = result.portfolio, result.exposures
    base = np.array([r.base_value for r in result.by_position], dtype=float)
    table = Table(portfolio, exposures, result.scenario.factor, base)
    stressed = Stressed(table, result.scenario, portfolio.base_currency)
    ids, p = exposures.segments, stressed.projection
    given = stressed.band_input
    raw, errors = stressed.raw
    own = given.value * given.dispersion
    other = stressed.other_errors
    open_ = _predicted(stressed)
    error = np.sqrt(
        own**2
        + (given.value * stressed.market * table.beta_sd) ** 2
        + (given.value * given.mapping_sd) ** 2
        + np.sum(
            (given.value[:, None] * table.sensitivities * stressed.errors) ** 2, axis=1
        )
        + other**2
    )
    used = p.used
    slope = own_slope_of(stressed)
    return Figures(
        regions=_regions(result),
        segment_ids=ids,
        shock=raw,
        shock_error=errors,
        scaled=stressed.shocks,
        slope_error=stressed.errors,
        money=table.value,
        error_money=given.value,
        held=table.held,
        limit=table.limit,
        optional=table.optional,
        daily=table.daily,
        sessions=sessions(result.scenario),
        sensitivities=table.sensitivities,
        segment_return=table.sensitivities @ stressed.shocks,
        market=stressed.market,
        own_name=stressed.own,
        fx=stressed.fx,
        other_return=stressed.other_return,
        other_value=table.other_value,
        other_error=other,
        other_error_predicted=open_.other_errors,
        others_variance=float(
            open_.other_exposure @ open_.moves.covariance @ open_.other_exposure
        ),
        dispersion=own,
        error=error,
        exposed=table.value @ table.sensitivities,
        exposed_error=given.value @ table.sensitivities,
        local=p.local,
        return_used=used,
        slope=slope,
        **_of_issuers(stressed),
        used=_used(ids, [r.exposure for r in result.by_position], plan),
        others=_others(table, stressed),
        option_rows=tuple(table.options.rows.tolist()),
        option_money=tuple(table.options.money.tolist()),
        options=_options(table, stressed),
        currencies=_currencies(table, stressed),
        stressed=stressed,
    )


def _of_issuers(stressed: Stressed) -> dict[str, Floats]:
    """Return what all lines of each line's issuer err together, (n,) each.

    Errors of betas and places stand without the sign of an inverse fund in the cells:
    their sums have the line's own in them.
    """
    import numpy as np

    given, sign = stressed.band_input, np.sign(stressed.table.leverage)

    def added(errors: Floats) -> Floats:
        sums = np.bincount(given.issuers, errors) if len(errors) else errors
        found: Floats = sums[given.issuers].astype(np.float64)
        return found

    own = given.value * given.dispersion
    alone = given.clusters < 0
    return {
        "net": added(own),
        "net_beta": sign * added(given.value * given.beta_sd * given.market),
        "net_place": sign * added(given.value * given.mapping_sd),
        "net_alone": np.where(alone, added(np.where(alone, own, 0.0)), 0.0),
    }


def own_slope_of(stressed: Stressed) -> Floats:
    """Return how errors grow with the severity, (n,)."""
    from stresskit.core.stress.band import own_slope

    return own_slope(stressed.projection.local, stressed.scenario.severity)


def _options(table: Table, stressed: Stressed) -> tuple[OptionFigure, ...]:
    """Return the options' figures before and after."""
    import numpy as np

    o = table.options
    if not o.index:
        return ()
    later = stressed.scenario.day / SESSIONS_A_YEAR
    spot = o.spot * (1.0 + stressed.local_of_options)
    vol = o.vol + stressed.vol_shifts
    columns = (
        o.before,
        stressed.local_of_options,
        stressed.vol_shifts,
        spot,
        vol,
        np.maximum(o.years - later, 0.0),
        o.value(spot, vol, later),
        o.slope_at(spot, vol, later),
        stressed.revalued[o.rows],
        stressed.error_value[o.rows],
    )
    rows = zip(*(c.tolist() for c in columns), o.index, strict=True)
    return tuple(OptionFigure(*row) for row in rows)


def _others(table: Table, stressed: Stressed) -> tuple[OtherFigure, ...]:
    """Return the other factors that money hangs on, currencies included."""
    import numpy as np

    predicted = _predicted(stressed).moves
    moves, base = stressed.moves, stressed.base_currency
    known = stressed.scenario.factor.others
    pegs = known.pegs if known else {}
    money = {pegs.get(c or "", c) for c in (*table.currencies, base)}
    scenario = stressed.scenario
    found = []
    for n, f in enumerate(moves.factors):
        currency = f.kind == "currency"
        if currency and f.currency not in money:
            continue
        followed = f.id in table.options.index
        if not currency and not followed and not table.loadings[:, n].any():
            continue
        loads = predicted.loadings[n] if len(predicted.drivers) else np.zeros(0)
        day = float(moves.day[n])
        found.append(
            OtherFigure(
                id=f.id,
                title=f.title,
                kind=f.kind,
                currency=f.currency,
                move=float(moves.values[n]),
                source=moves.sources[n],
                note=moves.notes[n],
                user=scenario.other_moves.get(f.id),
                day=day if np.isfinite(day) else None,
                drivers={
                    d: b
                    for d, b in zip(predicted.drivers, loads.tolist(), strict=True)
                    if b
                },
                loadings=table.loadings[:, n],
            )
        )
    return tuple(found)


def _predicted(stressed: Stressed) -> Stressed:
    """Return the same in factor mode at severity 1: what the workbook scales from."""
    from stresskit.core.stress.stressed import Stressed as Same

    asked = replace(stressed.scenario, mode="factor", severity=1.0)
    return Same(stressed.table, asked, stressed.base_currency)


def _currencies(table: Table, stressed: Stressed) -> dict[str, float]:
    """Return the return of each currency that money stands in, but the base's."""
    values = stressed.currencies.values.tolist()
    return {
        c: v
        for c, v in zip(table.currencies, values, strict=True)
        if c != stressed.base_currency
    }


def _regions(result: StressResult) -> tuple[Region, ...]:
    import numpy as np

    from stresskit.core.stress.scaling import scale_shock

    scenario = result.scenario
    found: list[tuple[str, tuple[dt.date, dt.date] | None, str, float]] = [
        (m.region, (m.start, m.end), m.basis, m.value) for m in scenario.factor.market
    ]
    if OTHER not in [name for name, *_ in found]:
        found.append((OTHER, None, "no leg of its own: taken not to move", 0.0))
    regions = []
    for name, window, basis, own in found:
        value = own if scenario.market is None else scenario.market
        scaled = float(scale_shock(np.array(value), scenario.severity))
        regions.append(Region(name, window, basis, value, scaled))
    return tuple(regions)


def _used(
    ids: tuple[str, ...], exposures: list[Exposure], plan: HedgePlan | None
) -> tuple[int, ...]:
    """Return the segments something in the report is sensitive to, one at least."""
    names = {k for e in exposures for k, x in e.sensitivities.items() if x}
    names |= {e.main_segment for e in exposures if e.main_segment}
    ordered = {leg.instrument for h in (plan.hedges if plan else ()) for leg in h.legs}
    for instrument in plan.instruments if plan else ():
        if instrument.ticker in ordered:
            names |= {k for k, x in instrument.sensitivities.items() if x}
    return tuple(i for i, k in enumerate(ids) if k in names) or (0,)

"""What may be traded: returns in every scenario, options on it, joint covariance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.instruments import options as pricing
from stresskit.core.instruments.volatility import past_volatility
from stresskit.core.stress.other_moves import currency_returns
from stresskit.core.stress.stressed import Stressed
from stresskit.core.stress.table import Table
from stresskit.model import Exposures, OptionQuote, OptionTerms, Portfolio, Position

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stresskit.model import (
        Exposure,
        Factor,
        Scenario,
        SegmentHistory,
        Tradable,
    )

    Floats = NDArray[np.float64]

RATE = 0.04
MONEYNESS = (1.0, 0.95, 0.90, 0.85, 0.80)
MONTHS = (1, 3, 6)
# A spread's lower strike is this far below its put's; a collar sells a call this far
# above the spot.
SPREAD_WIDTH, CALL_STRIKE = 0.15, 1.10
# Implied volatility rises below the spot and falls above it, per 1.00 of moneyness.
SKEW_BELOW, SKEW_ABOVE = 0.4, 0.1
# What is quoted lies above what the past was.
OVER_PAST = 1.15
LOWEST_VOL = 0.08
# Points of implied volatility per percent of the spot: that of a share, the smaller.
SLOPE = -1.0
YEAR = 252


@dataclass(frozen=True)
class Valued:
    """What the universe does in one scenario; arrays (M,).

    ``returns`` are P&L per unit of base currency with no money held in the trading
    currency, ``held`` with it, ``local`` the price's own return in its currency,
    ``errors`` its standard deviation given the scenario.
    """

    returns: Floats
    held: Floats
    local: Floats
    errors: Floats


def universe(tradables: Sequence[Tradable], base: str | None) -> Portfolio:
    """Return one unit of base currency in each tradable, as a portfolio."""
    from stresskit.model import Identifiers

    kinds = {"etf": "fund", "stock": "equity", "future": "fund"}
    positions = []
    for t in tradables:
        ticker, _, mic = t.of.partition(":")
        own = t.of == t.key
        positions.append(
            Position(
                id=t.key,
                name=t.name if own else ticker,
                identifiers=Identifiers(
                    ticker=ticker, mic=mic or None, isin=t.isin if own else None
                ),
                asset_class=kinds[t.kind],  # type: ignore[arg-type]  # one of AssetClass
                currency=t.currency,
                market_value=1.0,
            )
        )
    return Portfolio(name="instruments", positions=tuple(positions), base_currency=base)


def valued(portfolio: Portfolio, exposures: Exposures, scenario: Scenario) -> Valued:
    """Value one unit of each position in a scenario.

    A short sells for money that stays in its currency, and a future holds none: what
    the trading currency does to the unit itself is taken out, ``P&L - c``.
    """
    base = np.array([p.market_value or 0.0 for p in portfolio.positions])
    table = Table(portfolio, exposures, scenario.factor, base)
    stressed = Stressed(table, scenario, portfolio.base_currency)
    projection = stressed.projection
    traded = tuple(p.currency or "" for p in portfolio.positions)
    names = tuple(dict.fromkeys(traded))
    moves = currency_returns(
        scenario, stressed.moves, portfolio.base_currency, names
    ).values
    c = moves[[names.index(t) for t in traded]]
    divisor = np.where(base == 0, 1.0, base)
    return Valued(
        returns=projection.pnl / divisor - c,
        held=projection.pnl / divisor,
        local=(1.0 + projection.pnl / divisor) / (1.0 + c) - 1.0,
        errors=stressed.half_widths / stressed.multiplier / divisor,
    )


def volatility_of(
    tradable: Tradable, exposure: Exposure, factor: Factor
) -> tuple[float, str]:
    """Return an implied volatility at the money, and where it comes from."""
    if tradable.volatility is not None:
        day = tradable.volatility_date
        return tradable.volatility, f"given, of {day}" if day else "given"
    past = past_volatility(exposure, factor)
    return max(LOWEST_VOL, OVER_PAST * past), f"assumed: {OVER_PAST:g} times the past's"


def smile(at_the_money: float, strike: float) -> float:
    """Return the volatility at a strike, a share of the spot.

    ``v + 0.4 (1 - k)`` below the spot, ``v - 0.1 (k - 1)`` above it, 0.05 at least: the
    slopes of the worked example of a put spread and a collar; an assumption.

    Examples
    --------
    >>> round(smile(0.30, 0.9), 4), round(smile(0.30, 1.1), 4)
    (0.34, 0.29)
    """
    slope = SKEW_BELOW if strike < 1 else SKEW_ABOVE
    return max(0.05, at_the_money + slope * (1.0 - strike))


@dataclass(frozen=True)
class Wanted:
    """An option on an instrument (by its number) that is to be valued."""

    instrument: int
    call: bool
    strike: float
    years: float
    vol: float


def quotes(
    wanted: Sequence[Wanted],
    units: Portfolio,
    placed: Sequence[tuple[Scenario, Exposures]],
    horizon: int,
) -> list[OptionQuote]:
    """Value options on the universe in every scenario, in full.

    Parameters
    ----------
    wanted
        What is to be valued.
    units
        The universe that ``instrument`` counts in.
    placed
        Each scenario with the universe's exposures for its factor.
    horizon
        Trading days after which the carry is taken, spot and volatility unchanged.

    Returns
    -------
    list of OptionQuote
        Premium, carry and values as shares of the spot, in the order of ``wanted``.
    """
    if not wanted:
        return []
    strike = np.array([w.strike for w in wanted])
    years = np.array([w.years for w in wanted])
    vol = np.array([w.vol for w in wanted])
    call = np.array([w.call for w in wanted])
    now = pricing.floored_at_exercise(
        pricing.value(1.0, strike, years, vol, RATE, 0.0, call), 1.0, strike, call
    )
    left = np.maximum(years - horizon / YEAR, 0.0)
    later = pricing.floored_at_exercise(
        pricing.value(1.0, strike, left, vol, RATE, 0.0, call), 1.0, strike, call
    )
    values = []
    for scenario, exposures in placed:
        rows = tuple(
            _as_option(exposures.rows[w.instrument], w, float(p), n)
            for n, (w, p) in enumerate(zip(wanted, now, strict=True))
        )
        book = Portfolio(
            name="options",
            positions=tuple(
                Position(
                    id=str(n),
                    name=str(n),
                    asset_class="option",
                    currency=units.positions[w.instrument].currency,
                    market_value=float(p),
                )
                for n, (w, p) in enumerate(zip(wanted, now, strict=True))
            ),
            base_currency=units.base_currency,
        )
        placed_options = Exposures(segments=exposures.segments, rows=rows)
        found = valued(book, placed_options, scenario)
        values.append(now * (1.0 + found.returns))
    columns = np.array(values).T.tolist()
    return [
        OptionQuote(
            call=w.call,
            strike=w.strike,
            years=w.years,
            volatility=w.vol,
            rate=RATE,
            premium=float(now[n]),
            carry=float(now[n] - later[n]),
            values=tuple(columns[n]),
        )
        for n, w in enumerate(wanted)
    ]


def _as_option(e: Exposure, w: Wanted, premium: float, number: int) -> Exposure:
    terms = OptionTerms(
        spot=1.0,
        strike=w.strike,
        premium=premium,
        per_value=1.0 / premium,
        units=1.0,
        years=w.years,
        volatility=w.vol,
        rate=RATE,
        dividend=0.0,
        call=w.call,
        slope=SLOPE,
        exercise="american",
    )
    return replace(e, position_id=str(number), option=terms, currencies={})


def covariance(
    beta: Floats, sensitivities: Floats, specific_sd: Floats, history: SegmentHistory
) -> Floats:
    """Return the daily covariance of n assets: ``C = B S B' + D``.

    Parameters
    ----------
    beta
        Shape (n,), to the ex-theme market.
    sensitivities
        Shape (n, K), in the order of ``history.names[1:]``.
    specific_sd
        Shape (n,), daily, net of market and segments.
    history
        Daily market and segment returns; a missing return counts as none.

    Returns
    -------
    Floats
        Shape (n, n), daily return squared.
    """
    loadings = np.column_stack([beta, sensitivities])
    daily = np.nan_to_num(history.before)
    factors = np.atleast_2d(np.cov(daily, rowvar=False, ddof=1))
    result: Floats = loadings @ factors @ loadings.T + np.diag(specific_sd**2)
    return result


def loading(sensitivities: dict[str, float], history: SegmentHistory) -> Floats:
    """Return sensitivities in the order of a history's segments."""
    index = _columns_of(history.names)
    row = np.zeros(len(index))
    for name, x in sensitivities.items():
        if name in index:
            row[index[name]] = x
    return row


@lru_cache(maxsize=32)
def _columns_of(names: tuple[str, ...]) -> dict[str, int]:
    return {name: k for k, name in enumerate(names[1:])}


def option_delta(quote: OptionQuote) -> float:
    """Return the delta of an option before the event."""
    greeks = pricing.greeks(
        1.0, quote.strike, quote.years, quote.volatility, quote.rate, 0.0, quote.call
    )
    return float(greeks.delta)

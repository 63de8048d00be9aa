"""The universe under a plan's scenarios: the same for all portfolios of a currency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stresskit.core.hedge.costs import YEAR_DAYS
from stresskit.core.hedge.instruments import universe, valued, volatility_of
from stresskit.core.hedge.question import Lines
from stresskit.core.instruments.volatility import past_volatility
from stresskit.model import Instrument

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from stresskit.core.hedge.instruments import Valued
    from stresskit.model import (
        Exposure,
        Exposures,
        Factor,
        Mandate,
        Portfolio,
        Scenario,
        StressResult,
        Tradable,
    )

DOLLAR = "USD"


@dataclass(frozen=True)
class Market:
    """What may be traded in every scenario of a plan, before a portfolio is known.

    ``units`` is one of each tradable, ``placed`` each scenario with their exposures for
    its factor. ``instruments`` have no price of a portfolio's own line, no rate and no
    volume yet; ``left_out`` says why others are none.
    """

    units: Portfolio
    placed: tuple[tuple[Scenario, Exposures], ...]
    instruments: tuple[Instrument, ...]
    left_out: dict[str, str]

    def seen_by(self, result: StressResult, value: float) -> tuple[Instrument, ...]:
        """Return the instruments with prices, rates and volumes for a portfolio.

        Parameters
        ----------
        result
            The stressed portfolio.
        value
            The money that shares refer to, above zero.
        """
        lines, found = Lines(result), []
        for i in self.instruments:
            price, day = _price(i, lines, result)
            # ``replace`` would set every field anew, for each of many portfolios.
            seen = object.__new__(Instrument)
            seen.__dict__.update(
                i.__dict__,
                price=price,
                price_date=day,
                unit=_unit(i.data, price, result),
                volume=_volume(i.data, result, value),
            )
            found.append(seen)
        return tuple(found)


def market_of(
    tradables: Sequence[Tradable],
    mandate: Mandate,
    scenarios: Sequence[Scenario],
    base: str | None,
    place: Callable[[Portfolio, Factor], Exposures],
) -> Market:
    """Place the universe for every factor and value it in every scenario.

    Parameters
    ----------
    tradables
        What the mandate allows.
    mandate
        Says how well an instrument must be known.
    scenarios
        S scenarios, the one a hedge is for first.
    base
        The currency of the portfolios.
    place
        Places instruments in a factor's value chain.
    """
    units = universe(tradables, base)
    by_factor: dict[str, Exposures] = {}
    placed: list[tuple[Scenario, Exposures]] = []
    found: list[Valued] = []
    for scenario in scenarios:
        factor = scenario.factor
        if factor.id not in by_factor:
            by_factor[factor.id] = place(units, factor)
        exposures = by_factor[factor.id]
        placed.append((scenario, exposures))
        found.append(valued(units, exposures, scenario))
    instruments, left_out = [], {}
    factor = scenarios[0].factor
    for n, t in enumerate(tradables):
        e = placed[0][1].rows[n]
        reason = _unfit(e, mandate)
        if reason:
            left_out[t.key] = reason
            continue
        vol, source = volatility_of(t, e, factor)
        instruments.append(
            Instrument(
                data=t,
                exposure=e,
                returns=tuple(float(v.returns[n]) for v in found),
                held_returns=tuple(float(v.held[n]) for v in found),
                local_return=float(found[0].local[n]),
                unit=None,
                price=t.price,
                price_date=t.price_date,
                volume=None,
                daily_sd=_past_sd(e, factor),
                stress_sd=float(found[0].errors[n]),
                volatility=vol,
                volatility_source=source,
            )
        )
    return Market(units, tuple(placed), tuple(instruments), left_out)


def _unfit(e: Exposure, mandate: Mandate) -> str:
    """Return why an instrument cannot be used, empty where it can."""
    if not e.covered or e.source == "unmapped":
        return "what it does under this event is not known"
    if e.confidence < mandate.confidence:
        return f"confidence {e.confidence:.0%} is below {mandate.confidence:.0%}"
    return ""


def _past_sd(e: Exposure, factor: Factor) -> float:
    return float(past_volatility(e, factor) / YEAR_DAYS**0.5)


def _price(
    i: Instrument, lines: Lines, result: StressResult
) -> tuple[float | None, dt.date | None]:
    """Return a price: of the portfolio's own line of it, else of its row."""
    for r in lines.of(i.data, i.exposure):
        if r.position.price:
            return r.position.price, result.portfolio.as_of
    return i.data.price, i.data.price_date


def _rate(currency: str, result: StressResult) -> float | None:
    if currency == result.currency:
        return 1.0
    return result.portfolio.fx.get(currency) if result.currency else None


def dollar_rate(result: StressResult) -> float | None:
    """Return base currency per dollar, None where it is not known."""
    return _rate(DOLLAR, result)


def _unit(t: Tradable, price: float | None, result: StressResult) -> float | None:
    """Return the money of one lot in base currency, None without a price or a rate."""
    rate = _rate(t.currency, result)
    return (
        None if price is None or rate is None else t.lot * t.multiplier * price * rate
    )


def _volume(t: Tradable, result: StressResult, value: float) -> float | None:
    """Return a day's volume as a share of the portfolio, None where not known."""
    rate = dollar_rate(result)
    if t.volume is None or rate is None:
        return None
    return t.volume * rate / value

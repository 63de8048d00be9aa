"""Options: what is underneath, and the terms to value them again."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.instruments import options as pricing
from stresskit.core.instruments.volatility import past_volatility
from stresskit.mappers.fallback import still
from stresskit.mappers.index_names import level_of
from stresskit.mappers.underlying import Underlying, underlying_of
from stresskit.model import Exposure, Issue, OptionTerms

if TYPE_CHECKING:
    from stresskit.mappers.context import MappingContext
    from stresskit.model import Position

# Both nearly cancel in a stress: the volatility is taken from the price with the same.
RATE, DIVIDEND = 0.04, 0.0
DAYS_A_YEAR = 365
# Points of implied volatility per percent of the spot's return.
SLOPE_INDEX, SLOPE_SHARE = -2.0, -1.0
TRADING_DAYS = 252
CONTRACT = 100.0
DEEP = 0.95
# Beyond this a column of volatilities is in percent.
HIGHEST_VOL = 5.0
OPEN = "volatility not known"
# An option without a price that agrees with its terms is known less well.
ASSUMED_VOL = 0.7


@dataclass(frozen=True)
class Written:
    """The terms of an option as the file has them; ``missing`` names what it lacks."""

    underlying: str | None
    call: bool
    strike: float
    years: float
    missing: tuple[str, ...]


def option_exposure(position: Position, context: MappingContext) -> Exposure:
    """Return the exposure of an option: that of its underlying, with its terms.

    Without terms, or without the spot, it is stressed by its delta where the file gives
    one, else it keeps its value and is not covered; an issue says which.
    """
    written = read_terms(position, context.as_of)
    if written.missing:
        why = f"no {', no '.join(written.missing)}"
        code = written.underlying
        known = underlying_of(position, code, context) if code else None
        return _without(position, known, why, context)
    if written.years < 0:
        return _expired(position, context)
    beneath = underlying_of(position, written.underlying or "", context)
    if beneath is None:
        why = f"what {written.underlying} is cannot be told"
        return _without(position, None, why, context)
    e = beneath.exposure
    if e.others or not e.moves:
        why = f"of options on {written.underlying} only those on shares are valued"
        return _without(position, beneath, why, context)
    spot, where = _spot(position, written.underlying or "", context)
    if spot is None:
        why = f"no price of {written.underlying}"
        return _without(position, beneath, why, context)
    return _revalued(position, written, beneath, spot, where, context)


def read_terms(position: Position, as_of: dt.date) -> Written:
    """Return the terms that an option's value hangs on."""
    terms = position.terms
    underlying = str(terms.get("underlying") or "").strip() or None
    right = str(terms.get("right") or "").lower()
    strike = _number(terms.get("strike"))
    expiry = str(terms.get("expiry") or "")
    missing = []
    if underlying is None:
        missing.append("underlying")
    if right not in ("call", "put"):
        missing.append("right (call or put)")
    if strike is None or strike <= 0:
        missing.append("strike")
    try:
        years = (dt.date.fromisoformat(expiry) - as_of).days / DAYS_A_YEAR
    except ValueError:
        years = math.nan
        missing.append("expiry")
    return Written(
        underlying, right == "call", strike or math.nan, years, tuple(missing)
    )


def _spot(
    position: Position, code: str, context: MappingContext
) -> tuple[float | None, str]:
    own = _number(position.terms.get("underlying_price"))
    if own is not None and own > 0:
        return own, "the option's own row"
    return context.spot_of(level_of(code), position.currency)


def _number(value: object) -> float | None:
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    return None


def _premium(position: Position, context: MappingContext) -> float | None:
    """Return the value of one option, in its currency: by its price, else its value."""
    size = _number(position.terms.get("contract_size")) or CONTRACT
    if position.price is not None and position.price >= 0:
        return position.price
    if position.local_value is not None and position.quantity:
        return abs(position.local_value / (position.quantity * size))
    rate = context.rate_to_base(position.currency)
    if position.market_value is not None and position.quantity and rate:
        return abs(position.market_value / (rate * position.quantity * size))
    return None


def _revalued(
    position: Position,
    written: Written,
    beneath: Underlying,
    spot: float,
    where: str,
    context: MappingContext,
) -> Exposure:
    premium = _premium(position, context)
    if premium is None:
        return _without(position, beneath, "no price of its own", context)
    american = beneath.american
    found = _number(position.terms.get("implied_vol"))
    if found is not None and found > HIGHEST_VOL:
        found /= 100.0
    # Files write zero where they have none.
    found = found if found is not None and found > 0 else None
    units = (position.quantity or 0.0) * (
        _number(position.terms.get("contract_size")) or CONTRACT
    )
    rate = context.rate_to_base(position.currency)
    if premium == 0 and not (units and rate):
        lack = "quantity" if not units else f"rate of {position.currency}"
        return _without(position, beneath, f"its price is zero and no {lack}", context)
    terms = OptionTerms(
        spot=spot,
        strike=written.strike,
        premium=premium,
        per_value=1.0 / premium if premium > 0 else 0.0,
        units=units * (rate or 0.0),
        years=written.years,
        # Of many at once: see with_volatilities.
        volatility=math.nan if found is None else found,
        rate=RATE,
        dividend=DIVIDEND,
        call=written.call,
        slope=SLOPE_INDEX if beneath.is_index else SLOPE_SHARE,
        exercise="american" if american else "european",
        index="VIX" if beneath.is_index and beneath.exposure.region == "US" else None,
    )
    inside = written.strike / spot if written.call else spot / written.strike
    if american and inside < DEEP:
        context.note(_deep(position))
    e = beneath.exposure
    return replace(
        e,
        position_id=position.id,
        matched=f"option on {written.underlying}: {e.matched}",
        basis=f"Valued again (Black-Scholes-Merton; spot {spot:g} from {where}; "
        f"{OPEN if found is None else f'volatility of the file {found:.1%}'}); "
        f"{_continued(e.basis)}",
        currencies={position.currency: 1.0} if position.currency else {},
        option=terms,
    )


def _continued(text: str) -> str:
    """Return a sentence as it goes on after a semicolon; GICS and HVAC stay."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def with_volatilities(
    positions: tuple[Position, ...], rows: list[Exposure], context: MappingContext
) -> list[Exposure]:
    """Give every option its volatility: from its price, else its underlying's past.

    All prices are solved for at once; what has no solution is an issue.
    """
    at = [n for n, e in enumerate(rows) if e.option and math.isnan(e.option.volatility)]
    if not at:
        return rows
    terms = [t for n in at if (t := rows[n].option)]
    premium, spot, strike, years = (
        np.array([getattr(t, name) for t in terms], dtype=np.float64)
        for name in ("premium", "spot", "strike", "years")
    )
    call = np.array([t.call for t in terms])
    solved = pricing.implied_vol(
        premium, spot, strike, years, RATE, DIVIDEND, call
    ).tolist()
    done = list(rows)
    for n, found, t in zip(at, solved, terms, strict=True):
        how, sure, vol = "implied volatility from its price", 1.0, found
        if t.years == 0:
            how, vol = "expires that day: worth what exercise gives, volatility", 0.0
        elif math.isnan(found):
            vol, sure = past_volatility(rows[n], context.factor), ASSUMED_VOL
            how = "volatility of the underlying's past"
            context.note(_assumed(positions[n], t, vol))
        done[n] = replace(
            rows[n],
            option=replace(t, volatility=vol),
            basis=rows[n].basis.replace(OPEN, f"{how} {vol:.1%}"),
            confidence=rows[n].confidence * sure,
        )
    return done


def _without(
    position: Position,
    beneath: Underlying | None,
    why: str,
    context: MappingContext,
) -> Exposure:
    """Return a delta's exposure where the file gives one, else what keeps its value."""
    delta = _number(position.terms.get("delta"))
    if context.exposure_holds_delta:
        delta = 1.0
    if (
        beneath is not None
        and delta is not None
        and position.exposure is not None
        and abs(delta) <= 1
        and beneath.exposure.moves
    ):
        context.note(_by_delta(position, why, _delta_text(position, context)))
        e = beneath.exposure
        # The exposure is quantity times the underlying's price; the sign is the line's.
        return replace(
            e,
            position_id=position.id,
            sensitivities={k: delta * x for k, x in e.sensitivities.items()},
            beta=delta * e.beta,
            own_name=delta * e.own_name,
            dispersion=abs(delta) * e.dispersion,
            dispersion_replay=abs(delta) * e.dispersion_replay,
            beta_sd=abs(delta) * e.beta_sd,
            mapping_sd=abs(delta) * e.mapping_sd,
            specific_sd=abs(delta) * e.specific_sd,
            leverage=delta * e.leverage if delta else e.leverage,
            others={k: delta * x for k, x in e.others.items()},
            convexity=delta * e.convexity,
            currencies={position.currency: 1.0} if position.currency else {},
            basis=f"By its {_delta_text(position, context)} alone ({why}); {e.basis}",
            confidence=e.confidence * ASSUMED_VOL,
        )
    context.note(_not_valued(position, why))
    said = f"Options that cannot be valued again ({why})"
    return still(position, "not stressed", said, 0.0, covered=False)


def _delta_text(position: Position, context: MappingContext) -> str:
    if context.exposure_holds_delta:
        return "delta exposure"
    return f"delta of {position.terms['delta']:g}"


def _expired(position: Position, context: MappingContext) -> Exposure:
    expiry = position.terms.get("expiry")
    context.note(
        Issue(
            code="option-expired",
            severity="error",
            message=f"{position.name} expired on {expiry}, before the holdings' date "
            f"{context.as_of.isoformat()}; it keeps its value and is not covered.",
            fix="Correct the expiry, take the line out, or give the date of the "
            "holdings with --as-of.",
            sheet=position.sheet,
            row=position.row,
            value=str(expiry),
            money=position.market_value,
        )
    )
    said = "Options that expired before the holdings' date"
    return still(position, "not stressed", said, 0.0, covered=False)


def _not_valued(position: Position, why: str) -> Issue:
    return Issue(
        code="option-terms",
        severity="warning",
        message=f"{position.name} cannot be valued again: {why}. It keeps its value "
        "and is not covered; a delta of one would be a guess.",
        fix="Add columns strike, expiry, put/call and underlying, the underlying's "
        "price (a column `underlying price`, a line of it, or --prices FILE), or a "
        "column delta.",
        sheet=position.sheet,
        row=position.row,
        value=position.name,
        money=position.market_value,
    )


def _by_delta(position: Position, why: str, how: str) -> Issue:
    return Issue(
        code="option-delta",
        severity="warning",
        message=f"{position.name} is stressed by its {how} alone: {why}. "
        "Curvature and volatility are left out, so that a long option loses too much "
        "here and a short one too little.",
        fix="Add the underlying's price, strike and expiry.",
        sheet=position.sheet,
        row=position.row,
        value=position.name,
        money=position.market_value,
    )


def _assumed(position: Position, terms: OptionTerms, vol: float) -> Issue:
    kind = "call" if terms.call else "put"
    return Issue(
        code="option-volatility",
        severity="warning",
        message=f"{position.name}: no volatility gives a price of {terms.premium:g} "
        f"for a {kind} at {terms.strike:g} with the spot at {terms.spot:g}; {vol:.0%}, "
        "that of the underlying's past, is used.",
        fix="Check price, spot and strike, or add a column implied volatility.",
        sheet=position.sheet,
        row=position.row,
        value=position.name,
        money=position.market_value,
    )


def _deep(position: Position) -> Issue:
    return Issue(
        code="option-american",
        severity="info",
        message=f"{position.name} is deep in the money and may be exercised early: it "
        "is valued as a European option, and never below what exercise gives.",
        sheet=position.sheet,
        row=position.row,
        value=position.name,
        money=position.market_value,
    )

"""Bonds by duration, convexity and spread; convertible ones with their option."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.instruments import bonds, options
from stresskit.core.instruments.volatility import past_volatility
from stresskit.mappers.fallback import still
from stresskit.mappers.fund import FundMapper
from stresskit.mappers.underlying import underlying_of
from stresskit.model import Exposure, Issue, OptionTerms

if TYPE_CHECKING:
    from stresskit.mappers.context import MappingContext
    from stresskit.model import Position

DAYS_A_YEAR = 365.25
# Euro and Swiss bonds pay once a year, all others are taken to pay twice.
YEARLY = frozenset({"EUR", "CHF", "SEK", "NOK", "DKK"})
GIVEN, COMPUTED, ASSUMED = 0.9, 0.8, 0.5
# Clean prices in percent of the nominal.
PRICES = (5.0, 400.0)
LONGEST = 100.0
# Coupons beyond this are in percent, whatever a bond pays.
MOST_AS_DECIMAL = 0.25
# Shares for more than this many prices of their bond are of another nominal.
MOST_PARITY = 1.1

_GOVERNMENT = re.compile(
    r"\b(treasur(y|ies)(?! wine)|us ?t|t[- ]?(bill|note|bond)|bund(es\w*)?|bobl|schatz|"
    r"gilts?|oat|"
    r"btps?|bonos? del estado|obligaciones del estado|republic of|republik|kingdom of|"
    r"confederation|eidgenossenschaft|united states of|u\.?s\.? govt|government|"
    r"sovereign|jgb|finnish govt|rep of|state of)\b|"
    # A state, or what terminals call its bonds, and then figures: T 4 1/4 11/15/34.
    r"^(t|dbr|obl|bko|ukt|frtr|spgb|ragb|bgb|rfgb|irish|netherlands?|italy|italien|"
    r"spain|spanien|france|germany|deutschland|austria|österreich|belgium|finland|"
    r"portugal|ireland|japan|united states|united kingdom|switzerland|schweiz)"
    r"(?= ?[\d(]|$)",
    re.IGNORECASE,
)
_HIGH_YIELD = re.compile(r"\b(high yield|hy|junk|ccc|leveraged loan)\b", re.IGNORECASE)
_CONVERTIBLE = re.compile(
    r"\b(conv(ertible|t|\.)?|cv|cb|wandel\w*|exch(angeable)?)\b", re.IGNORECASE
)
_HY_RATING = re.compile(
    r"^(\(p\))?(BB|B|CCC|CC|C|D|Ba|Caa|Ca)[1-3+-]?\b", re.IGNORECASE
)


_PARTS = dict(zip("¼½¾⅛⅜⅝⅞", "1/4 1/2 3/4 1/8 3/8 5/8 7/8".split(), strict=True))
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*"
# What is paid stands before a sign, or before the day: 4.25%, 4 1/4 11/15/34.
_EIGHTHS = r"(?:[ -](\d{1,2})/(2|4|8|16|32))?"
_COUPON = re.compile(
    rf"\b(\d{{1,2}}(?:[.,]\d{{1,4}})?){_EIGHTHS} ?"
    rf"(?:%|(?= \d{{1,2}}[./-]\d{{1,2}}[./-])|(?= {_MONTH} \d{{1,2}},? \d{{4}}\b))",
    re.IGNORECASE,
)
_DAY = re.compile(r"\b(\d{1,2})([./-])(\d{1,2})[./-](\d{4}|\d{2})\b")
_WORDED = (
    re.compile(rf"\b{_MONTH} (?P<day>\d{{1,2}}),? (?P<year>\d{{4}})\b", re.IGNORECASE),
    re.compile(
        rf"\b(?P<day>\d{{1,2}})[ -]?{_MONTH}[ -]?(?P<year>\d{{4}}|\d{{2}})\b",
        re.IGNORECASE,
    ),
)
_ISO = re.compile(r"\b20\d\d-\d\d-\d\d\b")
_YEAR = re.compile(r"\b(20[2-9]\d)\b")


@dataclass(frozen=True)
class Measures:
    """Modified and spread duration (years), convexity, and where they are from."""

    duration: float
    convexity: float
    spread: float
    how: str
    confidence: float


def bond_exposure(position: Position, context: MappingContext) -> Exposure:
    """Return the exposure of a bond: minus its durations to its yield and its spread.

    The file's modified duration, else that of coupon and maturity at the yield of its
    price. Without either it keeps its value and is not covered; an issue says so.
    """
    measures = measures_of(position, context)
    if isinstance(measures, str):
        # Files call a fund of bonds a bond too.
        fund = FundMapper().map(position, context)
        if fund is not None:
            return fund
        context.note(_not_measured(position, measures))
        said = f"Bonds without terms ({measures})"
        return still(position, "not stressed", said, 0.0, covered=False)
    currency = position.currency or context.portfolio.base_currency or "USD"
    rate, credit = f"RATE_{currency}", credit_of(position)
    loads = {rate: -measures.duration}
    if credit:
        loads[credit] = -measures.spread
    known = {k: x for k, x in loads.items() if k in context.other_ids}
    missing = [k for k in loads if k not in known]
    if not known:
        why = f"nothing is known of yields in {currency}"
        context.note(_not_measured(position, why))
        said = f"Bonds in {currency}: {why}"
        return still(position, "not stressed", said, 0.0, covered=False)
    if rate not in known:
        context.note(_by_spread_alone(position, currency))
    kind = {"CREDIT_IG": "investment grade", "CREDIT_HY": "high yield"}.get(credit, "")
    what = f"{kind} credit" if kind else "government"
    left = f"; nothing is known of {', '.join(missing)}" if missing else ""
    basis = (
        f"Bond ({what}): duration {measures.duration:.2f} years, {measures.how}{left}"
    )
    sure = measures.confidence if not missing else ASSUMED
    held = still(position, "terms", basis, sure, covered=rate in known)
    plain = replace(
        held,
        moves=True,
        matched="its terms",
        others=known,
        convexity=measures.convexity if rate in known else 0.0,
        currencies={position.currency: 1.0} if position.currency else {},
    )
    if _CONVERTIBLE.search(position.name) or _number(position, "conversion_ratio"):
        return _convertible(position, plain, context)
    return plain


def credit_of(position: Position) -> str:
    """Return the credit factor of a bond by rating, sector and name; "" for states."""
    rating = str(position.terms.get("rating") or "").strip()
    words = f"{position.name} {position.sector or ''}"
    if _HY_RATING.match(rating) or _HIGH_YIELD.search(f"{rating} {words}"):
        return "CREDIT_HY"
    return "" if _GOVERNMENT.search(words) else "CREDIT_IG"


def _number(position: Position, name: str) -> float | None:
    found = position.terms.get(name)
    if isinstance(found, int | float) and math.isfinite(found):
        return float(found)
    return None


def measures_of(position: Position, context: MappingContext) -> Measures | str:
    """Return a bond's durations and convexity, or what it lacks."""
    given = _number(position, "duration")
    spread = _number(position, "spread_duration")
    if given is not None and -20 <= given <= 60:
        # That of a single payment so far ahead.
        curve = given * (given + 1)
        how = "as the file has it"
        return Measures(given, curve, given if spread is None else spread, how, GIVEN)
    years = _years(position, context)
    if years is None:
        return "no duration and no maturity"
    text = _maturity(position)
    if years <= 0:
        when = "before" if years < 0 else "on"
        return f"it matured on {text}, {when} the holdings' date {context.as_of}"
    if years > LONGEST:
        return f"no duration, and a maturity of {text} says that it has no end"
    coupon = coupon_of(position, context)
    frequency = 1.0 if position.currency in YEARLY else 2.0
    rate, how, sure = _yield(position, coupon, years, frequency, context)
    durations, curves = bonds.durations(
        np.array([coupon or 0.0]), np.array([years]), np.array([rate]), frequency
    )
    if not np.isfinite(durations[0]):
        return "its terms give no duration"
    d = float(durations[0])
    return Measures(d, float(curves[0]), d if spread is None else spread, how, sure)


def named_terms(name: str) -> dict[str, str]:
    """Return the coupon in percent and the maturity that a bond's name states.

    Of days and months that could be either way round, American names have the month
    first; a year alone is taken as its middle.

    Examples
    --------
    >>> named_terms("Bundesrepublik Deutschland 2.5% 15.02.2035")
    {'coupon': '2.5', 'maturity': '2035-02-15'}
    >>> named_terms("T 4 1/4 11/15/34")
    {'coupon': '4.25', 'maturity': '2034-11-15'}
    """
    for sign, parts in _PARTS.items():
        name = name.replace(sign, f" {parts}")
    found = {}
    coupon = _COUPON.search(name)
    if coupon:
        whole, above, below = coupon[1], coupon[2], coupon[3]
        rate = float(whole.replace(",", "."))
        found["coupon"] = f"{rate + (int(above) / int(below) if above else 0.0):g}"
    day = _DAY.search(name)
    worded = next((w for p in _WORDED if (w := p.search(name))), None)
    if day:
        first, mark, second, year = day.groups()
        year = year if len(year) == 4 else f"20{year}"
        day_first = mark != "/" or int(first) > 12
        d, m = (first, second) if day_first else (second, first)
        if 1 <= int(m) <= 12 and 1 <= int(d) <= 31:
            found["maturity"] = f"{year}-{int(m):02d}-{int(d):02d}"
    elif worded:
        year = worded["year"][-2:]
        m = _MONTHS.index(worded["month"].lower()) + 1
        found["maturity"] = f"20{year}-{m:02d}-{int(worded['day']):02d}"
    elif iso := _ISO.search(name):
        found["maturity"] = iso[0]
    elif years := _YEAR.findall(name):
        found["maturity"] = f"{years[-1]}-07-01"
    return found


def coupon_of(position: Position, context: MappingContext) -> float | None:
    """Return the coupon as a decimal: files have it in percent unless all are small.

    A name states it in percent, which counts where the file has none or a small one.
    """
    written = _number(position, "coupon")
    named = named_terms(position.name).get("coupon")
    if named is not None and (written is None or 0 < written <= MOST_AS_DECIMAL):
        return float(named) / 100.0
    if written is None:
        return None
    others = [
        c
        for p in context.portfolio.positions
        if p.asset_class == "bond" and (c := _number(p, "coupon")) is not None
    ]
    return written if 0 < max(others) <= MOST_AS_DECIMAL else written / 100.0


def _given_yield(position: Position, context: MappingContext) -> float | None:
    """Return the file's yield as a decimal: in percent unless most are small."""
    given = _number(position, "yield")
    if given is None:
        return None
    sizes = [
        abs(y)
        for p in context.portfolio.positions
        if p.asset_class == "bond" and (y := _number(p, "yield"))
    ]
    return given if sizes and median(sizes) <= MOST_AS_DECIMAL else given / 100.0


def _yield(
    position: Position,
    coupon: float | None,
    years: float,
    frequency: float,
    context: MappingContext,
) -> tuple[float, str, float]:
    """Return the yield, how it was found, and how sure that is."""
    given = _given_yield(position, context)
    if given is not None and coupon is not None:
        rate = given
        return (
            rate,
            f"from coupon and maturity at the file's yield of {rate:.2%}",
            GIVEN,
        )
    if coupon is None:
        return 0.0, "that of a bond without coupons (no coupon in the file)", ASSUMED
    # Of a convertible the price holds the option too.
    clean = _number(position, "bond_floor") or position.price
    if clean is not None and PRICES[0] <= clean <= PRICES[1]:
        paid = years * frequency
        accrued = 100.0 * coupon / frequency * (math.ceil(paid - 1e-9) - paid)
        found = bonds.yield_of(
            np.array([clean + accrued]),
            np.array([coupon]),
            np.array([years]),
            frequency,
        )
        if np.isfinite(found[0]):
            rate = float(found[0])
            how = f"from coupon and maturity at the yield of its price, {rate:.2%}"
            return rate, how, COMPUTED
    return (
        coupon,
        "from coupon and maturity, priced at par (no price in percent)",
        ASSUMED,
    )


def _convertible(
    position: Position, plain: Exposure, context: MappingContext
) -> Exposure:
    """Return a convertible's exposure: its bond floor, and a call on the shares.

    The floor is the price of coupon and maturity; what the price is above it is the
    value of ``conversion_ratio`` calls per 100 of nominal, struck at 100 over that.
    """
    code = str(position.terms.get("underlying") or "").strip()
    ratio = _number(position, "conversion_ratio")
    beneath = underlying_of(position, code, context) if code else None
    spot = context.spot_of(code, position.currency)[0] if code else None
    price, floor = position.price, _number(position, "bond_floor")
    years = _years(position, context)
    delta = _number(position, "delta")
    if beneath is not None and delta is not None and 0 <= delta <= 1:
        parity = ratio * spot / price if ratio and spot and price else 1.0
        return _by_delta(position, plain, beneath.exposure, delta * parity, delta)
    if (
        beneath is None
        or spot is None
        or not ratio
        or price is None
        or floor is None
        or years is None
        or years <= 0
        or not 0 < floor <= price
        # Nobody sells for less than what the shares bring.
        or ratio * spot > MOST_PARITY * price
        or not beneath.exposure.moves
    ):
        context.note(_no_conversion(position))
        basis = f"{plain.basis}; a convertible without its terms: as a plain bond"
        return replace(plain, basis=basis, covered=False, confidence=0.0)
    premium, strike = (price - floor) / ratio, 100.0 / ratio
    one = np.array([1.0])
    vol = options.implied_vol(
        premium * one, spot * one, strike * one, years * one, 0.04, 0.0, one > 0
    )
    sigma, sure = float(vol[0]), 1.0
    if not math.isfinite(sigma):
        sigma, sure = past_volatility(beneath.exposure, context.factor), ASSUMED
        context.note(_assumed(position, premium * ratio, sigma))
    e = beneath.exposure
    return replace(
        e,
        position_id=position.id,
        source="terms",
        matched=f"convertible into {code}: {e.matched}",
        basis=f"Convertible: bond floor {floor:g} of a price of {price:g}, {ratio:g} "
        f"calls at {strike:g} with a volatility of {sigma:.0%}; {plain.basis}",
        confidence=min(e.confidence, plain.confidence) * sure,
        covered=e.covered and plain.covered,
        others=plain.others,
        convexity=plain.convexity,
        currencies=plain.currencies,
        option=OptionTerms(
            spot=spot,
            strike=strike,
            premium=premium,
            per_value=ratio / price,
            units=0.0,
            years=years,
            volatility=sigma,
            rate=0.04,
            dividend=0.0,
            call=True,
            slope=-1.0,
            exercise="american",
        ),
    )


def _by_delta(
    position: Position, plain: Exposure, e: Exposure, share: float, delta: float
) -> Exposure:
    """Return a convertible's exposure by its delta: shares so far, else the bond."""
    return replace(
        e,
        position_id=position.id,
        sensitivities={k: share * x for k, x in e.sensitivities.items()},
        beta=share * e.beta,
        own_name=share * e.own_name,
        beta_sd=share * e.beta_sd,
        specific_sd=share * e.specific_sd,
        dispersion=share * e.dispersion,
        dispersion_replay=share * e.dispersion_replay,
        mapping_sd=share * e.mapping_sd,
        source="terms",
        basis=f"Convertible: {share:.0%} of its value moves with the shares (delta "
        f"{delta:g}); {plain.basis}",
        confidence=min(e.confidence, plain.confidence),
        covered=e.covered and plain.covered,
        others={k: (1.0 - share) * x for k, x in plain.others.items()},
        convexity=(1.0 - share) * plain.convexity,
        currencies=plain.currencies,
    )


def _maturity(position: Position) -> str:
    named = named_terms(position.name).get("maturity")
    return str(position.terms.get("maturity") or named or "")


def _years(position: Position, context: MappingContext) -> float | None:
    try:
        maturity = dt.date.fromisoformat(_maturity(position))
    except ValueError:
        return None
    return (maturity - context.as_of).days / DAYS_A_YEAR


def _not_measured(position: Position, why: str) -> Issue:
    return Issue(
        code="bond-terms",
        severity="warning",
        message=f"{position.name} is not stressed: {why}. It keeps its value, but for "
        "its currency, and is not covered.",
        fix="Add a column duration (modified), or coupon and maturity.",
        sheet=position.sheet,
        row=position.row,
        value=position.name,
        money=position.market_value,
    )


def _by_spread_alone(position: Position, currency: str) -> Issue:
    return Issue(
        code="bond-terms",
        severity="warning",
        message=f"{position.name} moves with its spread alone and is not covered: "
        f"nothing is known of yields in {currency}.",
        sheet=position.sheet,
        row=position.row,
        value=position.name,
        money=position.market_value,
    )


def _assumed(position: Position, worth: float, vol: float) -> Issue:
    return Issue(
        code="convertible-terms",
        severity="warning",
        message=f"{position.name}: no volatility gives a conversion worth {worth:g} "
        f"per 100 of nominal; {vol:.0%}, that of the shares' past, is used.",
        fix="Check price, bond floor, conversion ratio (shares per 100 of nominal) and "
        "the shares' price.",
        sheet=position.sheet,
        row=position.row,
        value=position.name,
        money=position.market_value,
    )


def _no_conversion(position: Position) -> Issue:
    return Issue(
        code="convertible-terms",
        severity="warning",
        message=f"{position.name} is stressed as a plain bond and not covered: its "
        "conversion is not known. With the shares it would lose more.",
        fix="Add the columns underlying, conversion ratio (shares per 100 of nominal) "
        "and bond floor (price per 100 without conversion), and the shares' price.",
        sheet=position.sheet,
        row=position.row,
        value=position.name,
        money=position.market_value,
    )

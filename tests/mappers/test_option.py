"""Options: the exposure of what is underneath, and terms to value them again."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace

import pandas as pd
import pytest
import QuantLib as ql  # noqa: N813 - as everybody calls it
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import norm

import stresskit
from stresskit.mappers import MappingContext
from stresskit.mappers.option import option_exposure
from stresskit.model import ColumnRead
from stresskit.plugins import load_mappers

DAY = dt.date(2025, 1, 24)
EXPIRY = dt.date(2025, 4, 18)
YEARS = 84 / 365  # from 24 January: 7 + 28 + 31 + 18 days
TERMS = {
    "underlying": "NVC",
    "strike": 100.0,
    "expiry": EXPIRY.isoformat(),
    "right": "call",
    "underlying_price": 100.0,
}


def black_scholes(spot, strike, years, vol, *, call, rate=0.04):
    """Return the textbook value of an option without dividends, from scipy's normal."""
    s = vol * years**0.5
    k = strike * math.exp(-rate * years)
    w = 1.0 if call else -1.0
    d = math.log(spot / k) / s
    return w * (spot * norm.cdf(w * (d + s / 2)) - k * norm.cdf(w * (d - s / 2)))


@pytest.fixture
def option(position):
    """Build ten contracts on Novachip; a term of None is left out."""

    def build(name="NVC 18APR25 100 C", *, terms=None, **fields):
        written = {k: v for k, v in (TERMS | (terms or {})).items() if v is not None}
        given = {
            "asset_class": "option",
            "quantity": 10.0,
            "price": 5.0,
            "local_value": 5000.0,
            "market_value": 5000.0,
            "terms": written,
        }
        return position(name, **(given | fields))

    return build


@pytest.fixture
def looked_up(toy, portfolio):
    """Place the first of some lines as an option; a panel of prices may be given."""

    def run(*lines, prices=None, factor=None, base="USD", fx=None):
        book = replace(portfolio(*lines, base=base), fx=fx or {})
        context = MappingContext(
            factor or toy, book, mappers=load_mappers(), as_of=DAY, prices=prices
        )
        return option_exposure(book.positions[0], context), context

    return run


def test_an_option_is_its_underlying_with_terms(option, position, place):
    """Sensitivities, beta and errors are the share's; what pays is in the terms."""
    e, share = place(option(), position(ticker="NVC"), as_of=DAY).rows
    same = ("sensitivities", "beta", "own_name", "dispersion", "specific_sd", "issuer")
    assert [getattr(e, n) for n in same] == [getattr(share, n) for n in same]
    t = e.option
    assert (t.spot, t.strike, t.premium, t.call) == (100.0, 100.0, 5.0, True)
    assert t.years == pytest.approx(YEARS, rel=1e-12)
    # One unit of value holds a fifth of an option; ten contracts of a hundred.
    assert (t.per_value, t.units) == (0.2, 1000.0)
    assert (t.exercise, t.slope, t.index) == ("american", -1.0, None)
    assert (e.covered, e.currencies) == (True, {"USD": 1.0})
    assert e.matched == "option on NVC: " + share.matched


@pytest.mark.parametrize("call", [True, False])
@pytest.mark.parametrize("strike", [90.0, 100.0, 115.0])
def test_volatility_comes_from_the_price(option, place, call, strike):
    """What QuantLib and scipy find to give the price is the volatility."""
    premium = black_scholes(100.0, strike, YEARS, 0.37, call=call)
    right = "call" if call else "put"
    line = option(terms={"strike": strike, "right": right}, price=premium)
    e = place(line, as_of=DAY).rows[0]
    assert e.option.volatility == pytest.approx(0.37, abs=1e-9)
    growth = math.exp(0.04 * YEARS)
    kind = ql.Option.Call if call else ql.Option.Put
    theirs = ql.blackFormulaImpliedStdDev(
        kind, strike, 100.0 * growth, premium, 1 / growth, 0.0, 0.3, 1e-12, 1000
    )
    assert e.option.volatility == pytest.approx(theirs / YEARS**0.5, abs=1e-8)
    solved = brentq(
        lambda v: black_scholes(100.0, strike, YEARS, v, call=call) - premium, 0.01, 3
    )
    assert e.option.volatility == pytest.approx(solved, abs=1e-8)
    assert "implied volatility from its price 37.0%" in e.basis


@settings(max_examples=20, deadline=None)
@given(vol=st.floats(0.15, 1.5), strike=st.floats(80.0, 125.0), short=st.booleans())
def test_any_price_gives_its_volatility_back(vol, strike, short):
    """Long or short, what was priced at a volatility is found at it."""
    from stresskit.core.instruments import options as pricing

    premium = black_scholes(100.0, strike, YEARS, vol, call=short)
    found = pricing.implied_vol(premium, 100.0, strike, YEARS, 0.04, 0.0, short)
    assert float(found) == pytest.approx(vol, abs=1e-6)


@pytest.mark.parametrize(("written", "vol"), [(0.42, 0.42), (42.0, 0.42), (5.0, 5.0)])
def test_the_volatility_of_the_file_counts_before(option, place, written, vol):
    """In decimals up to 5, in percent beyond."""
    e = place(option(terms={"implied_vol": written}), as_of=DAY).rows[0]
    assert e.option.volatility == pytest.approx(vol, rel=1e-12)
    assert "volatility of the file" in e.basis


@pytest.mark.parametrize("written", [0.0, -1.0])
def test_a_volatility_of_zero_is_none(option, place, written):
    """Files that have no volatility write zero: the price speaks."""
    e = place(option(terms={"implied_vol": written}), as_of=DAY).rows[0]
    assert "implied volatility from its price" in e.basis


def test_a_price_below_what_exercise_gives_takes_the_past(option, place):
    """Without a volatility that fits, the underlying's past is used and said so."""
    exposures = place(option(terms={"strike": 80.0}, price=19.0), as_of=DAY)
    (e,) = exposures.rows
    # Novachip's own daily figure of 2.5% over 252 days; the toy has no covariance.
    assert e.option.volatility == pytest.approx(0.025 * 252**0.5, rel=1e-12)
    # 0.7 of the share's 1 - 0.05/0.45
    assert e.confidence == pytest.approx(0.7 * 8 / 9, rel=1e-12)
    codes = {i.code: i for i in exposures.issues}
    assert set(codes) == {"option-american", "option-volatility"}
    said = codes["option-volatility"].message
    assert "no volatility gives a price of 19 for a call at 80" in said


PANEL = pd.DataFrame(
    {"NVC": [88.0, 91.0, 95.0], "SPX": [6000.0, 6100.0, 6200.0]},
    index=pd.to_datetime(["2025-01-22", "2025-01-24", "2025-01-27"]),
)


def test_the_spot_is_the_option_rows_own_then_a_line_then_the_prices(
    option, position, looked_up
):
    """Each source is used where the better ones are missing; where from is said."""
    bare = option(terms={"underlying_price": None})
    share = position("Novachip", ticker="NVC", price=97.0)
    other = option("Another", terms={"underlying_price": 99.0})
    own, _ = looked_up(option(), share, other, prices=PANEL)
    assert own.option.spot == 100.0
    assert "spot 100 from the option's own row" in own.basis
    row, _ = looked_up(bare, share, other, prices=PANEL)
    assert "spot 99 from the row of Another" in row.basis
    line, _ = looked_up(bare, share, prices=PANEL)
    assert "spot 97 from the line of Novachip" in line.basis
    # The close of the holdings' date, not the one behind it.
    close, _ = looked_up(bare, prices=PANEL)
    assert "spot 91 from the prices of 2025-01-24" in close.basis


@pytest.mark.parametrize("price", [0.0, None, float("nan")])
def test_each_option_has_its_own_rows_spot(option, looked_up, price):
    """Two options on one share that were priced at two times keep their own spots."""
    one, two = option(), option("Two", terms={"underlying_price": 104.0})
    assert looked_up(one, two)[0].option.spot == 100.0
    bare = option(terms={"underlying_price": price})
    assert looked_up(bare, two)[0].option.spot == 104.0


def test_a_line_in_another_currency_is_no_spot(option, position, looked_up):
    """The price of a listing in euros says nothing of a strike in dollars."""
    bare = option(terms={"underlying_price": None})
    german = position("Novachip", ticker="NVC", price=93.0, currency="EUR")
    e, context = looked_up(bare, german)
    assert (e.source, e.covered) == ("not stressed", False)
    assert "no price of NVC" in context.issues[0].message


def test_prices_of_an_index_serve_its_weekly_options(option, looked_up, shipped):
    """A column SPX or ^SPX is the spot of options on SPXW."""
    for panel in (PANEL, PANEL.rename(columns={"SPX": "^SPX"})):
        line = option(
            terms={"underlying": "SPXW", "strike": 6100.0, "underlying_price": None},
            price=120.0,
        )
        e, _ = looked_up(line, prices=panel, factor=shipped)
        assert e.option.spot == 6100.0


@pytest.mark.parametrize(
    ("terms", "fields", "why"),
    [
        ({"strike": None}, {}, "no strike"),
        ({"strike": 0.0}, {}, "no strike"),
        ({"strike": float("nan")}, {}, "no strike"),
        ({"expiry": None}, {}, "no expiry"),
        ({"expiry": "March"}, {}, "no expiry"),
        ({"right": None}, {}, "no right (call or put)"),
        ({"underlying": None}, {}, "no underlying"),
        ({"underlying": "ZZZQ"}, {}, "what ZZZQ is cannot be told"),
        ({"underlying_price": None}, {}, "no price of NVC"),
        (
            {},
            {"price": None, "local_value": None, "market_value": None},
            "no price of its own",
        ),
        ({}, {"price": 0.0, "quantity": None}, "its price is zero and no quantity"),
        (
            {"strike": None, "right": None, "expiry": None},
            {},
            "no right (call or put), no strike, no expiry",
        ),
    ],
)
def test_without_terms_it_keeps_its_value(option, place, terms, fields, why):
    """What cannot be valued is said and not covered; never a delta of one."""
    exposures = place(option(terms=terms, **fields), as_of=DAY)
    (e,) = exposures.rows
    assert (e.source, e.moves, e.covered) == ("not stressed", False, False)
    assert (e.beta, e.sensitivities, e.option) == (0.0, {}, None)
    (issue,) = exposures.issues
    assert (issue.code, issue.severity) == ("option-terms", "warning")
    assert why in issue.message


def test_a_delta_with_an_exposure_is_linear(option, position, place):
    """Without terms, delta times the share, and that it is linear is an issue."""
    line = option(terms={"strike": None, "delta": -0.4}, exposure=100_000.0)
    exposures = place(line, position(ticker="NVC"), as_of=DAY)
    e, share = exposures.rows
    assert e.beta == pytest.approx(-0.4 * share.beta, rel=1e-12)
    assert e.sensitivities == {
        k: pytest.approx(-0.4 * x) for k, x in share.sensitivities.items()
    }
    assert e.own_name == pytest.approx(-0.4 * share.own_name, rel=1e-12)
    assert e.dispersion == pytest.approx(0.4 * share.dispersion, rel=1e-12)
    assert (e.leverage, e.option, e.covered) == (-0.4, None, True)
    assert [i.code for i in exposures.issues] == ["option-delta"]
    assert "delta of -0.4 alone: no strike" in exposures.issues[0].message


@pytest.mark.parametrize(
    ("terms", "fields"),
    [
        ({"delta": 0.5}, {}),  # of what?
        ({"delta": 45.0}, {"exposure": 1e5}),  # in percent, or in shares
        ({"delta": 0.5, "underlying": "ZZZQ"}, {"exposure": 1e5}),
    ],
)
def test_a_delta_alone_is_not_enough(option, place, terms, fields):
    """Without exposure, underlying or a delta up to one nothing is guessed."""
    exposures = place(option(terms={"strike": None} | terms, **fields), as_of=DAY)
    assert exposures.rows[0].moves is False
    assert [i.code for i in exposures.issues] == ["option-terms"]


@pytest.mark.parametrize("code", ["GLD", "TLT", "IBIT"])
def test_options_on_gold_and_bonds_are_not_silent(option, place, shipped, code):
    """They do not move with shares: by delta, or said not to be covered."""
    terms = {"underlying": code}
    bare = place(option(terms=terms), factor=shipped, as_of=DAY)
    assert (bare.rows[0].covered, bare.rows[0].option) == (False, None)
    assert "only those on shares are valued" in bare.issues[0].message
    line = option(terms=terms | {"delta": 0.5}, exposure=1e5)
    e = place(line, factor=shipped, as_of=DAY).rows[0]
    held = next(f for f in shipped.chain.funds if f.ticker == code).others
    assert e.others == pytest.approx({k: 0.5 * x for k, x in held.items()})


def test_an_expired_option_is_an_error(option, place):
    """It cannot be held any more: the expiry or the date is wrong."""
    exposures = place(option(terms={"expiry": "2025-01-23"}), as_of=DAY)
    (issue,) = exposures.issues
    assert (issue.code, issue.severity) == ("option-expired", "error")
    assert "expired on 2025-01-23, before the holdings' date 2025-01-24" in (
        issue.message
    )
    assert (exposures.rows[0].moves, exposures.rows[0].covered) == (False, False)


def test_an_option_on_its_last_day_is_worth_exercise(option, place):
    """No time, no volatility: nothing to solve for and nothing to warn of."""
    terms = {"expiry": DAY.isoformat(), "strike": 97.0}
    exposures = place(option(terms=terms, price=3.0), as_of=DAY)
    (e,) = exposures.rows
    assert (e.option.years, e.option.volatility) == (0.0, 0.0)
    assert "worth what exercise gives" in e.basis
    assert exposures.issues == ()


@pytest.mark.parametrize("code", ["SPX", "NDX", "RUT"])
def test_index_options_move_with_the_vix(option, place, shipped, code):
    """European, two points per percent, and the VIX where it is known."""
    e = place(option(terms={"underlying": code}), factor=shipped, as_of=DAY).rows[0]
    t = e.option
    assert (t.exercise, t.slope, t.index) == ("european", -2.0, "VIX")


@pytest.mark.parametrize(
    ("code", "expected"),
    [("NVDA", ("american", -1.0, None)), ("SPY", ("american", -2.0, "VIX"))],
)
def test_shares_and_funds_are_exercised_early(option, place, shipped, code, expected):
    """Shares move by one point per percent; a broad fund's options like an index's."""
    e = place(option(terms={"underlying": code}), factor=shipped, as_of=DAY).rows[0]
    t = e.option
    assert (t.exercise, t.slope, t.index) == expected


@pytest.mark.parametrize(
    ("right", "strike", "deep"),
    # Deep: 5% or more beyond the strike of a price of 100.
    [("call", 94.0, True), ("call", 96.0, False), ("put", 106.0, True)],
)
def test_deep_in_the_money_is_said(option, place, right, strike, deep):
    """Early exercise is near, and the European value only floored at it."""
    line = option(terms={"right": right, "strike": strike}, price=9.0)
    codes = [i.code for i in place(line, as_of=DAY).issues]
    assert codes == (["option-american"] if deep else [])


def test_a_short_option_is_the_long_one_turned(option, place):
    """Its price has no sign; how many are short is in value and quantity."""
    short = option(quantity=-10.0, local_value=-5000.0, market_value=-5000.0)
    long, turned = place(option(), short, as_of=DAY).rows
    assert turned.option == replace(long.option, units=-1000.0)
    assert turned.beta == long.beta


@pytest.mark.parametrize(
    ("fields", "premium"),
    [
        ({"price": None}, 5.0),  # 5000 / (10 * 100)
        ({"price": None, "quantity": -10.0, "local_value": -5000.0}, 5.0),
        ({"price": None, "local_value": None}, 5.0),
        ({"price": 5.5}, 5.5),
    ],
)
def test_a_premium_without_a_price_is_that_of_the_value(option, place, fields, premium):
    """Value by contracts and size; the price where there is one."""
    e = place(option(**fields), as_of=DAY).rows[0]
    assert e.option.premium == pytest.approx(premium, rel=1e-12)


def test_the_value_of_another_currency_is_changed_back(option, looked_up):
    """A value in francs of a dollar option is turned into dollars for its premium."""
    line = option(price=None, local_value=None, market_value=4500.0)
    e, _ = looked_up(line, base="CHF", fx={"USD": 0.9})
    # 4500 francs are 5000 dollars; 1000 options, worth 0.9 francs each per dollar.
    assert e.option.premium == pytest.approx(5.0, rel=1e-12)
    assert e.option.units == pytest.approx(900.0, rel=1e-12)


def test_the_contract_size_of_the_file_counts(option, place):
    """Ten contracts of ten are a hundred options."""
    e = place(option(terms={"contract_size": 10.0}), as_of=DAY).rows[0]
    assert e.option.units == 100.0


def test_a_worthless_option_is_held_by_its_number(option, place):
    """At a price of zero the quantity says what it may become worth."""
    line = option(price=0.0, local_value=0.0, market_value=0.0)
    exposures = place(line, as_of=DAY)
    (e,) = exposures.rows
    assert (e.option.premium, e.option.per_value, e.option.units) == (0.0, 0.0, 1000.0)
    assert [i.code for i in exposures.issues] == ["option-volatility"]


def test_codes_in_capitals_stay_in_the_basis(option, place, shipped):
    """What follows a semicolon goes on in small letters, but for GICS."""
    e = place(option(terms={"underlying": "TSLA"}), factor=shipped, as_of=DAY).rows[0]
    assert "; GICS sector" in e.basis


def test_a_column_of_delta_exposures_holds_the_delta(option, position, portfolio, toy):
    """-57,048 of delta exposure is what the put moves: no delta is taken again."""
    line = option(terms={"strike": None, "delta": -0.4}, exposure=-57_048.0)
    share = position(ticker="NVC")
    column = ColumnRead(
        role="notional", column="F", header="Delta Exposure (USD)", header_row=1
    )
    book = replace(portfolio(line, share), columns=(column,), as_of=DAY)
    e, plain = stresskit.map_exposures(book, toy).rows

    assert (e.beta, e.sensitivities) == (plain.beta, plain.sensitivities)
    assert "delta exposure" in e.basis

"""Bonds by duration, convexity and spread, from what a file says of them."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest
import QuantLib as ql  # noqa: N813 - as everybody calls it
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stresskit.mappers.bond import bond_exposure, credit_of, named_terms
from stresskit.mappers.context import MappingContext

DAY = dt.date(2025, 1, 24)


@pytest.fixture
def bond(position, portfolio, shipped):
    """Place one bond in the shipped factor, with what was noted."""

    def placed(name="Corp", **changes):
        line = position(name, asset_class="bond", **changes)
        context = MappingContext(shipped, portfolio(line), as_of=DAY)
        return bond_exposure(line, context), [i.code for i in context.issues]

    return placed


def test_the_files_duration_comes_first(bond):
    """6.2 years of yield and of spread, whatever coupon and maturity say."""
    terms = {"duration": 6.2, "coupon": 4.0, "maturity": "2030-01-24"}
    e, noted = bond(currency="USD", terms=terms)

    assert e.others == {"RATE_USD": -6.2, "CREDIT_IG": -6.2}
    assert (e.covered, noted) == (True, [])


def test_duration_of_coupon_maturity_and_price_is_quantlibs(bond):
    """A 4% half-yearly bond of ten years at 95: yield and duration by QuantLib.

    Ten years to the day, so that nothing has accrued.
    """
    e, _ = bond(
        currency="USD", price=95.0, terms={"coupon": 4, "maturity": "2035-01-24"}
    )

    ql.Settings.instance().evaluationDate = ql.Date(24, 1, 2025)
    schedule = ql.Schedule(
        ql.Date(24, 1, 2025),
        ql.Date(24, 1, 2035),
        ql.Period(6, ql.Months),
        ql.NullCalendar(),
        ql.Unadjusted,
        ql.Unadjusted,
        ql.DateGeneration.Backward,
        False,
    )
    days = ql.Thirty360(ql.Thirty360.BondBasis)
    theirs = ql.FixedRateBond(0, 100.0, schedule, [0.04], days)
    price = ql.BondPrice(95.0, ql.BondPrice.Clean)
    rate = ql.BondFunctions.bondYield(theirs, price, days, ql.Compounded, ql.Semiannual)
    asked = ql.InterestRate(rate, days, ql.Compounded, ql.Semiannual)
    duration = ql.BondFunctions.duration(theirs, asked, ql.Duration.Modified)
    # Years here are days over 365.25: ten of them differ by half a day.
    assert -e.others["RATE_USD"] == pytest.approx(duration, rel=2e-4)


@pytest.mark.parametrize(
    ("name", "terms"),
    [
        (
            "Bundesrepublik Deutschland 2.5% 15.02.2035",
            {"coupon": "2.5", "maturity": "2035-02-15"},
        ),
        ("APPLE INC 3.85 05/04/2043", {"coupon": "3.85", "maturity": "2043-05-04"}),
        ("OAT 0,75% 25.11.2028", {"coupon": "0.75", "maturity": "2028-11-25"}),
        ("Nestle 2029", {"maturity": "2029-07-01"}),
        ("Novartis perpetual", {}),
    ],
)
def test_names_that_state_terms(name, terms):
    """Coupon in percent and maturity, American days with the month first."""
    found = named_terms(name)
    assert {k: found[k] for k in terms} == terms
    assert bool(found.get("maturity")) == bool(terms.get("maturity"))


@pytest.mark.parametrize(
    ("name", "changes", "factor"),
    [
        ("US Treasury 4.25% 2034", {}, ""),
        ("Bundesrepublik Deutschland 2035", {}, ""),
        ("Italy", {"sector": "Government"}, ""),
        ("Apple Inc 2043", {}, "CREDIT_IG"),
        ("Carnival 7.625% 2026", {"terms": {"rating": "BB-"}}, "CREDIT_HY"),
        ("Ford Motor 2030", {"terms": {"rating": "Ba1"}}, "CREDIT_HY"),
        ("Apple Inc 2043", {"terms": {"rating": "AA+"}}, "CREDIT_IG"),
        ("Nestle 2029", {"terms": {"rating": "BBB-"}}, "CREDIT_IG"),
        ("X", {"sector": "High Yield"}, "CREDIT_HY"),
    ],
)
def test_whose_spread_a_bond_pays(position, name, changes, factor):
    """States none, high yield by rating or words, all else investment grade."""
    assert credit_of(position(name, asset_class="bond", **changes)) == factor


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({}, "no duration and no maturity"),
        ({"coupon": 4.0}, "no duration and no maturity"),
        ({"coupon": 4.0, "maturity": "2020-01-01"}, "matured on 2020-01-01"),
    ],
)
def test_without_terms_a_bond_keeps_its_value(bond, terms, why):
    """It is not covered, and an issue says what it lacks."""
    e, noted = bond("A bond", currency="USD", terms=terms)

    assert (e.source, e.covered, e.moves, e.others) == (
        "not stressed",
        False,
        False,
        {},
    )
    assert why in e.basis
    assert noted == ["bond-terms"]


def test_yields_that_nobody_knows(bond):
    """A Brazilian state's bond has a duration and no yield that moves."""
    e, noted = bond(
        "Republic of Brazil",
        currency="BRL",
        terms={"duration": 5.0},
        sector="Government",
    )
    assert (e.covered, noted) == (False, ["bond-terms"])


def test_small_coupons_are_decimals_where_all_are(position, portfolio, shipped):
    """0.04 among 0.03 and 0.05 is 4%; beside 4.5 it would be 0.04%."""
    lines = [
        position(
            f"b{n}",
            asset_class="bond",
            currency="USD",
            terms={"coupon": c, "maturity": "2035-01-24"},
        )
        for n, c in enumerate((0.03, 0.04, 0.05))
    ]
    context = MappingContext(shipped, portfolio(*lines), as_of=DAY)
    found = [bond_exposure(p, context).others["RATE_USD"] for p in lines]
    # At par 4% over ten years has a modified duration of 8.18 years: the textbook's
    # (1 - 1.02^-20) / 0.04.
    assert -found[1] == pytest.approx((1 - 1.02**-20) / 0.04, rel=2e-3)
    assert np.all(np.diff(found) > 0)


def test_a_convertible_without_terms_is_a_plain_bond_and_not_covered(bond):
    """Its conversion is not guessed; the issue says what to add."""
    terms = {"duration": 3.0}
    e, noted = bond("MicroStrategy Convertible 2030", currency="USD", terms=terms)

    assert (e.others["RATE_USD"], e.covered, e.option) == (-3.0, False, None)
    assert noted == ["convertible-terms"]


@pytest.fixture
def line(position):
    """Build a bond of a company in dollars with the terms given."""

    def build(name="Acme 4% 2035", **given):
        own = ("currency", "price", "sector", "market_value", "isin", "ticker")
        fields = {k: given.pop(k) for k in own if k in given}
        return position(name, asset_class="bond", terms=given, **fields)

    return build


@pytest.fixture
def placed(place, shipped):
    """Place bonds in the shipped factor on a day of January."""

    def run(*lines, **files):
        return place(*lines, factor=shipped, as_of=DAY, **files)

    return run


def quantlib(coupon, maturity, clean, frequency):
    """Return the yield, modified duration and convexity that QuantLib gives.

    On 30/360, whose year fractions are exact on days that coupons are due or in
    whole months between.
    """
    today = ql.Date(24, 1, 2025)
    ql.Settings.instance().evaluationDate = today
    count = ql.Thirty360(ql.Thirty360.BondBasis)
    schedule = ql.Schedule(
        ql.Date(maturity.day, maturity.month, 2024),
        ql.Date(maturity.day, maturity.month, maturity.year),
        ql.Period(frequency),
        ql.NullCalendar(),
        ql.Unadjusted,
        ql.Unadjusted,
        ql.DateGeneration.Backward,
        False,
    )
    made = ql.FixedRateBond(0, 100.0, schedule, [coupon], count)
    price = ql.BondPrice(clean, ql.BondPrice.Clean)
    rate = made.bondYield(price, count, ql.Compounded, frequency, today)
    given = ql.InterestRate(rate, count, ql.Compounded, frequency)
    duration = ql.BondFunctions.duration(made, given, ql.Duration.Modified, today)
    return rate, duration, ql.BondFunctions.convexity(made, given, today)


@pytest.mark.parametrize(
    ("currency", "frequency"), [("USD", ql.Semiannual), ("EUR", ql.Annual)]
)
@pytest.mark.parametrize("clean", [82.0, 100.0, 121.5])
@pytest.mark.parametrize("maturity", [dt.date(2035, 2, 15), dt.date(2028, 10, 24)])
def test_duration_is_that_of_the_yield_of_the_clean_price(
    line, placed, currency, frequency, clean, maturity
):
    """QuantLib's, with what has accrued added to the price, and its convexity."""
    made = line(
        currency=currency, price=clean, coupon=4.0, maturity=maturity.isoformat()
    )
    e = placed(made).rows[0]
    rate, duration, convexity = quantlib(0.04, maturity, clean, frequency)
    # Days over 365.25 are not months over twelve: a few days in ten years.
    assert e.others[f"RATE_{currency}"] == pytest.approx(-duration, rel=2e-3)
    assert e.others["CREDIT_IG"] == e.others[f"RATE_{currency}"]
    assert e.convexity == pytest.approx(convexity, rel=4e-3)
    shown = e.basis.split("at the yield of its price, ")[1].rstrip("%")
    assert float(shown) == pytest.approx(100 * rate, abs=0.011)
    assert (e.confidence, e.covered, e.source) == (0.8, True, "terms")


def test_what_accrued_is_in_the_yield(line, placed):
    """One coupon to come, worked by hand."""
    # Half a year less than a day of 365.25 away: 182 days are 0.49829 years, one
    # coupon of 4 to come a year before which 0.50171 of it had accrued.
    years = 182 / 365.25
    dirty = 99.0 + 4.0 * (1.0 - years)
    growth = (104.0 / dirty) ** (1.0 / years)
    end = (DAY + dt.timedelta(days=182)).isoformat()
    e = placed(line(currency="EUR", price=99.0, coupon=4.0, maturity=end)).rows[0]
    assert e.others["RATE_EUR"] == pytest.approx(-years / growth, rel=1e-9)
    assert e.convexity == pytest.approx(years * (years + 1) / growth**2, rel=1e-9)


def test_the_duration_of_the_file_counts_before(line, placed):
    """Terms would give another; the spread's own duration is for the spread."""
    terms = {"coupon": 4.0, "maturity": "2035-01-24"}
    plain, both, short = placed(
        line(price=100.0, duration=5.5, **terms),
        line(price=100.0, duration=0.2, spread_duration=4.1, **terms),
        line(duration=-2.0),
    ).rows
    assert plain.others == {"RATE_USD": -5.5, "CREDIT_IG": -5.5}
    # That of one payment: D (D + 1)
    assert plain.convexity == pytest.approx(5.5 * 6.5, rel=1e-12)
    assert "duration 5.50 years, as the file has it" in plain.basis
    # A floater: its rate is set anew, its spread is not.
    assert both.others == {"RATE_USD": -0.2, "CREDIT_IG": -4.1}
    assert short.others["RATE_USD"] == 2.0
    assert plain.confidence == 0.9


def test_a_duration_that_is_none_is_left_to_the_terms(line, placed):
    """Days in place of years are no duration."""
    e = placed(line(duration=2500.0, coupon=4.0, maturity="2035-01-24")).rows[0]
    assert "from coupon and maturity" in e.basis


@pytest.mark.parametrize(
    ("given", "coupon"),
    [
        ((4.0,), 0.04),
        ((0.04, 0.06), 0.04),  # all small: decimals
        ((0.125, 6.0), 0.00125),  # one is not: percent
        ((0.25,), 0.25),  # nothing tells
    ],
)
def test_coupons_are_percent_unless_all_are_small(line, placed, given, coupon):
    """The column is looked at as a whole."""
    lines = [line("Acme", coupon=c, maturity="2035-01-24") for c in given]
    e = placed(*lines).rows[0]
    # At par: D = (1 - (1 + c/2)^-20) / c, ten years of half-years.
    par = (1 - (1 + coupon / 2) ** -20) / coupon
    assert -e.others["RATE_USD"] == pytest.approx(par, rel=1e-3)
    assert "priced at par" in e.basis
    assert e.confidence == 0.5


def test_a_name_says_that_a_small_coupon_is_in_percent(line, placed):
    """A Bund of 0.25% alone in its file does not pay 25%."""
    e = placed(
        line(
            "Bundesrepublik Deutschland 0,25% 15.02.2029",
            currency="EUR",
            coupon=0.25,
            maturity="2029-02-15",
        )
    ).rows[0]
    # Four years and 22 days without much of a coupon, at a yield of 0.25%.
    assert -e.others["RATE_EUR"] == pytest.approx(4.03, abs=0.02)
    assert set(e.others) == {"RATE_EUR"}


@pytest.mark.parametrize(
    ("given", "rate"),
    [
        ((4.5,), 0.045),
        ((0.045,), 0.045),
        ((0.2, 1.1, 2.0), 0.002),  # Japanese yields in percent
        ((0.045, 0.05, 0.6), 0.045),  # one distressed bond among decimals
    ],
)
def test_yields_of_the_file_are_used(line, placed, given, rate):
    """In percent or decimals, as most of the column says."""
    lines = [
        line("X", coupon=4.0, maturity="2035-01-24", **{"yield": y}) for y in given
    ]
    e = placed(*lines).rows[0]
    growth = 1 + rate / 2
    flows = [(j / 2, 2.0 + 100 * (j == 20)) for j in range(1, 21)]
    worth = sum(x * growth ** (-2 * t) for t, x in flows)
    duration = sum(t * x * growth ** (-2 * t) for t, x in flows) / worth / growth
    assert -e.others["RATE_USD"] == pytest.approx(duration, rel=1e-3)
    assert f"at the file's yield of {rate:.2%}" in e.basis


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    d=st.floats(-10, 40), s=st.floats(0, 30), rating=st.sampled_from(["AA", "BB-", ""])
)
def test_given_durations_pass_unchanged(line, placed, d, s, rating):
    """Whatever the rating, minus the file's figures reach the stress."""
    e = placed(line("Acme", duration=d, spread_duration=s, rating=rating)).rows[0]
    credit = "CREDIT_HY" if rating == "BB-" else "CREDIT_IG"
    assert e.others == {"RATE_USD": -d, credit: -s}


@pytest.mark.parametrize(
    ("name", "coupon", "maturity"),
    [
        ("Bundesrepublik Deutschland 2.5% 15.02.2035", "2.5", "2035-02-15"),
        ("Bund 0,25% 15.08.28", "0.25", "2028-08-15"),
        ("APPLE INC 3.85 05/04/2043", "3.85", "2043-05-04"),
        ("T 4 1/4 11/15/34", "4.25", "2034-11-15"),
        ("T 0 1/2 08/31/27", "0.5", "2027-08-31"),
        ("T 3-7/8 08/15/33", "3.875", "2033-08-15"),
        ("US TREASURY 4¼% 11/15/34", "4.25", "2034-11-15"),
        ("T 4 02/28/30", "4", "2030-02-28"),
        ("DBR 0 08/15/31", "0", "2031-08-15"),
        ("NETFLIX 5 7/8 11/15/28", "5.875", "2028-11-15"),
        ("JPM 5.299 07/24/29 FLOAT", "5.299", "2029-07-24"),
        ("OAT 1,25% 25/05/36", "1.25", "2036-05-25"),
        ("US TREASURY 2.875% 2032-05-15", "2.875", "2032-05-15"),
        ("Ford Motor 7.45% 16-Jul-2031", "7.45", "2031-07-16"),
        ("FORD MOTOR CO 7.45 JUL 16 2031", "7.45", "2031-07-16"),
        ("Siemens 2 3/8 Aug 15, 2030", "2.375", "2030-08-15"),
        ("Treasury Note 4.25% 15NOV34", "4.25", "2034-11-15"),
        ("UK Treasury 4.25% 2034", "4.25", "2034-07-01"),
        ("Deutsche Bank FRN 2029", None, "2029-07-01"),
        ("Acme 4 Aug 2030", None, "2030-08-04"),
        ("Acme 3.5%", "3.5", None),
        ("BNP Paribas PERP", None, None),
        ("US912828ZT58", None, None),
        ("", None, None),
    ],
)
def test_names_state_coupon_and_maturity(name, coupon, maturity):
    """As banks, terminals and files of funds write them; fractions are eighths."""
    stated = {"coupon": coupon, "maturity": maturity}
    assert named_terms(name) == {k: v for k, v in stated.items() if v}


@pytest.mark.parametrize(
    ("name", "given", "credit"),
    [
        ("Bundesrepublik Deutschland 2.5% 15.02.2035", {}, ""),
        ("T 4 1/4 11/15/34", {}, ""),
        ("DBR 2.6 08/15/33", {}, ""),
        ("UKT 4 1/4 07/31/34", {}, ""),
        ("UK Treasury 4.25% 2034", {}, ""),
        ("Italy 3.85% 01.02.2035", {}, ""),
        ("JAPAN (20 YEAR ISSUE) 1.9% 2044", {}, ""),
        ("Republic of Austria 2.9% 2034", {}, ""),
        ("Acme 4% 2030", {"sector": "Treasuries"}, ""),
        ("Acme 4% 2030", {}, "CREDIT_IG"),
        ("T-Mobile USA 3.875% 04/15/30", {}, "CREDIT_IG"),
        ("Japan Tobacco 2% 2031", {}, "CREDIT_IG"),
        ("United States Steel 6.875% 2029", {"rating": "BB-"}, "CREDIT_HY"),
        ("United States Steel 6.875% 2029", {}, "CREDIT_IG"),
        ("Quaker Oats 4% 2031", {}, "CREDIT_IG"),
        ("Treasury Wine Estates 4% 2031", {}, "CREDIT_IG"),
        ("Republic of Turkey 7% 2031", {"rating": "B+"}, "CREDIT_HY"),
        ("Acme 4% 2030", {"sector": "High Yield"}, "CREDIT_HY"),
        ("Acme 4% 2030", {"rating": "HY"}, "CREDIT_HY"),
    ],
)
def test_states_and_companies_are_told_apart(line, name, given, credit):
    """By rating, sector and name; states have no spread of companies."""
    assert credit_of(line(name, **given)) == credit


@pytest.mark.parametrize(
    ("rating", "high"),
    [
        *[
            (r, True)
            for r in "BB+ BB BB- B+ B B- CCC+ CC C D Ba1 Ba3 B2 Caa1 Ca".split()
        ],
        *[(r, True) for r in ("BA1", "bb+", "(P)Ba2", "BB+ /Ba1", " B1 ")],
        *[
            (r, False)
            for r in "AAA AA+ A- BBB BBB- Aaa Aa2 A3 Baa1 Baa3 BAA3 NR".split()
        ],
        ("", False),
    ],
)
def test_ratings_below_bbb_are_high_yield(line, rating, high):
    """The letters of all three agencies, in any case."""
    credit = credit_of(line("Acme", rating=rating))
    assert credit == ("CREDIT_HY" if high else "CREDIT_IG")


@pytest.mark.parametrize(
    ("name", "given", "why"),
    [
        ("Acme", {}, "no duration and no maturity"),
        ("Acme PERP 4.375%", {}, "no duration and no maturity"),
        ("Acme 4% 31.02.2030", {}, "no duration and no maturity"),
        ("Acme", {"maturity": "2025-01-23"}, "it matured on 2025-01-23, before"),
        ("Acme", {"maturity": "2025-01-24"}, "it matured on 2025-01-24, on the"),
        ("Acme", {"maturity": "9999-12-31"}, "says that it has no end"),
    ],
)
def test_what_has_no_end_or_has_ended_keeps_its_value(line, placed, name, given, why):
    """A gap that is said, with what would fill it."""
    exposures = placed(line(name, coupon=4.0, **given))
    (e,), (issue,) = exposures.rows, exposures.issues
    assert (e.source, e.moves, e.covered) == ("not stressed", False, False)
    assert issue.code == "bond-terms"
    assert why in issue.message
    assert "duration" in issue.fix


def test_a_bond_without_a_coupon_is_a_single_payment(line, placed):
    """A bill moves by its years, and less is known of it."""
    e = placed(line("T-Bill", maturity="2025-07-24")).rows[0]
    # 181 days of 365.25 at a yield of nothing.
    assert e.others == {"RATE_USD": pytest.approx(-181 / 365.25, rel=1e-9)}
    assert e.confidence == 0.5


def test_a_currency_without_yields_is_said(line, placed):
    """A state's bond is a gap; a company's moves with its spread alone."""
    exposures = placed(
        line("Kingdom of Sweden", currency="SEK", duration=5.0),
        line("Volvo 4%", currency="SEK", duration=5.0),
    )
    state, company = exposures.rows
    assert (state.moves, state.covered) == (False, False)
    assert (company.others, company.covered) == ({"CREDIT_IG": -5.0}, False)
    assert company.convexity == 0.0
    first, second = exposures.issues
    assert "nothing is known of yields in SEK" in first.message
    assert "moves with its spread alone" in second.message


def test_a_bond_without_a_currency_is_in_the_portfolios(line, place, shipped):
    """The base currency says which yield moves it."""
    made = line("Bund", currency=None, duration=5.0)
    e = place(made, factor=shipped, as_of=DAY, base="EUR").rows[0]
    assert (e.others, e.currencies) == ({"RATE_EUR": -5.0}, {})


def test_a_fund_that_the_file_calls_a_bond_is_a_fund(line, placed):
    """Columns of asset classes call funds of bonds so."""
    e = placed(line("iShares 20+ Year Treasury", ticker="TLT")).rows[0]
    assert (e.source, e.others) == ("fund", {"RATE_USD": -15.36})


CONVERTIBLE = {
    "coupon": 1.0,
    "maturity": "2030-01-24",
    "underlying": "NVDA",
    "underlying_price": 80.0,
    "conversion_ratio": 1.0,
    "bond_floor": 85.0,
}


def test_a_convertible_is_its_floor_and_calls(line, position, placed):
    """What the price is above the floor is one call struck at 100."""
    made = line("Nvidia conv", price=105.0, **CONVERTIBLE)
    e, share = placed(made, position(ticker="NVDA")).rows
    t = e.option
    assert (t.spot, t.strike, t.premium, t.call) == (80.0, 100.0, 20.0, True)
    assert t.per_value == pytest.approx(1 / 105, rel=1e-12)
    growth = math.exp(0.04 * t.years)
    theirs = ql.blackFormulaImpliedStdDev(
        ql.Option.Call, 100.0, 80.0 * growth, 20.0, 1 / growth, 0.0, 0.3, 1e-12, 1000
    )
    assert t.volatility == pytest.approx(theirs / t.years**0.5, abs=1e-8)
    assert (e.beta, e.sensitivities) == (share.beta, share.sensitivities)
    assert e.covered
    # The bond is the floor: its yield is that of 85, not of 105.
    rate, duration, _ = quantlib(0.01, dt.date(2030, 1, 24), 85.0, ql.Semiannual)
    assert -e.others["RATE_USD"] == pytest.approx(duration, rel=2e-3)
    assert f"{rate:.2%}" in e.basis


def test_a_ratio_per_two_nominals_is_per_hundred(line, placed):
    """Two calls on 100 of nominal are struck at 50."""
    terms = CONVERTIBLE | {"conversion_ratio": 2.0, "underlying_price": 40.0}
    t = placed(line("Nvidia conv", price=105.0, **terms)).rows[0].option
    assert (t.strike, t.premium) == (50.0, 10.0)
    assert t.per_value == pytest.approx(2 / 105, rel=1e-12)


def test_a_convertible_by_its_delta(line, position, placed):
    """Delta times what the shares are worth of it, and the rest of the bond."""
    made = line("Nvidia conv", price=105.0, delta=0.6, **CONVERTIBLE)
    e, share = placed(made, position(ticker="NVDA")).rows
    part = 0.6 * 80.0 / 105.0
    assert e.beta == pytest.approx(part * share.beta, rel=1e-12)
    _, duration, _ = quantlib(0.01, dt.date(2030, 1, 24), 85.0, ql.Semiannual)
    assert -e.others["RATE_USD"] == pytest.approx((1 - part) * duration, rel=2e-3)
    assert e.option is None


@pytest.mark.parametrize(
    "lacks",
    [
        {"conversion_ratio": None},
        {"bond_floor": None},
        {"underlying": None},
        {"underlying": "ZZZQ"},
        {"underlying_price": None},
        {"bond_floor": 110.0},  # above the price
        {"conversion_ratio": 10.0},  # per 1,000: shares for 800 cost 105
    ],
)
def test_a_convertible_without_its_terms_is_a_bond(line, placed, lacks):
    """It counts as not covered: it would lose more with the shares."""
    terms = {k: v for k, v in (CONVERTIBLE | lacks).items() if v is not None}
    exposures = placed(line("Nvidia convertible", price=105.0, **terms))
    (e,), (issue,) = exposures.rows, exposures.issues
    assert (e.covered, e.option, e.beta) == (False, None, 0.0)
    assert e.others["RATE_USD"] < 0
    assert issue.code == "convertible-terms"


def test_a_conversion_that_no_volatility_gives_is_said(line, placed):
    """A premium under what exercise brings takes the shares' past."""
    terms = CONVERTIBLE | {"underlying_price": 112.0, "bond_floor": 105.0}
    exposures = placed(line("Nvidia conv", price=110.0, **terms))
    # A call at 100 on 112 is worth 12 and more; the price leaves 5.
    (issue,) = exposures.issues
    assert "no volatility gives a conversion worth 5" in issue.message
    assert exposures.rows[0].option.volatility > 0


@pytest.mark.parametrize("ratio", [None, 0.0])
def test_a_column_of_ratios_makes_no_convertible(line, placed, ratio):
    """Straight bonds have nothing or zero there."""
    terms = {"duration": 5.0} | ({} if ratio is None else {"conversion_ratio": ratio})
    exposures = placed(line("Acme 4% 2030", **terms))
    assert (exposures.rows[0].covered, exposures.issues) == (True, ())

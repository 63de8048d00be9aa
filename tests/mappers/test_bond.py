"""Bonds by duration, convexity and spread, from what a file says of them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
import QuantLib as ql  # noqa: N813 - as everybody calls it

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

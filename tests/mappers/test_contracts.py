"""Forwards, gold, bitcoin, and the currencies that holdings stand in."""

from __future__ import annotations

import pytest

from stresskit.mappers.currencies import hedged_into


@pytest.mark.parametrize(("amount", "how"), [(100.0, "bought"), (-100.0, "sold")])
def test_a_forward_holds_two_currencies(position, place, shipped, amount, how):
    """One bought and one sold, whichever way round the exposure says."""
    line = position(
        "EUR/USD", asset_class="fx_forward", exposure=amount, terms={"pair": "EUR/USD"}
    )
    (e,) = place(line, factor=shipped).rows

    assert (e.currencies, e.covered, e.moves) == ({"EUR": 1.0, "USD": -1.0}, True, True)
    assert how in e.basis


@pytest.mark.parametrize(
    ("terms", "exposure", "lacks"),
    [
        ({}, 100.0, "pair of currencies"),
        ({"pair": "EUR/USD"}, None, "exposure"),
        ({"pair": "EUR/EUR"}, 100.0, "pair of currencies"),
    ],
)
def test_a_forward_without_terms_is_named(
    position, place, shipped, terms, exposure, lacks
):
    """It is not covered and the issue says what is missing."""
    line = position("Forward", asset_class="fx_forward", exposure=exposure, terms=terms)
    exposures = place(line, factor=shipped)

    assert exposures.rows[0].covered is False
    (issue,) = exposures.issues
    assert issue.code == "forward-terms"
    assert lacks in issue.message


@pytest.mark.parametrize(
    ("name", "kind", "others", "covered"),
    [
        ("Bitcoin", "crypto", {"BITCOIN": 1.0}, True),
        ("BTC-USD", "crypto", {"BITCOIN": 1.0}, True),
        ("Ethereum", "crypto", {"BITCOIN": 1.0}, False),
        ("Physical Gold", "other", {"GOLD": 1.0}, True),
        ("Krügerrand", "other", {"GOLD": 1.0}, True),
        ("GOLD 100 OZ FEB25", "future", {"GOLD": 1.0}, True),
    ],
)
def test_what_moves_with_one_price(
    position, place, shipped, name, kind, others, covered
):
    """Gold and bitcoin by name; other coins like bitcoin, and not covered."""
    (e,) = place(position(name, asset_class=kind), factor=shipped).rows

    assert (e.others, e.covered, e.currencies) == (others, covered, {"USD": 1.0})


def test_silver_is_not_gold(position, place, shipped):
    """It has no history here and keeps its value."""
    (e,) = place(position("Silver bars", asset_class="other"), factor=shipped).rows
    assert (e.source, e.others) == ("not stressed", {})


@pytest.mark.parametrize(
    ("name", "currency"),
    [
        ("iShares MSCI World EUR Hedged UCITS ETF (Acc)", "EUR"),
        ("UBS ETF MSCI USA hedged to CHF", "CHF"),
        ("Vanguard S&P 500 UCITS ETF USD", None),
        ("Hedge Fund Index USD", None),
    ],
)
def test_what_a_name_says_of_hedging(name, currency):
    """A currency next to the word, in either order."""
    assert hedged_into(name) == currency


@pytest.mark.parametrize(
    ("changes", "currencies"),
    [
        # Nvidia bought in Frankfurt for euro is dollars.
        ({"isin": "US67066G1040", "currency": "EUR"}, {"USD": 1.0}),
        # The receipt's returns are in dollars; so is what is placed by them.
        ({"isin": "US8740391003", "currency": "USD"}, {"USD": 1.0}),
        # Siemens has no American returns here.
        ({"isin": "DE0007236101", "currency": "EUR"}, {"EUR": 1.0}),
        # Treasuries are dollars wherever they are listed.
        ({"isin": "IE00B1FZS798", "currency": "EUR"}, {"USD": 1.0}),
    ],
)
def test_currencies_are_those_of_what_is_held(
    position, place, shipped, changes, currencies
):
    """Not the one a line is quoted in."""
    (e,) = place(position("", **changes), factor=shipped).rows
    assert e.currencies == currencies


def test_a_fund_of_the_world_stands_in_several(position, place, shipped):
    """The shares of its regions, dollars first, adding up to one."""
    (e,) = place(position(isin="IE00B4L5Y983", currency="EUR"), factor=shipped).rows
    assert sum(e.currencies.values()) == pytest.approx(1.0, abs=1e-3)
    assert max(e.currencies, key=e.currencies.get) == "USD"
    assert {"EUR", "JPY"} <= set(e.currencies)

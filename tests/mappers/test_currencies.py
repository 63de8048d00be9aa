"""Economic currencies: hedged classes, funds that follow others, lines abroad."""

from __future__ import annotations

import pytest

from stresskit.mappers.currencies import hedged_into


@pytest.mark.parametrize(
    ("name", "currency"),
    [
        ("Acme World EUR Hedged", "EUR"),
        ("Acme World EUR-hedged Acc", "EUR"),
        ("Acme World (EUR Hdg)", "EUR"),
        ("Acme World CHF (H)", "CHF"),
        ("Acme World A EUR-H", "EUR"),
        ("Acme World H-GBP", "GBP"),
        ("Acme World hedged into jpy", "JPY"),
        ("Acme World Hedged to CHF", "CHF"),
        ("Acme World EUR Unhedged", None),
        ("Acme EUR High Yield", None),
        ("Acme USD Health Care", None),
        ("Acme Hedged Equity", None),
        ("", None),
    ],
)
def test_names_of_hedged_share_classes(name, currency):
    """Only a currency beside the word; neither unhedged nor high yield is hedged."""
    assert hedged_into(name) == currency


@pytest.mark.parametrize(
    ("ticker", "mic", "currency"),
    [
        ("CSPX", "XLON", "GBP"),
        ("VUSA", "XLON", "GBP"),
        ("VUAA", "XLON", "USD"),
        ("EQQB", "XETR", "EUR"),
        ("EIMI", "XLON", "USD"),
        ("NVD3", "XLON", "USD"),  # three times a share
    ],
)
def test_a_fund_stands_where_the_one_it_follows_does(
    position, place, shipped, ticker, mic, currency
):
    """The S&P 500 is in dollars, in London and Frankfurt too."""
    line = position(ticker=ticker, mic=mic, currency=currency)
    (e,) = place(line, factor=shipped).rows
    assert (e.source, e.currencies) == ("fund", {"USD": 1.0})


def test_no_fund_on_american_shares_is_in_another_currency(position, place, shipped):
    """Of all funds that follow SPY, QQQ or IWM only hedged ones leave the dollar."""
    ours = [
        f
        for f in shipped.chain.funds
        if f.proxy in ("SPY:ARCX", "QQQ:XNAS", "IWM:ARCX") and not f.hedged
    ]
    lines = [position(ticker=f.ticker, mic=f.mic, currency=f.currency) for f in ours]
    rows = place(*lines, factor=shipped).rows
    found = [(f.key, e.currencies) for f, e in zip(ours, rows, strict=True)]
    assert len(found) > 50
    assert [x for x in found if x[1] != {"USD": 1.0}] == []


@pytest.mark.parametrize(
    ("ticker", "mic", "currencies"),
    [
        ("IUSE", "XLON", {"EUR": 1.0}),  # S&P 500
        ("XMK9", "XETR", {"EUR": 1.0}),  # Japan
        ("IWDE", "XAMS", {"EUR": 1.0}),  # the world
        ("EMBE", "XLON", {"EUR": 1.0}),  # dollar bonds
        ("GSPX", "XLON", {"GBP": 1.0}),
    ],
)
def test_hedged_funds_stand_in_what_they_are_hedged_into(
    position, place, shipped, ticker, mic, currencies
):
    """Whatever they hold or follow."""
    line = position(ticker=ticker, mic=mic, currency="EUR")
    assert place(line, factor=shipped).rows[0].currencies == currencies


def test_a_hedged_class_of_a_fund_is_known_by_its_name(position, place, shipped):
    """The data has the fund; the line is another class of it."""
    line = position("SPDR S&P 500 EUR Hedged", ticker="SPY", mic="ARCX")
    assert place(line, factor=shipped).rows[0].currencies == {"EUR": 1.0}


@pytest.mark.parametrize(
    ("ticker", "mic", "currencies"),
    [
        ("ISF", "XLON", {"GBP": 1.0}),  # British shares
        ("SEGA", "XLON", {"EUR": 1.0}),  # bonds by their rate
        ("IDTL", "XLON", {"USD": 1.0}),
    ],
)
def test_funds_of_one_place_stand_in_its_currency(
    position, place, shipped, ticker, mic, currencies
):
    """By the region of their shares, or the yield that moves them."""
    line = position(ticker=ticker, mic=mic)
    assert place(line, factor=shipped).rows[0].currencies == currencies


def test_an_unhedged_toy_fund_takes_its_regions(position, place):
    """70% dollars and 30% euro, as its markets are; a hedged one the euro alone."""
    world, hedged = place(position(ticker="WLD"), position(ticker="HDG")).rows
    assert world.currencies == {"USD": 0.7, "EUR": 0.3}
    assert hedged.currencies == {"EUR": 1.0}


@pytest.mark.parametrize(
    ("isin", "currency"),
    [("US67066G1040", "EUR"), ("US67066G1040", "USD"), ("US8740391003", "EUR")],
)
def test_the_place_of_a_listing_does_not_matter(
    position, place, shipped, isin, currency
):
    """American shares and receipts are in dollars, quoted in euro or not."""
    (e,) = place(position(isin=isin, currency=currency), factor=shipped).rows
    assert e.currencies == {"USD": 1.0}

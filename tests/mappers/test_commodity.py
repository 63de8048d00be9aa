"""Which coins are bitcoin or dollars, and what is gold and what digs for it."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    "name", ["Bitcoin", "BITCOIN (BTC)", "XBT", "BTC/USD", "BTC-EUR", "Bitcoin spot"]
)
def test_bitcoin_under_any_name(position, place, shipped, name):
    """Names and codes of exchanges, with or without what it is quoted in."""
    exposures = place(position(name, asset_class="crypto"), factor=shipped)
    (e,) = exposures.rows
    assert (e.others, e.covered, exposures.issues) == ({"BITCOIN": 1.0}, True, ())


@pytest.mark.parametrize(
    "name",
    ["Bitcoin Cash", "Bitcoin SV", "Bitcoin Gold", "Ethereum", "Solana", "WBTCX"],
)
def test_other_coins_are_like_bitcoin_and_not_covered(position, place, shipped, name):
    """Coins that split off from bitcoin have its name and prices of their own."""
    exposures = place(position(name, asset_class="crypto"), factor=shipped)
    (e,) = exposures.rows
    assert (e.others, e.covered, e.confidence) == ({"BITCOIN": 1.0}, False, 0.3)
    assert [i.code for i in exposures.issues] == ["crypto-like-bitcoin"]


@pytest.mark.parametrize("name", ["USDC", "Tether USDT", "USD Coin", "DAI"])
def test_a_coin_worth_a_dollar_is_money(position, place, shipped, name):
    """It does not move like bitcoin, only like the dollar."""
    (e,) = place(position(name, asset_class="crypto"), factor=shipped).rows
    assert (e.moves, e.covered, e.currencies) == (False, True, {"USD": 1.0})
    assert e.others == {}


def test_without_a_history_of_bitcoin_a_coin_is_unmapped(position, place):
    """The toy factor has no other factors: a wide range, not zero."""
    (e,) = place(position("Bitcoin", asset_class="crypto")).rows
    assert (e.source, e.others) == ("unmapped", {})


@pytest.mark.parametrize("kind", ["fund", "other"])
def test_a_column_that_says_gold_is_gold(position, place, shipped, kind):
    """Where the line is no share, its class or sector decides."""
    line = position("Acme Vault", asset_class=kind, sector="Gold")
    assert place(line, factor=shipped).rows[0].others == {"GOLD": 1.0}


def test_a_share_in_the_industry_gold_is_a_mine(position, place, shipped):
    """GICS calls miners so: they do not move one for one with the metal."""
    line = position("Acme Mining", sector="Gold")
    assert place(line, factor=shipped).rows[0].others == {}


@pytest.mark.parametrize(
    ("ticker", "others"),
    [
        ("GLD", {"GOLD": 1.0}),
        ("4GLD", {"GOLD": 1.0}),
        ("IBIT", {"BITCOIN": 1.0}),
        ("BTCE", {"BITCOIN": 1.0}),
    ],
)
@pytest.mark.parametrize("currency", ["USD", "EUR"])
def test_funds_that_hold_one_thing(position, place, shipped, ticker, others, currency):
    """In dollars, wherever they are listed and whatever they are quoted in."""
    mic = {"GLD": "ARCX", "IBIT": "XNAS"}.get(ticker, "XETR")
    line = position(ticker=ticker, mic=mic, currency=currency, asset_class="fund")
    (e,) = place(line, factor=shipped).rows
    assert (e.source, e.others, e.currencies) == ("fund", others, {"USD": 1.0})

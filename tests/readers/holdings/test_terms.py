"""Terms of contracts: columns that measure options, bonds and convertibles."""

from __future__ import annotations

import pytest

from stresskit.readers import read_holdings_file


@pytest.fixture
def terms(write_csv):
    """Read a file and return the terms of its first line."""

    def read(text):
        return read_holdings_file(write_csv(text)).positions[0].terms

    return read


@pytest.mark.parametrize(
    ("header", "cell", "term", "value"),
    [
        ("Delta", "-0.4", "delta", -0.4),
        ("Option Delta", "0.25", "delta", 0.25),
        ("Implied Volatility", "0.42", "implied_vol", 0.42),
        ("Impl. Vol", "42", "implied_vol", 42.0),
        ("Underlying Price", "142.62", "underlying_price", 142.62),
        ("Kurs Basiswert", "142.62", "underlying_price", 142.62),
        ("Underlying", "NVDA", "underlying", "NVDA"),
        ("Basiswert", "NVDA", "underlying", "NVDA"),
    ],
)
def test_what_measures_an_option(terms, header, cell, term, value):
    """Each under its own name, in the numbers of the file."""
    found = terms(
        "Name,Asset Class,Quantity,Price,Market Value,Currency,Strike,Put/Call,Expiry,"
        f"{header}\nNvidia put,Option,10,5,5000,USD,130,Put,2025-03-21,{cell}\n"
    )
    assert found[term] == value
    assert (found["strike"], found["right"]) == (130.0, "put")
    assert found["expiry"] == "2025-03-21"


@pytest.mark.parametrize(
    ("header", "cell", "term", "value"),
    [
        *[
            (h, "7.9", "duration", 7.9)
            for h in ("Duration", "Modified Duration", "Mod. Duration", "OAD")
        ],
        ("Modifizierte Duration", "7.9", "duration", 7.9),
        ("Sensibilité", "7.9", "duration", 7.9),
        ("Spread Duration", "7.5", "spread_duration", 7.5),
        ("OASD", "7.5", "spread_duration", 7.5),
        ("Yield to Maturity", "4.18", "yield", 4.18),
        ("YTM (%)", "4.18", "yield", 4.18),
        ("Verfallrendite", "4.18", "yield", 4.18),
        ("Rating", "BBB-", "rating", "BBB-"),
        ("S&P Rating", "A+", "rating", "A+"),
        ("Bonität", "BB+", "rating", "BB+"),
        ("Conversion Ratio", "1.25", "conversion_ratio", 1.25),
        ("Wandlungsverhältnis", "1.25", "conversion_ratio", 1.25),
        ("Bond Floor", "85", "bond_floor", 85.0),
        ("Delta", "0.6", "delta", 0.6),
        ("Underlying Price", "80", "underlying_price", 80.0),
        ("Underlying", "NVDA", "underlying", "NVDA"),
    ],
)
def test_what_measures_a_bond(terms, header, cell, term, value):
    """As headers of banks and terminals write it, in three languages."""
    found = terms(
        f"Name,Asset Class,Price,Market Value,Currency,Coupon,Maturity,{header}\n"
        f"Acme 4% 2035,Bond,98.5,10000,USD,4,2035-02-15,{cell}\n"
    )
    assert found[term] == value
    assert (found["coupon"], found["maturity"]) == (4.0, "2035-02-15")


def test_german_numbers_and_days(terms):
    """Commas and days first, as in the rest of the file."""
    found = terms(
        "Name;Anlageklasse;Kurswert;Währung;Kupon;Fälligkeit;Modifizierte Duration\n"
        "Acme;Anleihe;10.000,00;EUR;4,25;15.02.2035;7,90\n"
    )
    assert found == {"coupon": 4.25, "maturity": "2035-02-15", "duration": 7.9}


def test_empty_cells_are_no_terms(terms):
    """A column that one line leaves empty says nothing of it."""
    found = terms(
        "Name,Asset Class,Market Value,Currency,Maturity,Duration,Rating\n"
        "Acme,Bond,100,USD,2035-02-15,,\nOther,Bond,100,USD,2035-02-15,5,AA\n"
    )
    assert found == {"maturity": "2035-02-15"}


def test_a_share_has_no_duration(terms):
    """Columns of bonds are theirs alone."""
    assert terms("Name,Ticker,Value,Currency,Duration\nAcme,ACME,9,USD,5\n") == {}


@pytest.mark.parametrize("amount", ["-100000", "100000"])
def test_a_forward_keeps_pair_and_sign(write_csv, amount):
    """The pair is in the name, the sign in the exposure."""
    text = (
        "Name,Asset Class,Exposure,Market Value,Currency\n"
        f"FX Forward EUR/USD,FX Forward,{amount},120,USD\n"
    )
    (p,) = read_holdings_file(write_csv(text)).positions
    assert (p.terms["pair"], p.exposure) == ("EUR/USD", float(amount))

"""Headers of many houses and languages."""

import pytest

from stresskit.readers.holdings.columns import read_header


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("Holding Ticker", "ticker"),
        ("Symbool/ISIN", "identifier"),
        ("CUSIP #", "cusip"),
        ("銘柄（コード）", "code_name"),
        ("Bezeichnung", "name"),
        ("Stk./Nominale", "quantity"),
        ("Stück/Nom.", "quantity"),
        ("Akt. Kurs", "price"),
        ("market value ($)", "value"),
        ("VALUE (to the nearest dollar)", "value"),
        ("Waarde in EUR", "value"),
        ("Lokale waarde", "local_value"),
        ("評価額", "value"),
        ("% Of Account", "weight"),
        ("% to Net Assets", "weight"),
        ("26_Valuation_weight", "weight"),
        ("24_Market_valuation_in_portfolio_currency_(B)", "value"),
        ("Notional Value", "notional"),
    ],
)
def test_known_headers(text, role):
    """A spelling seen in the wild leads to its role."""
    assert role == read_header(text).role


@pytest.mark.parametrize(
    "text",
    [
        "Cost Basis Total",
        "Invested Value",
        "Unrealized P&L",
        "Gain/Loss $",
        "損益",
        "Einstandswert",
        "52 Week Range",
        "Quantity Long Term",
        "NAV",
        "Shares Outstanding",
    ],
)
def test_columns_that_look_like_values_are_none(text):
    """Cost, gains and ranges are never read as market values."""
    found = read_header(text)
    assert found is None or found.role == "unrealized"


def test_units_in_headers():
    """Lakhs, pence, currency and percent are part of the header."""
    assert read_header("Market value\n(Rs. in Lakhs)").scale == 1e5
    assert read_header("Price (pence)").scale == 0.01
    assert read_header("Price (pence)").currency == "GBP"
    assert read_header("Value (£)").currency == "GBP"
    assert read_header("Wert in EUR").currency == "EUR"
    assert read_header("Weight (%)").percent

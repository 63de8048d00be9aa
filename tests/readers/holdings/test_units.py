"""Thousands and millions, in headers and in titles."""

import pytest

from stresskit.readers import read_holdings_file
from stresskit.readers.holdings.columns import read_header
from stresskit.readers.holdings.units import title_unit


@pytest.mark.parametrize(
    ("text", "scale", "currency"),
    [
        ("Market Value ($000)", 1e3, "USD"),
        ("Market Value ($'000)", 1e3, "USD"),
        ("Market Value (USD m)", 1e6, "USD"),
        ("Market Value (EUR 000)", 1e3, "EUR"),
        ("Market Value (k€)", 1e3, "EUR"),
        ("Value (EURm)", 1e6, "EUR"),
        ("Value (EUR mn)", 1e6, "EUR"),
        ("Wert TEUR", 1e3, "EUR"),
        ("Value (£k)", 1e3, "GBP"),
        ("Marktwert in Tsd. EUR", 1e3, "EUR"),
        ("Market Value (in thousands)", 1e3, None),
        ("Market Value (USD mio)", 1e6, "USD"),
        ("Marktwert Mio. EUR", 1e6, "EUR"),
        ("Market value lakh", 1e5, "INR"),
        ("Valeur en milliers d'euros", 1e3, "EUR"),
        ("EUR Market Value", 1.0, "EUR"),
        ("Value (All)", 1.0, None),
    ],
)
def test_units_of_value_headers(text, scale, currency):
    """Scale and currency are read together and the column stays a value."""
    header = read_header(text)
    assert (header.role, header.scale, header.currency) == ("value", scale, currency)


@pytest.mark.parametrize(
    ("text", "scale", "currency"),
    [
        ("All amounts in USD millions", 1e6, "USD"),
        ("(USD in thousands)", 1e3, "USD"),
        ("Beträge in Tsd. EUR", 1e3, "EUR"),
        ("Alle Beträge in EUR", 1.0, "EUR"),
    ],
)
def test_units_of_titles(text, scale, currency):
    """A line above the table states the unit of all amounts."""
    unit = title_unit(text)
    assert (unit.scale, unit.currency) == (scale, currency)


@pytest.mark.parametrize(
    "text",
    ["Fund size in USD millions: 3,000", "Total assets (USD m): 500", "Holdings"],
)
def test_titles_of_one_figure_are_no_unit(text):
    """The unit of the fund's size is not that of the rows."""
    assert title_unit(text) is None


def test_a_titles_unit_is_applied_and_said(write_csv):
    """1.5 in USD millions is 1,500,000 dollars."""
    text = "All amounts in USD millions\n\nName,ISIN,Market Value\n"
    read = read_holdings_file(write_csv(text + "Apple,US0378331005,1.5\n"))
    assert (read.total_value, read.base_currency) == (1500000.0, "USD")
    (issue,) = read.issues
    assert (issue.code, issue.severity, issue.row) == ("unit", "info", 1)
    assert "1,000,000" in issue.message


def test_a_titles_unit_that_arithmetic_denies(write_csv):
    """Ten at 200 dollars worth 2000 are not thousands, whatever the title says."""
    text = "Holdings (USD in thousands)\nName,ISIN,Quantity,Price,Market Value\n"
    read = read_holdings_file(write_csv(text + "Apple,US0378331005,10,200,2000\n"))
    assert read.total_value == 2000.0
    assert [(i.code, i.severity) for i in read.issues] == [("unit", "warning")]

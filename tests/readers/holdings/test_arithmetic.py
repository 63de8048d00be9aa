"""Quantity times price, decimal marks, and which of two value columns."""

import datetime as dt

import pytest

from stresskit.readers import read_holdings_file


def found(portfolio, code):
    """Give the issues of a code."""
    return [i for i in portfolio.issues if i.code == code]


def test_a_value_ten_times_too_large(write_csv):
    """100 x 142.62 is 14,262, not 142,620: the gap of 128,358 is said."""
    text = "Name,ISIN,Currency,Quantity,Price,Market Value\n"
    text += "Apple,US0378331005,USD,100,142.62,142620\n"
    text += "Nvidia,US67066G1040,USD,10,100,1000\n"
    (issue,) = found(read_holdings_file(write_csv(text)), "value-mismatch")
    assert (issue.severity, issue.row) == ("warning", 2)
    assert issue.money == pytest.approx(128358.0, rel=1e-12)
    assert "14,262.00" in issue.message
    assert "142,620.00" in issue.message


def test_the_median_ratio_is_the_rate(write_csv):
    """Of four dollar rows valued in euros at 0.9 the one at 9 is named."""
    text = "Name,ISIN,Quantity,Price,Currency,Market Value EUR\n"
    text += "Apple,US0378331005,10,200,USD,1800\nNvidia,US67066G1040,10,100,USD,900\n"
    text += "Msft,US5949181045,10,400,USD,36000\nAmzn,US0231351067,10,100,USD,900\n"
    (issue,) = found(read_holdings_file(write_csv(text)), "value-mismatch")
    assert (issue.row, issue.money) == (4, pytest.approx(32400.0, rel=1e-12))


def test_contracts_bonds_and_pence_are_no_mismatch(write_csv):
    """A bond per 100, an option of 100 shares and a price in pence are right."""
    text = "Name,ISIN,Type,Quantity,Price,Currency,Market Value (GBP)\n"
    text += "Gilt 1% 2030,GB00B24FF097,Bond,100000,98.5,GBP,99100\n"
    text += "Call,,Option,2,5,GBP,1000\nShell,GB00BP6MXD84,Equity,100,2500,GBP,2500\n"
    assert found(read_holdings_file(write_csv(text)), "value-mismatch") == []


def test_arithmetic_chooses_the_decimal_mark(write_csv):
    """1.000 pieces at 142,620 worth 142.620 are a thousand at 142.62."""
    text = "Name;ISIN;Stück;Kurs;Wert EUR\nSAP;DE0007164600;1.000;142,620;142.620\n"
    read = read_holdings_file(write_csv(text))
    position = read.positions[0]
    assert (position.quantity, position.price) == (1000.0, 142.62)
    assert position.market_value == 142620.0
    text = "Name,ISIN,Quantity,Price,Value (EUR)\n"
    text += 'SAP,DE0007164600,"1,000",142.620,"142,620"\n'
    assert read_holdings_file(write_csv(text)).total_value == 142620.0


def test_language_chooses_where_arithmetic_cannot(write_csv):
    """A German file without another clue has decimal commas, and it is said."""
    text = "Name;ISIN;Menge;Wert EUR\nSAP;DE0007164600;1;142.620\n"
    read = read_holdings_file(write_csv(text))
    assert read.total_value == 142620.0
    assert [i.severity for i in found(read, "decimal-mark")] == ["info"]


def test_the_latest_of_two_dated_columns(write_csv):
    """The values of 2024 are read, their day is the file's, and both are named."""
    text = "Name,ISIN,Market Value 31.12.2023 EUR,Market Value 31.12.2024 EUR\n"
    read = read_holdings_file(write_csv(text + "Apple,US0378331005,100,200\n"))
    assert (read.total_value, read.as_of) == (200.0, dt.date(2024, 12, 31))
    (issue,) = found(read, "several-columns")
    assert issue.severity == "warning"
    assert "31.12.2023" in issue.message
    assert "31.12.2024" in issue.message


@pytest.mark.parametrize(
    ("older", "newer"), [("2023", "2024"), ("Q3 2024", "Q4 2024"), ("Nov 2024", "2024")]
)
def test_the_latest_of_two_periods(write_csv, older, newer):
    """Years, quarters and months order the columns but date nothing to the day."""
    text = f"Name,ISIN,Market Value {older},Market Value {newer}\n"
    read = read_holdings_file(write_csv(text + "Apple,US0378331005,100,200\n"))
    assert (read.total_value, read.as_of) == (200.0, None)
    assert len(found(read, "several-columns")) == 1


def test_two_undated_columns_are_named(write_csv):
    """Of two columns of values the usual one is read, and the user hears of it."""
    text = "Name,ISIN,Total Value,Market Value\nApple,US0378331005,200,100\n"
    read = read_holdings_file(write_csv(text))
    assert read.total_value == 100.0
    assert "'Total Value' (column C)" in found(read, "several-columns")[0].message

"""Several sheets, several tables, headers of two rows, columns known by content."""

import datetime as dt

import pytest

from stresskit.errors import HoldingsError
from stresskit.readers import read_holdings_file

_TABLE = "Name,ISIN,Market Value (EUR)\nSAP,DE0007164600,100\nBayer,DE000BAY0017,50\n"


def issue_of(portfolio, code):
    """Give the one issue of a code."""
    (issue,) = [i for i in portfolio.issues if i.code == code]
    return issue


def test_a_second_sheet_of_positions_is_a_warning(write_xlsx):
    """The sheets left out are named with their rows and money."""
    header = ["Name", "ISIN", "Market Value EUR"]
    shares = [["SAP", "DE0007164600", 10.0], ["Apple", "US0378331005", 20.0]]
    other = [["SAP", "DE0007164600", 980.0]]
    path = write_xlsx({"Large": [header, *shares], "Other": [header, *other]})
    issue = issue_of(read_holdings_file(path), "several-sheets")
    assert (issue.severity, issue.money) == ("warning", 980.0)
    assert "Other (rows: 1)" in issue.message


def test_sheets_that_hold_different_lines_are_one_portfolio(write_xlsx):
    """Shares on one sheet and bonds on another are added up, and it is said."""
    header = ["Name", "ISIN", "Market Value EUR"]
    shares = [["SAP", "DE0007164600", 10.0], ["Apple", "US0378331005", 20.0]]
    bonds = [["Bund", "DE0001102333", 980.0]]
    path = write_xlsx({"Equity": [header, *shares], "Bonds": [header, *bonds]})
    read = read_holdings_file(path)
    assert read.total_value == 1010.0
    assert [p.account for p in read.positions] == ["Equity", "Equity", "Bonds"]
    assert "Bonds (rows: 1)" in issue_of(read, "sheets-combined").message
    assert read_holdings_file(path, sheet="bonds").total_value == 980.0


def test_a_second_table_of_positions_is_read_too(write_csv):
    """Short positions under a header of their own count with a minus."""
    text = f"{_TABLE}\nShort positions\nSecurity,ISIN,Value (EUR)\n"
    read = read_holdings_file(write_csv(text + "Tesla,US88160R1014,70\n"))
    assert read.total_value == 80.0
    assert "added up" in issue_of(read, "tables-combined").message
    assert issue_of(read, "short-section").row == 6


def test_a_second_table_without_values_is_named(write_csv):
    """Contracts without a value cannot be added up; the user hears of them."""
    text = f"{_TABLE}\nListed\nContract,Side,Lots,Expiry\nFDAX,Short,3,2025-03\n"
    read = read_holdings_file(write_csv(text))
    assert read.total_value == 150.0
    issue = issue_of(read, "second-table")
    assert (issue.severity, issue.row, issue.money) == ("warning", 6, None)
    assert "NOT read" in issue.message


@pytest.mark.parametrize(
    ("total", "value"), [("", 80.0), ("Total,,80", 80.0), ("Total,,220", 220.0)]
)
def test_a_section_of_shorts_without_signs(write_csv, total, value):
    """Rows below a title of shorts count with a minus, unless the total says no."""
    text = f"{_TABLE}Short positions,,\nTesla,US88160R1014,70\n{total}\n"
    read = read_holdings_file(write_csv(text))
    assert read.total_value == value
    assert issue_of(read, "short-section").row == 4


@pytest.mark.parametrize(
    "header", ["Code ISIN", "Codes ISIN", "Valoren-Nr. / ISIN", "Kennnummer", "Xyz", ""]
)
def test_identifiers_are_known_by_content(write_csv, header):
    """ISINs are found whatever stands above them."""
    text = f"Titel;{header};Wert EUR\nSAP;DE0007164600;1000,50\n"
    position = read_holdings_file(write_csv(text)).positions[0]
    assert position.identifiers.isin == "DE0007164600"
    assert position.market_value == 1000.5


@pytest.mark.parametrize(
    "rows",
    [
        [["Holdings", None, None, "Market Value", None], ["Name", "ISIN", "Quantity"]],
        [["Name", "ISIN", "Quantity", "Valuation", None], [None, None, None]],
    ],
)
def test_headers_of_two_rows(write_xlsx, rows):
    """Local and Base under one header are two columns of values."""
    first, second = rows
    data = ["Apple", "US0378331005", 10, 2000, 1900]
    path = write_xlsx({"P": [first, [*second, "Local", "Base"], data]})
    position = read_holdings_file(path, base_currency="EUR").positions[0]
    assert (position.market_value, position.local_value) == (1900.0, 2000.0)


def test_the_date_in_an_upper_header(write_xlsx):
    """A valuation of a day dates the portfolio."""
    head = ["Name", "ISIN", "Valuation 24 January 2025", None]
    rows = [head, [None, None, "Local", "Base"], ["Apple", "US0378331005", 20, 19]]
    read = read_holdings_file(write_xlsx({"P": rows}), base_currency="EUR")
    assert (read.as_of, read.total_value) == (dt.date(2025, 1, 24), 19.0)


def test_what_is_missing_is_asked_for(write_csv):
    """Quantities want prices, and headers that were not understood are named."""
    read = read_holdings_file(write_csv("Ticker,Shares,Zorkwert\nAAPL,10,5000\n"))
    issue = issue_of(read, "no-value")
    assert "--prices" in issue.fix
    assert "Zorkwert" in issue.fix
    assert "--fx" not in issue.fix


def test_a_text_file_has_no_sheets(write_csv):
    """Asking one for a sheet says so in words."""
    with pytest.raises(HoldingsError) as error:
        read_holdings_file(write_csv(_TABLE), sheet="x")
    assert error.value.hint == "A text file has no sheets: leave --sheet out."


@pytest.mark.parametrize("header", ["Fund ISIN", "Xyz"])
def test_the_funds_own_isin_is_not_the_securities(write_csv, header):
    """A code that is the fund's, by its header or on every row, names no position."""
    text = (
        f"{header},Name,Market Value (EUR)\nIE00B4L5Y983,SAP,1\nIE00B4L5Y983,Bayer,2\n"
    )
    read = read_holdings_file(write_csv(text))
    assert [p.identifiers.isin for p in read.positions] == [None, None]

"""Currency or share, option or share, loan or asset."""

import pytest

from stresskit.readers import read_holdings_file
from stresskit.readers.holdings.options import option_code


def test_tickers_that_are_currencies_too(write_csv):
    """AMD, ALL and NOK are shares, and no base currency comes of them."""
    text = "Ticker,Value\nAMD,40000\nALL,30000\nNOK,1000\n"
    read = read_holdings_file(write_csv(text))
    assert [p.asset_class for p in read.positions] == ["equity"] * 3
    assert [p.currency for p in read.positions] == [None] * 3
    assert read.base_currency is None
    assert [i.code for i in read.issues] == ["no-base-currency"]


def test_a_code_beside_an_isin_or_another_currency_is_a_share(write_csv):
    """AMD with an ISIN and COP in dollars are no money."""
    text = "Name,ISIN,Currency,Value\nAMD,US0079031078,USD,100\nCOP,,USD,50\n"
    read = read_holdings_file(write_csv(text))
    assert [p.asset_class for p in read.positions] == ["equity", "equity"]


def test_a_code_is_cash_where_the_row_says_so(write_csv):
    """A class, a price of one or its own currency make a code money."""
    text = "Ticker,Asset Class,Currency,Quantity,Price,Value\n"
    text += (
        "NOK,Cash,NOK,10,,10\nSEK,,SEK,100,1,100\nNOK,,NOK,50,,50\nNOK,,USD,9,4,36\n"
    )
    fx = {"NOK": 1.0, "SEK": 1.0}
    read = read_holdings_file(write_csv(text), base_currency="USD", fx=fx)
    kinds = [p.asset_class for p in read.positions]
    assert kinds == ["cash", "cash", "cash", "equity"]


def test_named_cash_assumes_a_base_and_says_so(write_csv):
    """USD Cash alone hints at dollars; a bare USD does not."""
    read = read_holdings_file(write_csv("Name,Value\nUSD Cash,10\nApple,20\n"))
    assert read.base_currency == "USD"
    assert [i.code for i in read.issues] == ["assumed-currency"]
    read = read_holdings_file(write_csv("Ticker,Value\nUSD,10\nAAPL,20\n"))
    assert (read.base_currency, read.total_value) == (None, 30.0)


@pytest.mark.parametrize(
    ("code", "right", "strike"),
    [
        ("NVDA  250321P00130000", "put", 130.0),
        ("NVDA 21MAR25 150 C", "call", 150.0),
        ("NVDA US 03/21/25 C150 Equity", "call", 150.0),
        ("NVDA 03/21/2025 150.00 P", "put", 150.0),
        ("-NVDA250321C130", "call", 130.0),
    ],
)
def test_option_codes(write_csv, code, right, strike):
    """Padded and spelled-out codes are options with terms and keep their text."""
    text = f"Symbol,Quantity,Market Value (USD)\n{code},1,300\n"
    position = read_holdings_file(write_csv(text)).positions[0]
    assert position.asset_class == "option"
    assert position.identifiers.ticker == " ".join(code.split())
    assert position.terms == {
        "underlying": "NVDA",
        "expiry": "2025-03-21",
        "right": right,
        "strike": strike,
    }


def test_loans_interest_and_metals(write_csv):
    """Loans and accrued interest are cash, ETCs and fund stakes funds."""
    text = "Name,ISIN,Asset class,Value EUR\nLombardkredit,,,-500\n"
    text += "Borrowed funds,,,-5\nStückzinsen,,,12\nXetra-Gold,DE000A0S9GB0,,44\n"
    text += "KKR Fund IV,,Private Equity,100\nGold,,,5\nDarlehen,,,50\n"
    read = read_holdings_file(write_csv(text))
    kinds = [p.asset_class for p in read.positions]
    assert kinds == ["cash", "cash", "cash", "fund", "fund", "other", "cash"]
    (issue,) = [i for i in read.issues if i.code == "loan-sign"]
    assert (issue.row, issue.money) == (8, 50.0)


def test_a_bond_of_a_lender_is_no_loan(write_csv):
    """A name with an ISIN stays what it is."""
    text = "Name,ISIN,Value EUR\nSenior Loan ETF,US0378331005,10\n"
    assert read_holdings_file(write_csv(text)).positions[0].asset_class == "fund"


def test_a_share_with_a_code_like_a_futures_is_a_share(write_csv):
    """The class that the file states counts more than what a ticker looks like."""
    text = "Ticker,Name,Asset Class,Market Value (USD),Notional Value\n"
    text += "BN4,KEPPEL LTD,Equity,100,100\nNQH5,NASDAQ 100,,0,5000\n"
    read = read_holdings_file(write_csv(text))
    assert [p.asset_class for p in read.positions] == ["equity", "future"]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("TYH5 Comdty", "US 10YR NOTE"),
        ("GCJ5 Comdty", "GOLD 100 OZ FUTR Apr25"),
        ("VGH5 Index", "EURO STOXX 50 Mar25"),
    ],
)
def test_keys_of_contracts_are_futures(write_csv, code, name):
    """Comdty and Index behind a code, or FUTR in the name, mean a future."""
    text = f"Ticker,Name,Currency,Value\n{code},{name},USD,300\n"
    text += "AAPL US Equity,APPLE INC,USD,700\n"
    read = read_holdings_file(write_csv(text))
    assert [p.asset_class for p in read.positions] == ["future", "equity"]


def test_a_korean_key_of_a_share(write_csv):
    """A long key of a share keeps its code and its exchange."""
    text = "Ticker,Name,Currency,Value\n005930 KS Equity,SAMSUNG,USD,300\n"
    text += "AAPL US Equity,APPLE INC,USD,700\n"
    position = read_holdings_file(write_csv(text)).positions[0]
    ids = position.identifiers
    assert (ids.ticker, ids.mic) == ("005930", "XKRX")
    assert (position.name, position.asset_class) == ("SAMSUNG", "equity")


def test_an_isin_is_no_code_of_an_option() -> None:
    """CNE1000005P7 is a share of Shanghai, though it looks like a put on CNE1."""
    assert option_code("CNE1000005P7") is None

"""Each layout in small, read as its real counterpart is."""

import datetime as dt
from collections import Counter

import pytest

from stresskit.errors import HoldingsError
from stresskit.readers import read_holdings_file


def codes(portfolio, severity=None):
    """Give the codes of a portfolio's issues."""
    return [i.code for i in portfolio.issues if severity in {None, i.severity}]


def kinds(portfolio):
    """Count the asset classes of a portfolio."""
    return Counter(p.asset_class for p in portfolio.positions)


def test_no_layout_has_errors(layouts):
    """Files of fund houses give no error issues."""
    for name in (
        "spdr",
        "ishares",
        "swda",
        "invesco",
        "ark",
        "tpt",
        "german",
        "broker",
    ):
        assert codes(read_holdings_file(layouts[name]), "error") == []


def test_spdr_weights_only_workbook(layouts):
    """Percent numbers become decimals and the Identifier column holds CUSIPs."""
    read = read_holdings_file(layouts["spdr"])
    apple, _, cash = read.positions
    assert read.name == "Demo 500 ETF Trust"
    assert read.as_of == dt.date(2025, 2, 7)
    assert read.weights_only
    assert read.base_currency == "USD"
    assert sum(p.weight for p in read.positions) == pytest.approx(0.999625, rel=1e-12)
    assert (apple.identifiers.cusip, apple.identifiers.sedol) == (
        "037833100",
        "2046251",
    )
    assert (cash.asset_class, cash.identifiers.ticker) == ("cash", None)
    assert (apple.sheet, apple.row) == ("holdings", 6)
    assert read.source["table"] == "A5:H8"


def test_ishares_future_and_ticker_na(layouts):
    """The future keeps value 0 and its notional; the ticker NA is a text."""
    read = read_holdings_file(layouts["ishares"])
    future = read.positions[-1]
    canada = read.positions[1]
    assert kinds(read) == {"equity": 2, "cash": 2, "future": 1}
    assert (future.market_value, future.exposure) == (0.0, 6900.0)
    assert (canada.identifiers.ticker, canada.identifiers.mic) == ("NA", "XTSE")
    assert (canada.currency, canada.market_value) == ("CAD", 1500.0)
    assert read.total_value == 5000.0
    assert read.as_of == dt.date(2026, 8, 3)
    assert read.name == "Demo Semiconductor ETF"


def test_cash_lines_prove_the_base_currency(layouts):
    """Cash worth its quantity in one currency only shows what the values are in."""
    read = read_holdings_file(layouts["swda"])
    assert read.base_currency == "USD"
    assert read.total_value == 10300.0


def test_invesco_tickers_are_trimmed_and_dollars_assumed(layouts):
    """The holding's ticker is taken, not the fund's, and USD is said to be assumed."""
    read = read_holdings_file(layouts["invesco"])
    assert [p.identifiers.ticker for p in read.positions] == ["NVDA", "MSFT"]
    assert read.base_currency == "USD"
    assert read.as_of == dt.date(2025, 9, 24)
    assert codes(read) == ["assumed-currency"]


def test_the_currency_that_was_assumed_can_be_confirmed(layouts):
    """Doing what the warning asks for is its end; another currency is not."""
    rates = {"EUR": 1.0, "USD": 0.9}
    named = read_holdings_file(layouts["invesco"], base_currency="USD")
    other = read_holdings_file(layouts["invesco"], base_currency="EUR", fx=rates)

    assert (codes(named), codes(other)) == ([], ["assumed-currency"])


def test_ark_signs_in_cells_and_a_disclaimer(layouts):
    """Dollar and percent signs are read and the ambiguous date is month first."""
    read = read_holdings_file(layouts["ark"])
    assert kinds(read) == {"equity": 2, "cash": 1}
    assert read.total_value == pytest.approx(808053.30, rel=1e-12)
    assert read.positions[0].weight == pytest.approx(0.9, rel=1e-12)
    assert read.as_of == dt.date(2024, 6, 4)
    assert set(codes(read)) == {"date-order", "assumed-currency"}


def test_tripartite_template(layouts):
    """Numbered headers lead to bond, equity and cash in the fund's currency."""
    read = read_holdings_file(layouts["tpt"])
    bond, apple, _ = read.positions
    assert [p.asset_class for p in read.positions] == ["bond", "equity", "cash"]
    assert (read.base_currency, read.stated_total) == ("EUR", 1000.0)
    assert (apple.market_value, apple.local_value) == (300.0, 330.0)
    assert bond.terms["maturity"] == "2030-05-25"
    assert bond.weight == 0.5
    assert read.name == "Demo Fund"


def test_german_client_file(layouts):
    """Decimal commas, cp1252 and a sum row that is not counted."""
    read = read_holdings_file(layouts["german"])
    assert read.positions[1].name == "Münchener Rück"
    assert read.positions[0].quantity == 1000.0
    assert read.total_value == pytest.approx(313000.0, rel=1e-12)
    assert read.stated_total == 313000.0
    assert (read.base_currency, read.as_of) == ("EUR", dt.date(2025, 1, 31))
    assert read.positions[3].asset_class == "cash"


def test_local_values_are_converted_with_rates(layouts):
    """A file of several currencies is brought into the base currency."""
    fx = {"EUR": 1.25, "HKD": 0.125}
    read = read_holdings_file(layouts["english"], base_currency="USD", fx=fx)
    assert [p.market_value for p in read.positions] == [20000.0, 15625.0, 35000.0]
    assert [p.local_value for p in read.positions] == [20000.0, 12500.0, 280000.0]
    assert read.fx == fx
    assert read.name == "Client A"


def test_missing_rates_are_said_once_per_currency(layouts):
    """Without a rate a value is unknown, not zero, and the rows are named."""
    read = read_holdings_file(layouts["english"], base_currency="USD")
    missing = [i for i in read.issues if i.code == "fx-missing"]
    assert [i.value for i in missing] == ["EUR", "HKD"]
    assert [p.market_value for p in read.positions] == [20000.0, None, None]
    assert read.positions[1].local_value == 12500.0
    assert "--fx" in missing[0].fix


def test_another_base_currency_needs_a_rate(layouts):
    """Asking for dollars of a file in euros converts all or stops."""
    with pytest.raises(HoldingsError, match="no rate") as error:
        read_holdings_file(layouts["german"], base_currency="USD")
    assert error.value.code == "fx-missing"
    read = read_holdings_file(layouts["german"], base_currency="USD", fx={"EUR": 1.1})
    assert read.total_value == pytest.approx(344300.0, rel=1e-12)
    assert "total" not in codes(read)


def test_broker_shorts_by_side_and_by_brackets(layouts):
    """A short has negative quantity and value however the file says so."""
    read = read_holdings_file(layouts["broker"])
    assert [p.quantity for p in read.positions] == [100.0, -50.0, -10.0, None]
    values = [p.market_value for p in read.positions]
    assert values == [12000.0, -10000.0, -4000.0, 250.0]
    assert read.positions[3].asset_class == "cash"
    assert read.positions[0].account == "Z1"


def test_a_weight_only_file_takes_any_base_currency(layouts):
    """Without money there is nothing to convert, and no rate is asked for."""
    read = read_holdings_file(layouts["spdr"], base_currency="EUR")
    assert read.base_currency == "EUR"
    assert codes(read) == []


def test_an_account_type_is_no_asset_class(write_csv):
    """A broker's margin account does not make a share cash, and options keep terms."""
    text = "Symbol,Description,Quantity,Last Price,Current Value,Type\n"
    text += "SPAXX**,HELD IN MONEY MARKET,,,$1000.00,Cash\n"
    text += "NVDA,NVIDIA CORPORATION,50,$120.00,$6000.00,Margin\n"
    text += "-NVDA250321C130,NVDA MAR 21 2025 $130 CALL,-10,$2.50,-$2500.00,Margin\n"
    text += "Pending activity,,,,$500.00,\n"
    read = read_holdings_file(write_csv(text))
    kinds_read = [p.asset_class for p in read.positions]
    assert kinds_read == ["cash", "equity", "option", "cash"]
    assert read.positions[2].terms == {
        "underlying": "NVDA",
        "expiry": "2025-03-21",
        "right": "call",
        "strike": 130.0,
    }


def test_code_and_name_in_one_cell(write_csv):
    """A Japanese broker's cell is split and its total row left out."""
    text = "銘柄（コード）,数量,現在値,評価額,損益\n"
    text += 'トヨタ自動車（7203）,100,"2,500","250,000","50,000"\n'
    text += 'ソニーグループ（6758）,200,"3,000","600,000","200,000"\n'
    text += '合計,,,"850,000","250,000"\n'
    read = read_holdings_file(write_csv(text, encoding="cp932"), base_currency="JPY")
    assert [p.identifiers.ticker for p in read.positions] == ["7203", "6758"]
    assert (read.total_value, read.stated_total) == (850000.0, 850000.0)


def test_currency_code_under_the_header_and_amount_beside(write_csv):
    """A header over the code and a blank one over the amount are put right."""
    text = "Product,Symbool/ISIN,Aantal,Slotkoers,Lokale waarde,,Waarde in EUR\n"
    text += 'APPLE INC,US0378331005,10,"200,00",USD,"2000,00","1850,50"\n'
    text += 'ASML,NL0010273215,2,"700,00",EUR,"1400,00","1400,00"\n'
    read = read_holdings_file(write_csv(text))
    assert [p.currency for p in read.positions] == ["USD", "EUR"]
    assert [p.market_value for p in read.positions] == [1850.5, 1400.0]
    assert [p.local_value for p in read.positions] == [2000.0, 1400.0]
    assert read.base_currency == "EUR"


def test_bloomberg_tickers_name_their_exchange(write_csv):
    """A weight-only list of Bloomberg tickers gives bare tickers and MICs."""
    text = "Ticker,Weight\nNVDA US Equity,0.5\n7203 JT Equity,0.3\nSU.PA,0.2\n"
    read = read_holdings_file(write_csv(text))
    found = [(p.identifiers.ticker, p.identifiers.mic) for p in read.positions]
    assert found == [("NVDA", None), ("7203", "XTKS"), ("SU", "XPAR")]
    assert [p.weight for p in read.positions] == [0.5, 0.3, 0.2]


def test_weights_prove_that_values_share_a_currency(write_csv):
    """Values whose shares are the stated weights need no rates."""
    text = "Name,ISIN,Currency,Market Value,Weight\n"
    text += "Apple,US0378331005,USD,600,60%\nSAP,DE0007164600,EUR,400,40%\n"
    path = write_csv(text)
    for base in (None, "EUR"):
        read = read_holdings_file(path, base_currency=base)
        assert read.base_currency == base
        assert [p.market_value for p in read.positions] == [600.0, 400.0]
        assert codes(read, "error") == []


def test_a_swiss_client_file(write_csv):
    """The valor is a number of the security; apostrophes part the thousands."""
    text = "Portfolio;ACME Growth\nStand;31.12.2024\n\n"
    text += "Name;Valor;ISIN;Marktwert CHF;Gewicht\n"
    text += "Nestle;3886335;CH0038863350;1'000.00;81.00%\nKonto CHF;;;234.50;19.00%\n"
    read = read_holdings_file(write_csv(text))
    assert (read.name, read.base_currency) == ("ACME Growth", "CHF")
    assert read.as_of == dt.date(2024, 12, 31)
    assert [p.market_value for p in read.positions] == [1000.0, 234.5]
    assert [p.asset_class for p in read.positions] == ["equity", "cash"]

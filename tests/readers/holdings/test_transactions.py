"""A list of trades is no portfolio."""

import pytest

from stresskit.errors import HoldingsError
from stresskit.readers import read_holdings_file

_BROKER = (
    "Date,Action,Symbol,Quantity,Price,Amount\n"
    "2025-01-02,BUY,NVDA,10,100,1000\n2025-01-05,SELL,NVDA,5,110,550\n"
)
_BANK = (
    "Trade Date,Type,Security,ISIN,Quantity,Price,Net Amount,Commission\n"
    "2025-01-02,Buy,NVIDIA,US67066G1040,10,100,1000,5\n"
)
_GERMAN = (
    "Buchungstag;Umsatzart;Bezeichnung;ISIN;Stück;Kurs;Betrag EUR\n"
    "02.01.2025;Kauf;SAP;DE0007164600;10;200,00;2000,00\n"
    "03.02.2025;Dividende;SAP;DE0007164600;10;2,00;20,00\n"
)


@pytest.mark.parametrize(
    ("text", "column"),
    [(_BROKER, "'Action'"), (_BANK, "'Commission'"), (_GERMAN, "'Umsatzart'")],
)
def test_transactions_are_refused(write_csv, text, column):
    """Trades would be counted as positions: the columns are named, positions asked."""
    with pytest.raises(HoldingsError, match="list of transactions") as error:
        read_holdings_file(write_csv(text))
    assert error.value.code == "transactions"
    assert column in str(error.value)
    assert "positions" in error.value.hint


@pytest.mark.parametrize("sides", [("Long", "Short"), ("B", "S"), ("Buy", "Sell")])
def test_a_side_on_positions_is_fine(write_csv, sides):
    """One line per security of one day is a portfolio with a short."""
    text = "As of date,Symbol,Side,Quantity,Price,Market Value (USD)\n"
    text += f"2025-01-02,NVDA,{sides[0]},10,100,1000\n"
    text += f"2025-01-02,TSLA,{sides[1]},5,110,550\n"
    read = read_holdings_file(write_csv(text))
    assert [p.market_value for p in read.positions] == [1000.0, -550.0]


def test_lots_are_positions(write_csv):
    """Two lots of one share with the days they were opened are no trades."""
    text = "Symbol,Open Date,Side,Quantity,Price,Market Value (USD)\n"
    text += "NVDA,2024-01-02,Buy,10,100,1000\nNVDA,2024-05-02,Buy,5,100,500\n"
    assert read_holdings_file(write_csv(text)).total_value == 1500.0


def test_a_sheet_of_transactions_beside_positions(write_xlsx):
    """The positions are read, though fewer, and the other sheet is named."""
    trades = [line.split(",") for line in _BROKER.split()]
    positions = [["Name", "ISIN", "Value EUR"], ["SAP", "DE0007164600", 10.0]]
    path = write_xlsx({"Trades": trades, "Holdings": positions})
    read = read_holdings_file(path)
    assert read.total_value == 10.0
    assert [(i.code, i.severity) for i in read.issues] == [("transactions", "info")]
    assert "Trades" in read.issues[0].message

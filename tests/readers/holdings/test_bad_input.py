"""Files that cannot be read say why; nothing but our own errors comes out."""

import contextlib
import io
import random
import zipfile

import pytest

from stresskit.errors import HoldingsError, InputError
from stresskit.model import Portfolio
from stresskit.readers import read_holdings_file
from stresskit.readers.files import source
from stresskit.readers.holdings import bulk, lines
from stresskit.readers.holdings import read as reading

_CODE = "Name;ISIN;Menge;Wert in EUR\n"


@pytest.mark.parametrize(
    ("content", "message", "code"),
    [
        (b"", "empty", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty", "empty"),
        (b"%PDF-1.7 ...", "PDF", "not-a-spreadsheet"),
        (b"\x89PNG\r\n\x1a\n", "image", "not-a-spreadsheet"),
        (b"<!DOCTYPE html><html></html>", "web page has no table", "no-table"),
        (b"<?xml version='1.0'?><Workbook/>", "XML", "not-a-spreadsheet"),
        (bytes(range(32)) * 50, "binary", "not-a-spreadsheet"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            "no workbook",
            "not-a-spreadsheet",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
            + "EncryptedPackage".encode("utf-16-le"),
            "password",
            "encrypted",
        ),
        (b"PK\x03\x04 cut off", "cut off", "damaged"),
        (b"To whom it may concern.\nWe sold all.\n", "No table", "no-table"),
        (b"Name,ISIN,Sector\nSAP,DE0007164600,IT\n", "no amounts", "no-amounts"),
        (b"Name,ISIN,Market Value\n", "no rows", "no-table"),
        (b"Date,Open,High,Low,Close\n2025-01-02,1,2,1,2\n", "No table", "no-table"),
    ],
)
def test_what_is_no_holdings_file_is_refused(tmp_path, content, message, code):
    """Each kind of wrong file is named for what it is."""
    path = tmp_path / "file.xlsx"
    path.write_bytes(content)
    with pytest.raises(HoldingsError, match=message) as error:
        read_holdings_file(path)
    assert code == error.value.code


def test_missing_files_and_folders(tmp_path):
    """A path that is no file is refused."""
    with pytest.raises(HoldingsError, match="no file"):
        read_holdings_file(tmp_path / "nothing.csv")
    with pytest.raises(HoldingsError, match="folder"):
        read_holdings_file(tmp_path)


def test_headers_seen_are_listed(write_csv):
    """A list without amounts is answered with what was there."""
    with pytest.raises(HoldingsError) as error:
        read_holdings_file(write_csv("Name,ISIN,Sector\nSAP,DE0007164600,IT\n"))
    assert "Name, ISIN, Sector" in str(error.value)
    assert len(error.value.issues) == 1


def test_text_in_a_number_column(write_csv):
    """The position is kept, its value unknown, and the cell named."""
    read = read_holdings_file(
        write_csv(_CODE + "SAP;DE0007164600;10;viel\nAllianz;DE0008404005;5;1.500,00\n")
    )
    issue = next(i for i in read.issues if i.code == "not-a-number")
    assert (issue.severity, issue.row, issue.column) == ("error", 2, "D")
    assert issue.value == "viel"
    assert [p.market_value for p in read.positions] == [None, 1500.0]


def test_unknown_currency(write_csv):
    """A code that does not exist is an error of its cell."""
    text = "Name,ISIN,Quantity,Price,Currency\n"
    text += "SAP,DE0007164600,10,200,EUR\nApple,US0378331005,1,100,XXQ\n"
    read = read_holdings_file(write_csv(text))
    issue = next(i for i in read.issues if i.code == "currency")
    assert (issue.severity, issue.row, issue.column) == ("error", 3, "E")
    assert read.base_currency == "EUR"


def test_base_currency_must_exist(layouts):
    """An argument that is no currency is refused."""
    with pytest.raises(HoldingsError, match="XXQ"):
        read_holdings_file(layouts["german"], base_currency="XXQ")


def test_sheets_are_chosen_by_rows_or_by_name(write_xlsx):
    """The sheet with most rows is read, another on request, a wrong one refused."""
    header = ["Name", "ISIN", "Market Value", "Currency"]
    sap = ["SAP", "DE0007164600", 10.0, "EUR"]
    apple = ["Apple", "US0378331005", 20.0, "EUR"]
    path = write_xlsx({"Small": [header, sap], "Large": [header, sap, apple]})
    read = read_holdings_file(path)
    assert read.source["sheet"] == "Large"
    assert [i.code for i in read.issues] == ["several-sheets"]
    assert len(read_holdings_file(path, sheet="small").positions) == 1
    with pytest.raises(HoldingsError, match="Wrong") as error:
        read_holdings_file(path, sheet="Wrong")
    assert "Small, Large" in error.value.hint


def test_second_table_is_named_and_not_read(write_csv):
    """Rows under another header are no positions, and the user hears of them."""
    text = (
        "Name,ISIN,Market Value (EUR)\nSAP,DE0007164600,100\nAllianz,DE0008404005,50\n"
    )
    text += "\nTrade Date,Name,Quantity,Price\n2025-01-02,SAP,10,200\n"
    read = read_holdings_file(write_csv(text))
    issue = next(i for i in read.issues if i.code == "second-table")
    assert issue.row == 5
    assert "one of trades" in issue.message
    assert read.total_value == 150.0


def test_subtotals_are_recognised_and_a_company_called_total_is_not(write_csv):
    """Totals by words and by arithmetic are left out; TotalEnergies stays."""
    text = (
        "Name,ISIN,Market Value (EUR)\n"
        "Equities,,300.00\n"
        "TotalEnergies SE,FR0000120271,100.00\n"
        "Total SA,FR0000120271,200.00\n"
        "Subtotal equities,,300.00\n"
        "Bund,DE0001102333,50.00\n"
        "Bobl,DE0001141794,50.00\n"
        "Total bonds,,100.00\n"
        "Grand Total,,400.00\n"
    )
    read = read_holdings_file(write_csv(text))
    assert [p.row for p in read.positions] == [3, 4, 6, 7]
    assert (read.total_value, read.stated_total) == (400.0, 400.0)


def test_a_total_that_does_not_fit_is_said(write_csv):
    """A difference to the stated total is an issue with money."""
    text = _CODE + "SAP;DE0007164600;1;60,00\nAllianz;DE0008404005;1;30,00\n"
    read = read_holdings_file(write_csv(text + "Summe;;;100,00\n"))
    issue = next(i for i in read.issues if i.code == "total")
    assert issue.money == pytest.approx(-10.0, rel=1e-12)


def test_wrong_check_digit_is_dropped_and_said(write_csv):
    """An ISIN with a wrong digit is no identifier."""
    text = "Name,ISIN,Market Value (USD)\nApple,US0378331009,100\n"
    read = read_holdings_file(write_csv(text))
    assert read.positions[0].identifiers.isin is None
    assert [(i.code, i.value) for i in read.issues] == [("identifier", "US0378331009")]


def test_unquoted_comma_in_a_name_is_joined(write_csv):
    """A row with one cell too many is read as a name with a comma."""
    text = "Name,ISIN,Market Value (USD)\nApple, Inc.,US0378331005,100\n"
    read = read_holdings_file(write_csv(text))
    assert (read.positions[0].name, read.total_value) == ("Apple, Inc.", 100.0)
    assert [i.code for i in read.issues] == ["row-shift"]


def test_excel_cells_that_hold_no_value(write_xlsx):
    """An error cell and a formula without a result are never blank."""
    rows = [
        ["Name", "ISIN", "Market Value", "Currency", "Weight"],
        ["SAP", "DE0007164600", "#N/A", "EUR", 0.5],
        ["Allianz", "DE0008404005", "=10*5", "EUR", 0.5],
        ["700", 700, 5.0, "EUR", 0.0],
    ]
    path = write_xlsx({"Positions": rows}, formats={"E2": "0.0%", "E3": "0.0%"})
    read = read_holdings_file(path)
    broken = [i for i in read.issues if i.code == "broken-cell"]
    assert [(i.row, i.column) for i in broken] == [(2, "C"), (3, "C")]
    assert [p.market_value for p in read.positions] == [None, None, 5.0]
    assert [p.weight for p in read.positions] == [0.5, 0.5, 0.0]


def test_numeric_codes_keep_what_they_were(write_xlsx):
    """A ticker 700 stays 700 and a CUSIP regains its lost zero."""
    rows = [
        ["Ticker", "CUSIP", "Name", "Market Value (USD)"],
        [700, None, "Tencent", 10.0],
        ["AAPL", 37833100, "Apple", 10.0],
    ]
    read = read_holdings_file(write_xlsx({"P": rows}))
    assert read.positions[0].identifiers.ticker == "700"
    assert read.positions[1].identifiers.cusip == "037833100"


def test_quantity_times_price_where_no_value_stands(write_csv):
    """Bonds are priced per hundred, pence are pounds, and it is said."""
    text = (
        "Name,ISIN,Type,Quantity,Price,Currency\n"
        "Gilt 1% 2030,GB00B24FF097,Bond,1000,95,GBP\n"
        "Shell,GB00BP6MXD84,Equity,100,2500,GBX\n"
    )
    read = read_holdings_file(write_csv(text))
    assert [p.market_value for p in read.positions] == [950.0, 2500.0]
    assert "computed-value" in [i.code for i in read.issues]
    assert read.base_currency == "GBP"


def test_other_encodings_and_line_ends(write_csv):
    """UTF-16 with tabs and bare carriage returns are read."""
    text = "Name\tISIN\tMarket Value (EUR)\rSAP\tDE0007164600\t5\r"
    read = read_holdings_file(write_csv(text, encoding="utf-16"))
    assert read.total_value == 5.0


def test_archives_are_gated_before_they_are_unpacked(tmp_path):
    """A bomb and an archive that is no workbook are refused."""
    bomb, other = tmp_path / "bomb.xlsx", tmp_path / "other.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "")
        archive.writestr("xl/workbook.xml", bytes(30_000_000))
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(HoldingsError, match="too much") as error:
        read_holdings_file(bomb)
    assert error.value.code == "too-large"
    with pytest.raises(HoldingsError, match="not a workbook"):
        read_holdings_file(other)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_truncated_workbooks_are_refused(layouts, tmp_path, share):
    """A download that was cut off is said to be damaged."""
    content = layouts["english"].read_bytes()
    path = tmp_path / "cut.xlsx"
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(HoldingsError, match="cut off") as error:
        read_holdings_file(path)
    assert error.value.code == "damaged"


def _mutated(content, draw):
    """Change, cut, double or insert a few bytes."""
    out = bytearray(content)
    for _ in range(draw.randint(1, 8)):
        at = draw.randrange(len(out))
        kind = draw.randrange(4)
        if kind == 0:
            out[at] = draw.randrange(256)
        elif kind == 1:
            del out[at : at + draw.randrange(1, 30)]
        elif kind == 2:
            out[at:at] = out[at : at + 40]
        else:
            out[at:at] = draw.choice(
                [b"\x00", b"\xff", b'"', b"\n", b",", b"1e999", b"="]
            )
        out = out or bytearray(b"x")
    return bytes(out)


@pytest.mark.parametrize("name", ["ishares", "german", "english"])
def test_any_bytes_give_a_portfolio_or_an_input_error(layouts, tmp_path, name):
    """Three hundred damaged files let no other exception out."""
    draw = random.Random(20250127)  # noqa: S311 - damage, not secrets
    content = layouts[name].read_bytes()
    path = tmp_path / "damaged.bin"
    for _ in range(300):
        path.write_bytes(_mutated(content, draw))
        with contextlib.suppress(InputError):
            assert isinstance(read_holdings_file(path), Portfolio)


def test_damage_inside_a_workbook_lets_nothing_else_out(layouts, tmp_path):
    """Sound archives with damaged parts reach openpyxl, and its errors are wrapped."""
    draw = random.Random(20250128)  # noqa: S311 - damage, not secrets
    with zipfile.ZipFile(layouts["english"]) as archive:
        parts = {n: archive.read(n) for n in archive.namelist()}
    path = tmp_path / "damaged.xlsx"
    for _ in range(150):
        damaged = draw.choice(sorted(parts))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for part, content in parts.items():
                text = _mutated(content, draw) if part == damaged else content
                archive.writestr(part, text)
        path.write_bytes(packed.getvalue())
        with contextlib.suppress(InputError):
            assert isinstance(read_holdings_file(path), Portfolio)


@pytest.mark.parametrize("table", [None, "1"])
def test_more_rows_than_can_be_read_one_by_one(write_csv, monkeypatch, table):
    """What is too long to read row by row is refused, and the way out is said."""
    monkeypatch.setattr(reading, "MOST_ROWS", 3)
    monkeypatch.setattr(reading, "LONG_TEXT_LINES", 2)
    monkeypatch.setattr(bulk, "read_in_bulk", lambda *_: None)
    text = "Name,ISIN,Market Value (EUR)\n" + 5 * "SAP,DE0007164600,1\n"
    with pytest.raises(HoldingsError, match="at most 3 are read one by one") as error:
        read_holdings_file(write_csv(text), table=table)
    assert (error.value.code, "one header" in error.value.hint) == ("too-large", True)


def test_more_bad_cells_than_anyone_corrects(write_csv, monkeypatch):
    """A file of which next to nothing can be read is refused with its first cells."""
    monkeypatch.setattr(lines, "MOST_ISSUES", 2)
    text = "Name,ISIN,Market Value (EUR)\n" + 5 * "SAP,DE0007164600,1 x\n"
    with pytest.raises(HoldingsError, match="More than 2 cells") as error:
        read_holdings_file(write_csv(text))
    assert [i.row for i in error.value.issues] == [2, 3, 4]


def test_a_text_that_would_fill_the_memory(write_csv, monkeypatch):
    """The size of a text is limited before it is opened."""
    monkeypatch.setattr(source, "MAX_TEXT_BYTES", 20)
    with pytest.raises(HoldingsError, match="at most 20 are read") as error:
        read_holdings_file(write_csv("Name,ISIN,Market Value (EUR)\n"))
    assert error.value.code == "too-large"

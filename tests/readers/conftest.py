# ruff: noqa: E501 - the rows of real files are long and must stay in one piece
"""Small holdings files with the oddities of real ones, built as the tests need them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

SPDR = [
    ["Fund Name:", "Demo 500 ETF Trust"],
    ["Ticker Symbol:", "DEMO"],
    ["Holdings:", "As of 07-Feb-2025"],
    [],
    [
        "Name",
        "Ticker",
        "Identifier",
        "SEDOL",
        "Weight",
        "Sector",
        "Shares Held",
        "Local Currency",
    ],
    ["APPLE INC", "AAPL", "037833100", "2046251", 60.5, "-", 185531362.0, "USD"],
    ["NVIDIA CORP", "NVDA", "67066G104", "2379504", 39.25, "-", 301081401.0, "USD"],
    ["US DOLLAR", "-", "999USDZ92", "-", 0.2125, "-", 444601656.78, "USD"],
    [],
    ["Past performance is not a reliable indicator of future performance."],
]
ISHARES = """\ufeffDemo Semiconductor ETF
Fund Holdings as of,"Aug 03, 2026"
Inception Date,"Jul 10, 2001"
Stock,"-"
\xa0
Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Quantity,Price,\
Location,Exchange,Currency,FX Rate,Market Currency
"NVDA","NVIDIA CORP","IT","Equity","3,000.00","60.00","3,000.00","15.00","200.00",\
"United States","NASDAQ","USD","1.00","USD"
"NA","NATIONAL BANK OF CANADA","Financials","Equity","1,500.00","30.00","1,500.00",\
"15.00","100.00","Canada","Toronto Stock Exchange","USD","1.37","CAD"
"XTSLA","BLK CSH FND TREASURY SL AGENCY","Cash and/or Derivatives","Money Market",\
"400.00","8.00","400.00","400.00","1.00","United States","-","USD","1.00","USD"
"USD","USD CASH","Cash and/or Derivatives","Cash","100.00","2.00","100.00","100.00",\
"100.00","United States","-","USD","1.00","USD"
"IXTU6","EMINI SECTOR SEP","Cash and/or Derivatives","Futures","0.00","0.00",\
"6,900.00","2.00","3,450.00","-","Chicago Mercantile Exchange","USD","1.00","USD"
\xa0
"""
SWDA = """\ufeffTicker,Name,Asset Class,Market Value,Weight (%),Shares,Price,Market Currency
"NVDA","NVIDIA CORP","Equity","6,000.00","58.25","30.00","200.00","USD"
"SAP","SAP","Equity","3,000.00","29.13","10.00","300.00","EUR"
"USD","USD CASH","Cash","1,000.00","9.71","1,000.00","100.00","USD"
"EUR","EUR CASH","Cash","300.00","2.91","250.00","120.00","EUR"
"""
INVESCO = (
    "Fund Ticker,Security Identifier,Holding Ticker,Shares/Par Value,MarketValue,"
    "Weight,Name,Class of Shares,Sector,Date\r\n"
    'QQQ,67066G104,NVDA  ,"204","36,173.86",60.0,NVIDIA Corp,Common Stock,IT,'
    "09/24/2025\r\n"
    'QQQ,594918104,MSFT  ,"62","24,115.91",40.0,Microsoft Corp,Common Stock,IT,'
    "09/24/2025\r\n"
)
ARK = """date,fund,company,ticker,cusip,shares,"market value ($)","weight (%)"
06/04/2024,ARKK,"TESLA INC",TSLA,88160R101,"4,125","$727,247.97",90.00%
06/04/2024,ARKK,"ROKU INC",ROKU,77543R102,"920","$79,997.28",9.90%
06/04/2024,ARKK,"DEMO FS TRSY OBLIG INST 468",,X9USDGSFT,"808","$808.05",0.10%
"Investors should carefully consider the objectives, risks and charges before investing."
"""
TPT = [
    [
        "1_Portfolio_identifying_data",
        "3_Portfolio_name",
        "4_Portfolio_currency_(B)",
        "5_Net_asset_valuation",
        "6_Valuation_date",
        "12_CIC_code_of_the_instrument",
        "14_Identification_code_of_the_instrument",
        "15_Type_of_identification_code",
        "17_Instrument_name",
        "21_Quotation_currency_(A)",
        "22_Market_valuation_in_quotation_currency_(A)",
        "24_Market_valuation_in_portfolio_currency_(B)",
        "26_Valuation_weight",
        "39_Maturity_date",
    ],
    [
        "F1",
        "Demo Fund",
        "EUR",
        "1000",
        "2025-12-31",
        "FR12",
        "FR0000571085",
        "1",
        "FR Treasury 1.5% 2030",
        "EUR",
        "500",
        "500",
        "0.5",
        "2030-05-25",
    ],
    [
        "F1",
        "Demo Fund",
        "EUR",
        "1000",
        "2025-12-31",
        "US31",
        "US0378331005",
        "1",
        "Apple Inc",
        "USD",
        "330",
        "300",
        "0.3",
        None,
    ],
    [
        "F1",
        "Demo Fund",
        "EUR",
        "1000",
        "2025-12-31",
        "XL71",
        "CASH-EUR-001",
        "99",
        "Cash account EUR",
        "EUR",
        "200",
        "200",
        "0.2",
        None,
    ],
]
GERMAN = """Depotauszug Muster
Stand: 31.01.2025

Bezeichnung;ISIN;Stück;Kurs;Währung;Wert in EUR
SAP SE;DE0007164600;1.000;265,50;EUR;265.500,00
Münchener Rück;DE0008430026;50;520,00;EUR;26.000,00
Apple Inc;US0378331005;100;236,00;USD;22.700,50
Kontokorrent EUR;;;;EUR;-1.200,50
Summe;;;;;313.000,00
"""
ENGLISH = [
    ["Client A", None, None, None, None, None],
    ["Name", "ISIN", "Quantity", "Price", "Currency", "Market Value"],
    ["Apple Inc", "US0378331005", 100, 200.0, "USD", 20000.0],
    ["SAP SE", "DE0007164600", 50, 250.0, "EUR", 12500.0],
    ["Tencent", "KYG875721634", 700, 400.0, "HKD", 280000.0],
]
BROKER = """Account Number,Symbol,Description,Side,Quantity,Price,Market Value,Cost Basis
Z1,NVDA,NVIDIA CORP,Long,100,$120.00,"$12,000.00","$9,000.00"
Z1,TSLA,TESLA INC,Short,50,$200.00,"$10,000.00","$9,500.00"
Z1,BRK.B,BERKSHIRE HATHAWAY,Long,(10),$400.00,"($4,000.00)",--
Z1,,Pending activity,,,,$250.00,
"Data provided as is, without warranty, and not to be relied upon."
"""


@pytest.fixture
def write_csv(tmp_path: Path) -> Callable[..., Path]:
    """Write a text to a file and give its path."""

    def write(text: str, *, name: str = "file.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.fixture
def write_xlsx(tmp_path: Path) -> Callable[..., Path]:
    """Write sheets of rows to a workbook and give its path."""

    def write(
        sheets: dict[str, list[list[object]]],
        *,
        name: str = "file.xlsx",
        formats: dict[str, str] | None = None,
    ) -> Path:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
            for cell, number_format in (formats or {}).items():
                sheet[cell].number_format = number_format
        path = tmp_path / name
        book.save(path)
        return path

    return write


@pytest.fixture
def layouts(
    write_csv: Callable[..., Path], write_xlsx: Callable[..., Path]
) -> dict[str, Path]:
    """Write one small file of each layout."""
    return {
        "spdr": write_xlsx({"holdings": SPDR}, name="spdr.xlsx"),
        "ishares": write_csv(ISHARES, name="ishares.csv"),
        "swda": write_csv(SWDA, name="swda.csv"),
        "invesco": write_csv(INVESCO, name="invesco.csv"),
        "ark": write_csv(ARK, name="ark.csv"),
        "tpt": write_xlsx({"TPT V7": TPT}, name="tpt.xlsx"),
        "german": write_csv(GERMAN, name="depot.csv", encoding="cp1252"),
        "english": write_xlsx({"Positions": ENGLISH}, name="client.xlsx"),
        "broker": write_csv(BROKER, name="broker.csv"),
    }

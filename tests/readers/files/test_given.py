"""Content in memory stands for a file of its name, whatever reads it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import openpyxl
import pytest

import stresskit
from stresskit.errors import HoldingsError
from stresskit.model import Content
from stresskit.pipeline import annotate_holdings, annotated_bytes
from stresskit.readers import read_fx, read_overrides, read_prices

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*/holdings.*"))
FACTOR = stresskit.load_factor("deepseek-2025-01-27")


def content(path, name=None):
    """Return what stands in a file, by its name."""
    return Content(name or path.name, path.read_bytes())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.parent.name)
def test_content_reads_as_the_file_does(path):
    """Holdings and rates in memory give the portfolio of the files."""
    fx = path.parent / "fx.csv"
    fx = fx if fx.is_file() else None
    expected = stresskit.read_holdings(path, fx=fx)

    actual = stresskit.read_holdings(content(path), fx=fx and content(fx))

    assert expected == actual


def test_side_files_in_memory_give_what_files_give(write_csv):
    """Overrides, a fund and prices in memory place positions as the files do."""
    book = stresskit.read_holdings(
        Content("book.csv", b"Ticker,Name,Value\nNVDA,NVIDIA,70\nZZZF,A Fund,30\n")
    )
    sides = {
        "overrides": "ticker,segments,beta\nNVDA,AI_ACCEL,1.5\n",
        "fund": "Ticker,Name,Value\nVST,Vistra,60\nKO,Coca-Cola,40\n",
        "prices": "date,NVDA,VST\n2025-01-23,147.1,184\n2025-01-24,142.6,188\n",
    }
    files = {k: write_csv(v, name=f"{k}.csv") for k, v in sides.items()}
    memory = {k: Content(f"{k}.csv", v.encode()) for k, v in sides.items()}

    def placed(given):
        return stresskit.map_exposures(
            book,
            FACTOR,
            overrides=given["overrides"],
            funds={"ZZZF": given["fund"]},
            prices=given["prices"],
        )

    expected, actual = placed(files), placed(memory)

    assert expected == actual
    assert len(actual.inputs) == 3


def test_a_reading_notes_what_content_it_was_given():
    """Rates and prices in memory are noted by name and SHA-256."""
    book = stresskit.read_holdings(
        Content("book.csv", b"Ticker,Quantity,Currency\nNVDA,10,USD\n"),
        base_currency="USD",
        fx=Content("rates.csv", b"currency,rate,base\nEUR,1.04,USD\n"),
        prices=Content("p.csv", b"date,NVDA\n2025-01-23,147\n2025-01-24,142.5\n"),
    )

    assert book.total_value == 1425
    assert {
        "base_currency",
        "fx_file",
        "fx_sha256",
        "prices_file",
        "prices_sha256",
    } == (set(book.asked))


def test_columns_in_memory_name_the_columns():
    """A file of columns may be content too, and its faults are said with its name."""
    told = (
        b'schema = "stresskit/columns/1"\r\n[columns]\r\nname = "A"\r\nvalue = "C"\r\n'
    )
    book = Content("book.csv", b"X,Y,Z\nApple,1,500\nIntel,2,300\n")

    actual = stresskit.read_holdings(book, columns=Content("told.toml", told))

    assert actual.total_value == 800
    with pytest.raises(HoldingsError, match=r"told\.toml does not name columns"):
        stresskit.read_holdings(book, columns=Content("told.toml", b"a = 1"))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\books\\a.csv", "a.csv"),
        ("books/", "books"),
        ("", "content"),
        ("a.csv", "a.csv"),
    ],
)
def test_a_name_is_its_last_part(given, expected):
    """No folder of a sender is kept."""
    assert expected == Content(given, b"").name


@pytest.mark.parametrize("read", [read_fx, read_overrides, stresskit.read_holdings])
def test_empty_content_is_refused_by_its_name(read):
    """What is empty is said as of a file."""
    with pytest.raises(HoldingsError, match=r"void\.csv is empty"):
        read(Content("void.csv", b" \n"))


def test_prices_in_memory_may_be_parquet(tmp_path):
    """A Parquet panel in memory is the file's."""
    frame = read_prices(
        Content("p.csv", b"date,NVDA\n2025-01-23,147\n2025-01-24,142.5\n")
    )
    frame.to_parquet(tmp_path / "p.parquet")

    actual = read_prices(content(tmp_path / "p.parquet"))

    assert frame.equals(actual)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_annotated_copy_can_stay_in_memory(tmp_path, kind):
    """The bytes hold the cells and comments of the file that would be written."""
    path = tmp_path / f"book.{kind}"
    if kind == "csv":
        path.write_text("Name,ISIN,Value\nApple,US0378331006,500\nIntel,,300\n")
    else:
        book = openpyxl.Workbook()
        for row in (["Name", "ISIN", "Value"], ["Apple", "US0378331006", 500]):
            book.active.append(row)
        book.save(path)
    portfolio = stresskit.read_holdings(path)
    annotate_holdings(path, tmp_path / "copy.xlsx", portfolio)
    expected = openpyxl.load_workbook(tmp_path / "copy.xlsx")

    made = annotated_bytes(content(path), portfolio)

    actual = openpyxl.load_workbook(io.BytesIO(made))
    assert expected.sheetnames == actual.sheetnames
    for one, other in zip(expected.worksheets, actual.worksheets, strict=True):
        assert list(one.values) == list(other.values)
    assert actual.worksheets[0]["B2"].comment is not None


def test_a_copy_of_stated_holdings_has_their_fields_as_columns():
    """Issues stand at the position's row and its field, whatever rows it states."""
    positions = [
        {"name": "Apple", "isin": "US0378331006", "market_value": 5.0, "row": 70},
        {"name": "Intel", "identifiers": {"isin": "US4581401002"}, "row": 71},
    ]
    stated = {"schema": "stresskit/holdings/1", "positions": positions}
    upload = Content("book.json", json.dumps(stated).encode())

    made = annotated_bytes(upload, stresskit.read_holdings(upload))

    sheet = openpyxl.load_workbook(io.BytesIO(made)).worksheets[0]
    header = ("name", "isin", "market_value", "row", "identifiers.isin")
    assert [header, ("Apple", "US0378331006", 5, 70, None)] == list(sheet.values)[:2]
    assert "no valid ISIN" in sheet["B2"].comment.text

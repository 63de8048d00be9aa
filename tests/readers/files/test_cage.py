"""Whatever a file does to its parser, the caller's process lives and is told."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import msoffcrypto.format.ooxml
import openpyxl
import pytest

from stresskit.errors import HoldingsError
from stresskit.readers import read_holdings_file
from stresskit.readers.files import cage, read_source

_PASSWORD = "correct horse"  # noqa: S105 - of a workbook made here


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """Write a workbook of one position."""
    book = openpyxl.Workbook()
    book.active.append(["Name", "ISIN", "Market Value (EUR)"])
    book.active.append(["SAP", "DE0007164600", 10.5])
    book.save(tmp_path / "plain.xlsx")
    return tmp_path / "plain.xlsx"


@pytest.fixture
def protected(workbook: Path) -> Path:
    """Write the workbook once more, protected by a password."""
    out = io.BytesIO()
    with workbook.open("rb") as handle:
        msoffcrypto.format.ooxml.OOXMLFile(handle).encrypt(_PASSWORD, out)
    path = workbook.with_name("protected.xlsx")
    path.write_bytes(out.getvalue())
    return path


def test_a_password_opens_a_protected_workbook(protected):
    """With the password it is read as any other."""
    read = read_holdings_file(protected, password=_PASSWORD)
    assert read.total_value == 10.5


@pytest.mark.parametrize(
    ("password", "words"), [(None, "protected by a password"), ("x", "does not open")]
)
def test_without_the_password(protected, password, words):
    """Without it, or with another, the message says what to do."""
    with pytest.raises(HoldingsError, match=words) as error:
        read_holdings_file(protected, password=password)
    assert (error.value.code, bool(error.value.hint)) == ("encrypted", True)


def test_a_parser_that_takes_too_long(workbook, monkeypatch):
    """Time is limited, and the message says what to try."""
    monkeypatch.setattr(cage, "MAX_SECONDS", 0.001)
    with pytest.raises(HoldingsError, match="took longer than") as error:
        read_source(workbook)
    assert "new file" in error.value.hint


def test_a_parser_that_ends_its_process(workbook, monkeypatch):
    """A process that dies is an error of the file, not of the program."""
    monkeypatch.setattr(cage, "_PROGRAM", "import os; os.abort()")
    with pytest.raises(HoldingsError, match="ended the process"):
        read_source(workbook)


def test_a_parser_that_takes_too_much_memory(workbook, monkeypatch):
    """Memory is limited in the child alone."""
    greedy = "import sys; sys.path[:] = __import__('json').loads(sys.argv[1]);"
    greedy += (
        "from stresskit.readers.files import cage; cage._limit(); bytes(2 * 10**9)"
    )
    monkeypatch.setattr(cage, "_PROGRAM", greedy)
    with pytest.raises(HoldingsError, match="ended the process"):
        read_source(workbook)


def test_cells_come_back_as_they_were(tmp_path):
    """Texts, numbers, dates and truths pass through the wall unchanged."""
    moment = dt.datetime.fromisoformat("2025-01-27T09:30")
    row = ["a", 1.5, 2, True, None, moment, dt.date(2025, 1, 27), dt.time(9, 30)]
    book = openpyxl.Workbook()
    book.active.append(row)
    book.save(tmp_path / "kinds.xlsx")
    (grid,) = read_source(tmp_path / "kinds.xlsx").grids
    assert grid.rows[0] == row

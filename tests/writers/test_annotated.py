"""The annotated copy: problems marked where they are, the original untouched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from stresskit.errors import InputError, OutputError
from stresskit.model import Issue, StressResult
from stresskit.writers import write_annotated_copy


@pytest.fixture
def upload(tmp_path: Path) -> Path:
    """Return a workbook as a client sends it, with a formula and a merged title."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Holdings"
    sheet["A1"] = "Portfolio of a client"
    sheet.merge_cells("A1:E1")
    for row in range(4, 14):
        sheet.cell(row, 2, f"name {row}")
        sheet.cell(row, 5, row * 10)
    sheet["F5"] = "=E5*2"
    book.save(tmp_path / "client.xlsx")
    return tmp_path / "client.xlsx"


def test_cells_are_marked(result: StressResult, upload: Path, tmp_path: Path) -> None:
    """A cell with an issue is coloured and says what to do; others are as before."""
    before = upload.read_bytes()
    write_annotated_copy(upload, tmp_path / "out.xlsx", result.portfolio)
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["Holdings"]
    assert sheet["B11"].fill.fgColor.rgb == "00FFE9A8"
    assert sheet["B11"].comment.text.startswith("warning: =1+1 could not be placed")
    assert sheet["E6"].fill.fgColor.rgb == "00D9E7F7"
    assert [c.coordinate for r in sheet.iter_rows() for c in r if c.comment] == [
        "E6",
        "B11",
    ]
    assert (sheet["F5"].value, sheet["B5"].value) == ("=E5*2", "name 5")
    assert upload.read_bytes() == before


def test_every_issue_is_listed(
    result: StressResult, upload: Path, tmp_path: Path
) -> None:
    """The list holds issues without a cell too, as text."""
    write_annotated_copy(upload, tmp_path / "out.xlsx", result.portfolio)
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["stresskit issues"]
    assert [c.value for c in sheet["B"]] == [
        "Code",
        "unmapped",
        "stale-price",
        "no-date",
    ]
    assert (sheet["G2"].data_type, sheet["F2"].data_type) == ("s", "s")


def test_a_merged_cell(result: StressResult, upload: Path, tmp_path: Path) -> None:
    """An issue inside a merged range is marked at its first cell."""
    issue = Issue(
        code="x", severity="error", message="m", sheet="Holdings", row=1, column="C"
    )
    portfolio = replace(result.portfolio, issues=(issue,))
    write_annotated_copy(upload, tmp_path / "out.xlsx", portfolio)
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["Holdings"]
    assert sheet["A1"].comment.text == "error: m"


def test_cells_of_another_format(result: StressResult, tmp_path: Path) -> None:
    """Cells of a text table become a workbook; what looks like a formula is text."""
    source = tmp_path / "client.csv"
    source.write_text("x", encoding="utf-8")
    issue = Issue(code="x", severity="warning", message="m", row=2, column="B")
    portfolio = replace(result.portfolio, issues=(issue,), source={})
    cells = {"client": [["Name", "Wert"], ["=1+1", "1.234,56"], ["Söhne", 12.5]]}
    write_annotated_copy(source, tmp_path / "out.xlsx", portfolio, cells=cells)
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["client"]
    assert [[c.value for c in row] for row in sheet.iter_rows()] == cells["client"]
    assert (sheet["A2"].data_type, sheet["B2"].comment.text) == ("s", "warning: m")


def test_the_original_is_never_replaced(result: StressResult, upload: Path) -> None:
    """Naming the original as the copy is refused."""
    before = upload.read_bytes()
    with pytest.raises(OutputError, match="replace the original"):
        write_annotated_copy(upload, upload, result.portfolio)
    assert upload.read_bytes() == before


@pytest.mark.parametrize("content", [b"\xd0\xcf\x11\xe0 old", b"PK\x03\x04 broken"])
def test_files_that_cannot_be_copied(
    result: StressResult, tmp_path: Path, content: bytes
) -> None:
    """The old binary format and broken files are the user's to save again."""
    source = tmp_path / "client.xls"
    source.write_bytes(content)
    with pytest.raises(InputError) as caught:
        write_annotated_copy(source, tmp_path / "out.xlsx", result.portfolio)
    assert "Save it as .xlsx" in caught.value.hint


def test_a_missing_original(result: StressResult, tmp_path: Path) -> None:
    """A file that is not there is an InputError."""
    with pytest.raises(InputError):
        write_annotated_copy(
            tmp_path / "none.csv", tmp_path / "out.xlsx", result.portfolio
        )

"""Workbooks of every kind: values, errors, number formats, what is hidden."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from stresskit.errors import HoldingsError
from stresskit.readers import read_holdings_file
from stresskit.readers.cells import Broken
from stresskit.readers.files import read_source
from stresskit.readers.files.workbook import read_workbook_grids

_TRANSITIONAL = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"


@pytest.fixture
def odd_workbook(tmp_path: Path) -> Path:
    """Write a workbook with errors, formulas, formats and hidden parts."""
    path = tmp_path / "odd.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Positions")
    percent = book.add_format({"num_format": "0.00%"})
    code = book.add_format({"num_format": "000000"})
    sheet.write_row(0, 0, ["Name", "Value", "Weight"])
    sheet.write_row(1, 0, ["SAP", 10.5])
    sheet.write_number(1, 2, 0.25, percent)
    sheet.write_formula(2, 1, "=1/0", None, "#DIV/0!")
    sheet.write_formula(3, 1, "=A1", None, "")
    sheet.write_number(4, 0, 660, code)
    sheet.set_row(4, None, None, {"hidden": True})
    sheet.merge_range(5, 0, 6, 0, "Both")
    book.add_worksheet("Old").hide()
    book.close()
    return path


def test_facts_beside_the_values(odd_workbook):
    """Errors are broken cells, codes keep their zeros, hidden and merged are known."""
    grid, old = read_source(odd_workbook).grids
    assert grid.rows[1] == ["SAP", 10.5, 0.25]
    assert grid.formats[1, 2] == "0.00%"
    assert isinstance(grid.rows[2][1], Broken)
    assert grid.rows[2][1] == "#DIV/0!"
    assert grid.rows[4][0] == "000660"
    assert grid.hidden_rows == {4}
    assert grid.merged == ((5, 0, 6, 0),)
    assert (grid.hidden, old.hidden) == (False, True)


def test_a_formula_that_was_never_calculated(tmp_path):
    """A formula without a result is a broken cell that names the formula."""
    book = openpyxl.Workbook()
    book.active["A1"] = 2
    book.active["B1"] = "=A1*2"
    book.save(tmp_path / "f.xlsx")
    (grid,) = read_source(tmp_path / "f.xlsx").grids
    assert grid.rows[0] == [2.0, Broken("formula without a result: =A1*2")]


def test_strict_ooxml(odd_workbook, tmp_path):
    """A workbook of the strict kind gives the same cells and facts."""
    out = io.BytesIO()
    with zipfile.ZipFile(odd_workbook) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            text = text.replace(_TRANSITIONAL, _STRICT)
            new.writestr(name, text.replace(_RELATIONS, _STRICT_RELATIONS))
    strict = tmp_path / "strict.xlsx"
    strict.write_bytes(out.getvalue())
    assert read_source(strict).grids == read_source(odd_workbook).grids


def record(kind: int, body: bytes = b"") -> bytes:
    """Give a record of a binary workbook; bodies are shorter than 128 bytes."""
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return head + bytes([len(body)]) + body


def wide(text: str) -> bytes:
    """Give a text as binary workbooks store it."""
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def binary_workbook() -> bytes:
    """Make a binary workbook of one sheet, by the published format [MS-XLSB]."""

    def cell(column: int) -> bytes:
        return struct.pack("<II", column, 0)

    def row(number: int) -> bytes:
        return record(0, struct.pack("<IIHBBBI", number, 0, 255, 0, 0, 0, 0))

    rows = row(0) + b"".join(
        record(6, cell(i) + wide(t)) for i, t in enumerate(("Name", "Value"))
    )
    rows += row(1) + record(6, cell(0) + wide("SAP"))
    rows += record(5, cell(1) + struct.pack("<d", 10.5))
    rows += row(2) + record(6, cell(0) + wide("Bayer")) + record(3, cell(1) + b"\x2a")
    sheet = record(129) + record(148, struct.pack("<IIII", 0, 2, 0, 1))
    sheet += record(145) + rows + record(146) + record(130)
    bundle = struct.pack("<II", 0, 1) + wide("rId1") + wide("Positions")
    book = record(131) + record(143) + record(156, bundle) + record(144) + record(132)
    package = "http://schemas.openxmlformats.org/package/2006"
    kinds = "application/vnd.ms-excel"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types">'
            f'<Default Extension="bin" ContentType="{kinds}.sheet.binary.macroEnabled'
            '.main"/><Default Extension="rels" ContentType="application/xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
            f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.bin"/>'
            "</Relationships>",
        )
        archive.writestr(
            "xl/_rels/workbook.bin.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
            f'Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.bin"/>'
            "</Relationships>",
        )
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return out.getvalue()


def test_a_binary_workbook(tmp_path):
    """Values and errors of an .xlsb are read."""
    path = tmp_path / "b.xlsb"
    path.write_bytes(binary_workbook())
    source = read_source(path)
    (grid,) = source.grids
    assert source.format == "xlsb"
    assert grid.sheet == "Positions"
    assert grid.rows == [["Name", "Value"], ["SAP", 10.5], ["Bayer", Broken("#N/A")]]
    assert isinstance(grid.rows[2][1], Broken)


@pytest.mark.parametrize("name", ["bank_small.xls", "bank_small.ods"])
def test_old_and_open_workbooks(name):
    """An .xls and an .ods give the same cells as the .xlsx they were made from."""
    folder = Path(__file__).parents[2] / "data" / "holdings" / "files"
    (grid,) = read_source(folder / name).grids
    (same,) = read_source(folder / "bank_small.xlsx").grids
    width = max(len(r) for r in same.rows)

    def padded(rows):
        return [[*r, *[None] * (width - len(r))] for r in rows]

    assert padded(grid.rows) == padded(same.rows)


def test_a_stray_cell_far_away_is_refused(tmp_path):
    """A value in the last corner of a sheet would fill the memory."""
    book = openpyxl.Workbook()
    book.active["A1"] = 1
    book.active["XFD1000000"] = 3
    book.save(tmp_path / "f.xlsx")
    with pytest.raises(HoldingsError, match="which is too much") as error:
        read_holdings_file(tmp_path / "f.xlsx")
    assert error.value.code == "too-large"


def test_entities_are_refused(odd_workbook):
    """A workbook whose parts declare entities is not read."""
    out = io.BytesIO()
    with zipfile.ZipFile(odd_workbook) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            if name == "xl/workbook.xml":
                text = text.replace("?>", '?><!DOCTYPE x [<!ENTITY a "b">]>', 1)
            new.writestr(name, text)
    with pytest.raises(HoldingsError, match="declares entities"):
        read_workbook_grids(out.getvalue(), "xlsx")

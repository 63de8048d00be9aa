"""Reports as hostile files: what is no report of ours is said, and harms nobody."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from reports import edited, replaced, set_cell, write_holdings, write_run

from stresskit.errors import InputError
from stresskit.readers.report import read_report
from stresskit.readers.report_cells import read_cells


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of five holdings."""
    folder = tmp_path_factory.mktemp("report")
    write_run(folder / "report.xlsx", write_holdings(folder / "client.xlsx"))
    return folder / "report.xlsx"


def refused(path: Path) -> str:
    """Return what is said of a file that is no report."""
    with pytest.raises(InputError) as caught:
        read_report(path)
    return str(caught.value)


def test_what_a_report_says_of_itself(report: Path) -> None:
    """The record is complete, and twice the same."""
    read = read_report(report)

    assert read.doubts == ()
    assert read.run["factor_id"] == "deepseek-2025-01-27"
    assert '"MEMORY": -0.2' in read.record["scenario"]
    assert read.book.names["PnL"][0] == "Summary"


def test_cells_are_those_openpyxl_reads(report: Path) -> None:
    """Formulas and kept values agree with another reader, cell by cell."""
    book = read_cells(report.read_bytes())
    formulas = openpyxl.load_workbook(report)
    values = openpyxl.load_workbook(report, data_only=True)
    for page in formulas:
        cells = book.sheets[page.title]
        for cell in (c for row in page.iter_rows() for c in row):
            ours = cells.get((cell.row - 1, cell.column - 1))
            kept = values[page.title][cell.coordinate].value
            assert (ours.value if ours else None) in (kept, kept or "")
            if cell.data_type == "f":
                assert ours is not None
                assert f"={ours.formula}" == cell.value


def test_shared_formulas_are_written_out(tmp_path: Path, report: Path) -> None:
    """A formula shared by cells reads in each as if it stood there."""
    page = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<sheetData><row r="1"><c r="B1"><f t="shared" ref="B1:B2" si="0">A1*2</f>'
        b'<v>2</v></c></row><row r="2"><c r="B2"><f t="shared" si="0"/><v>4</v></c>'
        b"</row></sheetData></worksheet>"
    )
    shared = edited(
        report,
        tmp_path / "shared.xlsx",
        lambda name, old: page if name == "xl/worksheets/sheet1.xml" else old,
    )
    cells = next(iter(read_cells(shared.read_bytes()).sheets.values()))

    assert [cells[row, 1].formula for row in (0, 1)] == ["A1*2", "A2*2"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no .xlsx workbook"),
        (b"Ticker,Value\nNVDA,1\n", "no .xlsx workbook"),
        (b"PK\x03\x04" + b"\x00" * 50, "cut off or damaged"),
        (b"PK", "cut off or damaged"),
    ],
)
def test_files_that_are_no_workbooks(
    content: bytes, words: str, tmp_path: Path
) -> None:
    """Text and rubbish are named as what they are not."""
    (tmp_path / "report.xlsx").write_bytes(content)

    assert words in refused(tmp_path / "report.xlsx")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_report_that_was_cut_off(share: float, report: Path, tmp_path: Path) -> None:
    """However much is missing, the file is called damaged."""
    content = report.read_bytes()
    (tmp_path / "cut.xlsx").write_bytes(content[: int(share * len(content))])

    assert "cut off or damaged" in refused(tmp_path / "cut.xlsx")


def test_a_bomb(report: Path, tmp_path: Path) -> None:
    """A sheet of a hundred million blanks is not unpacked."""
    bomb = edited(
        report,
        tmp_path / "bomb.xlsx",
        lambda name, old: b" " * 10**8 if name.endswith("sheet1.xml") else old,
    )

    assert "too much" in refused(bomb)


def test_entities(report: Path, tmp_path: Path) -> None:
    """A part that declares entities is not read."""
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha">]><x>&a;</x>'
    evil = edited(
        report,
        tmp_path / "evil.xlsx",
        lambda name, old: laughs if name == "xl/sharedStrings.xml" else old,
    )

    assert "entities" in refused(evil)


def test_any_other_workbook(tmp_path: Path) -> None:
    """A workbook of somebody else is no report."""
    path = write_holdings(tmp_path / "client.xlsx")

    assert "no report of stresskit" in refused(path)


def test_the_mark_of_a_report_without_its_sheets(report: Path, tmp_path: Path) -> None:
    """Properties alone make no report: its sheets are gone."""
    bare = edited(
        report,
        tmp_path / "bare.xlsx",
        lambda name, old: None if name.startswith("xl/worksheets") else old,
    )

    assert "sheets or its record are gone" in refused(bare)


def test_a_folder_and_nothing(tmp_path: Path) -> None:
    """Neither is a file."""
    assert "no file" in refused(tmp_path)
    assert "no file" in refused(tmp_path / "missing.xlsx")


def test_an_archive_that_is_no_workbook(tmp_path: Path) -> None:
    """A zip of something else is named as such."""
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("notes.txt", "hello")

    assert "not an .xlsx workbook" in refused(tmp_path / "a.xlsx")


def test_a_record_of_another_kind(report: Path, tmp_path: Path) -> None:
    """A later version's record says that it needs that version."""
    log = read_cells(report.read_bytes()).sheets["Run log"]
    row = next(
        r for (r, c), v in log.items() if c == 0 and v.value == "stresskit.record"
    )
    later = set_cell(report, tmp_path / "later.xlsx", "Run log", f"B{row + 1}", "2")

    assert "kind '2'" in refused(later)


def test_properties_that_say_something_else(report: Path, tmp_path: Path) -> None:
    """Where log and properties disagree, the keys are named."""
    other = edited(
        report,
        tmp_path / "other.xlsx",
        lambda name, old: (
            re.sub(rb"(run\.version.*?lpwstr>)[^<]*", rb"\g<1>9.9", old, count=1)
            if name == "docProps/custom.xml"
            else old
        ),
    )
    (doubt,) = read_report(other).doubts

    assert "version" in doubt


def test_a_shared_text_that_is_not_there(report: Path, tmp_path: Path) -> None:
    """A cell that points beyond the list of texts makes the file a damaged one."""
    beyond = edited(
        report, tmp_path / "beyond.xlsx", replaced(b't="s"><v>0<', b't="s"><v>99999<')
    )

    assert "damaged" in refused(beyond)


def test_a_report_without_a_run_log(tmp_path: Path) -> None:
    """A report whose run log was taken out keeps its record in the properties."""
    holdings = write_holdings(tmp_path / "client.xlsx")
    write_run(tmp_path / "short.xlsx", holdings, sections="summary")
    book = openpyxl.load_workbook(tmp_path / "short.xlsx")
    del book["Run log"]
    book.save(tmp_path / "short.xlsx")
    read = read_report(tmp_path / "short.xlsx")

    assert "Run log" not in read.book.sheets
    assert read.run["factor_revision"] == "3"

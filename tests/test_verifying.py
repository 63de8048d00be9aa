"""Reports made again: equal when nothing was changed, and what was changed is found."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest
from live_workbook import recalculate
from reports import (
    LINES,
    edited,
    replaced,
    set_cell,
    write_holdings,
    write_run,
)

import stresskit
from stresskit.core.same_cells import Difference
from stresskit.errors import InputError
from stresskit.readers.report import read_report
from stresskit.verifying import SideFiles, Verification, verify_report


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with holdings (client.xlsx) and their report."""
    folder = tmp_path_factory.mktemp("verify")
    write_run(folder / "report.xlsx", write_holdings(folder / "client.xlsx"))
    return folder


@pytest.fixture
def report(folder: Path) -> Path:
    """The report."""
    return folder / "report.xlsx"


@pytest.fixture
def holdings(folder: Path) -> Path:
    """What it was made from."""
    return folder / "client.xlsx"


def place(report: Path, name: str) -> tuple[str, str]:
    """Return the sheet and address of a named cell."""
    book = openpyxl.load_workbook(report)
    sheet, at = next(iter(book.defined_names[name].destinations))
    return sheet, at.replace("$", "")


def row_of(report: Path, sheet: str, text: str) -> int:
    """Return the row whose first cell says so."""
    page = openpyxl.load_workbook(report, data_only=True)[sheet]
    return next(r[0].row for r in page.iter_rows(max_col=1) if r[0].value == text)


def only(found: Verification) -> Difference:
    """Return the one difference there is, and nothing else."""
    assert found.reasons == ()
    (difference,) = found.differences
    return difference


def test_an_untouched_report(report: Path, holdings: Path) -> None:
    """It is equal byte for byte."""
    found = verify_report(report, holdings)

    assert (found.equal, found.identical, found.remarks) == (True, True, ())


def test_the_name_of_the_file_does_not_matter(
    report: Path, holdings: Path, tmp_path: Path
) -> None:
    """The same holdings under another name give the same report."""
    (tmp_path / "client (1).xlsx").write_bytes(holdings.read_bytes())

    assert verify_report(report, tmp_path / "client (1).xlsx").identical


@pytest.mark.parametrize("language", ["de", "fr"])
def test_a_report_in_another_language(
    language: str, holdings: Path, tmp_path: Path
) -> None:
    """Sheets are found by their own names, and changes in them too."""
    path = tmp_path / "bericht.xlsx"
    write_run(path, holdings, language=language, client="Erika Muster", paper="Letter")
    sheet, at = place(path, "PnL")
    changed = set_cell(path, tmp_path / "changed.xlsx", sheet, at, -1.0)

    assert verify_report(path, holdings).identical
    assert only(verify_report(changed, holdings)).name == "PnL"


def test_a_changed_figure(report: Path, holdings: Path, tmp_path: Path) -> None:
    """The P&L kept with its formula is compared with the one computed."""
    sheet, at = place(report, "PnL")
    changed = set_cell(report, tmp_path / "changed.xlsx", sheet, at, -1234.5)
    found = verify_report(changed, holdings)
    difference = only(found)

    assert (difference.kind, difference.name) == ("figure", "PnL")
    assert difference.report == -1234.5
    assert found.figures["PnL"] == (-1234.5, difference.expected)


def test_a_changed_position(report: Path, holdings: Path, tmp_path: Path) -> None:
    """A value of one holding is found, called by the holding."""
    row = row_of(report, "Positions", "NVIDIA CORP")
    page = openpyxl.load_workbook(report)["Positions"]
    value = next(c.coordinate for c in page[row] if c.value == 400000)
    changed = set_cell(report, tmp_path / "changed.xlsx", "Positions", value, 40000.0)
    difference = only(verify_report(changed, holdings))

    assert (difference.kind, difference.cell) == ("input", value)
    assert (difference.report, difference.expected) == (40000, 400000)
    assert difference.name.startswith("NVIDIA CORP, ")


def test_a_changed_shock(report: Path, holdings: Path, tmp_path: Path) -> None:
    """An input of the scenario that was changed by a thousandth is found."""
    row = row_of(report, "Scenario", "AI_ACCEL")
    page = openpyxl.load_workbook(report)["Scenario"]
    shock = page.cell(row, 8)
    other = shock.value * 1.001
    changed = set_cell(
        report, tmp_path / "changed.xlsx", "Scenario", shock.coordinate, other
    )
    difference = only(verify_report(changed, holdings))

    assert (difference.kind, difference.cell) == ("input", shock.coordinate)


def test_a_changed_formula(report: Path, holdings: Path, tmp_path: Path) -> None:
    """A figure typed over its formula is found though it is the same figure."""
    book = openpyxl.load_workbook(report)
    sheet, at = place(report, "PnL")
    book[sheet][at].value = -1.0
    book.save(tmp_path / "typed.xlsx")
    difference = only(verify_report(tmp_path / "typed.xlsx", holdings))

    assert (difference.kind, difference.name) == ("formula", "PnL")
    assert str(difference.expected).startswith("=")


def test_a_name_given_to_another_cell(
    report: Path, holdings: Path, tmp_path: Path
) -> None:
    """Formulas by name would use that cell: the name is a difference."""
    sheet, at = place(report, "Severity")
    letter, row = at[0], at[1:]
    old = f"!${letter}${row}</definedName>".encode()
    new = f"!${letter}${int(row) + 40}</definedName>".encode()

    def move(name: str, content: bytes) -> bytes:
        if name != "xl/workbook.xml":
            return content
        start = content.index(b'name="Severity"')
        return content[:start] + content[start:].replace(old, new, 1)

    difference = only(
        verify_report(edited(report, tmp_path / "moved.xlsx", move), holdings)
    )

    assert (difference.name, difference.sheet) == ("Severity", sheet)


def test_other_holdings(report: Path, tmp_path: Path) -> None:
    """Another file is said first, and still compared: the value is another."""
    first, *rest = LINES
    other = write_holdings(tmp_path / "other.xlsx", [*first[:4], 500000, "USD"], *rest)
    found = verify_report(report, other)

    assert "other.xlsx is not the file" in found.reasons[0]
    assert found.figures["NAV"] == (1e6, 1.1e6)
    assert found.differences[0].name in found.figures


def test_a_report_saved_by_openpyxl(
    report: Path, holdings: Path, tmp_path: Path
) -> None:
    """It drops the figures, which is said, and keeps formulas and inputs."""
    openpyxl.load_workbook(report).save(tmp_path / "saved.xlsx")
    found = verify_report(tmp_path / "saved.xlsx", holdings)

    assert (found.equal, found.identical) == (True, False)
    assert "dropped" in found.remarks[0]


@pytest.mark.libreoffice
def test_a_report_saved_by_libreoffice(
    report: Path, holdings: Path, tmp_path: Path
) -> None:
    """Calculated and saved again it is equal; with another severity it is not."""
    saved = recalculate(report, tmp_path)
    sheet, at = place(report, "Severity")
    book = openpyxl.load_workbook(report)
    book[sheet][at].value = 2
    (tmp_path / "two").mkdir()
    book.save(tmp_path / "two" / "report.xlsx")
    found = verify_report(
        recalculate(tmp_path / "two" / "report.xlsx", tmp_path / "two"), holdings
    )

    assert verify_report(saved, holdings).differences == ()
    assert found.differences[0].name == "Severity"
    assert "PnL" in {d.name for d in found.differences}


def test_a_factor_that_has_changed(
    report: Path, holdings: Path, tmp_path: Path
) -> None:
    """Another hash of the same revision is said; figures are still compared."""
    sha = stresskit.load_factor("deepseek-2025-01-27").sha256.encode()
    other = edited(report, tmp_path / "other.xlsx", replaced(sha, b"0" * 64))
    found = verify_report(other, holdings)

    assert any("The factor here is deepseek-2025-01-27@3" in r for r in found.reasons)
    assert found.figures["PnL"][0] == found.figures["PnL"][1]


@pytest.mark.parametrize("revision", ["99", "1"])
def test_another_revision(
    revision: str, report: Path, holdings: Path, tmp_path: Path
) -> None:
    """One that is not here is said; an earlier one gives other figures."""
    other = edited(
        report,
        tmp_path / "other.xlsx",
        replaced(b"2025-01-27@3", f"2025-01-27@{revision}".encode()),
    )
    found = verify_report(other, holdings)
    said = " ".join(found.reasons)

    assert not found.equal
    assert ("has no revision 99" in said) == (revision == "99")
    assert bool(found.differences) == (revision == "1")


def test_an_older_version(
    holdings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report of another version is equal where its cells are, and it is said."""
    with monkeypatch.context() as patched:
        patched.setattr(stresskit, "__version__", "0.0.9")
        write_run(tmp_path / "old.xlsx", holdings)
    found = verify_report(tmp_path / "old.xlsx", holdings)

    assert found.equal
    assert "made by stresskit 0.0.9" in found.remarks[0]


def test_a_record_that_was_changed(
    report: Path, holdings: Path, tmp_path: Path
) -> None:
    """A version written over the record's own does not go with the run's id."""
    row = row_of(report, "Run log", "run.version")
    changed = set_cell(report, tmp_path / "new.xlsx", "Run log", f"B{row}", "0.0.9")
    said = " ".join(verify_report(changed, holdings).reasons)

    assert "the id of the run does not belong to it" in said
    assert "properties and the run log" in said


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("scenario", "{}"),
        ("scenario", '{"factor": "../../x@1", "sha256": "0"}'),
        ("presentation", "[1]"),
        ("presentation", '{"theme": "neutral"}'),
        ("run.created", "yesterday"),
        ("run.created", "9999-12-31T23:59:59-23:59"),
        ("run.rates", "EUR"),
        ("run.value", "much"),
        ("run.asked", '{"sheet": 1}'),
        ("run.asked", '{"as_of": "today"}'),
        ("loss", '{"amount": "all", "share": true}'),
        ("hedges", '{"target": 1}'),
        ("hedges", "null"),
    ],
)
def test_a_record_that_cannot_be_read(
    key: str, value: str, report: Path, holdings: Path, tmp_path: Path
) -> None:
    """Whatever stands in the record, it is an InputError or differs: no traceback."""
    row = row_of(report, "Run log", key)
    changed = set_cell(report, tmp_path / "new.xlsx", "Run log", f"B{row}", value)
    try:
        found = verify_report(changed, holdings)
    except InputError as error:
        said = str(error)
    else:
        said = " ".join(found.reasons)

    assert said


def test_side_files_are_asked_for(folder: Path, holdings: Path, tmp_path: Path) -> None:
    """Overrides that were used are named with their hash; given, all is equal."""
    overrides = tmp_path / "mine.csv"
    overrides.write_text("ticker,segments\nPG,AI_ACCEL=1\n")
    portfolio = stresskit.read_holdings(holdings)
    factor = stresskit.load_factor("deepseek-2025-01-27")
    placed = stresskit.map_exposures(portfolio, factor, overrides=overrides)
    result = stresskit.stress(portfolio, placed, stresskit.Scenario(factor))
    path = stresskit.write_report(tmp_path / "r.xlsx", result, sections="summary")
    without = verify_report(path, holdings)
    with pytest.raises(InputError, match=r"client.xlsx is another file .* no table"):
        verify_report(path, holdings, sides=SideFiles(overrides=folder / "client.xlsx"))
    (tmp_path / "copy.csv").write_bytes(overrides.read_bytes())
    given = verify_report(
        path, holdings, sides=SideFiles(overrides=tmp_path / "copy.csv")
    )

    (reason,) = without.reasons
    assert re.search(
        r"made with mine.csv \(SHA-256 \w{16}...\): give .*--overrides", reason
    )
    assert given.identical


def test_what_was_not_used_is_left_out(
    report: Path, holdings: Path, tmp_path: Path
) -> None:
    """Overrides that the report was made without change nothing, and it is said."""
    overrides = tmp_path / "mine.csv"
    overrides.write_text("ticker,segments\nPG,AI_ACCEL=1\n")
    found = verify_report(report, holdings, sides=SideFiles(overrides=overrides))

    assert found.identical
    assert "mine.csv is not used" in found.remarks[0]


def test_options_of_reading_are_recorded(tmp_path: Path) -> None:
    """Sheet, columns, currency, date and rates come from the record."""
    holdings = tmp_path / "client.csv"
    holdings.write_text("A,B,C\nNVDA,100,USD\nSAP,200,EUR\n")
    portfolio = stresskit.read_holdings(
        holdings,
        columns="ticker=A,value=B,currency=C",
        base_currency="CHF",
        fx={"USD": 0.9, "EUR": 0.95},
    )
    factor = stresskit.load_factor("deepseek-2025-01-27")
    placed = stresskit.map_exposures(portfolio, factor)
    scenario = stresskit.Scenario(factor, market=-0.02)
    more = stresskit.scenario_set(scenario, "severities")
    result = stresskit.stress(portfolio, placed, scenario, scenarios=more)
    path = stresskit.write_report(tmp_path / "r.xlsx", result, sections="scenarios")

    assert verify_report(path, holdings).identical


def test_hedges_are_searched_again(holdings: Path, tmp_path: Path) -> None:
    """Mandate, target and families come from the record; hedges may be left out."""
    portfolio = stresskit.read_holdings(holdings)
    factor = stresskit.load_factor("deepseek-2025-01-27")
    placed = stresskit.map_exposures(portfolio, factor)
    result = stresskit.stress(portfolio, placed, stresskit.Scenario(factor))
    plan = stresskit.hedge(
        result,
        target="floor=4%",
        mandate="ucits-fund",
        families=["overlay", "nothing"],
        robust="budget",
    )
    path = stresskit.write_report(
        tmp_path / "r.xlsx", result, plan, sections="summary, hedges"
    )
    without = verify_report(path, holdings, sides=SideFiles(hedges=False))
    other = verify_report(
        path, holdings, sides=SideFiles(mandate="private-client", hedges=True)
    )

    assert verify_report(path, holdings).identical
    # What hedges stand on was not compared: that is no word on the whole report.
    assert (without.equal, without.partial) == (False, True)
    assert (without.differences, without.reasons) == ((), ())
    assert "hedges were not computed again" in without.remarks[0]
    assert "other limits" in other.reasons[0]


def test_a_theme_of_ones_own(holdings: Path, tmp_path: Path) -> None:
    """A theme that is no shipped one is asked for."""
    theme = tmp_path / "house.toml"
    theme.write_text('schema = "stresskit/theme/1"\norganisation = "House & Co"\n')
    path = tmp_path / "r.xlsx"
    write_run(path, holdings, theme=theme)
    without = verify_report(path, holdings)

    assert "--theme FILE" in without.reasons[0]
    assert verify_report(path, holdings, sides=SideFiles(theme=str(theme))).identical


def test_the_record_is_whole(report: Path) -> None:
    """All that a run needs stands in the record, each text short enough."""
    read = read_report(report)
    words = ("created", "version", "packages", "input_sha256", "factor_sha256")

    assert all(read.run[word] for word in words)
    assert "python" in read.run["packages"]
    assert max(map(len, read.book.properties.values())) <= 255

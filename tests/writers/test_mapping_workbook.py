"""The mapping workbook: a table to correct and feed back."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest

from stresskit.errors import OutputError
from stresskit.model import Exposures, Portfolio, StressResult
from stresskit.writers import write_mapping_workbook


@pytest.fixture
def book(by_hand: SimpleNamespace, result: StressResult, tmp_path: Path) -> object:
    """Return the written mapping of the mixed portfolio."""
    path = tmp_path / "mapping.xlsx"
    chain = by_hand.factor().chain
    write_mapping_workbook(path, result.portfolio, result.exposures, chain)
    return openpyxl.load_workbook(path)


def test_columns(book: openpyxl.Workbook) -> None:
    """The table starts in the first row with the agreed columns."""
    assert book.sheetnames == ["Mapping", "Segments", "Instructions"]
    assert [c.value for c in book["Mapping"][1]] == [
        "id",
        "name",
        "isin",
        "ticker",
        "market_value",
        "source",
        "matched",
        "confidence",
        "basis",
        "segments",
        "beta",
        "override_segments",
        "override_beta",
        "reason",
    ]


def test_rows(book: openpyxl.Workbook) -> None:
    """A row says where the position was placed; the cells to fill are empty."""
    row = [c.value for c in book["Mapping"][3]]
    assert row[0:1] + row[9:] == [
        "VST",
        "IPP_NUC=0.5;AI_ACCEL=0.5",
        1,
        None,
        None,
        None,
    ]
    fills = {c.fill.fgColor.rgb for c in book["Mapping"][3][11:]}
    assert fills == {"FFFFFBE0"}


def test_text_stays_text(book: openpyxl.Workbook) -> None:
    """Nothing of the user's becomes a formula."""
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert [c.coordinate for c in cells if c.data_type == "f"] == []
    assert book["Mapping"]["B8"].value == '=HYPERLINK("http://x","=1+1")'


def test_segments(book: openpyxl.Workbook) -> None:
    """Every leaf is listed with its group and definition."""
    assert [c.value for c in book["Segments"][2]] == [
        "AI_ACCEL",
        "AI accelerators",
        "Compute",
        "Companies of AI accelerators.",
    ]
    assert book["Segments"].max_row == 6


def test_the_same_portfolio_gives_the_same_bytes(
    by_hand: SimpleNamespace, tmp_path: Path
) -> None:
    """There is no clock in the file."""
    positions, rows = by_hand.holdings()
    portfolio = Portfolio(name="x", positions=positions)
    exposures = Exposures(segments=("AI_ACCEL",), rows=rows)
    for name in ("a.xlsx", "b.xlsx"):
        write_mapping_workbook(
            tmp_path / name, portfolio, exposures, by_hand.factor().chain
        )
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_wrong_place(result: StressResult, by_hand: SimpleNamespace) -> None:
    """A missing folder is an OutputError."""
    with pytest.raises(OutputError):
        write_mapping_workbook(
            "no/such/folder/m.xlsx",
            result.portfolio,
            result.exposures,
            by_hand.factor().chain,
        )

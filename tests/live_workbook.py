"""Reports that calculate: what tests of the workbook share."""

from __future__ import annotations

import io
import math
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest

from stresskit.model import HedgePlan, Presentation, StressResult
from stresskit.writers.workbook import workbook_bytes
from stresskit.writers.workbook.figures import compute
from stresskit.writers.workbook.layout import FIRST, Layout


class Live:
    """A written report that calculates: read and set cells by defined name."""

    def __init__(
        self,
        result: StressResult,
        plan: HedgePlan | None = None,
        presentation: Presentation | None = None,
    ):
        import formualizer

        self.payload = workbook_bytes(result, plan, presentation=presentation)
        self.layout = Layout(result, plan, compute(result, plan))
        self.engine = formualizer.Workbook.from_bytes(self.payload)
        self.engine.evaluate_all()
        self.cached = openpyxl.load_workbook(io.BytesIO(self.payload), data_only=True)
        self.formulas = openpyxl.load_workbook(io.BytesIO(self.payload))

    def place(self, name: str) -> tuple[str, int, int]:
        """Return the sheet, row and column of a defined name."""
        sheet, address = next(iter(self.formulas.defined_names[name].destinations))
        cell = self.formulas[sheet][address.replace("$", "")]
        return sheet, cell.row, cell.column

    def find(self, sheet: str, text: str, col: int = 1, nth: int = 0) -> int:
        """Return the row with this text in a column."""
        rows = [
            r[0].row
            for r in self.cached[sheet].iter_rows(min_col=col, max_col=col)
            if r[0].value == text
        ]
        return rows[nth]

    def put(self, sheet: str, row: int, col: int, value: float | str) -> None:
        """Change a cell; what follows is calculated later."""
        self.engine.set_value(sheet, row, col, value)

    def set(self, sheet: str, row: int, col: int, value: float | str) -> None:
        """Change a cell and calculate."""
        self.engine.set_value(sheet, row, col, value)
        self.engine.evaluate_all()

    def __getitem__(self, name: str) -> object:
        return self.engine.get_value(*self.place(name))

    def differences(self, scale: float) -> list[tuple[str, str, object, object]]:
        """Return formulas whose value is not the cached one, to 1e-9 of the scale."""
        found = []
        for sheet in self.formulas:
            for cell in (c for row in sheet.iter_rows() for c in row):
                if cell.data_type != "f":
                    continue
                value = self.engine.get_value(sheet.title, cell.row, cell.column)
                cached = self.cached[sheet.title][cell.coordinate].value
                if not same(value, cached, scale):
                    found.append((sheet.title, cell.coordinate, value, cached))
        return found


def same(value: object, cached: object, scale: float) -> bool:
    """Say whether two cell values agree; blank text and nothing are the same."""
    if isinstance(value, bool) or isinstance(cached, bool):
        return value == cached  # LibreOffice saves a formatted TRUE as 1
    if isinstance(value, int | float) and isinstance(cached, int | float):
        return math.isclose(value, cached, rel_tol=1e-9, abs_tol=1e-12 * scale)
    return (value or "") == (cached or "")


def assert_matches(live: Live, wanted: StressResult, *, names: bool = True) -> None:
    """Compare the headline, the range and every position with another result.

    Positions are found by their names, or where they are the same, by their order.
    """
    numbers = {
        "NAV": wanted.base_value,
        "PnL": wanted.pnl,
        "StressedValue": wanted.stressed_value,
        "BandLow": wanted.band.low,
        "BandHigh": wanted.band.high,
    }
    assert {k: live[k] for k in numbers} == pytest.approx(numbers, rel=1e-9)
    rows = [FIRST + 1 + n for n in range(len(wanted.by_position))]
    if names:
        rows = [live.find("Positions", r.position.name) for r in wanted.by_position]
    columns = {10: "pnl", 12: "low", 13: "high", 14: "market", 15: "segments"}
    for col, name in columns.items():
        actual = [live.engine.get_value("Positions", row, col) for row in rows]
        expected = [getattr(r, name) for r in wanted.by_position]
        assert actual == pytest.approx(expected, rel=1e-9, abs=1e-6)
    assert live["MasterCheck"] is True


RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def recalculate(path: Path, folder: Path) -> Path:
    """Open and save a workbook in LibreOffice under a profile that recalculates."""
    program = shutil.which("soffice")
    assert program is not None, "install libreoffice-calc"
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(RECALCULATE)
    subprocess.run(
        [
            program,
            "--headless",
            f"-env:UserInstallation={profile.as_uri()}",
            "--convert-to",
            "xlsx",
            "--outdir",
            str(folder / "again"),
            str(path),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return folder / "again" / path.name

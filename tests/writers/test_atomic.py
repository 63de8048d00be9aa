"""Files are there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from stresskit.errors import OutputError
from stresskit.model import StressResult
from stresskit.writers import write_workbook
from stresskit.writers.workbook import workbook_bytes


def test_a_failed_write_leaves_the_old_report(
    result: StressResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever fails, what was there stays, and no debris beside it."""
    path = tmp_path / "report.xlsx"
    path.write_bytes(b"the old report")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OutputError, match="No space left"):
        write_workbook(path, result)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {
        "report.xlsx": b"the old report"
    }


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing/report.xlsx", "no folder"),
        (".", "is a folder"),
        ("report.xls", "does not end in .xlsx"),
    ],
)
def test_places_that_cannot_be_written(
    result: StressResult, tmp_path: Path, name: str, words: str
) -> None:
    """A wrong place is an OutputError with a hint, before any work is done."""
    with pytest.raises(OutputError, match=words) as caught:
        write_workbook(tmp_path / name, result)
    assert caught.value.hint != ""


def test_a_report_is_replaced(result: StressResult, tmp_path: Path) -> None:
    """Writing over an old report gives the new one and nothing else."""
    path = tmp_path / "report.xlsx"
    path.write_bytes(b"old")
    write_workbook(path, result)
    assert path.read_bytes() == workbook_bytes(result)
    assert [p.name for p in tmp_path.iterdir()] == ["report.xlsx"]


def test_a_link_is_followed(result: StressResult, tmp_path: Path) -> None:
    """Writing to a link replaces what it points to and keeps the link."""
    (tmp_path / "real.xlsx").write_bytes(b"old")
    (tmp_path / "link.xlsx").symlink_to(tmp_path / "real.xlsx")
    write_workbook(tmp_path / "link.xlsx", result)
    assert (tmp_path / "link.xlsx").is_symlink()
    assert (tmp_path / "real.xlsx").read_bytes() == workbook_bytes(result)

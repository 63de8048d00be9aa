"""A book's run that is killed goes on, and ends with the same files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from books import book, write_rates

KILLING = Path(__file__).parents[2] / "killing.py"


def _hashes(folder: Path) -> dict[str, str]:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    # Workbooks hold the time they were made at.
    return {k: v for k, v in manifest["files"].items() if not k.endswith(".xlsx")}


def test_a_run_killed_at_ten_moments_ends_as_one_that_was_not(tmp_path: Path) -> None:
    """Whatever is under way: nothing half-written is left, and the files are the same.

    The report of a portfolio is among what is under way.
    """
    rows = book(28)
    rows.to_parquet(tmp_path / "book.parquet", index=False)
    chosen = str(rows["portfolio"].iloc[0])
    (tmp_path / "chosen.txt").write_text(chosen, encoding="utf-8")
    write_rates(tmp_path / "fx.csv")
    ran = subprocess.run(
        [sys.executable, str(KILLING), str(tmp_path), "10", "5"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {"whole": True, "killed": 10, "last": True}
    assert _hashes(tmp_path / "out") == _hashes(tmp_path / "whole")
    kept = {path.name for path in (tmp_path / "out").iterdir()}
    assert kept == {path.name for path in (tmp_path / "whole").iterdir()}

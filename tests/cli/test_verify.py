"""``stresskit verify``: sentences, exit codes, and the same bytes twice."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from reports import set_cell

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / "examples" / "us-growth" / "holdings.csv"
NOON = "1737979200"  # 27 January 2025, 12:00 UTC


def test_the_same_command_gives_the_same_bytes(run, tmp_path):
    """Two processes write one file; its time is the one that was given."""
    hashes = set()
    for name in ("one.xlsx", "two.xlsx"):
        run("stress", EXAMPLE, "--no-hedge", "-o", name, SOURCE_DATE_EPOCH=NOON)
        hashes.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    done = run("verify", "one.xlsx", EXAMPLE)

    assert len(hashes) == 1
    assert done.out.startswith("Equal: one.xlsx is what run ")
    assert "byte for byte" in done.shown


def test_a_time_that_is_none(run):
    """A wrong SOURCE_DATE_EPOCH is the user's, said with what to give."""
    done = run("stress", EXAMPLE, "--no-hedge", code=2, SOURCE_DATE_EPOCH="noon")

    assert "SOURCE_DATE_EPOCH is 'noon'" in done.said
    assert "seconds since 1970" in done.said


def test_a_report_that_differs(call, sheet, tmp_path):
    """The first line says so, the cell is named, the exit code is 3."""
    client = sheet()
    call("stress", client, "--no-hedge", "--loss-limit", "5%", "-o", "report.xlsx")
    call("verify", "report.xlsx", client)
    set_cell(tmp_path / "report.xlsx", tmp_path / "new.xlsx", "Summary", "G8", 2.0)
    done = call("verify", "new.xlsx", client, "--json", "found.json", code=3)
    found = json.loads((tmp_path / "found.json").read_text())

    assert done.out.startswith("Differs: new.xlsx ")
    assert "Summary!G8 (Severity): the report says 2, it should say 1." in done.shown
    assert found["equal"] is False
    assert found["differences"][0]["cell"] == "G8"
    assert found["figures"]["Severity"] == {"report": 2.0, "computed": 1.0}


def test_what_is_no_report(call, sheet):
    """Holdings are none, and neither is a file that is not there."""
    client = sheet()

    assert "no report of stresskit" in call("verify", client, client, code=2).said
    assert "no file" in call("verify", "none.xlsx", client, code=2).said


def test_holdings_that_are_not_there(call, sheet):
    """The second file is named, too."""
    client = sheet()
    call("stress", client, "--no-hedge", "-o", "report.xlsx")

    assert "none.csv" in call("verify", "report.xlsx", "none.csv", code=2).said


def test_json_does_not_replace_the_report(call, sheet):
    """An output that is an input is refused."""
    client = sheet()
    call("stress", client, "--no-hedge", "-o", "report.xlsx")

    call("verify", "report.xlsx", client, "--json", "report.xlsx", code=5)


def test_a_benchmark_is_recorded(call, sheet):
    """Its file is asked for, and with it the report is equal."""
    client = sheet()
    index = sheet(
        ["Ticker", "Name", "Market Value", "Currency"],
        ["NVDA", "NVIDIA CORP", 1000, "USD"],
        ["PG", "PROCTER & GAMBLE", 3000, "USD"],
        name="index.xlsx",
    )
    call("stress", client, "--no-hedge", "--benchmark", index, "-o", "report.xlsx")
    without = call("verify", "report.xlsx", client, code=3)

    assert "made with index.xlsx" in without.shown
    assert "--benchmark FILE" in without.shown
    call("verify", "report.xlsx", client, "--benchmark", index)

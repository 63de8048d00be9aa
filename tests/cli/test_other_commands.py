from __future__ import annotations

import json
import tomllib

import pytest


def test_holdings_shows_what_was_read(run, sheet):
    """The JSON of holdings has every line of the file in its place."""
    answer = json.loads(run("holdings", sheet(), "--json", "-").out)
    assert answer["schema"] == "stresskit/holdings/1"
    assert answer["total_value"] == 1e6
    assert [p["row"] for p in answer["positions"]] == [2, 3, 4, 5, 6]
    assert [p["asset_class"] for p in answer["positions"]] == [
        "equity",
        "equity",
        "equity",
        "fund",
        "cash",
    ]
    assert answer["positions"][0]["identifiers"]["isin"] == "US67066G1040"
    assert answer["issues"] == []


def test_holdings_reports_a_bad_cell_and_still_writes(call, sheet, tmp_path):
    """A problem in the file gives exit code 2, the list of it, and the marked copy."""
    file = sheet(
        ["Name", "Market Value", "Currency"],
        ["NVIDIA", "n.m.x", "USD"],
        ["PG", 5, "USD"],
    )
    done = call("holdings", file, "--annotate", "marked.xlsx", code=2)
    assert "sheet Holdings, row 2, column B" in " ".join(done.out.split())
    assert (tmp_path / "marked.xlsx").is_file()


def test_the_shipped_factor_is_listed_shown_and_in_order(call):
    """List, show and check know the factor that ships."""
    listed = json.loads(call("factor", "list", "--json", "-").out)
    assert "deepseek-2025-01-27" in [f["id"] for f in listed["factors"]]
    assert "deepseek-2025-01-27" in call("factor", "list").out
    shown = json.loads(call("factor", "show", "deepseek-2025-01-27", "--json", "-").out)
    assert {"AI_ACCEL", "ROM_55"} <= {s["segment"] for s in shown["shocks"]}
    assert shown["event"]["start"] == "2025-01-27"
    page = call("factor", "show", "deepseek-2025-01-27").out
    assert "AI accelerators" in page
    assert shown["sha256"] in page
    assert "in order" in call("factor", "check", "deepseek-2025-01-27").out


def test_a_factor_of_ones_own(call, sheet, tmp_path):
    """A table of moves becomes a factor that is checked, listed and stresses."""
    moves = tmp_path / "moves.csv"
    moves.write_text("segment,move\nAI_ACCEL,-30%\nIPP_NUC,0.1\n", encoding="utf-8")
    new = ("factor", "new", "my-event-2026", "--moves", moves, "--event", "2026-03-02")
    call(*new)
    folder = tmp_path / "my-event-2026"
    told = tomllib.loads((folder / "factor.toml").read_text(encoding="utf-8"))
    shocks = {s["segment"]: s["shrunk"] for s in told["shocks"]}
    assert shocks["AI_ACCEL"] == pytest.approx(-0.30)
    assert shocks["IPP_NUC"] == pytest.approx(0.10)
    call("factor", "check", folder)
    assert "my-event-2026" in call("factor", "list", "--factors", tmp_path).out
    answer = json.loads(
        call(
            *("stress", sheet(), "--json", "-", "--no-hedge"),
            *("--factor", "my-event-2026", "--factors", tmp_path),
        ).out
    )
    assert answer["run"]["factor"]["id"] == "my-event-2026"
    nvidia, vistra = answer["by_position"][:2]
    assert nvidia["pnl"] < 0 < vistra["pnl"]
    # What exists is never overwritten.
    before = (folder / "factor.toml").read_bytes()
    call(*new, code=5)
    assert (folder / "factor.toml").read_bytes() == before


def test_a_factor_that_was_tampered_with_is_found(call, tmp_path):
    """Check finds a file that does not belong and a folder with another name."""
    moves = tmp_path / "moves.csv"
    moves.write_text("segment,move\nAI_ACCEL,-30%\n", encoding="utf-8")
    call("factor", "new", "mine", "--moves", moves, "--event", "2026-03-02")
    (tmp_path / "mine" / "notes [old].txt").write_text("x", encoding="utf-8")
    (tmp_path / "mine").rename(tmp_path / "yours")
    done = call("factor", "check", tmp_path / "yours", code=2)
    assert "notes [old].txt does not belong" in done.out
    assert "that of yours" in done.out


def test_the_demo_writes_its_report(run, tmp_path):
    """The demo needs no file and writes where it is told."""
    done = run("demo", "-o", "demo.xlsx", "--no-hedge")
    assert "would lose" in done.out
    assert (tmp_path / "demo.xlsx").read_bytes().startswith(b"PK")


def test_version_and_help(run):
    """The version is the package's, and the help names every command."""
    import stresskit

    assert run("--version").out.strip() == f"stresskit {stresskit.__version__}"
    page = run("--help").out
    for command in ("stress", "holdings", "map", "factor", "demo"):
        assert command in page

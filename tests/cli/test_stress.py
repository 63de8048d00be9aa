from __future__ import annotations

import json

import openpyxl
import pytest

KINDS = ("market", "segments", "own_name", "fx", "options", "cross")


def _close(value, scale):
    return pytest.approx(value, abs=1e-9 * scale)


def _ties_out(answer):
    """Check that positions, segments, attribution and summary are one figure."""
    top, lines = answer["summary"], answer["by_position"]
    gross = sum(abs(r["base_value"]) for r in lines) or 1.0
    assert sum(r["pnl"] for r in lines) == _close(top["pnl"], gross)
    assert sum(r["base_value"] for r in lines) == _close(top["base_value"], gross)
    assert top["stressed_value"] == _close(top["base_value"] + top["pnl"], gross)
    parts = answer["attribution"]
    assert sum(parts[k] for k in KINDS) == _close(top["pnl"], gross)
    by_segment = sum(s["pnl"] for s in answer["by_segment"])
    assert by_segment == _close(parts["segments"], gross)
    assert top["band"]["low"] <= top["pnl"] <= top["band"]["high"]
    for r in lines:
        if "segments" in r and isinstance(r["segments"], dict):
            assert set(r["segments"]) <= {s["segment"] for s in answer["by_segment"]}
    for h in answer["hedges"]:
        residual = top["pnl"] + h["hedge_pnl"] - h["cost"]
        assert h["residual_pnl"] == _close(residual, gross)


def test_the_answer_on_stdout_is_json_that_ties_out(run, sheet):
    """``--json -`` gives the contract and nothing else; the words go to stderr."""
    done = run("stress", sheet(), "--json", "-", "--no-hedge")
    answer = json.loads(done.out)
    assert answer["schema"] == "stresskit/result/1"
    assert [r["base_value"] for r in answer["by_position"]] == [
        400000,
        100000,
        250000,
        200000,
        50000,
    ]
    assert [r["source"] for r in answer["by_position"]] == [
        "curated",
        "curated",
        "curated",
        "fund",
        "cash",
    ]
    _ties_out(answer)
    assert answer["summary"]["base_value"] == 1e6
    assert answer["summary"]["currency"] == "USD"
    assert answer["summary"]["coverage_ratio"] == 1
    assert answer["hedges"] == []
    # On the event day Nvidia and Vistra lost, and Procter & Gamble rose.
    signs = [r["pnl"] > 0 for r in answer["by_position"][:3]]
    assert signs == [False, False, True]
    assert "would lose" in done.said


def test_the_whole_job_with_hedges_and_report(run, sheet, tmp_path):
    """Report and JSON are written, the families stand side by side."""
    done = run(
        "stress", sheet(), "-o", "r.xlsx", "--json", "r.json", "--hedge-target", 0.25
    )
    answer = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    _ties_out(answer)
    families = [h["family"] for h in answer["hedges"]]
    usual = ["overlay", "pairs", "options", "trim", "rotation", "nothing"]
    assert families == usual
    assert answer["hedges"][0]["legs"]
    assert answer["hedges"][-1]["residual_pnl"] == answer["summary"]["pnl"]
    book = openpyxl.load_workbook(tmp_path / "r.xlsx", read_only=True)
    assert "Summary" in book.sheetnames
    book.close()
    assert "take away 25% of the loss" in done.shown
    assert "Report: r.xlsx" in done.said
    assert not list(tmp_path.glob("*.tmp"))


@pytest.mark.parametrize(
    ("options", "severity", "mode"),
    [
        (("--severity", 0), 0, "factor"),
        (("--severity", 2, "--mode", "replay"), 2, "replay"),
        (("--severity", 10, "--market", -0.05), 10, "factor"),
    ],
)
def test_the_scenario_is_what_was_asked(call, sheet, options, severity, mode):
    """Severity and mode come back in the answer; nothing happens at zero."""
    answer = json.loads(
        call("stress", sheet(), "--json", "-", "--no-hedge", *options).out
    )
    _ties_out(answer)
    scenario = answer["run"]["scenario"]
    assert (scenario["severity"], scenario["mode"]) == (severity, mode)
    assert (answer["summary"]["pnl"] == 0) == (severity == 0)


ODD = {
    "one cash line": [["US DOLLAR", "Cash", 1000]],
    "all shorts": [["NVIDIA CORP", "Equity", -1000], ["VISTRA CORP", "Equity", -500]],
    "borrowed cash": [["NVIDIA CORP", "Equity", 1500], ["US DOLLAR", "Cash", -500]],
    "worth nothing": [["NVIDIA CORP", "Equity", 1000], ["US DOLLAR", "Cash", -1000]],
    "one line": [["NVIDIA CORP", "Equity", 1000]],
    "the same twice": [["NVIDIA CORP", "Equity", 1000], ["NVIDIA CORP", "Equity", 500]],
    "unknown": [["Nobody Ever Heard Of It", "Equity", 1000]],
    "markup": [["NVIDIA [/red] [b]CORP :dog:", "Equity", 1000]],
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_but_legal_holdings_have_an_answer(call, sheet, kind):
    """Whatever a portfolio may look like, every line is in an answer that ties out."""
    head = ["Name", "Type", "Market Value", "Currency"]
    file = sheet(head, *([*row, "USD"] for row in ODD[kind]))
    done = call("stress", file, "--no-hedge", "--json", "odd.json")
    answer = json.loads((file.parent / "odd.json").read_text(encoding="utf-8"))
    _ties_out(answer)
    assert len(answer["by_position"]) == len(ODD[kind])
    assert ODD[kind][0][0] in done.out


@pytest.mark.parametrize("second", [0.4, -0.2, -0.6])
def test_weights_alone_are_stressed_as_shares(call, tmp_path, second):
    """A file of weights, short or summing to nothing, is answered in shares of it."""
    file = tmp_path / "w.csv"
    text = (
        f"Ticker,Name,Weight,Currency\nNVDA,NVIDIA CORP,60%,USD\nPG,PG,{second:.0%},USD"
    )
    file.write_text(text, encoding="utf-8")
    done = call("stress", file, "--no-hedge", "--json", "w.json")
    answer = json.loads((tmp_path / "w.json").read_text(encoding="utf-8"))
    _ties_out(answer)
    assert answer["summary"]["currency"] is None
    assert answer["summary"]["base_value"] == pytest.approx(0.6 + second)
    assert "60.00%" in done.out


def test_weights_of_an_amount_are_shown_in_money(call, tmp_path):
    """``--value`` turns shares into money, in the answer and on the page."""
    file = tmp_path / "w.csv"
    file.write_text("Name,Weight\nNVIDIA CORP,60%\nUS DOLLAR,40%\n", encoding="utf-8")
    shares = json.loads(call("stress", file, "--no-hedge", "--json", "-").out)
    done = call("stress", file, "--no-hedge", "--value", 2e6, "--json", "w.json")
    money = json.loads((tmp_path / "w.json").read_text(encoding="utf-8"))
    assert money["summary"]["base_value"] == pytest.approx(2e6)
    assert money["summary"]["pnl"] == pytest.approx(2e6 * shares["summary"]["pnl"])
    assert "1,200,000" in done.out
    assert "120000000" not in done.out


def test_values_without_a_currency_are_money(call, tmp_path):
    """A file that names no currency is shown in its own numbers, not as shares."""
    file = tmp_path / "n.csv"
    file.write_text(
        "Name,Market Value\nNVIDIA CORP,1000\nNobody,500\n", encoding="utf-8"
    )
    done = call("stress", file, "--no-hedge")
    assert "1,000" in done.out
    assert "100000" not in done.out
    assert "--base-currency" in done.said


def test_the_same_input_gives_the_same_answer(run, sheet):
    """Two runs differ in nothing but the time of day."""
    file = sheet()
    first, second = (
        json.loads(run("stress", file, "--json", "-", "--no-hedge").out)
        for _ in range(2)
    )
    for answer in (first, second):
        del answer["run"]["created"], answer["run"]["id"]
    assert first == second

"""Mandates, targets, instruments and orders on the command line, well and badly."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
BOOK = "examples/us-growth/holdings.csv"


def run(*arguments):
    """Run the command from the repository's folder."""
    return subprocess.run(
        [sys.executable, "-m", "stresskit", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def said(done):
    """Return what stands on stderr as one line."""
    return " ".join(done.stderr.split())


def test_a_mandate_with_orders_and_json(tmp_path):
    """The families of the mandate, the target in money, and the orders beside it."""
    orders, out = tmp_path / "orders.csv", tmp_path / "result.json"
    done = run(
        *("stress", BOOK, "--mandate", "ucits-fund", "--hedge-target", "50000"),
        *("--family", "overlay", "--family", "nothing"),
        *("--orders", str(orders), "--json", str(out)),
    )
    assert done.returncode == 0, done.stderr
    content = json.loads(out.read_text(encoding="utf-8"))
    assert [h["family"] for h in content["hedges"]] == ["overlay", "nothing"]
    overlay = content["hedges"][0]
    summary, plan = content["summary"], content["hedge_plan"]
    assert plan["mandate"]["name"] == "ucits-fund"
    assert plan["asked"] == {"kind": "money", "value": 50000.0}
    assert overlay["residual_pnl"] >= summary["pnl"] + 50000.0 - 0.01
    # Every figure follows from those beside it.
    legs = overlay["legs"]
    assert {leg["kind"] for leg in legs} <= {"etf", "future"}
    for leg in legs:
        sign = 1 if leg["side"] == "buy" else -1
        assert leg["cost"] == pytest.approx(leg["notional"] * leg["cost_rate"])
        assert leg["pnl"] == pytest.approx(
            sign * leg["notional"] * leg["stress_return"]
        )
    cost = sum(leg["cost"] for leg in legs) + overlay["ticket_cost"]
    assert overlay["cost"] == pytest.approx(cost)
    assert overlay["hedge_pnl"] == pytest.approx(sum(leg["pnl"] for leg in legs))
    left = summary["pnl"] + overlay["hedge_pnl"] - overlay["cost"]
    assert overlay["residual_pnl"] == pytest.approx(left)
    days = {s["label"] for s in plan["scenarios"] if s["kind"] == "day"}
    assert {"datacentre-pullback-2025-02-24", "datacentre-pullback-2025-03-26"} <= days
    assert len(overlay["pnls"]) == len(plan["scenarios"])
    lines = orders.read_text(encoding="utf-8").splitlines()
    assert len(lines) > len(legs)
    assert "Orders:" in done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--mandate", "privat-client"], ["no mandate", "private-client"]),
        (["--mandate", "none.toml"], ["none.toml", "no such file"]),
        (["--hedge-target", "half"], ["--hedge-target half", "no number"]),
        (["--hedge-target", "0"], ["hedge target of 0"]),
        (["--hedge-target", "150%"], ["1.5", "share of the loss"]),
        (["--hedge-target", "floor=-4%"], ["floor=4%"]),
        (["--family", "overlays"], ["overlays", "overlay, pairs"]),
        (
            ["--mandate", "private-client", "--family", "overlay"],
            ["private-client does not allow", "trim, rotation"],
        ),
        (["--robust", "very"], ["robust", "budget"]),
        (["--instruments", "none.csv"], ["none.csv", "no such file"]),
        (["--orders", "orders.txt"], [".csv"]),
        (["--orders", BOOK], ["replaced"]),
    ],
)
def test_what_is_wrong_is_said_before_any_work(options, words):
    """A typo ends with exit code 2 or 5 and says what to write; no traceback."""
    done = run("stress", BOOK, *options)
    assert done.returncode in {2, 5}, done.stderr
    for word in words:
        assert word in said(done)
    assert "Traceback" not in done.stderr


def test_a_mandate_that_contradicts_itself(tmp_path):
    """Every contradiction is named at once, with the file."""
    path = tmp_path / "odd.toml"
    path.write_text(
        'schema = "stresskit/mandate/1"\nfamilies = ["overlay"]\n'
        "[limits]\nshort = 0.0\ngross = -1.0\nturnovr = 0.2\n",
        encoding="utf-8",
    )
    done = run("mandate", "check", str(path))
    assert done.returncode == 2
    assert "turnovr" in said(done)
    assert "did you mean turnover" in said(done)
    path.write_text(
        path.read_text(encoding="utf-8").replace("turnovr", "turnover"),
        encoding="utf-8",
    )
    done = run("mandate", "check", str(path))
    assert done.returncode == 2
    assert "odd.toml" in said(done)
    assert "below zero" in said(done)
    assert "sells short, and short is 0" in said(done)


def test_instruments_that_map_to_nothing(tmp_path):
    """A universe nobody knows gives a named warning, and doing nothing stays."""
    path = tmp_path / "mine.csv"
    path.write_text(
        "ticker,mic,name,currency,half_spread_bp,cap_share,short,borrow_bp_per_year\n"
        "ZZZQ,XNAS,Unknown Fund,USD,2,0.2,yes,40\n",
        encoding="utf-8",
    )
    done = run(
        *("stress", BOOK, "--instruments", str(path)),
        *("--family", "overlay", "--family", "nothing", "--json", "-"),
    )
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout)
    assert content["hedges"][0]["status"] == "infeasible"
    codes = {i["code"] for i in content["issues"]}
    assert {"hedge-universe", "hedge-infeasible"} <= codes
    assert "ZZZQ:XNAS" in content["hedge_plan"]["left_out"]


def test_an_instrument_with_a_price_of_zero_or_a_negative_cost(tmp_path):
    """Rows and columns are named, nothing is computed."""
    path = tmp_path / "mine.csv"
    path.write_text(
        "ticker,mic,name,currency,half_spread_bp,cap_share,price\n"
        "SPY,ARCX,Fund,USD,-2,0.2,0\n",
        encoding="utf-8",
    )
    done = run("stress", BOOK, "--instruments", str(path))
    assert done.returncode == 2
    for word in ("row 2", "half_spread_bp", "price", "zero"):
        assert word in said(done)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["PG,Procter & Gamble,XNYS,250000"], "does not lose"),
        ([",US dollar,,250000"], "does not lose"),
    ],
)
def test_a_portfolio_in_gain_or_of_cash_asks_for_nothing(tmp_path, lines, words):
    """Nothing is suggested where nothing is lost, with the reason."""
    path = tmp_path / "book.csv"
    kind = "Cash" if lines[0].startswith(",") else "Equity"
    rows = [f"{line},USD,{kind}" for line in lines]
    header = "Ticker,Name,Exchange,Market Value,Currency,Type"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    done = run("stress", str(path), "--base-currency", "USD", "--json", "-")
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout)
    assert content["summary"]["pnl"] >= 0
    for h in content["hedges"]:
        assert h["legs"] == []
        assert h["family"] == "nothing" or words in h["note"]


def test_mandates_are_listed_and_shown(tmp_path):
    """The list names the shipped ones; what is shown can be fed back."""
    listed = run("mandate", "list")
    for name in ("private-client", "ucits-fund", "long-short-fund"):
        assert name in listed.stdout
        shown = run("mandate", "show", name)
        path = tmp_path / f"{name}.toml"
        path.write_text(shown.stdout, encoding="utf-8")
        checked = run("mandate", "check", str(path))
        assert checked.returncode == 0, checked.stderr
        assert name in checked.stdout

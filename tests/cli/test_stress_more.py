"""The options of a stress beyond the plain case, typed well and badly."""

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
        [sys.executable, "-m", "stresskit", "stress", BOOK, "--no-hedge", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_all_that_can_be_asked_at_once():
    """Scenarios, shocks, a limit, a benchmark and a date, recorded in the JSON."""
    done = run(
        *("--scenario", "severities", "--scenario", "deepseek-overspend"),
        *("--shock", "AI_ACCEL=-20%", "--shock", "RATE_USD=-8bp", "--market", "-1%"),
        *("--loss-limit", "5%", "--benchmark", "examples/long-short/holdings.xlsx"),
        *("--others", "event", "--as-of", "2025-01-24", "--json", "-"),
    )
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout)

    scenario = content["run"]["scenario"]
    assert scenario["shocks"] == {"AI_ACCEL": -0.2}
    assert scenario["other_moves"] == {"RATE_USD": -0.0008}
    assert (scenario["market"], scenario["others"]) == (-0.01, "event")
    labels = [s["label"] for s in content["scenarios"]]
    assert labels[:3] == ["severity 0.5", "severity 1.5", "severity 2"]
    assert labels[3].startswith("deepseek-overspend")
    limit = 0.05 * content["summary"]["base_value"]
    assert content["reverse"]["loss"] == pytest.approx(limit, rel=1e-12)
    assert content["comparison"]["name"].startswith("Long/short")
    assert content["distribution"]["draws"] == 20_000


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scenario", "nonsense"], "no factor 'nonsense'"),
        (["--scenario", "severity=two"], "severity is 'two'"),
        (["--scenario", "none.toml"], "none.toml"),
        (["--scenario", "severity=99"], "out of range"),
        (["--shock", "AI_CHIPS=-20%"], "AI_ACCEL"),
        (["--shock", "GOLD"], "NAME=MOVE"),
        (["--shock", "GOLD=1%", "--shock", "GOLD=2%"], "two moves"),
        (["--shock", "MARKET=-2%", "--market", "-1%"], "set twice"),
        (["--others", "sometimes"], "event, predictive, none"),
        (["--driver", "NVDA"], "no driver"),
        (["--driver", "MARKET", "--driver", "MEMORY", "--driver", "SEMICAP"], ""),
        (["--day", "3"], "Sessions known: 0, 1, 5, 10, 20"),
        (["--loss-limit", "lots"], "no amount above zero"),
        (["--loss-limit", "0"], "no amount above zero"),
        (["--benchmark", "none.csv"], "none.csv"),
        (["--benchmark", "examples/README.md"], "The benchmark README.md"),
        (["--as-of", "24.1.2025"], "2025-01-24"),
    ],
)
def test_what_is_typed_wrong_is_said(call, arguments, said):
    """Exit code 2, what is wrong and how to write it."""
    here = [str(ROOT / a) if a.startswith("examples/") else a for a in arguments]
    done = call("stress", ROOT / BOOK, "--no-hedge", *here, code=2 if said else 0)

    assert said in done.said
    assert "fix:" in done.said or not said


def asked(call, file, *arguments):
    """Return the answer to a question without hedges, and what was said."""
    done = call("stress", file, "--no-hedge", "--json", "-", *arguments)
    return json.loads(done.out), done.said


def test_severities_and_path_are_the_default(call, sheet):
    """Nothing said: both sets, a limit of a tenth, draws."""
    answer, said = asked(call, sheet())

    labels = [s["label"] for s in answer["scenarios"]]
    assert labels[:3] == ["severity 0.5", "severity 1.5", "severity 2"]
    assert labels[3:] == [
        "1 session later",
        *(f"{n} sessions later" for n in (5, 10, 20)),
    ]
    # A tenth of the sheet's million.
    assert answer["reverse"]["loss"] == pytest.approx(1e5, rel=1e-12)
    assert "expected shortfall" in said
    assert "The likeliest way to lose 100,000 USD is" in said
    assert answer["comparison"] is None


def test_only_the_scenario_itself(call, sheet):
    """Further scenarios, draws and the way to a loss can all be left out."""
    left_out = ("--scenario", "none", "--no-draws", "--loss-limit", "none")

    answer, _ = asked(call, sheet(), *left_out)

    found = answer["scenarios"], answer["distribution"], answer["reverse"]
    assert found == ([], None, None)


def test_scenarios_of_a_file(call, sheet, tmp_path):
    """A TOML file beside a line and a set, in the order they were given."""
    (tmp_path / "mine.toml").write_text(
        '[[scenario]]\nlabel = "mild"\nseverity = 0.5\n'
        '[[scenario]]\nlabel = "chips"\n'
        'shocks = { AI_ACCEL = "-25%", MARKET = -0.01 }\n'
    )
    answer, _ = asked(
        call, sheet(), *("--scenario", "mine.toml", "--scenario", "label=x,day=5")
    )

    assert [s["label"] for s in answer["scenarios"]] == ["mild", "chips", "x"]
    chips = answer["scenarios"][1]["scenario"]
    assert (chips["shocks"], chips["market"]) == ({"AI_ACCEL": -0.25}, -0.01)
    assert answer["scenarios"][2]["scenario"]["day"] == 5


@pytest.mark.parametrize(
    ("text", "loss"),
    [("5%", 5e4), ("2,5%", 2.5e4), ("100,000", 1e5), ("1e5", 1e5), ("0.5", 0.5)],
)
def test_a_limit_is_money_or_a_share(call, sheet, text, loss):
    """Of the sheet's million; thousands apart are no decimals."""
    answer, _ = asked(call, sheet(), "--scenario", "severities", "--loss-limit", text)

    assert answer["reverse"]["loss"] == pytest.approx(loss, rel=1e-12)


def test_a_share_of_nothing_is_no_limit(call, sheet):
    """Long and short that cancel: it is said, and an amount is answered."""
    head = ["Name", "Type", "Market Value", "Currency"]
    rows = [["NVIDIA CORP", "Equity", 1000, "USD"], ["US DOLLAR", "Cash", -1000, "USD"]]
    file = sheet(head, *rows)
    share, said = asked(call, file)
    money, _ = asked(call, file, "--loss-limit", "50")

    assert share["reverse"] is None
    assert "no-loss-limit" in [i["code"] for i in share["issues"]]
    assert "10% of it is no loss limit" in said
    assert money["reverse"]["loss"] == 50.0


def test_a_file_of_scenarios_is_not_replaced(call, sheet, tmp_path):
    """It is read like the holdings: no output takes its place."""
    path = tmp_path / "mine.toml"
    path.write_text("[[scenario]]\nseverity = 2\n")
    arguments = ("--scenario", "mine.toml", "--json", "mine.toml")

    done = call("stress", sheet(), "--no-hedge", *arguments, code=5)

    assert "would be replaced" in done.said
    assert path.read_text() == "[[scenario]]\nseverity = 2\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scenario", ""], "is no setting"),
        (["--scenario", "day=inf"], "day is 'inf'"),
        (["--scenario", "severites"], "Sets of scenarios: severities, path"),
        (["--scenario", "severty=2"], "Did you mean the setting severity?"),
        (["--scenario", "client.xlsx"], "client.xlsx cannot be read"),
        (["--scenario", "broken.toml"], "broken.toml, scenario 1: shocks is"),
        (["--scenario", "label=a,day=5", "--scenario", "label=a,day=1"], "called 'a'"),
        (["--shock", ""], "no name and move"),
        (["--shock", "VXI=+3pt"], "Did you mean VIX?"),
        (["--shock", "USD=-1%"], "USD is the portfolio's own currency"),
        (["--scenario", "USD=-1%"], "cannot move against itself"),
        (["--shock", "RATE_USD=3"], "RATE_USD is 3"),
        (["--shock", "EUR=1%", "--shock", "FX_EUR=2%"], "EUR is set twice"),
        (["--shock", "AI_ACCEL=-1%", "--shock", "AI accelerators=-2%"], "set twice"),
        (["--driver", "MEMORY", *["--driver", "MARKET"] * 3], "4 drivers"),
        (["--loss-limit", ""], "no amount above zero"),
        (["--loss-limit", "10bp"], "no amount above zero"),
        (["--loss-limit=-5%"], "no amount above zero"),
        (["--benchmark", "nothing.csv"], "The benchmark is worth 0"),
        (["--benchmark", "broken.toml"], "The benchmark broken.toml"),
    ],
)
def test_more_that_is_typed_wrong(call, sheet, tmp_path, arguments, said):
    """Exit code 2, what, where and how to write it; nothing is written."""
    file = sheet()
    (tmp_path / "broken.toml").write_text('[[scenario]]\nshocks = "GOLD"\n')
    (tmp_path / "nothing.csv").write_text(
        "Name,Market Value,Currency\nNVIDIA CORP,10,USD\nUS DOLLAR,-10,USD\n"
    )
    done = call("stress", file, "--no-hedge", *arguments, code=2)

    assert said in done.said
    assert "fix:" in done.said
    assert done.out == ""


def test_a_benchmark_is_compared(call, sheet, tmp_path):
    """40% Nvidia here, all of it there: 40% in both, the difference in segments."""
    (tmp_path / "index.csv").write_text(
        "Name,ISIN,Market Value,Currency\nNVIDIA CORP,US67066G1040,10,USD\n"
    )
    answer, said = asked(call, sheet(), "--benchmark", "index.csv")
    found = answer["comparison"]

    assert found["overlap"] == pytest.approx(0.4, rel=1e-9)
    top = answer["summary"]["pnl"] / 1e6
    assert found["active_pnl_pct"] == pytest.approx(
        top - found["benchmark_pnl_pct"], rel=1e-9
    )
    assert "40% of the weight is in both" in said
    assert "Where the difference comes from" in said


def test_a_name_too_long_for_a_disk_is_no_factor():
    """Said like any other that is not known."""
    done = run("--scenario", "x" * 300)
    assert done.returncode == 2
    assert "There is no factor" in " ".join(done.stderr.split())

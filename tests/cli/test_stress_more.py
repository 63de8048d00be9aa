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
def test_what_is_typed_wrong_is_said(arguments, said):
    """Exit code 2, what is wrong and how to write it, no traceback."""
    done = run(*arguments)

    told = " ".join(done.stderr.split())
    if not said:
        assert done.returncode == 0, told
        return
    assert done.returncode == 2, told
    assert said in told
    assert "Traceback" not in told
    assert "fix:" in told

"""How an example is run: the commands of its README, as CI and its author run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MANDATES = {
    "european-balanced": "examples/european-balanced/mandate.toml",
    "long-short": "long-short-fund",
    "multi-asset": "ucits-fund",
    "us-growth": "private-client",
}
EXAMPLES = ("european-balanced", "long-short", "multi-asset", "us-growth")


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command from the repository's folder, as text."""
    return subprocess.run(
        [sys.executable, "-m", "stresskit", *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "110"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def arguments_of(name: str) -> list[str]:
    """Return the arguments of an example's stress."""
    folder = ROOT / "examples" / name
    holdings = next(folder.glob("holdings.*")).relative_to(ROOT)
    fx = folder / "fx.csv"
    rates = ["--fx", str(fx.relative_to(ROOT))] if fx.is_file() else []
    return ["stress", holdings.as_posix(), *rates, "--mandate", MANDATES[name]]


def text_of(name: str) -> str:
    """Return the summary an example prints, without hedges."""
    return command(*arguments_of(name), "--no-hedge").stdout


def result_of(name: str) -> str:
    """Return an example's JSON with hedges, without what differs from run to run."""
    result = json.loads(command(*arguments_of(name), "--json", "-").stdout)
    result["run"] = {"factor": result["run"]["factor"]["id"]}
    result["hedge_plan"].pop("left_out")
    for hedge in result["hedges"]:
        for long in ("frontier", "alternatives", "by_segment"):
            hedge.pop(long)
    # What an issue says of hedges holds a solver's figures, to its own precision.
    result["issues"] = [i for i in result["issues"] if i["code"] != "hedge-infeasible"]
    for row in result["by_position"]:
        row["segments"] = {k: v for k, v in row["segments"].items() if abs(v) >= 0.05}
    return json.dumps(result, indent=1, ensure_ascii=False) + "\n"

"""``stresskit batch`` with a book: what is printed, and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

BOOK = Path(__file__).parents[2] / "examples" / "many-portfolios" / "book.csv"
QUICK = ("--no-hedge", "--scenario", "none", "--as-of", "2025-01-24")


def test_the_example_gives_the_league_table_in_one_command(run, tmp_path):
    """Twenty largest losses in money, and where the rest is."""
    result = run("batch", BOOK, "-o", tmp_path / "out", *QUICK)
    lines = result.out.splitlines()
    assert lines[0] == "24 of 24 portfolios stressed, 4 breach the limit of 10%."
    assert lines[4].split()[:2] == ["1", "technology-01"]
    assert lines[-1] == "and 4 more"
    assert (tmp_path / "out" / "comparison.xlsx").is_file()
    assert "252 rows, 23 instruments" in result.said


def test_events_are_an_object_a_line(run, tmp_path):
    """A scheduler reads steps, rows and the end from stderr."""
    result = run("batch", BOOK, "-o", tmp_path / "out", *QUICK, "--progress", "json")
    told = [json.loads(x) for x in result.err.splitlines() if x.startswith("{")]
    kinds = [one["event"] for one in told]
    assert kinds[-1] == "end"
    assert {"step", "start", "progress"} <= set(kinds)
    done = next(one for one in told if one["event"] == "progress")
    assert (done["rows"], done["done"], done["seconds_left"]) == (252, 252, 0.0)
    assert told[-1]["portfolios"] == 24


def test_a_bad_portfolio_gives_the_exit_code_of_the_input(run, tmp_path):
    """The others are answered; the bad one is named with what to do."""
    rows = pd.read_csv(BOOK, dtype=str)
    rows.loc[0, "value"] = "n/a"
    rows.to_csv(tmp_path / "book.csv", index=False)
    result = run("batch", tmp_path / "book.csv", "-o", tmp_path / "out", *QUICK, code=2)
    assert result.out.startswith("23 of 24 portfolios stressed")
    assert "error: growth-01: The holdings are not what they must be" in result.said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--engine", "dask"), "--engine 'dask' is not known."),
        (("--profile", "murex"), "--profile 'murex' is not known."),
        (("--progress", "loud"), "--progress 'loud' is not known."),
        (("--reports", "everyone"), "--reports everyone is none of"),
        (("--master", "local"), "--master is for --engine spark"),
        (("--table", "held"), "--table names a table of a database"),
        (("--columns", "isin=CODE"), "no column 'CODE'"),
        (("--done",), "--done is for a folder of holdings"),
    ],
)
def test_a_wrong_option_is_told_before_any_work(run, tmp_path, options, said):
    """Each says what is wrong and what to do; nothing is written."""
    result = run("batch", BOOK, "-o", tmp_path / "out", *QUICK, *options, code=2)
    assert said in result.said
    assert not (tmp_path / "out").exists()

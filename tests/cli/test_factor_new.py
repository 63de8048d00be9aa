"""``stresskit factor new``: an event from a small table, as its author types it."""

from __future__ import annotations

import json
import shutil
import tomllib

import pytest

from stresskit.factors import find_folders

FIVE = """\
segment,move
AI accelerators,-17%
Networking and optics,-22%
Merchant and nuclear power,-20%
Utilities,1%
Information Technology,-3%
"""


@pytest.fixture
def moves(tmp_path):
    """Write a table of moves and return its path."""

    def write(text=FIVE):
        path = tmp_path / "moves.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def told(folder):
    """The content of a factor's own file."""
    return tomllib.loads((folder / "factor.toml").read_text(encoding="utf-8"))


def test_five_sector_moves_stress_a_portfolio(call, sheet, moves, tmp_path):
    """The event is made, in order, and a portfolio loses by it; nothing else asked."""
    made = call("factor", "new", "my-event", "--moves", moves())
    call("factor", "check", "my-event/")
    done = call(
        *("stress", sheet(), "--factor", "my-event/", "--no-hedge", "--json", "-")
    )

    answer = json.loads(done.out)
    shocks = {s["segment"]: s["shock"] for s in answer["by_segment"]}
    assert shocks["AI_ACCEL"] == pytest.approx(-0.17, rel=1e-12)
    assert shocks["ROM_55"] == pytest.approx(0.01, rel=1e-12)
    assert answer["summary"]["pnl"] < 0
    assert "AI_ACCEL AI accelerators" in made.shown
    assert "--factor my-event/" in made.said
    notes = (tmp_path / "my-event" / "NOTES.md").read_text(encoding="utf-8")
    assert "- AI_ACCEL -17.00% (moves.csv, row 2, column B)" in notes


def test_what_is_assumed_is_said_after_the_table(call, moves):
    """Today, the group's mean, who does not move, the error, no market; on stderr."""
    done = call("factor", "new", "my-event", "--moves", moves())

    for words in (
        "No day of the event is given: today,",
        "assumed from AI_ACCEL, the only stated segment of COMPUTE",
        "19 of 36 segments do not move beyond the market",
        "5% is assumed",
        "The return of the market is not stated",
    ):
        assert words in done.said, words
        assert words not in done.shown, words


def test_options_of_the_event(call, moves, tmp_path):
    """Day, words, total returns and the market in percent reach the folder."""
    call(
        *("factor", "new", "my-event", "--moves", moves(), "--event", "2026-02-03"),
        *("--raw", "--market", "-1%", "--title", "Export\ncontrols"),
        *("--purpose", "What if they tighten?", "--narrative", "They did."),
    )

    table = told(tmp_path / "my-event")
    shock = table["shocks"][0]
    legs = {m["region"]: m["value"] for m in table["market"]}
    assert table["event"]["start"].isoformat() == "2026-02-03"
    assert table["title"] == "Export controls"
    assert table["purpose"] == "What if they tighten?"
    assert table["narrative"] == "They did."
    assert shock["total"] == -0.17
    # Less beta times -1%.
    assert shock["shrunk"] == pytest.approx(-0.17 + 0.01 * shock["beta"], rel=1e-9)
    assert legs["US"] == -0.01
    # 70% of it.
    assert legs["World"] == pytest.approx(-0.007, rel=1e-12)
    assert table["stated"][-1]["where"] == "--market"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("segment,move\nAI_ACEL,-1%\n", "column A: 'AI_ACEL' is no segment"),
        ("segment,move\nMEMORY,-1%\nMemory,-2%\n", "stands twice"),
        ("segment,move\nMEMORY,17\n", "write -17% or -0.17"),
        ("segment,return\nMEMORY,-17%\n", "--market"),
        ("segment,move,se\nMEMORY,-17%,2\n", "2 is not a standard error"),
        ("segment,move\nMEMORY,fell\n", "'fell' is not a number"),
        ("segment,move\n", "has no move"),
        ("just a note", "no table with the columns segment and move"),
    ],
)
def test_a_table_that_cannot_be_used_makes_no_folder(
    call, moves, tmp_path, text, words
):
    """One sentence says what is wrong, and nothing is written."""
    done = call("factor", "new", "my-event", "--moves", moves(text), code=2)

    assert words in done.said
    assert not (tmp_path / "my-event").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--event", "3.2.2026"), "'3.2.2026' is not a date"),
        (("--market", "5"), "--market: 5 is not a return"),
        (("--market", "down"), "--market: 'down' is not a number"),
        (("--basis", "deepseek"), "Did you mean deepseek-2025-01-27?"),
        (("--moves", "nowhere.csv"), "There is no file nowhere.csv"),
        (("--moves", "."), "is a folder"),
    ],
)
def test_an_option_that_cannot_be_used_makes_no_folder(
    call, moves, tmp_path, options, words
):
    """The last option of a name counts."""
    done = call("factor", "new", "my-event", "--moves", moves(), *options, code=2)

    assert words in done.said
    assert not (tmp_path / "my-event").exists()


def test_an_id_that_is_taken_is_refused(call, moves, tmp_path):
    """By a folder here, which stays as it is, or by a factor found elsewhere."""
    call("factor", "new", "my-event", "--moves", moves())
    before = (tmp_path / "my-event" / "factor.toml").read_bytes()

    again = call("factor", "new", "my-event", "--moves", moves(), code=5)
    shipped = call("factor", "new", "deepseek-2025-01-27", "--moves", moves(), code=2)

    assert "never overwritten" in again.said
    assert "There is a factor 'deepseek-2025-01-27' already" in shipped.said
    assert (tmp_path / "my-event" / "factor.toml").read_bytes() == before
    assert not (tmp_path / "deepseek-2025-01-27").exists()


def test_a_basis_of_ones_own(call, moves, tmp_path):
    """A factor on one's own value chain is written beside it, or refused before."""
    chain, basis = tmp_path / "own" / "my-chain", tmp_path / "own" / "my-basis"
    shutil.copytree(find_folders("segments.toml")["ai-value-chain"], chain)
    shutil.copytree(find_folders("factor.toml")["deepseek-2025-01-27"], basis)
    for path in (chain / "segments.toml", basis / "factor.toml"):
        text = path.read_text(encoding="utf-8")
        text = text.replace('"ai-value-chain"', '"my-chain"')
        text = text.replace('id = "deepseek-2025-01-27"', 'id = "my-basis"')
        path.write_text(text, encoding="utf-8")
    new = ("factor", "new", "my-event", "--moves", moves(), "--basis", basis)

    elsewhere = call(*new, code=2)
    call(*new, "-o", basis.parent)

    assert "There is no value chain 'my-chain'" in elsewhere.said
    assert not (tmp_path / "my-event").exists()
    assert told(basis.parent / "my-event")["basis"] == "my-basis@3"
    call("factor", "check", basis.parent / "my-event")

"""``stresskit factor build | vary | list | show | check`` on made-up prices."""

from __future__ import annotations

import json
import tomllib

import numpy as np
import pytest
from made_prices import TRUE, made_prices

CARRIED = ("factor.toml", "moves.csv", "segment_returns.csv", "NOTES.md")


@pytest.fixture(scope="module")
def made():
    """Made-up prices of real tickers, with two events."""
    return made_prices()


@pytest.fixture(scope="module")
def prices(made, tmp_path_factory):
    """The prices as a file."""
    path = tmp_path_factory.mktemp("prices") / "prices.csv"
    made.prices.round(6).to_csv(path, index_label="date")
    return path


@pytest.fixture
def build(call, made, prices):
    """Build ``mine`` of the first event, with further options."""

    def start(*options, code=0, event=None, name="mine", file=None):
        return call(
            *("factor", "build", name, "--prices", file or prices),
            *("--event", event or made.day, *options),
            code=code,
        )

    return start


def told(folder):
    """The content of a factor's own file."""
    return tomllib.loads((folder / "factor.toml").read_text(encoding="utf-8"))


def files(folder):
    """Every file below a folder with its bytes."""
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


def strict(text):
    """JSON without NaN or infinity, which it does not have."""

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_build_then_show_then_check_then_stress(
    run, call, sheet, made, prices, tmp_path
):
    """In a process of its own, then looked at: the shocks put in come out of each."""
    built = run("factor", "build", "mine", "--prices", prices, "--event", made.day)
    shown = call("factor", "show", "mine/", "--json", "-")
    checked = call("factor", "check", "mine/")
    stressed = call(
        *("stress", sheet(), "--factor", "mine/", "--no-hedge", "--json", "-")
    )

    shocks = {s["segment"]: s["shrunk"] for s in strict(shown.out)["shocks"]}
    for name, true in TRUE.items():
        assert shocks[name] == pytest.approx(true, abs=0.01), name
    assert sorted(files(tmp_path / "mine")) == sorted(CARRIED)
    assert "AI_ACCEL AI accelerators" in built.shown
    assert "Factor: mine" in built.said
    assert "stresskit stress HOLDINGS --factor mine/" in built.said
    assert "Segments that rest on one security" in built.said
    assert checked.out == "mine/: in order.\n"
    answer = strict(stressed.out)
    assert answer["run"]["factor"]["id"] == "mine"
    by_segment = {s["segment"]: s["shock"] for s in answer["by_segment"]}
    assert by_segment["AI_ACCEL"] == pytest.approx(shocks["AI_ACCEL"], rel=1e-9)
    nvidia = answer["by_position"][0]
    # Its segment's 15% and its beta of about one times 1%.
    assert nvidia["pnl"] / 400000 == pytest.approx(-0.14, abs=0.03)


def test_what_was_built_without_words_says_how(build, tmp_path):
    """The id is the title, the notes say that it was estimated."""
    build()

    notes = (tmp_path / "mine" / "NOTES.md").read_text(encoding="utf-8")
    assert notes == "# mine\n\nEstimated from prices.\n"
    assert told(tmp_path / "mine")["title"] == "mine"


def test_an_event_until_a_later_day(build, made, tmp_path):
    """The second event is in it: NETWORK_OPT lost 22% and then 8.8%."""
    done = build("--until", made.second)

    table = told(tmp_path / "mine")
    assert table["event"] == {"start": made.day, "end": made.second}
    assert f"Event {made.day} to {made.second}." in done.shown
    shock = next(s for s in table["shocks"] if s["segment"] == "NETWORK_OPT")
    assert shock["shrunk"] == pytest.approx(0.78 * 0.912 - 1, abs=0.06)


def test_the_window_ends_when_it_is_told(build, made, tmp_path):
    """250 returns up to that day; by default 20 sessions before."""
    build("--estimate-until", made.at(270))
    build(name="other")

    method = told(tmp_path / "mine")["method"]
    assert method["window_end"] == made.at(270).isoformat()
    assert method["window_start"] == made.at(21).isoformat()
    assert method["gap_sessions"] == "stated"
    default = told(tmp_path / "other")["method"]
    assert default["window_end"] == made.at(279).isoformat()
    assert default["gap_sessions"] == 20


def test_the_index_of_the_baseline(build, made, tmp_path):
    """IGV in place of QQQ: its name and its return; one that is not there is said."""
    build("--index", "IGV")
    done = build("--index", "RSP", name="other")

    method = told(tmp_path / "mine")["method"]
    p = made.prices["IGV"]
    assert method["index"] == "IGV"
    assert method["index_return"] == pytest.approx(p.iloc[300] / p.iloc[299] - 1, 1e-3)
    assert "no column RSP" in done.said
    assert "index" not in told(tmp_path / "other")["method"]


def test_copies_reach_the_evidence(build, tmp_path):
    """A column of moves.csv, by ticker."""
    path = tmp_path / "copies.csv"
    path.write_text("ticker,copies\nNVDA,agree within 5bp\n", encoding="utf-8")

    build("--copies", path)

    moves = (tmp_path / "mine" / "moves.csv").read_text(encoding="utf-8")
    rows = [line for line in moves.splitlines() if "agree within 5bp" in line]
    assert [r.partition(",")[0] for r in rows] == ["NVDA"]


def test_what_the_builder_is_told(build, tmp_path):
    """Words and sources reach factor.toml, notes NOTES.md; the file is kept as it is.

    An option on the line goes before what the file says.
    """
    about = tmp_path / "words.toml"
    text = (
        'schema = "stresskit/about/1"\ntitle = "A made-up scare"\n'
        'purpose = "To see."\nnarrative = "Optics fell."\nindex = "SMH"\n'
        'notes = """\nWhat was judged.\n"""\n'
        '[[sources]]\nid = "prices"\ntitle = "Made up"\n'
    )
    about.write_text(text, encoding="utf-8")

    done = build("--about", about, "--index", "IGV")

    table = told(tmp_path / "mine")
    assert (table["title"], table["purpose"]) == ("A made-up scare", "To see.")
    assert table["method"]["index"] == "IGV"
    assert table["sources"][0]["title"] == "Made up"
    assert (tmp_path / "mine" / "about.toml").read_text(encoding="utf-8") == text
    notes = (tmp_path / "mine" / "NOTES.md").read_text(encoding="utf-8")
    assert notes == "# mine\n\nWhat was judged.\n"
    assert "mine, revision 1: A made-up scare." in done.shown
    assert "For: To see." in done.shown


def test_a_correction_is_a_new_revision(build, call, made, tmp_path):
    """The old one moves to revisions/1 unchanged, and both are shown and in order."""
    build()
    before = files(tmp_path / "mine")

    done = build(
        "--estimate-until", made.at(270), "--revise", "Another window", "-o", "."
    )

    assert files(tmp_path / "mine" / "revisions" / "1") == before
    table = told(tmp_path / "mine")
    assert (table["revision"], table["revision_reason"]) == (2, "Another window")
    assert "mine, revision 2" in done.shown
    old = strict(call("factor", "show", "mine@1", "--json", "-").out)
    new = strict(call("factor", "show", "mine", "--factors", ".", "--json", "-").out)
    assert (old["revision"], new["revision"]) == (1, 2)
    assert old["shocks"][0]["shrunk"] != new["shocks"][0]["shrunk"]
    assert call("factor", "check", "mine@1").out == "mine@1: in order.\n"
    assert call("factor", "check", "mine").out == "mine: in order.\n"
    assert "no revision 9" in call("factor", "show", "mine@9", code=2).said


def test_there_must_be_something_to_revise(build, tmp_path):
    """Nothing is there, and nothing is made."""
    done = build("--revise", "A reason", code=2)

    assert "There is no factor in mine to revise" in done.said
    assert not (tmp_path / "mine").exists()


def test_an_id_that_is_taken_is_refused(build, tmp_path):
    """By a folder here, which stays, by a shipped factor, by one among --factors."""
    build()
    before = files(tmp_path / "mine")

    again = build(code=5)
    shipped = build(name="deepseek-2025-01-27", code=2)
    (tmp_path / "other").mkdir()
    known = build("--factors", tmp_path, "-o", tmp_path / "other", code=2)

    assert "never overwritten" in again.said
    assert "--revise" in again.said
    assert "There is a factor 'deepseek-2025-01-27' already" in shipped.said
    assert "There is a factor 'mine' already" in known.said
    assert files(tmp_path / "mine") == before
    assert not (tmp_path / "deepseek-2025-01-27").exists()
    assert list((tmp_path / "other").iterdir()) == []


def test_another_place_to_write(build, tmp_path):
    """A folder that is made on the way."""
    done = build("-o", tmp_path / "deep" / "down")

    assert told(tmp_path / "deep" / "down" / "mine")["id"] == "mine"
    assert "deep/down/mine" in done.said.replace(" ", "")


@pytest.mark.parametrize(
    ("options", "event", "words"),
    [
        # A Saturday, and days before and after the file.
        ((), "2026-02-28", "2026-02-28 is no session: the market was closed"),
        ((), "2027-01-04", "lies outside the price file"),
        ((), "2024-06-03", "lies outside the price file"),
        # Not enough before it.
        ((), "2025-02-03", "returns stand before the event"),
        ((), "27.1.2025", "--event '27.1.2025' is not a date"),
        (("--until", "soon"), None, "--until 'soon' is not a date"),
        (("--until", "2026-02-23"), None, "before it starts"),
        (("--until", "2026-02-28"), None, "is no session"),
        (("--estimate-until", "x"), None, "--estimate-until 'x' is not a date"),
        (("--estimate-until", "2026-03-02"), None, "after the event starts"),
        (("--estimate-until", "2025-01-10"), None, "returns stand before the event"),
        (("--prices", "nowhere.csv"), None, "nowhere.csv"),
        (("--prices", "."), None, "is a folder"),
        (("--about", "nowhere.toml"), None, "nowhere.toml is missing"),
        (("--copies", "nowhere.csv"), None, "nowhere.csv"),
        (("--chain", "ai-chain"), None, "Did you mean ai-value-chain?"),
        (("--factors", "nowhere"), None, "is not a folder"),
    ],
)
def test_what_cannot_be_built_makes_no_folder(build, tmp_path, options, event, words):
    """One sentence says what is wrong; the last option of a name counts."""
    done = build(*options, event=event, code=2)

    assert words in done.said
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('titel = "x"', "'titel' is unknown"),
        ("[windows]\nJapan = 5", "window of Japan"),
        ('[history_starts]\nNVDA = "2025-06-01"', "NVDA"),
        ("[[published]]\nticker = 5", "published move 1"),
    ],
)
def test_a_file_about_the_event_that_is_wrong_makes_no_folder(
    build, tmp_path, text, words
):
    """The key or the table that is wrong is named."""
    about = tmp_path / "words.toml"
    about.write_text(f'schema = "stresskit/about/1"\n{text}\n', encoding="utf-8")

    done = build("--about", about, code=2)

    assert words in done.said
    assert not (tmp_path / "mine").exists()


def test_prices_that_are_none_make_no_folder(build, tmp_path):
    """A text in a cell and a ticker twice are named with their place."""
    for text, words in (
        ("date,NVDA\n2026-02-24,1\n2026-02-25,high\n", "row 3, column B"),
        ("date,NVDA,NVDA\n2026-02-24,1,1\n", "NVDA occurs twice"),
    ):
        path = tmp_path / "bad.csv"
        path.write_text(text, encoding="utf-8")
        assert words in build(file=path, code=2).said
        assert not (tmp_path / "mine").exists()


def test_a_variant_from_the_line(call, tmp_path):
    """Demand half as strong again, the market at -2%: written, in order, shown."""
    done = call(
        *("factor", "vary", "deeper", "--driver", "compute_demand=1.5"),
        *("--driver", " cheaper_inference =0", "--market", "-2%", "--title", "Deeper"),
        *("--purpose", "What if?", "--narrative", "It\ngets worse."),
    )

    table = told(tmp_path / "deeper")
    assert table["variant"]["drivers"] == {
        "compute_demand": 1.5,
        "cheaper_inference": 0.0,
    }
    assert table["variant"]["market"] == -0.02
    assert {m["value"] for m in table["market"]} == {-0.02}
    assert (table["title"], table["purpose"]) == ("Deeper", "What if?")
    assert table["narrative"] == "It gets worse."
    assert "Set by judgement, a variant of deepseek-2025-01-27@" in done.shown
    assert "is a judgement, not a measurement" in done.said
    assert call("factor", "check", "deeper").out == "deeper: in order.\n"
    notes = (tmp_path / "deeper" / "NOTES.md").read_text(encoding="utf-8")
    assert "- compute_demand times 1.5" in notes
    assert "- the market outside the theme at -2.00%" in notes
    assert notes.count("\n| AI_ACCEL | ") == 1


def test_a_variant_of_ones_own(build, call, sheet, tmp_path):
    """Of a factor just built, found beside it, and stressed with its market."""
    build()

    call("factor", "vary", "darker", "--of", "mine/", "--market", "-5%")
    done = call("stress", sheet(), "--factor", "darker/", "--no-hedge", "--json", "-")

    answer = strict(done.out)
    assert answer["run"]["factor"]["id"] == "darker"
    assert told(tmp_path / "darker")["basis"] == "mine@1"
    # P&G: -5% times a beta, and next to nothing of its sector.
    goods = answer["by_position"][2]
    assert goods["pnl"] / 250000 == pytest.approx(-0.05 * goods["beta"], abs=0.005)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "Nothing is varied"),
        (("--driver", "compute_demand"), "has no number"),
        (("--driver", "compute_demand="), "has no number"),
        (("--driver", "compute_demand=much"), "has no number"),
        (("--driver", "=1.5"), "is not NAME=SCALE"),
        (("--driver", "1.5"), "has no number"),
        (("--driver", "demand=1.5"), "'demand' is no narrative driver"),
        (("--driver", "compute_demand=nan"), "which is no number"),
        (("--driver", "compute_demand=50"), "which is not a return"),
        (("--market", "5"), "--market: 5 is not a return"),
        (("--market", "-1%", "--of", "deepseek"), "Did you mean deepseek-2025-01-27?"),
        (("--market", "-1%", "--of", "deepseek-2025-01-27@99"), "no revision 99"),
    ],
)
def test_a_variant_that_cannot_be_made_makes_no_folder(call, tmp_path, options, words):
    """One sentence says what is wrong."""
    done = call("factor", "vary", "deeper", *options, code=2)

    assert words in done.said
    assert not (tmp_path / "deeper").exists()


def test_a_variant_of_a_taken_id_is_refused(call, tmp_path):
    """Shipped or here; nothing is overwritten."""
    vary = ("factor", "vary", "deeper", "--market", "-1%")
    call(*vary)
    before = files(tmp_path / "deeper")

    assert "never overwritten" in call(*vary, code=5).said
    taken = ("factor", "vary", "deepseek-2025-01-27", "--market", "-1%")
    assert "already" in call(*taken, code=2).said
    assert files(tmp_path / "deeper") == before


def test_every_factor_is_listed_with_its_likeness(build, call):
    """JSON that parses, and the table; one for the event itself, by the option."""
    build()

    answer = strict(call("factor", "list", "--factors", ".", "--json", "-").out)
    like = strict(
        call("factor", "list", "--factors", ".", "--like", "mine", "--json", "-").out
    )
    table = call("factor", "list", "--factors", ".", "--like", "mine")

    assert answer["schema"] == "stresskit/factors/1"
    assert (answer["like"], like["like"]) == ("deepseek-2025-01-27", "mine")
    listed = {f["id"]: f for f in answer["factors"]}
    turned = {f["id"]: f for f in like["factors"]}
    assert listed["deepseek-2025-01-27"]["severity"] == pytest.approx(1.0)
    assert turned["mine"]["similarity"] == pytest.approx(1.0)
    assert listed["mine"]["similarity"] == pytest.approx(
        turned["deepseek-2025-01-27"]["similarity"], rel=1e-9
    )
    assert listed["mine"]["event"]["start"] == "2026-02-25"
    assert "Severity: how much of mine " in table.shown
    typo = call("factor", "list", "--factors", ".", "--like", "min", code=2)
    assert "Did you mean mine?" in typo.said


def test_a_list_goes_to_a_file_beside_the_table(call, tmp_path):
    """With a file name both are given."""
    done = call("factor", "list", "--json", "list.json")

    answer = strict((tmp_path / "list.json").read_text(encoding="utf-8"))
    assert "deepseek-2025-01-27" in [f["id"] for f in answer["factors"]]
    assert "deepseek-2025-01-27" in done.out


def test_show_gives_the_whole_factor(call):
    """Of the shipped one and of a variant: JSON without NaN, every segment."""
    call("factor", "vary", "deeper", "--market", "-1%")

    for name in ("deepseek-2025-01-27", "deeper/"):
        answer = strict(call("factor", "show", name, "--json", "-").out)
        assert len(answer["shocks"]) == 36
        assert len(answer["sha256"]) == 64
        shrunk = [s["shrunk"] for s in answer["shocks"]]
        assert np.isfinite(shrunk).all()


def test_an_edited_shock_is_found_with_exit_code_2(build, call, tmp_path):
    """Check names the segment and both figures."""
    build()
    path = tmp_path / "mine" / "factor.toml"
    text = path.read_text(encoding="utf-8")
    shrunk = told(tmp_path / "mine")["shocks"][0]["shrunk"]
    path.write_text(text.replace(f"shrunk = {shrunk!r}", "shrunk = -0.5", 1), "utf-8")

    done = call("factor", "check", "mine", code=2)

    assert "AI_ACCEL: the stored shock -0.5 " in done.shown
    assert done.err == ""

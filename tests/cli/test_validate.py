"""``stresskit validate`` on two made-up events and a variant."""

from __future__ import annotations

import json

import pytest
from defusedxml import ElementTree
from made_prices import made_prices, own_chain

from stresskit.factors import build_factor, save_factor, vary_factor


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A folder with a value chain of one's own, two events on it and a variant."""
    made = made_prices()
    folder = tmp_path_factory.mktemp("factors")
    chain = own_chain(folder)
    for name, day in (("first", made.day), ("second", made.second)):
        factor = build_factor(name, prices=made.prices, start=day, chain=chain)
        save_factor(factor, folder / name, notes=f"# {name}\n")
    variant = vary_factor("darker", of=folder / "first", market=-0.05)
    save_factor(variant, folder / "darker", notes="# darker\n")
    return folder


@pytest.fixture
def validate(call, root):
    """Validate the first event, with further options; the last one counts."""

    def start(*options, code=0):
        return call(
            "validate", "--factor", "first", "--factors", root, *options, code=code
        )

    return start


def strict(text):
    """JSON without NaN or infinity, which it does not have."""

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_the_table_has_every_part(validate):
    """Groups with their baselines, funds, portfolios, the other day, in words."""
    done = validate()

    for words in (
        "first, revision 1, event 2026-02-25",
        "AI value chain, each stock predicted without itself (",
        "Rest of the market, each stock predicted without itself (",
        "Funds, by sensitivities from before the event (4)",
        "beta x QQQ",
        "GICS sector mean",
        "leaf mean",
        "The 90% band covers",
        "Random portfolios of 10 to 50 stocks",
        "Other days",
        "second",
    ):
        assert words in done.shown, words
    assert "nan" not in done.out.lower()
    assert done.err == ""


def test_json_on_stdout_parses(validate):
    """The contract with the table on stderr; the figures are those of the table."""
    done = validate("--json", "-")

    answer = strict(done.out)
    assert answer["schema"] == "stresskit/validation/1"
    assert (answer["factor"], answer["revision"]) == ("first", 1)
    assert (answer["event"], answer["index"]) == ("2026-02-25", "QQQ")
    assert len(answer["sha256"]) == 64
    assert [d["factor"] for d in answer["days"]] == ["second"]
    groups = {g["name"]: g for g in answer["groups"]}
    assert list(groups) == ["theme", "rest", "funds"]
    theme = {s["method"]: s["mae"] for s in groups["theme"]["scores"]}
    # Up to 22% were put in, with noise of 0.4%.
    assert theme["stresskit"] < 0.03
    assert theme["zero"] > 0.1
    points = [p for p in answer["points"] if p["group"] == "theme"]
    errors = [abs(p["realised"] - p["predicted"]) for p in points]
    assert theme["stresskit"] == pytest.approx(sum(errors) / len(errors), rel=1e-9)
    shown = " ".join(done.err.split())
    assert f"stresskit {100 * theme['stresskit']:.2f} " in shown


def test_the_other_day_is_seen_at_its_size(validate):
    """Four tenths of the first were put in, and four funds show it."""
    (day,) = strict(validate("--json", "-").out)["days"]

    assert day["severity"] == pytest.approx(0.4, abs=0.1)
    assert day["similarity"] > 0.95
    assert day["pattern"] < day["index"]


def test_json_to_a_file_leaves_the_table_on_stdout(validate, tmp_path):
    """The same figures as on stdout."""
    done = validate("--json", "v.json")

    answer = strict((tmp_path / "v.json").read_text(encoding="utf-8"))
    assert answer["factor"] == "first"
    assert "AI value chain, each stock predicted without itself" in done.shown


def test_a_chart_as_svg_is_well_formed_and_repeats(validate, tmp_path):
    """XML, the same bytes twice, and its place is told."""
    done = validate("--chart", "one.svg")
    validate("--chart", "two.svg")

    assert ElementTree.parse(tmp_path / "one.svg").getroot().tag.endswith("}svg")
    one, two = ((tmp_path / n).read_bytes() for n in ("one.svg", "two.svg"))
    assert one == two
    assert "Chart: one.svg" in done.said
    assert "Chart" not in done.shown


def test_a_chart_as_png_is_one(validate, tmp_path):
    """By its signature."""
    validate("--chart", tmp_path / "v.png")

    assert (tmp_path / "v.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--chart", "v.pdf"), "v.pdf is no picture"),
        (("--chart", "v"), "is no picture"),
        (("--chart", "nowhere/v.svg"), "no folder nowhere"),
        (("--chart", "."), "is a folder"),
        (("--json", "nowhere/v.json"), "no folder nowhere"),
    ],
)
def test_what_cannot_be_written_is_refused(validate, tmp_path, options, words):
    """With exit code 5, and nothing is."""
    done = validate(*options, code=5)

    assert words in done.said
    assert done.out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_variant_is_refused(validate):
    """It has no day of its own; its basis, which has, is named."""
    done = validate("--factor", "darker", code=2)

    assert "darker was set by its author, not estimated" in done.said
    assert "first@1" in done.said
    assert done.out == ""


def test_a_stated_factor_is_refused(call, validate, tmp_path):
    """A table of moves is no day either."""
    moves = tmp_path / "moves.csv"
    moves.write_text("segment,move\nMEMORY,-10%\n", encoding="utf-8")
    call("factor", "new", "stated", "--moves", moves, "--event", "2026-02-03")

    done = validate("--factor", "stated/", code=2)

    assert "stated was set by its author, not estimated" in done.said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--factor", "firs"), "Did you mean first?"),
        (("--factor", "first@7"), "first has no revision 7"),
        (("--factor", ""), "There is no factor ''"),
        (("--factors", "nowhere"), "is not a folder"),
    ],
)
def test_a_factor_that_is_not_there_is_refused(validate, options, words):
    """With what was probably meant."""
    assert words in validate(*options, code=2).said


def test_a_folder_may_be_given(validate, root):
    """Instead of an id; the events beside it are still found by --factors."""
    answer = strict(validate("--factor", root / "second", "--json", "-").out)

    assert answer["factor"] == "second"
    assert [d["factor"] for d in answer["days"]] == ["first"]


def test_in_a_process_of_its_own(run, root, tmp_path):
    """JSON and chart at once, as users start it: no traceback, no colour."""
    done = run(
        *("validate", "--factor", "first", "--factors", root),
        *("--json", "-", "--chart", "v.svg"),
    )

    assert strict(done.out)["factor"] == "first"
    assert "beta x QQQ" in done.said
    assert ElementTree.parse(tmp_path / "v.svg").getroot().tag.endswith("}svg")

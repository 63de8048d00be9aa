"""A validation as JSON and as a chart: what is in them, and that they repeat."""

from __future__ import annotations

import datetime as dt
import json
import struct
from dataclasses import replace

import pytest
from defusedxml import ElementTree

from stresskit.errors import OutputError
from stresskit.model import (
    DayTest,
    GroupTest,
    Point,
    PortfolioTest,
    Score,
    Validation,
)
from stresskit.writers import validation_to_dict, write_json, write_validation_chart

SVG = "{http://www.w3.org/2000/svg}"
DC = "{http://purl.org/dc/elements/1.1/}"


def score(method, mae):
    """A score of which only name and error matter here."""
    return Score(
        method=method,
        n=8,
        mae=mae,
        rmse=mae,
        r2=0.8,
        slope=None,
        rank=None,
        sign_hits=3,
        sign_tried=4,
    )


def point(n):
    """The n-th of eight stocks; the later, the farther from what was predicted."""
    predicted = -0.02 * n
    return Point(
        key=f"T{n}:XNAS",
        name=f"Company {n} <&> Sons",
        segment="GPU",
        group="theme" if n % 2 else "rest",
        realised=predicted + 0.01 * n,
        predicted=predicted,
        low=predicted - 0.05,
        high=predicted + 0.05,
    )


@pytest.fixture
def found():
    """A validation of eight stocks."""
    return Validation(
        factor="toy",
        revision=2,
        sha256="a" * 64,
        event=dt.date(2025, 1, 27),
        index=None,
        groups=(
            GroupTest(
                name="theme",
                scores=(
                    score("zero", 0.0767),
                    score("beta x QQQ", 0.0620),
                    score("stresskit", 0.0252),
                ),
                coverage=0.889,
                best_baseline="beta x QQQ",
                gain=0.0369,
            ),
        ),
        portfolios=(
            PortfolioTest(
                name="theme", portfolios=1000, mae=0.01, index_mae=None, coverage=0.9
            ),
        ),
        days=(
            DayTest(
                factor="later",
                title="Later",
                day=dt.date(2025, 3, 26),
                n=8,
                similarity=0.9,
                own=0.01,
                rest=0.01,
                coverage=0.9,
                carried=0.9,
                funds=None,
                severity=None,
                pattern=None,
                index=None,
                pattern_rank=None,
                index_rank=None,
            ),
        ),
        points=tuple(point(n) for n in range(8)),
    )


def told_by(path):
    """The metadata of a picture: every title (its own first) and date."""
    root = ElementTree.parse(path).getroot()
    return {
        name: [e.text.strip() for e in root.iter(f"{DC}{name}") if e.text.strip()]
        for name in ("title", "date")
    }


def test_the_dictionary_is_the_contract(found):
    """Schema first, every field of every record, decimals as they are."""
    told = validation_to_dict(found)

    assert next(iter(told)) == "schema"
    assert told["schema"] == "stresskit/validation/1"
    assert told["groups"][0]["scores"][2] == {
        "method": "stresskit",
        "n": 8,
        "mae": 0.0252,
        "rmse": 0.0252,
        "r2": 0.8,
        "slope": None,
        "rank": None,
        "sign_hits": 3,
        "sign_tried": 4,
    }
    assert told["points"][3]["predicted"] == -0.06
    assert told["days"][0]["severity"] is None


def test_the_json_comes_back(found, tmp_path):
    """Dates as ISO texts; what is not known is null."""
    path = tmp_path / "v.json"

    write_json(path, validation_to_dict(found))

    told = json.loads(path.read_text(encoding="utf-8"))
    assert told["event"] == "2025-01-27"
    assert told["days"][0]["day"] == "2025-03-26"
    assert told["index"] is None
    assert told["portfolios"][0]["index_mae"] is None
    assert len(told["points"]) == 8
    assert told["points"][1]["name"] == "Company 1 <&> Sons"


def test_a_number_that_is_none_is_not_written(found, tmp_path):
    """A NaN is refused and no half a file is left."""
    odd = replace(found, points=(replace(found.points[0], low=float("nan")),))

    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "v.json", validation_to_dict(odd))

    assert list(tmp_path.iterdir()) == []


def test_the_picture_is_well_formed_and_says_what_it_shows(found, tmp_path):
    """The title holds the model's error and the best baseline's, in points."""
    path = tmp_path / "v.svg"

    write_validation_chart(path, found)

    assert ElementTree.parse(path).getroot().tag == f"{SVG}svg"
    assert told_by(path)["title"][0] == (
        "toy: mean error 2.5 points over 8 theme stocks; beta x QQQ 6.2"
    )
    assert told_by(path)["date"] == []


def test_every_stock_is_drawn_and_the_misses_are_named(found, tmp_path):
    """Four of each group; of eight the six farthest off get their ticker."""
    path = tmp_path / "v.svg"

    write_validation_chart(path, found)

    text = path.read_text(encoding="utf-8")
    root = ElementTree.parse(path).getroot()
    groups = [g for g in root.iter(f"{SVG}g") if g.get("id", "").startswith("PathColl")]
    drawn = [len(list(g.iter(f"{SVG}use"))) for g in groups]
    assert sorted(drawn)[-2:] == [4, 4]
    named = [n for n in range(8) if f"<!-- T{n} -->" in text]
    assert named == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("name", ["v.svg", "v.png"])
def test_the_same_figures_give_the_same_bytes(found, tmp_path, name):
    """Twice, and another figure another picture."""
    paths = [tmp_path / f"{n}-{name}" for n in range(3)]
    other = replace(found, points=found.points[:7])

    for path, given in zip(paths, (found, found, other), strict=True):
        write_validation_chart(path, given)

    one, two, three = (p.read_bytes() for p in paths)
    assert one == two
    assert one != three


def test_a_png_is_one(found, tmp_path):
    """Signature, and 960 by 720 dots."""
    path = tmp_path / "v.png"

    write_validation_chart(path, found)

    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (960, 720)


@pytest.mark.parametrize("name", ["v.SVG", "v.Png"])
def test_capitals_in_the_ending_do_not_matter(found, tmp_path, name):
    """As on systems that write endings so."""
    write_validation_chart(tmp_path / name, found)

    assert (tmp_path / name).stat().st_size > 1000


@pytest.mark.parametrize("name", ["v.pdf", "v", "v.svg.txt"])
def test_another_ending_is_refused(found, tmp_path, name):
    """The hint names those that are drawn; nothing is written."""
    with pytest.raises(OutputError, match="is no picture") as error:
        write_validation_chart(tmp_path / name, found)

    assert ".svg or .png" in error.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_refused(found, tmp_path):
    """In words, without a trace."""
    with pytest.raises(OutputError, match="no folder"):
        write_validation_chart(tmp_path / "nowhere" / "v.svg", found)


def test_without_a_baseline_the_title_is_of_the_model(found, tmp_path):
    """Funds alone have no best one."""
    group = replace(found.groups[0], name="funds", best_baseline=None)

    write_validation_chart(tmp_path / "v.svg", replace(found, groups=(group,)))

    title = told_by(tmp_path / "v.svg")["title"][0]
    assert title == "toy: mean error 2.5 points over 8 funds stocks"

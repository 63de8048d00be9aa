"""File drop: what is taken, what is marked, what happens when it is run again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from stresskit.asking import Files
from stresskit.book.files import Request, run_batch
from stresskit.factors import load_factor
from stresskit.model import Scenario
from stresskit.presenting import present

HEAD = "ISIN,Name,Type,Market Value,Currency\n"
NVIDIA = "US67066G1040,NVIDIA CORP,Equity,{},USD\n"
CODES = {"input": 2, "computation": 3, "killed": 3}


@pytest.fixture(scope="module")
def asked() -> Request:
    """A request with figures and as short a report as there is."""
    return Request(
        files=Files(),
        main=Scenario(load_factor()),
        more=(),
        limit=(0.1, True),
        presentation=present(sections="summary"),
        json=True,
    )


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A file that is whole, in a subfolder, and one that is still being written."""
    folder = tmp_path / "in"
    (folder / "desk").mkdir(parents=True)
    (folder / "desk/a.csv").write_text(HEAD + NVIDIA.format(1000))
    (folder / "desk/a.csv.done").touch()
    (folder / "b.csv").write_text(HEAD)
    return folder


@pytest.fixture
def drop(inbox, tmp_path, asked):
    """Run the batch on the inbox; the outcome."""

    def run(**more):
        return run_batch(inbox, tmp_path / "out", asked, exit_codes=CODES, **more)

    return run


def test_what_is_whole_is_taken_and_marked(drop, inbox, tmp_path):
    """The marker names input, run and results with their hashes; the rest waits."""
    outcome = drop()

    assert [x.file for x in outcome.summary.lines] == ["desk/a.csv"]
    assert outcome.summary.left_out == (("b.csv", "no b.csv.done beside it"),)
    out = tmp_path / "out"
    marker = json.loads((out / "desk/a.done").read_text())
    source = (inbox / "desk/a.csv").read_bytes()
    assert marker["schema"] == "stresskit/done/1"
    assert marker["input"] == "desk/a.csv"
    assert marker["input_sha256"] == hashlib.sha256(source).hexdigest()
    assert marker["run"] == json.loads((out / "desk/a.json").read_text())["run"]["id"]
    assert marker["results"] == {
        name: hashlib.sha256((out / name).read_bytes()).hexdigest()
        for name in ("desk/a.xlsx", "desk/a.json")
    }


def test_the_marker_comes_last(drop, tmp_path):
    """Results are whole and in the journal before anything says so."""
    there = []

    def look(line):
        there.append((line.status, (tmp_path / "out/desk/a.done").exists()))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        drop(ended=look)
    assert there == [("done", True)]
    (tmp_path / "out/desk/a.done").unlink()

    again = drop()

    assert (again.run, again.kept) == (0, 1)
    assert (tmp_path / "out/desk/a.done").is_file()


def test_run_again_nothing_is_done_twice(drop, inbox, tmp_path):
    """Another content is done anew, and is not marked while it is."""
    drop()
    marker = tmp_path / "out/desk/a.done"
    first, stamp = marker.read_bytes(), marker.stat().st_mtime_ns
    assert (drop().run, marker.stat().st_mtime_ns) == (0, stamp)
    (inbox / "desk/a.csv").write_text(HEAD + NVIDIA.format(2000))

    seen = []
    assert drop(started=lambda *_: seen.append(marker.exists())).run == 1

    assert seen == [False]
    assert marker.read_bytes() != first


def test_what_failed_is_marked_and_waits_for_another_content(drop, inbox, tmp_path):
    """Message, fix and exit code are there; it is not tried at every call."""
    (inbox / "b.csv.done").touch()
    outcome = drop()
    marker = tmp_path / "out/b.failed"
    content = json.loads(marker.read_text())

    assert (content["status"], content["exit_code"]) == ("input", 2)
    assert content["message"]
    assert content["fix"]
    assert (outcome.run, drop().run) == (2, 0)
    (inbox / "b.csv").write_text(HEAD + NVIDIA.format(5))
    assert drop().run == 1
    assert not marker.exists()
    assert (tmp_path / "out/b.done").is_file()


def test_an_empty_inbox_is_no_error(drop, inbox, tmp_path):
    """A scheduler calls again; a marker without its file is named."""
    (inbox / "desk/a.csv").unlink()

    outcome = drop()

    assert (outcome.run, outcome.summary.lines) == (0, ())
    assert dict(outcome.summary.left_out) == {
        "b.csv": "no b.csv.done beside it",
        "desk/a.csv.done": "no ending of holdings",
    }
    assert not (tmp_path / "out").exists()

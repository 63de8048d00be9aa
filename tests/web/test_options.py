"""Options name no file: nothing of the server's is read or even looked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from serving import GROWTH

from stresskit.errors import InputError
from stresskit.web.options import (
    Asked,
    checked_options,
    password_of,
    sealed,
)
from stresskit.web.work import Done, Failure, Job, run

PLACED = "a=b.toml"


@pytest.fixture(autouse=True)
def planted(tmp_path, monkeypatch):
    """A folder with files that each option could be taken for."""
    for name in (
        *("book.toml", "uv", "name=B,value=C", "10%", "deepseek-overspend,severity=2"),
        *("house", "night", "AI_ACCEL=-20%", PLACED),
    ):
        (tmp_path / name).write_text("SECRET")
    folder = tmp_path / "planted"
    folder.mkdir()
    (folder / "factor.toml").write_text("SECRET")
    monkeypatch.chdir(tmp_path)


TRIES = {
    "factor": ["planted", "./planted", "book.toml"],
    "mandate": ["house", "house.toml"],
    "theme": ["night", "night.toml"],
    "columns": [PLACED, "book.toml", "name=B,value=C"],
    "scenarios": [["book.toml"], ["uv"], ["planted"], ["planted,severity=2"]],
    "shocks": [["book.toml"], ["uv"]],
    "market": ["uv", "book.toml"],
    "hedge_target": ["uv", "book.toml"],
    "loss_limit": ["uv", "book.toml"],
    "families": [["uv"], ["house"]],
    "robust": ["house"],
    "sections": [["house"]],
    "sheet": ["book.toml"],
    "table": ["book"],
}


HEDGES = {"mandate", "families", "robust", "hedge_target"}


@pytest.mark.parametrize(
    ("name", "given"), [(k, v) for k, values in TRIES.items() for v in values]
)
def test_no_option_names_a_file(monkeypatch, name, given):
    """Files of these names lie where the service runs; none is opened."""
    opened = []
    real = os.open

    def watched(path, *more, **named):
        opened.append(str(path))
        return real(path, *more, **named)

    monkeypatch.setattr(os, "open", watched)
    read = Path.read_bytes

    def watched_read(self):
        opened.append(str(self))
        return read(self)

    monkeypatch.setattr(Path, "read_bytes", watched_read)
    options = {"no_hedge": name not in HEDGES, name: given}
    options |= {"draws": False, "loss_limit": "none"} if name != "loss_limit" else {}
    job = Job(kind="file", name="h.csv", data=GROWTH.read_bytes(), options=options)
    opened.clear()

    answer = run(job)

    assert isinstance(answer, Failure)
    assert "SECRET" not in str(answer.problem)
    assert str(answer.problem["status"]) == "422"
    here = {p.name for p in Path().iterdir()}
    assert not [p for p in opened if Path(p).name in here]


def test_a_line_that_is_also_a_file():
    """A file in the folder of the service does not change what a line means."""
    asked = Asked(
        checked_options({"scenarios": ["deepseek-overspend,severity=2"]}), {}, None
    )

    with pytest.raises(InputError):
        asked.ask()


def test_columns_by_header():
    """Pairs name headers, also with a slash."""
    data = b"Titel;Wert/EUR\nNVIDIA CORP;100\nVISTRA CORP;200\n"
    options = {
        "columns": "name=Titel,value=Wert/EUR",
        "no_hedge": True,
        "base_currency": "EUR",
        "scenarios": [],
    }

    answer = run(Job(kind="file", name="h.csv", data=data, options=options))

    assert isinstance(answer, Done)
    assert answer.summary["base_value"] == 300


@pytest.mark.parametrize(
    "text", ["name", "=B", "name=", "name=B,,", "shape=B", "a\n=b"]
)
def test_columns_that_are_none(text):
    """Each says what columns may be."""
    job = Job(kind="file", name="h.csv", data=b"B,C\nX,1\n", options={"columns": text})

    answer = run(job)

    assert isinstance(answer, Failure)
    assert (answer.problem["status"], "columns" in str(answer.problem)) == (422, True)


def test_a_password_leaves_no_hash_of_its_own():
    """What the ledger hashes for ever holds the file's hash too."""
    kept = sealed("secret", b"book")

    assert password_of({"password": ("", kept)}) == "secret"
    assert kept != sealed("secret", b"other book")
    assert kept == sealed("secret", b"book")
    assert password_of({}) is None

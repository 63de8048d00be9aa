"""Three ways in, one answer: REST, the command line and Python, field by field.

``run.id`` and ``run.created`` name the one computation, not what it found: the time
differs from run to run, and the id is made from it.
"""

from __future__ import annotations

import io
import json

import openpyxl
import pytest
from examples_run import command
from serving import GROWTH, QUICK, body_of, form_of

from stresskit.asking import Ask, Files, Question, asked_hedge
from stresskit.factors.folders import DEFAULT_FACTOR
from stresskit.readers.scenarios import read_limit
from stresskit.writers.result_json import result_bytes

WAIT = {"Prefer": "wait=60"}


def named_apart(result):
    """Return a result without what names the one computation."""
    assert {"id", "created"} <= set(result["run"])
    return {
        **result,
        "run": {k: v for k, v in result["run"].items() if k not in {"id", "created"}},
    }


def by_command(path, *options, workbook=None):
    """Return what the command line gives."""
    more = [] if workbook is None else ["-o", str(workbook)]
    done = command("stress", str(path), "--json", "-", *options, *more)
    assert done.returncode == 0, done.stderr
    return named_apart(json.loads(done.stdout))


def by_python(path, *, hedges=None, **settings):
    """Return what Python gives, asked in Python's words."""
    main, more = Question(factor=DEFAULT_FACTOR, **settings).asked()
    ask = Ask(files=Files(), main=main, more=more, limit=read_limit("10%"))
    ask = ask if hedges is None else Ask(**{**vars(ask), "hedges": hedges})
    portfolio = ask.files.read(path)
    result, plan = ask.answer(portfolio, lambda _: None)
    return named_apart(json.loads(result_bytes(result, plan)))


def by_form(client, path, options):
    """Return what REST gives for a file, and where it is."""
    with path.open("rb") as file:
        answer = client.post(
            "/v1/runs", files={"file": (path.name, file)}, headers=WAIT, **options
        )
    assert answer.status_code == 200, answer.text
    return named_apart(answer.json()), answer.headers["location"]


def test_a_file_with_options(anna, tmp_path):
    """A form with options, the options of the command and Python's words agree."""
    options = {"severity": 1.5, "no_hedge": True, "shocks": ["AI_ACCEL=-20%"]}
    found, location = by_form(anna, GROWTH, form_of(options))
    book = tmp_path / "report.xlsx"

    words = ("--severity", "1.5", "--no-hedge", "--shock", "AI_ACCEL=-20%")
    told = by_command(GROWTH, *words, workbook=book)
    plain = by_python(GROWTH, severity=1.5, shocks=("AI_ACCEL=-20%",))

    assert found == told
    assert found == plain
    served = anna.get(f"{location}/result.xlsx").content
    stamps = {("Run log", "created"), ("Run log", "run.created")}
    assert differing(served, book.read_bytes()) <= stamps


def differing(one, other):
    """Return sheet and label of the rows in which two workbooks differ."""
    books = [openpyxl.load_workbook(io.BytesIO(data)) for data in (one, other)]
    assert books[0].sheetnames == books[1].sheetnames
    found = set()
    for sheet in books[0]:
        twin = books[1][sheet.title]
        assert sheet.dimensions == twin.dimensions
        for row, same in zip(sheet.iter_rows(), twin.iter_rows(), strict=True):
            for cell, its in zip(row, same, strict=True):
                if cell.value != its.value:
                    found.add((sheet.title, row[0].value))
    return found


def test_positions_of_the_contract(anna, tmp_path):
    """What `stresskit holdings --json` writes can be sent as it is, or as a file."""
    holdings = tmp_path / "positions.json"
    done = command("holdings", str(GROWTH), "--json", str(holdings))
    assert done.returncode == 0, done.stderr

    sent = anna.post(
        "/v1/runs",
        json={**json.loads(holdings.read_bytes()), "options": {"no_hedge": True}},
        headers=WAIT,
    )
    found, _ = by_form(anna, holdings, form_of({"no_hedge": True}))
    told = by_command(holdings, "--no-hedge")

    assert sent.status_code == 200, sent.text
    assert found == told
    # The body was not the file byte for byte: it carried the options.
    assert without_hash(named_apart(sent.json())) == without_hash(told)


def without_hash(result):
    """Return a result without the hash of its input."""
    run = {k: v for k, v in result["run"].items() if k != "input_sha256"}
    return {**result, "run": run}


def test_positions_without_options_are_the_file(anna, tmp_path):
    """A body without options is the input byte for byte: its hash is the file's."""
    body = {k: v for k, v in body_of().items() if k != "options"}
    path = tmp_path / "positions.json"
    path.write_text(json.dumps(body))

    run = anna.post(
        "/v1/runs",
        content=path.read_bytes(),
        headers={"Content-Type": "application/json"},
    ).json()
    anna.delete(f"/v1/runs/{run['id']}")
    told = by_command(path, "--no-hedge")

    assert run["input_sha256"] == told["run"]["input_sha256"]


@pytest.mark.parametrize("family", ["trim"])
def test_with_hedges(anna, tmp_path, family):
    """Hedges come out the same too."""
    path = tmp_path / "positions.json"
    path.write_text(json.dumps({k: v for k, v in body_of().items() if k != "options"}))
    options = {"families": [family], "scenarios": [], "loss_limit": "10%"}

    found, _ = by_form(anna, path, form_of(options))
    told = by_command(path, "--family", family, "--scenario", "none")
    hedges = asked_hedge(None, None, (family,), None, None, None)
    plain = by_python(path, hedges=hedges, scenarios=("none",))

    assert found["hedges"]
    assert found == told
    assert found == plain


def test_defaults_are_the_command_lines(anna):
    """Without any word both ask the same: scenarios, draws, limit."""
    found, _ = by_form(anna, GROWTH, form_of({"no_hedge": True}))

    assert found == by_command(GROWTH, "--no-hedge")
    assert found["scenarios"]
    assert QUICK["no_hedge"]

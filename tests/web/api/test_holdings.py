"""Reading holdings over REST keeps nothing."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

from examples_run import command
from serving import GROWTH, body_of
from sqlalchemy import create_engine, text


def rows_of(rest):
    """Return how many lines every table of the ledger has."""
    engine = create_engine(rest.service.settings.ledger)
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        names = cursor.execute(
            str(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        ).fetchall()
        found = {
            name: cursor.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608 - names of tables
            for (name,) in names
        }
    engine.dispose()
    return found


def test_what_was_read_is_the_commands(rest, anna):
    """A file is read as by `stresskit holdings --json`, and no table grows."""
    before = rows_of(rest)
    with GROWTH.open("rb") as file:
        answer = anna.post("/v1/holdings", files={"file": (GROWTH.name, file)})
    told = command("holdings", str(GROWTH), "--json", "-")

    assert answer.status_code == 200, answer.text
    assert answer.json() == json.loads(told.stdout)
    assert rows_of(rest) == before


def test_positions_come_back_as_they_were_sent(anna):
    """What is read can be sent as a run."""
    sent = body_of()
    sent.pop("options")
    answer = anna.post("/v1/holdings", json=sent)
    again = anna.post("/v1/holdings", json=answer.json())

    values = [p["market_value"] for p in answer.json()["positions"]]
    assert values == [500000, 300000, 200000]
    assert again.json()["positions"] == answer.json()["positions"]


def test_what_is_wrong_is_told_with_its_place(anna):
    """A value that is none is an issue; a file that is none is a problem."""
    data = b"Ticker,Name,Market Value\nNVDA,NVIDIA CORP,lots\nVST,VISTRA CORP,1\n"
    read = anna.post("/v1/holdings", files={"file": ("a.csv", data)})
    none = anna.post("/v1/holdings", files={"file": ("a.csv", b"\x00\x01")})

    assert any(i["row"] == 2 for i in read.json()["issues"])
    assert none.status_code == 422
    assert none.headers["content-type"] == "application/problem+json"


def test_names_of_files_never_become_paths(anna):
    """A name with folders, NUL, line breaks or a turned direction is only a name."""
    data = GROWTH.read_bytes()
    for name in ("../../evil.csv", "a\x00b.csv", "a\u202ecsv.exe", "C:\\x\\y.csv"):
        answer = anna.post("/v1/holdings", files={"file": (name, data)})

        assert answer.status_code == 200, answer.text
        shown = answer.json()["source"]["file"]
        assert shown.isprintable()
        assert not set(shown) & set("/\\\u202e\x00\r\n")
    assert not Path("evil.csv").exists()

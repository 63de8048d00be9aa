"""Packages with plugins, installed for real: one that works, one that does not."""

from __future__ import annotations

import json

import openpyxl
import pytest
from plugin_packages import (
    SECURITY_MASTER,
    called,
    installed,
    master_table,
)

HOLDINGS = "examples/security-master/holdings.csv"
BROKEN = """
[build-system]
requires = ["uv_build>=0.7,<1"]
build-backend = "uv_build"

[project]
name = "house-plugins"
version = "3.1"
requires-python = ">=3.11"

[project.entry-points."stresskit.readers"]
statement = "house_plugins:Statement"
wreck = "house_plugins:Wreck"

[project.entry-points."stresskit.mappers"]
gone = "house_plugins.gone:Mapper"
curated = "house_plugins:Mapper"
raising = "house_plugins:Mapper"

[project.entry-points."stresskit.hedgers"]
raising = "house_plugins:Hedger"
waiting = "house_plugins:Waiting"

[project.entry-points."stresskit.writers"]
line = "house_plugins:write_line"
half = "house_plugins:write_half"
lost = "house_plugins:lost"

[project.entry-points."stresskit.factors"]
nowhere = "house_plugins:nowhere"

[tool.uv.build-backend]
module-root = ""
"""
CODE = """
import os


class Statement:
    def reads(self, name, content):
        return content.startswith(b":STATEMENT:")

    def grids(self, content):
        from stresskit.errors import HoldingsError
        from stresskit.readers.files import Grid

        first, *lines = content.decode().splitlines()
        if not lines:
            raise HoldingsError("The statement is cut off.", code="cut")
        rows = [line.split("|") for line in lines]
        head = ["ISIN", "Name", "Type", "Market Value", "Currency"]
        return [Grid(sheet=None, rows=[head, *rows])]


class Wreck:
    def reads(self, name, content):
        os.abort()


class Mapper:
    tier = 1.9

    def map(self, position, context):
        raise LookupError("no such line")


class Hedger:
    family, order = "house", 8

    def hedge(self, question):
        raise RuntimeError("no model")


class Waiting:
    family, order = "wait", 8

    def hedge(self, question):
        from dataclasses import replace

        from stresskit.hedgers.nothing import NothingHedger

        found = NothingHedger().hedge(question)
        return replace(found, family="wait", title="Wait a week")


def write_line(path, result, plan=None):
    path.write_text(f"{result.portfolio.name};{result.pnl:.0f}")


def write_half(path, result, plan=None):
    path.write_text("half")
    raise OSError("no room")


def nowhere():
    return "/nowhere/at/all"
"""


@pytest.fixture(scope="module")
def master(tmp_path_factory):
    """The example package, installed, and its table."""
    folder = tmp_path_factory.mktemp("master")
    site = installed(SECURITY_MASTER, folder / "site")
    return site, str(master_table(folder / "master.db"))


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A package in which most fails, installed."""
    source = tmp_path_factory.mktemp("source")
    (source / "house_plugins").mkdir()
    (source / "house_plugins/__init__.py").write_text(CODE)
    (source / "pyproject.toml").write_text(BROKEN)
    return installed(source, tmp_path_factory.mktemp("house") / "site")


def warnings_of(issues):
    """Return the messages of plugins that failed."""
    found = [i for i in issues if i["code"] == "plugin"]
    assert {i["severity"] for i in found} <= {"warning"}
    assert all(i["fix"] for i in found)
    return [i["message"] for i in found]


def test_the_example_places_what_its_table_knows(master, tmp_path):
    """Its rows say table, row and date; the command prints what the example expects."""
    site, table = master
    expected = SECURITY_MASTER / "expected" / "mapping.txt"

    done = called(
        *("map", HOLDINGS, "--json", str(tmp_path / "map.json")),
        plugins=site,
        STRESSKIT_SECURITY_MASTER=table,
    )

    assert done.stdout == expected.read_text(encoding="utf-8")
    content = json.loads((tmp_path / "map.json").read_text(encoding="utf-8"))
    rows = {r["name"]: r for r in content["positions"]}
    placement = rows["DATACENTRE INFRASTRUCTURE PLACEMENT"]
    assert placement["source"] == "security master"
    assert placement["basis"] == (
        "master.db, securities rows 1, 2 of 2025-01-10: prospectus, p. 14"
    )
    assert rows["NVIDIA CORP"]["source"] == "curated"


def test_the_example_is_listed(master):
    """``stresskit plugins`` says whose it is, and that it works."""
    site, table = master

    done = called(
        *("plugins", "--json", "-"), plugins=site, STRESSKIT_SECURITY_MASTER=table
    )

    assert done.returncode == 0, done.stderr
    (row,) = [p for p in json.loads(done.stdout)["plugins"] if not p["built_in"]]
    assert (row["seam"], row["name"]) == ("mappers", "security_master")
    assert (row["package"], row["version"]) == ("stresskit-security-master", "0.1.0")
    assert row["state"] == "works"


def test_the_example_without_its_table_is_a_warning(master, tmp_path):
    """A table that cannot be read takes away its own answers alone."""
    site, _ = master
    table = tmp_path / "gone.db"

    done = called(
        *("stress", HOLDINGS, "--no-hedge", "--json", "-", "-o"),
        str(tmp_path / "report.xlsx"),
        plugins=site,
        STRESSKIT_SECURITY_MASTER=str(table),
    )

    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    (said,) = warnings_of(result["issues"])
    assert said.startswith(
        "The plugin 'security_master' of the mappers (stresskit-security-master 0.1.0) "
        f"cannot be used: the table securities of {table} cannot be read"
    )
    assert result["summary"]["pnl"] < 0
    assert not table.exists()
    assert (tmp_path / "report.xlsx").is_file()


def test_what_fails_is_named_and_the_run_is_complete(house, tmp_path):
    """Mappers, hedgers, writers and factors: each its warning; all else is there."""
    done = called(
        *("stress", HOLDINGS, "--json", str(tmp_path / "result.json")),
        *("-o", str(tmp_path / "report.xlsx")),
        *("--family", "house", "--family", "wait", "--family", "nothing"),
        *("--write", f"line={tmp_path / 'line.txt'}"),
        *("--write", f"half={tmp_path / 'half.txt'}"),
        *("--write", f"lost={tmp_path / 'lost.txt'}"),
        plugins=house,
    )

    assert done.returncode == 4, done.stderr
    result = json.loads((tmp_path / "result.json").read_text())
    said = [m.split("'", 1)[1] for m in warnings_of(result["issues"])]
    assert [m.split(" (")[0] for m in said] == [
        *("curated' of the mappers", "gone' of the mappers"),
        *("nowhere' of the factors", "raising' of the mappers"),
        *("lost' of the writers", "raising' of the hedgers"),
    ]
    assert "failed for 5 positions" in said[3]
    assert "the first is NVIDIA CORP: it raises LookupError('no such line')" in said[3]
    assert "failed for its family house: it raises RuntimeError" in said[5]
    assert [h["family"] for h in result["hedges"]] == ["wait", "nothing"]
    assert (tmp_path / "report.xlsx").is_file()
    pnl = result["summary"]["pnl"]
    assert (tmp_path / "line.txt").read_text() == f"holdings;{pnl:.0f}"
    assert not (tmp_path / "half.txt").exists()
    assert "OSError('no room')" in " ".join(done.stderr.split())


def test_a_writer_that_is_not_there(house, tmp_path):
    """A name that nobody brings is an error of the input, before any work."""
    done = called(
        *("stress", HOLDINGS, "--write", f"pdf={tmp_path / 'x'}"), plugins=house
    )

    assert done.returncode == 2
    assert "there is no writer 'pdf'" in " ".join(done.stderr.split())
    assert "xlsx, json" in done.stderr


def test_a_reader_is_asked_for_what_no_built_in_knows(house, tmp_path):
    """It reads a text without a table; one that dies beforehand is a warning."""
    path = tmp_path / "depot.txt"
    path.write_text(":STATEMENT:\nUS67066G1040|NVIDIA CORP|Equity|1000|USD\n")

    copy = tmp_path / "marked.xlsx"
    done = called(
        *("holdings", str(path), "--json", "-", "--annotate", str(copy)), plugins=house
    )

    assert done.returncode == 0, done.stderr
    assert openpyxl.load_workbook(copy).worksheets[0]["B1"].value == "Name"
    read = json.loads(done.stdout)
    assert read["source"]["format"] == "statement"
    assert read["positions"][0]["identifiers"]["isin"] == "US67066G1040"


def test_a_reader_says_what_is_wrong_with_its_file(house, tmp_path):
    """That is an error of the file; a reader that dies is a warning beside it."""
    path = tmp_path / "depot.txt"
    path.write_text(":STATEMENT:\n")
    assert (
        "The statement is cut off"
        in called("holdings", str(path), plugins=house).stderr
    )
    path.write_bytes(b"%PDF-1.7 of some kind")

    done = called("holdings", str(path), plugins=house)

    assert done.returncode == 2
    said = " ".join(done.stderr.split())
    assert "depot.txt is a PDF document" in said
    assert "The plugin 'wreck' of the readers (house-plugins 3.1) failed" in said


def test_plugins_that_fail_are_listed(house):
    """The table says which, and why below it; the exit code is 4."""
    done = called("plugins", plugins=house)

    assert done.returncode == 4
    failed = [line.split()[0] for line in done.stdout.splitlines() if "failed" in line]
    assert failed == ["wreck", "curated", "gone", "lost", "nowhere"]
    said = " ".join(done.stderr.split())
    assert "is not used: a built-in has its name" in said
    assert "No module named 'house_plugins.gone'" in said

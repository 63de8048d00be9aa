"""A folder of holdings: what is done, what is kept, what survives."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from deadly_files import DeadlyFiles

from stresskit.asking import Files
from stresskit.book.files import Request, run_batch
from stresskit.errors import OutputError
from stresskit.factors import load_factor
from stresskit.model import Scenario
from stresskit.presenting import present

HEAD = "ISIN,Name,Type,Market Value,Currency\n"
NVIDIA = "US67066G1040,NVIDIA CORP,Equity,{},USD\n"
STAPLES = "US7427181091,PROCTER & GAMBLE,Equity,{},USD\n"


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """The event itself."""
    return Scenario(load_factor())


@pytest.fixture
def request_(scenario: Scenario) -> Request:
    """A request with as short a report as there is."""
    return Request(
        files=Files(),
        main=scenario,
        more=(),
        limit=(0.1, True),
        presentation=present(sections="summary"),
    )


@pytest.fixture
def clients(tmp_path: Path) -> Path:
    """Two portfolios: one of Nvidia, one that hardly moves."""
    folder = tmp_path / "clients"
    (folder / "sub").mkdir(parents=True)
    (folder / "bold.csv").write_text(HEAD + NVIDIA.format(1000))
    calm = HEAD + NVIDIA.format(50) + STAPLES.format(950)
    (folder / "sub/calm.csv").write_text(calm)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder."""
    return {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_each_has_its_workbook_and_all_are_compared(clients, tmp_path, request_):
    """Results mirror the folder; the largest loss comes first and breaches."""
    outcome = run_batch(clients, tmp_path / "out", replace(request_, json=True))

    names = sorted(
        p.relative_to(tmp_path / "out").as_posix()
        for p in (tmp_path / "out").rglob("*.*")
    )
    assert names == [
        *(".batch.lock", "batch.json", "bold.json", "bold.xlsx", "comparison.xlsx"),
        *("sub/calm.json", "sub/calm.xlsx"),
    ]
    bold, calm = outcome.summary.done
    assert (bold.file, calm.file) == ("bold.csv", "sub/calm.csv")
    figures = json.loads((tmp_path / "out/bold.json").read_text())["summary"]
    assert bold.pnl == figures["pnl"]
    assert bold.pnl_pct == bold.pnl / 1000
    assert [outcome.summary.breaches(x) for x in (bold, calm)] == [True, False]
    assert bold.worst_segment == "AI accelerators"


def test_a_second_run_keeps_what_is_done(clients, tmp_path, request_):
    """Only what changed is run again: holdings, results; then all with the request."""
    out = tmp_path / "out"
    first = run_batch(clients, out, request_)
    before = contents(out)
    again = run_batch(clients, out, request_)

    assert (first.run, first.kept, again.run, again.kept) == (2, 0, 0, 2)
    assert contents(out) == before
    with (clients / "bold.csv").open("a") as file:
        file.write(STAPLES.format(1000))
    assert run_batch(clients, out, request_).run == 1
    (out / "bold.xlsx").write_bytes(b"altered")
    (out / "sub/calm.xlsx").unlink()
    assert run_batch(clients, out, request_).run == 2
    harder = replace(request_, main=replace(request_.main, severity=2.0))
    assert run_batch(clients, out, harder).run == 2
    assert run_batch(clients, out, replace(harder, json=True)).run == 2


def test_side_files_count_with_their_content(clients, tmp_path, request_):
    """Another rate in the same file of rates is another request."""
    fx = tmp_path / "fx.csv"
    fx.write_text("currency,rate,base\nUSD,0.9,EUR\n")
    asked = replace(request_, files=Files(base_currency="EUR", fx=fx))
    run_batch(clients, tmp_path / "out", asked)
    assert run_batch(clients, tmp_path / "out", asked).run == 0

    fx.write_text("currency,rate,base\nUSD,0.8,EUR\n")

    assert run_batch(clients, tmp_path / "out", asked).run == 2


def test_a_killed_run_is_completed(clients, tmp_path, request_):
    """What was done before the end is kept; a line that was cut is not."""
    out = tmp_path / "out"

    def end(_line: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_batch(clients, out, request_, ended=end)
    assert not (out / "batch.json").exists()
    assert not (out / "comparison.xlsx").exists()
    with (out / "batch.journal").open("a") as journal:
        journal.write('{"line": {"file": "sub/calm.csv", "outp')
    outcome = run_batch(clients, out, request_)

    assert (outcome.run, outcome.kept) == (1, 1)
    assert not (out / "batch.journal").exists()
    assert run_batch(clients, out, request_).kept == 2


def test_a_bad_file_stops_no_other(clients, tmp_path, request_):
    """It is in the summary with its message and fix, and is tried again."""
    (clients / "bad.xlsx").write_bytes(b"PK\x03\x04 cut off")

    outcome = run_batch(clients, tmp_path / "out", request_)

    (bad,) = outcome.summary.failed
    assert (bad.file, bad.status) == ("bad.xlsx", "input")
    assert "damaged" in bad.message
    assert bad.fix
    assert len(outcome.summary.done) == 2
    assert run_batch(clients, tmp_path / "out", request_).run == 1
    assert not (tmp_path / "out/bad.xlsx").exists()


def test_a_mistake_of_ours_stops_no_other(clients, tmp_path, request_, monkeypatch):
    """Whatever is raised over one portfolio stays with it."""

    def read(_self: Files, path: Path) -> None:
        raise ZeroDivisionError(path.name)

    monkeypatch.setattr(Files, "read", read)

    outcome = run_batch(clients, tmp_path / "out", request_)

    assert [x.status for x in outcome.summary.failed] == ["program", "program"]
    assert "ZeroDivisionError: bold.csv" in outcome.summary.failed[0].message


def test_a_killed_worker_costs_its_own_portfolio(clients, tmp_path, request_):
    """The others are run all the same, by another worker."""
    (clients / "deadly.csv").write_text(HEAD + NVIDIA.format(10))
    asked = replace(request_, files=DeadlyFiles())

    outcome = run_batch(clients, tmp_path / "out", asked, jobs=2)

    assert [(x.file, x.status) for x in outcome.summary.failed] == [
        ("deadly.csv", "killed")
    ]
    assert len(outcome.summary.done) == 2
    assert run_batch(clients, tmp_path / "out", request_).run == 1


def test_results_without_holdings_are_named_and_left(clients, tmp_path, request_):
    """Nothing is deleted in a folder of results."""
    run_batch(clients, tmp_path / "out", request_)
    (clients / "bold.csv").unlink()

    outcome = run_batch(clients, tmp_path / "out", request_)

    assert outcome.stale == ("bold.xlsx",)
    assert (tmp_path / "out/bold.xlsx").exists()
    assert [x.file for x in outcome.summary.lines] == ["sub/calm.csv"]


def test_undated_options_are_valued_again_on_another_day(
    tmp_path, request_, monkeypatch
):
    """What depends on the day is kept for the day."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_text(
        "Name,Type,Quantity,Price,Market Value,Currency,Strike,Expiry,Put/Call,"
        "Underlying\nNVDA put,Option,1,5,500,USD,130,2031-06-20,Put,NVDA\n"
    )
    run_batch(folder, tmp_path / "out", request_)
    record = json.loads((tmp_path / "out/batch.json").read_text())["inputs"]["a.csv"]
    assert record["day"]
    assert run_batch(folder, tmp_path / "out", request_).run == 0
    monkeypatch.setattr("stresskit.book.files.manifest.today", lambda: "2099-01-01")

    assert run_batch(folder, tmp_path / "out", request_).run == 1


def test_a_stranger_s_manifest_is_not_replaced(clients, tmp_path, request_):
    """A file of that name that is not ours stops the run."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out/batch.json").write_text('{"jobs": 3}')

    with pytest.raises(OutputError, match="no manifest"):
        run_batch(clients, tmp_path / "out", request_)

    assert (tmp_path / "out/batch.json").read_text() == '{"jobs": 3}'

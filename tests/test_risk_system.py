"""The nightly job of the example: once, whatever breaks, and heard when it must be."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from served import ROOT, Served, served

from stresskit.client import Client

EXAMPLE = ROOT / "examples" / "risk-system"
GROWTH = ROOT / "examples" / "us-growth" / "holdings.csv"
DAY = "2025-01-24"
PORTFOLIOS = ["global", "growth", "income"]


def started(address: str, folder: Path, *options: str) -> subprocess.Popen[str]:
    """Start the job with its results in a folder."""
    return subprocess.Popen(
        [
            *(sys.executable, EXAMPLE / "nightly.py", "--service", address),
            *("--database", folder / "risk.db", "--day", DAY, *options),
        ],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(job: subprocess.Popen[str]) -> Job:
    """Wait for the job."""
    out, err = job.communicate(timeout=120)
    return Job(job.returncode, out, err)


def nightly(address: str, folder: Path, *options: str) -> Job:
    """Run the job."""
    return ended(started(address, folder, *options))


def rows(folder: Path, asked: str) -> list[tuple[object, ...]]:
    """Return what the job has stored."""
    with closing(sqlite3.connect(folder / "risk.db")) as db:
        return db.execute(asked).fetchall()


class Job(NamedTuple):
    """How the job ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


class Night(NamedTuple):
    """A service that was killed while the job's runs waited, and is back."""

    service: Served
    folder: Path
    broken: Job


@pytest.fixture(scope="module")
def night(tmp_path_factory) -> Iterator[Night]:
    """Kill the service under the job, and start it again on the same ledger."""
    folder = tmp_path_factory.mktemp("night")
    first = Served(folder, "--workers", "1")
    try:
        with Client(first.address) as client:
            # One process, and it is busy: whatever the job asks for has to wait.
            long = client.submit_file("growth.csv", GROWTH.read_bytes())
            job = started(first.address, folder)
            end = time.monotonic() + 30
            while len(list(client.runs())) < 4 and time.monotonic() < end:
                time.sleep(0.01)
            assert client.run(long.id).status == "running"
    finally:
        first.kill()
    broken = ended(job)
    with served(folder) as service:
        yield Night(service, folder, broken)


def test_kill_loses_and_doubles_nothing(night):
    """The job says that the service is gone; run again, each portfolio is once."""
    assert night.broken.returncode == 5
    assert "does not answer" in night.broken.stderr

    again = nightly(night.service.address, night.folder)
    with Client(night.service.address) as client:
        *runs, long = client.runs()
    stored = rows(night.folder, "SELECT portfolio, run_id FROM runs ORDER BY 1")

    assert again.returncode == 3
    assert [r.status for r in runs] == ["done"] * 3
    assert long.status == "interrupted"
    assert [p for p, _ in stored] == PORTFOLIOS
    assert sorted(i for _, i in stored) == sorted(r.id for r in runs)


def test_prints_what_is_expected_and_stores_it_once(night, tmp_path):
    """Output as in ``expected``; a second run on the day changes no row."""
    first = nightly(night.service.address, tmp_path)
    tables = {
        name: rows(tmp_path, f"SELECT * FROM {name}")  # noqa: S608 - our own words
        for name in ("runs", "positions", "segments", "alerts")
    }
    second = nightly(night.service.address, tmp_path)
    after = {
        name: rows(tmp_path, f"SELECT * FROM {name}")  # noqa: S608 - our own words
        for name in tables
    }

    expected = EXAMPLE / "expected"
    for done in (first, second):
        assert done.returncode == 3
        assert done.stdout == (expected / "summary.txt").read_text(encoding="utf-8")
        assert done.stderr == (expected / "alerts.txt").read_text(encoding="utf-8")
    assert after == tables
    assert [len(tables[t]) for t in ("runs", "positions", "alerts")] == [3, 17, 2]
    total = rows(tmp_path, "SELECT portfolio, sum(pnl) FROM positions GROUP BY 1")
    pnl = rows(tmp_path, "SELECT portfolio, pnl FROM runs ORDER BY 1")
    assert dict(total) == pytest.approx(dict(pnl))


def test_bad_portfolio_stops_no_other(night, tmp_path):
    """Each failure is told with its place and kept; the rest is stored."""
    folder = tmp_path / "portfolios"
    shutil.copytree(EXAMPLE / "portfolios", folder)
    growth = folder / "growth.csv"
    bad = growth.read_text(encoding="utf-8").replace("12500", "many")
    growth.write_text(bad, encoding="utf-8")
    unpriced = (folder / "global.json").read_text(encoding="utf-8")
    unpriced = unpriced.replace('"USD": 0.9527', '"USD": -1')
    (folder / "global.json").write_text(unpriced, encoding="utf-8")
    limits = tmp_path / "limits.toml"
    limits.write_text("[growth]\nloss = 1\n[gone]\nloss = 1\n", encoding="utf-8")

    given = ("--portfolios", str(folder), "--limits", str(limits))
    done = nightly(night.service.address, tmp_path, *given)
    lines = [x for x in done.stderr.splitlines() if x.startswith("ERROR")]
    kept = rows(tmp_path, "SELECT portfolio, rule FROM alerts ORDER BY 1")

    assert done.returncode == 2
    assert [line.split()[1] for line in lines] == [
        *("growth:", "global:", "income:", "gone:")
    ]
    assert "many" in lines[0]
    assert "not checked: give limits in [income]" in lines[2]
    assert kept == [(p, "no-result") for p in ("global", "gone", "growth")]
    assert rows(tmp_path, "SELECT portfolio FROM runs") == [("income",)]


def test_limits_that_cannot_be_meant_are_refused(tmp_path):
    """A rule that is none ends the job before anything is asked."""
    limits = tmp_path / "limits.toml"
    limits.write_text("[growth]\nlos = 1\n", encoding="utf-8")

    done = nightly("http://127.0.0.1:9", tmp_path, "--limits", str(limits))

    assert done.returncode == 2
    assert "[growth]: los = 1 is no limit" in done.stderr

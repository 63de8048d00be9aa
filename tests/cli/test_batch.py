"""``stresskit batch``: a folder in, a folder of workbooks and a comparison out."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pytest

from stresskit.cli.batch_app import EXIT_CODES
from stresskit.model.batch import FAILURES

HEAD = "ISIN,Name,Type,Market Value,Currency\n"
NVIDIA = "US67066G1040,NVIDIA CORP,Equity,{},USD\n"
STAPLES = "US7427181091,PROCTER & GAMBLE,Equity,{},USD\n"
SHORT = ("--sections", "summary", "--jobs", 1)


@pytest.fixture
def clients(tmp_path: Path) -> Path:
    """Two portfolios that can be read."""
    folder = tmp_path / "clients"
    folder.mkdir()
    (folder / "bold.csv").write_text(HEAD + NVIDIA.format(1000))
    calm = HEAD + NVIDIA.format(50) + STAPLES.format(950)
    (folder / "calm.csv").write_text(calm)
    return folder


def test_the_whole_job(call, clients, tmp_path):
    """The table is all there is on stdout; what else there is to say is on stderr."""
    (clients / "notes.pdf").write_bytes(b"%PDF")

    done = call("batch", clients, "-o", "out", *SHORT)

    first = "2 of 2 portfolios stressed, 1 breach the limit of 10%."
    assert done.out.startswith(first)
    rows = [line.split() for line in done.out.splitlines()[4:]]
    assert [(r[0], r[1], r[-1]) for r in rows] == [
        ("1", "bold.csv", "yes"),
        ("2", "calm.csv", "no"),
    ]
    assert "left out: notes.pdf (no ending of holdings)" in done.said
    assert "2 run, 0 kept from before." in done.said
    again = call("batch", clients, "-o", "out", *SHORT)
    assert again.out == done.out
    assert "0 run, 2 kept from before." in again.said
    book = openpyxl.load_workbook(tmp_path / "out/comparison.xlsx", read_only=True)
    assert book.sheetnames == [
        *("Summary", "League table", "Limits breached", "Distribution"),
        *("Segments", "Coverage", "Not done", "Run log"),
    ]
    book.close()


def test_a_bad_portfolio_is_told_after_the_others(call, clients):
    """Exit 2 once all are run, with the file, the message and the fix."""
    (clients / "bad.csv").write_text("Name,Shares\nNothing,\n")

    done = call("batch", clients, "-o", "out", *SHORT, code=2)

    assert "2 of 3 portfolios stressed" in done.out
    assert "error: bad.csv: " in done.said
    assert "fix: " in done.said


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--severity", 11), 2, "Severity 11 is out of range."),
        (("--loss-limit", "none"), 2, "no amount above zero"),
        (("--language", "nl"), 2, "There is no language 'nl'."),
        (("--theme", "pink"), 2, "There is no theme 'pink'."),
        (("--sections", "sumary"), 2, "Did you mean summary?"),
        (("--mandate", "nobody"), 2, "nobody"),
        (("--hedge-target", "7%%"), 2, "hedge"),
        (("--fx", "no.csv"), 2, "There is no file no.csv."),
        (("--as-of", "soon"), 2, "no date"),
        (("-o", "clients"), 5, "holds the holdings"),
        (("-o", "clients/bold.csv/out"), 5, "cannot be made"),
    ],
)
def test_options_are_checked_before_any_work(
    call, clients, tmp_path, options, code, said
):
    """Nothing is written where a word is wrong."""
    done = call("batch", clients, "-o", "out", *options, code=code)

    assert said in done.said
    assert not (tmp_path / "out").exists()


def test_hedges_come_when_asked_for(call, clients, tmp_path):
    """A target or a mandate asks for them; the table says what is left."""
    (clients / "calm.csv").unlink()
    (clients / "bold.csv").write_text(HEAD + NVIDIA.format(1_000_000))
    mandate = (
        'schema = "stresskit/mandate/1"\nname = "mine"\ntitle = "Mine"\n'
        'families = ["overlay"]\nkinds = ["etf"]\n'
    )
    (tmp_path / "mine.toml").write_text(mandate)

    call("batch", clients, "-o", "out", *SHORT, "--mandate", "mine.toml", "--json")

    record = json.loads((tmp_path / "out/batch.json").read_text())
    line = record["inputs"]["bold.csv"]["line"]
    assert line["hedge"]
    assert line["pnl_pct"] < line["hedged_pct"] < 0
    book = openpyxl.load_workbook(tmp_path / "out/comparison.xlsx", data_only=True)
    league = book["League table"]
    assert league["P8"].value == "Suggested hedge"
    assert league["Q9"].value == pytest.approx(line["hedged_pct"])
    families = json.loads((tmp_path / "out/bold.json").read_text())["hedges"]
    assert families
    assert record["settings"]["mandate"].startswith("mine ")


def test_every_failure_has_an_exit_code():
    """The input is 2, what has no answer is 3, what cannot be written is 5."""
    assert set(EXIT_CODES) == set(FAILURES)
    assert (EXIT_CODES["input"], EXIT_CODES["output"]) == (2, 5)
    assert (EXIT_CODES["computation"], EXIT_CODES["killed"]) == (3, 3)


def test_a_result_that_cannot_be_written(call, clients, tmp_path):
    """Exit 5, and the other portfolio is there."""
    (tmp_path / "out/bold.xlsx").mkdir(parents=True)

    done = call("batch", clients, "-o", "out", *SHORT, code=5)

    assert "is a folder" in done.said
    assert (tmp_path / "out/calm.xlsx").is_file()


def test_a_file_drop(call, clients, tmp_path):
    """Only what is marked is taken; an inbox with nothing ready is exit 0."""
    done = call("batch", clients, "-o", "out", *SHORT, "--done")

    assert "0 of 0 portfolios stressed" in done.out
    assert "left out: bold.csv (no bold.csv.done beside it)" in done.said
    (clients / "bold.csv.done").touch()
    (clients / "bad.csv").write_text("Name,Shares\nNothing,\n")
    (clients / "bad.csv.done").touch()
    call("batch", clients, "-o", "out", *SHORT, "--done", code=2)
    assert (tmp_path / "out/bold.done").is_file()
    assert json.loads((tmp_path / "out/bad.failed").read_text())["exit_code"] == 2
    again = call("batch", clients, "-o", "out", *SHORT, "--done", code=2)
    assert "0 run, 2 kept from before." in again.said


def marked_results(folder: Path) -> dict[str, int]:
    """Return when each marker was made; the results of each are as it says."""
    found = {}
    for path in folder.glob("*.done"):
        for name, digest in json.loads(path.read_text())["results"].items():
            content = (folder / name).read_bytes()
            assert hashlib.sha256(content).hexdigest() == digest
        found[path.name] = path.stat().st_mtime_ns
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("drop", [False, True])
def test_a_killed_run_leaves_nothing_half_done(clients, tmp_path, drop):
    """Killed with its workers at work, it holds whole files, and the next completes."""
    for number in range(6):
        (clients / f"c{number}.csv").write_text(HEAD + NVIDIA.format(100 + number))
    for path in list(clients.glob("*.csv")) if drop else []:
        path.with_name(f"{path.name}.done").touch()
    command = [sys.executable, "-m", "stresskit", "batch", "clients", "-o", "out"]
    command += ["--sections", "summary", "--jobs", "2", *(["--done"] if drop else [])]
    environment = {k: v for k, v in os.environ.items() if "STRESSKIT" not in k}
    journal = tmp_path / "out/batch.journal"
    running = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and running.poll() is None:
        if journal.exists() and journal.read_text().strip():
            break
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.wait()
    marked = marked_results(tmp_path / "out")

    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, check=True
    )

    said = done.stderr.decode()
    kept = int(said.split(" kept from before")[0].split()[-1])
    assert kept >= 1
    assert "Traceback" not in said
    for path in (tmp_path / "out").glob("*.xlsx"):
        openpyxl.load_workbook(path, read_only=True).close()
    assert len(list((tmp_path / "out").glob("*.xlsx"))) == 9
    assert marked.items() <= marked_results(tmp_path / "out").items()
    assert len(marked_results(tmp_path / "out")) == (8 if drop else 0)

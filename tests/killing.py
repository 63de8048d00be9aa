"""Run a book again and again, each time killed at a random moment, until it is whole.

``python killing.py FOLDER TIMES SEED`` prints how often a run was killed. The process
loads everything once and lets a child of its own do each run, which SIGKILL ends.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import numpy as np

from stresskit.asking import Files, Question
from stresskit.book.files import Request
from stresskit.book.table.run import Wanted, run_book
from stresskit.book.table.source import find_source
from stresskit.factors.folders import DEFAULT_FACTOR
from stresskit.presenting import present


class Silent:
    """Told of everything, it says nothing."""

    def step(self, name: str) -> None:
        """Say nothing."""

    def start(self, total: int, kept: int) -> None:
        """Say nothing."""

    def advance(self, rows: int) -> None:
        """Say nothing."""


def run(folder: Path, out: str) -> None:
    """Run the book in small parts."""
    main, more = Question(factor=DEFAULT_FACTOR, scenarios=("severities",)).asked()
    request = Request(
        files=Files(fx=folder / "fx.csv"),
        main=main,
        more=more,
        limit=(0.1, True),
        presentation=present(form="short"),
    )
    chosen = str(folder / "chosen.txt")
    wanted = Wanted(positions=True, reports=chosen, shard_rows=60)
    source = find_source(folder / "book.parquet")
    run_book(source, folder / out, request, wanted, Silent())


def in_a_child(folder: Path, out: str, until: float | None) -> bool:
    """Run in a child, killed after some seconds; say whether it came to its end."""
    child = os.fork()
    if child == 0:
        run(folder, out)
        os._exit(0)
    end = None if until is None else time.monotonic() + until
    while end is None or time.monotonic() < end:
        number, status = os.waitpid(child, 0 if end is None else os.WNOHANG)
        if number:
            return status == 0
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def killed_often(folder: Path, times: int, seed: int) -> None:
    """Kill a run ``times`` times, begun anew where it was whole before; then end it."""
    begun = time.monotonic()
    whole = in_a_child(folder, "whole", None)
    took = time.monotonic() - begun
    moments = np.random.default_rng(seed)
    killed = 0
    while killed < times:
        if in_a_child(folder, "out", moments.uniform(0.1, 0.9) * took):
            shutil.rmtree(folder / "out")
        else:
            killed += 1
    last = in_a_child(folder, "out", None)
    sys.stdout.write(json.dumps({"whole": whole, "killed": killed, "last": last}))


if __name__ == "__main__":
    killed_often(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))

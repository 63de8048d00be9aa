"""What the ledger costs a run: processor time per run, on a file of SQLite.

Usage: python tests/benchmarks/ledger_time.py [URL]
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from stresskit.web.ledger import Ledger, NewRun, Outcome

RUNS = 300


def made(kilobytes: int) -> bytes:
    """Return JSON like a result's: few words, many figures."""
    rng = random.Random(0)  # noqa: S311 - figures, no secrets
    rows = [
        {"id": f"P{n}", "name": f"COMPANY {n} INC", "pnl": rng.gauss(0, 1e5), "w": 0.1}
        for n in range(kilobytes * 1024 // 80)
    ]
    return json.dumps(rows).encode()


def measure(name: str, work: Callable[[int], object]) -> None:
    """Print the processor and the wall time of one call."""
    work(-1)
    wall, cpu = time.perf_counter(), time.process_time()
    for n in range(RUNS):
        work(n)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"{name:32} {cpu / RUNS * 1e3:6.2f} ms CPU  {wall / RUNS * 1e3:6.2f} ms")


def main() -> None:
    """Measure each way a run is written, and the reads of a poll."""
    result, holdings = made(300), made(20)
    outcome: Outcome = {
        "result": result,
        "summary": {"name": "a", "pnl": -1.0, "currency": "USD"},
        "version": "1",
        "factor": "f",
        "factor_revision": 1,
        "factor_sha256": "0" * 64,
    }

    def new(n: int, status: str = "running") -> NewRun:
        return NewRun(
            owner="bench",
            kind="json",
            input_name="positions",
            input=holdings,
            options={"severity": 1.0},
            status="running" if status == "running" else "queued",
            idempotency_key=None if n < 0 else f"{status}{n}",
        )

    with tempfile.TemporaryDirectory() as folder:
        url = sys.argv[1] if sys.argv[1:] else f"sqlite:///{Path(folder) / 'l.db'}"
        opened = time.perf_counter()
        ledger = Ledger(url)
        print(f"opened in {(time.perf_counter() - opened) * 1e3:.0f} ms")
        ledger.recover()

        def both(n: int) -> None:
            run, _ = ledger.add(new(n))
            ledger.finish(run.id, **outcome)

        def at_once(n: int) -> None:
            ledger.record(new(n, "rec"), began=dt.datetime.now(dt.UTC), **outcome)

        measure("add(running) and finish", both)
        measure("record", at_once)
        run, _ = ledger.add(new(-1))
        ledger.finish(run.id, **outcome)
        measure("get", lambda _: ledger.get(run.id, "bench"))
        measure("result_of", lambda _: ledger.result_of(run.id, "bench"))
        measure("find_token", lambda _: ledger.find_token("0" * 64))
        measure("list of 50", lambda _: ledger.list("bench"))
        measure("beat", lambda _: ledger.beat())
        ledger.close()


if __name__ == "__main__":
    main()

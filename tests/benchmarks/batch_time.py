"""Seconds per workbook for 200 portfolios of 100 positions, two at a time."""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PORTFOLIOS, POSITIONS, JOBS = 200, 100, 2
BOUND = 0.6


def make_clients(folder: Path, count: int) -> None:
    """Write workbooks of the curated securities, others in each."""
    import openpyxl

    from stresskit import load_chain

    chosen = [s for s in load_chain("ai-value-chain").securities if s.currency == "USD"]
    draw = random.Random(7)  # noqa: S311 - clients, not keys
    folder.mkdir()
    for number in range(count):
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.append(["Ticker", "Name", "ISIN", "Quantity", "Price", "Currency"])
        for n, s in enumerate(draw.sample(chosen, POSITIONS)):
            sheet.append([s.ticker, s.name, s.isin, 10 + n, 50 + n / 7, "USD"])
        book.save(folder / f"client-{number:03}.xlsx")


def seconds(folder: Path, *more: str) -> float:
    """Return how long a batch takes, its start included."""
    ours = [sys.executable, "-m", "stresskit", "batch", "clients", "-o", "out"]
    begun = time.perf_counter()
    subprocess.run([*ours, *more], cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - begun


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PORTFOLIOS
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        make_clients(work / "clients", count)
        first = seconds(work, "--jobs", str(JOBS)) / count
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        again = seconds(work, "--jobs", str(JOBS))
    # What the processors did says more than the clock where others use them too.
    busy = (used.ru_utime + used.ru_stime) / count
    print(f"{first:.2f} s per workbook (bound {BOUND}), {busy:.2f} s of processor time")
    print(f"{again:.1f} s for a run that finds all done")
    sys.exit(first > BOUND)

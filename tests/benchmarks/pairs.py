"""Time two commands in turn and compare their medians."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path


def seconds(command: list[str], folder: Path) -> float:
    """Return how long a command takes as a whole process."""
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - start


def compare(ours: list[str], theirs: list[str], *, folder: Path, bound: float) -> None:
    """Print the ratio of the medians of nine pairs; exit with 1 above the bound."""
    for command in (ours, theirs):
        seconds(command, folder)
    pairs = [(seconds(ours, folder), seconds(theirs, folder)) for _ in range(9)]
    mine = statistics.median(p[0] for p in pairs)
    other = statistics.median(p[1] for p in pairs)
    ratio = mine / other
    print(f"{mine:.3f} s against {other:.3f} s: ratio {ratio:.2f}, bound {bound}")
    sys.exit(ratio > bound)

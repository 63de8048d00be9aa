"""Reports against bare xlsxwriter, the same cells and formulas; a very large one."""

from __future__ import annotations

import csv
import io
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import openpyxl
import xlsxwriter

import stresskit
from stresskit.pipeline import shown_validation
from stresskit.presenting import present
from stresskit.writers.workbook import workbook_bytes

PAIRS = 7


def stressed(positions: int) -> stresskit.StressResult:
    """Stress so many positions of the curated securities."""
    chosen = [
        s
        for s in stresskit.load_chain("ai-value-chain").securities
        if s.currency == "USD"
    ]
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "holdings.csv"
        with path.open("w", newline="") as file:
            rows = csv.writer(file)
            head = [
                "Ticker",
                "Name",
                "ISIN",
                "Quantity",
                "Price",
                "Currency",
                "Account",
            ]
            rows.writerow(head)
            for n in range(positions):
                s = chosen[n % len(chosen)]
                price, account = round(50 + n / 7, 2), f"A{n // len(chosen)}"
                rows.writerow([s.ticker, s.name, s.isin, 10 + n, price, "USD", account])
        portfolio = stresskit.read_holdings(path)
    factor = stresskit.load_factor("deepseek-2025-01-27")
    exposures = stresskit.map_exposures(portfolio, factor)
    return stresskit.stress(portfolio, exposures, stresskit.Scenario(factor))


def cells_of(payload: bytes) -> dict[str, list[tuple[str, int, int, object, object]]]:
    """Return what a report's sheets hold, cell by cell."""
    formulas = openpyxl.load_workbook(io.BytesIO(payload))
    values = openpyxl.load_workbook(io.BytesIO(payload), data_only=True)
    found = {}
    for sheet in formulas:
        cached = values[sheet.title]
        found[sheet.title] = [
            (c.data_type, c.row - 1, c.column - 1, c.value, cached[c.coordinate].value)
            for row in sheet.iter_rows()
            for c in row
            if c.value is not None
        ]
    return found


def write_bare(cells: dict[str, list[tuple[str, int, int, object, object]]]) -> None:
    """Write the same cells with nothing but xlsxwriter."""
    book = xlsxwriter.Workbook(io.BytesIO(), {"in_memory": True})
    style = book.add_format({"num_format": "0.00"})
    for name, rows in cells.items():
        sheet = book.add_worksheet(name)
        for kind, row, col, value, cached in rows:
            if kind == "f":
                sheet.write_formula(row, col, value, style, cached)
            elif kind == "s":
                sheet.write_string(row, col, str(value), style)
            else:
                sheet.write_number(row, col, float(value), style)
    book.close()


def seconds(work: object, *args: object, **given: object) -> float:
    """Return how long one call takes."""
    start = time.perf_counter()
    work(*args, **given)
    return time.perf_counter() - start


def compare(positions: int) -> None:
    """Print the medians of pairs, full form with its validation."""
    result = stressed(positions)
    found = shown_validation(result, present())
    cells = cells_of(workbook_bytes(result, validation=found))
    ours, bare = [], []
    for _ in range(PAIRS):
        ours.append(seconds(workbook_bytes, result, validation=found))
        bare.append(seconds(write_bare, cells))
    a, b = statistics.median(ours), statistics.median(bare)
    count = sum(map(len, cells.values()))
    print(f"{positions} positions, {count:,} cells: {a:.2f} s against {b:.2f} s of")
    print(f"bare xlsxwriter: {a / b:.2f} (bound 1.5)")


def large(positions: int) -> None:
    """Print time and memory of a very large report."""
    result = stressed(positions)
    took = seconds(workbook_bytes, result)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{positions:,} positions: {took:.1f} s (bound 30), {most:.0f} MB (bound 500)"
    )


if __name__ == "__main__":
    if sys.argv[1:] == ["large"]:
        large(20_000)
    else:
        compare(500)

"""A 500-position workbook to a report, against bare reading and writing."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from pairs import compare

BARE = """
import sys
import openpyxl, pandas, xlsxwriter
source = openpyxl.load_workbook("holdings.xlsx", data_only=True)
rows = [[c.value for c in row] for sheet in source for row in sheet.iter_rows()]
counts = eval(open("cells.txt").read())
book = xlsxwriter.Workbook("bare.xlsx")
for name, (numbers, formulas, texts) in counts.items():
    sheet = book.add_worksheet(name)
    for n in range(numbers):
        sheet.write_number(n // 40, n % 40, 1.5 * n)
    for n in range(formulas):
        sheet.write_formula(n // 40, 40 + n % 40, "=A1*2", None, 3.0)
    for n in range(texts):
        sheet.write_string(n // 40, 80 + n % 40, f"text {n}")
book.close()
"""


def make_holdings(folder: Path) -> None:
    """Write 500 positions of the curated securities as a workbook."""
    import openpyxl

    from stresskit import load_chain

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Ticker", "Name", "ISIN", "Quantity", "Price", "Currency"])
    chosen = [s for s in load_chain("ai-value-chain").securities if s.currency == "USD"]
    for n, s in enumerate(chosen[:500]):
        sheet.append([s.ticker, s.name, s.isin, 10 + n, 50 + n / 7, "USD"])
    book.save(folder / "holdings.xlsx")


def count_cells(path: Path) -> dict[str, tuple[int, int, int]]:
    """Count numbers, formulas and texts per sheet of a report."""
    import openpyxl

    counts = {}
    for sheet in openpyxl.load_workbook(path):
        kinds = [
            c.data_type for row in sheet.iter_rows() for c in row if c.value is not None
        ]
        counts[sheet.title] = (
            sum(k in {"n", "d", "b"} for k in kinds),
            sum(k == "f" for k in kinds),
            sum(k == "s" for k in kinds),
        )
    return counts


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        make_holdings(work)
        ours = [sys.executable, "-m", "stresskit", "stress", "holdings.xlsx"]
        ours += ["--no-hedge", "-o", "report.xlsx"]
        subprocess.run(ours, cwd=work, check=True, capture_output=True)
        (work / "cells.txt").write_text(repr(count_cells(work / "report.xlsx")))
        (work / "bare.py").write_text(BARE)
        compare(ours, [sys.executable, "bare.py"], folder=work, bound=2.0)

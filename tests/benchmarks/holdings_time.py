"""A holdings file of 300,000 rows, against a bare script over the same file.

The bare script does what no reader can go without: it splits the rows, reads their
numbers and makes a position of each, without a look at headers, codes or totals.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

from pairs import compare

ROWS = 300_000
BARE = """
import csv
from stresskit.model import Identifiers, Position
positions = []
with open("book.csv", newline="") as file:
    rows = csv.reader(file)
    next(rows)
    for n, row in enumerate(rows, 2):
        account, isin, name, kind, quantity, price, currency, value = row
        positions.append(Position(
            id=f"p{n - 1}", name=name, identifiers=Identifiers(isin=isin),
            quantity=float(quantity), price=float(price), currency=currency,
            market_value=float(value), local_value=float(value), account=account,
            row=n,
        ))
"""


def make_book(path: Path) -> None:
    """Write made-up positions: each a security of its own, few with the right code."""
    rng = random.Random(5)  # noqa: S311 - made-up numbers, not secrets
    with path.open("w") as file:
        file.write("Account,ISIN,Name,Asset Class,Quantity,Price,Currency,Value\n")
        for n in range(ROWS):
            quantity, price = rng.randrange(1, 10_000), rng.randrange(100, 50_000) / 100
            code = f"US{n:09d}{rng.randrange(10)}"
            cells = (f"PF{n // 500}", code, f"Company {n}", "Equity", quantity)
            value = f"{quantity * price:.2f}"
            file.write(",".join(map(str, (*cells, price, "USD", value))) + "\n")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        make_book(work / "book.csv")
        (work / "bare.py").write_text(BARE)
        script = "import stresskit; stresskit.read_holdings('book.csv')"
        ours = [sys.executable, "-c", script]
        compare(ours, [sys.executable, "bare.py"], folder=work, bound=2.0)

"""10,000 positions placed in the value chain, against reading them alone.

Six in ten are listed companies by ISIN, ticker or name, one in ten is a fund, the rest
have a sector or nothing that is known.
"""

from __future__ import annotations

import csv
import random
import sys
import tempfile
from pathlib import Path

from pairs import compare

import stresskit

ROWS = 10_000
SECTORS = ("", "Semiconductors", "Gesundheitswesen", "Widgets")


def make_book(path: Path) -> None:
    """Write made-up holdings of real and unknown companies."""
    rng = random.Random(3)  # noqa: S311 - made-up holdings, not secrets
    chain = stresskit.load_factor().chain
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(("Name", "ISIN", "Ticker", "Currency", "Market Value", "Sector"))
        for n in range(ROWS):
            kind = rng.random()
            if kind < 0.7:
                x = rng.choice(chain.securities if kind < 0.6 else chain.funds)
                codes = (x.isin or "", "") if n % 3 else ("", x.ticker)
                out.writerow((x.name, *codes, x.currency, 100 + n, ""))
            else:
                sector = rng.choice(SECTORS)
                out.writerow((f"Company {n}", "", f"Q{n}", "USD", 100 + n, sector))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        make_book(work / "book.csv")
        read = (
            "import stresskit; f = stresskit.load_factor(); "
            "p = stresskit.read_holdings('book.csv', base_currency='USD')"
        )
        ours = [sys.executable, "-c", f"{read}; stresskit.map_exposures(p, f)"]
        compare(ours, [sys.executable, "-c", read], folder=work, bound=2.0)

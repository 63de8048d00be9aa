"""A table of instruments (CSV) -> Tradables; every cell that is wrong is named."""

from __future__ import annotations

import csv
import datetime as dt
import math
import re
from typing import TYPE_CHECKING

from stresskit.core.identifiers import is_valid
from stresskit.errors import InputError
from stresskit.model import Tradable

if TYPE_CHECKING:
    from pathlib import Path

INSTRUMENT_FILES = ("instruments.csv", "NOTES.md")
NEEDED = ("ticker", "name", "currency", "half_spread_bp", "cap_share")
KINDS = ("etf", "future", "stock")
YES_NO = {"yes": True, "no": False}
BP = 1e-4
MAX_BYTES = 10_000_000
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./ -]{0,23}")
# What stands where a column is left out; cost has no such thing.
DEFAULTS = {
    "mic": "",
    "isin": "",
    "kind": "etf",
    "ucits": "no",
    "short": "no",
    "buy": "yes",
    "options": "no",
    "fee_bp": "0",
    "borrow_bp_per_year": "",
    "adv_musd": "",
    "lot": "1",
    "multiplier": "1",
    "price": "",
    "price_date": "",
    "of": "",
    "volatility": "",
    "volatility_date": "",
    "source": "",
}


def read_instruments(path: Path) -> tuple[Tradable, ...]:
    """Read a table of instruments, a row each; see ``factors/README.md``.

    Raises
    ------
    InputError
        If the file cannot be read, a column is missing or a cell is wrong; the message
        names every row and column.
    """
    where = path.name
    rows = _table(path)
    found: list[Tradable] = []
    wrong: list[str] = []
    seen: dict[str, int] = {}
    for n, row in rows:
        cells = DEFAULTS | {k: v.strip() for k, v in row.items()}
        made = _Row(cells)
        tradable = made.tradable()
        wrong += [f"row {n}, {problem}" for problem in made.wrong]
        if tradable is None:
            continue
        if tradable.key in seen:
            wrong.append(
                f"row {n}, {tradable.key} stands in row {seen[tradable.key]} too"
            )
        seen[tradable.key] = n
        found.append(tradable)
    if wrong:
        raise _wrong(where, wrong)
    if not found:
        raise _wrong(where, ["it has no row"])
    return tuple(found)


def _table(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Return the rows with their numbers; every column is a known one."""
    where = path.name
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _wrong(where, [f"it is larger than {MAX_BYTES:,} bytes"])
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.reader(handle, strict=True)
            header = [h.strip() for h in next(reader, [])]
            lines = [(reader.line_num, row) for row in reader if any(row)]
    except FileNotFoundError as error:
        raise _wrong(where, ["there is no such file"]) from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _wrong(where, [f"it cannot be read: {error}"]) from error
    lacking = [c for c in NEEDED if c not in header]
    if lacking:
        raise _wrong(where, [f"the columns {', '.join(lacking)} are missing"])
    unknown = [c for c in header if c not in (*NEEDED, *DEFAULTS)]
    if unknown:
        raise _wrong(where, [f"the column {unknown[0]!r} is not known"])
    twice = [c for n, c in enumerate(header) if c in header[:n]]
    if twice:
        raise _wrong(where, [f"the column {twice[0]!r} stands twice"])
    odd = [
        f"row {n} has not as many cells as the header"
        for n, row in lines
        if len(row) != len(header)
    ]
    if odd:
        raise _wrong(where, odd)
    return [(n, dict(zip(header, row, strict=True))) for n, row in lines]


def _wrong(where: str, problems: list[str]) -> InputError:
    shown = "; ".join(problems[:5])
    more = f"; and {len(problems) - 5} more" if len(problems) > 5 else ""
    return InputError(
        f"The instruments {where}: {shown}{more}.",
        hint="Columns: " + ", ".join((*NEEDED, *DEFAULTS)) + ". An instrument without "
        "cost cannot be used; leave a price that is not known empty.",
        code="instruments",
    )


class _Row:
    """One row's cells, and what is wrong with them."""

    def __init__(self, cells: dict[str, str]):
        self.cells = cells
        self.wrong: list[str] = []

    def tradable(self) -> Tradable | None:
        """Return the record, None if a cell is wrong."""
        c = self.cells
        ticker, mic = c["ticker"].upper(), c["mic"].upper()
        for column, text in (("ticker", ticker), ("mic", mic or "X")):
            if not CODE.fullmatch(text):
                self.wrong.append(f"{column}: {text!r} is no code")
        if not re.fullmatch(r"[A-Za-z]{3}", c["currency"]):
            self.wrong.append(f"currency: {c['currency']!r} is no ISO code")
        if c["isin"] and not is_valid(c["isin"].upper(), "isin"):
            self.wrong.append(f"isin: {c['isin']!r} is none, by its check digit")
        kind = c["kind"].lower()
        if kind not in KINDS:
            self.wrong.append(f"kind: {c['kind']!r} is none of {', '.join(KINDS)}")
        short = self.flag("short")
        borrow = self.number("borrow_bp_per_year", 0.0, 100_000.0)
        lacking = not c["borrow_bp_per_year"]
        if short and kind != "future" and lacking:
            self.wrong.append("borrow_bp_per_year: missing, and it is sold short")
        spread = self.number("half_spread_bp", 0.0, 1_000.0)
        if spread is None and c["half_spread_bp"] == "":
            self.wrong.append("half_spread_bp: missing, cost data is needed")
        cap = self.number("cap_share", 0.0, 10.0)
        if cap is None and c["cap_share"] == "":
            self.wrong.append("cap_share: missing")
        volume = self.number("adv_musd", 0.0, math.inf)
        made = {
            "fee": self.number("fee_bp", 0.0, 1_000.0) or 0.0,
            "lot": self.above("lot"),
            "multiplier": self.above("multiplier"),
            "price": self.above("price"),
            "volatility": self.above("volatility"),
        }
        flags = {name: self.flag(name) for name in ("ucits", "buy", "options")}
        days = {name: self.day(name) for name in ("price_date", "volatility_date")}
        if self.wrong:
            return None
        return Tradable(
            ticker=ticker,
            mic=mic,
            isin=c["isin"].upper() or None,
            name=c["name"],
            currency=c["currency"].upper(),
            kind=kind,
            ucits=flags["ucits"],
            short=short,
            buy=flags["buy"],
            options=flags["options"],
            half_spread=(spread or 0.0) * BP,
            fee=(made["fee"] or 0.0) * BP,
            borrow=(borrow or 0.0) * BP,
            volume=None if volume is None else volume * 1e6,
            lot=made["lot"] or 1.0,
            multiplier=made["multiplier"] or 1.0,
            price=made["price"],
            price_date=days["price_date"],
            of=c["of"].upper() or f"{ticker}:{mic}",
            volatility=made["volatility"],
            volatility_date=days["volatility_date"],
            cap=cap or 0.0,
            source=c["source"],
        )

    def number(self, column: str, low: float, high: float) -> float | None:
        """Return a number within bounds, None where the cell is empty."""
        text = self.cells[column]
        if not text:
            return None
        try:
            # An underscore is Python's, and no one's who writes a table.
            value = math.nan if "_" in text else float(text)
        except ValueError:
            value = math.nan
        if not (low <= value <= high and math.isfinite(value)):
            self.wrong.append(
                f"{column}: {text!r} is no number of {low:g}"
                + (f" to {high:g}" if math.isfinite(high) else " or more")
            )
            return None
        return value

    def above(self, column: str) -> float | None:
        """Return a number above zero, None where the cell is empty."""
        value = self.number(column, 0.0, math.inf)
        if value == 0:
            self.wrong.append(f"{column}: zero; leave it empty where it is not known")
            return None
        return value

    def flag(self, column: str) -> bool:
        """Return a yes or no."""
        text = self.cells[column].lower()
        if text not in YES_NO:
            self.wrong.append(f"{column}: {self.cells[column]!r} is neither yes nor no")
        return YES_NO.get(text, False)

    def day(self, column: str) -> dt.date | None:
        """Return a date, None where the cell is empty."""
        text = self.cells[column]
        if not text:
            return None
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            self.wrong.append(f"{column}: {text!r} is no date like 2025-01-24")
            return None

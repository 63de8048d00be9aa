"""A book of many portfolios as Parquet, made with a seed, of any number of positions.

The securities and funds of the default factor's chain come first, then companies that
nothing places, with valid ISINs; on request options and bonds. What is popular follows
a power law, amounts are log-normal, one in fifty is short. Rows are written a group at
a time, so that memory does not grow with them.

    python tests/benchmarks/book_maker.py FOLDER_OR_FILE 10e6 [shuffled] [contracts]

A path without an ending becomes a folder of eight partitions.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from stdnum import isin

import stresskit

if TYPE_CHECKING:
    from collections.abc import Iterator

PORTFOLIOS, INSTRUMENTS = 50_000, 20_000
GROUP, PARTITIONS = 500_000, 8
# Of a hundred instruments with contracts, so many are options and as many bonds.
OPTIONS, BONDS = 4, 4
HOMES = {"US": "USD", "DE": "EUR", "FR": "EUR", "JP": "JPY", "CH": "CHF", "GB": "GBP"}
RATES = (
    "EUR 1.05 CHF 1.1 JPY 0.0064 GBP 1.25 HKD 0.128 CNY 0.138 CAD 0.7 KRW 0.0007 "
    "TWD 0.0305 INR 0.0116 AUD 0.63 SEK 0.091 BRL 0.17 SGD 0.74 DKK 0.14 NOK 0.089 "
    "ILS 0.28 NZD 0.57"
).split()


@dataclass(frozen=True)
class Shape:
    """What a book is like: its rows, and in what order and columns they are."""

    rows: int
    portfolios: int = PORTFOLIOS
    instruments: int = INSTRUMENTS
    shuffled: bool = False
    contracts: bool = False
    seed: int = 10


def instruments(shape: Shape) -> list[dict[str, Any]]:
    """Return what is held, each by the columns of a book, the popular first."""
    rng = np.random.default_rng(shape.seed)
    known = stresskit.load_factor().chain
    found: dict[str, dict[str, Any]] = {}
    for x in (*known.securities, *known.funds):
        if x.isin:
            found[x.isin] = {"isin": x.isin, "name": x.name, "currency": x.currency}
    listed = list(found.values())
    while len(found) < shape.instruments:
        n = len(found)
        home = rng.choice(list(HOMES))
        body = f"{home}{n:09d}"
        code = body + isin.calc_check_digit(body)
        own = {"isin": code, "name": f"Company {n} Holdings", "currency": HOMES[home]}
        found[code] = own
    made = list(found.values())[: shape.instruments]
    if shape.contracts:
        for n in range(10, len(made)):
            if n % 100 < OPTIONS:
                made[n] = _option(rng, listed[int(rng.integers(len(listed)))])
            elif n % 100 < OPTIONS + BONDS:
                made[n] = _bond(rng, n)
    # What is well known is held most, by and large.
    ranks = np.arange(1, len(made) + 1) * rng.lognormal(0, 1, len(made))
    return [made[n] for n in np.argsort(ranks)]


def _option(rng: np.random.Generator, of: dict[str, Any]) -> dict[str, Any]:
    spot = float(np.round(rng.uniform(20, 400), 2))
    strike, right = float(np.round(spot * rng.uniform(0.8, 1.2))), "put"
    return {
        "name": f"{of['name']} {strike:g} {right}",
        "currency": of["currency"],
        "asset_class": "option",
        "underlying": of["isin"],
        "underlying_price": spot,
        "strike": strike,
        "right": right,
        "expiry": "2025-06-20",
        "contract_size": 100.0,
        "price": float(np.round(0.06 * spot, 2)),
    }


def _bond(rng: np.random.Generator, n: int) -> dict[str, Any]:
    coupon = float(rng.integers(2, 25)) / 4
    return {
        "name": f"Company {n} Holdings {coupon:g}% bond",
        "currency": "USD",
        "asset_class": "bond",
        "coupon": coupon,
        "maturity": f"20{rng.integers(27, 45)}-11-15",
        "price": float(np.round(rng.uniform(80, 110), 1)),
    }


def groups(shape: Shape) -> Iterator[pa.Table]:
    """Yield the rows of a book, a row group at a time."""
    rng = np.random.default_rng(shape.seed + 1)
    held = pa.Table.from_pylist(instruments(shape), schema=_schema(shape))
    popular = np.cumsum(np.arange(1, len(held) + 1) ** -0.7)
    names = pa.array([f"C{n:06d}" for n in range(shape.portfolios)])
    sizes = np.cumsum(rng.lognormal(0, 0.7, shape.portfolios))
    for first in range(0, shape.rows, GROUP):
        count = min(GROUP, shape.rows - first)
        at = rng.random(count)
        if not shape.shuffled:
            at = (first + np.arange(count)) / shape.rows
        owner = np.searchsorted(sizes, at * sizes[-1])
        what = np.searchsorted(popular, rng.random(count) * popular[-1])
        value = np.round(rng.lognormal(9, 1.5, count), 2)
        value[rng.random(count) < 0.02] *= -1.0
        rows = held.take(pa.array(what))
        if shape.contracts:
            # Options and bonds are counted, at the price that they share.
            price = rows.column("price").to_numpy()
            size = rows.column("contract_size").fill_null(0.01).to_numpy()
            number = np.where(np.isnan(price), np.nan, np.round(value / 1e3))
            value = np.where(np.isnan(price), value, number * size * price)
            rows = rows.append_column("quantity", pa.array(number, from_pandas=True))
        rows = rows.append_column("market_value", pa.array(value))
        yield rows.add_column(0, "portfolio", names.take(pa.array(owner)))


def _schema(shape: Shape) -> pa.Schema:
    texts, numbers = ["isin", "currency"], []
    if shape.contracts:
        texts += ["name", "asset_class", "underlying", "right", "expiry", "maturity"]
        numbers = ["underlying_price", "strike", "contract_size", "coupon", "price"]
    return pa.schema(
        [*((x, pa.string()) for x in texts), *((x, pa.float64()) for x in numbers)]
    )


def write(path: Path, shape: Shape) -> None:
    """Write a book as one file, or without an ending as a folder of partitions."""
    files = [path]
    if not path.suffix:
        files = [path / f"part={n}" / "rows.parquet" for n in range(PARTITIONS)]
    made = groups(shape)
    per_file = math.ceil(math.ceil(shape.rows / GROUP) / len(files))
    # The first of each file says what its columns are.
    for file, table in zip(files, made, strict=False):
        file.parent.mkdir(parents=True, exist_ok=True)
        with pq.ParquetWriter(file, table.schema) as writer:
            for own in chain([table], islice(made, per_file - 1)):
                writer.write_table(own)


def write_rates(path: Path) -> Path:
    """Write an exchange rate of every currency."""
    pairs = zip(RATES[::2], RATES[1::2], strict=True)
    lines = [f"{code},{rate},USD" for code, rate in pairs]
    path.write_text("\n".join(["currency,rate,base", *lines]), encoding="utf-8")
    return path


if __name__ == "__main__":
    target, size, *flags = sys.argv[1:]
    write(
        Path(target),
        Shape(int(float(size)), **dict.fromkeys(flags, True)),  # type: ignore[arg-type]
    )

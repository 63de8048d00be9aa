"""A book of every kind of portfolio, made with a seed, and what one run says of each.

Names and numbers of real securities, amounts that mean nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from stresskit import stress_frame
from stresskit.asking import Files
from stresskit.book.table import work
from stresskit.book.table.source import find_source
from stresskit.stressing import check_own_currency

if TYPE_CHECKING:
    from pathlib import Path

    from stresskit.book.table.engines import Engine
    from stresskit.core.stress.units import Answers
    from stresskit.model import Scenario, StressResult

DAY = "2025-01-24"
COUNT = 84
KINDS_APART = {"option without spot", "small coupon", "nameless"}
RATES = {"EUR": 1.05, "CHF": 1.1, "JPY": 0.0064, "GBP": 1.25}
SHARES = (
    ("NVIDIA", "US67066G1040", "NVDA", "USD"),
    ("Procter & Gamble", "US7427181091", "PG", "USD"),
    ("Siemens Energy", "DE000ENER6Y0", "ENR", "EUR"),
    ("Vistra", "US92840M1027", "VST", "USD"),
    ("SPDR S&P 500 ETF", "US78462F1030", "SPY", "USD"),
    # Two lines of one issuer share their errors.
    ("Alphabet A", "US02079K3059", "GOOGL", "USD"),
    ("Alphabet C", "US02079K1079", "GOOG", "USD"),
    ("ASML", "NL0010273215", "ASML", "EUR"),
    ("Nestle", "CH0038863350", "NESN", "CHF"),
    ("Advantest", "JP3122400009", "6857", "JPY"),
    ("Rolls-Royce", "GB00B63H8491", "RR.", "GBP"),
    # Nothing places it.
    ("Unknown Holdings Ltd", None, None, "CHF"),
)
KINDS = (
    "shares",
    "shorts",
    "lots",
    "option",
    "option without spot",
    "bond",
    "small coupon",
    "future",
    "forward",
    "cash and crypto",
    "local",
    "counted",
    "weights",
    "nameless",
)
COLUMNS = (
    *("portfolio", "id", "name", "isin", "ticker", "asset_class", "currency"),
    *("market_value", "local_value", "quantity", "price", "weight", "exposure"),
    *("strike", "expiry", "right", "underlying", "underlying_price", "contract_size"),
    *("coupon", "maturity", "pair", "base_currency", "as_of"),
)


def book(count: int, *, seed: int = 7) -> pd.DataFrame:
    """Return the positions of ``count`` portfolios, kinds in turn."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        base = ("USD", "EUR", "CHF")[number % 3]
        own = _portfolio(rng, kind)
        for n, row in enumerate(own, 1):
            rows.append(
                {
                    **row,
                    "portfolio": f"P{number:04d} {kind}",
                    "id": f"p{n}",
                    "base_currency": base,
                    "as_of": DAY,
                }
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _portfolio(rng: np.random.Generator, kind: str) -> list[dict[str, Any]]:
    count = int(rng.integers(1, 12))
    rows = [_share(SHARES[k]) for k in rng.choice(len(SHARES), count)]
    for row in rows:
        row["market_value"] = _amount(rng)
    _CHANGES.get(kind, _unchanged)(rng, rows)
    return rows


Rows = list[dict[str, Any]]


def _unchanged(_: np.random.Generator, __: Rows) -> None:
    """Leave the shares as they are."""


def _shorts(_: np.random.Generator, rows: Rows) -> None:
    rows[0]["market_value"] *= -1.0


def _lots(rng: np.random.Generator, rows: Rows) -> None:
    rows += [{**rows[0], "market_value": _amount(rng)} for _ in range(3)]
    rows.append({**rows[0], "market_value": -_amount(rng) / 10})


def _with_spot(rng: np.random.Generator, rows: Rows) -> None:
    rows += [_option(rng, 142.6, right) for right in ("put", "call")]


def _without_spot(rng: np.random.Generator, rows: Rows) -> None:
    rows.append({**_share(SHARES[0]), "market_value": 1e4, "price": 142.6})
    rows += [_option(rng, None, right) for right in ("put", "call")]


def _bonds(rng: np.random.Generator, rows: Rows) -> None:
    rows += [_bond(rng, 4.25), _bond(rng, 0.0)]


def _small_coupon(rng: np.random.Generator, rows: Rows) -> None:
    rows.append(_bond(rng, 0.25))


def _future(rng: np.random.Generator, rows: Rows) -> None:
    number = float(rng.integers(-5, 0))
    rows.append(
        {
            "name": "E-mini Nasdaq 100 future",
            "ticker": "NQH5",
            "asset_class": "future",
            "currency": "USD",
            "market_value": 0.0,
            "quantity": number,
            "price": 21_000.0,
            "exposure": number * 20 * 21_000.0,
            "maturity": "2025-03-21",
        }
    )


def _forward(rng: np.random.Generator, rows: Rows) -> None:
    rows.append(
        {
            "name": "Forward EUR/USD",
            "asset_class": "fx_forward",
            "currency": "USD",
            "market_value": 120.0,
            "exposure": _amount(rng),
            "pair": "EURUSD",
        }
    )


def _cash_and_crypto(rng: np.random.Generator, rows: Rows) -> None:
    for name, kind, currency in (
        ("Cash", "cash", "EUR"),
        ("Bitcoin", "crypto", "USD"),
    ):
        own = {"name": name, "asset_class": kind, "currency": currency}
        rows.append({**own, "market_value": _amount(rng)})


def _local(_: np.random.Generator, rows: Rows) -> None:
    for row in rows:
        row["local_value"] = row.pop("market_value")


def _counted(rng: np.random.Generator, rows: Rows) -> None:
    for row in rows:
        row["price"] = float(np.round(rng.uniform(5, 500), 2))
        row["quantity"] = float(rng.integers(1, 2_000))
        del row["market_value"]


def _weights(rng: np.random.Generator, rows: Rows) -> None:
    for row in rows:
        row["weight"] = float(np.round(rng.uniform(0.01, 0.2), 4))
        del row["market_value"]


def _nameless(rng: np.random.Generator, rows: Rows) -> None:
    rows.append({"asset_class": "other", "market_value": _amount(rng)})


_CHANGES = {
    "shorts": _shorts,
    "lots": _lots,
    "option": _with_spot,
    "option without spot": _without_spot,
    "bond": _bonds,
    "small coupon": _small_coupon,
    "future": _future,
    "forward": _forward,
    "cash and crypto": _cash_and_crypto,
    "local": _local,
    "counted": _counted,
    "weights": _weights,
    "nameless": _nameless,
}


def _share(of: tuple[str, str | None, str | None, str]) -> dict[str, Any]:
    name, isin, ticker, currency = of
    return {"name": name, "isin": isin, "ticker": ticker, "currency": currency}


def _amount(rng: np.random.Generator) -> float:
    return float(np.round(rng.lognormal(10, 1), 2))


def _option(rng: np.random.Generator, spot: float | None, right: str) -> dict[str, Any]:
    number, price = float(rng.integers(-9, 9) or 1), 6.4
    return {
        "name": f"NVDA 06/20/25 {right} 140",
        "asset_class": "option",
        "currency": "USD",
        "market_value": number * price * 100,
        "quantity": number,
        "price": price,
        "strike": 140.0,
        "expiry": "2025-06-20",
        "right": right,
        "underlying": "NVDA",
        "underlying_price": spot,
        "contract_size": 100.0,
    }


def _bond(rng: np.random.Generator, coupon: float) -> dict[str, Any]:
    return {
        "name": f"US Treasury {coupon} 2034",
        "asset_class": "bond",
        "currency": "USD",
        "market_value": _amount(rng),
        "price": 98.5,
        "coupon": coupon,
        "maturity": "2034-11-15",
    }


def alone(rows: pd.DataFrame, fx: Path, **asked: Any) -> StressResult:
    """Return what one run says of one portfolio of a book."""
    own = rows.drop(columns=["portfolio", "base_currency", "as_of"])
    return stress_frame(
        own.dropna(axis=1, how="all").reset_index(drop=True),
        base_currency=rows["base_currency"].iloc[0],
        fx=fx,
        as_of=DAY,
        no_draws=True,
        loss_limit="none",
        **asked,
    )


def write_rates(path: Path) -> Path:
    """Write the exchange rates."""
    lines = [f"{code},{rate},USD" for code, rate in RATES.items()]
    path.write_text("\n".join(["currency,rate,base", *lines]), encoding="utf-8")
    return path


@dataclass(frozen=True)
class Singles:
    """A book in a file, its question, and the answer of each portfolio alone."""

    rows: pd.DataFrame
    file: Path
    fx: Path
    scenarios: tuple[Scenario, ...]
    results: dict[str, StressResult]


def answered(
    engine: Engine, singles: Singles
) -> tuple[list[str], Answers, dict[str, Any]]:
    """Return the portfolios, their answers, and how many rows they are."""
    source, files = find_source(singles.file), Files(fx=singles.fx)
    held = work.held_in(engine, source, files)
    found = work.priced(files, held, singles.scenarios, check_own_currency)
    summing = work.Summing(found)
    lines = work.lines_of(engine, work.described(engine, source), held)
    names, sums, counts = summing.sums(engine, lines)
    return names, summing.answers(sums), counts


def _figures(result: StressResult) -> list[np.ndarray[Any, Any]]:
    """Return what is compared, scenario by scenario."""
    shares = ("market", "segments", "own_name", "fx", "options", "others", "cross")
    return [
        np.array(
            [
                *(x.pnl, x.band.low, x.band.high, x.coverage_ratio),
                *(getattr(x.attribution, name) for name in shares),
                *(s.exposure for s in x.by_segment),
            ]
        )
        for x in (result, *result.scenarios)
    ]


def _of(answers: Answers, n: int, s: int) -> np.ndarray[Any, Any]:
    shares = ("market", "segments", "own_name", "fx", "options", "others", "cross")
    return np.array(
        [
            *(answers.pnl[n, s], answers.low[n, s], answers.high[n, s]),
            answers.coverage[n, s],
            *(answers.parts[name][n, s] for name in shares),
            *answers.exposure[n, s],
        ]
    )


def compared(engine: Engine, singles: Singles) -> int:
    """Hold each portfolio's answer against its own run; return how many were held."""
    names, answers, counts = answered(engine, singles)
    assert sorted(singles.results) == names
    held = 0
    for n, name in enumerate(names):
        if counts["apart"][n]:
            continue
        held += 1
        for s, expected in enumerate(_figures(singles.results[name])):
            assert _of(answers, n, s) == pytest.approx(
                expected, rel=1e-9, abs=1e-9 * max(answers.gross[n], 1e-3)
            )
    return held

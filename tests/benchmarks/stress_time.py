"""1,000 positions under 8 scenarios, 100,000 options under 10, a request of 200.

Each against the bare numpy arithmetic of the same figures, in one process: the shares'
matrix products, the options' closed form. The request is JSON of 200 positions to JSON
of the result, without hedges, against parsing the one and writing the other alone; in
seconds of the processor. Prints both, and the time per stress.
"""

from __future__ import annotations

import datetime as dt
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.special import ndtr

import stresskit
from stresskit.asking import Ask, Files, Question
from stresskit.core.stress.stressed import Stressed
from stresskit.core.stress.table import Table
from stresskit.model import (
    Content,
    Exposures,
    Identifiers,
    OptionTerms,
    Portfolio,
    Position,
)
from stresskit.scenarios import scenario_set
from stresskit.writers import result_bytes

POSITIONS, OPTIONS, REQUESTED, TIMES = 1_000, 100_000, 200, 15
SEVERITIES = tuple(0.2 * n for n in range(1, 11))
# Milliseconds of the first, seconds of the second, and their ratios to the bare ones.
MOST_MS, MOST_SECONDS, BOUND_SHARES, BOUND_OPTIONS = 30.0, 1.0, 60.0, 15.0
# Milliseconds of the processor for a request, and its ratio to JSON alone.
MOST_REQUEST_MS, BOUND_REQUEST = 12.0, 3.0


def median(
    work: Callable[[], object],
    times: int,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Return the median time of some runs, in seconds."""
    work()
    taken = []
    for _ in range(times):
        start = clock()
        work()
        taken.append(clock() - start)
    return statistics.median(taken)


def shares() -> tuple[float, float]:
    """Return the times of our stress and of the bare sums, seconds."""
    factor = stresskit.load_factor()
    positions = tuple(
        Position(
            id=f"p{n}",
            name=s.name,
            identifiers=Identifiers(isin=s.isin, ticker=s.ticker, mic=s.mic),
            currency=s.currency,
            market_value=1_000.0 + n,
        )
        for n, s in enumerate(factor.chain.securities[:POSITIONS])
    )
    source: dict[str, str | int | None] = {"sha256": "0" * 64}
    book = Portfolio(
        name="made up",
        positions=positions,
        base_currency="USD",
        as_of=dt.date(2025, 1, 24),
        source=source,
    )
    placed = stresskit.map_exposures(book, factor)
    main = stresskit.Scenario(factor)
    more = (*scenario_set(main, "severities"), *scenario_set(main, "path"))
    table = Table(book, placed, factor, np.array([p.market_value for p in positions]))
    asked = [Stressed(table, s, "USD") for s in (main, *more)]
    shocks = [s.shocks for s in asked]
    markets = [s.market for s in asked]
    value, x, beta, sd = table.value, table.sensitivities, table.beta, table.dispersion

    def bare() -> None:
        for f, m in zip(shocks, markets, strict=True):
            r = np.maximum(beta * m + x @ f, -1.0)
            (value * r).sum()
            (value[:, None] * x * f).sum(axis=0)
            np.sqrt(np.sum((value * sd) ** 2) + np.sum((value @ x * 0.02) ** 2))

    ours = median(lambda: stresskit.stress(book, placed, main, scenarios=more), TIMES)
    return ours, median(bare, TIMES)


def options() -> tuple[float, float]:
    """Return the times of our revaluation and of the bare closed form, seconds."""
    factor = stresskit.load_factor()
    rng = np.random.default_rng(1)
    share = Position(id="s", name="NVIDIA", identifiers=Identifiers(ticker="NVDA"))
    one = Portfolio(
        name="one", positions=(replace(share, market_value=1.0),), base_currency="USD"
    )
    placed = stresskit.map_exposures(one, factor).rows[0]
    strikes, years = rng.uniform(60, 200, OPTIONS), rng.uniform(0.05, 2, OPTIONS)
    vols, calls = rng.uniform(0.2, 0.9, OPTIONS), rng.random(OPTIONS) < 0.5
    rows, positions = [], []
    columns = zip(
        strikes.tolist(), years.tolist(), vols.tolist(), calls.tolist(), strict=True
    )
    for n, (k, t, v, c) in enumerate(columns):
        terms = OptionTerms(
            spot=140.0,
            strike=k,
            premium=10.0,
            per_value=0.1,
            units=0.0,
            years=t,
            volatility=v,
            rate=0.04,
            dividend=0.0,
            call=c,
            slope=-1.0,
            exercise="european",
        )
        rows.append(replace(placed, position_id=f"o{n}", option=terms))
        positions.append(Position(id=f"o{n}", name="option", market_value=100.0))
    book = Portfolio(name="options", positions=tuple(positions), base_currency="USD")
    exposures = Exposures(segments=factor.chain.segment_ids, rows=tuple(rows))
    table = Table(book, exposures, factor, np.full(OPTIONS, 100.0))
    asked = [stresskit.Scenario(factor, s) for s in SEVERITIES]

    def ours() -> None:
        for scenario in asked:
            _ = Stressed(table, scenario, "USD").pnl

    moved = [float(Stressed(table, s, "USD").local_of_options[0]) for s in asked]
    sign = np.where(calls, 1.0, -1.0)

    def bare() -> None:
        for r in moved:
            spot, vol = 140.0 * (1 + r), vols + 0.1
            root = vol * np.sqrt(years)
            d1 = (np.log(spot / strikes) + 0.04 * years) / root + root / 2
            kept = strikes * np.exp(-0.04 * years)
            value = sign * (spot * ndtr(sign * d1) - kept * ndtr(sign * (d1 - root)))
            (value * 10.0).sum()

    return median(ours, 5), median(bare, 5)


def request() -> tuple[float, float]:
    """Return the times of a request, bytes to bytes, and of its JSON alone, seconds."""
    securities = stresskit.load_factor().chain.securities
    positions = [
        {
            "name": s.name,
            "ticker": s.ticker,
            "isin": s.isin,
            "asset_class": "equity",
            "quantity": 100.0 + n,
            "price": 10.0 + n,
            "currency": "USD",
            "market_value": (100.0 + n) * (10.0 + n),
        }
        for n, s in enumerate(securities[: 3 * REQUESTED : 3])
    ]
    stated = {"schema": "stresskit/holdings/1", "base_currency": "USD"}
    data = json.dumps({**stated, "positions": positions}).encode()
    question = Question(factor="deepseek-2025-01-27", scenarios=())
    files = Files()

    def ours() -> bytes:
        main, more = question.asked()
        ask = Ask(files=files, main=main, more=more, draws=False)
        return result_bytes(ask.answer(files.read(Content("book.json", data)))[0])

    written = json.loads(ours())

    def bare() -> None:
        json.loads(data)
        json.dumps(written)

    clock = time.process_time
    return median(ours, 5 * TIMES, clock), median(bare, 5 * TIMES, clock)


def main() -> None:
    """Print the figures; exit with 1 beyond a bound."""
    ours, bare = shares()
    print(f"{POSITIONS:,} positions, 8 scenarios with band and attribution: ", end="")
    print(f"{1e3 * ours:.1f} ms against {1e3 * bare:.2f} ms: ratio {ours / bare:.1f}")
    revalued, closed = options()
    print(f"{OPTIONS:,} options, {len(SEVERITIES)} scenarios: ", end="")
    print(f"{revalued:.2f} s against {closed:.2f} s: ratio {revalued / closed:.2f}")
    asked, parsed = request()
    print(f"{REQUESTED} positions, JSON to JSON: {1e3 * asked:.1f} ms against ", end="")
    print(f"{1e3 * parsed:.1f} ms: ratio {asked / parsed:.2f}")
    sys.exit(
        1e3 * ours > MOST_MS
        or revalued > MOST_SECONDS
        or ours / bare > BOUND_SHARES
        or revalued / closed > BOUND_OPTIONS
        or 1e3 * asked > MOST_REQUEST_MS
        or asked / parsed > BOUND_REQUEST
    )


if __name__ == "__main__":
    main()

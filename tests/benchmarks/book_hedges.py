"""1,000 portfolios of a book that lose too much, hedged two at a time.

    python tests/benchmarks/book_hedges.py [PORTFOLIOS] [POSITIONS] [MANDATE]

MANDATE is ``linear`` (no lots, fees or counts, and no tracking error that binds: linear
programs alone) or the name of a shipped one. The share of the solver is measured on the
first portfolios in this process.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import scipy.optimize

from stresskit.asking import Files, Question, asked_hedge
from stresskit.book.table import hedges, work
from stresskit.book.table.engines import Duck
from stresskit.book.table.source import find_source
from stresskit.factors.folders import DEFAULT_FACTOR
from stresskit.hedging import load_mandate
from stresskit.stressing import check_own_currency

if TYPE_CHECKING:
    from collections.abc import Callable

    from stresskit.model import Mandate

MOST_SECONDS, SAMPLE, JOBS = 20.0, 40, 2
RATES = {"EUR": 1.05, "CHF": 1.1}


def mandate_called(name: str) -> Mandate:
    """Return a mandate by name; ``linear`` asks for linear programs alone."""
    if name != "linear":
        return load_mandate(name)
    return replace(
        load_mandate("ucits-fund"),
        name="linear",
        whole_lots=False,
        tickets=1_000,
        ticket_cost=0.0,
        tracking_error=1.0,
    )


def book(factor: Any, portfolios: int, positions: int) -> pd.DataFrame:
    """Return portfolios of the securities that a factor was measured with."""
    rng = np.random.default_rng(7)
    known = sorted(factor.evidence, key=lambda e: e.ticker)
    count = portfolios * positions
    picked = [known[k] for k in rng.integers(len(known), size=count)]
    owner = np.repeat(np.arange(portfolios), positions)
    return pd.DataFrame(
        {
            "portfolio": [f"P{n:06d}" for n in owner],
            "id": [f"p{n % positions}" for n in range(count)],
            "name": [e.name or e.ticker for e in picked],
            "ticker": [e.ticker for e in picked],
            "mic": [e.mic for e in picked],
            "currency": "USD",
            "market_value": rng.lognormal(8, 1, count).round(2),
            "base_currency": np.array(["USD", "EUR", "CHF"])[owner % 3],
            "as_of": "2025-01-24",
        }
    )


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return what comes of work, its seconds and those of the processors."""

    def spent() -> float:
        both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        used = [resource.getrusage(who) for who in both]
        return sum(u.ru_utime + u.ru_stime for u in used)

    start, before = time.perf_counter(), spent()
    found = work()
    return found, time.perf_counter() - start, spent() - before


def here(found: list[hedges.Breaching], desk: hedges.Desk) -> tuple[float, float]:
    """Return seconds a hedge takes in this process, and the share of its LP solver."""
    inside = 0.0

    def watched(solve: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:
            nonlocal inside
            start = time.process_time()
            try:
                return solve(*given, **named)
            finally:
                inside += time.process_time() - start

        return run

    list(hedges.hedged(found[:2], desk))
    kept = scipy.optimize.linprog, scipy.optimize.milp
    scipy.optimize.linprog, scipy.optimize.milp = map(watched, kept)
    start = time.process_time()
    list(hedges.hedged(found, desk))
    whole = time.process_time() - start
    scipy.optimize.linprog, scipy.optimize.milp = kept
    return whole / len(found), inside / whole


def main() -> int:
    """Print the figures and say whether the bound holds."""
    given = sys.argv[1:]
    portfolios = int(given[0]) if given else 1_000
    positions = int(given[1]) if len(given) > 1 else 200
    mandate = mandate_called(given[2] if len(given) > 2 else "linear")
    first, more = Question(factor=DEFAULT_FACTOR).asked()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = book(first.factor, portfolios, positions)
        rows.to_parquet(folder / "book.parquet")
        source, files = find_source(folder / "book.parquet"), Files(fx=RATES)
        engine = Duck(source, 2**30, folder)
        held = work.held_in(engine, source, files)
        priced = work.priced(files, held, (first, *more), check_own_currency)
        lines = work.described(engine, source)
        found, seconds, _ = timed(
            lambda: hedges.breaching(engine, lines, held, set(rows["portfolio"]))
        )
        print(f"{len(found)} portfolios of {positions} read in {seconds:.1f} s")
        asked = asked_hedge(None, mandate, None, None, None, None)
        desk, shared, spent = timed(
            lambda: hedges.desk_of(found, asked, files, (first, *more), held, priced)
        )
        print(
            f"{len(desk.units)} instruments valued for all in {shared:.1f} s, "
            f"{spent:.1f} s of processors"
        )
        engine.close()
    for family in desk.families:
        own = replace(desk, families=(family,))
        each, share = here(found[:SAMPLE], own)
        done, seconds, spent = timed(lambda: list(hedges.hedged(found, own, jobs=JOBS)))  # noqa: B023 - called at once
        statuses = pd.Series([h.status for h in done]).value_counts().to_dict()
        print(
            f"{family}: {len(done)} in {seconds:.1f} s, {spent:.1f} s of processors, "
            f"{1e3 * spent / len(done):.1f} ms each with the start of processes; "
            f"{1e3 * each:.1f} ms without, {share:.0%} of it HiGHS; {statuses}"
        )
    return 0 if spent / JOBS * 1_000 / len(done) <= MOST_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())

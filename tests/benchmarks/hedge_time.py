"""The overlay's linear program and the whole-lot problem, after loading.

The first against bare HiGHS on the same matrices, in one process; the second with 60
instruments, 8 scenarios, whole lots and at most 5 tickets against its time limit.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.optimize import linprog

import stresskit
from stresskit.core.hedge.problem import HedgeProblem, Limit, program
from stresskit.factors.folders import shipped_folder
from stresskit.hedgers.solver import solve
from stresskit.hedging import load_mandate, question_of
from stresskit.model import HedgeTarget
from stresskit.pipeline import example_files
from stresskit.readers.instruments import read_instruments

TIMES, PROBLEMS = 15, 20
MOST_MS, MOST_RATIO, MOST_SECONDS = 20.0, 2.0, 5.0


def median(work: Callable[[], object], times: int) -> float:
    """Return the median time of some runs, in seconds."""
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def overlay() -> tuple[float, float]:
    """Return seconds of an overlay's problem and solution, and of HiGHS alone."""
    holdings, fx = example_files("us-growth")
    portfolio = stresskit.read_holdings(holdings, fx=fx)
    factor = stresskit.load_factor("deepseek-2025-01-27")
    exposures = stresskit.map_exposures(portfolio, factor)
    result = stresskit.stress(portfolio, exposures, stresskit.Scenario(factor))
    listed = read_instruments(shipped_folder() / "instruments" / "instruments.csv")
    mandate = load_mandate("long-short-fund")
    question, _, _ = question_of(result, mandate, HedgeTarget(value=0.3), listed)
    tickets = question.shorts()
    asked = program(question.problem(tickets), whole=False)
    bounds = [(0.0, float(u)) for u in asked.upper]

    def whole() -> object:
        return solve(question.problem(tickets), whole=False)

    def bare() -> object:
        return linprog(
            asked.c, A_ub=asked.A, b_ub=asked.high, bounds=bounds, method="highs"
        )

    return median(whole, TIMES), median(bare, TIMES)


def whole_lots() -> list[tuple[float, float]]:
    """Return seconds and gap of problems with 60 instruments in lots."""
    found = []
    for seed in range(PROBLEMS):
        rng = np.random.default_rng(seed)
        m = 60
        moves = rng.uniform(-0.02, 0.12, m)
        kinds = np.array([1.0, 0.5, 1.5, 2.0, -0.3, 0.3, 0.4, -0.2])
        gains = np.outer(kinds, moves) + rng.normal(0, 0.005, (8, m))
        lots = rng.uniform(20, 600, m) / 3e6
        lots[:10] *= 100
        limits = [Limit("gross", np.ones(m), 0.6)]
        limits += [Limit(f"scenario {s}", -gains[s], 0.004) for s in range(1, 8)]
        limits += [
            Limit(f"segment {k}", rng.uniform(0, 0.2, m), 0.05) for k in range(25)
        ]
        problem = HedgeProblem(
            names=tuple(map(str, range(m))),
            gain=gains[0],
            cost=rng.uniform(0.0004, 0.004, m),
            caps=rng.uniform(0.05, 0.3, m),
            required=0.02,
            limits=tuple(limits),
            impact=rng.uniform(0, 0.002, m),
            lots=lots,
            ticket=10 / 3e6,
            most=5,
            least=0.002,
        )
        start = time.perf_counter()
        answer = solve(replace(problem), gap=1e-4)
        found.append((time.perf_counter() - start, answer.gap if answer else 0.0))
    return found


def main() -> int:
    """Print both and say whether the bounds hold."""
    ours, bare = overlay()
    print(f"overlay {1e3 * ours:.1f} ms, HiGHS {1e3 * bare:.1f} ms: {ours / bare:.2f}")
    lots = whole_lots()
    slowest = max(seconds for seconds, _ in lots)
    middle = statistics.median(seconds for seconds, _ in lots)
    print(
        f"whole lots, {PROBLEMS} problems: median {middle:.2f} s, slowest "
        f"{slowest:.2f} s, largest gap {max(gap for _, gap in lots):.1e}"
    )
    good = (
        1e3 * ours <= MOST_MS and ours / bare <= MOST_RATIO and slowest <= MOST_SECONDS
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

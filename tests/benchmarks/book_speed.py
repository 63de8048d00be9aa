"""A book of up to 30 million positions against the bare DuckDB group-by of its sums.

Ours finds what is held, prices it, sums in shards on two threads and works out the
answers. Bare is one statement on two threads: the rows joined with a finished table of
the same columns per unit, multiplied and grouped by portfolio and cluster; it finds
nothing, prices nothing, has no errors of shared issuers and no answers. Narrow is the
same for eight of the columns, by portfolio: what the P&L alone would take.
Each runs in a process of its own, in turn. Prints seconds of the clock and of the
processors, which other work on the machine disturbs less, and the most memory; draws
the plot.

    python tests/benchmarks/book_speed.py [MILLIONS ...]
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
from book_maker import Shape, write, write_rates

from stresskit import stress_frame
from stresskit.asking import Files, Question
from stresskit.book.table import work
from stresskit.book.table.engines import Duck
from stresskit.book.table.instruments import Instruments
from stresskit.book.table.shards import Shard, cut, each
from stresskit.book.table.source import find_source
from stresskit.factors.folders import DEFAULT_FACTOR
from stresskit.stressing import check_own_currency

SIZES = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
SHARD, MEMORY, JOBS, TIMES = 1_250_000, 2**30, 2, 3
BOUND, MOST_MEMORY = 1.5, 4.0


class Watch:
    """Seconds since the last look, by name: of the clock and of the processors."""

    def __init__(self) -> None:
        self.found: dict[str, float] = {}
        self._since = time.perf_counter(), time.process_time()

    def note(self, name: str) -> None:
        """Note what has passed."""
        now = time.perf_counter(), time.process_time()
        self.found[name] = now[0] - self._since[0]
        self.found[f"{name}_cpu"] = now[1] - self._since[1]
        self._since = now

    def all(self) -> dict[str, float]:
        """Return what was noted, the sums of it, and the most memory in GB."""
        seconds = {k: v for k, v in self.found.items() if not k.endswith("_cpu")}
        whole = {
            "whole": sum(seconds.values()),
            "whole_cpu": sum(self.found[f"{k}_cpu"] for k in seconds),
        }
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        return {**self.found, **whole, "memory": most}


def ours(folder: Path) -> dict[str, float]:
    """Answer the book, and keep its columns per unit for the bare statement."""
    main, more = Question(factor=DEFAULT_FACTOR).asked()
    source = find_source(folder / "book.parquet")
    files = Files(base_currency="USD", fx=folder / "fx.csv")
    _warm()
    watch = Watch()
    with closing(Duck(source, MEMORY, folder, JOBS)) as engine:
        held = work.held_in(engine, source, files)
    watch.note("find")

    def price() -> work.Summing:
        scenarios = (main, *more)
        return work.Summing(work.priced(files, held, scenarios, check_own_currency))

    with ThreadPoolExecutor(1) as pool:
        pricing = pool.submit(price)

        def do(shard: Shard) -> float:
            with closing(Duck(source, MEMORY, folder)) as engine:
                rows = work.described(engine, source, shard)
                lines = work.lines_of(engine, rows, held)
                summing = pricing.result()
                _, sums, _ = summing.sums(engine, lines)
                return float(summing.answers(sums).pnl.sum())

        for _ in each(cut(held.portfolios, SHARD), do, JOBS):
            pass
        summing = pricing.result()
    watch.note("sum")
    _keep(folder, held, summing.instruments)
    return watch.all()


def _warm() -> None:
    """Load what any run loads, as the bare statement has DuckDB loaded."""
    one = {"isin": ["US67066G1040"], "market_value": [1.0], "currency": ["USD"]}
    stress_frame(pd.DataFrame(one), no_draws=True, loss_limit="none")


def _keep(folder: Path, held: work.Held, found: Instruments) -> None:
    """Write the columns per unit as one table, by what rows are joined by."""
    pq.write_table(work.Tables(found).main, folder / "units.parquet")
    pq.write_table(held.descriptions, folder / "found.parquet")
    (folder / "by.json").write_text(json.dumps(held.by), encoding="utf-8")


def bare(folder: Path, *, narrow: bool = False) -> dict[str, float]:
    """Run one statement by hand."""
    by = ", ".join(json.loads((folder / "by.json").read_text(encoding="utf-8")))
    with duckdb.connect(config={"threads": JOBS, "memory_limit": "3GB"}) as con:
        for name in ("units", "found"):
            con.sql(f"create table {name} as from '{folder}/{name}.parquet'")
        kinds = {"l": "{0}", "d": "{0}", "z": "abs({0})", "q": "{0} * {0}"}
        columns = [c for c in con.table("units").columns if c[1:].isdigit()]
        if narrow:
            columns = [c for c in columns if c[0] == "l"][:8]
        sums = ", ".join(
            f"sum({kinds[c[0]].format('market_value')} * {c}) as {c}" for c in columns
        )
        group = "portfolio" if narrow else "portfolio, cluster"
        watch = Watch()
        con.sql(
            f"select {group}, count(*), {sums} from '{folder}/book.parquet' "  # noqa: S608
            f"join found using ({by}) join units using (instrument) group by {group}"
        ).to_arrow_table()
        watch.note("sum")
    return {**watch.all(), "columns": len(columns)}


def measured(folder: Path, rows: int) -> dict[str, Any]:
    """Return the medians of some runs, each after the other, in their own processes."""
    write(folder / "book.parquet", Shape(rows))
    runs: dict[str, list[dict[str, float]]] = {"ours": [], "bare": [], "narrow": []}
    for _ in range(TIMES):
        for kind, found in runs.items():
            command = [sys.executable, __file__, kind, str(folder)]
            made = subprocess.run(command, check=True, capture_output=True, text=True)
            found.append(json.loads(made.stdout))
    return {
        kind: {k: statistics.median(r[k] for r in own) for k in own[0]}
        for kind, own in runs.items()
    }


def draw(found: dict[int, dict[str, Any]], path: Path) -> None:
    """Plot seconds by positions."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4))
    axes = figure.subplots()
    names = {"ours": "the whole book", "bare": "bare group-by of the same sums"}
    for kind, label in names.items():
        seconds = [own[kind]["whole_cpu"] for own in found.values()]
        axes.loglog(list(found), seconds, marker="o", label=label)
    axes.set_xlabel("positions")
    axes.set_ylabel("seconds of the processors")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    figure.savefig(path, bbox_inches="tight")


def main() -> None:
    """Print a line per size; exit with 1 beyond a bound at ten million positions."""
    sizes = [float(x) for x in sys.argv[1:]] or SIZES
    found: dict[int, dict[str, Any]] = {}
    broken = False
    print("| positions | find | price and sum | whole | bare | ratio | narrow | GB |")
    print("|---|---|---|---|---|---|---|---|")
    for millions in sizes:
        rows = int(millions * 1e6)
        with tempfile.TemporaryDirectory() as name:
            write_rates(Path(name) / "fx.csv")
            own = found[rows] = measured(Path(name), rows)
        mine, other, few = own["ours"], own["bare"], own["narrow"]
        for end, unit in (("", "s"), ("_cpu", "s of the processors")):
            ratio = mine[f"whole{end}"] / other[f"whole{end}"]
            parts = [f"{mine[k + end]:.2f}" for k in ("find", "sum", "whole")]
            parts += [f"{other[f'whole{end}']:.2f}", f"{ratio:.2f}"]
            parts += [f"{mine[f'whole{end}'] / few[f'whole{end}']:.1f}"]
            parts += [f"{mine['memory']:.2f}"]
            print(f"| {rows:,} ({unit}) | {' | '.join(parts)} |", flush=True)
        if rows == 10_000_000:
            ratio = mine["whole"] / other["whole"]
            broken = ratio > BOUND or mine["memory"] > MOST_MEMORY
    draw(found, Path(__file__).with_name("book_speed.svg"))
    sys.exit(broken)


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[1] in {"ours", "bare", "narrow"}:
        where = Path(sys.argv[2])
        if sys.argv[1] == "ours":
            print(json.dumps(ours(where)))
        else:
            print(json.dumps(bare(where, narrow=sys.argv[1] == "narrow")))
    else:
        main()

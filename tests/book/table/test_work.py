"""A whole book: each portfolio gets the answer that it would get alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from books import alone, book, write_rates

from stresskit.asking import Files, Question
from stresskit.book.table import work
from stresskit.book.table.engines import Duck, Pandas
from stresskit.book.table.shards import cut
from stresskit.book.table.source import find_source
from stresskit.factors.folders import DEFAULT_FACTOR
from stresskit.stressing import check_own_currency

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from stresskit.book.table.engines import Engine
    from stresskit.core.stress.units import Answers
    from stresskit.model import Scenario, StressResult

KINDS_APART = {"option without spot", "small coupon", "nameless"}
COUNT = 84


@dataclass(frozen=True)
class Singles:
    """A book in a file, its question, and the answer of each portfolio alone."""

    rows: pd.DataFrame
    file: Path
    fx: Path
    scenarios: tuple[Scenario, ...]
    results: dict[str, StressResult]


@pytest.fixture(scope="module")
def singles(tmp_path_factory: pytest.TempPathFactory) -> Singles:
    """Run every portfolio of a book alone, once."""
    folder = tmp_path_factory.mktemp("book")
    rows, fx = book(COUNT), write_rates(folder / "fx.csv")
    rows.to_parquet(folder / "book.parquet")
    main, more = Question(factor=DEFAULT_FACTOR).asked()
    results = {str(name): alone(own, fx) for name, own in rows.groupby("portfolio")}
    return Singles(rows, folder / "book.parquet", fx, (main, *more), results)


@pytest.fixture(params=["duckdb", "pandas"])
def engine(
    request: pytest.FixtureRequest, singles: Singles, tmp_path: Path
) -> Iterator[Engine]:
    """Open the book with each engine that needs no Java."""
    source = find_source(singles.file)
    made: Engine = (
        Duck(source, 2**30, tmp_path) if request.param == "duckdb" else Pandas(source)
    )
    yield made
    made.close()


def _answered(
    engine: Engine, singles: Singles
) -> tuple[list[str], Answers, dict[str, Any]]:
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


def test_each_portfolio_gets_the_answer_it_would_get_alone(
    engine: Engine, singles: Singles
) -> None:
    """P&L, band, coverage, parts and exposures agree to 1e-9 of the money at stake."""
    names, answers, counts = _answered(engine, singles)
    assert sorted(singles.results) == names
    compared = 0
    for n, name in enumerate(names):
        if counts["apart"][n]:
            continue
        compared += 1
        for s, expected in enumerate(_figures(singles.results[name])):
            assert _of(answers, n, s) == pytest.approx(
                expected, rel=1e-9, abs=1e-9 * max(answers.gross[n], 1e-3)
            )
    assert compared == COUNT - COUNT // 14 * len(KINDS_APART)


def test_shards_make_what_the_whole_makes(engine: Engine, singles: Singles) -> None:
    """Each portfolio's figures come from its own shard, but for rounding."""
    names, answers, _ = _answered(engine, singles)
    source, files = find_source(singles.file), Files(fx=singles.fx)
    held = work.held_in(engine, source, files)
    summing = work.Summing(
        work.priced(files, held, singles.scenarios, check_own_currency)
    )
    found, pnl = [], []
    for shard in cut(held.portfolios, 100):
        rows = work.described(engine, source, shard)
        own, sums, counts = summing.sums(engine, work.lines_of(engine, rows, held))
        assert shard.rows == counts["rows"].sum()
        found += own
        pnl.append(summing.answers(sums).pnl)
    assert len(pnl) > 1
    assert names == found
    assert np.concatenate(pnl) == pytest.approx(answers.pnl, rel=1e-12, abs=1e-9)


def test_what_hangs_on_other_lines_stands_apart(
    engine: Engine, singles: Singles
) -> None:
    """Spots, small coupons and lines without a name are left to their portfolio."""
    names, _, counts = _answered(engine, singles)
    apart = {
        name.partition(" ")[2] for n, name in enumerate(names) if counts["apart"][n]
    }
    assert apart == KINDS_APART


def test_every_row_is_counted(engine: Engine, singles: Singles) -> None:
    """Rows of all portfolios add up to those of the file."""
    _, _, counts = _answered(engine, singles)
    assert counts["rows"].sum() == len(singles.rows)


def test_two_runs_on_duckdb_are_the_same_to_the_last_bit(
    singles: Singles, tmp_path: Path
) -> None:
    """Sums are added in the rows' order."""
    runs = []
    for _ in range(2):
        engine = Duck(find_source(singles.file), 2**30, tmp_path)
        _, answers, _ = _answered(engine, singles)
        runs.append((answers.pnl.tobytes(), answers.low.tobytes()))
        engine.close()
    assert runs[0] == runs[1]

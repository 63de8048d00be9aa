"""A whole book: each portfolio gets the answer that it would get alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from books import COUNT, KINDS, KINDS_APART, answered, compared

from stresskit.asking import Files
from stresskit.book.table import work
from stresskit.book.table.engines import Duck, Pandas
from stresskit.book.table.shards import cut
from stresskit.book.table.source import find_source
from stresskit.stressing import check_own_currency

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from books import Singles

    from stresskit.book.table.engines import Engine


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


def test_each_portfolio_gets_the_answer_it_would_get_alone(
    engine: Engine, singles: Singles
) -> None:
    """P&L, band, coverage, parts and exposures agree to 1e-9 of the money at stake."""
    assert compared(engine, singles) == COUNT - COUNT // len(KINDS) * len(KINDS_APART)


def test_shards_make_what_the_whole_makes(engine: Engine, singles: Singles) -> None:
    """Each portfolio's figures come from its own shard, but for rounding."""
    names, answers, _ = answered(engine, singles)
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
    names, _, counts = answered(engine, singles)
    apart = {
        name.partition(" ")[2] for n, name in enumerate(names) if counts["apart"][n]
    }
    assert apart == KINDS_APART


def test_every_row_is_counted(engine: Engine, singles: Singles) -> None:
    """Rows of all portfolios add up to those of the file."""
    _, _, counts = answered(engine, singles)
    assert counts["rows"].sum() == len(singles.rows)


def test_two_runs_on_duckdb_are_the_same_to_the_last_bit(
    singles: Singles, tmp_path: Path
) -> None:
    """Sums are added in the rows' order."""
    runs = []
    for _ in range(2):
        engine = Duck(find_source(singles.file), 2**30, tmp_path)
        _, answers, _ = answered(engine, singles)
        runs.append((answers.pnl.tobytes(), answers.low.tobytes()))
        engine.close()
    assert runs[0] == runs[1]

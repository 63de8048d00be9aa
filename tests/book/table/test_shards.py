"""Shards: whole portfolios, about equal in rows, in whatever order they are done."""

from __future__ import annotations

import time

import numpy as np
import pyarrow as pa
import pytest

from stresskit.book.table.shards import Shard, cut, each

SHARDS = [Shard(n, None, None, 1) for n in range(8)]


def test_ranges_follow_each_other_and_have_all_rows() -> None:
    """The first has no lower bound, the last no upper one; ids are in order."""
    names = [f"P{n:03d}" for n in np.random.default_rng(1).permutation(200)]
    rows = np.arange(200) % 7 + 1
    made = cut(pa.table({"portfolio": names, "rows": rows}), 100)
    by_name = dict(zip(names, rows, strict=True))
    assert [s.number for s in made] == list(range(len(made)))
    assert [s.first for s in made] == [None, *(s.last for s in made[:-1])]
    assert made[-1].last is None
    for shard in made:
        own = (shard.first or "", shard.last or "Q")
        assert shard.rows == sum(r for n, r in by_name.items() if own[0] <= n < own[1])
        assert shard.rows == pytest.approx(rows.sum() / len(made), abs=7)


def test_a_portfolio_is_never_cut() -> None:
    """One that is larger than a shard is a shard."""
    table = pa.table({"portfolio": ["a", "b", "c"], "rows": [1, 1000, 1]})
    assert [s.rows for s in cut(table, 10)] == [1001, 1]


def test_rows_of_no_portfolio_are_in_no_shard() -> None:
    """They are not counted, and nothing but them is no shard."""
    nameless = pa.array([None], pa.string())
    assert cut(pa.table({"portfolio": nameless, "rows": [5]}), 10) == []


def test_each_shard_is_done_once_whatever_their_number_at_a_time() -> None:
    """Results come with their shards."""
    for jobs in (1, 3):
        found = dict(each(SHARDS, lambda s: s.number**2, jobs))
        assert found == {s: s.number**2 for s in SHARDS}


def test_what_goes_wrong_is_raised_and_the_rest_is_not_begun() -> None:
    """A worker's error reaches the caller."""
    begun: list[int] = []

    def do(shard: Shard) -> None:
        begun.append(shard.number)
        if shard.number == 0:
            raise ValueError("broken")
        time.sleep(0.1)

    with pytest.raises(ValueError, match="broken"):
        list(each(SHARDS, do, 1))
    assert len(begun) < len(SHARDS)

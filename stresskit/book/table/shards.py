"""Shards: ranges of portfolios that are summed by themselves, some at a time.

A sum over floats hangs on the order it is added in, and so on how many threads add.
Each shard is added by one thread: results hang neither on how many are worked on at a
time nor on which is done first.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pyarrow.compute as pc

from stresskit.book.table.lines import PORTFOLIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow as pa

Result = TypeVar("Result")


@dataclass(frozen=True)
class Shard:
    """Portfolios from ``first`` to before ``last``, None for no bound, and their rows.

    ``number`` is its place among the shards of a book.
    """

    number: int
    first: str | None
    last: str | None
    rows: int


def cut(portfolios: pa.Table, rows: int) -> list[Shard]:
    """Cut portfolios into ranges of about equal numbers of rows.

    Parameters
    ----------
    portfolios
        Every portfolio with its ``rows``; those of no portfolio are left out.
    rows
        About how many a range may have at most; no portfolio is cut.
    """
    known = portfolios.filter(pc.is_valid(portfolios.column(PORTFOLIO)))
    known = known.sort_by([(PORTFOLIO, "ascending")])
    upto = np.cumsum(known.column("rows").to_numpy())
    if not len(upto):
        return []
    count = math.ceil(upto[-1] / rows)
    ends = np.searchsorted(upto, upto[-1] * np.arange(1, count) / count) + 1
    ends = np.unique(ends[ends < len(upto)])
    names = known.column(PORTFOLIO).take(ends).to_pylist()
    sizes = np.diff(upto[[*ends - 1, -1]], prepend=0).tolist()
    ranges = zip([None, *names], [*names, None], sizes, strict=True)
    return [Shard(n, *own) for n, own in enumerate(ranges)]


def each(
    todo: Sequence[Shard], do: Callable[[Shard], Result], jobs: int
) -> Iterator[tuple[Shard, Result]]:
    """Work on shards, ``jobs`` at a time; yield each with its result as it is done.

    What goes wrong with one is raised, and none that waits is begun. ``do`` is called
    in threads: each call opens an engine of its own.
    """
    with ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(do, shard): shard for shard in todo}
        try:
            for done in as_completed(list(running)):
                yield running.pop(done), done.result()
        finally:
            pool.shutdown(cancel_futures=True)

"""Totals among runs of rows: a run comes as its sum, and as many rows as matter.

What adds up to a total is decided by ``split_totals``. How many rows a block has
matters to it in two ways: whether there are two or three, and how much their rounding
can add up to, which grows with the root of their number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from stresskit.readers.cells import Number
from stresskit.readers.holdings.columns import IDENTIFIERS, NAMES
from stresskit.readers.holdings.lines import Line
from stresskit.readers.holdings.totals import Split, split_totals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.readers.cells import Value
    from stresskit.readers.holdings.bulk.columns import Columns
    from stresskit.readers.holdings.bulk.sketch import Marked, Sketch

# Rows of no amount that stand for those of a run, in all runs together.
_FILLERS = 100_000
_ROLES = ("value", "weight")


@dataclass(frozen=True)
class Kept:
    """What the totals left over: the odd rows that are positions, and the totals."""

    split: Split
    odd: list[Line]


def split_runs(columns: Columns, marked: Marked, sketch: Sketch) -> Kept:
    """Take the totals out of all rows.

    Parameters
    ----------
    columns : Columns
        Columns of the text.
    marked : Marked
        Which rows are odd.
    sketch : Sketch
        The rows read one by one.

    """
    runs = _Runs(columns, marked, sketch)
    lines: list[Line] = []
    after = 0
    for line in sketch.lines.lines:
        if not marked.odd[line.row - 1]:
            continue
        # An odd row is counted among those before the run that follows it.
        run = int(sketch.runs[line.row - 1])
        lines += runs.lines_of(after, run)
        lines.append(line)
        after = run
    lines += runs.lines_of(after, int(sketch.runs[-1]) + 1)
    split = split_totals(lines, sheet=None)
    odd = [n for n in split.lines if not isinstance(n, _Filler)]
    return Kept(split, odd)


class _Filler(Line):
    """A line that stands for rows of a run; its words are clean as they are."""

    def text(self, role: str) -> str | None:
        """Give the text of a role."""
        return cast("str | None", self.cells.get(role))


class _Runs:
    """The sums and counts of the runs of regular rows."""

    def __init__(self, columns: Columns, marked: Marked, sketch: Sketch) -> None:
        like = next(iter(sketch.first.values()))[0]
        roles = (*NAMES, *IDENTIFIERS)
        self._cells: dict[str, Value] = {r: t for r in roles if (t := like.text(r))}
        self._row = like.row
        self._others = {r: n for r, n in like.numbers.items() if r not in _ROLES}
        rows = np.flatnonzero(marked.regular)
        at = sketch.runs[rows]
        count = int(sketch.runs[-1]) + 1
        self._counts = np.bincount(at, minlength=count)
        self._sums: dict[str, NDArray[np.float64]] = {}
        self._known: dict[str, NDArray[np.int64]] = {}
        self._part: dict[str, tuple[int, float]] = {}
        for role in _ROLES:
            if role not in columns.numbers:
                continue
            amounts = columns.numbers[role][rows]
            known = ~np.isnan(amounts)
            amounts = np.where(known, amounts, 0.0)
            self._sums[role] = np.bincount(at, amounts, minlength=count).astype(float)
            self._known[role] = np.bincount(at[known], minlength=count)
            part = np.flatnonzero(amounts != np.floor(amounts))[:1].tolist()
            if part:
                # A sum of parts can be whole where they are not.
                self._part[role] = (int(at[part[0]]), float(amounts[part[0]]))
        roots = 3 + 2 * np.sqrt(self._counts)
        # Where nothing could be a total, how many rows there are is no question.
        most = _FILLERS / max(float(roots.sum()), 1.0) if marked.odd.any() else 0.0
        self._shown = np.minimum(self._counts, np.maximum(3, roots * min(most, 1.0)))

    def lines_of(self, start: int, stop: int) -> list[Line]:
        """Give the lines that stand for some runs."""
        found: list[Line] = []
        for run in range(start, stop):
            shown = int(self._shown[run])
            if not shown:
                continue
            sums = {
                r: float(s[run]) for r, s in self._sums.items() if self._known[r][run]
            }
            parts = {}
            if shown > 1:
                parts = {r: a for r, (at, a) in self._part.items() if at == run}
            nothing = dict.fromkeys(sums, 0.0)
            lines = [self._line({r: s - parts.get(r, 0.0) for r, s in sums.items()})]
            if shown > 1:
                lines.append(self._line({**nothing, **parts}))
                lines += [self._line(nothing)] * (shown - 2)
            found += lines
        return found

    def _line(self, amounts: dict[str, float]) -> Line:
        own = {r: Number(a) for r, a in amounts.items()}
        return _Filler(self._row, self._cells, {**self._others, **own})

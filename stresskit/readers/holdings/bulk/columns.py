"""A long text to columns: numbers as numbers, texts as codes of distinct texts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from stresskit.readers.cells import decimal_vote, text_of
from stresskit.readers.holdings.bulk.numbers import NumberReader, count_symbols
from stresskit.readers.holdings.columns import AMOUNTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.readers.cells import Decimal
    from stresskit.readers.files.long_text import LongText
    from stresskit.readers.holdings.tables import Table

_Kind = TypeVar("_Kind", bound=np.generic)

# So many rows are enough to hear what a column says of its decimal mark.
_HEARD = 200


class Unfit(Exception):
    """A text is not of the kind that is read in columns; its rows' reader must do."""


@dataclass(frozen=True)
class Plan:
    """What the first rows say: the table, its unit and the marks of its numbers."""

    table: Table
    unit_currency: str | None
    account: str | None
    marks: dict[str, Decimal]

    @property
    def texts(self) -> dict[str, int]:
        """The columns of words by role."""
        columns = self.table.columns
        return {r: c.index for r, c in columns.items() if r not in self.marks}


@dataclass
class Texts:
    """A column of words: each distinct text once, and its number in every row."""

    codes: NDArray[np.int32]
    texts: list[str]


@dataclass
class Columns:
    """The columns of a table, row by row of the file, header and all.

    ``odd`` are the rows whose cells do not tell by themselves what they are, and
    ``bare`` those among them without an amount: titles, blanks, headers, notes.
    ``heard`` are rows that must be looked at to choose between columns or marks.
    """

    count: int
    numbers: dict[str, NDArray[np.float64]]
    percent: dict[str, NDArray[np.bool_]]
    texts: dict[int, Texts]
    odd: NDArray[np.bool_]
    bare: NDArray[np.bool_]
    heard: list[int]
    symbols: Counter[str] = field(default_factory=Counter)


def read_columns(text: LongText, plan: Plan) -> Columns:
    """Read the columns of a table that reaches from its header to the text's end.

    Parameters
    ----------
    text : LongText
        The text.
    plan : Plan
        What its first rows say.

    Raises
    ------
    Unfit
        If the text cannot be split into rows in blocks.
    """
    scan = _Scan(plan, text.most_rows)
    try:
        for block in text.blocks():
            scan.take(block)
    except ValueError as error:
        raise Unfit(str(error)) from error
    return scan.columns()


def distinct(codes: NDArray[np.int32]) -> list[int]:
    """Give the numbers that occur among a few, without sorting the rows.

    Parameters
    ----------
    codes : array of int
        Numbers of 0 or more.

    Examples
    --------
    >>> distinct(np.array([2, 0, 2], np.int32))
    [0, 2]
    """
    found: list[int] = np.flatnonzero(np.bincount(codes)).tolist()
    return found


def taken(values: NDArray[_Kind], rows: NDArray[np.int32]) -> NDArray[_Kind]:
    """Give the values of rows; of rows without a gap, without a copy.

    Parameters
    ----------
    values : array
        Values of all rows.
    rows : array of int
        Rows in their order.

    Examples
    --------
    >>> taken(np.array([5, 6, 7]), np.array([1, 2], np.int32)).tolist()
    [6, 7]
    """
    if len(rows) and rows[-1] - rows[0] + 1 == len(rows):
        return values[rows[0] : rows[-1] + 1]
    return values[rows]


class _Scan:
    """Takes block after block of a text."""

    def __init__(self, plan: Plan, rows: int) -> None:
        table = plan.table
        self._table = table
        self._count = 0
        self._readers = {
            role: NumberReader(
                mark, weights=role == "weight", scale=table.columns[role].header.scale
            )
            for role, mark in plan.marks.items()
        }
        # Where no cell of the first rows tells the mark, later ones can.
        self._unheard = {
            role: table.columns[role].index
            for role in plan.marks
            if not any(map(decimal_vote, table.column_cells(role)))
        }
        # All rows have their place from the start: blocks put together in the end
        # would be held twice.
        self._numbers = {role: np.empty(rows) for role in plan.marks}
        self._percent = {role: np.zeros(rows, bool) for role in plan.marks}
        self._words = {
            index: np.empty(rows, dtype=object) for index in self._read_as_words(plan)
        }
        self._odd = np.zeros(rows, bool)
        self._bare = np.zeros(rows, bool)
        self._heard: list[int] = []
        self._symbols: Counter[str] = Counter()
        self._twins = {
            (table.columns[role].index, spare.index)
            for role, spares in table.spares.items()
            if role in table.columns
            for spare in spares
        }

    @staticmethod
    def _read_as_words(plan: Plan) -> set[int]:
        """Give the columns of words; without names a total's can stand in any."""
        found = set(plan.texts.values())
        if "name" not in plan.table.columns:
            numbers = {plan.table.columns[r].index for r in plan.marks}
            found |= set(range(plan.table.width)) - numbers
        return found

    def take(self, block: list[NDArray[np.object_]]) -> None:
        """Read a block."""
        rows = len(block[0])
        here = slice(self._count, self._count + rows)
        odd, plain = np.zeros(rows, bool), np.zeros(rows, bool)
        for role, reader in self._readers.items():
            cells = block[self._table.columns[role].index].tolist()
            found = reader.read(cells)
            self._numbers[role][here] = found.values
            self._percent[role][here] = found.percent
            odd |= found.unread
            if role in AMOUNTS:
                plain |= found.plain
            if role in {"value", "price"}:
                count_symbols(cells[self._below_header() :], self._symbols)
        for column in block[self._table.width :]:
            odd |= column != ""
        for index, words in self._words.items():
            words[here] = block[index]
        self._listen(block)
        self._odd[here] = odd | ~plain
        self._bare[here] = ~plain
        self._count += rows

    def _below_header(self) -> int:
        return max(0, self._table.header_row + 1 - self._count)

    def _listen(self, block: list[NDArray[np.object_]]) -> None:
        """Note rows that can settle what the first rows leave open."""
        for role, index in list(self._unheard.items()):
            cells = block[index].tolist()
            told = [n for n, v in enumerate(cells) if "." in v or "," in v][:_HEARD]
            self._heard += [self._count + n for n in told]
            if len(told) == _HEARD:
                del self._unheard[role]
        for one, two in list(self._twins):
            differ = np.flatnonzero(block[one] != block[two])
            for n in differ.tolist():
                if text_of(block[one][n]) != text_of(block[two][n]):
                    self._heard.append(self._count + n)
                    if self._count + n > self._table.header_row:
                        self._twins.discard((one, two))
                        break

    def columns(self) -> Columns:
        """Give the columns of all blocks, one after the other to save memory."""
        if not self._count:
            raise Unfit("there is nothing in it")
        here = slice(0, self._count)
        return Columns(
            count=self._count,
            numbers={r: v[here] for r, v in self._numbers.items()},
            percent={r: p[here] for r, p in self._percent.items() if p.any()},
            texts={i: _coded(self._words.pop(i)[here]) for i in list(self._words)},
            odd=self._odd[here],
            bare=self._bare[here],
            heard=self._heard,
            symbols=self._symbols,
        )


def _coded(words: NDArray[np.object_]) -> Texts:
    """Give each distinct text of a column a number."""
    import pandas as pd

    codes, texts = pd.factorize(words)
    return Texts(codes.astype(np.int32), texts.tolist())

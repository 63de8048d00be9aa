"""Columns of numbers at once: what is written plainly in C, the rest cell by cell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.identifiers import currency_of
from stresskit.readers.cells import (
    TINY_MARKS,
    decimal_vote,
    is_missing,
    parse_number,
    text_of,
)

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stresskit.readers.cells import Decimal

# A first group of 0 is left to the rows' own reader, which knows what it proves.
_PART = {
    ".": r"(?:[1-9]\d{0,2}(?:,\d{2,3})*,\d{3}|\d{1,15})(?:\.\d{0,15})?",
    ",": r"(?:[1-9]\d{0,2}(?:\.\d{3})+|\d{1,15})(?:,\d{0,15})?",
}
# Each line that is not one plain number, with its sign, its currency or its percent.
_OTHERS = {
    mark: re.compile(
        rf"^(?!(?:-?[$€£]?{part}%?|\([$€£]?{part}\))$)", re.ASCII | re.MULTILINE
    )
    for mark, part in _PART.items()
}
_PERCENT = re.compile(r"%$", re.MULTILINE)
_SYMBOL = re.compile(r"\[\$([^\-\]]+)|(US\$|HK\$|[$€£¥₹])")
# Letters by what they are in a plain number; of so many, no part is too long.
_DIGIT, _POINT, _MINUS, _END, _OTHER = range(5)
_KINDS = np.full(256, _OTHER, np.uint8)
_KINDS[[ord(c) for c in "0123456789"]] = _DIGIT
_KINDS[[ord(".")]], _KINDS[[ord("-")]], _KINDS[[ord("\n")]] = _POINT, _MINUS, _END
_LONGEST_PLAIN = 15
_DECORATION = ",%)($€£"
_LETTERS = {
    ".": str.maketrans({"(": "-", **dict.fromkeys(",%)$€£")}),
    ",": str.maketrans({"(": "-", ",": ".", **dict.fromkeys(".%)$€£")}),
}


@dataclass(frozen=True)
class NumberCells:
    """The numbers of a block of cells; nan where there is none.

    ``plain`` says which cells are numbers written plainly, ``unread`` which hold
    something that is no number, ``percent`` which have its sign.
    """

    values: NDArray[np.float64]
    plain: NDArray[np.bool_]
    unread: NDArray[np.bool_]
    percent: NDArray[np.bool_]


class NumberReader:
    """Reads the cells of one column, in one style of writing.

    A cell that proves the other decimal mark counts as unread: what it says of the
    column is for those to hear who decide on the mark.

    Parameters
    ----------
    mark : {".", ","}
        Decimal mark.
    weights : bool
        Whether they are weights, which have marks for what is next to nothing.
    scale : float
        Scale of the header.

    Examples
    --------
    >>> found = NumberReader(".", weights=False, scale=1.0).read(["1,000", "-", "x"])
    >>> found.values.tolist(), found.unread.tolist()
    ([1000.0, nan, nan], [False, False, True])
    """

    def __init__(self, mark: Decimal, *, weights: bool, scale: float) -> None:
        self._mark: Decimal = mark
        self._weights = weights
        self._scale = scale
        self._known: dict[str, tuple[float, bool, bool]] = {}

    def read(self, cells: Sequence[str]) -> NumberCells:
        """Read a block of cells.

        Parameters
        ----------
        cells : sequence of str
            The cells as they are written.
        """
        count = len(cells)
        joined = "\n".join(cells)
        unread, percent = np.zeros(count, bool), np.zeros(count, bool)
        if joined.count("\n") >= count:
            # A cell of several lines: then no cell is found by its line.
            others = np.arange(count)
            joined = "\n" * (count - 1)
        else:
            others = np.zeros(0, np.int64)
            if not (self._mark == "." and _all_plain(joined)):
                others = lines_at(joined, _OTHERS[self._mark], cells)
            if "%" in joined:
                percent[lines_at(joined, _PERCENT, cells)] = True
        if self._mark == "," or any(letter in joined for letter in _DECORATION):
            joined = joined.translate(_LETTERS[self._mark])
        texts = joined.split("\n")
        for n in others.tolist():
            texts[n] = "nan"
        values = np.array(texts, dtype=np.float64)
        for n in others.tolist():
            values[n], percent[n], unread[n] = self._one(cells[n])
        plain = np.ones(count, bool)
        plain[others] = False
        if self._scale != 1:
            values *= self._scale
        return NumberCells(values, plain, unread, percent)

    def _one(self, cell: str) -> tuple[float, bool, bool]:
        """Read a cell as the rows' own reader does; each way to write it once."""
        known = self._known.get(cell)
        if known is None:
            known = self._known[cell] = self._parsed(cell)
        return known

    def _parsed(self, cell: str) -> tuple[float, bool, bool]:
        if is_missing(cell):
            return np.nan, False, False
        if self._weights and text_of(cell) in TINY_MARKS:
            return 0.0, True, False
        try:
            number = parse_number(cell, decimal=self._mark)
        except ValueError:
            return np.nan, False, True
        against = decimal_vote(cell) not in {None, self._mark}
        return number.value, number.percent, against


def _all_plain(joined: str) -> bool:
    """Say whether each line is digits alone, with a minus and a point at most."""
    if not joined.isascii():
        return False
    kinds = _KINDS[np.frombuffer(joined.encode(), np.uint8)]
    # Bounds that are line ends let each letter look at the ones beside it.
    kinds = np.concatenate([[_END], kinds, [_END]])
    if (kinds == _OTHER).any():
        return False
    ends = np.flatnonzero(kinds == _END)
    points = np.flatnonzero(kinds == _POINT)
    signs = np.flatnonzero(kinds == _MINUS)
    lengths = np.diff(ends) - 1
    lines = np.searchsorted(ends, points)
    return bool(
        (lengths > 0).all()
        and lengths.max(initial=0) <= _LONGEST_PLAIN
        and (kinds[ends[1:] - 1] == _DIGIT).all()
        and (kinds[points - 1] == _DIGIT).all()
        and (kinds[points + 1] == _DIGIT).all()
        and (np.diff(lines) > 0).all()
        and (kinds[signs - 1] == _END).all()
        and (kinds[signs + 1] == _DIGIT).all()
    )


def count_symbols(cells: Sequence[str], symbols: Counter[str]) -> None:
    """Count the currency signs in cells.

    Parameters
    ----------
    cells : sequence of str
        The cells as they are written.
    symbols : Counter
        What was counted before.

    Examples
    --------
    >>> from collections import Counter
    >>> found = Counter()
    >>> count_symbols(["$5", "7", "€ 3"], found)
    >>> found
    Counter({'USD': 1, 'EUR': 1})
    """
    joined = "\n".join(cells)
    if not any(sign in joined for sign in "$€£¥₹"):
        return
    for cell in cells:
        match = _SYMBOL.search(cell)
        found = currency_of(match[1] or match[2]) if match else None
        if found:
            symbols[found[0]] += 1


def lines_at(
    joined: str, pattern: re.Pattern[str], cells: Sequence[str]
) -> NDArray[np.int64]:
    r"""Give the numbers of the lines in which a pattern is found.

    Parameters
    ----------
    joined : str
        The cells, one in a line.
    pattern : re.Pattern
        What is looked for.
    cells : sequence of str
        The cells.

    Examples
    --------
    >>> lines_at("a\nb\na", re.compile("a"), ["a", "b", "a"]).tolist()
    [0, 2]
    """
    places = [match.start() for match in pattern.finditer(joined)]
    if not places:
        return np.zeros(0, np.int64)
    lengths = np.fromiter(map(len, cells), np.int64, len(cells))
    ends = np.cumsum(lengths + 1)
    return np.unique(np.searchsorted(ends, places, side="right"))

"""Whether two workbooks say the same: cell by cell, formulas and values."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Place = tuple[int, int]
Value = float | str | bool | None
TOLERANCE = 1e-9
# Sums are rounded by so much of the whole, in one program or another; of what adds up
# to nothing so much may be left.
ROUNDING, NOTHING = 1e-15, 1e-13
# Spreadsheet programs keep 15 digits of a number in a formula, 20 behind the point.
IN_FORMULAS, DECIMALS = 1e-12, 1e-19
# A name for the cell of each difference is looked for, for so many of them.
MOST_NAMED = 2_000
KINDS = ("sheet", "input", "formula", "figure", "text")

# Texts, names of sheets, numbers, blanks, and prefixes of newer functions.
_TOKEN = re.compile(
    r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'!|(?<![\w.$])\d+\.?\d*(?:[eE][-+]?\d+)?'
    r"|\s+|_xlfn\.|_xlws\.|\b(?:TRUE|FALSE)\(\)",
    re.IGNORECASE,
)
_PLAIN_SHEET = re.compile(r"'([A-Za-z_]\w*)'!")


class Cell(NamedTuple):
    """A cell: its value (of a formula, the one kept with it) and its formula."""

    value: Value
    formula: str | None = None


Sheets = dict[str, dict[Place, Cell]]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A cell that does not say what it should.

    ``kind`` is one of ``sheet`` (missing or added), ``input`` (a number that no
    formula makes), ``formula``, ``figure`` (what a formula gave) and ``text``.
    """

    kind: str
    sheet: str
    cell: str = ""
    name: str = ""
    report: Value = None
    expected: Value = None


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What came of a comparison: how many cells, and every one that differs.

    ``dropped`` says that no formula has a value: the program that saved the file
    left them out, so that figures could not be compared.
    """

    cells: int
    differences: tuple[Difference, ...]
    dropped: bool = False


def compare_sheets(
    report: Sheets,
    expected: Sheets,
    *,
    names: Mapping[str, tuple[str, Place]],
    scale: float = 0.0,
    only: frozenset[str] | None = None,
    named_first: bool = False,
) -> Compared:
    """Compare a report's cells with those it should have.

    Parameters
    ----------
    report, expected
        Cells by sheet and place.
    names
        Defined names of single cells, which differences are called by.
    scale
        The size of the portfolio: sums that are nothing differ by rounding of it.
    only
        The sheets to compare; None compares all, and names added ones.
    named_first
        Whether cells with names come before all others, not only of their kind.

    Examples
    --------
    >>> one = {"Summary": {(0, 0): Cell(2.0, "1+1")}}
    >>> other = {"Summary": {(0, 0): Cell(3.0, "1+1")}}
    >>> compare_sheets(other, one, names={}).differences[0].kind
    'figure'
    """
    shown = [s for s in expected if only is None or s in only]
    added = [s for s in report if s not in expected] if only is None else []
    found = [Difference(kind="sheet", sheet=s, report="added") for s in added]
    pairs: list[tuple[str, Place, Cell, Cell]] = []
    cells = 0
    for sheet in shown:
        if sheet not in report:
            found.append(Difference(kind="sheet", sheet=sheet, report="missing"))
            continue
        there, here = report[sheet], expected[sheet]
        cells += len(here)
        pairs += [(sheet, *pair) for pair in _unlike(there, here, scale)]
    dropped = _are_dropped(report, expected, shown)
    if dropped:
        pairs = [p for p in pairs if not _lacks_value(p[2], p[3])]
    called = {at: name for name, at in names.items()}
    for number, (sheet, place, there_cell, here_cell) in enumerate(pairs):
        name = called.get((sheet, place), "")
        if not name and number < MOST_NAMED:
            name = _label(expected[sheet], place)
        found.append(_difference(sheet, place, there_cell, here_cell, name))
    named = set(names)
    order = {kind: number for number, kind in enumerate(KINDS)}
    found.sort(key=lambda d: (d.name not in named, order[d.kind]))
    if not named_first:
        found.sort(key=lambda d: order[d.kind])
    return Compared(cells=cells, differences=tuple(found), dropped=dropped)


def _unlike(
    there: dict[Place, Cell], here: dict[Place, Cell], scale: float
) -> Iterator[tuple[Place, Cell, Cell]]:
    """Give the places whose cells differ, row by row."""
    nothing = Cell(None)
    for place in sorted(there.keys() | here.keys()):
        one, other = there.get(place, nothing), here.get(place, nothing)
        if one != other and not (
            same_formula(one.formula, other.formula)
            # What no formula makes is not rounded.
            and same_value(one.value, other.value, scale if other.formula else 0.0)
        ):
            yield place, one, other


def _are_dropped(report: Sheets, expected: Sheets, shown: list[str]) -> bool:
    """Say whether the formulas of a report have no value at all."""
    kept = lost = 0
    for sheet in shown:
        for place, cell in expected[sheet].items():
            there = report.get(sheet, {}).get(place)
            if there is None or there.formula is None or cell.value in (None, ""):
                continue
            kept, lost = kept + (there.value is not None), lost + (there.value is None)
    return lost > 0 and kept == 0


def _lacks_value(there: Cell, here: Cell) -> bool:
    return there.value is None and same_formula(there.formula, here.formula)


def _difference(
    sheet: str, place: Place, there: Cell, here: Cell, name: str
) -> Difference:
    kind, report, expected = "text", there.value, here.value
    numbers = any(
        isinstance(v, float) and not isinstance(v, bool)
        for v in (there.value, here.value)
    )
    if not same_formula(there.formula, here.formula):
        kind = "formula"
        report = _formula_or_value(there)
        expected = _formula_or_value(here)
    elif here.formula is not None:
        kind = "figure"
    elif numbers:
        kind = "input"
    return Difference(
        kind=kind,
        sheet=sheet,
        cell=address(place),
        name=name,
        report=report,
        expected=expected,
    )


def _formula_or_value(cell: Cell) -> Value:
    return cell.value if cell.formula is None else f"={cell.formula.removeprefix('=')}"


def _label(cells: dict[Place, Cell], place: Place) -> str:
    """Return what a reader would call a cell: its row's name and its column's."""
    row, col = place
    left = (cells.get((row, c)) for c in range(min(col, 4)))
    above = (cells.get((r, col)) for r in range(row - 1, -1, -1))
    found = (
        next((c.value for c in line if c and _is_label(c)), "")
        for line in (left, above)
    )
    return ", ".join(str(text)[:60] for text in found if text)


def _is_label(cell: Cell) -> bool:
    return isinstance(cell.value, str) and bool(cell.value) and cell.formula is None


def same_value(one: Value, other: Value, scale: float = 0.0) -> bool:
    """Say whether two values are the same, whichever program saved them.

    Nothing and an empty text are the same, and so are TRUE and 1.

    Examples
    --------
    >>> same_value(0.1 + 0.2, 0.3), same_value(True, 1.0), same_value("a", None)
    (True, True, False)
    """
    if isinstance(one, bool | float | int) and isinstance(other, bool | float | int):
        if max(abs(one), abs(other)) <= NOTHING * scale:
            return True
        least = ROUNDING * scale
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=least)
    texts = ("" if v is None else v for v in (one, other))
    first, second = (_plain(v) if isinstance(v, str) else v for v in texts)
    return first == second


def _plain(text: str) -> str:
    """Return a text without what programs change on the way through a file."""
    return text.replace("_x000D_", "").replace("\r", "").strip()


def same_formula(one: str | None, other: str | None) -> bool:
    """Say whether two formulas are the same but for how they are written.

    Examples
    --------
    >>> same_formula("=SUM( A1:A3,1e-09)", "sum(A1:A3,0.000000001)")
    True
    """
    if one is None or other is None:
        return one is other
    if one == other:
        return True
    (words, numbers), (other_words, others) = _normal(one), _normal(other)
    return words == other_words and all(
        math.isclose(a, b, rel_tol=IN_FORMULAS, abs_tol=DECIMALS)
        for a, b in zip(numbers, others, strict=True)
    )


@lru_cache(maxsize=4096)
def _normal(formula: str) -> tuple[str, tuple[float, ...]]:
    """Return a formula with ``#`` for its numbers, and the numbers."""
    parts, numbers, last = [], [], 0
    for match in _TOKEN.finditer(formula):
        parts.append(formula[last : match.start()].upper())
        if match[0][0].isdigit():
            parts.append("#")
            numbers.append(float(match[0]))
        else:
            parts.append(_normal_token(match[0]))
        last = match.end()
    parts.append(formula[last:].upper())
    return "".join(parts).removeprefix("="), tuple(numbers)


def _normal_token(token: str) -> str:
    if token.startswith('"'):
        return token
    if token.startswith("'"):
        return _PLAIN_SHEET.sub(r"\1!", token).upper()
    upper = token.strip().upper()
    return "" if upper.startswith("_XL") else upper.removesuffix("()")


def address(place: Place) -> str:
    """Return the address of a place counted from 0.

    Examples
    --------
    >>> address((9, 27))
    'AB10'
    """
    row, index = place
    letters, index = "", index + 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"

"""The rows of a long text that are read one by one: its head, its end, all odd ones.

What a table is, its marks, titles and totals are decided by the rows' own readers.
They get a grid of the rows that could matter to them; the rest are rows like those of
the grid, in runs between the odd ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from stresskit.errors import HoldingsError
from stresskit.readers.files import Grid
from stresskit.readers.holdings.bulk.columns import Plan, Unfit, distinct
from stresskit.readers.holdings.bulk.names import Words, words_of
from stresskit.readers.holdings.checked import checked_columns
from stresskit.readers.holdings.chosen import with_title_unit
from stresskit.readers.holdings.columns import IDENTIFIERS
from stresskit.readers.holdings.lines import Line, Lines, read_lines
from stresskit.readers.holdings.marks import decimal_marks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.model import Issue
    from stresskit.readers.files.long_text import LongText
    from stresskit.readers.holdings.bulk.columns import Columns
    from stresskit.readers.holdings.candidates import Chosen

Choose = Callable[[list[Grid]], "Chosen"]

# The checks of columns look at three thousand rows below the header.
HEAD_ROWS = 3_500
_TAIL_ROWS = 100
_SAMPLE_ROWS = 300
_FIRSTS = 40
# So many odd rows are read one by one; with more, all rows had better be.
_LEAST_ODD, _ODD_SHARE = 2_000, 0.1
_MOST_ODD = 60_000
_MOST_DAYS = 5_000


@dataclass(frozen=True)
class Marked:
    """The rows below the header by what they need.

    ``regular`` are rows read in columns, ``odd`` all others; ``words`` holds the
    texts of each column of words.
    """

    regular: NDArray[np.bool_]
    odd: NDArray[np.bool_]
    words: dict[str, Words]


@dataclass(frozen=True)
class Sketch:
    """The rows read one by one, and where they stand in the file.

    ``lines`` have the file's own row numbers. ``runs`` numbers the runs of regular
    rows between odd ones, ``states`` the rows below one title; ``first`` holds regular
    lines of each state.
    """

    plan: Plan
    chosen: Chosen
    lines: Lines
    runs: NDArray[np.int32]
    states: NDArray[np.int32]
    first: dict[int, list[Line]]


def plan_of(grid: Grid, choose: Choose) -> tuple[Plan, Chosen]:
    """Decide what a grid's table and columns are, as for any other file.

    Parameters
    ----------
    grid : Grid
        Rows of the text.
    choose : callable
        Chooses the tables of grids.

    Raises
    ------
    Unfit
        If they are not one table that reaches to the end.
    """
    try:
        chosen = choose([grid])
    except HoldingsError as error:
        raise Unfit(str(error)) from error
    if len(chosen.tables) != 1 or chosen.issues:
        raise Unfit("it is not one table")
    table, unit_currency = with_title_unit(chosen.tables[0])
    table = checked_columns(table)
    if table.end_row != len(table.grid.rows) or "code_name" in table.columns:
        raise Unfit("the table ends before the text")
    if not {"name", *IDENTIFIERS} & table.columns.keys():
        raise Unfit("no column says what the rows are")
    marks, _ = decimal_marks(table)
    return Plan(table, unit_currency, chosen.accounts.get(0), marks), chosen


def marked_rows(columns: Columns, plan: Plan) -> Marked:
    """Tell the rows that are read in columns from those that are read one by one.

    A row is regular if it has a plain amount and something that says what it is, and
    cannot be a total, a title or a header.

    Parameters
    ----------
    columns : Columns
        The columns of the text.
    plan : Plan
        What its first rows say.

    Raises
    ------
    Unfit
        If too many rows are odd.
    """
    words = {
        r: words_of(columns.texts[i].texts, codes=r in IDENTIFIERS)
        for r, i in plan.texts.items()
    }
    seen = {i: words.get(r) for r, i in plan.texts.items()}
    filled = np.zeros(columns.count, np.int8)
    for values in columns.numbers.values():
        filled += ~np.isnan(values)
    odd = columns.odd.copy()
    for index, column in columns.texts.items():
        found = seen.get(index) or words_of(column.texts)
        filled += found.filled[column.codes]
        labelled = index == plan.texts.get("name") or "name" not in plan.texts
        if labelled or index in {plan.texts.get(r) for r in IDENTIFIERS}:
            odd |= found.total[column.codes]
    coded = np.zeros(columns.count, bool)
    for role in IDENTIFIERS:
        if role in plan.texts:
            coded |= words[role].coded[columns.texts[plan.texts[role]].codes]
    odd |= filled < 2
    if "name" in plan.texts:
        odd |= ~words["name"].said[columns.texts[plan.texts["name"]].codes]
    odd |= ~coded & _uncoded_is_odd(columns, plan, words)
    below = np.arange(columns.count) > plan.table.header_row
    odd &= below
    most = max(_LEAST_ODD, min(_MOST_ODD, int(_ODD_SHARE * columns.count)))
    if odd.sum() > most:
        raise Unfit(f"{odd.sum():,} rows are odd")
    return Marked(below & ~odd, odd, words)


def _uncoded_is_odd(
    columns: Columns, plan: Plan, words: dict[str, Words]
) -> NDArray[np.bool_]:
    """Say which rows, if they have no identifier, could be totals or are cash."""
    price = columns.numbers.get("price")
    odd = np.ones(columns.count, bool)
    if price is None or "name" not in plan.texts:
        return odd
    odd = np.isnan(price) | (price == 0)
    money = words["name"].money[columns.texts[plan.texts["name"]].codes]
    return np.asarray(odd | money)


def sketched(
    text: LongText, columns: Columns, plan: Plan, marked: Marked, choose: Choose
) -> Sketch:
    """Read one by one the rows that must be, and look at the whole through them.

    Parameters
    ----------
    text : LongText
        The text.
    columns : Columns
        Its columns.
    plan : Plan
        What its first rows say.
    marked : Marked
        Which rows are odd.
    choose : callable
        Chooses the tables of grids.

    Raises
    ------
    Unfit
        If these rows say anything else than the first ones.
    """
    head = text.head(HEAD_ROWS)
    runs = np.cumsum(marked.odd, dtype=np.int32)
    # Only a row without an amount can be a title, and only a total ends its block.
    titled = bool(plan.table.title) or bool((marked.odd & columns.bare).any())
    states = runs if titled else np.zeros_like(runs)
    picked = _picked(columns, plan, marked, states)
    picked = picked[picked >= len(head)]
    where = np.concatenate([np.arange(len(head)), picked])
    cells = text.cells(picked, columns.count) if len(picked) else []
    grid = Grid(None, [*head, *cells], delimiter=text.delimiter)
    found, chosen = plan_of(grid, choose)
    same = (found.marks, found.table.columns, found.table.header_row, found.account)
    if same != (plan.marks, plan.table.columns, plan.table.header_row, plan.account):
        raise Unfit("later rows contradict the first ones")
    lines = _at_home(read_lines(found.table, account=found.account), where)
    if any(n.short or n.block for n in lines.lines):
        raise Unfit("it has sections of shorts, or repeated headers")
    symbols = lines.symbols
    for code, count in columns.symbols.items():
        symbols[code] = count
    regular = [n for n in lines.lines if marked.regular[n.row - 1]]
    first: dict[int, list[Line]] = {}
    for line in regular:
        first.setdefault(int(states[line.row - 1]), []).append(line)
    if len(regular) != marked.regular[where].sum():
        raise Unfit("a row that looks regular is no position")
    if set(distinct(states[marked.regular])) - first.keys():
        raise Unfit("a block of rows has none that is read by itself")
    return Sketch(found, chosen, lines, runs, states, first)


def _at_home(lines: Lines, where: NDArray[np.int64]) -> Lines:
    """Give lines and issues the row numbers that they have in the file."""
    at = where.tolist()
    return replace(
        lines,
        lines=[replace(n, row=at[n.row - 1] + 1) for n in lines.lines],
        issues=[_issue_at_home(i, at) for i in lines.issues],
    )


def _issue_at_home(issue: Issue, at: list[int]) -> Issue:
    return issue if issue.row is None else replace(issue, row=at[issue.row - 1] + 1)


def _picked(
    columns: Columns, plan: Plan, marked: Marked, states: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Choose the rows of the sketch."""
    last = columns.count - 1
    odd = np.flatnonzero(marked.odd)
    # What a title or blank row is depends on the rows around it.
    bare = np.flatnonzero(marked.odd & columns.bare)
    around = (bare[:, None] + np.arange(-3, 5)).ravel()
    rows = [
        odd,
        around,
        np.arange(last - _TAIL_ROWS, last + 1),
        np.linspace(0, last, _SAMPLE_ROWS).astype(np.int64),
        np.array(columns.heard, np.int64),
        _firsts_of(marked.regular, states),
    ]
    if len(around) > _MOST_ODD:
        raise Unfit("too many rows have no amount")
    for role, index in plan.texts.items():
        column = columns.texts[index]
        firsts = _firsts(column.codes, len(column.texts))
        if role == "account":
            blank = ~marked.words[role].said[column.codes] & marked.regular
            rows += [
                _firsts_of(part, states) for part in (blank, marked.regular & ~blank)
            ]
        if role == "date" and len(firsts) > _MOST_DAYS:
            raise Unfit("its rows are of too many days")
        if role in {"name", *IDENTIFIERS} and len(firsts) < columns.count:
            rows.append(_second(column.codes))
        rows.append(np.sort(firsts)[: None if role == "date" else _FIRSTS])
    found = np.unique(np.concatenate(rows))
    return found[(found >= 0) & (found <= last)]


def _firsts_of(part: NDArray[np.bool_], states: NDArray[np.int32]) -> NDArray[np.int64]:
    """Give the first row of each state that is one of a part of all rows."""
    rows = np.flatnonzero(part)
    _, first = np.unique(states[rows], return_index=True)
    return rows[first]


def _firsts(codes: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Give the first row of each distinct text; texts are numbered as they come."""
    first = np.zeros(count, np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return first


def _second(codes: NDArray[np.int32]) -> NDArray[np.int64]:
    """Give a row whose text stands in a row before it, and that row."""
    running = np.maximum.accumulate(codes)
    again = np.flatnonzero(codes[1:] <= running[:-1])[:1] + 1
    return (
        np.concatenate([again, np.flatnonzero(codes == codes[again[0]])[:1]])
        if len(again)
        else again
    )

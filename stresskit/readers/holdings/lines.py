"""Rows of the table to lines: cells by role, numbers read, small print left out."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace

from stresskit.core.identifiers import currency_of
from stresskit.model import Issue
from stresskit.readers.cells import (
    TINY_MARKS,
    Broken,
    Decimal,
    Number,
    Value,
    is_missing,
    name_of,
    parse_number,
    text_of,
)
from stresskit.readers.holdings.columns import AMOUNTS, IDENTIFIERS, NAMES
from stresskit.readers.holdings.headers import Column
from stresskit.readers.holdings.labels import sounds_total
from stresskit.readers.holdings.marks import decimal_marks
from stresskit.readers.holdings.tables import Table, is_repeated_header

_ACCOUNT_TITLE = re.compile(
    r"(account|depot|konto|compte|portfolio)\s*(number|no\.?|nr\.?|#)?\s*[:#]\s*(.+)",
    re.IGNORECASE,
)
_SHORT_TITLE = re.compile(
    r"\bshorts?( positions?| sales?|s)?$|^short|sold short|leerverk|à découvert|"
    r"posizioni corte|posiciones cortas",
    re.IGNORECASE,
)
_SYMBOL = re.compile(r"\[\$([^\-\]]+)|(US\$|HK\$|[$€£¥₹])")
# Longer cells are sentences.
_LONGEST_NAME = 90
_LONGEST_NUMBER = 25


@dataclass(frozen=True)
class Line:
    """One row of the table: its texts and numbers by role, and its account.

    ``row`` counts from 1. A number that could not be read is missing from
    ``numbers`` and named in ``unread``. ``label`` is a word for a total that stands
    outside the columns of names.
    """

    row: int
    cells: dict[str, Value]
    numbers: dict[str, Number]
    account: str | None = None
    unread: tuple[str, ...] = ()
    label: str = ""

    def text(self, role: str) -> str | None:
        """Give the text of a role, or None where the cell says nothing."""
        return name_of(self.cells.get(role))

    def number(self, role: str) -> float | None:
        """Give the number of a role, or None where there is none."""
        number = self.numbers.get(role)
        return None if number is None else number.value


@dataclass(frozen=True)
class Lines:
    """The lines of a table, what was wrong, and the currency signs in its cells."""

    lines: list[Line]
    issues: list[Issue] = field(default_factory=list)
    symbols: Counter[str] = field(default_factory=Counter)


def read_lines(table: Table) -> Lines:
    """Read the rows below the header that hold data.

    Parameters
    ----------
    table : Table
        Table of positions.
    """
    marks, issues = decimal_marks(table)
    out = Lines(lines=[], issues=issues)
    account: str | None = None
    for row in range(table.header_row + 1, table.end_row):
        filled = [v for v in table.grid.rows[row] if not is_missing(v)]
        if not filled or is_repeated_header(table.grid, table.header_row, row):
            continue
        if len(filled) == 1 and table.width > 1:
            title = _ACCOUNT_TITLE.fullmatch(text_of(filled[0]))
            account = title[3].strip() if title else account
            if _SHORT_TITLE.search(text_of(filled[0])):
                out.issues.append(_short_section(table, row, text_of(filled[0])))
            if not _amount_alone(table, row):
                continue
        shifted = _unshifted(table, row, out.issues)
        line = _read_line(table, row, shifted, marks=marks, issues=out.issues)
        if line is not None:
            out.lines.append(replace(line, account=line.text("account") or account))
            _count_symbols(table, row, out.symbols)
    return out


def _short_section(table: Table, row: int, title: str) -> Issue:
    return Issue(
        code="short-section",
        severity="warning",
        message=f"The rows below {title!r} were read with the signs they have: those "
        "without a minus count as long.",
        fix="Write short positions with a minus, or add a column Side with Short.",
        sheet=table.grid.sheet,
        row=row + 1,
        value=title[:80],
    )


def _amount_alone(table: Table, row: int) -> bool:
    """Say whether the one filled cell of a row stands in an amount column."""
    return any(not is_missing(table.cell(row, r)) for r in AMOUNTS)


def _read_line(
    table: Table,
    row: int,
    cells: list[Value],
    *,
    marks: dict[str, Decimal],
    issues: list[Issue],
) -> Line | None:
    """Read one row; None if it is small print."""
    by_role = {
        role: cells[c.index] if c.index < len(cells) else None
        for role, c in table.columns.items()
    }
    numbers: dict[str, Number] = {}
    unread: dict[str, Value] = {}
    for role, mark in marks.items():
        if is_missing(by_role[role]):
            continue
        try:
            numbers[role] = _number(table, row, role, by_role[role], mark)
        except ValueError:
            unread[role] = by_role[role]
    if not numbers.keys() & set(AMOUNTS) and not _looks_like_data(by_role, unread):
        return None
    # Statements put the word for a total into any column, that of quantities too.
    named = any(name_of(by_role.get(r)) for r in NAMES)
    words: list[Value] = []
    if unread or not named:
        words = [v for v in cells if isinstance(v, str) and sounds_total(text_of(v))]
    unread = {r: v for r, v in unread.items() if v not in words}
    label = text_of(words[0]) if words and not named else ""
    issues += [_not_a_number(table, row, role, v) for role, v in unread.items()]
    return Line(row + 1, by_role, numbers, unread=tuple(unread), label=label)


def _number(table: Table, row: int, role: str, value: Value, mark: Decimal) -> Number:
    """Read a number with the scale of its header and the percent of its format."""
    column = table.columns[role]
    if role == "weight" and text_of(value) in TINY_MARKS:
        return Number(0.0, percent=True, at_most=True)
    number = parse_number(value, decimal=mark)
    shown = table.grid.formats.get((row, column.index), "")
    if not isinstance(value, str) and "%" in shown:
        number = Number(number.value * 100, percent=True)
    scale = column.header.scale
    return replace(number, value=number.value * scale) if scale != 1 else number


def _looks_like_data(by_role: dict[str, Value], unread: dict[str, Value]) -> bool:
    """Tell a position without a readable amount from a footer cut up by commas."""
    names = [t for r in (*NAMES, *IDENTIFIERS) if (t := name_of(by_role.get(r)))]
    if not names or any(len(n) > _LONGEST_NAME for n in names):
        return False
    if any(
        len(text_of(v)) > _LONGEST_NUMBER and not isinstance(v, Broken)
        for v in unread.values()
    ):
        return False
    filled = sum(not is_missing(v) for v in by_role.values())
    return filled >= max(2, len(by_role) / 2)


def _not_a_number(table: Table, row: int, role: str, value: Value) -> Issue:
    column = table.columns[role]
    broken = isinstance(value, Broken)
    return Issue(
        code="broken-cell" if broken else "not-a-number",
        severity="error",
        message=f"{column.header.text or role} is not a number"
        + (": the spreadsheet has no value there." if broken else "."),
        fix="Open the file in a spreadsheet program, let it calculate, and save it."
        if broken
        else "Write a number, or leave the cell empty.",
        sheet=table.grid.sheet,
        row=row + 1,
        column=column.letters,
        value=text_of(value)[:80],
    )


def _unshifted(table: Table, row: int, issues: list[Issue]) -> list[Value]:
    """Join a name that an unquoted comma cut in two, so that the rest lines up."""
    cells = table.grid.rows[row]
    last = max((i for i, v in enumerate(cells) if text_of(v)), default=-1)
    extra = last + 1 - table.width
    column: Column | None = table.columns.get("name")
    if table.grid.sheet is not None or extra <= 0 or column is None:
        return cells
    start, stop = column.index, column.index + extra + 1
    joined = ", ".join(text_of(v) for v in cells[start:stop])
    issues.append(
        Issue(
            code="row-shift",
            severity="warning",
            message=f"The row has {extra} more cells than the header; read as a comma "
            f"in the name {joined!r}.",
            fix="Put the name in double quotes.",
            row=row + 1,
            column=column.letters,
            value=joined[:80],
        )
    )
    return [*cells[:start], joined, *cells[stop:]]


def _count_symbols(table: Table, row: int, symbols: Counter[str]) -> None:
    """Note the currency signs beside a row's value and price."""
    for role in ("value", "price"):
        value = table.cell(row, role)
        if role not in table.columns or value is None:
            continue
        shown = table.grid.formats.get((row, table.columns[role].index), "")
        match = _SYMBOL.search(value if isinstance(value, str) else shown)
        found = currency_of(match[1] or match[2]) if match else None
        if found:
            symbols[found[0]] += 1

"""Rows of the table to lines: cells by role, numbers read, small print left out."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace

from stresskit.core.identifiers import currency_of
from stresskit.errors import HoldingsError
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
from stresskit.readers.holdings.labels import (
    class_label,
    is_total,
    names_part,
    says_derivative,
    sounds_total,
)
from stresskit.readers.holdings.marks import decimal_marks
from stresskit.readers.holdings.tables import Table, is_repeated_header

_ACCOUNT_TITLE = re.compile(
    r"(account|depot|konto|compte|portfolio)\s*(number|no\.?|nr\.?|#)?\s*[:#]\s*(.+)",
    re.IGNORECASE,
)
_SHORT_TITLE = re.compile(
    r"\bshorts?( positions?| sales?|s)?$|^shorts?( (positions?|sales?|stocks?|equit\w+|"
    r"futures?|securities|book|side|leg)|$)|sold short|leerverk|à découvert|"
    r"posizioni corte|posiciones cortas",
    re.IGNORECASE,
)
_SYMBOL = re.compile(r"\[\$([^\-\]]+)|(US\$|HK\$|[$€£¥₹])")
# Longer cells are sentences.
_LONGEST_NAME = 90
_LONGEST_NUMBER = 25
# Nobody corrects more cells than this; another reading of the file is wanted.
MOST_ISSUES = 20_000
_LABELLED = ("account", "asset_class", "sector", "country")
_SIGNED = (*AMOUNTS, "notional")


@dataclass(frozen=True)
class Line:
    """One row of the table: its texts and numbers by role, and its account.

    ``row`` counts from 1. A number that could not be read is missing from
    ``numbers`` and named in ``unread``. ``label`` is a word for a total that stands
    outside the columns of names. ``section`` is the title above the row's block, and
    ``short`` says that it is one of short positions; ``block`` counts how often the
    headers were repeated above it.
    """

    row: int
    cells: dict[str, Value]
    numbers: dict[str, Number]
    account: str | None = None
    unread: tuple[str, ...] = ()
    label: str = ""
    section: str = ""
    short: bool = False
    block: int = 0

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


def read_lines(table: Table, *, account: str | None = None, flip: bool = True) -> Lines:
    """Read the rows below the header that hold data.

    Parameters
    ----------
    table : Table
        Table of positions.
    account : str or None
        Account that the whole table is one of.
    flip : bool
        Whether the rows below a title of short positions count with a minus.
    """
    marks, issues = decimal_marks(table)
    out = Lines(lines=[], issues=issues)
    at = _first_place(table, account, out.issues)
    for row in range(table.header_row + 1, table.end_row):
        cells = table.grid.rows[row]
        filled = [v for v in cells if not is_missing(v)]
        if not filled:
            continue
        if table.headed and is_repeated_header(table.grid, table.header_row, row):
            at.block += 1
            continue
        if len(filled) == 1 and table.width > 1:
            _note_title(table, row, text_of(filled[0]), at, out.issues)
            if not _amount_alone(table, row):
                continue
        shifted = _unshifted(table, row, out.issues)
        line = _read_line(table, row, shifted, marks=marks, issues=out.issues)
        if len(out.issues) > MOST_ISSUES:
            raise _hopeless(out.issues)
        if line is None:
            continue
        if _names_section(line):
            _note_title(table, row, line.text("name") or "", at, out.issues)
            continue
        own = line.text("account") or at.account
        line = replace(
            line, account=own, section=at.section, short=at.short, block=at.block
        )
        out.lines.append(_sold(line) if at.short and flip else line)
        _count_symbols(table, row, out.symbols)
        if sounds_total(label_of(line)):
            at.section, at.short = "", False
    out.lines[:] = _with_first_account(table, out.lines)
    _leave_out_lots(table, out)
    return out


def _hopeless(issues: list[Issue]) -> HoldingsError:
    return HoldingsError(
        f"More than {MOST_ISSUES:,} cells could not be read, the first in row "
        f"{issues[0].row}.",
        hint="Check the delimiter, the decimal mark and the columns (--columns).",
        code="not-a-number",
        issues=tuple(issues[:100]),
    )


def _leave_out_lots(table: Table, out: Lines) -> None:
    """Leave out the lots of positions that the table also sums up."""
    levels = [(line.text("detail") or "").upper() for line in out.lines]
    if not {"SUMMARY", "LOT"} <= set(levels):
        return
    lots = [n for n, level in zip(out.lines, levels, strict=True) if level == "LOT"]
    out.lines[:] = [n for n in out.lines if n not in lots]
    out.issues.append(
        Issue(
            code="lots",
            severity="info",
            message=f"{len(lots)} rows are the lots of positions that stand in rows of "
            "their own: they were not counted again.",
            sheet=table.grid.sheet,
            row=lots[0].row,
        )
    )


def _with_first_account(table: Table, lines: list[Line]) -> list[Line]:
    """Name the account of the first block by the title above the table."""
    named = {line.account for line in lines if line.block > 0 and line.account}
    first = [line for line in lines if line.block == 0]
    if not named or not table.title or any(line.account for line in first):
        return lines
    title = _ACCOUNT_TITLE.fullmatch(table.title)
    account = title[3].strip() if title else table.title[:80]
    return [
        replace(line, account=account) if line.block == 0 else line for line in lines
    ]


def is_short(title: str) -> bool:
    """Say whether a title is that of short positions.

    Parameters
    ----------
    title : str
        Line of words above rows.

    Examples
    --------
    >>> is_short("Securities sold short"), is_short("Short-term bonds")
    (True, False)
    """
    return _SHORT_TITLE.search(title) is not None


def _sold(line: Line) -> Line:
    """Give a row of short positions the minus that its title stands for."""
    if sounds_total(label_of(line)):
        return line
    numbers = {
        role: replace(n, value=-abs(n.value)) if role in _SIGNED else n
        for role, n in line.numbers.items()
    }
    return replace(line, numbers=numbers)


def _first_place(table: Table, account: str | None, issues: list[Issue]) -> _Place:
    """Give the account and section that the title above a table stands for."""
    at = _Place(account=account)
    if says_derivative(table.title):
        at.section = table.title
    if is_short(table.title):
        at.section, at.short = table.title, True
        issues.append(_short_section(table, table.header_row, table.title))
    return at


@dataclass
class _Place:
    """The account and section that the rows at hand belong to."""

    account: str | None
    section: str = ""
    short: bool = False
    block: int = 0


def _note_title(
    table: Table, row: int, title: str, at: _Place, issues: list[Issue]
) -> None:
    """Take a line of words for the title of what stands below it."""
    account = _ACCOUNT_TITLE.fullmatch(title)
    before_header = _next_is_header(table, row)
    part = class_label(title) is not None or names_part(title)
    if account or (before_header and not part):
        at.account = account[3].strip() if account else title[:80]
        at.section, at.short = "", False
        return
    if len(title) > _LONGEST_NAME or sounds_total(title):
        return
    at.section = title
    at.short = is_short(title)
    if at.short:
        issues.append(_short_section(table, row, title))


def _next_is_header(table: Table, row: int) -> bool:
    """Say whether the header is repeated below a row, blank rows aside."""
    for below in range(row + 1, min(row + 4, table.end_row)):
        if table.headed and is_repeated_header(table.grid, table.header_row, below):
            return True
        if any(not is_missing(v) for v in table.grid.rows[below]):
            return False
    return False


def _names_section(line: Line) -> bool:
    """Say whether a row only names the class of what stands below it."""
    if line.numbers or line.unread:
        return False
    name = line.text("name")
    return name is not None and class_label(name) is not None


def without_hidden(lines: Lines, table: Table) -> Lines:
    """Leave out the rows that are hidden, and say so.

    Parameters
    ----------
    lines : Lines
        Rows of a table.
    table : Table
        The table.
    """
    hidden = [n for n in lines.lines if n.row - 1 in table.grid.hidden_rows]
    if not hidden:
        return lines
    rows = ", ".join(str(n.row) for n in hidden[:20])
    value = [v for n in hidden if (v := n.number("value")) is not None]
    issue = Issue(
        code="hidden-rows",
        severity="warning",
        message=f"Hidden rows were not counted, since the file's total leaves them "
        f"out: {rows}{' ...' if len(hidden) > 20 else ''}.",
        fix="Unhide the rows if they belong to the portfolio.",
        sheet=table.grid.sheet,
        row=hidden[0].row,
        money=sum(value) if value else None,
    )
    kept = [n for n in lines.lines if n not in hidden]
    return replace(lines, lines=kept, issues=[*lines.issues, issue])


def without_short_sections(lines: Lines) -> Lines:
    """Say that the rows below titles of shorts stand as they are written.

    Parameters
    ----------
    lines : Lines
        Rows read without a minus of their own.
    """
    issues = [
        replace(
            i,
            message=f"The rows below {i.value!r} were read with the signs they have: "
            "only so is the file's own total reached.",
        )
        if i.code == "short-section"
        else i
        for i in lines.issues
    ]
    return replace(lines, issues=issues)


def _short_section(table: Table, row: int, title: str) -> Issue:
    return Issue(
        code="short-section",
        severity="warning",
        message=f"The rows below {title!r} were read as short positions: their amounts "
        "count with a minus.",
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
    if not numbers.keys() & set(AMOUNTS):
        names = [t for r in (*NAMES, *IDENTIFIERS) if (t := name_of(by_role.get(r)))]
        if not _looks_like_data(by_role, unread) or any(map(is_total, names)):
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
    if any(any(c.isdigit() for c in text_of(v)) for v in unread.values()):
        return True
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
    # Only delimited text can have more cells than the header has columns.
    if table.grid.delimiter is None or len(cells) <= table.width:
        return cells
    last = max((i for i, v in enumerate(cells) if text_of(v)), default=-1)
    extra = last + 1 - table.width
    column: Column | None = table.columns.get("name")
    if extra <= 0 or column is None:
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


def label_of(line: Line) -> str:
    """Give the words of a row, wherever they stand.

    Parameters
    ----------
    line : Line
        Row of the table.
    """
    if line.label:
        return line.label
    for role in (*NAMES, "other_name", *IDENTIFIERS, *_LABELLED):
        text = line.text(role)
        if text:
            return text.strip()
    return ""

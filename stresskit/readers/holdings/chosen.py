"""Which of several columns was read, and in which unit: said, not done in silence."""

from __future__ import annotations

import datetime as dt
import statistics
from dataclasses import replace

from stresskit.model import ColumnRead, Issue
from stresskit.readers.cells import is_missing, parse_number, text_of
from stresskit.readers.holdings.columns import AMOUNTS
from stresskit.readers.holdings.headers import Column
from stresskit.readers.holdings.marks import decimal_marks
from stresskit.readers.holdings.preamble import rows_above
from stresskit.readers.holdings.tables import Table
from stresskit.readers.holdings.units import Unit, title_unit

_LONGEST_LINE = 200
_IN_MONEY = ("value", "local_value", "notional", "stated_total")


def header_date(table: Table) -> dt.date | None:
    """Give the date that the header of the values names, if it does.

    Parameters
    ----------
    table : Table
        Table of positions.
    """
    roles = (*AMOUNTS, "price")
    columns = (table.columns[r] for r in roles if r in table.columns)
    return next((c.header.day for c in columns if c.header.day), None)


def choice_issues(table: Table) -> list[Issue]:
    """Say which column was read where several would do and their cells differ.

    Parameters
    ----------
    table : Table
        Table of positions.
    """
    issues = []
    for role in (*AMOUNTS, "price"):
        taken = table.columns.get(role)
        used = {c.index for c in table.columns.values()}
        spares = [c for c in table.spares.get(role, ()) if c.index not in used]
        if taken is None or not spares:
            continue
        dated = [c for c in (taken, *spares) if c.header.period]
        # Undated spares are a question of values only: the rest is seldom the same.
        plain = role in {"value", "weight"}
        if not plain and not (taken.header.period and len(dated) > 1):
            continue
        texts = [text_of(v) for v in table.cells_of(taken)]
        others = [c for c in spares if [text_of(v) for v in table.cells_of(c)] != texts]
        if others:
            issues.append(_choice(table, taken, others))
    return issues


def _choice(table: Table, taken: Column, others: list[Column]) -> Issue:
    names = ", ".join(f"{_name(c)!r} (column {c.letters})" for c in others)
    if taken.header.period:
        why = "it has the latest date"
    elif any(c.header.period for c in others):
        why = "it has no date, so it is taken for today's"
    elif taken.header.currency:
        why = f"its header says {taken.header.currency}"
    else:
        why = "its header is the more usual one"
    return Issue(
        code="several-columns",
        severity="warning",
        message=f"{_name(taken)!r} (column {taken.letters}) was read, since {why}; "
        f"not read: {names}.",
        fix="Delete the columns that are not meant, or rename them.",
        sheet=table.grid.sheet,
        row=table.header_row + 1,
        column=taken.letters,
    )


def columns_read(table: Table) -> list[ColumnRead]:
    """Say what each column was read as, in the order of the file.

    Parameters
    ----------
    table : Table
        Table of positions.
    """
    return [
        ColumnRead(
            role=role,
            column=c.letters,
            header=text_of(table.header[c.index])
            if c.index < len(table.header)
            else "",
            header_row=table.header_row + 1,
            sheet=table.grid.sheet,
            scale=c.header.scale,
            currency=c.header.currency if role != "currency" else None,
        )
        for role, c in sorted(table.columns.items(), key=lambda rc: rc[1].index)
    ]


def _name(column: Column) -> str:
    return " ".join(column.header.text.split())


def with_title_unit(table: Table) -> tuple[Table, str | None]:
    """Apply the unit that a line above the table states for all amounts.

    Parameters
    ----------
    table : Table
        Table of positions.

    Returns
    -------
    tuple of Table and (str or None)
        The table with scaled value columns, and the currency the line states.
    """
    for row in rows_above(table):
        cells = [v for v in table.grid.rows[row] if not is_missing(v)]
        if any(len(text_of(v)) > _LONGEST_LINE for v in cells):
            continue
        if not 0 < len(cells) <= 2 or not all(isinstance(v, str) for v in cells):
            continue
        text = ": ".join(text_of(v) for v in cells)
        unit = title_unit(text)
        if unit is not None:
            return _scaled(table, unit, row, text), unit.currency
    return table, None


def _scaled(table: Table, unit: Unit, row: int, text: str) -> Table:
    if unit.scale == 1:
        return table
    columns = dict(table.columns)
    changed = []
    for role in _IN_MONEY:
        column = columns.get(role)
        if column is not None and column.header.scale == 1:
            header = replace(column.header, scale=unit.scale)
            columns[role] = replace(column, header=header)
            changed.append(_name(column))
    if not changed:
        return table
    issue = Issue(
        code="unit",
        severity="info",
        message=f"{text!r} stands above the table: {', '.join(changed)} multiplied by "
        f"{unit.scale:,.0f}.",
        fix="Delete the line if the amounts are in single units.",
        sheet=table.grid.sheet,
        row=row + 1,
        value=text[:80],
    )
    if _in_single_units(table):
        issue = replace(
            issue,
            severity="warning",
            message=f"{text!r} stands above the table, but quantity times price is the "
            "value as it stands: the unit was not applied.",
            fix="Delete the line, or correct the values.",
        )
        columns = table.columns
    return replace(table, columns=columns, issues=[*table.issues, issue])


def _in_single_units(table: Table) -> bool:
    """Say whether most values are quantity times price without any scale."""
    roles = ("quantity", "price", "value")
    if not all(r in table.columns for r in roles):
        return False
    marks, _ = decimal_marks(table)
    ratios = []
    for cells in zip(*(table.column_cells(r) for r in roles), strict=True):
        try:
            quantity, price, value = (
                parse_number(v, decimal=marks[r])
                for v, r in zip(cells, roles, strict=True)
            )
            ratios.append(value.value / (quantity.value * price.value))
        except (ValueError, ZeroDivisionError):
            continue
    return bool(ratios) and 0.5 < statistics.median(ratios) < 2

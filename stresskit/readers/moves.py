"""Segment moves from a small table: a file, a data frame or a mapping."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stresskit.core.factor.define import Move
from stresskit.errors import FactorError
from stresskit.readers.cells import (
    Decimal,
    decimal_mark,
    is_missing,
    parse_number,
    text_of,
)
from stresskit.readers.move_tables import (
    NAMES,
    Block,
    Column,
    Sheet,
    blocks_of,
    no_table,
    opened,
)

if TYPE_CHECKING:
    from stresskit.readers.move_tables import Moves


def read_moves(moves: Moves, *, raw: bool = False) -> tuple[Move, ...]:
    """Read segments (or groups) and their moves.

    A table has a row of headers, perhaps below titles, in any case: ``segment``,
    ``sector`` or ``leaf``; ``group`` or ``parent``; ``move`` or ``abnormal return``
    for moves net of the market, ``raw``, ``return`` or ``total return`` for total
    ones; ``standard error``, ``se``. A move is a decimal, or percent by a sign in
    the cell, its number format or its header. Every table of the file is read.

    Parameters
    ----------
    moves
        A file (.csv, .xlsx), a data frame, or a move by name.
    raw
        Whether a column called ``move``, or the mapping, holds total returns.

    Raises
    ------
    FactorError
        If the file cannot be opened, no table is in it, or a cell is no number or
        no return; the message names sheet, row and column.

    Examples
    --------
    >>> [(m.segment, m.move, m.raw) for m in read_moves({"MEMORY": "-12%"}, raw=True)]
    [('MEMORY', -0.12, True)]
    """
    name, sheets = opened(moves)
    blocks = [b for sheet in sheets for b in blocks_of(sheet, raw=raw)]
    if not blocks:
        raise no_table(name, sheets)
    found = [
        _move(b, row, mark)
        for b in blocks
        for mark in [_mark(b)]
        for row in b.rows
        if any(not is_missing(b.sheet.cell(row, c)) for c in b.columns.values())
    ]
    if not found:
        first = blocks[0]
        where = first.sheet.place(first.rows.start - 1, min(_indices(first)))
        raise FactorError(
            f"{where}: the table has no move.",
            hint="Write a row per segment below the headers: AI_ACCEL,-17%.",
            code="empty",
        )
    return tuple(found)


def read_return(text: str, what: str) -> float:
    """Read a return given as text: ``-1%`` or ``-0.01``.

    Raises
    ------
    FactorError
        If it is no number or no return.

    Examples
    --------
    >>> read_return("-1%", "--market")
    -0.01
    """
    sheet = Sheet([[text]], lambda _, __: what)
    return _move_in(sheet, 0, Column(0, percent=False), decimal_mark([text]))


def _indices(block: Block) -> list[int]:
    return [c.index for c in block.columns.values()]


def _mark(block: Block) -> Decimal:
    return decimal_mark(
        block.sheet.cell(row, column)
        for role, column in block.columns.items()
        if role not in NAMES
        for row in block.rows
    )


def _move(block: Block, row: int, mark: Decimal) -> Move:
    sheet, columns = block.sheet, block.columns
    segment, group = (
        "" if is_missing(cell := sheet.cell(row, columns.get(role))) else text_of(cell)
        for role in ("segment", "group")
    )
    named = [c.index for role, c in columns.items() if role in NAMES]
    column = _amount(block, row)
    if not segment and not group:
        raise FactorError(
            f"{sheet.place(row, named[0])}: a move stands without a segment.",
            hint="Write the segment or group it is of, or MARKET; delete totals.",
            code="no-segment",
        )
    at = columns.get("segment" if segment else "group")
    error = columns.get("error")
    given = error is not None and not is_missing(sheet.cell(row, error))
    role = next(r for r in columns if columns[r] is column)
    missing = is_missing(sheet.cell(row, column))
    return Move(
        segment=segment,
        group=group,
        move=None if missing else _move_in(sheet, row, column, mark),
        raw=role == "raw",
        standard_error=_error_in(sheet, row, error, mark) if error and given else None,
        where=sheet.place(row, column.index),
        named_at=sheet.place(row, at.index if at else named[0]),
    )


def _amount(block: Block, row: int) -> Column:
    """Return the column that the row's move stands in; the first where none does."""
    columns = [block.columns[r] for r in ("abnormal", "raw") if r in block.columns]
    filled = [c for c in columns if not is_missing(block.sheet.cell(row, c))]
    if len(filled) > 1:
        raise FactorError(
            f"{block.sheet.place(row, filled[1].index)}: both the raw and the abnormal "
            "move are given.",
            hint="Keep one of the two; the other follows from the row MARKET.",
            code="two-moves",
        )
    return (filled or columns)[0]


@dataclass(frozen=True)
class _Written:
    """A number as a decimal, as it looks in the table, and whether in percent."""

    value: float
    text: str
    percent: bool


def _number(sheet: Sheet, row: int, column: Column, mark: Decimal) -> _Written:
    cell = sheet.cell(row, column)
    text = text_of(cell)
    try:
        number = parse_number(cell, decimal=mark)
    except ValueError as error:
        raise _no_number(sheet, row, column) from error
    if number.at_most:
        raise _no_number(sheet, row, column)
    if number.percent:
        return _Written(number.value / 100, text, percent=True)
    if "%" in sheet.formats.get((row, column.index), ""):
        # Excel shows the decimal with a percent sign, whatever the header says.
        return _Written(number.value, f"{100 * number.value:g}%", percent=True)
    if column.percent:
        return _Written(number.value / 100, f"{text}%", percent=True)
    if column.unclear and number.value:
        raise FactorError(
            f"{sheet.place(row, column.index)}: {text} may be a decimal, or percent as "
            "another header says.",
            hint="Write a % sign into the cell or into the header of this column too.",
            code="unit",
        )
    return _Written(number.value, text, percent=False)


def _no_number(sheet: Sheet, row: int, column: Column) -> FactorError:
    text = text_of(sheet.cell(row, column))
    return FactorError(
        f"{sheet.place(row, column.index)}: {text!r} is not a number.",
        hint="Write -17% or -0.17.",
        code="not-a-number",
    )


def _move_in(sheet: Sheet, row: int, column: Column, mark: Decimal) -> float:
    found = _number(sheet, row, column, mark)
    # A plain 1 may be meant as 1%, but 100% can only be meant.
    if -1 < found.value < 1 or (found.percent and found.value == 1):
        return found.value
    where = f"{sheet.place(row, column.index)}: {found.text} is not a return"
    if found.percent:
        raise FactorError(
            f"{where}.",
            hint="A move lies above -100% and not above +100%.",
            code="not-a-return",
        )
    size = abs(found.value)
    fall, rise = (f"{s}{size:.12g}% or {s}{size / 100:.12g}" for s in ("-", ""))
    raise FactorError(
        f"{where}: a move is a decimal or has a percent sign.",
        hint=f"If a fall is meant, write {fall}"
        + ("." if found.value < 0 else f"; if a rise, write {rise}."),
        code="not-a-return",
    )


def _error_in(sheet: Sheet, row: int, column: Column, mark: Decimal) -> float:
    found = _number(sheet, row, column, mark)
    if 0 <= found.value < 1:
        return found.value
    percent = found.value > 0 and not found.percent
    raise FactorError(
        f"{sheet.place(row, column.index)}: {found.text} is not a standard error.",
        hint=f"Write {found.value:.12g}% or {found.value / 100:.12g}."
        if percent
        else "A standard error lies between 0% and 100%.",
        code="not-an-error",
    )

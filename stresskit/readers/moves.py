"""Segment moves from a small table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.core.factor.define import Move
from stresskit.errors import FactorError
from stresskit.readers.cells import (
    Value,
    decimal_mark,
    is_missing,
    parse_number,
    text_of,
)
from stresskit.readers.grids import Grid, column_letters, read_source

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = ("segment", "move", "standard_error")


def read_moves(path: Path) -> tuple[Move, ...]:
    """Read a table with the columns ``segment``, ``move`` and ``standard_error``.

    Moves are decimals, or percentages written with a percent sign (in the cell or
    by its number format). The last column may be left out.

    Raises
    ------
    FactorError
        If the columns are not there or a cell is no number; the message names
        sheet, row and column.
    HoldingsError
        If the file cannot be opened as a spreadsheet.
    """
    source = read_source(path)
    for grid in source.grids:
        for start, row in enumerate(grid.rows):
            headers = [text_of(v).casefold().replace(" ", "_") for v in row]
            if {"segment", "move"} <= set(headers):
                return _moves(grid, start, headers)
    raise FactorError(
        f"{source.name} has no columns segment and move.",
        hint="Write a header row segment,move,standard_error and a row per segment: "
        "AI_ACCEL,-17%,2%.",
    )


def _moves(grid: Grid, start: int, headers: list[str]) -> tuple[Move, ...]:
    at = {name: headers.index(name) for name in COLUMNS if name in headers}
    rows = [
        n
        for n in range(start + 1, len(grid.rows))
        if not all(is_missing(v) for v in grid.rows[n])
    ]
    cells = [_cell(grid, n, at["move"]) for n in rows]
    mark = decimal_mark(cells)
    found = []
    for n in rows:
        error = None
        if "standard_error" in at:
            cell = _cell(grid, n, at["standard_error"])
            if not is_missing(cell):
                error = _share(grid, n, at["standard_error"], mark)
        found.append(
            Move(
                segment=text_of(_cell(grid, n, at["segment"])).strip().upper(),
                move=_share(grid, n, at["move"], mark),
                standard_error=error,
                where=_place(grid, n, at["move"]),
            )
        )
    return tuple(found)


def _share(grid: Grid, row: int, column: int, mark: str) -> float:
    cell = _cell(grid, row, column)
    try:
        number = parse_number(cell, decimal="," if mark == "," else ".")
    except ValueError as error:
        raise FactorError(
            f"{_place(grid, row, column)}: {text_of(cell)!r} is not a number.",
            hint="Write -17% or -0.17.",
        ) from error
    return number.value / 100 if number.percent else number.value


def _cell(grid: Grid, row: int, column: int) -> Value:
    cells = grid.rows[row]
    return cells[column] if column < len(cells) else None


def _place(grid: Grid, row: int, column: int) -> str:
    sheet = f"sheet {grid.sheet}, " if grid.sheet else ""
    return f"{sheet}row {row + 1}, column {column_letters(column)}"

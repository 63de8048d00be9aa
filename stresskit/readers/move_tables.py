"""What holds tables of moves -> sheets of cells, and the tables in them."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING

from stresskit.errors import FactorError, HoldingsError
from stresskit.readers.cells import Broken, Value, is_missing, text_of
from stresskit.readers.files import Grid, column_letters, read_source

if TYPE_CHECKING:
    import pandas as pd

    Moves = str | Path | Mapping[str, float | str] | pd.DataFrame | pd.Series[float]

_ROLES = {
    "segment": ("segment", "sector", "leaf"),
    "group": ("group", "parent", "parent group"),
    "move": ("move",),
    "abnormal": ("abnormal", "abnormal return", "abnormal move", "move abnormal"),
    "raw": (
        *("raw", "raw move", "raw return", "move raw", "return raw", "return"),
        *("total", "total return", "total move", "move total", "return total"),
    ),
    "error": ("standard error", "std error", "std err", "stderr", "se", "error"),
}
_ROLE_OF = {words: role for role, names in _ROLES.items() for words in names}
NAMES, AMOUNTS = {"segment", "group"}, {"abnormal", "raw"}
_PERCENT = re.compile(r"%|\b(?:percent|per cent|pct)\b")
_FORM = (
    "Write a header row 'segment,move' and a row per segment: AI_ACCEL,-17%. A column "
    "'standard error' and a column 'group' may follow."
)


@dataclass(frozen=True)
class Column:
    """Where a column stands, and whether its header says percent.

    ``unclear`` if it does not, and that of another column of numbers does.
    """

    index: int
    percent: bool
    unclear: bool = False


@dataclass(frozen=True)
class Sheet:
    """Rows of cells with a way to say where one is."""

    rows: list[list[Value]]
    place: Callable[[int, int], str]
    formats: dict[tuple[int, int], str] = field(default_factory=dict)

    def cell(self, row: int, column: Column | None) -> Value:
        """Return a cell, or None where the row or the table has none."""
        cells = self.rows[row]
        if column is None or column.index >= len(cells):
            return None
        return cells[column.index]


Columns = dict[str, Column]


@dataclass(frozen=True)
class Block:
    """A table within a sheet: its columns by role and its rows."""

    sheet: Sheet
    columns: Columns
    rows: range


def opened(moves: Moves) -> tuple[str, list[Sheet]]:
    """Return what the moves are called, and the sheets they may stand in.

    Raises
    ------
    FactorError
        If they are a file that cannot be opened, or nothing that holds a table.
    """
    if isinstance(moves, str | Path):
        return Path(moves).name, _sheets_of(Path(moves))
    if isinstance(moves, Mapping):
        return "moves", [_sheet_of_mapping(moves)]
    import pandas as pd

    frame = moves.to_frame("move") if isinstance(moves, pd.Series) else moves
    if not isinstance(frame, pd.DataFrame):
        raise FactorError(
            f"Moves cannot be read from {type(moves).__name__}.",
            hint="Give a file, a pandas DataFrame, or a mapping: {'AI_ACCEL': -0.17}.",
        )
    return "moves", [_sheet_of_frame(frame)]


def _sheet_of_mapping(moves: Mapping[str, float | str]) -> Sheet:
    keys = [str(k) for k in moves]
    rows = [[k, _cell_of(v)] for k, v in zip(keys, moves.values(), strict=True)]
    headers: list[Value] = ["segment", "move"]
    return Sheet(
        [headers, *rows],
        lambda row, _: f"moves[{keys[row - 1]!r}]" if row else "moves",
    )


def _sheet_of_frame(frame: pd.DataFrame) -> Sheet:
    roles = {found[0] for c in frame.columns if (found := _role(str(c)))}
    if not NAMES & roles:
        # Names often stand in the index: a series, or a table read with it.
        if frame.index.nlevels == 1:
            frame = frame.rename_axis("segment")
        frame = frame.reset_index()
    titles = [str(c) for c in frame.columns]
    cells = frame.astype(object).where(frame.notna(), None).to_numpy()
    return Sheet(
        [list(titles), *([_cell_of(v) for v in row] for row in cells)],
        lambda row, column: f"moves, row {row}, column {titles[column]!r}",
    )


def _cell_of(value: object) -> Value:
    """Turn a number of any kind into a float, and NaN into nothing."""
    if isinstance(value, bool | str | dt.date | dt.time):
        return value
    if isinstance(value, Real | Decimal):
        number = float(value)
        return None if math.isnan(number) else number
    return None if value is None else str(value)


def _sheets_of(path: Path) -> list[Sheet]:
    try:
        source = read_source(path)
    except HoldingsError as error:
        hint = error.hint or "Check the name and the folder."
        if "position" in hint:
            # What is said of files of holdings holds for moves, but for their form.
            hint = f"Give a .csv or .xlsx file. {_FORM}"
        raise FactorError(str(error), hint=hint, code=error.code) from error

    def sheet(grid: Grid) -> Sheet:
        title = f"sheet {grid.sheet}, " if grid.sheet else ""
        return Sheet(
            grid.rows,
            lambda row, column: (
                f"{source.name}, {title}row {row + 1}, column {column_letters(column)}"
            ),
            grid.formats,
        )

    return [sheet(grid) for grid in source.grids]


def no_table(name: str, sheets: list[Sheet]) -> FactorError:
    """Say which headers were found: the first row with more than one text."""
    rows = [
        [text_of(v) for v in row if not is_missing(v)] for s in sheets for row in s.rows
    ]
    seen = next((r for r in rows if len(r) > 1), rows[0] if rows else [])
    listed = ", ".join(repr(t[:40]) for t in seen[:10]) or "nothing"
    return FactorError(
        f"{name} has no table with the columns segment and move; seen: {listed}.",
        hint=_FORM,
        code="no-table",
    )


def _role(text: str) -> tuple[str, bool] | None:
    """Read a header: its role, and whether it says percent."""
    plain = text.casefold()
    percent = bool(_PERCENT.search(plain))
    words = re.findall(r"[a-z0-9]+", _PERCENT.sub(" ", plain))
    if percent and words[-1:] == ["in"]:
        words.pop()
    role = _ROLE_OF.get(" ".join(w.removesuffix("s") for w in words))
    return (role, percent) if role else None


def blocks_of(sheet: Sheet, *, raw: bool) -> list[Block]:
    """Find the tables of a sheet, below and beside each other."""
    starts = {
        row: found
        for row in range(len(sheet.rows))
        if (found := _columns_at(sheet, row, raw=raw))
    }
    edges = [*starts, len(sheet.rows)]
    return [
        Block(sheet, columns, range(start + 1, _end(sheet, start, edge)))
        for start, edge in pairwise(edges)
        for columns in starts[start]
    ]


def _end(sheet: Sheet, start: int, edge: int) -> int:
    """Leave out the title of the next table: single cells after a blank row."""
    if edge == len(sheet.rows):
        return edge
    filled = [sum(not is_missing(v) for v in sheet.rows[n]) for n in range(edge)]
    end = edge
    while end > start + 1 and filled[end - 1] <= 1:
        end -= 1
    blank = (n for n in range(end, edge) if filled[n] == 0)
    return next(blank, edge)


def _columns_at(sheet: Sheet, row: int, *, raw: bool) -> list[Columns]:
    """Read a row as headers; a role met again begins a table beside the first."""
    tables: list[Columns] = [{}]
    for index, cell in enumerate(sheet.rows[row]):
        found = _role(text_of(cell)) if isinstance(cell, str) else None
        if found is None or isinstance(cell, Broken):
            continue
        role, percent = found
        if role == "move":
            role = "raw" if raw else "abnormal"
        elif role == "abnormal" and raw:
            raise FactorError(
                f"{sheet.place(row, index)}: {text_of(cell)!r} are no total returns, "
                "as --raw says.",
                hint="Leave --raw out (raw=True in Python); it is for a column 'move'.",
                code="raw",
            )
        if role in tables[-1]:
            tables.append({})
        tables[-1][role] = Column(index, percent)
    whole = [t for t in tables if NAMES & t.keys() and AMOUNTS & t.keys()]
    if whole and len(whole) < len(tables):
        raise _not_whole(sheet, row, tables)
    return [_with_units(t) for t in whole]


def _with_units(columns: Columns) -> Columns:
    """Mark the columns of numbers whose unit is in doubt beside one in percent."""
    said = any(c.percent for c in columns.values())
    return {
        role: column
        if column.percent or role in NAMES
        else replace(column, unclear=said)
        for role, column in columns.items()
    }


def _not_whole(sheet: Sheet, row: int, tables: list[Columns]) -> FactorError:
    """Two columns of one role that do not make two tables."""
    first, second = tables[0], tables[1]
    role, column = next(iter(second.items()))
    other = first[role].index
    titles = [text_of(sheet.rows[row][n]) for n in (other, column.index)]
    return FactorError(
        f"{sheet.place(row, column.index)}: {titles[1]!r} says the same as "
        f"{titles[0]!r} in {sheet.place(row, other)}.",
        hint="Keep one of the two columns, or give each table beside another its own "
        "columns segment and move.",
        code="two-columns",
    )

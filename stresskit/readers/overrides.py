"""Overrides of the mapping: a file that the user edited and feeds back."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stresskit.core.valuation import place_of
from stresskit.errors import MappingError
from stresskit.model import Issue, Override
from stresskit.readers.cells import (
    Value,
    decimal_mark,
    is_missing,
    name_of,
    parse_number,
    text_of,
)
from stresskit.readers.dates import parse_date
from stresskit.readers.files import Given, Grid, column_letters, read_source

_KEYS = ("id", "isin", "ticker")
_OWN = {*_KEYS, "name", "segments", "beta", "reason", "by", "on"}
_PAIR = re.compile(r"(?:override_)?(segment|share)_(\d)")
_SEGMENT = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
# Columns of the mapping workbook that only inform.
_INFORMATION = frozenset(
    "source matched basis confidence weight market_value note sector tier region "
    "suggestions sensitivities covered override_check".split()
)
_FIX = (
    "Choose segments of the list, with shares as decimals that add up to 1 at most "
    "(0.6, not 60); as one text: AI_ACCEL=0.5;ROM_45=0.5."
)


def read_overrides(path: Given) -> tuple[tuple[Override, ...], tuple[Issue, ...]]:
    """Read overrides from a CSV or Excel file.

    A row names a position by ``id``, ``isin`` or ``ticker`` and gives its
    ``segments`` as text, in one column per segment or in pairs of columns
    (``segment_1``, ``share_1``), and a ``beta``. In the mapping workbook only the
    columns that begin with ``override_`` count.

    Parameters
    ----------
    path : str, Path or Content
        File.

    Returns
    -------
    tuple of overrides and tuple of issues
        In the order of the file.

    Raises
    ------
    MappingError
        If the file has no such table, or a cell is no fraction.
    HoldingsError
        If the file cannot be opened as a spreadsheet.
    """
    source = read_source(path)
    grids = sorted(source.grids, key=lambda g: (g.sheet or "") != "Mapping")
    for grid in grids:
        for start, row in enumerate(grid.rows[:50]):
            headers = [text_of(v) for v in row]
            names = [_header(h) for h in headers]
            if set(names) & {*_KEYS, "name"} and _has_content(names, headers):
                return _read_table(source.name, grid, start, headers)
    raise MappingError(
        f"{source.name} has no table of overrides: a header with id, isin, ticker or "
        "name beside segments, beta or segment names was looked for.",
        hint=_FIX,
    )


def _header(text: str) -> str:
    return re.sub(r"[\s\-]+", "_", text.strip().casefold())


def _has_content(names: list[str], headers: list[str]) -> bool:
    known = {"segments", "beta", "override_segments", "override_beta"}
    pairs = any(_PAIR.fullmatch(n) for n in names)
    return bool(known & set(names)) or pairs or any(map(_SEGMENT.fullmatch, headers))


def _read_table(
    file: str, grid: Grid, start: int, headers: list[str]
) -> tuple[tuple[Override, ...], tuple[Issue, ...]]:
    columns: dict[str, int] = {}
    leaves: dict[str, int] = {}
    issues: list[Issue] = []
    for j, header in enumerate(headers):
        name = _header(header)
        if name in _INFORMATION:
            continue
        if name.removeprefix("override_") in _OWN or _PAIR.fullmatch(name):
            columns.setdefault(name, j)
        elif _SEGMENT.fullmatch(header):
            leaves[header] = j
        elif header:
            issues.append(_unknown(grid, start, j, header))
    if any(name.startswith("override_") for name in columns):
        # What the program itself wrote is no override.
        columns = {k: j for k, j in columns.items() if k not in {"segments", "beta"}}
        columns = {k.removeprefix("override_"): j for k, j in columns.items()}
        leaves = {}
    table = _Table(file, grid, columns, leaves)
    rows = range(start + 1, len(grid.rows))
    found = tuple(o for i in rows if (o := _override(table, i)) is not None)
    return found, tuple(issues)


@dataclass(frozen=True)
class _Table:
    """Where the columns of the overrides stand."""

    file: str
    grid: Grid
    columns: dict[str, int]
    leaves: dict[str, int]

    def cell(self, row: int, column: int | None) -> Value:
        cells = self.grid.rows[row]
        return None if column is None or column >= len(cells) else cells[column]

    def error(self, message: str, row: int, column: int) -> MappingError:
        place = f"row {row + 1}, column {column_letters(column)}"
        sheet = f"sheet {self.grid.sheet}, " if self.grid.sheet else ""
        return MappingError(f"{self.file}, {sheet}{place}: {message}", hint=_FIX)


def _override(table: _Table, row: int) -> Override | None:
    """Read one row; None if it overrides nothing."""
    columns = table.columns
    segments: dict[str, float] = {}
    if "segments" in columns:
        segments = _parse_segments(table, row, columns["segments"])
    segments |= _pairs(table, row)
    for leaf, column in table.leaves.items():
        if not is_missing(table.cell(row, column)):
            fraction = _fraction(table, table.cell(row, column), row, column)
            if fraction:
                segments[leaf] = fraction
    beta: float | None = None
    if "beta" in columns and not is_missing(table.cell(row, columns["beta"])):
        value = table.cell(row, columns["beta"])
        beta = _fraction(table, value, row, columns["beta"])
    if not segments and beta is None:
        return None
    keys = {k: name_of(table.cell(row, columns.get(k))) or None for k in _KEYS}
    name = name_of(table.cell(row, columns.get("name"))) or None
    if not any((*keys.values(), name)):
        first = min(j for k, j in columns.items() if k in {*_KEYS, "name"})
        raise table.error(
            "the row names no position (id, isin, ticker or name).", row, first
        )
    return Override(
        position_id=keys["id"],
        name=name,
        isin=keys["isin"],
        ticker=keys["ticker"],
        segments=segments,
        beta=beta,
        where=f"{table.file}, {place_of(table.grid.sheet, row + 1)}",
        by=name_of(table.cell(row, columns.get("by"))) or "",
        on=_day(table.cell(row, columns.get("on"))),
        reason=name_of(table.cell(row, columns.get("reason"))) or "",
    )


def _day(value: Value) -> str:
    """Return a date as text, or what stands there."""
    day = None if is_missing(value) else parse_date(value, day_is_first=True)
    return day.isoformat() if day else name_of(value) or ""


def _pairs(table: _Table, row: int) -> dict[str, float]:
    """Read the columns segment_1, share_1, ...; one segment alone is the whole."""
    found: dict[str, float] = {}
    wanted = [n for n in table.columns if n.startswith("segment_")]
    named = [n for n in wanted if not is_missing(table.cell(row, table.columns[n]))]
    for name in wanted:
        column = table.columns[name]
        share = table.columns.get(name.replace("segment", "share"))
        value = table.cell(row, share)
        if name not in named:
            if not is_missing(value):
                raise table.error("a share without a segment.", row, share or column)
            continue
        leaf = text_of(table.cell(row, column)).strip()
        if leaf in found:
            raise table.error(f"{leaf} stands twice.", row, column)
        if is_missing(value) and len(named) > 1:
            raise table.error(f"{leaf} has no share.", row, column)
        whole = is_missing(value) or share is None
        found[leaf] = 1.0 if whole else _fraction(table, value, row, int(share or 0))
    return found


def _parse_segments(table: _Table, row: int, column: int) -> dict[str, float]:
    value = table.cell(row, column)
    segments: dict[str, float] = {}
    if is_missing(value):
        return segments
    for part in filter(None, (p.strip() for p in re.split(r"[;|\n]", str(value)))):
        leaf, equals, number = (p.strip() for p in part.partition("="))
        if not leaf or leaf in segments:
            raise table.error(f"{part!r} names no segment or one twice.", row, column)
        # A segment by itself is all of the business.
        segments[leaf] = _fraction(table, number, row, column) if equals else 1.0
    return segments


def _fraction(table: _Table, value: Value, row: int, column: int) -> float:
    """Read a number; a percent sign or format is understood."""
    try:
        number = parse_number(value, decimal=decimal_mark([value]))
    except ValueError as error:
        text = text_of(value)
        raise table.error(f"{text!r} is no number.", row, column) from error
    return number.value / 100 if number.percent else number.value


def _unknown(grid: Grid, row: int, column: int, header: str) -> Issue:
    return Issue(
        code="unknown-column",
        severity="warning",
        message=f"Column {header!r} is not known and was ignored.",
        fix="Columns are id, isin, ticker, name; segments, or segment_1 and share_1 to "
        "segment_9 and share_9, or one per segment; beta; by, on, reason.",
        sheet=grid.sheet,
        row=row + 1,
        column=column_letters(column),
        value=header,
    )

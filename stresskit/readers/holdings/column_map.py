"""Columns named by the user: a file or pairs of role and column."""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stresskit.core.identifiers import currency_of
from stresskit.errors import HoldingsError
from stresskit.model import Content
from stresskit.readers.cells import is_missing, text_of
from stresskit.readers.files import Given, Grid
from stresskit.readers.files.facts import place_of
from stresskit.readers.holdings.candidates import Chosen
from stresskit.readers.holdings.columns import (
    AMOUNTS,
    IDENTIFIERS,
    NAMES,
    ROLES,
    Header,
    read_header,
)
from stresskit.readers.holdings.headers import Column, is_number
from stresskit.readers.holdings.refusals import no_such_sheet
from stresskit.readers.holdings.tables import Table, tables_of

SCHEMA = "stresskit/columns/1"
_FIX = (
    "Give pairs such as name=B,isin=ISIN Code,value=F, or a TOML file that "
    "--save-columns wrote."
)


@dataclass(frozen=True)
class ColumnMap:
    """Which column plays which role: by its header or its letters.

    ``header_row`` counts from 1, None where it is to be found by the headers and 0
    where there are none.
    """

    columns: dict[str, Named]
    sheet: str | None = None
    header_row: int | None = None


@dataclass(frozen=True)
class Named:
    """A column as the user names it, with what its header would say."""

    column: str
    scale: float = 1.0
    currency: str | None = None
    percent: bool = False


def read_column_map(given: Given) -> ColumnMap:
    """Read the columns that a user names, from a TOML file or from pairs.

    Parameters
    ----------
    given : str, Path or Content
        The file, or pairs ``role=column`` with commas between them.

    Raises
    ------
    HoldingsError
        If the file cannot be read, or a role is not known.

    Examples
    --------
    >>> read_column_map("name=B,value=Market Value").columns["value"].column
    'Market Value'
    """
    if isinstance(given, Content):
        return _from_bytes(given.data, given.name)
    text = str(given)
    if isinstance(given, Path) or "=" not in text or Path(text).is_file():
        return _from_file(Path(text))
    pairs = [p.partition("=") for p in text.split(",")]
    if any(not equal or not column.strip() for _, equal, column in pairs):
        raise HoldingsError(
            f"--columns {text!r} cannot be read.", hint=_FIX, code="columns"
        )
    return ColumnMap({_role(r): Named(c.strip()) for r, _, c in pairs})


def _from_file(path: Path) -> ColumnMap:
    try:
        return _from_bytes(path.read_bytes(), str(path))
    except FileNotFoundError as error:
        raise HoldingsError(
            f"There is no file {path} with columns.", hint=_FIX, code="columns"
        ) from error
    except OSError as error:
        raise _unreadable(str(path), error) from error


def _unreadable(name: str, error: Exception) -> HoldingsError:
    return HoldingsError(f"{name} cannot be read: {error}.", hint=_FIX, code="columns")


def _from_bytes(data: bytes, path: str) -> ColumnMap:
    """Read a file of columns; ``path`` is what messages call it."""
    try:
        table = tomllib.loads(data.decode("utf-8").replace("\r\n", "\n"))
    except ValueError as error:
        raise _unreadable(path, error) from error
    named = table.get("columns")
    if table.get("schema") != SCHEMA or not isinstance(named, dict) or not named:
        raise HoldingsError(
            f"{path} does not name columns.",
            hint=f'Let it begin with schema = "{SCHEMA}" and hold a table [columns].',
            code="columns",
        )
    row = table.get("header_row")
    if row is not None and (type(row) is not int or row < 0):
        raise HoldingsError(
            f"{path}: header_row is {row!r}.",
            hint="It counts from 1; 0 says that there are no headers.",
            code="columns",
        )
    sheet = table.get("sheet")
    return ColumnMap(
        {_role(role): _named(path, role, value) for role, value in named.items()},
        sheet=None if sheet is None else str(sheet),
        header_row=row,
    )


def _named(path: str, role: str, value: Any) -> Named:
    if isinstance(value, str) and value.strip():
        return Named(value.strip())
    if isinstance(value, dict) and isinstance(value.get("column"), str):
        scale, currency = value.get("scale", 1.0), value.get("currency")
        known = currency is None or currency_of(str(currency)) is not None
        if isinstance(scale, (int, float)) and scale > 0 and known:
            percent = value.get("percent") is True
            return Named(value["column"].strip(), float(scale), currency, percent)
    raise HoldingsError(
        f"{path}: {role} is {value!r}.",
        hint='Give a header or letters, or { column = "F", scale = 1000, currency = '
        '"EUR" }.',
        code="columns",
    )


def _role(text: str) -> str:
    role = text.strip().casefold().replace(" ", "_")
    if role == "market_value":
        role = "value"
    if role in ROLES:
        return role
    near = difflib.get_close_matches(role, ROLES, n=1)
    raise HoldingsError(
        f"{text.strip()!r} is no column that is read."
        + (f" Did you mean {near[0]!r}?" if near else ""),
        hint=f"The columns are: {', '.join(ROLES)}.",
        code="columns",
    )


def named_tables(grids: list[Grid], named: ColumnMap, *, sheet: str | None) -> Chosen:
    """Find the table whose columns a user names.

    Parameters
    ----------
    grids : list of Grid
        Sheets of the file.
    named : ColumnMap
        What the user says.
    sheet : str or None
        Sheet asked for.

    Raises
    ------
    HoldingsError
        If no sheet has these columns, or they hold no identity or no amount.
    """
    wanted = sheet or named.sheet
    if not any(r in named.columns for r in (*IDENTIFIERS, *NAMES)) or not any(
        r in named.columns for r in AMOUNTS
    ):
        raise HoldingsError(
            "The columns named hold no name or identifier, or no amount.",
            hint="Name one of name, isin, ticker, cusip, and one of value, weight, "
            "quantity.",
            code="columns",
        )
    chosen = [g for g in grids if wanted in {None, g.sheet}]
    if not chosen:
        raise no_such_sheet(str(wanted), grids)
    for grid in chosen:
        row = _header_row(grid, named)
        if row is not None:
            return Chosen([_table(grid, named, row)])
    missing = [n.column for n in named.columns.values() if not _is_letters(n.column)]
    raise HoldingsError(
        f"No row holds the headers {', '.join(missing) or 'asked for'}.",
        hint="Write them as in the file, or give the letters of the columns.",
        code="columns",
    )


def _is_letters(column: str) -> bool:
    return re.fullmatch(r"[A-Z]{1,3}", column) is not None


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _header_row(grid: Grid, named: ColumnMap) -> int | None:
    """Give the 0-based row of the headers, -1 for none, or None if not here."""
    if named.header_row is not None:
        row = named.header_row - 1
        return row if row < len(grid.rows) else None
    headers = {_plain(n.column) for n in named.columns.values()}
    letters = {
        _plain(n.column) for n in named.columns.values() if _is_letters(n.column)
    }
    for row, cells in enumerate(grid.rows):
        texts = {_plain(text_of(v)) for v in cells if not is_missing(v)}
        if headers - letters and headers - letters <= texts:
            return row
    if headers - letters:
        return None
    # Letters alone: the headers stand above the first number of an amount.
    amount = next(n for r, n in named.columns.items() if r in AMOUNTS)
    place = place_of(f"{amount.column}1")
    index = place[1] if place else 0
    for row, cells in enumerate(grid.rows):
        if (
            index < len(cells)
            and not is_missing(cells[index])
            and is_number(cells[index])
        ):
            return row - 1
    return None


def _table(grid: Grid, named: ColumnMap, row: int) -> Table:
    header = grid.rows[row] if row >= 0 else []
    by_text = {_plain(text_of(v)): i for i, v in reversed(list(enumerate(header)))}
    columns: dict[str, Column] = {}
    for role, one in named.columns.items():
        index = by_text.get(_plain(one.column))
        if index is None and _is_letters(one.column):
            place = place_of(f"{one.column}1")
            index = place[1] if place else None
        if index is None:
            raise HoldingsError(
                f"There is no column {one.column!r} in row {row + 1}.",
                hint="Write the header as in the file, or give its letters.",
                code="columns",
            )
        text = text_of(header[index]) if index < len(header) else ""
        columns[role] = Column(index, _header(role, one, text))
    known = next((t for t in tables_of(grid) if t.header_row == row), None)
    if known is not None:
        # What belongs to the table does not depend on who names its columns.
        return replace(known, columns=columns, spares={})
    return Table(grid, row, columns, len(grid.rows), headed=row >= 0)


def _header(role: str, one: Named, text: str) -> Header:
    """Give the header as the user says it is; its own unit holds if none is given."""
    own = read_header(text)
    base = own if own is not None and own.role == role else Header(role, text=text)
    return replace(
        base,
        scale=base.scale if one.scale == 1.0 else one.scale,
        currency=one.currency or base.currency,
        percent=base.percent or one.percent,
        text=text,
    )

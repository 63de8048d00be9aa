"""What each column of a file is, saved for the next file of the same layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stresskit.errors import OutputError
from stresskit.writers.atomic import check_target, write_bytes

if TYPE_CHECKING:
    import os

    from stresskit.model import ColumnRead, Portfolio

SCHEMA = "stresskit/columns/1"


def write_columns(path: str | os.PathLike[str], portfolio: Portfolio) -> None:
    """Write the columns of a portfolio's table as TOML that ``--columns`` reads.

    Raises
    ------
    OutputError
        If the file cannot be written, or the positions come from several tables.
    """
    import tomli_w

    target = check_target(path, suffix=".toml")
    tables = {(c.sheet, c.header_row) for c in portfolio.columns}
    if len(tables) != 1:
        raise OutputError(
            f"The positions come from {len(tables)} tables, whose columns differ.",
            hint="Choose one with --sheet or --table.",
        )
    first = portfolio.columns[0]
    content: dict[str, Any] = {"schema": SCHEMA}
    if first.sheet is not None:
        content["sheet"] = first.sheet
    unnamed = any(not c.header for c in portfolio.columns)
    if unnamed:
        # Only with the row can a column without a header be found again.
        content["header_row"] = first.header_row
    content["columns"] = {c.role: _column(c) for c in portfolio.columns}
    write_bytes(target, tomli_w.dumps(content).encode(), suffix=".toml")


def _column(column: ColumnRead) -> str | dict[str, str | float]:
    name = column.header or column.column
    if column.scale == 1 and column.currency is None:
        return name
    table: dict[str, str | float] = {"column": name}
    if column.scale != 1:
        table["scale"] = column.scale
    if column.currency:
        table["currency"] = column.currency
    return table

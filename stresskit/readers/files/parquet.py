"""Parquet files to a grid: a header of column names, a row per record."""

from __future__ import annotations

import datetime as dt
import decimal
import io
from typing import Any

from stresskit.errors import HoldingsError, MissingExtra
from stresskit.readers.cells import Value
from stresskit.readers.files.grids import MAX_CELLS, MAX_COLUMNS, Grid


def read_parquet_grids(content: bytes) -> list[Grid]:
    """Read a Parquet file; fields of structures become columns of their own.

    Parameters
    ----------
    content : bytes
        The file.

    Raises
    ------
    HoldingsError
        If the file is damaged or too large.
    MissingExtra
        If the extra ``book`` is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtra(
            "Reading Parquet needs the package pyarrow.",
            hint="Install it: pip install 'portfolio-stresskit[book]'.",
        ) from error
    try:
        file = pq.ParquetFile(io.BytesIO(content))
        cells = file.metadata.num_rows * file.metadata.num_columns
        if cells > MAX_CELLS or file.metadata.num_columns > MAX_COLUMNS:
            raise HoldingsError(
                f"The file has {file.metadata.num_rows:,} rows of "
                f"{file.metadata.num_columns:,} columns, which is too much.",
                hint="Save one portfolio, or fewer columns, in a file of its own.",
                code="too-large",
            )
        table = file.read()
        while any(pa.types.is_struct(f.type) for f in table.schema):
            table = table.flatten()
        names = [n for n in table.column_names if not n.startswith("__index_level_")]
        columns = [[_value(v) for v in table[n].to_pylist()] for n in names]
    except (pa.ArrowException, OSError, ValueError, TypeError, OverflowError) as error:
        if isinstance(error, HoldingsError):
            raise
        raise HoldingsError(
            "The Parquet file is cut off or damaged.",
            hint="Copy or export the file again.",
            code="damaged",
        ) from error
    header: list[Value] = [n.replace(".", " ") for n in names]
    return [Grid(sheet=None, rows=[header, *map(list, zip(*columns, strict=True))])]


def _value(value: Any) -> Value:
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, float) and value != value:  # noqa: PLR0124 - NaN alone does
        return None
    if value is None or isinstance(value, (str, int, float, dt.date, dt.time)):
        return value
    return str(value)

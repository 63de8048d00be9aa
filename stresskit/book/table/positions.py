"""Rows of a book under every scenario, one by one, for those who want them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from stresskit.book.table.lines import INSTRUMENT, PORTFOLIO, POSITION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stresskit.book.table.instruments import Instruments
    from stresskit.book.table.lines import Frame

# What a position is called where it has no id of its own, the first that it states.
NAMED_BY = (POSITION, "isin", "ticker", "name")


def unit_table(instruments: Instruments, labels: Sequence[str]) -> pa.Table:
    """Return what one of each instrument is worth and would make, a row by scenario."""
    linear = instruments.units.linear
    columns, count = linear.matrix, len(labels)
    pnl = [linear.of(("pnl", s), columns) for s in range(count)]

    def each(values: Sequence[Any]) -> list[Any]:
        return [value for value in values for _ in range(count)]

    return pa.table(
        {
            INSTRUMENT: np.repeat(instruments.number, count),
            "scenario": list(labels) * len(instruments.number),
            "unit_base": np.repeat(instruments.base, count),
            "unit_pnl": np.column_stack(pnl).ravel(),
            "traded_in": pa.array(each([p.currency for p in instruments.positions])),
            "source": each([e.source for e in instruments.exposures]),
            "covered": each([e.covered for e in instruments.exposures]),
        }
    )


def positions(
    rows: Frame,
    units: Frame,
    apart: Frame,
    *,
    run_id: str,
    as_of: str | None,
) -> Frame:
    """Return a row per position and scenario, without portfolios that stand apart.

    Parameters
    ----------
    rows
        Rows with their amounts and the numbers of their instruments.
    units
        See ``unit_table``.
    apart
        A column with the names of portfolios to leave out.
    run_id
        What tells the run from others.
    as_of
        The date of all rows; None for the one that each states.
    """
    known = rows.collect_schema().names()
    text: Any = nw.lit("")
    for name in reversed([n for n in NAMED_BY if n in known]):
        stated = nw.col(name).fill_null("")
        text = nw.when(stated != "").then(stated).otherwise(text)
    day: Any = nw.lit(as_of, nw.String)
    if as_of is None and "as_of" in known:
        own = nw.col("as_of").fill_null("")
        day = nw.when(own != "").then(own).otherwise(day)
    amount = nw.col("amount")
    joined = rows.join(apart, on=PORTFOLIO, how="anti").join(units, on=INSTRUMENT)
    base, pnl = amount * nw.col("unit_base"), amount * nw.col("unit_pnl")
    return joined.select(
        day.alias("as_of"),
        nw.lit(run_id).alias("run_id"),
        nw.col("scenario"),
        nw.col(PORTFOLIO),
        text.alias("position"),
        base.alias("base_value"),
        (base + pnl).alias("stressed_value"),
        pnl.alias("pnl"),
        nw.col("traded_in").alias("currency"),
        nw.col("source"),
        nw.col("covered"),
    )

"""The Excel report: the engine's numbers, kept alive by formulas.

One module per sheet; ``layout`` knows where everything is, ``figures`` what the
cells between the engine's figures hold, ``book`` how cells are written.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from stresskit.writers.atomic import check_target, write_bytes

if TYPE_CHECKING:
    import os

    from stresskit.model import HedgePlan, StressResult


def write_workbook(
    path: str | os.PathLike[str], result: StressResult, plan: HedgePlan | None = None
) -> None:
    """Write the report, whole or not at all.

    Every figure is a formula on inputs that may be changed (severity, mode, market
    legs, segment shocks, hedge notionals) and carries the engine's number as its
    value, for readers that do not calculate.

    Raises
    ------
    OutputError
        If the file cannot be written; an existing one is left as it was.
    """
    check_target(path, suffix=".xlsx")
    write_bytes(path, workbook_bytes(result, plan), suffix=".xlsx")


def workbook_bytes(result: StressResult, plan: HedgePlan | None = None) -> bytes:
    """Return the report's file; the same result gives the same bytes."""
    from stresskit.writers.workbook import (
        assumptions,
        attribution,
        breakdowns,
        checks,
        exposures,
        hedge_detail,
        hedges,
        options,
        order_values,
        positions,
        quality,
        run_log,
        scenario,
        scenarios,
        summary,
    )
    from stresskit.writers.workbook.book import Book
    from stresskit.writers.workbook.figures import compute
    from stresskit.writers.workbook.layout import Layout

    layout = Layout(result, plan, compute(result, plan))
    book = Book(
        title=f"Stress test: {result.portfolio.name}",
        run_id=result.run.get("id", ""),
        created=_created(result),
        shares=layout.shares,
    )
    for sheet in (
        summary,
        scenario,
        attribution,
        scenarios,
        breakdowns,
        positions,
        exposures,
        options,
        hedges,
        hedge_detail,
        order_values,
        assumptions,
        quality,
        checks,
        run_log,
    ):
        sheet.write(book, layout)
    return book.finish()


def _created(result: StressResult) -> dt.datetime:
    """Return when the run was made; a run that does not say, the event's day."""
    day = result.scenario.factor.event_end
    try:
        created = dt.datetime.fromisoformat(result.run.get("created", ""))
    except ValueError:
        return dt.datetime(day.year, day.month, day.day)  # noqa: DTZ001 - no zone in xlsx
    if created.tzinfo is not None:
        created = created.astimezone(dt.UTC).replace(tzinfo=None)
    return created.replace(microsecond=0)

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

    from stresskit.model import HedgePlan, Presentation, StressResult, Validation


# Positions from which a report spares memory.
LARGE = 2000


def write_workbook(
    path: str | os.PathLike[str],
    result: StressResult,
    plan: HedgePlan | None = None,
    *,
    presentation: Presentation | None = None,
    validation: Validation | None = None,
) -> None:
    """Write the report, whole or not at all.

    Every figure is a formula on inputs that may be changed (severity, mode, market
    legs, segment shocks, sensitivities, hedge ratios) and carries the engine's number
    as its value, for readers that do not calculate.

    Raises
    ------
    OutputError
        If the file cannot be written; an existing one is left as it was.
    """
    check_target(path, suffix=".xlsx")
    payload = workbook_bytes(
        result, plan, presentation=presentation, validation=validation
    )
    write_bytes(path, payload, suffix=".xlsx")


def workbook_bytes(
    result: StressResult,
    plan: HedgePlan | None = None,
    *,
    presentation: Presentation | None = None,
    validation: Validation | None = None,
    printed: bool = False,
) -> bytes:
    """Return the report's file; the same result gives the same bytes.

    In one to be ``printed`` the sheets for formulas alone are hidden.
    """
    from stresskit.model import Presentation as Default
    from stresskit.writers.workbook import run_log
    from stresskit.writers.workbook.book import Book
    from stresskit.writers.workbook.figures import compute
    from stresskit.writers.workbook.language import Language
    from stresskit.writers.workbook.layout import Layout
    from stresskit.writers.workbook.sheets import write_sheets

    shown = presentation or Default()
    language = Language(shown.language)
    layout = Layout(result, plan, compute(result, plan), shown, validation, language)
    language.unit = layout.unit
    book = Book(
        title=language.say("Stress test: {name}", name=result.portfolio.name),
        run_id=result.run.get("id", ""),
        created=_created(result),
        shares=layout.shares,
        presentation=shown,
        language=language,
        traces=run_log.traces(result, plan, shown),
        printed=printed,
        large=len(result.by_position) > LARGE,
    )
    write_sheets(book, layout)
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

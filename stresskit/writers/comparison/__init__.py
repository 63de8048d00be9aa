"""Many portfolios side by side: what they make, who breaches a limit, by what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.writers.atomic import check_target, write_bytes
from stresskit.writers.comparison.breaches import write_breaches
from stresskit.writers.comparison.compared import Compared
from stresskit.writers.comparison.coverage import write_coverage
from stresskit.writers.comparison.distribution import write_distribution
from stresskit.writers.comparison.league import write_league
from stresskit.writers.comparison.not_done import write_not_done
from stresskit.writers.comparison.segments import write_segments
from stresskit.writers.comparison.summary import TITLE, write_summary
from stresskit.writers.workbook.book import Book
from stresskit.writers.workbook.run_log import write_pairs

if TYPE_CHECKING:
    import os

    from stresskit.model import Presentation
    from stresskit.model.batch import BatchSummary


def write_comparison(
    path: str | os.PathLike[str],
    summary: BatchSummary,
    *,
    presentation: Presentation | None = None,
) -> None:
    """Write the workbook that sets portfolios side by side, whole or not at all.

    Parameters
    ----------
    path
        Where it goes (.xlsx).
    summary
        The portfolios under one question.
    presentation
        How it looks.

    Raises
    ------
    OutputError
        If it cannot be written; an existing one is left as it was.
    """
    check_target(path, suffix=".xlsx")
    payload = comparison_bytes(summary, presentation=presentation)
    write_bytes(path, payload, suffix=".xlsx")


def comparison_bytes(
    summary: BatchSummary, *, presentation: Presentation | None = None
) -> bytes:
    """Return the workbook's file; the same summary gives the same bytes."""
    book = Book(
        title=TITLE,
        run_id=summary.run_id,
        created=summary.created,
        presentation=presentation,
    )
    compared = Compared(summary)
    write_summary(book, compared)
    write_league(book, compared)
    if compared.done:
        write_breaches(book, compared)
    if compared.shares:
        write_distribution(book, compared)
    write_segments(book, compared)
    if compared.done:
        write_coverage(book, compared)
    write_not_done(book, compared)
    _run_log(book, summary)
    return book.finish()


def _run_log(book: Book, summary: BatchSummary) -> None:
    sheet = book.sheet("Run log")
    sheet.widths([26, 70, 50, 14])
    sheet.title("Run log", "What every portfolio was run with.", 4)
    run = [
        ("id", summary.run_id),
        ("created", f"{summary.created.isoformat(sep=' ')} UTC"),
        ("portfolios", str(len(summary.lines))),
    ]
    row = write_pairs(sheet, 3, "Run", run)
    write_pairs(sheet, row, "Settings", list(summary.settings.items()))
    sheet.raw.freeze_panes(2, 0)

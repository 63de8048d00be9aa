"""The sheet Segments: what each makes of the portfolios, and whom it hits hardest."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from stresskit.writers.comparison.rows import LITTLE, TALLEST, tall
from stresskit.writers.workbook.book import UNKNOWN

if TYPE_CHECKING:
    from stresskit.model.batch import BatchLine
    from stresskit.writers.workbook.book import Book


def write_segments(book: Book, done: list[BatchLine]) -> None:
    """Write the sheet."""
    sheet = book.sheet("Segments")
    sheet.widths([38, 16, 16, 38, 16])
    sheet.title(
        "Segments",
        "What each segment makes, in % of a portfolio's value; the average counts "
        "every portfolio alike, also those without the segment. What is below 0.005% "
        "everywhere is left out.",
        5,
    )
    sheet.header(
        3,
        [
            *("Segment", "Average, % of value", "Portfolios that lose by it"),
            *("Hit hardest", "Its P&L, % of value"),
        ],
        height=32,
    )
    made = {
        title: [line.segments.get(title, 0.0) for line in done]
        for title in sorted({title for line in done for title in line.segments})
    }
    shown = {t: m for t, m in made.items() if max(map(abs, m)) >= LITTLE}
    means = {title: statistics.fmean(found) for title, found in shown.items()}
    for row, title in enumerate(sorted(shown, key=lambda t: (means[t], t)), 4):
        share = min(shown[title])
        worst = done[shown[title].index(share)]
        hurt = share <= -LITTLE
        name = (worst.name or worst.file) if hurt else UNKNOWN
        sheet.data(row, 0, title)
        # Rounded to what is shown: there is no minus zero.
        sheet.number(row, 1, round(means[title], 4) + 0.0, "ret:data")
        sheet.number(row, 2, sum(v <= -LITTLE for v in shown[title]), "int:data")
        sheet.text(row, 3, name, "wrap:data")
        sheet.number(row, 4, share if hurt else None, "ret:data")
        sheet.raw.set_row(row, 12.5 * min(tall(name, 38), TALLEST) + 3)
    sheet.raw.repeat_rows(3)
    sheet.raw.freeze_panes(4, 1)

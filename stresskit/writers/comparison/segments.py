"""The sheet Segments: what each makes of the portfolios, and whom it hits hardest."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from stresskit.writers.comparison.compared import (
    LITTLE,
    money_width,
    name_of,
    named_worst,
)
from stresskit.writers.comparison.rows import fit
from stresskit.writers.text import finite
from stresskit.writers.workbook.book import UNKNOWN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.model.batch import BatchLine
    from stresskit.writers.comparison.compared import Compared
    from stresskit.writers.workbook.book import Book, Sheet

FIRST = 4
LABELS = (
    *("Segment", "Average, % of value", "Median where held, % of value"),
    *("Portfolios that hold it", "Portfolios that lose by it"),
    *("Portfolios whose worst it is", "Hit hardest", "Its P&L, % of value"),
)


def write_segments(book: Book, compared: Compared) -> None:
    """Write the sheet."""
    lines = compared.known
    titles, made = _made(lines)
    sums = _by_currency(lines, made)
    widths = [30, 11, 13, 12, 12, 12, 26, 11]
    money = money_width([x for amounts in sums.values() for x in amounts])
    sheet = book.sheet("Segments")
    sheet.widths([*widths, *(money for _ in sums)])
    sheet.title(
        "Segments",
        "What each segment makes, in % of a portfolio's value; the average counts "
        "every portfolio alike, also those without the segment. What is below 0.005% "
        "everywhere is left out.",
        len(LABELS) + len(sums),
    )
    sheet.header(FIRST - 1, LABELS, height=44)
    for col, currency in enumerate(sums, len(LABELS)):
        sheet.say(FIRST - 1, col, "P&L ({unit})", "head", unit=currency)
    means = np.nansum(made, axis=0) / max(len(lines), 1)
    worst = Counter(named_worst(line) for line in lines)
    order = sorted(range(len(titles)), key=lambda n: (means[n], titles[n]))
    for row, number in enumerate(order, FIRST):
        sheet.data(row, 0, titles[number])
        # Rounded to what is shown: there is no minus zero.
        sheet.number(row, 1, round(means[number], 4) + 0.0, "ret:data")
        sheet.number(row, 5, worst[titles[number]], "int:data")
        _held(sheet, row, lines, made[:, number])
        for col, amounts in enumerate(sums.values(), len(LABELS)):
            sheet.number(row, col, amounts[number], "money:data")
    sheet.raw.repeat_rows(FIRST - 1)
    sheet.raw.freeze_panes(FIRST, 1)


def _made(lines: list[BatchLine]) -> tuple[list[str], NDArray[np.float64]]:
    """Return the segments that make anything, and what each makes of each portfolio.

    A portfolio without the segment has no number.
    """
    titles = sorted({title for line in lines for title in line.segments})
    found = [[line.segments.get(title, np.nan) for title in titles] for line in lines]
    made = np.array(found, dtype=np.float64).reshape(len(lines), len(titles))
    large = np.flatnonzero((np.abs(made) >= LITTLE).any(axis=0))
    return [titles[n] for n in large], made[:, large]


def _by_currency(
    lines: list[BatchLine], made: NDArray[np.float64]
) -> dict[str, list[float]]:
    """Return what the segments make in each currency, that of most portfolios first."""
    of = np.array(
        ["" if finite(x.value) is None else x.currency or UNKNOWN for x in lines]
    )
    values = np.array([abs(finite(line.value) or 0.0) for line in lines])
    counts = Counter(sorted(c for c in of.tolist() if c))
    return {
        currency: np.nansum(
            made[of == currency] * values[of == currency, None], axis=0
        ).tolist()
        for currency, _ in counts.most_common()
    }


def _held(
    sheet: Sheet, row: int, lines: list[BatchLine], made: NDArray[np.float64]
) -> None:
    """Write how many hold and lose by a segment, and whom it hits hardest."""
    hardest = int(np.nanargmin(made))
    hurt = made[hardest] <= -LITTLE
    name = name_of(lines[hardest]) if hurt else UNKNOWN
    sheet.number(row, 2, round(np.nanmedian(made), 4) + 0.0, "ret:data")
    sheet.number(row, 3, np.isfinite(made).sum(), "int:data")
    sheet.number(row, 4, (made <= -LITTLE).sum(), "int:data")
    sheet.text(row, 6, name, "wrap:data")
    sheet.number(row, 7, made[hardest] if hurt else None, "ret:data")
    fit(sheet, row, (name, 26))

"""How tall the rows of these tables are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.writers.workbook.book import lines

if TYPE_CHECKING:
    from stresskit.writers.workbook.book import Sheet

TALLEST = 12


def fit(
    sheet: Sheet, row: int, *texts: tuple[str, int], tallest: int = TALLEST
) -> None:
    """Make a row as tall as its texts need, each in a column of a width."""
    height = max(tall(text, width) for text, width in texts)
    sheet.raw.set_row(row, 12.5 * min(height, tallest) + 3)


def tall(text: str, width: int) -> int:
    """Return how many lines a text takes; one without blanks breaks anywhere."""
    return max(lines(text, width), len(text) // int(width * 1.25) + 1)

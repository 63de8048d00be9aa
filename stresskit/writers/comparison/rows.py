"""How tall the rows of these tables are, and what of a share is nothing."""

from __future__ import annotations

from stresskit.writers.workbook.book import lines

TALLEST = 12
# What is less than this share of a portfolio's value is shown as nothing.
LITTLE = 0.00005


def tall(text: str, width: int) -> int:
    """Return how many lines a text takes; one without blanks breaks anywhere."""
    return max(lines(text, width), len(text) // int(width * 1.25) + 1)

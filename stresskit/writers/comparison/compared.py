"""The portfolios in their order, compared with the limit once for all sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from stresskit.writers.text import finite
from stresskit.writers.workbook.words import Said, fixed, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stresskit.model.batch import BatchLine, BatchSummary
    from stresskit.writers.workbook.book import Sheet
    from stresskit.writers.workbook.language import Language

T = TypeVar("T")

# What a sheet lists where everything is kept elsewhere too.
MOST = 1000
# What is less than this share of a portfolio's value is shown as nothing.
LITTLE = 0.00005
# One decimal is shown: what it rounds to nothing is not named.
NAMED = 10 * LITTLE


class Compared:
    """A summary's portfolios, sorted, and which of them are listed.

    Parameters
    ----------
    summary
        The portfolios under one question.
    """

    def __init__(self, summary: BatchSummary):
        self.summary = summary
        self.done = summary.done
        self.failed = summary.failed
        self.known = [line for line in self.done if line.pnl_pct is not None]
        self.shares = [line.pnl_pct for line in self.known if line.pnl_pct is not None]
        self.breached = [line for line in self.done if summary.breaches(line)]
        self.shown = self.most(self.done)
        # Formulas over rows that are not listed would give something else.
        self.live = len(self.shown) == len(self.done)

    def most(self, found: Sequence[T]) -> Sequence[T]:
        """Return what is listed of so many: all that is kept nowhere else."""
        return found[:MOST] if self.summary.whole else found

    def put(
        self,
        sheet: Sheet,
        row: int,
        col: int,
        formula: str,
        value: float | str | None,
        style: str,
    ) -> None:
        """Write a formula over the listed portfolios, or its value if some are not."""
        style = style if self.live or ":" in style else f"{style}:data"
        if self.live:
            sheet.formula(row, col, formula, value, style)
        elif isinstance(value, str):
            sheet.text(row, col, value, style)
        else:
            sheet.number(row, col, value, style)

    def rest(self, sheet: Sheet, at: tuple[int, int], listed: int, count: int) -> None:
        """Say how many are listed and where all are, unless all are listed."""
        if listed == count:
            return
        sheet.say(
            *at,
            "{listed} of {all} are listed here; all are in {whole}, beside this "
            "workbook.",
            "text:strong",
            listed=sheet.language.number(listed),
            all=sheet.language.number(count),
            whole=self.summary.whole,
        )

    def answer(
        self, sheet: Sheet, at: tuple[int, int], breaches: str, style: str
    ) -> None:
        """Say how many breach the limit, by the formula of their number."""
        language, number = sheet.language, len(self.breached)
        count = Said(breaches, str(number) if self.live else language.number(number))
        said = joined(
            language,
            "{count} of {all} portfolios breach the limit of {limit}.",
            count=count,
            all=fixed(language.number(len(self.done))),
            limit=self._limit(language),
        )
        if self.live:
            sheet.formula(*at, f"={said.formula}", said.value, style)
        else:
            sheet.text(*at, said.value, style)

    def _limit(self, language: Language) -> Said:
        """Return the limit as it follows its cell, in the digits a formula gives."""
        said = self.limit_said(language)
        if not self.live:
            return fixed(said)
        limit = self.summary.limit
        if self.summary.limit_share:
            percent = f"{round(100 * limit, 2):.15g}"
            return Said("ROUND(100*LossLimit,2)", percent) + fixed(language.percent)
        return Said("ROUND(LossLimit,2)", f"{round(limit, 2):.15g}")

    def limit_said(self, language: Language) -> str:
        """Return the limit as it was run."""
        if self.summary.limit_share:
            percent = f"{round(100 * self.summary.limit, 2):.15g}"
            return language.digits(percent) + language.percent
        return language.digits(f"{round(self.summary.limit, 2):,.15g}")


def money_width(amounts: Sequence[float | None]) -> float:
    """Return the width that the largest amount needs, with its marks."""
    largest = max((abs(finite(x) or 0.0) for x in amounts), default=0.0)
    return max(10.0, len(f"{largest:,.0f}") + 3.0)


def name_of(line: BatchLine) -> str:
    """Return what a portfolio is called."""
    return line.name or line.file


def named_worst(line: BatchLine) -> str:
    """Return the segment that costs most; empty where what it costs shows as 0."""
    worst = line.worst_segment
    return worst if line.segments.get(worst, 0.0) <= -NAMED else ""

"""The sheet Limits breached: who loses more than the limit, and by how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.writers.comparison.compared import money_width, name_of, named_worst
from stresskit.writers.comparison.rows import fit
from stresskit.writers.workbook.book import UNKNOWN

if TYPE_CHECKING:
    from stresskit.model.batch import BatchLine
    from stresskit.writers.comparison.compared import Compared
    from stresskit.writers.workbook.book import Book, Sheet

SHEET = "Limits breached"
FIRST = 5
COLUMNS = (
    ("Portfolio", 28.0),
    ("File", 20),
    ("Currency", 8),
    ("Value", 0),
    ("P&L", 0),
    ("P&L, % of value", 8),
    ("Beyond the limit", 0),
    ("Beyond the limit, % of value", 10),
    ("Covered, %", 8),
    ("Worst segment", 22),
)
HEDGE = (("Suggested hedge", 24.0), ("P&L after it, %", 8))


def write_breaches(book: Book, compared: Compared) -> None:
    """Write the sheet."""
    summary = compared.summary
    shown = compared.most(compared.breached)
    columns = COLUMNS + (HEDGE if summary.hedged else ())
    money = money_width([line.value for line in shown])
    sheet = book.sheet(SHEET)
    sheet.widths([width or money for _, width in columns])
    sheet.title(
        SHEET,
        "Who loses more than the limit of {limit} that was run, the largest loss in % "
        "first. Amounts are in each portfolio's own currency.",
        len(columns),
        limit=compared.limit_said(book.language),
    )
    sheet.raw.freeze_panes(2, 0)
    if compared.live:
        _moved(sheet, compared)
    # Who scrolls down is told where the list ends.
    for row in (FIRST - 2, FIRST + len(shown)):
        compared.rest(sheet, (row, 0), len(shown), len(compared.breached))
    if not shown:
        sheet.say(FIRST - 2, 0, "No portfolio loses more than the limit.", "text:plain")
        return
    sheet.header(FIRST - 1, [label for label, _ in columns], left=2, height=32)
    for row, line in enumerate(shown, FIRST):
        _line(sheet, compared, row, line)
    sheet.raw.autofilter(FIRST - 1, 0, FIRST + len(shown) - 1, len(columns) - 1)
    sheet.raw.repeat_rows(FIRST - 1)
    sheet.raw.freeze_panes(FIRST, 1)


def _moved(sheet: Sheet, compared: Compared) -> None:
    """Say so where the limit is no longer the one that this list is of."""
    said = sheet.language.say(
        "The limit was changed on the league table, which follows it; this list does "
        "not."
    )
    limit = f"{compared.summary.limit!r}"
    formula = f'=IF(ABS(LossLimit-{limit})<=1E-9*{limit},"","{said}")'
    sheet.formula(2, 0, formula, "", "note")


def _line(sheet: Sheet, compared: Compared, row: int, line: BatchLine) -> None:
    beyond, share = _beyond(compared, line)
    sheet.text(row, 0, name_of(line), "wrap:data")
    sheet.text(row, 1, line.file, "wrap:data")
    sheet.text(row, 2, line.currency or UNKNOWN, "label:data")
    sheet.number(row, 3, line.value, "money:data")
    sheet.number(row, 4, line.pnl, "money:data")
    sheet.number(row, 5, line.pnl_pct, "pct:data")
    sheet.number(row, 6, beyond, "money:data")
    sheet.number(row, 7, share, "pct:data")
    sheet.number(row, 8, line.coverage, "pct:data|0%")
    worst = named_worst(line)
    sheet.data(row, 9, worst or UNKNOWN, "wrap:data")
    if compared.summary.hedged:
        sheet.data(row, 10, line.hedge or UNKNOWN, "wrap:data")
        sheet.number(row, 11, line.hedged_pct, "pct:data")
    fit(sheet, row, (line.name, 28), (line.file, 20), (worst, 22), (line.hedge, 24))


def _beyond(compared: Compared, line: BatchLine) -> tuple[float | None, float | None]:
    """Return what is lost beyond the limit: money, and as a share of the value."""
    summary, value = compared.summary, line.value
    if summary.limit_share:
        share = -(line.pnl_pct or 0.0) - summary.limit
        return None if value is None else share * value, share
    beyond = -(line.pnl or 0.0) - summary.limit
    return beyond, beyond / abs(value) if value else None

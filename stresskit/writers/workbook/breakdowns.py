"""The Breakdowns sheet: value and P&L by what positions are, and both ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.model import BREAKDOWNS
from stresskit.writers.workbook.positions import money_width

if TYPE_CHECKING:
    from stresskit.model import Part, PositionResult
    from stresskit.writers.workbook.book import Book, Sheet
    from stresskit.writers.workbook.layout import Layout

TITLES = {
    "segment": "By main segment",
    "group": "By group of segments",
    "sector": "By sector",
    "country": "By country",
    "currency": "By currency of the line",
    "account": "By account",
    "direction": "Long and short",
    "asset_class": "By class",
}
ENDS = 10
LAST = 5


def write(book: Book, layout: Layout) -> None:
    """Write the sheet."""
    sheet = book.sheet("Breakdowns")
    m = money_width(layout) + 1
    sheet.widths([38, m, m, m, 11, m])
    sheet.title(
        "Breakdowns",
        "As the engine had them; amounts in {unit}, a loss is negative. Not "
        "changed by inputs of this workbook.",
        LAST + 1,
    )
    row = _ends(sheet, layout, 3)
    for by in BREAKDOWNS:
        parts = layout.result.breakdown(by)
        if len(parts) > 1 or by == "asset_class":
            row = _parts(sheet, layout, row, by, parts)
    sheet.raw.freeze_panes(2, 1)


def _ends(sheet: Sheet, layout: Layout, row: int) -> int:
    rows = sorted(layout.rows, key=lambda r: r.pnl)
    losses = [r for r in rows[:ENDS] if r.pnl < 0]
    gains = [r for r in rows[::-1][:ENDS] if r.pnl > 0]
    row = _lines(sheet, layout, row, "Largest losses", losses)
    return _lines(sheet, layout, row, "Largest gains", gains)


def _lines(
    sheet: Sheet, layout: Layout, row: int, title: str, rows: list[PositionResult]
) -> int:
    if not rows:
        return row
    sheet.section(row, 0, LAST, title)
    labels = ["Position", "Value", "Stressed exposure", "P&L", "P&L %"]
    sheet.header(row + 1, [*labels, "One more % of the value makes"], height=40)
    for n, r in enumerate(rows, row + 2):
        sheet.text(n, 0, r.position.name or r.position.id, "text:data")
        sheet.number(n, 1, r.base_value, "money:data")
        sheet.number(n, 2, r.stressed_exposure, "money:data")
        sheet.number(n, 3, r.pnl, "money:data")
        sheet.number(n, 4, r.pnl_pct, "pct:data")
        sheet.number(n, 5, layout.result.marginal(r), "money:data")
    return row + len(rows) + 3


def _parts(
    sheet: Sheet, layout: Layout, row: int, by: str, parts: tuple[Part, ...]
) -> int:
    base = layout.result.base_value
    titles = {k: s.title for k, s in layout.titles.items()} | layout.group_titles
    sheet.section(row, 0, LAST - 1, TITLES[by])
    sheet.header(row + 1, ["", "Value", "Gross value", "P&L", "P&L, % of value"])
    for n, part in enumerate(parts, row + 2):
        sheet.data(n, 0, titles.get(part.key, part.key))
        sheet.number(n, 1, part.value, "money:data")
        sheet.number(n, 2, part.gross, "money:data")
        sheet.number(n, 3, part.pnl, "money:data")
        sheet.number(n, 4, part.pnl / base if base else None, "pct:data")
    return row + len(parts) + 3

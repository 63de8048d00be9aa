"""The Breakdowns sheet: value and P&L by what positions are, and both ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.model import BREAKDOWNS, NOT_STATED
from stresskit.writers.workbook.book import cell
from stresskit.writers.workbook.layout import FIRST, Pos
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
COLUMNS = (Pos.BASE, Pos.EXPOSURE, Pos.PNL, Pos.PCT)


def write(book: Book, layout: Layout) -> None:
    """Write the sheet."""
    sheet = book.sheet("Breakdowns")
    m = money_width(layout) + 1
    sheet.widths([38, m, m, m, 11, m])
    sheet.title(
        "Breakdowns",
        "Amounts in {unit}, a loss is negative. Lists keep the order of the run; their "
        "figures follow the inputs.",
        LAST + 1,
    )
    row = _ends(sheet, layout, 3)
    for by in BREAKDOWNS:
        parts = layout.result.breakdown(by)
        if len(parts) > 1 or by == "asset_class":
            row = _parts(sheet, layout, row, by, parts)
    # Few columns: the type of the other pages, not the width of the page.
    sheet.raw.set_print_scale(72)
    sheet.raw.freeze_panes(2, 1)


def _ends(sheet: Sheet, layout: Layout, row: int) -> int:
    rows = sorted(enumerate(layout.rows), key=lambda r: r[1].pnl)
    losses = [r for r in rows[:ENDS] if r[1].pnl < 0]
    gains = [r for r in rows[::-1][:ENDS] if r[1].pnl > 0]
    row = _lines(sheet, layout, row, "Largest losses", losses)
    return _lines(sheet, layout, row, "Largest gains", gains)


def _lines(
    sheet: Sheet,
    layout: Layout,
    row: int,
    title: str,
    rows: list[tuple[int, PositionResult]],
) -> int:
    if not rows:
        return row
    sheet.section(row, 0, LAST, title)
    labels = ["Position", "Value", "Stressed exposure", "P&L", "P&L %"]
    sheet.header(row + 1, [*labels, "One more % of the value makes"], height=40)
    for at, (n, r) in enumerate(rows, row + 2):
        sheet.text(at, 0, r.position.name or r.position.id, "text:data")
        source = {c: f"Positions!{cell(FIRST + n, c)}" for c in COLUMNS}
        base, pnl = source[Pos.BASE], source[Pos.PNL]
        of = f"IF({base}<>0,ABS({base}),ABS({source[Pos.EXPOSURE]}))"
        marginal = f'=IF(OR(NAV=0,{of}=0),"",0.01*ABS(NAV)*{pnl}/({of}))'
        sheet.formula(at, 1, f"={base}", r.base_value, "money")
        exposed = f"={source[Pos.EXPOSURE]}"
        sheet.formula(at, 2, exposed, r.stressed_exposure, "money")
        sheet.formula(at, 3, f"={pnl}", r.pnl, "money")
        sheet.formula(at, 4, f"={source[Pos.PCT]}", r.pnl_pct, "pct")
        sheet.formula(at, 5, marginal, layout.result.marginal(r), "money")
    return row + len(rows) + 3


def _parts(
    sheet: Sheet, layout: Layout, row: int, by: str, parts: tuple[Part, ...]
) -> int:
    base = layout.result.base_value
    sheet.section(row, 0, LAST - 1, TITLES[by])
    sheet.header(row + 1, ["", "Value", "Gross value", "P&L", "P&L, % of value"])
    names = dict(zip(layout.result.parts_of(by), _named(layout, by), strict=True))
    for n, part in enumerate(parts, row + 2):
        if by == "segment":
            title = layout.titles.get(part.key)
            sheet.data(n, 0, title.title if title else part.key)
            own = layout.positions(Pos.SEGMENT)
            key = '""' if part.key == NOT_STATED else f'"{part.key}"'
        else:
            sheet.text(n, 0, names[part.key], "text:data")
            own = layout.positions(Pos.GROUP + Pos.KEYS.index(by))
            key = cell(n, 0)
        columns = ((1, Pos.BASE, part.value), (2, Pos.GROSS, part.gross))
        for col, source, value in (*columns, (3, Pos.PNL, part.pnl)):
            total = f"=SUMPRODUCT(({own}={key})*{layout.positions(source)})"
            sheet.formula(n, col, total, value, "money")
        share = f'=IF(NAV=0,"",{cell(n, 3)}/NAV)'
        sheet.formula(n, 4, share, part.pnl / base if base else None, "pct")
    return row + len(parts) + 3


def _named(layout: Layout, by: str) -> list[str]:
    return layout.result.parts_of(by) if by == "segment" else layout.part_names(by)

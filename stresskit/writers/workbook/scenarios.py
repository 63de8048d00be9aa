"""The Scenarios sheet: the portfolio under more scenarios, and a benchmark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.writers.workbook.book import area
from stresskit.writers.workbook.language import Given
from stresskit.writers.workbook.positions import money_width, tidy
from stresskit.writers.workbook.styles import GAIN, LOSS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stresskit.model import Attribution, ScenarioResult
    from stresskit.writers.workbook.book import Book, Sheet
    from stresskit.writers.workbook.layout import Layout

LABELS = ("P&L", "% of value", "Range, low", "Range, high", "Market", "Segments")
MORE_LABELS = ("Own name", "Currency", "Rates and so on", "Options", "Cross, floor")


def write(book: Book, layout: Layout) -> None:
    """Write the sheet; without more scenarios or a benchmark, none."""
    result = layout.result
    if not (result.scenarios or result.comparison):
        return
    sheet = book.sheet("Scenarios")
    m = max(money_width(layout), 11.0)
    count = max(len(result.scenarios) + 2, len(LABELS) + len(MORE_LABELS))
    sheet.widths([36, *[m] * count])
    sheet.title(
        "Scenarios",
        "The same portfolio under more scenarios, as the engine had them; amounts in "
        "{unit}, a loss is negative. Not changed by inputs of this workbook.",
        count + 1,
    )
    row = 3
    if result.scenarios:
        row = _table(sheet, layout, row)
        row = _by_segment(sheet, layout, row)
    row = _comparison(sheet, layout, row)
    if result.scenarios:
        _by_position(sheet, layout, row)
    sheet.raw.freeze_panes(2, 1)


def _parts(a: Attribution, base: float) -> list[float]:
    cross = tidy(a.cross, base)
    return [a.market, a.segments, a.own_name, a.fx, a.others, a.options, cross]


def _table(sheet: Sheet, layout: Layout, row: int) -> int:
    result = layout.result
    sheet.section(row, 0, len(LABELS) + len(MORE_LABELS), "P&L by scenario")
    sheet.header(row + 1, ["Scenario", *LABELS, *MORE_LABELS])
    main = [
        ("This report", result.pnl, result.pnl_pct, result.band, result.attribution)
    ]
    more = [
        (s.label, s.pnl, s.pnl_pct, s.band, s.attribution) for s in result.scenarios
    ]
    for n, (label, pnl, share, band, parts) in enumerate([*main, *more], row + 2):
        sheet.data(n, 0, label)
        sheet.number(n, 1, pnl, "money:data")
        sheet.number(n, 2, share, "pct:data")
        sheet.number(n, 3, band.low, "money:data")
        sheet.number(n, 4, band.high, "money:data")
        for col, value in enumerate(_parts(parts, result.base_value), 5):
            sheet.number(n, col, value, "money:data")
    last = row + 2 + len(more)
    return last + 2


def _matrix(
    sheet: Sheet,
    row: int,
    title: str,
    scenarios: Sequence[ScenarioResult],
    lines: Iterable[tuple[str, Sequence[float]]],
) -> int:
    drawn = len(scenarios) + 2
    sheet.section(row, 0, drawn, title)
    labels = ["", "This report", *(Given(s.label) for s in scenarios), "Drawn"]
    sheet.header(row + 1, labels, height=58)
    at = row + 2
    for label, values in lines:
        sheet.text(at, 0, label, "text:data")
        for col, value in enumerate(values, 1):
            sheet.number(at, col, value, "money:data")
        _draw(sheet, at, drawn)
        at += 1
    return at + 1


def _draw(sheet: Sheet, row: int, col: int) -> None:
    """Draw a line's figures as small columns beside them, losses downwards."""
    themed = sheet.styles.themed
    name = sheet.book.name_of(sheet.name).replace("'", "''")
    sheet.text(row, col, "", "text:data")
    options = {
        "range": f"'{name}'!{area(row, 1, row, col - 1)}",
        "type": "column",
        "negative_points": True,
        "axis": True,
        "series_color": themed(GAIN),
        "negative_color": themed(LOSS),
    }
    sheet.raw.add_sparkline(row, col, options)


def _by_segment(sheet: Sheet, layout: Layout, row: int) -> int:
    result = layout.result
    ids = [s.segment for s in layout.shown_segments]
    mine = {s.segment: s for s in result.by_segment}
    theirs = [{s.segment: s.pnl for s in r.by_segment} for r in result.scenarios]
    lines = (
        (
            layout.language.data(mine[k].title or k),
            [mine[k].pnl, *(t.get(k, 0.0) for t in theirs)],
        )
        for k in ids
    )
    return _matrix(sheet, row, "P&L by segment and scenario", result.scenarios, lines)


def _by_position(sheet: Sheet, layout: Layout, row: int) -> int:
    result = layout.result
    columns = [s.by_position for s in result.scenarios]
    lines = (
        (r.position.name or r.position.id, [r.pnl, *(c[n] for c in columns)])
        for n, r in enumerate(result.by_position)
    )
    return _matrix(sheet, row, "P&L by position and scenario", result.scenarios, lines)


def _comparison(sheet: Sheet, layout: Layout, row: int) -> int:
    c = layout.result.comparison
    if c is None:
        return row
    sheet.section(row, 0, 4, "Against {name}", name=c.name)
    facts = [
        ("Portfolio, % of value", c.pnl_pct),
        ("Benchmark, % of value", c.benchmark_pnl_pct),
        ("Difference, % of value", c.active_pnl_pct),
        ("Weight in both", c.overlap),
    ]
    for n, (label, value) in enumerate(facts, row + 1):
        sheet.data(n, 0, label)
        sheet.number(n, 1, value, "pct:data")
    sheet.say(row + 5, 0, "Difference ({unit})", "text:data")
    sheet.number(row + 5, 1, c.active_pnl, "money:data")
    sheet.header(row + 7, ["Segment", "Portfolio", "Benchmark", "Difference of P&L"])
    shown = [s for s in c.by_segment if s.pnl_pct]
    for n, s in enumerate(shown, row + 8):
        sheet.data(n, 0, s.title)
        sheet.number(n, 1, s.portfolio, "pct:data")
        sheet.number(n, 2, s.benchmark, "pct:data")
        sheet.number(n, 3, s.pnl_pct, "pct:data")
    return row + 9 + len(shown)

"""The Sensitivities sheet: other severities and estimates, and the way to a loss."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from stresskit.core.stress.said import sentences_of
from stresskit.model import MARKET
from stresskit.writers.workbook.book import cell
from stresskit.writers.workbook.charts import (
    amounts,
    axis,
    dress,
    font,
    pixels,
    place,
)
from stresskit.writers.workbook.exposures import scale
from stresskit.writers.workbook.grid import SEVERITIES, Variant
from stresskit.writers.workbook.language import Given
from stresskit.writers.workbook.layout import Layout, Scen
from stresskit.writers.workbook.positions import money_width
from stresskit.writers.workbook.scenario import against_base, modelled_move
from stresskit.writers.workbook.styles import GREY, PRIMARY
from stresskit.writers.workbook.words import spoken

if TYPE_CHECKING:
    from stresskit.model import FactorMove
    from stresskit.writers.workbook.book import Book, Sheet
    from stresskit.writers.workbook.layout import Driven

SHEET = "Sensitivities"
LAST = 8
TOP = 10
WIDTH = 120


def write(book: Book, layout: Layout) -> None:
    """Write the sheet."""
    sheet = book.sheet(SHEET)
    m = max(money_width(layout), 12.0)
    widths = [36, m, m, m, m, 14, 14, 14, 14]
    sheet.widths(widths)
    line = (
        "What other severities and other estimates would give; amounts in {unit}, a "
        "loss is negative. Severities in yellow may be changed."
    )
    if not layout.live_variants:
        line = (
            "What other severities and other estimates would give, as run; amounts in "
            "{unit}, a loss is negative."
        )
    sheet.title(SHEET, line, LAST + 1)
    _line(sheet, layout)
    size = (pixels(widths[5:]), 290)
    place(sheet, (layout.LINE_FIRST - 2, 5), _chart(sheet.book, layout), size=size)
    row = _estimates(sheet, layout, layout.estimates_first)
    row = _points(sheet, layout, row)
    sheet.raw.set_h_pagebreaks([row])
    row = _words(sheet, layout, row)
    last = _reverse(sheet, layout, row)
    if layout.live_variants:
        _drivers(sheet, layout)
    sheet.print_area(last, LAST)
    sheet.raw.freeze_panes(2, 1)


def _line(sheet: Sheet, layout: Layout) -> None:
    """Write the P&L by severity, with the range as run, and its chart."""
    first = layout.LINE_FIRST
    sheet.section(first - 2, 0, 4, "P&L by severity")
    labels = ["Severity", "P&L ({unit})", "% of value"]
    labels += ["Range, low, as run ({unit})", "Range, high, as run ({unit})"]
    sheet.header(first - 1, labels, left=0, height=32)
    for n in range(len(SEVERITIES)):
        at, variant = first + n, layout.variants[n]
        if layout.live_variants:
            sheet.number(at, 0, variant.severity, "label:input|0.00")
        else:
            sheet.number(at, 0, variant.severity, "label:data|0.00")
        _pnl(sheet, layout, at, 1, n)
        _share(sheet, layout, at, 2, 1)
        same = f"AND(InputsUnchanged,{cell(at, 0)}={variant.severity!r})"
        for col, end in ((3, variant.band.low), (4, variant.band.high)):
            sheet.formula(at, col, f'=IF({same},{end!r},"")', end, "money")
    note = "The range is empty once an input is changed: only the engine can give it."
    sheet.say(first + len(SEVERITIES), 0, note, "note")


def _pnl(sheet: Sheet, layout: Layout, at: int, col: int, number: int) -> None:
    value = float(layout.variants[number].pnl.sum())
    if layout.live_variants:
        total = f"=Grid!{cell(layout.GRID_TOTAL, layout.grid_column(number))}"
        sheet.formula(at, col, total, value, "money")
    else:
        sheet.number(at, col, value, "money:data")


def _share(sheet: Sheet, layout: Layout, at: int, col: int, of: int) -> None:
    base = layout.result.base_value
    n = at - layout.LINE_FIRST
    k = n if n < len(SEVERITIES) else at - layout.estimates_first - 2 + len(SEVERITIES)
    value = float(layout.variants[k].pnl.sum())
    formula = f'=IF(NAV=0,"",{cell(at, of)}/NAV)'
    sheet.formula(at, col, formula, value / base if base else None, "pct")


def _chart(book: Book, layout: Layout) -> tuple[Any, str]:
    kind = {"type": "scatter", "subtype": "straight_with_markers"}
    chart, name = book.workbook.add_chart(kind), book.name_of(SHEET)
    first = layout.LINE_FIRST
    last = first + len(SEVERITIES) - 1
    ink, grey = (book.styles.themed(c) for c in (PRIMARY, GREY))
    lines = (
        (1, "P&L", ink, 2.25, "solid", "circle"),
        (3, "Range, low", grey, 1.0, "dash", "none"),
        (4, "Range, high", grey, 1.0, "round_dot", "none"),
    )
    for col, label, colour, width, dash, marker in lines:
        fill = {"color": colour}
        chart.add_series(
            {
                "name": book.language.say(label),
                "categories": [name, first, 0, last, 0],
                "values": [name, first, col, last, col],
                "line": {"color": colour, "width": width, "dash_type": dash},
                "marker": {"type": marker, "size": 5, "fill": fill, "border": fill},
            }
        )
    dress(book, chart, "P&L by severity ({unit})")
    chart.set_legend({"position": "bottom", "font": font(book)})
    chart.set_x_axis(
        {**axis(book, "0.0", "Severity"), "min": 0, "label_position": "low"}
    )
    chart.set_y_axis(amounts(book, layout))
    double = next(v for v in layout.variants if v.severity == 2.0)
    return chart, layout.language.say(
        "Line of the P&L by severity: {change} at severity 2, as run.",
        change=spoken(layout, float(double.pnl.sum())),
    )


def _estimates(sheet: Sheet, layout: Layout, row: int) -> int:
    """Write the P&L with other estimates; return the next section's row."""
    sheet.section(row, 0, 3, "If an estimate were otherwise, at this severity")
    labels = ["Estimate", "P&L ({unit})", "% of value", "Difference ({unit})"]
    sheet.header(row + 1, labels)
    others = layout.variants[len(SEVERITIES) :]
    plain = float(others[0].pnl.sum())
    for n, variant in enumerate(others):
        at = row + 2 + n
        sheet.say(at, 0, variant.label, "text")
        _pnl(sheet, layout, at, 1, len(SEVERITIES) + n)
        _share(sheet, layout, at, 2, 1)
        change = f"={cell(at, 1)}-{cell(row + 2, 1)}"
        sheet.formula(at, 3, change, float(variant.pnl.sum()) - plain, "money")
    return row + 3 + len(others)


def _points(sheet: Sheet, layout: Layout, row: int) -> int:
    """Write what one more point of a segment's fall costs, the most first."""
    shown = sorted(enumerate(layout.shown_segments), key=lambda s: -abs(s[1].exposure))
    sheet.section(row, 0, 3, "If one segment fell by one point more")
    labels = ["Segment", "Money exposed ({unit})", "% of value", "P&L ({unit})"]
    sheet.header(row + 1, labels)
    base = layout.result.base_value
    for n, (place_, segment) in enumerate(shown[:TOP]):
        at = row + 2 + n
        sheet.data(at, 0, segment.title or segment.segment, "text")
        exposed = f"=Attribution!{cell(layout.shown_first + place_, 3)}"
        sheet.formula(at, 1, exposed, segment.exposure, "money")
        share = f'=IF(NAV=0,"",{cell(at, 1)}/NAV)'
        sheet.formula(at, 2, share, segment.exposure / base if base else None, "pct")
        point = f"=-0.01*{cell(at, 1)}"
        sheet.formula(at, 3, point, -0.01 * segment.exposure, "money")
    return row + 3 + min(len(shown), TOP)


def _words(sheet: Sheet, layout: Layout, row: int) -> int:
    """Write in words what it takes to lose the limit, and the distribution."""
    result, language = layout.result, layout.language

    def money(value: float) -> str:
        if layout.shares:
            return f"{value:.2%}"
        return f"{value:,.0f} {result.currency or ''}".rstrip()

    said = sentences_of(result.distribution, money) if result.distribution else []
    said += result.reverse.sentences if result.reverse else ()
    if not said:
        return row
    sheet.section(row, 0, LAST, "What it takes to lose the limit, as run")
    for n, sentence in enumerate(said, 1):
        sheet.raw.merge_range(row + n, 0, row + n, LAST, "", sheet.styles["wrap:prose"])
        sheet.paragraph(row + n, language.data(sentence), width=WIDTH)
    return row + len(said) + 2


def _reverse(sheet: Sheet, layout: Layout, row: int) -> int:
    found = layout.result.reverse
    if found is None or not found.likeliest:
        return row
    loss = "Likeliest combination that loses the limit"
    row = _moves(sheet, row, loss, found.likeliest)
    worst = "Worst combination as far out as the scenario"
    return _moves(sheet, row, worst, found.worst)


def _moves(sheet: Sheet, row: int, title: str, moves: tuple[FactorMove, ...]) -> int:
    sheet.section(row, 0, 2, title)
    sheet.header(row + 1, ["Factor", "Move", "P&L ({unit})"])
    for n, move in enumerate(moves, row + 2):
        sheet.data(n, 0, move.title)
        sheet.number(n, 1, move.move, "ret:data|0.00%")
        sheet.number(n, 2, move.pnl, "money:data")
    return row + len(moves) + 3


def _drivers(sheet: Sheet, layout: Layout) -> None:
    """Write, beside the page, the moves that each variant is made of."""
    d = layout.driven
    sheet.section(d.head - 1, d.first, d.last, "Figures behind the lines: moves")
    labels = [Given(text) for text in d.labels(layout)]
    for col, label in enumerate(labels, d.first):
        sheet.say(d.head, col, label, "head")
    for n, variant in enumerate(layout.variants):
        _driver_row(sheet, layout, d, n, variant)


def _driver_row(
    sheet: Sheet, layout: Layout, d: Driven, n: int, variant: Variant
) -> None:
    f, at = layout.figures, d.row(n)
    line = layout.LINE_FIRST + n
    severity = cell(at, d.severity)
    given = f"={cell(line, 0)}" if variant.severity is not None else "=Severity"
    value = variant.severity
    value = layout.result.scenario.severity if value is None else value
    sheet.formula(at, d.severity, given, value, "num")
    sheet.number(at, d.beta, variant.beta, "num:data")
    sheet.number(at, d.sensitivity, variant.sensitivity, "num:data")
    for place_, k in enumerate(f.used):
        moved = scale(_shock(layout, variant, k), severity)
        sheet.formula(
            at, d.segment(place_), f"={moved}", float(variant.shocks[k]), "ret"
        )
    for place_, region in enumerate(f.regions):
        leg = f"Scenario!{cell(layout.REGION_FIRST + place_, Scen.INPUT)}"
        value = variant.legs[region.name]
        sheet.formula(at, d.region(place_), f"={scale(leg, severity)}", value, "ret")
    driver = partial(_driver_move, layout, variant, severity)
    for place_, other in enumerate(f.others):
        row = layout.other_first + place_
        own = f"Scenario!{cell(row, Scen.INPUT)}"
        modelled = modelled_move(layout, other, row, severity, driver)
        moved = f"=IF(ISNUMBER({own}),{own},{modelled})"
        value = variant.others[other.id]
        sheet.formula(at, d.other(place_), moved, value, "ret:formula|0.000%")
    cells = [cell(at, d.other(k)) for k in range(len(f.others))]
    for place_, name in enumerate(f.currencies):
        own = f"Scenario!{cell(layout.fx_first + place_, Scen.INPUT)}"
        modelled = against_base(layout, name, cells)
        moved = f"=IF(ISNUMBER({own}),{own},{modelled})"
        sheet.formula(at, d.currency(place_), moved, variant.currencies[name], "ret")


def _shock(layout: Layout, variant: Variant, k: int) -> str:
    """Return the formula of a segment's shock at severity 1 in a variant."""
    row = layout.segment_first + k
    given = f"Scenario!{cell(row, Scen.INPUT)}"
    if variant.given is None:
        return given
    # What is changed in the workbook stays as it was set.
    as_run = f"Scenario!{cell(row, Scen.AS_RUN)}"
    return f"IF({given}={as_run},{float(variant.given[k])!r},{given})"


def _driver_move(layout: Layout, variant: Variant, severity: str, name: str) -> str:
    if name == MARKET:
        leg = f"Scenario!{cell(layout.region_row('US'), Scen.INPUT)}"
        return scale(leg, severity)
    k = layout.figures.segment_ids.index(name)
    return scale(_shock(layout, variant, k), severity)

"""The Attribution sheet: P&L by source and segment, the range, two charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.writers.workbook.book import area, cell
from stresskit.writers.workbook.charts import (
    pixels,
    place,
    segment_chart,
    waterfall_chart,
)
from stresskit.writers.workbook.exposures import others_open
from stresskit.writers.workbook.layout import Exp, Layout, Pos, Scen
from stresskit.writers.workbook.positions import TOTAL, money_width, tidy

if TYPE_CHECKING:
    from stresskit.writers.workbook.book import Book, Sheet

LAST = 9
VALUE, SHARE, EXPOSURE, EXPOSURE_SHARE, SHOCK, GROUP, ID, LOSS, GAIN = range(1, 10)
PARTS = (
    ("Market outside the theme", Pos.MARKET, "beta times the regional market"),
    ("Segments of the value chain", Pos.SEGMENTS, "sensitivities times segment shocks"),
    ("Companies' own moves", Pos.OWN, "replay mode only"),
    ("Currencies", Pos.FX, "against the base currency"),
    ("Rates, credit, gold, bitcoin", Pos.OTHERS, "see Scenario"),
    ("Options", Pos.OPTIONS, "beyond their delta, see Options"),
    ("Cross and floor", Pos.CROSS, "interaction, floor at -100%"),
)
RANGE_PARTS = (
    ("measurement", "Shocks: few companies each"),
    ("dispersion", "Companies within segments"),
    ("beta", "Betas are estimates"),
    ("mapping", "Mapping is partly judgement"),
    ("others", "Rates, currencies and so on"),
)
# The table of the range stands to the right of the one of the sources.
LABEL, ALONE, VARIANCE_SHARE, VARIANCE = range(6, 10)


def write(book: Book, layout: Layout) -> None:
    """Write the sheet."""
    sheet = book.sheet("Attribution")
    width = money_width(layout) + 1
    widths = [36, width, 11, width, 11, 10, 27, 18, width, width]
    sheet.widths(widths)
    sheet.title(
        "Attribution",
        "Where the P&L comes from. Amounts in {unit}; a loss is negative.",
        LAST + 1,
    )
    _parts(sheet, layout)
    _range(book, sheet, layout)
    _segments(sheet, layout)
    _steps(sheet, layout)
    height = layout.chart_rows * 20 - 10
    place(sheet, (3, 0), segment_chart(book, layout), size=(pixels(widths[:4]), height))
    place(
        sheet, (3, 4), waterfall_chart(book, layout), size=(pixels(widths[4:]), height)
    )
    if len(layout.shown_segments) > 8:
        sheet.raw.set_h_pagebreaks([layout.shown_first - 2])
    # What the chart draws from is for the formulas.
    sheet.print_area(layout.steps_first - 3, LAST)
    sheet.raw.freeze_panes(2, 0)


def _parts(sheet: Sheet, layout: Layout) -> None:
    result, first = layout.result, layout.parts_first
    a = result.attribution
    cross = tidy(a.cross, result.base_value)
    values = (a.market, a.segments, a.own_name, a.fx, a.others, a.options, cross)
    sheet.section(first - 2, 0, 4, "P&L by source")
    sheet.header(first - 1, ["Source", "P&L ({unit})", "% of value"])
    for number, ((label, col, note), value) in enumerate(
        zip(PARTS, values, strict=True)
    ):
        row = first + number
        sheet.say(row, 0, label, "text")
        total = f"=Positions!{cell(TOTAL, col)}"
        sheet.formula(row, VALUE, total, value, "money")
        share(sheet, layout, row, value)
        sheet.say(row, EXPOSURE, note, "note")
    row = first + len(PARTS)
    sheet.say(row, 0, "P&L", "text:total")
    column = area(first, VALUE, row - 1, VALUE)
    sheet.formula(row, VALUE, f"=SUM({column})", result.pnl, "money:total")
    share(sheet, layout, row, result.pnl, "pct:total")


def share(
    sheet: Sheet, layout: Layout, row: int, value: float, style: str = "pct"
) -> None:
    """Write the amount in the column before as a share of the portfolio."""
    base = layout.result.base_value
    sheet.formula(
        row,
        SHARE,
        f'=IF(NAV=0,"",{cell(row, VALUE)}/NAV)',
        value / base if base else None,
        style,
    )


def _range(book: Book, sheet: Sheet, layout: Layout) -> None:
    """Write the parts of the variance and the range that follows."""
    from stresskit.core.stress.band import CLUSTER_CORRELATION

    first, band = layout.parts_first, layout.result.band
    total = sum(band.parts.values())
    level = layout.language.share(band.level)
    sheet.section(first - 2, LABEL, LAST, "How far off: the {level} range", level=level)
    labels = ("Part", "Alone, +/- ({unit})", "% of variance", "Variance")
    for offset, label in enumerate(labels):
        sheet.say(first - 1, LABEL + offset, label, "head" if offset else "head_left")
    whole = area(first, VARIANCE, first + len(RANGE_PARTS) - 1, VARIANCE)
    for number, (key, label) in enumerate(RANGE_PARTS):
        row, value = first + number, band.parts.get(key, 0.0)
        variance = cell(row, VARIANCE)
        sheet.say(row, LABEL, label, "text")
        alone = f"=BandMultiplier*SQRT({variance})"
        sheet.formula(row, ALONE, alone, band.multiplier * value**0.5, "money")
        part = f"=IF(SUM({whole})=0,0,{variance}/SUM({whole}))"
        shown = value / total if total else 0.0
        sheet.formula(row, VARIANCE_SHARE, part, shown, "pct")
        sheet.formula(row, VARIANCE, f"={_variance(layout, key)}", value, "sci")
    row = first + len(RANGE_PARTS)
    sheet.say(row, LABEL, _multiplier_label(layout), "text")
    sheet.number(row, ALONE, band.multiplier, "num:data|0.0000")
    sheet.say(row + 1, LABEL, "Correlation in a segment", "text")
    sheet.number(row + 1, ALONE, CLUSTER_CORRELATION, "num:data")
    sheet.say(row + 2, LABEL, "Half width of the range", "text:total")
    half = f"=BandMultiplier*SQRT(SUM({whole}))"
    width = band.multiplier * total**0.5
    sheet.formula(row + 2, ALONE, half, width, "money:total")
    names = ("BandMultiplier", "Rho", "HalfWidth")
    for offset, name in enumerate(names):
        book.define(name, "Attribution", cell(row + offset, ALONE))


def _multiplier_label(layout: Layout) -> str:
    """Say what the half width is made of standard deviations by."""
    factor = layout.result.scenario.factor
    measured = factor.conformal_stocks or factor.conformal_portfolios
    return "Multiplier: conformal" if measured else "Multiplier: t, 5 degrees"


def _variance(layout: Layout, key: str) -> str:
    """Return the formula of one part of the variance, in money squared."""

    def x(col: int) -> str:
        return layout.exposures(col)

    if key == "others":
        return f"{layout.figures.others_variance!r}*{others_open(layout)}^2"
    if key == "measurement":
        exposed = layout.segment_row(Exp.EXPOSED_ERROR)
        return f"SUMPRODUCT(({exposed}*{layout.segment_row(Exp.SLOPE)})^2)"
    # Lines of one issuer share their errors: each line's times the issuer's sum.
    if key == "dispersion":
        clusters = layout.segment_row(Exp.CLUSTER)
        return (
            f"(1-Rho)*SUMPRODUCT({x(Exp.D)}*{x(Exp.NET)})+Rho*(SUMSQ({clusters})"
            f"+SUMPRODUCT({x(Exp.D)}*{x(Exp.NET_ALONE)}))"
        )
    money = x(Exp.ERROR_MONEY)
    if key == "beta":
        errors = f"{money}*{x(Exp.BETA_SD)}*{x(Exp.MARKET)}"
        return f"SUMPRODUCT({errors}*{x(Exp.NET_BETA)})"
    errors = f"{money}*{x(Exp.MAPPING_SD)}*{x(Exp.SLOPE_OWN)}"
    return f"SUMPRODUCT({errors}*{x(Exp.NET_PLACE)})"


def _segments(sheet: Sheet, layout: Layout) -> None:
    f, first = layout.figures, layout.shown_first
    base = layout.result.base_value
    sheet.section(first - 2, 0, LAST, "P&L by segment, the largest loss first")
    labels = ["Segment", "P&L ({unit})", "% of value", "Money exposed ({unit})"]
    labels += ["Exposed, % of value", "Shock", "Group", "Id", "Chart: loss"]
    sheet.header(first - 1, [*labels, "Chart: gain"])
    for number, s in enumerate(layout.shown_segments):
        row = first + number
        index = f.segment_ids.index(s.segment)
        col = Exp.SEGMENTS + f.used.index(index)
        sheet.data(row, 0, s.title or s.segment, "text")
        exposure, shock = cell(row, EXPOSURE), cell(row, SHOCK)
        sheet.formula(row, VALUE, f"={exposure}*{shock}", s.pnl, "money")
        share(sheet, layout, row, s.pnl)
        money = f"=Exposures!{cell(Exp.EXPOSED, col)}"
        sheet.formula(row, EXPOSURE, money, s.exposure, "money")
        sheet.formula(
            row,
            EXPOSURE_SHARE,
            f'=IF(NAV=0,"",{exposure}/NAV)',
            s.exposure / base if base else None,
            "pct",
        )
        scaled = f"=Scenario!{cell(layout.segment_first + index, Scen.SCALED)}"
        sheet.formula(row, SHOCK, scaled, s.shock, "pct")
        sheet.data(row, GROUP, layout.group_titles.get(s.group, s.group))
        sheet.text(row, ID, s.segment, "text:data")
        own = cell(row, VALUE)
        sheet.formula(row, LOSS, f"=MIN({own},0)", min(s.pnl, 0.0), "money:data")
        sheet.formula(row, GAIN, f"=MAX({own},0)", max(s.pnl, 0.0), "money:data")
    row = first + len(layout.shown_segments)
    sheet.say(row, 0, "All segments", "text:total")
    total = f"=SUM({area(first, VALUE, row - 1, VALUE)})"
    value = sum(s.pnl for s in layout.shown_segments)
    sheet.formula(row, VALUE, total, value, "money:total")
    share(sheet, layout, row, value, "pct:total")


def _steps(sheet: Sheet, layout: Layout) -> None:
    """Write what the waterfall draws: from nothing, part by part, to the P&L."""
    first = layout.steps_first
    labels = ["Step", "P&L", "From", "To", "Hidden", "Total", "Loss above zero"]
    sheet.section(first - 2, 0, LAST, "Figures of the waterfall chart")
    sheet.header(
        first - 1, [*labels, "Loss below zero", "Gain above zero", "Gain below zero"]
    )
    at = 0.0
    for number, (label, formula, value) in enumerate(_step_values(layout)):
        row = first + number
        start = "=0" if number == 0 else f"={cell(row - 1, 3)}"
        sheet.data(row, 0, label)
        sheet.formula(row, 1, formula, value, "money:data")
        sheet.formula(row, 2, start, at, "money:data")
        sheet.formula(
            row, 3, f"={cell(row, 2)}+{cell(row, 1)}", at + value, "money:data"
        )
        _drawn(sheet, row, at, at + value)
        at += value
    row = layout.steps_last
    sheet.say(row, 0, "P&L", "text:data")
    for col in range(1, LAST + 1):
        sheet.text(row, col, "", "text:data")
    sheet.formula(row, 1, f"={cell(row - 1, 3)}", at, "money:data")
    sheet.formula(row, 5, f"={cell(row, 1)}", at, "money:data")


def _step_values(layout: Layout) -> list[tuple[str, str, float]]:
    a, first = layout.result.attribution, layout.parts_first
    steps = [("Market", f"={cell(first, VALUE)}", a.market)]
    last = layout.shown_first + len(layout.shown_segments) - 1
    groups = area(layout.shown_first, GROUP, last, GROUP)
    pnl = area(layout.shown_first, VALUE, last, VALUE)
    for group in layout.shown_groups:
        title = layout.group_titles.get(group, group)
        value = sum(s.pnl for s in layout.shown_segments if s.group == group)
        row = layout.steps_first + len(steps)
        steps.append((title, f"=SUMIF({groups},{cell(row, 0)},{pnl})", value))
    steps.append(("Own moves", f"={cell(first + 2, VALUE)}", a.own_name))
    rest = area(first + 3, VALUE, first + 6, VALUE)
    steps.append(
        (
            "Currency, other",
            f"=SUM({rest})",
            tidy(a.fx + a.others + a.options + a.cross, layout.result.base_value),
        )
    )
    return steps


def _drawn(sheet: Sheet, row: int, start: float, end: float) -> None:
    """Split one step into what is hidden, and what shows above and below zero."""
    low, high = min(start, end), max(start, end)
    a, b = cell(row, 2), cell(row, 3)
    lowest, highest = f"MIN({a},{b})", f"MAX({a},{b})"
    above = f"(MAX({highest},0)-MAX({lowest},0))"
    below = f"(MIN({lowest},0)-MIN({highest},0))"
    up, down = max(high, 0.0) - max(low, 0.0), min(low, 0.0) - min(high, 0.0)
    hidden = f"=MAX({lowest},0)+MIN({highest},0)"
    sheet.formula(row, 4, hidden, max(low, 0.0) + min(high, 0.0), "money:data")
    sheet.text(row, 5, "", "text:data")
    falls = end < start
    parts = (
        (6, f"=IF({b}<{a},{above},0)", up if falls else 0.0),
        (7, f"=IF({b}<{a},{below},0)", down if falls else 0.0),
        (8, f"=IF({b}<{a},0,{above})", 0.0 if falls else up),
        (9, f"=IF({b}<{a},0,{below})", 0.0 if falls else down),
    )
    for col, formula, value in parts:
        sheet.formula(row, col, formula, value, "money:data")

"""The Summary sheet: the answer, its parts, the inputs and the checks on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.writers.workbook import checks
from stresskit.writers.workbook.book import cell
from stresskit.writers.workbook.charts import place, waterfall_chart
from stresskit.writers.workbook.hedges import COST as HEDGE_COST
from stresskit.writers.workbook.hedges import RESIDUAL, WORDS
from stresskit.writers.workbook.layout import FIRST, Exp, Layout, Pos
from stresskit.writers.workbook.positions import TOTAL, tidy
from stresskit.writers.workbook.styles import three_digits
from stresskit.writers.workbook.words import answer, answer_formula

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stresskit.writers.workbook.book import Book, Sheet

LAST = 7
KEY, INPUTS, SOURCES, DRIVERS = 5, 5, 16, 29
TOP = 5
# A line: label, formula of the amount, the amount, formula of the share, the share.
Line = tuple[str, str, float, str, float | None]


def write(book: Book, layout: Layout) -> None:
    """Write the sheet."""
    result = layout.result
    sheet = book.sheet("Summary", tab="#14288B")
    sheet.widths([1.5, 34, 14, 11, 3, 40, 14, 16])
    name = result.portfolio.name or "Portfolio"
    sheet.title("", "", LAST + 1)
    sheet.text(0, 1, f"Stress test: {name}", "band")
    as_of = (
        f"Holdings as of {result.portfolio.as_of:%d %B %Y}. "
        if (result.portfolio.as_of)
        else ""
    )
    sheet.text(
        1,
        1,
        f"{result.scenario.factor.title}. {as_of}Amounts in {layout.unit}; "
        "a loss is negative.",
        "subband",
    )
    sheet.raw.set_row(2, 6)
    sheet.raw.set_row(3, 50)
    sheet.raw.merge_range(3, 1, 3, LAST, "", sheet.styles["answer"])
    sheet.formula(3, 1, answer_formula(layout), answer(layout), "answer")
    _key_figures(book, sheet, layout)
    _inputs(book, sheet, layout)
    _sources(sheet, layout)
    _drivers(sheet, layout)
    _hedges(sheet, layout)
    sheet.raw.print_area(0, 0, _hedge_row() + 4 + len(layout.hedges()), LAST)
    # The answer is one page, however many suggestions there are.
    sheet.raw.fit_to_pages(1, 1)
    sheet.raw.activate()
    sheet.raw.set_first_sheet()


def _rounded(layout: Layout, value: float, kind: str = "formula") -> str:
    return f"money:{kind}|{three_digits(value, shares=layout.shares)}"


def _lines(
    sheet: Sheet, layout: Layout, row: int, col: int, lines: Sequence[Line]
) -> None:
    """Write lines of label, amount and share from a row on."""
    for number, (label, formula, value, share, part) in enumerate(lines):
        at = row + number
        sheet.text(at, col, label, "text")
        sheet.formula(at, col + 1, formula, value, _rounded(layout, value))
        _write_share(sheet, at, col + 2, share, part)


def _units(sheet: Sheet, layout: Layout, row: int, col: int) -> None:
    sheet.text(row, col, layout.unit, "section_right")
    if not layout.shares:
        sheet.text(row, col + 1, "% of value", "section_right")


def _share(
    layout: Layout, row: int, col: int, value: float
) -> tuple[str, float | None]:
    base = layout.result.base_value
    if layout.shares:
        return "", None
    return f'=IF(NAV=0,"",{cell(row, col)}/NAV)', value / base if base else None


def _write_share(
    sheet: Sheet, row: int, col: int, formula: str, value: float | None
) -> None:
    if formula:
        sheet.formula(row, col, formula, value, "pct")
    else:
        sheet.text(row, col, "", "text")


def _lowest(layout: Layout) -> str:
    """Return the low end: without shorts no more than everything can be lost."""
    money, held = layout.exposures(Exp.LIMIT), layout.exposures(Exp.HELD)
    low = "PnL-HalfWidth"
    return f"=IF(MIN({money},{held})>=0,MAX({low},-SUM({money})),{low})"


def _key_figures(book: Book, sheet: Sheet, layout: Layout) -> None:
    r = layout.result
    level = f"{r.band.level:.0%}"
    sheet.section(KEY, 1, 3, "Key figures")
    _units(sheet, layout, KEY, 2)
    total = f"=Positions!{cell(TOTAL, Pos.BASE)}"
    pnl = f"=Positions!{cell(TOTAL, Pos.PNL)}"
    figures = [
        ("Value before", "NAV", total, r.base_value),
        ("P&L", "PnL", pnl, r.pnl),
        ("Value after", "StressedValue", "=NAV+PnL", r.stressed_value),
        (f"{level} range, low", "BandLow", _lowest(layout), r.band.low),
        (f"{level} range, high", "BandHigh", "=PnL+HalfWidth", r.band.high),
    ]
    lines: list[Line] = []
    for number, (label, name, formula, value) in enumerate(figures):
        row = KEY + 1 + number
        book.define(name, "Summary", cell(row, 2))
        lines.append((label, formula, value, *_share(layout, row, 2, value)))
    row = KEY + 1 + len(figures)
    uncovered = ("Not covered", "=UncoveredValue", r.uncovered_value)
    lines.append((*uncovered, "=1-Coverage", 1 - r.coverage_ratio))
    _lines(sheet, layout, KEY + 1, 1, lines)
    c = r.coverage
    sheet.formula(
        row + 1,
        1,
        '="Known, weighted by confidence: "&FIXED(100*Known,0)&"% of the gross value, "'
        '&FIXED(100*KnownRisk,0)&"% of the risk ("&KnownLight&")."',
        f"Known, weighted by confidence: {100 * c.by_value:.0f}% of the gross value, "
        f"{100 * c.by_risk:.0f}% of the risk ({c.light}).",
        "note",
    )
    sheet.text(
        row + 2,
        1,
        "The range is the model's error given the scenario, not its probability. "
        "Not covered: % of gross value.",
        "note",
    )


def _inputs(book: Book, sheet: Sheet, layout: Layout) -> None:
    scenario = layout.result.scenario
    sheet.section(INPUTS, 5, LAST, "Change the scenario here")
    sheet.text(INPUTS + 1, 5, "Severity: 1 is the event itself, 0 to 10", "text")
    sheet.number(INPUTS + 1, 6, scenario.severity, "label:input|0.00")
    sheet.text(INPUTS + 2, 5, "Mode: factor (such an event), replay (same day)", "text")
    sheet.text(INPUTS + 2, 6, scenario.mode, "label:input")
    book.define("Severity", "Summary", cell(INPUTS + 1, 6))
    book.define("ScenarioMode", "Summary", cell(INPUTS + 2, 6))
    sheet.raw.data_validation(
        INPUTS + 1,
        6,
        INPUTS + 1,
        6,
        {
            "validate": "decimal",
            "criteria": "between",
            "minimum": 0,
            "maximum": 10,
            "input_title": "Severity",
            "input_message": "0 is nothing, 1 the event itself, 2 twice as hard.",
            "error_title": "Severity",
            "error_message": "Give a number from 0 to 10.",
        },
    )
    modes = {"validate": "list", "source": ["factor", "replay"]}
    sheet.raw.data_validation(INPUTS + 2, 6, INPUTS + 2, 6, modes)
    sheet.text(INPUTS + 3, 5, "Inputs", "text")
    state = '=IF(InputsUnchanged,"as run","changed here")'
    sheet.formula(INPUTS + 3, 6, state, "as run", "label")
    sheet.text(INPUTS + 4, 5, "All checks hold", "text")
    formula, value = checks.master_formula(layout), checks.master_value(layout)
    sheet.formula(INPUTS + 4, 6, formula, value, "flag")
    book.define("MasterCheck", "Summary", cell(INPUTS + 4, 6))
    sheet.raw.conditional_format(
        INPUTS + 4,
        6,
        INPUTS + 4,
        6,
        {
            "type": "cell",
            "criteria": "==",
            "value": "FALSE",
            "format": sheet.styles["bad"],
        },
    )
    for row in range(INPUTS + 1, INPUTS + 5):
        sheet.text(row, 7, "", "text")
    sheet.text(INPUTS + 5, 5, "Legend", "text")
    sheet.text(INPUTS + 5, 6, "input", "label:input")
    sheet.text(INPUTS + 5, 7, "formula", "label")
    sheet.text(INPUTS + 6, 5, "Shocks and market legs: Scenario", "text")
    sheet.text(INPUTS + 6, 6, "file or factor", "label:data")
    sheet.text(INPUTS + 6, 7, "", "text")


def _sources(sheet: Sheet, layout: Layout) -> None:
    r, first = layout.result, layout.parts_first
    a = r.attribution
    parts = [
        ("Market outside the theme", 0, a.market),
        ("Segments of the value chain", 1, a.segments),
        ("Companies' own moves", 2, a.own_name),
        ("Currencies", 3, a.fx),
        ("Rates, credit, gold, bitcoin", 4, a.others),
        ("Options", 5, a.options),
        ("Cross and floor", 6, tidy(a.cross, r.base_value)),
        ("P&L", 7, r.pnl),
    ]
    sheet.section(SOURCES - 1, 1, 3, "P&L by source")
    _units(sheet, layout, SOURCES - 1, 2)
    sheet.section(SOURCES - 1, 5, LAST, "How it adds up")
    lines: list[Line] = []
    for number, (label, offset, value) in enumerate(parts):
        formula = f"=Attribution!{cell(first + offset, 1)}"
        share = _share(layout, SOURCES + number, 2, value)
        lines.append((label, formula, value, *share))
    _lines(sheet, layout, SOURCES, 1, lines)
    drawn = waterfall_chart(sheet.book, layout, "bar")
    place(sheet, (SOURCES, 5), drawn, size=(495, 230))


def _drivers(sheet: Sheet, layout: Layout) -> None:
    """Write the largest contributions, in the order at the time of the run."""
    segments = sorted(enumerate(layout.shown_segments), key=lambda x: -abs(x[1].pnl))
    positions = sorted(enumerate(layout.rows), key=lambda x: -abs(x[1].pnl))
    sheet.section(DRIVERS - 1, 1, 3, "Largest segments")
    sheet.section(DRIVERS - 1, 5, LAST, "Largest positions")
    _units(sheet, layout, DRIVERS - 1, 2)
    _units(sheet, layout, DRIVERS - 1, 6)
    lines: list[Line] = []
    for number, (place_, s) in enumerate(segments[:TOP]):
        formula = f"=Attribution!{cell(layout.shown_first + place_, 1)}"
        share = _share(layout, DRIVERS + number, 2, s.pnl)
        lines.append((s.title or s.segment, formula, s.pnl, *share))
    _lines(sheet, layout, DRIVERS, 1, lines)
    lines = []
    for number, (place_, r) in enumerate(positions[:TOP]):
        formula = f"=Positions!{cell(FIRST + place_, Pos.PNL)}"
        share = _share(layout, DRIVERS + number, 6, r.pnl)
        lines.append((r.position.name or r.position.id, formula, r.pnl, *share))
    _lines(sheet, layout, DRIVERS, 5, lines)


def _hedge_row() -> int:
    return DRIVERS + TOP + 1


def _hedges(sheet: Sheet, layout: Layout) -> None:
    row = _hedge_row()
    sheet.section(row, 1, LAST, "What could be done")
    if layout.plan is None:
        sheet.text(row + 1, 1, "No hedges were asked for in this run.", "text:plain")
        return
    labels = ((2, "Cost"), (3, "Cost, bp"), (5, "Result"), (6, "P&L left"))
    for col, label in (*labels, (7, "" if layout.shares else "% of value")):
        sheet.text(row, col, label, "section" if col == 5 else "section_right")
    for number, hedge in enumerate(layout.plan.hedges):
        at, source = row + 1 + number, layout.FAMILY_FIRST + number
        sheet.text(at, 1, hedge.title or hedge.family, "text")
        cost = f"=Hedges!{cell(source, HEDGE_COST)}"
        sheet.formula(at, 2, cost, hedge.cost, _rounded(layout, hedge.cost))
        bps = f"=Hedges!{cell(source, HEDGE_COST + 1)}"
        sheet.formula(at, 3, bps, hedge.cost_bps, "bp")
        sheet.text(at, 4, "", "text")
        sheet.text(at, 5, WORDS.get(hedge.status, hedge.status), "text")
        left = hedge.residual_pnl
        formula = f"=Hedges!{cell(source, RESIDUAL)}"
        sheet.formula(at, 6, formula, left, _rounded(layout, left))
        share, part = _share(layout, at, 6, left)
        _write_share(sheet, at, 7, share, part)

"""The Data quality sheet: every issue, and every value stressed without knowledge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.model.contract import all_issues
from stresskit.writers.text import SOURCE_WORDS, source_rank
from stresskit.writers.workbook.book import area, cell, lines
from stresskit.writers.workbook.language import Given
from stresskit.writers.workbook.layout import FIRST, Exp, Layout, Pos, Scen
from stresskit.writers.workbook.positions import TOTAL

if TYPE_CHECKING:
    from stresskit.model import Issue, PositionResult
    from stresskit.writers.workbook.book import Book, Sheet

LAST = 8
VALUE = 3
COVERAGE_FIRST = 4
WIDTHS = (11, 18, 56, 48, 14, 7, 8, 18, 14)


def write(book: Book, layout: Layout) -> None:
    """Write the sheet."""
    sheet = book.sheet("Data quality")
    sheet.widths(WIDTHS)
    sheet.title(
        "Data quality",
        "What the file left open, where, and what it means in money. Nothing is "
        "dropped without being listed here. Amounts in {unit}.",
        LAST + 1,
    )
    _coverage(book, sheet, layout)
    row = _by_source(sheet, layout, _knowledge(book, sheet, layout))
    row = _not_covered(sheet, layout, row + 1)
    _issues(sheet, layout, row + 1)
    sheet.raw.freeze_panes(2, 0)


def _coverage(book: Book, sheet: Sheet, layout: Layout) -> None:
    result, first = layout.result, COVERAGE_FIRST
    sheet.section(first - 1, 0, LAST, "Coverage")
    gross = sum(r.gross_value for r in layout.rows)
    covered, column = layout.positions(Pos.COVERED), layout.positions(Pos.GROSS)
    facts = [
        (
            "GrossValue",
            "Gross value: longs and shorts without their sign",
            f"=Positions!{cell(TOTAL, Pos.GROSS)}",
            gross,
            "money",
        ),
        (
            "UncoveredValue",
            "of which not stressed with knowledge of it",
            f'=SUMIF({covered},"{layout.language.say("no")}",{column})',
            result.uncovered_value,
            "money",
        ),
        (
            "Coverage",
            "Share covered",
            "=IF(GrossValue=0,1,1-UncoveredValue/GrossValue)",
            result.coverage_ratio,
            "pct",
        ),
    ]
    for number, (name, label, formula, value, style) in enumerate(facts):
        _label(sheet, first + number, label)
        sheet.formula(first + number, VALUE, formula, value, style)
        book.define(name, "Data quality", cell(first + number, VALUE))
    sheet.say(first + 2, VALUE + 1, "80% and more is good, below 60% is poor", "note")
    stated = result.portfolio.stated_total
    _label(sheet, first + 3, "Total the file itself states")
    sheet.number(first + 3, VALUE, stated, "money:data")


def _label(sheet: Sheet, row: int, label: str) -> None:
    """Write a label over the columns left of the value."""
    for col in range(VALUE):
        sheet.say(row, col, label if col == 0 else "", "text")


def _knowledge(book: Book, sheet: Sheet, layout: Layout) -> int:
    """Write how well the positions are known and what the unknown could do."""
    c, first = layout.result.coverage, COVERAGE_FIRST + 6
    sheet.section(first - 1, 0, LAST, "How well the positions are known")
    gross, sure = layout.positions(Pos.GROSS), layout.positions(Pos.CONFIDENCE)
    pnl, source = layout.positions(Pos.PNL), layout.positions(Pos.SOURCE)
    money, market = layout.exposures(Exp.MONEY), layout.exposures(Exp.MARKET)
    risk = f"({pnl}^2+{layout.exposures(Exp.ERROR)}^2)^0.5"
    rows = layout.segment_first, layout.segment_last
    shocks = f"Scenario!{area(rows[0], Scen.SCALED, rows[1], Scen.SCALED)}"
    name = layout.language.data("unmapped")
    unmapped = f'SUMIF({source},"{name}",{money})'
    like = f'SUMPRODUCT(({source}="{name}")*{money}*{market})'
    worst = f"MIN({unmapped}*MIN({shocks}),{unmapped}*MAX({shocks}))"
    green, amber, red = map(layout.language.say, ("green", "amber", "red"))
    facts: list[tuple[str, str, str, float | str, str]] = [
        (
            "Known",
            "Known, weighted by confidence, of the gross value",
            f"=IF(GrossValue=0,1,SUMPRODUCT({gross},{sure})/GrossValue)",
            c.by_value,
            "pct",
        ),
        (
            "KnownRisk",
            "the same of the risk: what each position may move",
            f"=IF(SUMPRODUCT({risk})=0,1,SUMPRODUCT({risk},{sure})/SUMPRODUCT({risk}))",
            c.by_risk,
            "pct",
        ),
        (
            "KnownLight",
            "Light: green from 80%, amber from 60% of the value",
            f'=IF(Known>=0.8,"{green}",IF(Known>=0.6,"{amber}","{red}"))',
            layout.language.say(c.light),
            "label",
        ),
        (
            "PnLUnmappedStill",
            "P&L if what is unmapped did not move",
            f'=PnL-SUMIF({source},"{name}",{pnl})',
            c.pnl_if["nothing"],
            "money",
        ),
        (
            "PnLUnmappedMarket",
            "P&L if it moved like the market outside the theme",
            f"=PnLUnmappedStill+{like}",
            c.pnl_if["market"],
            "money",
        ),
        (
            "PnLUnmappedWorst",
            Given(
                layout.language.say(
                    "P&L if it moved like the worst segment ({segment})",
                    segment=c.worst_segment or "-",
                )
            ),
            f"=PnLUnmappedMarket+{worst}",
            c.pnl_if["worst_segment"],
            "money",
        ),
    ]
    for number, (name, label, formula, value, style) in enumerate(facts):
        _label(sheet, first + number, label)
        sheet.formula(first + number, VALUE, formula, value, style)
        book.define(name, "Data quality", cell(first + number, VALUE))
    return first + len(facts) + 1


def _by_source(sheet: Sheet, layout: Layout, first: int) -> int:
    """Write lines and gross value by the source of the mapping; return the next row."""
    sheet.section(first, 0, LAST, "Where the placements come from")
    labels = ["Tier", "Source", "What that is", "Gross value ({unit})"]
    sheet.header(first + 1, [*labels, "Lines"], left=3)
    sources = {r.exposure.source: r.exposure.tier for r in layout.rows}
    found = layout.result.coverage.by_source
    column_of = layout.positions(Pos.SOURCE)
    ordered = sorted(sources, key=source_rank)
    for number, source in enumerate(ordered):
        at = first + 2 + number
        count = sum(1 for r in layout.rows if r.exposure.source == source)
        sheet.text(at, 0, sources[source], "text:data")
        sheet.data(at, 1, source)
        sheet.say(at, 2, SOURCE_WORDS.get(source, "a plugin"), "text:data")
        name = layout.language.data(source)
        total = f'=SUMIF({column_of},"{name}",{layout.positions(Pos.GROSS)})'
        sheet.formula(at, 3, total, found.get(source, 0.0), "money")
        lines_of = f'=COUNTIF({column_of},"{name}")'
        sheet.formula(at, 4, lines_of, count, "int")
    return first + 3 + len(ordered)


def _not_covered(sheet: Sheet, layout: Layout, first: int) -> int:
    """List positions that are not covered or do not move; return the next row."""
    chosen = [
        (FIRST + n, r)
        for n, r in enumerate(layout.rows)
        if not (r.exposure.covered and r.exposure.moves)
    ]
    sheet.section(first, 0, LAST, "Positions that are unmapped or not stressed")
    labels = ["Covered", "Id", "Name", "Why", "Source", "Row", "", "Asset class"]
    sheet.header(first + 1, [*labels, "Base value ({unit})"], left=8)
    for number, (at, r) in enumerate(chosen):
        _line(sheet, first + 2 + number, at, r)
    if not chosen:
        sheet.say(first + 2, 0, "None: every position is stressed.", "text:plain")
    return first + 3 + max(len(chosen), 1)


def _line(sheet: Sheet, row: int, at: int, r: PositionResult) -> None:
    sheet.say(row, 0, "yes" if r.exposure.covered else "no", "text:data")
    sheet.text(row, 1, r.position.id, "text:data")
    sheet.text(row, 2, r.position.name, "text:data")
    sheet.data(row, 3, r.exposure.basis, "wrap:data")
    sheet.data(row, 4, r.exposure.source)
    sheet.text(row, 5, r.position.row, "text:data")
    sheet.text(row, 6, "", "text:data")
    sheet.data(row, 7, r.position.asset_class)
    value = f"=Positions!{cell(at, Pos.BASE)}"
    sheet.formula(row, 8, value, r.base_value, "money")
    sheet.raw.set_row(row, 12.5 * lines(r.exposure.basis, 46) + 3)


def _issues(sheet: Sheet, layout: Layout, first: int) -> None:
    issues = all_issues(layout.result, layout.plan)
    sheet.section(first, 0, LAST, "Issues: {count}", count=len(issues))
    labels = ["Severity", "Code", "What", "What to do", "Sheet", "Row", "Column"]
    sheet.header(first + 1, [*labels, "Cell", "At stake ({unit})"], left=8)
    for number, issue in enumerate(issues):
        _issue(sheet, first + 2 + number, issue)
    sheet.raw.repeat_rows(first + 1)
    if issues:
        sheet.raw.autofilter(first + 1, 0, first + 1 + len(issues), LAST)
    else:
        sheet.say(first + 2, 0, "None.", "text:plain")


def _issue(sheet: Sheet, row: int, issue: Issue) -> None:
    sheet.data(row, 0, issue.severity)
    sheet.text(row, 1, issue.code, "text:data")
    sheet.data(row, 2, issue.message, "wrap:data")
    sheet.data(row, 3, issue.fix, "wrap:data")
    sheet.text(row, 4, issue.sheet, "text:data")
    sheet.text(row, 5, issue.row, "text:data")
    sheet.text(row, 6, issue.column, "text:data")
    sheet.text(row, 7, issue.value, "text:data")
    if issue.money is None:
        sheet.text(row, 8, "", "text:data")
    else:
        sheet.number(row, 8, issue.money, "money:data")
    tall = max(lines(issue.message, 54), lines(issue.fix, 46))
    sheet.raw.set_row(row, 12.5 * min(tall, 30) + 3)

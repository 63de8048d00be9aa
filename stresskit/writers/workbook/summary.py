"""The Summary sheet: cover and answer on one page, with inputs and the master check."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING

from stresskit.model import Mandate
from stresskit.writers.text import STATUS_WORDS, clean_text
from stresskit.writers.workbook import checks
from stresskit.writers.workbook.book import cell, lines
from stresskit.writers.workbook.charts import place, waterfall_chart
from stresskit.writers.workbook.hedges import COST as HEDGE_COST
from stresskit.writers.workbook.hedges import RESIDUAL, STATUS
from stresskit.writers.workbook.language import Given
from stresskit.writers.workbook.layout import FIRST, Exp, Layout, Pos
from stresskit.writers.workbook.positions import TOTAL, tidy
from stresskit.writers.workbook.styles import three_digits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stresskit.model import Hedge
    from stresskit.writers.workbook.book import Book, Sheet

LAST = 7
WIDTHS = (1.5, 34, 14, 11, 3, 40, 14, 16)
COVER, ANSWER, DRIVEN = 2, 3, 4
KEY, INPUTS, SOURCES, DRIVERS = 6, 6, 17, 30
TOP = 3
ACTIONS = 3
LOGO_HEIGHT = 40  # points that the two rows of the band have for it
# A line: label, formula of the amount, the amount, formula of the share, the share.
Line = tuple[str, str, float, str, float | None]


def write(book: Book, layout: Layout) -> None:
    """Write the sheet."""
    sheet = book.sheet("Summary")
    sheet.widths(WIDTHS)
    _band(sheet, layout)
    _cover(sheet, layout)
    words = layout.sentences
    sheet.raw.set_row(ANSWER, 52)
    sheet.raw.merge_range(ANSWER, 1, ANSWER, LAST, "", sheet.styles["answer"])
    answer = words.answer()
    sheet.formula(ANSWER, 1, f"={answer.formula}", answer.value, "answer")
    drivers = words.drivers(_drivers_of(layout))
    sheet.raw.merge_range(DRIVEN, 1, DRIVEN, LAST, "", sheet.styles["driven"])
    sheet.formula(DRIVEN, 1, f"={drivers.formula}", drivers.value, "driven")
    sheet.raw.set_row(DRIVEN, 13.0 * lines(drivers.value, 125) + 6)
    _key_figures(book, sheet, layout)
    _inputs(book, sheet, layout)
    _sources(sheet, layout)
    _largest(sheet, layout)
    row = _actions(sheet, layout)
    row = _closing(sheet, layout, row)
    sheet.print_area(row, LAST)
    # The answer is one page, however many suggestions there are.
    sheet.raw.fit_to_pages(1, 1)
    sheet.raw.activate()
    sheet.raw.set_first_sheet()


def _band(sheet: Sheet, layout: Layout) -> None:
    r = layout.result
    name = r.portfolio.name or layout.language.say("Portfolio")
    sheet.title("", "", LAST + 1)
    sheet.say(0, 1, "Stress test: {name}", "band", name=name)
    language, day = layout.language, r.portfolio.as_of
    as_of = language.say("Holdings without a date. ")
    if day:
        as_of = language.say("Holdings as of {day}. ", day=language.date(day))
    factor = r.scenario.factor
    sheet.say(
        1,
        1,
        "{event}, {date}. {as_of}Amounts in {unit}; a loss is negative.",
        "subband",
        event=language.data(factor.title),
        date=language.date(factor.event_start),
        as_of=as_of,
    )
    logo = sheet.book.theme.logo
    if logo is not None:
        _logo(sheet, logo)


def _logo(sheet: Sheet, logo: bytes) -> None:
    """Put the house's mark into the band, on its right."""
    from stresskit.writers.workbook.charts import pixels

    organisation = clean_text(sheet.book.theme.organisation)
    width, height, scale = _scaled_logo(logo)
    column = LAST - 1
    room = pixels(WIDTHS[column:]) + 12
    sheet.raw.insert_image(
        0,
        column,
        "logo",
        {
            "image_data": io.BytesIO(logo),
            "x_scale": scale,
            "y_scale": scale,
            "x_offset": max(room - width * scale - 6, 0),
            "y_offset": max((56 - height * scale) / 2, 0),
            "object_position": 3,
            "description": organisation or "Logo",
        },
    )


def _scaled_logo(logo: bytes) -> tuple[float, float, float]:
    """Return the picture's size in pixels at 96 a inch, and what makes it fit."""
    from xlsxwriter.image import Image

    image = Image(io.BytesIO(logo))
    width, height = (
        side * 96.0 / (dpi or 96.0)
        for side, dpi in ((image.width, image.x_dpi), (image.height, image.y_dpi))
    )
    scale = min(LOGO_HEIGHT / 0.75 / height, 210.0 / width)
    return width, height, scale


def _cover(sheet: Sheet, layout: Layout) -> None:
    """Write whom it is for, by whom, under which limits, and its status."""
    language, theme = layout.language, sheet.book.theme
    said = []
    if layout.presentation.client:
        said.append(language.say("For {client}", client=layout.presentation.client))
    if theme.organisation:
        said.append(theme.organisation)
    made = layout.result.run.get("created", "")[:10]
    if made:
        day = language.date(dt.date.fromisoformat(made))
        said.append(language.say("Report of {day}", day=day))
    if layout.plan is not None:
        mandate = layout.plan.mandate
        title = language.data(mandate.title)
        if mandate.name != Mandate().name:
            title = language.say("Mandate: {mandate}", mandate=title)
        said.append(title)
    sheet.raw.set_row(COVER, 18)
    sheet.raw.merge_range(COVER, 1, COVER, 4, "", sheet.styles["cover"])
    sheet.text(COVER, 1, "   |   ".join(s for s in said if s), "cover")
    unchanged = language.say("Status: as run, all checks hold")
    changed = language.say("Status: inputs changed here, all checks hold")
    failed = language.say("Status: a check fails, do not use")
    formula = (
        "=IF(MasterCheck,IF(AND(InputsUnchanged,HedgesUnchanged),"
        f'"{unchanged}","{changed}"),"{failed}")'
    )
    holds = checks.master_value(layout)
    sheet.raw.merge_range(COVER, 5, COVER, LAST, "", sheet.styles["status"])
    sheet.formula(COVER, 5, formula, unchanged if holds else failed, "status")
    for area_, colour in (((COVER, 1, COVER, LAST), "bad"), ((0, 0, 1, LAST), "bad")):
        sheet.raw.conditional_format(
            *area_,
            {
                "type": "formula",
                "criteria": "=NOT(MasterCheck)",
                "format": sheet.styles[colour],
            },
        )


def _drivers_of(layout: Layout) -> list[tuple[str, str, float]]:
    """Return the largest parts of the P&L that go its way: segments and the rest."""
    r, first = layout.result, layout.parts_first
    a = r.attribution
    parts = [
        (s.title or s.segment, f"Attribution!{cell(layout.shown_first + n, 1)}", s.pnl)
        for n, s in enumerate(layout.shown_segments)
    ]
    rest = (
        ("the market outside the theme", 0, a.market),
        ("companies' own moves", 2, a.own_name),
        ("currencies", 3, a.fx),
        ("rates, credit, gold and bitcoin", 4, a.others),
        ("options", 5, a.options),
    )
    parts += [
        (layout.language.say(name), f"Attribution!{cell(first + n, 1)}", value)
        for name, n, value in rest
    ]
    sign = -1.0 if r.pnl < 0 else 1.0
    same = [p for p in parts if sign * p[2] > 1e-12 * (1.0 + abs(r.pnl))]
    return sorted(same, key=lambda p: -abs(p[2]))[:TOP]


def _rounded(layout: Layout, value: float, kind: str = "formula") -> str:
    shown = three_digits(value, shares=layout.shares, language=layout.language)
    return f"money:{kind}|{shown}"


def _lines(
    sheet: Sheet, layout: Layout, row: int, col: int, lines: Sequence[Line]
) -> None:
    """Write lines of label, amount and share from a row on."""
    for number, (label, formula, value, share, part) in enumerate(lines):
        at = row + number
        sheet.say(at, col, label, "text")
        sheet.formula(at, col + 1, formula, value, _rounded(layout, value))
        _write_share(sheet, at, col + 2, share, part)


def _units(sheet: Sheet, layout: Layout, row: int, col: int) -> None:
    sheet.data(row, col, layout.unit, "section_right")
    if not layout.shares:
        sheet.say(row, col + 1, "% of value", "section_right")


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
    level = layout.language.share(r.band.level)
    sheet.section(KEY, 1, 3, "Key figures")
    _units(sheet, layout, KEY, 2)
    total = f"=Positions!{cell(TOTAL, Pos.BASE)}"
    pnl = f"=Positions!{cell(TOTAL, Pos.PNL)}"
    say = layout.language.say
    figures = [
        ("Value before", "NAV", total, r.base_value),
        ("P&L", "PnL", pnl, r.pnl),
        ("Value after", "StressedValue", "=NAV+PnL", r.stressed_value),
        (
            say("{level} range, low", level=level),
            "BandLow",
            _lowest(layout),
            r.band.low,
        ),
        (
            say("{level} range, high", level=level),
            "BandHigh",
            "=PnL+HalfWidth",
            r.band.high,
        ),
    ]
    lines: list[Line] = []
    for number, (label, name, formula, value) in enumerate(figures):
        row = KEY + 1 + number
        book.define(name, "Summary", cell(row, 2))
        shown = Given(label) if level in label else label
        lines.append((shown, formula, value, *_share(layout, row, 2, value)))
    row = KEY + 1 + len(figures)
    uncovered = ("Not covered", "=UncoveredValue", r.uncovered_value)
    lines.append((*uncovered, "=1-Coverage", 1 - r.coverage_ratio))
    _lines(sheet, layout, KEY + 1, 1, lines)
    known = layout.sentences.known()
    sheet.formula(row + 1, 1, f"={known.formula}", known.value, "note")
    sheet.say(
        row + 2,
        1,
        "The range is the model's error given the scenario, not its probability. "
        "Not covered: % of gross value.",
        "note",
    )


def _inputs(book: Book, sheet: Sheet, layout: Layout) -> None:
    scenario, say = layout.result.scenario, layout.language.say
    sheet.section(INPUTS, 5, LAST, "Change the scenario here")
    sheet.say(INPUTS + 1, 5, "Severity: 1 is the event itself, 0 to 10", "text")
    sheet.number(INPUTS + 1, 6, scenario.severity, "label:input|0.00")
    sheet.say(INPUTS + 2, 5, "Mode: factor (such an event), replay (same day)", "text")
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
            "input_title": say("Severity"),
            "input_message": say("0 is nothing, 1 the event itself, 2 twice as hard."),
            "error_title": say("Severity"),
            "error_message": say("Give a number from 0 to 10."),
        },
    )
    modes = {"validate": "list", "source": ["factor", "replay"]}
    sheet.raw.data_validation(INPUTS + 2, 6, INPUTS + 2, 6, modes)
    sheet.say(INPUTS + 3, 5, "Inputs", "text")
    as_run, changed = say("as run"), say("changed here")
    same = "AND(InputsUnchanged,HedgesUnchanged)"
    state = f'=IF({same},"{as_run}","{changed}")'
    sheet.formula(INPUTS + 3, 6, state, as_run, "label")
    sheet.say(INPUTS + 4, 5, "All checks hold", "text")
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
    sheet.say(INPUTS + 5, 5, "Legend", "text")
    sheet.say(INPUTS + 5, 6, "input", "label:input")
    sheet.say(INPUTS + 5, 7, "formula", "label")
    where = "Shocks, market legs: Scenario. Hedge ratios: Hedges"
    sheet.say(INPUTS + 6, 5, where, "text")
    sheet.say(INPUTS + 6, 6, "file or factor", "label:data")
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


def _largest(sheet: Sheet, layout: Layout) -> None:
    """Write the largest contributions, in the order at the time of the run."""
    segments = sorted(enumerate(layout.shown_segments), key=lambda x: -abs(x[1].pnl))
    positions = sorted(enumerate(layout.rows), key=lambda x: -abs(x[1].pnl))
    sheet.section(DRIVERS - 1, 1, 3, "Largest segments, as run")
    sheet.section(DRIVERS - 1, 5, LAST, "Largest positions, as run")
    _units(sheet, layout, DRIVERS - 1, 2)
    _units(sheet, layout, DRIVERS - 1, 6)
    lines: list[Line] = []
    for number, (place_, s) in enumerate(segments[:TOP]):
        formula = f"=Attribution!{cell(layout.shown_first + place_, 1)}"
        share = _share(layout, DRIVERS + number, 2, s.pnl)
        lines.append((Given(s.title or s.segment), formula, s.pnl, *share))
    _lines(sheet, layout, DRIVERS, 1, lines)
    for number, (place_, r) in enumerate(positions[:TOP]):
        at = DRIVERS + number
        formula = f"=Positions!{cell(FIRST + place_, Pos.PNL)}"
        sheet.text(at, 5, r.position.name or r.position.id, "text")
        sheet.formula(at, 6, formula, r.pnl, _rounded(layout, r.pnl))
        _write_share(sheet, at, 7, *_share(layout, at, 6, r.pnl))


def _ranked(hedges: Sequence[Hedge]) -> list[int]:
    """Return the suggestions worth doing: those that reach the target, the cheap first.

    Then those that come nearest; to do nothing is named where nothing else is.
    """
    tried = [n for n, h in enumerate(hedges) if h.legs]
    ranked = sorted(
        tried,
        key=lambda n: (
            hedges[n].status != "optimal",
            hedges[n].cost if hedges[n].status == "optimal" else 0.0,
            -hedges[n].residual_pnl,
        ),
    )
    return ranked or [n for n, h in enumerate(hedges) if h.status == "nothing"]


def _actions(sheet: Sheet, layout: Layout) -> int:
    """Write up to three suggestions; return the row after them."""
    row = DRIVERS + TOP + 1
    sheet.section(row, 1, LAST, "What could be done")
    if layout.plan is None:
        sheet.say(row + 1, 1, "No hedges were asked for in this run.", "text:plain")
        return row + 2
    labels = ((2, "Cost"), (3, "Cost, bp"), (5, "Result"), (6, "P&L left"))
    for col, label in (*labels, (7, "" if layout.shares else "% of value")):
        sheet.say(row, col, label, "section" if col == 5 else "section_right")
    hedges = layout.plan.hedges
    ranked = _ranked(hedges)
    if layout.result.pnl >= 0 and not any(h.legs for h in hedges):
        none = "There is no loss to take away: nothing is suggested."
        sheet.say(row + 1, 1, none, "text:plain")
        return row + 2
    for place_, number in enumerate(ranked[:ACTIONS]):
        hedge = hedges[number]
        at, source = row + 1 + place_, layout.FAMILY_FIRST + number
        title = layout.language.data(hedge.title or hedge.family)
        sheet.text(at, 1, f"{place_ + 1}. {title}", "text")
        cost = f"=Hedges!{cell(source, HEDGE_COST)}"
        sheet.formula(at, 2, cost, hedge.cost, _rounded(layout, hedge.cost))
        bps = f"=Hedges!{cell(source, HEDGE_COST + 1)}"
        sheet.formula(at, 3, bps, hedge.cost_bps, "bp")
        sheet.text(at, 4, "", "text")
        said = STATUS_WORDS.get(hedge.status, hedge.status)
        reached = f"=Hedges!{cell(source, STATUS)}"
        sheet.formula(at, 5, reached, layout.language.data(said), "text")
        left = hedge.residual_pnl
        formula = f"=Hedges!{cell(source, RESIDUAL)}"
        sheet.formula(at, 6, formula, left, _rounded(layout, left))
        share, part = _share(layout, at, 6, left)
        _write_share(sheet, at, 7, share, part)
    row += 1 + min(len(ranked), ACTIONS)
    sheet.say(
        row,
        1,
        "All suggestions, their orders, limits and what is in the cost: Hedges. "
        "Analysis, not advice.",
        "note",
    )
    return row + 1


def _closing(sheet: Sheet, layout: Layout, row: int) -> int:
    """Write the house's own words at the foot; return the last row."""
    code, theme = layout.language.code, sheet.book.theme
    said = [theme.text("disclaimer", code), theme.text("contact", code)]
    said = [s for s in said if s]
    for text in said:
        sheet.raw.merge_range(row, 1, row, LAST, "", sheet.styles["small"])
        sheet.text(row, 1, text, "small")
        sheet.raw.set_row(row, 9.5 * lines(text, 165) + 3)
        row += 1
    return row - 1

"""The Scenario sheet: the event, its market legs and its shocks, all changeable."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stresskit.model import MARKET
from stresskit.model.other_factors import LEVELS
from stresskit.writers.workbook.book import cell
from stresskit.writers.workbook.exposures import scale
from stresskit.writers.workbook.layout import Layout, Scen

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from stresskit.writers.workbook.book import Book, Sheet
    from stresskit.writers.workbook.figures import OtherFigure

LAST = Scen.EXPECTED
NARRATIVE, QUESTIONS = 10, 11
NOTE_WIDTH = 34


def write(book: Book, layout: Layout) -> None:
    """Write the sheet."""
    factor = layout.result.scenario.factor
    sheet = book.sheet("Scenario")
    sheet.widths([18, 36, 36, 9, 11, 11, 11, 12, 12, 12, 11, 8, 11, 10])
    sheet.title(
        "Scenario",
        "What is assumed to happen. Blue on yellow may be changed; everything in "
        "this workbook follows.",
        LAST + 1,
    )
    sheet.section(3, 0, LAST, "The event")
    _facts(sheet, layout)
    say = layout.language.data
    _wrapped(sheet, NARRATIVE, "What happened", say(factor.narrative))
    asked = "  ".join(say(question) for question in factor.questions)
    _wrapped(sheet, QUESTIONS, "Questions it raised", asked)
    _regions(sheet, layout)
    _currencies(sheet, layout)
    _others(sheet, layout)
    _segments(sheet, layout)
    _after(sheet, layout)
    # The shocks fit on a page of their own.
    sheet.raw.set_h_pagebreaks([layout.segment_first - 2])
    sheet.raw.freeze_panes(2, 0)


def _facts(sheet: Sheet, layout: Layout) -> None:
    scenario = layout.result.scenario
    factor = scenario.factor
    language = layout.language
    facts = [
        ("Event", language.data(factor.title)),
        ("Days", _days(layout, (factor.event_start, factor.event_end))),
        (
            "Factor",
            language.say(
                "{factor}, revision {revision}",
                factor=factor.id,
                revision=factor.revision,
            ),
        ),
    ]
    for number, (label, value) in enumerate(facts):
        sheet.say(4 + number, 0, label, "text:strong")
        sheet.text(4 + number, 1, value, "text:plain")
    sheet.say(7, 0, "Severity", "text:strong")
    sheet.formula(7, 1, "=Severity", scenario.severity, "text:plain|0.00")
    sheet.say(7, 2, "set on Summary; 1 is the event itself", "note")
    sheet.say(8, 0, "Mode", "text:strong")
    sheet.formula(8, 1, "=ScenarioMode", scenario.mode, "text:plain")


def _days(layout: Layout, window: tuple[dt.date, dt.date] | None) -> str:
    """Return the days from one to another in words, or nothing."""
    if window is None:
        return ""
    language = layout.language
    start, end = map(language.date, window)
    if start == end:
        return start
    return language.say("{start} to {end}", start=start, end=end)


def _wrapped(sheet: Sheet, row: int, label: str, text: str) -> None:
    """Write running text over the sheet's width; it is no table."""
    from stresskit.writers.text import clean_text
    from stresskit.writers.workbook.book import lines

    sheet.say(row, 0, label, "wrap:term")
    sheet.raw.merge_range(row, 1, row, LAST, "", sheet.styles["wrap:prose"])
    said = clean_text(text)
    if said:
        sheet.raw.write_string(row, 1, said, sheet.styles["wrap:prose"])
    sheet.raw.set_row(row, 13.0 * lines(said, 130) + 4)


def _input(sheet: Sheet, row: int, value: float, scaled: float) -> None:
    """Write a return that may be changed, scaled, and as the engine had it."""
    at = cell(row, Scen.INPUT)
    sheet.number(row, Scen.INPUT, value, "ret:input")
    sheet.formula(row, Scen.SCALED, f"={scale(at)}", scaled, "ret")
    sheet.number(row, Scen.AS_RUN, value, "ret:data")
    sheet.raw.data_validation(
        row,
        Scen.INPUT,
        row,
        Scen.INPUT,
        {
            "validate": "decimal",
            "criteria": "between",
            "minimum": -0.9999,
            "maximum": 10,
            "error_title": "Not a return",
            "error_message": "Give a return above -100%: -17% is a fall of 17%.",
        },
    )


def _regions(sheet: Sheet, layout: Layout) -> None:
    first = layout.REGION_FIRST
    sheet.section(first - 2, 0, LAST, "The market outside the theme, by region")
    labels = ["Region", "Window", "Basis", "", "", "", "", "At severity 1"]
    labels += ["At this severity", "", "As run"]
    sheet.header(first - 1, labels, left=3)
    for number, region in enumerate(layout.figures.regions):
        row = first + number
        for col in range(LAST + 1):
            sheet.text(row, col, "", "text:data")
        sheet.data(row, Scen.ID, region.name)
        sheet.text(row, Scen.TITLE, _days(layout, region.window), "text:data")
        basis = layout.language.data(region.basis)
        _noted(sheet, row, basis)
        _input(sheet, row, region.value, region.scaled)


def _noted(sheet: Sheet, row: int, text: str) -> None:
    """Write where a figure comes from, whole, over as many lines as it takes."""
    from stresskit.writers.workbook.book import lines

    sheet.text(row, Scen.GROUP, text, "wrap:data")
    sheet.raw.set_row(row, max(15.0, 11.5 * lines(text, NOTE_WIDTH) + 3))


def _currencies(sheet: Sheet, layout: Layout) -> None:
    """Write what each currency does against the base, made of the factors below."""
    if not layout.currencies:
        return
    first, scenario = layout.fx_first, layout.result.scenario
    base = layout.result.portfolio.base_currency
    base = base or layout.language.say("the base currency")
    sheet.section(first - 2, 0, LAST, "Currencies against {base}", base=base)
    labels = ["Currency", "", "Set by", "", "", "", "", "Own value"]
    labels += ["Return used", "", "As run"]
    sheet.header(first - 1, labels, left=3)
    moves = [
        cell(layout.other_first + n, Scen.SCALED)
        for n in range(len(layout.figures.others))
    ]
    for number, (name, value) in enumerate(layout.figures.currencies.items()):
        row = first + number
        for col in range(LAST + 1):
            sheet.text(row, col, "", "text:data")
        sheet.text(row, Scen.ID, name, "text:data")
        own = scenario.fx.get(name)
        said = "the user" if own is not None else "the factors below"
        sheet.say(row, Scen.GROUP, said, "text:data")
        modelled = against_base(layout, name, moves)
        _own_value(sheet, row, own, modelled, value, "ret")


def _own_value(
    sheet: Sheet, row: int, own: float | None, modelled: str, used: float, style: str
) -> None:
    """Write a cell for a value of one's own; left empty, the model's is used."""
    at = cell(row, Scen.INPUT)
    number = "|0.000%" if style == "small" else ""
    if own is None:
        sheet.raw.write_blank(row, Scen.INPUT, None, sheet.styles[f"ret:input{number}"])
        sheet.text(row, Scen.AS_RUN, "", "text:data")
    else:
        sheet.number(row, Scen.INPUT, own, f"ret:input{number}")
        sheet.number(row, Scen.AS_RUN, own, f"ret:data{number}")
    formula = f"=IF(ISNUMBER({at}),{at},{modelled})"
    sheet.formula(row, Scen.SCALED, formula, used, f"ret:formula{number}")


def against_base(layout: Layout, currency: str, moves: Sequence[str]) -> str:
    """Return the formula of a currency's return against the base.

    ``moves`` are the cells of the other factors' moves, in their order.
    """
    base = layout.result.portfolio.base_currency
    rows = {
        o.currency: at
        for o, at in zip(layout.figures.others, moves, strict=True)
        if o.kind == "currency"
    }
    rows["USD"] = "0"
    others = layout.result.scenario.factor.others
    pegs = others.pegs if others else {}
    one, two = pegs.get(currency, currency), pegs.get(base or "", base)
    if one not in rows or two not in rows or one == two:
        return "0"
    return f"(1+{rows[one]})/(1+{rows[two]})-1"


def _others(sheet: Sheet, layout: Layout) -> None:
    """Write what rates, credit, gold, bitcoin and currencies do, and who says so."""
    others, first = layout.figures.others, layout.other_first
    if not others:
        return
    title = (
        "Other factors: changes of yields and spreads, returns, against the dollar. An "
        "own value leaves the range as it was"
    )
    sheet.section(first - 2, 0, LAST, title)
    labels = ["Factor", "What it is", "Set by", "", "On the day", "", "", "Own value"]
    labels += ["Move used", "", "As run"]
    sheet.header(first - 1, labels, left=3)
    for number, other in enumerate(others):
        row = first + number
        for col in range(LAST + 1):
            sheet.text(row, col, "", "text:data")
        sheet.text(row, Scen.ID, other.id, "text:data")
        sheet.data(row, Scen.TITLE, other.title)
        say = layout.language.data
        said = f"{say(other.source)}: {say(other.note)}"
        _noted(sheet, row, said)
        sheet.number(row, Scen.RAW, other.day, "ret:data|0.000%")
        modelled = modelled_move(layout, other, row)
        _own_value(sheet, row, other.user, modelled, other.move, "small")


def modelled_move(
    layout: Layout,
    other: OtherFigure,
    row: int,
    severity: str = "Severity",
    driver: Callable[[str], str] | None = None,
) -> str:
    """Return the formula of a factor's move that the user does not set.

    ``driver`` gives the formula of a driver's move at the severity; those of this
    sheet unless given.
    """
    day = _of_the_day(other, f"Scenario!{cell(row, Scen.RAW)}", severity)
    asked = layout.result.scenario.others
    carried = day
    if other.drivers:
        moved = driver or partial(_driver, layout)
        carried = "+".join(
            f"{load!r}*({moved(name)})" for name, load in other.drivers.items()
        )
    if asked == "none":
        return "0"
    if asked:
        return carried if asked == "predictive" else day
    return f'IF(ScenarioMode="replay",{day},{carried})'


def _of_the_day(other: OtherFigure, at: str, severity: str) -> str:
    if other.day is None:
        return "0"
    if other.kind in LEVELS:
        return f"{severity}*{at}"
    if other.kind == "currency":
        return f"EXP({severity}*LN(1+{at}))-1"
    return scale(at, severity)


def _driver(layout: Layout, name: str) -> str:
    """Return the cell of a driver's move at the severity."""
    if name == MARKET:
        return cell(layout.region_row("US"), Scen.SCALED)
    return cell(
        layout.segment_first + layout.figures.segment_ids.index(name), Scen.SCALED
    )


def _segments(sheet: Sheet, layout: Layout) -> None:
    f, first = layout.figures, layout.segment_first
    shocks = {s.segment: s for s in layout.result.scenario.factor.shocks}
    sheet.section(
        first - 2,
        0,
        LAST,
        "Shock per segment: return on the day net of beta times the market",
    )
    labels = [
        "Segment",
        "What it is",
        "Group",
        "Members",
        "Measured",
        "Estimated",
    ]
    labels += ["Standard error", "Shock at severity 1", "Shock at this severity"]
    labels += ["Error at this severity", "As run", "z of the day"]
    labels += ["Rank among days", "Sign expected"]
    sheet.header(first - 1, labels, left=3, height=40)
    for number, name in enumerate(f.segment_ids):
        row = first + number
        segment, shock = layout.titles.get(name), shocks.get(name)
        sheet.text(row, Scen.ID, name, "text:data")
        sheet.data(row, Scen.TITLE, segment.title if segment else "")
        group = segment.group if segment else ""
        sheet.data(row, Scen.GROUP, layout.group_titles.get(group, group))
        sheet.number(row, Scen.MEMBERS, shock.members if shock else None, "int:data")
        sheet.number(row, Scen.RAW, shock.raw if shock else None, "ret:data")
        sheet.number(row, Scen.SHRUNK, shock.shrunk if shock else None, "ret:data")
        sheet.number(row, Scen.ERROR, float(f.shock_error[number]), "ret:data")
        _input(sheet, row, float(f.shock[number]), float(f.scaled[number]))
        given, error = cell(row, Scen.INPUT), cell(row, Scen.ERROR)
        exponent = f"IF({given}<0,Severity,MIN(Severity,1))"
        # A shock put in by hand has no standard error, as in the engine.
        sheet.formula(
            row,
            Scen.SLOPE,
            f"=IF({given}={cell(row, Scen.AS_RUN)},{error},0)"
            f"*{exponent}*(1+{given})^({exponent}-1)",
            float(f.slope_error[number]),
            "ret",
        )
        found = shock.significance if shock else None
        sheet.number(row, Scen.Z, found.z if found else None, "num:data|0.0")
        rank = ""
        if found:
            days = {"rank": found.rank, "days": found.days + 1}
            rank = layout.language.say("{rank} of {days}", **days)
        sheet.text(row, Scen.RANK, rank, "label:data")
        expected = segment.expected_sign if segment else ""
        sheet.text(row, Scen.EXPECTED, expected, "label:data")


def _after(sheet: Sheet, layout: Layout) -> None:
    """Write what was left of the day later, and how far out the day was."""
    factor, language = layout.result.scenario.factor, layout.language
    row = layout.segment_last + 2
    sheet.say(
        row - 1,
        0,
        "z and rank: the day against the segment's own history before it. Sign "
        "expected: judged beforehand, -- and ++ are strong.",
        "note",
    )
    if factor.path:
        sheet.section(row, 0, LAST, "What was left of the day's losses later")
        labels = ["Sessions later", "Left of the abnormal loss", "Standard error"]
        sheet.header(row + 1, [*labels, "Stocks"], left=3, height=18)
        for n, point in enumerate(factor.path, row + 2):
            sheet.number(n, 0, point.days, "label:data|0")
            sheet.number(n, 1, point.persistence, "pct:data")
            sheet.number(n, 2, point.standard_error, "pct:data")
            sheet.number(n, 3, point.securities, "int:data")
        row += len(factor.path) + 3
    p = factor.plausibility
    if p is not None:
        days = ", ".join(
            f"{language.date(day)} ({language.number(value, 2)})"
            for day, value in p.nearest[:3]
        )
        said = language.say(
            "How far out: the day lies {distance} from an ordinary one, where the "
            "typical day lies {typical} (distances compare only with each other). Days "
            "most like it, the event being 1: {days}.",
            distance=language.number(p.distance, 1),
            typical=language.number(p.typical, 1),
            days=days,
        )
        _wrapped(sheet, row, "Plausibility", said)

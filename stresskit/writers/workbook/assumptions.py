"""The Assumptions sheet: what was assumed, on which date, from which data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stresskit.writers.workbook.book import Book, Sheet
    from stresskit.writers.workbook.layout import Layout

WIDTH = 118
LAST = 2
NOT_STATED = "not stated"


def write(book: Book, layout: Layout) -> None:
    """Write the sheet."""
    sheet = book.sheet("Assumptions")
    sheet.widths([28, WIDTH - 34, 34])
    sheet.title(
        "Assumptions and inputs",
        "What was put in, on which date, and where it comes from.",
        LAST + 1,
    )
    row = 3
    for heading, rows in (
        ("The question", _question(layout)),
        ("The holdings", _holdings(layout)),
        ("The factor", _factor(layout)),
        ("The hedges", _hedges(layout)),
    ):
        if rows:
            row = _table(sheet, row, heading, rows)
    sheet.raw.freeze_panes(2, 0)


def _table(
    sheet: Sheet, row: int, heading: str, rows: list[tuple[str, str, str]]
) -> int:
    from stresskit.writers.workbook.book import lines

    sheet.section(row, 0, LAST, heading)
    sheet.header(row + 1, ["What", "Value", "Where from"], left=3, height=18)
    for n, (what, value, source) in enumerate(rows, row + 2):
        sheet.say(n, 0, what, "wrap:term")
        sheet.text(n, 1, value, "wrap:prose")
        sheet.say(n, 2, source, "wrap:prose")
        tall = max(lines(value, WIDTH - 36), lines(sheet.language.say(source), 32))
        sheet.raw.set_row(n, 13.0 * min(tall, 30) + 3)
    return row + len(rows) + 3


def _question(layout: Layout) -> list[tuple[str, str, str]]:
    scenario, language = layout.result.scenario, layout.language
    say = language.say
    mode = (
        say("replay: the same day again, with what each company did")
        if scenario.mode == "replay"
        else say("factor: an event of this kind, without companies' own moves")
    )
    others = {
        "predictive": say("as they usually do with the drivers of the event"),
        "event": say("as on the days of the event"),
        "none": say("they do not move"),
    }[scenario.other_mode]
    given = [f"{k} {language.digits(f'{v:.2%}')}" for k, v in scenario.shocks.items()]
    given += [f"{k} {v:+g}" for k, v in scenario.other_moves.items()]
    given += [f"{k} {language.digits(f'{v:.2%}')}" for k, v in scenario.fx.items()]
    market = scenario.market
    run, factor = "this run", "the factor"
    return [
        ("Event", language.data(scenario.factor.title), factor),
        ("Severity", language.number(scenario.severity, 2), run),
        ("Mode", mode, run),
        (
            "Sessions after the event",
            str(scenario.day),
            run,
        ),
        (
            "Market outside the theme",
            say("by region, see Scenario")
            if market is None
            else language.digits(f"{market:.2%}"),
            factor if market is None else run,
        ),
        ("Rates, credit, gold, currencies", others, run),
        ("Moves set by the user", "; ".join(given) or say("none"), run),
        ("Amounts in", layout.language.unit_shown, "the holdings"),
    ]


def _holdings(layout: Layout) -> list[tuple[str, str, str]]:
    p, language, say = layout.result.portfolio, layout.language, layout.language.say
    source = p.source
    as_of = language.date(p.as_of) if p.as_of else say(NOT_STATED)
    rates = "; ".join(f"{k} {v:.6g}" for k, v in p.fx.items())
    inputs = layout.result.exposures.inputs
    rows = [
        ("Portfolio", p.name or say(NOT_STATED), "the file"),
        ("File", str(source.get("file") or say(NOT_STATED)), "the file"),
        ("Date of the holdings", as_of, "the file or --as-of"),
        ("Positions", language.number(len(p.positions)), "the file"),
        (
            "Exchange rates, base currency per unit",
            language.digits(rates) or say("none used"),
            "the rates file",
        ),
        (
            "Places of the holdings in the chain",
            "; ".join(f"{k}: {v}" for k, v in inputs.items()) or say("none used"),
            "files of one's own",
        ),
    ]
    stated = p.stated_total
    if stated is not None:
        rows.append(
            ("Total the file itself states", language.number(stated), "the file")
        )
    return rows


def _factor(layout: Layout) -> list[tuple[str, str, str]]:
    factor, language, say = (
        layout.result.scenario.factor,
        layout.language,
        layout.language.say,
    )
    days = language.date(factor.event_start)
    if factor.event_end != factor.event_start:
        end = language.date(factor.event_end)
        days = say("{start} to {end}", start=days, end=end)
    revision = say(
        "{factor}, revision {revision}", factor=factor.id, revision=factor.revision
    )
    band = layout.result.band
    multiplier = say(
        "{level} of errors, multiplier {multiplier}",
        level=language.share(band.level),
        multiplier=language.number(band.multiplier, 3),
    )
    own = "the factor's folder"
    settings = "; ".join(f"{k} = {v}" for k, v in factor.method.items())
    return [
        ("Event window", days, own),
        ("Factor", revision, own),
        ("Value chain", f"{factor.chain.id}@{factor.chain.revision}", own),
        ("Companies measured", language.number(len(factor.evidence)), "moves.csv"),
        ("The range", multiplier, "the factor or a t distribution"),
        ("Settings of the estimate", settings or say("none stated"), own),
    ]


def _hedges(layout: Layout) -> list[tuple[str, str, str]]:
    plan, language, say = layout.plan, layout.language, layout.language.say
    if plan is None:
        return []
    m = plan.mandate
    cost = say("half-spreads, commission, borrow and impact for the mandate's horizon")
    return [
        ("Mandate", language.data(m.title), "the mandate's file"),
        ("Target", language.data(plan.asked.words), "this run or the mandate"),
        ("Instruments", language.number(len(plan.instruments)), "instruments.csv"),
        ("Costs", cost, "instruments.csv, estimates"),
    ]

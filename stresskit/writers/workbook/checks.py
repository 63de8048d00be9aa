"""The Checks sheet: sums that have to tie out, as formulas; and the run log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.writers.workbook.attribution import PARTS
from stresskit.writers.workbook.book import area, cell
from stresskit.writers.workbook.hedges import (
    LEG_PNL,
    NOTIONAL,
    PNL,
    RATIO,
    total_row,
)
from stresskit.writers.workbook.language import Given
from stresskit.writers.workbook.layout import FIRST, Exp, Layout, Pos, Scen
from stresskit.writers.workbook.positions import TOTAL

if TYPE_CHECKING:
    from stresskit.writers.workbook.book import Book, Sheet

UNCHANGED_ROW = 3


def write(book: Book, layout: Layout) -> None:
    """Write the sheet."""
    sheet = book.sheet("Checks")
    sheet.widths([72, 20, 20, 16, 14, 10])
    sheet.title(
        "Checks",
        "Each line compares two ways to the same figure. The master check on Summary "
        "is TRUE when all of them are.",
        6,
    )
    _unchanged(book, sheet, layout)
    labels = ["Check", "One way", "Other way", "Difference", "Allowed", "OK"]
    sheet.header(layout.CHECK_FIRST - 1, labels)
    style = "num:formula|#,##0.00####;-#,##0.00####;0"
    checks = _checks(layout)
    for number, (label, left, right, value, other) in enumerate(checks):
        row = layout.CHECK_FIRST + number
        sheet.say(row, 0, label, "wrap:formula")
        sheet.raw.set_row(row, 16)
        sheet.formula(row, 1, f"={left}", value, style)
        sheet.formula(row, 2, f"={right}", other, style)
        a, b = cell(row, 1), cell(row, 2)
        sheet.formula(row, 3, f"={a}-{b}", value - other, "sci")
        allowed = 1e-9 * max(abs(value), abs(other), _gross(layout))
        tolerance = f"=0.000000001*MAX(ABS({a}),ABS({b}),GrossValue)"
        sheet.formula(row, 4, tolerance, allowed, "sci")
        within = f"=ABS({cell(row, 3)})<={cell(row, 4)}"
        sheet.formula(row, 5, within, abs(value - other) <= allowed, "flag")
    last = layout.check_last
    sheet.raw.conditional_format(
        layout.CHECK_FIRST,
        5,
        last,
        5,
        {"type": "cell", "criteria": "==", "value": "FALSE", "format": _bad(sheet)},
    )
    _words(sheet, layout)
    sheet.raw.repeat_rows(layout.CHECK_FIRST - 1)
    sheet.raw.freeze_panes(layout.CHECK_FIRST, 0)


def _words(sheet: Sheet, layout: Layout) -> None:
    """Write the figures that the summary's sentences name, with their texts."""
    from stresskit.writers.workbook.words import write_figures

    first = layout.words_first
    sheet.section(first - 2, 0, 5, "Figures in the sentences of the summary")
    labels = ["Figure", "Value", "Shown in", "Decimals", "In words", ""]
    sheet.header(first - 1, labels, height=18)
    write_figures(sheet, layout, first, layout.sentences.figures)


def _bad(sheet: Sheet) -> object:
    found: object = sheet.styles["bad"]
    return found


def master_formula(layout: Layout) -> str:
    """Return the formula that says whether every check holds."""
    last = layout.check_last
    return f"=AND(Checks!{area(layout.CHECK_FIRST, 5, last, 5)})"


def master_value(layout: Layout) -> bool:
    """Return what the engine's numbers give for the master check."""
    return all(
        abs(a - b) <= 1e-9 * max(abs(a), abs(b), _gross(layout))
        for *_, a, b in _checks(layout)
    )


def _unchanged(book: Book, sheet: Sheet, layout: Layout) -> None:
    """Say whether the scenario's inputs are still those of the run."""
    scenario, row = layout.result.scenario, UNCHANGED_ROW
    first, last = layout.REGION_FIRST, layout.segment_last
    own = (
        (layout.fx_first, len(layout.currencies)),
        (layout.other_first, len(layout.figures.others)),
    )
    parts = [
        f"ABS(Severity-{scenario.severity!r})<0.000000000001",
        f'ScenarioMode="{scenario.mode}"',
        *(
            _as_they_were(a, b)
            for a, b in (
                (first, first + len(layout.figures.regions) - 1),
                (layout.segment_first, last),
            )
        ),
        *(_as_they_were(a, a + count - 1) for a, count in own if count),
        *_exposures_unchanged(layout),
    ]
    sheet.say(row, 0, "Scenario inputs are as the engine had them", "text")
    sheet.formula(row, 1, f"=AND({','.join(parts)})", True, "flag")
    book.define("InputsUnchanged", "Checks", cell(row, 1))
    sheet.say(
        row + 1, 0, "Hedge ratios and notionals are as the engine had them", "text"
    )
    same = ",".join(_hedges_unchanged(layout)) or "TRUE"
    sheet.formula(row + 1, 1, f"=AND({same})", True, "flag")
    book.define("HedgesUnchanged", "Checks", cell(row + 1, 1))


def _hedges_unchanged(layout: Layout) -> list[str]:
    """Return formulas that ratios and notionals are still those of the run."""
    found = []
    for number, hedge in enumerate(layout.hedges()):
        if not hedge.legs:
            continue
        ratio = f"Hedges!{cell(layout.FAMILY_FIRST + number, RATIO)}"
        first, last = layout.leg_rows[number], total_row(layout, number) - 1
        money = f"Hedges!{area(first, NOTIONAL, last, NOTIONAL)}"
        total = sum(leg.notional for leg in hedge.legs)
        squares = sum(leg.notional**2 for leg in hedge.legs)
        found.append(f"{ratio}=1")
        # The place counts too: two notionals that change places are a change.
        places = ";".join(str(n + 1) for n in range(len(hedge.legs)))
        placed = sum((n + 1) * leg.notional for n, leg in enumerate(hedge.legs))
        for formula, value in (
            (f"SUM({money})", total),
            (f"SUMSQ({money})", squares),
            (f"SUMPRODUCT({money},{{{places}}})", placed),
        ):
            allowed = 1e-9 * (1.0 + abs(value))
            found.append(f"ABS({formula}-{float(value)!r})<{allowed!r}")
    return found


def _exposures_unchanged(layout: Layout) -> list[str]:
    """Return formulas that betas and sensitivities are still those of the run.

    Sums, sums of squares, and sums with the money they act on: to leave all as they
    were is to change cells and hide it.
    """
    import numpy as np

    if not layout.rows:
        return []
    f = layout.figures
    matrix = f.sensitivities[:, list(f.used)]
    beta = np.array([r.exposure.beta or 0.0 for r in layout.rows], dtype=float)
    last = layout.last_segment_column
    ranges = (
        (f"Exposures!{area(FIRST, Exp.SEGMENTS, layout.last, last)}", matrix),
        (layout.exposures(Exp.BETA), beta),
    )
    found = []
    for at, values in ranges:
        for name, value in (("SUM", values.sum()), ("SUMSQ", (values**2).sum())):
            allowed = 1e-9 * (1.0 + abs(float(value)))
            found.append(f"ABS({name}({at})-{float(value)!r})<{allowed!r}")
    exposed = f.exposed[list(f.used)]
    money = layout.exposures(Exp.MONEY)
    for formula, value in (
        (f"SUMSQ({layout.segment_row(Exp.EXPOSED)})", (exposed**2).sum()),
        (f"SUMPRODUCT({layout.exposures(Exp.BETA)},{money})", f.money @ beta),
    ):
        allowed = 1e-9 * (1.0 + abs(float(value)) + float((f.money**2).sum()))
        found.append(f"ABS({formula}-{float(value)!r})<{allowed!r}")
    return found


def _as_they_were(first: int, last: int) -> str:
    """Return the formula that cells for values hold what they held, one by one."""
    values = f"Scenario!{area(first, Scen.INPUT, last, Scen.INPUT)}"
    as_run = f"Scenario!{area(first, Scen.AS_RUN, last, Scen.AS_RUN)}"
    same = f"SUMPRODUCT(({values}<>{as_run})*1)=0"
    return f"AND(COUNT({values})=COUNT({as_run}),{same})"


def _hedge_pnl(layout: Layout, number: int) -> str:
    """Return the cell with what a suggestion's orders make."""
    if layout.hedges()[number].legs:
        return cell(total_row(layout, number), LEG_PNL)
    return cell(layout.FAMILY_FIRST + number, PNL)


def _gross(layout: Layout) -> float:
    return sum(r.gross_value for r in layout.rows)


def _checks(layout: Layout) -> list[tuple[str, str, str, float, float]]:
    """Return label, formula, formula, value, value."""
    r, a = layout.result, layout.result.attribution
    rows = layout.rows
    parts = layout.parts_first + len(PARTS)
    shown = layout.shown_first + len(layout.shown_segments)
    rest = a.others + a.options + a.cross
    from_segments = sum(s.pnl for s in layout.shown_segments)
    half = r.band.multiplier * sum(r.band.parts.values()) ** 0.5

    def total(col: int) -> str:
        return f"Positions!{cell(TOTAL, col)}"

    found = [
        (
            "P&L by position adds up to P&L by source",
            total(Pos.PNL),
            f"Attribution!{cell(parts, 1)}",
            sum(p.pnl for p in rows),
            a.market + a.segments + a.own_name + a.fx + rest,
        ),
        (
            "P&L by segment adds up to the positions' segment part",
            f"Attribution!{cell(shown, 1)}",
            total(Pos.SEGMENTS),
            from_segments,
            sum(p.segments for p in rows),
        ),
        (
            "The waterfall ends at the P&L",
            f"Attribution!{cell(layout.steps_last, 1)}",
            "PnL",
            a.market + from_segments + a.own_name + a.fx + rest,
            r.pnl,
        ),
        (
            "Value before plus P&L is the value after",
            "NAV+PnL",
            "StressedValue",
            r.base_value + r.pnl,
            r.stressed_value,
        ),
        (
            "Positions' values add up to the portfolio's value as the engine had it",
            "NAV",
            repr(float(r.base_value)),
            sum(p.base_value for p in rows),
            r.base_value,
        ),
        (
            "Covered and not covered values add up to the gross value",
            (
                f'SUMIF({layout.positions(Pos.COVERED)},"{layout.language.say("yes")}",'
                f"{layout.positions(Pos.GROSS)})+UncoveredValue"
            ),
            "GrossValue",
            _gross(layout),
            _gross(layout),
        ),
        (
            "The range reaches its half width above the P&L",
            "BandHigh-PnL",
            "HalfWidth",
            r.band.high - r.pnl,
            half,
        ),
        (
            "This workbook and the engine agree on the P&L (while inputs are as run)",
            "PnL",
            f"IF(InputsUnchanged,{float(r.pnl)!r},PnL)",
            r.pnl,
            r.pnl,
        ),
        (
            "This workbook and the engine agree on the range (while inputs are as run)",
            "HalfWidth",
            f"IF(InputsUnchanged,{half!r},HalfWidth)",
            half,
            half,
        ),
    ]
    for number, hedge in enumerate(layout.hedges()):
        row = layout.FAMILY_FIRST + number
        found.append(
            (
                Given(
                    layout.language.say(
                        "P&L, hedge and cost add up: {hedge}",
                        hedge=layout.language.data(hedge.title or hedge.family),
                    )
                ),
                (f"PnL+Hedges!{_hedge_pnl(layout, number)}-Hedges!{cell(row, 3)}"),
                f"Hedges!{cell(row, 6)}",
                r.pnl + hedge.hedge_pnl - hedge.cost,
                hedge.residual_pnl,
            )
        )
    return found

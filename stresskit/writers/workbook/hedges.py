"""The Hedges sheet: the suggestions side by side, then every order."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from stresskit.writers.text import STATUS_WORDS
from stresskit.writers.workbook.book import area, cell
from stresskit.writers.workbook.language import Given
from stresskit.writers.workbook.layout import Layout
from stresskit.writers.workbook.positions import money_width
from stresskit.writers.workbook.words import Said, either, fixed, joined

if TYPE_CHECKING:
    from stresskit.model import Hedge, HedgeLeg
    from stresskit.writers.workbook.book import Book, Sheet
    from stresskit.writers.workbook.language import Language

LAST = 10
TITLE, STATUS, GROSS, COST, BPS, PNL, RESIDUAL, PCT, AVOIDED = range(9)
RATIO, BINDING = 9, 10
(
    INSTRUMENT,
    NAME,
    SIDE,
    QUANTITY,
    NOTIONAL,
    RATE,
    LEG_COST,
    RETURN,
    LEG_PNL,
    UNIT,
) = range(10)
# What a hedge's figures are called, and their format.
MEASURED = {
    "worst_case_loss": ("Loss left if errors go against it (95%, of value)", "{:.2%}"),
    "gap": ("Gap to the best bound on the cost", "{:.0e}"),
    "time_limit_reached": ("The time limit was reached", "{:.0f}"),
}
# The note or the table says these.
SAID = (
    *("target", "tracking_error", "turnover", "tax"),
    *("cvar_before", "cvar_after", "tail"),
)


def write(book: Book, layout: Layout) -> None:
    """Write the sheet; there is none without a plan."""
    if layout.plan is None:
        return
    sheet = book.sheet("Hedges")
    width = money_width(layout)
    sheet.widths([32, 34, width + 1, width, width, width, width, 10, 10, 12, 42])
    sheet.title(
        "Hedges",
        "{mandate}: take away {target}. Amounts in {unit}; costs are estimates for a "
        "round trip.",
        LAST + 1,
        mandate=layout.language.data(layout.plan.mandate.title),
        target=layout.language.data(layout.plan.asked.words),
    )
    labels = ["Hedge", "Result", "Gross notional ({unit})", "Cost ({unit})"]
    labels += ["Cost (bp of value)", "Hedge P&L ({unit})", "P&L left ({unit})"]
    labels += ["P&L left, %", "Loss avoided", "Hedge ratio, 100% as planned"]
    labels += ["What stops it from being better"]
    sheet.header(layout.FAMILY_FIRST - 1, labels, left=2, height=40)
    for number, hedge in enumerate(layout.plan.hedges):
        _family(sheet, layout, number, hedge)
        if hedge.legs:
            _orders(sheet, layout, number, hedge)
    sheet.raw.freeze_panes(layout.FAMILY_FIRST, 1)


def total_row(layout: Layout, number: int) -> int:
    """Return the row under a hedge's orders that adds them up."""
    return layout.leg_rows[number] + len(layout.hedges()[number].legs)


def _family(sheet: Sheet, layout: Layout, number: int, hedge: Hedge) -> None:
    """Write one line of the comparison, from the orders' totals."""
    row, total = layout.FAMILY_FIRST + number, total_row(layout, number)
    base, pnl = layout.result.base_value, layout.result.pnl
    sheet.data(row, TITLE, hedge.title or hedge.family, "wrap:formula")
    result = result_said(layout, row, hedge)
    status = result.value
    sheet.formula(row, STATUS, f"={result.formula}", status, "wrap:formula")
    gross = sum(leg.notional for leg in hedge.legs)
    residual = cell(row, RESIDUAL)
    sums = (
        (GROSS, NOTIONAL, gross),
        (COST, LEG_COST, hedge.cost),
        (PNL, LEG_PNL, hedge.hedge_pnl),
    )
    for col, source, amount in sums:
        if hedge.legs:
            sheet.formula(row, col, f"={cell(total, source)}", amount, "money")
        else:
            sheet.number(row, col, amount, "money:data")
    formulas = [
        (
            BPS,
            f'IF(NAV=0,"",{cell(row, COST)}/NAV*10000)',
            hedge.cost_bps if base else None,
            "bp",
        ),
        (
            RESIDUAL,
            f"PnL+{cell(row, PNL)}-{cell(row, COST)}",
            hedge.residual_pnl,
            "money",
        ),
        (
            PCT,
            f'IF(NAV=0,"",{residual}/NAV)',
            hedge.residual_pnl / base if base else None,
            "pct",
        ),
        (
            AVOIDED,
            f'IF(PnL<0,1-{residual}/PnL,"")',
            1 - hedge.residual_pnl / pnl if pnl < 0 else None,
            "pct",
        ),
    ]
    for col, formula, value, style in formulas:
        sheet.formula(row, col, f"={formula}", value, style)
    if hedge.legs:
        _ratio(sheet, row)
    else:
        sheet.text(row, RATIO, "", "text:data")
    limits = "; ".join(layout.language.data(b) for b in hedge.binding)
    limits = limits or ("" if hedge.legs else layout.language.data(hedge.note))
    sheet.text(row, BINDING, limits, "wrap:formula")
    from stresskit.writers.workbook.book import lines

    height = max(lines(limits, 40), lines(hedge.title, 30), lines(status, 24))
    sheet.raw.set_row(row, 12.5 * height + 4)


def result_said(layout: Layout, row: int, hedge: Hedge) -> Said:
    """Return what a suggestion reaches: as run, and once an input is changed."""
    language, say = layout.language, layout.language.say
    as_run = fixed(language.data(STATUS_WORDS.get(hedge.status, hedge.status)))
    if not hedge.legs:
        return as_run
    share = Said(f"ROUND(100*{cell(row, AVOIDED)},0)", "") + fixed(language.percent)
    now = joined(language, "takes away {share} of the loss", share=share)
    if any(layout.return_formula(leg) is None for leg in hedge.legs):
        # Without a formula a return stays what it was.
        now = now + fixed(" " + say("(some returns as run)"))
    lost = either("PnL<0", True, now, fixed(say("no loss to take away")))
    return either("AND(InputsUnchanged,HedgesUnchanged)", True, as_run, lost)


def _ratio(sheet: Sheet, row: int) -> None:
    """Write how much of the plan is taken; orders, cost and effect follow it."""
    sheet.number(row, RATIO, 1.0, "pct:input|0%")
    say = sheet.language.say
    sheet.raw.data_validation(
        row,
        RATIO,
        row,
        RATIO,
        {
            "validate": "decimal",
            "criteria": "between",
            "minimum": 0,
            "maximum": 5,
            "error_title": say("Hedge ratio"),
            "error_message": say("Give 0% for nothing, 100% for the plan, up to 500%."),
        },
    )


def _orders(sheet: Sheet, layout: Layout, number: int, hedge: Hedge) -> None:
    first = layout.leg_rows[number]
    ratio = cell(layout.FAMILY_FIRST + number, RATIO)
    sheet.section(first - 3, 0, LAST, Given(hedge.title or hedge.family))
    language = layout.language
    notes = [language.data(hedge.note), *_measured(language, hedge)]
    said = "  ".join(n for n in notes if n)
    sheet.raw.merge_range(first - 2, 0, first - 2, LAST, "", sheet.styles["wrap:prose"])
    sheet.paragraph(first - 2, said, width=190)
    labels = ["Order", "Name", "Side", "Quantity", "Notional ({unit})", "Cost rate"]
    labels += ["Cost ({unit})", "Return", "P&L ({unit})", "Value of one unit", ""]
    sheet.header(first - 1, labels, left=3)
    for place, leg in enumerate(hedge.legs):
        _leg(sheet, layout, first + place, leg, ratio)
    row = total_row(layout, number)
    for col in range(LAST + 1):
        sheet.say(row, col, "" if col else "Total", "text:total")
    # A hedge may cost more than its orders: the difference is kept in the total.
    other = hedge.cost - sum(leg.cost for leg in hedge.legs)
    extra = "" if math.isclose(other, 0.0, abs_tol=1e-9 * (1 + hedge.cost)) else other
    totals = [
        (NOTIONAL, sum(leg.notional for leg in hedge.legs), f"{ratio}*", ""),
        (LEG_COST, hedge.cost, "", f"+{extra!r}*{ratio}" if extra else ""),
        (LEG_PNL, hedge.hedge_pnl, "", ""),
    ]
    for col, value, times, more in totals:
        formula = f"={times}SUM({area(first, col, row - 1, col)}){more}"
        sheet.formula(row, col, formula, value, "money:total")


def _measured(language: Language, hedge: Hedge) -> list[str]:
    """Return in words what was measured of a hedge and the note does not say."""
    found = []
    for name, value in hedge.diagnostics.items():
        if name in SAID:
            continue
        words, style = MEASURED.get(name, (name, "{:.4g}"))
        said = language.say(words) if name in MEASURED else words
        found.append(f"{said}: {language.digits(style.format(value))}.")
    return found


def _leg(sheet: Sheet, layout: Layout, row: int, leg: HedgeLeg, ratio: str) -> None:
    sheet.text(row, INSTRUMENT, leg.instrument, "text:data")
    sheet.text(row, NAME, leg.name, "text:data")
    sheet.data(row, SIDE, leg.side)
    sheet.number(row, NOTIONAL, leg.notional, "money:input")
    sheet.raw.data_validation(
        row,
        NOTIONAL,
        row,
        NOTIONAL,
        {
            "validate": "decimal",
            "criteria": ">=",
            "value": 0,
            "error_title": layout.language.say("Not a notional"),
            "error_message": layout.language.say(
                "Give a positive amount; the side says which way."
            ),
        },
    )
    notional = cell(row, NOTIONAL)
    unit = leg.notional / leg.quantity if leg.quantity and leg.notional else None
    sheet.number(row, UNIT, unit, "price:data")
    if unit is None:
        sheet.number(row, QUANTITY, leg.quantity, "quantity:data")
    else:
        quantity = f"={ratio}*{notional}/{cell(row, UNIT)}"
        sheet.formula(row, QUANTITY, quantity, leg.quantity, "quantity")
    rate = leg.cost / leg.notional if leg.notional else leg.cost_rate
    sheet.number(row, RATE, rate, "ret:data|0.000%")
    cost = f"={ratio}*{notional}*{cell(row, RATE)}"
    sheet.formula(row, LEG_COST, cost, leg.cost, "money")
    formula = layout.return_formula(leg)
    if formula is None:
        sheet.number(row, RETURN, leg.stress_return, "pct:data")
    else:
        sheet.formula(row, RETURN, formula, leg.stress_return, "pct")
    sign = "" if leg.side == "buy" else "-"
    pnl = f"={sign}{ratio}*{notional}*{cell(row, RETURN)}"
    sheet.formula(row, LEG_PNL, pnl, leg.pnl, "money")

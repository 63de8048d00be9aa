"""The Order values sheet: what a unit of each order makes, and its options' terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.writers.workbook.book import cell
from stresskit.writers.workbook.hedges import NOTIONAL, RATIO
from stresskit.writers.workbook.language import Given
from stresskit.writers.workbook.layout import OPTION_RETURN, Exp, Layout
from stresskit.writers.workbook.options import SESSIONS_A_YEAR, value_formula
from stresskit.writers.workbook.positions import money_width

if TYPE_CHECKING:
    from stresskit.model import HedgeLeg
    from stresskit.writers.workbook.book import Book, Sheet


def write(book: Book, layout: Layout) -> None:
    """Write the sheet; there is none without an order."""
    plan = layout.plan
    if plan is None or not any(h.legs for h in plan.hedges):
        return
    sheet = book.sheet("Order values", model=True)
    count = len(plan.scenarios)
    last = max(OPTION_RETURN, 3 + count)
    sheet.widths([34, 11, 9, money_width(layout), *([10] * (last - 3))])
    sheet.title(
        "Order values",
        "What a unit of each order makes in every scenario as run, its money by the "
        "hedge ratio, and the terms of the options among them.",
        last + 1,
    )
    first = layout.ORDER_FIRST
    sheet.section(first - 2, 0, 3 + count, "Return of each order in every scenario")
    labels = ["Order", "Suggestion", "Bought 1, sold -1", "Notional ({unit})"]
    labels += [Given(s.label) for s in plan.scenarios]
    sheet.header(first - 1, labels, left=2, height=58)
    at = first
    for number, h in enumerate(plan.hedges):
        ratio = f"Hedges!{cell(layout.FAMILY_FIRST + number, RATIO)}"
        for place, leg in enumerate(h.legs):
            sheet.text(
                at, 0, f"{sheet.language.data(leg.side)} {leg.name}", "text:data"
            )
            sheet.data(at, 1, h.family)
            sign = 1.0 if leg.side == "buy" else -1.0
            sheet.number(at, 2, sign, "num:data|0")
            taken = f"Hedges!{cell(layout.leg_rows[number] + place, NOTIONAL)}"
            sheet.formula(at, 3, f"={ratio}*{taken}", leg.notional, "money")
            for n, pnl in enumerate(leg.pnls):
                value = sign * pnl / leg.notional if leg.notional else 0.0
                sheet.number(at, 4 + n, value, "ret:data")
            at += 1
    _options(sheet, layout)
    sheet.raw.freeze_panes(first, 1)
    sheet.raw.repeat_columns(0, 0)


def _options(sheet: Sheet, layout: Layout) -> None:
    """Write terms and values of the options among the orders, by formula."""
    if not layout.option_legs:
        return
    first = layout.option_legs_first
    sheet.section(first - 2, 0, OPTION_RETURN, "Options among the orders")
    labels: tuple[str, ...] = (
        "Option",
        "Call 1, put -1",
        "Strike / spot",
        "Years",
        "Volatility",
    )
    labels += ("Rate", "Value before", "Share's return", "Shift of vol.", "Spot after")
    labels += ("Vol. after", "Years after", "Value after", "Carry", "Return")
    sheet.header(first - 1, labels, height=30)
    later = layout.result.scenario.day / SESSIONS_A_YEAR
    for place, leg in enumerate(layout.option_legs):
        _option(sheet, layout, first + place, leg, later)


def _option(sheet: Sheet, layout: Layout, at: int, leg: HedgeLeg, later: float) -> None:
    from stresskit.core.hedge.instruments import SLOPE
    from stresskit.core.instruments import options as pricing

    q, row = leg.option, layout.instrument_row(leg)
    if q is None or row is None:
        return
    names: tuple[str, ...] = (
        "SIGN",
        "STRIKE",
        "YEARS",
        "VOL",
        "RATE",
        "BEFORE",
        "RETURN",
        "SHIFT",
    )
    names += ("AFTER", "VOL_AFTER", "YEARS_AFTER", "VALUE")
    o = {name: cell(at, 1 + n) for n, name in enumerate(names)}
    o |= {"SPOT": "1", "DIVIDEND": "0", "AMERICAN": "1"}
    local = layout.instruments[row - layout.instrument_first].local_return
    none = layout.result.scenario.others == "none"
    days = q.years * 365
    shift = 0.0 if none else float(pricing.vol_shock(local, SLOPE, days))
    years = max(q.years - later, 0.0)
    rule = (
        f"MIN({-SLOPE!r}*MAX(-{o['RETURN']},0),0.25)*SQRT(30/MAX(30,{o['YEARS']}*365))"
    )
    sheet.text(at, 0, leg.name, "text:data")
    for name, value, style in (
        ("SIGN", 1.0 if q.call else -1.0, "num:data|0"),
        ("STRIKE", q.strike, "pct:data|0%"),
        ("YEARS", q.years, "num:data|0.000"),
        ("VOL", q.volatility, "ret:data"),
        ("RATE", q.rate, "ret:data"),
    ):
        sheet.number(at, 1 + names.index(name), value, style)
    exposed = f"MAX(Exposures!{cell(row, Exp.LOCAL)},-1)"
    after = _worth(1.0 + local, q.strike, years, q.volatility + shift, q.rate, q.call)
    before = _worth(1.0, q.strike, q.years, q.volatility, q.rate, q.call)
    for name, formula, value, style in (
        (
            "BEFORE",
            value_formula(o, "1", o["VOL"], o["YEARS"]),
            before,
            "num:formula|0.0000",
        ),
        ("RETURN", exposed, max(local, -1.0), "ret"),
        ("SHIFT", "0" if none else rule, shift, "ret"),
        ("AFTER", f"1+{o['RETURN']}", 1.0 + local, "num:formula|0.0000"),
        ("VOL_AFTER", f"{o['VOL']}+{o['SHIFT']}", q.volatility + shift, "ret"),
        ("YEARS_AFTER", f"MAX({o['YEARS']}-{later!r},0)", years, "num:formula|0.000"),
        (
            "VALUE",
            value_formula(o, o["AFTER"], o["VOL_AFTER"], o["YEARS_AFTER"]),
            after,
            "num:formula|0.0000",
        ),
    ):
        sheet.formula(at, 1 + names.index(name), f"={formula}", value, style)
    sheet.number(at, OPTION_RETURN - 1, q.carry, "num:data|0.0000")
    # In base currency: what the trading currency does to the gain.
    gain = (after - before) if before else 0.0
    c = leg.stress_return / gain - 1.0 if abs(gain) > 1e-12 else 0.0
    moved = layout.currency_cell(leg.currency)
    in_base = "" if abs(c) < 1e-9 else f"*(1+{moved or repr(c)})"
    formula = f"=({o['VALUE']}-{o['BEFORE']}){in_base}"
    sheet.formula(at, OPTION_RETURN, formula, leg.stress_return, "ret")


def _worth(
    spot: float, strike: float, years: float, vol: float, rate: float, call: bool
) -> float:
    from stresskit.core.instruments import options as pricing

    european = pricing.value(spot, strike, years, vol, rate, 0.0, call)
    return float(pricing.floored_at_exercise(european, spot, strike, call))

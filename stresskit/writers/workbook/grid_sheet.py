"""The Grid sheet: every position's P&L at other severities and with other estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.writers.workbook.book import area, cell, column
from stresskit.writers.workbook.exposures import scale
from stresskit.writers.workbook.layout import FIRST, HEAD, Exp, Layout, Opt
from stresskit.writers.workbook.options import shift_formula, value_formula
from stresskit.writers.workbook.positions import money_width

if TYPE_CHECKING:
    from stresskit.writers.workbook.book import Book, Sheet
    from stresskit.writers.workbook.grid import Variant

SHEET = "Grid"
DRIVERS = "Sensitivities"


def write(book: Book, layout: Layout) -> None:
    """Write the sheet; there is none for the largest portfolios."""
    if not layout.live_variants:
        return
    sheet = book.sheet(SHEET, model=True)
    count = len(layout.variants)
    m = max(money_width(layout), 11.0)
    wide = 3 * count if layout.figures.option_rows else count
    sheet.widths([11, 26, *[m] * count, *[9.0] * (wide - count)])
    sheet.title(
        SHEET,
        "P&L of every position at the severities and with the estimates of "
        "Sensitivities; amounts in {unit}, a loss is negative.",
        2 + wide,
    )
    _heads(sheet, layout)
    for n, variant in enumerate(layout.variants):
        _total(sheet, layout, n, variant)
        for number in range(len(layout.rows)):
            _cell(sheet, layout, n, number, float(variant.pnl[number]))
        for place in range(len(layout.figures.option_rows)):
            _option(sheet, layout, n, place, variant)
    for number, r in enumerate(layout.rows):
        sheet.text(FIRST + number, 0, r.position.id, "text:data")
        sheet.text(FIRST + number, 1, r.position.name, "text:data")
    sheet.raw.freeze_panes(FIRST, 2)
    sheet.raw.repeat_rows(HEAD)
    sheet.raw.repeat_columns(0, 1)
    sheet.raw.fit_to_pages(1 if wide == count else 2, 0)


def _heads(sheet: Sheet, layout: Layout) -> None:
    sheet.header(HEAD, ["Id", "Name"], left=2, height=58)
    for n, variant in enumerate(layout.variants):
        label = variant.label
        if variant.severity is not None:
            label = layout.language.say(
                "Severity {severity}",
                severity=layout.language.number(variant.severity, 2),
            )
            sheet.text(HEAD, layout.grid_column(n), label, "head")
        else:
            sheet.say(HEAD, layout.grid_column(n), label, "head")
        if layout.figures.option_rows:
            back = layout.option_return_column(n)
            sheet.say(HEAD, back, "Share under the option", "head")
            vol = layout.option_vol_column(n)
            sheet.say(HEAD, vol, "Volatility after", "head")


def _total(sheet: Sheet, layout: Layout, n: int, variant: Variant) -> None:
    col = layout.grid_column(n)
    total = f"=SUM({area(FIRST, col, layout.last, col)})"
    sheet.say(layout.GRID_TOTAL, 0, "Total", "text:total")
    sheet.text(layout.GRID_TOTAL, 1, "", "text:total")
    value = float(variant.pnl.sum())
    sheet.formula(layout.GRID_TOTAL, col, total, value, "money:total")


def _driver(layout: Layout, n: int, col: int, last: int | None = None) -> str:
    row = layout.driven.row(n)
    at = cell(row, col) if last is None else area(row, col, row, last)
    return f"{DRIVERS}!{at}"


def _cell(sheet: Sheet, layout: Layout, n: int, number: int, value: float) -> None:
    """Write a position's P&L in a variant, as Positions has it at the severity."""
    at = FIRST + number
    row = at + 1

    def x(col: int) -> str:
        return f"Exposures!{column(col)}{row}"

    other = _other(layout, n, number)
    fx = _fx(layout, n, number)
    if layout.figures.optional[number]:
        place = layout.figures.option_rows.index(number)
        moved = (
            f"({_option_value(layout, n, place, at)}+{x(Exp.OTHER_VALUE)}*({other}))"
        )
    else:
        used = f"{_local(layout, n, number)}+{other}"
        k = layout.figures.sessions
        if k > 1 and layout.figures.daily[number] != 1.0:
            lever = x(Exp.LEVERAGE)
            daily = f"{lever}*((1+MAX(-1,({used})/{lever}))^(1/{k})-1)"
            used = f"MAX(0,1+{daily})^{k}-1"
        moved = f"{x(Exp.MONEY)}*MAX({used},-1)"
    formula = moved
    if fx != "0":
        formula = f"{moved}*(1+{fx})+{x(Exp.HELD)}*({fx})"
    sheet.formula(at, layout.grid_column(n), f"={formula}", value, "money")


def _local(layout: Layout, n: int, number: int) -> str:
    """Return the formula of the return without other factors."""
    d, row = layout.driven, FIRST + number + 1
    legs = {r.name: d.region(k) for k, r in enumerate(layout.figures.regions)}
    market = "+".join(
        (leg if share == 1.0 else f"{share!r}*{leg}")
        for leg, share in (
            (_driver(layout, n, legs.get(name, legs["Other"])), share)
            for name, share in layout.rows[number].exposure.markets.items()
        )
    )
    shocks = _driver(layout, n, d.segment(0), d.segment(d.segments) - 1)
    own = f"Exposures!{column(Exp.OWN)}{row}"
    parts = [
        (
            f"{_driver(layout, n, d.beta)}*Exposures!{column(Exp.BETA)}{row}"
            f"*({market or 0})"
        ),
        (
            f"{_driver(layout, n, d.sensitivity)}*SUMPRODUCT("
            f"Exposures!{layout.matrix_row(FIRST + number)},{shocks})"
        ),
    ]
    if layout.rows[number].exposure.own_name:
        scaled = scale(own, _driver(layout, n, d.severity))
        parts.append(f'IF(ScenarioMode="replay",{scaled},0)')
    return "+".join(parts)


def _other(layout: Layout, n: int, number: int) -> str:
    """Return the formula of the return by other factors, convexity included."""
    others, d, row = layout.figures.others, layout.driven, FIRST + number + 1
    moved = [k for k, other in enumerate(others) if other.loadings[number]]
    if not moved:
        return "0"
    terms = []
    for k in moved:
        load = f"Exposures!{column(layout.other_column(k))}{row}"
        move = _driver(layout, n, d.other(k))
        terms.append(f"{load}*{move}")
        if others[k].kind == "rate" and layout.rows[number].exposure.convexity:
            terms.append(f"0.5*Exposures!{column(Exp.CONVEXITY)}{row}*{move}^2")
    return "+".join(terms)


def _fx(layout: Layout, n: int, number: int) -> str:
    """Return the formula of a position's currency return."""
    r = layout.rows[number]
    own = {r.position.currency: 1.0} if r.position.currency else {}
    terms = []
    for currency, share in (r.exposure.currencies or own).items():
        if currency in layout.currencies:
            at = layout.driven.currency(layout.currencies.index(currency))
            move = _driver(layout, n, at)
            terms.append(move if share == 1.0 else f"{share!r}*{move}")
    return "+".join(terms) or "0"


def _terms(layout: Layout, place: int) -> dict[str, str]:
    row = layout.OPTION_FIRST + place + 1
    return {name: f"Options!{column(getattr(Opt, name))}{row}" for name in Opt.NAMES}


def _option_value(layout: Layout, n: int, place: int, at: int) -> str:
    """Return the formula of what the option itself makes."""
    o = _terms(layout, place)
    moved, vol = (
        cell(at, col)
        for col in (layout.option_return_column(n), layout.option_vol_column(n))
    )
    spot = f"({o['SPOT']}*(1+{moved}))"
    value = value_formula(o, spot, vol, o["YEARS_AFTER"])
    return f"{o['MONEY']}*({value}-{o['BEFORE']})"


def _option(sheet: Sheet, layout: Layout, n: int, place: int, variant: Variant) -> None:
    """Write what is under an option in a variant: the share's return, volatility."""
    number = layout.figures.option_rows[place]
    at = FIRST + number
    back = layout.option_return_column(n)
    local = f"=MAX({_local(layout, n, number)},-1)"
    sheet.formula(at, back, local, float(variant.option_local[place]), "ret")
    o = _terms(layout, place) | {"RETURN": cell(at, back)}
    found = layout.figures.volatility_row(layout.figures.options[place].index)
    index = None
    if found is not None:
        index = _driver(layout, n, layout.driven.other(found[0]))
    after = f"={o['VOL']}+{shift_formula(layout, place, o, index)}"
    vol = float(variant.option_vol[place])
    sheet.formula(at, layout.option_vol_column(n), after, vol, "ret")

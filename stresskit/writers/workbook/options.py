"""The Options sheet: each option valued before and after, by formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.writers.workbook.book import cell, column
from stresskit.writers.workbook.layout import FIRST, Exp, Layout, Opt, Scen
from stresskit.writers.workbook.positions import money_width

if TYPE_CHECKING:
    from stresskit.writers.workbook.book import Book, Sheet

LABELS = (
    "Name",
    "Call 1, put -1",
    "American 1",
    "Spot",
    "Strike",
    "Years",
    "Volatility",
    "Rate",
    "Dividend",
    "Volatility points per % of spot",
    "Money per 1 of premium",
    "Value of one before",
    "Return of the share",
    "Shift of volatility",
    "Spot after",
    "Volatility after",
    "Years after",
    "Value of one after",
    "Delta after",
    "Beyond the delta, money",
    "Money that errors act on",
)
# Stands for zero under a logarithm, as in the engine.
TINY = "1E-150"
SESSIONS_A_YEAR = 252


def write(book: Book, layout: Layout) -> None:
    """Write the sheet; without an option, none."""
    if not layout.figures.option_rows:
        return
    sheet = book.sheet("Options")
    m = money_width(layout)
    sheet.widths([30, 8, 9, 9, 9, 8, 9, 7, 8, 11, m, 9, 9, 9, 9, 9, 8, 9, 8, m, m])
    sheet.title(
        "Options",
        "Black-Scholes-Merton before and after: spot and volatility move together, an "
        "American option is worth what exercise gives at least. Money in "
        "{unit}.",
        len(LABELS),
    )
    sheet.header(layout.OPTION_FIRST - 1, LABELS, height=58)
    for place, number in enumerate(layout.figures.option_rows):
        _terms(sheet, layout, place, number)
        _formulas(sheet, layout, place, number)
    sheet.raw.repeat_columns(0, 0)
    sheet.raw.freeze_panes(layout.OPTION_FIRST, 1)
    sheet.raw.repeat_rows(layout.OPTION_FIRST - 1)


def _terms(sheet: Sheet, layout: Layout, place: int, number: int) -> None:
    r, at = layout.rows[number], layout.OPTION_FIRST + place
    terms = r.exposure.option
    if terms is None:
        return
    sheet.text(at, Opt.NAME, r.position.name or r.position.id, "text:data")
    figures = (
        (Opt.SIGN, 1.0 if terms.call else -1.0, "num:data|0"),
        (Opt.AMERICAN, float(terms.exercise == "american"), "num:data|0"),
        (Opt.SPOT, terms.spot, "num:data|0.00##"),
        (Opt.STRIKE, terms.strike, "num:data|0.00##"),
        (Opt.YEARS, terms.years, "num:data|0.000"),
        (Opt.VOL, terms.volatility, "ret:data"),
        (Opt.RATE, terms.rate, "ret:data"),
        (Opt.DIVIDEND, terms.dividend, "ret:data"),
        (Opt.SLOPE, terms.slope, "num:data"),
        (Opt.MONEY, layout.figures.option_money[place], "money:data"),
    )
    for col, value, style in figures:
        sheet.number(at, col, value, style)


def _formulas(sheet: Sheet, layout: Layout, place: int, number: int) -> None:
    f, at = layout.figures, layout.OPTION_FIRST + place
    n = at + 1
    o = {name: f"{column(getattr(Opt, name))}{n}" for name in Opt.NAMES}
    exposed = f"Exposures!{column(Exp.MONEY)}{FIRST + number + 1}"
    local = f"Exposures!{column(Exp.LOCAL)}{FIRST + number + 1}"
    later = layout.result.scenario.day / SESSIONS_A_YEAR
    before = value_formula(o, o["SPOT"], o["VOL"], o["YEARS"])
    after = value_formula(o, o["AFTER"], o["VOL_AFTER"], o["YEARS_AFTER"])
    shown = f.options[place]
    formulas = (
        (Opt.BEFORE, before, shown.before, "num:formula|0.0000"),
        (Opt.RETURN, f"MAX({local},-1)", shown.local, "ret"),
        (Opt.SHIFT, shift_formula(layout, place, o), shown.shift, "ret"),
        (
            Opt.AFTER,
            f"{o['SPOT']}*(1+{o['RETURN']})",
            shown.spot,
            "num:formula|0.00##",
        ),
        (Opt.VOL_AFTER, f"{o['VOL']}+{o['SHIFT']}", shown.vol, "ret"),
        (
            Opt.YEARS_AFTER,
            f"MAX({o['YEARS']}-{later!r},0)",
            shown.years,
            "num:formula|0.000",
        ),
        (Opt.VALUE, after, shown.after, "num:formula|0.0000"),
        (Opt.DELTA, _delta(o), shown.delta, "num:formula|0.000"),
        (
            Opt.BEYOND,
            f"{o['MONEY']}*({o['VALUE']}-{o['BEFORE']})-{exposed}*{local}",
            shown.beyond,
            "money",
        ),
        (
            Opt.ERROR_MONEY,
            f"{o['MONEY']}*{o['DELTA']}*{o['SPOT']}",
            shown.error_money,
            "money",
        ),
    )
    for col, formula, value, style in formulas:
        sheet.formula(at, col, f"={formula}", value, style)


def _d1(o: dict[str, str], spot: str, vol: str, years: str) -> str:
    forward = (
        f"LN(MAX({spot},{TINY})/{o['STRIKE']})+({o['RATE']}-{o['DIVIDEND']})*{years}"
    )
    return f"(({forward})/({vol}*SQRT({years}))+{vol}*SQRT({years})/2)"


def _european(o: dict[str, str], spot: str, vol: str, years: str) -> str:
    d1 = _d1(o, spot, vol, years)
    w = o["SIGN"]
    kept = f"{o['STRIKE']}*EXP(-{o['RATE']}*{years})"
    return (
        f"MAX({w}*({spot}*EXP(-{o['DIVIDEND']}*{years})*NORMSDIST({w}*{d1})"
        f"-{kept}*NORMSDIST({w}*({d1}-{vol}*SQRT({years})))),0)"
    )


def value_formula(o: dict[str, str], spot: str, vol: str, years: str) -> str:
    """Return the formula of an option's value; ``o`` holds the cells of its terms."""
    intrinsic = f"{o['SIGN']}*({spot}-{o['STRIKE']})"
    european = _european(o, spot, vol, years)
    return (
        f"IF({years}<=0,MAX({intrinsic},0),"
        f"MAX({european},IF({o['AMERICAN']}=1,{intrinsic},0)))"
    )


def _delta(o: dict[str, str]) -> str:
    spot, vol, years = o["AFTER"], o["VOL_AFTER"], o["YEARS_AFTER"]
    w = o["SIGN"]
    intrinsic = f"{w}*({spot}-{o['STRIKE']})"
    held = f"AND({o['AMERICAN']}=1,{intrinsic}>{_european(o, spot, vol, years)})"
    d1 = _d1(o, spot, vol, years)
    alive = f"{w}*EXP(-{o['DIVIDEND']}*{years})*NORMSDIST({w}*{d1})"
    return f"IF({years}<=0,IF({intrinsic}>0,{w},0),IF({held},{w},{alive}))"


def shift_formula(
    layout: Layout, place: int, o: dict[str, str], index: str | None = None
) -> str:
    """Return the formula of the shift of volatility: by the spot, or by its index.

    ``index`` is the cell with the index's move, that of Scenario unless given.
    """
    asked = layout.result.scenario.others
    days = f"{o['YEARS']}*365"
    tenor = f"SQRT(30/MAX(30,{days}))"
    rule = f"MIN(-{o['SLOPE']}*MAX(-{o['RETURN']},0),0.25)*{tenor}"
    plain = "0" if asked == "none" else rule
    found = layout.figures.volatility_row(layout.figures.options[place].index)
    if found is None:
        return plain
    row, known = found
    used = index or f"Scenario!{cell(layout.other_first + row, Scen.SCALED)}"
    own = f"Scenario!{cell(layout.other_first + row, Scen.INPUT)}"
    moved = f"MAX({used}*{tenor},-0.9*{o['VOL']})"
    on_the_day = moved if known else plain
    otherwise = f'IF(ScenarioMode="replay",{on_the_day},{plain})'
    if asked:
        otherwise = on_the_day if asked == "event" else plain
    return f"IF(ISNUMBER({own}),{moved},{otherwise})"

"""The Positions sheet: what each line is worth, would make, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.writers.workbook.book import cell, column
from stresskit.writers.workbook.layout import FIRST, HEAD, Exp, Layout, Opt, Pos
from stresskit.writers.workbook.styles import GAIN, GREY, LOSS, lighter

if TYPE_CHECKING:
    from stresskit.model import PositionResult
    from stresskit.writers.workbook.book import Book, Sheet

TOTAL = 6
SUMMED = (
    Pos.BASE,
    Pos.EXPOSURE,
    Pos.PNL,
    Pos.MARKET,
    Pos.SEGMENTS,
    Pos.OWN,
    Pos.FX,
    Pos.OTHERS,
    Pos.OPTIONS,
    Pos.CROSS,
    Pos.GROSS,
)


def write(book: Book, layout: Layout) -> None:
    """Write the sheet."""
    sheet = book.sheet("Positions")
    m = money_width(layout)
    widths = [26, 8, 14, 16, 12, 10, 8, *[m] * 3, 8, *[m] * 9, 6, 11, m]
    sheet.widths([*widths, 18, 18, 12, 9, 16, 9, 12])
    sheet.title(
        "Positions",
        "Amounts in {unit}; a loss is negative. P&L % is of the stressed "
        "exposure's size: a short that gains shows a gain.",
        Pos.COUNT,
    )
    sheet.say(
        3,
        0,
        "Every line of the file, in its order, stressed or not. Low and high bound the "
        "P&L of that line alone. To the right, on the screen: the parts, market to "
        "cross, that add up to the P&L.",
        "note",
    )
    _totals(sheet, layout)
    sheet.header(HEAD, _labels(), left=5, height=40)
    keys = [layout.part_names(by) for by in Pos.KEYS]
    for number, row in enumerate(layout.rows):
        _facts(sheet, FIRST + number, row)
        for col, names in enumerate(keys, Pos.GROUP):
            sheet.text(FIRST + number, col, names[number], "text:data")
        optional = bool(layout.figures.optional[number])
        _formulas(sheet, FIRST + number, row, optional=optional)
        if optional:
            beyond = cell(layout.option_row(number), Opt.BEYOND)
            at = FIRST + number
            sheet.formula(at, Pos.OPTIONS, f"=Options!{beyond}", row.options, "money")
        else:
            sheet.number(FIRST + number, Pos.OPTIONS, 0.0, "money:data")
    _bars(sheet, layout)
    if layout.rows:
        sheet.raw.autofilter(HEAD, 0, layout.last, Pos.COUNT - 1)
    sheet.raw.freeze_panes(FIRST, 1)
    sheet.raw.repeat_rows(HEAD)
    # The parts of the P&L would make the type too small to read on paper.
    sheet.print_area(layout.last, Pos.HIGH)


def money_width(layout: Layout) -> float:
    """Return the width that the largest total needs."""
    if layout.shares:
        return 9.0
    largest = max(
        sum(abs(r.base_value) for r in layout.rows),
        sum(abs(r.stressed_exposure) for r in layout.rows),
    )
    return max(9.5, len(f"({largest:,.0f})") * 0.9 + 1)


def _labels() -> list[str]:
    return [
        "Name",
        "Ticker",
        "ISIN",
        "Main segment",
        "Source of the mapping",
        "Confidence",
        "Covered",
        "Base value ({unit})",
        "Stressed exposure ({unit})",
        "P&L ({unit})",
        "P&L %",
        "Low ({unit})",
        "High ({unit})",
        "Market",
        "Segments",
        "Own name",
        "Currency",
        "Rates, credit, gold, bitcoin",
        "Options",
        "Cross and floor",
        "File row",
        "Id",
        "Gross value",
        "Group",
        "Sector",
        "Country",
        "Line's currency",
        "Account",
        "Long or short",
        "Class",
    ]


def _bars(sheet: Sheet, layout: Layout) -> None:
    """Draw the P&L behind its figures, losses to the left."""
    themed = sheet.styles.themed
    sheet.raw.conditional_format(
        FIRST,
        Pos.PNL,
        layout.last,
        Pos.PNL,
        {
            "type": "data_bar",
            "data_bar_2010": True,
            "bar_solid": True,
            "bar_color": lighter(themed(GAIN)),
            "bar_negative_color": lighter(themed(LOSS)),
            "bar_axis_color": themed(GREY),
        },
    )


def _totals(sheet: Sheet, layout: Layout) -> None:
    for col in range(Pos.COUNT):
        sheet.say(TOTAL, col, "Total" if col == 0 else "", "text:total")
    for col in SUMMED:
        value = sum(_figure(r, col) for r in layout.rows)
        letter = column(col)
        formula = f"=SUM({letter}{FIRST + 1}:{letter}{layout.last + 1})"
        sheet.formula(TOTAL, col, formula, value, "money:total")


def _figure(r: PositionResult, col: int) -> float:
    return {
        Pos.BASE: r.base_value,
        Pos.EXPOSURE: r.stressed_exposure,
        Pos.PNL: r.pnl,
        Pos.MARKET: r.market,
        Pos.SEGMENTS: r.segments,
        Pos.OWN: r.own_name,
        Pos.FX: r.fx,
        Pos.OTHERS: r.others,
        Pos.OPTIONS: r.options,
        Pos.CROSS: tidy(r.cross, r.stressed_exposure),
        Pos.GROSS: r.gross_value,
    }[col]


def tidy(part: float, whole: float) -> float:
    """Return zero for a difference that is rounding and nothing else."""
    return 0.0 if abs(part) <= 1e-12 * abs(whole) else part


def _facts(sheet: Sheet, at: int, r: PositionResult) -> None:
    p, e = r.position, r.exposure
    sheet.text(at, Pos.NAME, p.name, "text:data")
    sheet.text(at, Pos.TICKER, p.identifiers.ticker, "text:data")
    sheet.text(at, Pos.ISIN, p.identifiers.isin, "text:data")
    sheet.text(at, Pos.SEGMENT, e.main_segment, "text:data")
    sheet.data(at, Pos.SOURCE, e.source)
    sheet.number(at, Pos.CONFIDENCE, e.confidence, "pct:data|0%")
    sheet.say(at, Pos.COVERED, "yes" if e.covered else "no", "label:data")
    sheet.number(at, Pos.BASE, r.base_value, "money:data")
    sheet.number(at, Pos.GROSS, r.gross_value, "money:data")
    sheet.text(at, Pos.ID, p.id, "text:data")
    sheet.number(at, Pos.ROW, p.row, "int:data")


def _formulas(sheet: Sheet, at: int, r: PositionResult, *, optional: bool) -> None:
    """Write the P&L and its parts, each from the same row of Exposures."""
    n = at + 1

    def x(col: int) -> str:
        return f"Exposures!{column(col)}{n}"

    money, fx = x(Exp.MONEY), x(Exp.FX)
    held = x(Exp.HELD)
    options, others = (f"{column(c)}{n}" for c in (Pos.OPTIONS, Pos.OTHERS))
    moved = f"{money}*MAX({x(Exp.USED)},-1)"
    if optional:
        moved = f"({money}*{x(Exp.LOCAL)}+{options}+{others})"
    parts = "+".join(
        f"{column(c)}{n}" for c in (Pos.MARKET, Pos.SEGMENTS, Pos.OWN, Pos.OTHERS)
    )
    pnl = f"{column(Pos.PNL)}{n}"
    size = f"{column(Pos.BASE if optional else Pos.EXPOSURE)}{n}"
    limit = x(Exp.LIMIT)
    rest = f"-{options}" if optional else ""
    error = f"BandMultiplier*{x(Exp.ERROR)}"
    formulas: list[tuple[int, str, float | None, str]] = [
        (Pos.EXPOSURE, money, r.stressed_exposure, "money"),
        (
            Pos.PNL,
            f"{moved}+{held}*{fx}+{moved}*{fx}",
            r.pnl,
            "money",
        ),
        (
            Pos.PCT,
            f'IF({size}<>0,{pnl}/ABS({size}),IF({column(Pos.BASE)}{n}=0,"",0))',
            r.pnl_pct,
            "pct",
        ),
        # No price falls below zero: a long line loses its value at most.
        (
            Pos.LOW,
            f"IF({limit}>0,MAX({pnl}-{error},-{limit}),{pnl}-{error})",
            r.low,
            "money",
        ),
        (
            Pos.HIGH,
            f"IF({limit}<0,MIN({pnl}+{error},-{limit}),{pnl}+{error})",
            r.high,
            "money",
        ),
        (Pos.MARKET, f"{money}*{x(Exp.BETA)}*{x(Exp.MARKET)}", r.market, "money"),
        (Pos.SEGMENTS, f"{money}*{x(Exp.SEGMENT_RETURN)}", r.segments, "money"),
        (Pos.OWN, f"{money}*{x(Exp.OWN_USED)}", r.own_name, "money"),
        (Pos.FX, f"{held}*{fx}", r.fx, "money"),
        (Pos.OTHERS, f"{x(Exp.OTHER_VALUE)}*{x(Exp.OTHER)}", r.others, "money"),
        (
            Pos.CROSS,
            f"{moved}-({parts}){rest}+{moved}*{fx}",
            tidy(r.cross, r.stressed_exposure),
            "money",
        ),
    ]
    for col, formula, value, style in formulas:
        sheet.formula(at, col, f"={formula}", value, style)

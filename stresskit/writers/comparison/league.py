"""The league table: one row per portfolio, the largest loss first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.writers.comparison.compared import money_width, name_of, named_worst
from stresskit.writers.comparison.rows import fit
from stresskit.writers.workbook.book import UNKNOWN, area, cell

if TYPE_CHECKING:
    from stresskit.model.batch import BatchLine
    from stresskit.writers.comparison.compared import Compared
    from stresskit.writers.workbook.book import Book, Sheet

LEAGUE = "League table"
FIRST = 8  # the row of the first portfolio, from 0
LIMIT = (5, 4)
# Columns of the league table, with their labels and widths; 0 is as wide as money.
COLUMNS = (
    ("Rank", 5.0),
    ("Portfolio", 24),
    ("File", 20),
    ("Currency", 8),
    ("Value", 0),
    ("P&L", 0),
    ("P&L, % of value", 8),
    ("Low, %", 7),
    ("High, %", 7),
    ("Covered, %", 8),
    ("Known", 7),
    ("Worst segment", 20),
    ("Its P&L, %", 7),
    ("Loss limit", 0),
    ("Breach", 7),
)
HEDGE = (("Suggested hedge", 22.0), ("P&L after it, %", 8))
CURRENCY, VALUE, PNL, SHARE, MONEY_LIMIT, BREACH = 3, 4, 5, 6, 13, 14


def column_of(compared: Compared, col: int, count: int | None = None) -> str:
    """Return the range of a column of the table, or of its first rows."""
    count = len(compared.shown) if count is None else count
    return f"'{LEAGUE}'!{area(FIRST, col, FIRST + max(count, 1) - 1, col)}"


def breaches_of(compared: Compared, book: Book) -> str:
    """Return the formula of how many breach the limit."""
    return f'COUNTIF({column_of(compared, BREACH)},"{book.language.say("yes")}")'


def write_league(book: Book, compared: Compared) -> None:
    """Write the sheet."""
    summary, shown = compared.summary, compared.shown
    sheet = book.sheet(LEAGUE)
    columns = COLUMNS + (HEDGE if summary.hedged else ())
    money = money_width([line.value for line in shown])
    sheet.widths([width or money for _, width in columns])
    sheet.title(
        LEAGUE,
        "{title}. Largest loss first; a loss is negative. Amounts are in each "
        "portfolio's own currency and are never added.",
        len(columns),
        title=summary.title,
    )
    _limit(book, sheet, compared)
    _count(book, sheet, compared)
    # Who scrolls down is told where the table ends.
    for row in (FIRST - 2, FIRST + len(shown)):
        compared.rest(sheet, (row, 1), len(shown), len(compared.done))
    sheet.header(FIRST - 1, [label for label, _ in columns], left=3, height=32)
    for number, line in enumerate(shown):
        _line(sheet, compared, number, line)
    last = FIRST + max(len(shown), 1) - 1
    sheet.raw.conditional_format(
        *(FIRST, BREACH, last, BREACH),
        {
            "type": "cell",
            "criteria": "==",
            "value": f'"{book.language.say("yes")}"',
            "format": book.styles["bad"],
        },
    )
    sheet.raw.autofilter(FIRST - 1, 0, last, len(columns) - 1)
    sheet.raw.repeat_rows(FIRST - 1)
    sheet.raw.freeze_panes(FIRST, 2)


def _limit(book: Book, sheet: Sheet, compared: Compared) -> None:
    """Write the limit: an input where all that hangs on it is in the workbook."""
    summary, (row, col) = compared.summary, LIMIT
    label = "Loss limit, % of value" if summary.limit_share else "Loss limit, amount"
    sheet.say(row, 1, label, "text:strong")
    base, kind = ("pct", "money")[not summary.limit_share], ("data", "input")
    sheet.number(row, col, summary.limit, f"{base}:{kind[compared.live]}")
    if compared.live:
        sheet.say(
            *(row, col + 1),
            "Blue on yellow is an input: change it and the breaches follow.",
            "note",
        )
    book.define("LossLimit", LEAGUE, cell(row, col))


def _count(book: Book, sheet: Sheet, compared: Compared) -> None:
    """Say how many breach the limit, and how many were not stressed."""
    compared.answer(sheet, (3, 1), breaches_of(compared, book), "section")
    for col in range(2, LIMIT[1] + 7):
        sheet.raw.write_blank(3, col, None, sheet.styles["section"])
    if compared.failed:
        number = book.language.number
        sheet.say(
            *(4, 1),
            "{failed} of {all} portfolios gave no answer: see the sheet Not done.",
            "text:plain",
            failed=number(len(compared.failed)),
            all=number(len(compared.summary.lines)),
        )


def _line(sheet: Sheet, compared: Compared, number: int, line: BatchLine) -> None:
    row = FIRST + number
    value, pnl = cell(row, VALUE), cell(row, PNL)
    if line.pnl_pct is None:
        sheet.text(row, 0, UNKNOWN, "label:data")
    else:
        sheet.number(row, 0, number + 1, "int:data")
    sheet.text(row, 1, name_of(line), "wrap:data")
    sheet.text(row, 2, line.file, "wrap:data")
    sheet.text(row, CURRENCY, line.currency or UNKNOWN, "label:data")
    sheet.number(row, VALUE, line.value, "money:data")
    sheet.number(row, PNL, line.pnl, "money:data")
    if line.value and line.pnl is not None:
        compared.put(sheet, row, SHARE, f"={pnl}/ABS({value})", line.pnl_pct, "pct")
    else:
        sheet.number(row, SHARE, line.pnl_pct, "pct:data")
    sheet.number(row, 7, line.low_pct, "pct:data")
    sheet.number(row, 8, line.high_pct, "pct:data")
    sheet.number(row, 9, line.coverage, "pct:data|0%")
    sheet.data(row, 10, line.light, "label:data")
    worst = named_worst(line)
    sheet.data(row, 11, worst or UNKNOWN, "wrap:data")
    sheet.number(row, 12, line.segments.get(worst), "pct:data")
    _against_limit(sheet, compared, row, line)
    if compared.summary.hedged:
        sheet.data(row, 15, line.hedge or UNKNOWN, "wrap:data")
        sheet.number(row, 16, line.hedged_pct, "pct:data")
    fit(sheet, row, (line.name, 24), (line.file, 20), (worst, 20), (line.hedge, 22))


def _against_limit(sheet: Sheet, compared: Compared, row: int, line: BatchLine) -> None:
    summary = compared.summary
    breach = summary.breaches(line)
    if line.value is None or breach is None:
        sheet.text(row, MONEY_LIMIT, UNKNOWN, "money:data")
    else:
        money, formula = summary.limit, "=LossLimit"
        if summary.limit_share:
            money, formula = money * line.value, f"{formula}*{cell(row, VALUE)}"
        compared.put(sheet, row, MONEY_LIMIT, formula, money, "money")
    if breach is None:
        sheet.text(row, BREACH, UNKNOWN, "label:data")
        return
    lost = cell(row, SHARE if summary.limit_share else PNL)
    yes, no = sheet.language.say("yes"), sheet.language.say("no")
    formula = f'=IF(-{lost}>LossLimit,"{yes}","{no}")'
    compared.put(sheet, row, BREACH, formula, yes if breach else no, "label")

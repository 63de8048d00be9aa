"""The league table: one row per portfolio, the largest loss first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.writers.comparison.rows import LITTLE, TALLEST, tall
from stresskit.writers.workbook.book import UNKNOWN, area, cell
from stresskit.writers.workbook.words import Said, fixed, joined

if TYPE_CHECKING:
    from stresskit.model.batch import BatchLine, BatchSummary
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
VALUE, PNL, SHARE, MONEY_LIMIT, BREACH = 4, 5, 6, 13, 14


def write_league(
    book: Book, summary: BatchSummary, done: tuple[BatchLine, ...]
) -> None:
    """Write the sheet."""
    sheet = book.sheet(LEAGUE)
    columns = COLUMNS + (HEDGE if summary.hedged else ())
    money = _money_width(done)
    sheet.widths([width or money for _, width in columns])
    sheet.title(
        LEAGUE,
        "{title}. Largest loss first; a loss is negative. Amounts are in each "
        "portfolio's own currency and are never added.",
        len(columns),
        title=summary.title,
    )
    _limit(book, sheet, summary)
    _count(sheet, summary, done)
    sheet.header(FIRST - 1, [label for label, _ in columns], left=3, height=32)
    for number, line in enumerate(done):
        _line(sheet, summary, number, line)
    last = FIRST + max(len(done), 1) - 1
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


def _money_width(done: tuple[BatchLine, ...]) -> float:
    """Return the width that the largest amount needs, with its marks."""
    largest = max((abs(x.value or 0.0) for x in done), default=0.0)
    return max(10.0, len(f"{largest:,.0f}") + 3.0)


def _limit(book: Book, sheet: Sheet, summary: BatchSummary) -> None:
    row, col = LIMIT
    label = "Loss limit, % of value" if summary.limit_share else "Loss limit, amount"
    sheet.say(row, 1, label, "text:strong")
    style = "pct:input" if summary.limit_share else "money:input"
    sheet.number(row, col, summary.limit, style)
    sheet.say(
        *(row, col + 1),
        "Blue on yellow is an input: change it and the breaches follow.",
        "note",
    )
    book.define("LossLimit", LEAGUE, cell(row, col))


def _count(sheet: Sheet, summary: BatchSummary, done: tuple[BatchLine, ...]) -> None:
    """Say how many breach the limit, as a formula, and how many were not stressed."""
    language = sheet.language
    breaches = sum(summary.breaches(line) is True for line in done)
    where = area(FIRST, BREACH, FIRST + max(len(done), 1) - 1, BREACH)
    counted = Said(f'COUNTIF({where},"{language.say("yes")}")', str(breaches))
    limit = Said("ROUND(LossLimit,2)", f"{round(summary.limit, 2):.15g}")
    if summary.limit_share:
        percent = f"{round(100 * summary.limit, 2):.15g}"
        limit = Said("ROUND(100*LossLimit,2)", percent) + fixed(language.percent)
    said = joined(
        language,
        "{count} of {all} portfolios breach the limit of {limit}.",
        count=counted,
        all=fixed(str(len(done))),
        limit=limit,
    )
    sheet.formula(3, 1, f"={said.formula}", said.value, "section")
    for col in range(2, LIMIT[1] + 7):
        sheet.raw.write_blank(3, col, None, sheet.styles["section"])
    if summary.failed:
        sheet.say(
            *(4, 1),
            "{failed} of {all} files gave no answer: see the sheet Not done.",
            "text:plain",
            failed=len(summary.failed),
            all=len(summary.lines),
        )


def _line(sheet: Sheet, summary: BatchSummary, number: int, line: BatchLine) -> None:
    row = FIRST + number
    value, pnl = cell(row, VALUE), cell(row, PNL)
    if line.pnl_pct is None:
        sheet.text(row, 0, UNKNOWN, "label:data")
    else:
        sheet.number(row, 0, number + 1, "int:data")
    sheet.text(row, 1, line.name or line.file, "wrap:data")
    sheet.text(row, 2, line.file, "wrap:data")
    sheet.text(row, 3, line.currency or UNKNOWN, "label:data")
    sheet.number(row, VALUE, line.value, "money:data")
    sheet.number(row, PNL, line.pnl, "money:data")
    if line.value and line.pnl is not None:
        sheet.formula(row, SHARE, f"={pnl}/ABS({value})", line.pnl_pct, "pct")
    else:
        sheet.number(row, SHARE, line.pnl_pct, "pct:data")
    sheet.number(row, 7, line.low_pct, "pct:data")
    sheet.number(row, 8, line.high_pct, "pct:data")
    sheet.number(row, 9, line.coverage, "pct:data|0%")
    sheet.data(row, 10, line.light, "label:data")
    worst = line.worst_segment
    # One decimal is shown: what it rounds to nothing is not named.
    worst = worst if line.segments.get(worst, 0.0) <= -10 * LITTLE else ""
    sheet.data(row, 11, worst or UNKNOWN, "wrap:data")
    sheet.number(row, 12, line.segments.get(worst), "pct:data")
    _against_limit(sheet, summary, row, line)
    if summary.hedged:
        sheet.data(row, 15, line.hedge or UNKNOWN, "wrap:data")
        sheet.number(row, 16, line.hedged_pct, "pct:data")
    texts = ((line.name, 24), (line.file, 20), (worst, 20), (line.hedge, 22))
    height = max(tall(text, width) for text, width in texts)
    sheet.raw.set_row(row, 12.5 * min(height, TALLEST) + 3)


def _against_limit(
    sheet: Sheet, summary: BatchSummary, row: int, line: BatchLine
) -> None:
    breach = summary.breaches(line)
    if line.value is None or breach is None:
        sheet.text(row, MONEY_LIMIT, UNKNOWN, "money:data")
    elif summary.limit_share:
        money = summary.limit * line.value
        formula = f"=LossLimit*{cell(row, VALUE)}"
        sheet.formula(row, MONEY_LIMIT, formula, money, "money")
    else:
        sheet.formula(row, MONEY_LIMIT, "=LossLimit", summary.limit, "money")
    if breach is None:
        sheet.text(row, BREACH, UNKNOWN, "label:data")
        return
    lost = cell(row, SHARE if summary.limit_share else PNL)
    yes, no = sheet.language.say("yes"), sheet.language.say("no")
    formula = f'=IF(-{lost}>LossLimit,"{yes}","{no}")'
    sheet.formula(row, BREACH, formula, yes if breach else no, "label")

"""Many portfolios side by side: a league table, who breaches a limit, the segments."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from stresskit.writers.atomic import check_target, write_bytes
from stresskit.writers.histogram import write_distribution
from stresskit.writers.workbook.book import UNKNOWN, Book, Sheet, area, cell, lines
from stresskit.writers.workbook.run_log import write_pairs
from stresskit.writers.workbook.words import Said, fixed, joined

if TYPE_CHECKING:
    import os

    from stresskit.model import Presentation
    from stresskit.model.batch import BatchLine, BatchSummary

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
STATUS = {
    "input": "The holdings",
    "computation": "No answer",
    "plugin": "A plugin or an extra",
    "output": "The result cannot be written",
    "program": "A mistake of stresskit",
    "killed": "The process was ended",
}
TALLEST = 12
# What is less than this share of a portfolio's value is shown as nothing.
LITTLE = 0.00005


def write_comparison(
    path: str | os.PathLike[str],
    summary: BatchSummary,
    *,
    presentation: Presentation | None = None,
) -> None:
    """Write the workbook that sets portfolios side by side, whole or not at all.

    Parameters
    ----------
    path
        Where it goes (.xlsx).
    summary
        The portfolios under one question.
    presentation
        How it looks.

    Raises
    ------
    OutputError
        If it cannot be written; an existing one is left as it was.
    """
    check_target(path, suffix=".xlsx")
    payload = comparison_bytes(summary, presentation=presentation)
    write_bytes(path, payload, suffix=".xlsx")


def comparison_bytes(
    summary: BatchSummary, *, presentation: Presentation | None = None
) -> bytes:
    """Return the workbook's file; the same summary gives the same bytes."""
    book = Book(
        title="Comparison of portfolios",
        run_id=summary.run_id,
        created=summary.created,
        presentation=presentation,
    )
    done = summary.done
    _league(book, summary, done)
    shares = [line.pnl_pct for line in done if line.pnl_pct is not None]
    if shares:
        where = f"'{LEAGUE}'!{area(FIRST, SHARE, FIRST + len(shares) - 1, SHARE)}"
        write_distribution(book, shares, where)
    _segments(book, [line for line in done if line.pnl_pct is not None])
    _not_done(book, summary)
    _run_log(book, summary)
    return book.finish()


# The league table -------------------------------------------------------------


def _league(book: Book, summary: BatchSummary, done: tuple[BatchLine, ...]) -> None:
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
    tall = max(_tall(text, width) for text, width in texts)
    sheet.raw.set_row(row, 12.5 * min(tall, TALLEST) + 3)


def _tall(text: str, width: int) -> int:
    """Return how many lines a text takes; one without blanks breaks anywhere."""
    return max(lines(text, width), len(text) // int(width * 1.25) + 1)


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


# The other sheets -------------------------------------------------------------


def _segments(book: Book, done: list[BatchLine]) -> None:
    sheet = book.sheet("Segments")
    sheet.widths([38, 16, 16, 38, 16])
    sheet.title(
        "Segments",
        "What each segment makes, in % of a portfolio's value; the average counts "
        "every portfolio alike, also those without the segment. What is below 0.005% "
        "everywhere is left out.",
        5,
    )
    sheet.header(
        3,
        [
            *("Segment", "Average, % of value", "Portfolios that lose by it"),
            *("Hit hardest", "Its P&L, % of value"),
        ],
        height=32,
    )
    made = {
        title: [line.segments.get(title, 0.0) for line in done]
        for title in sorted({title for line in done for title in line.segments})
    }
    shown = {t: m for t, m in made.items() if max(map(abs, m)) >= LITTLE}
    means = {title: statistics.fmean(found) for title, found in shown.items()}
    for row, title in enumerate(sorted(shown, key=lambda t: (means[t], t)), 4):
        share = min(shown[title])
        worst = done[shown[title].index(share)]
        hurt = share <= -LITTLE
        name = (worst.name or worst.file) if hurt else UNKNOWN
        sheet.data(row, 0, title)
        # Rounded to what is shown: there is no minus zero.
        sheet.number(row, 1, round(means[title], 4) + 0.0, "ret:data")
        sheet.number(row, 2, sum(v <= -LITTLE for v in shown[title]), "int:data")
        sheet.text(row, 3, name, "wrap:data")
        sheet.number(row, 4, share if hurt else None, "ret:data")
        sheet.raw.set_row(row, 12.5 * min(_tall(name, 38), TALLEST) + 3)
    sheet.raw.repeat_rows(3)
    sheet.raw.freeze_panes(4, 1)


def _not_done(book: Book, summary: BatchSummary) -> None:
    sheet = book.sheet("Not done")
    sheet.widths([36, 24, 62, 56])
    sheet.title("Not done", "Files without an answer, why, and what to do.", 4)
    row = 3
    if not summary.failed:
        sheet.say(row, 0, "Every portfolio was stressed.", "text:plain")
    else:
        labels = ["File", "What stopped it", "Message", "What to do"]
        sheet.header(row, labels, left=4, height=18)
    for line in summary.failed:
        row += 1
        sheet.text(row, 0, line.file, "wrap:data")
        sheet.say(row, 1, STATUS.get(line.status, line.status), "wrap:data")
        sheet.data(row, 2, line.message, "wrap:data")
        sheet.data(row, 3, line.fix, "wrap:data")
        texts = ((line.message, 62), (line.fix, 56), (line.file, 36))
        tall = max(_tall(text, width) for text, width in texts)
        sheet.raw.set_row(row, 12.5 * min(tall, 20) + 3)
    if summary.left_out:
        row += 2
        sheet.section(row, 0, 3, "Files that were not taken for holdings")
    for name, why in summary.left_out:
        row += 1
        sheet.text(row, 0, name, "text:data")
        sheet.data(row, 1, why)
    sheet.raw.freeze_panes(2, 0)


def _run_log(book: Book, summary: BatchSummary) -> None:
    sheet = book.sheet("Run log")
    sheet.widths([26, 70, 50, 14])
    sheet.title("Run log", "What every portfolio was run with.", 4)
    run = [
        ("id", summary.run_id),
        ("created", f"{summary.created.isoformat(sep=' ')} UTC"),
        ("files", str(len(summary.lines))),
    ]
    row = write_pairs(sheet, 3, "Run", run)
    write_pairs(sheet, row, "Settings", list(summary.settings.items()))
    sheet.raw.freeze_panes(2, 0)

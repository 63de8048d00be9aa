"""The summary: how many portfolios, who breaches, what each currency makes."""

from __future__ import annotations

import statistics
from collections import defaultdict
from typing import TYPE_CHECKING

from stresskit.writers.comparison import league
from stresskit.writers.comparison.compared import money_width
from stresskit.writers.text import finite
from stresskit.writers.workbook.book import UNKNOWN, cell

if TYPE_CHECKING:
    from stresskit.model.batch import BatchLine
    from stresskit.writers.comparison.compared import Compared
    from stresskit.writers.workbook.book import Book, Sheet

SHEET = "Summary"
TITLE = "Comparison of portfolios"
LABELS = (
    *("Currency", "Portfolios", "Value", "P&L", "P&L, % of value"),
    *("Breaches", "Breaches, % of portfolios"),
    *("Value in breach", "Value in breach, % of value"),
)


def write_summary(book: Book, compared: Compared) -> None:
    """Write the sheet."""
    groups = _by_currency(compared)
    sums = [_sum(lines, "value") for lines in groups.values()]
    money = max(14.0, money_width(sums))
    sheet = book.sheet(SHEET)
    sheet.widths([38, 14, money, money, 12, 12, 14, money, 14])
    sheet.title(
        TITLE,
        "{title}. A loss is negative. Amounts of different currencies are never added.",
        len(LABELS),
        title=compared.summary.title,
    )
    sheet.section(3, 0, len(LABELS) - 1, "")
    compared.answer(sheet, (3, 0), league.breaches_of(compared, book), "section")
    row = _shares(sheet, compared, _counts(book, sheet, compared, 5))
    row = _currencies(sheet, compared, groups, row)
    if compared.summary.whole:
        sheet.say(
            *(row, 0),
            "Every portfolio, listed here or not, is in {whole}, beside this workbook.",
            "text:strong",
            whole=compared.summary.whole,
        )
    sheet.raw.freeze_panes(2, 0)


def _counts(book: Book, sheet: Sheet, compared: Compared, row: int) -> int:
    """Write how many there are of each kind; return the next block's row."""
    summary = compared.summary
    uncompared = sum(summary.breaches(line) is None for line in compared.done)
    counts = [
        ("All", len(summary.lines)),
        ("Stressed", len(compared.done)),
        ("Without an answer: see the sheet Not done", len(compared.failed)),
        ("Without a value that a limit can be held against", uncompared),
    ]
    sheet.section(row, 0, 1, "Portfolios")
    for label, count in counts:
        if count or label == "Stressed":
            row += 1
            sheet.say(row, 0, label, "text:plain")
            sheet.number(row, 1, count, "int:data")
    row += 1
    sheet.say(row, 0, "In breach of the limit", "text:plain")
    formula = f"={league.breaches_of(compared, book)}"
    compared.put(sheet, row, 1, formula, len(compared.breached), "int")
    return row + 2


def _shares(sheet: Sheet, compared: Compared, row: int) -> int:
    """Write what the portfolios make in % of their value; return the next row."""
    shares = compared.shares
    if not shares:
        return row
    where = league.column_of(compared, league.SHARE, len(shares))
    found = [("Median", f"=MEDIAN({where})", statistics.median(shares))]
    # Of a few, the worst one is all that there is to say.
    for percent, count in ((5, 20), (1, 100)):
        if len(shares) >= count:
            worst = statistics.quantiles(shares, n=count, method="inclusive")[0]
            formula = f"=PERCENTILE({where},{percent / 100})"
            found.append((f"The worst {percent}% begin at", formula, worst))
    found.append(("Worst", f"=MIN({where})", min(shares)))
    sheet.section(row, 0, 1, "P&L, % of value")
    for label, formula, value in found:
        row += 1
        sheet.say(row, 0, label, "text:plain")
        compared.put(sheet, row, 1, formula, value, "ret")
    return row + 2


# By currency ------------------------------------------------------------------


def _by_currency(compared: Compared) -> dict[str, list[BatchLine]]:
    """Return the portfolios of each currency, many first; those of weights have none.

    The key of these is empty.
    """
    found: dict[str, list[BatchLine]] = defaultdict(list)
    for line in compared.done:
        of_money = finite(line.value) is not None
        found[(line.currency or UNKNOWN) if of_money else ""].append(line)
    return dict(sorted(found.items(), key=lambda x: (not x[0], -len(x[1]), x[0])))


def _sum(lines: list[BatchLine], name: str) -> float:
    return sum(getattr(line, name) or 0.0 for line in lines)


def _currencies(
    sheet: Sheet, compared: Compared, groups: dict[str, list[BatchLine]], row: int
) -> int:
    """Write a row per currency; return the row after the table."""
    if not groups:
        return row
    sheet.section(row, 0, len(LABELS) - 1, "By currency")
    sheet.header(row + 1, list(LABELS), height=32)
    first = row + 2
    for at, (currency, lines) in enumerate(groups.items(), first):
        _currency(sheet, compared, at, currency, lines)
    last = first + len(groups) - 1
    if len(groups) > 1:
        last += 1
        _together(sheet, compared, first, last)
    return last + 2


def _currency(
    sheet: Sheet, compared: Compared, row: int, currency: str, lines: list[BatchLine]
) -> None:
    breached = [x for x in lines if compared.summary.breaches(x)]
    yes = sheet.language.say("yes")
    where = {
        name: league.column_of(compared, getattr(league, name))
        for name in ("CURRENCY", "VALUE", "PNL", "BREACH")
    }
    at = [cell(row, col) for col in range(len(LABELS))]
    if currency:
        sheet.text(row, 0, currency, "text:data")
        these = f'{where["CURRENCY"]},{at[0]},{where["VALUE"]},"<>{UNKNOWN}"'
    else:
        sheet.say(row, 0, "Weights only", "text:data")
        these = f'{where["VALUE"]},"{UNKNOWN}"'
    broken = f'{these},{where["BREACH"]},"{yes}"'
    put = compared.put
    put(sheet, row, 1, f"=COUNTIFS({these})", len(lines), "int")
    put(sheet, row, 5, f"=COUNTIFS({broken})", len(breached), "int")
    put(sheet, row, 6, f"={at[5]}/{at[1]}", len(breached) / len(lines), "pct")
    if not currency:
        for col in (2, 3, 4, 7, 8):
            sheet.text(row, col, UNKNOWN, "money:data")
        return
    value, pnl, lost = _sum(lines, "value"), _sum(lines, "pnl"), _sum(breached, "value")
    put(sheet, row, 2, f"=SUMIFS({where['VALUE']},{these})", value, "money")
    put(sheet, row, 3, f"=SUMIFS({where['PNL']},{these})", pnl, "money")
    put(sheet, row, 7, f"=SUMIFS({where['VALUE']},{broken})", lost, "money")
    for col, part, amount in ((4, at[3], pnl), (8, at[7], lost)):
        share = amount / value if value > 0 else UNKNOWN
        formula = f'=IF({at[2]}>0,{part}/{at[2]},"{UNKNOWN}")'
        put(sheet, row, col, formula, share, "pct")


def _together(sheet: Sheet, compared: Compared, first: int, row: int) -> None:
    """Write the numbers of portfolios of all currencies; amounts have no sum."""
    for col in range(len(LABELS)):
        sheet.text(row, col, "", "label:total")
    sheet.say(row, 0, "Together", "text:total")
    count, breached = len(compared.done), len(compared.breached)
    for col, value in ((1, count), (5, breached)):
        formula = f"=SUM({cell(first, col)}:{cell(row - 1, col)})"
        compared.put(sheet, row, col, formula, value, "int:total")
    share = f"={cell(row, 5)}/{cell(row, 1)}"
    compared.put(sheet, row, 6, share, breached / count, "pct:total")

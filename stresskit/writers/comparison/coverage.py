"""The sheet Coverage: how well the portfolios are known, and which are known least."""

from __future__ import annotations

import statistics
from collections import Counter
from typing import TYPE_CHECKING

from stresskit.writers.comparison.compared import money_width, name_of
from stresskit.writers.comparison.league import LEAGUE
from stresskit.writers.comparison.rows import fit
from stresskit.writers.text import finite
from stresskit.writers.workbook.book import UNKNOWN

if TYPE_CHECKING:
    from stresskit.model.batch import BatchLine
    from stresskit.writers.comparison.compared import Compared
    from stresskit.writers.workbook.book import Book, Sheet

SHEET = "Coverage"
LIGHTS = ("red", "amber", "green")
LEAST = 50
LABELS = (
    *("Portfolio", "Known", "Covered, %", "File", "Currency", "Value"),
    "P&L, % of value",
)


def write_coverage(book: Book, compared: Compared) -> None:
    """Write the sheet."""
    little = [line for line in compared.done if line.light != LIGHTS[-1]]
    little.sort(key=lambda x: (_light(x), finite(x.coverage) or 0.0, x.file, x.name))
    shown = little[:LEAST]
    sheet = book.sheet(SHEET)
    sheet.widths([38, 12, 12, 24, 9, money_width([x.value for x in shown]), 11])
    sheet.title(
        SHEET,
        "How much of the portfolios the answer rests on. Green from 80% of the value "
        "known, amber from 60%, else red.",
        len(LABELS),
    )
    row = _lights(sheet, compared.done, 3)
    sheet.section(row, 0, len(LABELS) - 1, "Known least")
    if shown:
        _listed(sheet, compared, row + 1, len(shown), len(little))
        sheet.header(row + 2, LABELS, height=32)
        sheet.raw.repeat_rows(row + 2)
    else:
        sheet.say(row + 1, 0, "Every portfolio is green.", "text:plain")
    for at, line in enumerate(shown, row + 3):
        _line(sheet, at, line)
    sheet.raw.freeze_panes(2, 0)


def _light(line: BatchLine) -> int:
    return LIGHTS.index(line.light) if line.light in LIGHTS else -1


def _listed(
    sheet: Sheet, compared: Compared, row: int, listed: int, count: int
) -> None:
    """Say how many are not green, and where the rest of them is."""
    number = sheet.language.number
    if listed == count:
        said = "{all} of {stressed} portfolios are not green."
        values = {"all": number(count), "stressed": number(len(compared.done))}
    else:
        said = "{listed} of {all} that are not green; all are in {whole}."
        whole = compared.summary.whole or sheet.book.name_of(LEAGUE)
        values = {"listed": number(listed), "all": number(count), "whole": whole}
    sheet.say(row, 0, said, "text:strong", **values)


def _lights(sheet: Sheet, done: tuple[BatchLine, ...], row: int) -> int:
    """Write how many portfolios have each light; return the next block's row."""
    sheet.header(row, ["Known", "Portfolios", "% of portfolios"], height=18)
    counts = Counter(line.light for line in done)
    others = sorted(set(counts) - set(LIGHTS))
    for light in (*reversed(LIGHTS), *others):
        row += 1
        sheet.data(row, 0, light or UNKNOWN)
        sheet.number(row, 1, counts[light], "int:data")
        sheet.number(row, 2, counts[light] / len(done), "pct:data")
    covered = [x for x in (finite(line.coverage) for line in done) if x is not None]
    if covered:
        for label, value in (
            ("Covered, % of value: median", statistics.median(covered)),
            ("Covered, % of value: lowest", min(covered)),
        ):
            row += 1
            sheet.say(row, 0, label, "text:data")
            sheet.number(row, 1, value, "pct:data|0%")
            sheet.text(row, 2, "", "text:data")
    return row + 2


def _line(sheet: Sheet, row: int, line: BatchLine) -> None:
    sheet.text(row, 0, name_of(line), "wrap:data")
    sheet.data(row, 1, line.light or UNKNOWN, "label:data")
    sheet.number(row, 2, line.coverage, "pct:data|0%")
    sheet.text(row, 3, line.file, "wrap:data")
    sheet.text(row, 4, line.currency or UNKNOWN, "label:data")
    sheet.number(row, 5, line.value, "money:data")
    sheet.number(row, 6, line.pnl_pct, "pct:data")
    fit(sheet, row, (name_of(line), 38), (line.file, 24))

"""The sheet Not done: what gave no answer, why, and what to do."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from stresskit.writers.comparison.compared import name_of
from stresskit.writers.comparison.rows import fit

if TYPE_CHECKING:
    from stresskit.model.batch import BatchLine
    from stresskit.writers.comparison.compared import Compared
    from stresskit.writers.workbook.book import Book, Sheet

STATUS = {
    "input": "The holdings",
    "computation": "No answer",
    "plugin": "A plugin or an extra",
    "output": "The result cannot be written",
    "program": "A mistake of stresskit",
    "killed": "The process was ended",
}
# So many failures are counted at a glance.
FEW = 10
TALLEST = 20


def write_not_done(book: Book, compared: Compared) -> None:
    """Write the sheet."""
    failed, left_out = compared.failed, compared.summary.left_out
    named = any(line.name for line in failed)
    sheet = book.sheet("Not done")
    sheet.widths([36, 24, 62, 56, *([24] if named else [])])
    sheet.title(
        "Not done", "What has no answer, why, and what to do.", 5 if named else 4
    )
    sheet.raw.freeze_panes(2, 0)
    row = 3
    if not failed:
        sheet.say(row, 0, "Every portfolio was stressed.", "text:plain")
    else:
        row = _reasons(sheet, failed, row) if len(failed) > FEW else row
        row = _list(sheet, compared, row, named=named)
    if left_out:
        row += 2
        sheet.section(row, 0, 3, "Files that were not taken for holdings")
    for name, why in left_out:
        row += 1
        sheet.text(row, 0, name, "text:data")
        sheet.data(row, 1, why)


def _reasons(sheet: Sheet, failed: tuple[BatchLine, ...], row: int) -> int:
    """Write how many failed of each kind; return the row of the list."""
    labels = ["What stopped it", "Portfolios", "Most frequent message", "Of these"]
    sheet.header(row, labels, height=18)
    for status, count in Counter(line.status for line in failed).most_common():
        messages = Counter(x.message for x in failed if x.status == status)
        message, times = messages.most_common(1)[0]
        row += 1
        sheet.say(row, 0, STATUS.get(status, status), "wrap:data")
        sheet.number(row, 1, count, "label:data|#,##0")
        sheet.data(row, 2, message, "wrap:data")
        sheet.number(row, 3, times, "label:data|#,##0")
        fit(sheet, row, (message, 62), tallest=TALLEST)
    return row + 3


def _list(sheet: Sheet, compared: Compared, row: int, *, named: bool) -> int:
    """Write what failed; return the last row."""
    failed = compared.failed
    shown = compared.most(failed)
    compared.rest(sheet, (row - 1, 0), len(shown), len(failed))
    first = "Portfolio" if named else "File"
    labels = [first, "What stopped it", "Message", "What to do"]
    labels += ["File"] if named else []
    sheet.header(row, labels, left=5, height=18)
    sheet.raw.repeat_rows(row)
    for line in shown:
        row += 1
        sheet.text(row, 0, name_of(line), "wrap:data")
        sheet.say(row, 1, STATUS.get(line.status, line.status), "wrap:data")
        sheet.data(row, 2, line.message, "wrap:data")
        sheet.data(row, 3, line.fix, "wrap:data")
        if named:
            sheet.text(row, 4, line.file, "wrap:data")
        texts = ((line.message, 62), (line.fix, 56), (name_of(line), 36))
        fit(sheet, row, *texts, (line.file, 24 if named else 36), tallest=TALLEST)
    return row

"""The sheet Not done: what gave no answer, why, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.writers.comparison.rows import tall

if TYPE_CHECKING:
    from stresskit.model.batch import BatchSummary
    from stresskit.writers.workbook.book import Book

STATUS = {
    "input": "The holdings",
    "computation": "No answer",
    "plugin": "A plugin or an extra",
    "output": "The result cannot be written",
    "program": "A mistake of stresskit",
    "killed": "The process was ended",
}


def write_not_done(book: Book, summary: BatchSummary) -> None:
    """Write the sheet."""
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
        height = max(tall(text, width) for text, width in texts)
        sheet.raw.set_row(row, 12.5 * min(height, 20) + 3)
    if summary.left_out:
        row += 2
        sheet.section(row, 0, 3, "Files that were not taken for holdings")
    for name, why in summary.left_out:
        row += 1
        sheet.text(row, 0, name, "text:data")
        sheet.data(row, 1, why)
    sheet.raw.freeze_panes(2, 0)

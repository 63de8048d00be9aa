"""The mapping to look at, correct and feed back with ``--overrides``."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from stresskit.writers.atomic import check_target, write_bytes
from stresskit.writers.text import describe
from stresskit.writers.workbook.book import Book, Sheet, area, lines

if TYPE_CHECKING:
    import os

    from stresskit.model import Exposure, Exposures, Portfolio, Position, ValueChain

COLUMNS = (
    ("id", 12),
    ("name", 30),
    ("isin", 15),
    ("ticker", 10),
    ("market_value", 15),
    ("source", 14),
    ("matched", 18),
    ("confidence", 11),
    ("basis", 36),
    ("segments", 32),
    ("beta", 8),
    ("override_segments", 28),
    ("override_beta", 13),
    ("reason", 28),
)
FIRST_INPUT = 11
# The same portfolio gives the same file: no clock.
CREATED = dt.datetime(2025, 1, 27)  # noqa: DTZ001 - xlsx knows no zones

GUIDE = """\
Sheet Mapping has a row per position of the file, in the file's order. The grey columns
say where the program placed it, how sure that is and why.

To correct a line, fill the yellow cells on the right and leave the others alone.

override_segments: fractions of the business per segment, such as
AI_ACCEL=0.5;ROM_45=0.5. They are decimals from 0 to 1 and add up to 1 at most; what is
left to 1 does not move with any segment. Sheet Segments lists the ids.

override_beta: the beta to the market outside the theme, such as 1.1. Left empty, new
segments bring the mean beta of their members; a beta alone keeps the segments.

reason: why, in your words. It is printed in every report made with the file.

Save the workbook and run: stresskit stress HOLDINGS --overrides this-file.xlsx

A line is found again by its id; where that does not fit, by ISIN or ticker.
"""


def write_mapping_workbook(
    path: str | os.PathLike[str],
    portfolio: Portfolio,
    exposures: Exposures,
    chain: ValueChain,
) -> None:
    """Write where each position was placed, with cells for corrections.

    Raises
    ------
    OutputError
        If the file cannot be written; an existing one is left as it was.
    """
    check_target(path, suffix=".xlsx")
    book = Book(title=f"Mapping: {portfolio.name}", run_id="mapping", created=CREATED)
    _mapping(book, portfolio, exposures)
    _segments(book, chain)
    _guide(book)
    write_bytes(path, book.finish(), suffix=".xlsx")


def _mapping(book: Book, portfolio: Portfolio, exposures: Exposures) -> None:
    """Write the table from the very first row, as a reader of tables expects it."""
    sheet = book.sheet("Mapping")
    sheet.widths([width for _, width in COLUMNS])
    sheet.header(0, [label for label, _ in COLUMNS], left=14, height=20)
    rows = {e.position_id: e for e in exposures.rows}
    for number, position in enumerate(portfolio.positions):
        _line(sheet, 1 + number, position, rows[position.id])
    last = max(len(portfolio.positions), 1)
    sheet.raw.autofilter(0, 0, last, len(COLUMNS) - 1)
    sheet.raw.data_validation(
        1,
        12,
        last,
        12,
        {
            "validate": "decimal",
            "criteria": "between",
            "minimum": -10,
            "maximum": 10,
            "error_title": "Not a beta",
            "error_message": "Give a number such as 1.1, or leave the cell empty.",
        },
    )
    sheet.raw.freeze_panes(1, 2)
    sheet.raw.repeat_rows(0)


def _line(sheet: Sheet, row: int, position: Position, e: Exposure) -> None:
    ids = position.identifiers
    texts = (
        (0, position.id),
        (1, position.name),
        (2, ids.isin),
        (3, ids.ticker),
        (5, e.source),
        (6, e.matched),
        (8, e.basis),
        (9, describe(e.description)),
    )
    for col, text in texts:
        sheet.text(row, col, text, "text:data")
    value = position.market_value
    if value is None and position.weight is not None:
        sheet.number(row, 4, position.weight, "pct:data")
    else:
        sheet.number(row, 4, value, "money:data")
    sheet.number(row, 7, e.confidence, "pct:data|0%")
    sheet.number(row, 10, e.beta, "num:data")
    for col in range(FIRST_INPUT, len(COLUMNS)):
        # As text, so that Excel turns no fraction into a date.
        style = "num:input" if col == 12 else "text:input|@"
        sheet.text(row, col, "", style)


def _segments(book: Book, chain: ValueChain) -> None:
    sheet = book.sheet("Segments")
    sheet.widths([18, 34, 24, 90])
    sheet.header(0, ["segment", "title", "group", "definition"], left=4, height=20)
    groups = {g.id: g.title for g in chain.groups}
    for number, segment in enumerate(chain.segments):
        row = 1 + number
        sheet.text(row, 0, segment.id, "text:data")
        sheet.text(row, 1, segment.title, "text:data")
        sheet.text(row, 2, groups.get(segment.group, segment.group), "text:data")
        sheet.text(row, 3, segment.definition, "wrap:data")
        sheet.raw.set_row(row, 12.5 * lines(segment.definition, 95) + 3)
    book.define("SegmentIds", "Segments", area(1, 0, max(len(chain.segments), 1), 0))
    sheet.raw.freeze_panes(1, 1)
    sheet.raw.repeat_rows(0)


def _guide(book: Book) -> None:
    sheet = book.sheet("Instructions")
    sheet.widths([4, 110])
    sheet.title("How to correct the mapping", "", 2)
    for number, item in enumerate(GUIDE.strip().split("\n\n")):
        text = " ".join(item.split())
        sheet.text(3 + number, 0, f"{number + 1}.", "wrap:prose")
        sheet.paragraph(3 + number, text, width=110, col=1)

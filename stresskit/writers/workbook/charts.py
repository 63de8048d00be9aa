"""Native charts over figures of the sheets, with their message as alt text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stresskit.writers.text import clean_text
from stresskit.writers.workbook.styles import GAIN, GREY, INK, LOSS, PRIMARY, RULE
from stresskit.writers.workbook.words import spoken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stresskit.writers.workbook.book import Book, Sheet
    from stresskit.writers.workbook.layout import Layout

SHEET = "Attribution"
# Marks, greys and dashes that stay apart in print.
MARKERS = ("circle", "square", "triangle", "diamond", "x", "plus")


def gain_fill(book: Book) -> dict[str, Any]:
    """Return the fill of gains: hatched, so that they stay apart without colour."""
    return {
        "pattern": {
            "pattern": "wide_upward_diagonal",
            "fg_color": book.styles.themed(GAIN),
            "bg_color": "#FFFFFF",
        },
        "border": {"color": book.styles.themed(GAIN), "width": 0.75},
    }


def solid_fill(book: Book, colour: str) -> dict[str, Any]:
    """Return a plain fill in one of the theme's colours."""
    return {"fill": {"color": book.styles.themed(colour)}, "border": {"none": True}}


def segment_chart(book: Book, layout: Layout) -> tuple[Any, str]:
    """Return bars of the P&L by segment, the largest loss on top, and their message."""
    chart = book.workbook.add_chart({"type": "bar", "subtype": "stacked"})
    first, name = layout.shown_first, book.name_of(SHEET)
    last = first + len(layout.shown_segments) - 1
    fills = ((8, "Loss", solid_fill(book, LOSS)), (9, "Gain", gain_fill(book)))
    for col, label, fill in fills:
        chart.add_series(
            {
                "name": book.language.say(label),
                "categories": [name, first, 0, last, 0],
                "values": [name, first, col, last, col],
                "gap": 45,
                **fill,
            }
        )
    dress(book, chart, "P&L by segment ({unit})")
    chart.set_y_axis(_names(book) | {"reverse": True})
    # With the categories turned round, the amounts' axis would sit on top.
    chart.set_x_axis(amounts(book, layout) | {"label_position": "high"})
    worst = layout.shown_segments[0]
    return chart, layout.language.say(
        "Bars of P&L by segment. {segment} comes first with {change}.",
        segment=layout.language.data(worst.title or worst.segment),
        change=spoken(layout, worst.pnl),
    )


def waterfall_chart(
    book: Book, layout: Layout, kind: str = "column"
) -> tuple[Any, str]:
    """Return columns or bars that lead from nothing to the P&L, and their message."""
    chart = book.workbook.add_chart({"type": kind, "subtype": "stacked"})
    first, last, name = layout.steps_first, layout.steps_last, book.name_of(SHEET)
    hidden = {"fill": {"none": True}, "border": {"none": True}}
    series = (
        (4, hidden, "Hidden"),
        (5, solid_fill(book, PRIMARY), "P&L"),
        (6, solid_fill(book, LOSS), "Loss above zero"),
        (7, solid_fill(book, LOSS), "Loss"),
        (8, gain_fill(book), "Gain"),
        (9, gain_fill(book), "Gain below zero"),
    )
    for col, fill, label in series:
        chart.add_series(
            {
                "name": book.language.say(label),
                "categories": [name, first, 0, last, 0],
                "values": [name, first, col, last, col],
                "gap": 40,
                **fill,
            }
        )
    dress(book, chart, "From zero to the P&L ({unit})")
    if kind == "bar":
        chart.set_y_axis(_names(book) | {"reverse": True})
        chart.set_x_axis(amounts(book, layout) | {"label_position": "high"})
    else:
        chart.set_x_axis(_names(book))
        chart.set_y_axis(amounts(book, layout))
    return chart, layout.language.say(
        "Waterfall of the P&L from the market, groups of segments and the rest, "
        "ending at {change}.",
        change=spoken(layout, layout.result.pnl),
    )


def pixels(widths: Sequence[float]) -> int:
    """Return how wide columns of these widths are together, a margin left out."""
    return int(sum(7 * width + 5 for width in widths)) - 12


def place(
    sheet: Sheet, at: tuple[int, int], drawn: tuple[Any, str], *, size: tuple[int, int]
) -> None:
    """Put a chart with its message on a sheet, so many pixels wide and high."""
    chart, words = drawn
    chart.set_size({"width": size[0], "height": size[1]})
    said = clean_text(words)
    options = {"object_position": 2, "x_offset": 4, "y_offset": 4, "description": said}
    sheet.raw.insert_chart(*at, chart, options)


def dress(book: Book, chart: Any, title: str) -> None:
    """Give a chart the look of all others and its title."""
    font = {
        "name": book.theme.heading_font,
        "size": 10,
        "bold": True,
        "color": book.styles.themed(PRIMARY),
    }
    said = clean_text(book.language.say(title))
    chart.set_title({"name": said, "name_font": font, "overlay": False})
    chart.set_legend({"none": True})
    chart.set_chartarea({"border": {"color": book.styles.themed(RULE)}})


def font(book: Book, size: int = 8) -> dict[str, Any]:
    """Return the font of a chart's labels."""
    colour = book.styles.themed(INK)
    return {"name": book.styles.font, "size": size, "color": colour}


def axis(book: Book, number: str, title: str = "") -> dict[str, Any]:
    """Return an axis of numbers in a format, with a title or none."""
    rule = {"color": book.styles.themed(RULE), "width": 0.5}
    found: dict[str, Any] = {
        "num_format": number,
        "num_font": font(book),
        "major_gridlines": {"visible": True, "line": rule},
        "line": {"none": True},
    }
    if title:
        found["name"] = clean_text(book.language.say(title))
        found["name_font"] = font(book) | {"bold": False}
    return found


def amounts(book: Book, layout: Layout) -> dict[str, Any]:
    """Return the axis of amounts, scaled to what the P&L is counted in."""
    percent, scales = book.language.percent, book.language.scales
    number = f"0.0{percent}" if layout.shares else "#,##0"
    largest = abs(layout.result.pnl)
    for size, scale, commas in ((1e9, 2, ",,,"), (1e6, 1, ",,"), (1e4, 0, ",")):
        if not layout.shares and largest >= size:
            digits = "0.0" if scale else "0"
            number = f'#,##{digits}{commas}"{scales[scale]}"'
            break
    return axis(book, number)


def _names(book: Book) -> dict[str, Any]:
    return {
        "label_position": "low",
        "num_font": font(book),
        "line": {"color": book.styles.themed(GREY)},
        "major_tick_mark": "none",
    }

"""Native charts over the figures on Attribution, with their message as alt text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stresskit.writers.text import clean_text
from stresskit.writers.workbook.styles import FONT, GAIN, GREY, INK, LOSS, NAVY, RULE
from stresskit.writers.workbook.words import spoken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stresskit.writers.workbook.book import Book, Sheet
    from stresskit.writers.workbook.layout import Layout

SHEET = "Attribution"


def segment_chart(book: Book, layout: Layout) -> tuple[Any, str]:
    """Return bars of the P&L by segment, the largest loss on top, and their message."""
    chart = book.workbook.add_chart({"type": "bar", "subtype": "stacked"})
    first = layout.shown_first
    last = first + len(layout.shown_segments) - 1
    for col, colour, name in ((8, LOSS, "Loss"), (9, GAIN, "Gain")):
        chart.add_series(
            {
                "name": name,
                "categories": [SHEET, first, 0, last, 0],
                "values": [SHEET, first, col, last, col],
                "fill": {"color": colour},
                "gap": 45,
            }
        )
    dress(chart, f"P&L by segment ({layout.unit})")
    chart.set_y_axis(
        {
            "reverse": True,
            "label_position": "low",
            "num_font": _font(8),
            "line": {"color": GREY},
            "major_tick_mark": "none",
        }
    )
    # With the categories turned round, the amounts' axis would sit on top.
    chart.set_x_axis(_amounts(layout) | {"label_position": "high"})
    worst = layout.shown_segments[0]
    return chart, clean_text(
        f"Bars of P&L by segment. {worst.title or worst.segment} comes first with "
        f"{spoken(layout, worst.pnl)}."
    )


def waterfall_chart(
    book: Book, layout: Layout, kind: str = "column"
) -> tuple[Any, str]:
    """Return columns or bars that lead from nothing to the P&L, and their message."""
    chart = book.workbook.add_chart({"type": kind, "subtype": "stacked"})
    first, last = layout.steps_first, layout.steps_last
    series = (
        (4, None, "Hidden"),
        (5, NAVY, "P&L"),
        (6, LOSS, "Loss above zero"),
        (7, LOSS, "Loss"),
        (8, GAIN, "Gain"),
        (9, GAIN, "Gain below zero"),
    )
    for col, colour, name in series:
        fill = {"color": colour} if colour else {"none": True}
        chart.add_series(
            {
                "name": name,
                "categories": [SHEET, first, 0, last, 0],
                "values": [SHEET, first, col, last, col],
                "fill": fill,
                "border": {"none": True},
                "gap": 40,
            }
        )
    dress(chart, f"From zero to the P&L ({layout.unit})")
    names = {
        "label_position": "low",
        "num_font": _font(8),
        "line": {"color": GREY},
        "major_tick_mark": "none",
    }
    if kind == "bar":
        chart.set_y_axis(names | {"reverse": True})
        chart.set_x_axis(_amounts(layout) | {"label_position": "high"})
    else:
        chart.set_x_axis(names)
        chart.set_y_axis(_amounts(layout))
    return chart, clean_text(
        "Waterfall of the P&L from the market, groups of segments and the rest, "
        f"ending at {spoken(layout, layout.result.pnl)}."
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
    options = {"object_position": 2, "x_offset": 4, "y_offset": 4, "description": words}
    sheet.raw.insert_chart(*at, chart, options)


def dress(chart: Any, title: str) -> None:
    """Give a chart the look of all others."""
    chart.set_title(
        {
            "name": clean_text(title),
            "name_font": {"name": FONT, "size": 10, "bold": True, "color": NAVY},
            "overlay": False,
        }
    )
    chart.set_legend({"none": True})
    chart.set_chartarea({"border": {"color": RULE}})


def _font(size: int) -> dict[str, Any]:
    return {"name": FONT, "size": size, "color": INK}


def _amounts(layout: Layout) -> dict[str, Any]:
    number = "0.0%" if layout.shares else "#,##0"
    largest = abs(layout.result.pnl)
    if not layout.shares and largest >= 1e9:
        number = '#,##0.0,,,"bn"'
    elif not layout.shares and largest >= 1e6:
        number = '#,##0.0,,"m"'
    elif not layout.shares and largest >= 1e4:
        number = '#,##0,"k"'
    return {
        "num_format": number,
        "num_font": _font(8),
        "major_gridlines": {"visible": True, "line": {"color": RULE, "width": 0.5}},
        "line": {"none": True},
    }

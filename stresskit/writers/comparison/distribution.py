"""The sheet Distribution: how many portfolios make what, as a table and a chart."""

from __future__ import annotations

import math
import statistics
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from stresskit.writers.comparison import league
from stresskit.writers.workbook.book import cell
from stresskit.writers.workbook.charts import (
    axis,
    dress,
    font,
    gain_fill,
    place,
    solid_fill,
)
from stresskit.writers.workbook.styles import LOSS

if TYPE_CHECKING:
    from stresskit.writers.comparison.compared import Compared
    from stresskit.writers.workbook.book import Book, Sheet

SHEET = "Distribution"
FIRST = 4
MOST_BINS = 16
# One of so many on either side is no reason for wider ranges.
TAIL = 500
WIDTHS = (0.0025, 0.005, 0.01, 0.02, 0.025, 0.05, 0.1, 0.2, 0.25, 0.5)
COLUMNS = (14, 14, 24, 12, 4)


def bins(shares: list[float]) -> list[tuple[float, float]]:
    """Return even ranges that hold all shares, the lower end in, the upper out.

    Examples
    --------
    >>> bins([-0.08, -0.03, 0.021])[:2], bins([-0.08, -0.03, 0.021])[-1]
    ([(-0.08, -0.07), (-0.07, -0.06)], (0.02, 0.03))
    """
    ordered = sorted(shares)
    # Of very many a few lie far out; the outermost ranges reach as far as they do.
    tail = len(ordered) // TAIL
    low, high = ordered[tail], ordered[-1 - tail]
    for width in (*WIDTHS, *(2.0**n for n in range(40))):
        first, last = _reach(low, high, width)
        if last - first <= MOST_BINS:
            break
    edges = [_edge(n, width) for n in range(first, last + 1)]
    least, most = _reach(ordered[0], ordered[-1], width)
    edges[0], edges[-1] = _edge(least, width), _edge(most, width)
    return list(pairwise(edges))


def _reach(low: float, high: float, width: float) -> tuple[int, int]:
    """Return the numbers of the edges around two shares."""
    first, last = math.floor(low / width), math.floor(high / width) + 1
    # Division may land on the wrong side of an edge by its last digit.
    return first - (low < _edge(first, width)), last + (high >= _edge(last, width))


def _edge(number: int, width: float) -> float:
    """Return an edge with no more digits than are written of it."""
    return round(number * width, 6)


def write_distribution(book: Book, compared: Compared) -> None:
    """Write the sheet."""
    shares = compared.shares
    where = league.column_of(compared, league.SHARE, len(shares))
    sheet = book.sheet(SHEET)
    sheet.widths(COLUMNS)
    sheet.title(
        SHEET, "How many portfolios make what, in % of their value.", len(COLUMNS) + 9
    )
    sheet.header(FIRST - 1, ["From", "Below", "P&L, % of value", "Portfolios"], left=0)
    found = bins(shares)
    language = book.language
    decimals = _decimals(found)
    counts = []
    for row, (low, high) in enumerate(found, FIRST):
        sheet.number(row, 0, low, "pct:data|0.00%")
        sheet.number(row, 1, high, "pct:data|0.00%")
        ends = (language.share(low, decimals), language.share(high, decimals))
        sheet.say(row, 2, "{low} to {high}", "label:data", low=ends[0], high=ends[1])
        counts.append(sum(low <= share < high for share in shares))
        inside = f'{where},">="&{cell(row, 0)},{where},"<"&{cell(row, 1)}'
        compared.put(sheet, row, 3, f"=COUNTIFS({inside})", counts[-1], "int")
    last = FIRST + len(found) - 1
    total = f"=SUM({cell(FIRST, 3)}:{cell(last, 3)})"
    sheet.say(last + 1, 2, "Together", "label:total")
    sheet.formula(last + 1, 3, total, sum(counts), "int:total")
    _statistics(sheet, compared, last + 3, where)
    chart = _chart(book, found, counts)
    words = language.say(
        "Columns of how many portfolios make what. The largest loss is {worst} of "
        "the value, the median {median}.",
        worst=language.share(min(shares), 1),
        median=language.share(statistics.median(shares), 1),
    )
    size = (560, 340)
    place(sheet, (FIRST - 1, len(COLUMNS)), (chart, words), size=size)
    sheet.raw.freeze_panes(2, 0)


def _decimals(found: list[tuple[float, float]]) -> int:
    """Return how many decimals a percentage needs to tell the edges."""
    edges = [100 * edge for pair in found for edge in pair]
    return next(
        n
        for n in (0, 1, 2)
        if n == 2 or all(abs(round(e, n) - e) < 1e-9 for e in edges)
    )


def _statistics(sheet: Sheet, compared: Compared, row: int, where: str) -> None:
    shares = compared.shares
    sheet.section(row, 0, 3, "In % of the value; every portfolio counts alike")
    known = (
        ("Worst", "MIN", min(shares)),
        ("Median", "MEDIAN", statistics.median(shares)),
        ("Average", "AVERAGE", statistics.fmean(shares)),
        ("Best", "MAX", max(shares)),
    )
    for at, (label, function, value) in enumerate(known, row + 1):
        sheet.say(at, 0, label, "text:plain")
        compared.put(sheet, at, 3, f"={function}({where})", value, "ret")


def _step(least: float) -> int:
    """Return a round number of portfolios, no less than asked.

    Examples
    --------
    >>> [_step(least) for least in (0.2, 3, 14, 1_900)]
    [1, 5, 20, 2000]
    """
    digits: int = 10 ** len(str(math.ceil(least)))
    steps = (digits // 10, digits // 5, digits // 2, digits)
    return next(step for step in steps if step >= least)


def _chart(book: Book, found: list[tuple[float, float]], counts: list[int]) -> Any:
    name = book.name_of(SHEET)
    last = FIRST + len(found) - 1
    loss, gain = solid_fill(book, LOSS), gain_fill(book)
    chart = book.workbook.add_chart({"type": "column"})
    chart.add_series(
        {
            "name": book.language.say("Portfolios"),
            "categories": [name, FIRST, 2, last, 2],
            "values": [name, FIRST, 3, last, 3],
            "gap": 8,
            "data_labels": {"value": True, "num_format": "#,##0;;", "font": font(book)},
            "points": [loss if high <= 0 else gain for _, high in found],
        }
    )
    dress(book, chart, "Portfolios by P&L, % of value")
    step = _step(max(counts) / 6)
    chart.set_y_axis(axis(book, "#,##0") | {"min": 0, "major_unit": step})
    turned = font(book) | ({"rotation": -45} if len(found) > 6 else {})
    chart.set_x_axis({"num_font": turned, "label_position": "low"})
    return chart

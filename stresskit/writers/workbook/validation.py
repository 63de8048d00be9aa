"""The Validation sheet: predicted against realised on the event's day, baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stresskit.writers.workbook.book import area, cell
from stresskit.writers.workbook.charts import axis, dress, font, pixels, place
from stresskit.writers.workbook.layout import Layout
from stresskit.writers.workbook.styles import GREY, LOSS, PRIMARY, RULE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stresskit.model import GroupTest, Point, Validation
    from stresskit.writers.workbook.book import Book, Sheet

SHEET = "Validation"
LAST = 8
TITLES = {
    "theme": "AI value chain, each stock predicted without itself",
    "rest": "Rest of the market, each stock predicted without itself",
    "funds": "Funds, by sensitivities from before the event",
    "other regions": "Europe and Asia, moves as published, no market leg",
}
PORTFOLIOS = {
    "theme": "Random portfolios of the AI value chain",
    "rest": "Random portfolios of the rest of the market",
    "all": "Random portfolios of all stocks",
    "all, long/short": "Random long/short portfolios of all stocks",
}
WIDTHS = (40, 12, 12, 12, 12, 12, 12, 12, 14)
NAME, SEGMENT, HELD, PREDICTED, REALISED, LOW, HIGH, INSIDE = range(8)
CHART_ROWS = 21


def write(book: Book, layout: Layout) -> None:
    """Write the sheet; a factor without evidence has a page that says so."""
    sheet = book.sheet(SHEET)
    sheet.widths(WIDTHS)
    sheet.title(
        SHEET,
        "Would the method have predicted the day? Every stock is left out, its segment "
        "estimated again without it, and then predicted.",
        LAST + 1,
    )
    found = layout.validation
    if found is None or not found.points:
        sheet.say(
            3,
            0,
            "This factor was stated by its author or told with other weights: there is "
            "nothing realised to hold it against.",
            "text:plain",
        )
        return
    first = _first_point(found)
    groups = _ordered(found, layout)
    size = (pixels(WIDTHS), CHART_ROWS * 20 - 10)
    drawn = _chart(book, layout, groups, first)
    place(sheet, (3, 0), drawn, size=size)
    row = 4 + CHART_ROWS
    for number, group in enumerate(found.groups):
        if number == 1:
            sheet.raw.set_h_pagebreaks([row])
        row = _scores(sheet, row, group)
    row = _portfolios(sheet, found, row)
    _points(sheet, groups, first)
    sheet.raw.freeze_panes(2, 0)
    # The points are many and stand in the chart.
    sheet.print_area(first - 4, LAST)


def _first_point(found: Validation) -> int:
    tables = sum(len(g.scores) + 4 for g in found.groups)
    return 4 + CHART_ROWS + tables + len(found.portfolios) + 3 + 3


def _ordered(found: Validation, layout: Layout) -> dict[str, list[Point]]:
    """Return the points by what the chart shows them as."""
    held = set()
    for r in layout.rows:
        held |= {r.position.identifiers.ticker, (r.position.name or "").casefold()}
    groups: dict[str, list[Point]] = {"held": [], "theme": [], "rest": []}
    for point in found.points:
        ticker = point.key.split(":")[0]
        mine = ticker in held or point.name.casefold() in held
        groups["held" if mine else point.group].append(point)
    return groups


def _chart(
    book: Book, layout: Layout, groups: dict[str, list[Point]], first: int
) -> tuple[Any, str]:
    chart = book.workbook.add_chart({"type": "scatter"})
    name, themed = book.name_of(SHEET), book.styles.themed
    looks = {
        "rest": ("Rest of the market", "circle", themed(RULE), 4),
        "theme": ("AI value chain", "diamond", themed(GREY), 5),
        "held": ("Held in this portfolio", "square", themed(PRIMARY), 7),
    }
    starts, at = {}, first
    for key, points in groups.items():
        starts[key] = at
        at += len(points)
    for key, (label, marker, colour, points_size) in looks.items():
        if not groups[key]:
            continue
        a, b = starts[key], starts[key] + len(groups[key]) - 1
        line = {"color": themed(GREY) if key == "rest" else colour}
        chart.add_series(
            {
                "name": book.language.say(label),
                "categories": [name, a, PREDICTED, b, PREDICTED],
                "values": [name, a, REALISED, b, REALISED],
                "marker": {
                    "type": marker,
                    "size": points_size,
                    "fill": {"color": colour},
                    "border": line,
                },
            }
        )
    # The line on which predicted is realised, between two points of its own.
    chart.add_series(
        {
            "name": book.language.say("Predicted is realised"),
            "categories": [name, first - 2, PREDICTED, first - 2, REALISED],
            "values": [name, first - 2, PREDICTED, first - 2, REALISED],
            "line": {"color": themed(LOSS), "width": 1.0, "dash_type": "dash"},
            "marker": {"type": "none"},
        }
    )
    dress(book, chart, "Return predicted without the stock against what it did")
    chart.set_legend({"position": "bottom", "font": font(book)})
    shown = f"0{book.language.percent}"
    low = {"label_position": "low"}
    chart.set_x_axis({**axis(book, shown, "Predicted"), **low})
    chart.set_y_axis({**axis(book, shown, "Realised"), **low})
    count = sum(map(len, groups.values()))
    inside = [p for g in groups.values() for p in g if p.low <= p.realised <= p.high]
    return chart, layout.language.say(
        "Scatter of {count} stocks: predicted without itself against realised; "
        "{share} lie in their 90% range.",
        count=count,
        share=layout.language.share(len(inside) / max(count, 1)),
    )


def _scores(sheet: Sheet, row: int, group: GroupTest) -> int:
    """Write how near each way came; the model stands last."""
    sheet.section(row, 0, LAST, TITLES.get(group.name, group.name))
    labels = ["Way to predict", "Stocks", "Mean error", "RMSE", "R2", "Slope"]
    labels += ["Rank correlation", "Right sign", "In its 90% range"]
    sheet.header(row + 1, labels, height=32)
    for n, score in enumerate(group.scores, row + 2):
        ours = score.method == "stresskit"
        sheet.data(n, 0, score.method, "text:strong" if ours else "text:data")
        sheet.number(n, 1, score.n, "int:data")
        sheet.number(n, 2, score.mae, "ret:data")
        sheet.number(n, 3, score.rmse, "ret:data")
        sheet.number(n, 4, score.r2, "num:data")
        sheet.number(n, 5, score.slope, "num:data")
        sheet.number(n, 6, score.rank, "num:data")
        share = score.sign_hits / score.sign_tried if score.sign_tried else None
        sheet.number(n, 7, share, "pct:data|0%")
        sheet.number(n, 8, group.coverage if ours else None, "pct:data")
    return row + len(group.scores) + 4


def _portfolios(sheet: Sheet, found: Validation, row: int) -> int:
    sheet.section(row, 0, 4, "Portfolios, each predicted without its own stocks")
    labels = ["Portfolios", "Number", "Mean error", "beta x index", "In the 90% range"]
    sheet.header(row + 1, labels, height=32)
    for n, test in enumerate(found.portfolios, row + 2):
        sheet.say(n, 0, PORTFOLIOS.get(test.name, test.name), "text:data")
        sheet.number(n, 1, test.portfolios, "int:data")
        sheet.number(n, 2, test.mae, "ret:data")
        sheet.number(n, 3, test.index_mae, "ret:data")
        sheet.number(n, 4, test.coverage, "pct:data")
    return row + len(found.portfolios) + 3


def _points(sheet: Sheet, groups: dict[str, list[Point]], first: int) -> None:
    """Write the points of the chart, with a formula that says who is in range."""
    labels = ["Stock", "Segment", "Held", "Predicted", "Realised", "Range, low"]
    sheet.header(first - 1, [*labels, "Range, high", "In range"])
    points = [(key, p) for key, found in groups.items() for p in found]
    ends = [min(p.predicted for _, p in points), max(p.predicted for _, p in points)]
    sheet.say(first - 2, 0, "Ends of the line", "text:data")
    for col, value in zip((PREDICTED, REALISED), ends, strict=True):
        sheet.number(first - 2, col, value, "ret:data")
    for n, (key, p) in enumerate(points, first):
        sheet.text(n, NAME, p.name, "text:data")
        sheet.text(n, SEGMENT, p.segment, "text:data")
        sheet.say(n, HELD, "yes" if key == "held" else "no", "label:data")
        for col, value in (
            (PREDICTED, p.predicted),
            (REALISED, p.realised),
            (LOW, p.low),
            (HIGH, p.high),
        ):
            sheet.number(n, col, value, "ret:data")
        low, high, did = (cell(n, c) for c in (LOW, HIGH, REALISED))
        within = f"=AND({did}>={low},{did}<={high})"
        sheet.formula(n, INSIDE, within, p.low <= p.realised <= p.high, "flag")
    _share(sheet, first, first + len(points) - 1, [p for _, p in points])


def _share(sheet: Sheet, first: int, last: int, points: Sequence[Point]) -> None:
    """Write the share in range over the points, recomputed."""
    low, high, did = (area(first, c, last, c) for c in (LOW, HIGH, REALISED))
    formula = f"=SUMPRODUCT(({did}>={low})*({did}<={high}))/ROWS({did})"
    inside = sum(p.low <= p.realised <= p.high for p in points) / len(points)
    sheet.say(first - 3, 0, "Share of all stocks in their 90% range", "text")
    sheet.formula(first - 3, PREDICTED, formula, inside, "pct")

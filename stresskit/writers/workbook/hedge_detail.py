"""The Hedge detail sheet: every suggestion in every scenario, frontier, limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stresskit.writers.workbook.book import area, cell
from stresskit.writers.workbook.charts import MARKERS, axis, dress, font, place
from stresskit.writers.workbook.hedges import COST
from stresskit.writers.workbook.language import Given
from stresskit.writers.workbook.positions import money_width
from stresskit.writers.workbook.styles import GREY, INK, PRIMARY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stresskit.model import Hedge, HedgePlan
    from stresskit.writers.workbook.book import Book, Sheet
    from stresskit.writers.workbook.layout import Layout

SHEET = "Hedge detail"
FIRST_ROW = 4
KINDS = {
    "target": "what it is for",
    "severity": "same event, other severity",
    "asked": "as asked",
    "day": "as it happened",
}
EFFECTS = (
    ("ederington", "Variance taken away over the events (Ederington)"),
    ("out_of_sample", "The same without the scenario it is for"),
    ("ordinary", "Variance taken away on ordinary days"),
)
COLOURS = (PRIMARY, INK, GREY)
DASHES = ("solid", "dash", "round_dot", "long_dash", "dash_dot", "square_dot")


def write(book: Book, layout: Layout) -> None:
    """Write the sheet; there is none without a suggestion that has orders."""
    plan = layout.plan
    if plan is None or not _with_orders(plan):
        return
    sheet = book.sheet(SHEET)
    shown = _with_orders(plan)
    width = money_width(layout)
    count = max(3 + 2 * len(shown), 9)
    sheet.widths([34, 24, width, *([max(width, 12)] * (count - 3))])
    sheet.title(
        SHEET,
        "Every suggestion in every scenario: the portfolio as run, the hedge by its "
        "ratio on Hedges. Amounts in {unit}; losses are negative. Analysis, not "
        "advice.",
        count,
    )
    row = FIRST_ROW
    row = _scenarios(sheet, layout, plan, shown, row)
    row = _frontier(sheet, plan, shown, row)
    row = _segments(sheet, shown, row)
    row = _limits(sheet, shown, row)
    row = _alternatives(sheet, shown, row)
    _long_only(sheet, shown, row)
    sheet.raw.freeze_panes(FIRST_ROW, 1)


def _with_orders(plan: HedgePlan) -> list[Hedge]:
    return [h for h in plan.hedges if h.legs]


def _scenarios(
    sheet: Sheet,
    layout: Layout,
    plan: HedgePlan,
    shown: Sequence[Hedge],
    row: int,
) -> int:
    last = 2 + 2 * len(shown)
    sheet.section(row, 0, last, "Every suggestion in every scenario")
    labels = ["Scenario", "Kind", "Portfolio P&L ({unit})"]
    for h in shown:
        labels += _both(sheet, h, "{hedge}: hedge P&L", "{hedge}: left after cost")
    sheet.header(row + 1, labels, left=2, height=44)
    first = row + 2
    starts = _starts(shown, layout)
    for n, scenario in enumerate(plan.scenarios):
        at = first + n
        sheet.data(at, 0, scenario.label)
        sheet.data(at, 1, KINDS.get(scenario.kind, scenario.kind))
        sheet.number(at, 2, scenario.pnl, "money:data")
        for k, h in enumerate(shown):
            begin, end = starts[k], starts[k] + len(h.legs) - 1
            signs, money, returns = (
                f"'Order values'!{area(begin, c, end, c)}" for c in (2, 3, 4 + n)
            )
            col = 3 + 2 * k
            formula = f"=SUMPRODUCT({signs},{money},{returns})"
            sheet.formula(at, col, formula, h.pnls[n], "money")
            left = scenario.pnl + h.pnls[n] - h.cost
            number = plan.hedges.index(h)
            cost = f"Hedges!{cell(layout.FAMILY_FIRST + number, COST)}"
            formula = f"={cell(at, 2)}+{cell(at, col)}-{cost}"
            sheet.formula(at, col + 1, formula, left, "money")
    row = first + len(plan.scenarios)
    for name, words in EFFECTS:
        sheet.say(row, 0, words, "wrap:formula")
        sheet.raw.set_row(row, 26)
        for k, h in enumerate(shown):
            value = getattr(h.effect, name) if h.effect else None
            if value is not None:
                sheet.number(row, 3 + 2 * k, value, "pct:data|0%")
        row += 1
    return row + 1


def _both(sheet: Sheet, hedge: Hedge, one: str, other: str) -> list[str]:
    """Return two column heads with a suggestion's name in them."""
    name = sheet.language.data(hedge.family)
    said = (sheet.language.say(words, hedge=name) for words in (one, other))
    return [Given(text) for text in said]


def _starts(shown: Sequence[Hedge], layout: Layout) -> list[int]:
    """Return the first row of each suggestion's orders in the sheet of returns."""
    found, row = [], layout.ORDER_FIRST
    for h in shown:
        found.append(row)
        row += len(h.legs)
    return found


def _frontier(sheet: Sheet, plan: HedgePlan, shown: Sequence[Hedge], row: int) -> int:
    """Write the least cost of each loss, a table and a chart."""
    curves = [h for h in shown if len(h.frontier) > 1]
    if not curves:
        return row
    sheet.section(row, 0, 8, "The frontier: what less loss costs")
    note = "Without whole lots and counts of orders. The knee is where more gets dear."
    sheet.say(row + 1, 0, note, "note")
    labels = ["Suggestion", "Knee", "Loss taken away", "Loss left, % of value"]
    labels += ["Cost, bp of value", "One more percent of the loss, bp"]
    sheet.header(row + 2, labels, left=2, height=30)
    at, spans = row + 3, []
    for h in curves:
        begin = at
        for p in h.frontier:
            sheet.data(at, 0, h.family)
            sheet.say(at, 1, "knee" if p.knee else "", "text:data")
            sheet.number(at, 2, p.share, "pct:data|0.0%")
            sheet.number(at, 3, p.residual, "pct:data|0.00%")
            sheet.number(at, 4, 1e4 * p.cost, "num:data|0.00")
            sheet.number(at, 5, 1e4 * p.price, "num:data|0.000")
            at += 1
        spans.append((h, begin, at - 1))
    place(sheet, (row + 2, 6), _chart(sheet, plan, spans), size=(430, 330))
    return max(at, row + 20) + 1


def _chart(
    sheet: Sheet, plan: HedgePlan, spans: Sequence[tuple[Hedge, int, int]]
) -> tuple[Any, str]:
    kind = {"type": "scatter", "subtype": "straight_with_markers"}
    book, language = sheet.book, sheet.language
    chart, name = book.workbook.add_chart(kind), book.name_of(SHEET)
    for n, (h, begin, end) in enumerate(spans):
        colour = book.styles.themed(COLOURS[n % len(COLOURS)])
        fill = {"color": colour}
        marker = MARKERS[n % len(MARKERS)]
        dash = DASHES[n % len(DASHES)]
        chart.add_series(
            {
                "name": language.data(h.family),
                "categories": [name, begin, 3, end, 3],
                "values": [name, begin, 4, end, 4],
                "line": {"color": colour, "width": 1.25, "dash_type": dash},
                "marker": {"type": marker, "size": 5, "fill": fill, "border": fill},
            }
        )
    dress(book, chart, "Cost (bp of value) against loss left (% of value)")
    chart.set_legend({"position": "bottom", "font": font(book)})
    # The axis runs from the whole loss to none, with the cost on its left.
    across = axis(book, f"0.0{language.percent}", "Loss left, % of value")
    chart.set_x_axis({**across, "min": 0, "reverse": True, "crossing": "max"})
    chart.set_y_axis(axis(book, "0", "Cost, bp of value"))
    cheapest = min(spans, key=lambda s: s[0].frontier[-1].cost)[0].family
    return chart, language.say(
        "Cost against loss left for {families}; {cheapest} ends at the lowest cost. "
        "Target: {target}.",
        families=", ".join(language.data(h.family) for h, *_ in spans),
        cheapest=language.data(cheapest),
        target=language.data(plan.asked.words),
    )


def _segments(sheet: Sheet, shown: Sequence[Hedge], row: int) -> int:
    """Write the portfolio, the hedge and the hedged portfolio by segment."""
    names: dict[str, str] = {}
    for h in shown:
        names |= {s.segment: s.title for s in h.by_segment if s.exposure or s.pnl}
    if not names:
        return row
    last = 2 + 2 * len(shown)
    sheet.section(row, 0, last, "Portfolio, hedge and hedged portfolio by segment")
    note = "Money exposed to each segment; what options take is their delta before."
    sheet.say(row + 1, 0, note, "note")
    labels = ["Segment", "", "Portfolio ({unit})"]
    for h in shown:
        labels += _both(sheet, h, "{hedge}: hedge", "{hedge}: hedged")
    sheet.header(row + 2, labels, left=2, height=30)
    at = row + 3
    tables = [{s.segment: s for s in h.by_segment} for h in shown]
    for segment, title in names.items():
        first = next(t[segment] for t in tables if segment in t)
        sheet.data(at, 0, title)
        sheet.text(at, 1, "", "text:data")
        sheet.number(at, 2, first.exposure, "money:data")
        for k, table in enumerate(tables):
            found = table.get(segment)
            taken = found.hedge_exposure if found else 0.0
            sheet.number(at, 3 + 2 * k, taken, "money:data")
            formula = f"={cell(at, 2)}+{cell(at, 3 + 2 * k)}"
            sheet.formula(at, 4 + 2 * k, formula, first.exposure + taken, "money")
        at += 1
    return at + 1


def _limits(sheet: Sheet, shown: Sequence[Hedge], row: int) -> int:
    """Write which limit to move where the target is out of reach, and what it buys."""
    rows = [(h, r) for h in shown for r in h.relaxations]
    if not rows:
        return row
    sheet.section(row, 0, 5, "What moving one limit would buy")
    labels = ["Limit", "Suggestion", "Now", "Moved to", "Loss taken away", "Then"]
    sheet.header(row + 1, labels, left=2)
    at = row + 2
    for h, r in rows:
        sheet.data(at, 0, r.limit)
        sheet.data(at, 1, h.family)
        sheet.data(at, 2, r.now)
        sheet.data(at, 3, r.then)
        sheet.number(at, 4, r.share, "pct:data|0.0%")
        sheet.number(at, 5, r.share_then, "pct:data|0.0%")
        at += 1
    return at + 1


def _alternatives(sheet: Sheet, shown: Sequence[Hedge], row: int) -> int:
    """Write the plans that reach the same with other instruments."""
    rows = [(h, a) for h in shown for a in h.alternatives]
    if not rows:
        return row
    sheet.section(row, 0, 6, "With other instruments")
    labels = ["Alternative", "Suggestion", "Cost ({unit})", "Cost, bp"]
    labels += ["P&L left ({unit})", "Orders", ""]
    sheet.header(row + 1, labels, left=2)
    at = row + 2
    for h, a in rows:
        sheet.data(at, 0, a.title)
        sheet.data(at, 1, h.family)
        sheet.number(at, 2, a.cost, "money:data")
        sheet.number(at, 3, a.cost_bps, "num:data|0.00")
        sheet.number(at, 4, a.residual_pnl, "money:data")
        for leg in a.legs:
            sheet.text(at, 5, _order(sheet, leg), "text")
            at += 1
    return at + 1


def _order(sheet: Sheet, leg: Any) -> str:
    language = sheet.language
    count = "" if leg.quantity is None else f"{language.number(leg.quantity)} "
    what = leg.name if leg.option else leg.instrument
    return f"{language.data(leg.side)} {count}{what}"


def _long_only(sheet: Sheet, shown: Sequence[Hedge], row: int) -> int:
    """Write the cheapest long-only plan beside the nearest one."""
    pair = [h for h in shown if h.family in ("trim", "rotation")]
    if len(pair) < 2:
        return row
    sheet.section(row, 0, 6, "Long-only: the cheapest against the nearest")
    labels = ["Plan", "How", "Cost ({unit})", "Cost, bp"]
    labels += ["Tracking error a year", "Turnover", "P&L left ({unit})"]
    sheet.header(row + 1, labels, left=2, height=30)
    how = {"trim": "linear program", "rotation": "riskfolio-lib"}
    at = row + 2
    for h in pair:
        sheet.data(at, 0, h.title)
        sheet.say(at, 1, how[h.family], "text:data")
        sheet.number(at, 2, h.cost, "money:data")
        sheet.number(at, 3, h.cost_bps, "num:data|0.00")
        sheet.number(at, 4, h.diagnostics["tracking_error"], "pct:data|0.00%")
        sheet.number(at, 5, h.diagnostics["turnover"], "pct:data|0.0%")
        sheet.number(at, 6, h.residual_pnl, "money:data")
        at += 1
    return at + 1

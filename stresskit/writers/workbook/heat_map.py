"""The Heat map sheet: which position loses in which segment, which group where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stresskit.writers.workbook.book import area, cell
from stresskit.writers.workbook.language import Given
from stresskit.writers.workbook.layout import FIRST, Exp, Layout, Pos
from stresskit.writers.workbook.positions import money_width
from stresskit.writers.workbook.styles import GAIN, LOSS, lighter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.writers.workbook.book import Book, Sheet

SHEET = "Heat map"
POSITIONS, SEGMENTS, PARTS = 20, 10, 8
OTHER = "Other"


def write(book: Book, layout: Layout) -> None:
    """Write the sheet; without a position, none."""
    if not layout.rows:
        return
    sheet = book.sheet(SHEET)
    m = max(money_width(layout), 11.0)
    last = SEGMENTS + 2
    sheet.widths([34, *[m] * last])
    sheet.title(
        SHEET,
        "Where the P&L arises: the darker, the more; amounts in {unit}, a loss is "
        "negative. Lists keep the order of the run, their figures follow the inputs.",
        last + 1,
    )
    row = _by_segment(sheet, layout, 3)
    for by in ("country", "currency"):
        row = _by_group(sheet, layout, row, by)
    sheet.raw.freeze_panes(2, 1)


def _by_segment(sheet: Sheet, layout: Layout, row: int) -> int:
    """Write the segment part of the largest positions, segment by segment."""
    f = layout.figures
    matrix = f.money[:, None] * f.sensitivities * f.scaled
    used = [k for k in f.used if np.any(matrix[:, k])]
    columns = sorted(used, key=lambda k: -abs(matrix[:, k].sum()))[:SEGMENTS]
    places = np.argsort(-np.abs(matrix).sum(axis=1), kind="stable")[:POSITIONS]
    rows = [int(n) for n in places if np.any(matrix[n])]
    if not rows:
        return row
    last = len(columns) + 2
    sheet.section(row, 0, last, "Largest positions by segment, the segment part alone")
    titles = [layout.titles[f.segment_ids[k]].title for k in columns]
    labels = ["Position", *(Given(t) for t in titles), "Other segments", "All segments"]
    sheet.header(row + 1, labels, height=46)
    first = row + 2
    for n, number in enumerate(rows):
        _position(sheet, layout, first + n, number, columns, matrix)
    at = first + len(rows)
    _rest(sheet, layout, at, first, columns, matrix, rows)
    end = at + 1
    sheet.say(end, 0, "All positions", "text:total")
    sums = [*(matrix[:, k].sum() for k in columns)]
    sums += [matrix.sum() - sum(sums), matrix.sum()]
    for col, value in enumerate(sums, 1):
        total = f"=SUM({area(first, col, at, col)})"
        sheet.formula(end, col, total, float(value), "money:total")
    _shade(sheet, first, at - 1, len(columns) + 1)
    return end + 2


def _position(
    sheet: Sheet,
    layout: Layout,
    row: int,
    number: int,
    columns: list[int],
    matrix: NDArray[np.float64],
) -> None:
    r, at = layout.rows[number], FIRST + number
    sheet.text(row, 0, r.position.name or r.position.id, "text:data")
    money = f"Exposures!{cell(at, Exp.MONEY)}"
    for col, k in enumerate(columns, 1):
        place = Exp.SEGMENTS + layout.figures.used.index(k)
        taken, shock = (f"Exposures!{cell(n, place)}" for n in (at, Exp.SHOCK))
        formula = f"={money}*{taken}*{shock}"
        sheet.formula(row, col, formula, float(matrix[number, k]), "money")
    other, whole = len(columns) + 1, len(columns) + 2
    value = float(matrix[number].sum())
    rest = value - float(matrix[number, columns].sum())
    shown = area(row, 1, row, len(columns))
    difference = f"={cell(row, whole)}-SUM({shown})"
    sheet.formula(row, other, difference, _tidy(rest, value), "money")
    total = f"=Positions!{cell(at, Pos.SEGMENTS)}"
    sheet.formula(row, whole, total, value, "money")


def _rest(
    sheet: Sheet,
    layout: Layout,
    at: int,
    first: int,
    columns: list[int],
    matrix: NDArray[np.float64],
    rows: list[int],
) -> None:
    """Write what all other positions have in each segment."""
    sheet.say(at, 0, "Other positions", "text:data")
    other, whole = len(columns) + 1, len(columns) + 2
    for col, k in enumerate(columns, 1):
        place = Exp.SEGMENTS + layout.figures.used.index(k)
        exposed, shock = (
            f"Exposures!{cell(n, place)}" for n in (Exp.EXPOSED, Exp.SHOCK)
        )
        formula = f"={exposed}*{shock}-SUM({area(first, col, at - 1, col)})"
        total = float(matrix[:, k].sum())
        rest = total - float(matrix[rows, k].sum())
        sheet.formula(at, col, formula, _tidy(rest, total), "money")
    value = float(matrix.sum())
    rest = value - float(matrix[rows].sum())
    above = area(first, whole, at - 1, whole)
    formula = f"=SUM({layout.positions(Pos.SEGMENTS)})-SUM({above})"
    sheet.formula(at, whole, formula, _tidy(rest, value), "money")
    beyond = rest - float(
        matrix[:, columns].sum() - matrix[np.ix_(rows, columns)].sum()
    )
    difference = f"={cell(at, whole)}-SUM({area(at, 1, at, len(columns))})"
    sheet.formula(at, other, difference, _tidy(beyond, value), "money")


def _tidy(part: float, whole: float) -> float:
    return 0.0 if abs(part) <= 1e-12 * abs(whole) else part


def _by_group(sheet: Sheet, layout: Layout, row: int, by: str) -> int:
    """Write the P&L by main group and what else positions are, where there are two."""
    parts, groups = layout.part_names(by), layout.part_names("group")
    pnl = np.array([r.pnl for r in layout.rows])
    names = _largest(parts, pnl)
    if len(names) < 2:
        return row
    down = _largest(groups, pnl)
    titles = {
        "country": "P&L by group and country",
        "currency": "P&L by group and currency of the line",
    }
    sheet.section(row, 0, len(names) + 1, titles[by])
    sheet.header(row + 1, ["Group", *("" for _ in names), "All"], height=30)
    for col, name in enumerate(names, 1):
        # As Positions has it: formulas compare them.
        sheet.text(row + 1, col, name, "head")
    own = layout.positions(Pos.GROUP)
    other = layout.positions(Pos.GROUP + Pos.KEYS.index(by))
    values = layout.positions(Pos.PNL)
    first, whole = row + 2, len(names) + 1
    for at, group in enumerate(down, first):
        sheet.text(at, 0, group, "text:data")
        mine = np.array([g == group for g in groups])
        for col, name in enumerate(names, 1):
            chosen = mine & np.array([p == name for p in parts])
            key, head = cell(at, 0), cell(row + 1, col)
            formula = f"=SUMPRODUCT(({own}={key})*({other}={head})*{values})"
            sheet.formula(at, col, formula, float(pnl[chosen].sum()), "money")
        total = f"=SUMPRODUCT(({own}={cell(at, 0)})*{values})"
        sheet.formula(at, whole, total, float(pnl[mine].sum()), "money:total")
    _shade(sheet, first, first + len(down) - 1, len(names))
    end = first + len(down)
    if len(set(parts)) > len(names):
        sheet.say(end, 0, "The largest alone; the last column holds all.", "note")
    return end + 2


def _largest(names: list[str], pnl: NDArray[np.float64]) -> list[str]:
    """Return the parts with the most P&L on either side."""
    totals: dict[str, float] = {}
    for name, value in zip(names, pnl.tolist(), strict=True):
        totals[name] = totals.get(name, 0.0) + abs(value)
    return sorted(totals, key=lambda n: (-totals[n], n))[:PARTS]


def _shade(sheet: Sheet, first: int, last: int, columns: int) -> None:
    """Shade losses and gains; the figures stay readable without colour."""
    if last < first:
        return
    colours = sheet.styles.themed
    shown = area(first, 1, last, columns)
    most = f"MAX(0.01,MAX({shown}),-MIN({shown}))"
    sheet.raw.conditional_format(
        first,
        1,
        last,
        columns,
        {
            "type": "3_color_scale",
            "min_color": lighter(colours(LOSS)),
            "mid_color": "#FFFFFF",
            "max_color": lighter(colours(GAIN)),
            # The same depth is the same money, lost or gained.
            "min_type": "formula",
            "min_value": f"=-{most}",
            "max_type": "formula",
            "max_value": f"={most}",
            "mid_type": "num",
            "mid_value": 0,
        },
    )

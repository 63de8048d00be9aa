"""The mapping to look at, correct and feed back with ``--overrides``."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from stresskit.writers.atomic import check_target, write_bytes
from stresskit.writers.text import describe
from stresskit.writers.workbook.book import Book, Sheet, area, column, lines

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    from stresskit.model import Exposure, Exposures, Portfolio, Position, ValueChain


class Column(NamedTuple):
    """A column of the sheet: header, width, style, and what goes in."""

    label: str
    width: float
    style: str
    value: Callable[[Position, Exposure], object]


NONE = "-"


def _money(p: Position, _e: Exposure) -> float | None:
    return p.market_value


# A text ends where the next cell is not empty: every long one has such a neighbour.
FACTS = (
    Column("id", 9, "text:data", lambda p, _: p.id),
    Column("name", 28, "text:data", lambda p, _: p.name),
    Column("isin", 14, "text:data", lambda p, _: p.identifiers.isin or NONE),
    Column("ticker", 9, "text:data", lambda p, _: p.identifiers.ticker or NONE),
    Column("market_value", 14, "money:data", _money),
    Column("weight", 8, "pct:data", lambda p, _: p.weight),
    Column("tier", 5, "text:data", lambda _, e: e.tier),
    Column("source", 11, "text:data", lambda _, e: e.source),
    Column("confidence", 11, "pct:data|0%", lambda _, e: e.confidence),
    Column("matched", 34, "text:data", lambda _, e: e.matched),
    Column("region", 9, "text:data", lambda _, e: e.region),
    Column("segments", 30, "text:data", lambda _, e: describe(e.description) or NONE),
    Column("beta", 7, "num:data", lambda _, e: e.beta),
    Column(
        "suggestions", 24, "text:data", lambda _, e: "; ".join(e.suggestions) or NONE
    ),
    Column("basis", 44, "text:data", lambda _, e: e.basis),
    Column("covered", 8, "text:data", lambda _, e: "yes" if e.covered else "no"),
)
PAIRS = 3
INPUTS = (
    *(
        item
        for n in range(1, PAIRS + 1)
        for item in ((f"override_segment_{n}", 18), (f"override_share_{n}", 15))
    ),
    ("override_beta", 13),
    ("override_by", 12),
    ("override_on", 12),
    ("reason", 28),
)
FIRST_INPUT = len(FACTS)
BETA = FIRST_INPUT + 2 * PAIRS
ON = BETA + 2
CHECK = FIRST_INPUT + len(INPUTS)
# The same portfolio gives the same file: no clock.
CREATED = dt.datetime(2025, 1, 27)  # noqa: DTZ001 - xlsx knows no zones

GUIDE = """\
Sheet Mapping has a row per position of the file, in the file's order. The white columns
say where the program placed it, by what it was matched, how sure that is and why.

Tiers: A the user's word, B the curated value chain, C a fund looked through or known,
D the industry the file states, E its sector or country, F nothing. Confidence is the
share of what could be unknown that is known.

Sheet Leaf weights shows what each position does, as fractions per segment; sheet
Sensitivities shows what the P&L uses: how much of a segment's move it takes.

To correct a line, fill its yellow cells and leave the others alone. Choose up to three
segments from the lists and give their shares as decimals from 0 to 1; they add up to 1
at most, and what is left to 1 does not move with any segment. One segment without a
share is the whole. The last column says whether the row will be used.

override_beta: the beta to the market outside the theme, such as 1.1. Left empty, a
company of the value chain keeps its own and others take the mean of their new segments;
a beta alone keeps the segments.

override_by, override_on and reason: who set it, when and why. They are kept in the run
log of every report made with the file.

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
    _matrix(book, "Leaf weights", portfolio, exposures, lambda e: e.description)
    _matrix(book, "Sensitivities", portfolio, exposures, lambda e: e.sensitivities)
    _segments(book, chain)
    _guide(book)
    write_bytes(path, book.finish(), suffix=".xlsx")


def _mapping(book: Book, portfolio: Portfolio, exposures: Exposures) -> None:
    """Write the table from the very first row, as a reader of tables expects it."""
    sheet = book.sheet("Mapping")
    widths = [*(c.width for c in FACTS), *(w for _, w in INPUTS), 26]
    labels = [*(c.label for c in FACTS), *(name for name, _ in INPUTS)]
    sheet.widths(widths)
    sheet.header(0, [*labels, "override_check"], left=CHECK + 1, height=20)
    rows = {e.position_id: e for e in exposures.rows}
    for number, position in enumerate(portfolio.positions):
        _line(sheet, 1 + number, position, rows[position.id])
    last = max(len(portfolio.positions), 1)
    sheet.raw.autofilter(0, 0, last, CHECK)
    _validate(sheet, last)
    sheet.raw.freeze_panes(1, 2)
    sheet.raw.repeat_rows(0)
    # Two pages wide, what is known and what may be set, each with its names.
    sheet.raw.fit_to_pages(2, 0)
    sheet.raw.repeat_columns(0, 1)
    sheet.raw.set_v_pagebreaks([FIRST_INPUT])


def _line(sheet: Sheet, row: int, position: Position, e: Exposure) -> None:
    for col, fact in enumerate(FACTS):
        value = fact.value(position, e)
        if value is None or isinstance(value, str):
            sheet.text(row, col, value or "", fact.style)
        else:
            sheet.number(row, col, float(str(value)), fact.style)
    for col in range(FIRST_INPUT, CHECK):
        # Text stays text, so that Excel turns no name into a date or a formula.
        style = "num:input" if _is_number(col) else "text:input|@"
        sheet.text(row, col, "", "text:input|yyyy-mm-dd" if col == ON else style)
    sheet.formula(row, CHECK, _check(row + 1), "", "text:formula")


def _is_number(col: int) -> bool:
    return col == BETA or (col < BETA and (col - FIRST_INPUT) % 2 == 1)


def _check(n: int) -> str:
    """Return a formula that says whether an edited row will be used, and why not."""
    at = [f"{column(col)}{n}" for col in range(FIRST_INPUT, CHECK)]
    names, shares, beta = at[0 : 2 * PAIRS : 2], at[1 : 2 * PAIRS : 2], at[2 * PAIRS]
    pairs = list(zip(names, shares, strict=True))
    total, chosen = f"SUM({','.join(shares)})", f"COUNTA({','.join(names)})"
    # MATCH alone would take AI_* or small letters for a segment.
    listed = "IFERROR(EXACT(INDEX(SegmentIds,MATCH({0},SegmentIds,0)),{0}),FALSE)"
    known = [f'({c}<>"")*NOT({listed.format(c)})' for c in names]
    alone = [f'({c}="")*({x}<>"")' for c, x in pairs]
    missing = [f'({chosen}>1)*({c}<>"")*({x}="")' for c, x in pairs]
    twice = [
        f'({c}<>"")*({c}={d})' for i, c in enumerate(names) for d in names[i + 1 :]
    ]
    odd = [f'({x}<>"")*NOT(ISNUMBER({x}))' for x in (*shares, beta)]
    negative = f"MIN({','.join(shares)})<0"
    zero = f"({chosen}=1)*(COUNT({','.join(shares)})=1)*({total}=0)"
    tests = (
        ("+".join(known), '"unknown segment"'),
        ("+".join(alone), '"a share without a segment"'),
        ("+".join(missing), '"a share is missing"'),
        ("+".join(twice), '"a segment stands twice"'),
        ("+".join(odd), '"not a number"'),
        (f"({negative})+{zero}", '"shares are above 0"'),
        (f"({total}>1.001)*1", f'"shares add up to "&FIXED({total},2)'),
    )
    text = '"will be used"'
    for test, said in reversed(tests):
        text = f"IF({test}>0,{said},{text})"
    empty = f'{"&".join([*names, *shares, beta])}=""'
    return f'=IF({empty},"",{text})'


def _validate(sheet: Sheet, last: int) -> None:
    """Let the cells take what can be: segments of the list, shares, betas, days."""
    rules: list[tuple[int, dict[str, Any]]] = []
    for pair in range(PAIRS):
        col = FIRST_INPUT + 2 * pair
        rules += [
            (
                col,
                {
                    "validate": "list",
                    "source": "=SegmentIds",
                    "error_title": "Not a segment",
                    "error_message": "Choose one of the list; sheet Segments says what "
                    "they are.",
                },
            ),
            (col + 1, _between(0, 1, "share", "a decimal from 0 to 1, such as 0.4")),
        ]
    rules.append((BETA, _between(-10, 10, "beta", "a number such as 1.1")))
    rules.append(
        (
            ON,
            {
                "validate": "date",
                "criteria": "between",
                "minimum": dt.date(2000, 1, 1),
                "maximum": dt.date(2100, 1, 1),
                "error_title": "Not a day",
                "error_message": "Give the day it was set, such as 2025-01-27.",
            },
        )
    )
    for col, rule in rules:
        sheet.raw.data_validation(1, col, last, col, rule)


def _between(low: float, high: float, what: str, example: str) -> dict[str, Any]:
    return {
        "validate": "decimal",
        "criteria": "between",
        "minimum": low,
        "maximum": high,
        "error_title": f"Not a {what}",
        "error_message": f"Give {example}, or leave the cell empty.",
    }


def _matrix(
    book: Book,
    name: str,
    portfolio: Portfolio,
    exposures: Exposures,
    values: Callable[[Exposure], Mapping[str, float]],
) -> None:
    """Write a row per position and a column per segment that any position has."""
    used = {k for e in exposures.rows for k, x in values(e).items() if x}
    ids = [k for k in exposures.segments if k in used]
    sheet = book.sheet(name)
    sheet.widths([9, 28, 9, *[max(8, len(k) * 0.95) for k in ids]])
    sheet.header(0, ["id", "name", "sum", *ids], left=2, height=20)
    for number, (p, e) in enumerate(
        zip(portfolio.positions, exposures.rows, strict=True)
    ):
        row = 1 + number
        found = values(e)
        sheet.text(row, 0, p.id, "text:data")
        sheet.text(row, 1, p.name, "text:data")
        span = area(row, 3, row, max(2 + len(ids), 3)).replace("$", "")
        sheet.formula(row, 2, f"=SUM({span})", sum(found.values()), "sens")
        for place, k in enumerate(ids):
            if found.get(k):
                sheet.number(row, 3 + place, found[k], "sens:data")
    sheet.raw.freeze_panes(1, 2)
    sheet.raw.repeat_rows(0)


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

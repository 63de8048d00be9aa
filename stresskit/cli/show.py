"""Results as tables: in colour on a terminal, plain when piped."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from stresskit.cli.failures import issue_text
from stresskit.core.stress.answer import (
    Answer,
    Unit,
    amount,
    coverage_sentence,
    largest,
    money,
    move_text,
    parts_of,
    set_by,
    unit_for,
)

if TYPE_CHECKING:
    from stresskit.model import Issue, StressResult

__all__ = ["Unit", "amount", "money"]

MOST = 12
LEFT = {
    *("", "Name", "Segment", "Group", "Region", "Source", "Suggestion", "What"),
    *("Factor", "Set by", "Scenario"),
    *("Token", "Owner", "Role", "Label"),
}


def print_plain(*parts: RenderableType, stderr: bool = False) -> None:
    """Print on stdout (or stderr), wide enough for a table when piped."""
    # Names come from the user's file: [brackets] and :colons: in them mean nothing.
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = 110
    console.print(Group(*parts))


def unit_of(result: StressResult) -> Unit | None:
    """Return the unit of the result's money; None where it is a share of the whole.

    Without a name where the file has values and no currency, or ``--value`` set an
    amount. Small portfolios are shown to the cent.
    """
    weights = sum(r.position.weight or 0.0 for r in result.by_position)
    if result.portfolio.weights_only and math.isclose(
        weights, result.base_value, abs_tol=1e-9
    ):
        return None
    gross = sum(abs(r.base_value) for r in result.by_position)
    return unit_for(result.currency, gross)


def table_of(title: str, *columns: str) -> Table:
    """Return an empty table: words to the left, numbers to the right."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        left = column in LEFT
        # A name that does not fit goes on below: cut short, two ids look the same.
        table.add_column(
            column,
            justify="left" if left else "right",
            no_wrap=not left,
            overflow="fold" if left else "ellipsis",
        )
    return table


def signed(text: str, value: float) -> Text:
    """Return a text in the colour of a value's sign."""
    return Text(text, style="red" if value < 0 else "green" if value > 0 else "")


def stress_summary(
    result: StressResult, further: list[RenderableType]
) -> list[RenderableType]:
    """Return the answer: the loss with its band, why, what else, how sure.

    ``further`` is what other scenarios, draws, limits and benchmarks say.
    """
    parts: list[RenderableType] = [Text(headline(result), style="bold"), Text("")]
    parts += [_drivers(result), Text("")]
    others = _others(result)
    if others is not None:
        parts += [others, Text("")]
    parts += [_positions(result), Text("")]
    parts += further
    parts.append(Text(_coverage(result)))
    return parts


def headline(result: StressResult) -> str:
    """Return the answer in one sentence."""
    scenario, band = result.scenario, result.band
    return Answer(
        name=result.portfolio.name,
        event=f"{scenario.factor.id}@{scenario.factor.revision}",
        severity=scenario.severity,
        mode=scenario.mode,
        base_value=result.base_value,
        pnl=result.pnl,
        pnl_pct=result.pnl_pct,
        level=band.level,
        low=band.low,
        high=band.high,
        coverage_ratio=result.coverage_ratio,
        unit=unit_of(result),
    ).headline


def _coverage(result: StressResult) -> str:
    c, uncovered = result.coverage, ""
    if result.uncovered_value:
        uncovered = money(result.uncovered_value, unit_of(result))
    known = (c.by_value, c.by_risk, c.light)
    return coverage_sentence(result.coverage_ratio, uncovered, known)


def _drivers(result: StressResult) -> Table:
    unit = unit_of(result)
    table = table_of("Where it comes from", "Segment", "Exposure", "Shock", "P&L")
    shown, rest = largest(result.by_segment, MOST)
    for s in shown:
        table.add_row(
            s.title,
            money(s.exposure, unit),
            f"{s.shock:+.1%}",
            signed(money(s.pnl, unit), s.pnl),
        )
    table.add_row("Other segments", "", "", signed(money(rest, unit), rest))
    for name, value in parts_of(vars(result.attribution), result.base_value):
        table.add_row(name, "", "", signed(money(value, unit), value))
    table.add_section()
    table.add_row("Total", "", "", signed(money(result.pnl, unit), result.pnl))
    return table


def _others(result: StressResult) -> Table | None:
    """Return what moves besides shares, where money hangs on it."""
    unit = unit_of(result)
    table = table_of("Other factors", "Factor", "Move", "P&L", "Set by")
    shown = [o for o in result.by_other if o.exposure or o.pnl]
    for o in sorted(shown, key=lambda o: -abs(o.pnl)):
        pnl = signed(money(o.pnl, unit), o.pnl)
        table.add_row(o.title, move_text(o.kind, o.move), pnl, set_by(o.source))
    return table if shown else None


def _positions(result: StressResult) -> Table:
    unit = unit_of(result)
    table = table_of(
        "Largest contributions",
        "Name",
        "Value",
        "P&L %",
        "P&L",
        "Confidence",
        "Source",
    )
    ranked = sorted(result.by_position, key=lambda r: -abs(r.pnl))
    for r in ranked[:MOST]:
        table.add_row(
            r.position.name,
            money(r.base_value, unit),
            "" if r.pnl_pct is None else f"{r.pnl_pct:+.1%}",
            signed(money(r.pnl, unit), r.pnl),
            f"{r.exposure.confidence:.2f}",
            r.exposure.source,
        )
    return table


def issues_block(issues: tuple[Issue, ...], most: int = 30) -> list[RenderableType]:
    """Return the issues as lines, errors first; how many are not shown is said."""
    if not issues:
        return [Text("No issue.")]
    order = {"error": 0, "warning": 1, "info": 2}
    ranked = sorted(dict.fromkeys(issues), key=lambda i: order[i.severity])
    lines: list[RenderableType] = [Text(f"Issues: {len(ranked)}", style="bold")]
    lines += [issue_text(i) for i in ranked[:most]]
    if len(ranked) > most:
        lines.append(Text(f"  and {len(ranked) - most} more; --json lists all"))
    return lines

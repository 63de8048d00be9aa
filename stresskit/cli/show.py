"""Results as tables: in colour on a terminal, plain when piped."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from stresskit.cli.failures import issue_text

if TYPE_CHECKING:
    from stresskit.model import (
        Issue,
        OtherResult,
        StressResult,
    )

MOST = 12
LEFT = {
    *("", "Name", "Segment", "Group", "Region", "Source", "Suggestion", "What"),
    *("Factor", "Set by", "Scenario"),
    *("Token", "Owner", "Role", "Label"),
}
SET_BY = {
    "user": "you",
    "event": "the event's days",
    "predictive": "the drivers",
    "none": "nothing known",
    "peg": "their peg",
}
# Below this gross value amounts are shown to the cent.
SMALL = 10_000
# Below this share of the gross value the headline says what is left out.
LITTLE_COVERED = 0.995


def print_plain(*parts: RenderableType, stderr: bool = False) -> None:
    """Print on stdout (or stderr), wide enough for a table when piped."""
    # Names come from the user's file: [brackets] and :colons: in them mean nothing.
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = 110
    console.print(Group(*parts))


class Unit(NamedTuple):
    """What money is counted in, and with how many decimals it is shown."""

    name: str
    decimals: int


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
    return Unit(result.currency or "", 0 if gross >= SMALL else 2)


def amount(value: float, unit: Unit | None) -> str:
    """Return an amount without its unit; of a weight-only portfolio, its share."""
    if unit is None:
        return f"{value:.2%}"
    rounded = round(value, unit.decimals)
    # Adding zero turns minus zero, which rounding makes of small losses, to zero.
    return f"{rounded + 0.0:,.{unit.decimals}f}"


def money(value: float, unit: Unit | None) -> str:
    """Return an amount with its unit."""
    return (
        amount(value, unit)
        if unit is None
        else f"{amount(value, unit)} {unit.name}".rstrip()
    )


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
    parts.append(Text(coverage_sentence(result)))
    return parts


def headline(result: StressResult) -> str:
    """Return the answer in one sentence."""
    scenario, band = result.scenario, result.band
    verb = "lose" if result.pnl < 0 else "gain"
    share = "" if result.pnl_pct is None else f" ({abs(result.pnl_pct):.2%})"
    unit = unit_of(result)
    if unit is None:
        # Weights may add up to nothing: then they are shares of their own whole.
        whole = result.base_value or 1.0
        lost = f"{abs(result.pnl / whole):.2%} of its value"
        span = f"{band.low / whole:+.2%} to {band.high / whole:+.2%}"
    else:
        lost = f"{money(abs(result.pnl), unit)}{share}"
        span = f"{amount(band.low, unit)} to {money(band.high, unit)}"
    known = ""
    if result.coverage_ratio < LITTLE_COVERED:
        known = f" Only {result.coverage_ratio:.0%} of the gross value is covered."
    said = "keep its value" if result.pnl == 0 else f"{verb} {lost}"
    return (
        f"{result.portfolio.name} would {said} in "
        f"{scenario.factor.id}@{scenario.factor.revision} at "
        f"severity {scenario.severity:g} ({scenario.mode} mode); {band.level:.0%} band "
        f"given the scenario {span}.{known}"
    )


def coverage_sentence(result: StressResult) -> str:
    """Return how much of the portfolio the answer knows, in one sentence."""
    c, said = (
        result.coverage,
        f"{result.coverage_ratio:.1%} of the gross value is covered",
    )
    if result.uncovered_value:
        said += f"; {money(result.uncovered_value, unit_of(result))} is not"
    return (
        f"{said}. Weighted by confidence, {c.by_value:.0%} of the value and "
        f"{c.by_risk:.0%} of the risk are known ({c.light})."
    )


def _drivers(result: StressResult) -> Table:
    unit = unit_of(result)
    table = table_of("Where it comes from", "Segment", "Exposure", "Shock", "P&L")
    ranked = sorted(result.by_segment, key=lambda s: -abs(s.pnl))
    for s in [s for s in ranked if s.pnl][:MOST]:
        table.add_row(
            s.title,
            money(s.exposure, unit),
            f"{s.shock:+.1%}",
            signed(money(s.pnl, unit), s.pnl),
        )
    rest = sum(s.pnl for s in ranked[MOST:])
    table.add_row("Other segments", "", "", signed(money(rest, unit), rest))
    a = result.attribution
    for name, value in (
        ("Market", a.market),
        ("Own-name", a.own_name),
        ("Currency", a.fx),
        ("Rates, credit, gold, bitcoin", a.others),
        ("Options", a.options),
        ("Cross and floor", a.cross),
    ):
        if abs(value) > 1e-9 * abs(result.base_value):
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
        set_by = " and ".join(SET_BY.get(s, s) for s in o.source.split("+"))
        pnl = signed(money(o.pnl, unit), o.pnl)
        table.add_row(o.title, move_text(o), pnl, set_by)
    return table if shown else None


def move_text(other: OtherResult) -> str:
    """Return a move in the unit its market speaks of."""
    if other.kind in ("rate", "credit"):
        return f"{other.move * 1e4:+.1f} bp"
    if other.kind == "volatility":
        return f"{other.move * 100:+.1f} points"
    return f"{other.move:+.2%}"


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

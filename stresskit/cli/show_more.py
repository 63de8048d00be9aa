"""What else a stress says: other scenarios, the distribution, the limit, a rival."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from stresskit.cli.show import amount, money, signed, table_of, unit_of
from stresskit.core.stress.said import sentences_of

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from stresskit.model import StressResult

MOST_SEGMENTS = 6


def more_of(result: StressResult) -> list[RenderableType]:
    """Return what follows the answer, each part with an empty line after it."""
    parts: list[RenderableType] = []
    if result.scenarios:
        parts += [_scenarios(result), Text("")]
    if result.comparison is not None:
        parts += [*_comparison(result), Text("")]
    said = [*_distribution(result), *_reverse(result)]
    if said:
        parts += [*(Text(s) for s in said), Text("")]
    return parts


def _scenarios(result: StressResult) -> Table:
    unit = unit_of(result)
    table = table_of("Other scenarios", "Scenario", "P&L", "P&L %", "90% band")
    for s in result.scenarios:
        band = f"{amount(s.band.low, unit)} to {amount(s.band.high, unit)}"
        share = "" if s.pnl_pct is None else f"{s.pnl_pct:+.2%}"
        table.add_row(s.label, signed(money(s.pnl, unit), s.pnl), share, band)
    return table


def _distribution(result: StressResult) -> list[str]:
    d, unit = result.distribution, unit_of(result)
    if d is None:
        return []
    return sentences_of(d, lambda value: money(value, unit))


def _reverse(result: StressResult) -> list[str]:
    return list(result.reverse.sentences) if result.reverse else []


def _comparison(result: StressResult) -> list[RenderableType]:
    c, unit = result.comparison, unit_of(result)
    if c is None:
        return []
    parts: list[RenderableType] = [
        Text(
            f"Against {c.name}, which would make {c.benchmark_pnl_pct:+.2%}: "
            f"{c.active_pnl_pct:+.2%} ({money(c.active_pnl, unit)}); {c.overlap:.0%} "
            "of the weight is in both."
        )
    ]
    table = table_of(
        "Where the difference comes from", "Segment", "Portfolio", "Benchmark", "Active"
    )
    ranked = sorted(c.by_segment, key=lambda s: -abs(s.pnl_pct))
    for s in [s for s in ranked if s.pnl_pct][:MOST_SEGMENTS]:
        active = signed(f"{s.pnl_pct:+.2%}", s.pnl_pct)
        table.add_row(s.title, f"{s.portfolio:.1%}", f"{s.benchmark:.1%}", active)
    return [*parts, table]

"""A mapping on the terminal: by source, how well it is known, the largest lines."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.text import Text

from stresskit.cli.show import table_of
from stresskit.writers.text import SOURCE_WORDS, source_rank

if TYPE_CHECKING:
    from rich.console import RenderableType

    from stresskit.model import Coverage, Exposure, Exposures, Portfolio, Position

MOST = 40
COLOURS = {"green": "green", "amber": "yellow", "red": "red"}


def mapping_summary(
    portfolio: Portfolio, exposures: Exposures, coverage: Coverage | None
) -> list[RenderableType]:
    """Return where the positions stand, and how sure that is."""
    parts = [_by_source(exposures, coverage), Text("")]
    if coverage is not None:
        parts += [*_known(coverage), Text("")]
    return [*parts, *_lines(portfolio, exposures)]


def _by_source(exposures: Exposures, coverage: Coverage | None) -> RenderableType:
    table = table_of("How the positions were placed", "Source", "Tier", "Lines")
    table.add_column("Gross value", justify="right")
    table.add_column("What that is")
    counts = Counter(e.source for e in exposures.rows)
    tiers = {e.source: e.tier for e in exposures.rows}
    total = sum(coverage.by_source.values()) if coverage else 0.0
    for source in sorted(counts, key=source_rank):
        share = (
            f"{coverage.by_source[source] / total:.1%}" if coverage and total else ""
        )
        table.add_row(
            source,
            tiers[source],
            f"{counts[source]:,}",
            share,
            SOURCE_WORDS.get(source, "a plugin"),
        )
    return table


def _known(coverage: Coverage) -> list[RenderableType]:
    light = Text("Known, weighted by confidence: ")
    light.append(
        f"{coverage.by_value:.0%} of the value, {coverage.by_risk:.0%} of the risk "
        f"({coverage.light})",
        style=COLOURS[coverage.light],
    )
    found: list[RenderableType] = [light]
    if coverage.unmapped_value:
        share = coverage.unmapped_value / sum(coverage.by_source.values())
        low = coverage.pnl_if["worst_segment"] - coverage.pnl_if["nothing"]
        like = coverage.pnl_if["market"] - coverage.pnl_if["nothing"]
        gross = sum(coverage.by_source.values())
        found.append(
            Text(
                f"Unmapped, {share:.1%} of the value, would add to the P&L at severity "
                f"1: {like / gross:+.2%} of the value if it moves like the market, "
                f"{low / gross:+.2%} like {coverage.worst_segment}, 0 if not at all."
            )
        )
    return found


def _lines(portfolio: Portfolio, exposures: Exposures) -> list[RenderableType]:
    table = table_of(
        "Where each position stands", "Name", "Segment", "Beta", "Confidence", "Source"
    )
    pairs = list(zip(portfolio.positions, exposures.rows, strict=True))
    ranked = sorted(pairs, key=lambda pair: -_size(pair[0]))
    for p, e in ranked[:MOST]:
        table.add_row(
            p.name,
            _segments(e),
            f"{e.beta:.2f}",
            f"{e.confidence:.2f}",
            f"{e.source}: {e.matched}",
        )
    if len(ranked) <= MOST:
        return [table]
    more = f"and {len(ranked) - MOST:,} smaller ones; -o and --json have them all"
    return [table, Text(more)]


def _size(position: Position) -> float:
    value = position.exposure or position.market_value or position.weight or 0.0
    return abs(value)


def _segments(e: Exposure) -> str:
    top = sorted(e.description.items(), key=lambda kv: -kv[1])[:3]
    return ", ".join(f"{k} {v:.0%}" for k, v in top) or "-"

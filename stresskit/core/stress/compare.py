"""A portfolio against a benchmark under the same scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.core.names import issuer_of
from stresskit.errors import InputError
from stresskit.model import ActiveSegment, Comparison, Issue

if TYPE_CHECKING:
    from stresskit.model import StressResult


def compare(result: StressResult, benchmark: StressResult) -> Comparison:
    """Return the difference of what two portfolios lose, by segment.

    ``active = P&L_p / V_p - P&L_b / V_b``, and the same for each segment;
    ``overlap = sum_i min(|w_i|, |b_i|) / max(sum |w|, sum |b|)`` over securities that
    both hold, on the same side; without shorts and debt the sums are 1.

    Raises
    ------
    InputError
        If either has no value to take shares of.
    """
    for r, what in ((result, "portfolio"), (benchmark, "benchmark")):
        if not r.base_value > 0:
            raise InputError(
                f"The {what} is worth {r.base_value:,.0f}: nothing to take shares of.",
                hint="Compare portfolios whose values add up to more than zero.",
                code="benchmark",
            )
    own, other = result.base_value, benchmark.base_value
    active = result.pnl / own - benchmark.pnl / other
    theirs = {s.segment: s for s in benchmark.by_segment}
    segments = [
        ActiveSegment(
            segment=s.segment,
            title=s.title,
            portfolio=s.exposure / own,
            benchmark=theirs[s.segment].exposure / other,
            pnl_pct=s.pnl / own - theirs[s.segment].pnl / other,
        )
        for s in result.by_segment
    ]
    overlap = _overlap(result, benchmark)
    return Comparison(
        name=benchmark.portfolio.name,
        pnl_pct=result.pnl / own,
        benchmark_pnl_pct=benchmark.pnl / other,
        active_pnl_pct=active,
        active_pnl=active * own,
        overlap=overlap,
        by_segment=tuple(sorted(segments, key=lambda s: s.pnl_pct)),
        issues=(
            *(() if overlap else (_no_overlap(benchmark),)),
            *_of_currencies(result, benchmark),
        ),
    )


def _overlap(one: StressResult, two: StressResult) -> float:
    mine, theirs = _weights(one), _weights(two)
    both = [(w, theirs[k]) for k, w in mine.items() if w * theirs.get(k, 0.0) > 0]
    whole = max(sum(map(abs, mine.values())), sum(map(abs, theirs.values())))
    return sum(min(abs(w), abs(b)) for w, b in both) / whole


def _weights(result: StressResult) -> dict[str, float]:
    """Return the weight in each security, by what names it; shorts are negative."""
    found: dict[str, float] = {}
    for r in result.by_position:
        ids = r.position.identifiers
        known = r.exposure.source in ("curated", "fund")
        key = r.exposure.issuer if known else ids.isin or issuer_of(r.position)
        found[key] = found.get(key, 0.0) + r.base_value / result.base_value
    return found


def _of_currencies(one: StressResult, two: StressResult) -> tuple[Issue, ...]:
    """Say where the two count in different money: the difference holds its move."""
    own, other = (r.portfolio.base_currency for r in (one, two))
    if own == other or not (own and other):
        return ()
    return (
        Issue(
            code="benchmark-currency",
            severity="warning",
            message=f"The portfolio counts in {own}, the benchmark "
            f"{two.portfolio.name} in {other}: the difference holds what the one "
            "does against the other.",
            fix=f"Give --base-currency {own}, and --fx for rates.",
        ),
    )


def _no_overlap(benchmark: StressResult) -> Issue:
    return Issue(
        code="no-overlap",
        severity="warning",
        message=f"The portfolio and the benchmark {benchmark.portfolio.name} have no "
        "security in common; the difference is one between two unrelated portfolios.",
        fix="Check that it is the right benchmark and that both name securities alike.",
    )

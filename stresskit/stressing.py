"""Portfolio, Exposures -> StressResult: one scenario, several, and what follows."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING

from stresskit.errors import HoldingsError, InputError
from stresskit.model import (
    Coverage,
    Exposures,
    Factor,
    Issue,
    Portfolio,
    Scenario,
    StressResult,
)

if TYPE_CHECKING:
    from stresskit.core.stress.table import Table


def stress(
    portfolio: Portfolio,
    exposures: Exposures,
    scenario: Scenario,
    *,
    value: float | None = None,
) -> StressResult:
    """Project the portfolio's P&L under the scenario, with its parts and its band.

    Parameters
    ----------
    value
        What a weight-only portfolio is worth (1 by default); not for others.

    Raises
    ------
    HoldingsError
        If a position has no value, or the value is given where the file has values.
    InputError
        If the exposures belong to another portfolio or another value chain.
    """
    from stresskit import __version__
    from stresskit.core.stress.findings import findings
    from stresskit.core.stress.stressed import Stressed

    table = _table(portfolio, exposures, scenario.factor, value)
    currency = None if portfolio.weights_only else portfolio.base_currency
    stressed = Stressed(table, scenario, portfolio.base_currency)
    pnl, base_value = stressed.pnl, float(table.base.sum())
    gross, uncovered = stressed.uncovered()
    by_position = stressed.by_position()
    created = dt.datetime.now(dt.UTC).replace(microsecond=0)
    return StressResult(
        run=_run_record(portfolio, exposures, scenario, created, __version__, value),
        portfolio=portfolio,
        exposures=exposures,
        scenario=scenario,
        currency=currency,
        base_value=base_value,
        stressed_value=base_value + pnl,
        pnl=pnl,
        pnl_pct=pnl / abs(base_value) if base_value else None,
        band=stressed.band,
        coverage_ratio=1.0 - uncovered / gross if gross else 1.0,
        uncovered_value=uncovered,
        coverage=stressed.knowledge(),
        attribution=stressed.attribution,
        by_segment=stressed.by_segment(),
        by_other=stressed.by_other(),
        distance=stressed.moves.distance,
        by_position=by_position,
        issues=(
            *portfolio.issues,
            *exposures.issues,
            *_of_the_author(scenario.factor),
            *stressed.moves.issues,
            *findings(stressed, by_position, base_value, currency),
        ),
    )


def _table(
    portfolio: Portfolio, exposures: Exposures, factor: Factor, value: float | None
) -> Table:
    """Return the arrays of a portfolio placed along a factor's value chain."""
    from stresskit.core.stress.table import Table
    from stresskit.core.valuation import base_values

    if exposures.segments != factor.chain.segment_ids or [
        e.position_id for e in exposures.rows
    ] != [p.id for p in portfolio.positions]:
        raise InputError(
            "These exposures were not made for this portfolio and factor.",
            hint="Call map_exposures(portfolio, factor) first.",
        )
    return Table(portfolio, exposures, factor, base_values(portfolio, value))


def _of_the_author(factor: Factor) -> tuple[Issue, ...]:
    """Return what a factor that somebody set assumes: part of any answer with it."""
    return factor.issues if factor.stated or factor.expert_set else ()


def coverage_of(
    portfolio: Portfolio, exposures: Exposures, factor: Factor
) -> Coverage | None:
    """Return how well a portfolio is known, at the event's own severity.

    None where a position has no value: then there is nothing to weigh with.
    """
    from stresskit.core.stress.stressed import Stressed

    try:
        table = _table(portfolio, exposures, factor, None)
    except HoldingsError:
        return None
    return Stressed(table, Scenario(factor), portfolio.base_currency).knowledge()


def _run_record(
    portfolio: Portfolio,
    exposures: Exposures,
    scenario: Scenario,
    created: dt.datetime,
    version: str,
    value: float | None,
) -> dict[str, str]:
    factor, source = scenario.factor, portfolio.source
    read = {k: v for k, v in sorted(source.items()) if k in ("sheet", "table")}
    record = {
        "created": created.isoformat(),
        "version": version,
        "input_sha256": str(source.get("sha256") or _of_positions(portfolio)),
        "reading": "; ".join(f"{k} {v}" for k, v in read.items() if v is not None),
        "rates": "; ".join(f"{k} {v!r}" for k, v in sorted(portfolio.fx.items())),
        "value": "" if value is None else repr(value),
        "factor_id": factor.id,
        "factor_revision": str(factor.revision),
        "factor_sha256": factor.sha256,
        "chain_sha256": factor.chain.sha256,
        "other_factors_sha256": factor.others.sha256 if factor.others else "",
        "mapping_inputs": "; ".join(f"{k} {v}" for k, v in exposures.inputs.items()),
        "severity": repr(scenario.severity),
        "mode": scenario.mode,
        "market": repr(scenario.market),
        "shocks": repr(sorted(scenario.shocks.items())),
        "fx": repr(sorted(scenario.fx.items())),
        "day": str(scenario.day),
        "others": scenario.other_mode,
        "other_moves": repr(sorted(scenario.other_moves.items())),
        "drivers": " ".join(scenario.drivers),
    }
    # The same question has the same id, whenever it is asked.
    asked = sorted((k, v) for k, v in record.items() if k != "created")
    text = "\n".join(f"{k}={v}" for k, v in asked)
    return {"id": hashlib.sha256(text.encode()).hexdigest()[:16], **record}


def _of_positions(portfolio: Portfolio) -> str:
    """Hash positions that came from no file."""
    digest = hashlib.sha256()
    for position in portfolio.positions:
        digest.update(repr(position).encode())
    return digest.hexdigest()

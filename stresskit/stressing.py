"""Portfolio, Exposures -> StressResult: one scenario, several, and what follows."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from stresskit.clock import now
from stresskit.core.record import run_id
from stresskit.errors import HoldingsError, InputError
from stresskit.model import (
    Comparison,
    Coverage,
    Distribution,
    Exposures,
    Factor,
    Issue,
    Portfolio,
    ReverseStress,
    Scenario,
    ScenarioResult,
    StressResult,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from stresskit.core.stress.stressed import Stressed
    from stresskit.core.stress.table import Table

# A portfolio of weights that is worth less than this has shares for money.
SHARES_BELOW = 10.0


def stress(
    portfolio: Portfolio,
    exposures: Exposures,
    scenario: Scenario,
    *,
    value: float | None = None,
    scenarios: Sequence[Scenario] = (),
    exposures_of: Mapping[str, Exposures] | None = None,
    created: dt.datetime | None = None,
) -> StressResult:
    """Project the portfolio's P&L under the scenario, with its parts and its band.

    Parameters
    ----------
    value
        What a weight-only portfolio is worth (1 by default); not for others.
    scenarios
        Further scenarios, each with its P&L, band and parts in ``result.scenarios``.
    exposures_of
        The exposures for other factors among them, by the factor's id or ``ID@N``:
        betas and sensitivities are those known before each event.
    created
        When the run is said to be made; now, unless ``SOURCE_DATE_EPOCH`` says when.

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

    for asked in (scenario, *scenarios):
        check_own_currency(asked, portfolio.base_currency)
    table = _table(portfolio, exposures, scenario.factor, value)
    currency = None if portfolio.weights_only else portfolio.base_currency
    stressed = Stressed(table, scenario, portfolio.base_currency)
    pnl, base_value = stressed.pnl, float(table.base.sum())
    gross, uncovered = stressed.uncovered()
    by_position = stressed.by_position()
    return StressResult(
        run=_run_record(
            portfolio,
            exposures,
            (scenario, *scenarios),
            created or now(),
            __version__,
            value,
        ),
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
        scenarios=_further(stressed, scenarios, exposures_of or {}, value),
        issues=(
            *portfolio.issues,
            *exposures.issues,
            *_of_the_author(scenario.factor),
            *stressed.moves.issues,
            *findings(stressed, by_position, base_value, currency),
        ),
    )


def check_own_currency(scenario: Scenario, base: str | None) -> None:
    """Refuse a scenario that moves the base currency against itself.

    Raises
    ------
    InputError
        If it does.
    """
    if base is not None and scenario.fx.get(base):
        raise InputError(
            f"{base} is the portfolio's own currency: it cannot move against itself.",
            hint="Set the other currencies, for instance --shock "
            f"{'USD' if base != 'USD' else 'EUR'}=1%.",
            code="shock",
        )


def _further(
    main: Stressed,
    scenarios: Sequence[Scenario],
    exposures_of: Mapping[str, Exposures],
    value: float | None,
) -> tuple[ScenarioResult, ...]:
    """Stress the same portfolio under more scenarios; tables are shared by factor."""
    tables = {_identity(main.scenario.factor): main.table}
    found = []
    for asked in scenarios:
        factor = asked.factor
        key = _identity(factor)
        if key not in tables:
            placed = exposures_of.get(f"{factor.id}@{factor.revision}")
            placed = placed or exposures_of.get(factor.id)
            if placed is None:
                raise InputError(
                    f"The scenario {asked.label or factor.id!r} is of another factor, "
                    "and the portfolio was not placed for it.",
                    hint="Give exposures_of={factor.id: map_exposures(portfolio, "
                    "factor)}.",
                    code="scenario",
                )
            tables[key] = _table(main.table.portfolio, placed, factor, value)
        found.append(_one_more(tables[key], asked, main.base_currency))
    return tuple(found)


def _identity(factor: Factor) -> tuple[str, int, str]:
    """Return what tells factors apart: one made in memory has no hash yet."""
    return factor.id, factor.revision, factor.sha256


def _one_more(table: Table, asked: Scenario, base: str | None) -> ScenarioResult:
    from stresskit.core.stress.stressed import Stressed

    stressed = Stressed(table, asked, base)
    value = float(table.base.sum())
    gross, uncovered = stressed.uncovered()
    return ScenarioResult(
        label=asked.label or asked.factor.id,
        scenario=asked,
        pnl=stressed.pnl,
        pnl_pct=stressed.pnl / abs(value) if value else None,
        band=stressed.band,
        attribution=stressed.attribution,
        coverage_ratio=1.0 - uncovered / gross if gross else 1.0,
        by_segment=stressed.by_segment(),
        by_other=stressed.by_other(),
        by_position=tuple(stressed.projection.pnl.tolist()),
    )


def simulate(result: StressResult) -> Distribution:
    """Draw the P&L given the scenario: t errors, options valued again at each draw.

    Returns
    -------
    Distribution
        Quantiles, expected shortfall, and what past days say where they may.
    """
    from stresskit.core.stress.distribution import distribution

    return distribution(_again(result))


def reverse_stress(result: StressResult, loss: float) -> ReverseStress:
    """Say what it takes to lose an amount: the severity, the likeliest way, the worst.

    Parameters
    ----------
    loss
        A positive amount in the result's money.

    Raises
    ------
    InputError
        If it is not above zero.
    """
    from stresskit.core.stress.loss_limit import reverse_stress as reverse

    weights = result.portfolio.weights_only
    shares = weights and abs(result.base_value) < SHARES_BELOW
    return reverse(_again(result), loss, "%" if shares else result.currency or "")


def compare(result: StressResult, benchmark: StressResult) -> Comparison:
    """Compare with a benchmark stressed under the same scenario: active P&L, overlap.

    Raises
    ------
    InputError
        If either is worth nothing, or the scenarios differ.
    """
    from stresskit.core.stress.compare import compare as active

    one, two = result.scenario, benchmark.scenario
    same = replace(two, factor=one.factor, label=one.label) == one
    if _identity(one.factor) != _identity(two.factor) or not same:
        raise InputError(
            "The portfolio and the benchmark were stressed under two scenarios.",
            hint="Stress both under the same one.",
            code="benchmark",
        )
    return active(result, benchmark)


def _again(result: StressResult) -> Stressed:
    """Return a result's arrays again."""
    import numpy as np

    from stresskit.core.stress.stressed import Stressed
    from stresskit.core.stress.table import Table

    base = np.array([r.base_value for r in result.by_position], dtype=np.float64)
    factor = result.scenario.factor
    table = Table(result.portfolio, result.exposures, factor, base)
    return Stressed(table, result.scenario, result.portfolio.base_currency)


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
    scenarios: tuple[Scenario, ...],
    created: dt.datetime,
    program: str,
    value: float | None,
) -> dict[str, str]:
    (scenario, *more), source = scenarios, portfolio.source
    factor = scenario.factor
    read = {k: v for k, v in sorted(source.items()) if k in ("sheet", "table")}
    record = {
        "created": created.isoformat(),
        "version": program,
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
        "as_of": str(portfolio.as_of or ""),
        **question_words(scenario),
        "scenarios": "; ".join(
            f"{s.label} {s.factor.id}@{s.factor.revision} {question_words(s)}"
            for s in more
        ),
    }
    return {
        "id": run_id(record),
        **record,
        # How it was asked and calculated, which is no part of the question.
        "asked": json.dumps(portfolio.asked, sort_keys=True) if portfolio.asked else "",
        "packages": _packages(),
    }


PACKAGES = ("numpy", "pandas", "scipy", "xlsxwriter")


@cache
def _packages() -> str:
    """Return the versions of what calculates and writes: bytes may hang on them."""
    found = [f"python {platform.python_version()}"]
    found += [f"{name} {version(name)}" for name in PACKAGES]
    return "; ".join(found)


def question_words(scenario: Scenario) -> dict[str, str]:
    """Return what a scenario asks besides its factor, as texts."""
    return {
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


def _of_positions(portfolio: Portfolio) -> str:
    """Hash positions that came from no file."""
    digest = hashlib.sha256()
    for position in portfolio.positions:
        digest.update(repr(position).encode())
    return digest.hexdigest()

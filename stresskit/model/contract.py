"""The nouns as dictionaries fit for JSON: results, holdings and where they stand."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stresskit.model.exposures import Exposure, Exposures
    from stresskit.model.hedge import Hedge, HedgeLeg, HedgePlan
    from stresskit.model.portfolio import Issue, Portfolio, Position
    from stresskit.model.result import (
        Coverage,
        PositionResult,
        ScenarioResult,
        StressResult,
    )
    from stresskit.model.scenario import Scenario

RESULT_SCHEMA = "stresskit/result/1"
HOLDINGS_SCHEMA = "stresskit/holdings/1"
MAPPING_SCHEMA = "stresskit/mapping/1"


def result_to_dict(
    result: StressResult, plan: HedgePlan | None = None
) -> dict[str, Any]:
    """Return the result by the ``stress --json`` contract, fit for JSON.

    What is not a finite number becomes null, never zero.
    """
    return _plain_dict(result_content(result, plan))


def result_content(
    result: StressResult, plan: HedgePlan | None = None
) -> dict[str, Any]:
    """Return the same with numbers and tuples as they are, for who writes them so."""
    run = result.run
    factor = result.scenario.factor
    return {
        "schema": RESULT_SCHEMA,
        "run": {
            "id": run.get("id"),
            "created": run.get("created"),
            "version": run.get("version"),
            "input_sha256": run.get("input_sha256"),
            "factor": {
                "id": factor.id,
                "revision": factor.revision,
                "sha256": factor.sha256,
            },
            "scenario": _scenario(result.scenario),
            "chain_sha256": run.get("chain_sha256"),
            "other_factors_sha256": run.get("other_factors_sha256"),
            "inputs": result.exposures.inputs,
            "overrides": result.exposures.overrides,
        },
        "summary": _summary(result),
        "attribution": vars(result.attribution),
        "by_segment": [
            {
                "segment": s.segment,
                "group": s.group,
                "title": s.title,
                "exposure": s.exposure,
                "shock": s.shock,
                "pnl": s.pnl,
            }
            for s in result.by_segment
        ],
        "by_other_factor": [vars(o) for o in result.by_other],
        "by_position": [
            _position_result(r, result.marginal(r)) for r in result.by_position
        ],
        "breakdowns": {
            by: [vars(part) for part in parts]
            for by, parts in result.breakdowns().items()
        },
        "scenarios": [_scenario_result(s, result) for s in result.scenarios],
        "distribution": _record(result.distribution),
        "reverse": _record(result.reverse),
        "comparison": _record(result.comparison),
        "hedges": [_hedge(h) for h in plan.hedges] if plan else [],
        "hedge_plan": _plan(plan) if plan else None,
        "issues": [_issue(i) for i in all_issues(result, plan)],
    }


def holdings_to_dict(portfolio: Portfolio) -> dict[str, Any]:
    """Return what was read by the ``holdings --json`` contract, fit for JSON."""
    total = portfolio.total_value
    content = {
        "schema": HOLDINGS_SCHEMA,
        "source": portfolio.source,
        "name": portfolio.name,
        "as_of": portfolio.as_of.isoformat() if portfolio.as_of else None,
        "base_currency": portfolio.base_currency,
        "total_value": total,
        "stated_total": portfolio.stated_total,
        "fx": portfolio.fx,
        "columns": [vars(c) for c in portfolio.columns],
        "positions": [_position(p, total) for p in portfolio.positions],
        "issues": [_issue(i) for i in portfolio.issues],
    }
    return _plain_dict(content)


def mapping_to_dict(
    portfolio: Portfolio, exposures: Exposures, coverage: Coverage | None = None
) -> dict[str, Any]:
    """Return where each position was placed in the chain, fit for JSON."""
    rows = {e.position_id: e for e in exposures.rows}
    content = {
        "schema": MAPPING_SCHEMA,
        "source": portfolio.source,
        "segments": exposures.segments,
        "coverage": None if coverage is None else vars(coverage),
        "positions": [
            {
                "id": p.id,
                "name": p.name,
                "identifiers": _identifiers(p),
                "market_value": p.market_value,
                "weight": p.weight,
                "sheet": p.sheet,
                "row": p.row,
                **_exposure(rows[p.id]),
            }
            for p in portfolio.positions
            if p.id in rows
        ],
        "overrides": exposures.overrides,
        "issues": [_issue(i) for i in (*portfolio.issues, *exposures.issues)],
    }
    return _plain_dict(content)


def all_issues(result: StressResult, plan: HedgePlan | None) -> tuple[Issue, ...]:
    """Return every issue of a run once, the file's first, in the order found."""
    found = (
        *result.portfolio.issues,
        *result.exposures.issues,
        *result.issues,
        *(plan.issues if plan else ()),
    )
    return tuple(dict.fromkeys(found))


def _summary(result: StressResult) -> dict[str, Any]:
    return {
        "base_value": result.base_value,
        "stressed_value": result.stressed_value,
        "pnl": result.pnl,
        "pnl_pct": result.pnl_pct,
        "band": vars(result.band),
        "coverage_ratio": result.coverage_ratio,
        "uncovered_value": result.uncovered_value,
        "coverage": vars(result.coverage),
        "currency": result.currency,
        "distance": result.distance,
    }


def _record(found: object) -> Any:
    """Return a record and the records in it as dictionaries."""
    if is_dataclass(found) and not isinstance(found, type):
        return {f.name: _record(getattr(found, f.name)) for f in fields(found)}
    if isinstance(found, list | tuple):
        return [_record(item) for item in found]
    return found


def _scenario_result(s: ScenarioResult, result: StressResult) -> dict[str, Any]:
    ids = [r.position.id for r in result.by_position]
    return {
        "label": s.label,
        "scenario": {
            **_scenario(s.scenario),
            "revision": s.scenario.factor.revision,
            "sha256": s.scenario.factor.sha256,
        },
        "summary": {
            "pnl": s.pnl,
            "pnl_pct": s.pnl_pct,
            "band": vars(s.band),
            "coverage_ratio": s.coverage_ratio,
        },
        "attribution": vars(s.attribution),
        "by_segment": [
            {"segment": k.segment, "shock": k.shock, "pnl": k.pnl} for k in s.by_segment
        ],
        "by_other_factor": [vars(o) for o in s.by_other],
        "by_position": [
            {"id": i, "pnl": pnl} for i, pnl in zip(ids, s.by_position, strict=True)
        ],
    }


def _scenario(scenario: Scenario) -> dict[str, Any]:
    return {
        "factor": scenario.factor.id,
        "title": scenario.factor.title,
        "severity": scenario.severity,
        "mode": scenario.mode,
        "market": scenario.market,
        "shocks": scenario.shocks,
        "fx": scenario.fx,
        "label": scenario.label,
        "day": scenario.day,
        "others": scenario.other_mode,
        "other_moves": scenario.other_moves,
        "drivers": scenario.drivers,
    }


def _identifiers(position: Position) -> dict[str, str | None]:
    ids = position.identifiers
    return {
        "ticker": ids.ticker,
        "isin": ids.isin,
        "cusip": ids.cusip,
        "sedol": ids.sedol,
        "figi": ids.figi,
        "wkn": ids.wkn,
        "valor": ids.valor,
    }


def _position_result(r: PositionResult, marginal: float | None) -> dict[str, Any]:
    p, e = r.position, r.exposure
    return {
        "id": p.id,
        "name": p.name,
        "identifiers": _identifiers(p),
        "asset_class": p.asset_class,
        "sheet": p.sheet,
        "row": p.row,
        "base_value": r.base_value,
        "stressed_exposure": r.stressed_exposure,
        "pnl": r.pnl,
        "pnl_pct": r.pnl_pct,
        "low": r.low,
        "high": r.high,
        "beta": e.beta,
        "segments": e.sensitivities,
        "description": e.description,
        "source": e.source,
        "basis": e.basis,
        "tier": e.tier,
        "matched": e.matched,
        "confidence": e.confidence,
        "looked_through": e.looked_through,
        "suggestions": e.suggestions,
        "covered": e.covered,
        "attribution": {
            "market": r.market,
            "segments": r.segments,
            "own_name": r.own_name,
            "fx": r.fx,
            "options": r.options,
            "others": r.others,
            "cross": r.cross,
        },
        "marginal_pnl": marginal,
    }


def _position(p: Position, total: float | None) -> dict[str, Any]:
    weight = p.weight
    if weight is None and total and p.market_value is not None:
        weight = p.market_value / total
    return {
        "id": p.id,
        "name": p.name,
        "identifiers": _identifiers(p),
        "mic": p.identifiers.mic,
        "asset_class": p.asset_class,
        "quantity": p.quantity,
        "price": p.price,
        "currency": p.currency,
        "market_value": p.market_value,
        "local_value": p.local_value,
        "exposure": p.exposure,
        "weight": weight,
        "account": p.account,
        "sector": p.sector,
        "country": p.country,
        "exchange": p.exchange,
        "terms": p.terms,
        "sheet": p.sheet,
        "row": p.row,
    }


def _exposure(e: Exposure) -> dict[str, Any]:
    kept = vars(e).copy()
    kept["option"] = _record(e.option)
    kept.pop("position_id")
    kept["segments"] = kept.pop("sensitivities")
    return {"tier": e.tier, **kept}


def _hedge(hedge: Hedge) -> dict[str, Any]:
    return {
        "family": hedge.family,
        "title": hedge.title,
        "legs": [_leg(leg) for leg in hedge.legs],
        "cost": hedge.cost,
        "cost_bps": hedge.cost_bps,
        "hedge_pnl": hedge.hedge_pnl,
        "residual_pnl": hedge.residual_pnl,
        "status": hedge.status,
        "binding": hedge.binding,
        "note": hedge.note,
        "diagnostics": hedge.diagnostics,
        "ticket_cost": hedge.ticket_cost,
        "outlay": hedge.outlay,
        "pnls": hedge.pnls,
        "by_segment": [vars(s) for s in hedge.by_segment],
        "frontier": [vars(p) for p in hedge.frontier],
        "relaxations": [vars(r) for r in hedge.relaxations],
        "alternatives": [_hedge(a) for a in hedge.alternatives],
        "effect": _record(hedge.effect),
    }


def _leg(leg: HedgeLeg) -> dict[str, Any]:
    return {**vars(leg), "option": _record(leg.option)}


def _plan(plan: HedgePlan) -> dict[str, Any]:
    """Return what the suggestions were asked for, and valued in."""
    mandate = {**vars(plan.mandate), "target": vars(plan.mandate.target)}
    return {
        "mandate": mandate,
        "asked": vars(plan.asked),
        "target": plan.target,
        "value": plan.value,
        "scenarios": [
            {**_scenario(s.scenario), "label": s.label, "kind": s.kind, "pnl": s.pnl}
            for s in plan.scenarios
        ],
        "left_out": plan.left_out,
    }


def _issue(issue: Issue) -> dict[str, Any]:
    return dict(vars(issue))


def _plain_dict(content: dict[str, Any]) -> dict[str, Any]:
    return {str(key): _plain(value) for key, value in content.items()}


def _plain(value: Any) -> Any:
    """Turn numpy scalars and tuples into what JSON knows, NaN into null."""
    if isinstance(value, dict):
        return _plain_dict(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, bool | int) else str(value)

"""Recompute the shocks of a factor from what it was made of, as published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.factor.alternatives import LARGE_MOVE
from stresskit.core.factor.event import persistence
from stresskit.core.factor.leaves import compositions, lines_of, priors_of
from stresskit.core.factor.panel import issuers_of, leaves_of, tags_of
from stresskit.core.factor.records import drivers_of
from stresskit.core.factor.segment_names import MARKET
from stresskit.core.factor.shocks import MEANS, Stocks, segment_shocks
from stresskit.core.factor.stated import market_legs, stated_shocks
from stresskit.core.factor.vary import varied_legs, varied_shocks
from stresskit.core.regions import region_of
from stresskit.errors import FactorError

if TYPE_CHECKING:
    from stresskit.model import Evidence, Factor, Shock

TOLERANCE = 1e-9
# Figures are stored with ten digits.
ROUNDING = 1e-7
ESTIMATED_ON = ("theme", "rest", "mapped")


def recompute_variant(factor: Factor, basis: Factor) -> list[str]:
    """Vary the basis again and say where the stored shocks and legs differ."""
    if factor.variant is None:
        return []
    shocks = varied_shocks(basis, factor.variant.drivers)
    legs = {m.region: m.value for m in varied_legs(basis, factor.variant.market)}
    wrong = [
        f"{stored.segment}: the stored shock {_figures(stored)} is not what varying "
        f"{factor.basis} gives: {_figures(shock)}."
        for stored, shock in zip(factor.shocks, shocks, strict=True)
        if _differ(stored, shock)
    ]
    return wrong + [
        f"Market leg {m.region}: the stored {m.value:.10g} is not that of the variant: "
        f"{legs.get(m.region, 0.0):.10g}."
        for m in factor.market
        if abs(m.value - legs.get(m.region, 0.0)) > TOLERANCE
    ]


def recompute_shocks(factor: Factor) -> list[str]:
    """Recompute the shocks and say where the stored ones differ.

    An estimate is recomputed from the evidence in ``moves.csv``; a factor defined
    from moves, with its market legs, from the stated ones and its own betas.
    """
    if factor.stated:
        return _from_stated(factor)
    rows = [e for e in factor.evidence if e.role in ESTIMATED_ON]
    if not rows:
        return ["moves.csv holds no security that the shocks could come from."]
    abnormal = np.array([e.abnormal_return or 0.0 for e in rows])
    again = segment_shocks(abnormal, stocks_of(factor, rows))
    theta, sd = again.theta, again.sd
    if factor.method.get("shocks", MEANS) == MEANS:
        theta, sd = again.means.shrunk.theta, again.means.shrunk.sd
    found = zip(factor.shocks, theta.tolist(), sd.tolist(), strict=True)
    return [
        f"{s.segment}: the stored shock {s.shrunk:.10g} (error {s.standard_error:.10g})"
        f" is not what moves.csv gives: {theta:.10g} (error {sd:.10g})."
        for s, theta, sd in found
        if abs(s.shrunk - theta) > TOLERANCE or abs(s.standard_error - sd) > TOLERANCE
    ]


def recompute_rest(factor: Factor) -> list[str]:
    """Recompute what else follows from the evidence of an estimate.

    Returns are beta times the market and the abnormal return; the band's dispersion,
    the path and the narrative drivers follow from them.
    """
    wrong = [*_returns_differ(factor), *_path_differs(factor)]
    drivers, r2 = drivers_of(factor.shocks, factor.chain)
    stored = [(d.name, d.value, d.standard_error) for d in factor.drivers]
    again = [(d.name, d.value, d.standard_error) for d in drivers]
    if stored and not _close(stored, again):
        wrong.append("The narrative drivers are not what the shocks give.")
    if r2 is not None and factor.drivers_r2 is not None:
        wrong += (
            ["drivers_r2 is not what the shocks give."]
            if abs(r2 - factor.drivers_r2) > ROUNDING
            else []
        )
    return wrong


def _close(
    stored: list[tuple[str, float, float]], again: list[tuple[str, float, float]]
) -> bool:
    return len(stored) == len(again) and all(
        a[0] == b[0] and np.allclose(a[1:], b[1:], rtol=0, atol=ROUNDING)
        for a, b in zip(stored, again, strict=True)
    )


NOT_THE_SUM = "the return is not beta times the market and the abnormal return"


def _returns_differ(factor: Factor) -> list[str]:
    """Name rows whose return is not beta times the market and the abnormal one."""
    legs = {m.region: m.value for m in factor.market}
    odd = [
        e.key
        for e in factor.evidence
        if e.role in ("theme", "rest", "fund")
        and None not in (e.event_return, e.abnormal_return, e.beta)
        and abs(
            (e.event_return or 0.0)
            - (e.beta or 0.0) * legs.get(region_of(e.mic, None), 0.0)
            - (e.abnormal_return or 0.0)
        )
        > ROUNDING
    ]
    if not odd:
        return []
    return [f"moves.csv: {', '.join(odd[:5])}: {NOT_THE_SUM}."]


def _path_differs(factor: Factor) -> list[str]:
    wrong = []
    for p in factor.path:
        rows = [
            (e.path[p.days], e.abnormal_return)
            for e in factor.evidence
            if e.role in ("theme", "rest")
            and p.days in e.path
            and e.abnormal_return is not None
            and abs(e.abnormal_return) > LARGE_MOVE
        ]
        after, start = (
            (np.array(c) for c in zip(*rows, strict=True))
            if rows
            else (np.zeros(0), np.ones(1))
        )
        phi = persistence(after, start)[0] if rows else 0.0
        if len(rows) != p.securities or abs(phi - p.persistence) > 1e-4:
            wrong.append(
                f"path, +{p.days}: the stored {p.persistence:.6g} is not what "
                f"moves.csv gives: {phi:.6g}."
            )
    return wrong


def stocks_of(factor: Factor, rows: list[Evidence]) -> Stocks:
    """Return where the stocks of published evidence stand, as the estimate saw it."""
    leaves = leaves_of(factor.chain)
    tags = tags_of((e.segments for e in rows), factor.chain)
    known = tags_of((e.sensitivities for e in rows), factor.chain)
    mapped = np.array([e.role == "mapped" for e in rows])
    lines = lines_of(issuers_of([e.name for e in rows], mapped.astype(np.int64)))
    composition = compositions(tags[~mapped], leaves, lines[~mapped])
    have = np.array([bool(e.sensitivities) for e in rows])[:, None]
    return Stocks(
        tags=tags,
        sensitivities=np.where(have, known, priors_of(tags, composition)),
        theme=np.array([e.role == "theme" for e in rows]),
        mapped=mapped,
        lines=lines,
        weights=np.ones(len(rows)),
        leaves=leaves,
    )


def _from_stated(factor: Factor) -> list[str]:
    try:
        given = stated_shocks(
            factor.stated, factor.shocks, factor.chain, factor.history
        )
    except FactorError as error:
        return [f"The stated moves give no shocks. {error}"]
    wrong = [
        f"{stored.segment}: the stored shock {_figures(stored)} is not what the stated "
        f"moves give: {_figures(shock)}."
        for stored, shock in zip(factor.shocks, given, strict=True)
        if _differ(stored, shock)
    ]
    return wrong + _legs_differ(factor)


def _legs_differ(factor: Factor) -> list[str]:
    market = next((m for m in factor.stated if m.segment == MARKET), None)
    stored = {m.region: m.value for m in factor.market}
    return [
        f"Market leg {leg.region}: the stored {stored.get(leg.region, 0.0):.10g} is "
        f"not what the stated moves give: {leg.value:.10g}."
        for leg in market_legs(market, factor.event_start, tuple(stored))
        if abs(stored.get(leg.region, 0.0) - leg.value) > TOLERANCE
    ]


def _differ(stored: Shock, given: Shock) -> bool:
    if any((a is None) != (b is None) for a, b in _pairs(stored, given)):
        return True
    return any(
        abs((a or 0.0) - (b or 0.0)) > TOLERANCE for a, b in _pairs(stored, given)
    )


def _pairs(a: Shock, b: Shock) -> list[tuple[float | None, float | None]]:
    return [
        (a.shrunk, b.shrunk),
        (a.standard_error, b.standard_error),
        (a.raw, b.raw),
        (a.total, b.total),
    ]


def _figures(shock: Shock) -> str:
    total = "" if shock.total is None else f", total {shock.total:.10g}"
    return f"{shock.shrunk:.10g} (error {shock.standard_error:.10g}{total})"

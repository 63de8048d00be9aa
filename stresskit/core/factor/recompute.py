"""Recompute the shocks of a factor from what it was made of, as published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.factor.leaves import compositions, priors_of
from stresskit.core.factor.panel import issuer_lines, leaves_of, tags_of
from stresskit.core.factor.segment_names import MARKET
from stresskit.core.factor.shocks import MEANS, Stocks, segment_shocks
from stresskit.core.factor.stated import market_legs, stated_shocks
from stresskit.core.factor.vary import varied_shocks
from stresskit.errors import FactorError

if TYPE_CHECKING:
    from stresskit.model import Evidence, Factor, Shock

TOLERANCE = 1e-9
ESTIMATED_ON = ("theme", "rest", "mapped")


def recompute_variant(factor: Factor, basis: Factor) -> list[str]:
    """Vary the basis again and say where the stored shocks differ."""
    drivers = factor.variant.drivers if factor.variant else {}
    given = zip(factor.shocks, varied_shocks(basis, drivers), strict=True)
    return [
        f"{stored.segment}: the stored shock {_figures(stored)} is not what varying "
        f"{factor.basis} gives: {_figures(shock)}."
        for stored, shock in given
        if _differ(stored, shock)
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
        return []
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


def stocks_of(factor: Factor, rows: list[Evidence]) -> Stocks:
    """Return where the stocks of published evidence stand, as the estimate saw it."""
    leaves = leaves_of(factor.chain)
    tags = tags_of((e.segments for e in rows), factor.chain)
    known = tags_of((e.sensitivities for e in rows), factor.chain)
    mapped = np.array([e.role == "mapped" for e in rows])
    lines = issuer_lines([e.name for e in rows], mapped.astype(np.int64))
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

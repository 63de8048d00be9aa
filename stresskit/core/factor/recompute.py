"""Recompute the shocks of a factor from its published evidence."""

from __future__ import annotations

import numpy as np

from stresskit.core.factor.leaves import compositions, priors_of
from stresskit.core.factor.panel import issuer_lines, leaves_of, tags_of
from stresskit.core.factor.shocks import Stocks, segment_shocks
from stresskit.model import Evidence, Factor

TOLERANCE = 1e-9
ESTIMATED_ON = ("theme", "rest", "mapped")


def recompute_shocks(factor: Factor) -> list[str]:
    """Recompute the shocks from the evidence and say where they differ.

    A factor defined from moves has no estimate to recompute; its stated shocks
    stand alone.
    """
    rows = [e for e in factor.evidence if e.role in ESTIMATED_ON]
    if not rows:
        return []
    abnormal = np.array([e.abnormal_return or 0.0 for e in rows])
    again = segment_shocks(abnormal, stocks_of(factor, rows))
    found = zip(factor.shocks, again.theta.tolist(), again.sd.tolist(), strict=True)
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
    lines = issuer_lines([e.name for e in rows])
    mapped = np.array([e.role == "mapped" for e in rows])
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

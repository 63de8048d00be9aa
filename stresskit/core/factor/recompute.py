"""Recompute the shocks of a factor from its published evidence."""

from __future__ import annotations

import numpy as np

from stresskit.core.factor.estimate import estimate_shocks
from stresskit.core.factor.panel import issuer_lines, leaves_of, tags_of
from stresskit.model import Factor

TOLERANCE = 1e-9


def recompute_shocks(factor: Factor) -> list[str]:
    """Recompute the shocks from the evidence and say where they differ.

    A factor defined from moves has no estimate to recompute; its stated shocks
    stand alone.
    """
    rows = [e for e in factor.evidence if e.role in ("theme", "rest")]
    if not rows:
        return []
    abnormal = np.array([e.abnormal_return or 0.0 for e in rows])
    total = np.array([e.event_return or 0.0 for e in rows])
    tags = tags_of((e.segments for e in rows), factor.chain)
    lines = issuer_lines([e.name for e in rows])
    leaves = leaves_of(factor.chain)
    shrunk = estimate_shocks(abnormal, total, tags, leaves, lines)[4]
    found = zip(factor.shocks, shrunk.theta.tolist(), shrunk.sd.tolist(), strict=True)
    return [
        f"{s.segment}: the stored shock {s.shrunk:.10g} (error {s.standard_error:.10g})"
        f" is not what moves.csv gives: {theta:.10g} (error {sd:.10g})."
        for s, theta, sd in found
        if abs(s.shrunk - theta) > TOLERANCE or abs(s.standard_error - sd) > TOLERANCE
    ]

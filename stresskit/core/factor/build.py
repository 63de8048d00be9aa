"""Prices and a value chain -> Factor: the estimate, with its evidence as records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.factor import evidence, records
from stresskit.core.factor.estimated import Estimate, estimated
from stresskit.core.factor.legs import market_legs
from stresskit.core.factor.panel import DECIMALS, Cut, EventSpec, cut_panel
from stresskit.core.factor.sessions import GAP
from stresskit.core.factor.shocks import REGRESSION
from stresskit.model import Factor, PathPoint

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from stresskit.model import ValueChain

    Floats = NDArray[np.float64]


def build(prices: pd.DataFrame, chain: ValueChain, spec: EventSpec) -> Factor:
    """Estimate an event factor from adjusted closes.

    Parameters
    ----------
    prices
        Adjusted closes, index of dates in order, one column per ticker; NaN where
        there is none.
    chain
        The value chain whose segments get shocks.
    spec
        The event.

    Returns
    -------
    Factor
        Revision 1, with evidence per security and segment history.

    Raises
    ------
    FactorError
        If the event is no session of the panel, the history before it is too
        short, a price series jumps like a split, or no security fits the chain.
    """
    cut = cut_panel(prices, chain, spec)
    found = estimated(cut)
    low, high = np.percentile(found.betas.abnormal[cut.panel.stock], [5, 95])
    shocks = records.shocks_of(cut, found, chain)
    drivers, drivers_r2 = records.drivers_of(shocks, chain)
    return Factor(
        id=spec.id,
        revision=1,
        revision_reason="First publication",
        title=spec.title,
        narrative=spec.narrative,
        purpose=spec.purpose,
        questions=spec.questions,
        event_start=spec.start,
        event_end=spec.end,
        chain=chain,
        shocks=shocks,
        market=market_legs(cut, found, spec),
        evidence=evidence.evidence_of(cut, found, spec, chain),
        history=evidence.history_of(cut, found, chain),
        dispersion_theme=found.dispersion[0].scale,
        dispersion_rest=found.dispersion[1].scale,
        power_theme=found.dispersion[0].power,
        power_rest=found.dispersion[1].power,
        replay_theme=found.replay[0],
        replay_rest=found.replay[1],
        universe_low=float(low),
        universe_high=float(high),
        method=_method(cut, found, spec),
        sources=spec.sources,
        drivers=drivers,
        drivers_r2=drivers_r2,
        path=tuple(
            PathPoint(
                days=p.days,
                persistence=p.persistence,
                standard_error=p.error,
                securities=p.securities,
            )
            for p in found.paths
        ),
        styles=records.styles_of(cut, found),
        plausibility=records.plausibility_of(cut, found, chain),
        issues=(*cut.issues, *records.findings(shocks, records.hard_to_tell(cut))),
    )


def _method(cut: Cut, found: Estimate, spec: EventSpec) -> dict[str, str | float | int]:
    panel, y = cut.panel, found.betas.abnormal

    def error(chosen: NDArray[np.bool_]) -> tuple[float, float]:
        a, p = y[chosen], found.left.predicted[chosen]
        whole = float(np.sum((a - a.mean()) ** 2))
        share = 1 - float(np.sum((a - p) ** 2)) / whole if whole else 0.0
        return round(float(np.mean(np.abs(a - p))), 6), round(share, 4)

    rows = np.flatnonzero(panel.inside[:, panel.region == panel.reference].any(axis=1))
    first, last = cut.dates[rows[0]], cut.dates[rows[-1]]
    main = panel.leaves.theme[panel.main] & panel.theme
    method: dict[str, str | float | int] = {
        "shocks": REGRESSION,
        "estimator": "market model with Vasicek beta on the ex-theme market of each "
        "region; leaf means of abnormal returns with two-level empirical-Bayes "
        "shrinkage as the prior of a regression on sensitivities",
        "window_start": first.isoformat(),
        "window_end": last.isoformat(),
        "window_returns": len(rows),
        "winsorised": "residuals of the window at 5 median absolute deviations",
        "gap_sessions": GAP if spec.estimate_until is None else "stated",
        "theme_securities": int(panel.theme.sum()),
        "rest_securities": int(panel.rest.sum()),
        "mapped_securities": int(panel.mapped.sum()),
        "funds": int(panel.fund.sum()),
        "tau": round(float(np.sqrt(found.shocks.means.shrunk.tau2)), 8),
        "omega": round(float(np.sqrt(found.shocks.means.shrunk.omega2)), 8),
    }
    for name, chosen in (("theme", main), ("rest", panel.rest)):
        if chosen.any():
            mae, r2 = error(chosen)
            method[f"leave_one_out_mae_{name}"] = mae
            method[f"leave_one_out_r2_{name}"] = r2
    if cut.index_event is not None:
        method["index"] = spec.index
        method["index_return"] = round(cut.index_event, DECIMALS)
    return method

"""What may be traded: its return under a scenario, and how it moves with others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.stress.scaling import scale_shock
from stresskit.core.stress.shocks import leg_of, market_legs, segment_shocks
from stresskit.model import Instrument

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.model import SegmentHistory, StressResult

    Floats = NDArray[np.float64]


def instruments_of(result: StressResult) -> tuple[Instrument, ...]:
    """Return the tradable instruments with their return under the result's scenario.

    Only instruments with estimated sensitivities are returned: without, nothing is
    known of what they would do.
    """
    scenario = result.scenario
    factor = scenario.factor
    evidence = {e.key: e for e in factor.evidence}
    funds = {f"{f.ticker}:{f.mic}": f for f in factor.chain.funds}
    s = scenario.severity
    scaled = scale_shock(segment_shocks(scenario)[0], s).tolist()
    shocks = dict(zip(factor.chain.segment_ids, scaled, strict=True))
    legs = market_legs(scenario)
    market = float(scale_shock(np.array(legs[leg_of("US", legs)]), s))
    found = []
    for t in factor.chain.tradables:
        key = f"{t.ticker}:{t.mic}"
        e, fund = evidence.get(key), funds.get(key)
        if e is None or e.beta is None or not e.sensitivities:
            continue
        beta, sensitivities = e.beta, e.sensitivities
        if fund is not None and fund.sensitivities and fund.beta is not None:
            # What it holds says more than how it moved (an index of the largest
            # companies is not the mean of its segments).
            beta, sensitivities = fund.beta, fund.sensitivities
        parts = sum(x * shocks[k] for k, x in sensitivities.items())
        found.append(
            Instrument(
                ticker=t.ticker,
                mic=t.mic,
                isin=t.isin,
                name=t.name,
                currency=t.currency,
                use=t.use,
                half_spread=t.half_spread,
                fee=t.fee,
                borrow=t.borrow,
                cap=t.cap,
                price=t.price,
                price_date=t.price_date,
                beta=beta,
                sensitivities=sensitivities,
                specific_sd=e.specific_sd or 0.0,
                stress_return=max(-1.0, beta * market + parts),
                event_return=e.event_return,
                source=t.source,
            )
        )
    return tuple(found)


def covariance(
    beta: Floats, sensitivities: Floats, specific_sd: Floats, history: SegmentHistory
) -> Floats:
    """Return the daily covariance of n assets: ``C = B S B' + D``.

    Parameters
    ----------
    beta
        Shape (n,), to the ex-theme market.
    sensitivities
        Shape (n, K), in the order of ``history.names[1:]``.
    specific_sd
        Shape (n,), daily, net of market and segments.
    history
        Daily market and segment returns; a missing return counts as none.

    Returns
    -------
    Floats
        Shape (n, n), daily return squared.
    """
    loadings = np.column_stack([beta, sensitivities])
    daily = np.nan_to_num(history.before)
    factors = np.atleast_2d(np.cov(daily, rowvar=False, ddof=1))
    result: Floats = loadings @ factors @ loadings.T + np.diag(specific_sd**2)
    return result

"""The hedge problem as arrays: what is asked of a solver, and a check of its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.stress.scaling import scale_shock
from stresskit.core.stress.shocks import leg_of, market_legs, segment_shocks
from stresskit.model import Instrument

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.model import SegmentHistory, StressResult

    Floats = NDArray[np.float64]

HORIZON_DAYS = 21
YEAR_DAYS = 252
TIE_BREAK = 1e-9


@dataclass(frozen=True)
class OverlayProblem:
    """Minimise ``cost'x`` subject to ``A x <= b`` and ``0 <= x <= caps``.

    ``x`` (M,) are short notionals as shares of the portfolio. The first row is the
    target, ``-gain'x <= -required``; ``names`` says what each row limits, in words.
    """

    cost: Floats
    gain: Floats
    A: Floats
    b: Floats
    caps: Floats
    names: tuple[str, ...]


def overlay_problem(
    gain: Floats,
    cost: Floats,
    caps: Floats,
    *,
    required: float,
    gross: float,
    rows: tuple[tuple[str, Floats, float], ...] = (),
) -> OverlayProblem:
    """State the minimum-cost overlay as a linear program.

    Parameters
    ----------
    gain
        Shape (M,), what a unit short makes under the scenario, decimal.
    cost
        Shape (M,), all-in cost of a unit, decimal.
    caps
        Shape (M,), largest notional, share of the portfolio.
    required
        Gain asked for, share of the portfolio.
    gross
        Largest sum of notionals, share of the portfolio.
    rows
        Further limits: words, coefficients (M,) and right-hand side.

    Examples
    --------
    >>> p = overlay_problem(np.array([0.1]), np.array([0.001]), np.array([0.5]),
    ...     required=0.02, gross=0.4)
    >>> p.names, p.b.tolist()
    (('target', 'gross notional'), [-0.02, 0.4])
    """
    ones = np.ones_like(gain)
    return OverlayProblem(
        # Equal costs would let the solver choose at random.
        cost=cost + TIE_BREAK * np.arange(len(cost)),
        gain=gain,
        A=np.vstack([-gain, ones, *(r[1] for r in rows)]),
        b=np.array([-required, gross, *(r[2] for r in rows)]),
        caps=caps,
        names=("target", "gross notional", *(r[0] for r in rows)),
    )


def violations(
    problem: OverlayProblem, x: Floats, tolerance: float = 1e-7
) -> list[str]:
    """Return the limits that a solution breaks, in words; empty if none."""
    broken = [
        name
        for name, left, right in zip(
            problem.names, problem.A @ x, problem.b, strict=True
        )
        if left > right + tolerance
    ]
    if np.any(x < -tolerance) or np.any(x > problem.caps + tolerance):
        broken.append("instrument cap")
    return broken


def unit_cost(
    half_spread: float, fee: float, borrow: float, days: int = HORIZON_DAYS
) -> float:
    """Return the round-trip cost of a short: ``2 (half-spread + fee) + borrow H/252``.

    Examples
    --------
    >>> round(unit_cost(0.00015, 0.00005, 0.004), 8)
    0.00073333
    """
    return 2 * (half_spread + fee) + borrow * days / YEAR_DAYS


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

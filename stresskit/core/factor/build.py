"""Prices and a value chain -> Factor: the estimate, with its evidence as records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.factor import estimate, event
from stresskit.core.factor.panel import DECIMALS, GAP, EventSpec, panel_of
from stresskit.errors import FactorError
from stresskit.model import (
    Evidence,
    Factor,
    Fund,
    MarketLeg,
    Security,
    SegmentHistory,
    Shock,
)

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from stresskit.model import ValueChain

    Floats = NDArray[np.float64]

SENSITIVITY_DECIMALS = 4
# Share of the American lines in the beta of the iShares MSCI World fund's holdings,
# prices of 29 August 2025 (their weight is 0.72).
WORLD_SHARE = 0.70
WORLD_BASIS = (
    f"{WORLD_SHARE:.0%} of the US leg, the American share in the beta of MSCI World; "
    "nothing for the rest"
)
NOT_ESTIMATED = (
    "not estimated: no price panel for this region; zero is assumed, rather than "
    "another region's move"
)


def build(prices: pd.DataFrame, chain: ValueChain, spec: EventSpec) -> Factor:
    """Estimate an event factor from adjusted closes.

    Parameters
    ----------
    prices
        Adjusted closes, index of dates in order, one column per ticker (US lines);
        NaN where there is none.
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
    panel, listed, window = panel_of(prices, chain, spec)
    betas = estimate.estimate_betas(panel)
    # The evidence is published rounded; estimating from the rounded figures lets
    # anyone recompute the shocks from moves.csv.
    rounded = np.round(betas.abnormal, DECIMALS)
    betas = estimate.Betas(**{**vars(betas), "abnormal": rounded})
    shocks = estimate.segment_shocks(panel, betas)
    sensitivities, specific = estimate.estimate_sensitivities(panel, betas)
    predicted = estimate.leave_one_out(panel, betas, sensitivities)
    error = (betas.abnormal - predicted) / betas.residual_sd
    fitted = _fitted(panel, sensitivities, shocks.shrunk.theta)
    own, replay = _own_names(panel, betas, betas.abnormal - fitted)
    stock = ~panel.fund
    low, high = np.percentile(betas.abnormal[stock], [5, 95])
    ids = chain.segment_ids
    return Factor(
        id=spec.id,
        revision=1,
        revision_reason="First publication",
        title=spec.title,
        narrative=spec.narrative,
        questions=spec.questions,
        event_start=spec.start,
        event_end=spec.end,
        chain=chain,
        shocks=tuple(_shock(shocks, panel, specific, ids, k) for k in range(len(ids))),
        market=_market_legs(betas.market_event, spec),
        evidence=tuple(
            _evidence(item, ids, n, panel, betas, sensitivities, specific, own)
            for n, (item, _) in enumerate(listed)
        ),
        history=_history(panel, betas, ids, window),
        dispersion_theme=_rms(error[panel.theme]),
        dispersion_rest=_rms(error[panel.rest]),
        replay_theme=replay[0],
        replay_rest=replay[1],
        universe_low=float(low),
        universe_high=float(high),
        method=_method(panel, betas, shocks, predicted, window),
        sources=spec.sources,
    )


def _fitted(panel: estimate.Panel, sensitivities: Floats, theta: Floats) -> Floats:
    priors = estimate.priors_of(panel.tags, estimate.typical_members(panel))
    known = np.isfinite(sensitivities)
    fitted: Floats = np.where(known, sensitivities, priors) @ theta
    return fitted


def _own_names(
    panel: estimate.Panel, betas: estimate.Betas, left: Floats
) -> tuple[Floats, tuple[float, float]]:
    """Return the own-name shocks, and what is left of each residual deviation.

    In units of its own residual deviation: a volatile company does not hide what
    the others did, as it would in a mean of squares.
    """
    own, remaining = np.zeros(len(left)), []
    for chosen in (panel.theme, panel.rest):
        s = betas.residual_sd[chosen]
        shock, sd = event.own_name_shocks(left[chosen] / s, np.ones(int(chosen.sum())))
        own[chosen] = shock * s
        remaining.append(float(sd.mean()) if sd.size else 0.0)
    return own, (remaining[0], remaining[1])


def _rms(values: Floats) -> float:
    return float(np.sqrt(np.nanmean(values**2)))


def _shock(
    shocks: estimate.SegmentShocks,
    panel: estimate.Panel,
    specific: Floats,
    ids: tuple[str, ...],
    k: int,
) -> Shock:
    composition = estimate.typical_members(panel)[k]
    own = _specific(panel, specific, k)
    have = shocks.members[k] > 0
    return Shock(
        segment=ids[k],
        members=int(shocks.members[k]),
        effective_members=float(shocks.effective[k]),
        total=float(shocks.total[k]) if have else None,
        raw=float(shocks.raw[k]) if have else None,
        shrunk=float(shocks.shrunk.theta[k]),
        standard_error=float(shocks.shrunk.sd[k]),
        shrinkage=float(shocks.shrunk.shrinkage[k]),
        beta=float(shocks.beta[k]),
        beta_sd=float(shocks.beta_sd[k]),
        residual_sd=float(shocks.residual_sd[k]),
        specific_sd=float(np.sqrt(np.mean(own**2))),
        composition={
            ids[j]: round(float(composition[j]), 6) for j in np.flatnonzero(composition)
        },
    )


def _specific(panel: estimate.Panel, specific: Floats, k: int) -> Floats:
    """Return the deviations of a leaf's securities, else its group's, else all."""
    known = np.isfinite(specific) & ~panel.fund
    group = panel.leaves.groups[panel.main] == panel.leaves.groups[k]
    for chosen in (known & (panel.main == k), known & group, known):
        if chosen.any():
            return specific[chosen]
    raise FactorError(
        f"No security has {estimate.MIN_HISTORY} returns before the event.",
        hint="Give prices from an earlier date on.",
    )


def _market_legs(value: float, spec: EventSpec) -> tuple[MarketLeg, ...]:
    legs = {
        "US": (value, "equal-weighted mean of US securities outside the theme"),
        "World": (WORLD_SHARE * value, WORLD_BASIS),
    }
    for region in ("Europe", "Japan", "Asia ex-Japan", "Other"):
        legs[region] = (0.0, NOT_ESTIMATED)
    return tuple(
        MarketLeg(region=region, value=leg, start=spec.start, end=spec.end, basis=basis)
        for region, (leg, basis) in legs.items()
    )


def _evidence(
    item: Security | Fund,
    ids: tuple[str, ...],
    n: int,
    panel: estimate.Panel,
    betas: estimate.Betas,
    sensitivities: Floats,
    specific: Floats,
    own: Floats,
) -> Evidence:
    row = np.round(sensitivities[n], SENSITIVITY_DECIMALS)
    found = (
        {ids[k]: float(row[k]) for k in np.flatnonzero(row)} if row[0] == row[0] else {}
    )
    role = "fund" if panel.fund[n] else "theme" if panel.theme[n] else "rest"
    return Evidence(
        ticker=item.ticker,
        mic=item.mic,
        isin=item.isin,
        name=item.name,
        role=role,
        segments=item.segments if isinstance(item, Security) else {},
        event_return=float(panel.event[n]),
        observations=int(betas.model.observations[n]),
        beta=float(betas.beta[n]),
        beta_se=float(betas.beta_se[n]),
        residual_sd=float(betas.residual_sd[n]),
        specific_sd=float(specific[n]) if np.isfinite(specific[n]) else None,
        abnormal_return=float(betas.abnormal[n]),
        sensitivities=found,
        own_name=None if panel.fund[n] else float(own[n]),
        source="prices",
    )


def _history(
    panel: estimate.Panel,
    betas: estimate.Betas,
    ids: tuple[str, ...],
    window: pd.DataFrame,
) -> SegmentHistory:
    stock = ~panel.fund
    daily = estimate.segment_returns(
        betas.daily[:, stock], panel.tags[stock], panel.leaves
    )
    have = np.flatnonzero(np.isfinite(daily).sum(axis=0))
    names = ("MARKET", *(ids[k] for k in have.tolist()))
    return SegmentHistory(
        names=names,
        dates=tuple(day.date() for day in window.index),
        returns=np.column_stack([betas.market, daily[:, have]]),
        start=window.index[0].date(),
        end=window.index[-1].date(),
    )


def _method(
    panel: estimate.Panel,
    betas: estimate.Betas,
    shocks: estimate.SegmentShocks,
    predicted: Floats,
    window: pd.DataFrame,
) -> dict[str, str | float | int]:
    def error(chosen: NDArray[np.bool_]) -> tuple[float, float]:
        y, p = betas.abnormal[chosen], predicted[chosen]
        share = 1 - float(np.sum((y - p) ** 2) / np.sum((y - y.mean()) ** 2))
        return round(float(np.mean(np.abs(y - p))), 6), round(share, 4)

    main = panel.leaves.theme[panel.main] & panel.theme
    theme_mae, theme_r2 = error(main)
    rest_mae, rest_r2 = error(panel.rest)
    return {
        "estimator": "market model with Vasicek beta on the ex-theme market, leaf "
        "means of abnormal returns, two-level empirical-Bayes shrinkage",
        "window_start": window.index[0].date().isoformat(),
        "window_end": window.index[-1].date().isoformat(),
        "window_returns": len(window),
        "gap_sessions": GAP,
        "theme_securities": int(panel.theme.sum()),
        "rest_securities": int(panel.rest.sum()),
        "funds": int(panel.fund.sum()),
        "tau": round(float(np.sqrt(shocks.shrunk.tau2)), 8),
        "omega": round(float(np.sqrt(shocks.shrunk.omega2)), 8),
        "leave_one_out_mae_theme": theme_mae,
        "leave_one_out_r2_theme": theme_r2,
        "leave_one_out_mae_rest": rest_mae,
        "leave_one_out_r2_rest": rest_r2,
    }

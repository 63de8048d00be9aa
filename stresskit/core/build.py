"""Prices and a value chain -> Factor: the estimate, with its evidence as records."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core import estimate, event
from stresskit.core.names import company_key
from stresskit.core.regions import US_EXCHANGES
from stresskit.errors import FactorError
from stresskit.model import (
    Evidence,
    Factor,
    Fund,
    MarketLeg,
    Security,
    SegmentHistory,
    Shock,
    Source,
)

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from stresskit.model import ValueChain

    Floats = NDArray[np.float64]

WINDOW, GAP = 250, 20
MIN_RETURNS = 60
SUSPICIOUS_RISE, SUSPICIOUS_FALL = 1.0, -0.5
DECIMALS = 8
SENSITIVITY_DECIMALS = 4
NOT_ESTIMATED = (
    "not estimated: no price panel for this region; zero is assumed, rather than "
    "another region's move"
)


@dataclass(frozen=True, kw_only=True)
class EventSpec:
    """What makes an event: its name, its days, its story and where figures are from.

    ``start`` and ``end`` are the first and the last session of the event window.
    ``history_starts`` are first dates from which a ticker's returns mean anything
    (before, it was another business).
    """

    id: str
    title: str
    start: dt.date
    end: dt.date
    narrative: str = ""
    questions: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    history_starts: dict[str, dt.date] = field(default_factory=dict)


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
    window, event_returns = _returns(prices, spec)
    listed = _listed_in(chain, window, event_returns)
    window = _started(window, listed, spec)
    _question_splits(window[[column for _, column in listed]])
    panel = _panel(chain, listed, window, event_returns)
    if not panel.rest.any():
        raise FactorError(
            "No security outside the theme has prices, so there is no market.",
            hint="Add securities of the rest of the market to the price file.",
        )
    betas = estimate.estimate_betas(panel)
    # The evidence is published rounded; estimating from the rounded figures lets
    # anyone recompute the shocks from moves.csv.
    rounded = np.round(betas.abnormal, DECIMALS)
    betas = estimate.Betas(**{**vars(betas), "abnormal": rounded})
    shocks = estimate.segment_shocks(panel, betas)
    sensitivities = estimate.estimate_sensitivities(panel, betas)
    predicted = estimate.leave_one_out(panel, betas, sensitivities)
    error = (betas.abnormal - predicted) / betas.residual_sd
    fitted = _fitted(panel, sensitivities, shocks.shrunk.theta)
    own = _own_names(panel, betas, betas.abnormal - fitted)
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
        shocks=tuple(_shock(shocks, panel, ids, k) for k in range(len(ids))),
        market=_market_legs(betas.market_event, spec),
        evidence=tuple(
            _evidence(item, ids, n, panel, betas, sensitivities, own)
            for n, (item, _) in enumerate(listed)
        ),
        history=_history(panel, betas, ids, window),
        dispersion_theme=_rms(error[panel.theme]),
        dispersion_rest=_rms(error[panel.rest]),
        universe_low=float(low),
        universe_high=float(high),
        method=_method(panel, betas, shocks, predicted, window),
        sources=spec.sources,
    )


def _returns(
    prices: pd.DataFrame, spec: EventSpec
) -> tuple[pd.DataFrame, pd.Series[float]]:
    import pandas as pd

    sessions = pd.DatetimeIndex(prices.index)
    for day in (spec.start, spec.end):
        if pd.Timestamp(day) not in sessions:
            near = sessions[sessions < pd.Timestamp(day)]
            last = near[-1].date().isoformat() if len(near) else "none"
            raise FactorError(
                f"{day.isoformat()} is no session of the price file "
                f"({sessions[0].date()} to {sessions[-1].date()}; the session before "
                f"is {last}).",
                hint="Give a day on which the market was open.",
            )
    first = int(sessions.searchsorted(pd.Timestamp(spec.start)))
    last_row = int(sessions.searchsorted(pd.Timestamp(spec.end)))
    if last_row < first:
        raise FactorError("The event ends before it starts.")
    returns = prices.pct_change(fill_method=None)
    window = returns.iloc[max(1, first - GAP - WINDOW) : first - GAP]
    if len(window) < MIN_RETURNS:
        raise FactorError(
            f"Only {len(window)} returns stand before the event (after a gap of {GAP} "
            f"sessions); {MIN_RETURNS} are the least.",
            hint="Give prices from an earlier date on.",
        )
    compounded = prices.iloc[last_row] / prices.iloc[first - 1] - 1.0
    return window, compounded


def _listed_in(
    chain: ValueChain, window: pd.DataFrame, event_returns: pd.Series[float]
) -> list[tuple[Security | Fund, str]]:
    """Pair the chain's US lines with the columns of the price file."""
    column_of = {str(c).replace("-", "."): str(c) for c in window.columns}
    found: list[tuple[Security | Fund, str]] = []
    items: list[Security | Fund] = [*chain.securities, *chain.funds]
    for item in items:
        column = column_of.get(item.ticker)
        if item.mic not in US_EXCHANGES or column is None:
            continue
        seen = int(window[column].notna().sum())
        if seen >= MIN_RETURNS and np.isfinite(event_returns[column]):
            found.append((item, column))
    if not found:
        raise FactorError(
            f"No column of the price file is a US listing of {chain.id}.",
            hint="Columns are tickers: NVDA, AVGO, ...",
        )
    return found


def _started(
    window: pd.DataFrame, listed: list[tuple[Security | Fund, str]], spec: EventSpec
) -> pd.DataFrame:
    """Blank the returns before the day from which a ticker's history counts."""
    started = window.copy()
    for item, column in listed:
        start = spec.history_starts.get(item.ticker)
        if start is not None:
            before = [day.date() < start for day in window.index]
            started.loc[before, column] = np.nan
    return started


def _question_splits(returns: pd.DataFrame) -> None:
    jumps = (returns >= SUSPICIOUS_RISE) | (returns <= SUSPICIOUS_FALL)
    if not bool(jumps.to_numpy().any()):
        return
    places = np.argwhere(jumps.to_numpy()).tolist()[:5]
    shown = ", ".join(
        f"{returns.columns.tolist()[c]} {returns.to_numpy()[r, c]:+.0%} on "
        f"{returns.index.tolist()[r]:%Y-%m-%d}"
        for r, c in places
    )
    raise FactorError(
        f"Prices jump like unadjusted splits: {shown}.",
        hint="Adjust the prices for splits, or leave the days before out with "
        "--history-start TICKER=DATE if the jump is real.",
    )


def _panel(
    chain: ValueChain,
    listed: list[tuple[Security | Fund, str]],
    window: pd.DataFrame,
    event_returns: pd.Series[float],
) -> estimate.Panel:
    ids = {name: k for k, name in enumerate(chain.segment_ids)}
    order = {g.id: n for n, g in enumerate(chain.groups)}
    theme_segment = np.array([s.theme for s in chain.segments])
    tags = np.zeros((len(listed), len(ids)))
    for n, (item, _) in enumerate(listed):
        if isinstance(item, Security):
            for name, value in item.segments.items():
                tags[n, ids[name]] = value
    columns = [column for _, column in listed]
    returns = window[columns].to_numpy(dtype=np.float64, copy=True)
    return estimate.Panel(
        window=returns,
        event=np.round(event_returns[columns].to_numpy(dtype=np.float64), DECIMALS),
        tags=tags,
        theme=tags[:, theme_segment].sum(axis=1) >= 0.05,
        fund=np.array([isinstance(item, Fund) for item, _ in listed]),
        leaves=estimate.Leaves(
            np.array([order[s.group] for s in chain.segments], dtype=np.int64),
            theme_segment,
        ),
        lines=_lines([item.name for item, _ in listed]),
    )


def _lines(names: list[str]) -> Floats:
    keys = [company_key(name) for name in names]
    return np.array([1.0 / keys.count(key) for key in keys])


def _fitted(panel: estimate.Panel, sensitivities: Floats, theta: Floats) -> Floats:
    composition = estimate.compositions(panel.tags[~panel.fund], panel.leaves)
    priors = estimate.priors_of(panel.tags, composition)
    known = np.isfinite(sensitivities)
    fitted: Floats = np.where(known, sensitivities, priors) @ theta
    return fitted


def _own_names(panel: estimate.Panel, betas: estimate.Betas, left: Floats) -> Floats:
    own = np.zeros(len(left))
    for chosen in (panel.theme, panel.rest):
        own[chosen] = event.own_name_shocks(left[chosen], betas.residual_sd[chosen])[0]
    return own


def _rms(values: Floats) -> float:
    return float(np.sqrt(np.nanmean(values**2)))


def _shock(
    shocks: estimate.SegmentShocks, panel: estimate.Panel, ids: tuple[str, ...], k: int
) -> Shock:
    composition = estimate.compositions(panel.tags[~panel.fund], panel.leaves)[k]
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
        composition={
            ids[j]: round(float(composition[j]), 6) for j in np.flatnonzero(composition)
        },
    )


def _market_legs(value: float, spec: EventSpec) -> tuple[MarketLeg, ...]:
    estimated = MarketLeg(
        region="US",
        value=value,
        start=spec.start,
        end=spec.end,
        basis="equal-weighted mean of US securities outside the theme",
    )
    others = ("Europe", "Japan", "Asia ex-Japan", "Other")
    return (
        estimated,
        *(
            MarketLeg(
                region=region,
                value=0.0,
                start=spec.start,
                end=spec.end,
                basis=NOT_ESTIMATED,
            )
            for region in others
        ),
    )


def _evidence(
    item: Security | Fund,
    ids: tuple[str, ...],
    n: int,
    panel: estimate.Panel,
    betas: estimate.Betas,
    sensitivities: Floats,
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


def recompute_shocks(factor: Factor) -> list[str]:
    """Recompute the shocks from the evidence and say where they differ.

    A factor defined from moves has no estimate to recompute; its stated shocks
    stand alone.
    """
    rows = [e for e in factor.evidence if e.role in ("theme", "rest")]
    if not rows:
        return []
    chain = factor.chain
    ids = {name: k for k, name in enumerate(chain.segment_ids)}
    order = {g.id: n for n, g in enumerate(chain.groups)}
    tags = np.zeros((len(rows), len(ids)))
    for n, e in enumerate(rows):
        for name, value in e.segments.items():
            tags[n, ids[name]] = value
    leaves = estimate.Leaves(
        np.array([order[s.group] for s in chain.segments], dtype=np.int64),
        np.array([s.theme for s in chain.segments]),
    )
    abnormal = np.array([e.abnormal_return or 0.0 for e in rows])
    total = np.array([e.event_return or 0.0 for e in rows])
    lines = _lines([e.name for e in rows])
    shrunk = estimate.estimate_shocks(abnormal, total, tags, leaves, lines)[4]
    return [
        f"{s.segment}: the stored shock {s.shrunk:.10g} (error {s.standard_error:.10g})"
        f" is not what moves.csv gives: {theta:.10g} (error {sd:.10g})."
        for s, theta, sd in zip(
            factor.shocks, shrunk.theta.tolist(), shrunk.sd.tolist(), strict=True
        )
        if abs(s.shrunk - theta) > 1e-9 or abs(s.standard_error - sd) > 1e-9
    ]

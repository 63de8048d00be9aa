"""Estimate an event factor from daily returns: market, betas, shocks, sensitivities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.factor import event
from stresskit.core.factor.arrays import MIN_HISTORY, Market, Panel, markets_of
from stresskit.core.factor.leaves import priors_of, without_each
from stresskit.core.factor.sensitivities import prior_ridge
from stresskit.core.factor.shocks import SegmentShocks, Stocks, segment_shocks
from stresskit.core.factor.spread import Spread, spread_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

PRIOR_SD_THEME = 0.03
PRIOR_SD_REST = 0.01
PRIOR_SD_FUND = 0.10
WEEK = 5
SENSITIVITY_DECIMALS = 4


@dataclass(frozen=True)
class Betas:
    """Markets, and each security's beta to its own; arrays (N,) or (T, N).

    ``leg`` numbers the region whose market applies. ``daily`` are abnormal returns
    of all days, those of the window winsorised at 5 MAD, about a mean of zero over
    the window; ``plain`` the same, nothing clipped. ``residual`` are the window's
    residuals of the market model with alpha, ``sar`` the standardised abnormal
    return of the event, both for tests.
    """

    market: Market
    leg: Ints
    model: event.MarketModel
    beta: Floats
    beta_se: Floats
    residual_sd: Floats
    abnormal: Floats
    daily: Floats
    plain: Floats
    residual: Floats
    sar: Floats

    @property
    def market_event(self) -> Floats:
        """The market's return on the event for each security, shape (N,)."""
        return self.market.event[self.leg]


def estimate_betas(panel: Panel, market: Market | None = None) -> Betas:
    """Fit the market models and take abnormal returns.

    Betas are Vasicek betas towards the security's group in its region (its sector
    outside the theme); fewer than 120 returns give the group's mean. Where a region
    has no market of its own, the beta to the reference market is that of Dimson.

    Parameters
    ----------
    market
        Another market than the ex-theme one, to see what it changes.

    Raises
    ------
    ValueError
        If a day has no security outside the theme.
    """
    market = market or markets_of(panel)
    leg = np.where(market.known[panel.region], panel.region, panel.reference)
    m = market.daily[:, leg]
    window = panel.window
    first = event.market_model(window, m)
    fitted = first.alpha + first.beta * m
    cleaned = event.winsorise(window - fitted) + fitted
    model = event.market_model(cleaned, m)
    known = model.observations >= MIN_HISTORY
    raw, error = model.beta, model.beta_se
    borrowed = leg != panel.region
    if borrowed.any():
        asynchronous = event.dimson(
            cleaned[:, borrowed], market.daily[:, panel.reference]
        )
        raw, error = raw.copy(), error.copy()
        raw[borrowed], error[borrowed] = asynchronous
    own = np.where(known, raw, np.nan)
    mean, sd = _peer_betas(panel, own, known)
    beta = event.vasicek(own, error, mean, sd)
    # A fund has no peers to be pulled to: its own estimate stands.
    beta = np.where(panel.fund & known, raw, beta)
    daily = _about_zero(
        np.where(panel.inside, cleaned, panel.returns) - beta * m, panel
    )
    residual = cleaned - model.alpha - model.beta * m
    return Betas(
        market=market,
        leg=leg,
        model=model,
        beta=beta,
        beta_se=_posterior(error, sd, known, panel.fund),
        residual_sd=model.residual_sd,
        abnormal=event.abnormal_returns(
            panel.event, beta, np.nan_to_num(market.event)[leg] * ~panel.mapped
        ),
        daily=daily,
        plain=_about_zero(panel.returns - beta * m, panel),
        residual=residual,
        sar=event.standardised(panel.days, model, market.days[:, leg]),
    )


def _about_zero(daily: Floats, panel: Panel) -> Floats:
    """Take each security's mean over the window out."""
    return daily - _means(np.where(panel.inside, daily, np.nan))


def _posterior(error: Floats, sd: Floats, known: Bools, fund: Bools) -> Floats:
    """Return the error of a Vasicek beta, ``(1/se^2 + 1/t_g^2)^-1/2``; a fund's own."""
    pull = known & ~fund & (error > 0)
    pulled = 1.0 / np.sqrt(1.0 / np.where(pull, error, 1.0) ** 2 + 1.0 / sd**2)
    result: Floats = np.where(pull, pulled, np.where(known, error, sd))
    return result


def _means(values: Floats) -> Floats:
    seen = np.isfinite(values)
    count = np.maximum(seen.sum(axis=0), 1)
    result: Floats = np.where(seen, values, 0.0).sum(axis=0) / count
    return result


def _peer_betas(panel: Panel, beta: Floats, known: Bools) -> tuple[Floats, Floats]:
    """Return mean and deviation of the betas of each security's peers, (N,)."""
    groups = int(panel.leaves.groups.max()) + 1
    peers = np.where(panel.rest, groups + panel.main, panel.leaves.groups[panel.main])
    peers = peers + 1000 * panel.region
    peers = np.where(panel.fund, -1, peers)
    mean, sd = np.ones(len(peers)), np.full(len(peers), 0.5)
    for peer in np.unique(peers[peers >= 0]):
        chosen = (peers == peer) & known
        if chosen.sum() >= 3:
            mean[peers == peer] = beta[chosen].mean()
            sd[peers == peer] = max(float(beta[chosen].std(ddof=1)), 0.05)
    return mean, sd


def event_shocks(
    panel: Panel,
    betas: Betas,
    sensitivities: Floats,
    *,
    keep: Floats | None = None,
    weights: Floats | None = None,
) -> SegmentShocks:
    """Return the shocks of the event; see ``segment_shocks``.

    ``sensitivities`` (N, K) are those of ``estimate_sensitivities``; rows without
    take the prior of their business. ``keep`` and ``weights`` count the stocks
    only, funds left out.
    """
    stock = panel.stock
    stocks = Stocks(
        tags=panel.tags[stock],
        sensitivities=with_priors(panel, sensitivities)[stock],
        theme=panel.theme[stock],
        mapped=panel.mapped[stock],
        lines=panel.lines[stock],
        weights=np.ones(int(stock.sum())) if weights is None else weights,
        leaves=panel.leaves,
    )
    return segment_shocks(betas.abnormal[stock], stocks, keep)


def segment_returns(panel: Panel, daily: Floats) -> Floats:
    """Average the daily abnormal returns of each leaf's companies, (T, K).

    Members of the reference region where a leaf has any: other markets close at
    other hours. Days without any member's return are NaN.
    """
    member = _daily_members(panel) * panel.lines[:, None]
    seen = np.isfinite(daily)
    counts = seen.astype(float) @ member
    sums = np.where(seen, daily, 0.0) @ member
    safe = np.where(counts > 0, counts, 1.0)
    result: Floats = np.where(counts > 0, sums / safe, np.nan)
    return result


def _daily_members(panel: Panel) -> Floats:
    member = panel.members()
    home = member * (panel.region == panel.reference)[:, None]
    result: Floats = np.where(home.sum(axis=0) > 0, home, member)
    return result


def estimate_sensitivities(panel: Panel, betas: Betas) -> tuple[Floats, Floats]:
    """Estimate each security's sensitivities before the event, shape (N, K).

    Theme securities: non-negative ridge towards the prior of their tag, lambda
    .03. Others: signed ridge towards their sector with lambda .01. Funds: signed
    towards zero with lambda .10. Rounded as they are published. The company itself
    is left out of its leaf's return; other regions than the reference are compared
    by the week. Rows of securities with fewer than 120 returns are NaN. The second
    array, (N,), is the daily standard deviation that market and segments leave to
    the security.
    """
    daily = np.where(panel.inside, betas.daily, np.nan)
    member = _daily_members(panel)
    seen, lines = np.isfinite(daily), panel.lines
    weights, moves = seen * lines, np.where(seen, daily, 0.0) * lines
    counts, sums = weights @ member, moves @ member
    company = np.eye(int(panel.issuer.max()) + 1)[panel.issuer]
    # The whole company is left out of what it is compared with.
    own_weight = (weights @ company)[:, panel.issuer].T
    own_move = (moves @ company)[:, panel.issuer].T
    tags = np.where(panel.fund[:, None], 0.0, panel.tags)
    prior = priors_of(tags, panel.composition())
    prior[panel.fund] = 0.0
    widths = np.where(panel.theme, PRIOR_SD_THEME, PRIOR_SD_REST)
    widths = np.where(panel.fund, PRIOR_SD_FUND, widths)
    result = np.full(panel.tags.shape, np.nan)
    specific = np.full(len(result), np.nan)
    known = betas.model.observations >= MIN_HISTORY
    home = panel.region == panel.reference
    for chosen, step in ((known & home, 1), (known & ~home, WEEK)):
        if not chosen.any():
            continue
        inside = member[chosen, None, :]
        n = counts - own_weight[chosen][:, :, None] * inside
        left_sums = sums - own_move[chosen][:, :, None] * inside
        # What is left of nobody is nobody, not rounding.
        some = n > 1e-9
        factors = np.where(some, left_sums / np.where(some, n, 1.0), 0.0)
        r = daily.T[chosen]
        r, factors = _demeaned(*_by_week(r, factors, step))
        x = prior_ridge(
            r, factors, prior[chosen], widths[chosen], signed=~panel.theme[chosen]
        )
        x = np.round(x, SENSITIVITY_DECIMALS)
        left = np.einsum("ntk,nk->nt", factors, x)
        result[chosen] = x
        specific[chosen] = np.nanstd(r - left, axis=1, ddof=1) / np.sqrt(step)
    return result, specific


def _by_week(r: Floats, factors: Floats, step: int) -> tuple[Floats, Floats]:
    """Sum returns (n, T) and factors (n, T, K) over blocks of ``step`` days."""
    if step == 1:
        return r, factors
    weeks = r.shape[1] // step
    r = r[:, r.shape[1] - weeks * step :].reshape(len(r), weeks, step)
    days = np.isfinite(r).sum(axis=2)
    sums = np.where(days > 0, np.nansum(r, axis=2), np.nan)
    cut = factors[:, factors.shape[1] - weeks * step :]
    shape = (len(r), weeks, step, factors.shape[2])
    return sums, cut.reshape(shape).sum(axis=2)


def _demeaned(r: Floats, factors: Floats) -> tuple[Floats, Floats]:
    """Take means over the days of each security out of both."""
    seen = np.isfinite(r)
    n = np.maximum(seen.sum(axis=1), 1)
    mean = np.where(seen, r, 0.0).sum(axis=1) / n
    inside = np.where(seen[:, :, None], factors, 0.0)
    return r - mean[:, None], factors - (inside.sum(axis=1) / n[:, None])[:, None, :]


@dataclass(frozen=True)
class LeftOut:
    """Each stock predicted without itself, NaN for funds and mapped moves; (N,).

    ``predicted`` is the abnormal return, ``shock_sd`` what the errors of the shocks
    used for it add up to.
    """

    predicted: Floats
    shock_sd: Floats


def leave_one_out(panel: Panel, betas: Betas, sensitivities: Floats) -> LeftOut:
    """Predict each stock's abnormal return with shocks estimated without its company.

    Without sensitivities the prior serves.
    """
    stock = np.flatnonzero(panel.stock)
    chosen = ~panel.mapped[stock]
    keep = without_each(panel.issuer[stock])[chosen]
    found = event_shocks(panel, betas, sensitivities, keep=keep)
    rows = with_priors(panel, sensitivities)[stock][chosen]
    predicted = np.full(len(panel.event), np.nan)
    predicted[stock[chosen]] = np.sum(rows * found.theta, axis=1)
    shock_sd = np.full(len(panel.event), np.nan)
    shock_sd[stock[chosen]] = np.sqrt(np.sum((rows * found.sd) ** 2, axis=1))
    return LeftOut(predicted, shock_sd)


def dispersion(panel: Panel, betas: Betas, left: LeftOut) -> tuple[Spread, Spread]:
    """Return what companies of the theme and of the rest did on their own.

    From leave-one-out errors, less what the errors of the shocks and of beta explain:
    the band adds those parts itself.
    """
    error = betas.abnormal - left.predicted
    explained = left.shock_sd**2 + (betas.beta_se * betas.market_event) ** 2
    s = betas.residual_sd
    theme, rest = panel.theme, panel.rest
    return (
        spread_of(error[theme], explained[theme], s[theme]),
        spread_of(error[rest], explained[rest], s[rest]),
    )


def with_priors(panel: Panel, sensitivities: Floats) -> Floats:
    """Fill rows of securities without a history with their prior, (N, K)."""
    priors = priors_of(panel.tags, panel.composition())
    result: Floats = np.where(np.isfinite(sensitivities), sensitivities, priors)
    return result

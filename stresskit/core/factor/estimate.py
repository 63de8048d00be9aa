"""Estimate an event factor from daily returns: market, betas, shocks, sensitivities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.factor import event, shrinkage
from stresskit.core.factor.sensitivities import prior_ridge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

MIN_HISTORY = 120
MEMBER, PURE, ENOUGH = 0.5, 0.75, 4
MEMBER_OF_REST = 0.95
THEME_FROM = 0.05
PRIOR_SD_THEME = 0.03
PRIOR_SD_REST = 0.01
PRIOR_SD_FUND = 0.10


@dataclass(frozen=True)
class Leaves:
    """Group number (K,) of each segment and whether it is the theme's (K,)."""

    groups: Ints
    theme: Bools


@dataclass(frozen=True)
class Panel:
    """Returns around an event, and where each of N securities stands.

    ``window`` (T, N) are the estimation-window returns, NaN where there is none;
    ``event`` (N,) the compounded return of the event window. ``tags`` (N, K) are
    the fractions per segment, rows sum to 1 (zero rows for funds). ``theme`` marks
    securities with a part in the theme, ``fund`` the funds, ``leaves`` what
    the K segments are, ``lines`` (N,) 1 over the lines of the same issuer.
    """

    window: Floats
    event: Floats
    tags: Floats
    theme: Bools
    fund: Bools
    leaves: Leaves
    lines: Floats

    @property
    def rest(self) -> Bools:
        """Securities outside the theme: they make the market."""
        result: Bools = ~self.theme & ~self.fund
        return result

    @property
    def main(self) -> Ints:
        """The main segment of each security, shape (N,)."""
        result: Ints = np.argmax(self.tags, axis=1).astype(np.int64)
        return result


@dataclass(frozen=True)
class Betas:
    """The market over the window and on the event, and each security's beta."""

    market: Floats
    market_event: float
    model: event.MarketModel
    beta: Floats
    beta_se: Floats
    residual_sd: Floats
    abnormal: Floats
    daily: Floats


@dataclass(frozen=True)
class SegmentShocks:
    """Leaf shocks, arrays of shape (K,); see ``stresskit.model.Shock``."""

    members: Ints
    effective: Floats
    raw: Floats
    total: Floats
    shrunk: shrinkage.Shrunk
    beta: Floats
    beta_sd: Floats
    residual_sd: Floats


def estimate_betas(panel: Panel) -> Betas:
    """Fit the market models and take abnormal returns.

    Betas are Vasicek betas towards the security's group (its sector outside the
    theme); fewer than 120 returns give the group's mean. ``daily`` (T, N) are the
    abnormal returns of the window, winsorised at 5 MAD.

    Raises
    ------
    ValueError
        If a day has no security outside the theme.
    """
    market = event.ex_theme_market(panel.window, panel.rest)
    m0 = float(event.ex_theme_market(panel.event[None, :], panel.rest)[0])
    first = event.market_model(panel.window, market)
    residual = panel.window - first.alpha - market[:, None] * first.beta
    cleaned = event.winsorise(residual) + first.alpha + market[:, None] * first.beta
    model = event.market_model(cleaned, market)
    known = model.observations >= MIN_HISTORY
    beta_ols = np.where(known, model.beta, np.nan)
    peers = np.where(panel.fund, -1, panel.leaves.groups[panel.main])
    peers = np.where(panel.rest, 1000 + panel.main, peers)
    mean, sd = np.ones(len(peers)), np.full(len(peers), 0.5)
    for peer in np.unique(peers[peers >= 0]):
        chosen = (peers == peer) & known
        if chosen.sum() >= 3:
            mean[peers == peer] = beta_ols[chosen].mean()
            sd[peers == peer] = max(float(beta_ols[chosen].std(ddof=1)), 0.05)
    beta = event.vasicek(beta_ols, model.beta_se, mean, sd)
    # A fund has no peers to be pulled to: its own estimate stands.
    beta = np.where(panel.fund & known, model.beta, beta)
    daily = cleaned - beta * market[:, None]
    daily = daily - np.nanmean(daily, axis=0)
    return Betas(
        market=market,
        market_event=m0,
        model=model,
        beta=beta,
        beta_se=np.where(known, model.beta_se, sd),
        residual_sd=model.residual_sd,
        abnormal=event.abnormal_returns(panel.event, beta, m0),
        daily=daily,
    )


def members_of(tags: Floats, leaves: Leaves) -> Floats:
    """Weight the members of each leaf, shape (N, K); 0 is no member.

    A member has its largest fraction in the leaf: 0.75 at least where four such
    are found, else one half; 0.95 in the rest of the market, so that no theme
    enters it. All count equally: no one for more than a third where there are three
    or more.
    """
    rows = np.arange(len(tags))
    main = np.argmax(tags, axis=1)
    share = tags[rows, main]
    found = np.zeros_like(tags)
    for k in range(tags.shape[1]):
        of_leaf = main == k
        least = MEMBER_OF_REST
        if leaves.theme[k]:
            pure = int(np.sum(of_leaf & (share >= PURE)))
            least = PURE if pure >= ENOUGH else MEMBER
        found[of_leaf & (share >= least), k] = 1.0
    return found


def compositions(tags: Floats, leaves: Leaves, lines: Floats) -> Floats:
    """Return the mean fractions of each leaf's members, shape (K, K).

    A leaf without members is pure by definition: its row is the unit row. Weights
    are those of the shocks: ``lines`` (N,) counts share classes as one company.
    """
    weights = members_of(tags, leaves) * lines[:, None]
    total = weights.sum(axis=0)
    mean = weights.T @ tags / np.where(total > 0, total, 1.0)[:, None]
    result: Floats = np.where((total > 0)[:, None], mean, np.eye(len(total)))
    return result


def priors_of(tags: Floats, composition: Floats) -> Floats:
    """Turn fractions into sensitivities to the shocks of typical members, (N, K).

    ``x = t C^-1``, then at least 0 and scaled back to the row's sum. A shock is
    the mean of members that also do other things, ``theta = C f`` with f what pure
    businesses would do; ``t f = t C^-1 theta``. To multiply fractions by shocks
    would count the members' other business twice.

    Parameters
    ----------
    tags
        Shape (N, K), fractions of the business.
    composition
        Shape (K, K), C: the mean fractions of each leaf's members, rows sum to 1.

    Examples
    --------
    >>> c = np.array([[0.5, 0.5], [0.0, 1.0]])
    >>> priors_of(np.array([[0.5, 0.5], [0.25, 0.75]]), c).tolist()
    [[1.0, 0.0], [0.5, 0.5]]
    """
    raw = np.maximum(np.linalg.solve(composition.T, tags.T).T, 0.0)
    total = raw.sum(axis=1, keepdims=True)
    wanted = tags.sum(axis=1, keepdims=True)
    result: Floats = raw * wanted / np.where(total > 0, total, 1.0)
    return result


def estimate_shocks(
    abnormal: Floats, total: Floats, tags: Floats, leaves: Leaves, lines: Floats
) -> tuple[Ints, Floats, Floats, Floats, shrinkage.Shrunk]:
    """Average the abnormal returns of each leaf's members and shrink.

    Parameters
    ----------
    abnormal, total
        Shape (n,), abnormal and raw event returns of the securities estimated on.
    tags
        Shape (n, K), fractions, rows sum to 1.
    leaves
        Group numbers and theme marks of the leaves.
    lines
        Shape (n,), 1 over the number of lines of the same issuer: two share
        classes count as one company.

    Returns
    -------
    tuple
        Members (K,), effective members (K,), raw shocks (K,), mean total returns
        (K,), NaN where a leaf has none, and the shrunk shocks.
    """
    member = members_of(tags, leaves)
    members = member.sum(axis=0)
    weights = member * lines[:, None]
    weights /= np.where(members > 0, weights.sum(axis=0), 1.0)
    squares = (weights**2).sum(axis=0)
    have = members > 0
    effective = np.where(have, 1.0 / np.where(have, squares, 1.0), 0.0)
    raw = weights.T @ abnormal
    spread = np.array(
        [
            np.std(abnormal[weights[:, k] > 0], ddof=1) if members[k] > 1 else 0.0
            for k in range(tags.shape[1])
        ]
    )
    s2, _ = shrinkage.moderated_variances(members.astype(float), spread)
    shrunk = shrinkage.shrink(raw, members.astype(float), s2 * squares, leaves.groups)
    nan = np.where(have, 1.0, np.nan)
    return members.astype(np.int64), effective, raw * nan, weights.T @ total, shrunk


def typical_members(panel: Panel) -> Floats:
    """Return the compositions of a panel's leaves, funds left out, (K, K)."""
    stock = ~panel.fund
    return compositions(panel.tags[stock], panel.leaves, panel.lines[stock])


def segment_shocks(panel: Panel, betas: Betas) -> SegmentShocks:
    """Estimate the shocks of all leaves with what describes their members."""
    stock = ~panel.fund
    tags = panel.tags[stock]
    members, effective, raw, total, shrunk = estimate_shocks(
        betas.abnormal[stock],
        panel.event[stock],
        tags,
        panel.leaves,
        panel.lines[stock],
    )
    weights = members_of(tags, panel.leaves)
    beta, sd, residual = (np.full(len(panel.leaves.groups), np.nan) for _ in range(3))
    for k in range(len(panel.leaves.groups)):
        chosen = weights[:, k] > 0
        if not chosen.any():
            chosen = panel.leaves.groups[panel.main[stock]] == panel.leaves.groups[k]
        if not chosen.any():
            chosen = np.ones(len(weights), dtype=bool)
        b = betas.beta[stock][chosen]
        beta[k] = b.mean()
        sd[k] = b.std(ddof=1) if len(b) > 2 else 0.3
        residual[k] = np.sqrt(np.nanmean(betas.residual_sd[stock][chosen] ** 2))
    return SegmentShocks(
        members=members,
        effective=effective,
        raw=raw,
        total=np.where(members > 0, total, np.nan),
        shrunk=shrunk,
        beta=beta,
        beta_sd=sd,
        residual_sd=residual,
    )


def segment_returns(daily: Floats, tags: Floats, leaves: Leaves) -> Floats:
    """Average the daily abnormal returns of each leaf's members, (T, K).

    Days without any member's return are NaN.
    """
    member = members_of(tags, leaves)
    seen = np.isfinite(daily)
    counts = seen.astype(float) @ member
    sums = np.where(seen, daily, 0.0) @ member
    result: Floats = np.where(
        counts > 0, sums / np.where(counts > 0, counts, 1), np.nan
    )
    return result


def estimate_sensitivities(panel: Panel, betas: Betas) -> tuple[Floats, Floats]:
    """Estimate each security's sensitivities before the event, shape (N, K).

    Theme securities: non-negative ridge towards the prior of their tag, lambda
    .03. Others: signed ridge towards their sector with lambda .01. Funds: signed
    towards zero with lambda .10. The security itself is left out of its leaf's return.
    Rows of securities with fewer than 120 returns are NaN. The second array, (N,),
    is the daily standard deviation that market and segments leave to the security.
    """
    daily = betas.daily
    tags = np.where(panel.fund[:, None], 0.0, panel.tags)
    priors = priors_of(tags, typical_members(panel))
    member = members_of(tags, panel.leaves)
    seen = np.isfinite(daily)
    counts = seen.astype(float) @ member
    sums = np.where(seen, daily, 0.0) @ member
    result = np.full(panel.tags.shape, np.nan)
    specific = np.full(len(result), np.nan)
    for i in np.flatnonzero(betas.model.observations >= MIN_HISTORY):
        days = seen[:, i]
        own = np.where(days, daily[:, i], 0.0)[:, None] * member[i]
        n = counts - seen[:, i][:, None] * member[i]
        factors = np.where(n > 0, (sums - own) / np.where(n > 0, n, 1), 0.0)[days]
        if panel.fund[i]:
            prior, width, signed = np.zeros(tags.shape[1]), PRIOR_SD_FUND, True
        elif panel.theme[i]:
            prior, width, signed = priors[i], PRIOR_SD_THEME, False
        else:
            prior, width, signed = priors[i], PRIOR_SD_REST, True
        r = daily[days, i]
        factors = factors - factors.mean(axis=0)
        result[i] = prior_ridge(r - r.mean(), factors, prior, width, signed=signed)
        specific[i] = float(np.std(r - r.mean() - factors @ result[i], ddof=1))
    return result, specific


def leave_one_out(panel: Panel, betas: Betas, sensitivities: Floats) -> Floats:
    """Predict each stock's abnormal return with shocks estimated without it, (N,).

    Funds are NaN: they are never part of the estimate. Where a stock is no member
    of any leaf, the shocks are those of all. Without sensitivities the prior
    serves.
    """
    stock = np.flatnonzero(~panel.fund)
    y, r, tags = betas.abnormal[stock], panel.event[stock], panel.tags[stock]
    lines, leaves = panel.lines[stock], panel.leaves
    full = estimate_shocks(y, r, tags, leaves, lines)[4].theta
    rows = sensitivities[stock]
    priors = priors_of(tags, typical_members(panel))
    rows = np.where(np.isfinite(rows), rows, priors)
    inside = members_of(tags, panel.leaves) @ np.ones(tags.shape[1])
    predicted = np.full(len(panel.event), np.nan)
    for j, i in enumerate(stock):
        theta = full
        if inside[j] > 0:
            keep = np.arange(len(stock)) != j
            part = (y[keep], r[keep], tags[keep], leaves, lines[keep])
            theta = estimate_shocks(*part)[4].theta
        predicted[i] = rows[j] @ theta
    return predicted

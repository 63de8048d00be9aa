"""The event study: market model, beta, abnormal returns (MacKinlay 1997)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MarketModel:
    """Market models of N securities over one window; every array has shape (N,).

    ``beta_se`` and ``residual_sd`` use L - 2 degrees of freedom; ``observations``
    counts the returns used; ``market_mean`` and ``market_ss`` are the mean of the
    market and its sum of squared deviations over them.
    """

    alpha: Floats
    beta: Floats
    beta_se: Floats
    residual_sd: Floats
    observations: NDArray[np.int64]
    market_mean: Floats
    market_ss: Floats


def ex_theme_market(returns: Floats, rest: NDArray[np.bool_]) -> Floats:
    """Average the returns of securities outside the theme, equally weighted.

    ``m_t = mean over i in rest of r_it``, missing returns left out.

    Parameters
    ----------
    returns
        Shape (T, N), decimals, NaN where there is none.
    rest
        Shape (N,), True for securities outside the theme.

    Returns
    -------
    Floats
        Shape (T,).

    Notes
    -----
    A day without any such return is NaN.

    Examples
    --------
    >>> r = np.array([[0.01, 0.03, -0.20], [0.02, np.nan, 0.10]])
    >>> ex_theme_market(r, np.array([True, True, False])).tolist()
    [0.02, 0.02]
    """
    chosen = returns[:, rest]
    counts = np.sum(np.isfinite(chosen), axis=1)
    safe = np.where(counts > 0, counts, 1)
    mean = np.nansum(chosen, axis=1) / safe
    result: Floats = np.where(counts > 0, mean, np.nan)
    return result


def market_without_theme(
    index_return: float, theme_weights: Floats, theme_returns: Floats
) -> float:
    """Take the theme out of an index: what the rest of it did.

    ``m = (r_idx - sum w_j r_j) / (1 - sum w_j)``.

    Parameters
    ----------
    theme_weights, theme_returns
        Shape (n,), weights of the theme's members in the index and their returns,
        decimals.

    Raises
    ------
    ValueError
        If nothing of the index is left.

    Examples
    --------
    >>> round(market_without_theme(-0.02, np.array([0.25]), np.array([-0.10])), 9)
    0.006666667
    """
    left = 1.0 - float(np.sum(theme_weights))
    if left <= 0:
        raise ValueError("the theme is the whole index")
    return (index_return - float(theme_weights @ theme_returns)) / left


def winsorise(values: Floats, width: float = 5.0) -> Floats:
    """Pull values beyond ``width`` median absolute deviations back to that bound.

    ``median +- width * 1.4826 * MAD`` down each column; NaN stays NaN. Never used
    on the event day itself.
    """
    clipped = values.copy()
    some = np.isfinite(values).any(axis=0)
    known = values[:, some]
    centre = np.nanmedian(known, axis=0)
    bound = width * 1.4826 * np.nanmedian(np.abs(known - centre), axis=0)
    clipped[:, some] = np.clip(known, centre - bound, centre + bound)
    return clipped


def market_model(returns: Floats, market: Floats) -> MarketModel:
    """Regress each security on the market over the window.

    ``r_it = alpha_i + beta_i m_t + e_it``; ``s_i^2 = SSE/(L-2)``;
    ``se(beta)^2 = s_i^2 / S_mm``.

    Parameters
    ----------
    returns
        Shape (T, N), decimals, NaN where there is none (short histories).
    market
        Shape (T,) or (T, N), the ex-theme market of each security.

    Notes
    -----
    Fewer than three returns give NaN. Source: MacKinlay (1997), JEL 35.

    Examples
    --------
    >>> m = np.array([0.01, -0.01, 0.02, 0.0])
    >>> fit = market_model((0.001 + 1.5 * m)[:, None], m)
    >>> round(float(fit.beta[0]), 6), round(float(fit.alpha[0]), 6)
    (1.5, 0.001)
    """
    markets = market[:, None] if market.ndim == 1 else market
    seen = np.isfinite(returns) & np.isfinite(markets)
    count = seen.sum(axis=0)
    safe = np.maximum(count, 1)
    r = np.where(seen, returns, 0.0)
    m = np.where(seen, markets, 0.0)
    r_mean = r.sum(axis=0) / safe
    m_mean = m.sum(axis=0) / safe
    m_dev = np.where(seen, markets - m_mean, 0.0)
    r_dev = np.where(seen, returns - r_mean, 0.0)
    s_mm = np.sum(m_dev**2, axis=0)
    enough = (count >= 3) & (s_mm > 0)
    s_mm = np.where(enough, s_mm, np.nan)
    beta = np.sum(m_dev * r_dev, axis=0) / s_mm
    residual = r_dev - beta * m_dev
    sse = np.sum(np.where(seen, residual, 0.0) ** 2, axis=0)
    s2 = np.where(enough, sse / np.maximum(count - 2, 1), np.nan)
    return MarketModel(
        alpha=r_mean - beta * m_mean,
        beta=beta,
        beta_se=np.sqrt(s2 / s_mm),
        residual_sd=np.sqrt(s2),
        observations=count.astype(np.int64),
        market_mean=m_mean,
        market_ss=s_mm,
    )


def standardised(days: Floats, model: MarketModel, market: Floats) -> Floats:
    """Standardise the abnormal return of an event of H sessions, for tests only.

    ``CAR = sum_t (r_t - alpha - beta m_t)`` over
    ``s sqrt(H + H^2/L + (sum_t (m_t - mbar))^2 / S_mm)``: the forecast error of a
    window outside the estimate. One session gives the SAR of Patell (1976).

    Parameters
    ----------
    days
        Shape (H, N), returns of the event's sessions, decimals.
    market
        Shape (H, N), the market of each security on them.

    Returns
    -------
    Floats
        Shape (N,), NaN where there is no model.
    """
    h = len(days)
    car = np.sum(days - model.alpha - model.beta * market, axis=0)
    off = np.sum(market - model.market_mean, axis=0)
    count = np.maximum(model.observations, 1)
    variance = h + h**2 / count + off**2 / model.market_ss
    result: Floats = car / (model.residual_sd * np.sqrt(variance))
    return result


def dimson(returns: Floats, market: Floats) -> tuple[Floats, Floats]:
    """Return betas of markets that close at other hours, and their errors.

    ``r_t = a + b_-1 m_{t-1} + b_0 m_t + b_1 m_{t+1} + e_t``; beta is the sum of the
    three.

    Parameters
    ----------
    returns
        Shape (T, N), decimals, NaN where there is none.
    market
        Shape (T,), the market of another time zone.

    Returns
    -------
    tuple
        Betas and standard errors, (N,), NaN below ten returns.

    Notes
    -----
    Source: Dimson (1979), JFE.
    """
    quiet = np.nan_to_num(market)
    columns = (np.ones(len(market)), np.roll(quiet, 1), quiet, np.roll(quiet, -1))
    x = np.column_stack(columns)[1:-1]
    r = returns[1:-1]
    seen = np.isfinite(r) & np.isfinite(market[1:-1])[:, None]
    count = seen.sum(axis=0)
    enough = count >= 10
    rows = np.where(seen.T[:, :, None], x, 0.0)
    cross = rows.transpose(0, 2, 1) @ rows + np.where(enough, 0.0, 1.0)[
        :, None, None
    ] * np.eye(4)
    inverse = np.linalg.inv(cross)
    y = np.where(seen, r, 0.0).T[:, :, None]
    coefficients = inverse @ (rows.transpose(0, 2, 1) @ y)
    left = np.where(seen.T, (y - rows @ coefficients)[:, :, 0], 0.0)
    s2 = np.sum(left**2, axis=1) / np.maximum(count - 4, 1)
    total = np.array([0.0, 1.0, 1.0, 1.0])
    error = np.sqrt(s2 * np.einsum("k,nkl,l->n", total, inverse, total))
    nan = np.where(enough, 1.0, np.nan)
    return coefficients[:, :, 0] @ total * nan, error * nan


def persistence(after: Floats, start: Floats) -> tuple[float, float]:
    """Return the share of a move that is still there, by regression through zero.

    ``phi = sum c(h) c(0) / sum c(0)^2``; ``se^2 = sum (c(h) - phi c(0))^2 /
    ((n - 1) sum c(0)^2)``.

    Parameters
    ----------
    after, start
        Shape (n,), cumulative abnormal returns after h sessions and of the event.

    Examples
    --------
    >>> phi, se = persistence(np.array([-0.05, -0.11]), np.array([-0.10, -0.20]))
    >>> round(phi, 6), round(se, 6)
    (0.54, 0.02)
    """
    square = float(start @ start)
    phi = float(after @ start) / square
    left = after - phi * start
    return phi, float(np.sqrt(left @ left / (max(len(start) - 1, 1) * square)))


def vasicek(beta: Floats, beta_se: Floats, mean: Floats, sd: Floats) -> Floats:
    """Pull each beta towards its group, more where it is measured badly.

    ``beta~ = (b/se^2 + b_g/t_g^2) / (1/se^2 + 1/t_g^2)``.

    Parameters
    ----------
    beta, beta_se
        Shape (N,); NaN (no history) gives the group's mean.
    mean, sd
        Shape (N,), mean and standard deviation of the betas of each one's group.

    Notes
    -----
    Source: Vasicek (1973), Journal of Finance.

    Examples
    --------
    >>> one = np.array
    >>> round(float(vasicek(one([2.0]), one([0.3]), one([1.0]), one([0.3]))[0]), 9)
    1.5
    """
    known = np.isfinite(beta) & np.isfinite(beta_se) & (beta_se > 0)
    own = np.where(known, 1.0 / np.where(known, beta_se, 1.0) ** 2, 0.0)
    group = 1.0 / sd**2
    pulled: Floats = (np.where(known, beta, 0.0) * own + mean * group) / (own + group)
    return pulled


def abnormal_returns(event: Floats, beta: Floats, market: float | Floats) -> Floats:
    """Subtract the market's part from the event returns: ``y_i = r_i - beta_i m``.

    The production version has no alpha: last year's winners would carry it along.
    """
    result: Floats = event - beta * market
    return result


def own_name_shocks(residual: Floats, residual_sd: Floats) -> tuple[Floats, Floats]:
    """Split the event residual into the company's own shock and noise.

    ``delta^2 = max(0, mean(u^2 - s^2))``, ``kappa = delta^2/(delta^2 + s^2)``,
    ``a = kappa u``; what is left has standard deviation ``sqrt(kappa) s``.

    Parameters
    ----------
    residual
        Shape (n,), ``y - x'theta`` of one group's members, decimals.
    residual_sd
        Shape (n,), their daily residual standard deviation on normal days.

    Returns
    -------
    tuple
        The own-name shocks and the standard deviations left, both shape (n,).
    """
    s2 = residual_sd**2
    delta2 = max(0.0, float(np.mean(residual**2 - s2))) if residual.size else 0.0
    kappa = delta2 / (delta2 + s2)
    return kappa * residual, np.sqrt(kappa) * residual_sd

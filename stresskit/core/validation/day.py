"""A factor's evidence as arrays, and each stock predicted without itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.factor.leaves import compositions, without_each
from stresskit.core.factor.panel import issuers_of, tags_of
from stresskit.core.factor.recompute import ESTIMATED_ON, stocks_of
from stresskit.core.factor.shocks import SegmentShocks, Stocks, segment_shocks
from stresskit.core.factor.spread import scale_of
from stresskit.core.stress.band import CLUSTER_CORRELATION, multiplier_of
from stresskit.errors import FactorError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.model import Evidence, Factor

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Day:
    """One event's published figures as arrays over the stocks it was estimated on."""

    factor: Factor
    rows: tuple[Evidence, ...]

    @property
    def total(self) -> Floats:
        """Returns of the event, (N,)."""
        return np.array([e.event_return for e in self.rows], dtype=np.float64)

    @property
    def abnormal(self) -> Floats:
        """Abnormal returns, (N,)."""
        return np.array([e.abnormal_return for e in self.rows], dtype=np.float64)

    @property
    def market_part(self) -> Floats:
        """Beta times the market, (N,): what the model takes as given."""
        return self.total - self.abnormal

    @cached_property
    def stocks(self) -> Stocks:
        """Where the stocks stand."""
        return stocks_of(self.factor, list(self.rows))

    @cached_property
    def issuer(self) -> NDArray[np.int64]:
        """The number of each line's company, (N,)."""
        kinds = self.stocks.mapped.astype(np.int64)
        return issuers_of([e.name for e in self.rows], kinds)

    @property
    def theme(self) -> Bools:
        """Stocks with a part in the theme, (N,)."""
        return self.stocks.theme

    @property
    def rest(self) -> Bools:
        """Stocks outside it, (N,)."""
        found: Bools = ~self.stocks.theme & ~self.stocks.mapped
        return found

    @property
    def composition(self) -> Floats:
        """The mean fractions of each leaf's members, (K, K)."""
        s, priced = self.stocks, ~self.stocks.mapped
        return compositions(s.tags[priced], s.leaves, s.lines[priced])

    def index_part(self) -> Floats | None:
        """Beta to the index times its return, (N,); None without an index."""
        moved = self.factor.method.get("index_return")
        betas = [e.index_beta for e in self.rows]
        if moved is None:
            return None
        filled = [np.nan if b is None else b for b in betas]
        # Stocks without a history have the index's own beta.
        result: Floats = np.nan_to_num(np.array(filled), nan=1.0) * float(moved)
        return result

    def shocks(self, keep: Floats | None = None) -> SegmentShocks:
        """Return the shocks, of all stocks or of those that ``keep`` marks (B, N)."""
        return segment_shocks(self.abnormal, self.stocks, keep)

    @cached_property
    def left_out(self) -> SegmentShocks:
        """The shocks without each stock's company in turn, arrays (N, K)."""
        return self.shocks(without_each(self.issuer))

    @cached_property
    def predicted(self) -> Floats:
        """Total returns predicted without the stock itself, (N,)."""
        own = np.sum(self.stocks.sensitivities * self.left_out.theta, axis=1)
        result: Floats = self.market_part + own
        return result

    @property
    def residual_sd(self) -> Floats:
        """Daily standard deviations net of the market, (N,); 0 for mapped moves."""
        return np.array([e.residual_sd or 0.0 for e in self.rows])

    @property
    def beta_part(self) -> Floats:
        """What the error of beta adds, as a variance, (N,)."""
        betas = np.array([e.beta for e in self.rows], dtype=np.float64)
        errors = np.array([e.beta_se for e in self.rows], dtype=np.float64)
        safe = np.where(np.abs(betas) > 1e-9, betas, np.nan)
        market = np.nan_to_num(self.market_part / safe)
        return (errors * market) ** 2

    @cached_property
    def shock_part(self) -> Floats:
        """What the errors of the shocks add without the stock, variances (N,)."""
        x, sd = self.stocks.sensitivities, self.left_out.sd
        result: Floats = np.sum((x * sd) ** 2, axis=1)
        return result

    def scale(self, fit: Bools | None = None) -> Floats:
        """Return what is left to each stock, as a standard deviation, (N,).

        As published; with ``fit`` (N,) the scale is set on those stocks alone, theme
        and rest apart, with the published power.
        """
        f, s = self.factor, self.residual_sd
        scales = [
            (f.dispersion_theme, f.power_theme),
            (f.dispersion_rest, f.power_rest),
        ]
        found = np.zeros(len(self.rows))
        classes = zip((self.theme, self.rest), scales, strict=True)
        for chosen, (published, power) in classes:
            scale = published
            if fit is not None and (chosen & fit).any():
                at = chosen & fit
                error = (self.total - self.predicted)[at]
                known = (self.shock_part + self.beta_part)[at]
                scale = scale_of(error, known, s[at], power)
            found[chosen] = scale * s[chosen] ** power
        return found

    def half_width(self, own: Floats) -> Floats:
        """Return half of each stock's 90% band, predicted without itself, (N,)."""
        result: Floats = multiplier_of(self.factor) * self.sd(own)
        return result

    def sd(self, own: Floats) -> Floats:
        """Return the stated standard deviation of each stock's error, (N,)."""
        result: Floats = np.sqrt(own**2 + self.shock_part + self.beta_part)
        return result


def day_of(factor: Factor) -> Day:
    """Return a factor's evidence as arrays.

    Raises
    ------
    FactorError
        If it was not estimated: there is nothing to compare it with.
    """
    rows = tuple(
        e
        for e in factor.evidence
        if e.role in ESTIMATED_ON and e.event_return is not None
    )
    if all(e.role == "mapped" for e in rows):
        raise FactorError(
            f"{factor.id} was set by its author, not estimated: there is no evidence "
            "of a day to hold it against.",
            hint="Validate a factor estimated from prices, such as the basis it has "
            f"({factor.basis or 'none'}).",
        )
    return Day(factor, rows)


def portfolio_errors(day: Day, weights: Floats, keep: Floats) -> tuple[Floats, Floats]:
    """Return the errors of B portfolios and their standard deviations.

    Each is predicted with shocks estimated without its own securities. The variance
    is that of the band of a portfolio: errors of the shocks, what companies do on
    their own (correlated by 0.10 inside a main segment), and betas.

    Parameters
    ----------
    weights
        Shape (B, N), shares of each portfolio.
    keep
        Shape (B, N), 1 for the stocks the shocks may be estimated on.
    """
    found = day.shocks(keep)
    exposure = weights @ day.stocks.sensitivities
    predicted = weights @ day.market_part + np.sum(exposure * found.theta, axis=1)
    own = weights * day.scale()
    main = np.argmax(day.stocks.tags, axis=1)
    clusters = np.eye(day.stocks.tags.shape[1])[main]
    rho = CLUSTER_CORRELATION
    variance = (
        np.sum((exposure * found.sd) ** 2, axis=1)
        + (1 - rho) * np.sum(own**2, axis=1)
        + rho * np.sum((own @ clusters) ** 2, axis=1)
        + weights**2 @ day.beta_part
    )
    return weights @ day.total - predicted, np.sqrt(variance)


def fund_rows(factor: Factor) -> tuple[tuple[Evidence, ...], Floats]:
    """Return the equity funds with sensitivities, and these as (M, K).

    Funds are never in the estimate. The index of the naive baseline is left out:
    that baseline knows its return.
    """
    equity = {
        f"{f.ticker}:{f.mic}" for f in factor.chain.funds if f.asset_class == "equity"
    }
    index = str(factor.method.get("index", ""))
    rows = tuple(
        e
        for e in factor.evidence
        if e.role == "fund"
        and e.sensitivities
        and e.key in equity
        and e.ticker != index
        and e.event_return is not None
    )
    return rows, tags_of((e.sensitivities for e in rows), factor.chain)

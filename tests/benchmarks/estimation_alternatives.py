"""Other ways to estimate an event factor, side by side, leave-one-out on its day.

    python tests/benchmarks/estimation_alternatives.py PRICES DAY [UNTIL] [ABOUT]

PRICES are adjusted closes (dates by tickers), DAY the event, UNTIL the last day of
the estimation window. Prints the mean absolute error of abnormal returns in
percentage points over theme securities, over others, and R2 over the theme. The
table in the notes of a published factor is made by this script.
"""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np

from stresskit.core.factor import estimate, leaves, shocks, shrinkage
from stresskit.core.factor.alternatives import index_betas
from stresskit.core.factor.leaves import members_of, without_each
from stresskit.core.factor.panel import EventSpec, cut_panel
from stresskit.factors import load_chain
from stresskit.readers import read_prices
from stresskit.readers.about import read_about

MERGED = {
    "EDA_IP": "SEMICAP",
    "FOUNDRY_PKG": "MEMORY",
    "GRID_EQ": "COOL_ELEC",
    "DC_EPC": "COOL_ELEC",
    "NUC_FUEL_SMR": "IPP_NUC",
    "INFRA_SW_CYBER": "APP_SW",
    "CN_SEMI_HW": "CN_PLATFORM_AI",
}


class Day:
    """One event's panel, its estimate, and leave-one-out errors of variants."""

    def __init__(self, prices, chain, spec):
        self.cut = cut_panel(prices, chain, spec)
        self.ids = chain.segment_ids
        self.panel = self.cut.panel
        self.betas = estimate.estimate_betas(self.panel)
        self.x = estimate.estimate_sensitivities(self.panel, self.betas)[0]
        self.keep = without_each(self.panel.issuer[self.panel.stock])

    def errors(self, panel=None, betas=None, x=None, theta=None, weights=None):
        """Return the theme's MAE, the rest's, and the theme's R2."""
        panel, betas = panel or self.panel, betas or self.betas
        if x is None:
            x = estimate.estimate_sensitivities(panel, betas)[0]
        rows = estimate.with_priors(panel, x)
        stock = np.flatnonzero(panel.stock)
        if theta is None:
            theta = estimate.event_shocks(
                panel, betas, x, keep=self.keep, weights=weights
            ).theta
        left = np.full(len(panel.event), np.nan)
        left[stock] = betas.abnormal[stock] - np.sum(rows[stock] * theta, axis=1)
        theme, rest, y = panel.theme, panel.rest, panel.event
        spread = np.sum((y[theme] - y[theme].mean()) ** 2)
        r2 = 1 - np.sum(left[theme] ** 2) / spread
        return (
            100 * np.mean(np.abs(left[theme])),
            100 * np.mean(np.abs(left[rest])),
            float(r2),
        )

    def patched(self, module, **constants):
        """Return the errors with other constants in a module."""
        with mock.patch.multiple(module, **constants):
            return self.errors()

    def merged(self):
        """Return the errors with the lighter value chain of 18 theme leaves."""
        target = [self.ids.index(MERGED.get(k, k)) for k in self.ids]
        tags = np.zeros_like(self.panel.tags)
        for k, to in enumerate(target):
            tags[:, to] += self.panel.tags[:, k]
        panel = replace(self.panel, tags=tags)
        return self.errors(panel, estimate.estimate_betas(panel))

    def weighted(self, power):
        """Return the errors with stocks weighted by their residual deviation."""
        s = self.betas.residual_sd[self.panel.stock]
        weights = 1 / s**power
        return self.errors(x=self.x, weights=weights / weights.mean())

    def first_step(self):
        """Return the first step: members' means, left out in turn."""
        return estimate.event_shocks(
            self.panel, self.betas, self.x, keep=self.keep
        ).means

    def members_only(self):
        """Return the errors of shrunk members' means, without the second step."""
        return self.errors(x=self.x, theta=self.first_step().shrunk.theta)

    def unshrunk(self):
        """Return the errors of raw members' means, the group's where there are none."""
        means = self.first_step()
        raw = np.where(np.isfinite(means.raw), means.raw, means.shrunk.theta)
        return self.errors(x=self.x, theta=raw)

    def group_only(self):
        """Return the errors with every leaf at its group's mean."""
        means = self.first_step().shrunk.group_means
        return self.errors(x=self.x, theta=means[:, self.panel.leaves.groups])

    def prior_width(self, factor):
        """Return the errors with the first step's error scaled in the second."""
        original = shocks.leaf_means

        def scaled_means(*args, **kwargs):
            found = original(*args, **kwargs)
            wider = replace(found.shrunk, sd=factor * found.shrunk.sd)
            return replace(found, shrunk=wider)

        with mock.patch.object(shocks, "leaf_means", scaled_means):
            return self.errors(x=self.x)

    def scaled(self, power, *, ridge):
        """Return the errors with priors scaled by volatility relative to the leaf."""
        panel, s = self.panel, self.betas.residual_sd
        member = members_of(panel.tags, panel.leaves) * panel.stock[:, None]
        member *= (panel.tags.sum(axis=1) > 0)[:, None]
        leaf = np.sqrt(member.T @ s**2 / np.maximum(member.sum(axis=0), 1))
        leaf = np.where(member.sum(axis=0) > 0, leaf, np.nanmedian(s))
        scale = np.where(panel.theme, (s / leaf[panel.main]) ** power, 1.0)
        original = leaves.priors_of

        def scaled_priors(tags, composition):
            return original(tags, composition) * scale[:, None]

        with mock.patch.object(estimate, "priors_of", scaled_priors):
            if ridge:
                return self.errors()
            return self.errors(x=np.full(panel.tags.shape, np.nan))

    def against(self, prices, column):
        """Return the errors with a column of the price file as the market."""
        panel = self.panel
        series = prices[column].pct_change(fill_method=None).to_numpy()
        rows = [n for n, d in enumerate(self.cut.dates) if d in self.event_days]
        return self._with_market(panel, series, np.prod(1 + series[rows]) - 1)

    def without_market(self):
        """Return the errors with no market at all."""
        return self._with_market(self.panel, 1e-9 * np.arange(len(self.cut.dates)), 0.0)

    @property
    def event_days(self):
        """The days of the event in the reference region."""
        start, end = self.cut.windows[self.cut.regions[self.panel.reference]]
        return [d for d in self.cut.dates if start <= d <= end]

    def _with_market(self, panel, daily, on_event):
        return self.errors(betas=index_betas(panel, daily, on_event))


def variants(day, prices):
    """Return every variant by name; the first is the one in use."""
    est = estimate
    found = {"**in use**": day.errors()}
    for theme, rest in (
        (0.10, 0.01),
        (0.05, 0.01),
        (0.02, 0.01),
        (0.03, 0.02),
        (0.03, 0.005),
    ):
        found[f"ridge: lambda {theme:g} theme, {rest:g} rest"] = day.patched(
            est, PRIOR_SD_THEME=theme, PRIOR_SD_REST=rest
        )
    none = np.full(day.panel.tags.shape, np.nan)
    found["ridge: none, fractions only"] = day.errors(x=none)
    for power in (0.25, 0.5, 1.0):
        found[f"volatility scaling: fractions x (s/s leaf)^{power:g}"] = day.scaled(
            power, ridge=False
        )
    found["volatility scaling: ridge towards fractions x (s/s leaf)^0.5"] = day.scaled(
        0.5, ridge=True
    )
    found["weights: one over residual deviation"] = day.weighted(1)
    found["weights: one over residual variance"] = day.weighted(2)
    found["shocks: means of members, shrunk"] = day.members_only()
    found["shocks: means of members, not shrunk"] = day.unshrunk()
    found["shocks: means of groups only"] = day.group_only()
    for width in (0.5, 2.0):
        found[f"shocks: prior error of the second step times {width:g}"] = (
            day.prior_width(width)
        )
    found["shrinkage: tau at least 2%"] = day.patched(shrinkage, TAU_FLOOR=0.02)
    found["leaves: 18 in place of 25"] = day.merged()
    found["leaves: members from half of the business"] = day.patched(leaves, PURE=0.5)
    found["leaves: members from 90% of the business"] = day.patched(leaves, PURE=0.9)
    for column in ("SPY", "QQQ", "RSP"):
        if column in prices.columns:
            found[f"market: {column}"] = day.against(prices, column)
    found["market: none"] = day.without_market()
    return found


def main(arguments):
    """Print the table."""
    path, start, *more = arguments
    until = dt.date.fromisoformat(more[0]) if more else None
    about = read_about(Path(more[1])) if len(more) > 1 else {}
    prices = read_prices(path)
    first = dt.date.fromisoformat(start)
    spec = EventSpec(
        id="x",
        title="x",
        start=first,
        end=first,
        estimate_until=until,
        history_starts=about.get("history_starts", {}),
    )
    day = Day(prices, load_chain("ai-value-chain"), spec)
    print("| variant | theme MAE, points | rest MAE, points | theme R2 |")
    print("|---|---|---|---|")
    for name, (theme, rest, r2) in variants(day, prices).items():
        print(f"| {name} | {theme:.2f} | {rest:.2f} | {r2:.3f} |")


if __name__ == "__main__":
    main(sys.argv[1:])

"""Ways to place a holding by its returns, leave-one-out on 27 January 2025.

    python tests/benchmarks/mapping_alternatives.py PRICES [ABOUT]

PRICES are adjusted closes (dates by tickers). Prints the mean absolute error of
abnormal returns in percentage points and R2, of the theme and of other stocks: by
their fractions, by their sector, by nothing, each alone and updated with the prices
as ``--prices`` does. The table in the notes of the value chain is made by this script.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np

import stresskit
from stresskit.core.factor import estimate
from stresskit.core.factor.panel import EventSpec, cut_panel
from stresskit.core.update import update
from stresskit.mappers import MappingContext, evidence
from stresskit.mappers.place import place
from stresskit.mappers.price_columns import priced_lines, without_jumps
from stresskit.model import Fund, Identifiers, Portfolio, Position
from stresskit.plugins import load_mappers
from stresskit.readers import read_prices
from stresskit.readers.about import read_about

SPREADS = (0.02, 0.05, 0.10, 0.20, 0.30, 0.35, 0.45)


class Day:
    """The event's panel, and what ``--prices`` would be asked of its stocks."""

    def __init__(self, factor, prices, about):
        spec = EventSpec(
            id=factor.id,
            title=factor.title,
            start=factor.event_start,
            end=factor.event_end,
            estimate_until=factor.history.end,
            history_starts=about.get("history_starts", {}),
            real_jumps=about.get("real_jumps", {}),
        )
        cut = cut_panel(prices, factor.chain, spec)
        self.panel, self.items = cut.panel, [x.item for x in cut.listed]
        self.betas = estimate.estimate_betas(self.panel)
        self.published = estimate.estimate_sensitivities(self.panel, self.betas)[0]
        self.known = np.isfinite(self.published[:, 0])
        self.before, self.asked, self.at = self._ask(factor, prices)

    def _ask(self, factor, prices):
        """Return what the update is given, as if the factor had no estimates."""
        blind = tuple(replace(e, beta=None, sensitivities={}) for e in factor.evidence)
        positions = tuple(
            Position(
                id=str(n),
                name=x.name,
                identifiers=Identifiers(ticker=x.ticker, mic=x.mic),
                market_value=1.0,
                currency=x.currency,
            )
            for n, x in enumerate(self.items)
        )
        book = Portfolio(name="all", positions=positions, base_currency="USD")
        context = MappingContext(
            replace(factor, evidence=blind), book, mappers=load_mappers()
        )
        rows = place(book.positions, context)
        with mock.patch.object(evidence, "update", wraps=update) as called:
            evidence.updated(book, rows, prices, "prices", context)
        lines = priced_lines(book, rows, prices, context)
        window = prices.loc[str(factor.history.start) : str(factor.history.end)]
        lines, _ = without_jumps(lines, window)
        return *called.call_args.args, np.array([x.number for x in lines])

    def scores(self, prior, spread=None, *, signed=False):
        """Return MAE and R2 of the theme and the rest, as text."""
        x = np.full(self.published.shape, np.nan)
        if spread is None:
            x[self.at] = prior
        else:
            wide = np.broadcast_to(spread, len(self.at))
            signs = np.broadcast_to(signed, len(self.at))
            asked = replace(self.asked, prior=prior, prior_sd=wide, signed=signs)
            found = update(self.before, asked)
            x[self.at[found.enough]] = found.sensitivities[found.enough]
        return self.of(x)

    def of(self, x):
        """Return the same for sensitivities of all lines."""
        left = estimate.leave_one_out(self.panel, self.betas, x).predicted
        error, y = self.betas.abnormal - left, self.betas.abnormal
        told = []
        for group in (self.panel.theme, self.panel.rest):
            chosen = group & self.known & np.isfinite(x[:, 0]) & np.isfinite(error)
            e = error[chosen]
            r2 = 1 - (e @ e) / (y[chosen] @ y[chosen])
            told.append(f"{100 * np.abs(e).mean():5.2f} ({r2:5.2f}) n={chosen.sum()}")
        return "   ".join(told)


def main(prices_file: str, about_file: str | None = None) -> None:
    """Print the table."""
    factor, prices = stresskit.load_factor(), read_prices(prices_file)
    about = read_about(Path(about_file)) if about_file else {}
    day = Day(factor, prices, about)
    chain = factor.chain
    rest = {s.gics_sector: k for k, s in enumerate(chain.segments) if s.gics_sector}
    sector, nothing = (np.zeros_like(day.asked.prior) for _ in "sn")
    nothing[:, list(rest.values())] = 1 / len(rest)
    for row, n in enumerate(day.at):
        if not isinstance(day.items[n], Fund):
            sector[row, rest[day.items[n].gics_sector]] = 1.0
    sys.stdout.write(f"{'':38}theme{'':20}others\n")
    own = day.asked
    lines = [
        ("fractions alone", day.scores(own.prior)),
        (
            "fractions, as --prices",
            day.scores(own.prior, own.prior_sd, signed=own.signed),
        ),
        ("as published", day.of(day.published)),
        ("sector alone", day.scores(sector)),
        ("nothing", day.scores(nothing)),
    ]
    for name, prior in (("sector", sector), ("nothing", nothing)):
        for signed in (False, True):
            how = "signed" if signed else "not negative"
            lines += [
                (f"{name}, lambda {s:.2f}, {how}", day.scores(prior, s, signed=signed))
                for s in SPREADS
            ]
    for label, found in lines:
        sys.stdout.write(f"{label:36}{found}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Small events made by hand: stocks of known places, funds, published lines."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from small_factor import small_chain, small_factor

from stresskit.core.factor.recompute import ESTIMATED_ON, stocks_of
from stresskit.core.factor.shocks import segment_shocks
from stresskit.model import Evidence, Fund, MarketLeg

DAY = dt.date(2025, 1, 27)
MARKET, INDEX = 0.01, -0.02
TRUE = {
    "GPU": -0.16,
    "RAM_CHIPS": -0.10,
    "FAB": -0.06,
    "NUKE": -0.20,
    "GAS": -0.09,
    "ROM_40": 0.012,
    "ROM_55": -0.008,
}
SECTORS = {
    "NUKE": "Utilities",
    "ROM_40": "Financials",
    "ROM_55": "Utilities",
}
THEME, OUTSIDE = ("GPU", "RAM_CHIPS", "FAB", "NUKE"), ("ROM_40", "ROM_55")
PER_LEAF, PER_SECTOR = 14, 26
# Ticker: sensitivities. BOND is no share, QQQ the index of the naive baseline.
FUNDS = {
    "SMH": {"GPU": 0.5, "FAB": 0.4},
    "URA": {"NUKE": 0.9, "GAS": 0.1},
    "XLU": {"NUKE": 0.2, "ROM_55": 0.7},
    "IGV": {"RAM_CHIPS": 0.3, "ROM_40": 0.2},
    "BOND": {"ROM_40": 0.1},
    "QQQ": {"GPU": 0.2},
}
# Published moves, of which GAS has nothing else.
PUBLISHED = {
    "G1": ("GAS", -0.12),
    "G2": ("GAS", -0.06),
    "P1": ("GPU", -0.11),
    "P2": ("GPU", -0.17),
    "N1": ("NUKE", -0.22),
}


def make_event(seed=11, *, size=1.0, day=DAY, market=MARKET, index=INDEX, name="toy"):
    """Return an event: ``r = beta m + x theta + e`` with noise of the usual size.

    Stocks, betas and sensitivities are those of any seed; noise is not. All
    stocks of a segment but its last are pure. GPU1 is another line of GPU0, NUKE0 is
    too young for sensitivities, FAB0 is alone in its sector.
    """
    places, draws = np.random.default_rng(4), np.random.default_rng(seed)
    chain = replace(small_chain(), funds=tuple(_fund(t) for t in FUNDS))
    ids = chain.segment_ids
    rows = []
    for k, n in [
        *((k, n) for k in THEME for n in range(PER_LEAF)),
        *((k, n) for k in OUTSIDE for n in range(PER_SECTOR)),
    ]:
        rows.append(_stock(k, n, places, draws, size, market))
    for ticker, (k, move) in PUBLISHED.items():
        rows.append(_published(ticker, k, size * move, day))
    for ticker, x in FUNDS.items():
        rows.append(_fund_row(ticker, x, draws, size, market))
    bare = replace(
        small_factor(),
        id=name,
        title=name.title(),
        revision=1,
        chain=chain,
        event_start=day,
        event_end=day,
        evidence=tuple(rows),
        market=tuple(
            MarketLeg(region=r, value=v, start=day, end=day, basis="made up")
            for r, v in (("Japan", 0.5), ("US", market))
        ),
        dispersion_theme=1.0,
        dispersion_rest=1.1,
        power_theme=1.0,
        power_rest=0.98,
        method={"index": "QQQ", "index_return": index} if index is not None else {},
        basis="",
        expert_set=False,
        sha256="f" * 64,
        issues=(),
    )
    used = [e for e in rows if e.role in ESTIMATED_ON]
    found = segment_shocks(
        np.array([e.abnormal_return for e in used]), stocks_of(bare, used)
    )
    shocks = tuple(
        replace(
            s,
            raw=float(found.means.raw[k]),
            shrunk=float(found.theta[k]),
            standard_error=float(found.sd[k]),
            mapped=ids[k] == "GAS",
        )
        for k, s in enumerate(bare.shocks)
    )
    return replace(bare, shocks=shocks)


def _stock(k, n, places, draws, size, market):
    order = (*THEME, *OUTSIDE)
    beta, sd = places.uniform(0.6, 1.6), places.uniform(0.008, 0.02)
    x = {k: places.uniform(0.7, 1.3), order[(order.index(k) + 1) % 6]: 0.1}
    segments = {k: 1.0}
    if k in THEME and n == PER_LEAF - 1:
        segments = {k: 0.6, THEME[(THEME.index(k) + 1) % 4]: 0.4}
    young = (k, n) == ("NUKE", 0)
    shock = sum(v * size * TRUE[s] for s, v in ({k: 1.0} if young else x).items())
    abnormal = shock + draws.normal(0, sd)
    return Evidence(
        ticker=f"{k}{n}".replace("_", ""),
        mic="XNAS",
        isin=None,
        name="Company GPU 0 Class B" if (k, n) == ("GPU", 1) else f"Company {k} {n}",
        role="theme" if k in THEME else "rest",
        segments=segments,
        event_return=abnormal + beta * market,
        observations=80 if young else 250,
        beta=beta,
        beta_se=0.1,
        residual_sd=sd,
        specific_sd=sd,
        abnormal_return=abnormal,
        sensitivities={} if young else x,
        own_name=0.0,
        source="prices",
        sector="Real Estate"
        if (k, n) == ("FAB", 0)
        else SECTORS.get(k, "Information Technology"),
        index_beta=None if young else 0.8 * beta,
    )


def _published(ticker, k, move, day):
    return Evidence(
        ticker=ticker,
        mic="XTKS",
        isin=None,
        name=f"Published {ticker}",
        role="mapped",
        segments={k: 1.0},
        event_return=move,
        observations=0,
        beta=1.0,
        beta_se=0.5,
        residual_sd=None,
        specific_sd=None,
        abnormal_return=move,
        sensitivities={},
        own_name=None,
        source="paper",
        start=day,
        end=day,
        copies="published",
    )


def _fund_row(ticker, x, draws, size, market):
    abnormal = sum(v * size * TRUE[k] for k, v in x.items()) + draws.normal(0, 0.004)
    return Evidence(
        ticker=ticker,
        mic="ARCX",
        isin=None,
        name=f"{ticker} fund",
        role="fund",
        segments={},
        event_return=abnormal + 0.9 * market,
        observations=250,
        beta=0.9,
        beta_se=0.05,
        residual_sd=0.01,
        specific_sd=0.01,
        abnormal_return=abnormal,
        sensitivities=x,
        own_name=None,
        source="prices",
        index_beta=0.7,
    )


def _fund(ticker):
    return Fund(
        ticker=ticker,
        mic="ARCX",
        name=f"{ticker} fund",
        country="US",
        currency="USD",
        isin=None,
        asset_class="bond" if ticker == "BOND" else "equity",
        segments={},
        sensitivities={},
        beta=None,
        markets={},
        proxy=None,
        leverage=1.0,
        basis="made up",
        as_of=DAY,
    )


@pytest.fixture(scope="session")
def event_of():
    """Make an event."""
    return make_event


@pytest.fixture(scope="session")
def factor():
    """Give an event of 27 January."""
    return make_event()


@pytest.fixture(scope="session")
def later():
    """Give a milder event of the same kind, two months later."""
    return make_event(
        12,
        size=0.4,
        day=dt.date(2025, 3, 26),
        market=-0.005,
        index=-0.015,
        name="later",
    )

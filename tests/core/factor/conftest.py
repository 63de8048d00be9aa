"""Small value chains, price panels, and one event of which the truth is known."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest

from stresskit.core.factor.build import build
from stresskit.core.factor.estimated import estimated
from stresskit.core.factor.panel import EventSpec, cut_panel
from stresskit.model import Fund, Group, Security, Segment, ValueChain

DAY = dt.date(2024, 1, 1)
# Segment: group, part of the theme, expected sign, narrative drivers.
SEGMENTS = {
    "GPU": ("CHIPS", True, "-", {"demand": -1.0}),
    "MEM": ("CHIPS", True, "-", {"demand": -1.0}),
    "FAB": ("CHIPS", True, "0", {"demand": -0.5, "adoption": 0.5}),
    "NUKE": ("POWER", True, "+", {"demand": -1.0}),
    "GAS": ("POWER", True, "-", {"demand": -0.6}),
    "FUSION": ("POWER", True, "+/-", {}),
    "IDLE": ("POWER", True, "-", {}),
    "SOFT": ("ADOPT", True, "0/+", {"adoption": 1.0}),
    "ROM_40": ("ROM", False, "0", {}),
    "ROM_55": ("ROM", False, "0", {}),
}


def make_chain(securities, funds=(), segments=SEGMENTS) -> ValueChain:
    """Return a chain of ``(ticker, mic, name, fractions)`` lines."""
    groups = dict.fromkeys(group for group, *_ in segments.values())
    return ValueChain(
        id="toy-chain",
        title="Toy chain",
        revision=1,
        groups=tuple(Group(id=g, title=g, definition="") for g in groups),
        segments=tuple(
            Segment(
                id=k,
                group=group,
                title=k,
                definition="",
                theme=theme,
                expected_sign=sign,
                expected_sign_date=DAY,
                narrative=narrative,
            )
            for k, (group, theme, sign, narrative) in segments.items()
        ),
        securities=tuple(
            Security(
                ticker=ticker,
                mic=mic,
                name=name,
                country="",
                currency="",
                isin=None,
                gics_sector="",
                segments=fractions,
                basis="test",
                as_of=DAY,
            )
            for ticker, mic, name, fractions in securities
        ),
        funds=tuple(
            Fund(
                ticker=ticker,
                mic=mic,
                name=name,
                country="",
                currency="",
                isin=None,
                asset_class="equity",
                segments={},
                sensitivities={},
                beta=None,
                markets={},
                proxy=None,
                leverage=1.0,
                basis="test",
                as_of=DAY,
            )
            for ticker, mic, name in funds
        ),
        sha256="0" * 64,
    )


def make_prices(returns: np.ndarray, columns, start="2023-01-02") -> pd.DataFrame:
    """Return closes on weekdays of which ``returns`` (T, N) are the changes."""
    level = np.vstack([np.ones(returns.shape[1]), np.cumprod(1 + returns, axis=0)])
    index = pd.bdate_range(start, periods=len(level))
    return pd.DataFrame(100 * level, index=index, columns=list(columns))


@dataclass(frozen=True)
class Small:
    """Four theme lines, twelve others and two funds, 130 days, American."""

    prices: pd.DataFrame
    chain: ValueChain
    spec: EventSpec
    row: int

    def at(self, row: int) -> dt.date:
        """Return the date of a row."""
        return self.prices.index[row].date()

    def cut(self, prices=None, chain=None, **changes):
        """Cut the panel with other prices, another chain or another event."""
        spec = {"id": "toy", "title": "Toy", "start": self.spec.start}
        spec["end"] = changes.get("start", self.spec.start)
        return cut_panel(
            self.prices if prices is None else prices,
            chain or self.chain,
            EventSpec(**{**spec, **changes}),
        )


def make_small(*, japan: int = 0) -> Small:
    """Return quiet prices: one day's move is known to every figure."""
    rng = np.random.default_rng(5)
    lines = [(f"G{n}", "XNAS", f"Graphics {n}", {"GPU": 1.0}) for n in range(4)]
    lines += [(f"R{n}", "XNYS", f"Rest {n}", {"ROM_40": 1.0}) for n in range(12)]
    lines += [(f"{n}", "XTKS", f"Tokyo {n}", {"ROM_55": 1.0}) for n in range(japan)]
    funds = [("FUND", "ARCX", "A fund"), ("OTHER", "ARCX", "Other fund")]
    columns = [t if mic != "XTKS" else f"{t}.T" for t, mic, *_ in lines]
    columns += ["FUND", "OTHER", "QQQ"]
    returns = rng.normal(0, 0.01, (129, len(columns)))
    prices = make_prices(returns, columns)
    day = prices.index[110].date()
    spec = EventSpec(id="toy", title="Toy", start=day, end=day)
    return Small(prices, make_chain(lines, funds), spec, 110)


@dataclass(frozen=True)
class Truth:
    """What was put into the prices of an event."""

    shocks: dict[str, float]
    betas: dict[str, float]
    market: dict[str, float]
    persistence: float
    prices: pd.DataFrame
    chain: ValueChain
    spec: EventSpec
    row: int = field(default=0)


SHOCKS = {
    "GPU": -0.16,
    "MEM": -0.10,
    "FAB": -0.08,
    "NUKE": -0.22,
    "GAS": -0.09,
    "FUSION": -0.12,
    "SOFT": 0.02,
    "ROM_40": 0.008,
    "ROM_55": -0.008,
}
MARKET = {"US": 0.01, "Japan": -0.006}
PERSISTENCE = 0.6
EVENT_ROW, AFTER, NOISE = 272, 20, 0.012


def make_truth(seed: int, shocks=SHOCKS, *, members=15, rest=20) -> Truth:
    """Return prices with a market per region, leaf moves, an event and an aftermath.

    ``r = beta m + f_leaf + e`` on every day, with the shocks as f on the event. The
    two sectors outside the theme mirror each other, so that the mean of all of
    them is the market. Without shocks the event is a day like the others.
    """
    rng = np.random.default_rng(seed)
    lines, leaf, region = [], [], []
    for name in SEGMENTS:
        home = rest if name.startswith("ROM") else members
        home = {"FUSION": 1, "IDLE": 0}.get(name, home)
        tokyo = 8 if name.startswith("ROM") else 5 * (name == "GPU")
        for n in range(home + tokyo):
            mic = "XNAS" if n < home else "XTKS"
            ticker = f"{name}{n}".replace("_", "")
            lines.append((ticker, mic, f"Company {name} {n}", {name: 1.0}))
            leaf.append(name)
            region.append("US" if n < home else "Japan")
    days, n = EVENT_ROW + AFTER, len(lines)
    market = {r: rng.normal(0, 0.01, days) for r in MARKET}
    moves = {k: rng.normal(0, 0.012, days) for k in SEGMENTS}
    moves["ROM_40"] *= 0.3
    moves["ROM_55"] = -moves["ROM_40"]
    event = EVENT_ROW - 1
    for r, value in MARKET.items():
        market[r][event] = value
    for k in SEGMENTS:
        if shocks is not None:
            moves[k][event] = shocks.get(k, 0.0)
        moves[k][event + 1 :] = 0.0
    beta = rng.uniform(0.6, 1.4, n)
    for r in MARKET:
        outside = [i for i in range(n) if region[i] == r and leaf[i].startswith("ROM")]
        beta[outside] += 1.0 - beta[outside].mean()
    m = np.column_stack([market[r] for r in region])
    noise = rng.normal(0, NOISE, (days, n))
    returns = beta * m + np.column_stack([moves[k] for k in leaf]) + noise
    # The abnormal move that is left on the day after, compounded.
    left = PERSISTENCE * (returns[event] - beta * m[event])
    level = (1 + beta * m[event]) * (1 + beta * m[event + 1]) + left
    returns[event + 1] = level / (1 + returns[event]) - 1 + noise[event + 1]
    index = rng.normal(0, 0.01, (days, 1))
    columns = [
        t if r == "US" else f"{t}.T" for (t, *_), r in zip(lines, region, strict=True)
    ]
    prices = make_prices(np.hstack([returns, index]), [*columns, "QQQ"])
    day = prices.index[EVENT_ROW].date()
    return Truth(
        shocks=dict(shocks or {}),
        betas={f"{x[0]}:{x[1]}": b for x, b in zip(lines, beta.tolist(), strict=True)},
        market=MARKET,
        persistence=PERSISTENCE,
        prices=prices,
        chain=make_chain(lines),
        spec=EventSpec(id="toy", title="Toy", start=day, end=day),
        row=EVENT_ROW,
    )


@pytest.fixture(scope="session")
def chain_of():
    """Make a value chain."""
    return make_chain


@pytest.fixture(scope="session")
def prices_of():
    """Make prices from returns."""
    return make_prices


@pytest.fixture(scope="session")
def small():
    """Give a small American panel."""
    return make_small()


@pytest.fixture(scope="session")
def two_regions():
    """Give the small panel with twelve Japanese lines."""
    return make_small(japan=12)


@pytest.fixture(scope="session")
def truth_of():
    """Make an event of which the truth is known."""
    return make_truth


@pytest.fixture(scope="session")
def truth():
    """Give an event of which the truth is known."""
    return make_truth(1)


@pytest.fixture(scope="session")
def cut(truth):
    """Cut the known event's panel."""
    return cut_panel(truth.prices, truth.chain, truth.spec)


@pytest.fixture(scope="session")
def found(cut):
    """Estimate the known event."""
    return estimated(cut)


@pytest.fixture(scope="session")
def factor(truth):
    """Build the known event's factor."""
    return build(truth.prices, truth.chain, truth.spec)

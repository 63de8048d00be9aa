"""Made-up prices of real tickers: a market, segments, noise, and two events."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from stresskit.factors import find_folders, load_chain

# What was put in on the first day, and four tenths of it on the second.
TRUE = {
    "AI_ACCEL": -0.15,
    "SEMICAP": -0.12,
    "NETWORK_OPT": -0.22,
    "IPP_NUC": -0.18,
    "APP_SW": 0.01,
}
MARKET = 0.01
EVENT, SECOND, DAYS = 300, 310, 320
PER_SEGMENT = 6
FUNDS = {
    "SMH": {"AI_ACCEL": 0.6, "NETWORK_OPT": 0.2},
    "URA": {"IPP_NUC": 0.5},
    "XLU": {"IPP_NUC": 0.3},
    "IGV": {"APP_SW": 0.9},
    "QQQ": {"AI_ACCEL": 0.2},
}


@dataclass(frozen=True)
class Made:
    """Prices with the days of the two events and the tickers of each segment."""

    prices: pd.DataFrame
    day: dt.date
    second: dt.date
    tickers: dict[str, list[str]]

    def at(self, row: int) -> dt.date:
        """Return the date of a row."""
        return self.prices.index[row].date()


@cache
def made_prices() -> Made:
    """Return closes of six pure American lines per segment, and five funds."""
    rng = np.random.default_rng(5)
    tickers: dict[str, list[str]] = {}
    for s in load_chain("ai-value-chain").securities:
        known = s.main_segment in TRUE or s.main_segment.startswith("ROM_")
        own = tickers.setdefault(s.main_segment, []) if known else []
        pure = s.mic in {"XNAS", "XNYS"} and max(s.segments.values()) == 1.0
        if known and pure and len(own) < PER_SEGMENT:
            own.append(s.ticker)
    market = rng.normal(0.0003, 0.008, DAYS)
    market[EVENT] = MARKET
    segments = {k: rng.normal(0, 0.008, DAYS) for k in TRUE}
    for k, shock in TRUE.items():
        segments[k][EVENT], segments[k][SECOND] = shock, 0.4 * shock
    still = np.zeros(DAYS)
    returns = {
        t: rng.uniform(0.7, 1.3) * market
        + segments.get(k, still)
        + rng.normal(0, 0.004, DAYS)
        for k, lines in tickers.items()
        for t in lines
    }
    for t, x in FUNDS.items():
        own = sum(v * segments[k] for k, v in x.items())
        returns[t] = market + own + rng.normal(0, 0.002, DAYS)
    index = pd.bdate_range("2025-01-01", periods=DAYS)
    prices = 100 * (1 + pd.DataFrame(returns, index=index)).cumprod()
    return Made(prices, index[EVENT].date(), index[SECOND].date(), tickers)


def own_chain(root: Path, name: str = "my-chain") -> Path:
    """Copy the shipped value chain under another id, on which nothing else stands."""
    folder = root / name
    shutil.copytree(find_folders("segments.toml")["ai-value-chain"], folder)
    path = folder / "segments.toml"
    text = path.read_text(encoding="utf-8")
    text = text.replace('id = "ai-value-chain"', f'id = "{name}"', 1)
    path.write_text(text, encoding="utf-8")
    return folder

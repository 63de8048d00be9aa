"""A factor from 650 tickers x 459 sessions, against a bare script over the same file.

The bare script reads the prices, and solves what nobody can go without: a ridge of
each ticker on 36 factors, non-negative ones by scipy, one ticker after the other.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from pairs import compare

BARE = """
import numpy as np, pandas as pd
import scipy.optimize, sklearn.covariance
prices = pd.read_csv("prices.csv", index_col=0, parse_dates=True)
returns = prices.pct_change().to_numpy()[1:251]
factors = np.column_stack([returns[:, k::36].mean(axis=1) for k in range(36)])
sklearn.covariance.ledoit_wolf(factors)
eye = np.eye(36) / 0.03
for n in range(returns.shape[1]):
    s = returns[:, n].std()
    rows = np.vstack([factors / s, eye])
    goal = np.concatenate([returns[:, n] / s, np.zeros(36)])
    scipy.optimize.nnls(rows, goal)
"""


def make_prices(path: Path) -> None:
    """Write made-up closes of the curated American securities."""
    import numpy as np
    import pandas as pd

    from stresskit import load_chain

    chain = load_chain("ai-value-chain")
    chosen = [s for s in chain.securities if s.currency == "USD"][:650]
    rng = np.random.default_rng(3)
    days = pd.bdate_range("2023-06-01", periods=459)
    market = rng.normal(0.0003, 0.008, (459, 1))
    returns = market + rng.normal(0, 0.015, (459, len(chosen)))
    frame = pd.DataFrame(returns, days, [s.ticker for s in chosen])
    (100 * (1 + frame).cumprod()).to_csv(path, index_label="date")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        make_prices(work / "prices.csv")
        (work / "bare.py").write_text(BARE)
        script = (
            "import datetime as dt, stresskit; from pathlib import Path; "
            "stresskit.build_factor('made-up', prices=Path('prices.csv'), "
            "start=dt.date(2025, 1, 20))"
        )
        ours = [sys.executable, "-c", script]
        compare(ours, [sys.executable, "bare.py"], folder=work, bound=3.0)

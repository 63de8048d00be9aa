"""Values for positions that state a quantity and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stresskit.core.identifiers import ticker_key
from stresskit.model import Issue

if TYPE_CHECKING:
    import pandas as pd

    from stresskit.model import Portfolio, Position


def value_quantities(
    portfolio: Portfolio, prices: pd.DataFrame, name: str
) -> Portfolio:
    """Value the positions without a value: quantity times the last known price.

    Parameters
    ----------
    portfolio
        Positions with a value are left as they are.
    prices
        Dates by tickers, in each position's currency; the last price at or before
        the portfolio's date counts.
    name
        What the prices are called in messages.

    Returns
    -------
    Portfolio
        With an issue per position valued this way, and per position that could
        not be.
    """
    until = prices.loc[: str(portfolio.as_of)] if portfolio.as_of else prices
    known = {ticker_key(str(c)): until[c].dropna() for c in until.columns}
    issues = list(portfolio.issues)
    positions = []
    for p in portfolio.positions:
        if p.market_value is not None or p.weight is not None or p.quantity is None:
            positions.append(p)
            continue
        series = known.get(ticker_key(p.identifiers.ticker or ""))
        rate = _rate(portfolio, p)
        if series is None or series.empty or rate is None:
            why = "no price" if rate is not None else f"no rate for {p.currency}"
            issues.append(_issue(p, "no-price", f"{p.name}: {why} in {name}.", "error"))
            positions.append(p)
            continue
        price = float(series.iloc[-1])
        day = f"{series.index[-1]:%Y-%m-%d}"
        said = f"{p.name} was valued at {price:g} of {day} from {name}."
        issues.append(_issue(p, "priced", said, "info"))
        local = p.quantity * price
        positions.append(
            replace(p, price=price, local_value=local, market_value=local * rate)
        )
    return replace(portfolio, positions=tuple(positions), issues=tuple(issues))


def _rate(portfolio: Portfolio, p: Position) -> float | None:
    if p.currency in (None, portfolio.base_currency):
        return 1.0
    return portfolio.fx.get(str(p.currency))


def _issue(p: Position, code: str, message: str, severity: str) -> Issue:
    return Issue(
        code=code,
        severity="error" if severity == "error" else "info",
        message=message,
        fix="Add the ticker's price, or a value column to the file."
        if severity == "error"
        else "",
        sheet=p.sheet,
        row=p.row,
        value=p.identifiers.ticker,
    )

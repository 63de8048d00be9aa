"""What positions are worth: by value, by weight, by quantity and price."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from stresskit.core.identifiers import ticker_key
from stresskit.errors import HoldingsError, InputError
from stresskit.model import Issue

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from stresskit.model import Portfolio, Position

    Floats = NDArray[np.float64]


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
        series = _series_of(p, known)
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
        local = p.quantity * price * _per(p)
        positions.append(
            replace(p, price=price, local_value=local, market_value=local * rate)
        )
    return replace(portfolio, positions=tuple(positions), issues=tuple(issues))


def _series_of(p: Position, known: dict[str, pd.Series]) -> pd.Series | None:
    """Return the prices under a position's ticker, or under another of its codes."""
    ids = p.identifiers
    codes = [ids.ticker, ids.isin, ids.cusip, ids.sedol, ids.figi]
    return next((known[k] for c in codes if c and (k := ticker_key(c)) in known), None)


def _per(p: Position) -> float:
    """Return what a price is per: bonds are quoted in percent of their nominal."""
    if p.asset_class == "option":
        return float(p.terms.get("contract_size", 100.0))
    return 0.01 if p.asset_class == "bond" else 1.0


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


def base_values(portfolio: Portfolio, value: float | None) -> Floats:
    """Return what each position is worth, shape (n,), in the base currency.

    Parameters
    ----------
    portfolio
        Positions with values, or with weights only.
    value
        What a weight-only portfolio is worth (1 by default).

    Raises
    ------
    HoldingsError
        If a position has no value, or a value is given where the file has values.
    InputError
        If the value is not above zero.
    """
    import numpy as np

    if not portfolio.positions:
        raise HoldingsError("The portfolio has no position.", issues=portfolio.issues)
    if portfolio.weights_only:
        scale = 1.0 if value is None else value
        if not (math.isfinite(scale) and scale > 0):
            raise InputError(
                f"A portfolio cannot be worth {scale:g}.",
                hint="Give --value as an amount above zero.",
                code="value",
            )
        amounts = [
            None if p.weight is None else p.weight * scale for p in portfolio.positions
        ]
    else:
        if value is not None:
            raise HoldingsError(
                "A value was given, but the file has values of its own.",
                hint="Leave --value out; it is for files that hold weights only.",
                issues=portfolio.issues,
            )
        amounts = [p.market_value for p in portfolio.positions]
    missing = [
        p for p, a in zip(portfolio.positions, amounts, strict=True) if a is None
    ]
    if missing:
        places = ", ".join(
            f"{p.name} ({place_of(p.sheet, p.row)})" for p in missing[:5]
        )
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise HoldingsError(
            f"{len(missing)} of {len(portfolio.positions)} positions have no value in "
            f"{portfolio.base_currency or 'the base currency'}: {places}{more}.",
            hint=_how_to_value(portfolio, missing),
            code="no-value",
            issues=portfolio.issues,
        )
    return np.array(amounts, dtype=np.float64)


def place_of(sheet: str | None, row: int | None) -> str:
    """Return a row's place in words; a text file has no sheets."""
    return f"sheet {sheet}, row {row}" if sheet else f"row {row}"


def _how_to_value(portfolio: Portfolio, missing: list[Position]) -> str:
    """Say what would give the positions a value: a rate, a price, a column."""
    if any(p.local_value is not None for p in missing):
        return "Give the missing exchange rates with --fx FILE."
    if all(p.quantity is not None for p in missing):
        return "Give prices with --prices FILE, or add a value column."
    if any(i.severity == "error" for i in portfolio.issues):
        return "Correct the cells named in the issues."
    return "Add a value to these rows; the headers read as values are in the issues."

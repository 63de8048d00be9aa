"""A data frame in memory to its stress: the command line's question in one call.

A frame becomes the bytes that a file of it would be, and is asked as a file is: what a
request, a command and a call answer for the same positions is the same.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stresskit.asking import DEFAULT_LIMIT, NO_LIMIT, Ask, Files, Question
from stresskit.errors import InputError
from stresskit.factors.folders import DEFAULT_FACTOR
from stresskit.model import Content

if TYPE_CHECKING:
    import pandas as pd

    from stresskit.model import Portfolio, StressResult
    from stresskit.readers.files import Given

SCHEMA = "stresskit/holdings/1"
_FIX = (
    "Give a pandas.DataFrame with a row per position, for instance with the columns "
    "name, isin, market_value and currency."
)


def stress_frame(  # noqa: PLR0913 - a keyword for each option of the command
    df: pd.DataFrame,
    *,
    name: str = "frame",
    factor: str = DEFAULT_FACTOR,
    severity: float = 1.0,
    mode: str = "factor",
    day: int = 0,
    scenario: Sequence[str] | None = None,
    shock: Sequence[str] | None = None,
    others: str = "",
    driver: Sequence[str] | None = None,
    loss_limit: str = DEFAULT_LIMIT,
    no_draws: bool = False,
    benchmark: str | Path | None = None,
    base_currency: str | None = None,
    fx: Given | Mapping[str, float] | None = None,
    as_of: dt.date | str | None = None,
    overrides: Given | None = None,
    prices: Given | None = None,
    fund: Mapping[str, Given] | None = None,
    columns: str | Content | Mapping[str, str] | None = None,
    value: float | None = None,
    market: str | float | None = None,
    factors: str | Path | None = None,
) -> StressResult:
    """Stress the positions of a data frame, as ``stresskit stress --no-hedge`` a file.

    Where all columns are fields of the holdings contract (``name``, ``isin``,
    ``ticker``, ``asset_class``, ``quantity``, ``price``, ``currency``,
    ``market_value``, ``weight`` ... ``strike``, ``maturity``), they are read as what
    they are called: market values in base currency, weights as decimals, no total is
    looked for. Other frames are read as a table of a file is. Nothing is written to
    disk, the frame stays as it was, and calls from several threads or processes do
    not touch each other.

    Parameters
    ----------
    df
        A row per position. NaN, NaT and NA are what is not known. An index with a name
        is a column, one without is left out. What has ``to_pandas`` (Polars, Arrow) is
        turned into a frame first.
    name
        What the portfolio is called.
    scenario, shock, driver
        Lines as after ``--scenario``, ``--shock`` and ``--driver``.
    loss_limit
        A loss to find the way to: ``10%`` of the value, an amount, or ``none``.
    no_draws
        Leave the distribution of losses out.
    fx
        A table of exchange rates, or base currency per unit of each currency.
    fund
        Files of what funds hold, by what names the fund.
    columns
        Which column is what: ``{"name": "Title", "value": "Amount"}``, or as after
        ``--columns``; the frame is then read as a table.
    value
        What a weight-only portfolio is worth.
    market
        The market's own return: ``-2%`` or -0.02.
    factor, severity, mode, day, others, benchmark, base_currency, as_of
        As on the command line.
    overrides, prices, factors
        As on the command line.

    Raises
    ------
    InputError
        If it is no frame, is empty, names a column twice, or a word or a number of the
        question is not known.
    HoldingsError
        If a value is not what its column says, with an issue for each; if the frame
        gives no portfolio, or a position has no value.
    FactorError
        If the factor is not found or cannot be read.
    MappingError
        If overrides do not fit the factor's value chain.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame(
    ...     {
    ...         "name": ["NVIDIA", "Procter & Gamble"],
    ...         "isin": ["US67066G1040", "US7427181091"],
    ...         "market_value": [60_000.0, 40_000.0],
    ...         "currency": "USD",
    ...     }
    ... )
    >>> result = stress_frame(df, severity=1.0, no_draws=True)
    >>> len(result.by_position), result.currency, result.pnl < 0
    (2, 'USD', True)
    """
    from stresskit.readers.scenarios import read_limit

    limit = None if loss_limit == NO_LIMIT else read_limit(loss_limit)
    main, more = Question(
        factor=factor,
        severity=_number(severity, "severity"),
        mode=mode,
        day=day,
        others=others,
        drivers=_lines(driver),
        market=None if market is None else str(market),
        shocks=_lines(shock),
        scenarios=None if scenario is None else _lines(scenario),
        factors=None if factors is None else Path(factors),
    ).asked()
    until = _day_of(as_of)
    portfolio = _read(
        content_of(df, name, base_currency=base_currency, as_table=columns is not None),
        columns=_columns(columns),
        base_currency=base_currency,
        fx=fx,
        prices=prices,
        as_of=until,
    )
    files = Files(
        base_currency=base_currency,
        fx=None if isinstance(fx, Mapping) else _file(fx),
        prices=_file(prices),
        as_of=until,
        overrides=_file(overrides),
        funds={key: _path(given) for key, given in (fund or {}).items()},
    )
    result, _ = Ask(
        files=files,
        main=main,
        more=more,
        limit=limit,
        draws=not no_draws,
        value=None if value is None else _number(value, "value"),
        benchmark=None if benchmark is None else Path(benchmark),
    ).answer(portfolio)
    return result


def content_of(
    df: pd.DataFrame,
    name: str,
    *,
    base_currency: str | None = None,
    as_table: bool = False,
) -> Content:
    """Return a frame as the bytes of a file: of the contract, else a text table.

    Parameters
    ----------
    df
        A row per position.
    name
        What it is called.
    base_currency
        The currency that market values of the contract are in.
    as_table
        Whether it is a table whatever its columns are called.

    Raises
    ------
    InputError
        If it is no frame, is empty, names a column twice or holds what is no value.
    """
    from stresskit.readers.holdings.stated import FIELDS

    frame = _frame(df)
    if as_table or not set(frame.columns) <= FIELDS:
        text = frame.to_csv(index=False, date_format="%Y-%m-%d", lineterminator="\n")
        return Content(name, text.encode("utf-8", "replace"))
    values = {str(c): _values(frame, str(c)) for c in frame.columns}
    rows = zip(*values.values(), strict=True)
    records = [dict(zip(values, row, strict=True)) for row in rows]
    stated = {"schema": SCHEMA, "name": name, "base_currency": base_currency}
    # Infinity, which is no JSON, is written all the same: the reader says where it is.
    text = json.dumps({**stated, "positions": records})
    return Content(name, text.encode())


def _frame(df: Any) -> pd.DataFrame:
    """Return a frame with its named index among its columns.

    Raises
    ------
    InputError
        If it is none, is empty or names a column twice.
    """
    import pandas as pd

    if not isinstance(df, pd.DataFrame) and hasattr(df, "to_pandas"):
        try:
            df = df.to_pandas()
        except Exception as error:
            raise InputError(
                f"The {type(df).__name__} cannot be turned into a frame: {error}.",
                hint=_FIX,
                code="frame",
            ) from error
    if not isinstance(df, pd.DataFrame):
        raise InputError(
            f"The positions are {type(df).__name__}, no data frame.",
            hint=_FIX,
            code="frame",
        )
    if df.columns.nlevels > 1:
        raise InputError(
            "The columns of the frame have several levels.",
            hint="Give each column one name: df.columns = [...].",
            code="frame",
        )
    names = [n for n in df.index.names if n is not None]
    columns = [str(n) for n in (*names, *df.columns)]
    twice = sorted({c for c in columns if columns.count(c) > 1})
    if twice:
        raise InputError(
            f"The frame has the column {', '.join(map(repr, twice))} twice.",
            hint="Rename or drop one; an index with a name counts as a column.",
            code="frame",
        )
    if df.empty:
        raise InputError("The frame has no positions.", hint=_FIX, code="frame")
    # Neither changes the frame that was given.
    whole = df.reset_index(level=names) if names else df
    return whole.set_axis(list(map(str, whole.columns)), axis=1)


def _values(frame: pd.DataFrame, column: str) -> list[Any]:
    """Return the values of a column as JSON has them, None where there is none.

    Raises
    ------
    InputError
        If one is of no kind that JSON has.
    """
    series = frame[column]
    found = series.astype(object).tolist()
    missing = series.isna().tolist()
    plain = []
    for n, (value, none) in enumerate(zip(found, missing, strict=True), 1):
        try:
            plain.append(None if none else _plain(value, column))
        except TypeError as error:
            raise InputError(
                f"Position {n}: {column} holds {error}.",
                hint="Give texts, numbers and dates.",
                code="frame",
            ) from error
    return plain


def _plain(value: Any, column: str) -> Any:
    """Return a value as JSON has it; numpy's and pandas' own become Python's."""
    import numpy as np
    import pandas as pd

    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Mapping):
        return {str(k): _plain(v, column) for k, v in value.items()}
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float):
        if math.isnan(value):
            return None
        # A column of whole numbers with a gap is one of floats in pandas.
        whole = column == "row" and value.is_integer()
        return int(value) if whole else value
    if isinstance(value, str | bool | int):
        return value
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"a {type(value).__name__}")


def _read(content: Content, **asked: Any) -> Portfolio:
    from stresskit.pipeline import read_holdings

    return read_holdings(content, **asked)


def _lines(given: Sequence[str] | None) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given or ())


def _number(given: Any, name: str) -> float:
    try:
        return float(given)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{name} {given!r} is no number.",
            hint="Give a number, such as 1.0.",
            code=name,
        ) from error


def _columns(given: str | Content | Mapping[str, str] | None) -> str | Content | None:
    """Return which column is what as the reader takes it: names may hold commas."""
    if not isinstance(given, Mapping):
        return given
    import tomli_w

    from stresskit.readers.holdings.column_map import SCHEMA as COLUMNS

    named = {str(role): str(column) for role, column in given.items()}
    table = {"schema": COLUMNS, "columns": named}
    return Content("columns", tomli_w.dumps(table).encode())


def _file(given: Given | None) -> Path | Content | None:
    return None if given is None else _path(given)


def _path(given: Given) -> Path | Content:
    return given if isinstance(given, Content) else Path(given)


def _day_of(given: dt.date | str | None) -> dt.date | None:
    """Return a date given as one or as text.

    Raises
    ------
    InputError
        If it is none.
    """
    if isinstance(given, str):
        try:
            return dt.date.fromisoformat(given)
        except ValueError as error:
            raise InputError(
                f"as_of {given!r} is no date.",
                hint="Write it as 2025-01-24.",
                code="date",
            ) from error
    return given.date() if isinstance(given, dt.datetime) else given

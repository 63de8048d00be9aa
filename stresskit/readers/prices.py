"""Price panels from files: adjusted closes by date and ticker."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path
from typing import TYPE_CHECKING

from stresskit.errors import FactorError, HoldingsError, MissingExtra
from stresskit.readers.cells import (
    Value,
    decimal_mark,
    is_missing,
    parse_number,
    text_of,
)
from stresskit.readers.dates import day_first, parse_date
from stresskit.readers.files import (
    Given,
    Grid,
    column_letters,
    file_name,
    file_suffix,
    opened,
    read_source,
)

if TYPE_CHECKING:
    import pandas as pd

_CLOSES = ("adj close", "adj_close", "adjusted close", "adjclose", "close", "price")
_TICKERS = ("ticker", "symbol")


def read_prices(path: Given) -> pd.DataFrame:
    """Read adjusted closes, wide (date, then a column per ticker) or long.

    Parameters
    ----------
    path : str, Path or Content
        CSV, Excel or Parquet file; long means the columns date, ticker and close.

    Returns
    -------
    pandas.DataFrame
        Dates x tickers, in the currency of each ticker; a missing price is NaN.

    Raises
    ------
    FactorError
        If the file is no table, a ticker occurs twice, a cell is no positive number,
        or the dates do not increase; the message names the file, the column and the
        row.
    """
    name = file_name(path)
    try:
        return _read(path)
    except FactorError as error:
        raise FactorError(
            f"{name}: {error}", hint=error.hint or FORM, code=error.code
        ) from error
    except HoldingsError as error:
        raise FactorError(
            f"{name} is no table of prices: {error}", hint=FORM
        ) from error


FORM = (
    "Prices are adjusted closes: a row per day and a column per ticker, or the columns "
    "date, ticker and close (.csv, .xlsx, .parquet)."
)


def _read(file: Given) -> pd.DataFrame:
    """Read a price file of any form."""
    if file_suffix(file) in {".parquet", ".pq"}:
        return _checked(_read_parquet(file))
    plain = _plain_csv(file)
    if plain is not None:
        return _checked(plain)
    grid = max(read_source(file).grids, key=lambda g: len(g.rows))
    rows = [i for i, r in enumerate(grid.rows) if any(not is_missing(v) for v in r)]
    if len(rows) < 2:
        raise FactorError("There are no prices in it.")
    headers = [text_of(v) for v in grid.rows[rows[0]]]
    small = [h.casefold() for h in headers]
    if any(t in small for t in _TICKERS) and any(c in small for c in _CLOSES):
        return _checked(_long(grid, rows, small))
    return _checked(_wide(grid, rows, headers))


def _read_parquet(file: Given) -> pd.DataFrame:
    import pandas as pd

    try:
        with opened(file) as handle:
            frame = pd.read_parquet(handle)
    except ImportError as error:
        raise MissingExtra(
            "Parquet files need pyarrow, which is not installed.",
            hint="pip install 'portfolio-stresskit[book]', or give a .csv file.",
        ) from error
    except Exception as error:
        raise FactorError(f"It cannot be read as Parquet: {error}.") from error
    return _of_frame(frame, file_name(file))


def _plain_csv(file: Given) -> pd.DataFrame | None:
    """Read a plain table quickly; None where only the careful reader will do.

    Plain is: commas, decimal points, dates like 2025-01-27, nothing above or below.
    """
    import pandas as pd

    if file_suffix(file) != ".csv":
        return None
    try:
        with io.TextIOWrapper(opened(file), "utf-8-sig", newline="") as text:
            header = [h.strip() for h in next(csv.reader(text), [])]
        if (
            len(header) < 2
            or len(set(header[1:])) < len(header) - 1
            or "" in header[1:]
        ):
            return None
        # NA is a ticker; only an empty cell is no price here.
        with opened(file) as handle:
            frame = pd.read_csv(
                handle,
                encoding="utf-8-sig",
                low_memory=False,
                keep_default_na=False,
                na_values=[""],
            )
        frame.columns = pd.Index(header)
        long = {h.casefold() for h in header} & set(_TICKERS)
        days = next((h for h in header if h.casefold() == "date"), header[0])
        frame[days] = pd.to_datetime(frame[days], format="%Y-%m-%d")
    except (OSError, ValueError, csv.Error):
        # Whatever it is, the careful reader says it with its place.
        return None
    values = frame.drop(columns=days)
    numeric = [pd.api.types.is_numeric_dtype(values[c]) for c in values.columns]
    if not long and not all(numeric):
        return None
    try:
        panel = _of_frame(frame if long else frame.set_index(days), file_name(file))
        return None if (panel <= 0).to_numpy().any() else panel
    except FactorError:
        return None


def _of_frame(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Bring a wide or long frame into the form dates by tickers."""
    import pandas as pd

    small = {str(c).casefold(): c for c in frame.columns}
    close = next((small[c] for c in _CLOSES if c in small), None)
    ticker = next((small[t] for t in _TICKERS if t in small), None)
    if close is not None and ticker is not None and "date" in small:
        twice = frame.duplicated([small["date"], ticker])
        if twice.any():
            first = frame.loc[twice, ticker].iloc[0]
            raise FactorError(f"Ticker {first} has two prices on one date.")
        order = frame[ticker].unique()
        frame = frame.pivot_table(
            index=small["date"], columns=ticker, values=close, dropna=False
        )
        frame = frame[order]
    elif "date" in small:
        frame = frame.set_index(small["date"])
    for column in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[column]):
            raise FactorError(f"Column {column} holds text, not prices.")
    try:
        frame.index = pd.DatetimeIndex(frame.index)
    except (ValueError, TypeError) as error:
        raise FactorError(f"{name} has no dates: {error}.") from error
    return frame.astype(float).rename_axis(index="date", columns="ticker")


def _wide(grid: Grid, rows: list[int], headers: list[str]) -> pd.DataFrame:
    import pandas as pd

    width = max((j + 1 for j, h in enumerate(headers) if h), default=0)
    for j, header in enumerate(headers[1:width], 1):
        if not header or header in headers[1:j]:
            what = f"ticker {header} occurs twice" if header else "no ticker"
            raise FactorError(f"row {rows[0] + 1}, column {column_letters(j)}: {what}.")
    if width < 2:
        raise FactorError("The first row names no tickers.")
    days = _days(grid, rows[1:], 0)
    data = {h: _column(grid, rows[1:], j) for j, h in enumerate(headers[:width]) if j}
    index = pd.DatetimeIndex(days, name="date")
    return pd.DataFrame(data, index=index).rename_axis(columns="ticker")


def _long(grid: Grid, rows: list[int], small: list[str]) -> pd.DataFrame:
    import pandas as pd

    date = next((j for j, h in enumerate(small) if h == "date"), None)
    if date is None:
        raise FactorError("The long table has no column date.")
    ticker = next(small.index(t) for t in _TICKERS if t in small)
    column = next(small.index(c) for c in _CLOSES if c in small)
    days = _days(grid, rows[1:], date)
    closes = _column(grid, rows[1:], column)
    prices: dict[str, dict[dt.date, float]] = {}
    for row, day, close in zip(rows[1:], days, closes, strict=True):
        name = text_of(_cell(grid, row, ticker))
        if not name or day in prices.setdefault(name, {}):
            what = f"ticker {name} has two prices on {day}" if name else "no ticker"
            place = f"row {row + 1}, column {column_letters(ticker)}"
            raise FactorError(f"{place}: {what}.")
        prices[name][day] = close
    frame = pd.DataFrame(prices).sort_index()
    frame.index = pd.DatetimeIndex(frame.index, name="date")
    return frame.rename_axis(columns="ticker")


def _cell(grid: Grid, row: int, column: int) -> Value:
    cells = grid.rows[row]
    return cells[column] if column < len(cells) else None


def _days(grid: Grid, rows: list[int], column: int) -> list[dt.date]:
    cells = [_cell(grid, row, column) for row in rows]
    leads = day_first(cells) or False
    days = []
    for row, cell in zip(rows, cells, strict=True):
        day = parse_date(cell, day_is_first=leads)
        if day is None:
            raise FactorError(
                f"row {row + 1}, column {column_letters(column)}: "
                f"{text_of(cell)[:40]!r} is no date."
            )
        days.append(day)
    return days


def _column(grid: Grid, rows: list[int], column: int) -> list[float]:
    cells = [_cell(grid, row, column) for row in rows]
    mark = decimal_mark(cells)
    out = []
    for row, cell in zip(rows, cells, strict=True):
        try:
            price = (
                float("nan")
                if is_missing(cell)
                else parse_number(cell, decimal=mark).value
            )
        except ValueError as error:
            raise FactorError(
                f"row {row + 1}, column {column_letters(column)}: "
                f"{text_of(cell)[:40]!r} is no price."
            ) from error
        if price <= 0:
            raise FactorError(
                f"row {row + 1}, column {column_letters(column)}: the price {price} "
                "is not positive."
            )
        out.append(price)
    return out


def checked_prices(frame: pd.DataFrame) -> pd.DataFrame:
    """Check a frame of adjusted closes as a file would be.

    Raises
    ------
    FactorError
        If the index holds no dates, a column no numbers, a ticker occurs twice, a
        price is not positive, or the dates do not increase.
    """
    import pandas as pd

    names = {str(c).casefold() for c in frame.columns}
    try:
        if names & set(_TICKERS) and names & set(_CLOSES) and "date" in names:
            return _checked(_of_frame(frame, "The frame"))
        # Numbers would be read as moments of 1970.
        numbers = pd.api.types.is_numeric_dtype(frame.index)
        index = pd.DatetimeIndex(["numbers"] if numbers else frame.index)
        values = frame.astype(float)
    except (ValueError, TypeError) as error:
        raise FactorError(
            f"The frame is no table of prices: {error}.",
            hint="Give an index of dates and a column of closes per ticker, or the "
            "columns date, ticker and close.",
        ) from error
    return _checked(values.set_axis(index, axis=0))


def read_copies(path: str | Path) -> dict[str, str]:
    """Read how well copies of a return agree: a table ``ticker,copies``.

    Raises
    ------
    FactorError
        If the columns are not there, or a ticker stands twice.
    """
    source = read_source(Path(path))
    for grid in source.grids:
        headers = [text_of(v).casefold() for v in grid.rows[0]] if grid.rows else []
        if {"ticker", "copies"} <= set(headers):
            at = headers.index("ticker"), headers.index("copies")
            break
    else:
        raise FactorError(
            f"{source.name} has no columns ticker and copies.",
            hint="Write a header row ticker,copies and a row per ticker.",
        )
    found: dict[str, str] = {}
    for n in range(1, len(grid.rows)):
        ticker, copies = (text_of(_cell(grid, n, column)).strip() for column in at)
        if ticker in found:
            raise FactorError(f"{source.name}, row {n + 1}: {ticker} stands twice.")
        if ticker:
            found[ticker] = copies
    return found


def _checked(frame: pd.DataFrame) -> pd.DataFrame:
    """Check what every price panel must be, whatever file it came from."""
    import pandas as pd

    if frame.empty:
        raise FactorError("There are no prices in it.", hint=FORM)
    names = [str(c) for c in frame.columns]
    twice = next((n for i, n in enumerate(names) if n in names[:i]), None)
    if twice is not None:
        raise FactorError(f"Ticker {twice} occurs twice.")
    # A day is a day where the market is.
    days = pd.DatetimeIndex(frame.index)
    if days.hasnans:
        raise FactorError("A row has no date.", hint=FORM)
    frame.index = days.tz_localize(None).normalize()
    if frame.index.is_monotonic_decreasing:
        # Vendors often write the newest first.
        frame = frame.iloc[::-1]
    steps = frame.index.to_series().diff().iloc[1:]
    wrong = steps[steps.dt.total_seconds() <= 0]
    if not wrong.empty:
        day = wrong.index[0].date()
        raise FactorError(f"The dates do not increase at {day}.", hint="Sort the rows.")
    for name in frame.columns:
        low, high = frame[name].min(), frame[name].max()
        if low <= 0 or high == float("inf"):
            bad = low if low <= 0 else high
            day = frame.index[frame[name] == bad][0].date()
            raise FactorError(
                f"Column {name} has the price {bad} on {day}, which is none."
            )
    # Containers store dates in different units; joins want one.
    try:
        frame.index = pd.DatetimeIndex(frame.index).as_unit("ns")
    except pd.errors.OutOfBoundsDatetime as error:
        raise FactorError(f"A date is no year of trading: {error}.") from error
    return frame.rename(columns=str)

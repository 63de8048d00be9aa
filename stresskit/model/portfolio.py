"""What a holdings file holds: positions, and what the user must know of them."""

from __future__ import annotations

import datetime as dt
import gc
import math
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, field, fields
from itertools import repeat
from operator import attrgetter
from typing import Literal, TypeVar

from stresskit.errors import InputError

AssetClass = Literal[
    "equity",
    "fund",
    "bond",
    "option",
    "future",
    "fx_forward",
    "cash",
    "crypto",
    "other",
]
NUMBERS = (
    "quantity",
    "price",
    "market_value",
    "local_value",
    "exposure",
    "weight",
)
Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, kw_only=True)
class Issue:
    """Something the user must know that did not stop the run.

    ``sheet``, ``row`` (1-based, as the spreadsheet counts) and ``column`` (its
    letters) are the file's own coordinates; ``value`` is the cell's text and
    ``money`` the value at stake in base currency, where one is known.
    """

    code: str
    severity: Severity
    message: str
    fix: str = ""
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None
    money: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Identifiers:
    """The names a security goes by, as text; ``mic`` is its exchange.

    ``wkn`` and ``valor`` are the numbers of Germany and Switzerland.
    """

    ticker: str | None = None
    isin: str | None = None
    cusip: str | None = None
    sedol: str | None = None
    figi: str | None = None
    mic: str | None = None
    wkn: str | None = None
    valor: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """One line of a portfolio and where it came from.

    ``market_value`` and ``exposure`` are in the portfolio's base currency, long
    positive and short negative; ``local_value`` is in ``currency``. ``exposure``
    differs from the market value where a contract moves more money than it is
    worth (a future: notional against zero); ``None`` means it is the market value.
    ``weight`` is a decimal of the portfolio. ``row`` counts from 1. Positions of one
    security can share their ``identifiers`` and ``terms``: neither is to be changed.
    """

    id: str
    name: str
    identifiers: Identifiers = Identifiers()
    asset_class: AssetClass = "equity"
    quantity: float | None = None
    price: float | None = None
    currency: str | None = None
    market_value: float | None = None
    local_value: float | None = None
    exposure: float | None = None
    weight: float | None = None
    account: str | None = None
    sector: str | None = None
    country: str | None = None
    exchange: str | None = None
    sheet: str | None = None
    row: int | None = None
    terms: dict[str, str | float] = field(default_factory=dict)


_T = TypeVar("_T", Identifiers, Position)


def made_of_columns(
    kind: type[_T], columns: dict[str, Sequence[object]], count: int
) -> list[_T]:
    """Make many identifiers or positions at once, a column of each field at a time.

    Parameters
    ----------
    kind : type
        Identifiers or Position.
    columns : dict of str to sequence
        Values of fields, ``count`` of each; all others take their default.
    count : int
        Number of objects.

    Examples
    --------
    >>> made_of_columns(Identifiers, {"isin": ["US0378331005"]}, 1)[0].isin
    'US0378331005'
    """
    # A frozen class sets one field after the other with a check each, in Python; the
    # slots themselves are set in C, a third of the time for a million objects.
    made: list[_T] = list(map(object.__new__, repeat(kind, count)))
    for known in fields(kind):
        values: Iterable[object] | None = columns.get(known.name)
        if values is None:
            made_once = known.default_factory is not MISSING
            values = repeat({} if made_once else known.default)
        deque(map(getattr(kind, known.name).__set__, made, values), maxlen=0)
    return made


def with_amounts(
    positions: Sequence[Position], amounts: Sequence[tuple[float | None, ...]]
) -> list[Position]:
    """Return positions with other market values, local values and exposures.

    Parameters
    ----------
    positions : sequence of Position
        What is held.
    amounts : sequence of tuples
        The three of each, in this order.

    Examples
    --------
    >>> line = Position(id="p1", name="SAP")
    >>> with_amounts([line], [(2.2, 2.0, None)])[0].market_value
    2.2
    """
    if not positions:
        return []
    # A copy of each by ``replace`` takes five times as long.
    names = [f.name for f in fields(Position)]
    columns: dict[str, Sequence[object]] = {
        name: list(map(attrgetter(name), positions)) for name in names
    }
    changed = ("market_value", "local_value", "exposure")
    columns |= dict(zip(changed, zip(*amounts, strict=True), strict=True))
    return made_of_columns(Position, columns, len(positions))


@contextmanager
def without_collecting() -> Iterator[None]:
    """Stop the search for cycles while many objects are made that have none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@dataclass(frozen=True, kw_only=True)
class ColumnRead:
    """A column of the file and what it was read as.

    ``header_row`` counts from 1 and is 0 where the table has no headers; ``scale``
    multiplies the numbers of the column, ``currency`` is that of its header.
    """

    role: str
    column: str
    header: str
    header_row: int
    sheet: str | None = None
    scale: float = 1.0
    currency: str | None = None


@dataclass(frozen=True, kw_only=True)
class Portfolio:
    """Positions of one client or fund at one date, in one base currency.

    ``source`` names the file, its format, sheet, table range and SHA-256;
    ``stated_total`` is what the file itself says it adds up to; ``fx`` holds the
    rates used, base currency per unit; ``columns`` says what each column was read as;
    ``asked`` holds the options it was read with, where any were given.
    """

    name: str
    positions: tuple[Position, ...]
    base_currency: str | None = None
    as_of: dt.date | None = None
    stated_total: float | None = None
    issues: tuple[Issue, ...] = ()
    source: dict[str, str | int | None] = field(default_factory=dict)
    fx: dict[str, float] = field(default_factory=dict)
    columns: tuple[ColumnRead, ...] = ()
    asked: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse positions that share an id, and numbers that are not finite.

        Raises
        ------
        InputError
            If so; the message names the position.
        """
        if len(set(map(attrgetter("id"), self.positions))) < len(self.positions):
            twice = Counter(p.id for p in self.positions).most_common(1)[0][0]
            raise InputError(
                f"Two positions have the id {twice!r}.",
                hint="Give each position an id of its own.",
                code="duplicate-id",
            )
        for name in NUMBERS:
            amount = attrgetter(name)
            # What is not finite makes no finite sum, and adding is fast.
            if math.isfinite(sum(filter(None, map(amount, self.positions)))):
                continue
            for p in self.positions:
                value = amount(p)
                if value is not None and not math.isfinite(value):
                    raise InputError(
                        f"{p.name}: {name} is {value}, which is no amount.",
                        hint="Leave out what is not known; None is not zero.",
                        code="not-finite",
                    )

    @property
    def weights_only(self) -> bool:
        """Whether the file gave weights and no money."""
        return bool(self.positions) and all(
            p.market_value is None for p in self.positions
        )

    @property
    def total_value(self) -> float | None:
        """Sum of the market values, or None for a weight-only portfolio."""
        if self.weights_only or not self.positions:
            return None
        return sum(p.market_value or 0.0 for p in self.positions)

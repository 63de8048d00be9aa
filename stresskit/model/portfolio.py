"""What a holdings file holds: positions, and what the user must know of them."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field
from typing import Literal

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


@dataclass(frozen=True, kw_only=True)
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


@dataclass(frozen=True, kw_only=True)
class Position:
    """One line of a portfolio and where it came from.

    ``market_value`` and ``exposure`` are in the portfolio's base currency, long
    positive and short negative; ``local_value`` is in ``currency``. ``exposure``
    differs from the market value where a contract moves more money than it is
    worth (a future: notional against zero); ``None`` means it is the market value.
    ``weight`` is a decimal of the portfolio. ``row`` counts from 1.
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
    rates used, base currency per unit; ``columns`` says what each column was read as.
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

    def __post_init__(self) -> None:
        """Refuse positions that share an id, and numbers that are not finite.

        Raises
        ------
        InputError
            If so; the message names the position.
        """
        ids: set[str] = set()
        for p in self.positions:
            if p.id in ids:
                raise InputError(
                    f"Two positions have the id {p.id!r}.",
                    hint="Give each position an id of its own.",
                    code="duplicate-id",
                )
            ids.add(p.id)
            for name in NUMBERS:
                value = getattr(p, name)
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

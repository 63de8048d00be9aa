"""Amounts of rows at once: what is stated, what is multiplied, what is short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]


@dataclass
class Amounts:
    """The amounts of rows; nan where there is none."""

    quantity: Floats
    price: Floats
    value: Floats
    local: Floats
    weight: Floats
    notional: Floats
    computed: Bools

    @classmethod
    def blank(cls, count: int) -> Amounts:
        """Give the amounts of rows that have none."""
        # One nan stands for all: most files have no column for half of these.
        blank = np.broadcast_to(np.nan, count)
        none = np.zeros(count, bool)
        return cls(blank, blank, blank, blank, blank, blank, none)


@dataclass(frozen=True)
class Signs:
    """What tells whether rows are long or short, and what their prices are per.

    ``unit`` is that of the prices' currency (pence: 0.01), ``per`` what a price times
    quantity is divided by, ``stated`` whether values have a currency of their own,
    ``contract`` rows whose sign says nothing.
    """

    unit: Floats
    per: Floats
    stated: Bools
    contract: Bools
    short: Bools
    long: Bools


def draft_amounts(
    read: Amounts, signs: Signs, *, column: str | None, price_scaled: bool
) -> Amounts:
    """Give the amounts of positions as the rows' reader gives those of one.

    Parameters
    ----------
    read : Amounts
        The numbers of the rows.
    signs : Signs
        What else matters.
    column : {"value", "local_value"} or None
        The column of the values: without one, they are quantity times price.
    price_scaled : bool
        Whether the header states the unit of the prices.

    Examples
    --------
    >>> read = Amounts.blank(1)
    >>> read.quantity, read.price = np.array([3.0]), np.array([5.0])
    >>> no, one = np.zeros(1, bool), np.ones(1)
    >>> signs = Signs(one, one, no, no, short=~no, long=no)
    >>> found = draft_amounts(read, signs, column=None, price_scaled=False)
    >>> found.value.tolist(), found.computed.tolist()
    ([-15.0], [True])
    """
    price = read.price
    if not price_scaled and (signs.unit != 1).any():
        price = price * signs.unit
    value, local, notional = read.value, read.local, read.notional
    if column == "local_value":
        # Where the one column of values is blank, the row is no more than named.
        value, local = read.local, np.broadcast_to(np.nan, len(local))
        notional = np.where(np.isnan(value), np.nan, notional)
    value = _in_units(value, read.quantity, price, signs)
    computed = np.zeros(len(value), bool)
    if column is None:
        value = read.quantity * price
        computed = ~np.isnan(value)
        value *= signs.per
    return _signed(
        Amounts(read.quantity, price, value, local, read.weight, notional, computed),
        signs,
    )


def _in_units(value: Floats, quantity: Floats, price: Floats, signs: Signs) -> Floats:
    """Bring values in pence to pounds where their quantity times price says so."""
    unit = signs.unit
    if (unit == 1).all():
        return value
    product = quantity * price
    asked = (unit != 1) & ~signs.stated & (product != 0) & ~np.isnan(product)
    with np.errstate(all="ignore"):
        near = np.abs(value * unit / product - 1) < 0.01
    return np.where(asked & near, value * unit, value)


def _signed(read: Amounts, signs: Signs) -> Amounts:
    """Give short positions a negative quantity, value and weight."""
    with np.errstate(invalid="ignore"):
        below = (
            (read.quantity < 0)
            | (read.value < 0)
            | (read.weight < 0)
            | (read.local < 0)
        )
        settled = signs.contract & (read.quantity < 0)
    # A long contract can stand at a loss: there the sign of a value says nothing.
    short = signs.short | (below & ~signs.contract & ~signs.long)
    short &= ~settled
    return Amounts(
        quantity=_negative(read.quantity, short),
        price=read.price,
        value=_negative(read.value, short & ~signs.contract),
        local=_negative(read.local, short),
        weight=_negative(read.weight, short),
        notional=_negative(read.notional, short | settled),
        computed=read.computed,
    )


def _negative(values: Floats, where: Bools) -> Floats:
    # Nothing is copied where nothing changes.
    if not where.any() or values.strides == (0,):
        return values
    return np.where(where, -np.abs(values), values)

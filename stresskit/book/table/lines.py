"""Rows to lines, lines to sums: written once, for every engine that narwhals speaks to.

A row is a position as it was given. A description is all that says what is held: rows
that are described alike, for one amount, are one instrument. A line is what a portfolio
holds of an instrument, and sums over lines are all that an answer needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PORTFOLIO = "portfolio"
POSITION = "id"
CONTEXT = ("base_currency", "as_of")
AMOUNTS = ("market_value", "local_value", "quantity", "price", "weight", "exposure")
DESCRIPTION, INSTRUMENT, CONTRACT = "description", "instrument", "contract"
BASIS = "basis"
# What an amount is: a row has the first of these that it states.
NONE, VALUE, LOCAL, COUNT, WEIGHT = range(5)
# How much of what is held what one is worth hangs on: nothing, its price, all of it.
PLAIN, PRICED, COUNTED = range(3)
KEYS = ("unit_price", "unit_value", "unit_local", "unit_exposure", "counted")
# Stands for what is not stated where keys are compared: null equals nothing.
MISSING = -1e300
# The instrument of rows that no amount can be told of.
UNKNOWN = -1

Frame = nw.LazyFrame[Any]


def described(rows: Frame, texts: Iterable[str], numbers: Iterable[str]) -> Frame:
    """Return the rows with what describes them comparable, and with their basis."""
    known = rows.collect_schema().names()
    amount = {name: nw.col(name) for name in AMOUNTS if name in known}
    basis = nw.lit(NONE)
    if "weight" in amount:
        basis = nw.when(amount["weight"].is_finite()).then(WEIGHT).otherwise(basis)
    if "quantity" in amount and "price" in amount:
        both = amount["quantity"].is_finite() & amount["price"].is_finite()
        basis = nw.when(both).then(COUNT).otherwise(basis)
    if "local_value" in amount:
        basis = nw.when(amount["local_value"].is_finite()).then(LOCAL).otherwise(basis)
    if "market_value" in amount:
        basis = nw.when(amount["market_value"].is_finite()).then(VALUE).otherwise(basis)
    return rows.with_columns(
        *(nw.col(name).fill_null("") for name in texts),
        *(nw.col(name).fill_null(MISSING) for name in numbers),
        basis.alias(BASIS),
    )


def within(rows: Frame, first: str | None, last: str | None) -> Frame:
    """Return the rows of the portfolios from ``first`` to before ``last``.

    None stands for no bound; rows of no portfolio are in no range.
    """
    portfolio = nw.col(PORTFOLIO)
    own = ~portfolio.is_null()
    if first is not None:
        own = portfolio >= first
    if last is not None:
        own = own & (portfolio < last)
    return rows.filter(own)


def descriptions(rows: Frame, names: Sequence[str]) -> Frame:
    """Return every description once, with what its amounts are."""
    return rows.select(*names, BASIS).unique()


def amounts(rows: Frame, found: Frame, names: Sequence[str], *, keyed: bool) -> Frame:
    """Return the rows with their description's number, their amount and their keys.

    Parameters
    ----------
    rows
        Described rows.
    found
        Every description and basis, with its number and its kind.
    names
        The columns of a description.
    keyed
        Whether there are contracts or counted rows: of these it counts what one is
        worth, and the amount of a contract is its quantity.
    """
    known = rows.collect_schema().names()
    joined = rows.join(found, on=[*names, BASIS], how="left")
    value = nw.lit(0.0)
    for basis, name in (
        (WEIGHT, "weight"),
        (COUNT, "quantity"),
        (LOCAL, "local_value"),
        (VALUE, "market_value"),
    ):
        if name in known:
            of = nw.when(nw.col(BASIS) == basis).then(nw.col(name))
            value = of.otherwise(value)
    if not keyed:
        return joined.with_columns(value.alias("amount"))
    # A bond's answer hangs on its price, that of a contract on all that one is.
    counted_kind = (nw.col(CONTRACT) == COUNTED).fill_null(False)
    quantity = nw.col("quantity") if "quantity" in known else nw.lit(None, nw.Float64)
    counted = (quantity.is_finite() & (quantity != 0.0)).fill_null(False)
    counted = counted & counted_kind
    per = nw.when(counted).then(quantity).otherwise(1.0)
    of_price = (nw.col(CONTRACT) != PLAIN) | (nw.col(BASIS) == COUNT)

    def key(name: str, where: Any, divided: bool) -> Any:
        if name not in known:
            return nw.lit(MISSING)
        amount = nw.col(name) / per if divided else nw.col(name)
        # Of two signs of zero each would be a key of its own.
        amount = nw.when(amount == 0.0).then(0.0).otherwise(amount)
        stated = where & nw.col(name).is_finite()
        return nw.when(stated.fill_null(False)).then(amount).otherwise(MISSING)

    return joined.with_columns(
        nw.when(counted_kind).then(per).otherwise(value).alias("amount"),
        key("price", of_price, False).alias("unit_price"),
        key("market_value", counted_kind, True).alias("unit_value"),
        key("local_value", counted_kind, True).alias("unit_local"),
        key("exposure", counted_kind, True).alias("unit_exposure"),
        counted.alias("counted"),
    )


def instruments(rows: Frame) -> Frame:
    """Return what of one amount is held, once each: a description and its keys."""
    return rows.select(DESCRIPTION, *KEYS).unique()


def numbered(rows: Frame, found: Frame) -> Frame:
    """Return the rows with the numbers of their instruments."""
    return rows.join(found, on=[DESCRIPTION, *KEYS], how="left")


def lines(rows: Frame) -> Frame:
    """Return what each portfolio holds of each instrument; several lots are one line.

    ``size`` is the sum of the amounts without their signs, ``rows`` how many there are.
    """
    amount = nw.col("amount")
    number = nw.col(INSTRUMENT).fill_null(UNKNOWN)
    known = amount.fill_null(0.0)
    return (
        rows.select(
            PORTFOLIO, number.alias(INSTRUMENT), known, known.abs().alias("size")
        )
        .group_by(PORTFOLIO, INSTRUMENT)
        .agg(nw.col("amount").sum(), nw.col("size").sum(), nw.len().alias("rows"))
    )


def sums(
    held: Frame,
    units: Frame,
    by: Sequence[str],
    *,
    linear: Sequence[str],
    sized: Sequence[str] = (),
    squared: Sequence[str] = (),
    flagged: bool = False,
) -> Frame:
    """Return sums of amounts times columns per unit.

    Parameters
    ----------
    held
        Lines.
    units
        Columns per unit, by instrument; lines of others are left out.
    by
        What is summed by: the portfolio and a column of ``units``.
    linear, sized, squared
        Columns to multiply with amounts, with amounts without sign and with their
        squares.
    flagged
        Whether rows, short lines and lines that stand ``apart`` are counted too.
    """
    amount, size = nw.col("amount"), nw.col("size")
    made = [
        *((amount * nw.col(c)).alias(c) for c in linear),
        *((size * nw.col(c)).alias(c) for c in sized),
        *((amount * amount * nw.col(c)).alias(c) for c in squared),
    ]
    summed = [*linear, *sized, *squared]
    if flagged:
        owed = (nw.col("up") & (size > amount)) | (nw.col("down") & (size > -amount))
        made += [
            nw.col("rows"),
            owed.cast(nw.Int64).alias("short"),
            nw.col("apart").cast(nw.Int64),
        ]
        summed += ["rows", "short", "apart"]
    # Products first and plain sums then: all engines are fast at both.
    products = held.join(units, on=INSTRUMENT, how="inner").select(*by, *made)
    return products.group_by(*by).agg(*(nw.col(c).sum() for c in summed))


def portfolios(rows: Frame, contexts: Sequence[str]) -> Frame:
    """Return every portfolio with its rows, and the range of what must be one."""
    one = [
        expression
        for name in (*contexts, BASIS)
        for expression in (
            nw.col(name).min().alias(f"{name}_min"),
            nw.col(name).max().alias(f"{name}_max"),
        )
    ]
    return rows.group_by(PORTFOLIO).agg(nw.len().alias("rows"), *one)

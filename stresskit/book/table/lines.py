"""Rows to lines, lines to sums: written once, for every engine that narwhals speaks to.

A row is a position as it was given. A description is all that says what is held: rows
that are described alike, for one amount, are one instrument. A line is what a portfolio
holds of an instrument, and sums over lines are all that an answer needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw

from stresskit.readers.cells import LARGEST

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

PORTFOLIO = "portfolio"
POSITION = "id"
CONTEXT = ("base_currency", "as_of")
AMOUNTS = ("market_value", "local_value", "quantity", "price", "weight", "exposure")
# Says that a cell of a row that should be a number is another text.
BROKEN = "broken"
DESCRIPTION, INSTRUMENT, CONTRACT = "description", "instrument", "contract"
BASIS = "basis"
# What an amount is: a row has the first of these that it states.
NONE, VALUE, LOCAL, COUNT, WEIGHT = range(5)
AMOUNT_OF = {
    VALUE: "market_value",
    LOCAL: "local_value",
    COUNT: "quantity",
    WEIGHT: "weight",
}
# How much of what is held what one is worth hangs on: nothing, its price, all of it.
PLAIN, PRICED, COUNTED = range(3)
KEYS = ("unit_price", "unit_value", "unit_local", "unit_exposure", "counted")
# Stands for what is not stated where keys are compared: null equals nothing.
MISSING = -1e300
# The instrument of rows that no amount can be told of.
UNKNOWN = -1

Frame = nw.LazyFrame[Any]


def described(rows: Frame, known: Collection[str]) -> Frame:
    """Return rows of known columns with their basis: what the amount of each is."""
    amount = {name: nw.col(name) for name in AMOUNTS if name in known}
    basis: Any = nw.lit(NONE)
    if "weight" in amount:
        basis = nw.when(amount["weight"].is_finite()).then(WEIGHT).otherwise(basis)
    if "quantity" in amount and "price" in amount:
        both = amount["quantity"].is_finite() & amount["price"].is_finite()
        basis = nw.when(both).then(COUNT).otherwise(basis)
    if "local_value" in amount:
        basis = nw.when(amount["local_value"].is_finite()).then(LOCAL).otherwise(basis)
    if "market_value" in amount:
        basis = nw.when(amount["market_value"].is_finite()).then(VALUE).otherwise(basis)
    # What a single run refuses is answered by none, so that the portfolio says why.
    wrong = [
        ((~x.is_nan()) & (x.abs() >= LARGEST)).fill_null(False) for x in amount.values()
    ]
    if BROKEN in rows.collect_schema().names():
        wrong.append(nw.col(BROKEN))
    for own in wrong:
        basis = nw.when(own).then(NONE).otherwise(basis)
    return rows.with_columns(basis.alias(BASIS))


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
    return _once(rows, (*names, BASIS))


def identified(
    rows: Frame, found: Frame, by: Sequence[str], blanks: Mapping[str, str | float]
) -> Frame:
    """Return the rows with what is known of their descriptions.

    Parameters
    ----------
    rows
        Described rows.
    found
        Descriptions by the columns ``by``: the number of an instrument, or that of a
        description and its kind where keys say which instrument a row is.
    by
        Columns that tell all descriptions apart.
    blanks
        Those of them that are not stated everywhere, and what stands for that.
    """
    # Engines compare texts as they are stored, unless something is done to them.
    filled = [nw.col(name).fill_null(blank) for name, blank in blanks.items()]
    rows = rows.with_columns(*filled) if filled else rows
    return rows.join(found, on=list(by), how="left")


def valued(rows: Frame, basis: int | None) -> Frame:
    """Return the rows with their amounts; ``basis`` is that of all where they agree."""
    return rows.with_columns(_amount(rows, basis).alias("amount"))


def _amount(rows: Frame, basis: int | None) -> Any:
    if basis is not None:
        return nw.col(AMOUNT_OF[basis])
    known = rows.collect_schema().names()
    value = nw.lit(0.0)
    for number, name in AMOUNT_OF.items():
        if name in known:
            own = nw.when(nw.col(BASIS) == number).then(nw.col(name))
            value = own.otherwise(value)
    return value


def plain(rows: Frame) -> Frame:
    """Return the rows whose description is an instrument, or is not known."""
    return rows.filter(nw.col(DESCRIPTION).fill_null(UNKNOWN) == UNKNOWN)


def contracts(rows: Frame) -> Frame:
    """Return the other rows with their amount, and their keys per unit of it.

    Of contracts the amount is the quantity, where there is one.
    """
    known = rows.collect_schema().names()
    rows = rows.filter(nw.col(DESCRIPTION).fill_null(UNKNOWN) != UNKNOWN)
    # A bond's answer hangs on its price, that of a contract on all that one is.
    whole = nw.col(CONTRACT) == COUNTED
    quantity = nw.col("quantity") if "quantity" in known else nw.lit(None, nw.Float64)
    counted = (quantity.is_finite() & (quantity != 0.0)).fill_null(False) & whole
    per = nw.when(counted).then(quantity).otherwise(1.0)

    def key(name: str, where: Any, divided: bool) -> Any:
        if name not in known:
            return nw.lit(MISSING)
        amount = nw.col(name) / per if divided else nw.col(name)
        # Of two signs of zero each would be a key of its own.
        amount = nw.when(amount == 0.0).then(0.0).otherwise(amount)
        stated = where & nw.col(name).is_finite()
        return nw.when(stated.fill_null(False)).then(amount).otherwise(MISSING)

    value = _amount(rows, None)
    return rows.with_columns(
        nw.when(whole).then(per).otherwise(value).alias("amount"),
        key("price", nw.lit(True), False).alias("unit_price"),
        key("market_value", whole, True).alias("unit_value"),
        key("local_value", whole, True).alias("unit_local"),
        key("exposure", whole, True).alias("unit_exposure"),
        counted.alias("counted"),
    )


def _once(rows: Frame, names: Sequence[str]) -> Frame:
    # Engines group in a sixth of the time in which narwhals numbers what is alike.
    return rows.group_by(*names).agg(nw.len().alias("rows")).select(*names)


def keys(rows: Frame) -> Frame:
    """Return what of one amount is held, once each: a description and its keys."""
    return _once(rows, (DESCRIPTION, *KEYS))


def together(rows: Frame, keyed: Frame, found: Frame, names: Sequence[str]) -> Frame:
    """Return plain rows and contracts, these with the instruments of their keys.

    Parameters
    ----------
    rows, keyed
        Both with their amounts.
    found
        The instrument of every description and keys.
    names
        The columns to keep.
    """
    known = keyed.drop(INSTRUMENT).join(found, on=[DESCRIPTION, *KEYS], how="left")
    columns = [*names, INSTRUMENT, "amount"]
    return nw.concat([rows.select(*columns), known.select(*columns)])


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


def portfolios(rows: Frame, contexts: Sequence[str], *, ids: bool = False) -> Frame:
    """Return every portfolio with its rows, and the range of what must be one.

    ``ids`` asks for how many rows have an id, and how many ids there are.
    """
    one = [
        expression
        for name in (*contexts, BASIS)
        for expression in (
            nw.col(name).min().alias(f"{name}_min"),
            nw.col(name).max().alias(f"{name}_max"),
        )
    ]
    if contexts:
        rows = rows.with_columns(*(nw.col(name).fill_null("") for name in contexts))
    if ids:
        own = nw.col(POSITION)
        one += [own.count().alias("named"), own.n_unique().alias("names")]
    return rows.group_by(PORTFOLIO).agg(nw.len().alias("rows"), *one)

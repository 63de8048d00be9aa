"""Quantity times price against the values of many rows, and rows that stand twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stresskit.readers.holdings.arithmetic import (
    BOND_TOLERANCE,
    SHOWN,
    TOLERANCE,
    UNCHECKED,
    Check,
    last_digit,
    mismatch,
    more_mismatches,
    scales_of,
)
from stresskit.readers.holdings.bulk.columns import distinct, taken

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from stresskit.model import Identifiers, Issue
    from stresskit.readers.holdings.bulk.priced import Manner, Rated, Sheet

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]

_BLOCK = 100_000


def sheet_value_issues(sheet: Sheet, rated: Rated, *, scale: float) -> list[Issue]:
    """Name the rows whose value is not quantity times price.

    Parameters
    ----------
    sheet : Sheet
        Amounts of the positions.
    rated : Rated
        How they came into the base currency.
    scale : float
        Scale of the value column: what is below its digits is rounding.
    """
    checked = np.array([m.kind not in UNCHECKED for m in sheet.manners], bool)
    product = sheet.quantity * sheet.price
    product *= sheet.value
    # What is not there is nan, and no number is above it.
    rows = np.flatnonzero(
        (np.abs(product) > 0) & ~sheet.computed & checked[sheet.manner]
    ).astype(np.int32)
    del product
    step = _last_digit(sheet.value, rows, scale) * scale
    off: list[Ints] = []
    expected: list[Floats] = []
    for currency in dict.fromkeys(m.currency for m in sheet.manners):
        alike = np.array([m.currency == currency for m in sheet.manners], bool)
        group = rows[alike[sheet.manner[rows]]]
        rates = _rates(sheet, group, currency, rated) if len(group) else None
        if rates is None:
            continue
        for start in range(0, len(group), _BLOCK):
            part = group[start : start + _BLOCK]
            for n in distinct(sheet.manner[part]):
                own = part[sheet.manner[part] == n]
                manner = sheet.manners[n]
                wrong, wanted = _off(sheet, own, manner, rates, rated.how.target, step)
                off.append(own[wrong])
                expected.append(wanted[wrong])
    if not off:
        return []
    return _named(sheet, np.concatenate(off), np.concatenate(expected))


def _named(sheet: Sheet, off: Ints, expected: Floats) -> list[Issue]:
    """Name the first rows, and count the rest."""
    order = np.argsort(sheet.place[off], kind="stable")
    off, expected = off[order], expected[order]
    issues = []
    for n, wanted in zip(off[:SHOWN].tolist(), expected[:SHOWN].tolist(), strict=True):
        position = sheet.draft(n).position
        value, worth = float(sheet.value[n]), float(sheet.worth[n])
        product = float(sheet.quantity[n] * sheet.price[n])
        check = Check(position, value, product, None if np.isnan(worth) else worth)
        issues.append(mismatch(check, wanted, position.sheet))
    rest, wanted = off[SHOWN:], expected[SHOWN:]
    if len(rest):
        gaps = (sheet.value[rest] - wanted) * sheet.worth[rest] / sheet.value[rest]
        position = sheet.draft(int(rest[0])).position
        money = float(np.nansum(gaps))
        issues.append(more_mismatches(len(rest), position.row, money, position.sheet))
    return issues


def _last_digit(values: Floats, rows: Ints, scale: float) -> float:
    """Give the unit of the last decimal that the values of rows are written with."""
    decimals, step = 0, 1.0
    for start in range(0, len(rows), _BLOCK):
        sizes = np.abs(values[rows[start : start + _BLOCK]] / scale)
        millionths = np.rint(sizes[sizes < 1e9] * 1e6).astype(np.int64)
        while decimals < 6 and (millionths % 10 ** (6 - decimals) != 0).any():
            decimals += 1
        large = sizes[(sizes >= 1e9) & (sizes != np.floor(sizes))]
        # Of so large numbers hardly any digit behind the point is true: a few tell.
        step = min(step, last_digit(large[:100].tolist()))
    return min(step, float(10.0**-decimals))


def _rates(
    sheet: Sheet, group: Ints, currency: str | None, rated: Rated
) -> list[float] | None:
    """Give the rates that may lie between price and value; None if none is known."""
    if currency is None or currency == rated.how.target:
        return [1.0]
    known = [1.0, *([rated.used[currency]] if currency in rated.used else [])]
    if len(group) >= 3:
        ratios = sheet.value[group] / (sheet.quantity[group] * sheet.price[group])
        middle = float(np.median(ratios))
        near = int((np.abs(ratios / middle - 1) <= TOLERANCE).sum())
        return [*known, middle] if near > len(group) / 2 else None
    return known if currency in rated.used else None


def _off(
    sheet: Sheet,
    rows: Ints,
    manner: Manner,
    rates: list[float],
    base: str | None,
    step: float,
) -> tuple[NDArray[np.bool_], Floats]:
    """Say which rows' values are off, and give what they should be."""
    value, price = sheet.value[rows], np.abs(sheet.price[rows])
    product = sheet.quantity[rows] * sheet.price[rows]
    per = scales_of(manner.kind, manner.currency or base)
    nearest = _nearest(value, product, rates, per)
    share = BOND_TOLERANCE if manner.kind == "bond" else TOLERANCE
    cents = np.abs(nearest) * np.minimum(0.005 / price, 0.5)
    allowed = np.maximum(np.maximum(share * np.abs(value), cents), step / 2)
    wrong = np.abs(value - nearest) > allowed
    # The last rate is the best known: the user should see its answer.
    return wrong, _nearest(value, product, rates[-1:], per)


def _nearest(
    value: Floats,
    product: Floats,
    rates: list[float],
    per: tuple[float, ...],
) -> Floats:
    """Give what comes nearest to each value."""
    best = product * rates[0] * per[0]
    for rate in rates:
        for scale in per:
            wanted = product * rate * scale
            nearer = np.abs(wanted - value) < np.abs(best - value)
            best = np.where(nearer, wanted, best)
    return best


def maybe_twice(sheet: Sheet) -> list[int]:
    """Give the places of positions that could stand twice, in the order of the file.

    Parameters
    ----------
    sheet : Sheet
        Amounts of the positions.
    """
    import pandas as pd

    found, own = sheet.found, sheet.own
    alone = [d.position for _, d in sheet.alone]
    mixed = _joined(
        _hashes(map(_code, found.identities.identifiers)),
        taken(found.identities.codes, own),
        (_code(p.identifiers) for p in alone),
    )
    accounts = _joined(
        _hashes(found.rows.account_texts),
        taken(found.rows.accounts, own),
        (p.account for p in alone),
    )
    mixed = _mixed(mixed, accounts)
    for amounts in (sheet.quantity, sheet.worth, sheet.weight):
        # Of zeros and of what is not there, there are several kinds.
        plain = amounts + 0.0
        plain[np.isnan(plain)] = np.nan
        mixed = _mixed(mixed, plain.view(np.uint64))
    again = np.asarray(pd.Series(mixed).duplicated(keep=False))
    places: list[int] = np.sort(sheet.place[again]).tolist()
    return places


def _code(ids: Identifiers) -> str | None:
    return ids.isin or ids.cusip or ids.sedol or ids.figi or ids.ticker


def _hashes(texts: Iterable[str | None]) -> NDArray[np.uint64]:
    return np.fromiter(map(hash, texts), np.int64).view(np.uint64)


def _joined(
    hashes: NDArray[np.uint64], codes: Ints, others: Iterable[str | None]
) -> NDArray[np.uint64]:
    return np.concatenate([hashes[codes], _hashes(others)])


def _mixed(one: NDArray[np.uint64], two: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix two numbers of each row into one that hardly any other pair gives."""
    mixed = one * np.uint64(0x9E3779B97F4A7C15) + two
    mixed ^= mixed >> np.uint64(29)
    return mixed

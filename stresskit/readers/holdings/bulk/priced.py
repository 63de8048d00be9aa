"""Drafts of many rows to positions in base currency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stresskit.model import Position
from stresskit.model.portfolio import made_of_columns
from stresskit.readers.holdings.bulk.columns import distinct
from stresskit.readers.holdings.classes import is_bare_code
from stresskit.readers.holdings.money import (
    Clues,
    Decision,
    Facts,
    Rates,
    decided,
    missing_rate,
    priced,
    without_currency,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.model import Issue
    from stresskit.readers.holdings.bulk.drafts import Drafted
    from stresskit.readers.holdings.rows import Draft

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]

_BLOCK = 50_000
_SHOWN = 20


@dataclass(frozen=True)
class Manner:
    """What the value of a row depends on beside its amounts."""

    kind: str
    currency: str | None
    named: bool
    value_currency: str | None
    unread: bool


class Sheet:
    """The amounts of all positions: first those of regular rows, then the others.

    Parameters
    ----------
    found : Drafted
        Drafts of the positions.
    """

    def __init__(self, found: Drafted) -> None:
        self.found = found
        self.own = np.flatnonzero(~found.by_itself).astype(np.int32)
        self.alone = list(found.alone.items())
        drafts = [d for _, d in self.alone]
        amounts = found.amounts
        # Without lone rows, nothing is copied.
        whole = not self.alone

        def joined(regular: Floats, rest: list[float | None]) -> Floats:
            if whole:
                return regular
            more = np.array([np.nan if v is None else v for v in rest], np.float64)
            return np.concatenate([regular[self.own], more])

        others = np.array([p for p, _ in self.alone], np.int32)
        self.place: Ints = found.rows.place
        if not whole:
            self.place = np.concatenate([found.rows.place[self.own], others])

        self.value = joined(amounts.value, [d.value for d in drafts])
        self.quantity = joined(amounts.quantity, [d.position.quantity for d in drafts])
        self.price = joined(amounts.price, [d.position.price for d in drafts])
        self.weight = joined(amounts.weight, [d.position.weight for d in drafts])
        self.computed = np.concatenate(
            [amounts.computed[self.own], np.array([d.computed for d in drafts], bool)]
        )
        number: dict[Manner, int] = {}
        manners = [
            Manner(
                d.position.asset_class,
                d.position.currency,
                d.currency_named,
                d.value_currency,
                d.currency_unread,
            )
            for d in (*(t.draft for t in found.templates), *drafts)
        ]
        codes = np.array([number.setdefault(m, len(number)) for m in manners], np.int32)
        self.manners = list(number)
        sorts = found.sorts[self.own]
        self.manner: Ints = np.concatenate(
            [codes[sorts], codes[len(found.templates) :]]
        )
        self.worth: Floats = np.zeros(0)

    def of_manner(self, values: list[float]) -> Floats:
        """Spread what each manner has over the rows."""
        return np.array(values, np.float64)[self.manner]

    @property
    def row(self) -> Ints:
        """Rows of the file, counted from 1."""
        return self.found.rows.all[self.place] + 1

    def draft(self, n: int) -> Draft:
        """Give the draft of a position."""
        if n < len(self.own):
            return self.found.draft(int(self.own[n]))
        return self.alone[n - len(self.own)][1]

    def name(self, n: int) -> str:
        """Give the name of a position."""
        if n < len(self.own):
            return str(self.found.name_texts[self.found.names[self.own[n]]])
        return self.alone[n - len(self.own)][1].position.name


def facts_of_sheet(sheet: Sheet) -> Facts:
    """Collect what all rows together say about the currency of their values.

    Parameters
    ----------
    sheet : Sheet
        Amounts of the positions.
    """
    used = [sheet.manners[n] for n in distinct(sheet.manner)]
    known = ~np.isnan(sheet.value)
    stated = frozenset(m.currency for m in used if m.currency and not m.named)
    return Facts(
        valued=bool(known.any()),
        computed=bool(sheet.computed.any()),
        over=frozenset(m.value_currency for m in used if m.value_currency),
        stated=stated,
        proved=_cash_base(sheet),
        named_cash=_named_cash(sheet),
        # Nobody asks for the country of the identifiers where rows have currencies.
        american=not stated and _american(sheet),
        weights_fit=_weights_fit(sheet.value, sheet.weight),
        total=float(sheet.value[known].sum()),
    )


def _cash_base(sheet: Sheet) -> str | None:
    """Give the one currency whose cash is worth its quantity, if others are not."""
    cash = [m.kind == "cash" and bool(m.currency) for m in sheet.manners]
    with np.errstate(all="ignore"):
        enough = np.array(cash, bool)[sheet.manner] & (np.abs(sheet.quantity) >= 100)
        equal = np.abs(sheet.value / sheet.quantity - 1) < 1e-4
    enough &= ~np.isnan(sheet.value)
    same, other = (
        {sheet.manners[n].currency for n in distinct(sheet.manner[rows])}
        for rows in (enough & equal, enough & ~equal)
    )
    return same.pop() if len(same) == 1 and other - same else None


def _named_cash(sheet: Sheet) -> str | None:
    """Give the one currency that lines such as ``Cash USD`` are named after."""
    found: set[str | None] = set()
    for n, manner in enumerate(sheet.manners):
        if not manner.named:
            continue
        rows = np.flatnonzero(sheet.manner == n).tolist()
        if any(not is_bare_code(sheet.name(row)) for row in rows):
            found.add(manner.currency)
    return found.pop() if len(found) == 1 else None


def _american(sheet: Sheet) -> bool:
    codes = sheet.found.identities
    ours = [
        i.cusip is not None or (i.isin or "").startswith("US")
        for i in codes.identifiers
    ]
    others = [d.position.identifiers for _, d in sheet.alone]
    found = np.concatenate(
        [
            np.array(ours, bool)[codes.codes[sheet.own]],
            np.array(
                [
                    i.cusip is not None or (i.isin or "").startswith("US")
                    for i in others
                ],
                bool,
            ),
        ]
    )
    cash = np.array([m.kind == "cash" for m in sheet.manners], bool)[sheet.manner]
    securities = int((~cash).sum())
    return securities > 0 and int((found & ~cash).sum()) >= 0.9 * securities


def _weights_fit(values: Floats, weights: Floats) -> bool:
    """Say whether the weights are the values' shares of their plain sum."""
    pairs = ~np.isnan(values) & ~np.isnan(weights)
    value, weight = values[pairs], weights[pairs]
    total, whole = float(value.sum()), float(weight.sum())
    if len(value) < 2 or not total or abs(whole - 1) > 0.05:
        return False
    off = np.abs(value / total - weight) > 6e-4 + 0.02 * np.abs(weight)
    return bool(off.sum() <= 0.02 * len(value))


@dataclass(frozen=True)
class Rated:
    """How values come into the base currency, by the rows' manner.

    ``units`` are the currencies of the values, ``rates`` base currency per unit.
    """

    how: Decision
    units: list[str | None]
    rates: list[float | None]
    used: dict[str, float]
    issues: list[Issue]


def rate_sheet(
    sheet: Sheet, clues: Clues, *, base: str | None, rates: Rates | None
) -> Rated:
    """Bring every value into the base currency: ``worth`` of the sheet.

    Parameters
    ----------
    sheet : Sheet
        Amounts of the positions.
    clues : Clues
        What the file says about its currency.
    base : str or None
        Base currency asked for; None takes the file's.
    rates : mapping of str to float, a function of the base currency to one, or None
        Base currency per unit of each currency.

    Raises
    ------
    HoldingsError
        If the file's values are in another currency and no rate converts them.
    """
    how = decided(facts_of_sheet(sheet), clues, base=base, rates=rates)
    units = [
        how.unit_of(m.value_currency, m.currency, named=m.named) for m in sheet.manners
    ]
    known = [how.rate_of(u, unread=False) for u in units]
    rated = [
        how.rate_of(u, unread=m.unread)
        for u, m in zip(units, sheet.manners, strict=True)
    ]
    used: dict[str, float] = {}
    for n in distinct(sheet.manner):
        unit, rate = units[n], known[n]
        if unit is not None and rate is not None and unit != how.target:
            used[unit] = rate
    sheet.worth = sheet.value * sheet.of_manner(
        [np.nan if r is None else r for r in rated]
    )
    issues = [*how.issues, *_missing_rates(sheet, units, known, how, clues.sheet)]
    return Rated(how, units, rated, used, issues)


def _missing_rates(
    sheet: Sheet,
    units: list[str | None],
    known: list[float | None],
    how: Decision,
    name: str | None,
) -> list[Issue]:
    """Say which rows have a value that no rate converts, by currency."""
    lost: dict[str, list[int]] = {}
    for n, (unit, rate, manner) in enumerate(
        zip(units, known, sheet.manners, strict=True)
    ):
        blank = manner.unread and how.common is None and not how.shared
        if unit is not None and rate is None and not blank:
            lost.setdefault(unit, []).append(n)
    found = []
    bare = [n for n, u in enumerate(units) if u is None and known[n] is None]
    rows = np.flatnonzero(np.isin(sheet.manner, bare) & ~np.isnan(sheet.value))
    if len(rows):
        first = np.sort(sheet.row[rows])[:_SHOWN].tolist()
        money = float(sheet.value[rows].sum())
        found.append(without_currency(first, len(rows), money, name))
    issues = []
    for unit, numbers in lost.items():
        rows = np.sort(
            sheet.row[np.isin(sheet.manner, numbers) & ~np.isnan(sheet.value)]
        )
        if len(rows):
            first = rows[:_SHOWN].tolist()
            issues.append(missing_rate(unit, first, len(rows), how.target, name))
    return [*found, *sorted(issues, key=lambda issue: issue.row or 0)]


def positions_of(sheet: Sheet, rated: Rated) -> tuple[Position, ...]:
    """Make the positions, block by block to save memory.

    Parameters
    ----------
    sheet : Sheet
        Amounts of the positions, with what they are worth.
    rated : Rated
        How they came into the base currency.
    """
    made: list[Position] = []
    units, rates = rated.units, rated.rates
    local_of = [
        u is not None and u == m.currency
        for u, m in zip(units, sheet.manners, strict=True)
    ]
    in_local = np.array(local_of, bool)[sheet.manner]
    for start in range(0, len(sheet.own), _BLOCK):
        made += _block(sheet, in_local, start, min(start + _BLOCK, len(sheet.own)))
    if not sheet.alone:
        return tuple(made)
    first = len(sheet.own)
    others = [
        priced(draft, rates[m], unit=units[m])
        for (_, draft), m in zip(
            sheet.alone, sheet.manner[first:].tolist(), strict=True
        )
    ]
    whole = np.empty(len(sheet.place), dtype=object)
    whole[sheet.place[:first]] = made
    whole[sheet.place[first:]] = others
    return tuple(whole.tolist())


def _block(
    sheet: Sheet, in_local: NDArray[np.bool_], start: int, stop: int
) -> list[Position]:
    found = sheet.found
    rows, amounts = found.rows, found.amounts
    here, own = slice(start, stop), sheet.own[start:stop]
    like = [found.templates[s].draft.position for s in found.sorts[own].tolist()]
    value, worth = sheet.value[here], sheet.worth[here]
    local = np.where(
        np.isnan(amounts.local[own]) & in_local[here], value, amounts.local[own]
    )
    worths = optional(worth)
    # What is the same number need not be two of them.
    locals_ = (
        worths if np.array_equal(worth, local, equal_nan=True) else optional(local)
    )
    codes = found.identities.codes[own].tolist()
    return made_of_columns(
        Position,
        {
            "id": [f"p{n}" for n in (sheet.place[here] + 1).tolist()],
            "name": [found.name_texts[n] for n in found.names[own].tolist()],
            "identifiers": [found.identities.identifiers[n] for n in codes],
            "asset_class": [p.asset_class for p in like],
            "quantity": optional(amounts.quantity[own]),
            "price": optional(amounts.price[own]),
            "currency": [p.currency for p in like],
            "market_value": worths,
            "local_value": locals_,
            "weight": optional(amounts.weight[own]),
            "account": [rows.account_texts[n] for n in rows.accounts[own].tolist()],
            "sector": [p.sector for p in like],
            "country": [p.country for p in like],
            "exchange": [p.exchange for p in like],
            "row": (rows.regular[own] + 1).tolist(),
            "terms": [p.terms for p in like],
        },
        stop - start,
    )


def optional(values: Floats) -> list[float | None]:
    """Give numbers with None for those that are not there.

    Parameters
    ----------
    values : array of float
        Numbers, nan where there is none.

    Examples
    --------
    >>> optional(np.array([1.0, np.nan]))
    [1.0, None]
    """
    blank = np.isnan(values)
    if not blank.any():
        found: list[float | None] = values.tolist()
        return found
    if blank.all():
        return [None] * len(values)
    boxed = values.astype(object)
    boxed[blank] = None
    listed: list[float | None] = boxed.tolist()
    return listed

"""Rows to drafts of positions: one row of each sort by itself, the rest like it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import numpy as np

from stresskit.core.identifiers import currency_of
from stresskit.model import Position
from stresskit.readers.cells import text_of
from stresskit.readers.holdings.bulk.amounts import Amounts, Signs, draft_amounts
from stresskit.readers.holdings.bulk.columns import Unfit, taken
from stresskit.readers.holdings.bulk.identities import combined, identities_of
from stresskit.readers.holdings.columns import IDENTIFIERS
from stresskit.readers.holdings.rows import Draft

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.model import Issue
    from stresskit.readers.holdings.bulk.identities import Identities
    from stresskit.readers.holdings.bulk.rows import Rows

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]

# The amounts that differ from row to row; all other cells make rows of one sort.
_AMOUNTS = ("quantity", "price", "value", "local_value", "weight", "notional")
# What a position is does not depend on these.
_ASIDE = frozenset({"name", "account", "fund", "date", "base_currency", *IDENTIFIERS})
_UNUSED = frozenset({"stated_total", "unrealized"})
_CHECKED = 500
# Terms and amounts of contracts are their own: these rows are read one by one.
_CONTRACTS = frozenset({"option", "future", "fx_forward"})
_SHORT = frozenset({"short", "s", "sell", "verkauf", "leerverkauf", "vente", "venta"})
_MOST_SORTS, _MOST_ALONE = 60_000, 80_000


@dataclass
class Sort:
    """What rows of one sort share: a draft of one of them, and its issues by code."""

    draft: Draft
    issues: Counter[str]


@dataclass
class Drafted:
    """Drafts of positions in the order of the file.

    ``sorts`` gives each regular row's template in ``templates``; ``alone`` holds the
    drafts of rows read one by one, by their place, and ``told`` what was wrong with
    them. ``amounts`` are those of regular rows.
    """

    rows: Rows
    amounts: Amounts
    sorts: Ints
    templates: list[Sort]
    alone: dict[int, Draft]
    told: list[Issue]
    identities: Identities
    names: Ints
    name_texts: list[str]
    by_itself: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))

    def draft(self, n: int) -> Draft:
        """Give the draft of a regular row that was not read by itself."""
        rows, amounts, like = self.rows, self.amounts, self.templates[self.sorts[n]]
        same = like.draft.position
        place = int(rows.place[n])
        position = Position(
            id=f"p{place + 1}",
            name=self.name_texts[self.names[n]],
            identifiers=self.identities.identifiers[self.identities.codes[n]],
            asset_class=same.asset_class,
            quantity=_known(amounts.quantity[n]),
            price=_known(amounts.price[n]),
            currency=same.currency,
            local_value=_known(amounts.local[n]),
            weight=_known(amounts.weight[n]),
            account=rows.account_texts[rows.accounts[n]],
            sector=same.sector,
            country=same.country,
            exchange=same.exchange,
            row=int(rows.regular[n]) + 1,
            terms=same.terms,
        )
        return Draft(
            position,
            value=_known(amounts.value[n]),
            computed=bool(amounts.computed[n]),
            notional=_known(amounts.notional[n]),
            value_currency=like.draft.value_currency,
            currency_unread=like.draft.currency_unread,
            currency_named=like.draft.currency_named,
        )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def drafted(rows: Rows) -> Drafted:
    """Turn rows into drafts of positions.

    Parameters
    ----------
    rows : Rows
        The rows that are positions.

    Raises
    ------
    Unfit
        If the rows are of too many sorts.
    """
    identities = identities_of(rows.columns, rows.plan, rows.words, rows.regular)
    sorts = combined(_parts(rows, identities), len(rows.regular))
    count = int(sorts.max(initial=-1)) + 1
    if count > _MOST_SORTS:
        raise Unfit(f"the rows are of {count:,} sorts")
    first, last = _ends(sorts, count)
    templates = []
    for n in first.tolist():
        issues: list[Issue] = []
        draft = rows.draft(int(rows.place[n]), issues)
        templates.append(Sort(draft, Counter(i.code for i in issues)))
    names, name_texts = _names(rows, identities)
    found = Drafted(
        rows=rows,
        amounts=_amounts(rows, sorts, templates),
        sorts=sorts,
        templates=templates,
        alone={},
        told=[],
        identities=identities,
        names=names,
        name_texts=name_texts,
    )
    _read_others_alone(found, first, last)
    return found


def _read_others_alone(found: Drafted, first: Ints, last: Ints) -> None:
    """Read by themselves contracts, odd rows, and sorts that are not what they seem."""
    rows, sorts = found.rows, found.sorts
    differs = np.array([_is_contract(t.draft) for t in found.templates], bool)
    spread = np.linspace(0, len(sorts) - 1, _CHECKED if len(sorts) else 0)
    checked = [first, last[:_CHECKED], spread.astype(np.int32)]
    for n in np.unique(np.concatenate(checked)).tolist():
        if not differs[sorts[n]]:
            # The rows' own reader is right: where the columns say else, it reads all.
            differs[sorts[n]] = rows.draft(int(rows.place[n]), []) != found.draft(n)
    found.by_itself = differs[sorts] if len(sorts) else np.zeros(0, bool)
    odd = np.searchsorted(rows.all, np.array(list(rows.odd), np.int64))
    places = np.union1d(rows.place[found.by_itself], odd)
    if len(places) > _MOST_ALONE:
        raise Unfit(f"{len(places):,} rows are read one by one")
    for place in places.tolist():
        found.alone[place] = rows.draft(place, found.told)


def _is_contract(draft: Draft) -> bool:
    """Say whether a draft is one of a contract, by its kind or its exposure."""
    kind, moves = draft.position.asset_class, draft.notional is not None
    return kind in _CONTRACTS or (moves and (kind == "other" or draft.value is None))


def _parts(rows: Rows, identities: Identities) -> list[Ints]:
    """Give all that makes rows differ in anything but their amounts and names."""
    columns, plan, regular = rows.columns, rows.plan, rows.regular
    parts = list(identities.kinds)
    if "name" in plan.texts:
        parts.append(rows.words["name"].shape[rows.codes("name")])
    for role, index in plan.texts.items():
        if role not in _ASIDE and not (role == "asset_class" and rows.hides_class):
            parts.append(taken(columns.texts[index].codes, regular))
    sections = {t: n for n, t in enumerate(dict.fromkeys(rows.sections.values()))}
    if len(sections) > 1:
        parts.append(
            rows.by_state({state: sections[t] for state, t in rows.sections.items()})
        )
    for role, values in columns.numbers.items():
        if role not in {*_AMOUNTS, *_UNUSED}:
            parts.append(_numbered(taken(values, regular)))
    parts.append(_flags(rows))
    return parts


def _numbered(values: Floats) -> Ints:
    import pandas as pd

    return np.asarray(pd.factorize(values)[0], np.int32) + np.int32(1)


def _flags(rows: Rows) -> Ints:
    """Tell rows apart by which amounts they have, and by those that tell cash."""
    numbers = {r: rows.numbers(r) for r in rows.columns.numbers}
    flags = np.zeros(len(rows.regular), np.int32)
    for role in _AMOUNTS:
        if role in numbers:
            flags = 2 * flags + ~np.isnan(numbers[role])
    price = numbers.get("price")
    if price is not None:
        flags = 2 * flags + ((price == 1.0) | (price == 100.0))
    if {"value", "quantity"} <= numbers.keys():
        with np.errstate(all="ignore"):
            one = np.abs(numbers["value"] / numbers["quantity"] - 1) < 1e-4
        flags = 2 * flags + one
    return flags


def _ends(sorts: Ints, count: int) -> tuple[Ints, Ints]:
    """Give the first and the last row of each sort."""
    first, last = np.zeros(count, np.int32), np.zeros(count, np.int32)
    order = np.arange(len(sorts), dtype=np.int32)
    first[sorts[::-1]] = order[::-1]
    last[sorts] = order
    return first, last


def _names(rows: Rows, identities: Identities) -> tuple[Ints, list[str]]:
    if "name" not in rows.plan.texts:
        return identities.codes, identities.names
    texts = rows.words["name"].texts
    # Regular rows have names: what is None among them is never asked for.
    return rows.codes("name"), cast("list[str]", texts)


def _amounts(rows: Rows, sorts: Ints, templates: list[Sort]) -> Amounts:
    """Give the amounts of all regular rows."""
    count, numbers = len(rows.regular), rows.columns.numbers
    read = Amounts.blank(count)
    for role, name in (
        *((r, r) for r in ("quantity", "price", "value", "notional")),
        ("local_value", "local"),
    ):
        if role in numbers:
            setattr(read, name, rows.numbers(role))
    read.weight = rows.weights
    columns = rows.table.columns
    price = columns.get("price")
    kept = [r for r in ("value", "local_value") if r in columns]
    return draft_amounts(
        read,
        _signs(rows, sorts, templates),
        column=kept[0] if kept else None,
        price_scaled=price is not None and price.header.scale != 1,
    )


def _signs(rows: Rows, sorts: Ints, templates: list[Sort]) -> Signs:
    kinds = [t.draft.position.asset_class for t in templates]
    ten_thousand = rows.table.per_ten_thousand
    per = {"bond": 0.01, "fund": 1e-4 if ten_thousand else 1.0}
    units = [1.0] * len(templates)
    sides = [""] * len(templates)
    first, _ = _ends(sorts, len(templates))
    for n, at in enumerate(rows.regular[first].tolist()):
        line = rows.line(at)
        unit = currency_of(line.text("currency") or "")
        units[n] = unit[1] if unit else 1.0
        sides[n] = text_of(line.cells.get("side")).casefold()
    stated = [t.draft.value_currency is not None for t in templates]
    return Signs(
        unit=np.array(units)[sorts],
        per=np.array([per.get(k, 1.0) for k in kinds])[sorts],
        stated=np.array(stated, bool)[sorts],
        contract=np.array([k == "other" for k in kinds], bool)[sorts],
        short=np.array([s in _SHORT or s.startswith("short") for s in sides])[sorts],
        long=np.array([s.startswith("long") for s in sides])[sorts],
    )

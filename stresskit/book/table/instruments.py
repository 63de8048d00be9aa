"""Instruments: each read, placed and priced once, whatever number of portfolios has it.

What is held is read as a portfolio that has one of each, with all that a single run
does, so that many portfolios get the answers that each would get alone.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from stresskit.asking import key_of
from stresskit.book.table.lines import (
    AMOUNT_OF,
    COUNT,
    COUNTED,
    LOCAL,
    MISSING,
    PLAIN,
    PRICED,
    UNKNOWN,
    VALUE,
    WEIGHT,
)
from stresskit.core.names import company_key
from stresskit.core.stress.stressed import Stressed
from stresskit.core.stress.table import Table
from stresskit.core.stress.units import Frame, Units, frame_of, units_of
from stresskit.core.valuation import base_values
from stresskit.errors import HoldingsError, InputError
from stresskit.frames import SCHEMA
from stresskit.model import Content

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from stresskit.asking import Files
    from stresskit.model import Exposure, Issue, Portfolio, Position, Scenario

KINDS = {"bond": PRICED, "option": COUNTED, "future": COUNTED, "fx_forward": COUNTED}
# Coupons and yields this small are decimals or percents by what else is held.
SMALL = 0.25
# A class that is not stated is guessed, but for securities with a number.
SECURE = frozenset({"isin", "cusip", "sedol", "figi"})
# What is told of sums and of several lines of one portfolio.
OF_PORTFOLIOS = frozenset(
    ("total", "weights", "weight-differs", "duplicate-rows", "value-mismatch")
)


@dataclass(frozen=True)
class Described:
    """One description: its columns, what its amounts are and how it is counted."""

    stated: dict[str, Any]
    basis: int
    kind: int

    @property
    def keyed(self) -> bool:
        """Whether its rows may be several instruments."""
        return self.kind != PLAIN or self.basis == COUNT

    @property
    def context(self) -> tuple[str, str, int]:
        """What a portfolio that holds it has in common with others read alike."""
        stated = self.stated
        return (
            str(stated.get("base_currency") or ""),
            str(stated.get("as_of") or ""),
            self.basis,
        )


@dataclass(frozen=True)
class Keyed:
    """One instrument: its description, and what of one amount it is."""

    of: Described
    price: float | None = None
    value: float | None = None
    local: float | None = None
    exposure: float | None = None
    counted: bool = False

    @property
    def record(self) -> dict[str, Any]:
        """The position that holds one of it, by the fields of the contract."""
        own = ("base_currency", "as_of")
        found = {k: v for k, v in self.of.stated.items() if k not in own}
        basis = self.of.basis
        if self.of.kind != COUNTED:
            found[AMOUNT_OF[basis]] = 1.0
        else:
            amounts = {
                "market_value": self.value if basis == VALUE else None,
                "local_value": self.local if basis in (VALUE, LOCAL) else None,
                "exposure": self.exposure,
                "quantity": 1.0 if self.counted else None,
                "weight": 1.0 if basis == WEIGHT else None,
            }
            found |= {k: v for k, v in amounts.items() if v is not None}
        if self.price is not None:
            found["price"] = self.price
        return found


# Instruments by their numbers, and the portfolio that has one of each.
Reading = tuple[list[int], "Portfolio"]


def stated(names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """Return what a description states, without what stands for nothing."""
    pairs = zip(names, row, strict=True)
    return {k: v for k, v in pairs if v not in ("", None) and v != MISSING}


def kinds(
    files: Files, found: Sequence[tuple[dict[str, Any], int]]
) -> tuple[tuple[Described | None, ...], list[Reading]]:
    """Return descriptions with their kind, in their order, and as they were read.

    Reading says what they are. None stands for what cannot be read, or for what hangs
    on the portfolio that holds it, such as a base currency that nobody states.
    """
    plain = [Described(states, basis, PLAIN) for states, basis in found]
    made: list[Described | None] = [None] * len(plain)
    classes: dict[int, str] = {}
    read = _read(files, [Keyed(d) for d in plain], range(len(plain)), "d")
    for at, portfolio in read:
        for n, position in zip(at, portfolio.positions, strict=True):
            based = plain[n].context[0] or files.base_currency
            made[n] = _of_kind(plain[n], position) if based else None
            classes[n] = position.asset_class
    for n in _by_numbers(files, made, classes):
        made[n] = replace(plain[n], kind=COUNTED)
    return tuple(made), read


def _by_numbers(
    files: Files, made: Sequence[Described | None], classes: Mapping[int, str]
) -> list[int]:
    """Return what would be of another class with other numbers: money, or a future.

    A class that is not stated is guessed from the name and the ticker, and of some from
    the row's numbers too.
    """
    guessed = [
        n
        for n, d in enumerate(made)
        if d is not None
        and d.kind == PLAIN
        and d.basis != WEIGHT
        and "asset_class" not in d.stated
        and not SECURE & d.stated.keys()
    ]
    asked = [replace(d, kind=COUNTED) for n in guessed if (d := made[n]) is not None]
    found: set[int] = set()
    for exposure in (None, 5.0):
        others = [Keyed(d, 1.0, 1.0, 1.0, exposure, counted=True) for d in asked]
        for at, portfolio in _read(files, others, range(len(others)), "g"):
            pairs = zip(at, portfolio.positions, strict=True)
            found |= {
                guessed[n] for n, p in pairs if p.asset_class != classes[guessed[n]]
            }
    return sorted(found)


def _of_kind(one: Described, position: Position) -> Described | None:
    kind = KINDS.get(position.asset_class, PLAIN)
    if one.basis == WEIGHT:
        # A weight is no number of contracts.
        return None if kind == COUNTED else replace(one, kind=kind)
    return replace(one, kind=kind)


@dataclass(frozen=True)
class Instruments:
    """n instruments, read and placed: their numbers and what one of each would make.

    ``number`` (n,) is what lines call each; ``apart`` are numbers of those that only
    their portfolio can tell of: what they are hangs on what else it holds. ``wholes``
    are what those of one context were read as, without their positions.
    """

    number: NDArray[np.int64]
    positions: tuple[Position, ...]
    exposures: tuple[Exposure, ...]
    base: NDArray[np.float64]
    units: Units
    frame: Frame
    apart: frozenset[int]
    issues: tuple[Issue, ...]
    wholes: dict[tuple[str, str, int], Portfolio]


def priced(
    files: Files,
    found: Sequence[Keyed],
    scenarios: Sequence[Scenario],
    check: Callable[[Scenario, str | None], None],
    read: Sequence[Reading] = (),
) -> Instruments:
    """Read, place and price instruments under all scenarios.

    Parameters
    ----------
    files
        What they are read and placed with.
    found
        The instruments; their number is their place.
    scenarios
        One or more.
    check
        Called with every scenario and base currency; where it refuses one, portfolios
        in this currency stand apart.
    read
        Those that are read already.

    Raises
    ------
    HoldingsError
        If none can be valued.
    MappingError
        If overrides do not fit a value chain.
    """
    numbers: list[int] = []
    positions: list[Position] = []
    exposures: list[Exposure] = []
    worth: list[NDArray[np.float64]] = []
    tables: list[list[Stressed]] = []
    issues: list[Issue] = []
    wholes: dict[tuple[str, str, int], Portfolio] = {}
    for at, whole in _portfolios(files, found, read):
        wholes[found[at[0]].of.context] = replace(whole, positions=())
        weights = found[at[0]].of.basis == WEIGHT
        kept = [
            n
            for n, p in enumerate(whole.positions)
            if (weights or p.market_value is not None) and _stands_alone(p)
        ]
        if not kept:
            continue
        portfolio = replace(whole, positions=tuple(whole.positions[n] for n in kept))
        if not _fits(scenarios, portfolio.base_currency, check):
            continue
        base = base_values(portfolio, None)
        by_factor: dict[str, Table] = {}
        for scenario in scenarios:
            factor = scenario.factor
            if key_of(factor) not in by_factor:
                # Thousands of names alike are no help to anyone.
                placed = files.place(portfolio, factor, suggest=False)
                by_factor[key_of(factor)] = Table(portfolio, placed, factor, base)
        tables.append(
            [
                Stressed(by_factor[key_of(s.factor)], s, portfolio.base_currency)
                for s in scenarios
            ]
        )
        first = tables[-1][0]
        numbers += [at[n] for n in kept]
        positions += portfolio.positions
        exposures += first.table.rows
        worth.append(base)
        issues += [*whole.issues, *first.table.exposures.issues, *first.moves.issues]
    if not tables:
        raise HoldingsError(
            "No position of the book can be valued.",
            hint="Give market_value, local_value with --fx, or quantity and price.",
            issues=tuple(issues),
            code="no-value",
        )
    return Instruments(
        number=np.array(numbers, dtype=np.int64),
        positions=tuple(positions),
        exposures=tuple(exposures),
        base=np.concatenate(worth),
        units=units_of(tables),
        frame=frame_of(tables[0]),
        apart=frozenset({*range(len(found)), UNKNOWN} - set(numbers)),
        issues=_about_instruments(issues),
        wholes=wholes,
    )


def _fits(
    scenarios: Sequence[Scenario],
    base: str | None,
    check: Callable[[Scenario, str | None], None],
) -> bool:
    try:
        for scenario in scenarios:
            check(scenario, base)
    except InputError:
        # Its portfolios, asked by themselves, say so by name.
        return False
    return True


def _about_instruments(issues: Sequence[Issue]) -> tuple[Issue, ...]:
    """Return what was told of instruments, once each.

    Of one of each there is neither a row nor money, and sums say nothing.
    """
    bare = (
        replace(i, row=None, money=None) for i in issues if i.code not in OF_PORTFOLIOS
    )
    return tuple({(i.code, i.message): i for i in bare}.values())


def _portfolios(
    files: Files, found: Sequence[Keyed], read: Sequence[Reading]
) -> list[Reading]:
    """Return instruments as portfolios, one by context; what is not read is read."""
    done = {n for at, _ in read for n in at}
    rest = [n for n in range(len(found)) if n not in done]
    whole: dict[tuple[str, str, int], Reading] = {}
    for at, portfolio in (*read, *_read(files, found, rest, "i")):
        context = found[at[0]].of.context
        before, first = whole.get(context, ([], replace(portfolio, positions=())))
        positions = (*first.positions, *portfolio.positions)
        issues = tuple(dict.fromkeys((*first.issues, *portfolio.issues)))
        both = replace(first, positions=positions, issues=issues)
        whole[context] = [*before, *at], both
    return [whole[context] for context in sorted(whole)]


def _read(
    files: Files, found: Sequence[Keyed], wanted: Sequence[int], letter: str
) -> list[Reading]:
    """Read instruments as portfolios: those of one context together, with places.

    What cannot be read is left out. Ids are a letter and the place.
    """
    order = sorted(wanted, key=lambda n: (found[n].of.context, n))
    read = []
    for context, group in groupby(order, key=lambda n: found[n].of.context):
        at = list(group)
        while at:
            try:
                read.append((at, _of_context(files, context, at, found, letter)))
                break
            except HoldingsError as error:
                wrong = {i.row for i in error.issues if i.severity == "error"}
                whole = error.code != "contract" or None in wrong
                at = [] if whole else [x for n, x in enumerate(at, 1) if n not in wrong]
    return read


def _of_context(
    files: Files,
    context: tuple[str, str, int],
    at: Sequence[int],
    found: Sequence[Keyed],
    letter: str,
) -> Portfolio:
    base, day, _ = context
    document = {
        "schema": SCHEMA,
        "name": "instruments",
        "base_currency": base or files.base_currency,
        "as_of": day or None,
        "positions": [{**found[n].record, "id": f"{letter}{n}"} for n in at],
    }
    content = Content("instruments.json", json.dumps(document).encode())
    return replace(files, base_currency=base or files.base_currency).read(content)


def _stands_alone(position: Position) -> bool:
    """Say whether a position's answer hangs on nothing else that is held with it."""
    ids, terms = position.identifiers, position.terms
    if not (ids.isin or ids.cusip or ids.sedol or company_key(position.name)):
        return False
    kind = position.asset_class
    if kind == "option":
        spot = terms.get("underlying_price")
        return isinstance(spot, int | float) and 0 < spot < math.inf
    if kind == "bond" and "conversion_ratio" in terms:
        return False
    if kind == "bond":
        sizes = (terms.get(name) for name in ("coupon", "yield"))
        return not any(
            isinstance(x, int | float) and 0 < abs(x) <= SMALL for x in sizes
        )
    return True

"""Stated fields to drafts of positions: only what is not stated is derived."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, cast

from stresskit.core.identifiers import currency_of, exchange_mic
from stresskit.model import Identifiers, Issue, Position
from stresskit.model.portfolio import AssetClass, made_of_columns
from stresskit.readers.cells import Number, Value
from stresskit.readers.files import Grid
from stresskit.readers.holdings.classes import (
    ENDS,
    asset_class,
    cash_currency,
    terms_of,
)
from stresskit.readers.holdings.columns import Header
from stresskit.readers.holdings.headers import Column
from stresskit.readers.holdings.identity import identity_of
from stresskit.readers.holdings.lines import Line
from stresskit.readers.holdings.rows import (
    Draft,
    computed_issues,
    computed_value,
    loan_issues,
    notional_of,
    worth_nothing,
)
from stresskit.readers.holdings.stated.checks import (
    CODES,
    PLAIN_TEXTS,
    TERM_NUMBERS,
    TERM_TEXTS,
)
from stresskit.readers.holdings.stated.fields import Stated
from stresskit.readers.holdings.tables import Table

_SCHEMES = ("ticker", "isin", "cusip", "sedol", "figi")
_SHAPES = {"wkn": re.compile(r"[A-Z0-9]{6}"), "valor": re.compile(r"\d{1,12}")}
_MIC = re.compile(r"[A-Z0-9]{4}")
# What a field is called where rows of tables are read.
_ROLE_OF = {
    "market_value": "value",
    "exposure": "notional",
    "yield": "yield_to_maturity",
    "expiry": "maturity",
}
_NUMBERS = (
    *("quantity", "price", "market_value", "local_value", "exposure"),
    *TERM_NUMBERS,
)
_WORDS = ("name", "ticker", "currency", "asset_class", "sector", *TERM_TEXTS)
_WITH_TERMS = frozenset(ENDS)
_CONTRACTS = frozenset({"future", "fx_forward", "other"})


class _Field(Column):
    """A field in the place of a column: it is called by its name."""

    @property
    def letters(self) -> str:
        """The name of the field."""
        return self.header.text or self.header.role


_FIELDS: dict[str, Column] = {role: _Field(0, Header(role)) for role in _SCHEMES}
# Where issues and shares are looked for, as a table without headers.
_NO_TABLE = Table(Grid(None, []), -1, _FIELDS, 0, headed=False)


@dataclass(frozen=True)
class _Identity:
    """The identifiers that positions stating the same ones share."""

    identifiers: Identifiers
    named: str
    secure: bool
    issues: tuple[Issue, ...]


@lru_cache(maxsize=65_536)
def _identity(
    codes: tuple[str | None, ...], mic: str | None, at: str | None
) -> _Identity:
    """Check the codes of a security, in the order of ``CODES``, and its exchange."""
    stated = dict(zip(CODES, codes, strict=True))
    cells: dict[str, Value] = {k: stated[k] for k in _SCHEMES if stated[k]}
    found = identity_of(Line(0, {**cells, "exchange": at}, {}), _NO_TABLE)
    issues = list(found.issues)
    for scheme, shape in _SHAPES.items():
        code = (stated[scheme] or "").upper()
        if shape.fullmatch(code):
            found.found[scheme] = code
        elif code:
            issues.append(_unused(scheme, code))
    if mic:
        known = mic.upper() if _MIC.fullmatch(mic.upper()) else exchange_mic(mic)
        if known:
            found.found["mic"] = known
        else:
            issues.append(_unused("mic", mic))
    return _Identity(found.identifiers, found.name, found.secure, tuple(issues))


def _unused(scheme: str, code: str) -> Issue:
    return Issue(
        code="identifier",
        severity="warning",
        message=f"{code} is no valid {scheme.upper()}: its length or its characters "
        "are wrong. It was not used.",
        fix="Correct the identifier.",
        column=scheme,
        value=code,
    )


def stated_drafts(stated: Stated, base: str | None) -> tuple[list[Draft], list[Issue]]:
    """Make drafts of positions with the amounts that are stated.

    Parameters
    ----------
    stated : Stated
        Checked fields.
    base : str or None
        The stated base currency.

    Returns
    -------
    tuple of list of Draft and list of Issue
        In the order of the positions.
    """
    count = stated.count
    places = list(
        zip(
            stated.get("sheet"),
            [r or n for n, r in enumerate(stated.get("row"), 1)],
            strict=True,
        )
    )
    codes = zip(*(stated.get(c) for c in CODES), strict=True)
    identities = list(map(_identity, codes, stated.get("mic"), stated.get("exchange")))
    names = [
        name or found.named
        for name, found in zip(stated.get("name"), identities, strict=True)
    ]
    lines = _Lines(stated)
    kinds = [
        cast("AssetClass", kind)
        if kind is not None
        else asset_class(
            lines.of(n),
            name=names[n],
            ticker=identities[n].identifiers.ticker,
            secure=identities[n].secure,
        )
        for n, kind in enumerate(stated.get("asset_class"))
    ]
    issues = _identity_issues(identities, kinds, names, places)
    units = [currency_of(c) if c else None for c in stated.get("currency")]
    named = [
        cash_currency(name, found.identifiers.ticker)
        if kind == "cash" and unit is None
        else None
        for kind, unit, name, found in zip(kinds, units, names, identities, strict=True)
    ]
    weights = stated.get("weight")
    positions = made_of_columns(
        Position,
        {
            "id": _ids(stated),
            "name": names,
            "identifiers": [i.identifiers for i in identities],
            "asset_class": kinds,
            "quantity": stated.get("quantity"),
            "price": _in_units(stated.get("price"), units),
            "currency": [
                u[0] if u else own for u, own in zip(units, named, strict=True)
            ],
            "local_value": _in_units(stated.get("local_value"), units),
            "weight": weights,
            **{name: stated.get(name) for name in PLAIN_TEXTS},
            "sheet": [sheet for sheet, _ in places],
            "row": [row for _, row in places],
            "terms": _terms(stated, lines, kinds, names, identities),
        },
        count,
    )
    drafts = _drafts(stated, positions, named=named)
    local = "local_value" in stated.columns and "market_value" not in stated.columns
    drafts, issues_of_base = _in_base(drafts, base, own=local)
    issues += issues_of_base
    drafts, alone = worth_nothing(drafts, _NO_TABLE)
    issues += [
        *alone,
        *(replace(i, row=i.row or None) for i in computed_issues(drafts, _NO_TABLE)),
        *loan_issues(drafts),
        *_mixed_signs(drafts),
    ]
    return drafts, issues


class _Lines:
    """Positions as rows of a table, made only for those that something is told of."""

    def __init__(self, stated: Stated) -> None:
        columns = stated.columns
        self._words = [(_ROLE_OF.get(w, w), columns[w]) for w in _WORDS if w in columns]
        self._numbers = [
            (_ROLE_OF.get(n, n), columns[n]) for n in _NUMBERS if n in columns
        ]
        self._made: dict[int, Line] = {}

    def of(self, n: int) -> Line:
        """Return the row of a position, by its index."""
        if n not in self._made:
            cells: dict[str, Value] = {
                role: column[n] for role, column in self._words if column[n] is not None
            }
            numbers = {
                role: Number(column[n])
                for role, column in self._numbers
                if column[n] is not None
            }
            self._made[n] = Line(n + 1, cells, numbers)
        return self._made[n]


def _identity_issues(
    identities: list[_Identity],
    kinds: list[AssetClass],
    names: list[str],
    places: list[tuple[str | None, int]],
) -> list[Issue]:
    """Say which identifiers were not used, and which positions have no name at all."""
    issues: list[Issue] = []
    for found, kind, name, (sheet, row) in zip(
        identities, kinds, names, places, strict=True
    ):
        if found.issues and kind != "cash":
            issues += [replace(i, sheet=sheet, row=row) for i in found.issues]
        if not name:
            issues.append(
                Issue(
                    code="no-name",
                    severity="warning",
                    message="The position has neither a name nor an identifier; it was "
                    "counted.",
                    fix="Name the position, or delete it.",
                    sheet=sheet,
                    row=row,
                )
            )
    return issues


def _in_units(
    amounts: list[float | None], units: list[tuple[str, float] | None]
) -> list[float | None]:
    """Bring amounts in pence and the like to their currency."""
    if all(unit is None or unit[1] == 1 for unit in set(units)):
        return amounts
    return [
        a if a is None or u is None or u[1] == 1 else a * u[1]
        for a, u in zip(amounts, units, strict=True)
    ]


def _ids(stated: Stated) -> list[str]:
    return [own or f"p{n}" for n, own in enumerate(stated.get("id"), 1)]


def _terms(
    stated: Stated,
    lines: _Lines,
    kinds: list[AssetClass],
    names: list[str],
    identities: list[_Identity],
) -> list[dict[str, str | float]]:
    """Return the terms: derived from code and name, and above them the stated ones."""
    own = [
        (name, stated.columns[name])
        for name in (*TERM_NUMBERS, *TERM_TEXTS)
        if name in stated.columns
    ]
    none: dict[str, str | float] = {}
    found: list[dict[str, str | float]] = []
    for n, kind in enumerate(kinds):
        terms = none
        if kind in _WITH_TERMS:
            ticker = identities[n].identifiers.ticker
            terms = terms_of(lines.of(n), kind, name=names[n], ticker=ticker)
        said = {name: column[n] for name, column in own if column[n] is not None}
        found.append({**terms, **said} if said else terms)
    return found


def _drafts(
    stated: Stated, positions: list[Position], *, named: list[str | None]
) -> list[Draft]:
    """Give positions their values: stated, or quantity times price where none is."""
    values, notionals = stated.get("market_value"), stated.get("exposure")
    sizes: list[Any] = stated.get("contract_size")
    valued, local = "market_value" in stated.columns, "local_value" in stated.columns
    drafts = []
    for p, value, notional, size, own in zip(
        positions, values, notionals, sizes, named, strict=True
    ):
        position, worth, computed = p, value, False
        if not valued and local:
            worth = p.local_value
            position = replace(p, local_value=None)
        elif not valued:
            worth = computed_value(p, size)
            computed = worth is not None
        moved = notional_of(p, size) if notional is None and size else notional
        if p.asset_class == "future" and moved is not None and worth is None:
            # The share of a notional is no share of the value.
            position = replace(position, weight=None)
        drafts.append(
            Draft(position, worth, computed, moved, currency_named=own is not None)
        )
    return drafts


def _in_base(
    drafts: list[Draft], base: str | None, *, own: bool
) -> tuple[list[Draft], list[Issue]]:
    """Take amounts without a currency for amounts in the base currency, and say so.

    Beside positions in one other currency they would be taken for that.
    """
    bare = [
        n
        for n, d in enumerate(drafts)
        if (d.computed or (own and d.value is not None)) and not d.position.currency
    ]
    if base is None or not bare:
        return drafts, []
    found = list(drafts)
    for n in bare:
        position = replace(drafts[n].position, currency=base)
        found[n] = replace(drafts[n], position=position)
    first = drafts[bare[0]].position
    issue = Issue(
        code="assumed-currency",
        severity="info",
        message=f"{len(bare)} positions have a {'value' if own else 'price'} and no "
        f"currency: it was taken for one in {base}.",
        fix="State the currency of each position.",
        sheet=first.sheet,
        row=first.row,
    )
    return found, [issue]


def _mixed_signs(drafts: list[Draft]) -> list[Issue]:
    """Name positions whose amounts say both long and short."""
    mixed = [
        d.position
        for d in drafts
        if d.position.asset_class not in _CONTRACTS
        and (d.value or 0.0) * (d.position.quantity or 0.0) < 0
    ]
    if not mixed:
        return []
    shown = ", ".join(p.name for p in mixed[:10])
    return [
        Issue(
            code="mixed-signs",
            severity="warning",
            message=f"{len(mixed)} positions are long by one amount and short by "
            f"another; each was taken as it stands: {shown}"
            f"{' ...' if len(mixed) > 10 else ''}.",
            fix="Give short positions a negative quantity and a negative value.",
            sheet=mixed[0].sheet,
            row=mixed[0].row,
        )
    ]

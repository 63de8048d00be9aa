"""Stated holdings to a portfolio: checked as a whole, every fault told at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from stresskit.core.identifiers import currency_of
from stresskit.errors import HoldingsError
from stresskit.model import ColumnRead, Issue, Portfolio
from stresskit.readers.cells import text_of
from stresskit.readers.files.given import file_stem
from stresskit.readers.holdings.arithmetic import value_issues
from stresskit.readers.holdings.money import (
    Clues,
    Priced,
    Rates,
    price_positions,
    total_in_base,
)
from stresskit.readers.holdings.reconcile import duplicates, other_date, reconcile
from stresskit.readers.holdings.rows import Draft
from stresskit.readers.holdings.stated.checks import (
    HOLDERS,
    KNOWN,
    currency_fault,
    day_fault,
    fault,
    number_fault,
    shown_value,
    text_fault,
)
from stresskit.readers.holdings.stated.drafts import stated_drafts
from stresskit.readers.holdings.stated.fields import Stated, read_fields

FIELDS = KNOWN
# What stands where other portfolios name the place of their table.
TABLE = "positions"
_CHECKED: dict[str, Callable[[str, Any], tuple[str, str, str] | None]] = {
    "name": text_fault,
    "as_of": day_fault,
    "base_currency": currency_fault,
    "stated_total": number_fault,
}
# Derived again, or about the file that it was read from.
_PASSED_OVER = {"schema", "source", "total_value", "columns", "positions", "issues"}
_HINT = (
    "Correct what the issues name; the fields are those of `stresskit holdings --json`."
)


@dataclass(frozen=True)
class _Whole:
    """What is stated of all positions."""

    name: str | None
    as_of: dt.date | None
    base: str | None
    total: float | None
    fx: dict[str, float]


def read_stated(
    document: dict[str, Any],
    *,
    file: str,
    sha256: str,
    base_currency: str | None,
    fx: Rates | None,
) -> Portfolio:
    """Read holdings of the contract, each figure as what its field says it is.

    Parameters
    ----------
    document : dict
        The parsed JSON.
    file, sha256 : str
        What it is called, and what identifies it.
    base_currency : str or None
        Currency asked for, ISO 4217; None takes the stated one.
    fx : mapping of str to float, a function of the base currency to one, or None
        Base currency per unit of each currency; None takes the stated ones.

    Raises
    ------
    HoldingsError
        If a field is not what it must be, with an issue for every one; if there are
        no positions, or values cannot be converted to ``base_currency``.
    """
    records = document.get("positions")
    if not isinstance(records, list) or not records:
        raise HoldingsError(
            "The JSON holds no list of positions.",
            hint='Give {"schema": "stresskit/holdings/1", "positions": [...]}.',
            code="no-table",
        )
    stated = read_fields(records)
    whole = _whole(document, stated)
    _refuse_faults(stated)
    drafts, found = stated_drafts(stated, whole.base)
    clues = _clues(whole, stated)
    rates = (whole.fx or None) if fx is None else fx
    priced = price_positions(drafts, clues, base=base_currency, rates=rates)
    portfolio = Portfolio(
        name=whole.name or file_stem(file),
        positions=priced.positions,
        base_currency=priced.base,
        as_of=whole.as_of,
        stated_total=total_in_base(clues, priced),
        source={
            "file": file,
            "format": "json",
            "sheet": None,
            "table": TABLE,
            "sha256": sha256,
        },
        columns=_columns(stated),
        fx=priced.fx,
    )
    issues = (
        *stated.issues,
        *found,
        *priced.issues,
        *_value_issues(drafts, priced, clues.sheet),
        *_in_base(portfolio),
        *reconcile(portfolio),
        *duplicates(portfolio),
        *other_date(portfolio, file),
    )
    return replace(portfolio, issues=issues)


def _in_base(portfolio: Portfolio) -> list[Issue]:
    """Say which values are taken in base currency though a holding has its own.

    That is what the field means; whoever meant the holding's currency must hear of it.
    """
    base = portfolio.base_currency
    found = [
        p
        for p in portfolio.positions
        if p.market_value
        and p.local_value is None
        and (p.price is None or p.quantity is None)
        and p.currency not in {None, base}
    ]
    if not found or base is None:
        return []
    first = found[0]
    return [
        Issue(
            code="value-in-base",
            severity="info",
            message=f"The market values of {len(found)} positions in other currencies, "
            f"the first {first.name} in {first.currency}, are taken as {base}: that is "
            "what market_value is.",
            fix="Give a value in the holding's own currency as local_value, with the "
            "rates as fx.",
            row=first.row,
            column="market_value",
            money=sum(abs(p.market_value or 0.0) for p in found),
        )
    ]


def _whole(document: dict[str, Any], stated: Stated) -> _Whole:
    """Check what is stated of all positions; faults go to those of the fields."""
    values: dict[str, Any] = {}
    for name, check in _CHECKED.items():
        value = document.get(name)
        told = None if value is None else check(name, value)
        if told is not None:
            stated.faults.append(fault(None, name, value, told))
            value = None
        values[name] = (text_of(value) or None) if isinstance(value, str) else value
    rates = document.get("fx")
    if rates is not None and not isinstance(rates, dict):
        told = (
            "wrong-type",
            "is no object",
            "Give a rate per currency, or leave it out.",
        )
        stated.faults.append(fault(None, "fx", rates, told))
        rates = None
    for code, rate in (rates or {}).items():
        told = currency_fault("fx", code) or number_fault("fx", rate)
        if told is None and rate <= 0:
            told = "fx", "is no rate above zero", "Give base currency per unit."
        if told is not None:
            name = f"fx.{shown_value(code)}"
            stated.faults.append(fault(None, name, rate, told))
    unknown = sorted(document.keys() - _PASSED_OVER - _CHECKED.keys() - {"fx"})
    for name in map(shown_value, unknown[:50]):
        stated.issues.append(
            Issue(
                code="unknown-field",
                severity="warning",
                message=f"{name} is no field of stresskit/holdings/1 and was not read.",
                fix="Leave it out, or correct its name.",
                column=name,
            )
        )
    day, known = values["as_of"], currency_of(values["base_currency"] or "")
    total = values["stated_total"]
    return _Whole(
        name=values["name"],
        as_of=dt.date.fromisoformat(day) if day else None,
        base=known[0] if known else None,
        total=None if total is None else float(total),
        fx={} if stated.faults else {c: float(r) for c, r in (rates or {}).items()},
    )


def _refuse_faults(stated: Stated) -> None:
    """Refuse fields that are not what they must be, and ids that are not one's own.

    Raises
    ------
    HoldingsError
        If there are any.
    """
    ids = [own or f"p{n}" for n, own in enumerate(stated.get("id"), 1)]
    if len(set(ids)) < len(ids):
        first: dict[str, int] = {}
        for n, own in enumerate(ids, 1):
            before = first.setdefault(own, n)
            if before != n:
                told = (
                    "duplicate-id",
                    f"is that of position {before} too",
                    "Give each position an id of its own.",
                )
                stated.faults.append(fault(n, "id", own, told))
    if not stated.faults:
        return
    count, faults = len(stated.faults), tuple(stated.faults)
    places = "1 place" if count == 1 else f"{count:,} places"
    raise HoldingsError(
        f"The holdings are not what they must be in {places}. {faults[0].message}",
        hint=_HINT,
        code="contract",
        issues=faults,
    )


def _clues(whole: _Whole, stated: Stated) -> Clues:
    valued, local = ("market_value" in stated.columns, "local_value" in stated.columns)
    sheets = set(stated.get("sheet"))
    return Clues(
        # Values of the contract are in base currency, whatever a security trades in.
        header=whole.base if valued else None,
        stated=whole.base,
        local_column=valued and local,
        each_own=not valued,
        total=whole.total,
        sheet=sheets.pop() if len(sheets) == 1 else None,
    )


def _value_issues(
    drafts: list[Draft], priced: Priced, sheet: str | None
) -> list[Issue]:
    return value_issues(
        drafts,
        worths=[p.market_value for p in priced.positions],
        base=priced.base,
        rates=priced.fx,
        scale=1.0,
        sheet=sheet,
    )


def _columns(stated: Stated) -> tuple[ColumnRead, ...]:
    """Say which fields there are; they have no headers and no places."""
    names = (n for n in stated.columns if n not in ("sheet", "row", *HOLDERS))
    return tuple(ColumnRead(role=n, column=n, header="", header_row=0) for n in names)

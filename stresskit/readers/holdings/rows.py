"""Lines to drafts of positions: who, what, how much, long or short."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace

from stresskit.core.identifiers import currency_of
from stresskit.model import Issue, Position
from stresskit.readers.cells import Broken, text_of
from stresskit.readers.holdings.classes import (
    ACCOUNT_TYPES,
    asset_class,
    cash_currency,
    is_loan,
    terms_of,
)
from stresskit.readers.holdings.identity import identity_of
from stresskit.readers.holdings.lines import Line
from stresskit.readers.holdings.tables import Table

# Brokers keep a block per currency and say which in its title.
_CURRENCY_OF_ACCOUNT = re.compile(
    r"\(([A-Z]{3})\b[^)]*\)|\b([A-Z]{3}) (?:account|cash)\b"
)
_SHORT = frozenset({"short", "s", "sell", "verkauf", "leerverkauf", "vente", "venta"})
_CONTRACTS = frozenset({"future", "fx_forward", "other"})
# Contracts that move more money than they are worth.
_EXPOSED = frozenset({"future", "fx_forward", "other"})
# Contracts whose price times quantity is not what they are worth.
_UNPRICED = frozenset({"future", "fx_forward"})


@dataclass(frozen=True)
class Draft:
    """A position whose amounts are still in the currency the file wrote them in.

    ``value`` stands in the file's value column, or is quantity times price if
    ``computed``; ``notional`` likewise. ``currency_unread`` says that the row names a
    currency which does not exist, ``currency_named`` that only the name of a line of
    cash tells its currency.
    """

    position: Position
    value: float | None = None
    computed: bool = False
    notional: float | None = None
    value_currency: str | None = None
    currency_unread: bool = False
    currency_named: bool = False


@dataclass(frozen=True)
class Drafts:
    """The drafts of a table in file order, and what was wrong with their rows."""

    drafts: list[Draft]
    issues: list[Issue] = field(default_factory=list)


def draft_positions(lines: list[Line], table: Table, *, start: int = 0) -> Drafts:
    """Turn the lines of a table into drafts of positions.

    Parameters
    ----------
    lines : list of Line
        Rows of the table without totals.
    table : Table
        The table.
    start : int
        Number of positions that other tables gave before.
    """
    out = Drafts(drafts=[])
    lines = _without_account_types(lines)
    weights, issues = decimal_weights(lines, table)
    if are_of_accounts(lines, weights, table):
        weights = [None] * len(lines)
        issues.append(of_accounts(table))
    out.issues.extend(issues)
    for n, (line, weight) in enumerate(zip(lines, weights, strict=True), start + 1):
        out.drafts.append(draft_of(line, table, n=n, weight=weight, issues=out.issues))
    out.drafts[:], issues = worth_nothing(out.drafts, table)
    out.issues.extend(issues)
    out.issues.extend(computed_issues(out.drafts, table))
    out.issues.extend(loan_issues(out.drafts))
    return out


def _without_account_types(lines: list[Line]) -> list[Line]:
    """Empty a class column that only says margin or cash account."""
    said = {(line.text("asset_class") or "").casefold() for line in lines} - {""}
    if not said <= ACCOUNT_TYPES or "margin" not in said:
        return lines
    return [replace(line, cells={**line.cells, "asset_class": None}) for line in lines]


def are_of_accounts(
    lines: list[Line], weights: list[float | None], table: Table
) -> bool:
    """Say whether weights are shares of several accounts and not of the whole.

    Parameters
    ----------
    lines : list of Line
        Rows of the table.
    weights : list of (float or None)
        Their weights, as decimals.
    table : Table
        The table.
    """
    sums: dict[str | None, float] = defaultdict(float)
    for line, weight in zip(lines, weights, strict=True):
        sums[line.account] += weight or 0.0
    if len(sums) < 2 or "weight" not in table.columns:
        return False
    header = table.columns["weight"].header.text
    if re.search(r"acc(oun)?t|depot|konto|compte", header, re.IGNORECASE):
        return True
    return all(abs(total - 1) < 0.02 for total in sums.values())


def of_accounts(table: Table) -> Issue:
    """Say that weights are those of accounts.

    Parameters
    ----------
    table : Table
        The table.
    """
    return Issue(
        code="account-weights",
        severity="info",
        message="The weights are shares of each account, not of the whole: they were "
        "not used.",
        sheet=table.grid.sheet,
        row=table.header_row + 1,
        column=table.columns["weight"].letters,
    )


def decimal_weights(
    lines: list[Line], table: Table
) -> tuple[list[float | None], list[Issue]]:
    """Give the weights as decimals, by the percent sign or else by their sum.

    Parameters
    ----------
    lines : list of Line
        Rows of the table without totals.
    table : Table
        The table.
    """
    numbers = [line.numbers.get("weight") for line in lines]
    plain = [abs(n.value) for n in numbers if n and not n.percent]
    if "weight" not in table.columns or not any(numbers):
        return [None] * len(lines), []
    header = table.columns["weight"].header
    gross = sum(plain)
    issues: list[Issue] = []
    # Of 1 and 100 the sum decides; 10 is as far from either.
    percent = gross > 10
    if header.fraction:
        percent = False
    elif header.percent and not percent:
        # Excel's percent cells lose their sign on the way to text: then they add to 1.
        net = sum(n.value for n in numbers if n and not n.percent)
        percent = abs(gross - 1) > 0.05 and (abs(net - 1) > 0.01 or gross > 5)
        if not percent:
            issues.append(
                Issue(
                    code="weight-unit",
                    severity="info",
                    message=f"{header.text} says percent, but the weights add up to "
                    f"{gross:.4g}: read as fractions.",
                    sheet=table.grid.sheet,
                    row=table.header_row + 1,
                    column=table.columns["weight"].letters,
                )
            )
    return [
        None if n is None else n.value / 100 if n.percent or percent else n.value
        for n in numbers
    ], issues


def draft_of(
    line: Line, table: Table, *, n: int, weight: float | None, issues: list[Issue]
) -> Draft:
    """Make a position of a row, its amounts as the file writes them.

    Parameters
    ----------
    line : Line
        The row.
    table : Table
        Its table.
    n : int
        Number of the position, from 1.
    weight : float or None
        Its weight, a decimal.
    issues : list of Issue
        Grows by what is wrong with the row.
    """
    identity = identity_of(line, table)
    ids = identity.identifiers
    kind = asset_class(
        line, name=identity.name, ticker=ids.ticker, secure=identity.secure
    )
    if kind == "equity" and table.lists_funds:
        kind = "fund"
    if kind != "cash":
        issues.extend(identity.issues)
    currency, unit = _currency(line, table, issues)
    named = kind == "cash" and currency is None
    if named:
        currency = cash_currency(identity.name, ids.ticker)
    price = line.number("price")
    if price is not None and unit != 1 and table.columns["price"].header.scale == 1:
        price *= unit
    position = Position(
        id=f"p{n}",
        name=identity.name,
        identifiers=ids,
        asset_class=kind,
        quantity=line.number("quantity"),
        price=price,
        currency=currency,
        weight=weight,
        account=line.account,
        sector=line.text("sector"),
        country=line.text("country"),
        exchange=line.text("exchange"),
        sheet=table.grid.sheet,
        row=line.row,
        terms=terms_of(line, kind, name=identity.name, ticker=ids.ticker),
    )
    contract = kind == "future" and line.number("notional") is not None
    if contract and line.number("value") is None:
        # The share of a notional is no share of the value.
        position = replace(position, weight=None)
    if not position.name:
        issues.append(_without_name(position))
    draft = _valued(line, table, position, unit=unit)
    draft = replace(draft, currency_named=named and currency is not None)
    return _signed(draft, text_of(line.cells.get("side")).casefold())


def _without_name(position: Position) -> Issue:
    return Issue(
        code="no-name",
        severity="warning",
        message="The position has neither a name nor an identifier; it was counted.",
        fix="Name the position, or delete the row.",
        sheet=position.sheet,
        row=position.row,
    )


def _currency(
    line: Line, table: Table, issues: list[Issue]
) -> tuple[str | None, float]:
    """Give a row's currency and the unit of its prices (pence: 0.01)."""
    text = line.text("currency")
    if not text:
        named = _CURRENCY_OF_ACCOUNT.search(line.account or "")
        if (
            named
            and named[1]
            and currency_of(named[1])
            and "value_currency" not in table.columns
        ):
            return named[1], 1.0
        price = table.columns.get("price")
        return (price.header.currency if price else None), 1.0
    found = currency_of(text)
    if found:
        return found
    if text == "%":
        # Bonds are quoted in percent, and some write so where the currency stands.
        return None, 1.0
    column = table.columns["currency"]
    issues.append(
        Issue(
            code="currency",
            severity="error",
            message=f"{text} is no currency of ISO 4217.",
            fix="Write a code such as USD, EUR or CHF.",
            sheet=table.grid.sheet,
            row=line.row,
            column=column.letters,
            value=text,
        )
    )
    return None, 1.0


def _valued(line: Line, table: Table, position: Position, *, unit: float) -> Draft:
    """Give the amounts of a row: stated, or quantity times price."""
    value = line.number("value")
    local = line.number("local_value")
    has_column = "value" in table.columns
    if local is None and not has_column and "local_value" in table.columns:
        return Draft(position)
    if local is not None and not has_column:
        value, local = local, None
    stated = currency_of(line.text("value_currency") or "")
    quantity, price = position.quantity, position.price
    product = None if quantity is None or price is None else quantity * price
    if value is not None and unit != 1 and product and not stated:
        # A value in pence is a hundred times its quantity times the price in pounds.
        value *= unit if abs(value * unit / product - 1) < 0.01 else 1.0
    size = line.number("contract_size")
    draft = Draft(
        replace(position, local_value=local),
        value=value,
        notional=line.number("notional"),
        value_currency=stated[0] if stated else None,
        currency_unread=bool(line.text("currency")) and position.currency is None,
    )
    if draft.notional is None:
        draft = replace(draft, notional=notional_of(position, size))
    lost = isinstance(line.cells.get("value"), Broken)
    if value is not None or (has_column and not lost):
        return draft
    made = computed_value(position, size)
    if made is None:
        return draft
    if position.asset_class == "fund" and table.per_ten_thousand:
        made *= 1e-4
    return replace(draft, value=made, computed=True)


def computed_value(position: Position, size: float | None) -> float | None:
    """Give quantity times price in the unit of a kind's prices, or None.

    Parameters
    ----------
    position : Position
        What is held.
    size : float or None
        Size of a contract; 100 where none is given.

    Examples
    --------
    >>> bond = Position(id="p1", name="x", asset_class="bond", quantity=2e5, price=99.0)
    >>> computed_value(bond, None)
    198000.0
    """
    kind = position.asset_class
    if position.quantity is None or position.price is None or kind in _UNPRICED:
        return None
    per = {"bond": 0.01, "option": size or 100.0}.get(kind, 1.0)
    return position.quantity * position.price * per


def notional_of(position: Position, size: float | None) -> float | None:
    """Give what a future moves, quantity times price times its size, or None.

    Parameters
    ----------
    position : Position
        What is held.
    size : float or None
        Size of a contract.

    Examples
    --------
    >>> mini = Position(id="p1", name="x", asset_class="future", quantity=2, price=6e3)
    >>> notional_of(mini, 50.0)
    600000.0
    """
    if position.asset_class != "future" or not size:
        return None
    if position.quantity is None or position.price is None:
        return None
    return position.quantity * position.price * size


def _signed(draft: Draft, side: str) -> Draft:
    """Give a short position a negative quantity, value and weight."""
    position = draft.position
    amounts = (position.quantity, draft.value, position.weight, position.local_value)
    contract = position.asset_class in _CONTRACTS
    short = side in _SHORT or side.startswith("short")
    # A long future can stand at a loss: there the sign of a value says nothing.
    if not short and not contract and not side.startswith("long"):
        short = any(a is not None and a < 0 for a in amounts)
    if contract and (position.quantity or 0) < 0:
        notional = draft.notional
        return replace(draft, notional=None if notional is None else -abs(notional))
    if not short:
        return draft
    return replace(
        draft,
        position=replace(
            position,
            quantity=_negative(position.quantity),
            weight=_negative(position.weight),
            local_value=_negative(position.local_value),
        ),
        value=draft.value if contract else _negative(draft.value),
        notional=_negative(draft.notional),
    )


def worth_nothing(drafts: list[Draft], table: Table) -> tuple[list[Draft], list[Issue]]:
    """Give contracts that are listed by their exposure alone the value 0.

    They are settled every day, so that only their exposure moves the portfolio.

    Parameters
    ----------
    drafts : list of Draft
        Positions of the table.
    table : Table
        The table.
    """
    alone = [
        d.position.asset_class in _EXPOSED
        and d.value is None
        and d.notional is not None
        and d.position.weight is None
        for d in drafts
    ]
    if not any(alone):
        return drafts, []
    found = [d for d, is_alone in zip(drafts, alone, strict=True) if is_alone]
    issue = Issue(
        code="exposure-only",
        severity="info",
        message=f"{len(found)} contracts are listed by their exposure alone: their "
        "value counts as 0, since it is settled or not given, and their exposure is "
        "stressed.",
        sheet=table.grid.sheet,
        row=found[0].position.row,
        money=sum(abs(d.notional or 0.0) for d in found),
    )
    return [
        replace(d, value=0.0) if is_alone else d
        for d, is_alone in zip(drafts, alone, strict=True)
    ], [issue]


def contracts_apart(drafts: Drafts, total: float | None, table: Table) -> Drafts:
    """Take the values of futures for their exposure where the total leaves them out.

    Parameters
    ----------
    drafts : Drafts
        Positions of a table.
    total : float or None
        What the table states as its total.
    table : Table
        The table.
    """
    futures = [d for d in drafts.drafts if d.position.asset_class == "future"]
    moved = sum(d.value or 0.0 for d in futures)
    actual = sum(d.value or 0.0 for d in drafts.drafts)
    if total is None or not moved:
        return drafts
    near = 1e-4 * max(abs(total), 1.0)
    if abs(actual - total) <= near or abs(actual - moved - total) > near:
        return drafts
    issue = Issue(
        code="exposure-only",
        severity="info",
        message=f"The total is reached without {len(futures)} futures: their values "
        "were read as their exposure, and count as 0.",
        sheet=table.grid.sheet,
        row=futures[0].position.row,
        money=sum(abs(d.value or 0.0) for d in futures),
    )
    apart = [
        replace(
            d,
            value=0.0,
            notional=d.value if d.notional is None else d.notional,
            position=replace(d.position, weight=None),
        )
        if d.position.asset_class == "future" and d.value
        else d
        for d in drafts.drafts
    ]
    return replace(drafts, drafts=apart, issues=[*drafts.issues, issue])


def _negative(number: float | None) -> float | None:
    return None if number is None else -abs(number)


def computed_issues(drafts: list[Draft], table: Table) -> list[Issue]:
    """Say once per kind what was multiplied where the file has no value.

    Parameters
    ----------
    drafts : list of Draft
        Positions of the table.
    table : Table
        The table.
    """
    issues = []
    kinds = {d.position.asset_class for d in drafts if d.computed}
    how = {
        "bond": "Bonds: value is quantity times price / 100 (price per 100 nominal).",
        "option": "Options: value is quantity times price times the contract size "
        "(100 where none is given).",
    }
    if kinds:
        texts = ["Where the file has no value, it is quantity times price."]
        if "fund" in kinds and table.per_ten_thousand:
            texts.append("Funds: value is quantity times price / 10,000.")
        texts += [how[k] for k in ("bond", "option") if k in kinds]
        issues.append(
            Issue(
                code="computed-value",
                severity="info",
                message=" ".join(texts),
                sheet=table.grid.sheet,
                row=table.header_row + 1,
            )
        )
    valued = any(d.value is not None for d in drafts)
    missing = [
        d
        for d in drafts
        if d.value is None
        and d.notional is None
        and (valued or d.position.weight is None)
    ]
    if missing:
        rows = ", ".join(str(d.position.row) for d in missing[:20])
        issues.append(
            Issue(
                code="no-value",
                severity="warning",
                message=f"{len(missing)} positions have no value"
                f"{'' if valued else ' and no weight'}: rows "
                f"{rows}{' ...' if len(missing) > 20 else ''}.",
                fix=_value_fix(missing, table),
                sheet=table.grid.sheet,
                row=missing[0].position.row,
            )
        )
    return issues


def loan_issues(drafts: list[Draft]) -> list[Issue]:
    """Say where money owed has no minus: it would count as money owned.

    Parameters
    ----------
    drafts : list of Draft
        Positions of a table.
    """
    return [
        Issue(
            code="loan-sign",
            severity="warning",
            message=f"{d.position.name} looks like money owed, but its value is "
            "positive: it was counted as an asset.",
            fix="Write money owed with a minus.",
            sheet=d.position.sheet,
            row=d.position.row,
            money=d.value,
        )
        for d in drafts
        if d.position.asset_class == "cash"
        and (d.value or d.position.weight or 0.0) > 0
        and is_loan(d.position.name)
    ]


def _value_fix(missing: list[Draft], table: Table) -> str:
    """Say what would give the missing values, by what is there."""
    if any(d.position.quantity is not None for d in missing):
        fix = "Give prices with --prices FILE, or a column with the market value."
    else:
        fix = "Give their market value, or quantity and price."
    if "value" in table.columns:
        return fix
    used = {c.index for c in table.columns.values()}
    header = enumerate(table.header)
    unknown = [text_of(v) for i, v in header if i not in used and text_of(v)]
    seen = ", ".join(t[:40] for t in unknown[:10])
    return fix + (f" Headers that were not understood: {seen}." if seen else "")

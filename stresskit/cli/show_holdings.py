"""What was read of a holdings file, as tables on a terminal."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from stresskit.cli.show import table_of

if TYPE_CHECKING:
    from rich.console import RenderableType

    from stresskit.model import Portfolio

MOST_ACCOUNTS = 20


@dataclass
class _Sums:
    """How many positions a group has, and what is known of their sums."""

    count: int = 0
    value: float | None = None
    exposure: float | None = None
    weight: float | None = None


def holdings_summary(portfolio: Portfolio) -> list[RenderableType]:
    """Return what was read: columns, counts, values, the total against the stated."""
    groups, accounts = _summed(portfolio)
    parts: list[RenderableType] = [
        Text(" ".join(_facts(portfolio)), style="bold"),
        Text(_where(portfolio)),
        Text(""),
        _by_class(groups),
    ]
    if len(accounts) > 1:
        parts += [Text(""), _by_account(accounts)]
    return parts


def _summed(
    portfolio: Portfolio,
) -> tuple[dict[tuple[str, str], _Sums], dict[str, _Sums]]:
    """Add the positions up by class and currency, and by account, in one pass."""
    groups: dict[tuple[str, str], _Sums] = defaultdict(_Sums)
    accounts: dict[str, _Sums] = defaultdict(_Sums)
    for p in portfolio.positions:
        own = groups[p.asset_class, p.currency or "-"]
        account = accounts[p.account or "no account"]
        own.count += 1
        account.count += 1
        if p.market_value is not None:
            own.value = (own.value or 0.0) + p.market_value
            account.value = (account.value or 0.0) + p.market_value
        if p.exposure is not None:
            own.exposure = (own.exposure or 0.0) + p.exposure
        if p.weight is not None:
            own.weight = (own.weight or 0.0) + p.weight
    return groups, accounts


def _facts(portfolio: Portfolio) -> list[str]:
    unit, total = portfolio.base_currency, portfolio.total_value
    facts = [
        (
            f"{portfolio.name}: {len(portfolio.positions):,} positions, "
            f"as of {portfolio.as_of or 'a date the file does not state'}, "
            f"base currency {unit or 'not stated'}."
        ),
        "Weights only, no values."
        if total is None
        else f"Total {total:,.2f} {unit or ''}".strip() + ".",
    ]
    if portfolio.stated_total is not None and total is not None:
        gap = total - portfolio.stated_total
        stated = f"The file states {portfolio.stated_total:,.2f}"
        facts.append(f"{stated}: a difference of {gap:,.2f}.")
    return facts


def _where(portfolio: Portfolio) -> str:
    """Return where the positions stand and what each column was read as."""
    source = portfolio.source
    sheets = list(dict.fromkeys(c.sheet for c in portfolio.columns))
    place = f"{source.get('table')}"
    if len(sheets) == 1 and sheets[0]:
        place = f"sheet {sheets[0]}, {place}"
    elif len(sheets) > 1:
        place = f"sheets {', '.join(str(s) for s in sheets)}"
    first = portfolio.columns[0] if portfolio.columns else None
    shown = [
        f"{c.role} = {c.column}"
        + (f" {c.header!r}" if c.header else "")
        + (f" x {c.scale:,g}" if c.scale != 1 else "")
        for c in portfolio.columns
        if first and (c.sheet, c.header_row) == (first.sheet, first.header_row)
    ]
    read = f"Read from {place} ({source.get('format')}). Columns: {', '.join(shown)}."
    more = len({(c.sheet, c.header_row) for c in portfolio.columns}) - 1
    return f"{read} And {more} more tables; --json lists all." if more > 0 else read


def _by_class(groups: dict[tuple[str, str], _Sums]) -> RenderableType:
    exposed = any(g.exposure is not None for g in groups.values())
    columns = ["What", "Currency", "Positions", "Value", "Weight"]
    if exposed:
        columns.insert(4, "Exposure")
    table = table_of("What was read", *columns)
    for (kind, currency), group in sorted(groups.items()):
        cells = [
            kind,
            currency,
            f"{group.count:,}",
            _money(group.value),
            *([_money(group.exposure)] if exposed else []),
            "-" if group.weight is None else f"{group.weight:.2%}",
        ]
        table.add_row(*cells)
    return table


def _by_account(accounts: dict[str, _Sums]) -> RenderableType:
    table = table_of("By account", "Name", "Positions", "Value")
    for account, group in list(accounts.items())[:MOST_ACCOUNTS]:
        table.add_row(account, f"{group.count:,}", _money(group.value))
    if len(accounts) > MOST_ACCOUNTS:
        table.add_row(f"and {len(accounts) - MOST_ACCOUNTS:,} more", "", "")
    return table


def _money(amount: float | None) -> str:
    """Return a sum of what is known; a dash where nothing is."""
    return "-" if amount is None else f"{amount:,.2f}"

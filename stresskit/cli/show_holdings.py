"""What was read of a holdings file, as tables on a terminal."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from rich.text import Text

from stresskit.cli.show import table_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from stresskit.model import Portfolio, Position

MOST_ACCOUNTS = 20


def holdings_summary(portfolio: Portfolio) -> list[RenderableType]:
    """Return what was read: columns, counts, values, the total against the stated."""
    parts: list[RenderableType] = [
        Text(" ".join(_facts(portfolio)), style="bold"),
        Text(_where(portfolio)),
        Text(""),
        _by_class(portfolio),
    ]
    if len({p.account for p in portfolio.positions}) > 1:
        parts += [Text(""), _by_account(portfolio)]
    return parts


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


def _by_class(portfolio: Portfolio) -> RenderableType:
    exposed = any(p.exposure is not None for p in portfolio.positions)
    columns = ["What", "Currency", "Positions", "Value", "Weight"]
    if exposed:
        columns.insert(4, "Exposure")
    table = table_of("What was read", *columns)
    groups: dict[tuple[str, str], list[Position]] = defaultdict(list)
    for p in portfolio.positions:
        groups[(p.asset_class, p.currency or "-")].append(p)
    for (kind, currency), group in sorted(groups.items()):
        cells = [
            kind,
            currency,
            f"{len(group):,}",
            _money(p.market_value for p in group),
            *([_money(p.exposure for p in group)] if exposed else []),
            _weight(group),
        ]
        table.add_row(*cells)
    return table


def _by_account(portfolio: Portfolio) -> RenderableType:
    table = table_of("By account", "Name", "Positions", "Value")
    groups: dict[str, list[Position]] = defaultdict(list)
    for p in portfolio.positions:
        groups[p.account or "no account"].append(p)
    for account, group in list(groups.items())[:MOST_ACCOUNTS]:
        table.add_row(account, f"{len(group):,}", _money(p.market_value for p in group))
    if len(groups) > MOST_ACCOUNTS:
        table.add_row(f"and {len(groups) - MOST_ACCOUNTS:,} more", "", "")
    return table


def _money(amounts: Iterable[float | None]) -> str:
    """Return the sum of what is known; a dash where nothing is."""
    known = [a for a in amounts if a is not None]
    return f"{sum(known):,.2f}" if known else "-"


def _weight(group: list[Position]) -> str:
    weights = [p.weight for p in group if p.weight is not None]
    return f"{sum(weights):.2%}" if weights else "-"

"""Many portfolios on the terminal: who loses most, who failed, with what exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stresskit.model.batch import BatchLine, BatchSummary

SHOWN = 20
# The first of these that happened is the exit code: what cannot be written, then the
# input, then what is missing, then our mistakes, then what has no answer.
EXIT_CODES = {
    "output": 5,
    "input": 2,
    "plugin": 4,
    "program": 1,
    "computation": 3,
    "killed": 3,
}


LONGEST = 60
UNJUDGED = (
    "cannot be judged: their value is not above zero, or they have weights and the "
    "limit is an amount."
)


def exit_code(summary: BatchSummary) -> int:
    """Return the code of what failed, 0 where nothing did."""
    return code_of(line.status for line in summary.failed)


def code_of(kinds: Iterable[str]) -> int:
    """Return the code of several ways to fail, 0 where there is none."""
    happened = set(kinds)
    return next((c for status, c in EXIT_CODES.items() if status in happened), 0)


def show_league(summary: BatchSummary, *, by_name: bool = False) -> None:
    """Print who loses most, and how many breach the limit.

    ``by_name`` calls portfolios by their name, else by their file: two files may hold
    portfolios of one name.
    """
    from rich.text import Text

    from stresskit.cli.show import print_plain, signed, table_of

    done = summary.done
    table = table_of("Largest losses", "", "Name", "P&L", "P&L %", "Breach")
    for rank, line in enumerate(done[:SHOWN], 1):
        breach = summary.breaches(line)
        table.add_row(
            str(rank),
            (line.name if by_name else line.file)[:LONGEST],
            _money(line),
            ""
            if line.pnl_pct is None
            else signed(f"{line.pnl_pct:+.2%}", line.pnl_pct),
            Text("yes", style="red") if breach else "no" if breach is False else "-",
        )
    unknown = sum(summary.breaches(line) is None for line in done)
    breaches = sum(summary.breaches(line) is True for line in done)
    limit = f"{summary.limit:g}"
    if summary.limit_share:
        limit = f"{summary.limit * 100:g}%"
    print_plain(
        Text(
            f"{len(done):,} of {len(summary.lines):,} portfolios stressed, "
            f"{breaches:,} breach the limit of {limit}.",
            style="bold",
        ),
        *([f"{unknown:,} {UNJUDGED}"] if unknown else []),
        *(("", table) if done else ()),
        *([f"and {len(done) - SHOWN:,} more"] if len(done) > SHOWN else []),
    )


def _money(line: BatchLine) -> str:
    return "" if line.pnl is None else f"{line.pnl:,.0f} {line.currency or ''}".strip()

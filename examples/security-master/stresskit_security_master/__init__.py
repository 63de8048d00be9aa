"""Place holdings by the house's security master: one table, read with sqlite3.

``STRESSKIT_SECURITY_MASTER`` names the database; its table ``securities`` has the
columns isin, ticker, segment, share, beta, source, as_of. A security that does several
things has a row for each, with the share of its business; ``beta`` may be empty.
"""

from __future__ import annotations

import math
import os
import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stresskit.core.identifiers import ticker_key
from stresskit.errors import InputError
from stresskit.mappers.by_fractions import by_fractions

if TYPE_CHECKING:
    from stresskit.mappers import MappingContext
    from stresskit.model import Exposure, Position

VARIABLE = "STRESSKIT_SECURITY_MASTER"
TABLE = "securities"
# Lambda, how far a sensitivity may be off: between a curated company (0.05) and the
# industry that a file states (0.3).
PRIOR_SD = 0.10
TOLERANCE = 0.001
QUERY = (
    "SELECT rowid, isin, ticker, segment, share, beta, source, as_of "
    "FROM securities ORDER BY rowid"
)


@dataclass(frozen=True)
class Row:
    """A row of the table; ``number`` is its rowid."""

    number: int
    isin: str | None
    ticker: str | None
    segment: str
    share: float
    beta: float | None
    source: str
    as_of: str


class SecurityMaster:
    """Stand between the user's own word (tiers 1 and 1.5) and the curated map (2)."""

    tier = 1.8

    def __init__(self) -> None:
        # A mapper is made for each portfolio: the table is as it is now. What is raised
        # here is a warning that names this plugin, and the other mappers go on.
        self.path = _path()
        self.by_isin: dict[str, list[Row]] = defaultdict(list)
        self.by_ticker: dict[str, list[Row]] = defaultdict(list)
        for row in _rows(self.path):
            if row.isin:
                self.by_isin[row.isin.strip().upper()].append(row)
            elif row.ticker:
                self.by_ticker[ticker_key(row.ticker)].append(row)

    def map(self, position: Position, context: MappingContext) -> Exposure | None:
        """Return what the table says of a security, or None where it has no row."""
        ids = position.identifiers
        rows, matched = self.by_isin.get(ids.isin or ""), f"ISIN {ids.isin}"
        if not rows and ids.ticker:
            rows = self.by_ticker.get(ticker_key(ids.ticker))
            matched = f"ticker {ids.ticker}"
        if not rows:
            return None
        _check(rows, context)
        found = by_fractions(
            position,
            {row.segment: row.share for row in rows},
            context,
            source="security master",
            matched=f"{TABLE}, {matched}",
            basis=self._basis(rows),
            prior_sd=PRIOR_SD,
        )
        beta = rows[0].beta
        return found if beta is None else replace(found, beta=beta, beta_sd=0.0)

    def _basis(self, rows: list[Row]) -> str:
        numbers = ", ".join(str(row.number) for row in rows)
        sources = ", ".join(dict.fromkeys(row.source for row in rows))
        oldest = min(row.as_of for row in rows)
        many = "rows" if len(rows) > 1 else "row"
        return f"{self.path.name}, {TABLE} {many} {numbers} of {oldest}: {sources}"


def _path() -> Path:
    given = os.environ.get(VARIABLE)
    if not given:
        raise InputError(
            f"{VARIABLE} is not set",
            hint=f"Set {VARIABLE} to the SQLite file with the table {TABLE}, or "
            "uninstall stresskit-security-master.",
        )
    return Path(given)


def _rows(path: Path) -> list[Row]:
    """Read the table; a file that is not there is not made."""
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as db:
            return [Row(*found) for found in db.execute(QUERY)]
    except sqlite3.Error as error:
        raise InputError(
            f"the table {TABLE} of {path} cannot be read ({error})",
            hint=f"Make it with securities.sql, or let {VARIABLE} name another file.",
        ) from error


def _check(rows: list[Row], context: MappingContext) -> None:
    """Refuse rows that cannot be meant: a warning names the first position of them."""
    where = f"{TABLE} row {rows[0].number}"
    unknown = [r.segment for r in rows if r.segment not in context.shocks]
    if unknown:
        raise InputError(f"{where}: {unknown[0]!r} is no segment")
    total = sum(row.share for row in rows)
    if min(row.share for row in rows) <= 0 or not math.isclose(
        total, 1.0, abs_tol=TOLERANCE
    ):
        raise InputError(f"{where}: the shares add up to {total:g}, not to 1")

"""The portfolios of a book: what each is valued in, and what is uneven in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stresskit.book.table.apart import Failure
from stresskit.book.table.lines import BASIS, CONTEXT, PORTFOLIO, WEIGHT
from stresskit.book.table.results import Named
from stresskit.core.identifiers import currency_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import pyarrow as pa


class Owners:
    """Portfolios by name.

    Parameters
    ----------
    table
        Every portfolio with its rows, and the range of what must be one in it.
    base_currency, as_of
        What portfolios are in that state none.
    """

    def __init__(
        self, table: pa.Table, base_currency: str | None, as_of: dt.date | None
    ):
        self._base = base_currency
        self._day = as_of.isoformat() if as_of else None
        self._contexts = [
            name for name in CONTEXT if f"{name}_min" in table.column_names
        ]
        columns = {name: table.column(name).to_pylist() for name in table.column_names}
        self._row = {
            name: {c: columns[c][n] for c in columns}
            for n, name in enumerate(columns[PORTFOLIO])
        }
        ranged = (*self._contexts, BASIS)
        self.uneven = {
            name
            for name, row in self._row.items()
            if any(row[f"{c}_min"] != row[f"{c}_max"] for c in ranged)
            or row.get("names", 0) < row.get("named", 0)
            or not (name or "").strip()
        }

    @property
    def names(self) -> list[str]:
        """All portfolios that have a name."""
        return [name for name in self._row if name is not None]

    @property
    def nobody(self) -> Failure | None:
        """What is told of rows that name no portfolio."""
        row = self._row.get(None)
        if row is None:
            return None
        return Failure(
            "",
            "input",
            f"{row['rows']:,} rows name no portfolio and are in no result.",
            "Fill the column that names the portfolio, or take these rows out.",
        )

    def failure(self, name: str) -> Failure | None:
        """Return why a portfolio cannot even be run alone, if so."""
        row = self._row[name]
        if not name.strip():
            said = f"{row['rows']:,} rows have a blank text for their portfolio."
            return Failure(name, "input", said, "Name the portfolio of every row.")
        for column in self._contexts:
            one, two = row[f"{column}_min"], row[f"{column}_max"]
            if one != two:
                return Failure(
                    name,
                    "input",
                    f"The portfolio states more than one {column}: {one or 'none'} "
                    f"and {two or 'none'}.",
                    f"State one {column} in all rows of a portfolio.",
                )
        return None

    def named(self, names: Sequence[str], rows: Any, answered: str) -> Named:
        """Return what is said of portfolios that the book answers."""
        own = [self._row[name] for name in names]

        def stated(column: str) -> list[str | None]:
            if column not in self._contexts:
                return [None] * len(own)
            return [row[f"{column}_min"] or None for row in own]

        currencies = [
            None if row[f"{BASIS}_min"] == WEIGHT else _code(base or self._base)
            for row, base in zip(own, stated("base_currency"), strict=True)
        ]
        days = [self._day or day for day in stated("as_of")]
        return Named(names, currencies, days, rows, answered)


def _code(currency: str | None) -> str | None:
    """Return a currency by its code, however it is written."""
    known = currency_of(currency) if currency else None
    return known[0] if known else currency

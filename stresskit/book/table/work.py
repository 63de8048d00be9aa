"""The whole of a book: what is held is priced once, amounts are joined and summed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stresskit.book.table import instruments as priced_once
from stresskit.book.table import lines as rowwise
from stresskit.book.table.instruments import Described, Instruments, Keyed
from stresskit.book.table.lines import (
    BASIS,
    CONTRACT,
    COUNT,
    DESCRIPTION,
    INSTRUMENT,
    KEYS,
    MISSING,
    PLAIN,
    PORTFOLIO,
)
from stresskit.core.stress.units import Answers, Columns, Sums, answers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from stresskit.asking import Files
    from stresskit.book.table.engines import Engine
    from stresskit.book.table.lines import Frame
    from stresskit.book.table.shards import Shard
    from stresskit.book.table.source import Source
    from stresskit.model import Scenario

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Held:
    """What a book holds: its portfolios, and every instrument with its place.

    ``descriptions`` and ``instruments`` are tables that rows are joined with, by the
    columns ``names``; ``keyed`` says whether the second is needed.
    """

    portfolios: pa.Table
    names: tuple[str, ...]
    descriptions: pa.Table
    keys: pa.Table | None
    instruments: tuple[Keyed, ...]


def described(engine: Engine, source: Source, shard: Shard | None = None) -> Frame:
    """Return the rows of a source, or of a shard of it, with what describes them."""
    texts, numbers = source.described_by()
    rows = engine.rows()
    if shard is not None:
        rows = rowwise.within(rows, shard.first, shard.last)
    return rowwise.described(rows, texts, numbers)


def held_in(engine: Engine, source: Source, files: Files) -> Held:
    """Find what a book holds, in one or two passes over its rows."""
    texts, numbers = source.described_by()
    names = (*texts, *numbers)
    rows = described(engine, source)
    found = engine.collect(rowwise.descriptions(rows, names))
    found = found.sort_by([(name, "ascending") for name in (*names, BASIS)])
    contexts = [name for name in rowwise.CONTEXT if name in names]
    owners = engine.collect(rowwise.portfolios(rows, contexts))
    table = [found.column(name).to_pylist() for name in (*names, BASIS)]
    stated = [
        (priced_once.stated(names, row[:-1]), int(row[-1]))
        for row in zip(*table, strict=True)
    ]
    usable = [n for n, (_, basis) in enumerate(stated) if basis != rowwise.NONE]
    read = priced_once.kinds(files, [stated[n] for n in usable])
    known = {n: d for n, d in zip(usable, read, strict=True) if d is not None}
    at = sorted(known)
    kinds = [known[n].kind for n in at]
    descriptions = found.take(at).append_column(
        DESCRIPTION, pa.array(range(len(at)), pa.int64())
    )
    descriptions = descriptions.append_column(CONTRACT, pa.array(kinds, pa.int64()))
    ordered = [known[n] for n in at]
    needs_keys = any(d.kind != PLAIN or d.basis == COUNT for d in ordered)
    if not needs_keys:
        plain = tuple(Keyed(d) for d in ordered)
        return Held(owners, names, descriptions, None, plain)
    keyed = rowwise.amounts(rows, engine.put(descriptions), names, keyed=True)
    keys = engine.collect(rowwise.instruments(keyed))
    keys = keys.filter(pc.is_valid(keys.column(DESCRIPTION)))
    keys = keys.sort_by([(name, "ascending") for name in (DESCRIPTION, *KEYS)])
    keys = keys.append_column(INSTRUMENT, pa.array(range(len(keys)), pa.int64()))
    columns = [keys.column(name).to_pylist() for name in (DESCRIPTION, *KEYS)]
    made = tuple(
        _keyed(ordered[number], *own) for number, *own in zip(*columns, strict=True)
    )
    return Held(owners, names, descriptions, keys, made)


def _keyed(of: Described, *keys: Any) -> Keyed:
    *amounts, counted = keys
    price, value, local, exposure = (None if x == MISSING else x for x in amounts)
    return Keyed(of, price, value, local, exposure, bool(counted))


def lines_of(engine: Engine, rows: Frame, held: Held) -> Frame:
    """Return what portfolios hold of instruments."""
    return rowwise.lines(numbered(engine, rows, held))


def numbered(engine: Engine, rows: Frame, held: Held) -> Frame:
    """Return rows with their amounts and the numbers of their instruments."""
    keyed = held.keys is not None
    numbers = held.descriptions
    if not keyed:
        numbers = numbers.rename_columns({DESCRIPTION: INSTRUMENT})
    found = rowwise.amounts(rows, engine.put(numbers), held.names, keyed=keyed)
    if held.keys is not None:
        found = rowwise.numbered(found, engine.put(held.keys))
    return found


class Summing:
    """Columns per unit as tables, and sums over lines read back as arrays."""

    def __init__(self, instruments: Instruments):
        self._of = instruments
        units = instruments.units
        number = instruments.number
        self._linear = _names("l", units.linear)
        self._sized = _names("z", units.sized)
        self._squared = _names("q", units.squared)
        self._spread = _names("d", units.spread)
        self._errors = _names("e", units.errors)
        self._bent = _names("b", units.bent)
        apart = np.isin(number, list(instruments.apart))
        flags = {"up": units.up, "down": units.down, "apart": apart}
        columns = {
            **_columns(self._linear, units.linear),
            **_columns(self._sized, units.sized),
            **_columns(self._squared, units.squared),
            **_columns(self._spread, units.spread),
        }
        self.main = _table(number, {"cluster": units.cluster, **flags}, columns)
        # Rows that no answer is known of are counted, and their portfolio stands apart.
        missing = sorted(instruments.apart - set(number.tolist()))
        nothing = {name: np.zeros(len(missing)) for name in columns}
        off = np.zeros(len(missing), dtype=bool)
        others = _table(
            np.array(missing, dtype=np.int64),
            {
                "cluster": np.full(len(missing), -1),
                "up": off,
                "down": off,
                "apart": ~off,
            },
            nothing,
        )
        self.main = pa.concat_tables([self.main, others])
        self.shared = self._some(
            units.shared, {"issuer": units.issuer}, self._errors, units.errors
        )
        self.curved = self._some(units.curved, {}, self._bent, units.bent)

    def _some(
        self,
        mask: NDArray[np.bool_],
        groups: dict[str, NDArray[Any]],
        names: list[str],
        columns: Columns,
    ) -> pa.Table | None:
        """Return the columns of some instruments; None where there are none."""
        if not mask.any() or not names:
            return None
        table = _table(self._of.number, groups, _columns(names, columns))
        return table.filter(pa.array(mask))

    def sums(
        self, engine: Engine, lines: Frame
    ) -> tuple[list[str], Sums, dict[str, NDArray[np.int64]]]:
        """Return the portfolios, sums over their lines, and how many rows they are."""
        several = self.shared is not None or self.curved is not None
        kept = engine.keep(lines) if several else lines
        main = engine.collect(
            rowwise.sums(
                kept,
                engine.put(self.main),
                (PORTFOLIO, "cluster"),
                linear=(*self._linear, *self._spread),
                sized=self._sized,
                squared=self._squared,
                flagged=True,
            )
        ).sort_by([(PORTFOLIO, "ascending"), ("cluster", "ascending")])
        names, first, group = _groups(main.column(PORTFOLIO))

        def summed(columns: Sequence[str]) -> Any:
            by_group = _matrix(main, columns)
            return np.add.reduceat(by_group, first, axis=0) if len(first) else by_group

        inside = _numbers(main, "cluster") >= 0
        errors, issuer_of = self._extra(
            engine, kept, self.shared, ("issuer",), self._errors, names
        )
        bent, owner = self._extra(engine, kept, self.curved, (), self._bent, names)
        whole = np.zeros((len(names), len(self._bent)))
        whole[owner] = bent
        sums = Sums(
            linear=summed(self._linear),
            sized=summed(self._sized),
            squared=summed(self._squared),
            spread=_matrix(main, self._spread)[inside],
            group=group[inside],
            errors=errors,
            issuer_of=issuer_of,
            bent=whole,
            short=summed(["short"])[:, 0].astype(np.int64),
        )
        counts = {
            name: summed([name])[:, 0].astype(np.int64) for name in ("rows", "apart")
        }
        return names, sums, counts

    def _extra(
        self,
        engine: Engine,
        lines: Frame,
        units: pa.Table | None,
        by: tuple[str, ...],
        columns: list[str],
        names: list[str],
    ) -> tuple[Floats, NDArray[np.int64]]:
        """Return sums of some instruments, and the numbers of their portfolios."""
        if units is None:
            return np.zeros((0, len(columns))), np.zeros(0, dtype=np.int64)
        found = engine.collect(
            rowwise.sums(lines, engine.put(units), (PORTFOLIO, *by), linear=columns)
        ).sort_by([(name, "ascending") for name in (PORTFOLIO, *by)])
        number = {name: n for n, name in enumerate(names)}
        owner = [number[name] for name in found.column(PORTFOLIO).to_pylist()]
        return _matrix(found, columns), np.array(owner, dtype=np.int64)

    def answers(self, sums: Sums) -> Answers:
        """Return what the portfolios would make."""
        return answers_of(self._of.units, self._of.frame, sums)


def _names(letter: str, columns: Columns) -> list[str]:
    return [f"{letter}{n}" for n in range(len(columns))]


def _columns(names: list[str], columns: Columns) -> dict[str, Floats]:
    if not names:
        return {}
    return dict(zip(names, columns.matrix.T, strict=True))


def _table(
    number: NDArray[np.int64],
    groups: dict[str, NDArray[Any]],
    columns: dict[str, Floats],
) -> pa.Table:
    return pa.table({INSTRUMENT: number, **groups, **columns})


def _matrix(table: pa.Table, columns: Sequence[str]) -> Floats:
    made = [_numbers(table, name) for name in columns]
    return np.column_stack(made) if made else np.zeros((len(table), 0))


def _numbers(table: pa.Table, name: str) -> Any:
    return table.column(name).to_numpy()


def _groups(column: Any) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """Return the names in a sorted column, where each begins, and whose each row is."""
    encoded = column.combine_chunks().dictionary_encode()
    codes = encoded.indices.to_numpy().astype(np.int64)
    first = np.flatnonzero(np.diff(codes, prepend=-1))
    return encoded.dictionary.to_pylist(), first, codes


def priced(
    files: Files,
    held: Held,
    scenarios: Sequence[Scenario],
    check: Callable[[Scenario, str | None], None],
) -> Instruments:
    """Read, place and price what a book holds (see ``instruments.priced``)."""
    return priced_once.priced(files, held.instruments, scenarios, check)

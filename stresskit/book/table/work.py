"""The whole of a book: what is held is priced once, amounts are joined and summed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stresskit.book.table import instruments as priced_once
from stresskit.book.table import lines as rowwise
from stresskit.book.table.instruments import Described, Instruments, Keyed, Reading
from stresskit.book.table.lines import (
    BASIS,
    CONTRACT,
    DESCRIPTION,
    INSTRUMENT,
    KEYS,
    MISSING,
    PORTFOLIO,
    POSITION,
    UNKNOWN,
    WEIGHT,
)
from stresskit.core.identifiers import currency_of
from stresskit.core.stress.units import (
    Answers,
    Columns,
    Lines,
    Sums,
    answers_of,
    sums_over,
)
from stresskit.errors import InputError
from stresskit.model.portfolio import without_collecting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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

    Rows are joined with ``descriptions`` by the columns ``by``, which tell them all
    apart, with ``blanks`` for what is not stated; those of contracts with ``keys`` too.
    ``basis`` is that of all rows, if they have one. ``read`` are those of the
    instruments that are read already. ``files`` are what the book is read with, in the
    currency of portfolios that state none.
    """

    files: Files
    portfolios: pa.Table
    by: tuple[str, ...]
    blanks: dict[str, str | float]
    basis: int | None
    descriptions: pa.Table
    keys: pa.Table | None
    instruments: tuple[Keyed, ...]
    read: list[Reading]


def described(engine: Engine, source: Source, shard: Shard | None = None) -> Frame:
    """Return the rows of a source, or of a shard of it, with their basis."""
    rows = engine.rows()
    if shard is not None:
        rows = rowwise.within(rows, shard.first, shard.last)
    return rowwise.described(rows, source.columns)


def held_in(engine: Engine, source: Source, files: Files) -> Held:
    """Find what a book holds, in two or three passes over its rows."""
    with without_collecting():
        return _held_in(engine, source, files)


def _held_in(engine: Engine, source: Source, files: Files) -> Held:
    texts, numbers = source.described_by()
    names = (*texts, *numbers)
    rows = described(engine, source)
    contexts = [name for name in rowwise.CONTEXT if name in names]
    owners = engine.collect(
        rowwise.portfolios(rows, contexts, ids=POSITION in source.columns)
    )
    found = engine.collect(rowwise.descriptions(rows, names))
    # pandas adds its own count of rows.
    found = found.select([*names, BASIS])
    empty = dict.fromkeys(texts, "") | dict.fromkeys(numbers, MISSING)
    blanks = {n: x for n, x in empty.items() if found.column(n).null_count}
    found = _filled(found, blanks)
    files = with_base(files, found)
    table = [found.column(name).to_pylist() for name in (*names, BASIS)]
    stated = [
        (priced_once.stated(names, row[:-1]), int(row[-1]))
        for row in zip(*table, strict=True)
    ]
    usable = [n for n, (_, basis) in enumerate(stated) if basis != rowwise.NONE]
    kinds, read = priced_once.kinds(files, [stated[n] for n in usable])
    known = {n: d for n, d in zip(usable, kinds, strict=True) if d is not None}
    plain = [n for n, d in known.items() if not d.keyed]
    keyed = [n for n, d in known.items() if d.keyed]
    bases = set(found.column(BASIS).to_pylist())
    by = _telling(found)
    numbers_of = {
        INSTRUMENT: [*range(len(plain)), *(UNKNOWN for _ in keyed)],
        DESCRIPTION: [*(UNKNOWN for _ in plain), *range(len(keyed))],
        CONTRACT: [known[n].kind for n in (*plain, *keyed)],
    }
    descriptions = found.select(by).take(pa.array([*plain, *keyed], pa.int64()))
    for name in numbers_of if keyed else (INSTRUMENT,):
        column = pa.array(numbers_of[name], pa.int64())
        descriptions = descriptions.append_column(name, column)
    at = {n: k for k, n in enumerate(usable)}
    place = {at[n]: k for k, n in enumerate(plain)}
    held = Held(
        files=files,
        portfolios=owners.sort_by([(PORTFOLIO, "ascending")]),
        by=by,
        blanks={name: blank for name, blank in blanks.items() if name in by},
        basis=bases.pop() if len(bases) == 1 and bases != {rowwise.NONE} else None,
        descriptions=descriptions,
        keys=None,
        instruments=tuple(Keyed(known[n]) for n in plain),
        read=_renumbered(read, place),
    )
    if not keyed:
        return held
    return _with_keys(engine, rows, held, [known[n] for n in keyed])


def with_base(files: Files, found: pa.Table) -> Files:
    """Return the files with the currency of portfolios that state none.

    Raises
    ------
    InputError
        If none is given and the book's positions are in several.
    """
    named = set(found.column_names)
    money = [row != WEIGHT for row in found.column(BASIS).to_pylist()]
    if files.base_currency or not any(money):
        return files
    if "base_currency" in named:
        return files
    stated = found.column("currency").to_pylist() if "currency" in named else []
    known = {code[0] for text in stated if text and (code := currency_of(text))}
    if len(known) == 1:
        return replace(files, base_currency=known.pop())
    said = f"{len(known)} currencies ({', '.join(sorted(known)[:6])})"
    raise InputError(
        "The book does not say which currency its portfolios are valued in: its "
        f"positions are in {said if known else 'none that is known'}.",
        hint="Give --base-currency CCY, or a column base_currency.",
        code="base-currency",
    )


def _filled(found: pa.Table, blanks: Mapping[str, str | float]) -> pa.Table:
    """Return the descriptions in order, with what stands for nothing, once each."""
    names = found.column_names
    for name, blank in blanks.items():
        column = pc.fill_null(found.column(name), blank)
        found = found.set_column(names.index(name), name, column)
    if blanks:
        found = found.group_by(names).aggregate([]).select(names)
    return found.sort_by([(name, "ascending") for name in names])


def _telling(found: pa.Table) -> tuple[str, ...]:
    """Return columns that tell all rows apart: no others need be compared."""
    codes = {
        name: pc.rank(found.column(name), tiebreaker="dense").to_numpy()
        for name in found.column_names
    }
    chosen: list[str] = []
    whole = np.zeros(len(found), dtype=np.int64)
    while not chosen or whole.max(initial=0) + 1 < len(found):
        tried = {
            name: np.unique(whole * (len(found) + 1) + own, return_inverse=True)[1]
            for name, own in codes.items()
            if name not in chosen
        }
        best = max(tried, key=lambda name: int(tried[name].max(initial=0)))
        chosen.append(best)
        whole = tried[best]
    return tuple(chosen)


def _renumbered(read: Sequence[Reading], place: Mapping[int, int]) -> list[Reading]:
    """Return what was read of the instruments that have a place."""
    made = []
    for at, portfolio in read:
        kept = [k for k, n in enumerate(at) if n in place]
        if kept:
            positions = tuple(portfolio.positions[k] for k in kept)
            numbers = [place[at[k]] for k in kept]
            made.append((numbers, replace(portfolio, positions=positions)))
    return made


def _with_keys(
    engine: Engine, rows: Frame, held: Held, contracts: Sequence[Described]
) -> Held:
    """Return what is held with the instruments that descriptions and keys make."""
    found = rowwise.identified(
        rows, engine.put(held.descriptions), held.by, held.blanks
    )
    keys = engine.collect(rowwise.keys(rowwise.contracts(found)))
    keys = keys.sort_by([(name, "ascending") for name in (DESCRIPTION, *KEYS)])
    columns = [keys.column(name).to_pylist() for name in (DESCRIPTION, *KEYS)]
    made = [
        _keyed(contracts[int(number)], *own)
        for number, *own in zip(*columns, strict=True)
    ]
    first = len(held.instruments)
    numbers = pa.array(range(first, first + len(made)), pa.int64())
    return replace(
        held,
        keys=keys.append_column(INSTRUMENT, numbers),
        instruments=(*held.instruments, *made),
    )


def _keyed(of: Described, *keys: Any) -> Keyed:
    *amounts, counted = keys
    price, value, local, exposure = (None if x == MISSING else x for x in amounts)
    return Keyed(of, price, value, local, exposure, bool(counted))


def lines_of(engine: Engine, rows: Frame, held: Held) -> Frame | pa.Table:
    """Return what portfolios hold of instruments: here, or where a cluster has it."""
    found = rowwise.lines(numbered(engine, rows, held))
    return found if engine.far else engine.collect(found)


def numbered(engine: Engine, rows: Frame, held: Held) -> Frame:
    """Return rows with their amounts and the numbers of their instruments."""
    found = rowwise.identified(
        rows, engine.put(held.descriptions), held.by, held.blanks
    )
    if held.keys is None:
        return rowwise.valued(found, held.basis)
    return rowwise.together(
        rowwise.valued(rowwise.plain(found), held.basis),
        rowwise.contracts(found),
        engine.put(held.keys),
        rows.collect_schema().names(),
    )


class Summing:
    """Sums over lines: a product of matrices here, joins and sums on a cluster.

    Parameters
    ----------
    instruments
        What is held, priced.
    """

    def __init__(self, instruments: Instruments):
        self.instruments = instruments
        number = instruments.number
        self._place = np.full(int(number.max(initial=-1)) + 1, -1, dtype=np.int64)
        self._place[number] = np.arange(len(number))

    def sums(
        self, engine: Engine, lines: Frame | pa.Table
    ) -> tuple[list[str], Sums, dict[str, NDArray[np.int64]]]:
        """Return the portfolios, sums over their lines, and how many rows they are.

        ``apart`` counts lines that only their portfolio can tell of.
        """
        if not isinstance(lines, pa.Table):
            return self._tables.sums(engine, lines)
        table = lines.sort_by([(PORTFOLIO, "ascending"), (INSTRUMENT, "ascending")])
        encoded = table.column(PORTFOLIO).combine_chunks().dictionary_encode()
        owner = encoded.indices.to_numpy().astype(np.int64)
        number = _numbers(table, INSTRUMENT)
        inside = (number >= 0) & (number < len(self._place))
        at = np.where(inside, self._place[np.where(inside, number, 0)], -1)
        known, count = at >= 0, len(encoded.dictionary)
        lines_known = Lines(
            owner[known],
            at[known],
            _numbers(table, "amount")[known],
            _numbers(table, "size")[known],
        )
        rows = np.bincount(owner, _numbers(table, "rows"), count)
        counts = {
            "rows": rows.astype(np.int64),
            "apart": np.bincount(owner, ~known, count).astype(np.int64),
        }
        sums = sums_over(self.instruments.units, lines_known, count)
        return encoded.dictionary.to_pylist(), sums, counts

    @cached_property
    def _tables(self) -> Tables:
        return Tables(self.instruments)

    def answers(self, sums: Sums) -> Answers:
        """Return what the portfolios would make."""
        return answers_of(self.instruments.units, self.instruments.frame, sums)


class Tables:
    """Columns per unit as tables, which go to where the lines are."""

    def __init__(self, instruments: Instruments):
        units, number = instruments.units, instruments.number
        self._linear = _names("l", units.linear)
        self._sized = _names("z", units.sized)
        self._squared = _names("q", units.squared)
        self._spread = _names("d", units.spread)
        self._errors = _names("e", units.errors)
        self._bent = _names("b", units.bent)
        columns = {
            **_columns(self._linear, units.linear),
            **_columns(self._sized, units.sized),
            **_columns(self._squared, units.squared),
            **_columns(self._spread, units.spread),
        }
        # Rows that no answer is known of are counted, and their portfolio stands apart.
        apart = np.array(sorted(instruments.apart), dtype=np.int64)
        off = np.zeros(len(apart), dtype=bool)
        known = {
            "up": units.up,
            "down": units.down,
            "apart": np.zeros(len(number), dtype=bool),
        }
        flags = {"cluster": units.cluster, **known}
        others = {"cluster": np.full(len(apart), -1), "up": off, "down": off}
        nothing = dict.fromkeys(columns, np.zeros(len(apart)))
        self.main = pa.concat_tables(
            [
                _table(number, flags, columns),
                _table(apart, {**others, "apart": ~off}, nothing),
            ]
        )
        self.shared = _some(
            number,
            units.shared,
            {"issuer": units.issuer},
            _columns(self._errors, units.errors),
        )
        self.curved = _some(number, units.curved, {}, _columns(self._bent, units.bent))

    def sums(
        self, engine: Engine, lines: Frame
    ) -> tuple[list[str], Sums, dict[str, NDArray[np.int64]]]:
        """Return the portfolios, sums over their lines, and how many rows they are."""
        kept = engine.keep(lines)
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
        encoded = main.column(PORTFOLIO).combine_chunks().dictionary_encode()
        group = encoded.indices.to_numpy().astype(np.int64)
        first = np.flatnonzero(np.diff(group, prepend=-1))
        names = encoded.dictionary

        def summed(columns: Sequence[str]) -> Floats:
            return np.add.reduceat(_matrix(main, columns), first, axis=0)

        inside = _numbers(main, "cluster") >= 0
        errors, issuer_of = self._extra(
            engine, kept, self.shared, ("issuer",), self._errors, names
        )
        bent, owner = self._extra(engine, kept, self.curved, (), self._bent, names)
        whole = np.zeros((len(names), len(self._bent)))
        whole[owner] = _matrix(bent, self._bent)
        counted = summed(["rows", "apart", "short"]).astype(np.int64)
        sums = Sums(
            linear=summed(self._linear),
            sized=summed(self._sized),
            squared=summed(self._squared),
            spread=_matrix(main, self._spread)[inside],
            group=group[inside],
            errors=_matrix(errors, self._errors),
            issuer_of=issuer_of,
            bent=whole,
            short=counted[:, 2],
        )
        counts = {"rows": counted[:, 0], "apart": counted[:, 1]}
        return names.to_pylist(), sums, counts

    def _extra(
        self,
        engine: Engine,
        lines: Frame,
        units: pa.Table | None,
        by: tuple[str, ...],
        columns: Sequence[str],
        names: Any,
    ) -> tuple[pa.Table, NDArray[np.int64]]:
        """Return sums of some instruments, and the numbers of their portfolios."""
        if units is None:
            empty = np.zeros(0)
            nothing = pa.table(dict.fromkeys((*by, *columns), empty))
            return nothing, empty.astype(np.int64)
        found = engine.collect(
            rowwise.sums(lines, engine.put(units), (PORTFOLIO, *by), linear=columns)
        )
        owner = pc.index_in(found.column(PORTFOLIO), names)
        return found, owner.to_numpy().astype(np.int64)


def _some(
    number: NDArray[np.int64],
    mask: NDArray[np.bool_],
    groups: dict[str, NDArray[Any]],
    columns: dict[str, Floats],
) -> pa.Table | None:
    """Return the columns of some instruments; None where there are none."""
    if not mask.any() or not columns:
        return None
    return _table(number, groups, columns).filter(pa.array(mask))


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


def priced(
    files: Files,
    held: Held,
    scenarios: Sequence[Scenario],
    check: Callable[[Scenario, str | None], None],
) -> Instruments:
    """Read, place and price what a book holds (see ``instruments.priced``)."""
    with without_collecting():
        return priced_once.priced(files, held.instruments, scenarios, check, held.read)

"""Where the rows are joined and summed: DuckDB, pandas, or Spark (see ``spark``)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import narwhals as nw

from stresskit.book.table.lines import AMOUNTS, BROKEN
from stresskit.book.table.source import (
    NUMBERS,
    csv_header,
    needed,
    partition_of,
    separator,
)
from stresskit.errors import ComputationError, InputError, OutputError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from stresskit.book.table.lines import Frame
    from stresskit.book.table.source import Source

NUMERIC = frozenset((*AMOUNTS, *NUMBERS))
ENGINES = ("duckdb", "pandas", "spark")


class Engine(Protocol):
    """What reads the rows of a source, and works out a frame.

    ``far`` says that lines are not to be brought here: sums are worked out there.
    """

    far: bool

    def rows(self) -> Frame:
        """Return the rows with the known columns: texts and floats, null if unknown.

        Raises
        ------
        InputError
            If a file cannot be read.
        """

    def texts(self) -> Frame:
        """Return the rows with the known columns as the texts that they are."""

    def put(self, table: pa.Table) -> Frame:
        """Return a small table as a frame that can be joined with the rows."""

    def keep(self, frame: Frame) -> Frame:
        """Work a frame out once, to be used several times."""

    def collect(self, frame: Frame) -> pa.Table:
        """Work a frame out and return it.

        Raises
        ------
        InputError
            If a file turns out to be broken.
        ComputationError
            If the memory does not suffice.
        OutputError
            If the disk does not.
        """

    def write(self, frame: Frame, path: Path) -> None:
        """Work a frame out into a Parquet file.

        Raises
        ------
        InputError, ComputationError
            As ``collect``.
        """

    def close(self) -> None:
        """Let go of what it holds."""


class Duck:
    """DuckDB over the files.

    Parameters
    ----------
    source
        The table.
    memory
        How much it may hold, in bytes; more goes to the disk.
    spill
        Where to.
    threads
        With one, sums are added in the rows' order, the same each time. What is found
        hangs on no order: more find it sooner.
    """

    far = False

    def __init__(self, source: Source, memory: int, spill: Path, threads: int = 1):
        self._duckdb = needed("duckdb")
        self._source = source
        self._con = self._duckdb.connect(
            config={
                "threads": threads,
                "memory_limit": f"{memory // 2**20}MiB",
                "temp_directory": str(spill),
                "preserve_insertion_order": True,
                # An input names no files of its own.
                "autoinstall_known_extensions": False,
            }
        )
        self._count = 0

    def rows(self) -> Frame:
        """Return the rows (see ``Engine``)."""
        frame: Frame = nw.from_native(self._run(lambda: self._typed(NUMERIC)))
        return frame

    def texts(self) -> Frame:
        """Return the rows as texts (see ``Engine``)."""
        frame: Frame = nw.from_native(self._run(lambda: self._typed(frozenset())))
        return frame

    def _typed(self, numeric: frozenset[str]) -> Any:
        raw = self._raw()
        types = dict(zip(raw.columns, map(str, raw.types), strict=True))
        made, broken = [], []
        for role, name in self._source.columns.items():
            quoted = _quoted(name)
            if role in numeric:
                cell = f"try_cast({quoted} as double)"
                if types[name] == "VARCHAR":
                    broken.append(f"(trim({quoted}) <> '' and {cell} is null)")
            elif types[name].startswith("TIMESTAMP"):
                cell = f"strftime({quoted}, '%Y-%m-%d')"
            else:
                cell = f"cast({quoted} as varchar)"
            made.append(f"{cell} as {_quoted(role)}")
        if broken:
            made.append(f"coalesce({' or '.join(broken)}, false) as {BROKEN}")
        return raw.project(", ".join(made))

    def _raw(self) -> Any:
        source, con = self._source, self._con
        listed = ", ".join(map(_text, source.paths))
        if source.kind == "parquet":
            options = (
                "hive_partitioning = true, hive_types_autocast = false, "
                "union_by_name = true"
            )
            return con.sql(f"from read_parquet([{listed}], {options})")
        if source.kind == "csv":
            first = source.folder / source.files[0]
            names = csv_header(first)
            typed = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in names)
            # Nothing is guessed: a row of another length is an error with its place.
            options = (
                f"columns = {{{typed}}}, auto_detect = false, header = true, "
                f"delim = {_text(separator(first))}, quote = '\"', escape = '\"', "
                "hive_partitioning = true, hive_types_autocast = false"
            )
            return con.sql(f"from read_csv([{listed}], {options})")
        con.execute(f"attach if not exists {listed} as book (read_only)")
        return con.table(f"book.{_quoted(source.table or '')}")

    def put(self, table: pa.Table) -> Frame:
        """Return a small table as a frame (see ``Engine``)."""
        self._count += 1
        name = f"put_{self._count}"
        self._con.register(name, table)
        frame: Frame = nw.from_native(self._con.table(name))
        return frame

    def keep(self, frame: Frame) -> Frame:
        """Work a frame out once (see ``Engine``)."""
        self._count += 1
        name = f"kept_{self._count}"
        self._run(lambda: frame.to_native().create(name))
        kept: Frame = nw.from_native(self._con.table(name))
        return kept

    def collect(self, frame: Frame) -> pa.Table:
        """Work a frame out (see ``Engine``)."""
        return self._run(lambda: frame.to_native().to_arrow_table())

    def write(self, frame: Frame, path: Path) -> None:
        """Work a frame out into a file (see ``Engine``)."""
        self._run(
            lambda: frame.to_native().write_parquet(str(path), compression="zstd")
        )

    def close(self) -> None:
        """Close the connection."""
        self._con.close()

    def _run(self, work: Any) -> Any:
        """Do something, and say in words what went wrong."""
        duckdb = self._duckdb
        try:
            return work()
        except (duckdb.OutOfMemoryException, MemoryError) as error:
            raise ComputationError(
                f"The memory does not suffice: {_first(error)}",
                hint="Free memory or disk space, or run with fewer --jobs.",
                code="memory",
            ) from error
        except duckdb.IOException as error:
            if "No space left" in str(error):
                raise OutputError(
                    "The disk is full: what does not fit into memory, and what is "
                    "written, has no room.",
                    hint="Make room, or give another folder with -o.",
                    code="disk",
                ) from error
            raise InputError(
                f"The files cannot be read: {_first(error)}",
                hint="Mend or remove the file.",
                code="file",
            ) from error
        except duckdb.Error as error:
            raise InputError(
                f"The table cannot be read: {_first(error)}",
                hint="Mend the file that is named, or give another.",
                code="file",
            ) from error


class Pandas:
    """pandas over the whole table in memory: to check the others, and for little."""

    far = False

    def __init__(self, source: Source):
        self._source = source

    def rows(self) -> Frame:
        """Return the rows (see ``Engine``)."""
        return self._typed(NUMERIC)

    def texts(self) -> Frame:
        """Return the rows as texts (see ``Engine``)."""
        return self._typed(frozenset())

    def _typed(self, numeric: frozenset[str]) -> Frame:
        frame = self._raw()
        made: dict[str, pd.Series[Any]] = {}
        import pandas as pd

        broken = pd.Series(data=False, index=frame.index)
        for role, name in self._source.columns.items():
            column = frame[name]
            if role in numeric:
                made[role] = pd.to_numeric(column, errors="coerce").astype(float)
                if not pd.api.types.is_numeric_dtype(column):
                    stated = column.notna() & (column.astype(str).str.strip() != "")
                    broken = broken | (stated & made[role].isna())
            elif pd.api.types.is_datetime64_any_dtype(column):
                made[role] = column.dt.strftime("%Y-%m-%d").astype("string[pyarrow]")
            else:
                made[role] = column.astype("string[pyarrow]")
        whole = pd.DataFrame(made)
        return _lazy(whole.assign(**{BROKEN: broken}) if numeric else whole)

    def _raw(self) -> pd.DataFrame:
        import pandas as pd

        source = self._source
        if source.kind == "csv":
            read = [
                pd.read_csv(
                    path,
                    sep=separator(Path(path)),
                    dtype=str,
                    na_values=[""],
                    keep_default_na=False,
                ).assign(**partition_of(name))
                for path, name in zip(source.paths, source.files, strict=True)
            ]
            whole: pd.DataFrame = pd.concat(read, ignore_index=True)
            return whole
        if source.kind == "table":
            duckdb = needed("duckdb")
            with duckdb.connect(source.paths[0], read_only=True) as connection:
                found: pd.DataFrame = connection.table(source.table).df()
            return found
        dataset = needed("pyarrow.dataset")
        read = dataset.dataset(
            list(source.paths),
            partitioning="hive",
            partition_base_dir=str(source.folder),
        )
        made: pd.DataFrame = read.to_table().to_pandas()
        return made

    def put(self, table: pa.Table) -> Frame:
        """Return a small table as a frame (see ``Engine``)."""
        return _lazy(table.to_pandas())

    def keep(self, frame: Frame) -> Frame:
        """Return a frame as it is: it is worked out at once."""
        return frame.collect().lazy()

    def collect(self, frame: Frame) -> pa.Table:
        """Return a frame (see ``Engine``)."""
        return frame.collect(backend="pyarrow").to_native()

    def write(self, frame: Frame, path: Path) -> None:
        """Work a frame out into a file (see ``Engine``)."""
        needed("pyarrow.parquet").write_table(
            self.collect(frame), path, compression="zstd"
        )

    def close(self) -> None:
        """Hold nothing."""


def _lazy(frame: pd.DataFrame) -> Frame:
    made: Frame = nw.from_native(frame).lazy()
    return made


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _first(error: Exception) -> str:
    return str(error).partition("\n")[0][:300]

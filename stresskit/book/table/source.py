"""The table of a book: its files, its columns, and what a portfolio's rows are."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from stresskit.book.table.lines import AMOUNTS, CONTEXT, PORTFOLIO, POSITION
from stresskit.errors import InputError, MissingExtra
from stresskit.readers.holdings.stated.checks import (
    CODES,
    PLAIN_TEXTS,
    TERM_NUMBERS,
    TERM_TEXTS,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXTS = (
    *("name", "asset_class", "currency", "mic"),
    *CODES,
    *(x for x in PLAIN_TEXTS if x != "account"),
    *TERM_TEXTS,
)
NUMBERS = TERM_NUMBERS
KNOWN = (PORTFOLIO, POSITION, *CONTEXT, *TEXTS, *NUMBERS, *AMOUNTS)
# What else a column may be called.
ALIASES = {
    "portfolio_id": PORTFOLIO,
    "position": POSITION,
    "position_id": POSITION,
    "value": "local_value",
    "ccy": "currency",
}
ENDINGS = {".parquet": "parquet", ".pq": "parquet", ".csv": "csv"}
# The type of a column in which nothing is stated.
NULL = "null"
DATABASES = {".duckdb", ".ddb", ".db"}
_FIX = (
    "A book has a column portfolio, columns that say what is held (isin, ticker, name "
    "...) and one of market_value (base currency), value (own currency), weight, or "
    "quantity and price. --columns portfolio=CLIENT,isin=CODE says which is which."
)


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the positions of a book are.

    ``kind`` is ``parquet``, ``csv`` or ``table``; ``files`` are relative to ``folder``;
    ``columns`` says which column of the table each known one is; ``unused`` are columns
    that nothing is made of.
    """

    kind: str
    folder: Path
    files: tuple[str, ...]
    columns: dict[str, str]
    unused: tuple[str, ...] = ()
    table: str | None = None

    @property
    def name(self) -> str:
        """What the book is called."""
        one = self.files[0] if len(self.files) == 1 else self.folder.name
        return f"{one}: {self.table}" if self.table else one

    @property
    def paths(self) -> tuple[str, ...]:
        """The files as an engine is given them."""
        return tuple(str(self.folder / name) for name in self.files)

    def described_by(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return which texts and which numbers of it describe what is held."""
        texts = (*CONTEXT, *TEXTS)
        return (
            tuple(name for name in texts if name in self.columns),
            tuple(name for name in NUMBERS if name in self.columns),
        )

    def hashes(self) -> dict[str, str]:
        """Return the SHA-256 of each file.

        Raises
        ------
        InputError
            If one cannot be read.
        """
        return {name: _sha256(self.folder / name) for name in self.files}


def is_book(path: Path) -> bool:
    """Say whether a file or folder is one table of many portfolios.

    A database is; of other files those that name the portfolio of each row.

    Raises
    ------
    InputError
        If such a file stands among others: clients would be taken for one.
    """
    if path.is_file() and path.suffix.lower() in DATABASES:
        return True
    folder, files = (path.parent, (path.name,)) if path.is_file() else _walk(path)
    of_books = [name for name in files if _names_portfolios(folder / name, name)]
    if not of_books:
        return False
    others = [
        p.relative_to(path).as_posix()
        for p in (path.rglob("[!._]*") if path.is_dir() else ())
        if p.is_file() and p.relative_to(path).as_posix() not in of_books
    ]
    if others:
        raise InputError(
            f"{of_books[0]} names the portfolio of each row and is a book, but "
            f"{len(others)} other files are beside it: {', '.join(sorted(others)[:3])}"
            f"{' ...' if len(others) > 3 else ''}.",
            hint="Put the book into a folder of its own, or give its file.",
            code="files",
        )
    return True


def _names_portfolios(path: Path, file: str) -> bool:
    """Say whether a file has a column of portfolios, however its texts are coded."""
    wanted = {PORTFOLIO, "portfolio_id"}
    if wanted & {_plain(name) for name in _partitions(file)}:
        return True
    kind = ENDINGS.get(path.suffix.lower())
    try:
        if kind == "parquet":
            return bool(wanted & {_plain(name) for name in _parquet_columns(path)})
        with path.open("rb") as opened:
            first = opened.readline(100_000).replace(b"\0", b"").decode("latin-1")
    except (OSError, ValueError):
        return False
    cells = re.split(r"[,;\t|]", first.strip("\u00ef\u00bb\u00bf\u00ff\u00fe\r\n"))
    return bool(wanted & {_plain(cell.strip('"')) for cell in cells})


def named_columns(given: str | None) -> dict[str, str]:
    """Return the columns that a user names, as pairs ``portfolio=CLIENT,isin=CODE``.

    Raises
    ------
    InputError
        If it is no list of pairs.

    Examples
    --------
    >>> named_columns("portfolio=Client No,isin=ISIN")
    {'portfolio': 'Client No', 'isin': 'ISIN'}
    """
    found = {}
    for pair in (given or "").split(","):
        if not pair.strip():
            continue
        role, mark, name = pair.partition("=")
        if not mark or not role.strip() or not name.strip():
            raise InputError(
                f"--columns: {pair.strip()!r} is no pair.",
                hint="Write portfolio=CLIENT,isin=CODE.",
                code="columns",
            )
        found[role.strip()] = name.strip()
    return found


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_")


def partition_of(file: str) -> dict[str, str]:
    """Return the columns that the folders of a file are, and what they are in it.

    Examples
    --------
    >>> partition_of("day=2025-01-24/portfolio=A%20B/part-0.csv")
    {'day': '2025-01-24', 'portfolio': 'A B'}
    """
    parts = (part.partition("=") for part in Path(file).parts[:-1] if "=" in part)
    return {unquote(name): unquote(value) for name, _, value in parts}


def _partitions(file: str) -> list[str]:
    return list(partition_of(file))


def find_source(
    path: Path, *, table: str | None = None, columns: Mapping[str, str] | None = None
) -> Source:
    """Find the positions of a book, and check that all its files have one shape.

    Parameters
    ----------
    path
        A Parquet or CSV file, a folder of them with its subfolders (``key=value``
        folders are columns), or a DuckDB database.
    table
        The table or view of a database.
    columns
        Which column of the table each known one is, where it is not called so.

    Raises
    ------
    InputError
        If there are none, a file cannot be read, files differ in their columns, or
        columns that are needed are not there.
    MissingExtra
        If DuckDB or pyarrow are not installed.
    """
    if not path.exists():
        raise InputError(
            f"There is no file or folder {path}.",
            hint="Give a Parquet or CSV file, a folder of them, or a DuckDB database.",
            code="not-found",
        )
    if path.is_file() and path.suffix.lower() in DATABASES:
        table, names = _database_table(path, table)
        return _source("table", path.parent, (path.name,), names, columns, table)
    if table is not None:
        raise InputError(
            f"--table names a table of a database, and {path} is none.",
            hint=f"Databases end with {', '.join(sorted(DATABASES))}.",
            code="table",
        )
    folder, files = (path.parent, (path.name,)) if path.is_file() else _walk(path)
    if not files:
        raise InputError(f"{path} holds no Parquet or CSV file.", hint=_FIX)
    found = {ENDINGS.get(Path(name).suffix.lower(), "") for name in files}
    if len(found) > 1 or "" in found:
        raise InputError(
            f"{path} holds files of several kinds: {', '.join(sorted(files)[:5])} ...",
            hint="Give a folder of Parquet files alone, or one of CSV files alone.",
            code="files",
        )
    kind = found.pop()
    names = _columns_of(kind, folder, files)
    return _source(kind, folder, files, names, columns, None)


def _walk(path: Path) -> tuple[Path, tuple[str, ...]]:
    """Return the files of a dataset; names with a dot or underscore are no data."""
    found = []
    for file in sorted(path.rglob("*")):
        relative = file.relative_to(path)
        hidden = any(part.startswith((".", "_")) for part in relative.parts)
        if file.is_file() and not hidden and file.suffix.lower() in ENDINGS:
            found.append(relative.as_posix())
    return path, tuple(found)


def _columns_of(kind: str, folder: Path, files: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns of all files, which must be the same.

    Raises
    ------
    InputError
        If a file cannot be read, or has other columns than the first.
    """
    read = _parquet_columns if kind == "parquet" else _csv_columns
    shapes: dict[str, dict[str, str]] = {}
    broken = []
    for name in files:
        try:
            shapes[name] = read(folder / name)
        except UnicodeError:
            broken.append(f"{name} (its texts are not in UTF-8)")
        except (OSError, ValueError) as error:
            broken.append(f"{name} ({str(error).partition(chr(10))[0][:200]})")
    if broken:
        more = f" and {len(broken) - 5} more" if len(broken) > 5 else ""
        raise InputError(
            f"{len(broken)} of {len(files)} files cannot be read: "
            f"{'; '.join(broken[:5])}{more}.",
            hint="Mend or remove them: their positions would be missing from "
            "portfolios without a word.",
            code="file",
        )
    # A part in which nobody states a column fits parts where somebody does.
    known = {c: t for shape in shapes.values() for c, t in shape.items() if t != NULL}
    shapes = {
        name: {c: known.get(c, NULL) if t == NULL else t for c, t in shape.items()}
        for name, shape in shapes.items()
    }
    first = files[0]
    columns = shapes[first]
    for name, shape in shapes.items():
        # Columns of texts are told apart by their place, those of Parquet by name.
        if shape == shapes[first] and (kind == "parquet" or [*shape] == [*columns]):
            continue
        if shape == shapes[first]:
            raise InputError(
                f"The files differ: the columns of {name} stand in another order than "
                f"those of {first}.",
                hint="Write all files with the same columns in the same order.",
                code="schema",
            )
        changed = sorted(
            column
            for column in shape.keys() | shapes[first].keys()
            if shape.get(column) != shapes[first].get(column)
        )
        column = changed[0]
        one, two = (
            f"{s[column]}" if column in s else "not there"
            for s in (shapes[first], shape)
        )
        raise InputError(
            f"The files differ: column {column!r} is {one} in {first} and {two} in "
            f"{name}.",
            hint="Write all files with the same columns and types.",
            code="schema",
        )
    return (*shapes[first], *_partitions(first))


def _parquet_columns(path: Path) -> dict[str, str]:
    pyarrow = needed("pyarrow.parquet")
    schema = pyarrow.read_schema(path)
    named = zip(schema.names, schema.types, strict=True)
    # A dictionary is a way to store a type, and no type of its own.
    return {n: str(getattr(t, "value_type", t)) for n, t in named}


def _csv_columns(path: Path) -> dict[str, str]:
    import csv

    mark = separator(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader([file.readline()], delimiter=mark), [])
    if not header:
        raise ValueError("it is empty")
    if len(set(header)) < len(header):
        raise ValueError("two of its columns have one name")
    return dict.fromkeys(header, "text")


def csv_header(path: Path) -> list[str]:
    """Return the names of the columns of a text file, as they are written."""
    return list(_csv_columns(path))


def separator(path: Path) -> str:
    """Return what stands between the columns of a text file, by its first line."""
    with path.open(encoding="utf-8-sig") as file:
        return max(",;\t|", key=file.readline().count)


def _database_table(path: Path, table: str | None) -> tuple[str, tuple[str, ...]]:
    """Return the table, and its columns."""
    duckdb = needed("duckdb")
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            rows = connection.execute(
                "select table_name from information_schema.tables order by 1"
            ).fetchall()
            known = [str(row[0]) for row in rows]
            if table is None and len(known) == 1:
                table = known[0]
            if table not in known:
                raise InputError(
                    f"{path.name} has no table {table!r}."
                    if table
                    else f"{path.name} has {len(known)} tables.",
                    hint=f"--table with one of: {', '.join(known[:20]) or 'none'}.",
                    code="table",
                )
            columns = connection.execute(
                "select column_name from information_schema.columns "
                "where table_name = ? order by ordinal_position",
                [table],
            ).fetchall()
    except duckdb.Error as error:
        raise InputError(
            f"{path} cannot be read as a DuckDB database: "
            f"{str(error).partition(chr(10))[0]}.",
            hint="Give a database that DuckDB wrote, or a Parquet or CSV file.",
            code="file",
        ) from error
    return table, tuple(str(row[0]) for row in columns)


def _source(
    kind: str,
    folder: Path,
    files: tuple[str, ...],
    names: tuple[str, ...],
    given: Mapping[str, str] | None,
    table: str | None,
) -> Source:
    columns: dict[str, str] = {}
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            f"The table has the column {', '.join(map(repr, twice))} twice.",
            hint="Rename or drop one; a folder day=... is a column, too.",
            code="columns",
        )
    for role, name in (given or {}).items():
        if ALIASES.get(role, role) not in KNOWN:
            raise InputError(
                f"--columns names {role!r}, which is no column of a book.",
                hint=f"Known are {', '.join(KNOWN[:30])} ...",
                code="columns",
            )
        if name not in names:
            raise InputError(
                f"--columns {role}={name}: the table has no column {name!r}.",
                hint=f"Its columns: {', '.join(names[:40])}.",
                code="columns",
            )
        columns[ALIASES.get(role, role)] = name
    taken = set(columns.values())
    # What is called by its own name comes before what is called by another.
    for named in (KNOWN, ALIASES):
        for name in names:
            plain = _plain(name)
            role = ALIASES.get(plain, plain) if named is ALIASES else plain
            if plain in named and name not in taken and role not in columns:
                columns[role] = name
                taken.add(name)
    _check(columns, names)
    return Source(
        kind=kind,
        folder=folder,
        files=files,
        columns=columns,
        unused=tuple(n for n in names if n not in taken),
        table=table,
    )


def _check(columns: dict[str, str], names: tuple[str, ...]) -> None:
    """Refuse a table that lacks what a book is made of.

    Raises
    ------
    InputError
        If it does.
    """
    named = {*CODES, "name"}
    amounts = {"market_value", "local_value", "weight"}
    lacks = []
    if PORTFOLIO not in columns:
        lacks.append("portfolio")
    if not named & columns.keys():
        lacks.append("what is held (isin, ticker, name ...)")
    if not amounts & columns.keys() and not {"quantity", "price"} <= columns.keys():
        lacks.append("an amount (market_value, value, weight, or quantity and price)")
    if lacks:
        raise InputError(
            f"The table has no column for {', none for '.join(lacks)}. Its columns: "
            f"{', '.join(names[:40])}.",
            hint=_FIX,
            code="columns",
        )


def needed(module: str) -> Any:
    """Return a module of the extra ``book``.

    Raises
    ------
    MissingExtra
        If it is not installed.
    """
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtra(
            f"A book of many portfolios needs {module.partition('.')[0]}.",
            hint="Install it: pip install 'portfolio-stresskit[book]'.",
        ) from error


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error

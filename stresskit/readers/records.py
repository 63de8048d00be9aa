"""Rows and tables of data folders to records, with the place of what is wrong."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import math
import tomllib
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from stresskit.core.tables import parse_fractions
from stresskit.errors import FactorError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")

MAX_BYTES = 50_000_000
MORE = "more cells than the header has"


def folder_sha256(folder: Path) -> str:
    """Hash names and bytes of a folder's own files, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.iterdir() if p.is_file()):
        if path.name.startswith("."):
            continue
        if path.stat().st_size > MAX_BYTES:
            raise FactorError(
                f"{path} is larger than {MAX_BYTES:,} bytes.",
                hint="A factor folder holds derived figures only, no prices.",
            )
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def read_toml(path: Path, schema: str) -> dict[str, Any]:
    """Read a TOML file of a schema."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FactorError(f"{path} is missing.", hint="See factors/README.md.") from (
            error
        )
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FactorError(f"{path} cannot be read: {error}.") from error
    if table.get("schema") != schema:
        if "schema" not in table:
            raise FactorError(
                f"{path} does not say what it is.",
                hint=f'Let the file begin with the line: schema = "{schema}"',
            )
        raise FactorError(
            f"{path}: schema is {table.get('schema')!r}, expected {schema!r}.",
            hint="This file is of another kind or of a newer version.",
        )
    return table


def built(where: str, what: str, make: Callable[[], T]) -> T:
    """Make a record, and name its place where it cannot be made."""
    try:
        return make()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, FactorError):
            raise
        detail = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise FactorError(
            f"{where}, {what}: {detail}.", hint="The format is in factors/README.md."
        ) from error


def read_rows(
    path: Path, make: Callable[[dict[str, str]], T], *, optional: bool = False
) -> tuple[T, ...]:
    """Read a table with a header, a record per row."""
    if not path.is_file():
        if optional:
            return ()
        raise FactorError(f"{path} is missing.", hint="See factors/README.md.")
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            lines = list(csv.DictReader(handle, restkey=MORE))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FactorError(f"{path} cannot be read: {error}.") from error
    for n, row in enumerate(lines, 2):
        if None in row.values() or MORE in row:
            raise FactorError(
                f"{path}, row {n} has not as many columns as the header.",
                hint="The file is damaged or was edited; take it from its source.",
            )
    return tuple(
        built(str(path), f"row {n}", partial(make, r)) for n, r in enumerate(lines, 2)
    )


def unique(path: Path, keys: list[str]) -> None:
    """Refuse a key that stands twice."""
    seen: set[str] = set()
    for n, key in enumerate(keys, 2):
        if key in seen:
            raise FactorError(f"{path}, row {n}: {key} stands twice.")
        seen.add(key)


def record(kind: type[T], table: dict[str, Any]) -> T:
    """Make a record of a table's keys."""
    return kind(**table)


def number(text: str | None) -> float | None:
    """Read a number that may be missing."""
    return finite(text) if text else None


def one_of(text: str, known: tuple[str, ...]) -> str:
    """Read a word that is one of a few."""
    if text not in known:
        raise ValueError(f"{text!r} is none of {', '.join(known)}")
    return text


def finite(value: Any) -> float:
    """Read a finite number."""
    if isinstance(value, bool) or not math.isfinite(number := float(value)):
        raise ValueError(f"{value!r} is not a finite number")
    return number


def a_return(value: Any) -> float:
    """Read a return; none is below -100%, and none of an event beyond +100%."""
    if not -1 < (number := finite(value)) <= 1:
        raise ValueError(f"{value!r} is not a return; -0.17 is -17%")
    return number


def positive(value: Any) -> float:
    """Read a number that is not below zero."""
    if (number := finite(value)) < 0:
        raise ValueError(f"{value!r} is below zero")
    return number


def a_day(value: Any) -> dt.date:
    """Read a date."""
    if type(value) is not dt.date:
        raise ValueError(f"{value!r} is not a date like 2025-01-27")
    return value


def fractions(text: str, known: set[str]) -> dict[str, float]:
    """Read a number per segment, each of them known."""
    fractions = parse_fractions(text)
    odd = [name for name in fractions if name not in known]
    if odd:
        raise ValueError(f"unknown segment {odd[0]!r}")
    return fractions

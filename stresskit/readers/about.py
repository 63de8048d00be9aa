"""What a builder is told of an event: its words, its windows, published moves."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

from stresskit.errors import FactorError
from stresskit.model import Published, Source
from stresskit.readers.records import a_day, a_return, built, read_toml, record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

ABOUT_SCHEMA = "stresskit/about/1"
ABOUT_KEYS: dict[str, type | tuple[type, ...]] = {
    "title": str,
    "purpose": str,
    "narrative": str,
    "questions": (list, tuple),
    "sources": (list, tuple),
    "notes": str,
    "history_starts": dict,
    "real_jumps": dict,
    "windows": dict,
    "estimate_until": dt.date,
    "published": (list, tuple),
    "index": str,
}


def read_about(path: Path) -> dict[str, Any]:
    """Read what the builder is told of an event: title, narrative, sources, ...

    Raises
    ------
    FactorError
        If the file is not TOML of the schema, or a key is unknown.
    """
    return told_of(read_toml(path, ABOUT_SCHEMA), str(path))


def told_of(table: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Check what is told and make records of it; records are taken as they are.

    Raises
    ------
    FactorError
        If a key is unknown or of the wrong kind; the message says which.
    """
    for key, value in table.items():
        if key != "schema" and not isinstance(value, ABOUT_KEYS.get(key, ())):
            raise FactorError(
                f"{where}: {key!r} is unknown or of the wrong kind.",
                hint=f"Known keys: {', '.join(ABOUT_KEYS)}.",
            )
    for key in ("history_starts", "real_jumps"):
        for ticker, day in table.get(key, {}).items():
            built(where, f"{key}, {ticker}", partial(a_day, day))
    return {
        **{k: v for k, v in table.items() if k != "schema"},
        "windows": {
            region: built(where, f"window of {region}", partial(_window, days))
            for region, days in table.get("windows", {}).items()
        },
        "sources": tuple(
            built(where, f"source {n}", partial(_source, s))
            for n, s in enumerate(table.get("sources", []), 1)
        ),
        "published": tuple(
            built(where, f"published move {n}", partial(_published, p))
            for n, p in enumerate(table.get("published", []), 1)
        ),
    }


def _window(days: Sequence[dt.date]) -> tuple[dt.date, dt.date]:
    start, end = days
    return a_day(start), a_day(end)


def _source(given: Source | dict[str, Any]) -> Source:
    return given if isinstance(given, Source) else record(Source, given)


def _published(given: Published | dict[str, Any]) -> Published:
    if isinstance(given, Published):
        return given
    checked = {"move": a_return, "start": a_day, "end": a_day}
    return record(Published, {k: checked.get(k, str)(v) for k, v in given.items()})

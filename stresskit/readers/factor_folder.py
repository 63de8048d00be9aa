"""Read the files of a factor folder and of a value chain folder."""

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
from stresskit.model import (
    Evidence,
    Factor,
    Fund,
    Group,
    MarketLeg,
    Security,
    Segment,
    SegmentHistory,
    Shock,
    Source,
    Tradable,
    ValueChain,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")

FACTOR_SCHEMA = "stresskit/factor/1"
ABOUT_SCHEMA = "stresskit/about/1"
CHAIN_SCHEMA = "stresskit/segments/1"
MAX_BYTES = 50_000_000
FACTOR_FILES = (
    "factor.toml",
    "about.toml",
    "moves.csv",
    "segment_returns.csv",
    "NOTES.md",
)
CHAIN_FILES = (
    "segments.toml",
    "securities.csv",
    "funds.csv",
    "instruments.csv",
    "NOTES.md",
)


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


def read_chain_folder(folder: Path) -> ValueChain:
    """Read a value chain folder.

    Raises
    ------
    FactorError
        If a file is missing or a cell cannot be read; the message names the file,
        row and column.
    """
    table = _read_toml(folder / "segments.toml", CHAIN_SCHEMA)
    where = str(folder / "segments.toml")
    groups = tuple(
        _build(where, f"group {n}", partial(_record, Group, g))
        for n, g in enumerate(table.get("groups", []), 1)
    )
    segments = tuple(
        _build(where, f"segment {n}", partial(_record, Segment, s))
        for n, s in enumerate(table.get("segments", []), 1)
    )
    known = {s.id for s in segments}
    group_ids = {g.id for g in groups}
    for s in segments:
        if s.group not in group_ids:
            raise FactorError(f"{where}: segment {s.id} has unknown group {s.group!r}.")
    securities = _rows(folder / "securities.csv", lambda r: _security(r, known))
    funds = _rows(folder / "funds.csv", lambda r: _fund(r, known), optional=True)
    tradables = _rows(folder / "instruments.csv", _tradable, optional=True)
    _unique(folder / "securities.csv", [f"{s.ticker}:{s.mic}" for s in securities])
    _unique(folder / "funds.csv", [f"{f.ticker}:{f.mic}" for f in funds])
    return ValueChain(
        id=str(table["id"]),
        title=str(table["title"]),
        revision=int(table["revision"]),
        groups=groups,
        segments=segments,
        securities=securities,
        funds=funds,
        tradables=tradables,
        sha256=folder_sha256(folder),
    )


def read_factor_folder(folder: Path, chain: ValueChain) -> Factor:
    """Read a factor folder whose shocks are on ``chain``.

    Raises
    ------
    FactorError
        If a file is missing or cannot be read, the schema is another one, or a
        segment is not in the value chain.
    """
    path = folder / "factor.toml"
    table = _read_toml(path, FACTOR_SCHEMA)
    known = set(chain.segment_ids)

    def build() -> Factor:
        shocks = tuple(_shock(s) for s in table["shocks"])
        names = {s.segment for s in shocks}
        if names != known or len(shocks) != len(known):
            odd = ", ".join(sorted(names ^ known)) or "one stands twice"
            raise FactorError(
                f"{path}: the shocks do not fit the segments of {chain.id}: {odd}.",
                hint="Give each segment one [[shocks]] entry.",
            )
        order = {name: n for n, name in enumerate(chain.segment_ids)}
        event, spread = table["event"], table["dispersion"]
        return Factor(
            id=str(table["id"]),
            revision=int(table["revision"]),
            revision_reason=str(table["revision_reason"]),
            title=str(table["title"]),
            narrative=str(table["narrative"]),
            questions=tuple(table.get("questions", ())),
            event_start=_day(event["start"]),
            event_end=_day(event["end"]),
            chain=chain,
            shocks=tuple(sorted(shocks, key=lambda s: order[s.segment])),
            market=tuple(_leg(m) for m in table["market"]),
            evidence=_rows(folder / "moves.csv", lambda r: _evidence(r, known)),
            history=read_history(folder / "segment_returns.csv", known),
            dispersion_theme=_positive(spread["theme"]),
            dispersion_rest=_positive(spread["rest"]),
            replay_theme=_positive(spread["replay_theme"]),
            replay_rest=_positive(spread["replay_rest"]),
            universe_low=_return(spread["universe_low"]),
            universe_high=_return(spread["universe_high"]),
            method=dict(table.get("method", {})),
            sources=tuple(Source(**s) for s in table.get("sources", [])),
            sha256=folder_sha256(folder),
            folder=folder.name,
        )

    return _build(str(path), "the file", build)


def read_about(path: Path) -> dict[str, Any]:
    """Read what the builder is told of an event: title, narrative, sources, ...

    Raises
    ------
    FactorError
        If the file is not TOML of the schema, or a key is unknown.
    """
    table = _read_toml(path, ABOUT_SCHEMA)
    kinds = {
        "title": str,
        "narrative": str,
        "questions": list,
        "sources": list,
        "notes": str,
        "history_starts": dict,
    }
    for key, value in table.items():
        if key != "schema" and not isinstance(value, kinds.get(key, ())):
            known = ", ".join(kinds)
            raise FactorError(
                f"{path}: {key!r} is unknown or of the wrong kind.",
                hint=f"Known keys: {known}.",
            )
    sources = tuple(
        _build(str(path), f"source {n}", partial(_record, Source, s))
        for n, s in enumerate(table.get("sources", []), 1)
    )
    return {**table, "sources": sources}


def read_history(path: Path, known: set[str]) -> SegmentHistory | None:
    """Read daily segment returns, or None where the folder has none.

    Raises
    ------
    FactorError
        If a column is no segment or a cell is no number.
    """
    if not path.is_file():
        return None
    import numpy as np

    with path.open(encoding="utf-8", newline="") as handle:
        lines = list(csv.reader(handle))
    names = tuple(lines[0][1:]) if lines else ()
    odd = [n for n in names[1:] if n not in known]
    if odd or names[:1] != ("MARKET",):
        raise FactorError(f"{path}: columns must be date, MARKET and segments: {odd}.")
    try:
        dates = tuple(dt.date.fromisoformat(row[0]) for row in lines[1:])
        cells = [[float(c) if c else np.nan for c in row[1:]] for row in lines[1:]]
        returns = np.array(cells, dtype=np.float64).reshape(len(dates), len(names))
    except (ValueError, IndexError) as error:
        raise FactorError(f"{path}: {error}.") from error
    return SegmentHistory(names=names, dates=dates, returns=returns)


def factor_identity(folder: Path) -> dict[str, Any]:
    """Read the id, revision, title and value chain of a factor, nothing more.

    Raises
    ------
    FactorError
        If ``factor.toml`` cannot be read or lacks one of them.
    """
    table = _read_toml(folder / "factor.toml", FACTOR_SCHEMA)
    keys = ("id", "revision", "title", "value_chain", "event")
    missing = [k for k in keys if k not in table]
    if missing:
        raise FactorError(f"{folder / 'factor.toml'}: {missing[0]} is missing.")
    return {k: table[k] for k in keys}


def _read_toml(path: Path, schema: str) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FactorError(f"{path} is missing.", hint="See factors/README.md.") from (
            error
        )
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FactorError(f"{path} cannot be read: {error}.") from error
    if table.get("schema") != schema:
        raise FactorError(
            f"{path}: schema is {table.get('schema')!r}, expected {schema!r}.",
            hint="This file is of another kind or of a newer version.",
        )
    return table


def _build(where: str, what: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, FactorError):
            raise
        detail = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise FactorError(
            f"{where}, {what}: {detail}.", hint="The format is in factors/README.md."
        ) from error


def _rows(
    path: Path, make: Callable[[dict[str, str]], T], *, optional: bool = False
) -> tuple[T, ...]:
    if not path.is_file():
        if optional:
            return ()
        raise FactorError(f"{path} is missing.", hint="See factors/README.md.")
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FactorError(f"{path} cannot be read: {error}.") from error
    return tuple(
        _build(str(path), f"row {n}", partial(make, r)) for n, r in enumerate(rows, 2)
    )


def _unique(path: Path, keys: list[str]) -> None:
    seen: set[str] = set()
    for n, key in enumerate(keys, 2):
        if key in seen:
            raise FactorError(f"{path}, row {n}: {key} stands twice.")
        seen.add(key)


def _record(kind: type[T], table: dict[str, Any]) -> T:
    return kind(**table)


def _number(text: str | None) -> float | None:
    return _finite(text) if text else None


def _finite(value: Any) -> float:
    if isinstance(value, bool) or not math.isfinite(number := float(value)):
        raise ValueError(f"{value!r} is not a finite number")
    return number


def _return(value: Any) -> float:
    """Read a return; none is below -100%, and none of an event beyond +100%."""
    if not -1 < (number := _finite(value)) <= 1:
        raise ValueError(f"{value!r} is not a return; -0.17 is -17%")
    return number


def _positive(value: Any) -> float:
    if (number := _finite(value)) < 0:
        raise ValueError(f"{value!r} is below zero")
    return number


def _day(value: Any) -> dt.date:
    if type(value) is not dt.date:
        raise ValueError(f"{value!r} is not a date like 2025-01-27")
    return value


def _fractions(text: str, known: set[str]) -> dict[str, float]:
    fractions = parse_fractions(text)
    odd = [name for name in fractions if name not in known]
    if odd:
        raise ValueError(f"unknown segment {odd[0]!r}")
    return fractions


def _security(row: dict[str, str], known: set[str]) -> Security:
    segments = _fractions(row["segments"], known)
    total = sum(segments.values())
    if not (segments and min(segments.values()) > 0 and abs(total - 1) < 1e-9):
        raise ValueError(f"fractions of {row['ticker']} must be > 0 and sum to 1")
    return Security(
        ticker=row["ticker"],
        mic=row["mic"],
        name=row["name"],
        country=row["country"],
        currency=row["currency"],
        isin=row["isin"] or None,
        gics_sector=row["gics_sector"],
        segments=segments,
        basis=row["basis"],
        as_of=dt.date.fromisoformat(row["as_of"]),
    )


def _fund(row: dict[str, str], known: set[str]) -> Fund:
    return Fund(
        ticker=row["ticker"],
        mic=row["mic"],
        name=row["name"],
        country=row["country"],
        currency=row["currency"],
        isin=row["isin"] or None,
        asset_class=row["asset_class"],
        segments=_fractions(row["segments"], known),
        sensitivities=_fractions(row["sensitivities"], known),
        beta=_number(row["beta"]),
        region=row["region"] or None,
        proxy=row["proxy"] or None,
        leverage=_finite(row["leverage"]),
        basis=row["basis"],
        as_of=dt.date.fromisoformat(row["as_of"]),
    )


def _tradable(row: dict[str, str]) -> Tradable:
    bp = 1e-4
    return Tradable(
        ticker=row["ticker"],
        mic=row["mic"],
        isin=row["isin"] or None,
        name=row["name"],
        currency=row["currency"],
        use=row["use"],
        half_spread=_positive(row["half_spread_bp"]) * bp,
        fee=_positive(row["fee_bp"]) * bp,
        borrow=_positive(row["borrow_bp_per_year"]) * bp,
        cap=_positive(row["cap_share"]),
        price=_number(row["price"]),
        price_date=dt.date.fromisoformat(row["price_date"])
        if row["price_date"]
        else None,
        source=row["source"],
    )


def _shock(table: dict[str, Any]) -> Shock:
    return Shock(
        segment=str(table["segment"]),
        members=int(table["members"]),
        effective_members=_positive(table["effective_members"]),
        total=_finite(table["total"]) if "total" in table else None,
        raw=_return(table["raw"]) if "raw" in table else None,
        shrunk=_return(table["shrunk"]),
        standard_error=_positive(table["standard_error"]),
        shrinkage=_positive(table["shrinkage"]),
        beta=_finite(table["beta"]),
        beta_sd=_positive(table["beta_sd"]),
        residual_sd=_positive(table["residual_sd"]),
        specific_sd=_positive(table["specific_sd"]),
        composition={k: _positive(v) for k, v in table["composition"].items()},
    )


def _leg(table: dict[str, Any]) -> MarketLeg:
    return MarketLeg(
        region=str(table["region"]),
        value=_return(table["value"]),
        start=_day(table["start"]),
        end=_day(table["end"]),
        basis=str(table["basis"]),
    )


def _evidence(row: dict[str, str], known: set[str]) -> Evidence:
    return Evidence(
        ticker=row["ticker"],
        mic=row["mic"],
        isin=row["isin"] or None,
        name=row["name"],
        role=row["role"],
        segments=_fractions(row["segments"], known),
        event_return=_number(row["event_return"]),
        observations=int(row["observations"]) if row["observations"] else None,
        beta=_number(row["beta"]),
        beta_se=_number(row["beta_se"]),
        residual_sd=_number(row["residual_sd"]),
        specific_sd=_number(row["specific_sd"]),
        abnormal_return=_number(row["abnormal_return"]),
        sensitivities=_fractions(row["sensitivities"], known),
        own_name=_number(row["own_name"]),
        source=row["source"],
        note=row["note"],
    )

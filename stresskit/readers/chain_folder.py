"""Read a value chain folder: segments, securities, funds."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from stresskit.core.tables import parse_fractions
from stresskit.errors import FactorError
from stresskit.model import (
    Fund,
    Group,
    IndexFuture,
    OtherLine,
    SectorLabel,
    Security,
    Segment,
    ValueChain,
)
from stresskit.readers.records import (
    built,
    finite,
    folder_sha256,
    fractions,
    number,
    one_of,
    read_rows,
    read_toml,
    record,
    unique,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")

CHAIN_SCHEMA = "stresskit/segments/1"
CHAIN_FILES = (
    "segments.toml",
    "securities.csv",
    "funds.csv",
    "lines.csv",
    "futures.csv",
    "sectors.csv",
    "NOTES.md",
)
FUND_SOURCES = ("returns", "proxy", "holdings", "category", "none")
LINE_KINDS = ("listing", "receipt", "class", "former", "name")


def read_chain_folder(folder: Path) -> ValueChain:
    """Read a value chain folder.

    Raises
    ------
    FactorError
        If a file is missing or a cell cannot be read; the message names the file
        and the row.
    """
    table = read_toml(folder / "segments.toml", CHAIN_SCHEMA)
    where = str(folder / "segments.toml")
    groups = tuple(
        built(where, f"group {n}", partial(record, Group, g))
        for n, g in enumerate(table.get("groups", []), 1)
    )
    segments = tuple(
        built(where, f"segment {n}", partial(record, Segment, s))
        for n, s in enumerate(table.get("segments", []), 1)
    )
    known = {s.id for s in segments}
    group_ids = {g.id for g in groups}
    for s in segments:
        if s.group not in group_ids:
            raise FactorError(f"{where}: segment {s.id} has unknown group {s.group!r}.")
    securities = read_rows(folder / "securities.csv", lambda r: _security(r, known))
    funds = read_rows(folder / "funds.csv", lambda r: _fund(r, known), optional=True)
    listed = {s.key for s in securities} | {f.key for f in funds}
    lines = _optional(folder, "lines.csv", lambda r: _line(r, listed))
    futures = _optional(folder, "futures.csv", lambda r: _future(r, listed))
    sectors = _optional(folder, "sectors.csv", lambda r: _sector(r, known))
    unique(folder / "securities.csv", [s.key for s in securities])
    unique(folder / "funds.csv", [f.key for f in funds])
    unique(folder / "sectors.csv", [s.label for s in sectors])
    return ValueChain(
        id=str(table["id"]),
        title=str(table["title"]),
        revision=int(table["revision"]),
        groups=groups,
        segments=segments,
        securities=securities,
        funds=funds,
        sha256=folder_sha256(folder),
        lines=lines,
        futures=futures,
        sectors=sectors,
    )


def _optional(
    folder: Path, name: str, make: Callable[[dict[str, str]], T]
) -> tuple[T, ...]:
    return read_rows(folder / name, make, optional=True)


def _whole(row: dict[str, str], known: set[str], of: str) -> dict[str, float]:
    """Read fractions of a whole business."""
    segments = fractions(row["segments"], known)
    total = sum(segments.values())
    if not (segments and min(segments.values()) > 0 and abs(total - 1) < 1e-9):
        raise ValueError(f"fractions of {of} must be > 0 and sum to 1")
    return segments


def _security(row: dict[str, str], known: set[str]) -> Security:
    segments = _whole(row, known, row["ticker"])
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
        sedol=row.get("sedol") or None,
        figi=row.get("figi") or None,
        wkn=row.get("wkn") or None,
        issuer=row.get("issuer") or None,
    )


def _fund(row: dict[str, str], known: set[str]) -> Fund:
    placed_by = one_of(row.get("placed_by") or _placed_by(row), FUND_SOURCES)
    return Fund(
        ticker=row["ticker"],
        mic=row["mic"],
        name=row["name"],
        country=row["country"],
        currency=row["currency"],
        isin=row["isin"] or None,
        asset_class=row["asset_class"],
        segments=fractions(row["segments"], known),
        sensitivities=fractions(row["sensitivities"], known),
        beta=number(row["beta"]),
        # Folders of earlier releases name one region.
        markets=parse_fractions(row["markets"])
        if "markets" in row
        else dict.fromkeys(filter(None, [row["region"]]), 1.0),
        proxy=row["proxy"] or None,
        leverage=finite(row["leverage"]),
        basis=row["basis"],
        as_of=dt.date.fromisoformat(row["as_of"]),
        placed_by=placed_by,
        hedged=row.get("hedged") or None,
        others=parse_fractions(row.get("others") or ""),
    )


def _placed_by(row: dict[str, str]) -> str:
    """Say what places a fund in a folder that does not."""
    if row["asset_class"] != "equity":
        return "none"
    if row["proxy"]:
        return "proxy"
    return "holdings" if row["segments"] else "returns"


def _line(row: dict[str, str], listed: set[str]) -> OtherLine:
    return OtherLine(
        ticker=row["ticker"],
        mic=row["mic"],
        name=row["name"],
        currency=row["currency"],
        isin=row["isin"] or None,
        of=_known(row["of"], listed),
        kind=one_of(row["kind"], LINE_KINDS),
        until=dt.date.fromisoformat(row["until"]) if row["until"] else None,
        source=row["source"],
    )


def _future(row: dict[str, str], listed: set[str]) -> IndexFuture:
    return IndexFuture(
        root=row["root"],
        words=tuple(w for w in row["words"].split("|") if w),
        index=row["index"],
        asset_class=row["asset_class"],
        of=_known(row["of"], listed) if row["of"] else None,
        source=row["source"],
    )


def _sector(row: dict[str, str], known: set[str]) -> SectorLabel:
    return SectorLabel(
        label=row["label"],
        scheme=row["scheme"],
        language=row["language"],
        narrow=one_of(row["narrow"], ("yes", "no")) == "yes",
        segments=_whole(row, known, row["label"]),
        basis=row["basis"],
    )


def _known(key: str, listed: set[str]) -> str:
    if key not in listed:
        raise ValueError(f"{key!r} is no line of securities.csv or funds.csv")
    return key

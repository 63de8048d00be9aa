"""Read a value chain folder: segments, securities, funds, instruments."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING

from stresskit.errors import FactorError
from stresskit.model import Fund, Group, Security, Segment, Tradable, ValueChain
from stresskit.readers.records import (
    built,
    finite,
    folder_sha256,
    fractions,
    number,
    positive,
    read_rows,
    read_toml,
    record,
    unique,
)

if TYPE_CHECKING:
    from pathlib import Path

CHAIN_SCHEMA = "stresskit/segments/1"
CHAIN_FILES = (
    "segments.toml",
    "securities.csv",
    "funds.csv",
    "instruments.csv",
    "NOTES.md",
)


def read_chain_folder(folder: Path) -> ValueChain:
    """Read a value chain folder.

    Raises
    ------
    FactorError
        If a file is missing or a cell cannot be read; the message names the file,
        row and column.
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
    tradables = read_rows(folder / "instruments.csv", _tradable, optional=True)
    unique(folder / "securities.csv", [f"{s.ticker}:{s.mic}" for s in securities])
    unique(folder / "funds.csv", [f"{f.ticker}:{f.mic}" for f in funds])
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


def _security(row: dict[str, str], known: set[str]) -> Security:
    segments = fractions(row["segments"], known)
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
        segments=fractions(row["segments"], known),
        sensitivities=fractions(row["sensitivities"], known),
        beta=number(row["beta"]),
        region=row["region"] or None,
        proxy=row["proxy"] or None,
        leverage=finite(row["leverage"]),
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
        half_spread=positive(row["half_spread_bp"]) * bp,
        fee=positive(row["fee_bp"]) * bp,
        borrow=positive(row["borrow_bp_per_year"]) * bp,
        cap=positive(row["cap_share"]),
        price=number(row["price"]),
        price_date=dt.date.fromisoformat(row["price_date"])
        if row["price_date"]
        else None,
        source=row["source"],
    )

"""The table of a result's positions: its rows, in which order, which of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from stresskit.web.page import words
from stresskit.web.page.figures import Level
from stresskit.web.page.given import PAGE_LENGTH, Json, View
from stresskit.writers.text import SOURCE_WORDS

# Column by the name that sorts by it.
COLUMNS = (
    ("name", "Position", False),
    ("pnl", "P&L", True),
    ("pnl_pct", "P&L, %", True),
    ("value", "Value", True),
    ("segment", "Placed in", False),
    ("source", "Known from", False),
    ("confidence", "Confidence", True),
)
MOST_PLACES = 3


@dataclass(frozen=True, kw_only=True)
class Row:
    """A position as its row shows it."""

    name: str
    whole: str
    ids: str
    value: str
    figure: str
    share: str
    sign: str
    places: str
    source: str
    source_words: str
    confidence: str
    covered: bool
    why: str
    suggestions: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """A page of rows, how many there are, and what can be asked for."""

    rows: tuple[Row, ...]
    found: int
    all: int
    uncovered: int
    first: int
    page: int
    pages: int
    segments: tuple[tuple[str, str], ...]


def table_of(level: Level, view: View) -> Table:
    """Return the rows that a view asks for."""
    titles = {s.segment: s.title for s in level.segments}
    everything = level.result["by_position"]
    found = [p for p in everything if _asked(p, view, titles)]
    found = _sorted(found, level, view, titles)
    pages = max(math.ceil(len(found) / PAGE_LENGTH), 1)
    page = min(view.page, pages)
    first = (page - 1) * PAGE_LENGTH
    held = {k for p in everything for k, x in p["description"].items() if x}
    return Table(
        rows=tuple(_row(p, level, titles) for p in found[first : first + PAGE_LENGTH]),
        found=len(found),
        all=len(everything),
        uncovered=sum(not p["covered"] for p in everything),
        first=first + 1 if found else 0,
        page=page,
        pages=pages,
        segments=tuple((k, t) for k, t in titles.items() if k in held),
    )


def places_of(
    description: Json, titles: dict[str, str], most: int = MOST_PLACES
) -> str:
    """Return where a position stands: the largest segments with their shares."""
    ranked = sorted(description.items(), key=lambda kv: -kv[1])
    shown = [f"{titles.get(k, k)} {x:.0%}" for k, x in ranked[:most] if x]
    if len(ranked) > most:
        shown.append(f"and {len(ranked) - most} more")
    return ", ".join(shown)


def share_of(position: Json, pnl: float | None) -> float | None:
    """Return the P&L over what the position's share as run is over."""
    run, part = position["pnl"], position["pnl_pct"]
    if pnl is None or not run or part is None:
        return part if pnl == run else None
    return float(part) * (pnl / float(run))


def _asked(p: Json, view: View, titles: dict[str, str]) -> bool:
    if view.show == "uncovered" and p["covered"]:
        return False
    if view.segment and not p["description"].get(view.segment):
        return False
    if not view.text:
        return True
    said = [p["name"], *p["identifiers"].values(), p["source"], p["asset_class"]]
    said += [titles.get(k, k) for k in p["description"]]
    return view.text.casefold() in " ".join(str(s) for s in said if s).casefold()


def _sorted(
    found: Sequence[Json], level: Level, view: View, titles: dict[str, str]
) -> list[Json]:
    """Return the rows in order; what has no value comes last either way."""
    keys: dict[str, Callable[[Json], Any]] = {
        "name": lambda p: words.plain(p["name"]).casefold(),
        "value": lambda p: p["base_value"],
        "pnl": lambda p: level.pnls.get(p["id"]),
        "pnl_pct": lambda p: share_of(p, level.pnls.get(p["id"])),
        "segment": lambda p: _main(p, titles) or None,
        "source": lambda p: p["source"],
        "confidence": lambda p: p["confidence"],
    }
    key = keys[view.sort]
    known = [p for p in found if key(p) is not None]
    unknown = [p for p in found if key(p) is None]
    return sorted(known, key=key, reverse=view.direction == "down") + unknown


def _main(p: Json, titles: dict[str, str]) -> str:
    if not p["description"]:
        return ""
    first = max(p["description"], key=p["description"].__getitem__)
    return titles.get(first, str(first)).casefold()


def _row(p: Json, level: Level, titles: dict[str, str]) -> Row:
    pnl = level.pnls.get(p["id"])
    return Row(
        name=words.cut(p["name"] or p["id"], 60),
        whole=words.plain(p["name"] or p["id"]),
        ids=words.ids_of(p["identifiers"]),
        value=words.figure(p["base_value"], level.unit),
        figure=words.figure(pnl, level.unit),
        share=words.percent(share_of(p, pnl), "+", 1),
        sign=words.sign_of(pnl),
        places=places_of(p["description"], titles),
        source=words.cut(p["source"], 30),
        source_words=SOURCE_WORDS.get(p["source"], ""),
        confidence=words.percent(p["confidence"], decimals=0),
        covered=bool(p["covered"]),
        why=words.cut(". ".join(s for s in (p["matched"], p["basis"]) if s), 400),
        suggestions=", ".join(words.cut(s, 60) for s in p["suggestions"][:3]),
    )

"""What the page of a result shows, from its JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from stresskit.core.stress import answer
from stresskit.core.stress.answer import Unit
from stresskit.web.page import addresses, words
from stresskit.web.page.figures import (
    Level,
    coverage_of,
    figures_of,
    name_of,
    severities,
)
from stresskit.web.page.given import Json, RunShown, View
from stresskit.web.page.hedges import asked_of, hedges_of
from stresskit.web.page.placed import groups_of
from stresskit.web.page.positions import COLUMNS, table_of

Shown = dict[str, Any]
CARRIED = (
    ("severity-form", ("sort", "direction", "text", "segment", "show")),
    ("filter", ("severity", "sort", "direction")),
)


@dataclass(frozen=True, kw_only=True)
class Other:
    """Another factor: its move, what that makes, who set it."""

    label: str
    move: str
    figure: str
    sign: str
    set_by: str


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Another scenario: P&L, its share of the value, the band's ends."""

    label: str
    figure: str
    share: str
    sign: str
    low: str
    high: str


def moving(run: RunShown, result: Json, levels: Sequence[Json], view: View) -> Shown:
    """Return what the fragments need that follow severity and filter."""
    level = Level(result, levels, view.severity)
    return {
        "f": figures_of(run, level),
        **listing(run, level, levels, view),
    }


def listing(run: RunShown, level: Level, levels: Sequence[Json], view: View) -> Shown:
    """Return what the table of positions needs."""
    table = table_of(level, view)

    def turned(name: str, part: str = "") -> str:
        up = view.sort == name and view.direction == "up"
        changed = view.asked(sort=name, direction="down" if up else "up", page=1)
        return addresses.run(run.id, part, changed)

    def paged(part: str) -> Callable[[int], str]:
        return lambda n: addresses.run(run.id, part, view.asked(page=n))

    forms = CARRIED if levels else CARRIED[1:]
    values = view.asked()
    return {
        "table": table,
        "view": view,
        "columns": COLUMNS,
        "f_severity": f"{level.severity:g}",
        "unit": words.unit_words(level.unit),
        "sorted": turned,
        "page_address": paged(""),
        "page_fragment": paged("positions"),
        "carried": [
            (form, [(n, values[n]) for n in names if n in values])
            for form, names in forms
        ],
    }


def whole(run: RunShown, result: Json, levels: Sequence[Json], view: View) -> Shown:
    """Return what the whole page needs."""
    shown = moving(run, result, levels, view)
    as_run = Level(result, levels)
    coverage, light = coverage_of(result, as_run.unit)
    scenario, factor = result["run"]["scenario"], result["run"]["factor"]
    return {
        **shown,
        "name": name_of(run),
        "event": f"{words.cut(scenario['title'], 160)}",
        "coverage": coverage,
        "light": light,
        "as_run": shown["f"].as_run,
        "severity": shown["f"].severity,
        "slider": len(severities(levels)) > 1,
        "files": files_of(run),
        "file": lambda name: addresses.run(run.id, f"files/{name}"),
        "others": _others(result, as_run.unit),
        "scenarios": _scenarios(result, as_run.unit),
        "limit": [words.signs(words.cut(s, 600)) for s in _limit(result)],
        "asked": asked_of(result),
        "hedges": hedges_of(result, as_run.unit),
        "groups": groups_of(result["issues"], as_run.unit),
        "factor": f"{factor['id']}@{factor['revision']} ({factor['sha256']})",
        "result": result,
    }


def files_of(run: RunShown) -> list[tuple[str, str]]:
    """Return what can be downloaded beside the workbook."""
    return [
        (name, label)
        for name, label in addresses.FILES.items()
        if name != addresses.REPORT and (run.has_input or name != addresses.ANNOTATED)
    ]


def _others(result: Json, unit: Unit | None) -> list[Other]:
    """Return what moves besides shares, where money hangs on it."""
    found = [o for o in result["by_other_factor"] if o["exposure"] or o["pnl"]]
    return [
        Other(
            label=words.cut(o["title"]),
            move=words.signs(answer.move_text(o["kind"], o["move"])),
            figure=words.figure(o["pnl"], unit),
            sign=words.sign_of(o["pnl"]),
            set_by=answer.set_by(words.cut(o["source"])),
        )
        for o in sorted(found, key=lambda o: -abs(o["pnl"]))
    ]


def _scenarios(result: Json, unit: Unit | None) -> list[Scenario]:
    return [
        Scenario(
            label=words.cut(s["label"], 120),
            figure=words.figure(s["summary"]["pnl"], unit),
            share=words.percent(s["summary"]["pnl_pct"]),
            sign=words.sign_of(s["summary"]["pnl"]),
            low=words.figure(s["summary"]["band"]["low"], unit),
            high=words.figure(s["summary"]["band"]["high"], unit),
        )
        for s in result["scenarios"]
    ]


def _limit(result: Json) -> Sequence[str]:
    return result["reverse"]["sentences"] if result["reverse"] else ()

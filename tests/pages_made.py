"""What the tests of the page are made from: runs, results, choices, and a reader."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import stresskit
from stresskit.model.contract import (
    holdings_to_dict,
    mapping_to_dict,
    result_to_dict,
)
from stresskit.web.page import Choice, Choices, Example, Limits, Pages, Segment, User

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("european-balanced", "long-short", "multi-asset", "us-growth")
SEVERITIES = (0.0, 0.5, 1.0, 2.0, 3.0)
PAGES = Pages(version="9.9")
USER = User(name="Anna", signs_in=True)
LIMITS = Limits(most_bytes=20 << 20)
EXAMPLES = (Example(name="us-growth", title="US growth"),)
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "\u202egnp.exe",
    "A" * 32_000,
    "{{7*7}}{% raise %}",
    "nul\x00 and \x1b[31m",
    "' autofocus onfocus=alert(1) x='",
)
VOID = {"meta", "link", "input", "br", "img", "rect", "line", "circle"}


@dataclass(kw_only=True)
class Run:
    """A run as the ledger keeps it."""

    id: str = "run_0193aa0c5f2c7d7e8a4b1c2d3e4f5a6b"
    status: str = "done"
    created: dt.datetime = dt.datetime(2025, 2, 3, 9, 30, tzinfo=dt.UTC)
    finished: dt.datetime | None = None
    input_name: str = "holdings.xlsx"
    input_sha256: str = "ab" * 32
    factor: str | None = "deepseek-2025-01-27"
    factor_revision: int | None = 3
    factor_sha256: str | None = None
    version: str | None = "9.9"
    summary: dict[str, Any] | None = None
    problem: dict[str, Any] | None = None
    has_input: bool = True


def run_of(result: dict[str, Any], name: str = "A portfolio", **more: Any) -> Run:
    """Return the run of a result."""
    kept = ("pnl", "pnl_pct", "currency", "base_value")
    summary = {k: result["summary"][k] for k in kept}
    return Run(summary={"name": name, **summary}, **more)


@cache
def _example(name: str) -> str:
    path = ROOT / "examples" / name / "expected" / "result.json"
    return path.read_text(encoding="utf-8")


def example(name: str) -> dict[str, Any]:
    """Return what an example gives, with the record of a run."""
    result: dict[str, Any] = json.loads(_example(name))
    factor = {"id": result["run"]["factor"], "revision": 3, "sha256": "cd" * 32}
    scenario = {"title": "An event", "severity": 1.0, "mode": "factor"}
    result["run"] = {"factor": factor, "scenario": scenario, "version": "9.9"}
    return result


def stressed(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the result of a holdings file, and its levels."""
    portfolio, factor, exposures = _placed(path)
    more = tuple(stresskit.Scenario(factor, s) for s in SEVERITIES)
    result = result_to_dict(
        stresskit.stress(
            portfolio, exposures, stresskit.Scenario(factor), scenarios=more
        )
    )
    levels = [
        {"severity": s, **level}
        for s, level in zip(SEVERITIES, result["scenarios"], strict=True)
    ]
    return result, levels


def read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what was read of a file, and where it was placed."""
    portfolio, _, exposures = _placed(path)
    return holdings_to_dict(portfolio), mapping_to_dict(portfolio, exposures)


def _placed(path: Path) -> tuple[Any, Any, Any]:
    portfolio = stresskit.read_holdings(path)
    factor = stresskit.load_factor("deepseek-2025-01-27")
    return portfolio, factor, stresskit.map_exposures(portfolio, factor)


def choices() -> Choices:
    """Return what can be chosen."""
    rows = example("us-growth")["by_segment"]
    return Choices(
        factors=[Choice(value="deepseek", title="DeepSeek", date="2025-01-27")],
        segments=[
            Segment(id=s["segment"], title=s["title"], group=s["group"]) for s in rows
        ],
        mandates=[Choice(value="", title="All"), Choice(value="no", title="No hedges")],
    )


@dataclass
class Table:
    """A table as text: caption, rows of cells, header cells without a scope."""

    caption: str = ""
    rows: list[list[str]] = field(default_factory=list)
    without_scope: int = 0


class Read(HTMLParser):
    """A page taken apart; what is not well formed is in ``faults``."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.ids: Counter[str] = Counter()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: list[Table] = []
        self.labels: set[str | None] = set()
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> stays open" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag."""
        given = dict(attrs)
        if len(given) < len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        self.tags.append((tag, given))
        if given.get("id"):
            self.ids[str(given["id"])] += 1
        if tag == "label":
            self.labels.add(given.get("for"))
        if tag == "table":
            self.tables.append(Table())
        if tag == "th" and given.get("scope") not in ("row", "col"):
            self.tables[-1].without_scope += 1
        if tag == "tr":
            self.tables[-1].rows.append([])
        if tag in ("td", "th"):
            self.tables[-1].rows[-1].append("")
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that closes itself, as those of SVG do."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Close the tag that is open."""
        if not self._open or self._open[-1] != tag:
            self.faults.append(f"</{tag}> closes nothing, open: {self._open[-1:]}")
        else:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        """Add text to the page and to the cell it is in."""
        self.text += data
        if "caption" in self._open:
            self.tables[-1].caption += data
        elif {"td", "th"} & set(self._open):
            self.tables[-1].rows[-1][-1] += data.strip()

    def table(self, caption: str) -> Table:
        """Return the table whose caption begins so."""
        return next(t for t in self.tables if t.caption.startswith(caption))


def faults_of(page: str, *, whole: bool = True) -> list[str]:
    """Return what is wrong with a page: form, ids, labels, tables, what CSP forbids."""
    read_ = Read(page)
    found = [*read_.faults, *(f"id {k} twice" for k, n in read_.ids.items() if n > 1)]
    for tag, given in read_.tags:
        found += [
            f"<{tag} {name}>"
            for name in given
            if name == "style" or name.startswith(("on", "hx-on"))
        ]
        found += [
            f"{name} of <{tag}> points nowhere: {id_}"
            for name in ("aria-labelledby", "aria-describedby", "for")
            for id_ in (given.get(name) or "").split()
            if whole and id_ not in read_.ids
        ]
        if tag in ("input", "select", "textarea") and given.get("type") != "hidden":
            named = given.get("id") in read_.labels or given.get("aria-label")
            found += [] if named else [f"<{tag} name={given.get('name')}> has no label"]
        if tag == "script" and not given.get("src"):
            found.append("a script inside the page")
        if tag == "style":
            found.append("a style inside the page")
        for name in ("href", "src", "action"):
            if (given.get(name) or "/").split(":")[0].lower() == "javascript":
                found.append(f"<{tag} {name}> runs a script")
    for table in read_.tables:
        found += [] if table.caption.strip() else ["a table without a caption"]
        found += [f"{table.caption}: th without scope"] if table.without_scope else []
    return found

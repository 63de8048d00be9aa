"""What was read and where it was placed, before anything is computed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from stresskit.core.stress.answer import Unit, unit_for
from stresskit.web.page import spelled, words
from stresskit.web.page.corrections import PAIRS
from stresskit.web.page.given import PAGE_LENGTH, Choices, Correction, Json
from stresskit.web.page.positions import places_of
from stresskit.writers.text import SOURCE_WORDS

SEVERITIES = (
    ("error", "Errors", "must be put right"),
    ("warning", "Warnings", "please check"),
    ("info", "Notes", "for your information"),
)
MOST_ISSUES = 200
# What a group shows before the rest has to be opened.
OPEN_ISSUES = 6
CORRECTED = "override"


@dataclass(frozen=True, kw_only=True)
class Said:
    """One issue: where, what, what the cell holds, what to do, money at stake."""

    place: str
    message: str
    value: str
    whole: str
    fix: str
    money: str


@dataclass(frozen=True, kw_only=True)
class Group:
    """The issues of one severity: first ones, more to open; ``left`` are not shown."""

    severity: str
    title: str
    note: str
    count: int
    issues: tuple[Said, ...]
    more: tuple[Said, ...]
    left: int


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A position of the file with its place, and what its form holds."""

    id: str
    anchor: str
    name: str
    whole: str
    ids: str
    place_in_file: str
    asset_class: str
    value: str
    weight: str
    places: str
    source: str
    source_words: str
    confidence: str
    covered: bool
    why: str
    suggestions: str
    by_you: bool


@dataclass(frozen=True, kw_only=True)
class Form:
    """The form that corrects a place: pairs of segment and percent, beta, reason."""

    pairs: tuple[tuple[str, str], ...]
    beta: str
    reason: str
    errors: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Read:
    """What was read, in the words of the page."""

    name: str
    as_of: str
    currency: str
    total: str
    stated: str
    agrees: bool | None
    count: int
    weights_only: bool
    without_value: int
    asked_for: frozenset[str]
    unit: str
    groups: tuple[Group, ...]
    issues: int
    corrected: int
    rows: tuple[Placed, ...]
    page: int
    pages: int


def groups_of(issues: Iterable[Json], unit: Unit | None) -> tuple[Group, ...]:
    """Return issues by how bad they are, each said once.

    Those of the whole file come first, then those with the most money at stake.
    """
    once = {tuple(sorted((k, str(v)) for k, v in i.items())): i for i in issues}
    found = []
    for severity, title, note in SEVERITIES:
        of = [i for i in once.values() if i.get("severity", "error") == severity]
        of.sort(key=lambda i: -abs(i["money"]) if i.get("money") else -math.inf)
        if of:
            shown = tuple(_said(i, unit) for i in of[:MOST_ISSUES])
            group = Group(
                severity=severity,
                title=title,
                note=note,
                count=len(of),
                issues=shown[:OPEN_ISSUES],
                more=shown[OPEN_ISSUES:],
                left=max(len(of) - MOST_ISSUES, 0),
            )
            found.append(group)
    return tuple(found)


def _said(issue: Json, unit: Unit | None) -> Said:
    at_stake = issue.get("money")
    money = _amount(abs(at_stake), unit) if at_stake else ""
    return Said(
        place=words.place_of(issue),
        message=spelled.worded(words.cut(issue.get("message"), 600)),
        value=words.cut(issue.get("value"), 80),
        whole=words.plain(issue.get("value")),
        fix=words.cut(issue.get("fix"), 600),
        money=money,
    )


def read_of(holdings: Json, mapping: Json, choices: Choices, page: int) -> Read:
    """Return what was read, a page of its positions with their places."""
    positions = holdings["positions"]
    total, stated = holdings["total_value"], holdings["stated_total"]
    unit = unit_of_holdings(holdings)
    placed = {row["id"]: row for row in mapping["positions"]}
    pages = max(math.ceil(len(positions) / PAGE_LENGTH), 1)
    page = min(max(page, 1), pages)
    first = (page - 1) * PAGE_LENGTH
    # The mapping repeats the file's issues.
    issues = [*holdings["issues"], *mapping["issues"]]
    groups = groups_of(issues, unit)
    weights = [p["weight"] for p in positions]
    return Read(
        name=words.cut(holdings["name"]),
        as_of=words.day_of(holdings["as_of"]),
        currency=words.plain(holdings["base_currency"]),
        total=_amount(total, unit)
        if unit is not None
        else f"{words.percent(sum(w or 0.0 for w in weights))} in weights",
        stated=_amount(stated, unit),
        agrees=_agrees(total, stated),
        count=len(positions),
        weights_only=unit is None,
        without_value=sum(
            p["market_value"] is None and (unit is not None or p["weight"] is None)
            for p in positions
        ),
        asked_for=spelled.fields_in(i["fix"] for i in issues),
        unit=words.unit_words(unit),
        groups=groups,
        issues=sum(g.count for g in groups),
        corrected=sum(r["source"] == CORRECTED for r in mapping["positions"]),
        rows=tuple(
            placed_of(n, p, placed.get(p["id"]), choices, unit)
            for n, p in enumerate(positions)
            if first <= n < first + PAGE_LENGTH
        ),
        page=page,
        pages=pages,
    )


def unit_of_holdings(holdings: Json) -> Unit | None:
    """Return the unit of a file's money; None where it has weights alone."""
    values = [p["market_value"] for p in holdings["positions"]]
    weighed = any(p["weight"] is not None for p in holdings["positions"])
    if weighed and all(value is None for value in values):
        return None
    return unit_for(holdings["base_currency"], sum(abs(v or 0.0) for v in values))


def _amount(value: float | None, unit: Unit | None) -> str:
    """Return an amount with its unit; nothing where unknown."""
    figure = words.figure(value, unit)
    return f"{figure} {unit.name}".rstrip() if figure and unit else figure


def _agrees(total: float | None, stated: float | None) -> bool | None:
    """Return whether two totals are the same to a thousandth, None if one lacks."""
    if total is None or stated is None:
        return None
    return math.isclose(total, stated, rel_tol=1e-3)


def placed_of(
    number: int, p: Json, row: Json | None, choices: Choices, unit: Unit | None
) -> Placed:
    """Return a position with its place; nothing of it where it has none."""
    titles = {s.id: s.title for s in choices.segments}
    at: Json = row or {}
    why = [at.get("matched"), at.get("basis")]
    source = at.get("source", "")
    return Placed(
        id=p["id"],
        anchor=f"row-{number + 1}",
        name=words.cut(p["name"] or p["id"], 60),
        whole=words.plain(p["name"] or p["id"]),
        ids=words.ids_of(p["identifiers"]),
        place_in_file=words.place_of({"sheet": p["sheet"], "row": p["row"]}),
        asset_class=words.cut(p["asset_class"], 30).replace("_", " "),
        value=words.figure(p["market_value"], unit),
        weight=words.percent(p["weight"], decimals=1),
        places=places_of(at.get("description", {}), titles),
        source=words.cut(source, 30),
        source_words=SOURCE_WORDS.get(source, ""),
        confidence=words.percent(at.get("confidence"), decimals=0),
        covered=bool(at.get("covered")),
        why=words.cut(". ".join(str(s) for s in why if s), 400),
        suggestions=", ".join(words.cut(s, 60) for s in at.get("suggestions", ())[:3]),
        by_you=source == CORRECTED,
    )


def form_of(correction: Correction, row: Json | None) -> Form:
    """Return what the form holds: as typed, else what stands now."""
    at: Json = row or {}
    pairs: Sequence[tuple[str, str]] = correction.segments
    beta = correction.beta
    if not (pairs or beta or correction.errors):
        ranked = sorted(at.get("description", {}).items(), key=lambda kv: -kv[1])
        pairs = [(k, f"{100 * x:.4g}") for k, x in ranked[:PAIRS] if x]
    filled = [*pairs, *[("", "")] * PAIRS][:PAIRS]
    return Form(
        pairs=tuple((words.plain(k), words.cut(x, 20)) for k, x in filled),
        beta=words.cut(beta, 20),
        reason=words.cut(correction.reason, 200),
        errors=correction.errors,
    )

"""The form's question to options and back, and what there is to choose."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any

from stresskit.clock import now
from stresskit.web.options import checked_options
from stresskit.web.page.given import Choice, Choices, Chosen, Segment
from stresskit.web.problems import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from stresskit.web.page.corrections import Place

NO_HEDGE = "none"
ALL = ""
# What the form does not show stays as the draft has it.
SHOWN = tuple(f.name for f in fields(Chosen) if f.name not in {"page", "correction"})
TEXTS = (
    *("factor", "mode", "mandate", "base_currency", "as_of"),
    *("language", "theme", "form"),
)
# What the page notes for itself among the options of a run.
OURS = ("page", "keep")
STEPS = (
    "Loading the factor",
    "Reading the holdings",
    "Placing the positions",
    "Stressing",
)
HEDGE_STEPS = (
    "Valuing the instruments",
    "Searching for an overlay",
    "Searching for pairs",
    "Valuing options",
    "Searching for trades",
    "Optimising a rotation",
    "Drawing the tail",
    "Doing nothing",
)
LAST_STEPS = ("Computing the severities", "Keeping the result")


def choices(factors: Sequence[Mapping[str, Any]], house: Path | None) -> Choices:
    """Return what can be chosen: the caller's factors, mandates and looks that ship."""
    segments, mandates, themes = _shipped(house)
    return Choices(
        factors=[
            Choice(value=f["id"], title=f["title"], date=f["event_start"] or "")
            for f in factors
        ],
        segments=segments,
        mandates=mandates,
        themes=themes,
        forms=(
            Choice(value="full", title="Full report"),
            Choice(value="short", title="Short, for clients"),
        ),
    )


@cache
def _shipped(
    house: Path | None,
) -> tuple[tuple[Segment, ...], tuple[Choice, ...], tuple[Choice, ...]]:
    from stresskit.factors import DEFAULT_CHAIN, load_chain
    from stresskit.hedging import load_mandate, mandate_files
    from stresskit.presenting import load_theme, theme_files

    groups = {}
    chain = load_chain(DEFAULT_CHAIN, factors=house)
    groups = {g.id: g.title for g in chain.groups}
    segments = tuple(
        Segment(id=s.id, title=s.title, group=groups.get(s.group, s.group))
        for s in chain.segments
    )
    mandates = (
        Choice(value=ALL, title="No limits: show every kind of hedge"),
        *(
            Choice(value=name, title=load_mandate(name, factors=house).title)
            for name in mandate_files(factors=house)
        ),
        Choice(value=NO_HEDGE, title="No hedges (faster)"),
    )
    themes = tuple(
        Choice(value=name, title=load_theme(name, factors=house).title or name)
        for name in theme_files(factors=house)
    )
    return segments, mandates, themes


def chosen(options: Mapping[str, Any]) -> Chosen:
    """Return the form as options fill it."""
    rates = options.get("fx") or {}
    return Chosen(
        factor=str(options.get("factor", "deepseek-2025-01-27")),
        severity=f"{options.get('severity', 1.0):g}",
        mode=str(options.get("mode", "factor")),
        mandate=NO_HEDGE if options.get("no_hedge") else options.get("mandate") or ALL,
        base_currency=str(options.get("base_currency") or ""),
        fx="\n".join(f"{code}={rate:g}" for code, rate in rates.items()),
        as_of=str(options.get("as_of") or ""),
        value="" if options.get("value") is None else f"{options['value']:g}",
        language=str(options.get("language", "en")),
        theme=str(options.get("theme", "neutral")),
        form=str(options.get("form", "full")),
    )


def asked(form: Mapping[str, Any]) -> Chosen:
    """Return the form as it was sent."""
    given: dict[str, Any] = {
        k: form[k][:2_000].strip() for k in SHOWN if isinstance(form.get(k), str)
    }
    return Chosen(**given)


def options(
    kept: Mapping[str, Any], form: Chosen
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the options that a form asks for, and what is wrong with it by field."""
    ours = {k: kept[k] for k in OURS if k in kept}
    found = {k: v for k, v in kept.items() if k not in (*SHOWN, *OURS, "no_hedge")}
    numbers, errors = _numbers(form)
    found |= numbers
    rates, wrong = _rates(form.fx)
    if wrong:
        errors["fx"] = wrong
    elif rates:
        found["fx"] = rates
    if form.mandate == NO_HEDGE:
        found["no_hedge"] = True
    texts = {name: getattr(form, name) for name in TEXTS}
    found |= {k: v for k, v in texts.items() if v and v != NO_HEDGE}
    if errors:
        return {**found, **ours}, errors
    try:
        found = checked_options(found).given()
    except Refused as error:
        errors = {
            str(e["column"]).partition(".")[0]: e["message"]
            for e in error.body["errors"]
        }
    return {**found, **ours}, errors


def _numbers(form: Chosen) -> tuple[dict[str, float], dict[str, str]]:
    found, errors = {}, {}
    for name in ("severity", "value"):
        text = getattr(form, name).replace(",", ".")
        try:
            if text:
                found[name] = float(text)
        except ValueError:
            errors[name] = "Give a number."
    return found, errors


def _rates(text: str) -> tuple[dict[str, float], str]:
    rates: dict[str, float] = {}
    for line in filter(None, (part.strip() for part in text.splitlines())):
        code, equals, number = (p.strip() for p in line.partition("="))
        try:
            rates[code.upper()] = float(number.replace(",", "."))
        except ValueError:
            equals = ""
        if not equals or len(code) != 3:
            return {}, f"{line[:40]!r} is no rate: write EUR=1.05, one a line."
    return rates, ""


def corrected(
    kept: Mapping[str, Any],
    holdings: Mapping[str, Any],
    place: Place,
    *,
    by: str,
) -> dict[str, Any]:
    """Return options with a correction; a later one of a position takes its place.

    Raises
    ------
    Refused
        If there is no such position.
    """
    position = next(
        (p for p in holdings["positions"] if p["id"] == place.position), None
    )
    if position is None:
        raise Refused(404, "unknown-position", "There is no such position.")
    others = [o for o in kept.get("overrides", []) if o["id"] != place.position]
    row: dict[str, Any] = {
        "id": place.position,
        "name": position["name"][:200],
        "segments": place.segments,
        "beta": place.beta,
        "by": by[:200],
        "on": now().date().isoformat(),
        "reason": place.reason[:200],
    }
    for key in ("isin", "ticker"):
        if position["identifiers"].get(key):
            row[key] = position["identifiers"][key]
    return {**kept, "overrides": [*others, row]}


def place_of(words: str, asked_for: Mapping[str, Any]) -> tuple[int, int]:
    """Return which step of how many is under way; 0 where it is not known."""
    hedges = () if asked_for.get("no_hedge") else HEDGE_STEPS
    steps = (*STEPS, *hedges, *LAST_STEPS)
    return (steps.index(words) + 1 if words in steps else 0), len(steps)

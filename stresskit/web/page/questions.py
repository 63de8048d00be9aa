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
OURS_ALONE = {"page", "correction", "rates_file", "problem"}
SHOWN = tuple(f.name for f in fields(Chosen) if f.name not in OURS_ALONE)
TEXTS = (
    *("factor", "mode", "mandate", "hedge_target", "base_currency", "as_of"),
    *("sheet", "table", "columns", "language", "theme", "form"),
)
# What is wrong with a field, in the words of the page.
CHOOSE = "Choose one of the list."
WRONG = {
    "factor": CHOOSE,
    "severity": "Give a number from 0 to 10.",
    "mode": CHOOSE,
    "mandate": CHOOSE,
    "hedge_target": "Give a share (50%), an amount (250000), or the most that may be "
    "left, of the value (floor=4%).",
    "base_currency": "Give the three letters of a currency, such as USD.",
    "fx": "Each rate is a number above zero of a currency with three letters.",
    "as_of": "Give a date as 2025-01-24.",
    "value": "Give an amount as a number.",
    "sheet": "Give the name of one sheet.",
    "table": "Give a number (2) or the range of the table (B12:H40).",
    "columns": "Write what stands in which column: name=B,value=F.",
    "language": CHOOSE,
    "theme": CHOOSE,
    "form": CHOOSE,
}
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
        fx="\n".join(f"{code}={rate!r}" for code, rate in rates.items()),
        as_of=str(options.get("as_of") or ""),
        value="" if options.get("value") is None else f"{options['value']:.15g}",
        sheet=str(options.get("sheet") or ""),
        table=str(options.get("table") or ""),
        columns=str(options.get("columns") or ""),
        hedge_target=str(options.get("hedge_target") or ""),
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
    found |= {k: v for k, v in texts.items() if v and (k, v) != ("mandate", NO_HEDGE)}
    if form.hedge_target and not _is_target(form.hedge_target):
        errors["hedge_target"] = WRONG["hedge_target"]
    if errors:
        return {**found, **ours}, errors
    try:
        found = checked_options(found).given()
    except Refused as error:
        named = [str(e["column"]).partition(".")[0] for e in error.body["errors"]]
        errors = {name: WRONG.get(name, error.body["detail"]) for name in named}
    return {**found, **ours}, errors


def _numbers(form: Chosen) -> tuple[dict[str, float], dict[str, str]]:
    found, errors = {}, {}
    for name in ("severity", "value"):
        text = getattr(form, name).replace(",", ".")
        try:
            if text:
                found[name] = float(text)
        except ValueError:
            errors[name] = WRONG[name]
    return found, errors


def _is_target(text: str) -> bool:
    from stresskit.errors import InputError
    from stresskit.readers.mandate import read_target

    try:
        read_target(text)
    except (InputError, ValueError):
        return False
    return True


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

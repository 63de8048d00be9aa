"""What a report says of its own making, as short texts, so that it can be made again.

A record is a table of key and text. Written and read here alone: what one side calls
a key, the other finds.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, cast

from stresskit.errors import InputError
from stresskit.model import HedgeTarget, Mandate, Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from stresskit.model import (
        Factor,
        HedgePlan,
        Presentation,
        StressResult,
        Theme,
    )

# The first key of the record: what tells a report of ours from another workbook.
MARKER, FORMAT = "stresskit.record", "1"
# A document property holds so much; a longer text goes on under `KEY.2`.
LONGEST = 255
# Of the run, what does not change the answer: the same question has the same id.
NOT_ASKED = ("id", "created", "packages", "asked", "loss_limit", "benchmark")


def run_id(run: Mapping[str, str]) -> str:
    """Return the id of a run: the same question has the same, whenever it is asked.

    What is empty says nothing, so that it need not be kept.

    Examples
    --------
    >>> run_id({"mode": "factor"}) == run_id({"created": "2025", "mode": "factor"})
    True
    """
    asked = sorted((k, v) for k, v in run.items() if v and k not in NOT_ASKED)
    text = "\n".join(f"{k}={v}" for k, v in asked)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def record_of(
    result: StressResult, plan: HedgePlan | None, presentation: Presentation
) -> dict[str, str]:
    """Return all that is needed to make a report again, from the files it was made of.

    Keys of the run start with ``run.``; nested ones are JSON.
    """
    loss = result.run.get("loss_limit", "")
    if not loss and result.reverse is not None:
        loss = _json({"amount": result.reverse.loss, "share": False})
    record = {MARKER: FORMAT}
    record |= {f"run.{k}": v for k, v in result.run.items()}
    record |= {
        "file": str(result.portfolio.source.get("file") or ""),
        "inputs": _json(result.exposures.inputs),
        "scenario": scenario_text(result.scenario),
    }
    compared = result.run.get("benchmark", "")
    if not compared and result.comparison is not None:
        compared = _json({result.comparison.name: ""})
    for number, further in enumerate(result.scenarios, 1):
        record[f"scenario {number}"] = scenario_text(further.scenario)
    return record | {
        "draws": "yes" if result.distribution else "no",
        "loss": loss,
        "benchmark": compared,
        "hedges": _hedges(plan) if plan else "",
        "presentation": _presentation(presentation),
    }


def pieces(record: Mapping[str, str]) -> dict[str, str]:
    """Return the record in pieces that fit a document property, a row each.

    Examples
    --------
    >>> [(k, len(v)) for k, v in pieces({"hedges": "x" * 300}).items()]
    [('hedges', 255), ('hedges.2', 45)]
    """
    found = {}
    for key, text in record.items():
        for number, start in enumerate(range(0, max(len(text), 1), LONGEST), 1):
            name = key if number == 1 else f"{key}.{number}"
            found[name] = text[start : start + LONGEST]
    return found


def joined(found: Mapping[str, str]) -> dict[str, str]:
    """Return a record put together from its pieces.

    Examples
    --------
    >>> joined({"hedges": "ab", "hedges.2": "c", "file": "x.csv"})
    {'hedges': 'abc', 'file': 'x.csv'}
    """
    record = {}
    for key, first in found.items():
        head, dot, number = key.rpartition(".")
        if dot and number.isdecimal() and head in found:
            continue
        parts = [first]
        while (more := found.get(f"{key}.{len(parts) + 1}")) is not None:
            parts.append(more)
        record[key] = "".join(parts)
    return record


# Scenarios --------------------------------------------------------------------


def scenario_text(scenario: Scenario) -> str:
    """Return a scenario as JSON; what is as usual is left out."""
    factor = scenario.factor
    said: dict[str, Any] = {
        "factor": f"{factor.id}@{factor.revision}",
        "sha256": factor.sha256,
    }
    for field in fields(Scenario):
        value = getattr(scenario, field.name)
        if field.name != "factor" and value not in ("", None, {}, ()):
            said[field.name] = value
    return _json(said)


def factor_of(text: str) -> tuple[str, str]:
    """Return the factor of a recorded scenario as ``ID@N``, and its hash.

    Raises
    ------
    InputError
        If the text is no scenario.
    """
    said = parsed(text, "scenario")
    factor, sha256 = said.get("factor"), said.get("sha256")
    if not (isinstance(factor, str) and isinstance(sha256, str)):
        raise damaged("scenario")
    return factor, sha256


def scenario_of(text: str, load: Callable[[str], Factor]) -> Scenario:
    """Return a recorded scenario; ``load`` gives a factor by ``ID@N``.

    Raises
    ------
    InputError
        If the text is no scenario, or the factor has none like it.
    """
    said = parsed(text, "scenario")
    factor, _ = factor_of(text)
    given = {k: v for k, v in said.items() if k not in ("factor", "sha256")}
    words = (given.get(k, "") for k in ("label", "mode", "others"))
    if not all(isinstance(word, str) for word in words):
        raise damaged("scenario")
    try:
        if "drivers" in given:
            given["drivers"] = tuple(given["drivers"])
        return Scenario(load(factor), **given)
    except (TypeError, AttributeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise damaged("scenario") from error


# Hedges -----------------------------------------------------------------------


def instruments_hash(tradables: Iterable[object]) -> str:
    """Return a hash of instruments with their costs, in their order."""
    return _hash("\n".join(map(repr, tradables)))


def mandate_hash(mandate: Mandate) -> str:
    """Return a hash of the limits a mandate has, whatever file they stand in."""
    return _hash(_json(asdict(mandate)))


def _hedges(plan: HedgePlan) -> str:
    mandate = asdict(plan.mandate)
    usual = asdict(Mandate())
    return _json(
        {
            "target": asdict(plan.asked),
            "families": plan.families or tuple(h.family for h in plan.hedges),
            "instruments_sha256": plan.instruments_sha256,
            "mandate_sha256": mandate_hash(plan.mandate),
            "mandate": {k: v for k, v in mandate.items() if v != usual[k]},
        }
    )


def mandate_of(said: Mapping[str, Any]) -> Mandate:
    """Return the mandate of recorded hedges.

    Raises
    ------
    InputError
        If the record has none that can hold.
    """
    try:
        given = dict(said.get("mandate", {}))
        if "target" in given:
            given["target"] = HedgeTarget(**given["target"])
        lists = {k: tuple(v) for k, v in given.items() if isinstance(v, list)}
        given |= lists
        usual = Mandate()
        if not all(_alike(v, getattr(usual, k)) for k, v in given.items()):
            raise damaged("mandate")
        return Mandate(**given)
    except (TypeError, AttributeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise damaged("mandate") from error


def _alike(value: object, usual: object) -> bool:
    """Say whether a limit is of the kind that it has to be."""
    if isinstance(usual, tuple):
        return isinstance(value, tuple) and all(isinstance(v, str) for v in value)
    if isinstance(usual, float):
        return isinstance(value, int | float)
    return type(value) is type(usual)


# Presentation -----------------------------------------------------------------


def theme_hash(theme: Theme) -> str:
    """Return a hash of everything a theme puts into a report."""
    return _hash(repr(theme))


def _presentation(shown: Presentation) -> str:
    return _json(
        {
            "theme": shown.theme.name,
            "theme_sha256": theme_hash(shown.theme),
            "language": shown.language,
            "form": shown.form,
            "sections": shown.sections,
            "paper": shown.paper,
            "client": shown.client,
        }
    )


def parsed(text: str, what: str) -> dict[str, Any]:
    """Return a JSON object of the record.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise damaged(what) from error
    if not isinstance(found, dict):
        raise damaged(what)
    return cast("dict[str, Any]", found)


def damaged(what: str) -> InputError:
    """Return the error that a part of a record cannot be used."""
    return InputError(
        f"What the report says of its {what} cannot be read: the record was changed.",
        hint="Verify the report as it was written; its Run log holds the record.",
        code="report",
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

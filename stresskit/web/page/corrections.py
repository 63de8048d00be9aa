"""The form that corrects a place, read: what is asked for, or what is wrong."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping
from dataclasses import dataclass

from stresskit.web.page.given import Correction

PAIRS = 3
MOST_BETA = 10.0
LONGEST_REASON = 500


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place asked for: decimals by segment, a beta or None, why."""

    position: str
    segments: dict[str, float]
    beta: float | None
    reason: str


def read_correction(
    form: Mapping[str, str], segments: Container[str]
) -> Place | Correction:
    """Return the place that a form asks for, or the form with what is wrong in it.

    The fields are ``position``, ``segment_1`` to ``segment_3``, ``share_1`` to
    ``share_3`` (percent, with a point or a comma), ``beta`` and ``reason``.

    Examples
    --------
    >>> form = {"position": "p1", "segment_1": "MEMORY", "share_1": "60", "beta": "1,1"}
    >>> read_correction(form, {"MEMORY"})
    Place(position='p1', segments={'MEMORY': 0.6}, beta=1.1, reason='')
    >>> found = read_correction(form | {"share_1": "x"}, {"MEMORY"})
    >>> found.errors["share_1"]
    'Give a percentage from 0 to 100, such as 60.'
    """
    typed = [
        (form.get(f"segment_{n}", "").strip(), form.get(f"share_{n}", "").strip())
        for n in range(1, PAIRS + 1)
    ]
    errors: dict[str, str] = {}
    found: dict[str, float] = {}
    for n, (segment, share) in enumerate(typed, start=1):
        problem = _add(found, segment, share, segments)
        if problem:
            errors[f"{problem[0]}_{n}"] = problem[1]
    if sum(found.values()) > 1 + 1e-9:
        errors["share_1"] = "The shares add up to more than 100%. Make them smaller."
    beta, text = None, form.get("beta", "").strip()
    if text:
        beta = _number(text)
        if beta is None or abs(beta) > MOST_BETA:
            errors["beta"] = f"Give a number from -{MOST_BETA:g} to {MOST_BETA:g}."
    if not found and not errors and beta is None:
        errors[""] = "Choose a segment and its share, or give a beta."
    position, reason = form.get("position", ""), form.get("reason", "").strip()
    if errors:
        return Correction(
            position=position,
            segments=typed,
            beta=text,
            reason=reason,
            errors=errors,
        )
    return Place(
        position=position, segments=found, beta=beta, reason=reason[:LONGEST_REASON]
    )


def _add(
    found: dict[str, float], segment: str, share: str, known: Container[str]
) -> tuple[str, str] | None:
    """Add one pair to the others; return which field of it is wrong, and why."""
    if not segment:
        return ("segment", "Choose the segment of this share.") if share else None
    if segment not in known:
        return "segment", "Choose a segment of the list."
    if segment in found:
        return "segment", "This segment is there already. Choose another, or none."
    value = _number(share.removesuffix("%"))
    if value is None or not 0 <= value <= 100:
        return "share", "Give a percentage from 0 to 100, such as 60."
    found[segment] = value / 100
    return None


def _number(text: str) -> float | None:
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None

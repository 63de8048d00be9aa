"""What a run is given and gives, as the blobs beside its line."""

from __future__ import annotations

from typing import Any

from stresskit.web.ledger.records import NewRun, Outcome
from stresskit.web.ledger.words import clean, pack, sha256_of

SIDE = "side:"
# Removed when a run is over; the result shows all that was read.
NO_UPLOAD = ("result", "kept", "levels")


def blobs_of_upload(new: NewRun) -> list[dict[str, Any]]:
    """Return the input and the side files as blobs."""
    json = new.kind == "json"
    content = pack(new.input) if json else new.input
    return [
        blob("input", content, name=new.input_name, packed=json),
        *blobs_of_sides(new.sides),
    ]


def blobs_of_sides(sides: dict[str, tuple[str, bytes]]) -> list[dict[str, Any]]:
    """Return the side files as blobs."""
    return [
        blob(SIDE + clean(role), content, name=name)
        for role, (name, content) in sides.items()
    ]


def blobs_of_outcome(outcome: Outcome) -> list[dict[str, Any]]:
    """Return what came of a run as blobs."""
    result = outcome["result"]
    content = result if "result_sha256" in outcome else pack(result)
    found = [blob("result", content, packed=True)]
    levels, kept = outcome.get("levels"), outcome.get("kept")
    if levels is not None:
        found.append(blob("levels", pack(levels), packed=True))
    if kept is not None:
        found.append(blob("kept", kept))
    return found


def blob(
    part: str, content: bytes, *, name: str = "", packed: bool = False
) -> dict[str, Any]:
    """Return one blob, without the run it belongs to."""
    return {"part": part, "name": clean(name), "packed": packed, "content": content}


def words_of(outcome: Outcome) -> dict[str, Any]:
    """Return what the line says about an outcome."""
    return {
        "summary": outcome["summary"],
        "version": outcome["version"],
        "factor": outcome.get("factor"),
        "factor_revision": outcome.get("factor_revision"),
        "factor_sha256": outcome.get("factor_sha256"),
        "result_sha256": outcome.get("result_sha256") or sha256_of(outcome["result"]),
    }

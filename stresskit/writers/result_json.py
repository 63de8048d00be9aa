"""Write the JSON contracts: ``stress``, ``holdings`` and ``map --json``."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import orjson

from stresskit.model.contract import result_content, result_to_dict
from stresskit.writers.atomic import write_bytes

if TYPE_CHECKING:
    from stresskit.model import HedgePlan, StressResult


def write_result_json(
    path: str | os.PathLike[str], result: StressResult, plan: HedgePlan | None = None
) -> None:
    """Write the result by the ``stress --json`` contract; ``-`` is standard output.

    Raises
    ------
    OutputError
        If the file cannot be written; an existing one is left as it was.
    """
    write_json(path, result_to_dict(result, plan))


def result_bytes(result: StressResult, plan: HedgePlan | None = None) -> bytes:
    """Return what ``stress --json`` writes as one line of JSON, in a third of the time.

    Parsed it is the same: what is not a finite number is null.
    """
    return orjson.dumps(
        result_content(result, plan),
        default=str,
        option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS,
    )


def _as_text(value: object) -> str:
    """Return a date as ISO text: JSON has none."""
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def write_json(path: str | os.PathLike[str], content: dict[str, Any]) -> None:
    """Write any of the contracts' dictionaries; ``-`` is standard output.

    Raises
    ------
    OutputError
        If the file cannot be written; an existing one is left as it was.
    """
    text = json.dumps(
        content, indent=2, ensure_ascii=False, allow_nan=False, default=_as_text
    )
    text += "\n"
    # A name of the user's may hold half a surrogate pair, which no file can.
    payload = text.encode("utf-8", "replace")
    if os.fspath(path) == "-":
        sys.stdout.write(payload.decode("utf-8"))
    else:
        write_bytes(path, payload, suffix="")

"""What goes over the wire and comes back, as JSON and as the package's errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from stresskit.errors import (
    ComputationError,
    FactorError,
    HoldingsError,
    InputError,
    MappingError,
    MissingExtra,
    OutputError,
    PluginError,
    StresskitError,
)
from stresskit.model import Issue

LONGEST_PAUSE = 10.0  # seconds
_KINDS: dict[str, type[StresskitError]] = {
    e.code: e
    for e in (
        *(HoldingsError, FactorError, MappingError),
        *(ComputationError, PluginError, MissingExtra, OutputError),
    )
}


def keyed(key: str | None) -> dict[str, str]:
    """Return the header of a key.

    Raises
    ------
    InputError
        If the key cannot be sent.
    """
    if key is None:
        return {}
    if not (key.isascii() and key.isprintable() and key.strip()):
        raise InputError(
            f"The key {key!r} cannot be sent.",
            hint="Give 1 to 255 visible ASCII characters.",
            code="idempotency-key",
        )
    return {"idempotency-key": key}


def json_of(content: object) -> str:
    """Return JSON as it can be sent.

    Raises
    ------
    InputError
        If something is no JSON: NaN, Infinity, a date or a number of another library.
    """
    try:
        return json.dumps(content, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"The positions or options cannot be sent as JSON: {error}.",
            hint="Give numbers, texts, true, false; leave out what is not known.",
            code="json",
        ) from error


def problem_of(answer: Any) -> dict[str, Any] | None:
    """Return the problem that an answer holds, if it holds one."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/problem+json":
        return None
    try:
        found = answer.json()
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def pause_of(answer: Any) -> float:
    """Return the seconds to wait; a proxy may say it as a date, which is not read."""
    said = answer.headers.get("retry-after", "")
    return min(float(said), LONGEST_PAUSE) if said.isdecimal() else 1.0


def error_of(body: Mapping[str, Any] | None, otherwise: str) -> StresskitError:
    """Return the error that a problem stands for.

    Examples
    --------
    >>> error = error_of({"status": 422, "code": "fx", "detail": "No rate.", "fix": "",
    ...                   "errors": []}, "")
    >>> type(error).__name__, error.code, str(error)
    ('InputError', 'fx', 'No rate.')
    """
    if body is None:
        return StresskitError(otherwise)
    # Another program's problem (RFC 9457) need not have all that ours has.
    said = str(body.get("detail") or body.get("title") or otherwise)
    hint, code = str(body.get("fix") or ""), str(body.get("code") or "error")
    issues = tuple(
        Issue(
            code=code,
            severity="error",
            message=str(e["message"]),
            fix=str(e.get("fix", "")),
            sheet=e.get("sheet"),
            row=e.get("row"),
            column=e.get("column"),
            value=e.get("value"),
        )
        for e in body.get("errors") or ()
    )
    if issues:
        return HoldingsError(said, hint=hint, code=code, issues=issues)
    kind = _KINDS.get(code)
    if kind is None:
        ours = 400 <= int(body.get("status", 500)) < 500
        kind = InputError if ours else StresskitError
    return kind(said, hint=hint, code=code)

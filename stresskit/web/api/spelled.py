"""Options of the command line in the engine's messages, by their names in a request."""

from __future__ import annotations

import re
from typing import Any

# What a request calls otherwise than the command line.
NAMES = {
    "scenario": "scenarios",
    "shock": "shocks",
    "driver": "drivers",
    "family": "families",
    "fund": "fund:ISIN",
}
_OPTION = re.compile(r"(?<![\w-])--([a-z][a-z-]*[a-z])(?: (?:FILE|CCY|NAME|DIR))?")


def worded(text: str) -> str:
    """Return a text with options by their names in a request.

    Examples
    --------
    >>> worded("Give the missing rates with --fx FILE, or --base-currency EUR.")
    'Give the missing rates with `fx`, or `base_currency` EUR.'
    """
    return _OPTION.sub(lambda found: f"`{_name(found[1])}`", text)


def _name(option: str) -> str:
    return NAMES.get(option, option.replace("-", "_"))


def in_request(body: dict[str, Any]) -> dict[str, Any]:
    """Return a problem whose words are those of a request."""
    said = {k: worded(str(body[k])) for k in ("detail", "fix")}
    errors = [
        {**e, "message": worded(e["message"]), "fix": worded(e["fix"])}
        for e in body["errors"]
    ]
    return {**body, **said, "errors": errors}

"""JSON that says it follows our contract, parsed in this process.

Other formats are parsed in a process of their own, since their parsers follow what a
file says of its own lengths and places. Here nothing of the kind is there to follow:
JSON is read from left to right, every object of Python stands for bytes that are there,
and both parsers refuse what is nested deeper than a thousand. What is left is memory,
and how much it takes can be counted before: so many objects, so many values.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

from stresskit.errors import HoldingsError

SCHEMA = "stresskit/holdings/1"
# What Python takes at most, in bytes: for a list or object of one entry, for the place
# and the number of a further entry, for a byte of text.
_PER_OBJECT, _PER_ENTRY, _PER_BYTE = 240, 64, 4
MAX_MEMORY_BYTES = 900_000_000
_MARK = b"\xef\xbb\xbf"


def stated_document(name: str, content: bytes) -> dict[str, Any] | None:
    r"""Parse JSON that states our schema; None for any other, which is read as a table.

    NaN and Infinity, which are no JSON, come as floats: whoever checks the fields says
    where they are.

    Parameters
    ----------
    name : str
        What the file is called, for messages.
    content : bytes
        The file.

    Raises
    ------
    HoldingsError
        If it is ours and would take too much memory.

    Examples
    --------
    >>> stated_document("a", b'{"schema": "stresskit/holdings/1", "positions": []}')
    {'schema': 'stresskit/holdings/1', 'positions': []}
    >>> stated_document("a", b'[{"isin": "US0378331005"}]') is None
    True
    """
    if b'"schema"' not in content:
        return None
    entries = content.count(b",")
    objects = content.count(b"{") + content.count(b"[")
    memory = _PER_OBJECT * objects + _PER_ENTRY * entries + _PER_BYTE * len(content)
    if memory > MAX_MEMORY_BYTES:
        raise HoldingsError(
            f"{name} holds about {objects:,} objects and {entries:,} entries, which is "
            "too much.",
            hint="Give one portfolio per file.",
            code="too-large",
        )
    try:
        whole = orjson.loads(content.removeprefix(_MARK))
    except orjson.JSONDecodeError:
        try:
            whole = json.loads(content.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            # Whoever reads it as a table says what is wrong with it.
            return None
    ours = isinstance(whole, dict) and whole.get("schema") == SCHEMA
    return whole if ours else None

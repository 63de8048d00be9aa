"""A small TOML file -> a table, or a sentence on why it is none."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from stresskit.model import Content

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 1_000_000


def read_table(path: Path | Content, schema: str) -> dict[str, Any]:
    """Return what a file of a schema holds, without the line that names it.

    Raises
    ------
    ValueError
        If the file is missing, too large, no TOML, or of another schema; the message
        is what to say after the file's name.
    """
    try:
        if _size(path) > MAX_BYTES:
            raise ValueError(f"it is larger than {MAX_BYTES:,} bytes")
        content = path.data if isinstance(path, Content) else path.read_bytes()
        text = content.decode("utf-8-sig")
    except FileNotFoundError as error:
        raise ValueError("there is no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"it cannot be read: {error}") from error
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # What is no TOML is a ValueError, too deep a nesting the other.
        raise ValueError(f"it cannot be read: {error}") from error
    if table.pop("schema", None) != schema:
        raise ValueError(f'its first line is not schema = "{schema}"')
    return table


def _size(path: Path | Content) -> int:
    return len(path.data) if isinstance(path, Content) else path.stat().st_size

"""Readers of other packages, asked for content that no format here knows.

Each is loaded and run in a process of its own, as every parser is: what it does to its
process does nothing to this one, and which one did it is known.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from stresskit.errors import HoldingsError
from stresskit.model import Issue
from stresskit.model.plugin import Plugin
from stresskit.readers.files.cage import Ended, parse_by_plugin
from stresskit.readers.files.formats import BY_KIND
from stresskit.readers.files.grids import MAX_CELLS, Grid

GROUP = "stresskit.readers"


@cache
def _others() -> tuple[EntryPoint, ...]:
    """Return the readers of other packages; none has the name of a built-in format."""
    known = set(BY_KIND)
    found = []
    for point in sorted(entry_points(group=GROUP), key=lambda p: (p.name, p.value)):
        if not Plugin.of(point).built_in and point.name not in known:
            known.add(point.name)
            found.append(point)
    return tuple(found)


def read_by_others(
    name: str, content: bytes, unknown: HoldingsError
) -> tuple[str, list[Grid], tuple[Issue, ...]]:
    """Return what a plugin makes of a file: its name, the grids, what others failed at.

    Parameters
    ----------
    name, content
        The file.
    unknown
        What is wrong with it where no plugin reads it either.

    Raises
    ------
    HoldingsError
        ``unknown``, with a warning for each plugin that failed; or what the plugin that
        reads it says is wrong with the file.
    """
    failed: list[Issue] = []
    for point in _others():
        plugin = Plugin.of(point)
        try:
            grids = parse_by_plugin(point, name, content)
        except Ended as error:
            failed.append(plugin.issue(f"failed on {name}: it {error}."))
            continue
        if grids and sum(len(row) for g in grids for row in g.rows) <= MAX_CELLS:
            return point.name, grids, tuple(failed)
        if grids is not None:
            much = "more cells than are read" if grids else "no grid"
            failed.append(plugin.issue(f"gives {much} for {name}."))
    if not failed:
        raise unknown
    raise HoldingsError(
        str(unknown),
        hint=unknown.hint,
        code=unknown.code,
        issues=(*unknown.issues, *failed),
    ) from unknown

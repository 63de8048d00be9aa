"""Readers of other packages, asked for content that no format here knows.

Each is loaded and run in a process of its own, as every parser is: what it does to its
process does nothing to this one, and which one did it is known.
"""

from __future__ import annotations

from importlib.metadata import entry_points

from stresskit.errors import HoldingsError
from stresskit.model import Issue
from stresskit.model.plugin import Plugin
from stresskit.readers.files.cage import Ended, parse_by_plugin
from stresskit.readers.files.grids import MAX_CELLS, Grid

GROUP = "stresskit.readers"


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
    points = [p for p in entry_points(group=GROUP) if not Plugin.of(p).built_in]
    failed: list[Issue] = []
    for point in sorted(points, key=lambda p: (p.name, p.value)):
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

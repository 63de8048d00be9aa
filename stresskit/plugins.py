"""The seams: readers, mappers, hedgers, writers and factors, found by entry point.

The built-ins register through the same entry points as anyone else's (see
``pyproject.toml``). A plugin that fails to load is a ``PluginError`` that names it.

Mappers, hedgers and the Excel writer are taken from here. Readers are registered, and
still chosen by the content of the file alone.
"""

from __future__ import annotations

import os
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Protocol

from stresskit.errors import PluginError

if TYPE_CHECKING:
    from pathlib import Path

    from stresskit.core.hedge.question import HedgeQuestion
    from stresskit.mappers import Mapper
    from stresskit.model import Hedge


class Hedger(Protocol):
    """Suggest one hedge; ``order`` sorts the families, ``family`` names one."""

    family: str
    order: int

    def hedge(self, question: HedgeQuestion) -> Hedge:
        """Return a suggestion; raise HedgeInfeasible with the best in reach."""


@cache
def load_plugins(seam: str) -> dict[str, Any]:
    """Load the plugins of a seam (``readers``, ``mappers``, ...), by name.

    Raises
    ------
    PluginError
        If one cannot be imported, or two share a name.
    """
    found: dict[str, Any] = {}
    for point in entry_points(group=f"stresskit.{seam}"):
        if point.name in found:
            raise PluginError(
                f"Two plugins of stresskit.{seam} are called {point.name!r}.",
                hint="Uninstall one of them.",
            )
        try:
            found[point.name] = point.load()
        except Exception as error:
            raise PluginError(
                f"Plugin {point.name!r} of stresskit.{seam} ({point.value}) failed "
                f"to load: {error}.",
                hint="Update or uninstall the package that brings it.",
            ) from error
    if not found:
        raise PluginError(
            f"No plugin of stresskit.{seam} is registered.",
            hint="Install the package (`pip install .`): a bare copy of the source "
            "has no entry points.",
        )
    return found


def load_mappers() -> tuple[Mapper, ...]:
    """Make the mappers that are installed, the surest first.

    Raises
    ------
    PluginError
        If one cannot be imported.
    """
    from stresskit.mappers.context import tier_of

    made: list[tuple[float, int, Mapper]] = []
    for name, make in load_plugins("mappers").items():
        try:
            mapper = make()
            made.append((tier_of(mapper), len(made), mapper))
            callable_map = callable(mapper.map)
        except Exception as error:
            raise PluginError(
                f"Plugin {name!r} of stresskit.mappers cannot be used: {error!r}.",
                hint="Update or uninstall the package that brings it.",
            ) from error
        if not callable_map:
            raise PluginError(
                f"Plugin {name!r} of stresskit.mappers has no map to call.",
                hint="Update or uninstall the package that brings it.",
            )
    return tuple(mapper for _, _, mapper in sorted(made, key=lambda m: m[:2]))


@cache
def plugin_factor_folders() -> tuple[Path, ...]:
    """Return the folders that plugins bring: each entry point is a function.

    Raises
    ------
    PluginError
        If one cannot be imported, or gives no folder.
    """
    from pathlib import Path

    folders = []
    for point in entry_points(group="stresskit.factors"):
        try:
            folders.append(Path(os.fspath(point.load()())))
        except Exception as error:
            raise PluginError(
                f"Plugin {point.name!r} of stresskit.factors ({point.value}) failed "
                f"to give its folder: {error}.",
                hint="Update or uninstall the package that brings it.",
            ) from error
    return tuple(folders)

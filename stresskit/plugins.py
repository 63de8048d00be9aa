"""The seams: readers, mappers, hedgers, writers and factors, found by entry point.

The built-ins register through the same entry points as anyone else's (see
``pyproject.toml``), each seam with one Protocol:

=================== ================= ============================================
seam                the entry point   is asked
=================== ================= ============================================
stresskit.readers   makes a Reader    for content that no built-in format knows
stresskit.mappers   makes a Mapper    for each position, in the order of the tiers
stresskit.hedgers   makes a Hedger    for its family, where hedges are looked for
stresskit.writers   is a Writer       by its name: ``stress --write NAME=PATH``
stresskit.factors   is a FactorFolder wherever a factor or a value chain is looked up
=================== ================= ============================================

A plugin that fails is a warning that names it, and everything else works; a built-in
that fails is a ``PluginError``. Of two with one name the built-in is used, else that of
the package that comes first in the alphabet, and the other is such a warning.
"""

from __future__ import annotations

import math
import os
from dataclasses import replace
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from stresskit.errors import PluginError
from stresskit.mappers.context import LAST_TIER, Mapper, tier_of
from stresskit.model.plugin import UPDATE, Plugin

if TYPE_CHECKING:
    from stresskit.core.hedge.question import HedgeQuestion
    from stresskit.model import Hedge, HedgePlan, Issue, StressResult
    from stresskit.readers.files import Grid

__all__ = ["FactorFolder", "Hedger", "Mapper", "Plugin", "Reader", "Writer"]

SEAMS = ("readers", "mappers", "hedgers", "writers", "factors")
_METHODS = {
    "readers": ("reads", "grids"),
    "mappers": ("map",),
    "hedgers": ("hedge",),
}


class Reader(Protocol):
    r"""Read the content of a file into grids of cells.

    The entry point makes one. It is asked for content that no built-in format knows,
    and for text in which no table was found; it runs in a process of its own with
    limits on memory and time, and can override no built-in.

    Examples
    --------
    A custodian's statement with a line of a code, a name and an amount per position:

    >>> from stresskit.readers.files import Grid
    >>> class Statement:
    ...     def reads(self, name, content):
    ...         return content.startswith(b":STATEMENT:")
    ...     def grids(self, content):
    ...         lines = content.decode().splitlines()[1:]
    ...         rows = [["ISIN", "Name", "Market Value"]]
    ...         for line in lines:
    ...             code, name, amount = line.split("/")
    ...             rows.append([code, name, float(amount)])
    ...         return [Grid(sheet=None, rows=rows)]
    >>> content = b":STATEMENT:\nUS67066G1040/NVIDIA/1000"
    >>> reader: Reader = Statement()
    >>> reader.reads("a.txt", content), reader.grids(content)[0].rows[1]
    (True, ['US67066G1040', 'NVIDIA', 1000.0])
    """

    def reads(self, name: str, content: bytes) -> bool:
        """Say whether it reads such files, by the first bytes or the name; be quick."""

    def grids(self, content: bytes) -> list[Grid]:
        """Return the cells; raise HoldingsError where the file itself is wrong."""


class Hedger(Protocol):
    """Suggest one hedge; ``order`` sorts the families, ``family`` names one.

    The entry point makes one. A family of its own is searched where no mandate limits
    the families, and where ``--family`` asks for it.

    Examples
    --------
    >>> from stresskit.hedgers.record import unhedged
    >>> class Wait:
    ...     family, order = "wait", 10
    ...     def hedge(self, question):
    ...         return unhedged(question, "wait", "Wait", "optimal", "Nothing is done.")
    >>> hedger: Hedger = Wait()
    >>> hedger.family
    'wait'
    """

    family: str
    order: int

    def hedge(self, question: HedgeQuestion) -> Hedge:
        """Return a suggestion; raise HedgeInfeasible with the best in reach."""


class Writer(Protocol):
    """Write a result to a file; the entry point is the function itself.

    The path is in an empty folder and has the name of the file asked for; what was
    written takes its place when the writer returns: whole or not at all.

    Examples
    --------
    >>> def one_line(path, result, plan=None):
    ...     _ = path.write_text(f"{result.portfolio.name};{result.pnl:.2f}")
    >>> writer: Writer = one_line
    """

    def __call__(
        self, path: Path, result: StressResult, plan: HedgePlan | None = None, /
    ) -> None:
        """Write the result, with its hedges where they were looked for."""


class FactorFolder(Protocol):
    """Return a folder of factor folders; the entry point is the function itself.

    Examples
    --------
    >>> def ours():
    ...     return Path("factors")
    >>> folder: FactorFolder = ours
    """

    def __call__(self) -> str | os.PathLike[str]:
        """Return a folder that is there; it is looked into as ``--factors`` is."""


class Made(NamedTuple):
    """What the plugins of a seam made, and those that failed."""

    things: tuple[tuple[Plugin, Any], ...]
    failed: tuple[Plugin, ...]

    @property
    def issues(self) -> tuple[Issue, ...]:
        """A warning for each that failed."""
        return tuple(p.issue(p.failure, p.fix) for p in self.failed)


@cache
def loaded(seam: str) -> tuple[tuple[Plugin, Any], ...]:
    """Load what is registered in a seam, once; what fails says so in its plugin."""
    points = sorted(entry_points(group=f"stresskit.{seam}"), key=_first)
    found: list[tuple[Plugin, Any]] = []
    taken: dict[str, Plugin] = {}
    for point in points:
        plugin = Plugin.of(point)
        first = taken.setdefault(plugin.name, plugin)
        if first is not plugin:
            by = "a built-in" if first.built_in else f"one of {first.package}"
            why = f"is not used: {by} has its name."
            fix = "Rename its entry point, or uninstall one of the packages."
            found.append((replace(plugin, failure=why, fix=fix), None))
            continue
        try:
            found.append((plugin, point.load()))
        except Exception as error:  # noqa: BLE001 - whatever another's code does
            why = f"failed to load ({point.value}): {_words(error)}."
            found.append((replace(plugin, failure=why, fix=UPDATE), None))
    return tuple(found)


def _first(point: EntryPoint) -> tuple[bool, str, str]:
    """Sort the built-ins before all others, those by their packages."""
    plugin = Plugin.of(point)
    return not plugin.built_in, plugin.package, plugin.version


def _words(error: Exception) -> str:
    text = str(error).rstrip(".")
    return text or type(error).__name__


def _tried(seam: str) -> list[tuple[Plugin, Any]]:
    """Make what a seam's plugins make, anew; what fails says so in its plugin."""
    found: list[tuple[Plugin, Any]] = []
    for plugin, thing in loaded(seam):
        if plugin.failure:
            found.append((plugin, None))
            continue
        try:
            found.append((plugin, _made(seam, thing)))
        except Exception as error:  # noqa: BLE001 - whatever another's code does
            why = f"cannot be used: {_words(error)}."
            fix = getattr(error, "hint", "") or UPDATE
            found.append((replace(plugin, failure=why, fix=fix), None))
    return found


def _made(seam: str, thing: Any) -> Any:
    """Return what an entry point makes, if it fits the seam."""
    if not callable(thing):
        raise TypeError(f"it gives {type(thing).__name__}, which cannot be called")
    if seam == "writers":
        return thing
    made = thing()
    if seam == "factors":
        folder = Path(os.fspath(made))
        if not folder.is_dir():
            raise ValueError(f"{folder} is no folder")
        return folder
    lacking = [m for m in _METHODS[seam] if not callable(getattr(made, m, None))]
    if lacking:
        raise TypeError(f"it has no {lacking[0]} to call")
    if seam == "mappers" and not math.isfinite(tier_of(made)):
        raise ValueError(f"its tier is {tier_of(made)}")
    if seam == "hedgers" and not isinstance(getattr(made, "family", None), str):
        raise TypeError("it does not name its family")
    return made


def make(seam: str) -> Made:
    """Make what the plugins of a seam make, by their order of registration.

    Raises
    ------
    PluginError
        If a built-in fails, or none is there.
    """
    found = _tried(seam)
    broken = next((p for p, _ in found if p.built_in and p.failure), None)
    if broken is not None:
        raise PluginError(
            f"{broken.said} {broken.failure}",
            hint="Install portfolio-stresskit again.",
        )
    if not found and seam != "factors":
        raise PluginError(
            f"No plugin of stresskit.{seam} is registered.",
            hint="Install the package (`pip install .`): a bare copy of the source "
            "has no entry points.",
        )
    return Made(
        tuple((p, thing) for p, thing in found if not p.failure),
        tuple(plugin for plugin, _ in found if plugin.failure),
    )


def load_plugins(seam: str) -> dict[str, Any]:
    """Return what the plugins of a seam (``mappers``, ...) made, by name.

    Raises
    ------
    PluginError
        If a built-in fails, or none is there.
    """
    return {plugin.name: thing for plugin, thing in make(seam).things}


def make_mappers() -> Made:
    """Make the mappers that are installed, the surest first.

    Raises
    ------
    PluginError
        If a built-in fails.
    """
    made = make("mappers")
    return Made(
        tuple(sorted(made.things, key=lambda found: tier_of(found[1]))), made.failed
    )


def load_mappers() -> tuple[Mapper, ...]:
    """Return the mappers that work, the surest first.

    Raises
    ------
    PluginError
        If a built-in fails.
    """
    return tuple(mapper for _, mapper in make_mappers().things)


def make_hedgers() -> Made:
    """Make the hedgers that are installed, in the order of their families.

    Raises
    ------
    PluginError
        If a built-in fails.
    """
    made = make("hedgers")
    used: dict[str, tuple[Plugin, Hedger]] = {}
    failed = list(made.failed)
    for plugin, hedger in made.things:
        if used.setdefault(hedger.family, (plugin, hedger))[0] is not plugin:
            why = f"is not used: there is a family {hedger.family!r} already."
            fix = "Let it name its family otherwise."
            failed.append(replace(plugin, failure=why, fix=fix))
    return Made(tuple(sorted(used.values(), key=_order)), tuple(failed))


def _order(found: tuple[Plugin, Hedger]) -> float:
    order = getattr(found[1], "order", LAST_TIER)
    return order if isinstance(order, int | float) else LAST_TIER


def plugin_factor_folders() -> tuple[Path, ...]:
    """Return the folders that plugins bring: each entry point is a function."""
    return tuple(folder for _, folder in make("factors").things)


def list_plugins() -> tuple[Plugin, ...]:
    """Return every plugin of every seam, tried out; one that works has no failure."""
    return tuple(plugin for seam in SEAMS for plugin, _ in _tried(seam))


def others_used(*seams: str) -> str:
    """Return the plugins of other packages on which an answer may depend, in words."""
    found = {
        f"{p.name} of {p.package} {p.version}".rstrip()
        for seam in seams
        for p, _ in loaded(seam)
        if not p.built_in
    }
    return "; ".join(sorted(found))

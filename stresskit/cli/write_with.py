"""The option ``--write``: files by writers of other packages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stresskit.errors import InputError, PluginError

if TYPE_CHECKING:
    from stresskit.model import HedgePlan, Issue, StressResult
    from stresskit.model.plugin import Plugin

WriteOption = Annotated[
    list[str] | None,
    typer.Option(
        "--write",
        help="One more file, by a writer of `stresskit plugins`: NAME=PATH. May be "
        "given several times.",
    ),
]


def writers_of(given: list[str] | None) -> dict[Path, str]:
    """Return the writer of each file that is asked for.

    Raises
    ------
    InputError
        If a writer is not there, or a file is asked for twice.
    """
    from stresskit.plugins import make

    found: dict[Path, str] = {}
    for text in given or ():
        name, _, path = text.partition("=")
        made = make("writers")
        known = [p.name for p in (*(p for p, _ in made.things), *made.failed)]
        if not path or name not in known:
            what = f"there is no writer {name!r}" if path else "no file is named"
            raise InputError(
                f"--write {text}: {what}.",
                hint=f"Give NAME=PATH. Writers: {', '.join(dict.fromkeys(known))}.",
                code="writer",
            )
        if Path(path) in found:
            raise InputError(
                f"--write: {path} is asked for twice.", hint="Give two file names."
            )
        found[Path(path)] = name
    return found


def failed_writers(asked: dict[Path, str]) -> dict[Path, Issue]:
    """Return a warning for each file whose writer does not work."""
    from stresskit.plugins import make

    made = make("writers")
    works = {plugin.name for plugin, _ in made.things}
    failed = {p.name: p for p in reversed(made.failed) if p.name not in works}
    return {
        path: _not_written(failed[name], path)
        for path, name in asked.items()
        if name in failed
    }


def _not_written(plugin: Plugin, path: Path) -> Issue:
    return plugin.issue(f"{plugin.failure} {path} was not written.", plugin.fix)


def write_all(
    asked: dict[Path, str], result: StressResult, plan: HedgePlan | None
) -> dict[Path, Issue]:
    """Write the files; return a warning for each whose writer fails.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    from stresskit.model import Issue
    from stresskit.pipeline import write_with

    failed = failed_writers(asked)
    for path, name in asked.items():
        try:
            if path not in failed:
                write_with(name, path, result, plan)
        except PluginError as error:
            failed[path] = Issue(
                code="plugin",
                severity="warning",
                message=f"{error} {path} was not written.",
                fix=error.hint,
            )
    return failed

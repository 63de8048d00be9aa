"""The command ``stresskit plugins``: what is plugged in, and whether it works."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from stresskit.cli.options import JsonOption

if TYPE_CHECKING:
    from stresskit.model.plugin import Plugin

SCHEMA = "stresskit/plugins/1"


def plugins(json: JsonOption = None) -> None:
    """List readers, mappers, hedgers, writers, factors: whose they are, if they work.

    Exits with 4 if one does not.
    """
    from stresskit.cli.show import issues_block, print_plain, table_of
    from stresskit.plugins import list_plugins
    from stresskit.writers import write_json

    found = list_plugins()
    failed = [p for p in found if p.failure]
    quiet = json is not None and str(json) == "-"
    if json is not None:
        write_json(json, {"schema": SCHEMA, "plugins": [_as_json(p) for p in found]})
    table = table_of("", *("Name", "Seam", "Package", "Version", "Built in", "State"))
    for p in found:
        # What stays out of the table's columns is said whole below it.
        state = "failed" if p.failure else "works"
        built_in = "yes" if p.built_in else "no"
        table.add_row(p.name, p.seam, p.package, p.version, built_in, state)
    if not quiet:
        print_plain(table)
    if failed:
        issues = tuple(p.issue(p.failure, p.fix) for p in failed)
        print_plain(*issues_block(issues, most=len(issues)), stderr=True)
        raise typer.Exit(4)


def _as_json(plugin: Plugin) -> dict[str, Any]:
    state = "failed" if plugin.failure else "works"
    return {**asdict(plugin), "state": state}

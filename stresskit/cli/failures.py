"""Errors to exit codes and to sentences on stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from stresskit.errors import (
    ComputationError,
    HoldingsError,
    InputError,
    MissingExtra,
    OutputError,
    PluginError,
    StresskitError,
)

if TYPE_CHECKING:
    from stresskit.model import Issue

EXIT_CODES: dict[type[StresskitError], int] = {
    InputError: 2,
    ComputationError: 3,
    PluginError: 4,
    MissingExtra: 4,
    OutputError: 5,
}
SHOWN = 20


def exit_code_of(error: StresskitError) -> int:
    """Return the exit code of an error: whose fault it is (see ``main``)."""
    for kind, code in EXIT_CODES.items():
        if isinstance(error, kind):
            return code
    return 1


def show_failure(error: Exception) -> None:
    """Print what is wrong and what to do about it on stderr, without a traceback."""
    console = Console(stderr=True, highlight=False)
    if not isinstance(error, StresskitError):
        console.print(
            f"stresskit made a mistake ({type(error).__name__}: {error}). Nothing was "
            "written. Please report it with STRESSKIT_DEBUG=1 set.",
            style="red",
            markup=False,
        )
        return
    console.print(Text("error: ", style="bold red") + Text(str(error), style="default"))
    if error.hint:
        console.print(Text("  fix: ", style="bold") + Text(error.hint))
    if isinstance(error, HoldingsError):
        serious = [i for i in error.issues if i.severity == "error"]
        for issue in (serious or list(error.issues))[:SHOWN]:
            console.print(issue_text(issue))
        hidden = len(serious or error.issues) - SHOWN
        if hidden > 0:
            console.print(f"  and {hidden} more: stresskit holdings FILE lists all.")


def issue_text(issue: Issue) -> Text:
    """Return one issue as a line: where, what, how to fix it."""
    place = ", ".join(
        part
        for part in (
            f"sheet {issue.sheet}" if issue.sheet else "",
            f"row {issue.row}" if issue.row else "",
            f"column {issue.column}" if issue.column else "",
        )
        if part
    )
    colour = {"error": "red", "warning": "yellow", "info": "cyan"}[issue.severity]
    text = Text("  ") + Text(issue.severity, style=colour)
    if place:
        text += Text(f" [{place}]")
    text += Text(f" {issue.message}")
    if issue.value:
        text += Text(f" The cell says {issue.value!r}.")
    if issue.fix:
        text += Text(f" {issue.fix}", style="dim")
    return text

"""A book on the command line: its run, how far it is, and what came out."""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from stresskit.cli.failures import exit_code_of
from stresskit.cli.league import LONGEST, SHOWN, code_of, show_league
from stresskit.errors import InputError, StresskitError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stresskit.book.files import Request
    from stresskit.book.table.run import BookOutcome, Wanted
    from stresskit.book.table.source import Source

AUTO, EVENTS, SILENT = "auto", "json", "none"
MOST_SAID = 500


@contextmanager
def telling(how: str) -> Iterator[Told]:
    """Tell how far a run is until the block ends.

    Raises
    ------
    InputError
        If the word is not known.
    """
    kinds = {AUTO: Told, EVENTS: Events, SILENT: Silent}
    if how not in kinds:
        raise InputError(
            f"--progress {how!r} is not known.",
            hint=f"Known are {', '.join(kinds)}.",
            code="progress",
        )
    told = kinds[how]()
    try:
        yield told
    except StresskitError as error:
        told.failed(error)
        raise
    finally:
        told.stop()


class Told:
    """Steps and rows for a person: a bar on a terminal, else a line now and then."""

    EVERY = 10.0  # seconds between lines where there is no terminal

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar: Progress | None = None
        self._total = self._done = self._kept = 0
        self._begun = self._said = time.monotonic()

    def step(self, name: str) -> None:
        """Say what begins."""
        self.stop()
        self._console.print(f"{name} ...", highlight=False)

    def start(self, total: int, kept: int) -> None:
        """Say how many rows there are to do, and how many were done before."""
        self._total, self._done, self._kept = total, kept, kept
        self._begun = self._said = time.monotonic()
        if kept:
            self._console.print(f"{kept:,} rows done before and kept.", highlight=False)
        if total > kept and self._console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.fields[count]}"),
                BarColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                console=self._console,
                transient=True,
            )
            self._bar.start()
            task = self._bar.add_task("", total=total, count="", rate="")
            self._bar.update(task, completed=kept)

    def advance(self, rows: int) -> None:
        """Say that rows are done."""
        self._done += rows
        count = f"{self._done:,} of {self._total:,} rows"
        rate = f"{self.rate:,.0f} rows a second"
        if self._bar is not None:
            task = self._bar.task_ids[0]
            self._bar.update(task, completed=self._done, count=count, rate=rate)
        elif time.monotonic() - self._said >= self.EVERY:
            self._said = time.monotonic()
            self._console.print(
                f"{count}, {rate}, about {self.left:.0f} s left.", highlight=False
            )

    @property
    def rate(self) -> float:
        """Rows a second in this run."""
        return (self._done - self._kept) / max(time.monotonic() - self._begun, 1e-9)

    @property
    def left(self) -> float:
        """Seconds that the rest takes at this rate."""
        return (self._total - self._done) / max(self.rate, 1e-9)

    def stop(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def failed(self, error: StresskitError) -> None:
        """Leave it to whoever shows the error."""


class Events(Told):
    """The same for a scheduler: an object of JSON a line, on stderr."""

    def step(self, name: str) -> None:
        """Tell a step."""
        self._tell(event="step", step=name)

    def start(self, total: int, kept: int) -> None:
        """Tell the number of rows."""
        self._total, self._done, self._kept = total, kept, kept
        self._begun = time.monotonic()
        self._tell(event="start", rows=total, kept=kept)

    def advance(self, rows: int) -> None:
        """Tell rows, rate and the time that is left."""
        self._done += rows
        self._tell(
            event="progress",
            rows=self._total,
            done=self._done,
            rows_per_second=round(self.rate, 1),
            seconds_left=round(self.left, 1),
        )

    def failed(self, error: StresskitError) -> None:
        """Tell what stopped the run, and the exit code.

        Raises
        ------
        typer.Exit
            Always: nothing but events is written to stderr.
        """
        code = exit_code_of(error)
        self._tell(event="end", exit_code=code, message=str(error), fix=error.hint)
        raise typer.Exit(code) from error

    def ended(self, outcome: BookOutcome) -> None:
        """Tell every portfolio without an answer, and the end."""
        manifest = outcome.manifest
        for one in outcome.failed:
            self._tell(
                event="failed",
                portfolio=one.portfolio,
                kind=one.kind,
                message=one.message,
                fix=one.fix,
            )
        self._tell(
            event="end",
            run_id=manifest["run_id"],
            portfolios=manifest["portfolios"],
            failed=len(outcome.failed),
            parts=outcome.parts,
            kept=outcome.kept,
            exit_code=code_of(f.kind for f in outcome.failed),
        )

    def _tell(self, **what: object) -> None:
        sys.stderr.write(json.dumps({"time": time.time(), **what}) + "\n")
        sys.stderr.flush()


class Silent(Told):
    """Nothing."""

    def step(self, name: str) -> None:
        """Say nothing."""

    def start(self, total: int, kept: int) -> None:
        """Say nothing."""

    def advance(self, rows: int) -> None:
        """Say nothing."""


def run_and_show(
    source: Source, folder: Path, request: Request, wanted: Wanted, progress: str
) -> None:
    """Run a book and show what came out.

    Raises
    ------
    typer.Exit
        With the code of what failed, if portfolios have no answer.
    StresskitError
        If the run as a whole failed.
    """
    from stresskit.book.table.run import run_book

    with telling(progress) as told:
        outcome = run_book(source, folder, request, wanted, told)
        if isinstance(told, Events):
            told.ended(outcome)
    show_league(outcome.summary, by_name=True)
    code = code_of(f.kind for f in outcome.failed)
    if not isinstance(told, Events):
        _show_rest(outcome, folder)
    if code:
        raise typer.Exit(code)


def _show_rest(outcome: BookOutcome, folder: Path) -> None:
    from rich.text import Text

    from stresskit.cli.show import print_plain

    manifest = outcome.manifest
    said: list[str | Text] = []
    for failure in outcome.failed[:SHOWN]:
        head = Text("error: ", style="bold red")
        name = failure.portfolio[:LONGEST] or "(no portfolio)"
        said.append(head + f"{name}: {failure.message[:MOST_SAID]}")
        said += [f"  fix: {failure.fix}"] if failure.fix else []
    if len(outcome.failed) > SHOWN:
        said.append(f"  and {len(outcome.failed) - SHOWN:,} more: see the manifest.")
    for issue in manifest["issues"][:SHOWN]:
        whose = f"{issue['portfolio'][:LONGEST]}: " if "portfolio" in issue else ""
        said.append(f"{issue['severity']}: {whose}{issue['message'][:MOST_SAID]}")
        said += [f"  fix: {issue['fix']}"] if issue["fix"] else []
    if len(manifest["issues"]) > SHOWN:
        more = len(manifest["issues"]) - SHOWN
        said.append(f"  and {more:,} more about instruments: see the manifest.")
    if manifest["unused_columns"]:
        said.append(f"not used: columns {', '.join(manifest['unused_columns'])}")
    said.append(
        f"{manifest['rows']:,} rows, {manifest['instruments']:,} instruments; "
        f"{outcome.parts - outcome.kept} parts run, {outcome.kept} kept from before."
    )
    said.append(f"Results: {folder} ({', '.join(manifest['outputs'])})")
    print_plain(*said, stderr=True)

"""What is under way, on stderr: a line that moves on a terminal, silence in a pipe."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Show the name of the step under way until the block ends."""
    console = Console(stderr=True)
    with console.status("") as status:
        yield lambda text: status.update(f"{text} ...")


@contextmanager
def counting(what: str) -> Iterator[Counter]:
    """Count what is done: a bar on a terminal, else a line now and then."""
    counter = Counter(Console(stderr=True), what)
    try:
        yield counter
    finally:
        counter.stop()


class Counter:
    """How many of many are done, how fast, and how long the rest takes."""

    EVERY = 10.0  # seconds between lines where there is no terminal

    def __init__(self, console: Console, what: str):
        self._console = console
        self._what = what
        self._bar: Progress | None = None
        self._total = self._done = 0
        self._begun = self._said = time.monotonic()

    def start(self, total: int, kept: int) -> None:
        """Say how many there are to do, and how many were done before."""
        self._total = total
        if kept:
            self._console.print(f"{kept} done before and kept.", highlight=False)
        if total and self._console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                console=self._console,
                transient=True,
            )
            self._bar.start()
            self._bar.add_task(self._what, total=total, rate="")

    def one_more(self) -> None:
        """Count one that is done."""
        self._done += 1
        now = time.monotonic()
        per_second = self._done / max(now - self._begun, 1e-9)
        rate = f"{per_second:.1f} per second"
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], advance=1, rate=rate)
        elif now - self._said >= self.EVERY:
            self._said = now
            left = (self._total - self._done) / per_second
            self._console.print(
                f"{self._done} of {self._total} done, {rate}, about {left:.0f} s left.",
                highlight=False,
            )

    def stop(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

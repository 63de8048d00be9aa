"""What is under way, on stderr: a line that moves on a terminal, silence in a pipe."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Show the name of the step under way until the block ends."""
    console = Console(stderr=True)
    with console.status("") as status:
        yield lambda text: status.update(f"{text} ...")

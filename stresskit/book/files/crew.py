"""Several portfolios at a time, each in a process that may die without harm."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING

from stresskit.book.files.work import failed, run_one

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from multiprocessing.context import SpawnProcess
    from pathlib import Path

    from stresskit.book.files.folder import Task
    from stresskit.book.files.manifest import Record
    from stresskit.book.files.work import Request

# Workers share the processors: a solver's threads would fight over them.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def each(
    request: Request, key: str, tasks: tuple[Task, ...], folder: Path, jobs: int
) -> Generator[Record]:
    """Run portfolios and yield their records as they are done, in any order.

    Parameters
    ----------
    request, key
        What they are run with.
    tasks
        The portfolios.
    folder
        Where results go.
    jobs
        How many at a time; with 1 they are run in this process.
    """
    if min(jobs, len(tasks)) <= 1:
        for task in tasks:
            yield run_one(request, key, task, folder)
        return
    waiting = deque(tasks)
    crew: dict[Connection[Task, Record], _Worker] = {}

    def busy(worker: _Worker) -> None:
        worker.give(waiting.popleft())
        crew[worker.line] = worker

    try:
        for _ in range(min(jobs, len(tasks))):
            busy(_Worker(request, key, folder))
        while crew:
            for line in wait(list(crew)):
                worker = crew.pop(line)  # type: ignore[call-overload]
                record = worker.take()
                if not waiting:
                    worker.dismiss()
                elif record is None:
                    busy(_Worker(request, key, folder))
                else:
                    busy(worker)
                yield record or failed(worker.task, "killed", *_KILLED)
    finally:
        for worker in crew.values():
            worker.stop()


_KILLED = (
    "The process that ran this portfolio was ended.",
    "Run the batch again; with too little memory, give fewer --jobs.",
)


class _Worker:
    """A process with a line to it; it ends when the line is cut."""

    task: Task

    def __init__(self, request: Request, key: str, folder: Path):
        context = multiprocessing.get_context("spawn")
        self.line, theirs = context.Pipe()
        self._process: SpawnProcess = context.Process(
            target=_work, args=(theirs, request, key, folder), daemon=True
        )
        with _quietly():
            self._process.start()
        # Ours alone is left: a process that dies is noticed at once.
        theirs.close()

    def give(self, task: Task) -> None:
        """Hand it a portfolio."""
        self.task = task
        try:
            self.line.send(task)
        except OSError:
            # It is gone already: ``take`` will say so.
            return

    def take(self) -> Record | None:
        """Return the record of its portfolio; None where it died over it."""
        try:
            record: Record = self.line.recv()
        except (EOFError, OSError):
            self.stop()
            return None
        return record

    def dismiss(self) -> None:
        """Let it end by itself."""
        self.line.close()
        self._process.join()

    def stop(self) -> None:
        """End it."""
        self.line.close()
        self._process.terminate()
        self._process.join()


def _work(line: Connection[Record, Task], *with_what: object) -> None:
    """Run one portfolio after the other until the line is cut."""
    request, key, folder = with_what
    while True:
        try:
            task = line.recv()
        except EOFError:
            return
        line.send(run_one(request, key, task, folder))  # type: ignore[arg-type]


@contextmanager
def _quietly() -> Iterator[None]:
    """Let processes start with one thread each, and deaf to Ctrl-C, which is ours."""
    added = [name for name in _ONE_THREAD if name not in os.environ]
    main = threading.current_thread() is threading.main_thread()
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN) if main else None
    for name in added:
        os.environ[name] = "1"
    try:
        yield
    finally:
        if main:
            signal.signal(signal.SIGINT, heard)
        for name in added:
            del os.environ[name]

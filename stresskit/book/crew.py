"""Several portfolios at a time, each in a process that may die without harm."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from multiprocessing.context import SpawnProcess

Task = TypeVar("Task")
Done = TypeVar("Done")

# Workers share the processors: a solver's threads would fight over them.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def each(
    work: Callable[[Task], Done],
    died: Callable[[Task], Done],
    tasks: Sequence[Task],
    jobs: int,
) -> Generator[Done]:
    """Do tasks and yield what comes of them as they are done, in any order.

    Parameters
    ----------
    work
        Called with each; it can be sent to a process, and raises nothing.
    died
        Says what comes of a task whose process was ended.
    tasks
        What there is to do; each can be sent to a process.
    jobs
        How many at a time; with 1 they are done in this process.
    """
    if min(jobs, len(tasks)) <= 1:
        for task in tasks:
            yield work(task)
        return
    waiting = deque(tasks)
    crew: dict[Connection[Task, Done], _Worker[Task, Done]] = {}

    def busy(worker: _Worker[Task, Done]) -> None:
        worker.give(waiting.popleft())
        crew[worker.line] = worker

    try:
        for _ in range(min(jobs, len(tasks))):
            busy(_Worker(work))
        while crew:
            for line in wait(list(crew)):
                worker = crew.pop(line)  # type: ignore[call-overload]
                task, done = worker.task, worker.take()
                if not waiting:
                    worker.dismiss()
                elif worker.gone:
                    busy(_Worker(work))
                else:
                    busy(worker)
                yield died(task) if done is None else done
    finally:
        for worker in crew.values():
            worker.stop()


class _Worker(Generic[Task, Done]):
    """A process with a line to it; it ends when the line is cut."""

    task: Task
    line: Connection[Task, Done]
    gone = False

    def __init__(self, work: Callable[[Task], Done]):
        context = multiprocessing.get_context("spawn")
        self.line, theirs = context.Pipe()
        self._process: SpawnProcess = context.Process(
            target=_work, args=(theirs, work), daemon=True
        )
        with _quietly():
            self._process.start()
        # Ours alone is left: a process that dies is noticed at once.
        theirs.close()

    def give(self, task: Task) -> None:
        """Hand it a task."""
        self.task = task
        try:
            self.line.send(task)
        except OSError:
            # It is gone already: ``take`` will say so.
            return

    def take(self) -> Done | None:
        """Return what came of its task; None where it died over it."""
        try:
            return self.line.recv()
        except (EOFError, OSError):
            self.gone = True
            self.stop()
            return None

    def dismiss(self) -> None:
        """Let it end by itself."""
        self.line.close()
        self._process.join()

    def stop(self) -> None:
        """End it."""
        self.line.close()
        self._process.terminate()
        self._process.join()


def _work(line: Connection[Done, Task], work: Callable[[Task], Done]) -> None:
    """Do one task after the other until the line is cut."""
    while True:
        try:
            task = line.recv()
        except EOFError:
            return
        line.send(work(task))


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

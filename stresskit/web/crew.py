"""The pool of processes: long work takes all but one, and any of it can be stopped."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import tempfile
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as TimedOut
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from stresskit.web.problems import Refused
from stresskit.web.work import begin, warm

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from pebble import ProcessFuture

    from stresskit.web.settings import Settings

T = TypeVar("T")
# Waits at the processes' own door, so that none stands still for the next to be sent.
AHEAD = 1
# How often one request may find that all processes are gone.
MOST_RENEWED = 3
# Processes share the processors: a solver's threads would fight over them.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Died(Exception):
    """The process ended over its work: too little memory, or it was killed."""


class Stopped(Exception):
    """The work was cancelled."""


class Slot:
    """A process that is one's own for a while."""

    task: asyncio.Task[Any] | None = None

    def until(self, task: asyncio.Task[Any]) -> None:
        """Give it back when a task has ended, rather than when the block does."""
        self.task = task


class Crew:
    """Processes that compute, and how many may wait for them."""

    def __init__(self, settings: Settings):
        self._settings = settings
        for name in _ONE_THREAD:
            os.environ.setdefault(name, "1")
        self._room = Path(tempfile.mkdtemp(prefix="stresskit-"))
        self._pool = self._processes()
        self._long = asyncio.Semaphore(settings.heavy)
        self._any = asyncio.Semaphore(settings.workers + AHEAD)
        self._running: dict[str, ProcessFuture[Any]] = {}
        self._short_waiting = 0
        self.ready = False

    def _processes(self) -> ProcessPool:
        factors = self._settings.factors
        return ProcessPool(
            max_workers=self._settings.workers,
            initializer=begin,
            initargs=[str(self._room), str(factors) if factors else None],
            context=multiprocessing.get_context("spawn"),
        )

    def _renew(self, broken: ProcessPool) -> None:
        """Begin anew where the processes ended while they had nothing to do."""
        if self._pool is broken:
            self._pool = self._processes()
            broken.stop()

    async def start(self) -> None:
        """Start the processes and let each load what every run needs."""
        futures = [self._pool.schedule(warm) for _ in range(self._settings.workers)]
        await asyncio.gather(*(asyncio.wrap_future(f) for f in futures))
        self.ready = True

    @asynccontextmanager
    async def lane(self, *, quick: bool) -> AsyncIterator[None]:
        """Wait for a process to be free; long work leaves one to short work."""
        if quick:
            async with self._any:
                yield
            return
        async with self._long, self._any:
            yield

    @asynccontextmanager
    async def short(self) -> AsyncIterator[Slot]:
        """Wait for a process in a line that is bounded; it is free again afterwards.

        Raises
        ------
        Refused
            If too many wait already.
        """
        if self._short_waiting >= self._settings.queue:
            raise Refused(
                503,
                "busy",
                "Too many requests are waiting.",
                fix="Try again in some seconds.",
                headers={"Retry-After": "5"},
            )
        self._short_waiting += 1
        slot = Slot()
        try:
            await self._any.acquire()
            try:
                yield slot
            finally:
                if slot.task is None:
                    self._any.release()
                else:
                    slot.task.add_done_callback(lambda _: self._any.release())
        finally:
            self._short_waiting -= 1

    async def call(self, key: str, work: Callable[..., T], *arguments: object) -> T:
        """Let a process do it.

        Raises
        ------
        TimeoutError
            If it took too long; the process is gone.
        Died
            If the process ended over it.
        Stopped
            If it was cancelled.
        """
        for _ in range(MOST_RENEWED):
            pool = self._pool
            try:
                return await self._called(pool, key, work, arguments)
            except BrokenProcessPool:
                self._renew(pool)
        raise Died("The processes end as soon as they begin.")

    async def _called(
        self,
        pool: ProcessPool,
        key: str,
        work: Callable[..., T],
        arguments: tuple[object, ...],
    ) -> T:
        try:
            future = pool.schedule(
                work, args=list(arguments), timeout=self._settings.seconds
            )
        except RuntimeError as error:
            raise BrokenProcessPool(str(error)) from error
        self._running[key] = future
        try:
            found: T = await asyncio.wrap_future(future)
        except ProcessExpired as error:
            raise Died(str(error)) from error
        except TimedOut:
            raise
        except (CancelledError, asyncio.CancelledError) as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                future.cancel()
                raise
            raise Stopped from error
        finally:
            self._running.pop(key, None)
        return found

    def stop(self, key: str) -> None:
        """Stop what is under way for a run; its process is replaced."""
        future = self._running.get(key)
        if future is not None:
            future.cancel()

    @property
    def under_way(self) -> int:
        """How much is under way."""
        return len(self._running)

    def close(self) -> None:
        """End all processes."""
        self._pool.stop()
        self._pool.join(timeout=5)
        shutil.rmtree(self._room, ignore_errors=True)

"""Runs from the moment they are asked for until they are told: ledger and pool."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from stresskit.web.crew import Crew, Died, Stopped
from stresskit.web.ledger import Ledger, LedgerError, NewRun, Run
from stresskit.web.ledger.database import utc_now
from stresskit.web.ledger.words import new_id, unpack
from stresskit.web.metrics import Metrics
from stresskit.web.problems import Refused, problem, problem_of, where_of
from stresskit.web.webhooks import Messenger
from stresskit.web.work import Done, Failure, Job
from stresskit.web.work import run as run_job

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from stresskit.web.ledger import Outcome
    from stresskit.web.settings import Settings

T = TypeVar("T")


class Interrupted(Failure):
    """Why a process ended over a run, which can be run again."""


# None is a run that was stopped.
End = Done | Failure | None
log = logging.getLogger("stresskit.web")
BEAT = 5.0  # seconds
PRUNE = 600.0  # seconds
DRAFT_LIFE = dt.timedelta(hours=1)
LEDGER_SECONDS = 10.0
# A run that takes longer stands in the ledger as under way.
SOON = 0.5


class Service:
    """One server: its ledger, its processes, and what is under way."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.ledger = Ledger(settings.ledger, keep_uploads=settings.keep_uploads)
        self.metrics = Metrics()
        self.crew = Crew(settings)
        self.messenger = Messenger(settings, self)
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="ledger")
        self._notes = Path(tempfile.mkdtemp(prefix="stresskit-notes-"))
        self._tasks: dict[str, asyncio.Task[bytes | None]] = {}
        self._background: list[asyncio.Task[None]] = []
        self._lost: dict[str, dict[str, Any]] = {}
        self._own: dict[str, tuple[tuple[str, bytes], ...]] = {}

    async def start(self) -> None:
        """Take up what was left, and begin to look after things."""
        interrupted, queued = await self.db(self.ledger.recover)
        if interrupted:
            log.warning("%d runs were interrupted", len(interrupted))
        for id_ in queued:
            self.launch(id_)
        self._background = [
            asyncio.create_task(self.crew.start()),
            asyncio.create_task(self._look_after()),
            asyncio.create_task(self.messenger.deliver()),
        ]

    async def close(self) -> None:
        """Stop; what is under way is marked when the ledger is next opened."""
        tasks = [*self._background, *self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(self.crew.close)
        await self.messenger.close()
        self._threads.shutdown(wait=True)
        self.ledger.close()
        shutil.rmtree(self._notes, ignore_errors=True)

    async def db(self, work: Callable[..., T], *given: Any, **named: Any) -> T:
        """Ask the ledger, which waits for disks, in a thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(work, *given, **named))

    async def look(self, work: Callable[..., T], *given: Any) -> T:
        """Ask what every request asks: one row, by its key.

        In a file that nobody has to be waited for it takes less than a thread would.
        """
        if self.ledger.in_file:
            return work(*given)
        return await self.db(work, *given)

    async def submit(self, new: NewRun) -> tuple[Run, bool]:
        """Write a run down and let it wait its turn; the same key gives the same run.

        Raises
        ------
        Refused
            If too many wait.
        IdempotencyConflict
            If the key was used for another request.
        LedgerError
            If it cannot be written down.
        """
        if new.status == "queued":
            await self._refuse_many()
        run, created = await self.db(self.ledger.add, new)
        if created and new.status == "queued":
            self.launch(run.id)
        return run, created

    async def _refuse_many(self) -> None:
        if await self.db(self.ledger.queue_length) >= self.settings.queue:
            raise Refused(
                503,
                "busy",
                f"{self.settings.queue} runs are waiting; no more are taken.",
                fix="Try again when some are done.",
                headers={"Retry-After": "30"},
            )

    def launch(self, id_: str) -> None:
        """Let a run that is written down wait for a process."""
        if id_ in self._tasks:
            return
        self._follow(id_, self._in_turn(id_))

    def _follow(self, id_: str, work: Any) -> asyncio.Task[bytes | None]:
        task: asyncio.Task[bytes | None] = asyncio.create_task(work)
        self._tasks[id_] = task
        task.add_done_callback(lambda _: self._tasks.pop(id_, None))
        return task

    async def at_once(self, new: NewRun, seconds: float) -> tuple[str, bytes | None]:
        """Run now and wait for the result; None where it takes longer, or failed.

        Such a run is written down once, with what came of it: a client without an
        answer asks again. One that takes longer, or has a key by which it may be asked
        for again, is written down before.

        Returns
        -------
        id, result
            A run that is written down.

        Raises
        ------
        Refused
            If too many wait.
        IdempotencyConflict
            If the key was used for another request.
        LedgerError
            If it cannot be written down.
        """
        written = asyncio.Event()
        async with self.crew.short() as slot:
            id_, created = new_id("run"), True
            if new.idempotency_key is not None:
                run, created = await self.db(self.ledger.add, new)
                id_ = run.id
                written.set()
            if created:
                new = replace(new, id=id_)
                computing = asyncio.create_task(
                    self._computed(id_, new, new.input, new.sides)
                )
                # The process is in use however long its client waits, and free for the
                # next while what it found is written down; who waits for another's
                # run must not hold one.
                slot.until(computing)
                task = self._follow(
                    id_,
                    self._perform(id_, new, computing)
                    if written.is_set()
                    else self._at_once(id_, new, computing, written),
                )
                task.add_done_callback(lambda _: written.set())
        following = self._tasks.get(id_)
        found = await _result_of(following, seconds)
        if not written.is_set():
            # No answer names a run that is nowhere.
            await written.wait()
            found = await _result_of(following, 0.0)
        return id_, found

    async def wait(self, id_: str, seconds: float) -> bytes | None:
        """Wait for a run of this server; the run goes on when the wait ends."""
        return await _result_of(self._tasks.get(id_), seconds)

    async def _at_once(
        self,
        id_: str,
        new: NewRun,
        computing: asyncio.Task[End],
        written: asyncio.Event,
    ) -> bytes | None:
        """Write a run down with what came of it; as under way if that takes longer."""
        began, begun = utc_now(), time.monotonic()
        try:
            await asyncio.wait({computing}, timeout=SOON)
        except asyncio.CancelledError:
            computing.cancel()
            raise
        whole = computing.done() and computing.exception() is None
        end = computing.result() if whole else None
        if isinstance(end, Done):
            outcome = cast("Outcome", vars(end))
            await self.db(self.ledger.record, new, began=began, **outcome)
        elif type(end) is Failure:
            wrong = end.problem
            await self.db(self.ledger.record_failure, new, began=began, problem=wrong)
        else:
            await self.db(self.ledger.add, new)
            written.set()
            return await self._perform(id_, new, computing)
        done = isinstance(end, Done)
        self.metrics.ended("done" if done else "failed", time.monotonic() - begun)
        self.messenger.wake()
        return end.result if isinstance(end, Done) else None

    async def _in_turn(self, id_: str) -> bytes | None:
        found = await self.db(self.ledger.line, id_)
        if found is None:
            return None
        async with self.crew.lane(quick=bool(found.options.get("no_hedge"))):
            if not await self.db(self.ledger.start, id_):
                return None
            given = await self.db(self.ledger.input_of, id_)
            if given is None:
                return None
            computing = self._computed(id_, found, *given)
            return await self._perform(id_, found, computing)

    async def _perform(
        self, id_: str, run: Run | NewRun, computing: Awaitable[End]
    ) -> bytes | None:
        """Wait for a run that is marked as running, and write down what came of it."""
        begun = time.monotonic()
        try:
            status, found = await self._written(id_, run, await computing)
        except Exception as error:  # noqa: BLE001 - a run that is lost is marked
            log.error(  # noqa: TRY400 - no words of a user's in the log
                "run %s could not be written down: %s", id_, where_of(error)
            )
            status, found = "lost", None
            self._lost[id_] = problem_of(error)
            await self._mark_lost()
        self.metrics.ended(status, time.monotonic() - begun)
        self._note(id_).unlink(missing_ok=True)
        self.messenger.wake()
        return found

    async def _mark_lost(self) -> None:
        """Mark runs whose end could not be written down, as soon as it can."""
        with contextlib.suppress(LedgerError):
            for id_, wrong in list(self._lost.items()):
                await self.db(self.ledger.interrupt, id_, wrong)
                del self._lost[id_]

    async def _computed(
        self,
        id_: str,
        run: Run | NewRun,
        data: bytes,
        sides: dict[str, tuple[str, bytes]],
    ) -> End:
        """Let a process compute a run, and say how that ended."""
        options = dict(run.options)
        page = bool(options.pop("page", False))
        options.pop("keep", None)
        noted = page or not options.get("no_hedge")
        job = Job(
            kind=run.kind,
            name=run.input_name,
            data=data,
            options=options,
            sides=sides,
            own=await self.own(run.owner),
            note=str(self._note(id_)) if noted else None,
            levels=page,
        )
        try:
            return await self.crew.call(id_, run_job, job)
        except TimeoutError:
            wrong = problem(
                504,
                "took-too-long",
                f"The run took longer than {self.settings.seconds:g} seconds.",
                fix="Leave the hedges out, or ask the operator for more --seconds.",
            )
            return Failure(wrong)
        except Died:
            wrong = problem(
                500,
                "killed",
                "The process that computed the run was ended.",
                fix="Run it again; with too little memory, ask for less at once.",
            )
            return Interrupted(wrong)
        except Stopped:
            return None

    async def _written(
        self, id_: str, run: Run | NewRun, end: End
    ) -> tuple[str, bytes | None]:
        keep = bool(run.options.get("keep"))
        if end is None:
            return "cancelled", None
        if isinstance(end, Interrupted):
            await self.db(self.ledger.interrupt, id_, end.problem)
            return "interrupted", None
        if isinstance(end, Failure):
            # A visitor of the page puts the question right; a program sends all again.
            keep = keep or bool(run.options.get("page"))
            await self.db(self.ledger.fail, id_, end.problem, keep_input=keep)
            return "failed", None
        outcome = cast("Outcome", vars(end))
        kept = await self.db(self.ledger.finish, id_, keep_input=keep, **outcome)
        return ("done", end.result) if kept else ("cancelled", None)

    async def cancel(self, id_: str) -> bool:
        """Stop a run; what it has done is not kept."""
        stopped = await self.db(self.ledger.cancel, id_)
        self.crew.stop(id_)
        return stopped

    async def again(self, id_: str) -> bool:
        """Let an interrupted run wait its turn again."""
        await self._refuse_many()
        ready = await self.db(self.ledger.requeue, id_)
        if ready:
            self.launch(id_)
        return ready

    async def own(self, owner: str) -> tuple[tuple[str, bytes], ...]:
        """Return the caller's own factors, packed."""
        if owner not in self._own:
            found = await self.db(self._packed, owner)
            self._own[owner] = found
        return self._own[owner]

    def _packed(self, owner: str) -> tuple[tuple[str, bytes], ...]:
        ledger = self.ledger
        found = (ledger.factor(owner, f.id, f.revision) for f in ledger.factors(owner))
        return tuple((f.sha256, f.content) for f in found if f is not None)

    def ahead(self, id_: str) -> int:
        """Return how many runs of this server were asked for before a waiting one."""
        return sum(other < id_ for other in self._tasks)

    def forget_own(self, owner: str) -> None:
        """Look again for a caller's factors: one was added."""
        self._own.pop(owner, None)

    def step(self, id_: str) -> str:
        """Return the step under way of a run."""
        try:
            return self._note(id_).read_text(encoding="utf-8")
        except OSError:
            return ""

    def _note(self, id_: str) -> Path:
        return self._notes / id_

    async def _look_after(self) -> None:
        """Say that this server lives, take up what others left, delete what is old."""
        pruned = -PRUNE
        while True:
            try:
                await self.db(self.ledger.beat)
                await self._mark_lost()
                _, queued = await self.db(self.ledger.recover)
                for id_ in queued:
                    self.launch(id_)
                self._own.clear()
                if time.monotonic() - pruned > PRUNE:
                    pruned = time.monotonic()
                    days = self.settings.keep_results
                    await self.db(
                        self.ledger.prune,
                        results_older_than=None
                        if days is None
                        else dt.timedelta(days=days),
                        drafts_older_than=DRAFT_LIFE,
                    )
            except Exception as error:  # noqa: BLE001 - the service goes on
                log.error("the ledger is not looked after: %s", where_of(error))  # noqa: TRY400
            await asyncio.sleep(BEAT)


async def _result_of(
    task: asyncio.Task[bytes | None] | None, seconds: float
) -> bytes | None:
    """Wait for what a run gives, if this server computes it."""
    if task is None:
        return None
    done, _ = await asyncio.wait({task}, timeout=seconds)
    packed = task.result() if done and not task.cancelled() else None
    return None if packed is None else unpack(packed, packed=True)

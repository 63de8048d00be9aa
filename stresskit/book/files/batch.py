"""The run: find, leave what is done, run the rest, set all side by side."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from stresskit.asking import key_of
from stresskit.book.crew import each
from stresskit.book.files.folder import COMPARISON, find
from stresskit.book.files.manifest import Ledger, Record, sha256
from stresskit.book.files.markers import Markers
from stresskit.book.files.work import killed, run_one
from stresskit.book.lock import only_one
from stresskit.errors import OutputError
from stresskit.model.batch import BatchSummary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from stresskit.book.files.folder import Found, Task
    from stresskit.book.files.work import Request
    from stresskit.model.batch import BatchLine


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a batch ended.

    ``run`` portfolios were run and ``kept`` were done before; ``stale`` are results of
    earlier runs that no holdings are there for any more.
    """

    summary: BatchSummary
    run: int
    kept: int
    stale: tuple[str, ...]


def run_batch(
    source: Path,
    folder: Path,
    request: Request,
    *,
    jobs: int = 1,
    started: Callable[[int, int], None] | None = None,
    ended: Callable[[BatchLine], None] | None = None,
    exit_codes: Mapping[str, int] | None = None,
) -> Outcome:
    """Stress every portfolio of a folder, and set them side by side in a workbook.

    What an earlier run did is left as it is where neither the holdings nor the request
    nor the results changed. A portfolio that fails does not stop the others.

    Parameters
    ----------
    source
        A folder of holdings, or one file.
    folder
        Where results go; it is made.
    request
        What every portfolio is run with.
    jobs
        How many at a time, in processes of their own; with 1 in this one.
    started
        Called once with how many are to be run, and how many are done already.
    ended
        Called after each one.
    exit_codes
        The exit code of each way to fail: asks for a file drop. Only files with a
        marker are taken, none is no error, and each is marked when its results are
        whole. What failed for what is in it is not run again before it changes.

    Raises
    ------
    InputError
        If there are no holdings.
    OutputError
        If the folder cannot be written to, or another run has it.
    """
    drop = exit_codes is not None
    found = find(source, folder, request.files.paths, marked=drop)
    key = request.key()
    if not found.tasks:
        return Outcome(summary=_summary(request, found, []), run=0, kept=0, stale=())
    markers = Markers(folder, exit_codes) if exit_codes is not None else None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"The folder {folder} cannot be made: {error.strerror}.",
            hint="Give another folder with -o.",
        ) from error
    with only_one(folder), closing(Ledger(folder)) as ledger:
        earlier = dict(ledger.records)
        kept = _kept(found, earlier, key, folder, drop=drop)
        by_file = {task.file: task for task in found.tasks}
        tasks = tuple(t for t in found.tasks if t.file not in kept)
        if markers is not None:
            _put_right(markers, found, kept, earlier)
        if started is not None:
            started(len(tasks), len(kept))
        work = partial(run_one, request, key, folder)
        with closing(each(work, killed, tasks, jobs)) as running:
            for ran in running:
                # Of what failed too it is kept what it was asked.
                record = replace(ran, key=ran.key or key)
                ledger.add(record)
                if markers is not None:
                    markers.put(by_file[record.line.file], record)
                if ended is not None:
                    ended(record.line)
        records = [ledger.records[t.file] for t in found.tasks]
        summary = _summary(request, found, records)
        _compare(folder, request, summary)
        about = {"key": key, "settings": request.settings()}
        ledger.finish(records, about)
    return Outcome(
        summary=summary,
        run=len(tasks),
        kept=len(kept),
        stale=_stale(earlier, records, folder),
    )


def _kept(
    found: Found, earlier: dict[str, Record], key: str, folder: Path, *, drop: bool
) -> frozenset[str]:
    """Return the files whose results are there already."""

    def is_kept(task: Task) -> bool:
        record = earlier.get(task.file)
        if record is None:
            return False
        digest = sha256(task.path)
        again = drop and record.fails_again(digest, key)
        return again or record.holds(task, digest, key, folder)

    return frozenset(task.file for task in found.tasks if is_kept(task))


def _put_right(
    markers: Markers, found: Found, kept: frozenset[str], earlier: dict[str, Record]
) -> None:
    """Mark what a killed run did not come to mark; unmark what is made anew."""
    for task in found.tasks:
        if task.file in kept:
            markers.put(task, earlier[task.file])
        else:
            markers.clear(task)


def _stale(
    earlier: dict[str, Record], records: list[Record], folder: Path
) -> tuple[str, ...]:
    """Return results that an earlier run wrote and this one knows nothing of."""
    now = {name for record in records for name in record.hashes}
    before = {name for record in earlier.values() for name in record.hashes}
    return tuple(sorted(n for n in before - now if (folder / n).exists()))


def _summary(request: Request, found: Found, records: list[Record]) -> BatchSummary:
    factor, (limit, share) = request.main.factor, request.limit
    when = max((r.created for r in records if r.created), default="")
    day = factor.event_end
    created = (
        dt.datetime.fromisoformat(when)
        if when
        else dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
    )
    settings = request.settings()
    return BatchSummary(
        lines=tuple(r.line for r in records),
        limit=limit,
        limit_share=share,
        hedged=request.mandate is not None,
        created=created.astimezone(dt.UTC).replace(tzinfo=None),
        title=f"{factor.title} ({key_of(factor)})",
        run_id=_id(settings, records),
        left_out=found.left_out,
        settings=settings,
    )


def _id(settings: dict[str, str], records: list[Record]) -> str:
    """Return an id: the same question on the same holdings has the same."""
    read = [(r.line.file, r.input_sha256) for r in records]
    text = json.dumps([settings, read])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _compare(folder: Path, request: Request, summary: BatchSummary) -> None:
    from stresskit.writers.comparison import write_comparison

    write_comparison(folder / COMPARISON, summary, presentation=request.presentation)

"""What the processes of the pool do: read, compute, write; bytes in and bytes out.

Nothing leaves but plain data: an error comes back as the problem it is answered with.
"""

from __future__ import annotations

import contextlib
import gc
import os
import warnings
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from stresskit.errors import FactorError
from stresskit.web.factor_zips import checked_zip, own_factors, settle
from stresskit.web.problems import problem_of, refuse_many

if TYPE_CHECKING:
    from collections.abc import Callable

    from stresskit.model import (
        Content,
        HedgePlan,
        Portfolio,
        Scenario,
        StressResult,
    )
    from stresskit.web.options import Asked, Side

T = TypeVar("T")
# Begins what is kept of a run that is computed again; no zlib begins so.
POSITIONS = b"positions:"
LEVELS = tuple(n / 10 for n in range(31))
LEVEL_POSITIONS = 5_000
# Objects more than there were before cycles are looked for; a run makes some thousand.
SELDOM = 50_000


@dataclass(frozen=True, kw_only=True)
class Job:
    """One thing to do for one caller.

    Parameters
    ----------
    kind
        ``json`` for positions of the contract, ``file`` for an upload.
    name, data
        The upload.
    options
        As ``Options`` gives them.
    sides
        Files beside it, by role.
    own
        The caller's own factors: SHA-256 and zip of each folder.
    note
        A file that says which step is under way.
    levels
        Whether the severities of the page's slider are computed too.
    """

    kind: str
    name: str
    data: bytes
    options: dict[str, Any]
    sides: dict[str, Side] = field(default_factory=dict)
    own: tuple[tuple[str, bytes], ...] = ()
    note: str | None = None
    levels: bool = False


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a run gave: all that is kept of it.

    The result is compressed where it is made: a quarter of it goes through the pipe.
    """

    result: bytes
    result_sha256: str
    kept: bytes
    levels: bytes | None
    summary: dict[str, Any]
    factor: str
    factor_revision: int
    factor_sha256: str
    version: str


@dataclass(frozen=True)
class Failure:
    """Why there is none, as a problem."""

    problem: dict[str, Any]


def begin(room: str, house: str | None) -> None:
    """Prepare a process of the pool: one thread, the house's factors, all imported."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Warnings of libraries go to the server's log, and may quote what a user sent.
    warnings.simplefilter("ignore")
    settle(Path(room))
    if house:
        os.environ["STRESSKIT_FACTORS"] = house
    # Before its first run, whose time is limited; also when it replaces one that is
    # gone. What is wrong is said when the service starts.
    with contextlib.suppress(Exception):
        warm()


def warm() -> None:
    """Load what every run needs, by a small one, so that the first need not wait."""
    positions = b'[{"asset_class": "cash", "currency": "USD", "market_value": 1}]'
    data = b'{"schema": "stresskit/holdings/1", "base_currency": "USD", "positions": '
    _run(
        Job(
            kind="json",
            name="positions.json",
            data=data + positions + b"}",
            options={"no_hedge": True},
        )
    )
    # What is loaded stays: looking through it again and again takes a tenth of a run.
    # What a run makes goes with it; looking for cycles among it finds hardly any.
    gc.collect()
    gc.freeze()
    gc.set_threshold(SELDOM)


def run(job: Job) -> Done | Failure:
    """Read, place, stress and hedge."""
    return _answered(partial(_run, job))


def preview(job: Job) -> bytes | Failure:
    """Read and place only: the contracts of holdings and mapping in one object."""
    return _answered(partial(_preview, job))


def holdings(job: Job) -> bytes | Failure:
    """Read only: the contract of holdings."""
    return _answered(partial(_holdings, job))


def workbook(data: bytes, job: Job, told: bytes) -> bytes | Failure:
    """Write the workbook of a run, from what was kept; ``told`` is its JSON."""
    return _answered(partial(_workbook, data, job, told))


def annotated(job: Job) -> bytes | Failure:
    """Write the upload with its problem cells marked."""
    return _answered(partial(_annotated, job))


def csv(result: bytes) -> bytes | Failure:
    """Write the positions of a result as CSV."""
    from stresskit.web.tables import csv_of

    return _answered(partial(csv_of, result))


def parquet(result: bytes) -> bytes | Failure:
    """Write the positions of a result as Parquet."""
    from stresskit.web.tables import parquet_of

    return _answered(partial(parquet_of, result))


def checked_factor(job: Job) -> dict[str, Any] | Failure:
    """Check an uploaded factor folder and say what it is."""
    return _answered(partial(checked_zip, job.data))


def _answered(work: Callable[[], T]) -> T | Failure:
    """Return what the work gives, or the problem it ends in."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - every end of a run is an answer
        return Failure(problem_of(error))


def _run(job: Job) -> Done:
    from stresskit.factors.keeping import looked_once
    from stresskit.web.kept import keep
    from stresskit.web.ledger.words import pack, sha256_of
    from stresskit.writers.result_json import result_bytes

    asked = _asked(job)
    step = partial(_step, job)
    step("Loading the factor")
    with looked_once():
        ask = asked.ask()
        asked.options.presentation(None)
    step("Reading the holdings")
    portfolio = _read(job, asked)
    result, plan = ask.answer(portfolio, step)
    levels = None
    if job.levels and len(portfolio.positions) <= LEVEL_POSITIONS:
        step("Computing the severities")
        levels = _levels(result, ask.main)
    step("Keeping the result")
    factor = result.scenario.factor
    told = result_bytes(result, plan)
    return Done(
        result=pack(told),
        result_sha256=sha256_of(told),
        kept=_kept(job, result) or keep(result, plan),
        levels=levels,
        summary={
            "name": portfolio.name,
            "pnl": None if portfolio.weights_only and not ask.value else result.pnl,
            "pnl_pct": result.pnl_pct,
            "base_value": result.base_value,
            "currency": result.currency,
        },
        factor=factor.id,
        factor_revision=factor.revision,
        factor_sha256=factor.sha256,
        version=str(result.run["version"]),
    )


def _levels(result: StressResult, main: Scenario) -> bytes:
    """Stress once more at each severity that the slider knows."""
    import orjson

    from stresskit.model.contract import result_to_dict
    from stresskit.stressing import stress

    given = [replace(main, severity=s, label=f"severity {s:g}") for s in LEVELS]
    further = stress(
        result.portfolio,
        result.exposures,
        main,
        value=result.base_value if result.portfolio.weights_only else None,
        scenarios=given,
    )
    content = result_to_dict(replace(further, issues=()))["scenarios"]
    found = [
        {"severity": severity, **level}
        for severity, level in zip(LEVELS, content, strict=True)
    ]
    return orjson.dumps(found)


def _asked(job: Job) -> Asked:
    from stresskit.web.options import Asked, checked_options

    return Asked(checked_options(job.options), job.sides, own_factors(job.own))


def _content(job: Job) -> Content:
    from stresskit.model import Content

    return Content(job.name, job.data)


def _read(job: Job, asked: Asked) -> Portfolio:
    from stresskit.web.options import password_of

    o = asked.options
    found = asked.files().read(
        _content(job),
        sheet=o.sheet,
        table=o.table,
        columns=o.columns_file(),
        password=password_of(job.sides),
    )
    refuse_many(len(found.positions))
    return found


def _holdings(job: Job) -> bytes:
    import orjson

    from stresskit.model.contract import holdings_to_dict

    portfolio = _read(job, _asked(job))
    return orjson.dumps(holdings_to_dict(portfolio))


def _preview(job: Job) -> bytes:
    import orjson

    from stresskit.factors import load_factor
    from stresskit.model.contract import holdings_to_dict, mapping_to_dict

    asked = _asked(job)
    portfolio = _read(job, asked)
    factor = load_factor(asked.options.factor, factors=asked.factors)
    exposures = asked.files().place(portfolio, factor)
    return orjson.dumps(
        {
            "holdings": holdings_to_dict(portfolio),
            "mapping": mapping_to_dict(portfolio, exposures),
        }
    )


def _kept(job: Job, result: StressResult) -> bytes | None:
    """Return positions to compute a short run's workbook from, if it is asked for.

    They take a tenth of what the result takes, and a hundredth of the time to keep.
    None where the answer would hang on the day.
    """
    from stresskit.web.ledger.words import pack

    undated = any(i.code == "no-date" for i in result.issues)
    if job.kind != "json" or not job.options.get("no_hedge") or undated:
        return None
    return POSITIONS + pack(job.data)


def _once_more(
    data: bytes, job: Job, told: bytes
) -> tuple[StressResult, HedgePlan | None]:
    """Compute a short run again, and see that nothing else comes out."""
    import orjson

    from stresskit.web.kept import NotKept
    from stresskit.web.ledger.words import unpack
    from stresskit.writers.result_json import result_bytes

    job = replace(job, data=unpack(data.removeprefix(POSITIONS), packed=True))
    asked = _asked(job)
    result, plan = asked.ask().answer(_read(job, asked))
    first = orjson.loads(told)["run"]
    run = {**result.run, "id": first["id"], "created": first["created"]}
    result = replace(result, run=run)
    if result_bytes(result, plan) != told:
        raise NotKept("the program or the factor has changed since")
    return result, plan


def _workbook(data: bytes, job: Job, told: bytes) -> bytes:
    from stresskit.factors import load_factor
    from stresskit.pipeline import report_bytes
    from stresskit.web.kept import NotKept, kept
    from stresskit.web.problems import Refused

    asked = _asked(job)
    try:
        if data.startswith(POSITIONS):
            result, plan = _once_more(data, job, told)
        else:
            result, plan = kept(data, partial(load_factor, factors=asked.factors))
    except (NotKept, FactorError) as error:
        raise Refused(
            409,
            "not-kept",
            f"The workbook can no longer be written: {error}.",
            fix="Run it again; the result as JSON is still there.",
        ) from error
    return report_bytes(result, plan, presentation=asked.options.presentation(None))


def _annotated(job: Job) -> bytes:
    from stresskit.pipeline import annotated_bytes
    from stresskit.web.options import password_of

    asked = _asked(job)
    return annotated_bytes(
        _content(job), _read(job, asked), password=password_of(job.sides)
    )


def _step(job: Job, text: str) -> None:
    """Say which step is under way, where the service reads it."""
    if job.note is not None:
        # A full disk costs the words, not the run.
        with contextlib.suppress(OSError):
            Path(job.note).write_text(text, encoding="utf-8")

"""What the processes of the pool do: read, compute, write; bytes in and bytes out.

Nothing leaves but plain data: an error comes back as the problem it is answered with.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
from dataclasses import dataclass, field, replace
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from stresskit.errors import FactorError, InputError
from stresskit.web.problems import problem_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from stresskit.model import Content, Portfolio, Scenario, StressResult
    from stresskit.web.options import Asked, Side

T = TypeVar("T")
LEVELS = tuple(n / 10 for n in range(31))
LEVEL_POSITIONS = 5_000
MOST_FACTOR_BYTES = 30_000_000
MOST_FACTOR_FILES = 40


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
    """What a run gave: all that is kept of it."""

    result: bytes
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


def begin(house: str | None) -> None:
    """Prepare a process of the pool: one thread, the house's factors, all imported."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if house:
        os.environ["STRESSKIT_FACTORS"] = house


def warm() -> None:
    """Load what every run needs, so that the first one need not wait for it."""
    from stresskit.factors import load_factor

    load_factor()


def run(job: Job) -> Done | Failure:
    """Read, place, stress and hedge."""
    return _answered(partial(_run, job))


def preview(job: Job) -> bytes | Failure:
    """Read and place only: the contracts of holdings and mapping in one object."""
    return _answered(partial(_preview, job))


def holdings(job: Job) -> bytes | Failure:
    """Read only: the contract of holdings."""
    return _answered(partial(_holdings, job))


def workbook(data: bytes, job: Job) -> bytes | Failure:
    """Write the workbook of a kept result."""
    return _answered(partial(_workbook, data, job))


def annotated(job: Job) -> bytes | Failure:
    """Write the upload with its problem cells marked."""
    return _answered(partial(_annotated, job))


def parquet(result: bytes) -> bytes | Failure:
    """Write the positions of a result as Parquet."""
    from stresskit.web.tables import parquet_of

    return _answered(partial(parquet_of, result))


def checked_factor(job: Job) -> dict[str, Any] | Failure:
    """Check an uploaded factor folder and say what it is."""
    return _answered(partial(_checked_factor, job))


def _answered(work: Callable[[], T]) -> T | Failure:
    """Return what the work gives, or the problem it ends in."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - every end of a run is an answer
        return Failure(problem_of(error))


def _run(job: Job) -> Done:
    from stresskit.web.kept import keep
    from stresskit.writers.result_json import result_bytes

    asked = _asked(job)
    step = partial(_step, job)
    step("Loading the factor")
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
    return Done(
        result=result_bytes(result, plan),
        kept=keep(result, plan),
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
    o = asked.options
    password = job.sides.get("password")
    return asked.files().read(
        _content(job),
        sheet=o.sheet,
        table=o.table,
        columns=o.columns,
        password=password[1].decode() if password else None,
    )


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


def _workbook(data: bytes, job: Job) -> bytes:
    from stresskit.factors import load_factor
    from stresskit.pipeline import report_bytes
    from stresskit.web.kept import NotKept, kept
    from stresskit.web.problems import Refused

    asked = _asked(job)
    try:
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

    asked = _asked(job)
    password = job.sides.get("password")
    return annotated_bytes(
        _content(job),
        _read(job, asked),
        password=password[1].decode() if password else None,
    )


def _checked_factor(job: Job) -> dict[str, Any]:
    from stresskit.factors import check_factor, load_factor
    from stresskit.readers.factor_folder import factor_identity

    home = own_factors(((hashlib.sha256(job.data).hexdigest(), job.data),))
    folders = sorted(p.parent for p in (home or Path()).glob("*/factor.toml"))
    if len(folders) != 1:
        raise FactorError(
            "The zip holds no factor, or more than one.",
            hint="Zip one folder with its factor.toml, as `stresskit factor new` "
            "writes it.",
        )
    identity = factor_identity(folders[0])
    wrong = check_factor(folders[0], factors=home)
    if wrong:
        raise FactorError(
            f"{identity['id']} is not in order: {'; '.join(wrong)[:2_000]}",
            hint="`stresskit factor check FOLDER` says the same.",
        )
    loaded = load_factor(folders[0], factors=home)
    return {
        "id": loaded.id,
        "revision": loaded.revision,
        "title": loaded.title,
        "sha256": loaded.sha256,
    }


@cache
def _room() -> Path:
    """Return a folder of this process alone."""
    import atexit

    made = Path(tempfile.mkdtemp(prefix="stresskit-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def own_factors(own: tuple[tuple[str, bytes], ...]) -> Path | None:
    """Return a folder with the factors of a caller's own, unpacked.

    Raises
    ------
    FactorError
        If a zip holds anything but the files of a factor folder.
    """
    if not own:
        return None
    key = hashlib.sha256("".join(sha for sha, _ in own).encode()).hexdigest()[:32]
    home = _room() / key
    if not home.is_dir():
        part = home.with_name(f"{key}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        for _, content in own:
            _unpack(content, part)
        part.rename(home)
    return home


def _unpack(content: bytes, home: Path) -> None:
    """Unpack a factor folder; no name in the zip is used but known ones."""
    from stresskit.factors import check_id
    from stresskit.readers.factor_folder import FACTOR_FILES, REVISIONS

    def refused(why: str) -> FactorError:
        return FactorError(
            f"The zip cannot be used: {why}.",
            hint="Zip the folder that `stresskit factor new` or `build` wrote.",
        )

    try:
        archive = zipfile.ZipFile(BytesIO(content))
        found = [i for i in archive.infolist() if not i.is_dir()]
        if len(found) > MOST_FACTOR_FILES:
            raise refused(f"it holds {len(found)} files")
        if sum(i.file_size for i in found) > MOST_FACTOR_BYTES:
            raise refused("it is too large when it is unpacked")
        for info in found:
            folder, *inner = info.filename.split("/")
            earlier = len(inner) == 3 and inner[0] == REVISIONS and inner[1].isdecimal()
            if not inner or inner[-1] not in FACTOR_FILES:
                raise refused(f"{info.filename[:60]!r} is no file of a factor folder")
            if len(inner) != 1 and not earlier:
                raise refused(f"{info.filename[:60]!r} is in no place of a factor's")
            target = home / check_id(folder) / Path(*inner)
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(info) as source:
                data = source.read(MOST_FACTOR_BYTES + 1)
            if len(data) > info.file_size:
                raise refused("it is not what it says it is")
            target.write_bytes(data)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise refused("it is damaged or protected") from error
    except InputError:
        raise


def _step(job: Job, text: str) -> None:
    """Say which step is under way, where the service reads it."""
    if job.note is not None:
        Path(job.note).write_text(text, encoding="utf-8")

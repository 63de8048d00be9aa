"""One portfolio of a batch: read, place, stress, write, and say how it went."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stresskit.asking import Files, answered, key_of, placed
from stresskit.book.files.manifest import Record, sha256, today
from stresskit.errors import (
    ComputationError,
    HoldingsError,
    InputError,
    MissingExtra,
    OutputError,
    PluginError,
    StresskitError,
)
from stresskit.model.batch import BatchLine
from stresskit.plugins import others_used
from stresskit.readers.files import file_name, file_sha256
from stresskit.stressing import question_words

if TYPE_CHECKING:
    from stresskit.book.files.folder import Task
    from stresskit.model import (
        Content,
        Hedge,
        HedgePlan,
        HedgeTarget,
        Mandate,
        Presentation,
        Scenario,
        StressResult,
    )

_FAULTS: tuple[tuple[type[StresskitError], str], ...] = (
    (InputError, "input"),
    (ComputationError, "computation"),
    (PluginError, "plugin"),
    (MissingExtra, "plugin"),
    (OutputError, "output"),
)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What every portfolio of a batch is run with, read and checked before any work.

    Parameters
    ----------
    files
        What holdings are read and placed with.
    main, more
        The scenario, and further ones.
    limit
        A loss limit, and whether it is a share of the value.
    presentation
        How reports look.
    mandate, target
        What hedges may do and shall reach; without a mandate none are looked for.
    json
        Whether figures are written beside each report.
    factors
        A folder with factors of one's own.
    """

    files: Files
    main: Scenario
    more: tuple[Scenario, ...]
    limit: tuple[float, bool]
    presentation: Presentation
    mandate: Mandate | None = None
    target: HedgeTarget | None = None
    json: bool = False
    factors: Path | None = None

    def settings(self) -> dict[str, str]:
        """Return all that an answer depends on but the holdings, in words."""
        from stresskit import __version__

        main, files, shown = self.main, self.files, self.presentation
        factor, (amount, share) = main.factor, self.limit
        mandate = self.mandate
        target = self.target or (mandate.target if mandate else None)
        found = {
            "version": __version__,
            "factor": key_of(factor),
            "factor_sha256": factor.sha256,
            "chain_sha256": factor.chain.sha256,
            "other_factors_sha256": factor.others.sha256 if factor.others else "",
            "severity": f"{main.severity:g}",
            "mode": main.mode,
            "scenarios": "; ".join(f"{s.label} {key_of(s.factor)}" for s in self.more),
            "question": _digest([_asked(s) for s in (main, *self.more)]),
            "funds": "; ".join(f"{k} {_file(f)}" for k, f in files.funds.items()),
            "loss_limit": f"{amount:.10g}" + (" of the value" if share else ""),
            "base_currency": files.base_currency or "",
            "as_of": str(files.as_of or ""),
            "exchange_rates": _file(files.fx),
            "prices": _file(files.prices),
            "overrides": _file(files.overrides),
            "mandate": f"{mandate.name} {_digest(mandate)}" if mandate else "",
            "hedge_target": target.words if target else "",
            "theme": f"{shown.theme.name} {_digest(shown.theme)}",
            "language": shown.language,
            "sections": ", ".join(shown.shown),
            "paper": shown.paper,
            "json": "yes" if self.json else "no",
            "plugins": others_used("readers", "mappers", "hedgers", "factors"),
        }
        return {name: value for name, value in found.items() if value}

    def key(self) -> str:
        """Return what tells this request from others."""
        return hashlib.sha256(json.dumps(self.settings()).encode()).hexdigest()


def _asked(scenario: Scenario) -> tuple[str, ...]:
    """Return all that a scenario is: what its factor holds, what it asks of it."""
    factor = scenario.factor
    return (
        *(key_of(factor), factor.sha256, factor.chain.sha256),
        *question_words(scenario).values(),
    )


def _file(given: Path | Content | Mapping[str, float] | None) -> str:
    if isinstance(given, Mapping):
        return f"given {_digest(sorted(given.items()))}"
    return f"{file_name(given)} {file_sha256(given)}" if given else ""


def _digest(thing: object) -> str:
    return hashlib.sha256(repr(thing).encode()).hexdigest()[:16]


def run_one(request: Request, key: str, folder: Path, task: Task) -> Record:
    """Run one portfolio; whatever happens to it is in the record.

    Parameters
    ----------
    request, key
        What it is run with.
    folder
        Where results go.
    task
        Its file, and its results' names.
    """
    try:
        return _done(request, key, task, folder)
    except StresskitError as error:
        return failed(task, kind_of(error), str(error), fix_of(error))
    except Exception as error:  # noqa: BLE001 - one portfolio may not stop the others
        return failed(
            task,
            "program",
            f"stresskit made a mistake ({type(error).__name__}: {error}).",
            "Please report it: stresskit stress FILE with STRESSKIT_DEBUG=1 set says "
            "more.",
        )


def failed(task: Task, kind: str, message: str, fix: str) -> Record:
    """Return the record of a portfolio that was not stressed."""
    line = BatchLine(
        file=task.file, output=task.output, status=kind, message=message, fix=fix
    )
    return Record(line=line, input_sha256=sha256(task.path), key="")


def killed(task: Task) -> Record:
    """Return the record of a portfolio whose process was ended."""
    return failed(
        task,
        "killed",
        "The process that ran this portfolio was ended.",
        "Run the batch again; with too little memory, give fewer --jobs.",
    )


def kind_of(error: StresskitError) -> str:
    """Return where a portfolio stopped, by the class of its error."""
    return next((n for cls, n in _FAULTS if isinstance(error, cls)), "program")


def fix_of(error: StresskitError) -> str:
    """Return what to do: the hint, else what the first serious issue asks for."""
    if error.hint or not isinstance(error, HoldingsError):
        return error.hint
    serious = (i for i in error.issues if i.severity == "error" and i.fix)
    first = next(serious, None)
    return first.fix if first else "stresskit holdings FILE lists every problem."


def _done(request: Request, key: str, task: Task, folder: Path) -> Record:
    from stresskit.pipeline import write_report
    from stresskit.writers import write_result_json

    portfolio = request.files.read(task.path)
    scenarios = (request.main, *request.more)
    places = placed(request.files, portfolio, scenarios)
    result = answered(
        portfolio, places, request.main, request.more, limit=request.limit
    )
    plan = hedged(request, result)
    target = folder / task.output
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{target.parent} cannot be made: {error.strerror}.",
            hint="Give another folder with -o.",
        ) from error
    write_report(target, result, plan, presentation=request.presentation)
    names = task.outputs(json=request.json)
    if request.json:
        write_result_json(folder / names[-1], result, plan)
    undated = any(i.code == "no-date" for i in result.issues)
    return Record(
        line=line_of(task, result, plan),
        input_sha256=result.run["input_sha256"],
        key=key,
        hashes={name: sha256(folder / name) for name in names},
        created=result.run["created"],
        day=today() if undated else "",
        run_id=result.run["id"],
    )


def hedged(request: Request, result: StressResult) -> HedgePlan | None:
    """Return the hedges that the request's mandate allows; None without one."""
    from stresskit.hedging import hedge

    if request.mandate is None:
        return None
    return hedge(
        result,
        target=request.target,
        mandate=request.mandate,
        place=partial(request.files.place, result.portfolio),
        factors=request.factors,
    )


def line_of(task: Task, result: StressResult, plan: HedgePlan | None) -> BatchLine:
    """Return what is kept of a result, to set it beside others."""
    value = abs(result.base_value)
    shares: Any = partial(_share, value)
    weights = result.portfolio.weights_only
    line = BatchLine(
        file=task.file,
        output=task.output,
        name=result.portfolio.name,
        currency=result.currency,
        value=None if weights else result.base_value,
        pnl=None if weights else result.pnl,
        pnl_pct=result.pnl_pct,
        low_pct=shares(result.band.low),
        high_pct=shares(result.band.high),
        coverage=result.coverage_ratio,
        light=result.coverage.light,
        segments={s.title: shares(s.pnl) for s in result.by_segment if s.pnl and value},
    )
    best = None if plan is None else suggestion(plan)
    if best is None:
        return line
    return replace(line, hedge=best.title, hedged_pct=shares(best.residual_pnl))


def _share(value: float, money: float) -> float | None:
    return money / value if value else None


def suggestion(plan: HedgePlan) -> Hedge | None:
    """Return the cheapest suggestion that reaches the target, else the best there is.

    ``None`` where nothing does more than doing nothing.
    """
    real = [h for h in plan.hedges if h.legs]
    reached = [h for h in real if h.status == "optimal"]
    if reached:
        return min(reached, key=lambda h: h.cost)
    better = [h for h in real if h.residual_pnl > plan.result.pnl]
    return max(better, key=lambda h: h.residual_pnl, default=None)

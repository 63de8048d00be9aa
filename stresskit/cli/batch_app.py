"""The command ``stresskit batch``: a folder of holdings, a folder of workbooks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stresskit.asking import DEFAULT_LIMIT, asked_hedge
from stresskit.cli.look import (
    FormOption,
    LanguageOption,
    PaperOption,
    SectionsOption,
    ThemeOption,
)
from stresskit.cli.options import (
    DEFAULT_FACTOR,
    AsOfOption,
    BaseOption,
    FactorOption,
    FactorsOption,
    FxOption,
    LimitOption,
    MandateOption,
    ModeOption,
    NoHedgeOption,
    OverridesOption,
    PricesOption,
    SeverityOption,
    TargetOption,
    date_of,
)
from stresskit.errors import InputError

if TYPE_CHECKING:
    from stresskit.book.files import Outcome
    from stresskit.model.batch import BatchLine, BatchSummary

SHOWN = 20
# The first of these that happened is the exit code: what cannot be written, then the
# input, then what is missing, then our mistakes, then what has no answer.
EXIT_CODES = {
    "output": 5,
    "input": 2,
    "plugin": 4,
    "program": 1,
    "computation": 3,
    "killed": 3,
}


def batch(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT",
            help="A folder of holdings with its subfolders, or one file.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="The folder of workbooks; what is done in it is kept.",
            show_default=False,
        ),
    ],
    json: Annotated[
        bool, typer.Option("--json", help="Write the figures of each as JSON too.")
    ] = False,
    factor: FactorOption = DEFAULT_FACTOR,
    severity: SeverityOption = 1.0,
    mode: ModeOption = "factor",
    loss_limit: LimitOption = DEFAULT_LIMIT,
    base_currency: BaseOption = None,
    fx: FxOption = None,
    as_of: AsOfOption = None,
    overrides: OverridesOption = None,
    prices: PricesOption = None,
    hedge_target: TargetOption = None,
    mandate: MandateOption = None,
    no_hedge: NoHedgeOption = False,
    theme: ThemeOption = "neutral",
    language: LanguageOption = "en",
    form: FormOption = "full",
    sections: SectionsOption = None,
    paper: PaperOption = "A4",
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            min=1,
            help="How many at a time; as many as there are processors unless said.",
        ),
    ] = None,
    factors: FactorsOption = None,
    done: Annotated[
        bool,
        typer.Option(
            "--done",
            help="A file drop: take only files with NAME.EXT.done beside them, and put "
            "NAME.done or NAME.failed beside the results when they are whole.",
        ),
    ] = False,
) -> None:
    """Stress a folder of holdings: a workbook for each, one that compares them."""
    from stresskit.asking import Files, Question
    from stresskit.book.files import Request, run_batch
    from stresskit.cli.progress import counting, steps
    from stresskit.presenting import present
    from stresskit.readers.scenarios import read_limit

    files = Files(
        base_currency=base_currency,
        fx=fx,
        prices=prices,
        as_of=date_of(as_of),
        overrides=overrides,
    )
    _check_there(files.paths)
    wanted = None
    if not no_hedge and not (mandate is None and hedge_target is None):
        wanted = asked_hedge(hedge_target, mandate, None, None, None, factors)
    shown = present(
        theme=theme,
        language=language,
        form=form,
        sections=sections,
        paper=paper,
        factors=factors,
    )
    limit = read_limit(loss_limit)
    with steps() as step:
        step("Loading the factor")
        question = Question(
            factor=factor, severity=severity, mode=mode, factors=factors
        )
        main, more = question.asked()
    request = Request(
        files=files,
        main=main,
        more=more,
        limit=limit,
        presentation=shown,
        mandate=wanted.mandate if wanted else None,
        target=wanted.target if wanted else None,
        json=json,
        factors=factors,
    )
    with counting("Portfolios") as counter:
        outcome = run_batch(
            source,
            output,
            request,
            jobs=jobs or _processors(),
            started=counter.start,
            ended=lambda _: counter.one_more(),
            exit_codes=EXIT_CODES if done else None,
        )
    _show(outcome, output)
    code = _exit_code(outcome.summary)
    if code:
        raise typer.Exit(code)


def _check_there(paths: tuple[Path, ...]) -> None:
    """Refuse, before any work, a file that every portfolio would fail without."""
    for path in paths:
        if not path.is_file():
            raise InputError(f"There is no file {path}.", code="not-found")


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _exit_code(summary: BatchSummary) -> int:
    happened = {line.status for line in summary.failed}
    return next((c for status, c in EXIT_CODES.items() if status in happened), 0)


def _show(outcome: Outcome, folder: Path) -> None:
    from rich.text import Text

    from stresskit.book.files.folder import COMPARISON
    from stresskit.cli.show import print_plain, signed, table_of

    summary = outcome.summary
    done, failed = summary.done, summary.failed
    table = table_of("Largest losses", "", "Name", "P&L", "P&L %", "Breach")
    for rank, line in enumerate(done[:SHOWN], 1):
        breach = summary.breaches(line)
        table.add_row(
            str(rank),
            # Two files may hold portfolios of one name.
            line.file,
            _money(line),
            ""
            if line.pnl_pct is None
            else signed(f"{line.pnl_pct:+.2%}", line.pnl_pct),
            Text("yes", style="red") if breach else "no" if breach is False else "-",
        )
    breaches = sum(summary.breaches(line) is True for line in done)
    limit = f"{summary.limit:g}"
    if summary.limit_share:
        limit = f"{summary.limit * 100:g}%"
    print_plain(
        Text(
            f"{len(done)} of {len(summary.lines)} portfolios stressed, {breaches} "
            f"breach the limit of {limit}.",
            style="bold",
        ),
        *(("", table) if done else ()),
        *([f"and {len(done) - SHOWN} more"] if len(done) > SHOWN else []),
    )
    said: list[str | Text] = []
    for line in failed[:SHOWN]:
        said.append(Text("error: ", style="bold red") + f"{line.file}: {line.message}")
        said += [f"  fix: {line.fix}"] if line.fix else []
    if len(failed) > SHOWN:
        said.append(f"  and {len(failed) - SHOWN} more: see the sheet Not done.")
    said += [f"left out: {name} ({why})" for name, why in summary.left_out[:SHOWN]]
    if len(summary.left_out) > SHOWN:
        hidden = len(summary.left_out) - SHOWN
        said.append(f"  and {hidden} more: see the sheet Not done.")
    said += [f"of an earlier run, left as it is: {n}" for n in outcome.stale[:SHOWN]]
    said.append(f"{outcome.run} run, {outcome.kept} kept from before.")
    if summary.lines:
        said.append(f"Comparison: {folder / COMPARISON}")
    print_plain(*said, stderr=True)


def _money(line: BatchLine) -> str:
    return "" if line.pnl is None else f"{line.pnl:,.0f} {line.currency or ''}".strip()

"""The command ``stresskit batch``: a folder of holdings, a folder of workbooks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stresskit.asking import DEFAULT_LIMIT, asked_hedge
from stresskit.cli.league import EXIT_CODES, SHOWN, exit_code, show_league
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
    ScenarioOption,
    SeverityOption,
    TargetOption,
    date_of,
)
from stresskit.errors import InputError

if TYPE_CHECKING:
    from stresskit.book.files import Outcome


def batch(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT",
            help="A folder of holdings with its subfolders or one file, or a book: a "
            "Parquet or CSV file, a folder of them or a DuckDB database with a column "
            "portfolio.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="The folder of results; what is done in it is kept.",
            show_default=False,
        ),
    ],
    json: Annotated[
        bool, typer.Option("--json", help="Write the figures of each as JSON too.")
    ] = False,
    factor: FactorOption = DEFAULT_FACTOR,
    severity: SeverityOption = 1.0,
    mode: ModeOption = "factor",
    scenario: ScenarioOption = None,
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
    table: Annotated[
        str | None,
        typer.Option("--table", help="Of a book: the table of a DuckDB database."),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            "--columns",
            help="Of a book: which column is what, portfolio=CLIENT,isin=CODE.",
        ),
    ] = None,
    engine: Annotated[
        str,
        typer.Option("--engine", help="Of a book: duckdb, pandas or spark."),
    ] = "duckdb",
    master: Annotated[
        str | None,
        typer.Option("--master", help="Of --engine spark: the cluster's URL."),
    ] = None,
    positions: Annotated[
        bool,
        typer.Option(
            "--positions", help="Of a book: write a row per position and scenario too."
        ),
    ] = False,
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile",
            help="Of a book: positions in another form too; ore for ORE's columns.",
        ),
    ] = None,
    reports: Annotated[
        str,
        typer.Option(
            "--reports",
            help="Of a book: who gets a workbook: none, breaches, all, or a text file "
            "with a portfolio per line.",
        ),
    ] = "none",
    part_rows: Annotated[
        int | None,
        typer.Option(
            "--part-rows",
            min=1,
            help="Of a book: about how many rows are one part of the results, which a "
            "killed run does not do again.",
        ),
    ] = None,
    progress: Annotated[
        str,
        typer.Option(
            "--progress",
            help="Of a book: auto (a bar on a terminal, else lines), json (events, one "
            "a line, on stderr) or none.",
        ),
    ] = "auto",
) -> None:
    """Stress many portfolios: a folder of holdings, or a book in one table."""
    from stresskit.asking import Files, Question
    from stresskit.book.files import Request, run_batch
    from stresskit.book.table.source import find_source, is_book, named_columns
    from stresskit.cli.book_app import run_and_show
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
            factor=factor,
            severity=severity,
            mode=mode,
            scenarios=None if scenario is None else tuple(scenario),
            factors=factors,
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
    of_book = {
        "table": table,
        "columns": columns,
        "master": master,
        "profile": profile,
        "positions": positions,
    }
    if any(of_book.values()) or is_book(source):
        from stresskit.book.table.run import SHARD_ROWS, Wanted

        if done:
            raise InputError(
                "--done is for a folder of holdings, and this is a book.",
                hint="Leave it out.",
                code="done",
            )
        if json:
            raise InputError(
                "--json is for a folder of holdings, and this is a book.",
                hint="Leave it out: its figures are in Parquet.",
                code="json",
            )
        wanted_of = Wanted(
            engine=engine,
            master=master,
            positions=positions,
            profile=profile,
            reports=reports,
            jobs=jobs or _processors(),
            shard_rows=part_rows or SHARD_ROWS,
        )
        found = find_source(source, table=table, columns=named_columns(columns))
        run_and_show(found, output, request, wanted_of, progress)
        return
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
    code = exit_code(outcome.summary)
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


def _show(outcome: Outcome, folder: Path) -> None:
    from rich.text import Text

    from stresskit.book.files.folder import COMPARISON
    from stresskit.cli.show import print_plain

    summary = outcome.summary
    failed = summary.failed
    show_league(summary)
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

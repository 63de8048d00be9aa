"""``stresskit factor``: list, show, define, build and check event factors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from stresskit.cli.options import DEFAULT_FACTOR, FactorsOption, JsonOption
from stresskit.errors import InputError

if TYPE_CHECKING:
    from stresskit.model import Factor

factor_app = typer.Typer(
    help="List, show, define, build and check event factors.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def _day(text: str, option: str) -> str:
    import datetime as dt

    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise InputError(
            f"{option} {text!r} is not a date.", hint="Write it like 2025-01-27."
        ) from error


@factor_app.command("list")
def factor_list(json: JsonOption = None, factors: FactorsOption = None) -> None:
    """List every factor that can be used."""
    from rich.table import Table

    from stresskit.cli.show import print_plain
    from stresskit.factors import list_factors
    from stresskit.writers import write_json

    found = list_factors(factors=factors)
    if json is not None:
        rows = [
            {**f, "event": {k: str(v) for k, v in f["event"].items()}} for f in found
        ]
        write_json(json, {"schema": "stresskit/factors/1", "factors": rows})
        return
    table = Table(box=None, pad_edge=False)
    for column in ("Id", "Revision", "Event", "Title"):
        table.add_column(column)
    for f in found:
        day = f["event"].get("start")
        table.add_row(f["id"], str(f["revision"]), str(day), f["title"])
    print_plain(table)


@factor_app.command("show")
def factor_show(
    factor: Annotated[str, typer.Argument(help="Id or folder.")],
    json: JsonOption = None,
    factors: FactorsOption = None,
) -> None:
    """Show a factor's shocks with their evidence."""
    from stresskit.cli.show import factor_table, print_plain
    from stresskit.factors import load_factor
    from stresskit.writers import write_json
    from stresskit.writers.factor_folder import factor_table as factor_tables

    loaded = load_factor(factor, factors=factors)
    if json is not None:
        content = factor_tables(loaded)
        content["event"] = {k: str(v) for k, v in content["event"].items()}
        content["market"] = [
            {**m, "start": str(m["start"]), "end": str(m["end"])}
            for m in content["market"]
        ]
        write_json(json, {**content, "sha256": loaded.sha256})
        if str(json) == "-":
            return
    print_plain(*factor_table(loaded))


@factor_app.command("new")
def factor_new(
    factor: Annotated[str, typer.Argument(help="Id of the new factor.")],
    moves: Annotated[
        Path,
        typer.Option(
            "--moves", help="Table: segment, move[, standard error][, group]."
        ),
    ],
    event: Annotated[
        str | None, typer.Option("--event", help="Day, e.g. 2025-01-27; else today.")
    ] = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="The column move holds total returns.")
    ] = False,
    market: Annotated[
        str | None,
        typer.Option("--market", help="Return of the market outside the theme: -1%."),
    ] = None,
    basis: Annotated[
        str,
        typer.Option("--basis", help="Factor whose betas and value chain are used."),
    ] = DEFAULT_FACTOR,
    title: Annotated[str, typer.Option("--title", help="What it is called.")] = "",
    purpose: Annotated[
        str, typer.Option("--purpose", help="What questions it is for.")
    ] = "",
    narrative: Annotated[
        str, typer.Option("--narrative", help="What happens, in a few sentences.")
    ] = "",
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder the factor folder goes in.")
    ] = Path(),
    factors: FactorsOption = None,
) -> None:
    """Define a factor from a table of segment moves."""
    import datetime as dt

    from stresskit.cli.show import factor_table, issues_block, print_plain
    from stresskit.factors import Words, define_factor, load_factor, save_factor
    from stresskit.readers.moves import read_return

    day = dt.date.fromisoformat(_day(event, "--event")) if event else None
    given = {"title": title, "purpose": purpose, "narrative": narrative}
    made = define_factor(
        factor,
        moves=moves,
        day=day,
        raw=raw,
        market=None if market is None else read_return(market, "--market"),
        basis=basis,
        factors=factors,
        # Line breaks of a shell's quotes would break the lines of the table.
        **cast("Words", {k: " ".join(v.split()) for k, v in given.items() if v}),
    )
    _check_place(made, output, factors)
    folder = save_factor(made, output / factor, notes=_stated_notes(made, moves))
    print_plain(*factor_table(load_factor(folder, factors=factors)))
    print_plain("", *issues_block(made.issues), "", stderr=True)
    print_plain(f"Factor: {folder}", stderr=True)
    print_plain(f"Next: stresskit stress HOLDINGS --factor {folder}/", stderr=True)


def _check_place(made: Factor, output: Path, factors: Path | None) -> None:
    """Refuse, before anything is written, what could not be found or read later."""
    from stresskit.errors import FactorError
    from stresskit.factors import find_folders, load_chain

    known = find_folders("factor.toml", factors).get(made.id)
    if known is not None and known.resolve() != (output / made.id).resolve():
        raise FactorError(
            f"There is a factor {made.id!r} already: {known}.",
            hint="Choose another id.",
            code="id-taken",
        )
    beside = output / made.chain.id
    own = (beside / "segments.toml").is_file()
    found = load_chain(beside if own else made.chain.id, factors=factors)
    if found.sha256 != made.chain.sha256:
        raise FactorError(
            f"The value chain {made.chain.id} that would be found from {output} is "
            "not the one of the basis.",
            hint="Write beside the basis with --output.",
            code="other-chain",
        )


def _stated_notes(made: Factor, moves: Path) -> str:
    """Return the notes of a stated factor: what was stated, what was assumed."""
    stated = [
        f"- {m.segment} {m.move:+.2%}{' total' if m.raw else ''} ({m.where})"
        for m in made.stated
    ]
    assumed = [f"- {i.message}" for i in made.issues]
    what = (
        f"Moves as stated in {moves.name}; nothing was estimated. Betas, volatilities "
        f"and histories are those of {made.basis}."
    )
    lines = [f"# {made.title}", "", what, "", *stated, ""]
    if assumed:
        lines += ["What is assumed:", "", *assumed, ""]
    return "\n".join(lines)


@factor_app.command("build")
def factor_build(
    factor: Annotated[str, typer.Argument(help="Id of the new factor.")],
    prices: Annotated[
        Path, typer.Option("--prices", help="Adjusted closes: dates by tickers.")
    ],
    event: Annotated[str, typer.Option("--event", help="First day of the event.")],
    until: Annotated[
        str | None, typer.Option("--until", help="Last day, if more than one.")
    ] = None,
    chain: Annotated[
        str, typer.Option("--chain", help="Value chain, id or folder.")
    ] = "ai-value-chain",
    about: Annotated[
        Path | None,
        typer.Option("--about", help="TOML with title, narrative, sources, notes."),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder the factor folder goes in.")
    ] = Path(),
    factors: FactorsOption = None,
) -> None:
    """Estimate a factor from a file of adjusted closes."""
    import datetime as dt

    from stresskit.cli.progress import steps
    from stresskit.cli.show import factor_table, print_plain
    from stresskit.factors import build_factor, load_factor, save_factor

    start = dt.date.fromisoformat(_day(event, "--event"))
    end = dt.date.fromisoformat(_day(until, "--until")) if until else start
    with steps() as step:
        step("Estimating the factor")
        made = build_factor(
            factor,
            prices=prices,
            start=start,
            end=end,
            chain=chain,
            about=about,
            factors=factors,
        )
        step("Writing the folder")
        told = about.read_text(encoding="utf-8") if about else ""
        folder = save_factor(
            made, output / factor, notes=_notes(factor, about), about=told
        )
    print_plain(*factor_table(load_factor(folder, factors=factors)))
    print_plain(f"Factor: {folder}", stderr=True)


def _notes(factor: str, about: Path | None) -> str:
    from stresskit.readers.factor_folder import read_about

    told = read_about(about).get("notes", "") if about else ""
    return f"# {factor}\n\n{told.strip() or 'Estimated from prices.'}\n"


@factor_app.command("check")
def factor_check(
    factor: Annotated[str, typer.Argument(help="Id or folder.")],
    factors: FactorsOption = None,
) -> None:
    """Check a factor folder: files, schema, shocks recomputed from the evidence."""
    from stresskit.cli.show import print_plain
    from stresskit.factors import check_factor

    wrong = check_factor(factor, factors=factors)
    if wrong:
        print_plain(*wrong)
        raise typer.Exit(2)
    print_plain(f"{factor}: in order.")

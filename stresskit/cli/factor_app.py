"""``stresskit factor list | show | check``: look at event factors."""

from __future__ import annotations

from typing import Annotated

import typer

from stresskit.cli.options import DEFAULT_FACTOR, FactorsOption, JsonOption

factor_app = typer.Typer(
    help="List, show, define, build, vary and check event factors.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@factor_app.command("list")
def factor_list(
    json: JsonOption = None,
    like: Annotated[
        str, typer.Option("--like", help="Event that the others are compared with.")
    ] = DEFAULT_FACTOR,
    factors: FactorsOption = None,
) -> None:
    """List every factor that can be used, and what it is for."""
    from stresskit.cli.show import issues_block, print_plain
    from stresskit.cli.show_factor import factor_list_table
    from stresskit.factors import factor_plugin_issues, list_factors
    from stresskit.writers import write_json

    found = list_factors(factors=factors, like=like)
    failed = factor_plugin_issues()
    if failed:
        print_plain(*issues_block(failed, most=20), stderr=True)
    if json is not None:
        content = {"schema": "stresskit/factors/1", "like": like, "factors": found}
        write_json(json, content)
        if str(json) == "-":
            return
    print_plain(factor_list_table(found, like))


@factor_app.command("show")
def factor_show(
    factor: Annotated[str, typer.Argument(help="Id, folder, or ID@N.")],
    json: JsonOption = None,
    factors: FactorsOption = None,
) -> None:
    """Show a factor's shocks with their evidence."""
    from stresskit.cli.show import issues_block, print_plain
    from stresskit.cli.show_factor import factor_tables
    from stresskit.factors import load_factor
    from stresskit.writers import write_json
    from stresskit.writers.factor_folder import factor_table

    loaded = load_factor(factor, factors=factors)
    if json is not None:
        content = {**factor_table(loaded), "sha256": loaded.sha256}
        write_json(json, content)
        if str(json) == "-":
            return
    print_plain(*factor_tables(loaded))
    if loaded.issues:
        print_plain("", *issues_block(loaded.issues), stderr=True)


@factor_app.command("check")
def factor_check(
    factor: Annotated[str, typer.Argument(help="Id, folder, or ID@N.")],
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

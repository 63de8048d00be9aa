"""How reports look: the options that say so, and ``stresskit theme``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stresskit.cli.options import FactorsOption

ThemeOption = Annotated[
    str,
    typer.Option(
        "--theme",
        help="The report's look: a shipped theme (stresskit theme list) or a TOML "
        "file with a logo, colours, fonts and words of your own.",
    ),
]
LanguageOption = Annotated[
    str, typer.Option("--language", help="The report's language: en, de or fr.")
]
FormOption = Annotated[
    str,
    typer.Option(
        "--form", help="full for committees, short for clients (fewer sheets)."
    ),
]
SectionsOption = Annotated[
    str | None,
    typer.Option(
        "--sections",
        help="The report's sections in place of the form's, with commas: summary, "
        "scenario, attribution, breakdowns, positions, scenarios, sensitivities, "
        "hedges, hedge-detail, quality, validation, assumptions, method, limitations, "
        "checks, run-log.",
    ),
]
PaperOption = Annotated[
    str, typer.Option("--paper", help="The paper it prints on: A4 or Letter.")
]
ClientOption = Annotated[
    str, typer.Option("--client", help="Whom the report is for, on its cover.")
]
PdfOption = Annotated[
    Path | None,
    typer.Option(
        "--pdf", help="Write the report as PDF here, too (needs LibreOffice)."
    ),
]

theme_app = typer.Typer(
    help="The looks of reports: list the shipped ones, print one, check your own.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@theme_app.command("list")
def theme_list(factors: FactorsOption = None) -> None:
    """List the themes that ship, and those of a folder of your own."""
    from stresskit.cli.show import print_plain, table_of
    from stresskit.presenting import load_theme, theme_files

    table = table_of("Themes", "Name", "Title", "Organisation", "Logo")
    for name, path in theme_files(factors=factors).items():
        t = load_theme(path)
        table.add_row(name, t.title, t.organisation, "yes" if t.logo else "no")
    print_plain(table)


@theme_app.command("show")
def theme_show(
    name: Annotated[str, typer.Argument(help="A name, or a file.")],
    factors: FactorsOption = None,
) -> None:
    """Print a theme's file, to start one of your own from."""
    from stresskit.cli.show import print_plain
    from stresskit.presenting import load_theme, theme_files

    theme = load_theme(name, factors=factors)
    path = theme_files(factors=factors).get(name, Path(name))
    typer.echo(path.read_text(encoding="utf-8"), nl=False)
    if theme.logo:
        said = f"Its logo lies in {path.parent}: copy it beside your file."
        print_plain(said, stderr=True)


@theme_app.command("check")
def theme_check(
    file: Annotated[Path, typer.Argument(help="A theme file (TOML).")],
) -> None:
    """Say whether a theme file can be used."""
    from stresskit.cli.show import print_plain
    from stresskit.presenting import load_theme

    t = load_theme(file)
    logo = "with a logo" if t.logo else "without a logo"
    print_plain(f"{t.name} ({t.title}) can be used, {logo}.")

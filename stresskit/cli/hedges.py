"""The mandates there are: ``stresskit mandate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

mandate_app = typer.Typer(
    help="What a client may do about a loss.", no_args_is_help=True
)


@mandate_app.command("list")
def mandate_list() -> None:
    """List the mandates that ship."""
    from stresskit.cli.show import print_plain, table_of
    from stresskit.hedging import load_mandate, mandate_files

    table = table_of("Mandates", "Name", "Title", "Families", "Target")
    for name in mandate_files():
        m = load_mandate(name)
        table.add_row(name, m.title, ", ".join(m.families), m.target.words)
    print_plain(table)


@mandate_app.command("show")
def mandate_show(
    name: Annotated[str, typer.Argument(help="A name, or a file.")],
) -> None:
    """Print a mandate's file, to start one of your own from."""
    from stresskit.hedging import load_mandate, mandate_files

    load_mandate(name)
    path = mandate_files().get(name, Path(name))
    typer.echo(path.read_text(encoding="utf-8"), nl=False)


@mandate_app.command("check")
def mandate_check(
    file: Annotated[Path, typer.Argument(help="A mandate file (TOML).")],
) -> None:
    """Say whether a mandate file can hold, and what it allows."""
    from stresskit.cli.show import print_plain
    from stresskit.hedging import load_mandate

    m = load_mandate(file)
    print_plain(
        f"{m.name} ({m.title}) holds: {', '.join(m.families)}; take away "
        f"{m.target.words}."
    )

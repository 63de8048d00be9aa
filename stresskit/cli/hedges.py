"""What is asked of the hedges on the command line, and the mandates there are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from stresskit.model import (
        Exposures,
        Factor,
        HedgePlan,
        HedgeTarget,
        Mandate,
        StressResult,
        Tradable,
    )

mandate_app = typer.Typer(
    help="What a client may do about a loss.", no_args_is_help=True
)
TITLES = {
    "overlay": "Searching for an overlay",
    "pairs": "Searching for pairs",
    "options": "Valuing options",
    "trim": "Searching for trades",
    "rotation": "Optimising a rotation",
    "cvar": "Drawing the tail",
    "nothing": "Doing nothing",
}


@dataclass(frozen=True)
class AskedHedge:
    """What hedges to search for, read and checked before any work."""

    target: HedgeTarget | None
    mandate: Mandate
    families: tuple[str, ...]
    instruments: tuple[Tradable, ...] | None
    factors: Path | None

    def search(
        self,
        result: StressResult,
        place: Callable[[Factor], Exposures],
        step: Callable[[str], None],
    ) -> HedgePlan:
        """Search, and say which family is being searched."""
        from stresskit.hedging import hedge

        step("Valuing the instruments")
        return hedge(
            result,
            target=self.target,
            mandate=self.mandate,
            instruments=self.instruments,
            place=place,
            families=self.families,
            factors=self.factors,
            progress=lambda family: step(TITLES.get(family, family)),
        )


def asked_hedge(
    target: str | None,
    mandate: str | None,
    families: list[str] | None,
    robust: str | None,
    instruments: Path | None,
    factors: Path | None,
) -> AskedHedge:
    """Read the mandate, the target and the instruments; all words are checked here.

    Raises
    ------
    InputError
        If one of them cannot be used.
    """
    from dataclasses import replace

    from stresskit.hedging import checked_families, load_mandate
    from stresskit.readers.instruments import read_instruments
    from stresskit.readers.mandate import read_target

    found = load_mandate(mandate, factors=factors)
    if robust is not None:
        found = replace(found, robust=robust)
    return AskedHedge(
        target=None if target is None else read_target(target),
        mandate=found,
        families=checked_families(tuple(families or ()), found),
        instruments=None if instruments is None else read_instruments(instruments),
        factors=factors,
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

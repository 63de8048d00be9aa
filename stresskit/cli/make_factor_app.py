"""``stresskit factor new | build | vary``: make an event factor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from stresskit.cli.options import DEFAULT_CHAIN, DEFAULT_FACTOR, FactorsOption
from stresskit.errors import InputError

if TYPE_CHECKING:
    from stresskit.factors import Words
    from stresskit.model import Factor

ESTIMATED = "Estimated from prices."
MarketOption = Annotated[
    str | None,
    typer.Option("--market", help="Return of the market outside the theme: -1%."),
]
TitleOption = Annotated[str, typer.Option("--title", help="What it is called.")]
PurposeOption = Annotated[
    str, typer.Option("--purpose", help="What questions it is for.")
]
NarrativeOption = Annotated[
    str, typer.Option("--narrative", help="What happens, in a few sentences.")
]
OutputOption = Annotated[
    Path, typer.Option("--output", "-o", help="Folder the factor folder goes in.")
]


def _day(text: str, option: str) -> str:
    import datetime as dt

    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise InputError(
            f"{option} {text!r} is not a date.", hint="Write it like 2025-01-27."
        ) from error


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
    market: MarketOption = None,
    basis: Annotated[
        str,
        typer.Option("--basis", help="Factor whose betas and value chain are used."),
    ] = DEFAULT_FACTOR,
    title: TitleOption = "",
    purpose: PurposeOption = "",
    narrative: NarrativeOption = "",
    output: OutputOption = Path(),
    factors: FactorsOption = None,
) -> None:
    """Define a factor from a table of segment moves."""
    import datetime as dt

    from stresskit.factors import define_factor, save_factor
    from stresskit.readers.moves import read_return

    day = dt.date.fromisoformat(_day(event, "--event")) if event else None
    _check_id(factor, output, factors)
    made = define_factor(
        factor,
        moves=moves,
        day=day,
        raw=raw,
        market=None if market is None else read_return(market, "--market"),
        basis=basis,
        factors=factors,
        **_words(title, purpose, narrative),
    )
    _check_chain(made, output, factors)
    folder = save_factor(made, output / factor, notes=_stated_notes(made, moves))
    _show_made(folder, factors)


def _check_id(
    factor: str, output: Path, factors: Path | None, *, revise: bool = False
) -> None:
    """Refuse an id that is taken before any work is done."""
    from stresskit.errors import FactorError, OutputError
    from stresskit.factors import check_id, find_folders

    place = (output / check_id(factor)).resolve()
    for marker, what in (("factor.toml", "factor"), ("segments.toml", "value chain")):
        known = find_folders(marker, factors).get(factor)
        if known is not None and known.resolve() != place:
            raise FactorError(
                f"There is a {what} {factor!r} already: {known}.",
                hint="Choose another id.",
                code="id-taken",
            )
    if place.exists() and not revise:
        raise OutputError(
            f"{output / factor} exists; a published factor is never overwritten.",
            hint="Choose another id or another folder with --output. factor build "
            "writes a new revision with --revise REASON.",
        )


def _check_chain(made: Factor, output: Path, factors: Path | None) -> None:
    """Refuse, before anything is written, a chain that could not be found later."""
    from stresskit.errors import FactorError
    from stresskit.factors import load_chain

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


def factor_build(
    factor: Annotated[str, typer.Argument(help="Id of the new factor.")],
    prices: Annotated[
        Path, typer.Option("--prices", help="Adjusted closes: dates by tickers.")
    ],
    event: Annotated[str, typer.Option("--event", help="First day of the event.")],
    until: Annotated[
        str | None, typer.Option("--until", help="Last day, if more than one.")
    ] = None,
    estimate_until: Annotated[
        str | None,
        typer.Option(
            "--estimate-until",
            help="Last day of the estimation window; else 20 sessions before.",
        ),
    ] = None,
    chain: Annotated[
        str, typer.Option("--chain", help="Value chain, id or folder.")
    ] = DEFAULT_CHAIN,
    about: Annotated[
        Path | None,
        typer.Option(
            "--about", help="TOML: title, purpose, narrative, windows, sources, ..."
        ),
    ] = None,
    copies: Annotated[
        Path | None,
        typer.Option("--copies", help="Table ticker,copies: how well copies agree."),
    ] = None,
    index: Annotated[
        str | None,
        typer.Option("--index", help="Column of the naive baseline's index."),
    ] = None,
    revise: Annotated[
        str | None,
        typer.Option("--revise", help="Reason of a new revision of what exists."),
    ] = None,
    output: OutputOption = Path(),
    factors: FactorsOption = None,
) -> None:
    """Estimate a factor from a file of adjusted closes."""
    import datetime as dt

    from stresskit.cli.progress import steps
    from stresskit.factors import build_factor, save_factor
    from stresskit.readers.about import read_about

    if revise is not None and not revise.strip():
        raise InputError(
            "--revise has no reason.", hint="Say in a few words what changed, and why."
        )
    _check_id(factor, output, factors, revise=revise is not None)
    start = dt.date.fromisoformat(_day(event, "--event"))
    end = dt.date.fromisoformat(_day(until, "--until")) if until else start
    told = read_about(about) if about else {}
    if estimate_until:
        last = _day(estimate_until, "--estimate-until")
        told["estimate_until"] = dt.date.fromisoformat(last)
    if index:
        told["index"] = index
    with steps() as step:
        step("Estimating the factor")
        made = build_factor(
            factor,
            prices=prices,
            start=start,
            end=end,
            chain=chain,
            about=told,
            copies=copies,
            factors=factors,
        )
        step("Writing the folder")
        _check_chain(made, output, factors)
        folder = save_factor(
            made,
            output / factor,
            notes=f"# {factor}\n\n{told.get('notes', '').strip() or ESTIMATED}\n",
            about=about.read_text(encoding="utf-8") if about else "",
            revise=revise,
        )
    _show_made(folder, factors)


def factor_vary(
    factor: Annotated[str, typer.Argument(help="Id of the variant.")],
    of: Annotated[
        str, typer.Option("--of", help="Factor that is varied: id, folder, ID@N.")
    ] = DEFAULT_FACTOR,
    driver: Annotated[
        list[str] | None,
        typer.Option("--driver", help="NAME=SCALE, e.g. compute_demand=1.5."),
    ] = None,
    market: MarketOption = None,
    title: TitleOption = "",
    purpose: PurposeOption = "",
    narrative: NarrativeOption = "",
    output: OutputOption = Path(),
    factors: FactorsOption = None,
) -> None:
    """Make a variant of a factor: narrative drivers scaled, the market set."""
    from stresskit.factors import load_factor, save_factor, vary_factor
    from stresskit.readers.moves import read_return

    _check_id(factor, output, factors)
    made = vary_factor(
        factor,
        of=of,
        drivers=_drivers(driver or []),
        market=None if market is None else read_return(market, "--market"),
        factors=factors,
        **_words(title, purpose, narrative),
    )
    _check_chain(made, output, factors)
    notes = _variant_notes(made, load_factor(of, factors=factors))
    _show_made(save_factor(made, output / factor, notes=notes), factors)


def _variant_notes(made: Factor, basis: Factor) -> str:
    """Return the notes of a variant: what was set, and what it changes."""
    changed = made.variant
    lines = [f"# {made.title}", "", made.narrative, "", f"Set: {made.basis} with", ""]
    if changed:
        lines += [f"- {k} times {v:g}" for k, v in changed.drivers.items()]
    if changed and changed.market is not None:
        lines.append(f"- the market outside the theme at {changed.market:+.2%}")
    lines += ["", "| segment | basis | variant |", "|---|---|---|"]
    lines += [
        f"| {b.segment} | {b.shrunk:+.2%} | {v.shrunk:+.2%} |"
        for b, v in zip(basis.shocks, made.shocks, strict=True)
    ]
    return "\n".join([*lines, ""])


def _drivers(texts: list[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, scale in map(_driver, texts):
        if name in found:
            raise InputError(f"--driver {name} stands twice.", hint="Keep one.")
        found[name] = scale
    return found


def _driver(text: str) -> tuple[str, float]:
    name, sign, scale = text.partition("=")
    try:
        value = float(scale)
    except ValueError as error:
        raise InputError(
            f"--driver {text!r} has no number.",
            hint="Write it like compute_demand=1.5.",
        ) from error
    if not (sign and name):
        raise InputError(
            f"--driver {text!r} is not NAME=SCALE.",
            hint="Write it like compute_demand=1.5.",
        )
    return name.strip(), value


def _show_made(folder: Path, factors: Path | None) -> None:
    """Print a factor as it was written, and what its author must know."""
    from stresskit.cli.show import issues_block, print_plain
    from stresskit.cli.show_factor import factor_tables
    from stresskit.factors import load_factor

    made = load_factor(folder, factors=factors)
    print_plain(*factor_tables(made))
    print_plain("", *issues_block(made.issues), "", stderr=True)
    print_plain(f"Factor: {folder}", stderr=True)
    print_plain(f"Next: stresskit stress HOLDINGS --factor {folder}/", stderr=True)


def _words(title: str, purpose: str, narrative: str) -> Words:
    """Return the words that were given, on one line each."""
    given = {"title": title, "purpose": purpose, "narrative": narrative}
    # Line breaks of a shell's quotes would break the lines of the table.
    return cast("Words", {k: " ".join(v.split()) for k, v in given.items() if v})


# In the order of the help.
MAKERS = (factor_new, factor_build, factor_vary)

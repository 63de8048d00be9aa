"""The options that several commands share."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

Holdings = Annotated[
    Path,
    typer.Argument(
        help="A holdings file: .xlsx, .xls, .ods, .csv, Parquet, JSON, 13F, TPT ...",
        show_default=False,
    ),
]
SheetOption = Annotated[
    str | None,
    typer.Option("--sheet", help="Sheet of the workbook to read; '*' reads all."),
]
TableOption = Annotated[
    str | None,
    typer.Option(
        "--table", help="Table to read: its number from 1, or a range (B12:H40)."
    ),
]
ColumnsOption = Annotated[
    str | None,
    typer.Option(
        "--columns",
        help="Which column is what: a file of --save-columns, or name=B,value=F.",
    ),
]
PasswordOption = Annotated[
    str | None,
    typer.Option(
        "--password",
        help="Password of a protected workbook; - asks for it.",
        envvar="STRESSKIT_PASSWORD",
        show_envvar=True,
    ),
]
BaseOption = Annotated[
    str | None,
    typer.Option("--base-currency", help="Currency of the portfolio, e.g. EUR."),
]
FxOption = Annotated[
    Path | None,
    typer.Option("--fx", help="Exchange rates: a table currency,rate,base."),
]
PricesOption = Annotated[
    Path | None,
    typer.Option(
        "--prices",
        help="Adjusted closes: they value what has a quantity only, and update where "
        "holdings stand.",
    ),
]
FactorOption = Annotated[
    str, typer.Option("--factor", help="Id or folder of the event factor.")
]
FactorsOption = Annotated[
    Path | None, typer.Option("--factors", help="Folder with factors of your own.")
]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        help="Date of the holdings (2025-01-24), in place of the file's: options and "
        "bonds are valued on it.",
    ),
]
OverridesOption = Annotated[
    Path | None,
    typer.Option("--overrides", help="Your own placements (see stresskit map -o)."),
]
FundOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fund",
        help="What a fund holds: ISIN=FILE, or FILE named after its ISIN or ticker. "
        "May be given several times.",
    ),
]
JsonOption = Annotated[
    Path | None, typer.Option("--json", help="Write JSON here; - is stdout.")
]
SeverityOption = Annotated[
    float, typer.Option("--severity", help="1 is the event itself; 0 to 10.")
]
ModeOption = Annotated[
    str,
    typer.Option(
        "--mode", help="factor: an event of this kind; replay: the same day again."
    ),
]
TargetOption = Annotated[
    str | None,
    typer.Option(
        "--hedge-target",
        help="What to take away: 0.5 or 50% of the loss, an amount, or floor=4% (the "
        "largest loss left, of the value). The mandate's unless said; half "
        "without one.",
    ),
]
MandateOption = Annotated[
    str | None,
    typer.Option(
        "--mandate",
        help="What the client may do: a TOML file, or a name of `stresskit mandate "
        "list`. Without one every family is shown.",
    ),
]
InstrumentsOption = Annotated[
    Path | None,
    typer.Option(
        "--instruments", help="A CSV table of instruments of your own, with their cost."
    ),
]
FamilyOption = Annotated[
    list[str] | None,
    typer.Option(
        "--family",
        help="Only this family: overlay, pairs, options, trim, rotation, cvar, "
        "nothing. May be given several times.",
    ),
]
RobustOption = Annotated[
    str | None,
    typer.Option(
        "--robust",
        help="Let the hedge reach its target though instruments deliver less: budget "
        "(the worst one or two) or ellipsoid (all together).",
    ),
]
OrdersOption = Annotated[
    Path | None,
    typer.Option("--orders", help="Write the orders of all suggestions here (.csv)."),
]
NoHedgeOption = Annotated[
    bool, typer.Option("--no-hedge", help="Leave the hedges out (faster).")
]
LimitOption = Annotated[
    str,
    typer.Option(
        "--loss-limit",
        help="A loss to find the way to: an amount, 10% of the value, or none.",
    ),
]
DEFAULT_FACTOR = "deepseek-2025-01-27"
DEFAULT_CHAIN = "ai-value-chain"


def date_of(text: str | None) -> dt.date | None:
    """Return a date given as an option.

    Raises
    ------
    InputError
        If it is none.
    """
    from stresskit.errors import InputError

    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            f"--as-of {text}: no date.",
            hint="Write it as 2025-01-24.",
            code="date",
        ) from error


def funds_of(given: list[str] | None) -> dict[str, Path]:
    """Return the file of each fund by what names it.

    Raises
    ------
    InputError
        If a file is not there, or a fund has two.
    """
    from stresskit.core.identifiers import ticker_key
    from stresskit.errors import InputError

    found: dict[str, Path] = {}
    for text in given or ():
        key, _, name = text.partition("=")
        alone = not name or Path(text).is_file()
        path = Path(text if alone else name)
        key = path.stem if alone else key.strip()
        if not (key and path.is_file()):
            raise InputError(
                f"--fund {text}: there is no file {path}."
                if text
                else "--fund names no fund.",
                hint="Give ISIN=FILE, the file being the fund's holdings.",
                code="fund",
            )
        same = next((k for k in found if ticker_key(k) == ticker_key(key)), None)
        if same is not None:
            raise InputError(
                f"--fund: {key} has two files, {found[same]} and {path}.",
                hint="Give one file per fund.",
                code="fund",
            )
        found[key] = path
    return found


ScenarioOption = Annotated[
    list[str] | None,
    typer.Option(
        "--scenario",
        help="One more scenario: a line (deepseek-overspend,severity=2,AI_ACCEL=-20%), "
        "a TOML file, or severities, path, variants, library. May be given several "
        "times; severities and path unless said, none for none.",
    ),
]

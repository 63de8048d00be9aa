"""The two ends of the straight line: read a file, write a report."""

from __future__ import annotations

import math
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stresskit.errors import HoldingsError, InputError, PluginError, StresskitError
from stresskit.factors.folders import is_file
from stresskit.model import Content
from stresskit.plugins import load_plugins, make
from stresskit.readers.files import file_name, file_sha256, file_stem

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from stresskit.model import (
        Factor,
        HedgePlan,
        Portfolio,
        Presentation,
        StressResult,
        Validation,
    )
    from stresskit.readers.files import Given


def read_holdings(  # noqa: PLR0913 - a keyword for each option of the command
    path: Given,
    *,
    sheet: str | None = None,
    table: str | None = None,
    columns: Given | None = None,
    password: str | None = None,
    base_currency: str | None = None,
    fx: Given | Mapping[str, float] | None = None,
    prices: Given | None = None,
    as_of: dt.date | None = None,
) -> Portfolio:
    """Read a holdings file into a portfolio with its issues.

    Parameters
    ----------
    path
        A spreadsheet, text table, Parquet, JSON, 13F, N-PORT or TPT file; the content
        decides, not the extension. A ``Content`` stands for any file here: its bytes
        are read, and nothing is written.
    sheet
        The sheet to take; ``*`` takes all, None those that belong together.
    table
        The table to take: its number from 1, or its range (``B12:H40``).
    columns
        A TOML file that says which column is what, or pairs (``name=B,value=F``).
    password
        Of a protected workbook.
    base_currency
        ISO 4217 code of the portfolio's currency, where the file does not say.
    fx
        Base currency per unit of each currency, or a file with the columns
        currency, rate and base.
    prices
        A file of prices (dates by tickers) for positions with a quantity only.
    as_of
        The date of the holdings, in place of the file's.

    Raises
    ------
    HoldingsError
        If the file gives no portfolio; ``issues`` says everything found.
    InputError
        If the exchange rates or prices cannot be read.
    MissingExtra
        If the format needs a package that is not installed.
    """
    from stresskit.readers import fx_to_base, read_fx, read_holdings_file, read_prices

    rates: Mapping[str, float] | Callable[[str], Mapping[str, float]] | None
    if isinstance(fx, str | Path | Content):
        rates = partial(fx_to_base, read_fx(fx))
    else:
        rates = None if fx is None else _checked_rates(fx)
    asked = _asked_reading(
        sheet=sheet,
        table=table,
        columns=columns,
        base_currency=base_currency,
        fx=fx,
        prices=prices,
        as_of=as_of,
    )
    portfolio = read_holdings_file(
        path,
        sheet=sheet,
        table=table,
        columns=columns,
        password=password,
        base_currency=base_currency.upper() if base_currency else None,
        fx=rates,
    )
    portfolio = replace(portfolio, asked=asked, as_of=as_of or portfolio.as_of)
    if prices is None:
        return portfolio
    from stresskit.core.valuation import value_quantities

    panel = read_prices(prices)
    return value_quantities(portfolio, panel, file_name(prices))


def _asked_reading(**given: Any) -> dict[str, str]:
    """Return the options a file was read with: of side files, name and SHA-256."""
    asked = {}
    for name, value in given.items():
        if name in ("columns", "fx", "prices") and _is_side_file(value):
            asked[f"{name}_file"] = file_name(value)
            asked[f"{name}_sha256"] = file_sha256(value)
        elif value is not None:
            asked[name] = "given" if name == "fx" else str(value)
    return asked


def _is_side_file(value: Any) -> bool:
    if isinstance(value, Content):
        return True
    return isinstance(value, str | Path) and is_file(Path(value))


def _checked_rates(fx: Mapping[str, float]) -> dict[str, float]:
    for code, rate in fx.items():
        if not (isinstance(rate, int | float) and 0 < rate < math.inf):
            raise InputError(
                f"The exchange rate of {code} is {rate!r}.",
                hint="Rates are base currency per unit, above zero.",
                code="fx",
            )
    return dict(fx)


def annotate_holdings(
    path: Given,
    copy: str | Path,
    portfolio: Portfolio,
    *,
    password: str | None = None,
) -> None:
    """Write a copy of an upload with its problem cells marked and commented.

    Parameters
    ----------
    path
        The upload, which is not touched.
    copy
        The copy (.xlsx), whatever the format of the upload.
    portfolio
        What was read from it, with its issues.
    password
        Of a protected workbook.

    Raises
    ------
    InputError
        If the upload cannot be read.
    OutputError
        If the copy cannot be written, or would replace the upload.
    """
    from stresskit.writers import write_annotated_copy
    from stresskit.writers.atomic import write_bytes

    if isinstance(path, Content):
        made = annotated_bytes(path, portfolio, password=password)
        write_bytes(copy, made, suffix=".xlsx")
        return
    cells = _cells_of(path, portfolio, password=password)
    write_annotated_copy(path, copy, portfolio, cells=cells)


def annotated_bytes(
    upload: Given, portfolio: Portfolio, *, password: str | None = None
) -> bytes:
    """Return the copy of ``annotate_holdings`` as the bytes of a workbook (.xlsx).

    Raises
    ------
    InputError
        If the upload cannot be read.
    """
    from stresskit.writers.annotated import annotated_bytes as copied

    cells = _cells_of(upload, portfolio, password=password)
    source = upload if isinstance(upload, Content) else Path(upload)
    return copied(source, portfolio, cells=cells)


def _cells_of(
    upload: Given, portfolio: Portfolio, *, password: str | None
) -> dict[str, list[list[Any]]] | None:
    """Return the cells of what is no plain workbook, by sheet."""
    from stresskit.readers.files import read_source
    from stresskit.readers.files.source import read_by_plugin

    if portfolio.source.get("format") == "xlsx":
        return None
    source = read_source(upload, password=password)
    if source.format != portfolio.source.get("format"):
        # A text that a plugin reads: its cells are those of the plugin.
        source = read_by_plugin(upload, HoldingsError("It was read otherwise."))
    name = file_stem(upload)
    return {g.sheet or name: g.rows for g in source.grids}


def example_files(name: str) -> tuple[Path, Path | None]:
    """Return the holdings and the exchange rates of a shipped example.

    Raises
    ------
    InputError
        If there is no example of that name.
    """
    folder = _examples_folder()
    known = _example_ids()
    if name not in known:
        raise InputError(
            f"There is no example {name!r}.",
            hint=f"Examples: {', '.join(known)}.",
            code="unknown-example",
        )
    holdings = next((folder / name).glob("holdings.*"))
    fx = folder / name / "fx.csv"
    return holdings, fx if fx.is_file() else None


def example_names() -> tuple[tuple[str, str], ...]:
    """Return id and title of the examples that ship."""
    found = []
    for name in _example_ids():
        about = (_examples_folder() / name / "README.md").read_text(encoding="utf-8")
        found.append((name, about.partition("\n")[0].removeprefix("# ")))
    return tuple(found)


def _examples_folder() -> Path:
    package = Path(__file__).parent
    shipped = package / "_examples"
    return shipped if shipped.is_dir() else package.parent / "examples"


def _example_ids() -> list[str]:
    return sorted(p.parent.name for p in _examples_folder().glob("*/holdings.*"))


def write_report(
    path: str | Path,
    result: StressResult,
    plan: HedgePlan | None = None,
    *,
    presentation: Presentation | None = None,
    **look: Any,
) -> Path:
    """Write the Excel report, whole or not at all.

    Parameters
    ----------
    path
        Where it goes (.xlsx).
    result, plan
        What it tells.
    presentation
        How it looks, made by ``stresskit.presenting.present``.
    look
        The same in single words, in its place: ``theme``, ``language``, ``form``,
        ``sections``, ``paper``, ``client``.

    Raises
    ------
    InputError
        If a word of ``look`` is not known.
    OutputError
        If the folder does not exist or cannot be written; a report that exists is
        left as it was.
    """
    from stresskit.presenting import present

    target = Path(path)
    shown = presentation or present(**look)
    write = load_plugins("writers")["xlsx"]
    found = shown_validation(result, shown)
    write(target, result, plan, presentation=shown, validation=found)
    return target


def write_pdf(
    path: str | Path,
    result: StressResult,
    plan: HedgePlan | None = None,
    *,
    presentation: Presentation | None = None,
    **look: Any,
) -> Path:
    """Write the report's sections as PDF; LibreOffice prints them.

    The parameters are those of ``write_report``, the path ends in .pdf. Sheets that
    are there for the formulas alone are left out.

    Raises
    ------
    InputError
        If a word of ``look`` is not known.
    MissingExtra
        If LibreOffice is not installed.
    OutputError
        If the file cannot be written.
    """
    from stresskit.presenting import present
    from stresskit.writers.pdf import write_pdf as convert
    from stresskit.writers.workbook import workbook_bytes

    target = Path(path)
    shown = presentation or present(**look)
    found = shown_validation(result, shown)
    payload = workbook_bytes(
        result, plan, presentation=shown, validation=found, printed=True
    )
    convert(target, payload, language=shown.language)
    return target


def report_bytes(
    result: StressResult,
    plan: HedgePlan | None = None,
    *,
    presentation: Presentation | None = None,
) -> bytes:
    """Return what ``write_report`` writes, for those who send it and keep no file."""
    from stresskit.presenting import present
    from stresskit.writers.workbook import workbook_bytes

    shown = presentation or present()
    found = shown_validation(result, shown)
    return workbook_bytes(result, plan, presentation=shown, validation=found)


def write_with(
    writer: str, path: str | Path, result: StressResult, plan: HedgePlan | None = None
) -> Path:
    """Write a result by the name of a writer, built-in or of a plugin.

    Parameters
    ----------
    writer
        Its name, as ``stresskit plugins`` lists it.
    path
        Where the file goes; it is there whole or not at all.
    result, plan
        What it tells.

    Raises
    ------
    InputError
        If there is no writer of that name.
    PluginError
        If the writer fails.
    OutputError
        If the file cannot be written; one that exists is left as it was.
    """
    from stresskit.writers.atomic import check_target, write_bytes

    made = make("writers")
    known = {plugin.name: (plugin, write) for plugin, write in made.things}
    if writer not in known:
        failed = next((p for p in made.failed if p.name == writer), None)
        if failed is not None:
            raise PluginError(f"{failed.said} {failed.failure}", hint=failed.fix)
        raise InputError(
            f"There is no writer {writer!r}.",
            hint=f"Writers: {', '.join(known)}.",
            code="writer",
        )
    plugin, write = known[writer]
    target = check_target(path, suffix="")
    with tempfile.TemporaryDirectory(prefix="stresskit-") as folder:
        whole = Path(folder) / target.name
        try:
            write(whole, result, plan)
            payload = whole.read_bytes()
        except Exception as error:
            if plugin.built_in and isinstance(error, StresskitError):
                raise
            issue = plugin.issue(f"failed to write {target.name}: {error!r}.")
            raise PluginError(issue.message, hint=issue.fix) from error
    write_bytes(target, payload, suffix="")
    return target


def shown_validation(
    result: StressResult, presentation: Presentation
) -> Validation | None:
    """Return how well the factor would have predicted, where a report shows it."""
    if "validation" not in presentation.shown:
        return None
    return _validation(result.scenario.factor)


_validated: dict[str, Validation] = {}


def _validation(factor: Factor) -> Validation | None:
    """Return how well a factor would have predicted its day; None without evidence."""
    from stresskit.core.validation.validate import validate

    if factor.stated or factor.variant or not factor.evidence:
        return None
    if factor.sha256 not in _validated:
        _validated[factor.sha256] = validate(factor)
    return _validated[factor.sha256]

"""Make a factor: from prices, from moves, from another one; and write its folder."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from stresskit.errors import FactorError
from stresskit.factors.folders import DEFAULT_CHAIN, DEFAULT_FACTOR, check_id
from stresskit.factors.loading import load_chain, load_factor
from stresskit.model import Issue
from stresskit.readers.about import read_about, told_of
from stresskit.readers.factor_folder import factor_identity
from stresskit.writers.factor_folder import write_factor_folder, write_revision

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from stresskit.model import Factor, ValueChain
    from stresskit.readers.move_tables import Moves


class Words(TypedDict, total=False):
    """What an event is called and is about, in the author's words."""

    title: str
    purpose: str
    narrative: str


def build_factor(
    factor_id: str,
    *,
    prices: str | Path | pd.DataFrame,
    start: dt.date,
    end: dt.date | None = None,
    chain: str | Path = DEFAULT_CHAIN,
    about: str | Path | Mapping[str, Any] | None = None,
    copies: str | Path | None = None,
    factors: Path | None = None,
) -> Factor:
    """Estimate an event factor from adjusted closes.

    Parameters
    ----------
    prices
        Dates by tickers, adjusted for splits and dividends: a file (.parquet, .csv,
        .xlsx) or a frame with an index of dates. American lines stand under their
        ticker, others with the suffix of their exchange (``8035.T``).
    start, end
        First and last session of the event; one day if no end is given.
    chain
        The value chain whose segments get shocks: id or folder.
    about
        A TOML file, or its content: title, purpose, narrative, questions, sources,
        windows of regions that traded on other days, estimate_until,
        history_starts, real_jumps, published moves, index (see factors/README.md).
    copies
        A table ``ticker,copies``: how well independent copies of the event's return
        agree; kept with the evidence.

    Raises
    ------
    FactorError
        If the id, the prices, the dates or the value chain cannot be used.
    """
    from stresskit.core.factor.build import build
    from stresskit.core.factor.panel import EventSpec
    from stresskit.core.validation.calibration import calibrated
    from stresskit.readers import checked_prices, read_copies, read_prices

    check_id(factor_id)
    start, last = as_day(start, "start"), as_day(end or start, "end")
    told = (
        read_about(Path(about))
        if isinstance(about, str | Path)
        else told_of(about or {}, "about")
    )
    told.pop("notes", None)
    spec = EventSpec(
        **{
            **told,
            "id": factor_id,
            "title": told.get("title", factor_id),
            "start": start,
            "end": last,
            "questions": tuple(told.get("questions", ())),
            "copies": read_copies(copies) if copies else {},
        }
    )
    panel = (
        read_prices(prices)
        if isinstance(prices, str | Path)
        else checked_prices(prices)
    )
    return calibrated(build(panel, load_chain(chain, factors=factors), spec))


def define_factor(
    factor_id: str,
    *,
    moves: Moves,
    day: dt.date | None = None,
    raw: bool = False,
    market: float | None = None,
    basis: str | Path | Factor = DEFAULT_FACTOR,
    chain: str | Path | None = None,
    factors: Path | None = None,
    **words: Unpack[Words],
) -> Factor:
    """Define an event factor from moves of segments.

    Parameters
    ----------
    moves
        ``{"AI_ACCEL": -0.17}``, a data frame, or a table (.csv, .xlsx) with the
        columns ``segment``, ``move`` and, if known, ``standard error`` and
        ``group``. A segment goes by its id, its title or its GICS sector; a group,
        and MARKET, the return of the market outside the theme, may stand for one.
    day
        The day of the event; today if none is given, and ``issues`` say so.
    raw
        Whether ``move`` holds total returns; beta times MARKET is taken out.
    market
        Return of the market, a decimal, in place of a row MARKET.
    basis
        The factor whose betas, volatilities and value chain are used.
    chain
        The value chain, if it is to be checked that the basis is on it.
    **words
        ``title``, ``purpose`` and ``narrative`` of the event.

    Raises
    ------
    FactorError
        If the id or the moves cannot be used (the message names the row), the basis
        is not found or stands on another value chain.

    Examples
    --------
    >>> made = define_factor("my-event", moves={"AI accelerators": -0.17})
    >>> {s.segment: s.shrunk for s in made.shocks}["AI_ACCEL"]
    -0.17
    """
    from stresskit.core.factor.define import define
    from stresskit.readers.moves import read_moves

    check_id(factor_id)
    _check_words(words)
    on = _loaded(basis, factors)
    if chain is not None:
        _check_chain(load_chain(chain, factors=factors), on)
    rows = read_moves(moves, raw=raw)
    leg = None if market is None else _number_of(market, "The market's return")
    made = define(factor_id, rows, _date_of(day), on, market=leg)
    made = replace(made, **words)
    if day is not None:
        return made
    return replace(made, issues=(_day_assumed(made.event_start), *made.issues))


def vary_factor(
    factor_id: str,
    *,
    of: str | Path | Factor = DEFAULT_FACTOR,
    drivers: Mapping[str, float] | None = None,
    market: float | None = None,
    factors: Path | None = None,
    **words: Unpack[Words],
) -> Factor:
    """Make a variant of a factor: its narrative drivers scaled, its market set.

    Parameters
    ----------
    of
        The factor that is varied: id, folder, or either with ``@N``.
    drivers
        What each driver is multiplied by: ``{"compute_demand": 1.5}``.
    market
        Return of the market outside the theme in every region, a decimal.
    **words
        ``title``, ``purpose`` and ``narrative`` of the variant.

    Raises
    ------
    FactorError
        If the factor or a driver is unknown, nothing is varied, or a shock would be
        no return.

    Examples
    --------
    >>> deeper = vary_factor("deeper", drivers={"compute_demand": 1.5})
    >>> deeper.expert_set
    True
    """
    from stresskit.core.factor.vary import Story, vary

    check_id(factor_id)
    if not drivers and market is None:
        raise FactorError(
            "Nothing is varied.",
            hint="Scale a driver (--driver compute_demand=1.5) or set --market.",
        )
    _check_words(words)
    basis = _loaded(of, factors)
    if not basis.sha256:
        raise FactorError(
            f"{basis.id} is in no folder yet: a variant keeps the hash of its basis.",
            hint="Write it with save_factor and load it first.",
        )
    story = replace(Story(id=factor_id, title=factor_id), **words)
    given = drivers or {}
    scales = {k: _number_of(v, f"The scale of {k}") for k, v in given.items()}
    leg = None if market is None else _number_of(market, "The market's return")
    return vary(basis, story, scales, leg)


def as_day(value: dt.date, what: str) -> dt.date:
    """Return a date, of a date, a timestamp or text like 2025-01-27.

    Raises
    ------
    FactorError
        If it is none of them.
    """
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError as error:
        raise FactorError(
            f"{what} is {value!r}, which is no date.", hint="Give a datetime.date."
        ) from error


def _loaded(factor: str | Path | Factor, factors: Path | None) -> Factor:
    return (
        load_factor(factor, factors=factors)
        if isinstance(factor, str | Path)
        else factor
    )


def _number_of(value: float, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FactorError(
            f"{what} is {value!r}, which is no number.", hint="Write -1% as -0.01."
        )
    return float(value)


def _check_words(words: Words) -> None:
    odd = sorted(set(words) - set(Words.__annotations__))
    if odd:
        raise FactorError(
            f"{odd[0]!r} is not known.",
            hint=f"Words of an event: {', '.join(Words.__annotations__)}.",
        )


def _date_of(day: dt.date | None) -> dt.date:
    """Return the date, of a time stamp too; today where there is none."""
    return as_day(dt.datetime.now().astimezone() if day is None else day, "day")


def _day_assumed(day: dt.date) -> Issue:
    return Issue(
        code="day-assumed",
        severity="info",
        message=f"No day of the event is given: today, {day}, is taken.",
        fix="Give it with --event (day= in Python).",
    )


def _check_chain(chain: ValueChain, basis: Factor) -> None:
    """Refuse a value chain that is not the one the basis stands on."""
    if chain.sha256 != basis.chain.sha256:
        same = " of the same id, but with other files" * (chain.id == basis.chain.id)
        raise FactorError(
            f"{basis.id} is on the value chain {basis.chain.id}, not on {chain.id}"
            f"{same}.",
            hint="Name a basis on your value chain, or leave the chain out: betas and "
            "volatilities are known for the basis's own.",
            code="other-chain",
        )


def save_factor(
    factor: Factor,
    folder: str | Path,
    *,
    notes: str,
    about: str = "",
    revise: str | None = None,
) -> Path:
    """Write a new factor folder; nothing that exists is overwritten.

    Parameters
    ----------
    notes
        The text of ``NOTES.md``.
    about
        The text of ``about.toml``: what the builder was told.
    revise
        The reason of a new revision of a factor that exists: the old one moves to
        ``revisions/N`` as it is, and is still loaded by ``ID@N``.

    Raises
    ------
    FactorError
        If the id is not lower-case letters, digits and hyphens, or not the
        folder's name.
    OutputError
        If the folder exists or cannot be written.
    """
    check_id(factor.id)
    folder = Path(folder)
    if folder.name != factor.id:
        raise FactorError(
            f"The folder {folder.name!r} must be named like the id {factor.id!r}."
        )
    if revise is None:
        write_factor_folder(folder, factor, notes, about)
        return folder
    if not (folder / "factor.toml").is_file():
        raise FactorError(
            f"There is no factor in {folder} to revise.",
            hint="Leave the reason of the revision out to write the first one.",
        )
    last = factor_identity(folder)
    if last["id"] != factor.id:
        raise FactorError(f"{folder} holds the factor {last['id']!r}.")
    number = int(last["revision"])
    following = replace(factor, revision=number + 1, revision_reason=revise)
    write_revision(folder, following, notes, about, earlier=number)
    return folder

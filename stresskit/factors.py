"""Where factor folders are; read one, list all, write one.

A folder with a ``factor.toml`` is a factor, one with a ``segments.toml`` a value
chain. They are looked for in the folder given, in ``STRESSKIT_FACTORS``, in what
plugins bring and in what ships with the package; the same id twice is an error.
"""

from __future__ import annotations

import datetime as dt
import difflib
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from stresskit.errors import FactorError
from stresskit.model import Issue
from stresskit.plugins import plugin_factor_folders
from stresskit.readers.chain_folder import CHAIN_FILES, read_chain_folder
from stresskit.readers.factor_folder import (
    FACTOR_FILES,
    REVISIONS,
    factor_identity,
    read_about,
    read_factor_folder,
)
from stresskit.writers.factor_folder import write_factor_folder, write_revision

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from stresskit.model import Factor, ValueChain
    from stresskit.readers.move_tables import Moves

DEFAULT_FACTOR = "deepseek-2025-01-27"
DEFAULT_CHAIN = "ai-value-chain"
ID_PATTERN = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class Words(TypedDict, total=False):
    """What an event is called and is about, in the author's words."""

    title: str
    purpose: str
    narrative: str


def shipped_folder() -> Path:
    """Return the folder of factors that ships: in the package, else the checkout's."""
    packaged = Path(__file__).parent / "_factors"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "factors"


def search_folders(extra: Path | None = None) -> list[Path]:
    """Return the folders searched, in order.

    Raises
    ------
    FactorError
        If ``extra`` or ``STRESSKIT_FACTORS`` is not a folder.
    """
    folders: list[Path] = []
    for given, name in (
        (extra, "--factors"),
        (os.environ.get("STRESSKIT_FACTORS"), "STRESSKIT_FACTORS"),
    ):
        if given:
            folder = Path(given)
            if not folder.is_dir():
                raise FactorError(
                    f"{name} {str(folder)!r} is not a folder.",
                    hint="Give a folder that holds factor folders.",
                )
            folders.append(folder)
    folders += [*plugin_factor_folders(), shipped_folder()]
    return folders


def find_folders(marker: str, extra: Path | None = None) -> dict[str, Path]:
    """Find every folder with the marker file, by id (the folder's name).

    Raises
    ------
    FactorError
        If two folders share an id.
    """
    found: dict[str, Path] = {}
    seen: set[Path] = set()
    for root in search_folders(extra):
        if root.resolve() in seen:
            continue
        seen.add(root.resolve())
        for folder in sorted(p.parent for p in root.glob(f"*/{marker}")):
            if folder.name in found:
                raise FactorError(
                    f"{folder.name!r} exists twice: {found[folder.name]} and {folder}.",
                    hint="Rename one, or give the folder itself instead of the id.",
                )
            found[folder.name] = folder
    return found


def load_chain(id_or_folder: str | Path, *, factors: Path | None = None) -> ValueChain:
    """Load a value chain by id or folder.

    Raises
    ------
    FactorError
        If there is none of that id, or its files cannot be read.
    """
    folder = _locate(id_or_folder, "segments.toml", "value chain", factors)
    return read_chain_folder(folder)


def load_factor(
    id_or_folder: str | Path = DEFAULT_FACTOR, *, factors: Path | None = None
) -> Factor:
    """Load a factor by id or folder.

    Parameters
    ----------
    id_or_folder
        ``deepseek-2025-01-27``, a folder that holds a ``factor.toml``, or either
        with ``@1`` for an earlier revision.
    factors
        A folder with factor folders of your own, searched before the shipped ones.

    Raises
    ------
    FactorError
        If there is none of that id, or its files cannot be read.

    Examples
    --------
    >>> factor = load_factor("deepseek-2025-01-27")
    >>> factor.event_start.isoformat()
    '2025-01-27'
    """
    folder = _locate(id_or_folder, "factor.toml", "factor", factors)
    identity = factor_identity(folder)
    check_id(str(identity["id"]))
    chain_id = check_id(str(identity["value_chain"]))
    home = folder.parent.parent if folder.parent.name == REVISIONS else folder
    beside = home.parent / chain_id
    own = (beside / "segments.toml").is_file()
    return read_factor_folder(
        folder, load_chain(beside if own else chain_id, factors=factors)
    )


def list_factors(*, factors: Path | None = None) -> list[dict[str, Any]]:
    """List every factor: id, revision, title, value chain, event dates, folder.

    Raises
    ------
    FactorError
        If one cannot be read or an id exists twice.
    """
    folders = find_folders("factor.toml", factors)
    return [factor_identity(f) | {"folder": str(f)} for f in folders.values()]


def save_factor(
    factor: Factor,
    folder: Path,
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


def build_factor(
    factor_id: str,
    *,
    prices: Path | pd.DataFrame,
    start: dt.date,
    end: dt.date | None = None,
    chain: str | Path = DEFAULT_CHAIN,
    about: Path | Mapping[str, Any] | None = None,
    copies: Path | None = None,
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
    from stresskit.readers import checked_prices, read_copies, read_prices

    check_id(factor_id)
    told = read_about(about) if isinstance(about, Path) else dict(about or {})
    told = {k: v for k, v in told.items() if k not in ("schema", "notes")}
    spec = EventSpec(
        **{
            **told,
            "id": factor_id,
            "title": told.get("title", factor_id),
            "start": start,
            "end": end or start,
            "questions": tuple(told.get("questions", ())),
            "copies": read_copies(copies) if copies else {},
        }
    )
    panel = read_prices(prices) if isinstance(prices, Path) else checked_prices(prices)
    return build(panel, load_chain(chain, factors=factors), spec)


def define_factor(
    factor_id: str,
    *,
    moves: Moves,
    day: dt.date | None = None,
    raw: bool = False,
    market: float | None = None,
    basis: str | Path = DEFAULT_FACTOR,
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
    on = load_factor(basis, factors=factors)
    if chain is not None:
        _check_chain(load_chain(chain, factors=factors), on)
    rows = read_moves(moves, raw=raw)
    made = define(factor_id, rows, _date_of(day), on, market=market)
    made = replace(made, **words)
    if day is not None:
        return made
    return replace(made, issues=(_day_assumed(made.event_start), *made.issues))


def _date_of(day: dt.date | None) -> dt.date:
    """Return the date, of a time stamp too; today where there is none."""
    if day is None:
        day = dt.datetime.now().astimezone()
    return day.date() if isinstance(day, dt.datetime) else day


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


def check_factor(id_or_folder: str | Path, *, factors: Path | None = None) -> list[str]:
    """Check a factor folder and return what is wrong, in sentences; empty if nothing.

    The files are read, the folder is searched for files that do not belong there,
    and the shocks are recomputed from ``moves.csv``.

    Raises
    ------
    FactorError
        If the folder cannot be read at all.
    """
    from stresskit.core.factor.recompute import recompute_shocks

    folder = _locate(id_or_folder, "factor.toml", "factor", factors)
    factor = load_factor(folder, factors=factors)
    wrong = [
        f"{folder.name}/{name} does not belong in a factor folder."
        for name in stray_files(folder)
    ]
    earlier = folder.parent.name == REVISIONS
    called, name = (
        (f"{folder.parent.parent.name}@{folder.name}", f"{factor.id}@{factor.revision}")
        if earlier
        else (folder.name, factor.id)
    )
    if called != name:
        wrong.append(f"The folder is that of {called}, the factor is {name}.")
    wrong += [
        f"{folder.name}/{name} is missing."
        for name in ("moves.csv", "NOTES.md")
        if not (folder / name).is_file()
    ]
    wrong += recompute_shocks(factor)
    return wrong


def check_id(factor_id: str) -> str:
    """Return the id if it may name a folder.

    Raises
    ------
    FactorError
        If it is not lower-case letters, digits and hyphens, 64 at most.
    """
    if not ID_PATTERN.fullmatch(factor_id):
        raise FactorError(
            f"{factor_id!r} cannot be an id.",
            hint="Use lower-case letters, digits and hyphens: my-event-2025-01-27.",
        )
    return factor_id


def stray_files(folder: Path) -> list[str]:
    """Return the names of files that do not belong in the folder."""
    chain = (folder / "segments.toml").is_file()
    allowed = CHAIN_FILES if chain else (*FACTOR_FILES, REVISIONS)
    return sorted(p.name for p in folder.iterdir() if p.name not in allowed)


def _locate(
    id_or_folder: str | Path, marker: str, what: str, factors: Path | None
) -> Path:
    text, at, revision = str(id_or_folder).rpartition("@")
    if at and revision.isdigit():
        newest = _locate(text, marker, what, factors)
        return _revision(newest, marker, int(revision))
    text = str(id_or_folder)
    path = Path(text)
    if (path / marker).is_file():
        return path.resolve()
    if path.name == marker and path.is_file():
        return path.parent.resolve()
    folders = find_folders(marker, factors)
    if text in folders:
        return folders[text]
    near = difflib.get_close_matches(text, folders, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise FactorError(
        f"There is no {what} {text!r}.",
        hint=hint + f"Known: {', '.join(sorted(folders)) or 'none'}.",
        code="unknown-factor",
    )


def _revision(folder: Path, marker: str, number: int) -> Path:
    """Return the folder of a revision, the newest one or an earlier one."""
    newest = int(factor_identity(folder)["revision"])
    if number == newest:
        return folder
    earlier = folder / REVISIONS / str(number)
    if (earlier / marker).is_file():
        return earlier
    known = sorted(int(p.parent.name) for p in folder.glob(f"{REVISIONS}/*/{marker}"))
    raise FactorError(
        f"{folder.name} has no revision {number}.",
        hint=f"Known: {', '.join(map(str, (*known, newest)))}.",
        code="unknown-factor",
    )

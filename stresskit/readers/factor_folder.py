"""Read a factor folder: shocks, market legs, evidence, segment history."""

from __future__ import annotations

import csv
import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

from stresskit.core.tables import parse_fractions
from stresskit.errors import FactorError
from stresskit.model import (
    Driver,
    Evidence,
    Factor,
    Issue,
    MarketLeg,
    PathPoint,
    Plausibility,
    SegmentHistory,
    Shock,
    Significance,
    Source,
    StatedMove,
    Style,
    Variant,
)
from stresskit.readers.records import (
    a_day,
    a_return,
    built,
    finite,
    folder_sha256,
    fractions,
    number,
    positive,
    read_rows,
    read_toml,
)

if TYPE_CHECKING:
    from pathlib import Path

    from stresskit.model import ValueChain

FACTOR_SCHEMA = "stresskit/factor/1"
FACTOR_FILES = (
    "factor.toml",
    "about.toml",
    "moves.csv",
    "segment_returns.csv",
    "NOTES.md",
)
# The folder of earlier revisions, a folder each by its number.
REVISIONS = "revisions"


def read_factor_folder(
    folder: Path, chain: ValueChain, basis: Factor | None = None
) -> Factor:
    """Read a factor folder whose shocks are on ``chain``.

    Parameters
    ----------
    basis
        The factor that a variant is one of: its evidence and history serve.

    Raises
    ------
    FactorError
        If a file is missing or cannot be read, the schema is another one, or a
        segment is not in the value chain.
    """
    path = folder / "factor.toml"
    table = read_toml(path, FACTOR_SCHEMA)
    known = set(chain.segment_ids)

    def build() -> Factor:
        shocks = tuple(_shock(s) for s in table["shocks"])
        names = {s.segment for s in shocks}
        if names != known or len(shocks) != len(known):
            odd = ", ".join(sorted(names ^ known)) or "one stands twice"
            raise FactorError(
                f"{path}: the shocks do not fit the segments of {chain.id}: {odd}.",
                hint="Give each segment one [[shocks]] entry.",
            )
        order = {name: n for n, name in enumerate(chain.segment_ids)}
        event, spread = table["event"], table["dispersion"]
        method = dict(table.get("method", {}))
        return Factor(
            id=str(table["id"]),
            revision=_number_of(table["revision"]),
            revision_reason=str(table["revision_reason"]),
            title=str(table["title"]),
            narrative=str(table["narrative"]),
            questions=tuple(table.get("questions", ())),
            event_start=a_day(event["start"]),
            event_end=a_day(event["end"]),
            chain=chain,
            shocks=tuple(sorted(shocks, key=lambda s: order[s.segment])),
            market=tuple(_leg(m) for m in table["market"]),
            evidence=basis.histories()
            if basis
            else read_rows(folder / "moves.csv", lambda r: _evidence(r, known)),
            history=basis.history
            if basis
            else read_history(folder / "segment_returns.csv", known, method),
            dispersion_theme=positive(spread["theme"]),
            dispersion_rest=positive(spread["rest"]),
            power_theme=positive(spread.get("power_theme", 1.0)),
            power_rest=positive(spread.get("power_rest", 1.0)),
            conformal_stocks=_maybe_positive(spread.get("conformal_stocks")),
            conformal_portfolios=_maybe_positive(spread.get("conformal_portfolios")),
            replay_theme=positive(spread["replay_theme"]),
            replay_rest=positive(spread["replay_rest"]),
            universe_low=a_return(spread["universe_low"]),
            universe_high=a_return(spread["universe_high"]),
            method=method,
            sources=tuple(Source(**s) for s in table.get("sources", [])),
            sha256=folder_sha256(folder),
            folder=folder.name,
            purpose=str(table.get("purpose", "")),
            basis=str(table.get("basis", "")),
            expert_set=bool(table.get("expert_set", False)),
            stated=tuple(_stated(m) for m in table.get("stated", [])),
            variant=_variant(table["variant"]) if "variant" in table else None,
            drivers=tuple(Driver(**d) for d in table.get("drivers", [])),
            drivers_r2=table.get("drivers_r2"),
            path=tuple(PathPoint(**p) for p in table.get("path", [])),
            styles=tuple(Style(**s) for s in table.get("styles", [])),
            plausibility=_plausibility(table.get("plausibility")),
            issues=tuple(Issue(**i) for i in table.get("issues", [])),
        )

    return built(str(path), "the file", build)


def _maybe_positive(value: Any) -> float | None:
    return None if value is None else positive(value)


def _number_of(value: Any) -> int:
    """Read the number of a revision, which counts from 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{value!r} is not the number of a revision")
    return value


def read_history(
    path: Path, known: set[str], method: dict[str, Any]
) -> SegmentHistory | None:
    """Read daily segment returns, or None where the folder has none.

    The method's ``window_start`` and ``window_end`` bound the estimation window;
    without them it is all that is there.

    Raises
    ------
    FactorError
        If a column is no segment or a cell is no number.
    """
    if not path.is_file():
        return None
    import numpy as np

    with path.open(encoding="utf-8", newline="") as handle:
        lines = list(csv.reader(handle))
    names = tuple(lines[0][1:]) if lines else ()
    odd = [n for n in names[1:] if n not in known]
    if odd or names[:1] != ("MARKET",):
        raise FactorError(f"{path}: columns must be date, MARKET and segments: {odd}.")
    for n, row in enumerate(lines[1:], 2):
        if len(row) != len(lines[0]):
            raise FactorError(f"{path}, row {n} has not as many columns as the header.")
    try:
        dates = tuple(dt.date.fromisoformat(row[0]) for row in lines[1:])
        cells = [[float(c) if c else np.nan for c in row[1:]] for row in lines[1:]]
        returns = np.array(cells, dtype=np.float64).reshape(len(dates), len(names))
    except (ValueError, IndexError) as error:
        raise FactorError(f"{path}: {error}.") from error
    if not dates:
        raise FactorError(f"{path} has no row.")
    bounds = (("window_start", dates[0]), ("window_end", dates[-1]))
    start, end = (
        dt.date.fromisoformat(str(method.get(key, day.isoformat())))
        for key, day in bounds
    )
    return SegmentHistory(
        names=names, dates=dates, returns=returns, start=start, end=end
    )


def factor_identity(folder: Path) -> dict[str, Any]:
    """Read what tells a factor from others, and its shocks, nothing more.

    Id, revision, title, purpose, value chain, event, basis, whether it is a variant
    set by judgement or measured, and per segment the ``raw`` move of the members and
    the ``shrunk`` shock.

    Raises
    ------
    FactorError
        If ``factor.toml`` cannot be read or lacks one of them.
    """
    path = folder / "factor.toml"
    table = read_toml(path, FACTOR_SCHEMA)
    keys = ("id", "revision", "title", "value_chain", "event")
    missing = [k for k in (*keys, "shocks") if k not in table]
    if missing:
        raise FactorError(f"{path}: {missing[0]} is missing.")

    set_by_hand = bool(table.get("stated")) or "variant" in table

    def moves(key: str) -> dict[str, float]:
        return {
            str(s["segment"]): a_return(s[key]) for s in table["shocks"] if key in s
        }

    return {
        **{k: table[k] for k in keys},
        "purpose": str(table.get("purpose", "")),
        "basis": str(table.get("basis", "")),
        "expert_set": bool(table.get("expert_set", False)),
        "variant": "variant" in table,
        "measured": not set_by_hand,
        "raw": built(str(path), "the shocks", partial(moves, "raw")),
        "shrunk": built(str(path), "the shocks", partial(moves, "shrunk")),
    }


def _shock(table: dict[str, Any]) -> Shock:
    return Shock(
        segment=str(table["segment"]),
        members=int(table["members"]),
        effective_members=positive(table["effective_members"]),
        total=finite(table["total"]) if "total" in table else None,
        raw=a_return(table["raw"]) if "raw" in table else None,
        shrunk=a_return(table["shrunk"]),
        standard_error=positive(table["standard_error"]),
        shrinkage=positive(table["shrinkage"]),
        beta=finite(table["beta"]),
        beta_sd=positive(table["beta_sd"]),
        residual_sd=positive(table["residual_sd"]),
        specific_sd=positive(table["specific_sd"]),
        composition={k: positive(v) for k, v in table["composition"].items()},
        significance=Significance(**table["significance"])
        if "significance" in table
        else None,
        alternatives={k: a_return(v) for k, v in table.get("alternatives", {}).items()},
        path={int(k): finite(v) for k, v in table.get("path", {}).items()},
        mapped=bool(table.get("mapped", False)),
    )


def _stated(table: dict[str, Any]) -> StatedMove:
    error = table.get("standard_error")
    return StatedMove(
        segment=str(table["segment"]),
        move=a_return(table["move"]),
        raw=bool(table["raw"]),
        standard_error=None if error is None else positive(error),
        where=str(table["where"]),
    )


def _variant(table: dict[str, Any]) -> Variant:
    market = table.get("market")
    return Variant(
        drivers={k: finite(v) for k, v in table["drivers"].items()},
        market=None if market is None else a_return(market),
        basis_sha256=str(table["basis_sha256"]),
    )


def _plausibility(table: dict[str, Any] | None) -> Plausibility | None:
    if table is None:
        return None
    nearest = tuple((a_day(n["day"]), finite(n["index"])) for n in table["nearest"])
    return Plausibility(**{**table, "nearest": nearest})


def _leg(table: dict[str, Any]) -> MarketLeg:
    return MarketLeg(
        region=str(table["region"]),
        value=a_return(table["value"]),
        start=a_day(table["start"]),
        end=a_day(table["end"]),
        basis=str(table["basis"]),
    )


def _evidence(row: dict[str, str], known: set[str]) -> Evidence:
    return Evidence(
        ticker=row["ticker"],
        mic=row["mic"],
        isin=row["isin"] or None,
        name=row["name"],
        role=row["role"],
        segments=fractions(row["segments"], known),
        event_return=number(row["event_return"]),
        observations=int(row["observations"]) if row["observations"] else None,
        beta=number(row["beta"]),
        beta_se=number(row["beta_se"]),
        residual_sd=number(row["residual_sd"]),
        specific_sd=number(row["specific_sd"]),
        abnormal_return=number(row["abnormal_return"]),
        sensitivities=fractions(row["sensitivities"], known),
        own_name=number(row["own_name"]),
        source=row["source"],
        note=row["note"],
        sector=row.get("sector", ""),
        index_beta=number(row.get("index_beta")),
        sar=number(row.get("sar")),
        start=_date(row.get("start")),
        end=_date(row.get("end")),
        copies=row.get("copies", ""),
        path={
            int(days): share
            for days, share in parse_fractions(row.get("path", "")).items()
        },
    )


def _date(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None

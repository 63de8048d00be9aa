"""Answers to tables: by portfolio, segment and position, and ORE's five columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from stresskit.core.confidence import AMBER, GREEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from stresskit.book.table.apart import AloneAnswer
    from stresskit.core.stress.units import Answers
    from stresskit.model import ValueChain

PORTFOLIOS, SEGMENTS, POSITIONS, ORE = "portfolios", "segments", "positions", "ore"
PARTS = ("market", "segments", "own_name", "fx", "options", "others", "cross")
NOTHING = 1e-12
# Who answered: the book as a whole, or a run of the portfolio alone.
BOOK, ALONE = "book", "alone"
WORD = pa.dictionary(pa.int32(), pa.string())
PORTFOLIO_SCHEMA = pa.schema(
    [
        ("as_of", pa.string()),
        ("run_id", WORD),
        ("scenario", WORD),
        ("portfolio", pa.string()),
        ("currency", WORD),
        ("positions", pa.int64()),
        *((name, pa.float64()) for name in ("base_value", "stressed_value", "pnl")),
        *((name, pa.float64()) for name in ("pnl_pct", "low", "high")),
        *((f"pnl_{name}", pa.float64()) for name in PARTS),
        *((name, pa.float64()) for name in ("coverage_ratio", "known")),
        ("light", WORD),
        ("unmapped_value", pa.float64()),
        ("breach", pa.bool_()),
        ("answered", WORD),
    ]
)
SEGMENT_SCHEMA = pa.schema(
    [
        ("as_of", pa.string()),
        ("run_id", WORD),
        ("scenario", WORD),
        ("portfolio", pa.string()),
        ("currency", WORD),
        ("segment", WORD),
        ("group", WORD),
        *((name, pa.float64()) for name in ("exposure", "shock", "pnl")),
    ]
)
POSITION_SCHEMA = pa.schema(
    [
        ("as_of", pa.string()),
        ("run_id", WORD),
        ("scenario", WORD),
        ("portfolio", pa.string()),
        ("position", pa.string()),
        *((name, pa.float64()) for name in ("base_value", "stressed_value", "pnl")),
        ("currency", WORD),
        ("source", WORD),
        ("covered", pa.bool_()),
    ]
)
SCHEMAS = {
    PORTFOLIOS: PORTFOLIO_SCHEMA,
    SEGMENTS: SEGMENT_SCHEMA,
    POSITIONS: POSITION_SCHEMA,
}


@dataclass(frozen=True)
class Question:
    """What every table says of the run: its id, its scenarios and its limit.

    ``labels`` are those of the scenarios, the main one first; ``limit`` is a loss, a
    share of the value or an amount.
    """

    run_id: str
    labels: tuple[str, ...]
    chain: ValueChain
    limit: float
    limit_share: bool


@dataclass(frozen=True)
class Named:
    """P portfolios by name, with what else is said of each."""

    names: Sequence[str]
    currencies: Sequence[str | None]
    days: Sequence[str | None]
    rows: NDArray[np.int64]
    answered: str


def by_portfolio(asked: Question, named: Named, answers: Answers) -> pa.Table:
    """Return a row per portfolio and scenario, portfolio by portfolio."""
    count = len(asked.labels)
    # What longs and shorts leave by rounding is no value that a loss has a share of.
    nothing = np.abs(answers.value) <= NOTHING * answers.gross
    worth = np.where(nothing, 0.0, answers.value)
    value, pnl = worth[:, None], answers.pnl
    size = np.abs(value)
    share = np.divide(pnl, size, out=np.full_like(pnl, np.nan), where=size > 0)
    if asked.limit_share:
        # A share of a portfolio that is owed on the whole says nothing.
        breach, known = -share > asked.limit, np.repeat(value > 0, count, axis=1)
    else:
        weights = np.array([c is None for c in named.currencies])
        breach = -pnl > asked.limit
        known = np.repeat(~weights[:, None], count, axis=1)
    lights = np.select([answers.known >= GREEN, answers.known >= AMBER], [0, 1], 2)
    columns: dict[str, Any] = {
        **_said(asked, named),
        "positions": np.repeat(named.rows, count),
        "base_value": np.repeat(worth, count),
        "stressed_value": (value + pnl).ravel(),
        "pnl": pnl.ravel(),
        "pnl_pct": pa.array(share.ravel(), mask=np.isnan(share.ravel())),
        "low": answers.low.ravel(),
        "high": answers.high.ravel(),
        **{f"pnl_{name}": answers.parts[name].ravel() for name in PARTS},
        "coverage_ratio": answers.coverage.ravel(),
        "known": np.repeat(answers.known, count),
        "light": _words(np.repeat(lights, count), ["green", "amber", "red"]),
        "unmapped_value": np.repeat(answers.unmapped, count),
        "breach": pa.array(breach.ravel(), mask=~known.ravel()),
        "answered": _words(np.zeros(pnl.size, dtype=np.int32), [named.answered]),
    }
    return _table(PORTFOLIO_SCHEMA, columns)


def by_segment(asked: Question, named: Named, answers: Answers) -> pa.Table:
    """Return a row per portfolio, scenario and segment with money in it."""
    segments = asked.chain.segments
    at = np.nonzero(answers.exposure)
    owner, scenario, segment = at
    exposure, shock = answers.exposure[at], answers.shocks[scenario, segment]
    columns: dict[str, Any] = {
        **_said(asked, named, owner, scenario),
        "segment": _words(segment, [s.id for s in segments]),
        "group": _words(segment, [s.group for s in segments]),
        "exposure": exposure,
        "shock": shock,
        "pnl": exposure * shock,
    }
    return _table(SEGMENT_SCHEMA, columns)


def by_line(asked: Question, alone: AloneAnswer, *, ids: bool) -> pa.Table:
    """Return a row per position and scenario of a portfolio that was run alone.

    ``ids`` says whether the book calls its positions by ids of their own.
    """
    count, lines = len(asked.labels), alone.lines
    named = Named(
        [alone.portfolio], [None], [alone.as_of], np.zeros(1, np.int64), ALONE
    )
    zeros = np.zeros(count * len(lines), dtype=np.int64)
    said = _said(asked, named, zeros, np.tile(np.arange(count), len(lines)))
    base = np.repeat(np.array([x["base_value"] for x in lines]), count)
    pnl = np.array([x["pnl"] for x in lines]).ravel()
    each = [x for x in lines for _ in range(count)]
    columns: dict[str, Any] = {
        **said,
        "position": [_called(x, stated=ids) for x in each],
        "base_value": base,
        "stressed_value": base + pnl,
        "pnl": pnl,
        "currency": [x["currency"] for x in each],
        "source": [x["source"] for x in each],
        "covered": [x["covered"] for x in each],
    }
    return _table(POSITION_SCHEMA, columns)


def _called(line: Mapping[str, Any], *, stated: bool) -> str:
    names = (line["id"] if stated else None, line["isin"], line["ticker"], line["name"])
    return next((str(name) for name in names if name), "")


def ore_table(positions: pa.Table) -> pa.Table:
    """Return the five columns of ORE's stress report, a row per position and scenario.

    ``Sensitivity`` is what ORE calls the P&L; trades are ``PORTFOLIO/POSITION``.
    """
    import pyarrow.compute as pc

    trade = pc.binary_join_element_wise(
        positions["portfolio"], positions["position"], "/"
    )
    return pa.table(
        {
            "#TradeId": trade,
            "ScenarioLabel": positions["scenario"].cast(pa.string()),
            "Base NPV": positions["base_value"],
            "Scenario NPV": positions["stressed_value"],
            "Sensitivity": positions["pnl"],
        }
    )


def _said(
    asked: Question,
    named: Named,
    owner: NDArray[np.int64] | None = None,
    scenario: NDArray[np.int64] | None = None,
) -> dict[str, Any]:
    """Return what every row says: of whom, when, under what, in which run."""
    count = len(asked.labels)
    if owner is None or scenario is None:
        owner = np.repeat(np.arange(len(named.names)), count)
        scenario = np.tile(np.arange(count), len(named.names))
    names = pa.array(named.names, pa.string())
    days = pa.array(named.days, pa.string())
    known = sorted({c for c in named.currencies if c is not None})
    place = {c: n for n, c in enumerate(known)}
    codes = np.array([place.get(c or "", -1) for c in named.currencies], dtype=np.int32)
    own = codes[owner]
    return {
        "as_of": days.take(pa.array(owner)),
        "run_id": _words(np.zeros(len(owner), dtype=np.int32), [asked.run_id]),
        "scenario": _words(scenario, list(asked.labels)),
        "portfolio": names.take(pa.array(owner)),
        "currency": _words(own, known, missing=own < 0),
    }


def _words(
    codes: NDArray[Any], words: list[str], *, missing: NDArray[np.bool_] | None = None
) -> pa.DictionaryArray:
    # A word that stands twice is written to Parquet in another way each time.
    once = list(dict.fromkeys(words))
    place = np.array([once.index(word) for word in words], dtype=np.int32)
    own = place[codes] if len(place) else codes.astype(np.int32)
    indices = pa.array(own, mask=missing)
    return pa.DictionaryArray.from_arrays(indices, pa.array(once, pa.string()))


def _table(schema: pa.Schema, columns: dict[str, Any]) -> pa.Table:
    def array(name: str) -> Any:
        made = columns[name]
        field = schema.field(name).type
        if isinstance(made, pa.Array):
            return made.cast(field)
        if pa.types.is_dictionary(field):
            return pa.array(made, pa.string()).dictionary_encode()
        return pa.array(made, field)

    arrays = [array(name) for name in schema.names]
    return pa.Table.from_arrays(arrays, schema=schema)

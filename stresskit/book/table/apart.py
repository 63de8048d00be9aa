"""Portfolios by themselves: what hangs on their other lines, and what cannot be read.

They are run as ``stresskit stress`` runs one, so that they get its answer, or its words
for what is wrong.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from stresskit.asking import answered, placed
from stresskit.book.table.engines import NUMERIC
from stresskit.core.stress.units import PARTS, Answers
from stresskit.errors import StresskitError
from stresskit.frames import SCHEMA
from stresskit.model import Content

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stresskit.asking import Files
    from stresskit.model import (
        Issue,
        Portfolio,
        Scenario,
        ScenarioResult,
        StressResult,
    )


# Issues of one portfolio that are written down.
MOST_TOLD = 100


@dataclass(frozen=True)
class Alone:
    """One portfolio: what it is called, what it is read with, and its rows.

    ``rows`` are positions by the fields of the contract, as the table has them.
    """

    name: str
    base_currency: str | None
    as_of: str | None
    rows: tuple[dict[str, Any], ...]

    def files(self, files: Files) -> Files:
        """Return what it is read with: in its own base currency where it states one."""
        base = self.base_currency or files.base_currency
        return replace(files, base_currency=base)

    def content(self) -> Content:
        """Return it as a holdings file in memory."""
        stated = {"schema": SCHEMA, "name": self.name, "as_of": self.as_of}
        base = {"base_currency": self.base_currency}
        fields = {k for row in self.rows for k, v in row.items() if v is not None}
        # A field that no row has is none of this portfolio.
        rows = [{k: v for k, v in row.items() if k in fields} for row in self.rows]
        document = {**stated, **base, "positions": rows}
        return Content(self.name, json.dumps(document).encode())


@dataclass(frozen=True)
class Failure:
    """Why a portfolio has no answer: the kind, what is wrong, and the fix."""

    portfolio: str
    kind: str
    message: str
    fix: str
    issues: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class AloneAnswer:
    """The answer of one portfolio in the shape of many, and its lines."""

    portfolio: str
    currency: str | None
    as_of: str | None
    rows: int
    answers: Answers
    issues: tuple[dict[str, Any], ...]
    lines: tuple[dict[str, Any], ...]


def cell_of(name: str, text: str | None) -> Any:
    """Return a cell as the contract has it; what is no number stays the text it is."""
    if text is None or text == "":
        return None
    if name not in NUMERIC:
        return text
    try:
        # Python reads 1_000 as a number, which no engine does.
        number = float("" if "_" in text else text)
    except ValueError:
        return text
    # Of a number that is none nothing is known; zero has one sign.
    return None if math.isnan(number) else number + 0.0


def read_alone(files: Files, alone: Alone) -> Portfolio:
    """Read one portfolio as a file of it would be read.

    Raises
    ------
    HoldingsError
        If it gives no portfolio.
    """
    return alone.files(files).read(alone.content())


def run_alone(
    files: Files, scenarios: Sequence[Scenario], alone: Alone
) -> AloneAnswer | Failure:
    """Run one portfolio; whatever happens to it is in what is returned."""
    try:
        main, *more = scenarios
        portfolio = read_alone(files, alone)
        places = placed(files, portfolio, scenarios)
        result = answered(portfolio, places, main, tuple(more), limit=None, draws=False)
    except StresskitError as error:
        return failure_of(alone.name, error)
    except Exception as error:  # noqa: BLE001 - one portfolio may not stop the others
        return mistake(alone.name, error)
    day = portfolio.as_of.isoformat() if portfolio.as_of else None
    return AloneAnswer(
        portfolio=alone.name,
        currency=result.currency,
        as_of=day,
        rows=len(alone.rows),
        answers=answers_of_result(result),
        issues=tuple(
            {"portfolio": alone.name, **told_of(i)}
            for i in result.issues[:MOST_TOLD]
            if i.severity != "info"
        ),
        lines=_lines(result),
    )


def failure_of(name: str, error: StresskitError) -> Failure:
    """Return what is told of a portfolio that failed."""
    from stresskit.book.files.work import fix_of, kind_of

    issues: tuple[Issue, ...] = getattr(error, "issues", ())
    told = tuple(told_of(i) for i in issues[:MOST_TOLD])
    return Failure(name, kind_of(error), str(error), fix_of(error), told)


def told_of(issue: Issue) -> dict[str, Any]:
    """Return what is written down of an issue."""
    names = ("severity", "code", "message", "fix", "row", "column", "value", "money")
    return {name: getattr(issue, name) for name in names}


def mistake(name: str, error: Exception) -> Failure:
    """Return what is told of a mistake of ours."""
    return Failure(
        name,
        "program",
        f"stresskit made a mistake ({type(error).__name__}: {error}).",
        "Please report it.",
    )


def killed(alone: Alone) -> Failure:
    """Return what is told of a portfolio whose process was ended."""
    return Failure(
        alone.name,
        "killed",
        "The process that ran this portfolio was ended.",
        "Run the book again; with too little memory, give fewer --jobs.",
    )


def answers_of_result(result: StressResult) -> Answers:
    """Return the answer to one portfolio as that of many, P = 1."""
    every: tuple[StressResult | ScenarioResult, ...] = (result, *result.scenarios)
    gross = sum(p.gross_value for p in result.by_position)

    def row(values: Sequence[float]) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.array([values], dtype=np.float64)

    parts = {
        name: row([getattr(x.attribution, name) for x in every])
        for name in (*PARTS, "segments", "cross")
    }
    return Answers(
        value=np.array([result.base_value]),
        gross=np.array([gross]),
        known=np.array([result.coverage.by_value]),
        unmapped=np.array([result.coverage.unmapped_value]),
        pnl=row([x.pnl for x in every]),
        low=row([x.band.low for x in every]),
        high=row([x.band.high for x in every]),
        coverage=row([x.coverage_ratio for x in every]),
        parts=parts,
        exposure=np.array([[[s.exposure for s in x.by_segment] for x in every]]),
        shocks=np.array([[s.shock for s in x.by_segment] for x in every]),
    )


def _lines(result: StressResult) -> tuple[dict[str, Any], ...]:
    """Return the positions under every scenario."""
    further = [x.by_position for x in result.scenarios]
    found = []
    for n, line in enumerate(result.by_position):
        ids = line.position.identifiers
        found.append(
            {
                "id": line.position.id,
                "isin": ids.isin,
                "ticker": ids.ticker,
                "name": line.position.name,
                "base_value": line.base_value,
                "currency": line.position.currency,
                "source": line.exposure.source,
                "covered": line.exposure.covered,
                "pnl": [line.pnl, *(pnl[n] for pnl in further)],
            }
        )
    return tuple(found)

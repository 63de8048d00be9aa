"""Read the folder of other factors: what they are, their moves, their covariance."""

from __future__ import annotations

import csv
import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from stresskit.errors import FactorError
from stresskit.model import MARKET, OtherFactor, OtherFactors, OtherMove
from stresskit.readers.records import (
    built,
    finite,
    folder_sha256,
    one_of,
    read_rows,
    read_toml,
    unique,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from stresskit.model.other_factors import OtherKind

SCHEMA = "stresskit/other-factors/1"
MARKER = "other_factors.toml"
OTHER_FACTORS_FILES = (MARKER, "moves.csv", "covariance.csv", "NOTES.md")
KINDS = ("rate", "credit", "volatility", "commodity", "crypto", "currency")
# Figures are written with eight digits.
SYMMETRY = 1e-6


def read_other_factors_folder(folder: Path) -> OtherFactors:
    """Read a folder of other factors.

    Raises
    ------
    FactorError
        If a file is missing, names something twice or unknown, or the covariance is
        not symmetric with variances above zero.
    """
    table = read_toml(folder / MARKER, SCHEMA)
    path = folder / MARKER
    factors = tuple(
        built(str(path), f"factor {n}", partial(_factor, f))
        for n, f in enumerate(table.get("factors", []), 1)
    )
    ids = [f.id for f in factors]
    unique(path, ids)
    sources = tuple(str(s.get("id")) for s in table.get("sources", []))
    make = partial(_move, known=tuple(ids), sources=sources)
    moves = read_rows(folder / "moves.csv", make)
    unique(folder / "moves.csv", [f"{m.factor} {m.start} {m.end}" for m in moves])
    names, covariance = _covariance(folder / "covariance.csv")
    drivers = tuple(str(d) for d in table.get("drivers", ()))
    odd = [d for d in drivers if d not in names or d in ids]
    if odd:
        raise FactorError(
            f"{path}: the driver {odd[0]!r} is no segment of covariance.csv.",
            hint=f"Drivers are {MARKET} or segments.",
        )
    made = partial(
        OtherFactors,
        factors=factors,
        moves=moves,
        names=names,
        covariance=covariance,
        drivers=drivers,
        pegs={str(k): str(v) for k, v in table.get("pegs", {}).items()},
        sha256=folder_sha256(folder),
    )
    return built(str(path), "the covariance's window", partial(_whole, made, table))


def _whole(make: Callable[..., OtherFactors], table: dict[str, Any]) -> OtherFactors:
    return make(
        start=table["start"],
        end=table["end"],
        observations=int(table["observations"]),
        shrinkage=finite(table["shrinkage"]),
    )


def _factor(row: dict[str, str]) -> OtherFactor:
    return OtherFactor(
        id=row["id"],
        title=row["title"],
        kind=cast("OtherKind", one_of(row["kind"], KINDS)),
        currency=row.get("currency") or None,
        proxy=row.get("proxy", ""),
        source=row.get("source", ""),
    )


def _move(
    row: dict[str, str], *, known: tuple[str, ...], sources: tuple[str, ...]
) -> OtherMove:
    one_of(row["source"], sources)
    value = finite(row["move"])
    if not -1 < value <= 1:
        raise ValueError(f"{value!r} is no move; -0.001 is -10 basis points or -0.1%")
    return OtherMove(
        factor=one_of(row["factor"], known),
        start=dt.date.fromisoformat(row["start"]),
        end=dt.date.fromisoformat(row["end"]),
        value=value,
        basis=row["basis"],
        source=row["source"],
    )


def _covariance(path: Path) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            header, *rows = csv.reader(handle)
        names = tuple(header[1:])
        matrix = np.array([[finite(x) for x in row[1:]] for row in rows])
        same = tuple(row[0] for row in rows) == names
    except (OSError, ValueError, IndexError) as error:
        raise FactorError(f"{path} cannot be read: {error}.") from error
    scale = np.sqrt(np.abs(np.diag(matrix))) if matrix.ndim == 2 else np.zeros(0)
    if (
        not same
        or matrix.shape != (len(names), len(names))
        or not (np.diag(matrix) > 0).all()
        or np.abs(matrix - matrix.T).max(initial=0.0) > SYMMETRY * scale.max() ** 2
    ):
        raise FactorError(
            f"{path} is no covariance: a square table with the same names across and "
            "down, symmetric, variances above zero.",
            hint="See factors/other-factors for one.",
        )
    return names, (matrix + matrix.T) / 2

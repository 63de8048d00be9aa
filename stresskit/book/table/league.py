"""The portfolios of a book side by side: what the comparison and the terminal show."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from stresskit.book.table.results import PORTFOLIOS, SEGMENTS
from stresskit.model.batch import DONE, BatchLine, BatchSummary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from stresskit.book.table.apart import Failure
    from stresskit.book.table.results import Question


# Where all portfolios are, those that failed too.
WHOLE = "portfolios, manifest.json"


def lines_of(
    folder: Path, asked: Question, file: str, failed: Sequence[Failure]
) -> tuple[BatchLine, ...]:
    """Return a line per portfolio under the main scenario, and one per failure.

    Parameters
    ----------
    folder
        Where the datasets are.
    asked
        What every table says of the run.
    file
        What the book is called.
    failed
        Portfolios without an answer.
    """
    found = _main(folder / PORTFOLIOS, asked.labels[0]).to_pylist()
    titles = {s.id: s.title for s in asked.chain.segments}
    by_segment: dict[str, dict[str, float]] = defaultdict(dict)
    for row in _main(folder / SEGMENTS, asked.labels[0]).to_pylist():
        if row["pnl"]:
            by_segment[row["portfolio"]][titles[row["segment"]]] = row["pnl"]
    lines = [_line(row, by_segment[row["portfolio"]], file) for row in found]
    lines += [
        BatchLine(
            file=f.portfolio or "(no portfolio)",
            output="",
            name=f.portfolio,
            status=f.kind,
            message=f.message,
            fix=f.fix,
        )
        for f in failed
    ]
    return tuple(lines)


def _main(dataset: Path, label: str) -> pa.Table:
    """Return the rows of the main scenario; none where the dataset is not there."""
    import pyarrow as pa
    from pyarrow import compute
    from pyarrow import dataset as datasets

    if not dataset.is_dir():
        return pa.table({})
    whole = datasets.dataset(dataset, format="parquet")
    return whole.to_table(filter=compute.field("scenario") == label)


def _line(
    row: Mapping[str, Any], segments: Mapping[str, float], file: str
) -> BatchLine:
    value = abs(row["base_value"])
    weights = row["currency"] is None

    def share(money: float) -> float | None:
        return money / value if value else None

    return BatchLine(
        file=file,
        output="",
        status=DONE,
        name=row["portfolio"],
        currency=row["currency"],
        value=None if weights else row["base_value"],
        pnl=None if weights else row["pnl"],
        pnl_pct=row["pnl_pct"],
        low_pct=share(row["low"]),
        high_pct=share(row["high"]),
        coverage=row["coverage_ratio"],
        light=row["light"],
        segments={k: v / value for k, v in segments.items()} if value else {},
    )


def summary_of(
    lines: Sequence[BatchLine],
    asked: Question,
    settings: Mapping[str, str],
    *,
    title: str,
    created: dt.datetime,
    hedged: bool,
) -> BatchSummary:
    """Return the lines under their question."""
    return BatchSummary(
        lines=tuple(lines),
        limit=asked.limit,
        limit_share=asked.limit_share,
        hedged=hedged,
        created=created.astimezone(dt.UTC).replace(tzinfo=None),
        title=title,
        run_id=asked.run_id,
        settings=dict(settings),
        whole=WHOLE,
    )

"""What is kept of each of many portfolios, to set them side by side."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

# Where a portfolio stopped: the classes of errors, a worker that was killed.
FAILURES = ("input", "computation", "plugin", "output", "program", "killed")
DONE = "done"


@dataclass(frozen=True, kw_only=True)
class BatchLine:
    """One portfolio of a batch: what it would make, or why it was not stressed.

    Shares are of the portfolio's value, losses negative. ``value`` and ``pnl`` are
    money in ``currency``, None where the file has weights only. ``segments`` is what
    each segment makes, by title. ``hedge`` names a suggestion and ``hedged_pct`` what
    is left after it and its cost. ``status`` is ``done`` or one of ``FAILURES``.
    ``file`` is what it was read from, ``output`` its report, empty where none is
    written.
    """

    file: str
    output: str
    status: str = DONE
    message: str = ""
    fix: str = ""
    name: str = ""
    currency: str | None = None
    value: float | None = None
    pnl: float | None = None
    pnl_pct: float | None = None
    low_pct: float | None = None
    high_pct: float | None = None
    coverage: float | None = None
    light: str = ""
    segments: dict[str, float] = field(default_factory=dict)
    hedge: str = ""
    hedged_pct: float | None = None

    @property
    def worst_segment(self) -> str:
        """The segment that costs most; empty where none does."""
        worst = min(self.segments, key=self.segments.__getitem__, default="")
        return worst if worst and self.segments[worst] < 0 else ""


@dataclass(frozen=True, kw_only=True)
class BatchSummary:
    """All portfolios of a batch under one question.

    ``limit`` is a loss (positive), a share of the value or, without ``limit_share``,
    an amount in each portfolio's own currency. ``left_out`` are files that were not
    taken, with the reason, ``settings`` what every portfolio was run with. ``whole``
    names what holds every portfolio, failed ones too, beside the workbook, which then
    lists the first of many; where it is empty, the workbook lists all.
    """

    lines: tuple[BatchLine, ...]
    limit: float
    limit_share: bool
    hedged: bool
    created: dt.datetime
    title: str = ""
    run_id: str = ""
    left_out: tuple[tuple[str, str], ...] = ()
    settings: dict[str, str] = field(default_factory=dict)
    whole: str = ""

    @property
    def done(self) -> tuple[BatchLine, ...]:
        """The portfolios that were stressed, the largest loss in % first."""
        found = [line for line in self.lines if line.status == DONE]
        last = float("inf")
        return tuple(
            sorted(
                found,
                key=lambda x: (
                    last if x.pnl_pct is None else x.pnl_pct,
                    x.file,
                    x.name,
                ),
            )
        )

    @property
    def failed(self) -> tuple[BatchLine, ...]:
        """The portfolios that were not."""
        return tuple(line for line in self.lines if line.status != DONE)

    def breaches(self, line: BatchLine) -> bool | None:
        """Say whether a portfolio loses more than the limit; None if it has none.

        Examples
        --------
        >>> line = BatchLine(file="a.csv", output="a.xlsx", value=100.0, pnl=-12.0,
        ...     pnl_pct=-0.12)
        >>> when = dt.datetime(2025, 1, 27)
        >>> BatchSummary(lines=(line,), limit=0.1, limit_share=True, hedged=False,
        ...     created=when).breaches(line)
        True
        """
        if self.limit_share:
            weights = line.value is None
            known = line.pnl_pct is not None and (weights or (line.value or 0.0) > 0)
            return -(line.pnl_pct or 0.0) > self.limit if known else None
        return None if line.pnl is None else -line.pnl > self.limit

"""How well a factor would have predicted: scores, coverage, other days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Score:
    """How near one way of predicting came; errors are decimals.

    ``r2 = 1 - SSE/SST`` about the mean of what happened (None where nothing
    varies), ``slope`` that of realised on predicted, ``rank`` Spearman's; None where
    the predictions are all the same. ``sign_hits`` of ``sign_tried`` moves beyond one
    standard deviation had the right sign.
    """

    method: str
    n: int
    mae: float
    rmse: float
    r2: float | None
    slope: float | None
    rank: float | None
    sign_hits: int
    sign_tried: int


@dataclass(frozen=True, kw_only=True)
class GroupTest:
    """One group of securities, the model beside the baselines.

    ``coverage`` is the share of the group inside its 90% band, ``folded`` the same
    with the band's width set on other securities, ``interval_score`` Winkler's (width
    plus 20 times what lies outside, a decimal). ``gain`` is the best baseline's mean
    absolute error less the model's, with its 90% interval over resampled segments.
    None where it does not apply.
    """

    name: str
    scores: tuple[Score, ...]
    coverage: float | None = None
    folded: float | None = None
    interval_score: float | None = None
    best_baseline: str | None = None
    gain: float | None = None
    gain_low: float | None = None
    gain_high: float | None = None


@dataclass(frozen=True, kw_only=True)
class PortfolioTest:
    """Random portfolios, each predicted from shocks without its own securities."""

    name: str
    portfolios: int
    mae: float
    index_mae: float | None
    coverage: float


@dataclass(frozen=True, kw_only=True)
class DayTest:
    """Another event: with its own shocks, and with this factor's pattern.

    ``own`` is the leave-one-out error over theme securities with the day's own
    shocks, ``rest`` over others, ``coverage`` that of their 90% band (all stocks),
    ``carried`` the same with its width set on this factor's day, and ``funds`` that of
    funds, real portfolios, the same way.
    ``severity`` is read off four funds, ``pattern`` the error of this factor's
    shocks at that severity with sensitivities from before that day,
    ``index`` that of beta times the index, ``pattern_rank`` and ``index_rank`` their
    rank correlations with what happened; all over theme securities. ``similarity``
    is that of the segments' moves.
    """

    factor: str
    title: str
    day: dt.date
    n: int
    similarity: float | None
    own: float | None
    rest: float | None
    coverage: float
    carried: float
    funds: float | None
    severity: float | None
    pattern: float | None
    index: float | None
    pattern_rank: float | None
    index_rank: float | None


@dataclass(frozen=True, kw_only=True)
class Point:
    """One security, predicted without itself; total returns, decimals."""

    key: str
    name: str
    segment: str
    group: str
    realised: float
    predicted: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Validation:
    """Everything ``stresskit validate`` measures about one factor."""

    factor: str
    revision: int
    sha256: str
    event: dt.date
    index: str | None
    groups: tuple[GroupTest, ...]
    portfolios: tuple[PortfolioTest, ...]
    days: tuple[DayTest, ...]
    points: tuple[Point, ...]

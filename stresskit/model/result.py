"""The answer: what the portfolio would make, why, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stresskit.errors import InputError
from stresskit.model.portfolio import Issue

if TYPE_CHECKING:
    import pandas as pd

    from stresskit.model.exposures import Exposure, Exposures
    from stresskit.model.portfolio import Portfolio, Position
    from stresskit.model.scenario import Scenario


@dataclass(frozen=True, kw_only=True)
class Band:
    """The P&L range given the scenario, in money, and the parts of its variance.

    ``multiplier`` times the root of the sum of ``parts`` (money squared) is the
    half width. It says nothing about how likely the scenario is.
    """

    level: float
    low: float
    high: float
    multiplier: float
    parts: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How well the portfolio is known, as shares of it, and what the unknown could do.

    ``by_value`` is ``sum |V| C / sum |V|`` with the confidence C of each position,
    ``by_risk`` the same with what each may move, ``light`` that of ``by_value``
    (green from 80%, amber from 60%, else red). ``by_source`` is the gross value of
    each source. ``unmapped_value`` is the gross value of what nothing places, and
    ``pnl_if`` what the whole portfolio would make if that behaved like the market
    outside the theme (``market``), like the segment that hurts most
    (``worst_segment``, named), or not at all (``nothing``). Money is in the
    portfolio's currency.
    """

    by_value: float
    by_risk: float
    light: str
    by_source: dict[str, float]
    unmapped_value: float
    worst_segment: str
    pnl_if: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Attribution:
    """Parts that add up to the P&L, in money.

    ``options`` is what revaluing gives beyond the delta, which is in the parts of what
    is underneath; ``others`` is rates, credit, gold and bitcoin. ``cross`` is local
    times currency, the -100% floor, and what daily leverage makes of a path.
    """

    market: float
    segments: float
    own_name: float
    fx: float
    options: float
    cross: float
    others: float = 0.0


@dataclass(frozen=True, kw_only=True)
class OtherResult:
    """One other factor or currency: its move, where that comes from, what it does.

    ``move`` is a decimal; of a currency against the base currency. ``source`` is
    ``user``, ``event``, ``predictive`` or ``none`` (of a currency: of both sides
    against the dollar); ``r2`` the share of its daily variance that the drivers
    explain. ``exposure`` is P&L per 1.00 of move, so that of a yield is minus money
    times duration; ``pnl`` holds convexity.
    """

    factor: str
    title: str
    kind: str
    move: float
    source: str
    r2: float | None
    exposure: float
    pnl: float
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class SegmentResult:
    """One segment: money exposed, the shock at this severity, and the P&L."""

    segment: str
    group: str
    title: str
    exposure: float
    shock: float
    pnl: float


@dataclass(frozen=True, kw_only=True)
class PositionResult:
    """One position: what it is worth, what it would make, and why.

    ``stressed_exposure`` is the money the stress moves (the market value, a
    future's notional, an option's delta times its underlying). ``pnl_pct`` is P&L over
    that money's size (an option's over its value), with the position's sign. ``low``
    and ``high`` bound the P&L.
    """

    position: Position
    exposure: Exposure
    base_value: float
    stressed_exposure: float
    market_return: float
    pnl: float
    pnl_pct: float | None
    market: float
    segments: float
    own_name: float
    fx: float
    options: float
    cross: float
    low: float
    high: float
    others: float = 0.0

    @property
    def gross_value(self) -> float:
        """The money it stands for, stressed or not, without its sign."""
        moved = self.position.exposure
        return max(
            abs(self.base_value), abs(self.base_value if moved is None else moved)
        )


@dataclass(frozen=True, kw_only=True)
class ScenarioResult:
    """The portfolio under one more scenario; ``by_position`` is P&L in its order."""

    label: str
    scenario: Scenario
    pnl: float
    pnl_pct: float | None
    band: Band
    attribution: Attribution
    coverage_ratio: float
    by_segment: tuple[SegmentResult, ...]
    by_other: tuple[OtherResult, ...]
    by_position: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Pooling:
    """What past days say once they are weighted so that their mean is the scenario.

    ``reason`` says why the answer is not used (empty: it may be): ``relative_ens`` is
    the share of the effective number of days that is left, ``hill_ens`` that number.
    ``mean``, ``low``, ``high`` and ``expected_shortfall`` are P&L, None where the
    weights do not exist.
    """

    days: int
    reason: str
    relative_ens: float | None = None
    hill_ens: float | None = None
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    expected_shortfall: float | None = None


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """P&L given the scenario, drawn from its errors; money.

    ``quantiles`` are by level; ``expected_shortfall`` is the mean of the worst
    ``tail`` share of the draws. Errors have t tails with ``degrees`` of freedom.
    """

    draws: int
    seed: int
    degrees: int
    mean: float
    sd: float
    quantiles: dict[float, float]
    tail: float
    expected_shortfall: float
    pooling: Pooling


@dataclass(frozen=True, kw_only=True)
class FactorMove:
    """A factor's move in a scenario that was looked for, and what it would cost."""

    factor: str
    title: str
    move: float
    pnl: float


@dataclass(frozen=True, kw_only=True)
class ReverseStress:
    """What it takes to lose ``loss`` (positive, money), and the worst so far out.

    ``severity`` is the smallest of this event that loses as much, None if none up to
    10 does. ``distance`` is how far out the likeliest combination of ``likeliest``
    factors is that does, ``event_distance`` how far out the scenario itself is among
    the same factors. ``worst`` loses ``worst_loss`` as far out as the scenario.
    ``left_out`` are segments without a history; ``sentences`` say it all in words.
    """

    loss: float
    severity: float | None
    distance: float | None
    event_distance: float | None
    likeliest: tuple[FactorMove, ...]
    worst: tuple[FactorMove, ...]
    worst_loss: float | None
    factors: int
    left_out: tuple[str, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a breakdown: what it is worth, gross, and what it makes."""

    key: str
    value: float
    gross: float
    pnl: float


@dataclass(frozen=True, kw_only=True)
class ActiveSegment:
    """A segment's part of the difference to a benchmark, as shares of value."""

    segment: str
    title: str
    portfolio: float
    benchmark: float
    pnl_pct: float


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The portfolio against a benchmark under the same scenario.

    ``active_pnl`` is money: the difference of the shares lost, times the portfolio's
    value. ``overlap`` is the sum of the smaller weight of each common security.
    """

    name: str
    pnl_pct: float
    benchmark_pnl_pct: float
    active_pnl_pct: float
    active_pnl: float
    overlap: float
    by_segment: tuple[ActiveSegment, ...]
    issues: tuple[Issue, ...] = ()


BREAKDOWNS = (
    *("segment", "group", "sector", "country", "currency", "account"),
    *("direction", "asset_class"),
)
NOT_STATED = "not stated"


@dataclass(frozen=True, kw_only=True)
class StressResult:
    """The stress of one portfolio under one scenario.

    All money is in ``currency`` (None for a weight-only portfolio, whose total
    is 1 or the value the user set). ``coverage_ratio`` is the covered share of
    the gross value; ``uncovered_value`` is the gross value not stressed with
    knowledge of it. ``distance`` is the Mahalanobis distance of the drivers' moves,
    where other factors were carried over from them.
    """

    run: dict[str, str]
    portfolio: Portfolio
    exposures: Exposures
    scenario: Scenario
    currency: str | None
    base_value: float
    stressed_value: float
    pnl: float
    pnl_pct: float | None
    band: Band
    coverage_ratio: float
    uncovered_value: float
    coverage: Coverage
    attribution: Attribution
    by_segment: tuple[SegmentResult, ...]
    by_position: tuple[PositionResult, ...]
    by_other: tuple[OtherResult, ...] = ()
    distance: float | None = None
    issues: tuple[Issue, ...] = field(default=())
    scenarios: tuple[ScenarioResult, ...] = ()
    distribution: Distribution | None = None
    reverse: ReverseStress | None = None
    comparison: Comparison | None = None

    def breakdown(self, by: str) -> tuple[Part, ...]:
        """Return value and P&L by what positions are, the largest loss first.

        By ``segment`` and ``group`` a position counts with its main segment (funds and
        what has none: ``not stated``); ``direction`` is long or short by exposure.

        Raises
        ------
        InputError
            If there is no such breakdown.
        """
        _check_breakdown(by)
        return self.breakdowns()[by]

    def parts_of(self, by: str) -> list[str]:
        """Return what part of a breakdown each position belongs to, in their order.

        Raises
        ------
        InputError
            If there is no such breakdown.
        """
        _check_breakdown(by)
        groups, place = self._groups(), list(BREAKDOWNS).index(by)
        return [_keys(r, groups)[place] or NOT_STATED for r in self.by_position]

    def _groups(self) -> dict[str, str]:
        return {s.segment: s.group for s in self.by_segment}

    def breakdowns(self) -> dict[str, tuple[Part, ...]]:
        """Return every breakdown by its name."""
        groups = self._groups()
        sums: list[dict[str, list[float]]] = [{} for _ in BREAKDOWNS]
        for r in self.by_position:
            base, gross, pnl = r.base_value, r.gross_value, r.pnl
            for rows, key in zip(sums, _keys(r, groups), strict=True):
                row = rows.get(key or NOT_STATED)
                if row is None:
                    row = rows[key or NOT_STATED] = [0.0, 0.0, 0.0]
                row[0] += base
                row[1] += gross
                row[2] += pnl
        return {by: _parts(rows) for by, rows in zip(BREAKDOWNS, sums, strict=True)}

    def marginal(self, row: PositionResult) -> float | None:
        """Return the P&L of one more percent of the portfolio's value in a position.

        None where either is worth nothing: there is no percent of it.
        """
        if not self.base_value or not (row.stressed_exposure or row.base_value):
            return None
        of = abs(row.base_value) or abs(row.stressed_exposure)
        return 0.01 * abs(self.base_value) * row.pnl / of

    def to_json(self) -> str:
        """Return the result by the contract of ``stress --json``, as text."""
        import json

        from stresskit.model.contract import result_to_dict

        return json.dumps(
            result_to_dict(self), indent=2, ensure_ascii=False, allow_nan=False
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row per position, money in base currency, returns decimal."""
        import pandas as pd

        return pd.DataFrame.from_records(
            [
                {
                    "id": r.position.id,
                    "name": r.position.name,
                    "asset_class": r.position.asset_class,
                    "base_value": r.base_value,
                    "pnl": r.pnl,
                    "pnl_pct": r.pnl_pct,
                    "market": r.market,
                    "segments": r.segments,
                    "own_name": r.own_name,
                    "fx": r.fx,
                    "options": r.options,
                    "others": r.others,
                    "cross": r.cross,
                    "beta": r.exposure.beta,
                    "source": r.exposure.source,
                    "confidence": r.exposure.confidence,
                    "covered": r.exposure.covered,
                }
                for r in self.by_position
            ]
        )


def _check_breakdown(by: str) -> None:
    if by not in BREAKDOWNS:
        raise InputError(
            f"There is no breakdown by {by!r}.",
            hint=f"Breakdowns: {', '.join(BREAKDOWNS)}.",
            code="breakdown",
        )


def _parts(rows: dict[str, list[float]]) -> tuple[Part, ...]:
    """Return sums of value, gross value and P&L, the largest loss first."""
    found = (Part(key=key, value=v, gross=g, pnl=p) for key, (v, g, p) in rows.items())
    return tuple(sorted(found, key=lambda part: (part.pnl, part.key)))


def _keys(r: PositionResult, groups: dict[str, str]) -> tuple[str | None, ...]:
    """Return what part of every breakdown a position belongs to, in their order."""
    p, e = r.position, r.exposure
    main = e.main_segment or ""
    return (
        main,
        groups.get(main, ""),
        p.sector or e.sector,
        p.country or e.country,
        p.currency,
        p.account,
        "short" if r.stressed_exposure < 0 else "long",
        p.asset_class,
    )

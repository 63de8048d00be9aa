"""Results made by hand: the formulas of the method in plain numpy, nothing of core."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest

from stresskit.model import (
    Attribution,
    Band,
    Coverage,
    Exposure,
    Exposures,
    Factor,
    Group,
    Hedge,
    HedgeLeg,
    HedgePlan,
    Identifiers,
    Instrument,
    Issue,
    MarketLeg,
    PlanScenario,
    Portfolio,
    Position,
    PositionResult,
    Scenario,
    Segment,
    SegmentResult,
    Shock,
    Source,
    StressResult,
    Tradable,
    ValueChain,
)

MULTIPLIER = 1.5608497583442291
RHO = 0.10
SEGMENTS = ("AI_ACCEL", "IPP_NUC", "APP_SW", "ROM_45", "ROM_60")
SHOCKS = (-0.1612, -0.2187, 0.0113, -0.004, 0.001)
ERRORS = (0.012, 0.021, 0.006, 0.002, 0.002)
MARKET = {"US": 0.0094, "Europe": 0.0, "Other": 0.0}


def factor() -> Factor:
    """Return a factor of five segments in four groups; no position is in the last."""
    groups = ("COMPUTE", "POWER", "ADOPT", "ROM")
    of = dict(zip(SEGMENTS, (*groups, "ROM"), strict=True))
    day = dt.date(2025, 1, 27)
    titles = ("AI accelerators", "Merchant and nuclear power", "Application software")
    chain = ValueChain(
        id="ai-value-chain",
        title="AI value chain",
        revision=1,
        groups=tuple(
            Group(id=g, title=t, definition=f"Everything in {t}.")
            for g, t in zip(
                groups, ("Compute", "Power", "Adopters", "Rest of market"), strict=True
            )
        ),
        segments=tuple(
            Segment(
                id=k,
                group=of[k],
                title=t,
                definition=f"Companies of {t}.",
                theme=not k.startswith("ROM"),
                expected_sign="-",
                expected_sign_date=day,
            )
            for k, t in zip(SEGMENTS, (*titles, "Other IT", "Property"), strict=True)
        ),
        securities=(),
        funds=(),
        sha256="c" * 64,
    )
    return Factor(
        id="deepseek-2025-01-27",
        revision=1,
        revision_reason="first",
        title="DeepSeek Monday, 27 January 2025",
        narrative="A Chinese laboratory published a model as good as the best at a "
        "fraction of the computing. Investors asked whether data centres, chips and "
        "power plants would be needed in the numbers expected.",
        questions=(
            "Is too much being spent on computing?",
            "Who gains if it is cheap?",
        ),
        event_start=day,
        event_end=day,
        chain=chain,
        shocks=tuple(
            Shock(
                segment=k,
                members=4 + n,
                effective_members=4.0 + n,
                total=f + 0.01,
                raw=f * 1.05,
                shrunk=f,
                standard_error=e,
                shrinkage=0.05,
                beta=1.1,
                beta_sd=0.2,
                residual_sd=0.02,
                specific_sd=0.015,
                composition={k: 1.0},
            )
            for n, (k, f, e) in enumerate(zip(SEGMENTS, SHOCKS, ERRORS, strict=True))
        ),
        market=tuple(
            MarketLeg(region=r, value=m, start=day, end=day, basis=f"ex-theme, {r}")
            for r, m in MARKET.items()
            if r != "Other"
        ),
        evidence=(),
        history=None,
        dispersion_theme=1.66,
        replay_theme=0.8,
        replay_rest=0.5,
        dispersion_rest=1.31,
        universe_low=-0.3,
        universe_high=0.1,
        method={"estimation window": "250 days", "nu0": 4},
        sources=(
            Source(
                id="prices",
                title="Adjusted closing prices",
                url="https://example.org/prices?a=1&b=2",
                accessed="2025-02-01",
                note="Split and dividend adjusted.",
            ),
        ),
        sha256="f" * 64,
    )


def _exposure(key: str, sens: dict[str, float], **changes: object) -> Exposure:
    given = {
        "position_id": key,
        "description": {k: 1.0 / len(sens) for k in sens},
        "sensitivities": sens,
        "beta": 1.0,
        "beta_sd": 0.15,
        "specific_sd": 0.02,
        "dispersion": 0.045,
        "dispersion_replay": 0.02,
        "source": "curated",
        "matched": f"{key}:XNAS",
        "basis": "Curated map, 2024-12-31.",
        "confidence": 0.89,
        "mapping_sd": 0.008,
        "issuer": key,
        "covered": True,
        "main_segment": next(iter(sens), None),
    }
    return Exposure(**(given | changes))  # type: ignore[arg-type]


def _position(key: str, value: float, row: int, **changes: object) -> Position:
    given = {
        "id": key,
        "name": f"{key} Corp",
        "identifiers": Identifiers(ticker=key, isin=f"US{row:010d}"),
        "currency": "USD",
        "market_value": value,
        "quantity": abs(value) / 100,
        "price": 100.0,
        "sheet": "Holdings",
        "row": row,
    }
    return Position(**(given | changes))  # type: ignore[arg-type]


def holdings() -> tuple[tuple[Position, ...], tuple[Exposure, ...]]:
    """Return longs, a short, cash, a bond, an unmapped line and a future."""
    pairs = (
        (
            _position("NVDA", 1_250_000.0, 5),
            _exposure("NVDA", {"AI_ACCEL": 1.1}, beta=1.6, own_name=-0.021),
        ),
        (
            _position("VST", 800_000.0, 6),
            _exposure("VST", {"IPP_NUC": 0.95, "AI_ACCEL": 0.1}, own_name=-0.05),
        ),
        (
            _position("CRM", 600_000.0, 7),
            _exposure("CRM", {"APP_SW": 0.9}, own_name=0.018, dispersion=0.02),
        ),
        (
            _position("AMD", -350_000.0, 8),
            _exposure("AMD", {"AI_ACCEL": 0.9, "ROM_45": 0.1}, own_name=0.03),
        ),
        (
            _position("SIE", 420_000.0, 9, currency="EUR", name="Siemens AG"),
            _exposure("SIE", {"ROM_45": 0.6, "IPP_NUC": 0.3}, region="Europe"),
        ),
        (
            _position("CASH", 300_000.0, 10, asset_class="cash", name="USD cash"),
            _exposure("CASH", {}, beta=0.0, moves=False, source="cash", basis="Cash."),
        ),
        (
            _position("MYST", 150_000.0, 11, name='=HYPERLINK("http://x","=1+1")'),
            _exposure(
                "MYST",
                {"ROM_45": 0.5},
                source="unmapped",
                covered=False,
                confidence=0.1,
                mapping_sd=0.0,
                dispersion=0.13,
                main_segment=None,
                basis="@nothing is known of it",
                matched="+cmd|' /C calc'!A0",
            ),
        ),
        (
            _position("NQH5", 0.0, 12, asset_class="future", exposure=500_000.0),
            _exposure("NQH5", {"AI_ACCEL": 0.35, "APP_SW": 0.2}, main_segment=None),
        ),
        (
            _position("BOND", 500_000.0, 13, asset_class="bond", name="US Treasury"),
            _exposure(
                "BOND",
                {},
                moves=False,
                covered=False,
                source="not stressed",
                basis="Bonds are not stressed.",
                main_segment=None,
            ),
        ),
    )
    return tuple(p for p, _ in pairs), tuple(e for _, e in pairs)


@dataclass(frozen=True)
class Inputs:
    """What a user may change, and what the formulas then give."""

    severity: float = 1.0
    mode: str = "factor"
    shocks: tuple[float, ...] = SHOCKS
    errors: tuple[float, ...] = ERRORS
    market: tuple[tuple[str, float], ...] = tuple(MARKET.items())
    fx: tuple[tuple[str, float], ...] = ()


def scaled(value: np.ndarray, severity: float) -> np.ndarray:
    """Scale in logs; gains stop at severity 1."""
    power = np.where(value < 0, severity, min(severity, 1.0))
    return np.exp(power * np.log(1 + value)) - 1


def slopes(value: np.ndarray, severity: float) -> np.ndarray:
    """Return the derivative of the scaled shock by the shock."""
    power = np.where(value < 0, severity, min(severity, 1.0))
    return power * (1 + value) ** (power - 1)


def stress(
    positions: tuple[Position, ...],
    exposures: tuple[Exposure, ...],
    inputs: Inputs,
    *,
    currency: str | None = "USD",
    issues: tuple[Issue, ...] = (),
) -> StressResult:
    """Return the result of the formulas, position by position."""
    s = inputs.severity
    f = scaled(np.array(inputs.shocks), s)
    d = np.array(inputs.errors) * slopes(np.array(inputs.shocks), s)
    legs = {r: float(scaled(np.array(m), s)) for r, m in inputs.market}
    fx = dict(inputs.fx)
    rows, sums = (
        [],
        dict.fromkeys(("measurement", "dispersion", "beta", "mapping"), 0.0),
    )
    clusters: dict[str, float] = {}
    alone: dict[str, float] = {}
    lines: list[tuple[str, float, float, float, float]] = []
    exposed = np.zeros(len(SEGMENTS))
    for p, e in zip(positions, exposures, strict=True):
        base = p.market_value if p.market_value is not None else p.weight or 0.0
        stands = base if p.exposure is None else p.exposure
        money = stands if e.moves else 0.0
        x = np.array([e.sensitivities.get(k, 0.0) for k in SEGMENTS])
        m = _market(e, legs)
        a = float(scaled(np.array(e.own_name), s)) if inputs.mode == "replay" else 0.0
        r_fx = fx.get(p.currency or "", 0.0)
        local = max(e.beta * m + float(x @ f) + a, -1.0)
        pnl = money * ((1 + local) * (1 + r_fx) - 1)
        parts = (money * e.beta * m, money * float(x @ f), money * a, money * r_fx)
        h = s * (1 + local) ** ((s - 1) / s) if s else 0.0
        spread = e.dispersion_replay if inputs.mode == "replay" else e.dispersion
        own = money * spread * h
        variance = own**2 + (money * e.beta_sd * m) ** 2
        variance += (money * e.mapping_sd * h) ** 2
        variance += float(np.sum((money * x * d) ** 2))
        width = MULTIPLIER * variance**0.5
        low, high = pnl - width, pnl + width
        low = max(low, -money) if money > 0 else low
        high = min(high, -money) if money < 0 else high
        rows.append(
            PositionResult(
                position=p,
                exposure=e,
                base_value=base,
                stressed_exposure=money,
                market_return=m,
                pnl=pnl,
                pnl_pct=pnl / abs(money) if money else (0.0 if base else None),
                market=parts[0],
                segments=parts[1],
                own_name=parts[2],
                fx=parts[3],
                options=0.0,
                cross=pnl - sum(parts),
                low=low,
                high=high,
            )
        )
        exposed += money * x
        lines.append(
            (
                e.issuer,
                own,
                money * e.beta_sd * m,
                money * e.mapping_sd * h,
                variance**0.5,
            )
        )
        if e.main_segment is None:
            alone[e.issuer] = alone.get(e.issuer, 0.0) + own
        else:
            clusters[e.main_segment] = clusters.get(e.main_segment, 0.0) + own
    for number, name in enumerate(("dispersion", "beta", "mapping"), 1):
        issuers: dict[str, float] = {}
        for line in lines:
            issuers[line[0]] = issuers.get(line[0], 0.0) + line[number]
        sums[name] = sum(v**2 for v in issuers.values())
    sums["dispersion"] *= 1 - RHO
    sums["dispersion"] += RHO * sum(v**2 for v in alone.values())
    sums["dispersion"] += RHO * sum(v**2 for v in clusters.values())
    sums["measurement"] = float(np.sum((exposed * d) ** 2))
    return _result(
        rows,
        sums,
        exposed,
        f,
        inputs,
        currency,
        issues,
        _coverage(rows, [line[4] for line in lines], f),
    )


def _market(e: Exposure, legs: dict[str, float]) -> float:
    """Return the market's return: that of the region, or of several by their shares."""
    shares = e.market_shares or {e.region: 1.0}
    return sum(v * legs.get(r, legs["Other"]) for r, v in shares.items())


def _gross(r: PositionResult) -> float:
    notional = r.position.exposure
    return max(abs(r.base_value), abs(r.base_value if notional is None else notional))


def _coverage(
    rows: list[PositionResult], errors: list[float], f: np.ndarray
) -> Coverage:
    """Return what is known, weighted by confidence, and what the unknown could do."""

    def mean(weights: list[float]) -> float:
        parts = zip(weights, rows, strict=True)
        return sum(w * r.exposure.confidence for w, r in parts) / sum(weights)

    known = mean([_gross(r) for r in rows])
    lost = [r for r in rows if r.exposure.source == "unmapped"]
    money = sum(r.stressed_exposure for r in lost)
    still = sum(r.pnl for r in rows) - sum(r.pnl for r in lost)
    market = still + sum(r.stressed_exposure * r.market_return for r in lost)
    worst = min(range(len(f)), key=lambda k: money * f[k])
    sources: dict[str, float] = {}
    for r in rows:
        source = r.exposure.source
        sources[source] = sources.get(source, 0.0) + _gross(r)
    return Coverage(
        by_value=known,
        by_risk=mean([math.hypot(r.pnl, e) for r, e in zip(rows, errors, strict=True)]),
        light="green" if known >= 0.8 else "amber" if known >= 0.6 else "red",
        by_source=sources,
        unmapped_value=sum(_gross(r) for r in lost),
        worst_segment=SEGMENTS[worst],
        pnl_if={
            "market": market,
            "worst_segment": market + money * float(f[worst]),
            "nothing": still,
        },
    )


def _result(rows, sums, exposed, f, inputs, currency, issues, known) -> StressResult:
    base = sum(r.base_value for r in rows)
    pnl = sum(r.pnl for r in rows)
    half = MULTIPLIER * sum(sums.values()) ** 0.5
    money = [r.stressed_exposure for r in rows]
    floor = -sum(money) if min(money) >= 0 else -math.inf
    gross = sum(_gross(r) for r in rows)
    uncovered = sum(_gross(r) for r in rows if not r.exposure.covered)
    event = factor()
    changed = {
        k: v for k, v, o in zip(SEGMENTS, inputs.shocks, SHOCKS, strict=True) if v != o
    }
    scenario = Scenario(
        event, inputs.severity, inputs.mode, shocks=changed, fx=dict(inputs.fx)
    )
    segments = [
        SegmentResult(
            segment=s.id,
            group=s.group,
            title=s.title,
            exposure=float(exposed[k]),
            shock=float(f[k]),
            pnl=float(exposed[k] * f[k]),
        )
        for k, s in enumerate(event.chain.segments)
    ]
    portfolio = Portfolio(
        name="=Client & Söhne",
        positions=tuple(r.position for r in rows),
        base_currency=currency,
        as_of=dt.date(2025, 1, 24),
        stated_total=base,
        issues=issues,
        source={"file": "client.xlsx", "sheet": "Holdings", "sha256": "a" * 64},
    )
    return StressResult(
        run={
            "id": "0123456789abcdef",
            "created": "2025-02-03T09:30:00+00:00",
            "version": "0.1.0",
            "input_sha256": "a" * 64,
        },
        portfolio=portfolio,
        exposures=Exposures(
            segments=SEGMENTS,
            rows=tuple(r.exposure for r in rows),
            overrides=({"where": "o.csv, row 2", "reason": "=1+1 says the client"},),
        ),
        scenario=scenario,
        currency=currency,
        base_value=base,
        stressed_value=base + pnl,
        pnl=pnl,
        pnl_pct=pnl / abs(base) if base else None,
        band=Band(
            level=0.9,
            low=max(pnl - half, floor),
            high=pnl + half,
            multiplier=MULTIPLIER,
            parts=sums,
        ),
        coverage_ratio=1 - uncovered / gross,
        uncovered_value=uncovered,
        coverage=known,
        attribution=Attribution(
            market=sum(r.market for r in rows),
            segments=sum(r.segments for r in rows),
            own_name=sum(r.own_name for r in rows),
            fx=sum(r.fx for r in rows),
            options=0.0,
            cross=sum(r.cross for r in rows),
        ),
        by_segment=tuple(segments),
        by_position=tuple(rows),
        issues=issues,
    )


ISSUES = (
    Issue(
        code="unmapped",
        severity="warning",
        message="=1+1 could not be placed; it keeps a wide range.",
        fix="Add its ISIN, or give its segments with --overrides.",
        sheet="Holdings",
        row=11,
        column="B",
        value="+cmd|' /C calc'!A0",
        money=150_000.0,
    ),
    Issue(
        code="stale-price",
        severity="info",
        message="The price of VST is eight days old.",
        fix="Check the price.",
        sheet="Holdings",
        row=6,
        column="E",
        value="100",
    ),
    Issue(code="no-date", severity="error", message="The file states no date."),
)


@pytest.fixture
def result() -> StressResult:
    """Return the mixed portfolio at severity 1, factor mode."""
    return stress(*holdings(), Inputs(), issues=ISSUES)


@pytest.fixture
def replay() -> StressResult:
    """Return the mixed portfolio at severity 1.5, replayed, with a weaker euro."""
    inputs = Inputs(severity=1.5, mode="replay", fx=(("EUR", -0.02),))
    return stress(*holdings(), inputs)


@pytest.fixture
def weights() -> StressResult:
    """Return a weight-only portfolio."""
    positions, exposures = holdings()
    total = sum(p.market_value or 0.0 for p in positions)
    light = tuple(
        replace(
            p,
            market_value=None,
            weight=(p.market_value or 0.0) / total,
            exposure=None if p.exposure is None else p.exposure / total,
        )
        for p in positions
    )
    return stress(light, exposures, Inputs(), currency=None)


@pytest.fixture
def gains() -> StressResult:
    """Return a portfolio that only gains: a short of accelerators and software."""
    positions, exposures = holdings()
    return stress(positions[2:4], exposures[2:4], Inputs())


@pytest.fixture
def plan(result: StressResult) -> HedgePlan:
    """Return an overlay, a rotation and doing nothing for the mixed portfolio."""
    return make_plan(result)


def make_plan(result: StressResult) -> HedgePlan:
    """Return hedges whose legs follow from the result's own scenario."""
    s = result.scenario.severity
    f = dict(zip(SEGMENTS, scaled(np.array(SHOCKS), s), strict=True))
    m = float(scaled(np.array(MARKET["US"]), s))

    def instrument(ticker: str, beta: float, sens: dict[str, float]) -> Instrument:
        move = max(-1.0, beta * m + sum(x * f[k] for k, x in sens.items()))
        data = Tradable(
            ticker=ticker,
            mic="XNAS",
            isin=None,
            name=f"{ticker} fund",
            currency="USD",
            kind="etf",
            ucits=False,
            short=True,
            buy=False,
            options=False,
            half_spread=0.0002,
            fee=0.0001,
            borrow=0.005,
            volume=None,
            lot=1.0,
            multiplier=1.0,
            price=250.0,
            price_date=dt.date(2025, 1, 24),
            of=f"{ticker}:XNAS",
            volatility=None,
            volatility_date=None,
            cap=0.2,
            source="fund",
        )
        exposure = replace(
            result.by_position[0].exposure,
            position_id=data.key,
            sensitivities=sens,
            beta=beta,
            own_name=0.0,
            region="US",
            market_shares={},
            others={},
            currencies={},
            leverage=1.0,
            option=None,
        )
        return Instrument(
            data=data,
            exposure=exposure,
            returns=(move,),
            held_returns=(move,),
            local_return=move,
            unit=250.0,
            price=250.0,
            price_date=dt.date(2025, 1, 24),
            volume=None,
            daily_sd=0.01,
            stress_sd=0.03,
            volatility=0.2,
            volatility_source="assumed",
        )

    smh = instrument("SMH", 1.4, {"AI_ACCEL": 0.7, "ROM_45": 0.1})
    utilities = instrument("XLU", 0.6, {"IPP_NUC": 0.25, "ROM_60": 0.2})

    def leg(
        name: str, side: str, notional: float, move: float, rate: float
    ) -> HedgeLeg:
        sign = -1 if side in ("short", "sell") else 1
        return HedgeLeg(
            instrument=name,
            name=f"{name} fund",
            side=side,
            quantity=notional / 250,
            notional=notional,
            cost=notional * rate,
            stress_return=move,
            pnl=sign * notional * move,
            cost_rate=rate,
            pnls=(sign * notional * move,),
            mic="XNAS",
            kind="etf",
        )

    sold = result.by_position[0]
    own = sold.pnl / sold.stressed_exposure
    families = (
        (
            "overlay",
            "Short sector funds",
            (
                leg("SMH", "short", 600_000.0, smh.stress_return, 0.0012),
                leg("XLU", "short", 400_000.0, utilities.stress_return, 0.0009),
            ),
            "infeasible",
            ("largest position in SMH: 20% of the portfolio", "gross notional 40%"),
        ),
        (
            "rotation",
            "Sell accelerators, keep cash",
            (leg("NVDA", "sell", 500_000.0, own, 0.0005),),
            "optimal",
            (),
        ),
        ("nothing", "Do nothing", (), "nothing", ()),
    )
    hedges = []
    for family, title, legs, status, binding in families:
        cost = sum(x.cost for x in legs)
        made = sum(x.pnl for x in legs)
        hedges.append(
            Hedge(
                family=family,
                title=title,
                legs=legs,
                cost=cost,
                cost_bps=cost / result.base_value * 1e4,
                hedge_pnl=made,
                residual_pnl=result.pnl + made - cost,
                status=status,
                binding=binding,
                note="Costs are for a round trip of one month.",
                diagnostics={"effectiveness": 0.56},
                pnls=(made,),
            )
        )
    return HedgePlan(
        result=result,
        target=0.5,
        hedges=tuple(hedges),
        instruments=(smh, utilities),
        scenarios=(
            PlanScenario(
                label="this scenario",
                kind="target",
                scenario=result.scenario,
                pnl=result.pnl,
            ),
        ),
    )


@pytest.fixture
def by_hand() -> SimpleNamespace:
    """Return the makers themselves, for tests that change what goes in."""
    return SimpleNamespace(
        stress=stress,
        holdings=holdings,
        factor=factor,
        make_plan=make_plan,
        Inputs=Inputs,
        MARKET=MARKET,
        SHOCKS=SHOCKS,
    )

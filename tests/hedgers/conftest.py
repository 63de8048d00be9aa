"""A small factor with instruments and history, and portfolios stressed under it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import stresskit
from stresskit.core.hedge.question import HedgeQuestion
from stresskit.hedging import question_of
from stresskit.model import (
    Evidence,
    Factor,
    Fund,
    Group,
    HedgeTarget,
    Identifiers,
    Mandate,
    MarketLeg,
    Portfolio,
    Position,
    Scenario,
    Security,
    Segment,
    SegmentHistory,
    Shock,
    StressResult,
    Tradable,
    ValueChain,
)

DAY = dt.date(2025, 1, 27)
MARKET = 0.005
SHOCKS = {"CHIPS": -0.15, "POWER": -0.20, "ROM_45": -0.02, "ROM_30": 0.02}
# ticker: beta, sensitivities, daily residual sd
LISTED: dict[str, tuple[float, dict[str, float], float]] = {
    "CHIP": (1.5, {"CHIPS": 1.0}, 0.020),
    "VOLT": (0.9, {"POWER": 0.9, "CHIPS": 0.1}, 0.018),
    "SOFT": (1.0, {"ROM_45": 1.0}, 0.010),
    "SOAP": (0.4, {"ROM_30": 1.0}, 0.008),
    "SMC": (1.2, {"CHIPS": 0.9, "ROM_45": 0.05}, 0.004),
    "UTL": (0.6, {"POWER": 0.7}, 0.005),
    "BRD": (1.0, {"CHIPS": 0.15, "POWER": 0.02, "ROM_45": 0.4}, 0.002),
    "STP": (0.5, {"ROM_30": 0.9}, 0.003),
}
# ticker: use, half-spread, fee, borrow a year, cap, price
TRADED = {
    "SMC": ("short", 0.0002, 0.0001, 0.006, 0.20, 250.0),
    "UTL": ("short", 0.0005, 0.0001, 0.012, 0.10, None),
    "BRD": ("short", 0.0001, 0.0001, 0.003, 0.30, 500.0),
    "STP": ("buy", 0.0002, 0.0001, 0.003, 0.15, 80.0),
}


def _history() -> SegmentHistory:
    rng = np.random.default_rng(20250127)
    spread = np.array([0.008, 0.012, 0.015, 0.006, 0.005])
    days = tuple(DAY - dt.timedelta(days=n) for n in range(250, 0, -1))
    returns = rng.standard_normal((250, 5)) * spread
    return SegmentHistory(
        names=("MARKET", *SHOCKS),
        dates=days,
        returns=returns,
        start=days[0],
        end=days[-1],
    )


def _evidence(ticker: str, role: str) -> Evidence:
    beta, sensitivities, sd = LISTED[ticker]
    return Evidence(
        ticker=ticker,
        mic="XNAS",
        isin=None,
        name=f"{ticker.title()} Inc",
        role=role,
        segments={},
        event_return=None,
        observations=250,
        beta=beta,
        beta_se=0.1,
        residual_sd=sd,
        specific_sd=sd,
        abnormal_return=None,
        sensitivities=sensitivities,
        own_name=None,
        source="toy",
    )


def _factor() -> Factor:
    segments = tuple(
        Segment(
            id=k,
            group="ALL",
            title=k.title(),
            definition=k,
            theme=not k.startswith("ROM"),
            expected_sign="-",
            expected_sign_date=DAY,
        )
        for k in SHOCKS
    )
    securities = tuple(
        Security(
            ticker=k,
            mic="XNAS",
            name=f"{k.title()} Inc",
            country="US",
            currency="USD",
            isin=None,
            gics_sector="",
            segments={max(LISTED[k][1], key=lambda s: LISTED[k][1][s]): 1.0},
            basis="toy",
            as_of=DAY,
        )
        for k in ("CHIP", "VOLT", "SOFT", "SOAP")
    )
    funds = tuple(
        Fund(
            ticker=k,
            mic="XNAS",
            name=f"{k} ETF",
            country="US",
            currency="USD",
            isin=None,
            asset_class="equity",
            segments={},
            sensitivities={},
            beta=None,
            markets={},
            proxy=None,
            leverage=1.0,
            basis="toy",
            as_of=DAY,
        )
        for k in TRADED
    )
    chain = ValueChain(
        id="toy-chain",
        title="Toy chain",
        revision=1,
        groups=(Group(id="ALL", title="All", definition="All."),),
        segments=segments,
        securities=securities,
        funds=funds,
        sha256="c" * 64,
    )
    return Factor(
        id="toy-event",
        revision=1,
        revision_reason="first",
        title="Toy event",
        narrative="",
        questions=(),
        event_start=DAY,
        event_end=DAY,
        chain=chain,
        shocks=tuple(
            Shock(
                segment=k,
                members=4,
                effective_members=4.0,
                total=f,
                raw=f,
                shrunk=f,
                standard_error=0.01,
                shrinkage=0.0,
                beta=1.0,
                beta_sd=0.2,
                residual_sd=0.02,
                specific_sd=0.015,
                composition={k: 1.0},
            )
            for k, f in SHOCKS.items()
        ),
        market=(MarketLeg(region="US", value=MARKET, start=DAY, end=DAY, basis="toy"),),
        evidence=tuple(
            _evidence(k, "fund" if k in TRADED else "theme") for k in LISTED
        ),
        history=_history(),
        dispersion_theme=1.5,
        dispersion_rest=1.2,
        replay_theme=0.8,
        replay_rest=0.5,
        universe_low=-0.2,
        universe_high=0.1,
        sha256="f" * 64,
    )


def _tradables() -> tuple[Tradable, ...]:
    return tuple(
        Tradable(
            ticker=k,
            mic="XNAS",
            isin=None,
            name=f"{k} ETF",
            currency="USD",
            kind="etf",
            ucits=False,
            short=use == "short",
            buy=use == "buy",
            options=k == "SMC",
            half_spread=spread,
            fee=fee,
            borrow=borrow,
            volume=None,
            lot=1.0,
            multiplier=1.0,
            price=price,
            price_date=DAY,
            of=f"{k}:XNAS",
            volatility=0.30 if k == "SMC" else None,
            volatility_date=DAY,
            cap=cap,
            source="toy",
        )
        for k, (use, spread, fee, borrow, cap, price) in TRADED.items()
    )


@pytest.fixture(scope="session")
def traded() -> tuple[Tradable, ...]:
    """Return the toy instruments."""
    return _tradables()


@pytest.fixture(scope="session")
def ask(traded: tuple[Tradable, ...]) -> Callable[..., HedgeQuestion]:
    """Ask about a stressed book: a target, limits of the mandate, the instruments."""

    def run(
        result: StressResult,
        target: float | HedgeTarget = 0.5,
        *,
        instruments: tuple[Tradable, ...] | None = None,
        families: tuple[str, ...] = (),
        **limits: object,
    ) -> HedgeQuestion:
        mandate = Mandate(**{"whole_lots": False, **limits})  # type: ignore[arg-type]
        asked = target if isinstance(target, HedgeTarget) else HedgeTarget(value=target)
        used = traded if instruments is None else instruments
        question, _, _ = question_of(result, mandate, asked, used, families=families)
        return question

    return run


@pytest.fixture(scope="session")
def toy() -> Factor:
    """Return the toy factor with instruments and history."""
    return _factor()


@pytest.fixture(scope="session")
def listed() -> dict[str, tuple[float, dict[str, float], float]]:
    """Return beta, sensitivities and residual sd of every toy line, by ticker."""
    return LISTED


@pytest.fixture(scope="session")
def event_return() -> Callable[[str], float]:
    """Return what a toy line does on the event, worked out from the tables above."""

    def of(ticker: str) -> float:
        beta, sensitivities, _ = LISTED[ticker]
        return beta * MARKET + sum(x * SHOCKS[k] for k, x in sensitivities.items())

    return of


@pytest.fixture(scope="session")
def book(toy: Factor) -> Callable[..., StressResult]:
    """Stress a book given as ``CHIP=4e5, CASH=1e5, BOND=...`` in dollars."""

    def run(
        *,
        factor: Factor | None = None,
        severity: float = 1.0,
        weights: bool = False,
        base: str | None = "USD",
        fx: dict[str, float] | None = None,
        future: float | None = None,
        **money: float,
    ) -> StressResult:
        kinds = {"CASH": "cash", "BOND": "bond"}
        lines = [
            Position(
                id=f"p{n}",
                name=k,
                identifiers=Identifiers(ticker=k, mic="XNAS"),
                asset_class=kinds.get(k, "equity"),  # type: ignore[arg-type]
                currency="USD",
                quantity=10.0,
                market_value=None if weights else v,
                weight=v if weights else None,
            )
            for n, (k, v) in enumerate(money.items(), 1)
        ]
        if future is not None:
            lines.append(
                Position(
                    id="fut",
                    name="Index future",
                    asset_class="future",
                    market_value=0.0,
                    exposure=future,
                    currency="USD",
                )
            )
        portfolio = Portfolio(
            name="Book",
            positions=tuple(lines),
            base_currency=None if weights else base,
            fx=fx or {},
        )
        used = factor or toy
        exposures = stresskit.map_exposures(portfolio, used)
        return stresskit.stress(portfolio, exposures, Scenario(used, severity))

    return run


@pytest.fixture(scope="session")
def without_history(toy: Factor) -> Factor:
    """Return the toy factor as a stated one: no daily returns."""
    return replace(toy, history=None)

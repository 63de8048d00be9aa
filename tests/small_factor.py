"""A value chain of seven segments, and a factor on it to take betas from."""

from __future__ import annotations

import datetime as dt

import numpy as np

from stresskit.model import (
    Driver,
    Evidence,
    Factor,
    Group,
    Issue,
    MarketLeg,
    PathPoint,
    Plausibility,
    Segment,
    SegmentHistory,
    Shock,
    ValueChain,
)

# Segment: group, title, GICS sector, beta.
SEGMENTS = {
    "GPU": ("CHIPS", "Graphics chips", None, 1.5),
    "RAM_CHIPS": ("CHIPS", "Memory & storage", None, 2.0),
    "FAB": ("CHIPS", "Contract makers", None, 1.0),
    "NUKE": ("POWER", "Nuclear", None, 0.8),
    "GAS": ("POWER", "Gas-fired", None, 1.2),
    "ROM_40": ("ROM", "Rest of market: Financials", "Financials", 1.1),
    "ROM_55": ("ROM", "Rest of market: Utilities", "Utilities", 0.5),
}
GROUPS = {"CHIPS": "Chips", "POWER": "Electricity", "ROM": "Rest of market"}
EVENT = dt.date(2025, 1, 27)


def _shock(name: str, beta: float) -> Shock:
    return Shock(
        segment=name,
        members=4,
        effective_members=4.0,
        total=-0.1,
        raw=-0.11,
        shrunk=-0.1,
        standard_error=0.01,
        shrinkage=0.2,
        beta=beta,
        beta_sd=0.3,
        residual_sd=0.02,
        specific_sd=0.015,
        composition={name: 1.0},
        alternatives={"cap-weighted": -0.12},
        path={1: 0.8},
        mapped=True,
    )


def _evidence(ticker: str, role: str) -> Evidence:
    return Evidence(
        ticker=ticker,
        mic="XNAS",
        isin=None,
        name=f"{ticker} Inc",
        role=role,
        segments={"GPU": 1.0},
        event_return=-0.17,
        observations=250,
        beta=1.6,
        beta_se=0.2,
        residual_sd=0.02,
        specific_sd=0.01,
        abnormal_return=-0.18,
        sensitivities={"GPU": 1.1},
        own_name=-0.01,
        source="prices",
        sar=-8.0,
        start=EVENT,
        end=EVENT,
        copies="2 of 2",
        path={1: -0.15},
    )


def small_chain() -> ValueChain:
    """Return two groups of the theme and the rest of the market."""
    return ValueChain(
        id="small-chain",
        title="Small chain",
        revision=1,
        groups=tuple(Group(id=i, title=t, definition="") for i, t in GROUPS.items()),
        segments=tuple(
            Segment(
                id=name,
                group=group,
                title=title,
                definition="",
                theme=sector is None,
                expected_sign="-",
                expected_sign_date=EVENT,
                gics_sector=sector,
            )
            for name, (group, title, sector, _) in SEGMENTS.items()
        ),
        securities=(),
        funds=(),
        sha256="0" * 64,
    )


def small_factor() -> Factor:
    """Return a factor of which only what came before its event may be kept."""
    names = ("MARKET", *SEGMENTS)
    return Factor(
        id="old-event",
        revision=3,
        revision_reason="A correction",
        title="Old event",
        narrative="What happened then.",
        questions=("Why?",),
        event_start=EVENT,
        event_end=EVENT,
        chain=small_chain(),
        shocks=tuple(_shock(k, beta) for k, (_, _, _, beta) in SEGMENTS.items()),
        market=tuple(
            MarketLeg(region=r, value=0.01, start=EVENT, end=EVENT, basis="measured")
            for r in ("US", "World", "Europe")
        ),
        evidence=(_evidence("CHIP", "theme"), _evidence("FUND", "fund")),
        history=SegmentHistory(
            names=names,
            dates=tuple(dt.date(2024, 12, day) for day in (2, 3, 4)),
            returns=np.zeros((3, len(names))),
            start=dt.date(2024, 12, 2),
            end=dt.date(2024, 12, 3),
        ),
        dispersion_theme=1.7,
        dispersion_rest=1.1,
        replay_theme=0.8,
        replay_rest=0.4,
        universe_low=-0.3,
        universe_high=0.1,
        purpose="To look back.",
        basis="older@1",
        expert_set=True,
        drivers=(Driver(name="demand", value=-0.1, standard_error=0.02),),
        drivers_r2=0.5,
        path=(PathPoint(days=1, persistence=0.8, standard_error=0.1, securities=9),),
        plausibility=Plausibility(distance=9.0, typical=2.0, segments=7, index_sd=0.1),
        issues=(Issue(code="old", severity="info", message="Of the old event."),),
    )

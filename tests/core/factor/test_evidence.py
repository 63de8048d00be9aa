"""The evidence: a row per security, and the history of the segments."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from stresskit.core.factor.build import build
from stresskit.model import Published

DAY = dt.date(2025, 1, 31)


@pytest.fixture(scope="module")
def rows(factor):
    """The evidence by key."""
    return {e.key: e for e in factor.evidence}


@pytest.fixture(scope="module")
def mixed(truth, chain_of):
    """The known event with a fund, a young line, a published move, own windows."""
    lines = [(s.ticker, s.mic, s.name, s.segments) for s in truth.chain.securities]
    lines.append(("2330", "XTAI", "Foundry of Taiwan", {"FAB": 1.0}))
    prices = truth.prices.copy()
    prices["FUND"] = prices[[f"GPU{n}" for n in range(10)]].mean(axis=1)
    prices.loc[prices.index[:150], "MEM0"] = np.nan
    move = Published(
        ticker="2330",
        mic="XTAI",
        move=-0.0573,
        start=DAY,
        end=DAY,
        source="press",
        note="first session",
    )
    after = prices.index[truth.row + 1].date()
    spec = replace(
        truth.spec,
        published=(move,),
        windows={"Japan": (truth.spec.start, after)},
        copies={"GPU1": "3 of 3", "2330": "never"},
    )
    return build(prices, chain_of(lines, [("FUND", "ARCX", "A fund")]), spec)


def test_there_is_a_row_per_security_in_the_chains_order(truth, factor):
    """All of them with their fractions, region by region."""
    for mic in ("XNAS", "XTKS"):
        rows = [(e.ticker, e.segments) for e in factor.evidence if e.mic == mic]
        lines = [s for s in truth.chain.securities if s.mic == mic]
        assert rows == [(s.ticker, s.segments) for s in lines]
    assert len(factor.evidence) == len(truth.chain.securities)


def test_figures_follow_from_each_other(cut, factor, rows):
    """Abnormal is event less beta times the region's market, to eight places."""
    legs = {m.region: m.value for m in factor.market}

    for key, leg in (
        ("GPU3:XNAS", "US"),
        ("GPU17:XTKS", "Japan"),
        ("ROM402:XNAS", "US"),
    ):
        e = rows[key]
        expected = e.event_return - e.beta * legs[leg]
        assert e.abnormal_return == pytest.approx(expected, abs=6e-9)
        assert e.abnormal_return == round(e.abnormal_return, 8)
        assert e.observations == 250
        assert (e.start, e.end) == (None, None)
    assert {e.role for e in factor.evidence} == {"theme", "rest"}
    assert sum(e.role == "rest" for e in factor.evidence) == cut.panel.rest.sum() == 56


def test_sensitivities_are_published_without_zeros(found, rows):
    """The row of the estimate, by segment, rounded to four places."""
    row = found.sensitivities[3]

    kept = rows["GPU3:XNAS"].sensitivities
    assert sorted(kept.values()) == sorted(x for x in row.tolist() if x)
    assert 0.8 < kept["GPU"] < 1.2
    assert all(round(x, 4) == x for x in kept.values())


def test_the_own_name_shock_is_part_of_what_the_segments_leave(found, factor, rows):
    """The same share for all of the theme, by the mean square in own deviations."""
    theta = {s.segment: s.shrunk for s in factor.shocks}
    theme = [e for e in rows.values() if e.role == "theme"]

    left = np.array(
        [
            e.abnormal_return - sum(x * theta[k] for k, x in e.sensitivities.items())
            for e in theme
        ]
    )
    doubled = left / [e.residual_sd for e in theme]
    delta2 = max(0.0, float(np.mean(doubled**2 - 1)))
    own = np.array([e.own_name for e in theme])
    assert own == pytest.approx(delta2 / (delta2 + 1) * left, abs=1e-12)
    assert factor.replay_theme == found.replay[0]
    assert factor.replay_theme == pytest.approx(np.sqrt(delta2 / (delta2 + 1)))


def test_own_news_is_told_where_companies_had_any(truth):
    """Every other graphics line 12% lower, the others 12% higher, than its segment."""
    prices = truth.prices.copy()
    for n in range(15):
        prices.loc[prices.index[truth.row] :, f"GPU{n}"] *= 1 + 0.12 * (-1) ** n

    made = build(prices, truth.chain, truth.spec)

    theta = {s.segment: s.shrunk for s in made.shocks}
    share = []
    for e in made.evidence:
        if e.role == "theme":
            fitted = sum(x * theta[k] for k, x in e.sensitivities.items())
            share.append(e.own_name / (e.abnormal_return - fitted))
    # In own deviations every one of them counts the same: one share for all.
    assert 0.5 < share[0] < 1
    assert share == pytest.approx([share[0]] * len(share), rel=1e-9)
    assert made.replay_theme == pytest.approx(np.sqrt(share[0]), rel=1e-9)


def test_paths_are_the_abnormal_returns_later(found, rows):
    """By horizon, rounded."""
    expected = {p.days: round(float(p.after[3]), 6) for p in found.paths}

    assert rows["GPU3:XNAS"].path == expected


def test_roles_and_sources_are_told(mixed):
    """A fund, a published move, the others."""
    rows = {e.key: e for e in mixed.evidence}

    fund, mapped = rows["FUND:ARCX"], rows["2330:XTAI"]
    assert (fund.role, fund.own_name, fund.segments) == ("fund", None, {})
    assert fund.sensitivities["GPU"] > 0.5
    assert (mapped.role, mapped.source, mapped.note) == (
        "mapped",
        "press",
        "first session",
    )
    assert (mapped.event_return, mapped.abnormal_return) == (-0.0573, -0.0573)
    assert (mapped.own_name, mapped.residual_sd, mapped.sar) == (None, None, None)
    assert (mapped.start, mapped.end, mapped.observations) == (DAY, DAY, 0)
    assert (mapped.copies, rows["GPU1:XNAS"].copies) == ("published", "3 of 3")
    assert rows["GPU2:XNAS"].copies == ""
    assert mixed.method["mapped_securities"] == mixed.method["funds"] == 1


def test_windows_that_are_not_the_events_are_told(truth, mixed):
    """Japan took two sessions."""
    rows = {e.key: e for e in mixed.evidence}

    tokyo, home = rows["GPU17:XTKS"], rows["GPU3:XNAS"]
    after = truth.prices.index[truth.row + 1].date()
    assert (tokyo.start, tokyo.end) == (truth.spec.start, after)
    assert (home.start, home.end) == (None, None)


def test_a_young_line_has_no_sensitivities_of_its_own(mixed):
    """With 101 returns its beta is its peers'."""
    young = next(e for e in mixed.evidence if e.ticker == "MEM0")

    assert young.observations == 101
    assert young.sensitivities == {}
    assert young.specific_sd is None
    assert young.role == "theme"


def test_the_history_holds_the_market_and_the_segments(truth, cut, found, factor):
    """Over all days of the file but the first, from members at home."""
    history = factor.history

    assert history.names == (
        "MARKET",
        *(s for s in truth.chain.segment_ids if s != "IDLE"),
    )
    assert history.dates == cut.dates[1:]
    market = found.betas.market.daily[1:, 0]
    assert history.returns[:, 0] == pytest.approx(market, rel=1e-12)
    home = (cut.panel.main == 1) & (cut.panel.region == 0)
    expected = found.betas.daily[100, home].mean()
    assert history.returns[99, 2] == pytest.approx(expected, rel=1e-12)
    inside = np.flatnonzero(cut.panel.inside[:, 0])
    assert (history.start, history.end) == (
        cut.dates[inside[0]],
        cut.dates[inside[-1]],
    )

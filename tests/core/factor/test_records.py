"""Records of an estimate: shocks, tests, signs, drivers, legs and findings."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from stresskit.core.factor import records
from stresskit.core.factor.build import build
from stresskit.model import Published, Segment, Shock, Significance

DAY = dt.date(2025, 1, 27)


def segment(sign):
    """A segment read to move that way."""
    return Segment(
        id="GPU",
        group="CHIPS",
        title="",
        definition="",
        theme=True,
        expected_sign=sign,
        expected_sign_date=DAY,
    )


def shock(value=-0.1, z=None, error=0.02, **changes):
    """A shock, with its history's z where it has one."""
    test = Significance(z=z, rank=1, days=250, rank_p=0.004, discovery=True)
    fields = {
        "segment": "GPU",
        "members": 5,
        "effective_members": 5.0,
        "total": value,
        "raw": value,
        "shrunk": value,
        "standard_error": error,
        "shrinkage": 0.1,
        "beta": 1.0,
        "beta_sd": 0.3,
        "residual_sd": 0.02,
        "specific_sd": 0.02,
        "composition": {"GPU": 1.0},
        "significance": None if z is None else test,
    }
    return Shock(**{**fields, **changes})


@pytest.mark.parametrize(
    ("sign", "down", "up", "quiet"),
    [
        ("-", True, False, True),
        ("+", False, True, False),
        ("0", False, False, True),
        ("0/+", False, True, True),
        ("+/0", False, True, True),
        ("0/-", True, False, True),
        ("--", True, False, True),
        ("+/-", None, None, None),
        ("", None, None, None),
    ],
)
def test_a_sign_holds_or_not_in_every_spelling(sign, down, up, quiet):
    """Ten percent down, ten up, and half a percent down on a day like others."""
    read = segment(sign)

    assert records.sign_held(read, shock(-0.1, z=-5.0)) is down
    assert records.sign_held(read, shock(0.1, z=5.0)) is up
    assert records.sign_held(read, shock(-0.005, z=-0.2)) is quiet


@pytest.mark.parametrize(("z", "held"), [(1.99, True), (-1.99, True), (2.0, False)])
def test_an_ordinary_day_is_within_two_deviations(z, held):
    """Of the segment's own history, whichever way."""
    assert records.sign_held(segment("0"), shock(np.copysign(0.03, z), z=z)) is held


def test_without_a_history_the_standard_error_says_what_is_ordinary():
    """Two errors; with an error of zero any move is within."""
    assert records.sign_held(segment("0"), shock(-0.039, error=0.02)) is True
    assert records.sign_held(segment("0"), shock(-0.041, error=0.02)) is False
    assert records.sign_held(segment("0"), shock(-0.041, error=0.0)) is True


def codes(factor):
    """The issues by code."""
    return {i.code: i for i in factor.issues}


def test_single_and_missing_members_are_told(factor):
    """FUSION has one member, IDLE none; nothing else is thin."""
    found = codes(factor)

    assert found["one-member"].message == (
        "Segments that rest on one security, whose own news of the day is in the "
        "shock: FUSION."
    )
    assert found["no-member"].message == (
        "Segments without a member that has prices, which take their group's mean: "
        "IDLE."
    )
    assert {"mapped", "unsure-sign"}.isdisjoint(found)


@pytest.mark.parametrize(
    ("value", "others", "told"),
    [
        (-0.05, {"regression": 0.05}, True),
        (-0.05, {"inverse_variance": 0.03}, True),
        (-0.05, {"short_window": 0.03}, True),
        (-0.05, {"short_window": 0.01}, False),
        (-0.01, {"regression": 0.05}, False),
        (-0.05, {"regression": -0.09}, False),
        (-0.05, {"index_market": 0.05, "day_after": 0.05, "day_before": 0.05}, False),
    ],
)
def test_a_sign_that_hangs_on_the_choices_is_told(value, others, told):
    """Beyond the error of 2% on both sides; other questions are no doubt."""
    found = records.findings((shock(value, alternatives=others),))

    assert [i.code for i in found] == (["unsure-sign"] if told else [])


def test_shocks_stand_in_the_chains_order_with_what_they_rest_on(truth, factor, found):
    """Members, means and errors are those of the estimate; pure ones are pure."""
    assert [s.segment for s in factor.shocks] == list(truth.chain.segment_ids)
    assert [s.members for s in factor.shocks] == [20, 15, 15, 15, 15, 1, 0, 15, 28, 28]
    for k, s in enumerate(factor.shocks):
        assert s.shrunk == found.shocks.theta[k]
        assert s.standard_error == found.shocks.sd[k]
        assert s.composition == {s.segment: 1.0}
        assert s.mapped is False
    idle = factor.shocks[6]
    assert (idle.total, idle.raw, idle.significance) == (None, None, None)


def test_total_and_raw_differ_by_beta_times_the_market(cut, found, factor):
    """Over the same members: the mean of event returns less beta times the market."""
    panel, betas = cut.panel, found.betas
    for k in (0, 1, 5, 8):
        members = panel.tags[:, k] == 1
        leg = (betas.beta * betas.market_event)[members].mean()
        s = factor.shocks[k]
        assert s.total == pytest.approx(panel.event[members].mean(), rel=1e-9)
        assert s.total - s.raw == pytest.approx(leg, abs=2e-8)


def test_betas_and_deviations_describe_the_members(cut, found, factor):
    """Means over members; an empty segment takes those of its group."""
    members = cut.panel.main == 1
    power = np.isin(cut.panel.main, [3, 4, 5])

    memory, idle = factor.shocks[1], factor.shocks[6]
    b, s = found.betas.beta, found.betas.residual_sd
    assert memory.beta == pytest.approx(b[members].mean(), rel=1e-12)
    assert memory.beta_sd == pytest.approx(b[members].std(ddof=1), rel=1e-12)
    assert memory.residual_sd == pytest.approx(np.sqrt(np.mean(s[members] ** 2)))
    rms = np.sqrt(np.mean(found.specific[members] ** 2))
    assert memory.specific_sd == pytest.approx(rms, rel=1e-12)
    assert idle.beta == pytest.approx(b[power].mean(), rel=1e-12)
    assert factor.shocks[5].beta_sd == 0.3


def test_each_segment_is_tested_against_its_own_days(factor):
    """z, rank and p from the published history; members' t by its formula."""
    history = factor.history
    before = history.before
    assert before.shape[0] == 250
    for s in factor.shocks:
        if s.significance is None:
            continue
        days = before[:, history.names.index(s.segment)]
        larger = int(np.sum(np.abs(days) >= abs(s.raw)))
        assert s.significance.z == pytest.approx(s.raw / days.std(ddof=1), rel=1e-9)
        assert s.significance.rank == larger + 1
        assert s.significance.rank_p == pytest.approx((larger + 1) / 251, rel=1e-12)
        assert s.significance.days == 250


def test_members_are_tested_together(cut, found, factor):
    """Kolari and Pynnonen by hand for MEM; FUSION has too few members."""
    members = cut.panel.main == 1
    left = found.betas.residual[cut.panel.inside[:, 0]][:, members]
    rbar = np.corrcoef(left.T)[np.triu_indices(15, 1)].mean()
    t = stats.ttest_1samp(found.betas.sar[members], 0.0).statistic
    t *= np.sqrt((1 - rbar) / (1 + 14 * rbar))

    test = factor.shocks[1].significance
    assert test.mean_correlation == pytest.approx(rbar, rel=1e-9)
    assert test.adjusted_t == pytest.approx(t, rel=1e-9)
    assert test.adjusted_p == pytest.approx(2 * stats.t.sf(abs(t), 14), rel=1e-6)
    assert factor.shocks[5].significance.adjusted_t is None


def test_drivers_explain_the_themes_shocks(truth, factor):
    """Weighted least squares of the read segments on their loadings, by numpy."""
    read = [
        (s, g.narrative)
        for s, g in zip(factor.shocks, truth.chain.segments, strict=True)
        if g.narrative
    ]
    sd = np.array([s.standard_error for s, _ in read])
    z = np.array([[n.get("demand", 0), n.get("adoption", 0)] for _, n in read])
    y = np.array([s.shrunk for s, _ in read])
    value, sse, *_ = np.linalg.lstsq(z / sd[:, None], y / sd, rcond=None)

    assert [d.name for d in factor.drivers] == ["demand", "adoption"]
    assert [d.value for d in factor.drivers] == pytest.approx(value.tolist(), rel=1e-9)
    assert factor.drivers_r2 == pytest.approx(1 - sse[0] / np.sum((y / sd) ** 2))
    assert factor.drivers[0].value > 0.1


def test_a_chain_without_drivers_or_with_twins_has_none(truth, factor):
    """Nothing is explained by nothing, nor by two that always stand together."""
    plain = replace(
        truth.chain,
        segments=tuple(replace(s, narrative={}) for s in truth.chain.segments),
    )
    twins = replace(
        truth.chain,
        segments=tuple(
            replace(s, narrative={"a": -1.0, "b": -0.5}) for s in truth.chain.segments
        ),
    )

    assert records.drivers_of(factor.shocks, plain) == ((), None)
    assert records.drivers_of(factor.shocks, twins) == ((), None)


def test_every_region_has_a_leg(truth, factor):
    """America's and Japan's as measured, 70% of America's for the world, else zero."""
    legs = {m.region: m for m in factor.market}

    assert list(legs) == ["US", "World", "Europe", "Japan", "Asia ex-Japan", "Other"]
    assert legs["World"].value == pytest.approx(0.7 * legs["US"].value, rel=1e-12)
    assert legs["World"].basis.startswith("70% of the US leg")
    assert legs["Europe"].value == 0.0
    assert "no price panel" in legs["Europe"].basis
    assert (legs["Japan"].start, legs["Japan"].end) == (truth.spec.start,) * 2
    assert legs["Japan"].basis == (
        "equal-weighted mean of Japan securities outside the theme"
    )


def test_the_day_is_compared_with_its_past(factor):
    """Distance and severity from the published history, the theme's segments only."""
    found = factor.plausibility
    history = factor.history
    raw = {s.segment: s.raw for s in factor.shocks}
    theme = [n for n in history.names if n != "MARKET" and not n.startswith("ROM")]
    columns = [history.names.index(n) for n in theme]
    theta = np.array([raw[n] for n in theme])

    index = np.nan_to_num(history.returns[:, columns]) @ theta / (theta @ theta)
    ranked = sorted(
        (
            (abs(i), day)
            for i, day in zip(index, history.dates, strict=True)
            if day != factor.event_start
        ),
        reverse=True,
    )
    inside = [history.start <= day <= history.end for day in history.dates]
    assert found.segments == len(theme) == 7
    assert [day for day, _ in found.nearest] == [day for _, day in ranked[:5]]
    assert found.index_sd == pytest.approx(index[inside].std(ddof=1), rel=1e-9)
    assert found.distance > 5 * found.typical
    # The median of a chi with seven degrees of freedom.
    assert found.typical == pytest.approx(np.sqrt(stats.chi2.median(7)), rel=0.1)


def test_a_segment_of_published_moves_is_marked(truth, chain_of):
    """IDLE has a line without prices: its published move is the shock, with a word."""
    lines = [(s.ticker, s.mic, s.name, s.segments) for s in truth.chain.securities]
    lines.append(("2330", "XTAI", "Foundry of Taiwan", {"IDLE": 1.0}))
    move = Published(
        ticker="2330", mic="XTAI", move=-0.0573, start=DAY, end=DAY, source="press"
    )

    factor = build(
        truth.prices, chain_of(lines), replace(truth.spec, published=(move,))
    )

    idle = factor.shocks[6]
    assert (idle.mapped, idle.members, idle.raw, idle.total) == (
        True,
        1,
        -0.0573,
        -0.0573,
    )
    assert [s.segment for s in factor.shocks if s.mapped] == ["IDLE"]
    found = codes(factor)
    assert found["mapped"].message.endswith("with four times the variance: IDLE.")
    assert "IDLE" not in found["one-member"].message
    assert "no-member" not in found


def test_total_and_raw_are_over_the_same_members_beside_a_mapped_one(truth, chain_of):
    """Three pure names of four, one mapped, one with 60%: the fifth counts in both."""
    share = {"GAS0": 1.0, "GAS1": 1.0, "GAS2": 1.0, "GAS3": 0.6}
    lines = [
        (
            s.ticker,
            s.mic,
            s.name,
            {"GAS": share[s.ticker], **({"SOFT": 0.4} if share[s.ticker] < 1 else {})}
            if s.ticker in share
            else s.segments,
        )
        for s in truth.chain.securities
        if "GAS" not in s.segments or s.ticker in share
    ]
    lines.append(("2330", "XTAI", "Gas of Taiwan", {"GAS": 1.0}))
    move = Published(
        ticker="2330", mic="XTAI", move=-0.0573, start=DAY, end=DAY, source="press"
    )

    factor = build(
        truth.prices, chain_of(lines), replace(truth.spec, published=(move,))
    )

    gas = factor.shocks[4]
    rows = [e for e in factor.evidence if "GAS" in e.segments and e.role == "theme"]
    assert gas.members == len(rows) == 4
    assert gas.raw == pytest.approx(np.mean([e.abnormal_return for e in rows]))
    assert gas.total == pytest.approx(np.mean([e.event_return for e in rows]))

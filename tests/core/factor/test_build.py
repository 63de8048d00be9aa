"""A factor from prices of which the truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stresskit.core.factor.build import build
from stresskit.core.factor.recompute import recompute_shocks
from stresskit.core.factor.records import sign_held
from stresskit.errors import FactorError


def off(truth, factor):
    """How many standard errors each shock is off, by segment."""
    return {
        s.segment: (s.shrunk - truth.shocks[s.segment]) / s.standard_error
        for s in factor.shocks
        if s.segment in truth.shocks
    }


def test_the_shocks_put_in_are_found(truth, factor):
    """Each within three of its standard errors, and none of them vague."""
    found = off(truth, factor)

    assert len(found) == 9
    assert max(abs(x) for x in found.values()) < 3
    errors = {s.segment: s.standard_error for s in factor.shocks}
    assert max(errors[k] for k in ("GPU", "MEM", "FAB", "NUKE", "GAS")) < 0.006
    assert errors["GPU"] < errors["FUSION"] < errors["IDLE"]


def test_errors_are_of_the_size_of_what_they_speak_of(truth_of):
    """Over twelve events the shocks are off by one standard error or two, not more."""
    squares = []
    for seed in range(12):
        truth = truth_of(seed)
        made = build(truth.prices, truth.chain, truth.spec)
        squares += [x**2 for x in off(truth, made).values()]

    assert 0.6 < np.sqrt(np.mean(squares)) < 2.2


def test_the_markets_put_in_are_found(truth, factor):
    """Plain means of the returns outside the theme, near what was put in."""
    legs = {m.region: m.value for m in factor.market}
    p = truth.prices
    moves = p.iloc[truth.row] / p.iloc[truth.row - 1] - 1

    for region, suffix, count in (("US", False, 40), ("Japan", True, 16)):
        names = [c for c in p if c.startswith("ROM") and c.endswith(".T") is suffix]
        assert len(names) == count
        assert legs[region] == pytest.approx(moves[names].mean(), abs=1e-8)
        error = 0.012 / np.sqrt(count)
        assert abs(legs[region] - truth.market[region]) < 3 * error


def test_the_share_that_was_left_is_found(truth, factor):
    """Sixty percent of every move stayed on the day after, and nothing else came."""
    assert [p.days for p in factor.path] == [1, 5, 10, 20]
    for p in factor.path:
        assert abs(p.persistence - truth.persistence) < 3 * p.standard_error + 0.02
    assert factor.path[0].standard_error < 0.02
    assert factor.path[0].securities > 75


def test_the_shocked_segments_stand_out_of_their_history(factor):
    """Rank 1 of 251 with a z beyond five; the sectors' 0.8% is nothing like it."""
    tests = {s.segment: s.significance for s in factor.shocks}

    for name in ("GPU", "MEM", "FAB", "NUKE", "GAS", "FUSION"):
        assert tests[name].rank == 1
        assert tests[name].z < -5
        assert tests[name].rank_p == pytest.approx(1 / 251, rel=1e-12)
        assert tests[name].discovery
    assert abs(tests["SOFT"].z) < 3
    assert tests["ROM_40"].rank > 1


def test_signs_are_held_as_they_were_read(truth, factor):
    """GPU fell as read, FAB was to stand still, NUKE to rise; +/- is no reading."""
    held = {
        s.id: sign_held(s, shock)
        for s, shock in zip(truth.chain.segments, factor.shocks, strict=True)
    }

    assert (held["GPU"], held["FAB"], held["NUKE"]) == (True, False, False)
    assert held["FUSION"] is None
    assert held["SOFT"] is True


def test_an_ordinary_day_makes_no_discovery(truth_of):
    """Of twenty days without an event, five at most have any at 10%."""
    found = 0
    for seed in range(100, 120):
        truth = truth_of(seed, None, members=6, rest=12)
        made = build(truth.prices, truth.chain, truth.spec)
        tests = [s.significance for s in made.shocks if s.significance]
        assert len(tests) == 9
        found += any(t.discovery for t in tests)

    assert found <= 5


def test_what_was_done_is_told(truth, factor):
    """Window, counts, errors of prediction, and the index's return."""
    method = factor.method
    p = truth.prices

    assert method["window_start"] == p.index[truth.row - 270].date().isoformat()
    assert method["window_end"] == p.index[truth.row - 21].date().isoformat()
    assert (method["window_returns"], method["gap_sessions"]) == (250, 20)
    assert (method["theme_securities"], method["rest_securities"]) == (96, 56)
    move = p["QQQ"].iloc[truth.row] / p["QQQ"].iloc[truth.row - 1] - 1
    assert method["index_return"] == pytest.approx(move, abs=1e-8)
    # The mean absolute value of noise of 1.2%, and FUSION without itself.
    assert method["leave_one_out_mae_theme"] == pytest.approx(
        0.012 * np.sqrt(2 / np.pi), rel=0.2
    )
    assert method["leave_one_out_r2_theme"] > 0.9


def test_dispersion_is_that_of_ordinary_noise(factor):
    """Companies did on the event what they do every day: the 1.2% put in."""
    for theme, role in ((True, "theme"), (False, "rest")):
        usual = [e.residual_sd for e in factor.evidence if e.role == role]
        left = factor.dispersion_of(float(np.median(usual)), theme=theme)
        assert left == pytest.approx(0.012, rel=0.2)


def test_the_universe_is_told_by_its_percentiles(factor):
    """5th and 95th of all abnormal returns."""
    y = [e.abnormal_return for e in factor.evidence]

    assert factor.universe_low == pytest.approx(np.percentile(y, 5), rel=1e-12)
    assert factor.universe_high == pytest.approx(np.percentile(y, 95), rel=1e-12)


def test_the_evidence_gives_the_shocks(factor):
    """Anyone who recomputes them finds the same."""
    assert recompute_shocks(factor) == []


def test_first_revisions_took_the_means_of_members(factor, found):
    """They do not say what their shocks are; the first step recomputes them."""
    first = found.shocks.means.shrunk
    shocks = tuple(
        replace(s, shrunk=theta, standard_error=sd)
        for s, theta, sd in zip(
            factor.shocks, first.theta.tolist(), first.sd.tolist(), strict=True
        )
    )
    silent = {k: v for k, v in factor.method.items() if k != "shocks"}

    assert recompute_shocks(replace(factor, shocks=shocks, method=silent)) == []
    assert recompute_shocks(replace(factor, shocks=shocks))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("abnormal_return", -0.05),
        ("sensitivities", {"MEM": 1.7}),
        ("role", "mapped"),
        ("segments", {"GPU": 1.0}),
    ],
)
def test_a_row_that_was_changed_is_noticed(factor, field, value):
    """The segment whose member it is is named, with both figures."""
    changed = tuple(
        replace(e, **{field: value}) if e.ticker == "MEM4" else e
        for e in factor.evidence
    )

    wrong = recompute_shocks(replace(factor, evidence=changed))

    stored = next(s for s in factor.shocks if s.segment == "MEM").shrunk
    assert any(
        text.startswith(f"MEM: the stored shock {stored:.10g}") for text in wrong
    )


def test_mapped_young_and_twice_listed_lines_are_recomputed_too(truth, chain_of):
    """With a line too young for sensitivities, a late region and a second class."""
    lines = [(s.ticker, s.mic, s.name, s.segments) for s in truth.chain.securities]
    lines.append(("MEM0B", "XNAS", "Company MEM 0 Class B", {"MEM": 1.0}))
    prices = truth.prices.copy()
    prices["MEM0B"] = prices["MEM0"] * 0.5
    prices.loc[prices.index[:150], "GPU0"] = np.nan
    tokyo = [c for c in prices if c.endswith(".T")]
    prices.loc[prices.index[truth.row], tokyo] = np.nan

    factor = build(prices, chain_of(lines), truth.spec)

    roles = [e.role for e in factor.evidence]
    assert roles.count("mapped") == 21
    assert not next(e for e in factor.evidence if e.ticker == "GPU0").sensitivities
    assert factor.shocks[1].members == 16
    assert factor.shocks[1].effective_members == pytest.approx(15**2 / 14.5, rel=1e-9)
    assert recompute_shocks(factor) == []


def test_names_do_not_matter_nor_does_the_order_of_lines(truth, factor, chain_of):
    """Other tickers, other names, other order: the same shocks to the last digit."""
    lines = [
        (f"X{s.ticker}", s.mic, f"Renamed {s.name}", s.segments)
        for s in reversed(truth.chain.securities)
    ]
    prices = truth.prices.rename(
        columns={c: f"X{c}" for c in truth.prices if c != "QQQ"}
    )

    other = build(prices, chain_of(lines), truth.spec)

    for a, b in zip(factor.shocks, other.shocks, strict=True):
        assert b.shrunk == pytest.approx(a.shrunk, abs=1e-9)
        assert b.standard_error == pytest.approx(a.standard_error, rel=1e-9)
        assert (b.members, b.path) == (a.members, pytest.approx(a.path, abs=1e-9))


def test_a_day_without_a_market_is_told_in_words(truth):
    """Three American securities outside the theme, none with a price on a used day."""
    keep = [c for c in truth.prices if not c.startswith("ROM")]
    few = ["ROM400", "ROM401", "ROM402"]
    prices = truth.prices[[*keep, *few]].copy()
    prices.loc[prices.index[100], few] = np.nan

    with pytest.raises(
        FactorError, match="There is no market: a day has no return outside the theme"
    ):
        build(prices, truth.chain, truth.spec)


def test_an_event_of_two_sessions(truth):
    """The day and the one after: sixty percent of the shocks are left of them."""
    after = truth.prices.index[truth.row + 1].date()

    factor = build(truth.prices, truth.chain, replace(truth.spec, end=after))

    for s in factor.shocks[:5]:
        expected = 0.6 * truth.shocks[s.segment]
        # The shock's own, the second day's noise and the market on both days.
        assert s.shrunk == pytest.approx(expected, abs=0.015)
    assert recompute_shocks(factor) == []


def test_a_file_that_ends_with_the_event_has_no_path(truth):
    """Everything but the aftermath is there."""
    factor = build(truth.prices.iloc[: truth.row + 1], truth.chain, truth.spec)

    assert factor.path == ()
    assert all(s.path == {} for s in factor.shocks)
    assert "day_after" not in factor.shocks[0].alternatives
    assert factor.shocks[0].shrunk == pytest.approx(-0.16, abs=0.01)

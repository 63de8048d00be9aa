"""The shocks under other choices, and how much of a move is left later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq

from stresskit.core.factor import estimate
from stresskit.core.factor.alternatives import MEANING, alternatives, paths
from stresskit.core.factor.panel import cut_panel


@pytest.fixture(scope="module")
def panel(cut):
    """The panel of the known event."""
    return cut.panel


def again(panel, found, abnormal, **kwargs):
    """The shocks of other abnormal returns."""
    other = replace(found.betas, abnormal=abnormal)
    return estimate.event_shocks(panel, other, found.sensitivities, **kwargs).theta


def test_every_choice_that_the_file_allows_is_there(found):
    """With an index and days after the event all that have a meaning."""
    assert set(found.others) == set(MEANING)


def test_what_the_file_has_no_data_for_is_left_out(truth):
    """No index, and the event on the last day."""
    prices = truth.prices.iloc[: truth.row + 1].drop(columns="QQQ")
    cut = cut_panel(prices, truth.chain, truth.spec)
    betas = estimate.estimate_betas(cut.panel)
    x, _ = estimate.estimate_sensitivities(cut.panel, betas)

    made = alternatives(cut.panel, betas, x, cut.index, cut.index_event)

    assert set(MEANING) - set(made) == {"index_market", "day_after"}
    assert paths(cut.panel, betas) == []


def test_the_members_are_the_first_step(found):
    """Means, shrunk; an empty segment has its group's."""
    expected = found.shocks.means.shrunk.theta

    assert found.others["members"].tolist() == expected.tolist()


def test_a_day_more_is_compounded_on_both_sides(panel, found):
    """The session before and the one after, the market with them."""
    m = found.betas.market
    for name, extra, market in (
        ("day_before", panel.before, m.before),
        ("day_after", panel.after[0], m.after[0]),
    ):
        moved = (1 + panel.event) * (1 + extra) - 1
        leg = (1 + m.event) * (1 + market) - 1
        abnormal = moved - found.betas.beta * leg[panel.region]
        expected = again(panel, found, abnormal)
        assert found.others[name] == pytest.approx(expected, abs=1e-9)


def test_an_index_as_the_market_measures_all_against_it(truth, panel, found):
    """Betas and abnormal returns to QQQ, of Japan as well."""
    index = truth.prices["QQQ"].pct_change(fill_method=None).to_numpy()
    event = index[truth.row]

    slope = [
        np.polyfit(index[panel.inside[:, n]], panel.returns[panel.inside[:, n], n], 1)[
            0
        ]
        for n in range(len(panel.event))
    ]
    # Their true beta to it is zero; pulled to peers it is not much else.
    assert np.abs(slope).mean() < 0.1
    expected = again(panel, found, panel.event - np.array(slope) * event)
    assert found.others["index_market"] == pytest.approx(expected, abs=3e-3)
    apart = found.others["index_market"] - found.shocks.theta
    assert apart[7:].mean() == pytest.approx(found.betas.market.event.mean(), abs=5e-3)


def test_the_regression_is_least_squares_on_fractions(panel, found):
    """Pure names make it the mean of each segment; an empty one has none."""
    made = found.others["regression"]

    y = found.betas.abnormal
    expected = [y[panel.tags[:, k] == 1].mean() for k in range(10) if k != 6]
    assert np.delete(made, 6) == pytest.approx(expected, rel=1e-9)
    assert np.isnan(made[6])


def test_a_company_in_two_segments_enters_both(panel, found):
    """Fractions of a half: numpy's least squares on the rows that sum to one."""
    tags = panel.tags.copy()
    tags[0] = 0.5 * tags[0] + 0.5 * tags[20]
    mixed = replace(panel, tags=tags)

    made = alternatives(mixed, found.betas, found.sensitivities, None, None)

    x = np.delete(tags, 6, axis=1)
    expected = np.linalg.lstsq(x, found.betas.abnormal, rcond=None)[0]
    assert np.delete(made["regression"], 6) == pytest.approx(expected, rel=1e-9)


def test_segments_that_always_stand_together_have_no_regression(panel, found):
    """Every graphics company is a third memory, and nobody else is."""
    tags = panel.tags.copy()
    both = (panel.main == 0) | (panel.main == 1)
    tags[both, :2] = [0.7, 0.3]

    made = alternatives(
        replace(panel, tags=tags), found.betas, found.sensitivities, None, None
    )

    assert np.isnan(made["regression"][:2]).all()


def test_inverse_variance_gives_a_quiet_member_more(panel, found):
    """One of fifteen with a tenth of the noise draws the segment's shock to itself."""
    sd = found.betas.residual_sd.copy()
    members = np.flatnonzero((panel.main == 1) & (panel.region == 0))
    sd[members] = 0.02
    sd[members[0]] = 0.002
    y = found.betas.abnormal.copy()
    y[members] = -0.10
    y[members[0]] = -0.40
    betas = replace(found.betas, residual_sd=sd, abnormal=y)

    made = alternatives(panel, betas, found.sensitivities, None, None)

    equal = estimate.event_shocks(panel, betas, found.sensitivities).means.raw[1]
    assert equal == pytest.approx(-0.12, rel=1e-9)
    # A third of -40% and two thirds of -10% are -20%; no more than a third counts.
    assert -0.21 < made["inverse_variance"][1] < -0.15


def test_the_short_window_is_the_last_125_days(panel, found):
    """What happened before them does not change it."""
    returns = panel.returns.copy()
    rng = np.random.default_rng(2)
    rows = np.flatnonzero(panel.inside[:, 0])
    returns[rows[:-125]] = rng.normal(0, 0.02, returns[rows[:-125]].shape)

    one, two = (
        alternatives(p, found.betas, found.sensitivities, None, None)["short_window"]
        for p in (panel, replace(panel, returns=returns))
    )

    assert two == pytest.approx(one, abs=1e-12)


def test_a_missing_day_does_not_take_a_line_its_short_window(panel, found):
    """One return less of 125 changes a segment's shock by next to nothing."""
    returns = panel.returns.copy()
    row = np.flatnonzero(panel.inside[:, 0])[-5]
    alone = np.flatnonzero(panel.main == 5)  # the only member of FUSION
    returns[:, alone] += 2.0 * found.betas.market.daily[:, [0]]
    event = panel.event.copy()
    event[alone] += 2.0 * found.betas.market.event[0]
    high = replace(panel, returns=returns, event=event)
    holed = returns.copy()
    holed[row, alone] = np.nan

    one, two = (
        alternatives(p, found.betas, found.sensitivities, None, None)["short_window"][5]
        for p in (high, replace(high, returns=holed))
    )

    assert two == pytest.approx(one, abs=2e-3)


def test_what_is_left_of_a_move_is_compounded(truth, found):
    """One line by prices: five sessions later, less the market's part."""
    p = truth.prices["GPU3"]
    five = next(x for x in found.paths if x.days == 5)

    market = truth.prices[[f"ROM40{n}" for n in range(20)]].join(
        truth.prices[[f"ROM55{n}" for n in range(20)]]
    )
    m = market.pct_change(fill_method=None).mean(axis=1).iloc[truth.row : truth.row + 6]
    own = p.iloc[truth.row + 5] / p.iloc[truth.row - 1]
    beta = found.betas.beta[3]
    assert five.after[3] == pytest.approx(own - np.prod(1 + beta * m), abs=1e-8)


def test_the_share_that_is_left_is_over_large_moves(found):
    """By hand over securities beyond 5%, without those that moved less."""
    one = found.paths[0]

    start = found.betas.abnormal
    large = np.abs(start) > 0.05
    expected = one.after[large] @ start[large] / (start[large] @ start[large])
    assert one.days == 1
    assert one.securities == large.sum()
    assert one.persistence == pytest.approx(expected, rel=1e-12)


def test_leaf_paths_are_pulled_to_the_common_one(panel, found):
    """Segments that hardly moved take the common share, others part of it by hand."""
    rng = np.random.default_rng(16)
    after = panel.after.copy()
    # Some segments go on to fall, others come back; every line in its own way.
    drift = np.linspace(-0.05, 0.05, 10)[panel.main]
    after[0] += drift + rng.normal(0, 0.05, len(drift))

    one = paths(replace(panel, after=after), found.betas)[0]

    start = found.betas.abnormal
    own, error = [], []
    for k in range(5):
        x, y = start[panel.main == k], one.after[panel.main == k]
        own.append(x @ y / (x @ x))
        error.append(np.sum((y - own[-1] * x) ** 2) / (len(x) - 1) / (x @ x))
    own, error = np.array(own), np.array(error)

    def spread(tau2):
        w = 1 / (error + tau2)
        return w @ (own - w @ own / w.sum()) ** 2 - 4

    tau2 = brentq(spread, 0.0, 10.0, xtol=1e-15)
    expected = one.persistence + tau2 / (tau2 + error) * (own - one.persistence)
    assert one.leaves[:5] == pytest.approx(expected, rel=1e-6)
    assert np.abs(one.leaves[:5] - own).max() > 0.005
    assert one.leaves[5:].tolist() == [one.persistence] * 5


def test_a_line_without_prices_afterwards_leaves_the_others_alone(panel, found):
    """It is not counted, and its own share is not known."""
    after = panel.after.copy()
    after[2, 0] = np.nan

    made = paths(replace(panel, after=after), found.betas)

    assert [p.days for p in made] == [1, 5, 10, 20]
    assert made[0].securities == found.paths[0].securities
    assert made[1].securities == found.paths[1].securities - 1
    assert np.isnan(made[1].after[0])


def test_an_event_without_large_moves_has_no_path(panel, found):
    """Four securities beyond 5% are too few."""
    quiet = np.clip(found.betas.abnormal, -0.04, 0.04)
    quiet[:4] = -0.2

    assert paths(panel, replace(found.betas, abnormal=quiet)) == []

"""What returns before the event teach of holdings: simulated, and worked by hand."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from scipy.stats import chi2

from stresskit.core.update import Asked, Before, update, without_stale

DAYS = 250


def asked(prices, prior, **given) -> Asked:
    """Holdings without a bound, a doubt or a share of their own in any segment."""
    n, k = np.shape(prior)
    plain = {
        "prior_sd": np.full(n, 10.0),
        "signed": np.ones(n, dtype=bool),
        "weekly": np.zeros(n, dtype=bool),
        "peer_beta": np.ones(n),
        "peer_sd": np.full(n, 10.0),
        "own_share": np.zeros((n, k)),
    }
    return Asked(prices=prices, prior=np.array(prior, float), **(plain | given))


def prices_of(returns):
    """Prices of 100 on the day before, and what the returns make of them."""
    growth = np.cumprod(1 + returns, axis=0)
    return 100 * np.vstack([np.ones(returns.shape[1]), growth])


def simulated(true, beta=1.2, noise=0.003, days=DAYS, seed=1):
    """The days before the event, and prices of holdings with true sensitivities."""
    rng = np.random.default_rng(seed)
    true = np.array(true, float)
    market = rng.normal(0, 0.01, days)
    segments = rng.normal(0, 0.012, (days, true.shape[1]))
    own = rng.normal(0, noise, (days, len(true)))
    returns = beta * market[:, None] + segments @ true.T + own
    return Before(market, segments), prices_of(returns)


TRUE = [[0.9, 0.0, 0.3], [0.0, 0.5, 0.0], [-0.4, 0.2, 0.1]]


def test_true_sensitivities_are_found_again():
    """With much data and little noise the estimate is what was put in."""
    before, prices = simulated(TRUE)
    out = update(before, asked(prices, np.zeros((3, 3))))
    # An error of 0.8 sd(r) / (0.012 sqrt(250)), at most 0.06.
    assert out.sensitivities == pytest.approx(np.array(TRUE), abs=0.06)
    # Segments beside the market add to the error of beta: 0.012/(0.01 sqrt(250)).
    assert out.beta == pytest.approx([1.2] * 3, abs=0.2)
    assert out.specific_sd == pytest.approx([0.003] * 3, rel=0.15)
    # Net of the market only, the segments are left: 0.012 times the root of 0.9.
    assert out.residual_sd[0] == pytest.approx(0.012 * 0.9**0.5, rel=0.15)
    assert out.observations.tolist() == [DAYS] * 3
    assert out.enough.tolist() == [True] * 3
    assert out.freedom == 3


def test_bound_holdings_have_no_negative_sensitivity():
    """Where signs are bound the negative one is zero; the others stay near."""
    before, prices = simulated(TRUE)
    free = update(before, asked(prices, np.zeros((3, 3))))
    bound = update(
        before, asked(prices, np.zeros((3, 3)), signed=np.zeros(3, dtype=bool))
    )
    assert free.sensitivities[2, 0] < -0.3
    assert bound.sensitivities[2, 0] == 0.0
    assert bound.sensitivities.min() >= 0.0
    assert bound.sensitivities[0, 0] == pytest.approx(0.9, abs=0.06)


def test_a_sure_prior_stays_and_a_doubtful_one_goes():
    """Lambda says how much the returns may change; the covariance shrinks below it."""
    before, prices = simulated(TRUE)
    prior = np.full((3, 3), 0.5)
    doubt = np.array([1e-5, 0.05, 10.0])
    out = update(before, asked(prices, prior, prior_sd=doubt))
    assert out.sensitivities[0] == pytest.approx([0.5] * 3, abs=1e-4)
    assert out.sensitivities[2] == pytest.approx(TRUE[2], abs=0.06)
    middle = out.sensitivities[1]
    assert 0.0 < middle[0] < 0.5
    variances = np.einsum("nkk->nk", out.covariance)
    assert (variances <= doubt[:, None] ** 2 * (1 + 1e-12)).all()
    assert (variances[2] < 0.06**2).all()


def test_a_badly_measured_beta_is_pulled_to_its_peers():
    """Vasicek: both by their precision, and an error below either."""
    before, prices = simulated(TRUE)
    own = update(before, asked(prices, np.zeros((3, 3)), peer_sd=np.full(3, 1e6)))
    peer = {"peer_beta": np.full(3, 0.4), "peer_sd": np.full(3, 0.1)}
    out = update(before, asked(prices, np.zeros((3, 3)), **peer))
    weight, mean = 1 / own.beta_sd**2, 1 / 0.1**2
    expected = (own.beta * weight + 0.4 * mean) / (weight + mean)
    assert out.beta == pytest.approx(expected, rel=1e-6)
    assert out.beta_sd == pytest.approx((weight + mean) ** -0.5, rel=1e-6)


def test_the_companys_own_part_of_a_segment_is_left_out():
    """Half of an average is the company; the other half tells nothing of it."""
    rng = np.random.default_rng(3)
    own, others = rng.normal(0, 0.01, (2, DAYS))
    before = Before(rng.normal(0, 0.01, DAYS), ((own + others) / 2)[:, None])
    prices = prices_of(before.market[:, None] + own[:, None])
    given = asked(prices, [[0.0]])
    blind = update(before, given).sensitivities[0, 0]
    aware = update(before, replace(given, own_share=np.array([[0.5]])))
    # The covariance of y and (y + z)/2 is half of its variance's double: 1.
    assert blind == pytest.approx(1.0, abs=0.15)
    assert aware.sensitivities[0, 0] == pytest.approx(0.0, abs=0.15)


def test_a_segment_of_nobody_else_teaches_nothing():
    """Where the company is the whole segment its prior stays."""
    before, prices = simulated([[1.0, 0.0]])
    share = np.array([[1.0, 0.0]])
    out = update(before, asked(prices, [[0.4, 0.0]], own_share=share))
    assert out.sensitivities[0, 0] == pytest.approx(0.4, abs=1e-12)
    assert out.covariance[0, 0, 0] == pytest.approx(100.0, rel=1e-9)


def test_weeks_are_five_days_of_compound_returns_and_summed_segments():
    """By weeks 603 days are the 120 blocks of five at their end, read as days."""
    before, prices = simulated(TRUE, days=603, noise=0.01)
    given = asked(prices, np.zeros((3, 3)), weekly=np.ones(3, dtype=bool))
    # 603 = 120*5 + 3: the first three days are left, price 3 is the first.
    market, segments = before.market[3:], before.segments[3:]
    by_week = Before(
        np.array([np.prod(1 + market[i : i + 5]) - 1 for i in range(0, 600, 5)]),
        np.array([segments[i : i + 5].sum(axis=0) for i in range(0, 600, 5)]),
    )
    weekly = update(before, given)
    daily = update(by_week, asked(prices[3::5], np.zeros((3, 3))))
    assert weekly.observations.tolist() == daily.observations.tolist() == [120] * 3
    for name in ("beta", "beta_sd", "sensitivities", "covariance", "distance"):
        expected = getattr(daily, name)
        assert getattr(weekly, name) == pytest.approx(expected, rel=1e-9), name
    # A week's spread is that of a day times the root of five.
    for name in ("residual_sd", "specific_sd"):
        expected = getattr(daily, name) / 5**0.5
        assert getattr(weekly, name) == pytest.approx(expected, rel=1e-9), name


def test_daily_and_weekly_holdings_stand_side_by_side():
    """Each is updated over its own step, whatever stands beside it."""
    before, prices = simulated(TRUE)
    which = np.array([False, True, False])
    mixed = update(before, asked(prices, np.zeros((3, 3)), weekly=which))
    for n, weekly in enumerate(which):
        alone = update(
            before,
            asked(prices[:, [n]], np.zeros((1, 3)), weekly=np.array([weekly])),
        )
        assert mixed.observations[n] == alone.observations[0] == (50 if weekly else 250)
        assert mixed.sensitivities[n] == pytest.approx(alone.sensitivities[0], rel=1e-9)
        assert mixed.beta[n] == pytest.approx(alone.beta[0], rel=1e-12)


@pytest.mark.parametrize(
    ("missing", "weekly", "left"),
    [
        ([], False, 250),
        # A missing price costs the returns to it and from it.
        ([10], False, 248),
        ([10, 11], False, 247),
        ([0], False, 249),
        ([250], False, 249),
        # 50 weeks end on 0, 5, 10, ...: only these prices count,
        ([], True, 50),
        ([11, 12, 13, 14], True, 50),
        # over a holiday the last price is carried, four days at most;
        ([10], True, 50),
        ([7, 8, 9, 10], True, 50),
        # a suspension of five costs the weeks to it and from it.
        ([6, 7, 8, 9, 10], True, 48),
        ([0], True, 49),
    ],
)
def test_gaps_cost_the_returns_around_them(missing, weekly, left):
    """Observations are counted on the returns that are really there."""
    before, prices = simulated([[0.9, 0.0]])
    prices[missing] = np.nan
    out = update(before, asked(prices, [[0.0, 0.0]], weekly=np.array([weekly])))
    assert out.observations.tolist() == [left]
    assert out.enough.tolist() == [True]
    assert np.isfinite(out.sensitivities).all()
    assert out.sensitivities[0, 0] == pytest.approx(0.9, abs=0.35 if weekly else 0.06)


@pytest.mark.parametrize(
    ("days", "weekly", "enough"),
    [
        (120, False, True),
        (119, False, False),
        (120, True, True),  # 24 weeks
        (119, True, False),  # 23 weeks
    ],
)
def test_too_few_returns_change_nothing(days, weekly, enough):
    """Below 120 days or 24 weeks all stays as it was known."""
    before, prices = simulated([[0.9, 0.0]], days=days)
    prior = np.array([[0.3, 0.2]])
    given = asked(
        prices,
        prior,
        prior_sd=np.array([0.3]),
        weekly=np.array([weekly]),
        peer_beta=np.array([0.7]),
        peer_sd=np.array([0.2]),
    )
    out = update(before, given)
    assert out.enough.tolist() == [enough]
    assert out.observations.tolist() == [days // 5 if weekly else days]
    if not enough:
        assert out.sensitivities.tolist() == prior.tolist()
        assert (out.beta.tolist(), out.beta_sd.tolist()) == ([0.7], [0.2])
        assert np.isnan(out.residual_sd).all()
        assert np.isnan(out.specific_sd).all()
        assert out.covariance[0] == pytest.approx(0.09 * np.eye(2), rel=1e-12)
        assert out.distance.tolist() == [0.0]


def test_a_holding_without_prices_stays_and_disturbs_nobody():
    """A column of nothing is answered with what was known."""
    before, prices = simulated(TRUE)
    whole = update(before, asked(prices, np.zeros((3, 3))))
    prices[:, 1] = np.nan
    out = update(before, asked(prices, np.zeros((3, 3))))
    assert out.enough.tolist() == [True, False, True]
    assert out.observations.tolist() == [DAYS, 0, DAYS]
    assert out.sensitivities[1].tolist() == [0.0, 0.0, 0.0]
    for f in fields(out):
        if f.name != "freedom":
            got, expected = getattr(out, f.name), getattr(whole, f.name)
            assert got[[0, 2]] == pytest.approx(expected[[0, 2]], rel=1e-9), f.name


def test_a_right_prior_is_near_and_a_wrong_one_far():
    """The distance of the truth is that of chance; of another segment it is not."""
    before, prices = simulated(TRUE)
    limit = chi2.ppf(0.99, 3)
    right = update(before, asked(prices, TRUE))
    wrong = update(before, asked(prices, np.roll(TRUE, 1, axis=1)))
    assert (right.distance < limit).all()
    assert wrong.distance[0] > limit
    assert right.distance.max() < wrong.distance.min()


def test_the_distance_by_its_formula():
    """``(b - x0)^2 / (S + 0.15^2)`` for one segment, whatever lambda is."""
    before, prices = simulated([[0.9]], noise=0.01)
    free = update(before, asked(prices, [[0.0]], prior_sd=np.array([1e6])))
    b, variance = free.sensitivities[0, 0], free.covariance[0, 0, 0]
    expected = (b - 0.2) ** 2 / (variance + 0.15**2)
    for doubt in (0.03, 1.0):
        out = update(before, asked(prices, [[0.2]], prior_sd=np.array([doubt])))
        assert out.distance[0] == pytest.approx(expected, rel=1e-6)


def test_a_segment_without_members_counts_for_nothing():
    """It is no degree of freedom, has no evidence, and is no gap in the others."""
    before, prices = simulated([[0.9, 0.0]])
    blank = np.full((DAYS, 1), np.nan)
    wider = Before(before.market, np.hstack([before.segments, blank]))
    plain = update(before, asked(prices, [[0.5, 0.0]]))
    out = update(wider, asked(prices, [[0.5, 0.0, 0.1]]))
    assert (plain.freedom, out.freedom) == (2, 2)
    assert out.sensitivities[0, :2] == pytest.approx(plain.sensitivities[0], rel=1e-9)
    assert out.sensitivities[0, 2] == pytest.approx(0.1, rel=1e-9)
    assert out.distance == pytest.approx(plain.distance, rel=1e-9)


def test_one_wild_day_does_not_decide():
    """A jump of 80% on one day is pulled in before anything is estimated."""
    before, prices = simulated([[0.9, 0.0]])
    wild = prices.copy()
    wild[100:] *= 1.8
    calm = update(before, asked(prices, [[0.0, 0.0]]))
    out = update(before, asked(wild, [[0.0, 0.0]]))
    # Five deviations of about 1.1% instead of 80%: 5.5%/(0.01*250) on a beta at most.
    assert out.beta == pytest.approx(calm.beta, abs=0.06)
    assert out.sensitivities == pytest.approx(calm.sensitivities, abs=0.1)


def test_a_trend_is_no_sensitivity():
    """A constant return a day, of the holding or the segment, changes nothing."""
    before, prices = simulated([[0.9, 0.2]])
    base = update(before, asked(prices, [[0.0, 0.0]]))
    drift = Before(before.market, before.segments + 0.002)
    out = update(drift, asked(prices, [[0.0, 0.0]]))
    assert out.sensitivities == pytest.approx(base.sensitivities, abs=1e-9)
    assert out.distance == pytest.approx(base.distance, rel=1e-6)


@pytest.mark.parametrize(
    ("closes", "left"),
    [
        # The first day of a price and four more like it stay.
        ([1, 2, 2, 2, 2, 2, 3], [1, 2, 2, 2, 2, 2, 3]),
        ([1, 2, 2, 2, 2, 2, 2, 2, 3], [1, 2, 2, 2, 2, 2, None, None, 3]),
        ([2, 2, 2, None, 2, 2, 2, 2], [2, 2, 2, None, 2, 2, 2, 2]),
    ],
)
def test_prices_that_stand_still_are_no_prices(closes, left):
    """From the fifth day without a change on a share is taken for suspended."""
    prices = np.array([closes, range(1, len(closes) + 1)], dtype=float).T
    expected = np.array([left, range(1, len(closes) + 1)], dtype=float).T
    np.testing.assert_array_equal(without_stale(prices), expected)

"""Betas, shocks and sensitivities of an event of which the truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import nnls

from stresskit.core.factor import estimate, event
from stresskit.core.factor.arrays import markets_of
from stresskit.core.factor.panel import EventSpec, cut_panel


@pytest.fixture(scope="module")
def panel(cut):
    """The panel of the known event."""
    return cut.panel


@pytest.fixture(scope="module")
def betas(panel):
    """Its betas."""
    return estimate.estimate_betas(panel)


@pytest.fixture(scope="module")
def sensitivities(panel, betas):
    """Its sensitivities."""
    return estimate.estimate_sensitivities(panel, betas)[0]


def without(thing, n, size):
    """The same arrays without security ``n``; what has no security axis stays."""
    changed = {}
    for name, value in vars(thing).items():
        if isinstance(value, np.ndarray) and size in value.shape:
            axis = (
                value.shape.index(size)
                if value.ndim == 1
                else (1 if value.shape[1] == size else 0)
            )
            changed[name] = np.delete(value, n, axis=axis)
    return replace(thing, **changed)


def test_betas_are_recovered(truth, cut, betas):
    """Nineteen of twenty lie within two errors, all but a few within three."""
    true = [truth.betas[f"{x.item.ticker}:{x.item.mic}"] for x in cut.listed]

    off = np.abs(betas.beta - true) / betas.beta_se

    assert np.mean(off < 2) > 0.9
    assert np.mean(off < 3) > 0.98
    assert 0.05 < np.median(betas.beta_se) < 0.12


def test_each_region_has_its_market(panel, betas):
    """Equal-weighted means of what is outside the theme, at home and in Japan."""
    for region in (0, 1):
        outside = panel.rest & (panel.region == region)
        expected = panel.event[outside].mean()
        assert betas.market.event[region] == pytest.approx(expected, rel=1e-12)
        found = betas.market_event[panel.region == region]
        assert found == pytest.approx(np.full(len(found), expected))


def test_abnormal_returns_have_no_alpha(panel, betas):
    """Event less beta times the market, nothing else."""
    expected = panel.event - betas.beta * betas.market_event

    assert betas.abnormal == pytest.approx(expected, abs=1e-15)


def test_daily_abnormal_returns_have_mean_zero_over_the_window(panel, betas):
    """And those outside it are taken about the same mean."""
    inside = np.where(panel.inside, betas.daily, np.nan)

    assert np.nanmean(inside, axis=0) == pytest.approx(
        np.zeros(inside.shape[1]), abs=1e-15
    )
    m = betas.market.daily[:, betas.leg]
    row = 280
    plain = panel.returns[row] - betas.beta * m[row] - betas.daily[row]
    window = np.nanmean(panel.window - betas.beta * m, axis=0)
    assert plain == pytest.approx(window, abs=2e-4)


def test_an_outlier_of_the_window_is_pulled_in(panel):
    """A return of +60% on one day moves the beta no more than a few deviations."""
    returns = panel.returns.copy()
    day = np.nanargmax(markets_of(panel).daily[:250, 0])
    assert panel.inside[day, 0]
    returns[day, 0] = 0.6

    wild = estimate.estimate_betas(replace(panel, returns=returns))

    plain = estimate.estimate_betas(panel)
    assert wild.beta[0] == pytest.approx(plain.beta[0], abs=0.25)
    assert wild.residual_sd[0] < 1.1 * plain.residual_sd[0]


def test_a_beta_is_pulled_to_its_peers(panel, betas):
    """By hand for one line: precision-weighted with mean and deviation of its group."""
    chips = np.isin(panel.main, [0, 1, 2]) & (panel.region == 0)
    assert chips[0]

    raw, error = betas.model.beta, betas.model.beta_se
    own, group = 1 / error[0] ** 2, 1 / np.var(raw[chips], ddof=1)
    expected = (raw[0] * own + raw[chips].mean() * group) / (own + group)
    assert betas.beta[0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("returns", "known"), [(119, False), (120, True)])
def test_below_120_returns_the_peers_beta_stands(panel, returns, known):
    """With its error, the deviation of the peers' betas."""
    inside = panel.inside.copy()
    first = np.flatnonzero(inside[:, 0])[-returns]
    inside[:first, 0] = False

    found = estimate.estimate_betas(replace(panel, inside=inside))

    peers = np.isin(panel.main, [0, 1, 2]) & (panel.region == 0)
    peers[0] = False
    raw = found.model.beta[peers]
    assert found.model.observations[0] == returns
    assert (found.beta[0] == pytest.approx(raw.mean(), rel=1e-9)) is not known
    assert (found.beta_se[0] == pytest.approx(raw.std(ddof=1))) is not known
    x, _ = estimate.estimate_sensitivities(replace(panel, inside=inside), found)
    assert np.isfinite(x[0]).all() == known


def test_a_funds_beta_is_its_own(panel):
    """It has no peers to be pulled to."""
    fund = np.arange(len(panel.event)) == 0
    made = replace(panel, fund=fund, theme=panel.theme & ~fund)

    found = estimate.estimate_betas(made)

    assert found.beta[0] == found.model.beta[0]


@pytest.fixture(scope="module")
def borrowing(truth):
    """The known event with nine Japanese lines outside the theme."""
    gone = {f"{leaf}{n}.T" for leaf in ("ROM40", "ROM55") for n in range(24, 28)}
    gone -= {"ROM4024.T"}
    prices = truth.prices[[c for c in truth.prices if c not in gone]]
    return cut_panel(prices, truth.chain, truth.spec)


def test_a_region_without_a_market_is_measured_against_the_reference(borrowing):
    """Nine are too few: the beta is that of Dimson, to the American market."""
    panel = borrowing.panel
    tokyo = panel.region == 1
    assert (tokyo & panel.rest).sum() == 9

    found = estimate.estimate_betas(panel)

    assert found.leg.tolist() == [0] * len(tokyo)
    assert found.market.known.tolist() == [True, False]
    n = np.flatnonzero(tokyo & panel.theme)[0]
    raw, error = event.dimson(panel.window[:, [n]], found.market.daily[:, 0])
    # Surer than its own estimate, for being pulled to its peers.
    assert 0 < found.beta_se[n] < error[0]
    # Pulled to its peers, so between them and its own.
    peers = np.flatnonzero(tokyo & panel.theme)
    own, _ = event.dimson(panel.window[:, peers], found.market.daily[:, 0])
    low, high = sorted((raw[0], own.mean()))
    assert low - 0.05 <= found.beta[n] <= high + 0.05
    expected = panel.event[n] - found.beta[n] * found.market.event[0]
    assert found.abnormal[n] == pytest.approx(expected, abs=1e-15)


def test_a_mapped_move_has_no_market_taken_out(panel):
    """What the market did on another day is not known."""
    mapped = np.arange(len(panel.event)) == 0
    made = replace(panel, mapped=mapped, theme=panel.theme & ~mapped)

    found = estimate.estimate_betas(made)

    assert found.abnormal[0] == panel.event[0]
    assert found.abnormal[1] != panel.event[1]


def test_standardised_returns_are_those_of_the_event_study(panel, betas):
    """One line by the formula of a single session."""
    r, m, m0 = panel.event[3], betas.market.daily[:, 0], betas.market.event[0]
    inside = panel.inside[:, 3]
    model = betas.model
    s_mm = np.sum((m[inside] - m[inside].mean()) ** 2)
    c = 1 + 1 / 250 + (m0 - m[inside].mean()) ** 2 / s_mm
    expected = (r - model.alpha[3] - model.beta[3] * m0) / model.residual_sd[3]

    assert betas.sar[3] == pytest.approx(expected / np.sqrt(c), rel=1e-5)


def test_segment_returns_are_means_of_home_members(panel, betas):
    """Japan's graphics lines close at other hours; a day without members is NaN."""
    daily = betas.daily.copy()
    daily[30, panel.main == 1] = np.nan

    found = estimate.segment_returns(panel, daily)

    home = (panel.main == 0) & (panel.region == 0)
    assert home.sum() == 15
    assert found[40, 0] == pytest.approx(daily[40, home].mean(), rel=1e-12)
    assert np.isnan(found[30, 1])
    # IDLE has no member at all.
    assert np.isnan(found[:, 6]).all()


def test_a_segment_without_home_members_takes_those_abroad(panel, betas):
    """Better the hours of another market than nothing."""
    away = replace(panel, region=np.where(panel.main == 1, 1, panel.region))

    found = estimate.segment_returns(away, betas.daily)

    expected = betas.daily[40, panel.main == 1].mean()
    assert found[40, 1] == pytest.approx(expected, rel=1e-12)


def by_hand(panel, betas, n, prior, doubt, *, signed):
    """Sensitivities of one home line by another solver on stacked rows."""
    days = np.flatnonzero(panel.inside[:, n])
    home = (panel.region == 0)[:, None] * (panel.tags == 1.0)
    others = home & (np.arange(len(panel.tags)) != n)[:, None]
    counts = others.sum(axis=0)
    r = betas.daily[days][:, n]
    f = betas.daily[days] @ others / np.maximum(counts, 1)
    r, f = r - r.mean(), f - f.mean(axis=0)
    noise = 0.8 * r.std(ddof=1)
    rows = np.vstack([f / noise, np.eye(f.shape[1]) / doubt])
    right = np.concatenate([r / noise, prior / doubt])
    x = np.linalg.lstsq(rows, right, rcond=None)[0] if signed else nnls(rows, right)[0]
    return x, np.std(r - f @ np.round(x, 4), ddof=1)


@pytest.mark.parametrize("kind", ["theme", "rest"])
def test_sensitivities_leave_the_security_itself_out(panel, betas, kind):
    """One line by hand: others' mean returns, a prior of one in its own segment."""
    n = int(np.flatnonzero(getattr(panel, kind) & (panel.region == 0))[2])
    doubt = 0.03 if kind == "theme" else 0.01

    found, specific = estimate.estimate_sensitivities(panel, betas)

    x, left = by_hand(panel, betas, n, panel.tags[n], doubt, signed=kind == "rest")
    assert found[n] == pytest.approx(x, abs=5.1e-5)
    assert specific[n] == pytest.approx(left, rel=1e-6)


def test_a_funds_prior_is_nothing(panel):
    """Signed, towards zero, with a doubt of a tenth."""
    fund = np.arange(len(panel.event)) == 0
    made = replace(panel, fund=fund, theme=panel.theme & ~fund)
    betas = estimate.estimate_betas(made)

    found, _ = estimate.estimate_sensitivities(made, betas)

    zero = np.zeros(panel.tags.shape[1])
    x, _ = by_hand(made, betas, 0, zero, 0.10, signed=True)
    assert found[0] == pytest.approx(x, abs=5.1e-5)
    assert found[0, 0] > 0.5


def test_sensitivities_of_the_theme_are_not_negative(panel, sensitivities):
    """Nor is their sum above two; outside the theme they may be."""
    theme = sensitivities[panel.theme]

    assert theme.min() >= 0
    assert theme.sum(axis=1).max() <= 2 + 1e-9
    assert sensitivities[panel.rest].min() < 0


def test_another_region_is_compared_by_the_week(truth, prices_of):
    """A Japanese line that follows America's chips a day late is found by the week."""
    prices = truth.prices.copy()
    home = [f"GPU{n}" for n in range(15)]
    returns = prices[home].pct_change(fill_method=None).mean(axis=1).shift(1).fillna(0)
    rng = np.random.default_rng(3)
    late = returns.to_numpy()[1:] + rng.normal(0, 0.003, len(returns) - 1)
    names = [f"GPU{n}.T" for n in range(15, 20)]
    for name in names:
        prices[name] = prices_of(late[:, None], [name])[name].to_numpy()
    panel = cut_panel(prices, truth.chain, truth.spec).panel

    found, specific = estimate.estimate_sensitivities(
        panel, estimate.estimate_betas(panel)
    )

    abroad = panel.theme & (panel.region == 1)
    assert abroad.sum() == 5
    assert found[abroad, 0].min() > 0.8
    # Four days in five overlap: what is left is far below its daily move.
    assert specific[abroad].max() < 0.9 * betas_sd(panel, abroad)


def betas_sd(panel, chosen):
    """The smallest daily deviation of those lines."""
    return float(np.nanstd(panel.window[:, chosen], axis=0).min())


def test_lines_without_a_history_take_their_business(panel, sensitivities):
    """The prior of their fractions, others their own row."""
    some = sensitivities.copy()
    some[[0, 20]] = np.nan

    found = estimate.with_priors(panel, some)

    assert found[[0, 20]] == pytest.approx(panel.tags[[0, 20]], abs=1e-12)
    assert found[1].tolist() == sensitivities[1].tolist()


def test_predictions_without_a_stock_are_those_of_a_panel_without_it(
    panel, betas, sensitivities
):
    """The line is deleted from the panel and everything after the betas redone."""
    left = estimate.leave_one_out(panel, betas, sensitivities)

    size = len(panel.event)
    for n in (0, 17, 40, 80, 110, size - 1):  # 80 is alone in its segment
        rest_betas = replace(betas, abnormal=np.delete(betas.abnormal, n))
        rest = without(panel, n, size)
        fewer = np.delete(sensitivities, n, axis=0)
        found = estimate.event_shocks(rest, rest_betas, fewer)
        assert left.predicted[n] == pytest.approx(
            sensitivities[n] @ found.theta, rel=1e-6
        )
        sd = np.sqrt(np.sum((sensitivities[n] * found.sd) ** 2))
        assert left.shock_sd[n] == pytest.approx(sd, rel=1e-6)


def test_funds_and_mapped_moves_are_not_predicted(panel, betas, sensitivities):
    """They are no test of the estimate."""
    n = len(panel.event)
    fund, mapped = np.arange(n) == 0, np.arange(n) == 1
    made = replace(panel, fund=fund, mapped=mapped, theme=panel.theme & ~fund & ~mapped)

    left = estimate.leave_one_out(made, betas, sensitivities)

    assert np.flatnonzero(np.isnan(left.predicted)).tolist() == [0, 1]
    assert np.flatnonzero(np.isnan(left.shock_sd)).tolist() == [0, 1]


def test_dispersion_is_what_errors_are_beyond_what_the_band_adds(panel, betas):
    """By hand: errors of three deviations, less the shocks' own and the beta's."""
    n = len(panel.event)
    s = betas.residual_sd
    left = estimate.LeftOut(betas.abnormal - 3 * s, np.full(n, 0.01))

    found = estimate.dispersion(panel, betas, left)

    v = 0.01**2 + (betas.beta_se * betas.market_event) ** 2
    for (scale, power), chosen in zip(found, (panel.theme, panel.rest), strict=True):
        own = (9 * s**2 - v)[chosen] / s[chosen] ** (2 * power)
        assert scale == pytest.approx(np.sqrt(np.mean(own)), rel=1e-9)


def test_errors_below_what_the_band_adds_leave_nothing(panel, betas):
    """Predictions that hit leave a dispersion of zero, not of minus something."""
    left = estimate.LeftOut(betas.abnormal.copy(), np.full(len(panel.event), 0.01))

    found = estimate.dispersion(panel, betas, left)

    assert [spread.scale for spread in found] == [0.0, 0.0]


def test_the_order_of_lines_does_not_matter(
    truth, chain_of, panel, betas, sensitivities
):
    """The chain's lines reversed: the same shocks and errors."""
    lines = [(s.ticker, s.mic, s.name, s.segments) for s in truth.chain.securities]
    spec = EventSpec(id="x", title="X", start=truth.spec.start, end=truth.spec.end)
    mirrored = cut_panel(truth.prices, chain_of(lines[::-1]), spec).panel

    other = estimate.estimate_betas(mirrored)
    x, _ = estimate.estimate_sensitivities(mirrored, other)

    assert other.abnormal == pytest.approx(betas.abnormal[::-1], abs=1e-12)
    one = estimate.event_shocks(panel, betas, sensitivities)
    two = estimate.event_shocks(mirrored, other, x)
    assert two.theta == pytest.approx(one.theta, abs=1e-9)
    assert two.sd == pytest.approx(one.sd, rel=1e-9)

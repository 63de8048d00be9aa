"""A day's evidence as arrays: by hand, and by deleting stocks for good."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from small_factor import small_factor

from stresskit.core.factor.define import Move, define
from stresskit.core.factor.shocks import segment_shocks
from stresskit.core.factor.vary import Story, vary
from stresskit.core.validation.day import day_of, fund_rows, portfolio_errors
from stresskit.errors import FactorError

MULTIPLIER = 1.5608497583442291
ARRAYS = ("tags", "sensitivities", "theme", "mapped", "lines", "weights")


@pytest.fixture(scope="module")
def day(factor):
    """The day of the small event."""
    return day_of(factor)


def without(day, gone):
    """The shocks of the day's stocks but those marked, deleted for good."""
    kept = ~gone
    stocks = replace(day.stocks, **{k: getattr(day.stocks, k)[kept] for k in ARRAYS})
    return segment_shocks(day.abnormal[kept], stocks)


def company(day):
    """The company of each row: GPU0 and GPU1 are two share classes of one."""
    return np.array([e.name.removesuffix(" Class B") for e in day.rows])


def at(day, ticker):
    """The row of a stock."""
    return [e.ticker for e in day.rows].index(ticker)


def test_the_stocks_of_a_day_are_those_of_the_estimate(day, factor):
    """56 of the theme and 52 others; published moves are neither, and no fund is."""
    assert (day.theme.sum(), day.rest.sum()) == (56, 52)
    assert not (day.theme & day.rest).any()
    for e, theme, rest in zip(day.rows, day.theme, day.rest, strict=True):
        assert e.role != "fund"
        assert (theme, rest) == (e.role == "theme", e.role == "rest")
    known = [e.role for e in factor.evidence]
    assert (known.count("mapped"), known.count("fund")) == (5, 6)


def test_what_the_market_took_is_beta_times_its_return(day):
    """Total less abnormal, 1% times each beta; published moves have no market leg."""
    taken = [0.0 if e.role == "mapped" else 0.01 * e.beta for e in day.rows]

    assert day.market_part == pytest.approx(np.array(taken), abs=1e-12)
    assert day.total == pytest.approx(day.abnormal + taken, rel=1e-9)


def test_the_index_part_is_beta_to_the_index_times_its_return(day):
    """-2% times each one's beta; the young one without has the index's own."""
    part = day.index_part()

    for e, found in zip(day.rows, part.tolist(), strict=True):
        if e.role == "mapped":
            continue
        beta = 1.0 if e.ticker == "NUKE0" else e.index_beta
        assert found == pytest.approx(-0.02 * beta, rel=1e-12)


def test_without_an_index_there_is_no_index_part(factor):
    """The price file had no such column."""
    assert day_of(replace(factor, method={})).index_part() is None


def test_leaving_one_out_is_deleting_it(day):
    """Shocks and errors, for every row, published moves too; a company goes whole."""
    n = len(day.rows)
    assert day.left_out.theta.shape == (n, 7)

    for i in range(n):
        alone = without(day, company(day) == company(day)[i])
        assert day.left_out.theta[i] == pytest.approx(alone.theta, rel=1e-9, abs=1e-13)
        assert day.left_out.sd[i] == pytest.approx(alone.sd, rel=1e-9)


def test_each_stock_is_predicted_without_itself(day):
    """Beta times the market and its sensitivities times the shocks of the others."""
    ids = day.factor.chain.segment_ids

    for i in range(0, 108, 9):
        theta = without(day, company(day) == company(day)[i]).theta
        x = day.rows[i].sensitivities
        own = sum(v * theta[ids.index(k)] for k, v in x.items())
        expected = 0.01 * day.rows[i].beta + own
        assert day.predicted[i] == pytest.approx(expected, rel=1e-9)


def test_its_own_move_does_not_matter(factor, day):
    """A stock that jumps by 30 points is predicted as before; its peers are not."""
    i = at(day, "FAB3")
    jumped = tuple(
        replace(
            e,
            event_return=e.event_return + 0.3,
            abnormal_return=e.abnormal_return + 0.3,
        )
        if e.ticker == "FAB3"
        else e
        for e in factor.evidence
    )

    wild = day_of(replace(factor, evidence=jumped))

    assert wild.predicted[i] == pytest.approx(day.predicted[i], abs=1e-12)
    assert wild.predicted[at(day, "FAB4")] > day.predicted[at(day, "FAB4")] + 0.005


def test_a_stock_without_sensitivities_has_those_of_its_business(day):
    """NUKE0 is too young: one unit of its segment's shock, nothing else."""
    row = day.stocks.sensitivities[at(day, "NUKE0")]

    assert row.tolist() == [float(k == "NUKE") for k in day.factor.chain.segment_ids]


def test_the_half_width_by_hand(day):
    """1.5608 times the root of own, shocks' and beta's variances, for one of each."""
    for ticker, scale, power in (("GPU5", 1.0, 1.0), ("ROM403", 1.1, 0.98)):
        i = at(day, ticker)
        e, sd = day.rows[i], without(day, np.arange(len(day.rows)) == i).sd
        ids = day.factor.chain.segment_ids
        shocks = sum((x * sd[ids.index(k)]) ** 2 for k, x in e.sensitivities.items())
        own = (scale * e.residual_sd**power) ** 2
        expected = MULTIPLIER * np.sqrt(own + shocks + (0.1 * 0.01) ** 2)
        assert day.half_width(day.scale())[i] == pytest.approx(expected, rel=1e-9)


def test_a_beta_of_zero_adds_no_error(factor):
    """The market it was given cannot be read off it, and nothing is divided by 0."""
    flat = tuple(
        replace(e, beta=0.0, event_return=e.abnormal_return)
        if e.ticker == "GPU5"
        else e
        for e in factor.evidence
    )

    day = day_of(replace(factor, evidence=flat))

    assert day.beta_part[at(day, "GPU5")] == 0.0
    assert day.beta_part[at(day, "GPU6")] == pytest.approx(1e-6, rel=1e-9)


def test_the_width_may_be_set_on_other_stocks(day):
    """``scale^2 = mean((e^2 - v)/s^(2 power))`` of the half, theme and rest apart."""
    fit = np.arange(len(day.rows)) % 2 == 0

    found = day.scale(fit)

    error2 = (day.total - day.predicted) ** 2
    x, sd = day.stocks.sensitivities, day.left_out.sd
    known = np.sum((x * sd) ** 2, axis=1) + (0.1 * 0.01) ** 2
    s = np.array([e.residual_sd or np.nan for e in day.rows])
    for chosen, power in ((day.theme, 1.0), (day.rest, 0.98)):
        half = chosen & fit
        squares = (error2[half] - known[half]) / s[half] ** (2 * power)
        expected = np.sqrt(squares.mean()) * s[chosen] ** power
        assert found[chosen] == pytest.approx(expected, rel=1e-9)


def test_portfolios_are_predicted_without_their_own_stocks(day):
    """Errors and deviations by a loop over holdings, pairs correlated by a tenth."""
    rng = np.random.default_rng(9)
    n = len(day.rows)
    weights = np.zeros((6, n))
    for b, size in enumerate((1, 2, 5, 12, 25, 40)):
        held = rng.choice(np.flatnonzero(day.theme | day.rest), size, replace=False)
        weights[b, held] = rng.dirichlet(np.ones(size))
    # One that is short of half of what it holds.
    weights[5] *= rng.choice([-1.0, 1.0], n)

    errors, sd = portfolio_errors(day, weights, (weights == 0).astype(float))

    own = np.array(
        [
            e.residual_sd if e.role == "theme" else 1.1 * (e.residual_sd or 0) ** 0.98
            for e in day.rows
        ]
    )
    main = [max(e.segments, key=e.segments.__getitem__) for e in day.rows]
    for b, w in enumerate(weights):
        found = without(day, w != 0)
        held = np.flatnonzero(w)
        predicted = variance = 0.0
        for i in held:
            x = day.stocks.sensitivities[i]
            predicted += w[i] * (0.01 * day.rows[i].beta + x @ found.theta)
            variance += (w[i] * 0.1 * 0.01) ** 2
            for j in held:
                rho = 1.0 if i == j else 0.1 * (main[i] == main[j])
                variance += rho * w[i] * own[i] * w[j] * own[j]
        exposure = sum(w[i] * day.stocks.sensitivities[i] for i in held)
        variance += np.sum((exposure * found.sd) ** 2)
        assert errors[b] == pytest.approx(w @ day.total - predicted, rel=1e-7)
        assert sd[b] == pytest.approx(np.sqrt(variance), rel=1e-9)


def test_funds_are_those_of_shares(factor):
    """No bonds, and not the index that the naive baseline knows."""
    rows, x = fund_rows(factor)

    assert [e.ticker for e in rows] == ["SMH", "URA", "XLU", "IGV"]
    ids = factor.chain.segment_ids
    assert x[0].tolist() == [{"GPU": 0.5, "FAB": 0.4}.get(k, 0.0) for k in ids]


def test_a_fund_that_nothing_is_known_of_is_left_out(factor):
    """Without sensitivities, without a move, or no fund of the value chain."""
    changes = {
        "SMH": {"sensitivities": {}},
        "URA": {"event_return": None},
        "XLU": {"mic": "XLON"},
    }
    evidence = tuple(
        replace(e, **changes.get(e.ticker, {})) if e.role == "fund" else e
        for e in factor.evidence
    )

    rows, _ = fund_rows(replace(factor, evidence=evidence))

    assert [e.ticker for e in rows] == ["IGV"]


def test_a_stated_factor_has_no_day():
    """The message says why, the hint what to validate instead."""
    moves = (Move(segment="GPU", move=-0.2, where="row 2", named_at=""),)
    stated = define("mine", moves, dt.date(2026, 2, 3), small_factor())

    with pytest.raises(FactorError, match="mine was set by its author") as error:
        day_of(stated)

    assert "Validate a factor estimated from prices" in error.value.hint
    assert "old-event@3" in error.value.hint


def test_a_variant_has_no_day(factor):
    """Its basis has, and is named."""
    variant = vary(factor, Story(id="v", title="V"), {}, market=-0.05)

    with pytest.raises(FactorError, match="not estimated") as error:
        day_of(variant)

    assert "toy@1" in error.value.hint

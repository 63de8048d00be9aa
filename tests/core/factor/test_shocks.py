"""Segment shocks by hand and by brute force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresskit.core.factor.leaves import Leaves, leaf_means
from stresskit.core.factor.shocks import Stocks, segment_shocks

GROUPS = np.array([0, 0, 1, 1, 2, 2])
THEME = np.array([True, True, True, True, False, False])
LEAVES = Leaves(GROUPS, THEME)
TRUE = np.array([-0.2, -0.1, -0.15, -0.05, 0.01, -0.01])


def _stocks(n: int = 36) -> tuple[np.ndarray, Stocks]:
    """Six pure names per segment, with sensitivities of their own."""
    rng = np.random.default_rng(31)
    tags = np.eye(6)[np.arange(n) % 6]
    x = tags * rng.uniform(0.6, 1.4, (n, 1)) + rng.uniform(0, 0.15, (n, 6))
    y = x @ TRUE + rng.normal(0, 0.02, n)
    stocks = Stocks(
        tags=tags,
        sensitivities=x,
        theme=THEME[np.arange(n) % 6],
        mapped=np.zeros(n, dtype=bool),
        lines=np.ones(n),
        weights=np.ones(n),
        leaves=LEAVES,
    )
    return y, stocks


def _without(stocks: Stocks, keep: np.ndarray) -> Stocks:
    names = ("tags", "sensitivities", "theme", "mapped", "lines", "weights")
    return replace(stocks, **{k: getattr(stocks, k)[keep] for k in names})


def _precisions(y: np.ndarray, stocks: Stocks, theta: np.ndarray) -> np.ndarray:
    """One over the residual variance of the theme's stocks and of the others."""
    u2 = (y - stocks.sensitivities @ theta) ** 2
    # 24 stocks less 4 segments, and 12 less 2.
    return np.where(
        stocks.theme, 20 / u2[stocks.theme].sum(), 10 / u2[~stocks.theme].sum()
    )


def test_the_second_step_is_a_regression_with_the_first_as_its_prior():
    """Least squares on the rows of both, each over its deviation."""
    y, stocks = _stocks()

    found = segment_shocks(y, stocks)

    first = leaf_means(y, stocks.tags, LEAVES, np.ones(36)).shrunk
    root = np.sqrt(_precisions(y, stocks, first.theta))
    x = np.vstack([stocks.sensitivities * root[:, None], np.diag(1 / first.sd)])
    rows = np.concatenate([y * root, first.theta / first.sd])
    assert found.theta == pytest.approx(np.linalg.lstsq(x, rows, rcond=None)[0])
    # Twice the variance: members' moves are in the prior and in the data.
    assert found.sd == pytest.approx(np.sqrt(2 * np.diag(np.linalg.inv(x.T @ x))))
    assert found.means.shrunk.theta == pytest.approx(first.theta, rel=1e-12)


def test_the_second_step_takes_out_what_members_owe_to_other_segments():
    """Hardly any noise, members with parts of other moves: nearer than the means."""
    y, stocks = _stocks()
    quiet = stocks.sensitivities @ TRUE + 1e-3 * (y - stocks.sensitivities @ TRUE)

    found = segment_shocks(quiet, stocks)

    first = np.abs(found.means.raw - TRUE)
    assert np.abs(found.theta - TRUE).sum() < 0.7 * first.sum()


def test_an_estimate_without_a_stock_is_the_estimate_of_the_others():
    """Each row of the batch is what 35 stocks give, the 36th deleted for good."""
    y, stocks = _stocks()

    batch = segment_shocks(y, stocks, keep=1 - np.eye(36))

    for i in range(36):
        rest = np.arange(36) != i
        alone = segment_shocks(y[rest], _without(stocks, rest))
        assert batch.means.shrunk.theta[i] == pytest.approx(alone.means.shrunk.theta)
        assert batch.theta[i] == pytest.approx(alone.theta, rel=1e-9, abs=1e-12)
        assert batch.sd[i] == pytest.approx(alone.sd, rel=1e-9)


def test_a_stock_left_out_cannot_move_what_is_said_without_it():
    """Its own return changed from -20% to +50%: the estimate without it stays."""
    y, stocks = _stocks()
    other = y.copy()
    other[0] = 0.5
    keep = np.ones((1, 36))
    keep[0, 0] = 0

    one, two = (segment_shocks(v, stocks, keep=keep).theta for v in (y, other))

    assert two == pytest.approx(one, rel=1e-9, abs=1e-12)


def test_keeping_all_is_the_plain_estimate():
    """A row of ones leaves nobody out."""
    y, stocks = _stocks()

    kept, plain = (
        segment_shocks(y, stocks, keep=np.ones((2, 36))),
        segment_shocks(y, stocks),
    )

    assert kept.theta.shape == (2, 6)
    assert kept.theta[1] == pytest.approx(plain.theta, rel=1e-12)
    assert kept.sd[0] == pytest.approx(plain.sd, rel=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(36)), st.permutations(range(6)))
def test_neither_the_order_of_stocks_nor_the_names_of_segments_matter(rows, columns):
    """Shuffled rows and renamed segments give the same shocks and errors."""
    y, stocks = _stocks()
    shuffled = _without(stocks, np.array(rows))
    shuffled = replace(
        shuffled,
        tags=shuffled.tags[:, columns],
        sensitivities=shuffled.sensitivities[:, columns],
        leaves=Leaves(GROUPS[columns], THEME[columns]),
    )

    found, plain = segment_shocks(y[rows], shuffled), segment_shocks(y, stocks)

    assert found.theta == pytest.approx(plain.theta[columns], rel=1e-9, abs=1e-12)
    assert found.sd == pytest.approx(plain.sd[columns], rel=1e-9)


def test_two_lines_of_a_company_are_half_each():
    """A stock listed twice gives the means it gives once, and nearly the shocks.

    The first step's spread counts lines, so that earlier revisions can be recomputed.
    """
    y, stocks = _stocks()
    twice = _without(stocks, np.append(np.arange(36), 0))
    lines = np.ones(37)
    lines[[0, 36]] = 0.5

    found = segment_shocks(np.append(y, y[0]), replace(twice, lines=lines))

    plain = segment_shocks(y, stocks)
    assert found.means.raw == pytest.approx(plain.means.raw, rel=1e-12)
    assert np.all(np.abs(found.theta - plain.theta) < 0.1 * plain.sd)
    assert found.sd == pytest.approx(plain.sd, rel=0.1)


def test_a_mapped_move_is_nothing_where_members_are():
    """Half of everything lost in a segment that has members changes no shock."""
    y, stocks = _stocks()
    more = _without(stocks, np.append(np.arange(36), 0))
    more = replace(more, mapped=np.arange(37) == 36)

    found, plain = segment_shocks(np.append(y, -0.5), more), segment_shocks(y, stocks)

    assert found.theta == pytest.approx(plain.theta, rel=1e-9, abs=1e-12)
    assert found.sd == pytest.approx(plain.sd, rel=1e-9)


def test_a_mapped_move_alone_counts_for_a_quarter():
    """By hand: its row is divided by twice the deviation of the theme's stocks."""
    y, stocks = _stocks()
    alone = (np.arange(36) % 6 != 1) | (np.arange(36) == 1)
    y, stocks = y[alone], _without(stocks, alone)
    mapped = np.arange(31) == 1
    stocks = replace(stocks, mapped=mapped, theme=stocks.theme & ~mapped)

    found = segment_shocks(y, stocks)

    first = leaf_means(y, stocks.tags, LEAVES, np.ones(31), mapped=mapped).shrunk
    u2 = (y - stocks.sensitivities @ first.theta) ** 2
    theme, rest = stocks.theme, ~stocks.theme & ~mapped
    # 18 stocks less 4 segments, 12 less 2.
    w = np.where(theme, 14 / u2[theme].sum(), 10 / u2[rest].sum())
    w[mapped] = 14 / u2[theme].sum() / 4
    x, prior = stocks.sensitivities, 1 / first.sd**2
    covariance = np.linalg.inv(x.T @ (x * w[:, None]) + np.diag(prior))
    expected = covariance @ (x.T @ (w * y) + prior * first.theta)
    assert found.theta == pytest.approx(expected, rel=1e-9)
    assert found.sd == pytest.approx(np.sqrt(2 * np.diag(covariance)), rel=1e-9)

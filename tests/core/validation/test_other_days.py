"""Another event: with its own shocks, and with this one's pattern; by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr
from small_factor import small_factor

from stresskit.core.factor.define import Move, define
from stresskit.core.validation.day import day_of
from stresskit.core.validation.other_days import other_day, severity_of
from stresskit.core.validation.validate import validate
from stresskit.errors import FactorError

FOUR = ("SMH", "URA", "XLU", "IGV")


def with_funds(factor, moves):
    """The factor with other abnormal returns of its funds; None takes one out."""
    rows = [
        replace(e, abnormal_return=moves[e.ticker]) if e.ticker in moves else e
        for e in factor.evidence
        if moves.get(e.ticker, 0.0) is not None
    ]
    return replace(factor, evidence=tuple(rows))


def projected(factor, later, tickers=FOUR):
    """What a factor's shocks give for the funds of another day, by ticker."""
    theta = {s.segment: s.shrunk for s in factor.shocks}
    return {
        e.ticker: sum(v * theta[k] for k, v in e.sensitivities.items())
        for e in later.evidence
        if e.ticker in tickers
    }


def by_hand(factor, other, severity):
    """The pattern's prediction per theme stock of another day, market -.5%.

    Losses grow in logs by the severity, gains not beyond the event; a day that went
    the other way is the pattern turned.
    """
    sign, size = np.sign(severity), abs(severity)
    theta = {
        s.segment: sign
        * ((1 + s.shrunk) ** (size if s.shrunk < 0 else min(size, 1)) - 1)
        for s in factor.shocks
    }
    found = {}
    for e in other.evidence:
        if e.role == "theme":
            # Too young for sensitivities: those of its business.
            x = e.sensitivities or {"NUKE": 1.0}
            own = sum(v * theta[k] for k, v in x.items())
            found[e.ticker] = -0.005 * e.beta + own
    return found


def test_the_severity_is_least_squares_over_four_funds(factor, later):
    """``sum a p / sum p^2`` with the abnormal returns of the other day."""
    moves = {"SMH": -0.05, "URA": -0.02, "XLU": 0.01, "IGV": -0.01}

    found = severity_of(factor, with_funds(later, moves))

    p = projected(factor, later)
    expected = sum(moves[t] * p[t] for t in FOUR) / sum(p[t] ** 2 for t in FOUR)
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("severity", [2.0, 1.0, -0.3])
def test_funds_that_move_as_projected_show_that_severity(factor, later, severity):
    """Twice what the pattern projects is severity two, its mirror negative."""
    moves = {t: severity * p for t, p in projected(factor, later).items()}

    found = severity_of(factor, with_funds(later, moves))

    assert found == pytest.approx(severity, rel=1e-9)


@pytest.mark.parametrize("fund", FOUR)
def test_with_one_of_the_four_missing_there_is_no_severity(factor, later, fund):
    """Nor if its move is not known, and others do not stand in."""
    assert severity_of(factor, with_funds(later, {fund: None})) is None
    silent = tuple(
        replace(e, abnormal_return=None) if e.ticker == fund else e
        for e in later.evidence
    )
    assert severity_of(factor, replace(later, evidence=silent)) is None
    assert severity_of(factor, later) is not None


@pytest.mark.parametrize("severity", [0.4, 1.7, -0.5])
def test_the_pattern_by_hand(factor, later, severity):
    """Mean error and rank over the theme, with betas from before that day."""
    moves = {t: severity * p for t, p in projected(factor, later).items()}
    other = with_funds(later, moves)

    found = other_day(day_of(factor), other)

    guess = by_hand(factor, other, severity)
    real = {e.ticker: e.event_return for e in other.evidence if e.ticker in guess}
    assert len(guess) == found.n == 56
    assert found.severity == pytest.approx(severity, rel=1e-9)
    error = np.mean([abs(real[t] - guess[t]) for t in guess])
    assert found.pattern == pytest.approx(error, rel=1e-9)
    rank = spearmanr([guess[t] for t in guess], [real[t] for t in guess]).statistic
    assert found.pattern_rank == pytest.approx(rank, rel=1e-9)


def test_the_index_is_the_other_days(factor, later):
    """-1.5% times the betas to it of that day."""
    found = other_day(day_of(factor), later)

    rows = [e for e in later.evidence if e.role == "theme"]
    naive = [-0.015 * (1.0 if e.index_beta is None else e.index_beta) for e in rows]
    real = [e.event_return for e in rows]
    error = np.mean(np.abs(np.subtract(real, naive)))
    assert found.index == pytest.approx(error, rel=1e-9)
    assert found.index_rank == pytest.approx(spearmanr(naive, real).statistic, rel=1e-9)


def test_a_milder_day_of_the_kind_is_seen_as_one(factor, later):
    """Four tenths of the shocks were put in: similar, and nearer than the index."""
    found = other_day(day_of(factor), later)

    assert found.severity == pytest.approx(0.4, abs=0.05)
    assert found.similarity > 0.97
    assert found.pattern < 0.5 * found.index
    assert found.pattern_rank > 0.8 > found.index_rank


def test_stocks_that_are_new_since_are_predicted_too(factor, later):
    """What is known of a stock before that day is enough: all 56 count."""
    gone = {f"GPU{n}" for n in range(5, 13)}
    older = replace(
        factor, evidence=tuple(e for e in factor.evidence if e.ticker not in gone)
    )

    found = other_day(day_of(older), later)

    guess = by_hand(older, later, found.severity)
    real = {e.ticker: e.event_return for e in later.evidence if e.ticker in guess}
    assert len(guess) == found.n == 56
    error = np.mean([abs(real[t] - guess[t]) for t in guess])
    assert found.pattern == pytest.approx(error, rel=1e-9)


def test_without_a_severity_there_is_no_pattern(factor, later):
    """The index and the day's own shocks are still told."""
    found = other_day(day_of(factor), with_funds(later, {"URA": None}))

    assert (found.severity, found.pattern, found.pattern_rank) == (None, None, None)
    assert found.index == other_day(day_of(factor), later).index
    assert found.own > 0


def test_its_own_shocks_are_those_of_its_own_validation(factor, later):
    """Leave-one-out over its theme, its rest, and its band over both."""
    found = other_day(day_of(factor), later)

    theme, rest = validate(later).groups[:2]
    assert (found.factor, found.title) == ("later", "Later")
    assert (found.day, found.n) == (dt.date(2025, 3, 26), 56)
    assert found.own == pytest.approx(theme.scores[-1].mae, rel=1e-12)
    assert found.rest == pytest.approx(rest.scores[-1].mae, rel=1e-12)
    inside = 56 * theme.coverage + 52 * rest.coverage
    assert found.coverage == pytest.approx(inside / 108, rel=1e-9)


def test_similarity_is_the_angle_between_raw_moves_of_the_theme(factor, later):
    """The cosine over five segments; sectors and segments without a move are not in."""
    cut = replace(
        later,
        shocks=tuple(
            replace(s, raw=None) if s.segment == "FAB" else s for s in later.shocks
        ),
    )

    found = other_day(day_of(factor), cut).similarity

    names = ("GPU", "RAM_CHIPS", "NUKE", "GAS")
    one = np.array([s.raw for s in factor.shocks if s.segment in names])
    two = np.array([s.raw for s in later.shocks if s.segment in names])
    cosine = one @ two / np.linalg.norm(one) / np.linalg.norm(two)
    assert found == pytest.approx(cosine, rel=1e-9)


def test_a_day_without_a_theme_has_no_figures_of_it(factor, later):
    """Whatever stands for them, it is no NaN (and no warning)."""
    outside = replace(
        later, evidence=tuple(e for e in later.evidence if e.role != "theme")
    )

    days = validate(factor, [outside]).days

    for found in days:
        assert np.isfinite(found.rest)
        assert found.own is None or np.isfinite(found.own)


def test_a_day_with_no_segment_in_common_has_no_similarity(factor, later):
    """Its segments have no raw move: nothing points anywhere, and nothing breaks."""
    blank = replace(later, shocks=tuple(replace(s, raw=None) for s in later.shocks))

    days = validate(factor, [blank]).days

    assert all(d.similarity is None or np.isfinite(d.similarity) for d in days)


def test_a_day_that_was_not_estimated_is_refused(factor):
    """There is nothing to hold the pattern against."""
    moves = (Move(segment="GPU", move=-0.2, where="row 2", named_at=""),)
    stated = define("mine", moves, dt.date(2026, 2, 3), small_factor())

    with pytest.raises(FactorError, match="mine was set by its author"):
        other_day(day_of(factor), stated)

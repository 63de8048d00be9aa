"""A validation of a small event: baselines, coverage and gains by hand."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import asdict, replace

import numpy as np
import pytest
from sklearn.metrics import r2_score
from small_factor import small_factor

from stresskit.core.factor.define import Move, define
from stresskit.core.factor.vary import Story, vary
from stresskit.core.validation.day import day_of
from stresskit.core.validation.scores import SEED
from stresskit.core.validation.validate import baselines, validate
from stresskit.errors import FactorError

MULTIPLIER = 1.5608497583442291


@pytest.fixture(scope="module")
def day(factor):
    """The day of the small event."""
    return day_of(factor)


@pytest.fixture(scope="module")
def naive(day):
    """Its naive predictions by name."""
    return baselines(day)


@pytest.fixture(scope="module")
def found(factor, later):
    """The small event validated, with a later one to look at."""
    return validate(factor, [later])


@pytest.fixture(scope="module")
def groups(found):
    """Its groups by name."""
    return {g.name: g for g in found.groups}


def of(day, ticker):
    """The row of a stock."""
    return [e.ticker for e in day.rows].index(ticker)


def stocks(day):
    """The stocks of a day; moves published elsewhere are none."""
    return [e for e in day.rows if e.role != "mapped"]


def only(factor, keep):
    """The factor with the evidence that ``keep`` is true of."""
    return replace(factor, evidence=tuple(e for e in factor.evidence if keep(e)))


def test_the_baselines_are_named(naive):
    """Five ways that need no sensitivities; the first says that nothing moves."""
    assert list(naive) == [
        "zero",
        "beta x QQQ",
        "GICS sector mean",
        "beta x ex-theme market + sector",
        "leaf mean",
    ]
    assert not naive["zero"].any()


def test_beta_times_the_index(day, naive):
    """-2% times each beta to it."""
    i = of(day, "GPU3")

    expected = -0.02 * day.rows[i].index_beta
    assert naive["beta x QQQ"][i] == pytest.approx(expected, rel=1e-12)


def test_the_sector_mean_leaves_the_stock_out(day, naive):
    """For one of Information Technology, and one of the mixed Utilities."""
    for ticker in ("GPU3", "NUKE5", "ROM557"):
        i = of(day, ticker)
        sector = day.rows[i].sector
        peers = [e for e in stocks(day) if e.sector == sector and e.ticker != ticker]
        assert len(peers) > 10
        mean = np.mean([e.event_return for e in peers])
        assert naive["GICS sector mean"][i] == pytest.approx(mean, rel=1e-9)
        own = np.mean([e.abnormal_return for e in peers])
        assert naive["beta x ex-theme market + sector"][i] == pytest.approx(
            0.01 * day.rows[i].beta + own, rel=1e-9
        )


def test_alone_in_its_sector_a_stock_takes_all_others(day, naive):
    """FAB0 is the only one of Real Estate; moves of other places are no peers."""
    i = of(day, "FAB0")
    others = [e for e in stocks(day) if e.ticker != "FAB0"]
    assert day.rows[i].sector not in {e.sector for e in others}

    mean = np.mean([e.event_return for e in others])
    assert naive["GICS sector mean"][i] == pytest.approx(mean, rel=1e-9)


def test_the_leaf_mean_is_that_of_the_other_members(day, naive):
    """Two lines of one company count half each; a mixed business takes fractions.

    Members are pure, so a member takes the plain mean of the others.
    """
    move = {e.ticker: e.abnormal_return for e in day.rows}
    weight = {f"GPU{n}": 0.5 if n < 2 else 1.0 for n in range(13)}

    def mean(names):
        total = sum(weight.get(n, 1.0) for n in names)
        return sum(weight.get(n, 1.0) * move[n] for n in names) / total

    chips = [f"GPU{n}" for n in range(13)]
    memory = [f"RAMCHIPS{n}" for n in range(13)]
    cases = {
        "GPU3": mean([n for n in chips if n != "GPU3"]),
        # The other share class would predict it.
        "GPU0": mean([n for n in chips if n not in ("GPU0", "GPU1")]),
        # 60% chips and 40% memory.
        "GPU13": 0.6 * mean(chips) + 0.4 * mean(memory),
    }
    for ticker, expected in cases.items():
        i = of(day, ticker)
        total = 0.01 * day.rows[i].beta + expected
        assert naive["leaf mean"][i] == pytest.approx(total, rel=1e-9), ticker


def test_what_is_validated_is_told(found, factor):
    """Id, revision, hash, day and index."""
    assert (found.factor, found.revision) == ("toy", 1)
    assert found.sha256 == factor.sha256
    assert found.event == dt.date(2025, 1, 27)
    assert found.index == "QQQ"
    assert [g.name for g in found.groups] == ["theme", "rest", "funds", "other regions"]


def test_every_stock_is_a_point(found, day):
    """Realised, predicted without itself, its segment, and a band about it."""
    rows = [n for n, e in enumerate(day.rows) if e.role != "mapped"]
    assert [p.key for p in found.points] == [day.rows[n].key for n in rows]
    mixed = next(p for p in found.points if p.key == "GPU13:XNAS")
    assert (mixed.segment, mixed.group) == ("GPU", "theme")
    for n, p in zip(rows, found.points, strict=True):
        assert p.realised == pytest.approx(day.rows[n].event_return, rel=1e-12)
        assert p.predicted == pytest.approx(day.predicted[n], rel=1e-12)
        half = day.half_width(day.scale())[n]
        assert p.high - p.predicted == pytest.approx(half, rel=1e-9)
        assert p.predicted - p.low == pytest.approx(half, rel=1e-9)


@pytest.mark.parametrize("name", ["theme", "rest"])
def test_a_groups_figures_follow_from_its_points(found, groups, name):
    """Mean error and R2, share inside, and width plus 20 times what is outside."""
    points = [p for p in found.points if p.group == name]
    group = groups[name]
    model = group.scores[-1]

    assert (model.method, model.n) == ("stresskit", len(points))
    errors = [abs(p.realised - p.predicted) for p in points]
    assert model.mae == pytest.approx(np.mean(errors), rel=1e-9)
    r2 = r2_score([p.realised for p in points], [p.predicted for p in points])
    assert model.r2 == pytest.approx(r2, rel=1e-9)
    inside = [p.low <= p.realised <= p.high for p in points]
    assert group.coverage == pytest.approx(np.mean(inside), rel=1e-12)
    winkler = [
        (p.high - p.low) + 20 * max(p.low - p.realised, p.realised - p.high, 0.0)
        for p in points
    ]
    assert group.interval_score == pytest.approx(np.mean(winkler), rel=1e-9)


@pytest.mark.parametrize("name", ["theme", "rest"])
def test_the_gain_is_over_the_best_that_needs_no_value_chain(groups, name):
    """The leaf mean is shown and not counted; the rest is a difference of means."""
    group = groups[name]
    mae = {s.method: s.mae for s in group.scores}
    naive = {k: v for k, v in mae.items() if k not in ("stresskit", "leaf mean")}

    assert group.best_baseline == min(naive, key=naive.__getitem__)
    expected = min(naive.values()) - mae["stresskit"]
    assert group.gain == pytest.approx(expected, rel=1e-9)
    assert group.gain_low < group.gain < group.gain_high
    assert mae["leaf mean"] < min(naive.values())


def test_a_theme_put_in_is_found(groups):
    """Shocks of 6% to 20% against noise of 1.4%: near that noise, far below zero."""
    mae = {s.method: s.mae for s in groups["theme"].scores}

    # Mean absolute value of a normal of 1.4%.
    assert mae["stresskit"] == pytest.approx(0.014 * np.sqrt(2 / np.pi), rel=0.25)
    assert mae["zero"] > 0.1
    assert groups["theme"].scores[-1].r2 > 0.85
    assert groups["theme"].scores[-1].slope == pytest.approx(1.0, abs=0.1)


def test_folded_coverage_sets_the_width_on_other_stocks(day, groups):
    """Twenty splits in halves, each half the test of the other; by hand."""
    error = np.abs(day.total - day.predicted)
    x, sd = day.stocks.sensitivities, day.left_out.sd
    known = np.sum((x * sd) ** 2, axis=1) + (0.1 * 0.01) ** 2
    s = np.array([e.residual_sd or np.nan for e in day.rows])
    for name, power in (("theme", 1.0), ("rest", 0.98)):
        rows = np.flatnonzero([e.role == name for e in day.rows])
        rng = np.random.default_rng(SEED)
        shares = []
        for _ in range(20):
            order = rng.permutation(rows)
            halves = order[: len(rows) // 2], order[len(rows) // 2 :]
            for fit, test in (halves, halves[::-1]):
                left = (error[fit] ** 2 - known[fit]) / s[fit] ** (2 * power)
                own = max(left.mean(), 0.0) * s[test] ** (2 * power)
                width = MULTIPLIER * np.sqrt(own + known[test])
                shares.append(np.mean(error[test] <= width))
        assert groups[name].folded == pytest.approx(np.mean(shares), rel=1e-9)
        assert 0.8 < groups[name].folded < 1.0


def test_a_scale_that_is_too_wide_shows_in_the_coverage_alone(factor, groups):
    """Stated ten times too large all is inside; set on other stocks it is not."""
    wide = replace(factor, dispersion_theme=10.0)

    theme = validate(wide).groups[0]

    assert theme.coverage == 1.0
    assert theme.folded == groups["theme"].folded < 1.0


def test_fewer_than_twenty_stocks_are_not_split(factor):
    """Nineteen of the theme have a coverage and no folded one; twenty have."""
    for kept, known in ((19, False), (20, True)):
        tickers = [e.ticker for e in factor.evidence if e.role == "theme"][::3]
        tickers += [e.ticker for e in factor.evidence if e.role == "theme"][1::3]
        chosen = set(tickers[:kept])
        few = only(factor, lambda e, c=chosen: e.role != "theme" or e.ticker in c)
        theme = validate(only(few, lambda e: e.role == "theme")).groups[0]
        assert theme.scores[-1].n == kept
        assert theme.coverage is not None
        assert (theme.folded is not None) is known


def test_a_group_of_one_is_no_group(factor):
    """One stock of the theme, one fund, one published line: only the rest is left."""
    few = only(
        factor,
        lambda e: e.role == "rest" or e.ticker in ("GPU2", "SMH", "P1"),
    )

    assert [g.name for g in validate(few).groups] == ["rest"]


def test_funds_are_projected_by_their_sensitivities(factor, groups):
    """By hand for the four of shares: beta times 1% and sensitivities times shocks."""
    theta = {s.segment: s.shrunk for s in factor.shocks}
    names = ("SMH", "URA", "XLU", "IGV")
    rows = [e for e in factor.evidence if e.ticker in names]

    errors = [
        e.event_return
        - 0.01 * e.beta
        - sum(v * theta[k] for k, v in e.sensitivities.items())
        for e in rows
    ]
    funds = groups["funds"]
    assert [s.method for s in funds.scores] == ["zero", "beta x QQQ", "stresskit"]
    assert funds.scores[-1].n == 4
    assert funds.scores[-1].mae == pytest.approx(np.mean(np.abs(errors)), rel=1e-9)
    naive = [abs(e.event_return + 0.02 * 0.7) for e in rows]
    assert funds.scores[1].mae == pytest.approx(np.mean(naive), rel=1e-9)
    assert (funds.coverage, funds.gain) == (None, None)


def test_published_moves_are_held_against_the_shocks(factor, groups):
    """GAS rests on its own two, which would predict themselves; three are left."""
    theta = {s.segment: s.shrunk for s in factor.shocks}
    errors = [-0.11 - theta["GPU"], -0.17 - theta["GPU"], -0.22 - theta["NUKE"]]

    regions = groups["other regions"].scores
    assert [(s.method, s.n) for s in regions] == [("zero", 3), ("stresskit", 3)]
    assert regions[0].mae == pytest.approx((0.11 + 0.17 + 0.22) / 3, rel=1e-12)
    assert regions[1].mae == pytest.approx(np.mean(np.abs(errors)), rel=1e-9)


def test_portfolios_are_drawn_from_each_pool(found):
    """A thousand long-only, two hundred long/short; nearer than the index by far."""
    names = [(p.name, p.portfolios) for p in found.portfolios]

    assert names == [
        ("theme", 1000),
        ("rest", 1000),
        ("all", 1000),
        ("all, long/short", 200),
    ]
    for p in found.portfolios:
        # One draw of noise is in all of them: near 90%, not at it.
        assert 0.7 < p.coverage < 1.0, p
        assert p.mae < 0.5 * p.index_mae
    # Noise of 1.4% over some 20 equal holdings, for the theme's share at least.
    assert found.portfolios[0].mae < 0.01


def test_a_pool_that_could_be_one_portfolio_is_none(factor):
    """Fifty stocks of the rest are too few to draw fifty from, 51 are not."""
    for kept, names in ((50, []), (51, ["rest"])):
        rest = [e.ticker for e in factor.evidence if e.role == "rest"][:kept]
        few = only(factor, lambda e, r=rest: e.role == "rest" and e.ticker in r)
        # Nothing of the theme is in it: all is the rest.
        drawn = [p.name for p in validate(few).portfolios if not p.name.startswith("a")]
        assert drawn == names


def test_the_same_again(factor, later, found):
    """Fixed seeds: every figure is the same."""
    assert validate(factor, [later]) == found


def test_every_figure_is_a_number(found):
    """No NaN and no infinity anywhere: no JSON could hold them."""

    def numbers(value):
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list | tuple):
            return [n for v in value for n in numbers(v)]
        return [value] if isinstance(value, float) else []

    every = numbers(asdict(found))

    assert len(every) > 500
    assert all(map(math.isfinite, every))


def test_without_an_index_there_is_no_index_baseline(factor, later):
    """Neither among the stocks, the funds, the portfolios nor the other days."""
    bare = replace(factor, method={})
    other = replace(later, method={})

    found = validate(bare, [other])

    assert found.index is None
    for group in found.groups:
        assert not [s.method for s in group.scores if s.method.startswith("beta x Q")]
    assert [p.index_mae for p in found.portfolios] == [None] * 4
    assert (found.days[0].index, found.days[0].index_rank) == (None, None)
    assert found.days[0].pattern is not None


def test_a_fund_without_a_beta_to_the_index_leaves_that_baseline_out(factor):
    """Rather than over some of them only, or with a beta made up."""
    evidence = tuple(
        replace(e, index_beta=None) if e.ticker == "URA" else e for e in factor.evidence
    )

    funds = validate(replace(factor, evidence=evidence)).groups[2]

    assert [s.method for s in funds.scores] == ["zero", "stresskit"]


@pytest.mark.parametrize(
    ("start", "end", "kept"),
    [
        ("2025-01-27", "2025-01-27", False),
        ("2025-01-24", "2025-01-27", False),
        ("2025-01-27", "2025-01-28", False),
        ("2025-01-20", "2025-02-20", False),
        ("2025-01-24", "2025-01-24", True),
        ("2025-01-28", "2025-01-29", True),
    ],
)
def test_events_that_share_a_session_do_not_test_each_other(
    factor, later, start, end, kept
):
    """The day after and the day before do; one that holds the day does not."""
    other = replace(
        later,
        event_start=dt.date.fromisoformat(start),
        event_end=dt.date.fromisoformat(end),
    )
    few = only(factor, lambda e: e.role != "rest" or e.ticker == "ROM405")

    found = validate(few, [other])

    assert [d.factor for d in found.days] == ["later"] * kept


def test_other_days_are_in_their_order(factor, event_of):
    """By date, whatever order they are found in."""
    days = [dt.date(2025, 3, 3), dt.date(2024, 8, 5), dt.date(2025, 1, 28)]
    others = [event_of(20, day=d, name=f"e{d:%m}") for d in days]
    few = only(factor, lambda e: e.role != "rest")

    found = validate(few, others).days

    assert [d.day for d in found] == sorted(days)
    assert [d.factor for d in found] == ["e08", "e01", "e03"]


def test_what_was_not_estimated_is_refused(factor):
    """A stated factor and a variant; the message says which, the hint what to do."""
    moves = (Move(segment="GPU", move=-0.2, where="row 2", named_at=""),)
    stated = define("mine", moves, dt.date(2026, 2, 3), small_factor())
    variant = vary(factor, Story(id="darker", title="Darker"), {}, market=-0.05)

    for made, basis in ((stated, "old-event@3"), (variant, "toy@1")):
        with pytest.raises(FactorError, match=f"{made.id} was set") as error:
            validate(made)
        assert f"basis it has ({basis})" in error.value.hint

"""A panel cut from prices: windows, regions, jumps, lines left out, lines published."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from stresskit.core.factor.leaves import lines_of
from stresskit.core.factor.panel import issuers_of, leaves_of, tags_of
from stresskit.errors import FactorError
from stresskit.model import Published


def codes(cut):
    """The issues by code."""
    return {i.code: i for i in cut.issues}


def line(cut, ticker):
    """The number of a line in the panel."""
    return [x.item.ticker for x in cut.listed].index(ticker)


def test_the_panel_holds_the_chains_lines_on_the_days_of_the_file(small):
    """18 lines, 130 days, 89 returns before a gap of 20; the event by division."""
    cut = small.cut()

    panel, p = cut.panel, small.prices
    assert panel.returns.shape == (130, 18)
    assert np.flatnonzero(panel.inside[:, 0]).tolist() == list(range(1, 90))
    expected = p["R3"].iloc[110] / p["R3"].iloc[109] - 1
    assert panel.event[line(cut, "R3")] == pytest.approx(expected, abs=6e-9)
    assert panel.event.tolist() == np.round(panel.event, 8).tolist()
    assert (int(panel.theme.sum()), int(panel.rest.sum()), int(panel.fund.sum())) == (
        4,
        12,
        2,
    )
    assert panel.tags[panel.fund].sum() == 0
    assert cut.regions == ("US",)
    assert cut.windows == {"US": (small.spec.start, small.spec.start)}
    assert cut.dates[110] == small.spec.start


def test_the_order_of_the_files_columns_does_not_matter(small):
    """Shuffled columns make the same panel."""
    mixed = small.prices[list(small.prices.columns[::-1])]

    one, other = small.cut().panel, small.cut(mixed).panel

    assert np.array_equal(one.returns, other.returns, equal_nan=True)
    assert np.array_equal(one.event, other.event)


def test_theme_starts_at_a_twentieth(small, chain_of):
    """With 5% of its business a company is of the theme, with 4% it is the market."""
    fractions = {"R0": 0.05, "R1": 0.04}
    securities = [
        (
            s.ticker,
            s.mic,
            s.name,
            {"GPU": fractions[s.ticker], "ROM_40": 1 - fractions[s.ticker]}
            if s.ticker in fractions
            else s.segments,
        )
        for s in small.chain.securities
    ]

    cut = small.cut(chain=chain_of(securities))

    assert cut.panel.theme[line(cut, "R0")]
    assert cut.panel.rest[line(cut, "R1")]


@pytest.mark.parametrize(("row", "factor"), [(110, 0.1), (115, 10.0), (60, 0.25)])
def test_a_split_left_in_the_prices_is_asked_about(small, row, factor):
    """On the event, after it and in the window: ticker, size and date are named."""
    prices = small.prices.copy()
    prices.iloc[row:, 1] *= factor
    jump = prices["G1"].iloc[row] / prices["G1"].iloc[row - 1] - 1

    cut = small.cut(prices)

    issue = codes(cut)["jump"]
    assert f"G1 {jump:+.0%} on {small.at(row)}" in issue.message
    assert "[real_jumps]" in issue.fix
    assert "G1" not in [x.item.ticker for x in cut.listed]
    accepted = small.cut(prices, real_jumps={"G1": small.at(row)})
    assert accepted.panel.returns[row, line(accepted, "G1")] == pytest.approx(jump)


def test_a_real_jump_excuses_only_its_own_day(small):
    """Another day of the same ticker, and another ticker on that day, are asked."""
    prices = small.prices.copy()
    prices.iloc[60:, 1] *= 0.25
    prices.iloc[60:, 2] *= 0.25

    cut = small.cut(prices, real_jumps={"G1": small.at(61), "G2": small.at(60)})

    assert "G1 -75% on" in codes(cut)["jump"].message
    assert "G2" not in codes(cut)["jump"].message


def test_a_jump_on_a_day_that_is_not_used_is_blanked(small):
    """Outside the window and the event it is in no figure, and said."""
    prices = small.prices.copy()
    prices.iloc[95:, 1] *= 0.1

    cut = small.cut(prices, estimate_until=small.at(90))

    assert "G1 -90% on" in codes(cut)["jump-elsewhere"].message
    assert np.isnan(cut.panel.returns[95, line(cut, "G1")])
    assert np.isfinite(cut.panel.returns[94, line(cut, "G1")])


@pytest.mark.parametrize("size", [0.501, 1.999])
def test_large_moves_that_are_no_split_pass(small, size):
    """A fall of 49.9% less the day's noise, a rise of 99.9%: no question."""
    prices = small.prices.copy()
    prices.iloc[60:, 1] *= size / (prices["G1"].iloc[60] / prices["G1"].iloc[59])

    assert small.cut(prices).panel.inside.any()


def test_prices_of_another_business_do_not_count(small):
    """From the stated day on there are returns, the split before is gone."""
    prices = small.prices.copy()
    prices.iloc[20:, 1] *= 0.1

    cut = small.cut(prices, history_starts={"G1": small.at(25)})

    seen = np.isfinite(cut.panel.returns[:, line(cut, "G1")])
    assert np.flatnonzero(seen).tolist() == list(range(25, 130))


def test_the_day_a_history_starts_may_be_given_as_the_question_names_it(two_regions):
    """The question about a split says ``0.T``, so that is how its answer is read."""
    prices = two_regions.prices.copy()
    prices.loc[prices.index[20:], "0.T"] *= 0.1

    cut = two_regions.cut(prices, history_starts={"0.T": two_regions.at(25)})

    assert np.isnan(cut.panel.returns[20, line(cut, "0")])


def test_two_spellings_of_one_ticker_are_refused(small):
    """A second column of the same line."""
    prices = small.prices.assign(**{"R0.N": 1.0})

    with pytest.raises(FactorError, match="are the same security"):
        small.cut(prices)


def test_a_file_without_any_line_of_the_chain_is_refused(small):
    """Only strangers."""
    with pytest.raises(FactorError, match="No column of the price file is a listing"):
        small.cut(small.prices[["QQQ"]])


def test_without_securities_outside_the_theme_there_is_no_market(small):
    """Four graphics companies alone, with a fund."""
    with pytest.raises(
        FactorError, match="securities outside the theme have usable prices"
    ):
        small.cut(small.prices[["G0", "G1", "G2", "G3", "FUND"]])


def test_a_market_abroad_is_none_at_home(two_regions):
    """Japan's lines outside the theme do not say what America did."""
    home = [f"R{n}" for n in range(12)]

    with pytest.raises(
        FactorError, match="securities outside the theme have usable prices"
    ):
        two_regions.cut(two_regions.prices.drop(columns=home))


def test_a_line_without_a_price_on_the_day_is_left_out(small):
    """Nothing is filled; the issue names it."""
    prices = small.prices.copy()
    prices.iloc[110, [0, 5]] = np.nan
    prices.iloc[109, 6] = np.nan

    cut = small.cut(prices)

    assert cut.panel.event.shape == (15,)
    issue = codes(cut)["no-move"]
    assert issue.severity == "warning"
    assert issue.message == (
        "Left out, without a price on both sides of the event (returns before): "
        "G0 (89), R1 (89), R2 (89)."
    )


def test_short_histories_are_left_out_and_young_ones_told(small):
    """Sixty returns of the window are the least, below 120 peers stand in."""
    prices = small.prices.copy()
    # The window ends in row 89: 59 returns from row 31 on, 60 from row 30 on.
    prices.iloc[:30, 0] = np.nan
    prices.iloc[:29, 1] = np.nan

    cut = small.cut(prices)

    found = codes(cut)
    assert found["short-history"].message == (
        "Left out, with fewer than 60 returns before it: G0 (59)."
    )
    assert found["short-history"].severity == "warning"
    assert found["young"].message.startswith("With fewer than 120 returns before")
    assert ": G1 (60)," in found["young"].message
    assert found["young"].severity == "info"
    assert "G0" not in [x.item.ticker for x in cut.listed]


def test_with_a_long_history_nobody_is_young(cut):
    """250 returns of everyone: only the index is a stranger."""
    assert set(codes(cut)) <= {"not-in-chain"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"start": dt.date(2023, 6, 3)}, "2023-06-03 is no session"),
        ({"start": dt.date(2023, 5, 29)}, "2023-05-29 is no session"),
        ({"start": dt.date(2024, 6, 3)}, "lies outside the price file"),
        ({"start": dt.date(2023, 3, 20)}, "Only 34 returns stand before the event"),
    ],
)
def test_an_event_that_is_none_is_refused(small, changes, message):
    """A Saturday, a holiday, a day beyond the file, a day too early."""
    prices = small.prices.drop(small.prices.index[[105]])
    assert small.at(105) == dt.date(2023, 5, 29)

    with pytest.raises(FactorError, match=message):
        small.cut(prices, **changes)


def test_an_event_of_several_sessions(small):
    """Three days compounded, with as many rows of ``days``, for the index as well."""
    cut = small.cut(start=small.at(108), end=small.at(110))

    p = small.prices
    expected = p["G2"].iloc[110] / p["G2"].iloc[107] - 1
    assert cut.panel.event[line(cut, "G2")] == pytest.approx(expected, abs=6e-9)
    assert cut.panel.days.shape == (3, 18)
    assert cut.index_event == pytest.approx(p["QQQ"].iloc[110] / p["QQQ"].iloc[107] - 1)


def test_an_event_on_the_last_day_has_nothing_after(small):
    """The block of following sessions is empty."""
    cut = small.cut(start=small.at(129))

    assert cut.panel.after.shape == (0, 18)


def test_a_file_without_the_index_says_so(small):
    """The naive baseline cannot be shown; another column may be named."""
    cut = small.cut(small.prices.drop(columns="QQQ"))

    assert (cut.index, cut.index_event) == (None, None)
    assert "no column QQQ" in codes(cut)["no-index"].message
    named = small.cut(small.prices.drop(columns="QQQ"), index="R3")
    assert named.index_event == pytest.approx(named.panel.event[7], abs=6e-9)
    assert "no-index" not in codes(named)


def test_an_index_without_a_price_on_the_day_is_no_index(small):
    """A gap on the event is not a market of zero."""
    prices = small.prices.copy()
    prices.loc[prices.index[110], "QQQ"] = np.nan

    cut = small.cut(prices)

    assert cut.index_event is None
    assert "no-index" in codes(cut)


def test_the_index_is_not_told_as_unused(small):
    """It is no line of the chain, but the baseline is measured by it."""
    issue = codes(small.cut()).get("not-in-chain")

    assert issue is None or "QQQ" not in issue.message


# Regions


def test_each_region_has_sessions_of_its_own(two_regions):
    """Japan closed on a Monday: its Tuesday's return spans two days, America's one."""
    prices = two_regions.prices.copy()
    tokyo = [c for c in prices if c.endswith(".T")]
    prices.loc[prices.index[50], tokyo] = np.nan

    cut = two_regions.cut(prices)

    n, home = line(cut, "3"), line(cut, "R3")
    p = two_regions.prices["3.T"]
    assert cut.regions == ("US", "Japan")
    assert np.isnan(cut.panel.returns[50, n])
    assert cut.panel.returns[51, n] == pytest.approx(p.iloc[51] / p.iloc[49] - 1)
    assert np.isfinite(cut.panel.returns[50, home])
    # Its window has a session less, so it starts no earlier and holds no gap.
    assert not cut.panel.inside[50, n]
    assert cut.panel.inside[50, home]


def test_a_region_may_have_a_window_of_its_own(two_regions):
    """Japan over two sessions, America over one; what it lacks it stood still."""
    window = two_regions.at(110), two_regions.at(111)

    cut = two_regions.cut(windows={"Japan": window})

    p = two_regions.prices
    n, home = line(cut, "3"), line(cut, "R3")
    expected = p["3.T"].iloc[111] / p["3.T"].iloc[109] - 1
    assert cut.panel.event[n] == pytest.approx(expected, abs=6e-9)
    expected = p["R3"].iloc[110] / p["R3"].iloc[109] - 1
    assert cut.panel.event[home] == pytest.approx(expected, abs=6e-9)
    assert cut.windows["Japan"] == window
    assert cut.panel.days[1, home] == 0.0
    assert cut.panel.after[0, n] == pytest.approx(
        p["3.T"].iloc[112] / p["3.T"].iloc[111] - 1
    )
    assert not cut.panel.mapped.any()


def test_a_region_closed_on_the_day_is_mapped_and_told(two_regions):
    """Japan closed on the event and the day after: its next session stands in."""
    prices = two_regions.prices.copy()
    tokyo = [c for c in prices if c.endswith(".T")]
    prices.loc[prices.index[110:112], tokyo] = np.nan

    cut = two_regions.cut(prices)

    n = line(cut, "3")
    p = two_regions.prices["3.T"]
    expected = p.iloc[112] / p.iloc[109] - 1
    assert cut.panel.event[n] == pytest.approx(expected, abs=6e-9)
    assert cut.panel.mapped.sum() == 12
    assert cut.panel.mapped[n]
    assert not cut.panel.rest[n]
    assert cut.windows["Japan"] == (two_regions.at(112),) * 2
    issue = codes(cut)["market-closed"]
    assert issue.message.startswith(
        f"Japan was closed on {two_regions.at(110)}; its first session after, "
        f"{two_regions.at(112)}, stands in"
    )


def test_a_fund_of_a_closed_region_stays_a_fund(two_regions, chain_of):
    """It is in no estimate, late or not."""
    lines = [
        (s.ticker, s.mic, s.name, s.segments) for s in two_regions.chain.securities
    ]
    prices = two_regions.prices.rename(columns={"FUND": "1306.T"})
    tokyo = [c for c in prices if c.endswith(".T")]
    prices.loc[prices.index[110], tokyo] = np.nan

    cut = two_regions.cut(prices, chain_of(lines, [("1306", "XTKS", "A fund")]))

    n = line(cut, "1306")
    assert (cut.panel.fund[n], cut.panel.mapped[n]) == (True, False)
    assert cut.panel.mapped.sum() == 12


def test_a_stated_window_is_not_late(two_regions):
    """The author says which day of Japan answers America's; nothing is mapped."""
    prices = two_regions.prices.copy()
    tokyo = [c for c in prices if c.endswith(".T")]
    prices.loc[prices.index[110], tokyo] = np.nan

    cut = two_regions.cut(prices, windows={"Japan": (two_regions.at(111),) * 2})

    assert not cut.panel.mapped.any()
    assert "market-closed" not in codes(cut)


def test_a_file_without_america_is_measured_by_what_it_has(two_regions):
    """Japan alone is its own reference."""
    tokyo = [c for c in two_regions.prices if c.endswith(".T")]

    cut = two_regions.cut(two_regions.prices[tokyo])

    assert cut.regions[cut.panel.reference] == "Japan"


def test_an_empty_column_of_another_region_is_left_out(two_regions):
    """One Japanese line without any price must not stop an American factor."""
    tokyo = [c for c in two_regions.prices if c.endswith(".T")]
    prices = two_regions.prices.drop(columns=tokyo[1:])
    prices[tokyo[0]] = np.nan

    cut = two_regions.cut(prices)

    assert tokyo[0] in codes(cut)["no-move"].message
    assert cut.panel.event.shape == (18,)


# Published moves


def published(two_regions, ticker="3", mic="XTKS"):
    """A move of the press over two days of its own."""
    return Published(
        ticker=ticker,
        mic=mic,
        move=-0.0986,
        start=two_regions.at(113),
        end=two_regions.at(114),
        source="press",
    )


def test_a_published_move_is_an_observation_without_history(two_regions):
    """Japan has no prices; one line has a move, and is mapped."""
    prices = two_regions.prices[[c for c in two_regions.prices if not c.endswith(".T")]]

    cut = two_regions.cut(prices, published=(published(two_regions),))

    n = line(cut, "3")
    assert cut.panel.event[n] == -0.0986
    assert cut.panel.mapped[n]
    assert not cut.panel.rest[n]
    assert np.isnan(cut.panel.returns[:, n]).all()
    assert not cut.panel.inside[:, n].any()
    assert cut.regions[cut.panel.region[n]] == "Japan"
    assert "Japan" not in cut.windows


@pytest.mark.parametrize(
    ("ticker", "mic", "message"),
    [
        ("3", "XTKS", "3:XTKS has prices and a published move"),
        ("99", "XTKS", "99:XTKS belongs to no line of toy-chain"),
        ("FUND", "ARCX", "FUND:ARCX belongs to no line of toy-chain"),
    ],
)
def test_published_moves_that_do_not_fit_are_refused(two_regions, ticker, mic, message):
    """A line with prices, an unknown one, a fund."""
    with pytest.raises(FactorError, match=message):
        two_regions.cut(published=(published(two_regions, ticker, mic),))


def test_a_published_move_may_replace_a_price_that_is_missing(two_regions):
    """A line without a price on the day is left out, so its published move counts."""
    prices = two_regions.prices.copy()
    prices.loc[prices.index[110], "3.T"] = np.nan

    cut = two_regions.cut(prices, published=(published(two_regions),))

    assert cut.panel.event[line(cut, "3")] == -0.0986


# The chain as arrays


def test_lines_of_one_company_share_its_weight():
    """Share classes and depositary receipts of one name are one company."""
    names = ["Alphabet Inc Class A", "Alphabet Inc Class C", "Nvidia", "ALPHABET INC."]

    found = lines_of(issuers_of(names, np.zeros(4, dtype=int)))

    assert found == pytest.approx([1 / 3, 1 / 3, 1.0, 1 / 3])


def test_mapped_lines_of_a_company_are_counted_apart():
    """A published move enters where no other line does; it halves nobody's weight."""
    names = ["TSMC", "TSMC ADR", "TSMC Ltd"]

    found = lines_of(issuers_of(names, np.array([1, 0, 1])))

    assert found.tolist() == [0.5, 1.0, 0.5]


def test_fractions_and_groups_follow_the_chains_order(chain_of):
    """Segments by column, groups by number, the theme marked."""
    chain = chain_of([])

    tags = tags_of([{"MEM": 0.7, "ROM_55": 0.3}, {}], chain)
    leaves = leaves_of(chain)

    assert np.argwhere(tags).tolist() == [[0, 1], [0, 9]]
    assert tags[0, [1, 9]].tolist() == [0.7, 0.3]
    assert leaves.groups.tolist() == [0, 0, 0, 1, 1, 1, 1, 2, 3, 3]
    assert leaves.theme.tolist() == [True] * 8 + [False] * 2

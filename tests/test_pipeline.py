"""The straight line as a whole: sums that tie, what is left out, what is refused."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stresskit
from stresskit.errors import HoldingsError, InputError
from stresskit.model import Identifiers, Portfolio, Position
from stresskit.stressing import coverage_of

FACTOR = stresskit.load_factor("deepseek-2025-01-27")
TICKERS = ("NVDA", "VST", "ANET", "MSFT", "JPM", "KO", "EQIX", "SPY", "SMH", "XYZ9")


def position(n, ticker, value, **more):
    """Return a dollar position in a ticker."""
    return Position(
        id=f"p{n}",
        name=ticker,
        identifiers=Identifiers(ticker=ticker),
        currency="USD",
        market_value=value,
        row=n + 1,
        **more,
    )


def book(*values, base="USD", **more):
    """Return a portfolio of the tickers above with these values."""
    rows = [
        position(n, t, v)
        for n, (t, v) in enumerate(zip(TICKERS, values, strict=False), 1)
    ]
    return Portfolio(name="book", positions=tuple(rows), base_currency=base, **more)


def stressed(portfolio, **scenario):
    """Stress a portfolio with the shipped factor."""
    exposures = stresskit.map_exposures(portfolio, FACTOR)
    return stresskit.stress(
        portfolio, exposures, stresskit.Scenario(FACTOR, **scenario)
    )


def assert_ties(result):
    """Positions, attribution, segments and summary agree to 1e-9 relative."""
    scale = max(abs(r.pnl) for r in result.by_position) + 1e-12
    a = result.attribution
    parts = a.market + a.segments + a.own_name + a.fx + a.options + a.cross
    parts += a.others
    assert abs(sum(r.pnl for r in result.by_position) - result.pnl) <= 1e-9 * scale
    assert abs(parts - result.pnl) <= 1e-9 * scale
    assert abs(sum(s.pnl for s in result.by_segment) - a.segments) <= 1e-9 * scale
    total = sum(r.base_value for r in result.by_position)
    assert result.base_value == pytest.approx(total, rel=1e-12)
    assert result.stressed_value == pytest.approx(total + result.pnl, rel=1e-12)


money = st.floats(-1e7, 1e7).filter(lambda x: abs(x) > 1)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(money, min_size=1, max_size=10),
    st.floats(0, 5),
    st.sampled_from(["factor", "replay"]),
)
def test_sums_tie_for_any_book(values, severity, mode):
    """Long or short, at any severity, in both modes."""
    assert_ties(stressed(book(*values), severity=severity, mode=mode))


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(6)))
def test_the_order_of_positions_changes_nothing(order):
    """The same positions in another order lose the same."""
    values = [1e6, 5e5, -2e5, 3e5, 4e5, 1e5]
    rows = book(*values).positions
    shuffled = Portfolio(
        name="book", positions=tuple(rows[n] for n in order), base_currency="USD"
    )

    first, second = stressed(book(*values)), stressed(shuffled)

    assert second.pnl == pytest.approx(first.pnl, rel=1e-12)
    assert second.band.low == pytest.approx(first.band.low, rel=1e-12)


def test_severity_zero_is_nothing_at_all():
    """No event, no P&L and no band."""
    result = stressed(book(1e6, 2e5, -1e5), severity=0.0)

    assert result.pnl == 0.0
    assert (result.band.low, result.band.high) == (0.0, 0.0)


def test_one_position_by_hand():
    """A million in Nvidia: market, segments and own-name from the factor's files."""
    own = next(e for e in FACTOR.evidence if e.ticker == "NVDA")
    shock = {s.segment: s.shrunk for s in FACTOR.shocks}
    market = next(m.value for m in FACTOR.market if m.region == "US")
    common = own.beta * market + sum(x * shock[k] for k, x in own.sensitivities.items())

    factor, replay = stressed(book(1e6)), stressed(book(1e6), mode="replay")

    assert factor.pnl == pytest.approx(1e6 * common, rel=1e-9)
    assert replay.pnl == pytest.approx(1e6 * (common + own.own_name), rel=1e-9)
    # The replay comes nearer to what Nvidia did: -16.97%.
    assert abs(replay.pnl / 1e6 + 0.1697) <= abs(factor.pnl / 1e6 + 0.1697)


def test_a_weight_only_portfolio_is_stressed_at_one_or_at_the_value_given():
    """Weights are neither rescaled nor turned into money of an unknown currency."""
    rows = (
        Position(
            id="a",
            name="NVDA",
            identifiers=Identifiers(ticker="NVDA"),
            currency="USD",
            weight=0.6,
        ),
        Position(id="b", name="Cash", asset_class="cash", weight=0.39),
    )
    portfolio = Portfolio(name="w", positions=rows)
    exposures = stresskit.map_exposures(portfolio, FACTOR)
    scenario = stresskit.Scenario(FACTOR)

    one = stresskit.stress(portfolio, exposures, scenario)
    million = stresskit.stress(portfolio, exposures, scenario, value=1e6)

    assert one.currency is None
    assert one.base_value == pytest.approx(0.99, rel=1e-12)
    assert million.pnl == pytest.approx(1e6 * one.pnl, rel=1e-12)


def test_what_is_not_stressed_is_shown_in_money():
    """A bond keeps its value, counts as not covered, and an issue says so."""
    bond = Position(
        id="b", name="Bund", asset_class="bond", market_value=4e5, currency="USD"
    )
    rows = (*book(6e5).positions, bond)
    result = stressed(Portfolio(name="x", positions=rows, base_currency="USD"))

    assert result.uncovered_value == pytest.approx(4e5, rel=1e-12)
    assert result.coverage_ratio == pytest.approx(0.6, rel=1e-12)
    assert result.by_position[1].pnl == 0.0
    issue = next(i for i in result.issues if i.code == "not-stressed")
    assert issue.money == pytest.approx(4e5, rel=1e-12)


def test_a_future_moves_its_notional_and_is_worth_nothing():
    """The market value stays zero, the P&L is that of the exposure."""
    rows = (
        position(1, "NVDA", 1e6),
        position(2, "ESH5", 0.0, asset_class="future", exposure=5e5),
    )
    result = stressed(Portfolio(name="x", positions=rows, base_currency="USD"))

    future = result.by_position[1]
    assert future.base_value == 0.0
    assert future.stressed_exposure == 5e5
    assert future.pnl != 0.0
    assert_ties(result)


def test_currency_moves_add_their_part():
    """A dollar that falls 2% costs a euro book 2% of its stressed dollars."""
    portfolio = book(1e6, base="EUR")
    plain = stressed(portfolio, others="none")
    weak = stressed(portfolio, fx={"USD": -0.02})

    expected = plain.pnl - 0.02 * (1e6 + plain.pnl)
    assert weak.pnl == pytest.approx(expected, rel=1e-12)
    assert weak.attribution.fx == pytest.approx(-2e4, rel=1e-12)
    assert_ties(weak)


def test_a_position_without_value_is_refused_by_name():
    """A missing value is never zero: the message names the line."""
    rows = (*book(1e6).positions, position(7, "VST", None, sheet="Book"))
    portfolio = Portfolio(name="x", positions=rows, base_currency="USD")

    with pytest.raises(
        HoldingsError, match=r"1 of 2 positions.*VST \(sheet Book, row 8"
    ):
        stressed(portfolio)


def test_a_user_shock_replaces_the_factors():
    """An override of one segment moves the P&L by its difference."""
    plain = stressed(book(1e6))
    harder = stressed(book(1e6), shocks={"AI_ACCEL": -0.30})

    exposure = next(s.exposure for s in plain.by_segment if s.segment == "AI_ACCEL")
    shock = next(s.shock for s in plain.by_segment if s.segment == "AI_ACCEL")
    expected = plain.pnl + exposure * (-0.30 - shock)
    assert harder.pnl == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"severity": -1.0}, "Severity -1 is out of range"),
        ({"severity": 50.0}, "Severity 50 is out of range"),
        ({"severity": float("nan")}, "out of range"),
        ({"mode": "again"}, "Mode 'again'"),
        ({"shocks": {"AI": -0.1}}, "Segment 'AI'"),
        ({"shocks": {"MEMORY": -17.0}}, "-17, which is not a return"),
        ({"market": -2.0}, "The market leg is -2"),
    ],
)
def test_a_scenario_that_makes_no_sense_is_refused(options, message):
    """Each option says what is wrong with it."""
    with pytest.raises(InputError, match=message):
        stresskit.Scenario(FACTOR, **options)


def test_exposures_of_another_portfolio_are_refused():
    """Rows that belong to other positions are not paired by chance."""
    exposures = stresskit.map_exposures(book(1e6), FACTOR)

    with pytest.raises(InputError, match="not made for this portfolio"):
        stresskit.stress(book(1e6, 2e6), exposures, stresskit.Scenario(FACTOR))


def test_quantities_are_valued_at_the_last_price_before_the_date(tmp_path):
    """A list of quantities and a price file make a portfolio with its issues."""
    holdings = tmp_path / "list.csv"
    holdings.write_text(
        "As of,2025-01-24\nTicker,Quantity,Currency\nNVDA,10,USD\nVST,5,USD\n"
    )
    prices = tmp_path / "prices.csv"
    prices.write_text("date,NVDA\n2025-01-23,147.22\n2025-01-24,142.62\n2025-01-27,1\n")

    portfolio = stresskit.read_holdings(holdings, prices=prices)

    assert portfolio.as_of == dt.date(2025, 1, 24)
    assert portfolio.positions[0].market_value == pytest.approx(1426.2, rel=1e-12)
    assert portfolio.positions[1].market_value is None
    codes = [i.code for i in portfolio.issues]
    assert "priced" in codes
    assert "no-price" in codes


def test_the_run_record_is_the_same_for_the_same_question():
    """Two runs of one question differ in their time only, in what they ask nothing."""
    first, second = stressed(book(1e6)), stressed(book(1e6), severity=2.0)

    assert first.run["factor_sha256"] == FACTOR.sha256
    assert first.run["id"] != second.run["id"]


def test_a_frame_holds_every_position():
    """The frame has a row per position and its P&L adds up."""
    result = stressed(book(1e6, 2e5, 3e5))

    frame = result.to_frame()

    assert list(frame["name"]) == ["NVDA", "VST", "ANET"]
    assert np.isclose(frame["pnl"].sum(), result.pnl, rtol=1e-12)


def test_the_unmapped_part_is_said_in_money_with_its_currency():
    """Half unplaced at the worst twentieth's fall: share of the value and dollars."""
    rows = (position(1, "NVDA", 100_000.0), position(2, "XYZ9", 100_000.0))
    result = stressed(Portfolio(name="b", positions=rows, base_currency="USD"))
    (issue,) = [i for i in result.issues if i.code == "much-unmapped"]
    fall = abs(FACTOR.universe_low)
    assert issue.message == (
        "50% of the value could not be placed. If it all fell like the worst "
        "twentieth of securities on the event, it would cost "
        f"{fall / 2:.1%} of the value, {100_000 * fall:,.0f} USD."
    )


def test_what_went_into_the_mapping_is_in_the_run(tmp_path):
    """Each file's hash by its use and name; another content is another question."""
    path, fund = tmp_path / "mine.csv", tmp_path / "held.csv"
    fund.write_text("Ticker,Name,Weight\nNVDA,NVIDIA,100%\n", encoding="utf-8")
    runs = []
    for beta in (1.2, 1.2, 1.3):
        path.write_text(f"ticker,beta,by,on\nNVDA,{beta},me,2025-01-24\n")
        exposures = stresskit.map_exposures(
            book(1e6), FACTOR, overrides=path, funds={"XYZ9": fund}
        )
        scenario = stresskit.Scenario(FACTOR)
        runs.append(stresskit.stress(book(1e6), exposures, scenario).run)
    last, held = (hashlib.sha256(p.read_bytes()).hexdigest() for p in (path, fund))

    assert runs[2]["mapping_inputs"] == (
        f"fund XYZ9: held.csv {held}; overrides: mine.csv {last}"
    )
    assert runs[0]["id"] == runs[1]["id"]
    assert runs[1]["id"] != runs[2]["id"]
    assert stressed(book(1e6)).run["mapping_inputs"] == ""


def test_coverage_by_hand():
    """Half known at 8/9, half unknown: 4/9 of the value, red; the three outcomes."""
    rows = (position(1, "NVDA", 1e5), position(2, "XYZ9", 1e5))
    portfolio = Portfolio(name="b", positions=rows, base_currency="USD")
    exposures = stresskit.map_exposures(portfolio, FACTOR)
    result = stresskit.stress(portfolio, exposures, stresskit.Scenario(FACTOR))
    known = result.coverage
    market = next(m.value for m in FACTOR.market if m.region == "US")
    worst = min(FACTOR.shocks, key=lambda s: s.shrunk)

    # A curated name's lambda is 0.05: 1 - 0.05 / 0.45 = 8 / 9.
    assert known.by_value == pytest.approx((8 / 9 + 0) / 2, rel=1e-9)
    assert known.light == "red"
    assert known.by_source == {"curated": 1e5, "unmapped": 1e5}
    assert (known.unmapped_value, known.worst_segment) == (1e5, worst.segment)
    nvidia = result.by_position[0].pnl
    assert known.pnl_if == pytest.approx(
        {
            "nothing": nvidia,
            "market": nvidia + 1e5 * market,
            "worst_segment": nvidia + 1e5 * (market + worst.shrunk),
        },
        rel=1e-9,
    )
    # The known one's risk is its loss and error, the unknown's its wide range.
    assert 0 < known.by_risk < 8 / 9
    assert coverage_of(portfolio, exposures, FACTOR) == known


def test_coverage_of_a_short_stranger_looks_at_its_worst():
    """For a short position the segment that rises most hurts most."""
    portfolio = Portfolio(
        name="b", positions=(position(1, "XYZ9", -1e5),), base_currency="USD"
    )
    known = stressed(portfolio).coverage
    best = max(FACTOR.shocks, key=lambda s: s.shrunk)

    assert known.worst_segment == best.segment
    assert known.unmapped_value == 1e5
    assert known.pnl_if["worst_segment"] < known.pnl_if["market"]
    assert known.pnl_if["nothing"] == 0


def test_coverage_needs_values():
    """Where a position has no value there is nothing to weigh with."""
    portfolio = Portfolio(
        name="b",
        positions=(*book(1e6).positions, position(7, "VST", None)),
        base_currency="USD",
    )
    exposures = stresskit.map_exposures(portfolio, FACTOR)

    assert coverage_of(portfolio, exposures, FACTOR) is None


def test_nothing_to_cover_is_all_covered():
    """Positions worth nothing leave no doubt and no gross value."""
    known = stressed(book(0.0)).coverage

    assert (known.by_value, known.light, known.unmapped_value) == (1.0, "green", 0.0)


def test_a_fund_file_without_a_portfolio_is_refused(tmp_path):
    """The error names the fund and the file."""
    path = tmp_path / "held.csv"
    path.write_text("hello\n", encoding="utf-8")

    with pytest.raises(HoldingsError, match=r"holdings of SPY in held\.csv"):
        stresskit.map_exposures(book(1e6), FACTOR, funds={"SPY": path})


def test_a_fund_file_worth_nothing_is_refused(tmp_path):
    """Long and short that cancel out are no fund's holdings: 60% - 60% = 0."""
    path = tmp_path / "held.csv"
    path.write_text("Ticker,Name,Weight\nNVDA,NVIDIA,60%\nPG,PG,-60%\n")

    with pytest.raises(HoldingsError, match=r"SPY in held\.csv are worth 0"):
        stresskit.map_exposures(book(1e6), FACTOR, funds={"SPY": path})


@settings(max_examples=5, deadline=None)
@given(st.permutations(range(10)))
def test_the_order_of_positions_changes_no_exposure(order):
    """Each line is placed by itself: every field but its id is the same."""
    rows = book(*[1e6 + n for n in range(10)]).positions
    shuffled = Portfolio(
        name="book", positions=tuple(rows[n] for n in order), base_currency="USD"
    )
    straight = Portfolio(name="book", positions=rows, base_currency="USD")
    first = {e.position_id: e for e in stresskit.map_exposures(straight, FACTOR).rows}
    second = {e.position_id: e for e in stresskit.map_exposures(shuffled, FACTOR).rows}

    assert first == second


def test_without_unknown_lines_no_segment_is_the_worst():
    """Nothing is unmapped: there is no segment to name."""
    rows = (position(1, "NVDA", 1e5),)
    known = stressed(Portfolio(name="b", positions=rows, base_currency="USD")).coverage
    assert (known.unmapped_value, known.worst_segment) == (0.0, "")


def test_another_question_has_another_id(tmp_path):
    """The worth, rates, sheet and key of a fund are part of what was asked."""
    weights = (replace(position(1, "NVDA", None), weight=1.0),)
    plain = Portfolio(name="b", positions=weights, base_currency="USD")
    exposures = stresskit.map_exposures(plain, FACTOR)
    scenario = stresskit.Scenario(FACTOR)

    def asked(portfolio=plain, found=exposures, value=None):
        return stresskit.stress(portfolio, found, scenario, value=value).run

    fund = tmp_path / "held.csv"
    fund.write_text("Ticker,Name,Weight\nNVDA,NVIDIA,100%\n", encoding="utf-8")
    one, two = (
        stresskit.map_exposures(plain, FACTOR, funds={key: fund})
        for key in ("AAA", "BBB")
    )
    runs = [
        asked(),
        asked(value=1e6),
        asked(value=2e6),
        asked(replace(plain, fx={"EUR": 1.1})),
        asked(replace(plain, fx={"EUR": 1.2})),
        asked(replace(plain, source={"sheet": "A", "sha256": "0"})),
        asked(replace(plain, source={"sheet": "B", "sha256": "0"})),
        asked(found=one),
        asked(found=two),
    ]
    assert len({r["id"] for r in runs}) == len(runs)
    assert asked()["id"] == runs[0]["id"]
    assert [runs[0][k] for k in ("value", "rates", "reading")] == ["", "", ""]
    assert runs[1]["value"] == "1000000.0"
    assert runs[3]["rates"] == "EUR 1.1"
    assert runs[5]["reading"] == "sheet A"


def test_positions_of_no_file_are_the_input():
    """What was built by hand is hashed: another position is another input."""
    hashes = [stressed(book(v)).run["input_sha256"] for v in (1e6, 1e6, 2e6)]
    assert re.fullmatch("[0-9a-f]{64}", hashes[0])
    assert hashes[0] == hashes[1] != hashes[2]


def test_files_of_funds_are_in_the_order_of_their_keys(tmp_path):
    """However they are given, the run says them the same."""
    path = tmp_path / "held.csv"
    path.write_text("Ticker,Name,Weight\nNVDA,NVIDIA,100%\n", encoding="utf-8")
    found = [
        stresskit.map_exposures(book(1e6), FACTOR, funds=dict.fromkeys(keys, path))
        for keys in (("AAA", "BBB"), ("BBB", "AAA"))
    ]
    order = ["fund AAA: held.csv", "fund BBB: held.csv"]
    assert [list(e.inputs) for e in found] == [order, order]


def test_a_report_is_no_holdings_file(tmp_path):
    """What stresskit wrote is not read back as a client's positions."""
    path = tmp_path / "client.csv"
    path.write_text("Ticker,Name,Market value,Currency\nNVDA,NVIDIA,1000,USD\n")
    factor = stresskit.load_factor("deepseek-2025-01-27")
    portfolio = stresskit.read_holdings(path)
    exposures = stresskit.map_exposures(portfolio, factor)
    result = stresskit.stress(portfolio, exposures, stresskit.Scenario(factor))
    report = stresskit.write_report(tmp_path / "report.xlsx", result)

    with pytest.raises(stresskit.InputError, match="a report that stresskit wrote"):
        stresskit.read_holdings(report)

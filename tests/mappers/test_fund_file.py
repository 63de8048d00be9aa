from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresskit.mappers.context import FundFile, MappingContext
from stresskit.mappers.fund_file import means, weights_of
from stresskit.mappers.place import place as place_all
from stresskit.model import Portfolio
from stresskit.plugins import load_mappers

# A standard deviation of all abnormal returns, -20% to +10%.
SPREAD = 0.15 / 1.6448536


@pytest.fixture(scope="session")
def through(toy, portfolio):
    """Place positions with the holdings of funds given by key; rows and context."""

    def run(*positions, **funds):
        files = tuple(
            FundFile(key, book, f"{key.lower()}.csv") for key, book in funds.items()
        )
        book = portfolio(*positions)
        context = MappingContext(toy, book, mappers=load_mappers(), fund_files=files)
        return place_all(book.positions, context), context

    return run


@pytest.fixture(scope="session")
def nova(position):
    """Build a holding in the company with evidence, of that much money."""

    def build(money, **given):
        return position("Novachip Corp", ticker="NVC", market_value=money, **given)

    return build


@pytest.fixture(scope="session")
def grid(position):
    """Build a holding in the British company of the power segment."""

    def build(money, **given):
        return position("Gridworks plc", currency="GBP", market_value=money, **given)

    return build


@pytest.fixture(scope="session")
def cash(position):
    """Build a holding in cash."""

    def build(money):
        return position("US Dollar", asset_class="cash", market_value=money)

    return build


@pytest.fixture(scope="session")
def fund(position):
    """Build a holding in a fund by its ticker."""

    def build(ticker, money=1000.0):
        return position(f"The {ticker} Fund", ticker=ticker, market_value=money)

    return build


def test_a_fund_worked_out_by_hand(through, portfolio, fund, nova, grid, cash):
    """60% chips with evidence, 30% power by its segment's means, 10% cash."""
    rows, context = through(
        fund("ALPHA"), ALPHA=portfolio(nova(600.0), grid(300.0), cash(100.0))
    )
    (e,) = rows
    # chips 0.6 * 0.9; power 0.6 * 0.1 and 0.3
    assert e.sensitivities == pytest.approx({"CHIPS": 0.54, "POWER": 0.36}, rel=1e-12)
    assert e.description == pytest.approx({"CHIPS": 0.6, "POWER": 0.3}, rel=1e-12)
    # 0.6 * 1.6 to America, 0.3 * 0.8 to Europe
    assert e.beta == pytest.approx(1.2, rel=1e-12)
    assert e.market_shares == pytest.approx({"US": 0.8, "Europe": 0.2}, rel=1e-12)
    assert e.region == "US"
    # 0.6 * 0.2 and 0.3 * 0.2
    assert e.beta_sd == pytest.approx(math.hypot(0.12, 0.06), rel=1e-12)
    # 0.6 * 2.5% and 0.3 * 0.7 * 2%
    assert e.specific_sd == pytest.approx(math.hypot(0.015, 0.0042), rel=1e-12)
    # dispersion of the theme 1.5 times 3.5% and 2%; replay 0.8 of 3.5% for the first
    spread = math.hypot(0.6 * 1.5 * 0.035, 0.3 * 1.5 * 0.02)
    assert e.dispersion == pytest.approx(spread, rel=1e-12)
    replay = math.hypot(0.6 * 0.8 * 0.035, 0.3 * 1.5 * 0.02)
    assert e.dispersion_replay == pytest.approx(replay, rel=1e-12)
    assert e.own_name == pytest.approx(-0.012, rel=1e-12)
    # The holdings leave 0.3 of 0.05/0.45; a look-through is never surer than that.
    assert e.mapping_sd == pytest.approx(SPREAD * 0.05 / 0.45, rel=1e-6)
    # 0.6 * 8/9 + 0.3 * 8/9 + 0.1 * 1
    assert e.confidence == pytest.approx(0.9, rel=1e-12)
    assert (e.source, e.covered, e.moves) == ("fund", True, True)
    assert e.looked_through == 1.0
    assert e.matched == "ALPHA by alpha.csv"
    assert e.basis == (
        "Look-through: 3 holdings (no date) in alpha.csv, adding up to 100.0%; "
        "100.0% of them placed"
    )
    assert context.issues == []
    assert context.used_files == {"ALPHA"}


def test_the_date_of_the_holdings_is_said(through, toy, fund, nova):
    """Old holdings show their age."""
    book = Portfolio(
        name="A", positions=(nova(1.0),), base_currency="USD", as_of=dt.date(2024, 6, 3)
    )
    (e,), _ = through(fund("ALPHA"), ALPHA=book)
    assert "1 holdings of 2024-06-03 in alpha.csv" in e.basis
    assert e.market_shares == {}
    assert toy.event_start > book.as_of


def test_a_fund_of_one_share_is_the_share(through, portfolio, fund, nova):
    """All of one holding gives its figures back."""
    (own, e), _ = through(nova(7.0), fund("ALPHA"), ALPHA=portfolio(nova(1.0)))
    for name in ("sensitivities", "description", "markets"):
        assert getattr(e, name) == pytest.approx(getattr(own, name), rel=1e-12), name
    for name in ("beta", "beta_sd", "specific_sd", "dispersion", "confidence"):
        assert getattr(e, name) == pytest.approx(getattr(own, name), rel=1e-12), name
    assert e.own_name == own.own_name
    assert e.dispersion_replay == pytest.approx(own.dispersion_replay, rel=1e-12)


def test_shorts_and_futures_count_with_what_they_move(
    through, portfolio, position, fund, nova, grid, cash
):
    """The fund is worth the sum of its values; a future adds its exposure."""
    future = position(
        "LOOK INDEX MAR25", asset_class="future", market_value=0.0, exposure=300.0
    )
    book = portfolio(nova(1000.0), grid(-200.0), future, cash(200.0))
    (e,), context = through(fund("ALPHA"), ALPHA=book)
    # Worth 1,000: weights 1.0, -0.2, 0.3 and 0.2. The future is the fund on its
    # index: 0.55 chips, 0.28 technology, beta 1.1.
    expected = {"CHIPS": 0.9 + 0.3 * 0.55, "POWER": 0.1 - 0.2, "ROM_45": 0.3 * 0.28}
    assert e.sensitivities == pytest.approx(expected, rel=1e-9)
    # What is short is no part of the business.
    expected = {"CHIPS": 1.0 + 0.3 * 0.5, "ROM_45": 0.3 * 0.3}
    assert e.description == pytest.approx(expected, rel=1e-12)
    # America 1.6 + 0.3 * 1.1 = 1.93, Europe -0.2 * 0.8: sizes add up to 2.09.
    assert e.beta == pytest.approx(2.09, rel=1e-12)
    shares = {"US": 1.93 / 2.09, "Europe": -0.16 / 2.09}
    assert e.market_shares == pytest.approx(shares, rel=1e-12)
    # gross 1.7: 1.2 shares and 0.3 of 80% at 8/9, 0.2 cash
    confidence = (1.2 * 8 / 9 + 0.3 * 0.8 * 8 / 9 + 0.2) / 1.7
    assert e.confidence == pytest.approx(confidence, rel=1e-12)
    assert e.looked_through == 1.0
    assert "adding up to 130.0%" in e.basis
    assert context.issues == []


def test_what_was_not_placed_is_a_share_and_is_said(
    through, portfolio, position, fund, nova
):
    """Half of the fund is unknown: half covered, half as sure, one warning."""
    nobody = position("Nobody", market_value=500.0, row=3)
    (e,), context = through(fund("ALPHA"), ALPHA=portfolio(nova(500.0), nobody))
    assert e.looked_through == 0.5
    # half of 8/9
    assert e.confidence == pytest.approx(4 / 9, rel=1e-12)
    # half of the share's, and half of a third in each sector
    assert e.sensitivities == pytest.approx(
        {"CHIPS": 0.45, "POWER": 0.05} | dict.fromkeys(
            ("ROM_35", "ROM_45", "ROM_55"), 1 / 6
        )
    )  # fmt: skip
    # 0.5 * 1.6 + 0.5 * 1
    assert e.beta == pytest.approx(1.3, rel=1e-12)
    # The error of the look-through is that of the placed half.
    assert e.mapping_sd == pytest.approx(SPREAD * 0.05 / 0.45 / 2, rel=1e-6)
    assert "50.0% of them placed" in e.basis
    (issue,) = context.issues
    assert (issue.code, issue.severity, issue.money) == ("fund-file", "warning", 1000.0)
    assert "alpha.csv, the holdings of ALPHA: 1 issue, " in issue.message
    assert "Nobody is not in the value chain" in issue.message


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_funds_in_funds_are_looked_through(
    through, portfolio, fund, nova, cash, levels
):
    """Half of each fund is the next, the other half cash: a power of one half."""
    names = ("AAA", "BBB", "CCC")[:levels]
    inner = {}
    for name, following in zip(names, (*names[1:], None), strict=True):
        held = fund(following, 50.0) if following else nova(50.0)
        inner[name] = portfolio(held, cash(50.0))
    (e,), context = through(fund("AAA"), **inner)
    assert e.beta == pytest.approx(1.6 * 0.5**levels, rel=1e-12)
    assert e.sensitivities["CHIPS"] == pytest.approx(0.9 * 0.5**levels, rel=1e-12)
    assert e.own_name == pytest.approx(-0.02 * 0.5**levels, rel=1e-12)
    assert e.looked_through == 1.0
    assert context.issues == []
    assert context.used_files == set(names)


def test_a_fourth_level_is_said_and_not_looked_through(through, portfolio, fund, nova):
    """The fund of a fund of a fund's fund stays a name, and the user is told."""
    names = ("AAA", "BBB", "CCC", "DDD")
    inner = {
        name: portfolio(fund(following))
        for name, following in itertools.pairwise(names)
    }
    (e,), context = through(fund("AAA"), DDD=portfolio(nova(1.0)), **inner)
    # Unknown: beta 1 and the mean of the rest.
    assert e.beta == pytest.approx(1.0, rel=1e-12)
    assert "CHIPS" not in e.sensitivities
    assert context.used_files == {"AAA", "BBB", "CCC"}
    (issue,) = context.issues
    assert "The DDD Fund in CCC in BBB in AAA was not looked through" in issue.message
    assert "looked through to 3 levels" in issue.message


def test_a_fund_that_holds_itself_is_said_and_not_looped(
    through, portfolio, fund, nova
):
    """Its own shares in it are taken as an unknown line."""
    book = portfolio(nova(900.0), fund("AAA", 100.0))
    (e,), context = through(fund("AAA"), AAA=book)
    # 0.9 * 1.6 + 0.1 * 1
    assert e.beta == pytest.approx(1.54, rel=1e-12)
    assert e.looked_through == pytest.approx(0.9, rel=1e-12)
    (issue,) = context.issues
    assert (
        "The AAA Fund in AAA was not looked through: it holds itself" in issue.message
    )


def test_two_funds_that_hold_each_other_end(through, portfolio, fund, nova):
    """A circle over two funds is cut where it closes."""
    (e, f), context = through(
        fund("AAA"),
        fund("BBB"),
        AAA=portfolio(nova(50.0), fund("BBB", 50.0)),
        BBB=portfolio(nova(50.0), fund("AAA", 50.0)),
    )
    # Three quarters are the share, a quarter is the circle, beta 1.
    assert e.beta == f.beta == pytest.approx(0.75 * 1.6 + 0.25, rel=1e-12)
    # Each file is told of once, with the circle it closes: AAA here, BBB inside it.
    (issue,) = context.issues
    assert (issue.code, issue.row) == ("fund-file", None)
    assert "aaa.csv, the holdings of AAA: 1 issue" in issue.message
    assert "The AAA Fund in BBB in AAA was not looked through" in issue.message
    assert "it holds itself" in issue.message


def test_the_users_file_beats_the_shipped_fund_and_share(
    through, portfolio, position, grid
):
    """What the user knows of a fund counts before the value chain."""
    lines = (position(ticker="LOOK"), position("Novachip Corp", ticker="NVC"))
    rows, _ = through(*lines, LOOK=portfolio(grid(1.0)), NVC=portfolio(grid(1.0)))
    assert [e.sensitivities for e in rows] == [{"POWER": 1.0}] * 2


@pytest.mark.parametrize("kind", ["bond", "cash", "option"])
def test_what_does_not_move_is_not_looked_through(
    through, portfolio, position, grid, kind
):
    """A position that the stress leaves where it is stays there."""
    line = position("The AAA Fund", ticker="AAA", asset_class=kind)
    (e,), context = through(line, AAA=portfolio(grid(1.0)))
    assert (e.moves, context.used_files) == (False, set())


@pytest.mark.parametrize(
    ("key", "fields", "meant"),
    [
        ("p7", {"id": "p7"}, False),
        ("US4444444440", {"isin": "US4444444440"}, True),
        ("444444444", {"cusip": "444444444"}, True),
        ("BGRDWK7", {"sedol": "BGRDWK7"}, True),
        ("BBG000FIGTR1", {"figi": "BBG000FIGTR1"}, True),
        ("A0FIG1", {"wkn": "A0FIG1"}, True),
        ("1234567", {"valor": "1234567"}, True),
        ("AB/C", {"ticker": "AB.C"}, True),
        ("abc", {"ticker": "ABC"}, True),
        ("ABCD", {"ticker": "ABC"}, False),
        ("abc us", {"ticker": "ABC", "mic": "XNAS"}, True),
        ("ABC.DE", {"ticker": "ABC", "mic": "XETR"}, True),
        ("ABC.DE", {"ticker": "ABC", "mic": "XNAS"}, False),
        ("ABC.DE", {"ticker": "ABC"}, True),
        ("alpha fund", {"name": "Alpha  Fund"}, True),
        ("alpha fund", {"name": "Alpha Fund plc"}, False),
        ("Fund A", {"name": "Fund B"}, False),
        ("Fund A", {"name": "FUND-A"}, True),
        ("alpha", {"name": "Alpha Fund"}, False),
    ],
)
def test_what_a_key_means(position, key, fields, meant):
    """Any number, the ticker in any spelling at its exchange or the whole name."""
    assert means(key, position(**({"name": "Some Fund"} | fields))) == meant


@pytest.mark.parametrize("key", ["p1", "p2"])
def test_a_key_that_is_an_id_means_that_line_alone(through, position, grid, key):
    """Of two lines written alike the one with the id is the fund of the file."""
    book = Portfolio(name="H", positions=(grid(1.0, id="h1"),))
    line = position("Nobody", sector="Utilities")
    rows, _ = through(line, line, **{key: book})
    sources = {e.position_id: e.source for e in rows}
    assert sources == {"p1": "sector", "p2": "sector"} | {key: "fund"}


def test_an_id_does_not_mean_a_line_of_the_funds_own_file(
    through, portfolio, position, grid
):
    """Every file numbers its lines from p1: the first holding is not the fund."""
    (e,), context = through(position("Nobody"), p1=portfolio(grid(1.0)))
    assert e.sensitivities == {"POWER": 1.0}
    assert context.issues == []


def test_weights_are_taken_as_they_are(position):
    """Where a file has no money its weights count; what is missing is cash."""
    lines = [
        position("A", market_value=None, weight=0.6),
        position("B", market_value=None, weight=-0.1),
        position("C", market_value=None),
    ]
    assert weights_of(lines).tolist() == [0.6, -0.1, 0.0]


def test_money_makes_shares_of_the_fund(position):
    """Values over their sum; an exposure in place of the value; gaps are nothing."""
    lines = [
        position("A", market_value=750.0),
        position("B", market_value=0.0, exposure=-500.0),
        position("C", market_value=250.0),
        position("D", market_value=None),
    ]
    assert weights_of(lines).tolist() == [0.75, -0.5, 0.25, 0.0]


def test_a_fund_of_futures_alone_has_finite_figures(through, portfolio, position, fund):
    """Where the values add up to nothing no share of the fund is infinite."""
    future = position(
        "LOOK INDEX MAR25", asset_class="future", market_value=0.0, exposure=300.0
    )
    (e,), context = through(fund("ALPHA"), ALPHA=portfolio(future))
    assert math.isfinite(e.beta)
    assert context.issues != []


def test_files_are_read_and_kept_in_the_log(position, place, tmp_path):
    """A file by its ticker is used; one of a fund that is not held is said."""
    held, other = tmp_path / "held.csv", tmp_path / "other.csv"
    held.write_text("Name,Ticker,Weight\nNovachip Corp,NVC,60%\nGridworks,GRD,40%\n")
    other.write_text("Name,Ticker,Weight\nNovachip Corp,NVC,100%\n")
    exposures = place(
        position("The AAA Fund", ticker="AAA"), funds={"AAA": held, "ZZZ": other}
    )
    (e,) = exposures.rows
    assert e.matched == "AAA by held.csv"
    assert e.description == pytest.approx({"CHIPS": 0.6, "POWER": 0.4}, rel=1e-12)
    (issue,) = exposures.issues
    assert (issue.code, issue.severity) == ("fund-unused", "warning")
    assert "ZZZ (other.csv)" in issue.message
    assert exposures.inputs == {
        f"fund {key}: {p.name}": hashlib.sha256(p.read_bytes()).hexdigest()
        for key, p in (("AAA", held), ("ZZZ", other))
    }


def test_betas_that_cancel_leave_finite_shares(
    through, portfolio, fund, nova, grid, cash
):
    """Long America and short Europe by the same beta: sizes count, signs stay."""
    book = portfolio(nova(500.0), grid(-1000.0), cash(1500.0))
    (e,), _ = through(fund("ALPHA"), ALPHA=book)
    # Worth 1,000: 0.5 * 1.6 in America, -1 * 0.8 in Europe.
    assert e.beta == pytest.approx(1.6, rel=1e-12)
    assert e.market_shares == pytest.approx({"US": 0.5, "Europe": -0.5}, rel=1e-12)


def test_a_fund_that_is_short_on_the_whole_has_a_negative_beta(
    through, portfolio, fund, nova, grid, cash
):
    """Shares are of the sizes and have the signs that give each region's beta."""
    book = portfolio(nova(250.0), grid(-1500.0), cash(2250.0))
    (e,), _ = through(fund("ALPHA"), ALPHA=book)
    # Worth 1,000: 0.25 * 1.6 = 0.4 and -1.5 * 0.8 = -1.2; net -0.8, sizes 1.6.
    assert e.beta == pytest.approx(-1.6, rel=1e-12)
    assert e.market_shares == pytest.approx({"US": -0.25, "Europe": 0.75}, rel=1e-12)


@settings(max_examples=25, deadline=None)
@given(
    st.floats(-3e3, 3e3, allow_nan=False).filter(lambda x: abs(x) > 1),
    st.floats(-3e3, 3e3, allow_nan=False).filter(lambda x: abs(x) > 1),
)
def test_shares_of_markets_give_back_each_beta(
    through, portfolio, fund, nova, grid, cash, long, short
):
    """Sizes of the shares add up to one, and beta times a share is the market's."""
    money = cash(1000.0 - long - short)
    (e,), _ = through(fund("A"), A=portfolio(nova(long), grid(short), money))
    assert sum(map(abs, e.market_shares.values())) == pytest.approx(1.0, rel=1e-9)
    # Worth 1,000.
    betas = {"US": 1.6 * long / 1000, "Europe": 0.8 * short / 1000}
    for region, beta in betas.items():
        assert e.beta * e.market_shares[region] == pytest.approx(beta, rel=1e-9)


def test_a_list_of_the_largest_adds_the_rest_as_unknown(position, place, tmp_path):
    """Weights of 70% leave 30% unplaced, which is stressed and said, not cash."""
    path = tmp_path / "AAA.csv"
    path.write_text("Name,Ticker,Weight\nNovachip Corp,NVC,70%\n")
    exposures = place(position("The AAA Fund", ticker="AAA"), funds={"AAA": path})
    (e,) = exposures.rows
    assert e.looked_through == pytest.approx(0.7, rel=1e-12)
    # 0.7 * 1.6 and 0.3 * 1 of the market; 0.7 of 8/9.
    assert e.beta == pytest.approx(1.42, rel=1e-12)
    assert e.confidence == pytest.approx(0.7 * 8 / 9, rel=1e-12)
    (issue,) = exposures.issues
    assert (issue.code, issue.severity) == ("fund-incomplete", "warning")
    assert "add up to 70.0% of the fund" in issue.message


@pytest.mark.parametrize(("weight", "codes"), [(89, ["fund-incomplete"]), (91, [])])
def test_nine_tenths_are_the_whole(position, place, tmp_path, weight, codes):
    """What is missing to one above 90% is cash."""
    path = tmp_path / "AAA.csv"
    path.write_text(f"Name,Ticker,Weight\nNovachip Corp,NVC,{weight}%\n")
    exposures = place(position("The AAA Fund", ticker="AAA"), funds={"AAA": path})
    assert [i.code for i in exposures.issues] == codes


@pytest.mark.parametrize(("known", "covered"), [(610.0, True), (590.0, False)])
def test_a_fund_that_is_hardly_known_is_not_covered(
    through, portfolio, position, fund, nova, known, covered
):
    """Below 60% of its holdings placed a fund counts as a gap."""
    nobody = position("Nobody", market_value=1000.0 - known)
    (e,), _ = through(fund("ALPHA"), ALPHA=portfolio(nova(known), nobody))
    assert (e.source, e.covered) == ("fund", covered)


def test_a_ticker_of_two_funds_opens_no_file(position, place, tmp_path):
    """Where a key means several securities neither is looked through, and it is said.

    Two accounts in one fund are no doubt.
    """
    path = tmp_path / "AAA.csv"
    path.write_text("Name,Ticker,Weight\nNovachip Corp,NVC,100%\n")
    one = position("Alpha Fund", isin="IE00B4L5Y983", ticker="AAA")
    two = position("Aleph Fund", isin="LU0274208692", ticker="AAA")
    exposures = place(one, two, funds={"AAA": path})
    assert "fund" not in [e.source for e in exposures.rows]
    (issue,) = [i for i in exposures.issues if i.code.startswith("fund")]
    assert (issue.code, issue.severity) == ("fund-ambiguous", "warning")
    assert "Alpha Fund, Aleph Fund" in issue.message
    same = place(one, one, funds={"AAA": path})
    assert [e.source for e in same.rows] == ["fund", "fund"]
    assert same.issues == ()


def test_issues_of_a_funds_file_are_told_once(through, portfolio, position, fund, nova):
    """Two accounts hold the fund: one word on its file, of no row."""
    nobody = position("Nobody", market_value=100.0, row=3)
    lines = (fund("ALPHA", 700.0), fund("ALPHA", 300.0))
    _, context = through(*lines, ALPHA=portfolio(nova(900.0), nobody))
    (issue,) = context.issues
    assert (issue.code, issue.row, issue.sheet) == ("fund-file", None, None)

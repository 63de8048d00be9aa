from __future__ import annotations

import datetime as dt
import hashlib
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from stresskit.model import SegmentHistory

DAYS = pd.bdate_range("2024-01-01", periods=300)
# 260 days of the estimate; the event and others come after, a few days before.
FIRST, LAST = 20, 279
KNOWN = ("CHIPS", "POWER", "ROM_35", "ROM_45")  # ROM_55 has no history
THETA = math.sqrt(0.15**2 + 0.20**2 + 0.01**2 + 0.02**2 + 0.02**2)


def _moves():
    """The market and four segments on 300 days."""
    rng = np.random.default_rng(4)
    return rng.normal(0, 0.01, 300), rng.normal(0, 0.012, (300, len(KNOWN)))


@pytest.fixture(scope="module")
def past(toy):
    """The toy factor with the history of its segments before the event."""
    market, segments = _moves()
    history = SegmentHistory(
        names=("MARKET", *KNOWN),
        dates=tuple(d.date() for d in DAYS),
        returns=np.column_stack([market, segments]),
        start=DAYS[FIRST].date(),
        end=DAYS[LAST].date(),
    )
    return replace(toy, history=history)


def column(x, beta=1.0, noise=0.004, seed=0):
    """Closes of a share with these sensitivities, and noise of its own."""
    market, segments = _moves()
    own = np.random.default_rng(100 + seed).normal(0, noise, 300)
    taken = np.array([x.get(k, 0.0) for k in KNOWN])
    return pd.Series(
        100 * np.cumprod(1 + beta * market + segments @ taken + own), index=DAYS
    )


@pytest.fixture
def file(tmp_path):
    """Write columns of prices to a file."""

    def write(columns, days=slice(None)):
        path = tmp_path / "closes.csv"
        pd.DataFrame(columns).iloc[days].to_csv(path, index_label="date")
        return path

    return write


def codes(exposures):
    """The codes of all issues, in order."""
    return [i.code for i in exposures.issues]


NOVA = {"isin": "US1234567890", "ticker": "NVC"}


def test_what_the_factor_estimated_itself_is_kept(position, place, past, file):
    """A company with evidence whose returns agree is not changed, and that is said."""
    line = position("Novachip Corp", **NOVA)
    before = place(line, factor=past).rows
    after = place(line, factor=past, prices=file({"NVC": column({"CHIPS": 1.0})}))
    assert after.rows == before
    (issue,) = after.issues
    assert (issue.code, issue.severity, issue.money) == ("prices-kept", "info", 1000.0)
    assert "Novachip Corp" in issue.message


@pytest.mark.parametrize("kind", ["with", "without"])
def test_disagreement_is_shown_and_nothing_overwritten(
    position, place, past, file, kind
):
    """A curated company that moved like another segment is to be reviewed."""
    line, name = {
        "with": (position("Novachip Corp", **NOVA, market_value=-400.0), "NVC"),
        "without": (position("Twin Corp", ticker="TWA", market_value=-400.0), "TWA"),
    }[kind]
    (before,) = place(line, factor=past).rows
    exposures = place(line, factor=past, prices=file({name: column({"POWER": 1.5})}))
    (after,) = exposures.rows
    assert after.basis.startswith(before.basis + "; to be reviewed: 260 returns of")
    assert "closes.csv" in after.basis
    assert replace(after, basis=before.basis) == before
    (issue,) = exposures.issues
    assert (issue.code, issue.severity, issue.money) == ("review", "warning", 400.0)
    assert line.name in issue.message
    assert "--overrides" in issue.fix


def test_a_curated_company_without_evidence_gets_its_own(position, place, past, file):
    """Beta and volatility are its own, and the fractions stay the prior."""
    line = position("Twin Corp", ticker="TWA")
    (before,) = place(line, factor=past).rows
    prices = file({"TWA": column({"ROM_35": 1.0}, beta=1.5)})
    exposures = place(line, factor=past, prices=prices)
    (e,) = exposures.rows
    assert (before.beta, before.beta_sd) == (0.6, 0.15)
    # An error of 0.0127/(0.01 sqrt(260)) = 0.08 beside the peers' 0.15:
    # (1.5/0.08^2 + 0.6/0.15^2) / (1/0.08^2 + 1/0.15^2) = 1.3, give or take 0.1
    assert e.beta == pytest.approx(1.3, abs=0.12)
    assert e.beta_sd == pytest.approx((1 / 0.08**2 + 1 / 0.15**2) ** -0.5, rel=0.1)
    # lambda of the rest of the market is 0.01: hardly anything moves
    assert e.sensitivities["ROM_35"] == pytest.approx(1.0, abs=0.01)
    # its own noise, and the market times what was taken off its beta
    assert e.specific_sd == pytest.approx(math.hypot(0.004, 0.002), rel=0.2)
    # dispersion of the rest is 1.2 times the residual, segment included
    assert e.dispersion == pytest.approx(1.2 * math.hypot(0.012, 0.004), rel=0.15)
    assert e.dispersion_replay == e.dispersion
    assert (e.source, e.mapping_sd, e.covered) == ("curated", 0.0, True)
    assert e.confidence >= before.confidence
    assert (e.description, e.matched) == (before.description, before.matched)
    assert e.basis == f"{before.basis}; updated with 260 daily returns of closes.csv"
    assert codes(exposures) == ["prices-used"]


def test_a_sector_alone_is_moved_far(position, place, past, file):
    """A utility that moved like chips is placed by its returns, and is surer."""
    line = position("Acme", ticker="ACME", sector="Utilities")
    (before,) = place(line, factor=past).rows
    exposures = place(line, factor=past, prices=file({"ACME": column({"CHIPS": 0.9})}))
    (e,) = exposures.rows
    # An error of 0.8*0.0115/(0.012 sqrt(260)) = 0.048 beside a lambda of 0.35.
    assert e.sensitivities["CHIPS"] == pytest.approx(0.9, abs=0.12)
    # No history, no evidence: its own segment stays.
    assert e.sensitivities["ROM_55"] == 1.0
    assert min(e.sensitivities.values()) >= 0
    assert (e.source, e.covered, codes(exposures)) == ("sector", True, ["prices-used"])
    # The spread is sqrt(theta' S theta) and the confidence the share of it that is
    # gone, from 0.45 |theta|.
    assert e.confidence > before.confidence
    expected = 1 - e.mapping_sd / (0.45 * THETA)
    assert e.confidence == pytest.approx(expected, rel=1e-9)
    assert e.mapping_sd < 0.35 * THETA


def test_an_unknown_line_is_placed_by_its_prices(position, place, past, file):
    """What nothing places is placed by how it moved."""
    line = position("Nobody", ticker="NBDY")
    exposures = place(line, factor=past, prices=file({"NBDY": column({"POWER": 0.8})}))
    (e,) = exposures.rows
    assert e.sensitivities["POWER"] == pytest.approx(0.8, abs=0.12)
    assert (e.matched, e.covered) == ("prices of NBDY", True)
    assert e.confidence > 0.5


def test_a_fund_by_its_holdings_is_updated(position, place, past, file):
    """A fund may move against a segment; one by its own returns stays."""
    lines = (position(ticker="BARE"), position(ticker="OWN"))
    before = place(*lines, factor=past).rows
    wild = column({"CHIPS": -0.6, "ROM_45": 0.9})
    exposures = place(*lines, factor=past, prices=file({"BARE": wild, "OWN": wild}))
    fund, own = exposures.rows
    assert own == before[1]
    assert fund.sensitivities["CHIPS"] < -0.1
    assert set(codes(exposures)) == {"prices-used", "prices-kept"}


@pytest.mark.parametrize(("days", "code"), [(121, "prices-used"), (120, None)])
def test_too_short_a_history_changes_nothing(position, place, past, file, days, code):
    """120 returns are needed; below that the line stays and is named."""
    line = position("Twin Corp", ticker="TWA", market_value=70.0)
    before = place(line, factor=past).rows
    # The last days of the window: one price more than returns.
    cut = slice(LAST + 1 - days, None)
    prices = file({"TWA": column({"ROM_35": 1.0})}, cut)
    exposures = place(line, factor=past, prices=prices)
    (issue,) = exposures.issues
    if code:
        assert issue.code == code
    else:
        assert exposures.rows == before
        assert (issue.code, issue.severity) == ("short-history", "info")
        assert "Twin Corp" in issue.message
        assert issue.money == 70.0


@pytest.mark.parametrize(
    ("ratio", "move"), [(0.48, "-52%"), (0.505, "-50%"), (2.1, "+110%"), (0.1, "-90%")]
)
def test_a_split_that_was_not_adjusted_is_not_used(
    position, place, past, file, ratio, move
):
    """A column that halves or doubles overnight is left out and named with its day."""
    lines = (position("Twin Corp", ticker="TWA"), position("Acme", ticker="ACME"))
    before = place(*lines, factor=past).rows
    split = column({"ROM_35": 1.0})
    split.iloc[100:] *= ratio * split.iloc[99] / split.iloc[100]
    prices = file({"TWA": split, "ACME": column({"POWER": 1.0})})
    exposures = place(*lines, factor=past, prices=prices)
    assert exposures.rows[0] == before[0]
    assert exposures.rows[1] != before[1]
    (issue,) = [i for i in exposures.issues if i.code == "jump"]
    assert issue.severity == "warning"
    assert f"TWA {move}" in issue.message
    assert f"on {DAYS[100]:%Y-%m-%d}" in issue.message


def test_a_jump_outside_the_window_is_no_matter(position, place, past, file):
    """The event itself, after the window, may be as large as it likes."""
    line = position("Twin Corp", ticker="TWA")
    crash = column({"ROM_35": 1.0})
    crash.iloc[LAST + 1 :] *= 0.2
    exposures = place(line, factor=past, prices=file({"TWA": crash}))
    assert codes(exposures) == ["prices-used"]


def test_days_after_the_window_change_nothing(position, place, past, file):
    """The event is not part of the evidence it is judged by."""
    line = position("Acme", ticker="ACME", sector="Utilities")
    whole = column({"CHIPS": 0.9})
    bent = whole.copy()
    bent.iloc[LAST + 1 :] *= np.linspace(1.0, 0.8, 300 - LAST - 1)
    first = place(line, factor=past, prices=file({"ACME": whole})).rows
    second = place(line, factor=past, prices=file({"ACME": bent})).rows
    assert first == second


def test_another_year_is_of_no_use(position, place, past, file):
    """Prices without a day of the window are said not to be used."""
    line = position("Twin Corp", ticker="TWA")
    before = place(line, factor=past).rows
    late = column({"ROM_35": 1.0})
    late.index = late.index + pd.Timedelta(weeks=156)
    exposures = place(line, factor=past, prices=file({"TWA": late}))
    assert exposures.rows == before
    (issue,) = exposures.issues
    assert (issue.code, issue.severity) == ("prices-unused", "warning")
    assert f"between {DAYS[FIRST]:%Y-%m-%d} and {DAYS[LAST]:%Y-%m-%d}" in issue.message


def test_prices_of_nobody_are_of_no_use(position, place, past, file):
    """Columns that are no position are said not to be used."""
    line = position("Twin Corp", ticker="TWA")
    exposures = place(line, factor=past, prices=file({"ZZZ": column({})}))
    (issue,) = exposures.issues
    assert issue.code == "prices-unused"
    assert "no column is a position" in issue.message


def test_a_factor_without_history_updates_nothing(position, place, toy, file):
    """Without the segments' past prices cannot say anything."""
    line = position("Twin Corp", ticker="TWA")
    exposures = place(line, prices=file({"TWA": column({"ROM_35": 1.0})}))
    assert exposures.rows == place(line).rows
    (issue,) = exposures.issues
    assert (issue.code, issue.severity) == ("no-history", "warning")
    assert toy.id in issue.message


@pytest.mark.parametrize(
    ("given", "name", "returns"),
    [
        ({"ticker": "TWB", "mic": "XETR", "currency": "EUR"}, "TWB.DE", "52 weekly"),
        ({"ticker": "GRD", "mic": "XLON", "currency": "GBP"}, "GRD LN", "52 weekly"),
        ({"ticker": "TWA", "mic": "XNYS"}, "TWA US", "260 daily"),
    ],
)
def test_other_regions_are_measured_by_the_week(
    position, place, past, file, given, name, returns
):
    """Markets that close at other hours are compared over five days: 260/5 weeks."""
    segment = "ROM_35" if given["ticker"] == "TWA" else "POWER"
    line = position(given["ticker"], **given)
    prices = file({name: column({segment: 1.0})})
    exposures = place(line, factor=past, prices=prices)
    assert codes(exposures) == ["prices-used"]
    assert f"updated with {returns} returns" in exposures.rows[0].basis


@pytest.mark.parametrize(
    ("given", "name", "used"),
    [
        ({"ticker": "SAN", "mic": "XPAR"}, "SAN.PA", True),
        ({"ticker": "SAN", "mic": "XPAR"}, "SAN.MC", False),
        ({"ticker": "SAN", "mic": "XPAR"}, "SAN", False),  # bare is American
        ({"ticker": "ACME"}, "ACME", True),
        ({"ticker": "ACME", "currency": "EUR"}, "ACME", False),
        ({"ticker": "ACME", "mic": "XNAS"}, "ACME", True),
        ({"ticker": "BRK.B", "mic": "XNYS"}, "BRK-B", True),
        ({"isin": "US67066G1040", "name": "Acme"}, "US67066G1040", True),
        ({"isin": "US67066G1040", "name": "Acme"}, "US5949181045", False),
        ({"isin": "FR0000000002"}, "SAN.PA", True),  # by the line it is
        ({"isin": "FR0000000002"}, "SAN.MC", False),
    ],
)
def test_a_column_is_a_position_by_isin_or_ticker_and_place(
    position, place, past, file, given, name, used
):
    """The same ticker elsewhere is another share."""
    exposures = place(
        position(**given), factor=past, prices=file({name: column({"ROM_35": 1.0})})
    )
    assert ("prices-unused" in codes(exposures)) == (not used)


def test_a_company_does_not_vouch_for_itself(position, place, past, file):
    """Half of its segment's past is the company: only the other half is evidence."""
    market, segments = _moves()
    own, other = np.random.default_rng(8).normal(0, 0.017, (2, 300))
    segments[:, 0] = (own + other) / 2
    history = replace(past.history, returns=np.column_stack([market, segments]))
    nova, *rest = past.evidence
    half = [
        replace(nova, role="rest", segments={"CHIPS": 1.0}),
        replace(nova, ticker="OTH", name="Other", segments={"CHIPS": 1.0}),
    ]
    blind = replace(past, history=history)
    aware = replace(blind, evidence=(*half, *rest))
    moved = pd.Series(100 * np.cumprod(1 + market + own), index=DAYS)
    line, prices = position("Novachip Corp", **NOVA), file({"NVC": moved})
    assert codes(place(line, factor=blind, prices=prices)) == ["prices-kept"]
    assert codes(place(line, factor=aware, prices=prices)) == ["review"]


def test_what_the_user_placed_is_judged_and_kept(position, place, past, file, tmp_path):
    """An override is never overwritten; where returns disagree it is to be reviewed."""
    mine = tmp_path / "mine.csv"
    mine.write_text(
        "id,segments,beta,by,on\np1,POWER=1,,AB,2025-02-03\n"
        "p2,POWER=1,,AB,2025-02-03\np3,,0.4,AB,2025-02-03\n"
    )
    lines = [position(t, ticker=t) for t in ("AAA", "BBB", "CCC")]
    before = place(*lines, factor=past, overrides=mine).rows
    right, wrong = column({"POWER": 1.0}), column({"ROM_35": 1.5})
    prices = file({"AAA": right, "BBB": wrong, "CCC": wrong})
    exposures = place(*lines, factor=past, overrides=mine, prices=prices)
    assert exposures.rows[0] == before[0]
    assert exposures.rows[1].sensitivities == {"POWER": 1.0}
    assert "to be reviewed" in exposures.rows[1].basis
    # A beta alone has no place that could be tested.
    assert exposures.rows[2] == before[2]
    assert set(codes(exposures)) == {"prices-kept", "review"}


@pytest.mark.parametrize(
    ("kind", "said"),
    [("bond", ["bond-terms"]), ("cash", []), ("option", ["option-terms"])],
)
def test_what_does_not_move_is_not_updated(position, place, past, file, kind, said):
    """A bond of a company with prices stays a bond."""
    line = position("Twin Corp", ticker="TWA", asset_class=kind)
    prices = file({"TWA": column({"ROM_35": 1.0})})
    exposures = place(line, factor=past, prices=prices)
    assert exposures.rows == place(line, factor=past).rows
    assert codes(exposures) == [*said, "prices-unused"]


def test_gaps_in_the_file_are_days_without_returns(position, place, past, file):
    """Missing cells cost the returns around them, missing days theirs."""
    line = position("Twin Corp", ticker="TWA")
    gaps = column({"ROM_35": 1.0})
    gaps.iloc[[50, 120]] = np.nan
    days = [n for n in range(300) if n != 200]
    exposures = place(line, factor=past, prices=file({"TWA": gaps}, days))
    # Three prices of the window are gone, and two returns with each.
    assert "updated with 254 daily returns" in exposures.rows[0].basis


def test_both_lines_of_a_security_are_updated_alike(position, place, past, file):
    """Two accounts, one figure; the name is said once, the money of both."""
    lines = [position("Twin Corp", ticker="TWA", account=a) for a in "AB"]
    prices = file({"TWA": column({"ROM_35": 1.0})})
    exposures = place(*lines, factor=past, prices=prices)
    first, second = (replace(e, position_id="") for e in exposures.rows)
    assert first == second
    (issue,) = exposures.issues
    assert issue.message.count("Twin Corp") == 1
    assert issue.money == 2000.0


def test_the_file_of_prices_is_in_the_log(position, place, past, file):
    """Its SHA-256 is kept by its use and name."""
    path = file({"TWA": column({"ROM_35": 1.0})})
    exposures = place(position("Twin Corp", ticker="TWA"), factor=past, prices=path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert exposures.inputs == {"prices: closes.csv": digest}


def test_the_window_of_the_toy_is_before_its_event(past, toy):
    """The made-up past ends before the event day."""
    assert past.history.end < toy.event_start == dt.date(2025, 1, 27)


def test_what_prices_alone_placed_is_by_prices(position, place, past, file):
    """An unknown line is of tier D by its returns, no surer than a curated one."""
    line = position("Acme", ticker="ACME")
    prices = file({"ACME": column({"CHIPS": 0.9}, noise=1e-4)})
    exposures = place(line, factor=past, prices=prices)
    (e,) = exposures.rows
    assert (e.source, e.tier, e.covered) == ("prices", "D", True)
    assert e.matched == "prices of ACME"
    assert e.confidence <= 8 / 9


def test_a_curated_line_keeps_its_confidence(position, place, past, file):
    """Its fractions are known whatever its returns say, and it stays curated."""
    line = position("Twin Corp", ticker="TWA")
    (before,) = place(line, factor=past).rows
    prices = file({"TWA": column({"ROM_35": 1.0}, noise=0.02)})
    (after,) = place(line, factor=past, prices=prices).rows
    assert after.sensitivities != before.sensitivities
    assert (after.source, after.confidence) == ("curated", before.confidence)


@pytest.mark.parametrize("sectors", [{}, {"sector": "Utilities"}])
def test_the_spread_is_of_what_the_returns_say(position, place, past, file, sectors):
    """Half of the sensitivities in the theme: the theme's scale, 1.5, else 1.2."""
    lines = [position(t, ticker=t, **sectors) for t in ("AAA", "BBB")]
    prices = file({"AAA": column({"CHIPS": 0.9}), "BBB": column({"ROM_35": 0.9})})
    rows = place(*lines, factor=past, prices=prices).rows
    inside = [
        e.sensitivities.get("CHIPS", 0) + e.sensitivities.get("POWER", 0) for e in rows
    ]
    assert inside[0] >= 0.5 > inside[1]
    calm = place(*lines, factor=replace(past, dispersion_theme=1.2), prices=prices).rows
    # Only the first is of the theme: 1.5 / 1.2.
    ratios = [e.dispersion / c.dispersion for e, c in zip(rows, calm, strict=True)]
    assert ratios == pytest.approx([1.25, 1.0], rel=1e-12)


def test_prices_that_never_change_are_no_history(position, place, past, file):
    """A suspended share is not one that does not move."""
    line = position("Twin Corp", ticker="TWA")
    before = place(line, factor=past).rows
    flat = column({"ROM_35": 1.0}) * 0 + 20.0
    exposures = place(line, factor=past, prices=file({"TWA": flat}))
    assert exposures.rows == before
    assert codes(exposures) == ["short-history"]


def test_why_estimates_are_kept_is_said(position, place, past, file):
    """The factor's own estimate or the user's word stands before the prices."""
    line = position("Novachip Corp", **NOVA)
    exposures = place(line, factor=past, prices=file({"NVC": column({"CHIPS": 1.0})}))
    (issue,) = exposures.issues
    assert issue.message == (
        "Not updated with closes.csv, the factor has estimates of them or you placed "
        "them: Novachip Corp."
    )


@pytest.mark.parametrize(
    ("move", "jumps"), [(0.79, False), (0.81, True), (-0.44, False), (-0.46, True)]
)
def test_from_where_a_day_looks_like_a_split(position, place, past, file, move, jumps):
    """A rise of 80% and a fall of 45% are taken for splits, less is news."""
    moved = column({"ROM_35": 1.0})
    moved.iloc[100:] *= (1 + move) * moved.iloc[99] / moved.iloc[100]
    exposures = place(
        position("Twin Corp", ticker="TWA"), factor=past, prices=file({"TWA": moved})
    )
    assert ("jump" in codes(exposures)) == jumps

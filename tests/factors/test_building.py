"""An event from prices, a frame or a file, and what the builder is told of it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from made_prices import TRUE

from stresskit.errors import FactorError
from stresskit.factors import build_factor, check_factor, load_factor, save_factor
from stresskit.model import Published, Source


@pytest.fixture
def told(tmp_path):
    """Write a file of what the builder is told."""

    def write(text):
        path = tmp_path / "about.toml"
        path.write_text(f'schema = "stresskit/about/1"\n{text}\n', encoding="utf-8")
        return path

    return write


def test_what_was_put_in_is_found(first):
    """Each segment's shock within three of its errors, and the market's 1%."""
    found = {s.segment: s for s in first.shocks}

    for name, true in TRUE.items():
        off = abs(found[name].shrunk - true)
        assert off < max(3 * found[name].standard_error, 0.005), name
    us = next(m for m in first.market if m.region == "US")
    assert us.value == pytest.approx(0.01, abs=0.0015)


def test_a_frame_and_a_file_give_the_same(made, first, tmp_path):
    """Shocks and evidence, whether prices come in memory, by path or text."""
    path = tmp_path / "prices.parquet"
    made.prices.to_parquet(path)

    for given in (path, str(path)):
        again = build_factor("my-event", prices=given, start=made.day)
        assert again.shocks == first.shocks
        assert again.evidence == first.evidence


def test_the_frame_is_left_as_it_was(made):
    """Columns, index and values of the caller's own table."""
    mine = made.prices.rename_axis(index="Day")
    before = mine.copy(deep=True)

    build_factor("my-event", prices=mine, start=made.day)

    pd.testing.assert_frame_equal(mine, before)


def test_a_mapping_tells_what_a_file_does(made, told):
    """Words, index, the window's end: the same factor either way."""
    text = (
        'title = "Scare"\npurpose = "To see"\nnarrative = "It fell."\n'
        f'questions = ["Why?"]\nindex = "IGV"\nestimate_until = {made.at(250)}\n'
    )
    about = {
        "title": "Scare",
        "purpose": "To see",
        "narrative": "It fell.",
        "questions": ["Why?"],
        "index": "IGV",
        "estimate_until": made.at(250),
    }

    one = build_factor("e", prices=made.prices, start=made.day, about=told(text))
    two = build_factor("e", prices=made.prices, start=made.day, about=about)

    assert one.shocks == two.shocks
    assert (two.title, two.purpose, two.narrative) == ("Scare", "To see", "It fell.")
    assert two.questions == one.questions == ("Why?",)
    for factor in (one, two):
        assert factor.method["index"] == "IGV"
        p = made.prices["IGV"]
        move = p.iloc[300] / p.iloc[299] - 1
        assert factor.method["index_return"] == pytest.approx(move, abs=1e-8)
        assert factor.method["window_end"] == made.at(250).isoformat()
        assert factor.method["gap_sessions"] == "stated"


def test_the_content_of_a_whole_file_is_taken(made):
    """Sources, windows and published moves as TOML gives them, in plain tables."""
    day = made.day
    plain = {
        "schema": "stresskit/about/1",
        "notes": "Not for the factor.",
        "sources": [{"id": "paper", "title": "The Paper", "url": "https://x.org"}],
        "windows": {"Japan": [day, day]},
        "published": [
            {
                "ticker": "8035",
                "mic": "XTKS",
                "move": -0.05,
                "start": day,
                "end": day,
                "source": "paper",
            }
        ],
    }

    factor = build_factor("e", prices=made.prices, start=day, about=plain)

    assert factor.sources[0] == Source(
        id="paper", title="The Paper", url="https://x.org"
    )
    row = next(e for e in factor.evidence if e.role == "mapped")
    assert (row.ticker, row.event_return, row.source) == ("8035", -0.05, "paper")


def test_published_moves_stand_in_the_evidence(made, told):
    """With their window, source and note, and no price of the event's own."""
    day, next_day = made.day, made.at(301)
    text = (
        '[[published]]\nticker = "8035"\nmic = "XTKS"\nmove = -0.049\n'
        f'start = {next_day}\nend = {next_day}\nsource = "paper"\nnote = "close"\n'
        '[[sources]]\nid = "paper"\ntitle = "The Paper"\nurl = "https://x.org"\n'
    )

    factor = build_factor("e", prices=made.prices, start=day, about=told(text))

    row = factor.evidence[-1]
    assert (row.key, row.role, row.event_return) == ("8035:XTKS", "mapped", -0.049)
    assert (row.start, row.end) == (next_day, next_day)
    assert (row.source, row.note, row.copies) == ("paper", "close", "published")
    assert factor.sources[0].url == "https://x.org"


def test_published_moves_in_memory(made):
    """As records a caller makes; the factor is the one of the file."""
    move = Published(
        ticker="8035",
        mic="XTKS",
        move=-0.049,
        start=made.day,
        end=made.day,
        source="paper",
    )

    factor = build_factor(
        "e", prices=made.prices, start=made.day, about={"published": (move,)}
    )

    assert factor.evidence[-1].event_return == -0.049


def test_copies_are_kept_with_the_evidence(made, tmp_path):
    """By ticker, through the folder and back; others have none."""
    path = tmp_path / "copies.csv"
    path.write_text("ticker,copies\nNVDA,agree within 5bp\nXXX,none\n", "utf-8")

    factor = build_factor("my-event", prices=made.prices, start=made.day, copies=path)
    folder = save_factor(factor, tmp_path / "my-event", notes="# n\n")

    found = {e.ticker: e.copies for e in load_factor(folder).evidence}
    assert found["NVDA"] == "agree within 5bp"
    assert {v for k, v in found.items() if k != "NVDA"} == {""}
    assert check_factor(folder) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('titel = "x"', "'titel' is unknown or of the wrong kind"),
        ("title = 5", "'title' is unknown or of the wrong kind"),
        ('questions = "Why?"', "'questions' is unknown or of the wrong kind"),
        ('estimate_until = "2024-12-23"', "'estimate_until' is unknown or of the wr"),
        ("windows = []", "'windows' is unknown or of the wrong kind"),
        ('[windows]\nJapan = ["2025-01-27"]', "window of Japan"),
        ("[windows]\nJapan = [2026-02-25]", "window of Japan: not enough values"),
        ("[windows]\nJapan = 5", "window of Japan"),
        (
            '[windows]\nJapan = ["2026-02-25", "2026-02-25"]',
            "window of Japan: '2026-02-25' is not a date like 2025-01-27",
        ),
        ("[windows]\nJapan = [2026-02-25T09:00:00, 2026-02-25]", "is not a date like"),
        ('[[sources]]\nid = "a"', "source 1: .*title"),
        ('[[sources]]\nid = "a"\ntitel = "b"', "source 1: .*titel"),
        ('sources = ["paper"]', "source 1"),
        ('[[published]]\nticker = "8035"', "published move 1: .*mic"),
        ("published = [5]", "published move 1"),
        ("title = ", "cannot be read"),
    ],
)
def test_what_the_builder_is_told_wrongly_is_named(made, told, text, message):
    """Key, window, source or move, with the file."""
    with pytest.raises(FactorError, match=message) as error:
        build_factor("e", prices=made.prices, start=made.day, about=told(text))

    assert "about.toml" in str(error.value)


MOVE = (
    '[[published]]\nticker = "8035"\nmic = "XTKS"\nmove = {move}\n'
    'start = {start}\nend = 2026-02-25\nsource = "paper"\n'
)


@pytest.mark.parametrize(
    ("move", "start", "message"),
    [
        ("-4.9", "2026-02-25", "published move 2: -4.9 is not a return; -0.17 is -17%"),
        ("1.5", "2026-02-25", "published move 2: 1.5 is not a return"),
        ("-1", "2026-02-25", "published move 2: -1 is not a return"),
        ("nan", "2026-02-25", "published move 2: nan is not a finite number"),
        ('"fell"', "2026-02-25", "published move 2: .*fell"),
        ("true", "2026-02-25", "published move 2: True is not a finite number"),
        ("-0.05", '"2026-02-25"', "published move 2: '2026-02-25' is not a date"),
    ],
)
def test_a_published_move_that_is_none_is_refused(made, told, move, start, message):
    """By its number in the file: the second is wrong, the first is not."""
    right = MOVE.replace("8035", "6857").format(move=-0.05, start="2026-02-25")
    wrong = MOVE.format(move=move, start=start)

    with pytest.raises(FactorError, match=message):
        build_factor("e", prices=made.prices, start=made.day, about=told(right + wrong))


@pytest.mark.parametrize(
    "text",
    [
        '[history_starts]\nNVDA = "2025-06-01"',
        "[history_starts]\nNVDA = 5",
    ],
)
def test_a_value_of_the_wrong_kind_inside_a_table_is_refused(made, told, text):
    """The first day that counts is a date, no text and no number."""
    with pytest.raises(FactorError):
        build_factor("e", prices=made.prices, start=made.day, about=told(text))


def test_an_unknown_key_in_a_mapping_is_refused(made):
    """As in a file: an error of ours that names it."""
    with pytest.raises(FactorError, match="titel"):
        build_factor("e", prices=made.prices, start=made.day, about={"titel": "A slip"})


def test_history_before_a_first_date_does_not_count(made, told):
    """NVDA from row 100 on: 180 of its 250 returns are left in the window."""
    text = f"[history_starts]\nNVDA = {made.at(100)}\n"

    factor = build_factor("e", prices=made.prices, start=made.day, about=told(text))

    counts = {e.ticker: e.observations for e in factor.evidence}
    # Rows 100 to 279; the window is 30 to 279.
    assert counts["NVDA"] == 180
    assert {v for k, v in counts.items() if k != "NVDA"} == {250}


def test_closes_of_another_time_zone_are_the_same_closes(made, first):
    """As vendors' libraries give them, midnight in New York."""
    aware = made.prices.tz_localize("America/New_York")

    assert build_factor("my-event", prices=aware, start=made.day).shocks == first.shocks


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p.assign(NVDA="a"), "no table of prices"),
        (lambda p: p.iloc[[1, 0, *range(2, len(p))]], "dates do not increase"),
        (lambda p: pd.concat([p, p[["NVDA"]]], axis=1), "Ticker NVDA occurs twice"),
        (lambda p: p.assign(NVDA=p["NVDA"].where(p.index != p.index[5], 0.0)), "NVDA"),
        (lambda p: p.iloc[:0], "no prices"),
    ],
)
def test_a_frame_that_is_no_panel_is_refused(made, change, message):
    """As a file of the same content is."""
    with pytest.raises(FactorError, match=message):
        build_factor("e", prices=change(made.prices), start=made.day)


def test_an_event_of_several_days(made):
    """Up to the second event: shocks compound to 1.4 of the first, about."""
    factor = build_factor("e", prices=made.prices, start=made.day, end=made.second)

    assert (factor.event_start, factor.event_end) == (made.day, made.second)
    optics = next(s for s in factor.shocks if s.segment == "NETWORK_OPT")
    # (1 - .22)(1 - .088) - 1, with eleven days of the segment's own noise of 0.8%.
    assert optics.shrunk == pytest.approx(-0.289, abs=0.06)


def test_without_the_index_there_is_none(made):
    """An issue says so, and the method does not name one."""
    prices = made.prices.drop(columns="QQQ")

    factor = build_factor("e", prices=prices, start=made.day)

    assert "index" not in factor.method
    assert "no-index" in [i.code for i in factor.issues]
    assert {e.index_beta for e in factor.evidence} == {None}


def test_betas_to_the_index_are_slopes(made, first):
    """By numpy for two lines over the window of 250 returns."""
    returns = made.prices.pct_change().iloc[30:280]
    x = returns["QQQ"] - returns["QQQ"].mean()

    found = {e.ticker: e.index_beta for e in first.evidence}

    for ticker in ("NVDA", "SMH"):
        slope = float(x @ returns[ticker] / (x @ x))
        assert found[ticker] == pytest.approx(slope, rel=1e-6)
    assert found["QQQ"] == pytest.approx(1.0, rel=1e-9)


def test_dates_may_carry_an_hour(made, first):
    """A time stamp for the day of the event, as define_factor takes it."""
    stamp = dt.datetime.combine(made.day, dt.time(16))

    factor = build_factor("my-event", prices=made.prices, start=stamp)

    assert factor.event_start == made.day
    assert np.array_equal(
        [s.shrunk for s in factor.shocks], [s.shrunk for s in first.shocks]
    )


def test_a_price_that_never_moved_does_no_harm(made, tmp_path):
    """A suspended line in the file: no NaN in the others, and it is read again."""
    prices = made.prices.assign(NVDA=100.0)

    factor = build_factor("my-event", prices=prices, start=made.day)
    folder = save_factor(factor, tmp_path / "my-event", notes="# n\n")

    again = load_factor(folder)
    own = [e.own_name for e in again.evidence if e.role in ("theme", "rest")]
    assert np.isfinite(own).all()
    assert check_factor(folder) == []

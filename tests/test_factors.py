"""Factor folders: find, load, define, build, save, check."""

from __future__ import annotations

import datetime as dt
import shutil

import numpy as np
import pandas as pd
import pytest

from stresskit import (
    build_factor,
    check_factor,
    define_factor,
    list_factors,
    load_factor,
    save_factor,
)
from stresskit.errors import FactorError, OutputError
from stresskit.factors import find_folders

DEEPSEEK = "deepseek-2025-01-27"


@pytest.fixture
def copy(tmp_path):
    """A copy of the shipped factor and its value chain, to damage."""
    for name, marker in (
        (DEEPSEEK, "factor.toml"),
        ("ai-value-chain", "segments.toml"),
    ):
        shutil.copytree(find_folders(marker)[name], tmp_path / name)
    return tmp_path / DEEPSEEK


def write(path, text):
    """Write a small file and return its path."""
    path.write_text(text, encoding="utf-8")
    return path


def test_a_factor_is_found_by_id_and_by_folder(copy):
    """The id and the path of a copy give the same shocks and the same hash."""
    by_id, by_path = load_factor(DEEPSEEK), load_factor(copy)

    assert by_path.shocks == by_id.shocks
    assert by_path.sha256 == by_id.sha256


def test_an_unknown_factor_names_the_nearest():
    """A typo is answered with what was probably meant."""
    with pytest.raises(FactorError, match="no factor 'deepseek'") as error:
        load_factor("deepseek")

    assert f"Did you mean {DEEPSEEK}?" in error.value.hint


def test_the_same_id_twice_is_an_error(copy):
    """A copy in a folder of one's own is not preferred in silence."""
    with pytest.raises(FactorError, match="exists twice"):
        list_factors(factors=copy.parent)


def test_a_changed_shock_is_found(copy):
    """A shock edited by hand is not what moves.csv gives."""
    path = copy / "factor.toml"
    text = path.read_text(encoding="utf-8")
    shrunk = load_factor(copy).shocks[0].shrunk
    write(path, text.replace(f"shrunk = {shrunk!r}", "shrunk = -0.5", 1))

    wrong = check_factor(copy)

    assert len(wrong) == 1
    assert wrong[0].startswith("AI_ACCEL: the stored shock -0.5")


def test_a_stray_file_is_found(copy):
    """A file that does not belong is named."""
    write(copy / "prices.csv", "date,NVDA\n")

    assert check_factor(copy) == [
        f"{DEEPSEEK}/prices.csv does not belong in a factor folder."
    ]


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("factor.toml", 'schema = "stresskit/factor/1"', 'schema = "x/9"', "schema"),
        ("factor.toml", "[dispersion]", "[dispersion", "cannot be read"),
        ("factor.toml", 'segment = "MEMORY"', 'segment = "MEMRY"', "MEMRY"),
        ("moves.csv", "MMM,XNYS", "MMM,XNYS,,,,,high", "moves.csv, row 2"),
        ("segment_returns.csv", "date,MARKET", "date,MRKET", "columns must be"),
    ],
)
def test_a_damaged_file_is_named_with_its_place(copy, name, old, new, message):
    """Whatever is wrong with a folder, the message says which file and what."""
    path = copy / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    write(path, text.replace(old, new, 1))

    with pytest.raises(FactorError, match=message):
        load_factor(copy)


def test_a_factor_defined_from_moves(tmp_path):
    """Stated moves are kept; a group's holds for its segments; siblings get a mean."""
    moves = write(
        tmp_path / "moves.csv",
        "segment,move,standard_error\nAI_ACCEL,-20%,2%\nMEMORY,-0.10,\nPOWER,-5%,\n",
    )

    made = define_factor("my-event", moves=moves, day=dt.date(2026, 2, 3))
    folder = save_factor(made, tmp_path / "my-event", notes="# mine\n")
    shocks = {s.segment: s for s in load_factor(folder).shocks}

    assert shocks["AI_ACCEL"].shrunk == pytest.approx(-0.20, rel=1e-12)
    assert shocks["AI_ACCEL"].standard_error == pytest.approx(0.02, rel=1e-12)
    assert shocks["IPP_NUC"].shrunk == pytest.approx(-0.05, rel=1e-12)
    # No more than the mean of the two stated segments of the group, and some of it.
    assert -0.15 < shocks["SEMICAP"].shrunk < -0.05
    assert shocks["ROM_40"].shrunk == 0.0
    assert check_factor(folder) == []


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("AI_ACEL,-20%", "row 2.*'AI_ACEL' is no segment"),
        ("AI_ACCEL,-17", "row 2.*-17 is not a return"),
        ("AI_ACCEL,much", "row 2, column B: 'much' is not a number"),
        ("AI_ACCEL,-1%\nAI_ACCEL,-2%", "row 3.*stands twice"),
        ("", "no move"),
    ],
)
def test_moves_that_cannot_be_used_name_their_row(tmp_path, rows, message):
    """A typo, minus seventeen for minus seventeen percent, a text, a repetition."""
    moves = write(tmp_path / "moves.csv", f"segment,move\n{rows}\n")

    with pytest.raises(FactorError, match=message):
        define_factor("my-event", moves=moves, day=dt.date(2026, 2, 3))


def test_five_sectors_in_a_mapping_are_an_event():
    """Ids, titles and GICS sectors; each stated move stays exactly as stated."""
    moves = {
        "AI accelerators": -0.17,
        "network-opt": -0.22,
        "Merchant and nuclear power": -0.2,
        "Utilities": 0.01,
        "Information Technology": -0.03,
    }

    made = define_factor("my-event", moves=moves, day=dt.date(2026, 2, 3))

    shocks = {s.segment: s.shrunk for s in made.shocks}
    ids = ("AI_ACCEL", "NETWORK_OPT", "IPP_NUC", "ROM_55", "ROM_45")
    assert [shocks[k] for k in ids] == list(moves.values())
    assert [m.segment for m in made.stated] == list(ids)
    assert made.basis == f"{DEEPSEEK}@{load_factor(DEEPSEEK).revision}"


def test_a_data_frame_of_total_returns_with_the_market(tmp_path):
    """The abnormal move is the total less the basis's beta times -2%, and lasts."""
    beta = {s.segment: s.beta for s in load_factor(DEEPSEEK).shocks}
    moves = pd.DataFrame({"segment": ["MEMORY", "EDA_IP"], "move": ["-15%", "-9%"]})

    made = define_factor(
        "my-event", moves=moves, raw=True, market=-0.02, day=dt.date(2026, 2, 3)
    )
    folder = save_factor(made, tmp_path / "my-event", notes="")
    shocks = {s.segment: s for s in load_factor(folder).shocks}

    assert shocks["MEMORY"].total == -0.15
    assert shocks["MEMORY"].shrunk == pytest.approx(-0.15 + 0.02 * beta["MEMORY"])
    assert shocks["EDA_IP"].raw == pytest.approx(-0.09 + 0.02 * beta["EDA_IP"])
    assert load_factor(folder).stated == made.stated
    assert load_factor(folder).issues == made.issues
    assert check_factor(folder) == []


def test_a_stated_shock_changed_by_hand_is_found(tmp_path):
    """Check recomputes the shocks from the stated moves."""
    made = define_factor("my-event", moves={"MEMORY": -0.15}, day=dt.date(2026, 2, 3))
    folder = save_factor(made, tmp_path / "my-event", notes="")
    path = folder / "factor.toml"
    text = path.read_text(encoding="utf-8")
    write(path, text.replace("move = -0.15", "move = -0.25"))

    wrong = check_factor(folder)

    assert any(w.startswith("MEMORY: the stored shock -0.15 ") for w in wrong)


def test_without_a_day_today_is_taken_and_said():
    """An issue says which day; a time stamp is cut to its day."""
    before = dt.datetime.now().astimezone().date()

    made = define_factor("my-event", moves={"MEMORY": -0.1})
    stamped = define_factor(
        "my-event", moves={"MEMORY": -0.1}, day=pd.Timestamp("2026-02-03 16:00")
    )

    after = dt.datetime.now().astimezone().date()
    assert before <= made.event_start <= after
    assert made.issues[0].code == "day-assumed"
    assert made.event_start.isoformat() in made.issues[0].message
    assert stamped.event_end == dt.date(2026, 2, 3)
    assert type(stamped.event_end) is dt.date
    assert "day-assumed" not in {i.code for i in stamped.issues}


def test_the_event_has_its_authors_words():
    """Title, purpose and narrative are kept as given, else the id is the title."""
    moves, day = {"MEMORY": -0.1}, dt.date(2026, 2, 3)

    plain = define_factor("my-event", moves=moves, day=day)
    told = define_factor(
        "my-event", moves=moves, day=day, title="T", purpose="P", narrative="N"
    )

    assert plain.title == "my-event"
    assert (told.title, told.purpose, told.narrative) == ("T", "P", "N")


@pytest.fixture
def own_basis(copy):
    """A basis of one's own on a value chain of one's own, in one folder."""
    root = copy.parent
    for old, new, file in (
        ("ai-value-chain", "my-chain", "segments.toml"),
        (DEEPSEEK, "my-basis", "factor.toml"),
    ):
        (root / old).rename(root / new)
        text = (root / new / file).read_text(encoding="utf-8")
        text = text.replace(f'id = "{old}"', f'id = "{new}"')
        chain = 'value_chain = "ai-value-chain"'
        write(root / new / file, text.replace(chain, 'value_chain = "my-chain"'))
    return root / "my-basis"


def test_a_basis_brings_its_value_chain(own_basis):
    """The factor stands on the chain of its basis, which may be named as well."""
    made = define_factor("e", moves={"MEMORY": -0.1}, basis=own_basis)
    named = define_factor(
        "e",
        moves={"MEMORY": -0.1},
        basis=own_basis,
        chain=own_basis.parent / "my-chain",
    )

    assert made.chain.id == named.chain.id == "my-chain"
    assert made.basis == "my-basis@3"


def test_a_chain_that_is_not_the_bases_is_refused(own_basis):
    """Another chain is named with the basis's own; a changed copy counts as another."""
    with pytest.raises(FactorError, match="my-chain, not on ai-value-chain"):
        define_factor("e", moves={}, basis=own_basis, chain="ai-value-chain")

    with pytest.raises(FactorError, match="on the value chain ai-value-chain, not on"):
        define_factor("e", moves={}, chain=own_basis.parent / "my-chain")


def test_a_published_factor_is_never_overwritten(copy):
    """Saving over a folder that exists is refused, and the folder stays."""
    before = load_factor(copy)

    with pytest.raises(OutputError, match="never overwritten"):
        save_factor(before, copy, notes="")

    assert load_factor(copy).sha256 == before.sha256


@pytest.mark.parametrize("name", ["My Event", "../up", "", "a" * 65, "-x"])
def test_an_id_that_cannot_be_a_folder_is_refused(tmp_path, name):
    """Ids are lower-case letters, digits and hyphens."""
    with pytest.raises(FactorError, match="cannot be an id"):
        define_factor(name, moves=tmp_path / "x.csv", day=dt.date(2026, 2, 3))


TRUE = {"AI_ACCEL": -0.15, "NETWORK_OPT": -0.22, "APP_SW": 0.01}


@pytest.fixture(scope="module")
def panel():
    """Made-up prices of real tickers: a market, segments, noise, and an event."""
    chain = load_factor(DEEPSEEK).chain
    chosen = [
        s
        for s in chain.securities
        if s.mic in {"XNAS", "XNYS"}
        and (s.main_segment in TRUE or s.main_segment.startswith("ROM_"))
        and max(s.segments.values()) == 1.0
    ]
    rng = np.random.default_rng(5)
    days = pd.bdate_range("2025-01-01", periods=320)
    market = rng.normal(0.0003, 0.008, 320)
    event = 300
    market[event] = 0.01
    returns = {}
    for s in chosen:
        own = rng.normal(0, 0.004, 320)
        shock = np.zeros(320)
        shock[event] = TRUE.get(s.main_segment, 0.0)
        returns[s.ticker] = rng.uniform(0.7, 1.3) * market + own + shock
    frame = pd.DataFrame(returns, index=days)
    return 100 * (1 + frame).cumprod(), days[event].date()


def test_a_built_factor_finds_the_shocks_that_were_put_in(panel, tmp_path):
    """From made-up prices the builder recovers segment shocks and the market."""
    prices, day = panel
    path = tmp_path / "prices.csv"
    prices.to_csv(path, index_label="date")

    made = build_factor("made-up", prices=path, start=day)

    shocks = {s.segment: s for s in made.shocks}
    for name, true in TRUE.items():
        error = max(3 * shocks[name].standard_error, 0.01)
        assert abs(shocks[name].shrunk - true) < error, name
    # One percent in the market, with betas around one and noise that averages out.
    assert made.market[0].value == pytest.approx(0.01, abs=0.002)
    folder = save_factor(made, tmp_path / "made-up", notes="# made up\n")
    assert check_factor(folder) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p, _: (p, dt.date(2026, 7, 6)), "lies outside the price file"),
        (
            lambda p, _: (p, dt.date(2026, 2, 22)),
            "is no session: the market was closed",
        ),
        (lambda p, d: (p.iloc[260:], d), "Only 19 returns stand before the event"),
        (lambda p, d: (p.rename(columns=lambda c: f"{c}X9"), d), "No column"),
    ],
)
def test_prices_that_cannot_be_used_say_why(panel, tmp_path, change, message):
    """A closed market, a day outside, a short history, unknown tickers."""
    prices, day = panel
    prices, day = change(prices.assign(NVDA=100 + np.arange(320) * 0.01), day)
    path = tmp_path / "prices.csv"
    prices.to_csv(path, index_label="date")

    with pytest.raises(FactorError, match=message):
        build_factor("made-up", prices=path, start=day)


def test_a_split_left_in_leaves_its_ticker_out_and_says_so(panel):
    """NVDA falls to 50 on one day: no figure of it, and a warning with the day."""
    prices, day = panel
    nvda = (100 + np.arange(320) * 0.01).tolist()
    odd = prices.assign(
        NVDA=pd.Series(nvda, prices.index).where(prices.index < "2025-06-02", 20)
    )

    made = build_factor("made-up", prices=odd, start=day)

    said = next(i for i in made.issues if i.code == "jump")
    assert "NVDA -80% on 2025-06-02" in said.message
    assert "NVDA" not in {e.ticker for e in made.evidence}


def test_a_price_that_never_moves_is_left_out(panel):
    """A constant series is no price: it is said, and every figure stays finite."""
    prices, day = panel

    made = build_factor("made-up", prices=prices.assign(NVDA=100.0), start=day)

    assert "NVDA (250)" in next(i for i in made.issues if i.code == "flat").message
    assert all(np.isfinite([s.shrunk, s.standard_error]).all() for s in made.shocks)

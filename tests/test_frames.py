"""A frame in memory is stressed as a file of it is, from any thread or process."""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import stresskit
from stresskit.cli import main
from stresskit.errors import HoldingsError, InputError
from stresskit.frames import stress_frame
from stresskit.model import Content
from stresskit.writers import result_bytes

FAST = {"scenario": ["none"], "loss_limit": "none", "no_draws": True}
ROWS = {
    "name": ["NVIDIA", "Vistra", "Coca-Cola", "Cash"],
    "isin": ["US67066G1040", "US92840M1027", "US1912161007", None],
    "asset_class": ["equity", "equity", "equity", "cash"],
    "market_value": [60_000.0, 30_000.0, -5_000.0, 15_000.0],
    "quantity": [400.0, 200.0, -80.0, np.nan],
    "currency": ["USD"] * 4,
}


def frame(**more):
    """Return a frame of the contract's columns."""
    return pd.DataFrame({**ROWS, **more})


def asked(df, **more):
    """Stress a frame under one scenario, without draws and limit."""
    return stress_frame(df, **{**FAST, **more})


def money(result):
    """Return what every position is worth and would lose."""
    return [(r.position.name, r.base_value, r.pnl) for r in result.by_position]


def run(seed):
    """Stress a frame of its own values, as bytes; a process can be asked it."""
    values = [seed * 1000.0 + v for v in ROWS["market_value"]]
    return result_bytes(asked(frame(market_value=values), as_of="2025-01-24"))


@pytest.fixture
def same_time(monkeypatch):
    """Let every run be made at the same moment."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1738000000")


@pytest.mark.usefixtures("same_time")
def test_a_frame_is_the_json_of_it(tmp_path, capsys, monkeypatch):
    """The command line gives the same result for the positions as JSON."""
    rows = frame().astype(object).where(frame().notna(), None).to_dict("records")
    stated = {"schema": "stresskit/holdings/1", "name": "frame", "base_currency": "USD"}
    path = tmp_path / "frame"
    path.write_text(json.dumps({**stated, "positions": rows}))
    given = ["stress", str(path), "--no-hedge", "--base-currency", "USD"]
    monkeypatch.setattr("sys.argv", ["stresskit", *given, "--json", "-"])
    with pytest.raises(SystemExit):
        main()
    expected = json.loads(capsys.readouterr().out)

    actual = json.loads(result_bytes(stress_frame(frame(), base_currency="USD")))

    assert expected == actual


def test_other_columns_are_read_as_a_table():
    """Headers of one's own are understood as those of a text file."""
    table = frame().rename(columns={"market_value": "Market Value", "isin": "ISIN"})
    table["Comment"] = "x"
    text = table.to_csv(index=False).encode()
    expected = stresskit.read_holdings(Content("frame", text))

    actual = asked(table)

    assert expected.positions == actual.portfolio.positions


def test_columns_of_ones_own_are_named_in_a_dictionary():
    """Headers may hold what a line of pairs could not."""
    names = {"name": "Title, long", "isin": "a=b", "market_value": "x"}
    own = frame()[[*names]].rename(columns=names)
    columns = {"name": "Title, long", "isin": "a=b", "value": "x"}

    actual = asked(own, columns=columns, base_currency="USD")

    assert [p.market_value for p in actual.portfolio.positions] == ROWS["market_value"]
    assert actual.portfolio.positions[0].identifiers.isin == ROWS["isin"][0]


@pytest.mark.parametrize("option", ["severity", "value"])
def test_a_number_that_is_none_is_refused_in_words(option):
    """A text where a number belongs is the caller's to put right, by name."""
    with pytest.raises(InputError, match=f"{option} 'much' is no number"):
        asked(frame(), **{option: "much"})


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.convert_dtypes(),
        lambda f: f.convert_dtypes(dtype_backend="pyarrow"),
        lambda f: f.astype({"currency": "category", "asset_class": "category"}),
        lambda f: f.astype(object),
        lambda f: f.astype({"market_value": "float32", "quantity": "Float64"}),
        lambda f: f.set_index("name"),
        lambda f: f.set_index(["name", "isin"]),
        lambda f: f.set_index(pd.Index([9, 9, 7, 7])),
        lambda f: f.assign(market_value=[Decimal(60000), 30_000, -5e3, np.int64(15e3)]),
        lambda f: f.assign(
            maturity=[pd.NaT] * 4, sector=[pd.NA] * 4, row=[1, 2, 3, None]
        ),
    ],
    ids="nullable arrow category object narrow index indices plain mixed gaps".split(),
)
def test_the_kinds_of_columns_make_no_difference(change):
    """Whatever pandas stores them as, the figures are the same; the frame stays."""
    given = change(frame())
    before = given.copy(deep=True)

    actual = asked(given)

    assert money(asked(frame())) == money(actual)
    pd.testing.assert_frame_equal(before, given)


def test_dates_and_inner_terms_are_read():
    """A column of moments is one of days; terms may be columns or objects."""
    bond = {
        "name": "Bond",
        "asset_class": "bond",
        "market_value": 1e5,
        "currency": "USD",
    }
    day = pd.Timestamp("2031-02-15")
    columns = pd.DataFrame([{**bond, "maturity": day, "coupon": 4.5}])
    inner = pd.DataFrame([{**bond, "terms": {"maturity": "2031-02-15", "coupon": 4.5}}])

    one, two = asked(columns), asked(inner)

    assert (one.portfolio.positions[0].terms) == {
        "maturity": "2031-02-15",
        "coupon": 4.5,
    }
    assert money(one) == money(two)


def test_the_options_are_those_of_the_command_line():
    """Severity, shocks, overrides, rates, dates and the limit come through."""
    mine = Content(
        "mine.csv", b"isin,segments,by,on\nUS1912161007,AI_ACCEL,me,2025-01-01\n"
    )
    euros = frame(currency=["EUR"] * 4).rename(columns={"market_value": "local_value"})

    result = stress_frame(
        euros,
        severity=0.5,
        shock=["AI_ACCEL=-30%"],
        market=-0.01,
        overrides=mine,
        base_currency="USD",
        fx={"EUR": 1.1},
        as_of=dt.date(2025, 1, 24),
        scenario=("path",),
        loss_limit="5%",
    )

    assert result.base_value == pytest.approx(110_000)
    assert (result.scenario.market, result.scenario.severity) == (-0.01, 0.5)
    assert result.scenario.shocks == {"AI_ACCEL": -0.3}
    assert result.by_position[2].exposure.source == "override"
    assert result.reverse is not None
    assert result.distribution is not None
    assert result.scenarios
    assert stress_frame(euros, base_currency="EUR", **FAST).distribution is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([1, 2], "list, no data frame"),
        (pd.Series([1.0]), "Series, no data frame"),
        (pd.DataFrame(), "no positions"),
        (frame().iloc[:0], "no positions"),
        (pd.concat([frame(), frame()[["isin"]]], axis=1), "'isin' twice"),
        (frame().set_index("name", drop=False), "'name' twice"),
        (pd.concat({"a": frame()}, axis=1), "several levels"),
        (frame(sector=[b"x"] * 4), "Position 1: sector holds a bytes"),
    ],
)
def test_what_is_no_frame_of_positions_is_refused(given, message):
    """Each is an error that says what to give."""
    with pytest.raises(InputError, match=message) as caught:
        asked(given)

    assert caught.value.code == "frame"
    assert caught.value.hint


def test_values_of_the_wrong_kind_are_told_with_row_and_column():
    """Infinity, a truth value and a number for an ISIN are faults of their cells."""
    wrong = frame(
        quantity=[np.inf, 1.0, 2.0, 3.0],
        isin=[None, None, 5, None],
        market_value=pd.Series([1.0, True, 2.0, 3.0], dtype=object),
    )

    with pytest.raises(HoldingsError) as caught:
        asked(wrong)

    found = {(i.row, i.column) for i in caught.value.issues}
    assert {(1, "quantity"), (3, "isin"), (2, "market_value")} == found


def test_other_frames_are_turned_into_one():
    """What has to_pandas is taken by it; where that fails, the error says so."""
    import pyarrow as pa

    table = pa.Table.from_pandas(frame())

    class Odd:
        def to_pandas(self):
            raise ValueError("no memory")

    assert money(asked(frame())) == money(asked(table))
    with pytest.raises(
        InputError, match="Odd cannot be turned into a frame: no memory"
    ):
        asked(Odd())


@pytest.mark.usefixtures("same_time")
def test_threads_and_processes_give_the_same_bytes():
    """Eight at once answer as one after the other."""
    seeds = [1, 2, 3, 4] * 2
    expected = [run(seed) for seed in seeds]

    with ThreadPoolExecutor(4) as threads:
        assert expected == list(threads.map(run, seeds))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as processes:
        assert expected[:4] == list(processes.map(run, seeds[:4]))

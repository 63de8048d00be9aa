"""Scenarios in a line, in a TOML file, and single shocks."""

from __future__ import annotations

import pytest

from stresskit.errors import InputError
from stresskit.readers.scenarios import (
    AskedScenario,
    read_limit,
    read_move,
    read_scenario,
    read_scenario_set,
    read_shocks,
)


@pytest.mark.parametrize(
    ("text", "move"),
    [
        ("-20%", -0.2),
        ("-0.2", -0.2),
        ("+1.5 %", 0.015),
        ("-8bp", -0.0008),
        ("12 bps", 0.0012),
        ("+3pt", 0.03),
        ("3 points", 0.03),
        ("-1,5%", -0.015),
    ],
)
def test_moves_in_the_units_of_their_markets(text, move):
    """Percent, basis points, points of volatility, decimals, a comma."""
    assert read_move(text, "x") == pytest.approx(move, rel=1e-12)


@pytest.mark.parametrize("text", ["", "minus ten", "5 apples", "--5%", "1e999x"])
def test_what_is_no_move_is_refused(text):
    """The message has the text and how to write it."""
    with pytest.raises(InputError) as caught:
        read_move(text, "--shock GOLD")
    assert caught.value.code == "shock"
    assert repr(text) in str(caught.value)
    assert "-8bp" in caught.value.hint


def test_shocks_by_name():
    """Names in any case; the same move twice is one."""
    found = read_shocks(["ai_accel=-20%", "AI_ACCEL=-0.2", "RATE_USD=-8bp"])
    assert found == {"AI_ACCEL": -0.2, "RATE_USD": -0.0008}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (["GOLD=1%", "gold=2%"], "contradiction"),
        (["GOLD"], "shock"),
        (["=1%"], "shock"),
        ([""], "shock"),
    ],
)
def test_shocks_that_contradict_or_are_none(given, code):
    """Two moves for one name, no name, no move."""
    with pytest.raises(InputError) as caught:
        read_shocks(given)
    assert caught.value.code == code


def test_a_line_is_a_factor_and_settings():
    """All that a line may say."""
    found = read_scenario(
        "deepseek-overspend,label=deep,severity=2,mode=replay,day=5,market=-2%,"
        "others=none,drivers=AI_ACCEL+MARKET,AI_ACCEL=-30%,EUR=-1%"
    )
    assert found == AskedScenario(
        label="deep",
        factor="deepseek-overspend",
        severity=2.0,
        mode="replay",
        day=5,
        others="none",
        drivers=("AI_ACCEL", "MARKET"),
        moves={"AI_ACCEL": -0.3, "EUR": -0.01, "MARKET": -0.02},
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("deepseek,nonsense", "scenario"),
        ("severity=two", "severity"),
        ("day=1.5", "day"),
        ("severity=1,severity=2", "contradiction"),
        ("AI_ACCEL=lots", "shock"),
        ("", "scenario"),
        ("market=-2%,MARKET=-1%", "contradiction"),
    ],
)
def test_lines_that_are_no_scenario(text, code):
    """Each message names the part that is wrong."""
    with pytest.raises(InputError) as caught:
        read_scenario(text)
    assert caught.value.code == code


def test_a_file_holds_several(tmp_path):
    """A table each, shocks in a table of their own."""
    path = tmp_path / "mine.toml"
    path.write_text(
        '[[scenario]]\nlabel = "mild"\nseverity = 0.5\n\n'
        '[[scenario]]\nlabel = "chips"\n'
        'shocks = { AI_ACCEL = "-25%", RATE_USD = "-8bp" }\n'
    )
    mild, chips = read_scenario_set(path)

    assert (mild.label, mild.severity) == ("mild", 0.5)
    assert chips.moves == {"AI_ACCEL": -0.25, "RATE_USD": -0.0008}


@pytest.mark.parametrize(
    "content",
    ["", "scenario = 3", "[[scenario]", '[[scenario]]\nseverity = "high"\n'],
)
def test_files_that_hold_none(tmp_path, content):
    """What is wrong is said with the file's name."""
    path = tmp_path / "mine.toml"
    path.write_text(content)
    with pytest.raises(InputError, match=r"mine\.toml"):
        read_scenario_set(path)


def test_a_file_that_is_not_there(tmp_path):
    """Its path is in the message."""
    with pytest.raises(InputError, match="none\\.toml"):
        read_scenario_set(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("text", "move"),
    [("−20%", -0.2), (" -.5 % ", -0.005), ("+1 POINT", 0.01), ("1e-3", 0.001)],
)
def test_more_spellings_of_a_move(text, move):
    """A minus sign copied from a page, no leading zero, capitals, an exponent."""
    assert read_move(text, "x") == pytest.approx(move, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("10%", (0.1, True)),
        ("2,5 %", (0.025, True)),
        ("100,000", (100_000.0, False)),
        ("1.000.000", (1_000_000.0, False)),
        ("1'000'000.50", (1_000_000.5, False)),
        ("5e5", (500_000.0, False)),
    ],
)
def test_limits_as_money_is_written(text, limit):
    """Thousands apart are no decimals: 100,000 is not a hundred."""
    assert read_limit(text) == (pytest.approx(limit[0], rel=1e-12), limit[1])


@pytest.mark.parametrize("text", ["", "ten", "-10%", "0", "10bp", "nan", "inf", "3pt"])
def test_limits_that_are_none(text):
    """Not above zero, or in a unit that no loss has."""
    with pytest.raises(InputError, match="no amount above zero") as caught:
        read_limit(text)
    assert caught.value.code == "loss-limit"
    assert "10%" in caught.value.hint


@pytest.mark.parametrize("key", ["severity", "day"])
@pytest.mark.parametrize("value", ["inf", "nan", "1e999", ""])
def test_settings_that_are_no_finite_number(key, value):
    """Python reads them, and no severity or session is one."""
    with pytest.raises(InputError, match=f"{key} is {value!r}") as caught:
        read_scenario(f"{key}={value}")
    assert f"{key}=" in caught.value.hint


def test_a_files_settings_in_any_case(tmp_path):
    """Nothing is passed over for its capitals, nor MARKET among the shocks."""
    path = tmp_path / "mine.toml"
    path.write_text('[[scenario]]\nSeverity = 2\nshocks = { MARKET = "-2%" }\n')

    (found,) = read_scenario_set(path)

    assert (found.severity, found.moves) == (2.0, {"MARKET": -0.02})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('scenario = ["a"]', "holds no [[scenario]]"),
        ('[[scenarios]]\nlabel = "a"', "only scenarios"),
        ("[scenario]\nseverity = 2", "holds no [[scenario]]"),
        ("severity = 2\n[[scenario]]\nday = 5", "severity stands outside"),
        ('[[scenario]]\nshocks = "AI_ACCEL=-20%"', "which is no table"),
        ("[[scenario]]\ndrivers = 5", "drivers is 5"),
        ("[[scenario]]\nseverity = true", "severity is True"),
        ("[[scenario]]\nday = 1.5", "day is 1.5"),
        ("[[scenario]]\nday = inf", "day is inf"),
        ('[[scenario]]\ntitle = "Mild"', "neither a setting nor a move"),
        ('[[scenario]]\nGOLD = "1%"\nshocks = { GOLD = "2%" }', "GOLD stands twice"),
        ('[[scenario]]\ngold = "1%"\nshocks = { GOLD = "2%" }', "GOLD has two moves"),
        ("[[scenario]]\nday = 5\nDay = 1\n", "Day stands twice"),
        ('[[scenario]]\nmarket = "-1%"\nshocks = { MARKET = "-2%" }', "twice"),
    ],
)
def test_files_with_bad_keys(tmp_path, content, words):
    """Each is said with the file, nothing is left out in silence."""
    path = tmp_path / "mine.toml"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        read_scenario_set(path)
    assert "mine.toml" in str(caught.value)
    assert words in str(caught.value)
    assert caught.value.hint


def test_a_workbook_is_no_file_of_scenarios(tmp_path):
    """Bytes that are no text are refused by the file's name."""
    path = tmp_path / "client.xlsx"
    path.write_bytes(b"PK\x03\x04\xff\xfe")
    with pytest.raises(InputError, match=r"client\.xlsx cannot be read"):
        read_scenario_set(path)


@pytest.mark.parametrize("text", ["1,000bp", "-1,125%"])
def test_what_may_be_read_two_ways_is_refused(text):
    """A thousand, or one and a decimal: the message says how to write either."""
    with pytest.raises(InputError, match="two ways"):
        read_move(text, "x")

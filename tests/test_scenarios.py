"""Scenarios made of what is asked: shocks, sets by name, files, other factors."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stresskit
from stresskit.errors import FactorError, InputError
from stresskit.scenarios import asked_scenarios, label_of, scenario_set, with_shocks

FACTOR = stresskit.load_factor("deepseek-2025-01-27")
MAIN = stresskit.Scenario(FACTOR)
MOVES = st.dictionaries(
    st.sampled_from(["AI_ACCEL", "MEMORY", "MARKET", "GOLD", "FX_JPY", "CHF", "EUR"]),
    st.floats(-0.5, 0.5),
    max_size=7,
)


@settings(max_examples=25, deadline=None)
@given(MOVES)
def test_every_shock_lands_once_however_its_name_is_written(moves):
    """Small and capital letters say the same, nothing is lost and nothing added."""
    found = with_shocks(MAIN, {k.lower(): v for k, v in moves.items()})

    market = {} if found.market is None else {"MARKET": found.market}
    assert {**found.shocks, **found.fx, **found.other_moves, **market} == moves
    assert with_shocks(MAIN, moves) == found


@pytest.mark.parametrize(
    "moves",
    [
        {"AI_ACCEL": -0.2, "AI accelerators": -0.3},
        {"ai_accel": -0.2, "AI_ACCEL": -0.3},
        {"eur": 0.01, "fx_eur": 0.02},
        {"MARKET": -0.01, "market": -0.02},
    ],
)
def test_two_moves_for_one_thing_contradict(moves):
    """A title, another case or the other side of a currency are the same thing."""
    with pytest.raises(InputError, match="is set twice") as caught:
        with_shocks(MAIN, moves)
    assert caught.value.code == "contradiction"


def test_the_market_is_said_once():
    """--market and MARKET may agree and may not differ."""
    main = stresskit.Scenario(FACTOR, market=-0.02)

    assert with_shocks(main, {"MARKET": -0.02}).market == -0.02
    with pytest.raises(InputError, match=r"The market is set twice, to -0\.02"):
        with_shocks(main, {"MARKET": -0.01})


def test_a_later_word_on_a_currency_takes_the_place_of_the_earlier():
    """Against the base or the dollar: a scenario of its own says it anew."""
    against_base = with_shocks(MAIN, {"EUR": -0.01})
    against_dollar = with_shocks(against_base, {"FX_EUR": 0.02})

    assert (against_dollar.fx, against_dollar.other_moves) == ({}, {"FX_EUR": 0.02})
    again = with_shocks(against_dollar, {"EUR": -0.03})
    assert (again.fx, again.other_moves) == ({"EUR": -0.03}, {})


@pytest.mark.parametrize(
    ("name", "near"),
    [("AI_ACEL", "AI_ACCEL"), ("VXI", "VIX"), ("SEVERTY", "the setting severity")],
)
def test_an_unknown_name_lists_what_is_known(name, near):
    """Three letters are no currency because they are three; the nearest is named."""
    with pytest.raises(InputError, match=f"'{name}' is no segment") as caught:
        with_shocks(MAIN, {name: 0.01})
    hint = caught.value.hint
    assert f"Did you mean {near}?" in hint
    assert all(word in hint for word in ("MEMORY", "MARKET", "RATE_USD", "currencies"))


def test_a_scenario_of_the_same_factor_starts_from_the_main_one():
    """What it does not say is as there; its own market counts before --market."""
    main = stresskit.Scenario(
        FACTOR, 2.0, market=-0.02, day=5, shocks={"MEMORY": -0.1}, others="none"
    )
    (found,) = asked_scenarios(main, ["label=x,MARKET=-3%,AI_ACCEL=-20%"])

    shocks = {"MEMORY": -0.1, "AI_ACCEL": -0.2}
    assert found == replace(main, label="x", market=-0.03, shocks=shocks)


def test_a_scenario_of_another_factor_keeps_severity_and_mode_only():
    """The main one's moves, day and drivers belong to its own event."""
    main = stresskit.Scenario(
        FACTOR, 2.0, "replay", market=-0.02, day=5, shocks={"MEMORY": -0.1}
    )
    (found,) = asked_scenarios(main, ["rebound-2025-01-28"])

    assert found.factor.id == "rebound-2025-01-28"
    assert (found.severity, found.mode, found.market) == (2.0, "replay", None)
    assert (found.day, found.shocks) == (0, {})


def test_sets_leave_out_the_main_one():
    """At severity 2 there are 0.5, 1 and 1.5; five sessions on the path lacks 5."""
    main = stresskit.Scenario(FACTOR, 2.0, day=5)

    assert [s.severity for s in scenario_set(main)] == [0.5, 1.0, 1.5]
    assert [(s.day, s.label) for s in scenario_set(main, "path")] == [
        (0, "the event itself"),
        (1, "1 session later"),
        (10, "10 sessions later"),
        (20, "20 sessions later"),
    ]


def test_the_variants_of_a_variant_are_its_sisters():
    """A variant's own basis is an event of the library, and it is not its own."""
    main = stresskit.Scenario(stresskit.load_factor("deepseek-overspend"))
    sisters = [s.factor.id for s in asked_scenarios(main, ["variants"])]
    library = [s.factor.id for s in asked_scenarios(main, ["library"])]

    assert sisters == [
        "deepseek-adoption",
        "deepseek-export-controls",
        "deepseek-systemic",
    ]
    assert "deepseek-2025-01-27" in library


def test_a_file_of_scenarios(tmp_path):
    """Each table is one; the moves of a line and a file come to the same."""
    path = tmp_path / "mine.toml"
    path.write_text(
        '[[scenario]]\nlabel = "a"\nseverity = 2\nshocks = { MARKET = "-2%" }\n'
        '[[scenario]]\nlabel = "b"\nfactor = "deepseek-overspend"\n'
    )
    found = asked_scenarios(MAIN, [str(path)])
    lines = ["label=a,severity=2,MARKET=-2%", "deepseek-overspend,label=b"]

    assert [label_of(s) for s in found] == [
        label_of(s) for s in asked_scenarios(MAIN, lines)
    ]
    assert [s.label for s in found] == ["a", "b"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("severity=99", "--scenario severity=99: Severity 99"),
        ("mode=again", "--scenario mode=again: Mode 'again'"),
        ("day=3", "cannot be followed to session 3"),
        ("others=some", "'some' is no way"),
        ("drivers=AI_ACCEL+MEMORY+MARKET+SEMICAP", "4 drivers are too many"),
        ("drivers=NVDA", "'NVDA' is no driver"),
        ("AI_ACCEL=-150%", "AI_ACCEL is -1.5"),
        ("carry-unwind-2024-08-05,day=7", "session 7"),
    ],
)
def test_what_is_wrong_is_said_with_the_scenario(given, words):
    """Among several the message says which, and the hint what is allowed."""
    with pytest.raises(InputError) as caught:
        asked_scenarios(MAIN, ["severities", given])
    assert str(caught.value).startswith(f"--scenario {given}: ")
    assert words in str(caught.value)
    assert caught.value.hint


def test_an_unknown_word_is_no_factor_and_no_set():
    """The hint lists factors and sets."""
    with pytest.raises(FactorError, match="no factor 'severites'") as caught:
        asked_scenarios(MAIN, ["severites"])
    assert "deepseek-overspend" in caught.value.hint
    assert "Sets of scenarios: severities, path" in caught.value.hint


def test_what_is_wrong_in_a_file_is_said_with_its_place(tmp_path):
    """The file and which of its scenarios."""
    path = tmp_path / "mine.toml"
    path.write_text("[[scenario]]\nseverity = 2\n[[scenario]]\nseverity = 99\n")
    with pytest.raises(InputError, match=r"mine\.toml, scenario 2: Severity 99"):
        asked_scenarios(MAIN, [str(path)])


def test_a_line_may_be_longer_than_a_file_name():
    """All segments shocked: four hundred letters, and no file is looked for."""
    moves = dict.fromkeys(FACTOR.chain.segment_ids, -0.1)
    line = "label=all," + ",".join(f"{s}=-10%" for s in moves)

    (found,) = asked_scenarios(MAIN, [line])

    assert len(line) > 255
    assert found.shocks == moves


def test_labels_tell_scenarios_apart():
    """Whatever differs is in the words of a label that nobody gave."""
    lines = [
        "severity=2",
        "mode=replay",
        "day=5",
        "others=none",
        "MARKET=-2%",
        "GOLD=1%",
        "deepseek-overspend",
    ]
    labels = [s.label for s in asked_scenarios(MAIN, [*lines, "severities", "path"])]

    assert len(set(labels)) == len(labels) == len(lines) + 3 + 4
    assert "deepseek-2025-01-27, severity 1, GOLD +1.00%" in labels

"""The record of a run: written in pieces, read back as it was."""

from __future__ import annotations

import pytest

from stresskit.core.record import (
    joined,
    mandate_of,
    parsed,
    pieces,
    run_id,
    scenario_of,
    scenario_text,
)
from stresskit.errors import InputError
from stresskit.factors import load_factor
from stresskit.model import Scenario

FACTOR = load_factor("deepseek-2025-01-27")


def test_a_scenario_comes_back_as_it_was() -> None:
    """Every setting that is not as usual survives, to the last digit."""
    asked = Scenario(
        FACTOR,
        1 / 3,
        "replay",
        -0.02,
        {"AI_ACCEL": -0.2},
        {"EUR": -0.01},
        "mine, harder",
        5,
        "event",
        {"RATE_USD": -0.0008},
        ("MARKET", "AI_ACCEL"),
    )

    assert scenario_of(scenario_text(asked), lambda _: FACTOR) == asked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "not json",
        '{"factor": "a@1"}',
        '{"factor": "a@1", "sha256": "b", "severity": "hard"}',
        '{"factor": "a@1", "sha256": "b", "shocks": [1]}',
        '{"factor": "a@1", "sha256": "b", "label": {}}',
        '{"factor": "a@1", "sha256": "b", "open": "door"}',
        '{"factor": "a@1", "sha256": "b", "severity": 1e999}',
        "[" * 100_000,
    ],
)
def test_a_scenario_that_was_changed(text: str) -> None:
    """What the program does not write is an InputError and no traceback."""
    with pytest.raises(InputError):
        scenario_of(text, lambda _: FACTOR)


@pytest.mark.parametrize(
    "limits",
    [
        {"gross": "all"},
        {"gross": None},
        {"include": [1]},
        {"families": "overlay"},
        {"target": {"kind": "half"}},
        {"open": 1},
        {"tickets": [1]},
    ],
)
def test_a_mandate_that_was_changed(limits: dict[str, object]) -> None:
    """A limit of another kind is an InputError and no traceback."""
    with pytest.raises(InputError):
        mandate_of({"mandate": limits})


def test_long_texts_are_cut_and_put_together() -> None:
    """600 characters are three pieces of at most 255; empty texts stay."""
    record = {"a": "x" * 600, "b": "", "c": "short"}
    cut = pieces(record)

    assert [len(v) for v in cut.values()] == [255, 255, 90, 0, 5]
    assert joined(cut) == record


def test_a_key_without_its_start_is_one_of_its_own() -> None:
    """Nothing is lost where a piece stands alone."""
    assert joined({"b.2": "y"}) == {"b.2": "y"}


def test_when_and_with_what_is_no_part_of_the_id() -> None:
    """The question alone makes the id."""
    run = {"severity": "1.0", "version": "0.1.0"}
    later = {**run, "created": "2025-01-28", "packages": "numpy 9", "asked": "{}"}

    assert run_id(run) == run_id(later)
    assert run_id(run) != run_id({**run, "severity": "2.0"})


def test_what_is_no_object() -> None:
    """A list is none; the message names the part."""
    with pytest.raises(InputError, match="of its options"):
        parsed("[1]", "options")

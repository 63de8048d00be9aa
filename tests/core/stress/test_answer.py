from __future__ import annotations

from dataclasses import replace

import pytest

from stresskit.core.stress.answer import Answer, Unit, amount, money, share

ANSWER = Answer(
    name="Fund",
    event="crash@2",
    severity=1.5,
    mode="factor",
    base_value=2_000_000.0,
    pnl=-262_989.4,
    pnl_pct=-0.1314947,
    level=0.9,
    low=-313_053.2,
    high=-212_925.6,
    coverage_ratio=1.0,
    unit=Unit("USD", 0),
)


def test_the_headline_says_loss_event_and_range() -> None:
    """The whole sentence, amounts whole."""
    expected = (
        "Fund would lose 262,989 USD (13.15%) in crash@2 at severity 1.5 (factor "
        "mode); 90% band given the scenario -313,053 to -212,926 USD."
    )

    assert expected == ANSWER.headline


def test_three_digits_round_every_figure_of_the_headline() -> None:
    """The page shows no more digits than the answer has."""
    answer = replace(ANSWER, digits=3)

    expected = "Fund would lose 263,000 USD (13.1%) in crash@2"
    assert answer.verdict.startswith(expected)
    assert answer.band.endswith("scenario -313,000 to -213,000 USD")


def test_a_portfolio_of_weights_loses_a_share_of_its_value() -> None:
    """Without money the sentence speaks of shares; poor coverage is said."""
    answer = replace(
        ANSWER, unit=None, base_value=0.5, pnl=0.01, low=-0.01, coverage_ratio=0.4
    )

    assert "would gain 2.00% of its value in" in answer.verdict
    assert "scenario -2.00% to" in answer.band
    assert answer.headline.endswith("Only 40% of the gross value is covered.")


def test_no_change_is_said_in_words() -> None:
    """Zero is neither lost nor gained."""
    assert "would keep its value in" in replace(ANSWER, pnl=0.0).verdict


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (-0.4, None, "0 USD"),
        (999_999.0, 3, "1,000,000 USD"),
        (12.345, 3, "12 USD"),
        (0.0, 3, "0 USD"),
    ],
)
def test_amounts_are_whole_and_never_minus_zero(
    value: float, digits: int | None, expected: str
) -> None:
    """What rounds to nothing has no sign."""
    assert expected == money(value, Unit("USD", 0), digits)


def test_small_amounts_keep_cents_that_three_digits_leave() -> None:
    """Cents are shown below a hundred only."""
    unit = Unit("USD", 2)

    assert [amount(v, unit, 3) for v in (1.234, 123.4)] == ["1.23", "123"]
    assert share(0.00012, 3) == "0.01%"

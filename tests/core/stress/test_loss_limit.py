"""What it takes to lose an amount: the severity, the likeliest way, in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import stresskit
from stresskit.errors import InputError
from stresskit.model import Identifiers, OptionTerms, Portfolio, Position

FACTOR = stresskit.load_factor("deepseek-2025-01-27")
MAIN = stresskit.Scenario(FACTOR)


def position(ticker, money=None, **more):
    """Return a dollar position in a ticker."""
    return Position(
        id=ticker,
        name=ticker,
        identifiers=Identifiers(ticker=ticker),
        currency="USD",
        market_value=money,
        **more,
    )


def asked(*rows, scenario=MAIN, base="USD", **changes):
    """Return a function that stresses these positions at another severity."""
    portfolio = Portfolio(name="b", positions=rows, base_currency=base)
    placed = stresskit.map_exposures(portfolio, FACTOR)
    if changes:
        first = replace(placed.rows[0], **changes)
        placed = replace(placed, rows=(first, *placed.rows[1:]))

    def at(severity=1.0):
        question = replace(scenario, severity=severity)
        return stresskit.stress(portfolio, placed, question)

    return at


PUT = OptionTerms(
    spot=140.0,
    strike=110.0,
    premium=2.0,
    per_value=-0.5,
    units=0.0,
    years=0.25,
    volatility=0.5,
    rate=0.04,
    dividend=0.0,
    call=False,
    slope=-1.0,
    exercise="american",
)
BOOKS = {
    "shares": asked(position("NVDA", 6e5), position("PG", 4e5)),
    "long and short": asked(position("NVDA", 1e6), position("PG", -5e5)),
    # 3,000 puts sold at 2.00 each: the loss grows faster than the fall.
    "short puts": asked(position("NVDA", 6e3), position("PG", 4e5), option=PUT),
}


@pytest.mark.parametrize("kind", BOOKS)
@pytest.mark.parametrize("share", [0.2, 0.8])
def test_the_severity_is_the_first_of_a_grid_that_breaks(kind, share):
    """A grid of 0.01 that revalues everything brackets it; its loss is the limit."""
    at = BOOKS[kind]
    grid = np.arange(0, 301) / 100
    losses = [-at(s).pnl for s in grid.tolist()]
    limit = share * max(losses)
    first = int(np.argmax(np.array(losses) >= limit))

    found = stresskit.reverse_stress(at(), limit)

    assert grid[first - 1] <= found.severity <= grid[first]
    assert -at(found.severity).pnl == pytest.approx(limit, rel=1e-6)
    assert f"takes this event at severity {found.severity:.2f}" in found.sentences[0]


def exposures_of(result):
    """Return money per 1.00 of each of the covariance's factors, from the result."""
    money = {s.segment: s.exposure for s in result.by_segment}
    money |= {o.factor: o.exposure for o in result.by_other}
    money["MARKET"] = sum(
        r.stressed_exposure * r.exposure.beta for r in result.by_position
    )
    return np.array([money.get(n, 0.0) for n in FACTOR.others.names])


@pytest.mark.parametrize("kind", ["shares", "long and short"])
def test_the_likeliest_way_loses_the_limit(kind):
    """-a'f = L at f = -L S a / a'S a, L / sqrt(a'S a) away (Studer 1997)."""
    result = BOOKS[kind]()
    found = stresskit.reverse_stress(result, 1e5)
    a, sigma = exposures_of(result), FACTOR.others.covariance
    variance = float(a @ sigma @ a)
    shocks = dict(zip(FACTOR.others.names, -1e5 / variance * sigma @ a, strict=True))

    assert a @ np.array(list(shocks.values())) == pytest.approx(-1e5, rel=1e-9)
    assert found.distance == pytest.approx(1e5 / variance**0.5, rel=1e-9)
    ratio = found.event_distance / found.distance
    assert found.worst_loss == pytest.approx(1e5 * ratio, rel=1e-9)
    for m in found.likeliest:
        assert m.move == pytest.approx(shocks[m.factor], rel=1e-9)
        assert m.pnl < 0
    # The worst so far out is the same direction, farther or less far.
    for near, far in zip(found.likeliest, found.worst, strict=True):
        assert far.move == pytest.approx(ratio * near.move, rel=1e-9)
    assert found.factors == len(FACTOR.others.names)


def test_a_limit_that_no_severity_reaches():
    """Twice the value, and any loss of a book that gains, cannot come."""
    shares = stresskit.reverse_stress(BOOKS["shares"](), 2e6)
    short = asked(position("NVDA", -1e6), position("USD", 2e6, asset_class="cash"))
    gains = stresskit.reverse_stress(short(), 1e5)

    for found in (shares, gains):
        assert found.severity is None
        assert found.sentences[0].startswith("No severity of this event up to 10 loses")
        assert found.distance > 0


def test_cash_cannot_be_lost():
    """What moves with nothing has no likeliest way; it is said, not raised."""
    at = asked(position("USD", 1e6, asset_class="cash"))
    found = stresskit.reverse_stress(at(), 1e5)

    assert (found.severity, found.distance, found.likeliest) == (None, None, ())
    assert found.sentences == (
        f"No severity of this event up to 10 loses 100,000 USD: {FACTOR.title}.",
        "The portfolio does not move with these factors.",
    )


def test_a_factor_without_other_factors_has_a_severity_alone():
    """No covariance: no distance, and one sentence."""
    result = BOOKS["shares"]()
    bare = replace(result.scenario, factor=replace(FACTOR, others=None))
    known = stresskit.reverse_stress(result, 1e5)

    found = stresskit.reverse_stress(replace(result, scenario=bare), 1e5)

    assert found.severity == pytest.approx(known.severity, rel=1e-6)
    assert (found.distance, found.factors, len(found.sentences)) == (None, 0, 1)


@pytest.mark.parametrize("loss", [0.0, -1e5, float("nan"), float("inf")])
def test_a_limit_is_above_zero(loss):
    """Nothing else can be lost."""
    with pytest.raises(InputError, match="loss limit") as caught:
        stresskit.reverse_stress(BOOKS["shares"](), loss)
    assert caught.value.code == "loss-limit"
    assert "10%" in caught.value.hint


def test_moves_of_the_users_that_lose_it_alone():
    """A dollar that falls 20% at any severity costs a euro book 20% at none."""
    at = asked(
        position("PG", 1e6),
        scenario=stresskit.Scenario(FACTOR, fx={"USD": -0.2}),
        base="EUR",
    )
    found = stresskit.reverse_stress(at(), 1e5)

    assert found.severity == pytest.approx(0.0, abs=1e-6)
    assert found.sentences[0] == (
        "The moves set for other factors and currencies alone lose 100,000 EUR, "
        f"whatever the severity of this event: {FACTOR.title}."
    )


def test_at_severity_zero_there_is_no_worst_as_far_out():
    """The scenario is an ordinary day: nothing is as far out and loses."""
    found = stresskit.reverse_stress(BOOKS["shares"](0.0), 1e5)

    assert (found.event_distance, found.worst, found.worst_loss) == (0.0, (), None)
    assert len(found.sentences) == 2


@pytest.mark.parametrize(
    ("weights", "worth"), [((0.6, 0.39), 0.99), ((0.5, -0.5), 0.0), ((0.2, -0.7), -0.5)]
)
def test_weights_alone_lose_shares(weights, worth):
    """Long and short too, worth nothing or less: a tenth of 1 is 10.00%."""
    rows = [
        replace(position(t), weight=w)
        for t, w in zip(("NVDA", "PG"), weights, strict=True)
    ]
    result = asked(*rows, base=None)()
    found = stresskit.reverse_stress(result, 0.1)

    assert result.base_value == pytest.approx(worth, abs=1e-12)
    assert found.severity is not None
    assert found.sentences[0].startswith("A loss of 10.00% takes this event at")
    assert found.sentences[1].startswith("The likeliest way to lose 10.00% is ")


def test_values_without_a_currency_are_no_shares():
    """Five of an unknown currency are five, in cents."""
    number = Identifiers(isin="US67066G1040")
    row = replace(position("NVDA", 5.0), currency=None, identifiers=number)
    result = asked(row, base=None)()
    found = stresskit.reverse_stress(result, 0.5)

    assert found.sentences[0].startswith("A loss of 0.50 takes this event at severity")


def test_the_sentences_read_well():
    """Money with its unit, moves in the unit of their market, no probability."""
    found = stresskit.reverse_stress(BOOKS["shares"](), 1e5)
    severe, likely, worst = found.sentences

    assert severe.startswith("A loss of 100,000 USD takes this event at severity ")
    assert likely.startswith("The likeliest way to lose 100,000 USD is ")
    assert likely.endswith(" from an ordinary day.")
    assert f"{found.likeliest[0].title} {found.likeliest[0].move:+.1%}" in likely
    assert f"would cost {found.worst_loss:,.0f} USD" in worst
    assert worst.endswith("no probability goes with them.")


def test_a_bond_loses_by_basis_points():
    """A yield is said in basis points, and rises where a bond loses."""
    at = asked(
        position("NVDA", 1e6), sensitivities={}, beta=0.0, others={"RATE_USD": -5}
    )
    found = stresskit.reverse_stress(at(), 1e4)

    (first, *_) = found.likeliest
    assert first.factor == "RATE_USD"
    # Five years of duration: 1% of the value takes 20 basis points.
    assert first.move == pytest.approx(0.002, rel=1e-9)
    assert f"{first.title} +20 bp" in found.sentences[1]

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st


def test_the_order_of_positions_changes_nothing(position, place):
    """However the lines are ordered, each gets the same exposure and issues."""
    lines = [
        position("Nobody", row=1),
        position(isin="US1234567890", row=2),
        position(ticker="SAN", currency="EUR", row=3),
        position(ticker="LOOK", row=4),
        position(ticker="INV", row=5),
        position("Cash", asset_class="cash", row=6),
        position("Bund", asset_class="bond", row=7),
        position("Acme", sector="Utilities", row=8),
    ]

    def outcome(order):
        exposures = place(*(lines[n] for n in order))
        placed = {
            n: replace(e, position_id="")
            for n, e in zip(order, exposures.rows, strict=True)
        }
        return placed, Counter(i.message for i in exposures.issues)

    expected = outcome(range(len(lines)))

    @settings(max_examples=40, deadline=None, derandomize=True)
    @given(st.permutations(range(len(lines))))
    def check(order):
        assert outcome(order) == expected

    check()


def test_a_position_does_not_depend_on_the_others(position, place):
    """A line alone is placed as it is placed among others."""
    lines = [
        position(ticker="SAN", mic="XMAD", currency="EUR"),
        position(ticker="SAN", mic="XPAR", currency="EUR"),
        position("Twin Corp"),
    ]
    alone = [replace(place(p).rows[0], position_id="") for p in lines]
    for order in itertools.permutations(range(3)):
        together = place(*(lines[n] for n in order)).rows
        got = [replace(e, position_id="") for e in together]
        assert got == [alone[n] for n in order]

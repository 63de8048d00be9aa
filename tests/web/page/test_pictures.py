from __future__ import annotations

import pytest

from stresskit.core.stress.answer import Unit
from stresskit.web.page.pictures import band, segments, waterfall

USD = Unit("USD", 0)


def test_each_step_begins_where_the_last_ended() -> None:
    """+20, -100, +30 from zero to -50: the line from -80 to 20 is 98 percent wide."""
    picture = waterfall([("A", 20.0), ("B", -100.0), ("C", 30.0)], -50.0, USD)

    a, b, c, total = picture.bars
    assert picture.zero == pytest.approx(1 + 98 * 0.8, abs=1e-3)
    assert (a.x, a.width) == pytest.approx((79.4, 19.6), abs=1e-3)
    assert (b.x, b.width, b.end) == pytest.approx((1.0, 98.0, 1.0), abs=1e-3)
    assert (c.x, c.width) == pytest.approx((1.0, 29.4), abs=1e-3)
    assert (total.x, total.width) == pytest.approx((30.4, 49.0), abs=1e-3)
    assert [bar.kind for bar in picture.bars] == ["gain", "loss", "gain", "total loss"]
    assert picture.words == (
        "From zero to the P&L: A, a gain of 20 USD; B, a loss of 100 USD; C, a gain of "
        "30 USD. Together a loss of 50 USD."
    )


def test_nothing_at_all_is_drawn_without_a_width() -> None:
    """No part and no amount divides by nothing."""
    assert [bar.width for bar in waterfall([], 0.0, USD).bars] == [0.0]
    assert waterfall([], 0.0, None).words == "Nothing moves. Together no change."
    assert segments([], USD).bars == ()
    assert band(0.0, 0.0, 0.0, USD).low == 1.0


def test_the_range_is_on_a_line_that_has_zero() -> None:
    """A loss between two losses lies left of zero."""
    found = band(-100.0, -50.0, -25.0, USD)

    assert (found.low, found.at, found.high, found.zero) == (1.0, 50.0, 74.5, 99.0)

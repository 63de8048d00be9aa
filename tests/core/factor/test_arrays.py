"""Panels built by hand: who is the market, and what it did."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stresskit.core.factor.arrays import MIN_MARKET, Panel, markets_of
from stresskit.core.factor.leaves import Leaves


def _panel(foreign: int = 10) -> Panel:
    """Two theme names, two others, a fund and a mapped line; others abroad."""
    n, days = 6 + foreign, 8
    rng = np.random.default_rng(14)
    tags = np.zeros((n, 2))
    tags[:2, 0] = 1.0
    tags[[2, 3, 5], 1] = 1.0
    tags[6:, 1] = 1.0
    inside = np.zeros((days, n), dtype=bool)
    inside[1:6] = True
    return Panel(
        returns=rng.normal(0, 0.01, (days, n)),
        inside=inside,
        event=rng.normal(0, 0.05, n),
        days=rng.normal(0, 0.05, (2, n)),
        before=rng.normal(0, 0.05, n),
        after=rng.normal(0, 0.05, (3, n)),
        tags=tags,
        theme=np.arange(n) < 2,
        fund=np.arange(n) == 4,
        mapped=np.arange(n) == 5,
        leaves=Leaves(np.array([0, 1]), np.array([True, False])),
        issuer=np.arange(n),
        region=(np.arange(n) >= 6).astype(np.int64),
        reference=0,
    )


def test_the_market_is_the_mean_of_what_is_neither_theme_nor_fund_nor_mapped():
    """Columns 2 and 3 at home, 6 to 15 abroad, in every block."""
    panel = _panel()

    market = markets_of(panel)

    assert np.flatnonzero(panel.rest[:6]).tolist() == [2, 3]
    for region, columns in ((0, [2, 3]), (1, list(range(6, 16)))):
        for name, block in (
            ("daily", panel.returns),
            ("event", panel.event),
            ("days", panel.days),
            ("before", panel.before),
            ("after", panel.after),
        ):
            found = getattr(market, name)[..., region]
            assert found == pytest.approx(block[..., columns].mean(axis=-1))
    assert market.known.tolist() == [True, True]


def test_a_region_with_nine_others_has_no_market():
    """Ten are the least, but not for the region whose news it was."""
    market = markets_of(_panel(foreign=MIN_MARKET - 1))

    assert market.known.tolist() == [True, False]
    assert np.isnan(market.daily[:, 1]).all()


@pytest.mark.parametrize("part", ["returns", "event"])
def test_a_day_without_market_is_refused(part):
    """A used day, or the event, without any return outside the theme at home."""
    panel = _panel()
    block = getattr(panel, part).copy()
    block[(..., 3, [2, 3]) if part == "returns" else [2, 3]] = np.nan

    with pytest.raises(ValueError, match="a day has no return outside the theme"):
        markets_of(replace(panel, **{part: block}))


def test_a_day_outside_the_window_needs_no_market():
    """Days that nothing is estimated from may be closed; they are NaN."""
    panel = _panel()
    returns = panel.returns.copy()
    returns[7, [2, 3]] = np.nan

    market = markets_of(replace(panel, returns=returns))

    assert np.isnan(market.daily[:, 0]).tolist() == [False] * 7 + [True]


def test_the_window_hides_what_lies_outside():
    """Returns of the window, NaN around it."""
    panel = _panel()

    seen = np.isfinite(panel.window)

    assert np.array_equal(seen, panel.inside)
    assert panel.window[3].tolist() == panel.returns[3].tolist()


def test_stocks_are_all_but_funds_and_have_a_main_segment():
    """The mapped line is a stock; its main segment is its largest fraction."""
    panel = _panel()

    assert np.flatnonzero(~panel.stock).tolist() == [4]
    assert panel.main[[0, 2, 5]].tolist() == [0, 1, 1]


def test_the_composition_is_that_of_members_with_a_move_of_the_day():
    """Mapped lines and funds do not describe a segment's members."""
    panel = _panel()
    tags = panel.tags.copy()
    tags[1] = [0.6, 0.4]
    tags[5] = [0.9, 0.1]

    found = replace(panel, tags=tags).composition()

    assert found == pytest.approx(np.array([[0.8, 0.2], [0.0, 1.0]]))

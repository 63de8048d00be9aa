from __future__ import annotations

import copy
from typing import Any

import pytest
from pages_made import PAGES, Read, example, faults_of, run_of

from stresskit.web.page import View, addresses
from stresskit.web.page.figures import Level
from stresskit.web.page.positions import share_of, table_of

Answer = tuple[dict[str, Any], list[dict[str, Any]]]


def names(view: View) -> list[str]:
    """Return the names of the rows that a view of the American example shows."""
    return [row.name for row in table_of(Level(example("us-growth"), []), view).rows]


def test_the_largest_loss_comes_first_unless_asked_otherwise() -> None:
    """Up is from the largest loss to the largest gain."""
    assert names(View())[0] == "NVIDIA CORP"
    assert names(View(direction="down"))[-1] == "NVIDIA CORP"
    assert names(View(sort="name")) == sorted(names(View()), key=str.casefold)


@pytest.mark.parametrize("sort", ["value", "pnl_pct", "segment", "source"])
def test_what_has_no_value_comes_last_either_way(sort: str) -> None:
    """Unknown is neither small nor large."""
    result = example("us-growth")
    result["by_position"][3] |= {
        "base_value": None,
        "pnl": 0.0,
        "pnl_pct": None,
        "description": {},
        "source": None,
        "name": "Unknown",
    }
    for direction in ("up", "down"):
        view = View(sort=sort, direction=direction)
        rows = table_of(Level(result, []), view).rows
        last = [r.name for r in rows[-3:]]

        assert "Unknown" in last


def test_text_segment_and_cover_filter_together() -> None:
    """Names, identifiers and segments are searched without regard to case."""
    assert names(View(text="nvda")) == ["NVIDIA CORP"]
    assert "VISTRA CORP" in names(View(text="merchant and NUCLEAR"))
    assert names(View(text="nvda", segment="IPP_NUC")) == []
    assert names(View(show="uncovered")) == []


def test_a_position_s_share_follows_its_amount(growth: Answer) -> None:
    """Twice the loss of an amount is twice its share, as the result's own has it."""
    result, levels = growth
    position = result["by_position"][0]

    assert share_of(position, 2 * position["pnl"]) == pytest.approx(
        2 * position["pnl_pct"]
    )
    for p in result["by_position"]:
        assert share_of(p, p["pnl"]) == p["pnl_pct"]
    assert len(levels[0]["by_position"]) == len(result["by_position"])


def test_many_positions_are_shown_in_pages_that_keep_the_view() -> None:
    """Two hundred rows a page; a page beyond the last is the last."""
    result = copy.deepcopy(example("us-growth"))
    rows = result["by_position"]
    result["by_position"] = [
        {**rows[n % len(rows)], "id": f"x{n}", "name": f"Name {n:04}"}
        for n in range(450)
    ]
    view = View(sort="name", page=9)
    fragment = PAGES.positions(run_of(result), result, [], view)

    table = Read(fragment).table("Positions")
    assert faults_of(fragment, whole=False) == []
    assert [table.rows[1][0][:9], table.rows[-1][0][:9]] == ["Name 0400", "Name 0449"]
    assert "401 to 450 of 450" in " ".join(fragment.split())
    address = addresses.run(run_of(result).id, "", {"sort": "name", "page": "2"})
    assert address.replace("&", "&amp;") in fragment


def test_the_address_says_what_differs_from_the_usual() -> None:
    """A view comes back from its own parameters; nonsense is left out."""
    view = View(severity=1.5, sort="name", text="a&b", page=2)

    assert View.of(view.asked()) == view
    assert View.of({"severity": "nan", "sort": "x", "page": "0", "show": ""}) == View()
    assert View.of({"severity": "9"}) == View()

"""Factors of made-up prices, and a way to write them."""

from __future__ import annotations

import pytest
from made_prices import Made, made_prices

from stresskit.factors import build_factor, save_factor


@pytest.fixture(scope="session")
def made() -> Made:
    """Give made-up prices with two events."""
    return made_prices()


@pytest.fixture(scope="session")
def first(made):
    """Give the factor of the first event."""
    return build_factor("my-event", prices=made.prices, start=made.day)


@pytest.fixture(scope="session")
def better(made):
    """Give the same event estimated from a shorter window."""
    about = {"estimate_until": made.at(250), "title": "Better"}
    return build_factor("my-event", prices=made.prices, start=made.day, about=about)


@pytest.fixture
def saved(first, tmp_path):
    """Write the first event's folder."""
    about = 'schema = "stresskit/about/1"\ntitle = "First"\n'
    return save_factor(first, tmp_path / "my-event", notes="# first\n", about=about)

"""Fractions as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresskit.core.tables import format_fractions, parse_fractions

names = st.from_regex(r"[A-Z][A-Z0-9_]{0,9}", fullmatch=True)


@given(st.dictionaries(names, st.floats(-2, 2), max_size=6))
def test_what_is_written_is_read_again(fractions):
    """Seventeen digits bring back every number."""
    assert parse_fractions(format_fractions(fractions, 17)) == fractions


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("MEMORY", "'MEMORY' is not NAME=NUMBER"),
        ("=0.5", "is not NAME=NUMBER"),
        ("MEMORY=half", "is not NAME=NUMBER"),
        ("MEMORY=nan", "is not NAME=NUMBER"),
        ("MEMORY=0.5;MEMORY=0.5", "MEMORY stands twice"),
    ],
)
def test_what_cannot_be_read_is_quoted(text, message):
    """The message shows the part that is wrong."""
    with pytest.raises(ValueError, match=message):
        parse_fractions(text)

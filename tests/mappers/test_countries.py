from __future__ import annotations

import pytest

from stresskit.mappers.countries import country_code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("US", "US"),
        ("us", "US"),
        (" de ", "DE"),
        ("UK", "GB"),
        ("USA", "US"),
        ("U.S.", "US"),
        ("United States", "US"),
        ("UNITED STATES OF AMERICA", "US"),
        ("Deutschland", "DE"),
        ("Germany", "DE"),
        ("Allemagne", "DE"),
        ("Vereinigte Staaten", "US"),
        ("États-Unis", "US"),
        ("Estados Unidos", "US"),
        ("Svizzera", "CH"),
        ("日本", "JP"),
        ("台湾", "TW"),
        ("Korea, Republic of", "KR"),
        ("Hong Kong", "HK"),
        ("DEU", "DE"),
        ("Schweiz", "CH"),
    ],
)
def test_countries_are_known_by_code_and_name(text, code):
    """Codes of two and three letters, and names in the reader's language."""
    assert country_code(text) == code


@pytest.mark.parametrize(
    "text", ["", "  ", "Atlantis", "1", "日", "World", "U S", "12"]
)
def test_what_is_no_country_has_no_code(text):
    """Regions, numbers and blanks are no countries."""
    assert country_code(text) is None

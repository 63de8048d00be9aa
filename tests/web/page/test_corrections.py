from __future__ import annotations

import pytest

from stresskit.web.page.corrections import Place, read_correction
from stresskit.web.page.given import Correction

KNOWN = {"MEMORY", "AI_ACCEL"}
FORM = {"position": "p1", "segment_1": "MEMORY", "share_1": "60%"}


def test_shares_in_percent_become_decimals() -> None:
    """Two segments, a beta with a comma, a reason without blanks around it."""
    form = FORM | {"segment_2": "AI_ACCEL", "share_2": "40,0", "beta": "1,2"}

    expected = Place(
        position="p1",
        segments={"MEMORY": 0.6, "AI_ACCEL": 0.4},
        beta=1.2,
        reason="mine",
    )
    assert expected == read_correction(form | {"reason": " mine "}, KNOWN)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"share_1": "x"}, "share_1"),
        ({"share_1": "nan"}, "share_1"),
        ({"share_1": "101"}, "share_1"),
        ({"share_1": "-1"}, "share_1"),
        ({"segment_1": ""}, "segment_1"),
        ({"segment_1": "<script>"}, "segment_1"),
        ({"segment_2": "MEMORY", "share_2": "10"}, "segment_2"),
        ({"segment_2": "AI_ACCEL", "share_2": "41"}, "share_1"),
        ({"beta": "inf"}, "beta"),
        ({"beta": "11"}, "beta"),
        ({"segment_1": "", "share_1": ""}, ""),
    ],
)
def test_what_is_wrong_comes_back_with_its_field(
    change: dict[str, str], field: str
) -> None:
    """The form as typed, and a sentence at the field to put right."""
    found = read_correction(FORM | change, KNOWN)

    assert isinstance(found, Correction)
    assert list(found.errors) == [field]
    assert found.position == "p1"

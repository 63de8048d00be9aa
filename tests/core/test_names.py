"""Company names made comparable."""

from __future__ import annotations

import pytest

from stresskit.core.names import company_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("NVIDIA Corp", "NVIDIA CORPORATION"),
        ("Nestlé S.A.", "NESTLE SA-REG"),
        ("Alphabet Inc. Class A", "ALPHABET INC CL A"),
        ("Siemens Energy AG", "SIEMENS ENERGY"),
        (
            "Taiwan Semiconductor Manufacturing Co., Ltd.",
            "TAIWAN SEMICONDUCTOR MANUFACTURING",
        ),
    ],
)
def test_spellings_of_one_company_agree(one, other):
    """Legal forms, share classes, accents and dots do not tell companies apart."""
    assert company_key(one) == company_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Siemens AG", "Siemens Energy AG"),
        ("Merck & Co", "Merck KGaA Group"),
        ("", "SE"),
    ],
)
def test_different_companies_stay_different(one, other):
    """Words that matter are kept."""
    assert company_key(one) != company_key(other)

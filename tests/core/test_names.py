"""Company names made comparable."""

from __future__ import annotations

import pytest

from stresskit.core.names import company_key, issuer_of, sector_key, shared_words
from stresskit.model import Identifiers, Position


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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SCHNEIDER ELECTRIC SE", "Schneider Elec"),
        ("Estee Lauder", "The Estée Lauder Companies"),
        ("EssilorLuxottica", "ESSILOR LUXOTTICA SA"),
        ("Merck KGaA", "MERCK & CO"),
    ],
)
def test_names_that_share_a_word(one, other):
    """One word in common is enough, and so is a name written together."""
    assert shared_words(one, other)
    assert shared_words(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nano Labs Ltd", "National Bank of Canada"),
        ("ONTEX GROUP NV", "ON Semiconductor"),
        ("Telus Corp", "AT&T Corp"),  # the legal form is no word
        ("Sanofi SA", "Banco Santander SA"),
    ],
)
def test_names_without_a_word_in_common(one, other):
    """Legal forms and beginnings of words are not enough."""
    assert not shared_words(one, other)
    assert not shared_words(other, one)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (" Oil &  Gas ", "oil and gas"),
        ("OIL&GAS", "oil and gas"),
        ("Santé", "santé"),
        ("Straße", "strasse"),
        ("", ""),
    ],
)
def test_sectors_are_written_one_way(text, key):
    """Small letters, "and" for "&", single blanks."""
    assert sector_key(text) == key


@pytest.mark.parametrize(
    ("given", "issuer"),
    [
        ({"isin": "US1234567890", "cusip": "123456789"}, "US1234567890"),
        ({"cusip": "123456789", "sedol": "BGRDWK7"}, "123456789"),
        ({"sedol": "BGRDWK7"}, "BGRDWK7"),
        ({"ticker": "NVC"}, "NOVACHIP"),
    ],
)
def test_an_unlisted_issuer_goes_by_number_then_name(given, issuer):
    """ISIN, CUSIP, SEDOL, the name without its legal form."""
    line = Position(id="p1", name="Novachip Corp", identifiers=Identifiers(**given))
    assert issuer_of(line) == issuer


def test_a_line_without_anything_is_its_own_issuer():
    """The id is left where there is no name."""
    assert issuer_of(Position(id="p7", name="")) == "p7"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Merck KGaA", "MERCK KGAA"),
        ("Procter & Gamble Co", "PROCTER & GAMBLE"),
        ("NVIDIA CORP. DL-,001", "NVIDIA"),
        ("ALIBABA GROUP USD0.0001", "ALIBABA GROUP"),
        ("SIEMENS AG Namens-Aktien o.N.", "SIEMENS"),
        ("NVIDIA Corp (NVDA)", "NVIDIA"),
        (
            "\u0413\u0430\u0437\u043f\u0440\u043e\u043c",
            "\u0413\u0410\u0417\u041f\u0420\u041e\u041c",
        ),
    ],
)
def test_what_is_left_of_a_name(name, key):
    """Endings of banks go, KGaA and letters of other alphabets stay."""
    assert company_key(name) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ON HOLDING AG", "ON Semiconductor"),
        ("Bank of Nova Scotia", "Bank of America"),
        ("Siemens Energy AG", "Duke Energy Corp"),
        ("Alibaba Group", "London Stock Exchange Group"),
    ],
)
def test_short_and_common_words_say_nothing(one, other):
    """GROUP, ENERGY, BANK and words of two letters are nobody's own."""
    assert not shared_words(one, other)
    assert shared_words(one, one)

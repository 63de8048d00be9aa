"""Countries as files write them: codes, and names in the reader's languages."""

from __future__ import annotations

from functools import cache

LANGUAGES = ("en", "de", "fr", "it", "es", "nl", "pt", "sv", "ja", "zh", "ko")
# What the tables of languages do not have: short forms and codes of three letters.
_SHORT = {
    "usa": "US",
    "u.s.": "US",
    "u.s.a.": "US",
    "united states of america": "US",
    "uk": "GB",
    "u.k.": "GB",
    "gbr": "GB",
    "great britain": "GB",
    "england": "GB",
    "deu": "DE",
    "fra": "FR",
    "che": "CH",
    "jpn": "JP",
    "chn": "CN",
    "hkg": "HK",
    "hong kong": "HK",
    "twn": "TW",
    "taiwan, province of china": "TW",
    "kor": "KR",
    "korea": "KR",
    "korea (south)": "KR",
    "republic of korea": "KR",
    "korea, republic of": "KR",
    "nld": "NL",
    "holland": "NL",
    "irl": "IE",
    "republic of ireland": "IE",
    "ita": "IT",
    "esp": "ES",
    "swe": "SE",
    "dnk": "DK",
    "nor": "NO",
    "fin": "FI",
    "bel": "BE",
    "aut": "AT",
    "can": "CA",
    "aus": "AU",
    "ind": "IN",
    "bra": "BR",
    "sgp": "SG",
    "isr": "IL",
    "zaf": "ZA",
    "mex": "MX",
    "lux": "LU",
}


@cache
def _names() -> dict[str, str]:
    """Return the ISO code of every country name in lower case, about 2,500."""
    from babel import Locale

    found: dict[str, str] = {}
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():
                found.setdefault(str(name).casefold(), code)
    return found | _SHORT


@cache
def country_code(text: str) -> str | None:
    """Return the ISO 3166 code of a country, or None if it is not known.

    Examples
    --------
    >>> country_code("US"), country_code("Deutschland"), country_code("Atlantis")
    ('US', 'DE', None)
    """
    bare = text.strip()
    code = bare.upper()
    if len(code) == 2 and code.isascii() and code.isalpha():
        return _SHORT.get(bare.casefold(), code)
    return _names().get(bare.casefold()) if bare else None

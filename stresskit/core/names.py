"""Company names made comparable: the same company, written differently."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stresskit.model import Position

# Legal forms and share-class words that do not tell companies apart. Words that
# do (GROUP, HOLDINGS, INTERNATIONAL) stay.
_FORMS = frozenset(
    "INC INCORPORATED CORP CORPORATION CO COMPANY LTD LIMITED PLC AG SE SA NV "
    "SPA AB ASA OYJ AS GMBH LLC LP THE CLASS CL A B C ADR ADS SPONSORED "
    "SPON REG REGISTERED SHS SHARES ORD ORDINARY COM COMMON STOCK NPV DE CAP STK N "
    "VINK NAM NAMENS AKTIEN AKTIE NAMENSAKTIEN NAMENAKTIEN INHABER INHABERAKTIEN "
    "STAMMAKTIEN ACTIONS NOM AZIONI".split()
)
# What banks add to a name: par value and currency (DL-,001; USD0.0001), o.N.
_NOMINAL = re.compile(
    r"\b(DL|EO|SF|LS|YN|SK|NK|DK|USD|EUR|GBP|CHF|JPY|HKD|GBX|CAD|AUD) ?-? ?\d*[.,]\d+|"
    r"\bUS\$ ?\d*[.,]\d+|\bDK ?\d+|\bO\. ?(N|ST)\.?(?=\s|$)"
)
_TICKER_BEHIND = re.compile(r"\s\([A-Z0-9.]{1,6}\)\s*$")
# Words that companies share which have nothing else in common.
_COMMON = frozenset(
    "GROUP HOLDING HOLDINGS INTERNATIONAL INTL GLOBAL WORLD FINANCIAL CAPITAL ENERGY "
    "RESOURCES TECHNOLOGY TECHNOLOGIES BANK BANCO AND THE NEW FIRST NATIONAL AMERICAN "
    "GENERAL UNITED TRUST FUND FUNDS ETF UCITS INDUSTRIES SYSTEMS SERVICES PARTNERS "
    "PHARMA POWER SHARES INSURANCE MOTOR MOTORS".split()
)


@lru_cache(maxsize=50_000)
def company_key(name: str) -> str:
    """Return a name without accents, punctuation, legal forms and share classes.

    Two names are the same company only if their keys are equal; this is not a
    fuzzy match.

    Examples
    --------
    >>> company_key("Amazon.com, Inc."), company_key("AMAZON COM INC")
    ('AMAZON', 'AMAZON')
    >>> company_key("Nestlé S.A."), company_key("NESTLE SA-REG")
    ('NESTLE', 'NESTLE')
    """
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(c for c in plain if not unicodedata.combining(c)).upper()
    plain = plain.replace("A/S", " ")
    plain = _NOMINAL.sub(" ", _TICKER_BEHIND.sub("", plain))
    # S.A. and N.V. are one word each; other dots separate words.
    plain = re.sub(r"\b((?:[A-Z]\.)+)(?=\W|$)", lambda m: m[1].replace(".", ""), plain)
    words = re.split(r"[^\w&]+|_", plain)
    kept = [w for w in words if w and w not in _FORMS]
    return " ".join(kept or [w for w in words if w])


def plain_name(name: str) -> str:
    """Return a name in small letters without punctuation; every word is kept.

    Examples
    --------
    >>> plain_name("Global Fund - A"), plain_name("global fund B")
    ('global fund a', 'global fund b')
    """
    return " ".join(re.findall(r"\w+", name.casefold()))


def issuer_of(position: Position) -> str:
    """Return what names the issuer of a position that is in no list."""
    ids = position.identifiers
    number = ids.isin or ids.cusip or ids.sedol
    return number or company_key(position.name) or position.id


def shared_words(name: str, other: str) -> bool:
    """Whether two names share a word that says something, or are one.

    Words of one or two letters and those that half of all companies have say nothing.

    Examples
    --------
    >>> shared_words("SCHNEIDER ELECTRIC SE", "Schneider Elec")
    True
    >>> shared_words("ON HOLDING AG", "ON Semiconductor"), shared_words("3M CO", "3M")
    (False, True)
    """
    own, theirs = company_key(name).split(), company_key(other).split()
    common = {w for w in set(own) & set(theirs) if len(w) > 2} - _COMMON
    return bool(common) or "".join(own) == "".join(theirs)


def sector_key(text: str) -> str:
    """Return a sector in lower case, ``&`` as ``and``, single blanks.

    Examples
    --------
    >>> sector_key(" Oil &  Gas ")
    'oil and gas'
    """
    return " ".join(text.casefold().replace("&", " and ").split())


def words_of(text: str) -> str:
    """Return a name in capitals with single blanks between words and numbers.

    Examples
    --------
    >>> words_of("S&P500 EMINI SEP 25")
    ' S P 500 EMINI SEP 25 '
    """
    apart = re.sub(r"(?<=[A-Z])(?=\d)|[^A-Z0-9]+", " ", text.upper())
    return f" {' '.join(apart.split())} "

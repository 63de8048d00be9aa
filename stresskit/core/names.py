"""Company names made comparable: the same company, written differently."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stresskit.model import Position

# Legal forms and share-class words that do not tell companies apart. Words that
# do (GROUP, HOLDINGS, INTERNATIONAL) stay.
_FORMS = frozenset(
    "INC INCORPORATED CORP CORPORATION CO COMPANY LTD LIMITED PLC AG SE SA NV N.V "
    "SPA AB ASA OYJ AS A/S KGAA GMBH LLC LP THE CLASS CL A B C ADR ADS SPONSORED "
    "SPON REG REGISTERED SHS SHARES ORD ORDINARY COM COMMON STOCK NPV DE".split()
)


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
    # S.A. and N.V. are one word each; other dots separate words.
    plain = re.sub(r"\b((?:[A-Z]\.)+)(?=\W|$)", lambda m: m[1].replace(".", ""), plain)
    words = re.split(r"[^A-Z0-9&]+", plain)
    kept = [w for w in words if w and w not in _FORMS]
    return " ".join(kept or [w for w in words if w])


def issuer_of(position: Position) -> str:
    """Return what names the issuer of a position that is in no list."""
    ids = position.identifiers
    number = ids.isin or ids.cusip or ids.sedol
    return number or company_key(position.name) or position.id

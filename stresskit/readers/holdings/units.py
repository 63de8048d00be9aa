"""Units that headers and titles state: a scale, a currency, or both."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from stresskit.core.identifiers import CURRENCIES, currency_of

# Words of English headers that are currencies too.
_WORDS = {"all", "top", "cup", "mop", "gel", "lak", "try"}
_CODES = "|".join(
    sorted(c.casefold() for c in CURRENCIES if c.casefold() not in _WORDS)
)
_CURRENCY = (
    r"us\$|hk\$|c\$|a\$|s\$|[$€£¥₹円元]|rs\.?|us dollars?|u\.s\. dollars?|dollars?|"
    r"euros?|"
    rf"pounds sterling|swiss francs?|rmb|{_CODES}"
)
_SCALE_OF = {
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "lakh": 1e5,
    "crore": 1e7,
    "pence": 0.01,
}
_SPELLINGS = {
    "thousand": r"'?000'?s?|1[.,']?000|x ?1[.,']?000|k|t|thousands?|tsd\.?|tausend|"
    r"milliers|duizend|miles|migliaia|thou\.?",
    "million": r"m|mm|mn|mil\.?|mln|mio\.?|mill\.?|millions?|millionen|"
    r"miljoen|millones|milioni|"
    r"'?000,?000'?s?",
    "billion": r"bn|bln|billions?|mrd\.?|milliarden|milliards",
    "lakh": r"lakhs?|lacs?",
    "crore": r"crores?|cr\.?",
    "pence": r"pence|gbx",
}
_SCALES = {k: re.compile(v) for k, v in _SPELLINGS.items()}
_ANY_SCALE = "|".join(f"(?:{v})" for v in _SPELLINGS.values())
_LINK = r"(?:\s|\bof\b|\bd[e']\b|\bin\b|d'|[.,/-])*"
_UNIT = re.compile(
    rf"(?:in|en)?\s*(?:(?P<c1>{_CURRENCY}){_LINK}(?P<s1>{_ANY_SCALE})?|"
    rf"(?P<s2>{_ANY_SCALE}){_LINK}(?P<c2>{_CURRENCY})?)\s*"
)
# What is left to try where a longer text only mentions the scale.
_MENTIONED = (
    (re.compile(r"\b(rs\.? ?in )?(lakhs?|lacs?)\b"), 1e5),
    (re.compile(r"\bcrores?\b"), 1e7),
    (re.compile(r"\b(thousands?|tsd\.?|000'?s|teur|tusd|tchf|tgbp|k€|k eur)\b"), 1e3),
    (re.compile(r"(?<![\d.,])'?000\b"), 1e3),
    (re.compile(r"\b(millions?|mio\.?|mn|mln)\b"), 1e6),
    (re.compile(r"\b(pence|gbx)\b"), 0.01),
)
_ABOUT_AMOUNTS = re.compile(
    r"\b(amounts?|values?|figures?|numbers|balances|beträge|angaben|werte|zahlen|"
    r"montants?|valeurs?|importes?|valores|importi|valori|bedragen|expressed|stated|"
    r"currency)\b"
)
_IN_UNIT = re.compile(r"\b(?:in|en)\s+(.+?)(?:\s+(?:unless|except|sauf)\b.*)?")


@dataclass(frozen=True)
class Unit:
    """A scale and a currency (ISO 4217), where they are stated."""

    scale: float = 1.0
    currency: str | None = None


@lru_cache(maxsize=4096)
def read_unit(text: str) -> Unit | None:
    """Read a text that is nothing but a unit, or None.

    Parameters
    ----------
    text : str
        Text in small letters.

    Examples
    --------
    >>> read_unit("eurm"), read_unit("$'000").scale, read_unit("teur").currency
    (Unit(scale=1000000.0, currency='EUR'), 1000.0, 'EUR')
    """
    match = _UNIT.fullmatch(text.strip(" :.-"))
    if match is None:
        return None
    scale, code = match["s1"] or match["s2"], match["c1"] or match["c2"]
    factor = 1.0
    if scale:
        factor = next(_SCALE_OF[k] for k, p in _SCALES.items() if p.fullmatch(scale))
    code = re.sub(r"^(us|u\.s\.) dollars?$|^dollars?$", "usd", code or "")
    code = re.sub(r"^pounds sterling$", "gbp", re.sub(r"^swiss francs?$", "chf", code))
    found = currency_of(code)
    if factor == 0.01:
        return Unit(factor, "GBP")
    if found is None and factor in {1e5, 1e7}:
        return Unit(factor, "INR")
    return Unit(factor, found[0] if found else None)


def split_unit(plain: str) -> tuple[str, Unit]:
    """Split ``wert in eur`` or ``value ($000)`` into the words and the unit.

    Parameters
    ----------
    plain : str
        Header in small letters with single blanks.

    Examples
    --------
    >>> split_unit("market value (usd m)")
    ('market value', Unit(scale=1000000.0, currency='USD'))
    """
    inner = re.findall(r"[(\[]([^)\]]*)[)\]]", plain)
    bare = " ".join(re.sub(r"[(\[][^)\]]*[)\]]", " ", plain).split())
    units = [u for text in inner if (u := read_unit("pence" if text == "p" else text))]
    if not units and (found := _unit_at_end(bare)):
        bare, unit = found
        units = [unit]
    scale = next((u.scale for u in units if u.scale != 1), _mentioned(plain))
    currency = next((u.currency for u in units if u.currency), None)
    if scale == 0.01:
        currency = "GBP"
    elif scale in {1e5, 1e7}:
        currency = currency or "INR"
    return bare, Unit(scale, currency)


def _unit_at_end(bare: str) -> tuple[str, Unit] | None:
    """Find a unit in the last words of a header, or in its first word."""
    words = [w for w in re.split(r"[\s/,]+|\s-\s", bare) if w]
    for n in (3, 2, 1):
        tail = " ".join(words[-n:])
        # A single letter at the end is part of the name.
        unit = read_unit(tail) if len(words) > n and len(tail) > (n == 1) else None
        unit = unit or (read_unit(tail) if tail in {"$", "€", "£", "¥"} else None)
        if unit and len(words) > n:
            head = words[:-n]
            kept = head[:-1] if len(head) > 1 and head[-1] in {"in", "en"} else head
            return " ".join(kept).strip(" -"), unit
    first = read_unit(words[0]) if len(words) > 1 and len(words[0]) > 1 else None
    if first and first.currency:
        return " ".join(words[1:]), first
    return None


def _mentioned(plain: str) -> float:
    return next((s for pattern, s in _MENTIONED if pattern.search(plain)), 1.0)


def title_unit(text: str) -> Unit | None:
    """Read the unit that a line above the table states for all its amounts.

    Parameters
    ----------
    text : str
        Line as written.

    Examples
    --------
    >>> title_unit("All amounts in USD millions")
    Unit(scale=1000000.0, currency='USD')
    >>> title_unit("Holdings (in thousands of EUR)").scale
    1000.0
    >>> title_unit("Fund size in USD millions: 3,000") is None
    True
    """
    plain = " ".join(text.casefold().split()).strip(" .*")
    if re.search(r":\s*[\d(-]", plain):
        return None
    key, _, said = plain.partition(":")
    inner = re.findall(r"[(\[]([^)\]]*)[)\]]", plain)
    if said.strip() and _ABOUT_AMOUNTS.search(key):
        inner.append(said.strip())
    for part in (*inner, plain):
        unit = read_unit(part) if len(part) > 1 else None
        if unit and (unit.scale != 1 or part is not plain):
            return unit
    for part in (*inner, plain):
        stated = _IN_UNIT.search(part) if _ABOUT_AMOUNTS.search(part) else None
        for match in _IN_UNIT.finditer(part) if stated else ():
            unit = _longest_unit(part[match.start() :])
            if unit:
                return unit
    return None


def _longest_unit(text: str) -> Unit | None:
    """Read the unit that the longest run of words at a text's start spells."""
    words = text.split()
    for n in range(min(len(words), 6), 1, -1):
        unit = read_unit(" ".join(words[:n]).strip(".,;:"))
        if unit:
            return unit
    return None

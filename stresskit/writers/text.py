"""Values of users and engines, made fit for a cell or a JSON number."""

from __future__ import annotations

import math
import re

LONGEST_TEXT = 32_000  # Excel refuses a file with more than 32,767 in a cell

# Control characters, lone surrogates and non-characters: no XML file may hold them.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def clean_text(value: object) -> str:
    """Return the value as text that an XML file can hold; None is empty.

    Examples
    --------
    >>> clean_text("Acme" + chr(0) + " Corp"), clean_text(None)
    ('Acme Corp', '')
    """
    if value is None:
        return ""
    text = str(value)
    if text.isprintable():
        return text[:LONGEST_TEXT]
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _ILLEGAL.sub("", text)[:LONGEST_TEXT]


def finite(value: float | None) -> float | None:
    """Return the value as a plain float, None where it is no number.

    Examples
    --------
    >>> finite(1), finite(float("nan")), finite(None)
    (1.0, None, None)
    """
    if value is None or not math.isfinite(value):
        return None
    return float(value)


def describe(fractions: dict[str, float]) -> str:
    """Return segment fractions as the text an override is written in.

    Examples
    --------
    >>> describe({"AI_ACCEL": 0.5, "ROM_45": 0.5})
    'AI_ACCEL=0.5;ROM_45=0.5'
    """
    return ";".join(f"{name}={value:.6g}" for name, value in fractions.items())


# What each source of a placement is, in the order of how good it is.
SOURCE_WORDS = {
    "override": "your own word",
    "curated": "a company of the value chain",
    "fund": "a fund looked through, or by its index",
    "industry": "the industry the file states",
    "prices": "its returns before the event alone",
    "sector": "the sector the file states",
    "country": "the country alone, with a wide range",
    "unmapped": "nothing: the market, with a wide range",
    "cash": "does not move",
    "not stressed": "keeps its value: a gap",
}

# What a suggestion reaches, by its status.
STATUS_WORDS = {
    "optimal": "reaches the target",
    "infeasible": "target out of reach",
    "not-applicable": "not applicable",
    "nothing": "do nothing",
}


def source_rank(source: str) -> int:
    """Return the place of a source in a list, those of plugins last."""
    known = list(SOURCE_WORDS)
    return known.index(source) if source in known else len(known)

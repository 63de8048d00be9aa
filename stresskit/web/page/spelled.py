"""Options of the command line in the engine's messages, said as fields of the page.

The engine names what to give as the command line does (``--fx FILE``). Here it becomes
the field that takes it, in one place; what has no field is said to be elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

# Option: the form's field, its label.
FIELDS = {
    "as-of": ("as_of", "As of"),
    "base-currency": ("base_currency", "Base currency"),
    "columns": ("columns", "Columns"),
    "factor": ("factor", "Event"),
    "form": ("form", "Length"),
    "fx": ("fx", "Exchange rates"),
    "hedge-target": ("hedge_target", "Loss to take away"),
    "language": ("language", "Language"),
    "mandate": ("mandate", "Mandate"),
    "mode": ("mode", "Kind of answer"),
    "overrides": ("places", "Change"),
    "password": ("password", "Password"),
    "severity": ("severity", "Severity"),
    "sheet": ("sheet", "Sheet"),
    "table": ("table", "Table"),
    "theme": ("theme", "Look"),
    "value": ("value", "Value of the portfolio"),
}
LABELS = dict(FIELDS.values())
# The part of the preview where places are changed: no field, but it can be led to.
PLACES = "places"
READING = (
    *("base_currency", "as_of", "value", "fx", "sheet", "table", "columns"),
    "password",
)
ASKING = (
    *("factor", "severity", "mode", "mandate", "hedge_target"),
    *("language", "theme", "form"),
)
_SAID_OTHERWISE = (
    (r" \(columns currency, rate, base\)", " (one a line, such as EUR=1.05)"),
    (r", or in the environment as STRESSKIT_PASSWORD", ""),
    (r" \(stresskit map writes [^)]*\)", " beside it"),
)
_OPTION = re.compile(
    r"(?<![\w-])--(?P<name>[a-z][a-z-]*[a-z])"
    r"(?: (?P<stands_for>CCY|FILE|NAME|DIR|ISIN=FILE)(?!\w)"
    r"| (?P<value>'[^']*'|[A-Z]{3}(?!\w)|[^\s,;()]*[\d%][^\s,;()]*(?<![.])))?"
)


@dataclass(frozen=True)
class Part:
    """A piece of a text, and where it leads; nowhere where ``href`` is empty."""

    text: str
    href: str = ""


def parts(text: str, fields: Collection[str] = ()) -> tuple[Part, ...]:
    """Return a text with options as fields, linked to those that the page has.

    Parameters
    ----------
    text
        What the engine says, options spelled as on the command line.
    fields
        Names of the fields that the page has, perhaps ``PLACES``.

    Examples
    --------
    >>> parts("Give it with --base-currency CCY.", {"base_currency"})[1]
    Part(text='“Base currency”', href='#q-base_currency')
    >>> "".join(p.text for p in parts("Give the missing rates with --fx FILE."))
    'Give the missing rates with “Exchange rates”. (In the form before the run.)'
    >>> "".join(p.text for p in parts("Give prices with --prices FILE."))
    'Give prices with --prices FILE. (Not on this page: by command line or API.)'
    """
    found: list[Part] = []
    elsewhere = before = False
    at = 0
    text = _otherwise(text)
    for option in _OPTION.finditer(text):
        field, label = FIELDS.get(option["name"], ("", ""))
        elsewhere = elsewhere or not field
        if not field:
            continue
        found.append(Part(text[at : option.start()]))
        if field in fields:
            href = f"#{field}" if field == PLACES else f"#q-{field}"
            found.append(Part(_quoted(label), href))
        else:
            before = True
            found.append(Part(_quoted(label)))
        found.append(Part(_given(option)))
        at = option.end()
    found.append(Part(text[at:]))
    if before:
        found.append(Part(" (In the form before the run.)"))
    if elsewhere:
        found += [
            Part(" (Not on this page: by command line or "),
            Part("API", "/docs"),
            Part(".)"),
        ]
    return tuple(part for part in found if part.text)


def worded(text: str) -> str:
    """Return a text with options as fields, without saying where those are.

    Examples
    --------
    >>> worded("--hedge-target 0.x: no number.")
    '“Loss to take away”: 0.x: no number.'
    """

    def field(option: re.Match[str]) -> str:
        _, label = FIELDS.get(option["name"], ("", ""))
        return _quoted(label) + _given(option) if label else option[0]

    return _OPTION.sub(field, _otherwise(text))


def fields_in(texts: Iterable[str]) -> frozenset[str]:
    """Return the fields that texts ask for.

    Examples
    --------
    >>> sorted(fields_in(["Give --fx FILE, or name it with --base-currency CCY."]))
    ['base_currency', 'fx']
    """
    named = (option["name"] for t in texts for option in _OPTION.finditer(t))
    return frozenset(FIELDS[name][0] for name in named if name in FIELDS)


def _otherwise(text: str) -> str:
    for pattern, words in _SAID_OTHERWISE:
        text = re.sub(pattern, words, text)
    return text


def _quoted(label: str) -> str:
    return f"“{label}”"


def _given(option: re.Match[str]) -> str:
    value = option["value"]
    return ": " + value.strip("'") if value else ""

"""What the pages are made from, beside the JSON of holdings, mapping and result."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

from stresskit.web.page.words import plain

Json = Mapping[str, Any]

SORTS = ("name", "value", "pnl", "pnl_pct", "confidence", "source", "segment")
PAGE_LENGTH = 200
MOST_SEVERE = 3.0


class RunShown(Protocol):
    """A run as the ledger keeps it; the ledger's own object is one.

    ``summary`` has ``name``, ``pnl``, ``pnl_pct``, ``currency`` and ``base_value``;
    ``problem`` is an RFC 9457 body; ``has_input`` says whether the upload is kept.
    """

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def status(self) -> str: ...  # noqa: D102
    @property
    def created(self) -> dt.datetime: ...  # noqa: D102
    @property
    def finished(self) -> dt.datetime | None: ...  # noqa: D102
    @property
    def input_name(self) -> str: ...  # noqa: D102
    @property
    def input_sha256(self) -> str: ...  # noqa: D102
    @property
    def factor(self) -> str | None: ...  # noqa: D102
    @property
    def factor_revision(self) -> int | None: ...  # noqa: D102
    @property
    def factor_sha256(self) -> str | None: ...  # noqa: D102
    @property
    def version(self) -> str | None: ...  # noqa: D102
    @property
    def summary(self) -> Json | None: ...  # noqa: D102
    @property
    def problem(self) -> Json | None: ...  # noqa: D102
    @property
    def has_input(self) -> bool: ...  # noqa: D102


@dataclass(frozen=True, kw_only=True)
class User:
    """Who looks at the page; without ``signs_in`` there is nothing to sign out of."""

    name: str = ""
    may_run: bool = True
    signs_in: bool = False


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What may be uploaded: bytes, suffixes with their dot, hours a file is kept."""

    most_bytes: int
    formats: Sequence[str] = (
        *(".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".csv", ".tsv", ".txt"),
        *(".html", ".xml", ".parquet", ".json"),
    )
    kept_hours: int = 1


@dataclass(frozen=True, kw_only=True)
class Example:
    """A portfolio to try: its folder's name, a title, what it shows in a sentence."""

    name: str
    title: str
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One thing to choose: the value that is sent, and what the user reads."""

    value: str
    title: str
    date: str = ""


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A segment of the value chain, with the title of its group."""

    id: str
    title: str
    group: str = ""


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What can be chosen on the page, each in the order shown.

    ``factors`` carry the event's date; ``mandates`` hold one for no hedges, whichever
    value the routes give it.
    """

    factors: Sequence[Choice]
    segments: Sequence[Segment]
    mandates: Sequence[Choice]
    modes: Sequence[Choice] = (
        Choice(value="factor", title="Such an event: what the segments would do"),
        Choice(value="replay", title="The same day again: what each company did"),
    )
    languages: Sequence[Choice] = (
        Choice(value="en", title="English"),
        Choice(value="de", title="Deutsch"),
        Choice(value="fr", title="Français"),
    )
    themes: Sequence[Choice] = (Choice(value="neutral", title="Neutral"),)
    forms: Sequence[Choice] = (
        Choice(value="full", title="Full report"),
        Choice(value="short", title="Short form for a client"),
    )


@dataclass(frozen=True, kw_only=True)
class Correction:
    """Where the user puts a position: ``segments`` as typed pairs of id and percent.

    ``errors`` are by field of the form; ``""`` is about all of it. Without segments
    and beta the form opens with what stands.
    """

    position: str
    segments: Sequence[tuple[str, str]] = ()
    beta: str = ""
    reason: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The question as it stands in the form: texts as typed, so that they come back.

    The fields are the names of the form's inputs. ``fx`` has a line ``EUR=1.05`` per
    currency, ``value`` is what a weight-only portfolio is worth. The last four are not
    of the form: a ``correction`` has its form open (``edit``), ``page`` counts pages of
    positions from 1, ``rates_file`` is the file that rates came in instead, a
    ``problem`` is why the file could not be read as asked last.
    """

    factor: str = ""
    severity: str = "1"
    mode: str = "factor"
    mandate: str = ""
    hedge_target: str = ""
    base_currency: str = ""
    fx: str = ""
    as_of: str = ""
    value: str = ""
    sheet: str = ""
    table: str = ""
    columns: str = ""
    language: str = "en"
    theme: str = "neutral"
    form: str = "full"
    correction: Correction | None = None
    page: int = 1
    rates_file: str = ""
    problem: Problem | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """How far a run is: the step's words, which of how many, seconds, place in line.

    ``number`` counts from 1; 0 where nothing has begun. ``ahead`` is how many runs
    wait before this one, None once it runs.
    """

    words: str = ""
    number: int = 0
    of: int = 0
    seconds: float | None = None
    ahead: int | None = None


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What went wrong, in words, and what to do; ``errors`` point into the file.

    An error has ``message``, ``fix``, ``sheet``, ``row``, ``column``, ``value``, each
    but the first perhaps absent or None.
    """

    title: str
    detail: str = ""
    fix: str = ""
    errors: Sequence[Json] = ()


@dataclass(frozen=True, kw_only=True)
class View:
    """How a result is looked at: by the address's parameters of these names.

    ``severity`` None is the scenario as run. ``sort`` is one of ``SORTS``,
    ``direction`` is ``up`` or ``down``, ``show`` is ``all`` or ``uncovered``, ``page``
    counts from 1.
    """

    severity: float | None = None
    sort: str = "pnl"
    direction: str = "up"
    text: str = ""
    segment: str = ""
    show: str = "all"
    page: int = 1

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> View:
        """Return the view that an address asks for; what makes no sense is left out.

        Examples
        --------
        >>> View.of({"severity": "1.5", "sort": "name", "page": "x"})
        View(severity=1.5, sort='name', direction='up', text='', segment='', \
show='all', page=1)
        """
        found: dict[str, Any] = {}
        for name, allowed in (
            ("sort", SORTS),
            ("direction", ("up", "down")),
            ("show", ("all", "uncovered")),
        ):
            if parameters.get(name) in allowed:
                found[name] = parameters[name]
        for name in ("text", "segment"):
            found[name] = plain(parameters.get(name, "")[:200])
        page = parameters.get("page", "")
        if page.isascii() and page.isdigit():
            found["page"] = max(int(page[:9]), 1)
        severity = _number(parameters.get("severity", ""))
        if severity is not None and 0 <= severity <= MOST_SEVERE:
            found["severity"] = round(severity, 1)
        return cls(**found)

    def asked(self, **changes: Any) -> dict[str, str]:
        """Return the parameters of the address of this view, with changes."""
        values = {f.name: getattr(self, f.name) for f in fields(self)} | changes
        usual = {f.name: f.default for f in fields(self)}
        return {
            name: f"{value:g}" if isinstance(value, float) else str(value)
            for name, value in values.items()
            if value != usual[name]
        }


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None

"""The question as a request asks it, by the names of the command line.

Every word is checked before anything is read. Nothing here can name a file: what is a
path on the command line is an id, a name, an object or a part of the upload here.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, FailFast, Field, StringConstraints

from stresskit.asking import DEFAULT_LIMIT, NO_LIMIT, Ask, Files, Question, asked_hedge
from stresskit.errors import InputError
from stresskit.model import Content

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stresskit.model import Presentation

Side = tuple[str, bytes]
# Of all side files only these would be parsed outside the cage.
PARQUET = b"PAR1"
# Names in one object: each that is wrong becomes an error of its own.
MOST_NAMES = 300
Id = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}(@[1-9][0-9]{0,5})?$")
]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{3}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")]
# A line of `--scenario` or `--shock`: neither a path nor a file.
Line = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_@=,.%+\- ]{1,400}$", min_length=1)
]
Table = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9:$]{1,40}$")]
Pairs = Annotated[str, StringConstraints(pattern=r"^[^\n\r=]{1,100}=[^\n\r]{1,2000}$")]
Text = Annotated[str, StringConstraints(max_length=200)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class OverrideOption(BaseModel):
    """A placement of the user's own, of one position."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Text | None = None
    isin: Text | None = None
    ticker: Text | None = None
    name: Text | None = None
    segments: dict[Code, Finite] = Field(default_factory=dict, max_length=9)
    beta: Finite | None = None
    by: Text = ""
    on: Text = ""
    reason: Text = ""


class Options(BaseModel):
    """What is asked; each name and default is that of the command line."""

    model_config = ConfigDict(extra="forbid", strict=True)

    factor: Id = "deepseek-2025-01-27"
    severity: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)] = 1.0
    mode: Literal["factor", "replay"] = "factor"
    day: Annotated[int, Field(ge=0, le=1_000)] = 0
    others: Literal["", "predictive", "event", "none"] = ""
    drivers: Annotated[list[Code], Field(max_length=3)] = Field(default_factory=list)
    market: Line | None = None
    shocks: Annotated[list[Line], Field(max_length=100)] = Field(default_factory=list)
    scenarios: Annotated[list[Line], Field(max_length=50)] | None = None
    loss_limit: Line = DEFAULT_LIMIT
    draws: bool = True
    base_currency: Currency | None = None
    fx: (
        Annotated[
            dict[Currency, Annotated[float, Field(gt=0, allow_inf_nan=False)]],
            Field(max_length=MOST_NAMES),
        ]
        | None
    ) = None
    as_of: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")] | None = None
    overrides: Annotated[list[OverrideOption], Field(max_length=20_000), FailFast()] = (
        Field(default_factory=list)
    )
    value: Finite | None = None
    no_hedge: bool = False
    hedge_target: Line | None = None
    mandate: Name | None = None
    families: Annotated[list[Name], Field(max_length=20)] = Field(default_factory=list)
    robust: Name | None = None
    sheet: Text | None = None
    table: Table | None = None
    columns: Pairs | None = None
    theme: Name = "neutral"
    language: Literal["en", "de", "fr"] = "en"
    form: Literal["full", "short"] = "full"
    sections: Annotated[list[Name], Field(max_length=40)] = Field(default_factory=list)
    paper: Literal["A4", "Letter"] = "A4"
    client: Annotated[str, StringConstraints(max_length=120)] = ""

    def given(self) -> dict[str, Any]:
        """Return what is not as usual, as plain JSON."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def columns_file(self) -> Content | None:
        """Return the columns as the file that a user would have sent.

        As text they would first be taken for a file's name.

        Raises
        ------
        InputError
            If a pair is none.
        """
        if self.columns is None:
            return None
        import tomli_w

        from stresskit.readers.holdings.column_map import SCHEMA

        pairs = [p.partition("=") for p in self.columns.split(",")]
        if any(not (r.strip() and equal and c.strip()) for r, equal, c in pairs):
            raise InputError(
                f"columns {self.columns[:100]!r}: cannot be read.",
                hint='Write "role=column,role=column": "name=Title,value=Amount".',
                code="columns",
            )
        named = {role.strip(): column.strip() for role, _, column in pairs}
        table = {"schema": SCHEMA, "columns": named}
        return Content("columns", tomli_w.dumps(table).encode())

    @property
    def quick(self) -> bool:
        """Whether the answer takes well under a second."""
        return self.no_hedge

    def presentation(self, factors: Path | None) -> Presentation:
        """Return how the report is to look.

        Raises
        ------
        InputError
            If a word is not known.
        """
        from stresskit.presenting import present, theme_files

        known(self.theme, theme_files(factors=factors), "theme")
        return present(
            theme=self.theme,
            language=self.language,
            form=self.form,
            sections=self.sections or None,
            paper=self.paper,
            client=self.client,
            factors=factors,
        )


def known(word: str, words: Mapping[str, Any], what: str) -> None:
    """Refuse a name that is none of those that ship: a file of that name is none.

    Raises
    ------
    InputError
        If it is not known.
    """
    if word not in words:
        raise InputError(
            f"There is no {what} {word!r}.",
            hint=f"Give one of: {', '.join(words)}.",
            code=f"unknown-{what}",
        )


@dataclass(frozen=True)
class Asked:
    """A checked question with the files it came with."""

    options: Options
    sides: Mapping[str, Side]
    factors: Path | None

    def files(self) -> Files:
        """Return what holdings are read and placed with.

        Raises
        ------
        InputError
            If the date is none, or a thing was given twice.
        """
        o, sides = self.options, self.sides
        side = {role: Content(*part) for role, part in sides.items()}
        if (o.overrides and "overrides" in side) or (o.fx and "fx" in side):
            raise InputError(
                "Overrides or rates are given in the options and as a file.",
                hint="Give them once.",
                code="given-twice",
            )
        prices = side.get("prices")
        if prices is not None and prices.data.startswith(PARQUET):
            raise InputError(
                "Prices are not taken as Parquet here.",
                hint="Send them as .csv: dates by tickers.",
                code="prices",
            )
        return Files(
            base_currency=o.base_currency,
            fx=side.get("fx") or o.fx,
            prices=prices,
            as_of=_date(o.as_of),
            overrides=overrides_file(o.overrides)
            if o.overrides
            else side.get("overrides"),
            funds={
                role.removeprefix("fund:"): part
                for role, part in side.items()
                if role.startswith("fund:")
            },
        )

    def ask(self) -> Ask:
        """Return the whole question, every word of it checked.

        Raises
        ------
        InputError
            If a word, a number or a name is not known.
        FactorError
            If there is no such factor.
        """
        from stresskit.factors import find_folders
        from stresskit.hedging import mandate_files
        from stresskit.readers.scenarios import read_limit

        o = self.options
        folders = find_folders("factor.toml", self.factors)
        known(o.factor.partition("@")[0], folders, "factor")
        for line in o.scenarios or ():
            self._check_line(line, folders)
        if o.mandate is not None:
            known(o.mandate, mandate_files(factors=self.factors), "mandate")
        main, more = Question(
            factor=o.factor,
            severity=o.severity,
            mode=o.mode,
            day=o.day,
            others=o.others,
            drivers=tuple(o.drivers),
            market=o.market,
            shocks=tuple(o.shocks),
            scenarios=None if o.scenarios is None else tuple(o.scenarios) or ("none",),
            factors=self.factors,
        ).asked()
        hedges = None
        if not o.no_hedge:
            mandate: Any = o.mandate
            if "mandate" in self.sides:
                mandate = _mandate(self.sides["mandate"])
            hedges = asked_hedge(
                o.hedge_target, mandate, o.families, o.robust, None, self.factors
            )
        return Ask(
            files=self.files(),
            main=main,
            more=more,
            limit=None if o.loss_limit == NO_LIMIT else read_limit(o.loss_limit),
            draws=o.draws,
            value=o.value,
            hedges=hedges,
        )

    @staticmethod
    def _check_line(line: str, folders: Mapping[str, Any]) -> None:
        """Refuse what the command line would take for a file or a folder."""
        from stresskit.readers.scenarios import SETS, read_scenario
        from stresskit.scenarios import is_set

        if line == "none" or line in SETS:
            return
        if is_set(line):
            raise InputError(
                f"scenarios: {line!r} is no scenario.",
                hint="Write each as a line: deepseek-overspend,severity=2.",
                code="scenario",
            )
        factor = read_scenario(line).factor
        if factor:
            known(factor.partition("@")[0], folders, "factor")


def _mandate(part: Side) -> Any:
    """Read a mandate that came as a file."""
    from stresskit.readers.mandate import read_mandate

    return read_mandate(Content(*part))


def _date(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            f"as_of {text}: no date.", hint="Write it as 2025-01-24.", code="date"
        ) from error


def sealed(password: str, data: bytes) -> bytes:
    """Return a password as it is kept beside its file until the run is over.

    The ledger keeps the hash of everything that came with a run, for ever. A password
    could be guessed from its own; this one can be tried only with the file at hand.
    """
    return hashlib.sha256(b"password of " + data).digest() + password.encode()


def password_of(sides: Mapping[str, Side]) -> str | None:
    """Return the password that was sealed."""
    found = sides.get("password")
    return None if found is None else found[1][32:].decode()


def overrides_file(rows: list[OverrideOption]) -> Content:
    """Return overrides as the file that a user would have sent."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    columns = ("id", "isin", "ticker", "name", "beta", "by", "on", "reason")
    table.writerow([*columns, "segments"])
    for row in rows:
        shares = ";".join(f"{k}={v!r}" for k, v in row.segments.items())
        cells = [getattr(row, c) for c in columns]
        table.writerow(["" if c is None else c for c in cells] + [shares])
    return Content("overrides.csv", text.getvalue().encode())


def _crowded(given: object) -> bool:
    """Whether an object holds so many names that even errors would take long."""
    if isinstance(given, dict):
        return len(given) > MOST_NAMES or any(_crowded(v) for v in given.values())
    return isinstance(given, list) and any(_crowded(v) for v in given)


def checked_options(given: object) -> Options:
    """Return the options of a request.

    Raises
    ------
    Refused
        If one is not known or not of its kind; every one that is wrong is named.
    """
    import difflib

    from pydantic import ValidationError

    from stresskit.web.problems import Refused, one_error, shown

    if _crowded(given):
        raise Refused(
            422,
            "options",
            f"An object in the options holds more than {MOST_NAMES} names.",
            fix="See /v1/openapi.json for what each option may be.",
        )
    try:
        return Options.model_validate(given)
    except ValidationError as error:
        wrong = []
        for found in error.errors(include_url=False):
            name = ".".join(str(p)[:60] for p in found["loc"])[:200] or "options"
            # Long texts would take long to compare, and to send back.
            near = difflib.get_close_matches(name, Options.model_fields, n=1)
            fix = "See /v1/openapi.json for what each option may be."
            if found["type"] == "extra_forbidden" and near:
                fix = f"Did you mean {near[0]}?"
            value = None if found["type"] == "missing" else shown(found["input"])
            wrong.append(
                one_error(message=found["msg"], column=name, value=value, fix=fix)
            )
        names = ", ".join(dict.fromkeys(cast("str", w["column"]) for w in wrong[:5]))
        raise Refused(
            422,
            "options",
            f"The options cannot be used: {names[:300]}.",
            fix="Each error says which option, what it was and what it may be.",
            errors=tuple(wrong),
        ) from error

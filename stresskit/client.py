"""A client of the REST interface, for programs on other machines.

It needs the extra ``client`` and nothing of the engine: what comes back is the JSON of
``stresskit stress --json``, and errors are those of the package.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from types import TracebackType
from typing import Any, Literal, Self, TypedDict
from urllib.parse import quote

from stresskit.errors import (
    ComputationError,
    FactorError,
    HoldingsError,
    InputError,
    MappingError,
    MissingExtra,
    OutputError,
    PluginError,
    StresskitError,
)
from stresskit.model import Issue

Form = Literal["json", "csv", "parquet", "xlsx"]
Status = Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]
OVER = frozenset({"done", "failed", "cancelled", "interrupted"})
TRIES = 4
PAUSE = 0.2  # seconds
MEDIA: dict[Form, str] = {
    "json": "application/json",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_KINDS: dict[str, type[StresskitError]] = {
    e.code: e
    for e in (
        *(HoldingsError, FactorError, MappingError),
        *(ComputationError, PluginError, MissingExtra, OutputError),
    )
}


class Options(TypedDict, total=False):
    """What can be asked, by the names of the command line."""

    factor: str
    severity: float
    mode: Literal["factor", "replay"]
    day: int
    others: Literal["", "predictive", "event", "none"]
    drivers: list[str]
    market: str
    shocks: list[str]
    scenarios: list[str]
    loss_limit: str
    draws: bool
    base_currency: str
    fx: dict[str, float]
    as_of: str
    overrides: list[dict[str, Any]]
    value: float
    no_hedge: bool
    hedge_target: str
    mandate: str
    families: list[str]
    robust: str
    sheet: str
    table: str
    columns: str
    theme: str
    language: Literal["en", "de", "fr"]
    form: Literal["full", "short"]
    sections: list[str]
    paper: Literal["A4", "Letter"]
    client: str


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run as the service shows it; ``summary`` is there once it is done."""

    id: str
    status: Status
    created: str
    started: str | None
    finished: str | None
    deleted: str | None
    attempts: int
    input_name: str
    input_sha256: str
    options: dict[str, Any]
    factor: dict[str, Any] | None
    version: str | None
    summary: dict[str, Any] | None
    result: str | None
    result_sha256: str | None
    problem: dict[str, Any] | None

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it by itself."""
        return self.status in OVER


class Client:
    """The service at an address; use it in a ``with`` block, or close it.

    Parameters
    ----------
    address
        Where the service is: ``http://localhost:8000``.
    token
        Of ``stresskit token create``; not needed on the service's own machine while
        there are no tokens.
    seconds
        What one answer may take.
    transport
        In place of the network, for tests.

    Raises
    ------
    MissingExtra
        If httpx is not installed.
    """

    def __init__(
        self,
        address: str,
        *,
        token: str | None = None,
        seconds: float = 70.0,
        transport: Any = None,
    ):
        try:
            import httpx
        except ImportError as error:
            raise MissingExtra(
                "The client needs httpx, which is not installed.",
                hint="Install the extra: pip install 'portfolio-stresskit[client]'.",
            ) from error
        self._errors = httpx.HTTPError
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(
            base_url=address, headers=headers, timeout=seconds, transport=transport
        )

    def __enter__(self) -> Self:
        """Return the client itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def stress(
        self,
        positions: Sequence[Mapping[str, Any]],
        options: Options | None = None,
        *,
        wait: float = 30.0,
        key: str | None = None,
        **about: Any,
    ) -> dict[str, Any]:
        """Return the result for positions, however long the run takes.

        Parameters
        ----------
        positions
            Lines by the contract of ``stresskit holdings --json``.
        options
            What is asked; all as usual unless said.
        wait
            Seconds that the first answer may take; then the run is asked after.
        key
            Of idempotency: the same key and request are one run, also when the
            connection broke and it is sent again.
        about
            ``name``, ``as_of``, ``base_currency``, ``stated_total``, ``fx``.

        Raises
        ------
        InputError
            If the positions or options cannot be used; ``HoldingsError`` has every
            issue.
        StresskitError
            If the run has no result.
        """
        run, result = self._posted(positions, options, wait, key, None, about)
        return self.wait(run.id) if result is None else result

    def submit(
        self,
        positions: Sequence[Mapping[str, Any]],
        options: Options | None = None,
        *,
        key: str | None = None,
        webhook: str | None = None,
        **about: Any,
    ) -> Run:
        """Ask, and return the run that will answer; the rest as in ``stress``."""
        return self._posted(positions, options, 0.0, key, webhook, about)[0]

    def _posted(
        self,
        positions: Sequence[Mapping[str, Any]],
        options: Options | None,
        wait: float,
        key: str | None,
        webhook: str | None,
        about: Mapping[str, Any],
    ) -> tuple[Run, dict[str, Any] | None]:
        body: dict[str, Any] = {
            "schema": "stresskit/holdings/1",
            **about,
            "positions": list(positions),
        }
        if options:
            body["options"] = dict(options)
        if webhook:
            body["webhook"] = webhook
        headers = {"prefer": f"wait={wait:.0f}"} if wait else {}
        if key:
            headers["idempotency-key"] = key
        answer = self._asked("POST", "/v1/runs", json=body, headers=headers)
        return self._run_or_result(answer)

    def _run_or_result(self, answer: Any) -> tuple[Run, dict[str, Any] | None]:
        content = answer.json()
        if answer.status_code == 202:
            return run_from(content), None
        id_ = answer.headers["location"].rsplit("/", 1)[-1]
        return self.run(id_), content

    def submit_file(
        self,
        name: str,
        content: bytes,
        options: Options | None = None,
        *,
        sides: Mapping[str, tuple[str, bytes]] | None = None,
        password: str | None = None,
        key: str | None = None,
        webhook: str | None = None,
    ) -> Run:
        """Ask with a holdings file in any format.

        ``sides`` are files beside it by role: ``fx``, ``overrides``, ``prices``,
        ``mandate``, ``fund:ISIN``; the rest as in ``submit``.
        """
        import json

        files = {"file": (name, content), **(sides or {})}
        data = {
            "options": json.dumps(options) if options else None,
            "password": password,
            "webhook": webhook,
        }
        given = {k: v for k, v in data.items() if v is not None}
        headers = {"idempotency-key": key} if key else {}
        answer = self._asked(
            "POST", "/v1/runs", files=files, data=given, headers=headers
        )
        return self._run_or_result(answer)[0]

    def run(self, id_: str) -> Run:
        """Return how a run stands.

        Raises
        ------
        InputError
            If there is none of this id.
        """
        return run_from(self._asked("GET", self._address(id_)).json())

    def runs(self, *, status: Status | None = None) -> Iterator[Run]:
        """Yield your runs, newest first, page by page."""
        asked: dict[str, Any] = {"status": status} if status else {}
        while True:
            page = self._asked("GET", "/v1/runs", params=asked).json()
            yield from map(run_from, page["items"])
            if page["next"] is None:
                return
            asked["after"] = page["next"]

    def wait(self, id_: str, *, seconds: float = 3_600.0) -> dict[str, Any]:
        """Return the result of a run once it is done.

        Raises
        ------
        StresskitError
            If it failed, was stopped or interrupted: with what the service says.
        TimeoutError
            If it is not over in time; it goes on.
        """
        end = time.monotonic() + seconds
        pause = PAUSE
        while True:
            run = self.run(id_)
            if run.status == "done":
                found: dict[str, Any] = self._asked(
                    "GET", self._address(id_, "/result")
                ).json()
                return found
            if run.over:
                raise error_of(run.problem, f"The run was {run.status}.")
            if time.monotonic() > end:
                raise TimeoutError(f"Run {id_} is still {run.status}.")
            time.sleep(pause)
            pause = min(pause * 1.5, 5.0)

    def result(self, id_: str, form: Form = "json") -> bytes:
        """Return a run's result in one of its forms.

        Raises
        ------
        StresskitError
            If there is none, or not in this form.
        """
        address = self._address(id_, f"/result.{form}")
        return bytes(self._asked("GET", address).content)

    def again(self, id_: str) -> Run:
        """Run again what was interrupted."""
        return run_from(self._asked("POST", self._address(id_, "/again")).json())

    def delete(self, id_: str) -> None:
        """Stop a run, and remove its input and result."""
        self._asked("DELETE", self._address(id_))

    def factors(self) -> list[dict[str, Any]]:
        """Return every factor that can be asked about."""
        found: list[dict[str, Any]] = []
        asked: dict[str, Any] = {}
        while True:
            page = self._asked("GET", "/v1/factors", params=asked).json()
            found += page["items"]
            if page["next"] is None:
                return found
            asked["after"] = page["next"]

    def factor(self, id_: str) -> dict[str, Any]:
        """Return a factor: shocks with their evidence."""
        address = f"/v1/factors/{quote(id_, safe='@')}"
        found: dict[str, Any] = self._asked("GET", address).json()
        return found

    def _address(self, id_: str, rest: str = "") -> str:
        return f"/v1/runs/{quote(id_, safe='')}{rest}"

    def _asked(self, method: str, address: str, **given: Any) -> Any:
        """Ask; what the service is too busy for is asked again after a pause."""
        safe = method != "POST" or "idempotency-key" in given.get("headers", {})
        for left in reversed(range(TRIES)):
            try:
                answer = self._http.request(method, address, **given)
            except self._errors as error:
                if left and safe:
                    time.sleep(PAUSE)
                    continue
                raise OutputError(
                    f"The service at {self._http.base_url} does not answer: {error}.",
                    hint="Look whether `stresskit serve` runs there.",
                    code="no-answer",
                ) from error
            if answer.status_code in {429, 503} and left:
                time.sleep(min(float(answer.headers.get("retry-after", 1)), 10.0))
                continue
            break
        if answer.is_success:
            return answer
        kind = answer.headers.get("content-type", "").partition(";")[0]
        body = answer.json() if kind == "application/problem+json" else None
        raise error_of(body, f"The service answered {answer.status_code}.")


def run_from(content: Mapping[str, Any]) -> Run:
    """Return a run from JSON; fields that later versions add are left out."""
    return Run(**{f.name: content[f.name] for f in fields(Run)})


def error_of(body: Mapping[str, Any] | None, otherwise: str) -> StresskitError:
    """Return the error that a problem stands for.

    Examples
    --------
    >>> error = error_of({"status": 422, "code": "fx", "detail": "No rate.", "fix": "",
    ...                   "errors": []}, "")
    >>> type(error).__name__, error.code, str(error)
    ('InputError', 'fx', 'No rate.')
    """
    if body is None:
        return StresskitError(otherwise)
    said, hint, code = str(body["detail"]), str(body["fix"]), str(body["code"])
    issues = tuple(
        Issue(
            code=code,
            severity="error",
            message=e["message"],
            fix=e["fix"],
            sheet=e["sheet"],
            row=e["row"],
            column=e["column"],
            value=e["value"],
        )
        for e in body["errors"]
    )
    if issues:
        return HoldingsError(said, hint=hint, code=code, issues=issues)
    kind = _KINDS.get(code)
    if kind is None:
        kind = InputError if 400 <= int(body["status"]) < 500 else StresskitError
    return kind(said, hint=hint, code=code)

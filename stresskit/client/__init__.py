"""A client of the REST interface, for programs on other machines.

It needs the extra ``client`` and nothing of the engine: what comes back is the JSON of
``stresskit stress --json``, and errors are those of the package.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from stresskit.client.messages import (
    error_of,
    json_of,
    keyed,
    pause_of,
    problem_of,
)
from stresskit.client.records import Form, Options, Run, Status, run_from
from stresskit.errors import InputError, MissingExtra, OutputError

__all__ = ["Client", "Form", "Options", "Run", "Status"]

TRIES = 4
PAUSE = 0.2  # seconds
# What the service says before it has taken anything: safe to ask again, key or not.
NOT_TAKEN = frozenset({"busy", "starting", "too-many"})


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
    InputError
        If the address is none, or the token holds what none does.
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
        self._address = address
        # A token that was read from a file ends with the file's line.
        headers = {"authorization": f"Bearer {token.strip()}"} if token else {}
        try:
            self._http = httpx.Client(
                base_url=address, headers=headers, timeout=seconds, transport=transport
            )
            known = self._http.base_url.scheme in {"http", "https"}
            why = "" if known else "it does not begin with http:// or https://"
        except (httpx.InvalidURL, UnicodeEncodeError) as error:
            why = str(error)
        if why:
            raise InputError(
                f"The address {address!r} or the token cannot be used: {why}.",
                hint="An address looks like http://localhost:8000.",
                code="address",
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
        answer = self._posted(positions, options, wait, key, None, about)
        content: dict[str, Any] = self._content(answer)
        return self.wait(content["id"]) if answer.status_code == 202 else content

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
        answer = self._posted(positions, options, 0.0, key, webhook, about)
        return run_from(self._content(answer))

    def _posted(
        self,
        positions: Sequence[Mapping[str, Any]],
        options: Options | None,
        wait: float,
        key: str | None,
        webhook: str | None,
        about: Mapping[str, Any],
    ) -> Any:
        body: dict[str, Any] = {
            "schema": "stresskit/holdings/1",
            **about,
            "positions": list(positions),
        }
        if options:
            body["options"] = dict(options)
        if webhook:
            body["webhook"] = webhook
        headers = {"content-type": "application/json"}
        if wait:
            headers["prefer"] = f"wait={wait:.0f}"
        headers |= keyed(key)
        content = json_of(body)
        return self._asked("POST", "/v1/runs", content=content, headers=headers)

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
        files = {"file": (name, content), **(sides or {})}
        data = {
            "options": json_of(options) if options else None,
            "password": password,
            "webhook": webhook,
        }
        given = {k: v for k, v in data.items() if v is not None}
        answer = self._asked(
            "POST", "/v1/runs", files=files, data=given, headers=keyed(key)
        )
        return run_from(self._content(answer))

    def run(self, id_: str) -> Run:
        """Return how a run stands.

        Raises
        ------
        InputError
            If there is none of this id.
        """
        return run_from(self._content(self._asked("GET", _place(id_))))

    def runs(self, *, status: Status | None = None) -> Iterator[Run]:
        """Yield your runs, newest first, page by page."""
        asked: dict[str, Any] = {"status": status} if status else {}
        while True:
            page = self._content(self._asked("GET", "/v1/runs", params=asked))
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
                answer = self._asked("GET", _place(id_, "/result"))
                found: dict[str, Any] = self._content(answer)
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
        return bytes(self._asked("GET", _place(id_, f"/result.{form}")).content)

    def again(self, id_: str) -> Run:
        """Run again what was interrupted."""
        return run_from(self._content(self._asked("POST", _place(id_, "/again"))))

    def delete(self, id_: str) -> None:
        """Stop a run, and remove its input and result."""
        self._asked("DELETE", _place(id_))

    def factors(self) -> list[dict[str, Any]]:
        """Return every factor that can be asked about."""
        found: list[dict[str, Any]] = []
        asked: dict[str, Any] = {}
        while True:
            page = self._content(self._asked("GET", "/v1/factors", params=asked))
            found += page["items"]
            if page["next"] is None:
                return found
            asked["after"] = page["next"]

    def factor(self, id_: str) -> dict[str, Any]:
        """Return a factor: shocks with their evidence."""
        address = f"/v1/factors/{quote(id_, safe='@')}"
        found: dict[str, Any] = self._content(self._asked("GET", address))
        return found

    def _asked(self, method: str, address: str, **given: Any) -> Any:
        """Ask; what the service had no time for is asked again after a pause.

        What may have been taken is sent again only where that changes nothing: with
        a key of idempotency, or if it is no POST.
        """
        safe = method != "POST" or "idempotency-key" in given.get("headers", {})
        for left in reversed(range(TRIES)):
            try:
                answer = self._http.request(method, address, **given)
            except self._errors as error:
                if left and safe:
                    time.sleep(PAUSE * (TRIES - left))
                    continue
                raise OutputError(
                    f"The service at {self._address} does not answer: "
                    f"{str(error) or type(error).__name__}.",
                    hint="Look whether `stresskit serve` runs there.",
                    code="no-answer",
                ) from error
            problem = problem_of(answer)
            if not (left and answer.status_code in {429, 503}):
                break
            if not safe and (problem or {}).get("code") not in NOT_TAKEN:
                break
            time.sleep(pause_of(answer))
        if answer.is_success:
            return answer
        raise error_of(problem, f"{self._address} answered {answer.status_code}.")

    def _content(self, answer: Any) -> Any:
        try:
            return answer.json()
        except ValueError as error:
            raise OutputError(
                f"What answers at {self._address} is not stresskit: no JSON came.",
                hint="Check the address, and what stands between here and there.",
                code="no-answer",
            ) from error


def _place(id_: str, rest: str = "") -> str:
    return f"/v1/runs/{quote(id_, safe='')}{rest}"

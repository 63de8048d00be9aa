"""The client against the real service, and against a network that fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import BytesIO

import httpx
import openpyxl
import pytest
from served import Served, served

import stresskit.client
from stresskit.client import Client, Options, Run
from stresskit.errors import HoldingsError, InputError, OutputError, StresskitError
from stresskit.web.api.schemas import RunOut
from stresskit.web.options import Options as ServiceOptions

POSITIONS = [
    {"id": "A", "name": "NVIDIA", "ticker": "NVDA", "market_value": 60_000.0},
    {"id": "B", "name": "MICROSOFT", "ticker": "MSFT", "market_value": 40_000.0},
]
ABOUT = {"base_currency": "USD", "name": "Meier"}
QUICK: Options = {
    "no_hedge": True,
    "draws": False,
    "scenarios": [],
    "loss_limit": "none",
}
RUN = {
    "id": "run_0",
    "status": "done",
    "created": "2025-01-24T00:00:00+00:00",
    "started": None,
    "finished": None,
    "deleted": None,
    "attempts": 1,
    "input_name": "positions.json",
    "input_sha256": "0",
    "options": {},
    "factor": None,
    "version": None,
    "summary": None,
    "result": None,
    "result_sha256": None,
    "problem": None,
}


@pytest.fixture(scope="module")
def service(tmp_path_factory) -> Iterator[Served]:
    """The real service."""
    with served(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture
def client(service) -> Iterator[Client]:
    """A client of the real service."""
    with Client(service.address) as made:
        yield made


@pytest.fixture
def network(monkeypatch) -> Callable[..., tuple[Client, list[httpx.Request]]]:
    """Make clients of a network that gives one answer after the other, in no time."""
    monkeypatch.setattr(stresskit.client.time, "sleep", lambda _: None)

    def made(*answers: httpx.Response | Exception, token: str | None = None):
        seen: list[httpx.Request] = []

        def answered(request: httpx.Request) -> httpx.Response:
            seen.append(request)
            answer = answers[min(len(seen), len(answers)) - 1]
            if isinstance(answer, Exception):
                raise answer
            return answer

        transport = httpx.MockTransport(answered)
        return Client("http://there", token=token, transport=transport), seen

    return made


def problem(status: int, code: str, **more: object) -> httpx.Response:
    """Return a problem as the service would."""
    body = {"status": status, "code": code, "detail": "No.", "fix": "", "errors": []}
    headers = {"content-type": "application/problem+json", "retry-after": "1"}
    return httpx.Response(status, headers=headers, content=json.dumps({**body, **more}))


def test_stress_gives_the_result_at_once_and_after_a_while(client):
    """A quick question waits, a run is asked after; both give the same figures."""
    at_once = client.stress(POSITIONS, QUICK, **ABOUT)
    run = client.submit(POSITIONS, QUICK, **ABOUT)
    later = client.wait(run.id)

    assert at_once["schema"] == "stresskit/result/1"
    assert [p["id"] for p in at_once["by_position"]] == ["A", "B"]
    assert at_once["summary"]["base_value"] == 100_000
    assert {**at_once, "run": 0} == {**later, "run": 0}
    assert client.run(run.id).over


def test_same_key_is_the_same_run(client):
    """The second request with a key is the first one; another request is refused."""
    first = client.submit(POSITIONS, QUICK, key="night-1", **ABOUT)
    result = client.stress(POSITIONS, QUICK, key="night-1", **ABOUT)
    second = client.submit(POSITIONS, QUICK, key="night-1", **ABOUT)

    assert second.id == first.id
    assert second.summary is not None
    assert second.summary["pnl"] == result["summary"]["pnl"]
    with pytest.raises(InputError, match="night-1") as raised:
        client.submit(POSITIONS[:1], QUICK, key="night-1", **ABOUT)
    assert raised.value.code == "idempotency"


def test_file_with_sides_in_every_form(client):
    """A file is read with the rates beside it; its result comes in four forms."""
    content = b"Ticker,Name,Market value,Currency\nNVDA,NVIDIA,1000,USD\n"
    rates = b"currency,rate,base\nUSD,0.5,EUR\n"
    asked: Options = {**QUICK, "base_currency": "EUR"}

    run = client.submit_file("mine.csv", content, asked, sides={"fx": ("r.csv", rates)})
    result = client.wait(run.id)
    book = openpyxl.load_workbook(BytesIO(client.result(run.id, "xlsx")))
    lines = client.result(run.id, "csv").decode("utf-8-sig").splitlines()

    assert run.input_name == "mine.csv"
    assert result["summary"]["base_value"] == 500
    assert json.loads(client.result(run.id)) == result
    assert len(lines) == 2
    assert client.result(run.id, "parquet").startswith(b"PAR1")
    assert "Summary" in book.sheetnames


def test_runs_come_page_by_page_and_go_when_deleted(client):
    """Every run is listed once, the newest first; a deleted one has no result."""
    made = [client.submit(POSITIONS, QUICK, **ABOUT).id for _ in range(55)]
    client.wait(made[0])
    listed = [run.id for run in client.runs()]
    client.delete(made[0])

    assert listed[:55] == made[::-1]
    assert len(set(listed)) == len(listed)
    assert client.run(made[0]).deleted is not None
    with pytest.raises(StresskitError, match="was removed"):
        client.result(made[0])


def test_only_what_was_interrupted_runs_again(client):
    """Another state is told with its code."""
    run = client.submit(POSITIONS, QUICK, **ABOUT)
    client.wait(run.id)

    with pytest.raises(InputError) as raised:
        client.again(run.id)

    assert raised.value.code == "not-interrupted"


def test_errors_are_the_package_s_with_every_issue(client):
    """What cannot be used raises at once or after the wait, each issue in its place."""
    bad = [{**POSITIONS[0], "market_value": "many"}, {**POSITIONS[1], "currency": "?"}]

    run = client.submit(bad, QUICK, **ABOUT)
    with pytest.raises(HoldingsError) as waited:
        client.wait(run.id)
    with pytest.raises(HoldingsError) as at_once:
        client.stress(bad, QUICK, **ABOUT)
    with pytest.raises(InputError) as option:
        client.submit(POSITIONS, {"severty": 1})  # type: ignore[typeddict-unknown-key]
    with pytest.raises(InputError) as unknown:
        client.run("run_" + "0" * 32)

    assert waited.value.issues == at_once.value.issues
    assert sorted(i.row or 0 for i in waited.value.issues) == [1, 2]
    assert waited.value.hint
    assert "Did you mean severity?" in option.value.issues[0].fix
    assert unknown.value.code == "unknown-run"


def test_words_are_those_of_the_service():
    """Options and the fields of a run are the service's own, none is missing."""
    assert set(Options.__annotations__) == set(ServiceOptions.model_fields)
    assert set(Run.__annotations__) == set(RunOut.model_fields)


def test_factors_are_listed_and_shown(client):
    """Each listed factor can be asked for."""
    found = client.factors()

    assert "deepseek-2025-01-27" in {f["id"] for f in found}
    assert client.factor(found[0]["id"])["id"] == found[0]["id"]


@pytest.mark.parametrize("status", [429, 503])
def test_busy_service_is_asked_again(network, status):
    """What was refused before it was taken is sent again, without a key, too."""
    busy = problem(status, "busy" if status == 503 else "too-many")
    client, seen = network(busy, busy, httpx.Response(202, json=RUN))

    assert client.submit(POSITIONS).id == "run_0"
    assert len(seen) == 3


def test_busy_for_long_is_an_error(network):
    """After four tries the service's own words are raised."""
    client, seen = network(problem(503, "busy"))

    with pytest.raises(StresskitError, match="No") as raised:
        client.submit(POSITIONS, key="k")

    assert (raised.value.code, len(seen)) == ("busy", 4)


def test_broken_connection_is_tried_again_with_a_key(network):
    """The same request is sent with the same key, and answered once it gets through."""
    lost = httpx.ReadError("gone")
    client, seen = network(lost, lost, httpx.Response(202, json=RUN))

    assert client.submit(POSITIONS, key="k").id == "run_0"
    assert len({(r.headers["idempotency-key"], r.content) for r in seen}) == 1
    assert len(seen) == 3


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ReadError("gone"),
        httpx.ReadTimeout("slow"),
        problem(503, "ledger"),
        httpx.Response(503, html="a proxy"),
        problem(500, "program"),
    ],
)
@pytest.mark.parametrize("sent", ["submit", "submit_file", "stress", "again"])
def test_nothing_is_sent_twice_without_a_key(network, answer, sent):
    """What may have been taken is not sent again."""
    client, seen = network(answer)
    given = {"again": ("run_0",), "submit_file": ("a.csv", b"")}

    with pytest.raises(StresskitError):
        getattr(client, sent)(*given.get(sent, (POSITIONS,)))

    assert len(seen) == 1


def test_no_service_is_said_so(network):
    """The error names the address, and says what to look at."""
    client, _ = network(httpx.ConnectError("refused"))

    with pytest.raises(OutputError, match="http://there does not answer: refused") as e:
        client.run("run_0")

    assert (e.value.code, "stresskit serve" in e.value.hint) == ("no-answer", True)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(200, html="<p>Sign in</p>"), "is not stresskit"),
        (httpx.Response(502, html="a proxy"), "answered 502"),
        (problem(403, "role", errors=None, fix=None), "No."),
        (httpx.Response(302, headers={"location": "/sign-in"}), "answered 302"),
    ],
)
def test_answers_of_others_are_errors_of_ours(network, answer, said):
    """A proxy in between raises nothing but the package's errors."""
    client, _ = network(answer)

    with pytest.raises(StresskitError, match=said):
        client.run("run_0")


def test_retry_after_may_be_a_date(network):
    """A proxy's pause in words is passed over."""
    later = {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}
    client, seen = network(
        httpx.Response(503, headers=later), httpx.Response(200, json=RUN)
    )

    assert client.run("run_0").id == "run_0"
    assert len(seen) == 2


def test_fields_of_later_versions_are_passed_over(network):
    """A run with more in it is the run."""
    client, _ = network(httpx.Response(200, json={**RUN, "colour": "green"}))

    assert client.run("run_0") == Run(**RUN)


def test_run_that_failed_or_takes_long_is_told(network):
    """Failure raises what the service says of it; time is up for the waiting alone."""
    wrong = {"status": 422, "code": "fx", "detail": "No rate.", "fix": "Give one."}
    failed = {**RUN, "status": "failed", "problem": {**wrong, "errors": []}}
    client, _ = network(httpx.Response(200, json=failed))
    with pytest.raises(InputError, match=r"No rate\.") as raised:
        client.wait("run_0")
    stopped = {**RUN, "status": "cancelled"}
    client, _ = network(httpx.Response(200, json=stopped))
    with pytest.raises(StresskitError, match="was cancelled"):
        client.wait("run_0")
    client, _ = network(httpx.Response(200, json={**RUN, "status": "running"}))
    with pytest.raises(TimeoutError, match="still running"):
        client.wait("run_0", seconds=0)

    assert (raised.value.code, raised.value.hint) == ("fx", "Give one.")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"positions": [{"name": "A", "value": float("nan")}]}, "json"),
        ({"positions": [{"name": "A", "value": object()}]}, "json"),
        ({"positions": POSITIONS, "key": "nächtlich"}, "idempotency-key"),
    ],
)
def test_what_cannot_be_sent_is_not(network, given, code):
    """NaN, other libraries' numbers and odd keys are named before anything is sent."""
    client, seen = network(httpx.Response(202, json=RUN))

    with pytest.raises(InputError) as raised:
        client.submit(**given)

    assert (raised.value.code, seen) == (code, [])


@pytest.mark.parametrize("address", ["http://there:port", "there", ""])
def test_address_that_is_none_is_said_so(address):
    """A mistyped address is told when the client is made."""
    with pytest.raises(InputError) as raised:
        Client(address)

    assert raised.value.code == "address"


def test_token_is_sent_as_it_was_made(network):
    """The line end of a token's file does not count."""
    client, seen = network(httpx.Response(200, json=RUN), token="tok\n")  # noqa: S106

    client.run("run_0")

    assert seen[0].headers["authorization"] == "Bearer tok"

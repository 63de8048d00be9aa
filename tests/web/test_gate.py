"""What every request passes: names, sizes, slowness, numbers, rates."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import time

import httpx
import pytest
from serving import body_of, running

from stresskit.web import gate
from stresskit.web.api.answers import problem_answer
from stresskit.web.gate import Gate
from stresskit.web.metrics import Metrics
from stresskit.web.problems import Refused
from stresskit.web.settings import Settings

MOST = 50_000


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    """A service of small bounds, without tokens."""
    with running(
        tmp_path_factory.mktemp("strict"),
        workers=1,
        upload_bytes=MOST,
        body_seconds=1.0,
        rate=50,
        names=("stress.bank.example",),
    ) as found:
        yield found


def head_of(path="/v1/runs", host="localhost", method="POST", *more):
    """Return the head of a request of JSON."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *more]
    return "\r\n".join([*lines, "Content-Type: application/json", "", ""]).encode()


def status_of(answer):
    """Return an answer's status, and its problem's code."""
    head, _, body = answer.partition(b"\r\n\r\n")
    code = json.loads(body)["code"] if b"problem+json" in head else ""
    return int(head.split()[1]), code


def test_a_body_that_says_it_is_too_large(strict, monkeypatch):
    """It is refused before a byte of it is sent."""
    monkeypatch.setattr(gate, "PASSED_SECONDS", 0.1)
    answer = strict.raw(
        head_of("/v1/runs", "localhost", "POST", "Content-Length: 99999999")
    )

    assert status_of(answer) == (413, "too-large")


def test_who_sends_it_all_the_same_sees_the_answer(strict):
    """A client that sends first and reads then is not cut off."""
    body = b" " * 4 * MOST
    with socket.create_connection(strict.place, 10) as connection:
        connection.sendall(
            head_of("/v1/runs", "localhost", "POST", f"Content-Length: {len(body)}")
        )
        connection.sendall(body)
        answer = b""
        while part := connection.recv(65536):
            answer += part

    assert status_of(answer) == (413, "too-large")


def test_a_body_that_turns_out_too_large(strict):
    """Chunks without a length are counted as they come."""

    def chunks():
        for _ in range(100):
            yield b" " * 1000

    with strict.client() as client:
        answer = client.post(
            "/v1/runs", content=chunks(), headers={"Content-Type": "application/json"}
        )

    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_a_body_that_does_not_come(strict):
    """After a second it is given up; others are served meanwhile."""
    begun = time.monotonic()
    with socket.create_connection(strict.place, 10) as connection:
        connection.sendall(
            head_of("/v1/runs", "localhost", "POST", "Content-Length: 1000") + b"{"
        )
        with strict.client() as client:
            assert client.get("/livez").status_code == 200
        # Head and body may come apart; then the connection is closed.
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert status_of(answer) == (408, "too-slow")
    assert 0.9 < time.monotonic() - begun < 5


def test_the_host_must_be_ours(strict):
    """Another site's name that leads here is refused, a name of the operator's not."""
    found = [
        status_of(strict.raw(head_of("/v1/runs", host, "GET", "Connection: close")))
        for host in ("evil.example", "", "localhost.evil.example", "a@localhost")
    ]
    ours = [
        status_of(strict.raw(head_of("/v1/runs", host, "GET", "Connection: close")))
        for host in ("stress.bank.example:443", "LOCALHOST:1", "127.0.0.1")
    ]

    assert found == [(421, "host")] * 4
    assert ours == [(200, "")] * 3


def test_every_answer_is_dressed(rest, anna):
    """Errors of every layer carry what browsers must know."""
    with rest.client() as client:
        answers = [
            anna.get("/v1/runs"),
            anna.get("/nothing"),
            client.get("/v1/runs"),
            client.get("/v1/runs", headers={"Host": "evil.example"}),
        ]

    assert [a.status_code for a in answers] == [200, 404, 401, 421]
    for answer in answers:
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


def test_a_mistake_of_ours_is_a_problem_without_words(rest, anna, monkeypatch, caplog):
    """The answer says what to do, the log where it was; neither repeats the user."""

    def broken(*_, **__):
        raise KeyError("MEIER FAMILY OFFICE")

    monkeypatch.setattr(rest.service.ledger, "queue_length", broken)
    with caplog.at_level(logging.INFO):
        answer = anna.post("/v1/runs", json=body_of())

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-frame-options"] == "DENY"
    assert "MEIER" not in answer.text + caplog.text
    assert "KeyError" in caplog.text
    assert "test_gate.py" in caplog.text


def test_hundreds_at_once(rest):
    """Four hundred requests at once are each answered, or told to come again."""
    body = {k: v for k, v in body_of().items() if k != "options"}

    async def ask():
        async with httpx.AsyncClient(
            base_url=rest.address,
            limits=httpx.Limits(max_connections=400),
            timeout=60,
            headers={"Authorization": f"Bearer {rest.token('crowd')}"},
        ) as client:
            sent = [client.post("/v1/holdings", json=body) for _ in range(400)]
            return await asyncio.gather(*sent)

    answers = asyncio.run(ask())
    busy = [a for a in answers if a.status_code != 200]

    assert {a.status_code for a in answers} <= {200, 503}
    assert len(busy) < 400
    assert all(int(a.headers["retry-after"]) > 0 for a in busy)


def called(app, *, chunks=(), settings=None, headers=()):
    """Let a request with a body in chunks pass a gate; return what is sent back."""
    sent = []

    async def receive():
        await asyncio.sleep(0)
        body = parts.pop(0) if parts else b""
        return {"type": "http.request", "body": body, "more_body": bool(parts)}

    async def send(message):
        sent.append(message)

    async def mistake(_, error):
        if not isinstance(error, Refused):
            raise error
        return problem_answer(error.body, error.headers)

    parts = list(chunks)
    usual = settings or Settings(ledger="sqlite:///x", upload_bytes=1000)
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/runs",
        "headers": [(b"host", b"localhost"), *headers],
        "client": ("127.0.0.1", 1),
    }
    one = Gate(app, usual, Metrics(), mistake)
    return one, scope, receive, send, sent


def test_bodies_of_all_requests_together_are_bounded():
    """What many read at once stays below ten of the largest, and is given back."""
    held = []

    async def app(scope, receive, send):
        while (await receive())["more_body"]:
            pass
        held.append(scope)
        await asyncio.sleep(0.05)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def crowd():
        one, scope, _, _, _ = called(app)
        answers = []

        async def ask():
            _, _, receive, send, sent = called(app, chunks=[b"x" * 450] * 2)
            await one(dict(scope), receive, send)
            answers.append(sent[0]["status"])

        await asyncio.gather(*(ask() for _ in range(30)))
        first = list(answers)
        await ask()
        return first, answers[-1]

    first, after = asyncio.run(crowd())

    assert set(first) == {200, 503}
    assert first.count(200) <= gate.BODIES + 1
    assert after == 200


def test_who_does_not_read_is_given_up(monkeypatch):
    """A large answer waits for its client, not for ever."""
    monkeypatch.setattr(gate, "READ_SECONDS", 0.05)

    async def app(_, __, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * 100_000})

    async def stuck():
        one, scope, receive, send, _ = called(app)

        async def never(message):
            if message.get("body"):
                await asyncio.sleep(60)
            await send(message)

        await asyncio.wait_for(one(scope, receive, never), 5)

    asyncio.run(stuck())


async def answering(_, receive, send):
    """Answer whatever is asked."""
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def test_no_caller_is_faster_than_the_rate():
    """Also not one who makes up a token for every request; probes always pass."""
    settings = Settings(ledger="sqlite:///x", rate=2)

    async def asked(one, path, token):
        _, scope, receive, send, sent = called(answering)
        headers = [*scope["headers"], (b"authorization", token.encode())]
        await one({**scope, "path": path, "headers": headers}, receive, send)
        return sent[0]["status"], dict(sent[0]["headers"])

    async def asking():
        one, *_ = called(answering, settings=settings)
        same = [(await asked(one, "/v1/runs", "a"))[0] for _ in range(21)]
        made_up = [(await asked(one, "/v1/runs", f"{n}"))[0] for n in range(100)]
        _, headers = await asked(one, "/v1/runs", "a")
        probe, _ = await asked(one, "/livez", "a")
        return same, made_up, headers, probe

    same, made_up, headers, probe = asyncio.run(asking())

    assert same == [200] * 20 + [429]
    assert made_up.count(200) == 2 * 10 * gate.CALLERS - 21
    assert int(headers[b"retry-after"]) > 0
    assert probe == 200


def test_a_browser_is_told_in_a_page(strict):
    """Without scripts too, whoever sends too large a file reads words."""
    with strict.client() as client:
        answer = client.post(
            "/runs",
            files={"file": ("a.csv", b"x" * 1_000_000)},
            headers={"Accept": "text/html"},
        )

    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/html")
    assert "The body is larger than" in answer.text

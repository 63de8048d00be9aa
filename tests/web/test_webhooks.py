"""Messages about runs: signed, to named hosts only, until they arrive."""

from __future__ import annotations

import http.server
import json
import threading
import time

import pytest
from serving import body_of, ended, running
from standardwebhooks import Webhook

from stresskit.errors import InputError
from stresskit.web import webhooks
from stresskit.web.problems import Refused
from stresskit.web.webhooks import checked_url, key_of

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
HOSTS = ("hooks.bank.example", "hooks.bank.example:8443", "localhost:9000")


@pytest.fixture
def listener():
    """A server that answers as it is told, and keeps what it was sent."""
    sent, answers = [], []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            size = int(self.headers["content-length"])
            sent.append((self.path, dict(self.headers), self.rfile.read(size)))
            status, headers = answers.pop(0) if answers else (204, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}
    )
    thread.start()
    server.sent, server.answers = sent, answers
    server.host = f"127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def waited(found, seconds=20):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_messages_arrive_signed_once_and_again(tmp_path, listener, monkeypatch):
    """A 500 is tried again, a redirect is not followed, a restart loses nothing."""
    monkeypatch.setattr(webhooks, "PAUSES", (0.1, 0.1, 0.1))
    monkeypatch.setattr(webhooks, "LOOK", 0.05)
    settings = {
        "workers": 1,
        "webhook_hosts": (listener.host,),
        "webhook_secret": SECRET,
    }
    away = {"Location": f"http://{listener.host}/elsewhere"}
    listener.answers += [(500, {}), (302, away)]
    body = body_of(webhook=f"http://{listener.host}/done")
    with running(tmp_path, **settings) as service, service.client() as client:
        first = client.post("/v1/runs", json=body).headers["location"]
        waited(lambda: len(listener.sent) == 3)
        # From here on nobody listens well, until the service starts again.
        listener.answers += [(503, {})]
        monkeypatch.setattr(webhooks, "PAUSES", (2.0,) * 9)
        second = client.post("/v1/runs", json=body).headers["location"]
        waited(lambda: len(listener.sent) == 4)
        run = ended(client, first)
    with running(tmp_path, **settings):
        waited(lambda: len(listener.sent) == 5)
        time.sleep(0.3)

    said = [
        Webhook(SECRET).verify(data, {k.lower(): v for k, v in headers.items()})
        for _, headers, data in listener.sent
    ]
    names = [headers["webhook-id"] for _, headers, _ in listener.sent]
    assert [path for path, _, _ in listener.sent] == ["/done"] * 5
    assert [m["data"]["run"] for m in said] == [first] * 3 + [second] * 2
    assert (len(set(names)), names[3]) == (2, names[4])
    assert said[0]["type"] == "run.done"
    assert said[0]["data"]["result_sha256"] == run["result_sha256"]
    assert "NVIDIA" not in json.dumps(said)


def test_a_host_that_is_not_named(anna):
    """422 before anything is written down."""
    answer = anna.post(
        "/v1/runs", json=body_of(webhook="https://169.254.169.254/latest/meta-data")
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "webhook")


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.bank.example/done",
        "HTTPS://HOOKS.BANK.EXAMPLE/done?run=1",
        "https://hooks.bank.example:8443/",
        "http://localhost:9000/done",
    ],
)
def test_addresses_that_may_be_told(url):
    """By https, or to this machine."""
    assert checked_url(url, HOSTS) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.bank.example/done",
        "https://evil.example/",
        "https://hooks.bank.example.evil.example/",
        "https://evil.example#hooks.bank.example",
        "https://evil.example\\@hooks.bank.example/",
        "https://hooks.bank.example\\.evil.example/",
        "https://hooks.bank.example@evil.example/",
        "https://user:word@hooks.bank.example/",
        "https://hooks.bank.example:22/",
        "https://hooks.bank.example:99999/",
        "https://hooks.bank.example./",
        "https://hooks.bank.example%2eevil.example/",
        "https://hooks.bank.example\t.evil.example/",
        "https://hooks.bank.example /",
        "https://hooks.bank.example/\r\nHost: evil.example",
        "https://höoks.bank.example/",
        "https://[::1]/",
        "https://[hooks.bank.example]/",
        "https://127.1/",
        "https://2130706433/",
        "//hooks.bank.example/",
        "https:hooks.bank.example",
        "https:/hooks.bank.example/",
        "https:///hooks.bank.example/",
        "ftp://hooks.bank.example/",
        "file:///etc/passwd",
        "gopher://localhost:9000/",
        "javascript:alert(1)",
        "https://hooks.bank.example/" + "x" * 500,
        "",
        "x",
    ],
)
def test_addresses_that_may_not(url):
    """Whatever reads an address otherwise than we do is refused with it."""
    with pytest.raises(Refused):
        checked_url(url, HOSTS)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_short", "whsec_" + "é" * 40])
def test_secrets_that_are_none(secret):
    """A short secret could be guessed."""
    with pytest.raises(InputError):
        key_of(secret)

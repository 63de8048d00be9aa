"""Tokens and sessions: who calls, who does not, and what nobody is told."""

from __future__ import annotations

import datetime as dt
import logging
from contextlib import closing

import pytest
from examples_run import command
from serving import body_of, running

from stresskit.web import callers
from stresskit.web.access import hash_of


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A service without tokens, of this machine's user."""
    with running(tmp_path_factory.mktemp("alone"), workers=1) as found:
        yield found


BEARERS = [
    "Bearer",
    "Bearer sk_guess",
    "bearer  sk_guess",
    "Basic c2s6c2s=",
    "sk_guess",
    "Bearer \u00e4".encode("latin-1"),
    "Bearer " + "x" * 10_000,
]


@pytest.mark.parametrize("given", BEARERS)
def test_no_token_no_answer(rest, given):
    """401 says how to ask, and repeats nothing."""
    with rest.client() as client:
        answer = client.get("/v1/runs", headers={"Authorization": given})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "guess" not in answer.text


def test_the_hash_of_a_token_is_none(rest):
    """What lies in the ledger opens nothing."""
    token = rest.token("hash")
    with rest.client(hash_of(token)) as client:
        answer = client.get("/v1/runs")

    assert answer.status_code == 401


def test_tokens_that_have_ended(rest):
    """Expired and revoked ones are refused from the next request on."""
    past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    expired = rest.token("ended", expires=past)
    revoked = rest.token("ended")
    with rest.client(revoked) as client:
        before = client.get("/v1/runs").status_code
        found = rest.service.ledger.find_token(hash_of(revoked))
        rest.service.ledger.revoke(found.id)
        after = client.get("/v1/runs")
    with rest.client(expired) as client:
        answer = client.get("/v1/runs")

    assert (before, after.status_code, answer.status_code) == (200, 401, 401)
    assert after.json()["code"] == answer.json()["code"] == "token"


def test_what_is_logged_holds_no_token_and_no_name(rest, anna, caplog):
    """Neither a token nor a word of a holding reaches the log, nor an error a token."""
    token = rest.token("logged")
    with caplog.at_level(logging.DEBUG), rest.client(token) as client:
        said = [
            client.post("/v1/runs", json=body_of(name="MEIER FAMILY")).text,
            client.post("/v1/runs", content=b"{MEIER").text,
            client.get("/v1/runs/MEIER").text,
            anna.get("/v1/runs", headers={"Authorization": f"Bearer {token}x"}).text,
        ]

    # The command turns the log of addresses off.
    others = ("http", "uvicorn.access")
    lines = [r for r in caplog.records if not r.name.startswith(others)]
    logged = " ".join(r.getMessage() for r in lines)
    assert token not in logged + " ".join(said)
    assert "MEIER" not in logged


def test_no_tokens_and_a_public_address(tmp_path):
    """The command does not start, and says what to do."""
    ledger = f"sqlite:///{tmp_path / 'ledger.db'}"
    done = command("serve", "--host", "0.0.0.0", "--port", "0", "--ledger", ledger)  # noqa: S104 - refused

    assert done.returncode != 0
    assert "stresskit token create" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_an_open_service_until_its_first_token(alone):
    """The user of the machine is trusted, what others tell their browser is not.

    From the first token on everyone carries one.
    """
    foreign = [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ]
    with alone.client() as client:
        refused = [client.get("/v1/runs", headers=h).status_code for h in foreign]
        ours = client.get("/v1/runs", headers={"Sec-Fetch-Site": "same-origin"})

        with alone.client(alone.token("first")) as first:
            closed = client.get("/v1/runs").status_code
            mine = first.get("/v1/runs").status_code

    assert refused == [403] * len(foreign)
    assert (ours.status_code, closed, mine) == (200, 401, 200)


def signed_in(service, token):
    """Return a browser that has signed in with a token."""
    client = service.client(accept="text/html")
    page = client.get("/sign-in").text
    form = {"token": token, "csrf": page.split('name="csrf" value="')[1].split('"')[0]}
    answer = client.post("/sign-in", data=form)
    return client, answer


def test_sessions_open_the_page_and_not_the_interface(rest):
    """The cookie is for the page, cannot be made up, and ends with its token."""
    token = rest.token("browser")
    client, answer = signed_in(rest, token)
    cookie = client.cookies[callers.SESSION]
    with closing(client):
        home = client.get("/").status_code
        programs = client.get("/v1/runs").status_code
        client.cookies.set(callers.SESSION, cookie[:-2] + "xx", domain="127.0.0.1")
        changed = client.get("/").status_code
        client.cookies.clear()
        client.cookies.set(callers.SESSION, cookie, domain="127.0.0.1")
        again = client.get("/").status_code
        found = rest.service.ledger.find_token(hash_of(token))
        rest.service.ledger.revoke(found.id)
        ended = client.get("/").status_code

    set_cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in set_cookie
    assert "samesite=strict" in set_cookie
    assert token not in set_cookie
    assert (home, programs, changed, again, ended) == (200, 401, 303, 200, 303)


def test_forms_belong_to_their_session(rest):
    """A pair of cookie and key that another visitor was given opens no form."""
    hers, _ = signed_in(rest, rest.token("hers"))
    his, _ = signed_in(rest, rest.token("his"))
    with closing(hers), closing(his):
        key = his.get("/").text.split('name="csrf" value="')[1].split('"')[0]
        form = his.cookies[callers.FORM]
        hers.cookies.delete(callers.FORM)
        hers.cookies.set(callers.FORM, form, domain="127.0.0.1")
        answer = hers.post("/runs", data={"csrf": key})

    assert answer.status_code == 403


def test_guessing_is_slow(rest):
    """After ten tries a minute nobody signs in from there."""
    found = []
    for n in range(12):
        client, answer = signed_in(rest, f"sk_{n}")
        client.close()
        found.append(answer.status_code)

    assert found[-1] == 429

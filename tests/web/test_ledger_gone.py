"""A ledger that fails while the service runs: every request has its answer."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import pytest
from serving import body_of, ended, form_of, kill_processes, running
from sqlalchemy import event

from stresskit.web import service as place

WAIT = {"Prefer": "wait=30"}


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """A service of one process that looks after its ledger often."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(place, "BEAT", 0.2)
        with running(tmp_path_factory.mktemp("gone"), workers=1) as found:
            yield found


@contextlib.contextmanager
def on_every_connection(service, statement):
    """Let SQLite refuse what the statement makes it refuse."""
    engine = service.service.ledger._engine  # noqa: SLF001 - a disk cannot be filled here

    def connected(connection, _):
        connection.execute(statement)

    event.listen(engine, "connect", connected)
    engine.dispose()
    try:
        yield
    finally:
        event.remove(engine, "connect", connected)
        engine.dispose()


def told(answer):
    """Return what a problem says, which is not where the ledger is."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert "ledger.db" not in answer.text
    assert "/tmp" not in answer.text  # noqa: S108 - what must not be said
    problem = answer.json()
    return answer.status_code, problem["code"], problem["detail"]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "PRAGMA max_page_count = 1",
            "The ledger cannot be written: the disk is full.",
        ),
        (
            "PRAGMA query_only = ON",
            "The ledger cannot be written: it is read-only for this user.",
        ),
    ],
)
def test_a_disk_that_is_full_or_read_only(service, statement, said):
    """What would write is refused with the reason, what reads goes on."""
    with service.client() as client:
        before = client.post("/v1/runs", json=body_of(), headers=WAIT)
        place = before.headers["location"]
        with on_every_connection(service, statement):
            begun = time.monotonic()
            # Larger than what earlier runs have left free, and so is what it gives.
            lines = [f"{os.urandom(60).hex()},{n + 1}" for n in range(2_500)]
            file = {"file": ("a.csv", "\n".join(["Name,Market Value (USD)", *lines]))}
            options = form_of({"no_hedge": True})
            sent = [
                client.post("/v1/runs", files=file, headers=h, **options)
                for h in ({}, WAIT)
            ]
            took = time.monotonic() - begun
            read = client.get(f"{place}/result")
            alive = client.get("/livez").status_code
        after = client.post("/v1/runs", json=body_of(), headers=WAIT)

    assert [told(a) for a in sent] == [(503, "ledger", said)] * 2
    assert took < 3
    assert (read.status_code, read.content) == (200, before.content)
    assert (alive, after.status_code) == (200, 200)


def test_an_end_that_cannot_be_written_down(service):
    """A run whose result found no room is interrupted, and can be run again."""
    with service.client() as client:
        sent = client.post("/v1/runs", json=body_of(options={"draws": True}))
        location = sent.headers["location"]
        while client.get(location).json()["status"] != "running":
            time.sleep(0.01)
        with on_every_connection(service, "PRAGMA query_only = ON"):
            kill_processes(service)
            time.sleep(1)
            during = client.get(location).json()["status"]
        run = ended(client, location)

    assert (during, run["status"], run["problem"]["code"]) == (
        "running",
        "interrupted",
        "ledger",
    )


def test_a_file_that_is_gone(service):
    """Reading and writing say so; the process lives and is not ready."""
    file = Path(service.service.settings.ledger.removeprefix("sqlite:///"))
    with service.client() as client:
        client.post("/v1/runs", json=body_of(), headers=WAIT)
        moved = file.rename(file.with_suffix(".away"))
        begun = time.monotonic()
        answers = [client.post("/v1/runs", json=body_of()), client.get("/readyz")]
        took = time.monotonic() - begun
        alive = client.get("/livez").status_code
        moved.rename(file)
        ready = client.get("/readyz").status_code

    assert [told(a)[:2] for a in answers] == [(503, "ledger")] * 2
    assert took < 3
    assert (alive, ready) == (200, 200)

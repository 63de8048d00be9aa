"""What becomes of runs when something ends over them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from serving import body_of, ended, kill_processes, running

WAIT = {"Prefer": "wait=60"}
LONG = {"draws": True}


@pytest.fixture(scope="module")
def narrow(tmp_path_factory):
    """A service with one process, where runs may take a second."""
    with running(tmp_path_factory.mktemp("narrow"), workers=1, seconds=1.0) as found:
        yield found


def test_a_run_that_takes_too_long(narrow):
    """It fails with words, and the next one is computed by a new process."""
    with narrow.client() as client:
        sent = client.post("/v1/runs", json=body_of(options=LONG))
        run = ended(client, sent.headers["location"])
        after = client.post("/v1/runs", json=body_of(), headers=WAIT)

    assert run["status"] == "failed"
    assert run["problem"]["code"] == "took-too-long"
    assert (run["problem"]["status"], after.status_code) == (504, 200)


def test_a_process_that_is_killed_over_a_run(tmp_path):
    """The run is interrupted, the service stays, and the run can be run again."""
    with running(tmp_path, workers=1) as service, service.client() as client:
        sent = client.post("/v1/runs", json=body_of(options=LONG))
        location = sent.headers["location"]
        while client.get(location).json()["status"] != "running":
            time.sleep(0.02)
        time.sleep(0.3)
        kill_processes(service)
        run = ended(client, location)
        next_one = client.post("/v1/runs", json=body_of(), headers=WAIT)
        again = client.post(f"{location}/again")
        client.delete(location)

    assert (run["status"], run["problem"]["code"]) == ("interrupted", "killed")
    assert next_one.status_code == 200
    assert again.status_code == 202
    assert again.json()["status"] in {"queued", "running"}


def test_a_wait_that_ends_early(narrow):
    """The run goes on, and who asks again with its key waits without a process."""
    with narrow.client() as client:
        headers = {"Idempotency-Key": "early"}
        queued = client.post("/v1/runs", json=body_of(), headers=headers)
        waited = client.post("/v1/runs", json=body_of(), headers={**headers, **WAIT})

    assert queued.status_code == 202
    assert waited.status_code == 200
    assert waited.headers["location"] == queued.headers["location"]


def test_nothing_is_left_on_the_disk(narrow):
    """Notes about steps go with their runs."""
    notes = Path(narrow.service._notes)  # noqa: SLF001 - nobody else knows the place

    assert list(notes.iterdir()) == []

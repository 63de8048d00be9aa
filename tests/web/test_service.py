"""What becomes of runs when something ends over them."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from serving import body_of, ended, kill_processes, running

from stresskit.web import service as place
from stresskit.web.ledger import LedgerError

WAIT = {"Prefer": "wait=60"}
LONG = {"draws": True}
# As many as take some moments.
MANY = [
    {"name": f"Line {n}", "asset_class": "equity", "market_value": n + 1.0}
    for n in range(2_000)
]


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


@pytest.fixture
def counted(narrow, monkeypatch):
    """Return what is done to the ledger of the service with one process."""
    ledger, done = narrow.service.ledger, []
    for name in ("add", "record", "record_failure", "finish", "interrupt"):
        plain = getattr(ledger, name)

        def counting(*given, plain=plain, name=name, **named):
            done.append(name)
            return plain(*given, **named)

        monkeypatch.setattr(ledger, name, counting)
    return done


def test_a_run_that_is_waited_for_is_written_once(narrow, counted):
    """Its line says when it began and ended; its input never was in the ledger."""
    with narrow.client() as client:
        answer = client.post("/v1/runs", json=body_of(), headers=WAIT)
        run = client.get(answer.headers["location"]).json()
        result = client.get(run["result"])

    assert counted == ["record"]
    assert (run["status"], run["attempts"]) == ("done", 1)
    assert run["created"] == run["started"] < run["finished"]
    assert result.content == answer.content


def test_a_failure_that_is_waited_for_is_written_once(narrow, counted):
    """The problem is answered, and stays at the run's address."""
    body = body_of({"name": "A", "asset_class": "equity", "market_value": "x"})
    with narrow.client() as client:
        answer = client.post("/v1/runs", json=body, headers=WAIT)
        run = client.get(answer.headers["location"]).json()

    assert counted == ["record_failure"]
    assert (answer.status_code, run["status"]) == (422, "failed")
    assert run["problem"]["code"] == answer.json()["code"]


def test_a_run_that_takes_long_is_written_before(narrow, counted, monkeypatch):
    """It can be seen and stopped like any other that is under way."""
    monkeypatch.setattr(place, "SOON", 0.0)
    body = body_of(options={"no_hedge": True})
    with narrow.client() as client:
        answer = client.post("/v1/runs", json=body, headers=WAIT)
        run = client.get(answer.headers["location"]).json()

    assert counted == ["add", "finish"]
    assert (answer.status_code, run["status"], run["attempts"]) == (200, "done", 1)


def test_no_answer_names_a_run_that_is_nowhere(narrow, monkeypatch):
    """Where the wait ends before the run is written down, it goes on until then."""
    monkeypatch.setattr(place, "SOON", 0.0)
    monkeypatch.setattr("stresskit.web.api.runs.wait_of", lambda _: 0.001)
    plain = narrow.service.ledger.add

    def slow(new):
        time.sleep(0.2)
        return plain(new)

    monkeypatch.setattr(narrow.service.ledger, "add", slow)
    with narrow.client() as client:
        answer = client.post("/v1/runs", json=body_of(options={"no_hedge": True}))
        run = ended(client, answer.headers["location"])

    assert answer.status_code in {200, 202}
    assert run["status"] == "done"


def kill_what_computes(service):
    """Kill the processes once one has begun with a run."""
    tasks = service.service.crew._pool._pool_manager.task_manager.tasks  # noqa: SLF001
    while not any(task.worker_id for task in list(tasks.values())):
        time.sleep(0.005)
    kill_processes(service)


def test_a_process_that_is_killed_over_a_run_that_is_waited_for(tmp_path):
    """The client is told, and the run can be run again."""
    with running(tmp_path, workers=1) as service, service.client() as client:
        body = body_of(options={"no_hedge": True, "draws": True})
        threading.Thread(target=kill_what_computes, args=[service]).start()
        answer = client.post("/v1/runs", json={**body, "positions": MANY}, headers=WAIT)
        run = client.get(answer.headers["location"]).json()
        again = client.post(f"{answer.headers['location']}/again")

    assert (answer.status_code, answer.json()["code"]) == (500, "killed")
    assert (run["status"], again.status_code) == ("interrupted", 202)


@pytest.mark.parametrize(("name", "soon"), [("record", 60.0), ("add", 0.0)])
def test_a_ledger_that_cannot_be_written_leaves_no_run(narrow, monkeypatch, name, soon):
    """Who waited is told why, also where the wait is over, and asks again."""

    def full(*_, **__):
        time.sleep(0.1)
        raise LedgerError("The disk is full.", reason="full")

    monkeypatch.setattr(place, "SOON", soon)
    monkeypatch.setattr("stresskit.web.api.runs.wait_of", lambda _: 0.001)
    monkeypatch.setattr(narrow.service.ledger, name, full)
    with narrow.client() as client:
        before = client.get("/v1/runs").json()["items"]
        answer = client.post("/v1/runs", json=body_of(), headers=WAIT)
        after = client.get("/v1/runs").json()["items"]

    assert (answer.status_code, answer.json()["code"]) == (503, "ledger")
    assert after == before

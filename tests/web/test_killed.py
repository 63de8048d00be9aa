"""A service that is killed in the middle of fifty runs loses and doubles nothing."""

from __future__ import annotations

import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
from served import Served, served
from serving import QUICK, body_of, ended

COUNT, CLIENTS = 50, 4
CSV = b"Ticker,Name,Market Value (USD)\nNVDA,NVIDIA CORP,%d\nVST,VISTRA CORP,300000\n"


def request_of(number):
    """Return the request of a run: positions or a file, each of another value."""
    value = 100_000 + number
    if number % 2:
        body = body_of({**body_of()["positions"][0], "market_value": value})
        return {"json": body}
    return {
        "files": {"file": (f"{number}.csv", CSV % value)},
        "data": {"options": json.dumps(QUICK)},
    }


def value_of(number):
    """Return what the portfolio of a run is worth."""
    return 100_000 + number + (0 if number % 2 else 300_000)


class Nightly(threading.Thread):
    """A client that sends fifty runs and sends again what was not answered."""

    def __init__(self, number_of_tries=600):
        super().__init__()
        self.address = ""
        self.taken: dict[int, str] = {}
        self.said: dict[int, set[str]] = {n: set() for n in range(COUNT)}
        self._tries = number_of_tries

    def run(self):
        """Send until each was taken."""
        with httpx.Client(timeout=20) as client:
            for _ in range(self._tries):
                for number in sorted(set(range(COUNT)) - self.taken.keys()):
                    self._send(client, number)
                if len(self.taken) == COUNT:
                    return
                time.sleep(0.05)

    def _send(self, client, number):
        try:
            answer = client.post(
                f"{self.address}/v1/runs",
                headers={"Idempotency-Key": f"night-{number}"},
                **request_of(number),
            )
        except httpx.HTTPError:
            return
        if answer.status_code == 202:
            self.said[number].add(answer.headers["location"])
            self.taken[number] = answer.headers["location"]


def killed(folder, moment):
    """Send fifty runs, kill the service at a moment, start it again; return all."""
    nightly = Nightly()
    first = Served(folder, "--rate", "10000")
    nightly.address = first.address
    nightly.start()
    time.sleep(moment)
    first.kill()
    with served(folder, "--rate", "10000") as again:
        nightly.address = again.address
        nightly.join(120)
        with httpx.Client(base_url=again.address, timeout=30) as client:
            interrupted, runs = [], {}
            for number, place in nightly.taken.items():
                run = ended(client, place)
                if run["status"] == "interrupted":
                    interrupted.append(number)
                    assert client.post(f"{place}/again").status_code == 202
                    run = ended(client, place)
                runs[number] = run
            listed = client.get("/v1/runs?limit=500").json()["items"]
            values = {
                n: client.get(run["result"]).json()["summary"]["base_value"]
                for n, run in runs.items()
            }
    return nightly, interrupted, runs, listed, values


def test_killed_in_the_middle_of_fifty_runs(tmp_path):
    """All fifty are there once; what was under way is marked and runs again."""
    moment = random.Random(4).uniform(0.5, 1.5)  # noqa: S311 - a moment, no secret

    nightly, interrupted, runs, listed, values = killed(tmp_path, moment)

    assert {len(places) for places in nightly.said.values()} == {1}
    assert sorted(r["id"] for r in listed) == sorted(r["id"] for r in runs.values())
    assert len(listed) == COUNT
    assert {r["status"] for r in runs.values()} == {"done"}
    assert values == {n: value_of(n) for n in range(COUNT)}
    attempts = {n: r["attempts"] for n, r in runs.items()}
    assert {n for n, tries in attempts.items() if tries > 1} == set(interrupted)
    assert max(attempts.values()) <= 2


def waited(address, number, answers):
    """Send a run without a key and wait for it, until it is answered."""
    while number not in answers:
        try:
            answer = httpx.post(
                f"{address[0]}/v1/runs",
                json=request_of(2 * number + 1)["json"],
                headers={"Prefer": "wait=30"},
                timeout=30,
            )
        except httpx.HTTPError:
            time.sleep(0.05)
            continue
        if answer.status_code == 200:
            answers[number] = answer


def test_killed_while_clients_wait(tmp_path):
    """What was answered is there once; what was not is nowhere, or is over."""
    answers: dict[int, httpx.Response] = {}
    first = Served(tmp_path, "--rate", "10000")
    address = [first.address]
    with ThreadPoolExecutor(CLIENTS) as pool:
        for number in range(COUNT):
            pool.submit(waited, address, number, answers)
        while len(answers) < 10:
            time.sleep(0.01)
        first.kill()
        with served(tmp_path, "--rate", "10000") as again:
            address[0] = again.address
            pool.shutdown()
            with httpx.Client(base_url=again.address, timeout=30) as client:
                listed = client.get("/v1/runs?limit=500").json()["items"]

    places = {a.headers["location"] for a in answers.values()}
    done = {f"/v1/runs/{r['id']}" for r in listed if r["status"] == "done"}
    values = {n: a.json()["summary"]["base_value"] for n, a in answers.items()}
    assert values == {n: value_of(2 * n + 1) for n in range(COUNT)}
    assert len(places) == COUNT
    assert places <= done
    # Those whose answers were under way when the service was killed.
    assert len(listed) - COUNT <= CLIENTS
    assert {r["status"] for r in listed} <= {"done", "interrupted"}

"""Runs over REST: asked, looked at, fetched, stopped, taken back."""

from __future__ import annotations

import csv
import io
import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import openpyxl
import pyarrow.parquet as pq
import pytest
from serving import QUICK, body_of, ended, form_of

WAIT = {"Prefer": "wait=60"}
MEDIA = {
    "json": "application/json",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@pytest.fixture(scope="module")
def done(anna):
    """A run that is done, of a name that a spreadsheet would calculate."""
    name = '=HYPERLINK("http://evil","x")'
    positions = [
        {"name": name, "asset_class": "equity", "market_value": 100000},
        {**body_of()["positions"][0]},
    ]
    answer = anna.post("/v1/runs", json=body_of(*positions), headers=WAIT)
    assert answer.status_code == 200, answer.text
    return answer


def test_who_waits_gets_the_result_and_its_address(anna, done):
    """`Prefer: wait` answers with the result, and says where it stays."""
    location = done.headers["location"]

    assert done.headers["preference-applied"] == "wait"
    assert done.headers["content-location"] == f"{location}/result"
    assert anna.get(f"{location}/result").content == done.content


def test_who_does_not_wait_polls(anna):
    """202 names the run, which is done some time later."""
    answer = anna.post("/v1/runs", json=body_of())
    early = anna.get(f"{answer.headers['location']}/result")
    run = ended(anna, answer.headers["location"])
    late = anna.get(run["result"])

    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    assert early.status_code in {200, 409}
    assert (run["status"], run["attempts"], late.status_code) == ("done", 1, 200)
    assert run["summary"]["pnl"] == late.json()["summary"]["pnl"]


@pytest.mark.parametrize("form", MEDIA)
def test_forms_by_suffix_and_by_accept(anna, done, form):
    """The suffix and `Accept` lead to the same bytes."""
    location = done.headers["location"]
    named = anna.get(f"{location}/result.{form}")
    asked = anna.get(f"{location}/result", headers={"Accept": MEDIA[form]})

    assert (named.status_code, asked.status_code) == (200, 200)
    assert asked.headers["content-type"].startswith(MEDIA[form])
    assert asked.headers["vary"] == "Accept"
    if form != "xlsx":
        # A workbook's file says when it was made.
        assert named.content == asked.content


def test_csv_and_parquet_hold_the_figures_of_the_json(anna, done):
    """Every figure of a position is the same in all three forms."""
    location = done.headers["location"]
    text = anna.get(f"{location}/result.csv").content.decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text)))
    data = anna.get(f"{location}/result.parquet").content
    rows = pq.read_table(io.BytesIO(data)).to_pylist()
    positions = done.json()["by_position"]

    for name in ("pnl", "base_value", "beta", "confidence"):
        figures = [p[name] for p in positions]
        assert [r[name] for r in rows] == figures
        assert [float(x[name]) if x[name] else None for x in lines] == figures
    assert [r["run_id"] for r in rows] == [done.json()["run"]["id"]] * len(rows)


def test_texts_that_a_spreadsheet_would_calculate(anna, done):
    """In CSV and workbook they are texts; JSON and Parquet keep them as they are."""
    location = done.headers["location"]
    text = anna.get(f"{location}/result.csv").content.decode("utf-8-sig")
    names = [row["name"] for row in csv.DictReader(io.StringIO(text))]
    data = anna.get(f"{location}/result.xlsx").content
    book = openpyxl.load_workbook(io.BytesIO(data))
    cells = [c for s in book for r in s.iter_rows() for c in r]
    kinds = {c.data_type for c in cells if "HYPERLINK(" in str(c.value)}

    assert names[0].startswith("'=HYPERLINK")
    assert done.json()["by_position"][0]["name"].startswith("=HYPERLINK")
    assert kinds == {"s"}


def test_a_form_there_is_not(anna, done):
    """406 names the forms there are."""
    answer = anna.get(
        f"{done.headers['location']}/result", headers={"Accept": "image/png"}
    )

    assert (answer.status_code, answer.json()["code"]) == (406, "form")
    assert "text/csv" in answer.json()["fix"]


def test_the_same_key_is_the_same_run(anna):
    """Repeated, also with another `Prefer`, it gives the first answer."""
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = anna.post("/v1/runs", json=body_of(), headers={**key, **WAIT})
    again = anna.post("/v1/runs", json=body_of(), headers=key)
    waited = anna.post("/v1/runs", json=body_of(), headers={**key, **WAIT})

    assert again.headers["location"] == first.headers["location"]
    assert (waited.status_code, waited.content) == (200, first.content)


def test_a_key_stands_for_one_request(anna, bela):
    """Another request with it is refused; another caller may use it too."""
    key = {"Idempotency-Key": "nightly-2025-01-24"}
    first = anna.post("/v1/runs", json=body_of(), headers={**key, **WAIT})
    other = anna.post("/v1/runs", json=body_of(name="other"), headers=key)
    hers = bela.post("/v1/runs", json=body_of(), headers=key)

    assert (other.status_code, other.json()["code"]) == (422, "idempotency")
    assert hers.status_code == 202
    assert hers.headers["location"] != first.headers["location"]


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "ä"])
def test_keys_that_are_none(anna, key):
    """Only visible ASCII is a key."""
    answer = anna.post(
        "/v1/runs", json=body_of(), headers={"Idempotency-Key": key.encode("latin-1")}
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key")


@pytest.mark.parametrize("prefer", [{}, WAIT])
def test_twenty_at_once_with_one_key(anna, prefer):
    """Twenty threads that ask the same get one run."""
    headers = {**prefer, "Idempotency-Key": str(uuid.uuid4())}

    def ask(_):
        return anna.post("/v1/runs", json=body_of(), headers=headers)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(ask, range(20)))

    assert {a.status_code for a in answers} <= {200, 202}
    assert len({a.headers["location"] for a in answers}) == 1
    run = ended(anna, answers[0].headers["location"])
    assert (run["status"], run["attempts"]) == ("done", 1)


def test_taking_back_what_is_done(anna):
    """Result and input go; the line stays, and says when."""
    answer = anna.post("/v1/runs", json=body_of(), headers=WAIT)
    location = answer.headers["location"]
    deleted = [anna.delete(location).status_code for _ in range(2)]
    run = anna.get(location).json()

    assert deleted == [204, 204]
    assert (run["status"], run["result"]) == ("done", None)
    assert run["deleted"] is not None
    assert anna.get(f"{location}/result").status_code == 404


def test_stopping_what_waits_or_is_under_way(anna):
    """Long runs end at once, and the next one is taken."""
    long = {"draws": True}
    asked = [anna.post("/v1/runs", json=body_of(options=long)) for _ in range(3)]
    places = [a.headers["location"] for a in asked]
    deleted = [anna.delete(p).status_code for p in places]
    states = [anna.get(p).json()["status"] for p in places]
    next_one = anna.post("/v1/runs", json=body_of(), headers=WAIT)

    assert deleted == [204, 204, 204]
    assert states == ["cancelled"] * 3
    assert next_one.status_code == 200


def test_only_what_was_interrupted_runs_again(anna, done):
    """409 says what the run is."""
    answer = anna.post(f"{done.headers['location']}/again")

    assert (answer.status_code, answer.json()["code"]) == (409, "not-interrupted")


def test_pages_stay_in_order_while_runs_are_added(rest):
    """Each run is listed once, the newest first, whatever comes meanwhile."""
    with rest.client(rest.token("pages")) as client:
        made = [
            client.post("/v1/runs", json=body_of(), headers=WAIT).headers["location"]
            for _ in range(5)
        ]
        found, address = [], "/v1/runs?limit=2"
        while address:
            answer = client.get(address)
            found += [f"/v1/runs/{r['id']}" for r in answer.json()["items"]]
            client.post("/v1/runs", json=body_of(), headers=WAIT)
            address = answer.links.get("next", {}).get("url")

        assert found == made[::-1]
        assert client.get("/v1/runs?after=nonsense").status_code == 422


def test_owners_see_their_own(bela, reader, done):
    """Another's run is none; a token to read may look and not touch."""
    location = done.headers["location"]
    others = [
        bela.get(location),
        bela.get(f"{location}/result.csv"),
        bela.delete(location),
        bela.post(f"{location}/again"),
    ]
    touched = [reader.delete(location), reader.post("/v1/runs", json=body_of())]

    assert [a.status_code for a in others] == [404] * 4
    assert reader.get(f"{location}/result").content == done.content
    assert [a.status_code for a in touched] == [403, 403]
    assert location not in json.dumps(bela.get("/v1/runs?limit=500").json())


def test_a_form_and_positions_share_the_question(anna):
    """The same options work in a form."""
    body = body_of()
    options = body.pop("options")
    answer = anna.post(
        "/v1/runs",
        files={"file": ("positions.json", json.dumps(body))},
        headers=WAIT,
        **form_of(options),
    )
    direct = anna.post("/v1/runs", json=body_of(), headers=WAIT)

    assert answer.status_code == 200, answer.text
    assert answer.json()["summary"] == direct.json()["summary"]
    assert options == QUICK


def test_a_run_that_fails_says_where(anna):
    """What waits gets the problem, what polls finds it in the run."""
    wrong = body_of({"name": "X", "asset_class": "equity", "market_value": "much"})
    waited = anna.post("/v1/runs", json=wrong, headers=WAIT)
    run = ended(anna, anna.post("/v1/runs", json=wrong).headers["location"])

    assert waited.status_code == 422
    assert waited.headers["content-type"] == "application/problem+json"
    assert waited.json()["errors"][0]["row"] == 1
    assert run["status"] == "failed"
    assert run["problem"]["errors"] == waited.json()["errors"]

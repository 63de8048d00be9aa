"""Factors over REST: those that ship, and one's own from a zip."""

from __future__ import annotations

import pytest
from factor_zips import own_folder, zipped
from serving import body_of

WAIT = {"Prefer": "wait=60"}
ZIP = {"Content-Type": "application/zip"}


def ids(client):
    """Return the ids of the factors a client sees, over all pages."""
    found, after = [], None
    while True:
        params = {"limit": 5, **({"after": after} if after else {})}
        page = client.get("/v1/factors", params=params).json()
        found += [f["id"] for f in page["items"]]
        after = page["next"]
        if after is None:
            return found


@pytest.fixture(scope="module")
def own(anna, tmp_path_factory):
    """A factor of Anna's own."""
    data = zipped(own_folder(tmp_path_factory.mktemp("own")))
    answer = anna.post("/v1/factors", content=data, headers=ZIP)
    assert answer.status_code == 201, answer.text
    return data, answer


def test_ones_own_factor_is_used_by_ones_own_runs(anna, own):
    """What was taken can be listed, shown and asked, with its hash in the result."""
    _, taken = own
    shown = anna.get(taken.headers["location"]).json()
    asked = {**body_of()["options"], "factor": "my-event"}
    answer = anna.post("/v1/runs", json=body_of(options=asked), headers=WAIT)

    assert answer.status_code == 200, answer.text
    assert "my-event" in ids(anna)
    assert shown["sha256"] == taken.json()["sha256"]
    assert answer.json()["run"]["factor"]["sha256"] == taken.json()["sha256"]
    location = answer.headers["location"]
    assert anna.get(f"{location}/result.xlsx").status_code == 200


def test_nobody_else_sees_it(bela, own):
    """For others there is no such factor, and the id is free."""
    data, _ = own
    asked = {**body_of()["options"], "factor": "my-event"}
    answer = bela.post("/v1/runs", json=body_of(options=asked), headers=WAIT)

    assert "my-event" not in ids(bela)
    assert bela.get("/v1/factors/my-event").status_code == 404
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-factor")
    assert bela.post("/v1/factors", content=data, headers=ZIP).status_code == 201


def test_nothing_is_replaced(anna, own):
    """The same id again is refused, also one that ships."""
    data, _ = own
    again = anna.post("/v1/factors", content=data, headers=ZIP)

    assert (again.status_code, again.json()["code"]) == (409, "factor-there")


def test_reading_is_not_uploading(reader, own):
    """A token to read may look at factors and add none."""
    data, _ = own

    assert reader.get("/v1/factors/my-event").status_code == 200
    assert reader.post("/v1/factors", content=data, headers=ZIP).status_code == 403


def test_what_is_no_zip(anna):
    """The body's kind and its bytes are checked; no path comes back."""
    json = anna.post("/v1/factors", json={})
    torn = anna.post("/v1/factors", content=b"PK\x03\x04 torn", headers=ZIP)

    assert json.status_code == 415
    assert torn.status_code == 422
    assert "/tmp" not in torn.text  # noqa: S108 - what must not be said


@pytest.mark.parametrize(
    "id_", ["..%2F..%2Fetc", "Deep", "a" * 80, "no-such-event", "deepseek-2025-01-27@9"]
)
def test_ids_that_are_none(anna, id_):
    """No id leads out of the folders of factors."""
    assert anna.get(f"/v1/factors/{id_}").status_code in {404, 422}

from __future__ import annotations

import datetime as dt
import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from ledgers import OUTCOME, SECRET

from stresskit.errors import InputError
from stresskit.web.ledger import IdempotencyConflict
from stresskit.web.ledger.words import new_id, pack, sha256_of

BEGAN = dt.datetime(2026, 3, 2, 8, 0, 0, 123456, dt.UTC)


def test_a_run_is_found_as_it_was_added(ledger, asked):
    """The line says who asked what when of which input, in UTC and by hash."""
    before = dt.datetime.now(dt.UTC)
    sides = {"fx": ("fx.csv", b"EUR,1.1"), "fund:XY": ("f.csv", b"")}

    run, created = ledger.add(asked(sides=sides, webhook="https://a.example/hook"))

    assert created
    assert ledger.get(run.id, "anna") == run
    assert run.status == "queued"
    assert run.input_sha256 == hashlib.sha256(SECRET).hexdigest()
    assert run.sides["fx"] == ("fx.csv", hashlib.sha256(b"EUR,1.1").hexdigest())
    assert before <= run.created <= dt.datetime.now(dt.UTC)
    assert run.created.tzinfo == dt.UTC
    assert (run.attempts, run.has_input, run.has_result) == (0, True, False)
    assert ledger.input_of(run.id) == (SECRET, sides)
    assert ledger.queue_length() == 1


def test_json_input_comes_back_byte_for_byte(ledger, asked):
    """JSON is kept compressed and comes back as it was."""
    run, _ = ledger.add(asked(kind="json", input=b'{"a": "\xc3\xbc"}'))

    assert ledger.input_of(run.id) == (b'{"a": "\xc3\xbc"}', {})


def test_owners_see_only_their_own(ledger, asked):
    """Nothing of Anna's is found, listed, read or removed by Ben."""
    run, _ = ledger.add(asked(status="running"))
    assert ledger.finish(run.id, **OUTCOME, kept=b"k", levels=b"[]")

    assert ledger.get(run.id, "ben") is None
    assert ledger.list("ben") == ([], None)
    assert ledger.result_of(run.id, "ben") is None
    assert ledger.kept_of(run.id, "ben") is None
    assert ledger.levels_of(run.id, "ben") is None
    assert not ledger.delete(run.id, "ben")
    assert ledger.result_of(run.id, "anna") == OUTCOME["result"]
    assert ledger.kept_of(run.id, "anna") == b"k"
    assert ledger.levels_of(run.id, "anna") == b"[]"


def test_a_key_stands_for_one_request(ledger, asked):
    """The same request again is the run that is there; another is a conflict."""
    first, created = ledger.add(asked(idempotency_key="k"))
    again = ledger.add(asked(idempotency_key="k", input_name="tmp2.xlsx"))
    bens, bens_created = ledger.add(asked(owner="ben", idempotency_key="k"))

    assert created
    assert again == (first, False)
    assert bens_created
    assert bens.id != first.id
    assert ledger.find(asked(idempotency_key="k")) == first
    assert ledger.find(asked(idempotency_key="other")) is None
    for changed in ({"input": b"x"}, {"options": {}}, {"sides": {"fx": ("f", b"")}}):
        with pytest.raises(IdempotencyConflict, match=first.id):
            ledger.add(asked(idempotency_key="k", **changed))
        with pytest.raises(IdempotencyConflict):
            ledger.find(asked(idempotency_key="k", **changed))
    assert len(ledger.list("anna")[0]) == 1


def test_two_threads_with_one_key_make_one_run(url, opened, asked):
    """Of many at once, on two servers where that can be, one adds the run."""
    ledgers = [opened(url), opened(url)]
    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(lambda n: ledgers[n % 2].add(asked(idempotency_key="k")), range(8))
        )

    assert sum(created for _, created in found) == 1
    assert len({run.id for run, _ in found}) == 1


def test_a_run_that_was_waited_for_is_recorded_at_once(ledger, asked):
    """One line, done, with its result and without its input; a key holds here, too."""
    new = asked(idempotency_key="k", webhook="https://a.example/hook")

    run, created = ledger.record(new, began=BEGAN, **OUTCOME)

    assert created
    assert ledger.get(run.id, "anna") == run
    assert (run.status, run.created, run.attempts) == ("done", BEGAN, 1)
    assert run.factor_revision == 3
    assert run.result_sha256 == hashlib.sha256(OUTCOME["result"]).hexdigest()
    assert ledger.result_of(run.id, "anna") == OUTCOME["result"]
    assert ledger.input_of(run.id) is None
    assert ledger.record(new, began=BEGAN, **OUTCOME) == (run, False)
    with pytest.raises(IdempotencyConflict):
        ledger.record(replace(new, input=b"x"), began=BEGAN, **OUTCOME)
    due = ledger.due_deliveries(dt.datetime.now(dt.UTC), 10)
    assert [d.event for d in due] == ["run.done"]


def test_a_run_may_bring_its_id_and_its_result_packed(ledger, asked):
    """The result is read as it was before it was packed."""
    new, told = asked(id=new_id("run")), OUTCOME["result"]
    packed = {"result": pack(told), "result_sha256": sha256_of(told)}

    run, _ = ledger.record(new, began=BEGAN, **{**OUTCOME, **packed})

    assert run.id == new.id
    assert run.result_sha256 == sha256_of(told)
    assert ledger.result_of(run.id, "anna") == told


def test_a_failure_that_was_waited_for_is_recorded(ledger, asked):
    """The line says why there is no result."""
    run, _ = ledger.record_failure(asked(), began=BEGAN, problem={"status": 422})

    assert (run.status, run.problem) == ("failed", {"status": 422})
    assert ledger.get(run.id, "anna") == run
    assert not run.has_input


def test_pages_stand_still_while_runs_are_added(ledger, asked):
    """Newest first, each run once, whatever is added meanwhile; no drafts."""
    ids = [ledger.add(asked())[0].id for _ in range(5)]
    draft, _ = ledger.add(asked(status="draft"))

    first, cursor = ledger.list("anna", limit=2)
    added, _ = ledger.add(asked())
    second, cursor_2 = ledger.list("anna", limit=2, after=cursor)
    third, end = ledger.list("anna", limit=2, after=cursor_2)

    assert [r.id for r in (*first, *second, *third)] == ids[::-1]
    assert end is None
    assert ledger.list("anna", limit=0)[0][0].id == added.id
    assert [r.id for r in ledger.list("anna", status="draft")[0]] == [draft.id]
    with pytest.raises(InputError, match="cursor"):
        ledger.list("anna", after="run_'; DROP TABLE runs")


@pytest.mark.parametrize("bad", ["", "run_1", "\x00", "\ud800", "run_" + "g" * 32])
def test_an_id_that_is_none_finds_nothing(ledger, bad):
    """What a client puts into an address is looked up or not found, no more."""
    assert ledger.get(bad, "anna") is None
    assert ledger.result_of(bad, "anna") is None
    assert ledger.input_of(bad) is None
    assert not ledger.delete(bad, "anna")
    assert not ledger.cancel(bad)
    assert not ledger.set_preview(bad, b"")


def test_any_text_of_a_client_can_be_kept(ledger, asked):
    """NUL and halves of pairs come back as the sign for what cannot be shown."""
    sides = {"fund:\ud800": ("\x00", b"c")}

    run, _ = ledger.add(
        asked(
            owner="an\x00na",
            input_name="a\x00\ud800'; --",
            options={"name": "a\x00\ud800"},
            sides=sides,
            idempotency_key="\ud800",
        )
    )

    assert run.input_name == "a\ufffd?'; --"
    assert ledger.get(run.id, "an\x00na") == run
    assert run.options == {"name": "a\x00\ud800"}
    assert ledger.input_of(run.id) == (SECRET, {"fund:?": ("\ufffd", b"c")})

from __future__ import annotations

import datetime as dt

from ledgers import OUTCOME

MINUTE = dt.timedelta(seconds=60)


def test_a_message_is_tried_until_it_arrives(url, opened, asked):
    """One server has it at a time, its id stays, and it ends when it arrived."""
    ledger, other = opened(url), opened(url)
    run, _ = ledger.record(
        asked(webhook="https://a.example/hook"),
        began=dt.datetime.now(dt.UTC),
        **OUTCOME,
    )
    now = dt.datetime.now(dt.UTC)

    (first,) = ledger.due_deliveries(now, 10)
    assert (first.run_id, first.owner, first.attempts) == (run.id, "anna", 1)
    assert first.url == "https://a.example/hook"
    assert other.due_deliveries(now, 10) == []
    ledger.not_delivered(first.id, now + 2 * MINUTE, "answered 503")
    assert other.due_deliveries(now + MINUTE, 10) == []

    (second,) = other.due_deliveries(now + 2 * MINUTE, 10)
    assert (second.id, second.attempts) == (first.id, 2)
    # The server died with it: a minute later it is anyone's again.
    (third,) = ledger.due_deliveries(now + 3 * MINUTE, 10)
    ledger.delivered(third.id)
    assert ledger.due_deliveries(now + 9 * MINUTE, 10) == []


def test_a_message_can_be_given_up(ledger, asked):
    """Without a next try it is due no more."""
    new = asked(status="running", webhook="https://a.example/hook")
    run, _ = ledger.add(new)
    ledger.finish(run.id, **OUTCOME)
    now = dt.datetime.now(dt.UTC)
    (message,) = ledger.due_deliveries(now, 10)

    ledger.not_delivered(message.id, None, "refused\x00")

    assert ledger.due_deliveries(now + 9 * MINUTE, 10) == []


def test_a_run_without_an_address_or_an_end_tells_nobody(ledger, asked):
    """Neither a cancelled run nor one without a webhook makes a message."""
    ledger.record(asked(), began=dt.datetime.now(dt.UTC), **OUTCOME)
    run, _ = ledger.add(asked(webhook="https://a.example/hook"))
    ledger.cancel(run.id)

    assert ledger.due_deliveries(dt.datetime.now(dt.UTC), 10) == []

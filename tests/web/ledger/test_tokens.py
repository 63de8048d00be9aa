from __future__ import annotations

import datetime as dt

import pytest

from stresskit.errors import InputError
from stresskit.web.access import hash_of, new_token

HASH = hash_of("sk_1")
HOUR = dt.timedelta(hours=1)


def test_a_token_is_found_by_its_hash_and_kept_as_nothing_else(file):
    """No byte of the file holds the secret."""
    ledger, path = file
    text, token_hash = new_token()
    assert not ledger.has_tokens()

    token = ledger.add_token("anna", "run", token_hash=token_hash, label="nightly")
    ledger.beat()

    assert ledger.find_token(hash_of(text)) == token
    assert ledger.find_token(hash_of(text + " ")) is None
    assert ledger.has_tokens()
    assert token_hash.encode() in path.read_bytes()
    assert text.encode() not in path.read_bytes()
    assert text.removeprefix("sk_").encode() not in path.read_bytes()


def test_a_revoked_token_opens_nothing(ledger):
    """It stays in the list, revoked, and cannot be revoked again."""
    token = ledger.add_token("anna", "read", token_hash=HASH)

    assert ledger.revoke(token.id)

    assert ledger.find_token(HASH) is None
    assert not ledger.has_tokens()
    assert not ledger.revoke(token.id)
    assert not ledger.revoke("tok_none")
    assert [t.revoked is not None for t in ledger.tokens()] == [True]


def test_a_token_opens_nothing_after_its_time(ledger):
    """One that ends in an hour opens, one that ended an hour ago does not."""
    now = dt.datetime.now(dt.UTC)
    ledger.add_token("anna", "run", token_hash=HASH[::-1], expires=now - HOUR)
    assert ledger.find_token(HASH[::-1]) is None
    assert not ledger.has_tokens()

    later = ledger.add_token("anna", "run", token_hash=HASH, expires=now + HOUR)

    assert ledger.find_token(HASH) == later
    assert ledger.has_tokens()
    assert not later.valid(now + HOUR)


@pytest.mark.parametrize("owner", ["", "  ", "a\nb", "x" * 201])
def test_an_owner_is_a_name(ledger, owner):
    """What cannot be told apart in a list or a log is none."""
    with pytest.raises(InputError, match="owner"):
        ledger.add_token(owner, "run", token_hash=HASH)

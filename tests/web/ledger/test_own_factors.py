from __future__ import annotations


def test_a_revision_is_kept_once_and_seen_by_its_owner(ledger):
    """The second with the same number changes nothing; another owner has their own."""
    mine = {"id": "my-event", "title": "Mine", "sha256": "a"}
    assert ledger.add_factor("anna", revision=1, content=b"one", **mine)
    assert ledger.add_factor("anna", revision=2, content=b"two", **mine)
    assert not ledger.add_factor("anna", revision=1, content=b"other", **mine)
    assert ledger.add_factor("ben", revision=1, content=b"bens", **mine)

    assert [(f.id, f.revision) for f in ledger.factors("anna")] == [
        ("my-event", 1),
        ("my-event", 2),
    ]
    assert ledger.factors("anna")[0].content == b""
    assert ledger.factor("anna", "my-event").content == b"two"
    assert ledger.factor("anna", "my-event", 1).content == b"one"
    assert ledger.factor("ben", "my-event").content == b"bens"
    assert ledger.factor("anna", "my-event", 3) is None
    assert ledger.factor("anna", "my-event", 10**30) is None
    assert ledger.factor("anna", "\x00") is None

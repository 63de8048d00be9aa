"""Texts as the ledger writes them."""

from __future__ import annotations

import zlib

from stresskit.web.ledger.words import pack, unpack


def test_packed_json_is_zlib_s_whatever_packed_it():
    """Any Python can unpack what a faster library packed, and the other way round."""
    content = b'{"pnl": -1.5, "name": "Meier"}' * 1_000

    packed = pack(content)

    assert zlib.decompress(packed) == content
    assert len(packed) < len(content) / 20
    assert unpack(zlib.compress(content), packed=True) == content

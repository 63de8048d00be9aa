"""Ids, hashes and texts as the ledger writes them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import secrets
import threading
import time
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from stresskit.web.ledger.records import NewRun

RUN_ID = re.compile(r"run_[0-9a-f]{32}")
_LAST = [0]
_ALONE = threading.Lock()


def new_id(kind: str) -> str:
    """Return a new id, later ones of this process sorting behind it.

    A UUID of version 7 (RFC 9562) whose 12 bits after the millisecond go on counting
    its fraction (method 3 there), under a lock; 62 bits are random.

    Examples
    --------
    >>> first, second = new_id("run"), new_id("run")
    >>> first < second, len(first)
    (True, 36)
    """
    with _ALONE:
        ticks = max(_LAST[0] + 1, time.time_ns() * 4096 // 1_000_000)
        _LAST[0] = ticks
    milliseconds, fraction = divmod(ticks, 4096)
    tail = 1 << 63 | secrets.randbits(62)
    return f"{kind}_{milliseconds:012x}7{fraction:03x}{tail:016x}"


def id_at(moment: dt.datetime) -> str:
    """Return what sorts behind the runs made before a time, before those made after.

    Examples
    --------
    >>> id_at(dt.datetime.now(dt.UTC)) < new_id("run")
    True
    """
    milliseconds = max(int(moment.timestamp() * 1000), 0)
    return f"run_{milliseconds:012x}{0:020x}"


def is_run_id(text: str) -> bool:
    """Say whether a text of a client can be a run's id: nothing else is looked up."""
    return RUN_ID.fullmatch(text) is not None


def clean(text: str) -> str:
    r"""Return a text that every database takes: no NUL, no half of a pair.

    Examples
    --------
    >>> clean("a\x00b")
    'a\ufffdb'
    """
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return whole.replace("\x00", "\ufffd")


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 of some bytes, in hex."""
    return hashlib.sha256(content).hexdigest()


def request_hash(new: NewRun, input_sha256: str, sides: dict[str, str]) -> str:
    """Return what two requests share when they ask the same.

    Names of files do not count, since a client may make them up for every try; nor
    does whether it waits for the answer.
    """
    asked = {
        "kind": new.kind,
        "input": input_sha256,
        "sides": sides,
        "options": new.options,
        "webhook": new.webhook,
    }
    return sha256_of(json.dumps(asked, sort_keys=True).encode("ascii"))


def _compressor() -> tuple[Callable[[bytes, int], bytes], Callable[[bytes], bytes]]:
    """Return what packs and unpacks: isal does zlib's format in a fifth of its time."""
    try:
        from isal.isal_zlib import compress, decompress
    except ImportError:
        return zlib.compress, zlib.decompress
    return compress, decompress


_COMPRESS, _DECOMPRESS = _compressor()


def pack(content: bytes) -> bytes:
    """Return JSON compressed: level 1 takes most of it off in the least time."""
    return _COMPRESS(content, 1)


def unpack(content: bytes, *, packed: bool) -> bytes:
    """Return what was packed, or kept as it was."""
    return _DECOMPRESS(content) if packed else content

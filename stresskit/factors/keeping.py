"""Folders that were read are kept, as long as nothing in them changes.

A service asks for the same factor a hundred times a second, and reading one takes a
tenth of a second. Whether a folder is as it was is told by the names, sizes, places
and times of its files. Times of files are coarse: two changes within a tick look like
one, so that nothing is kept that was changed shortly before it was read.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

# Files whose times are coarser than this are on no disk of today.
SURELY_OLD_NS = 2_000_000_000
MOST_KEPT = 64

T = TypeVar("T")
Stamp = tuple[tuple[str, int, int, int, int], ...]


class _Kept(NamedTuple):
    stamps: tuple[Stamp, ...]
    of: tuple[object, ...]
    made: Any


_kept: dict[Hashable, _Kept] = {}
_looked: ContextVar[dict[Path, Stamp] | None] = ContextVar("looked", default=None)


@contextmanager
def looked_once() -> Iterator[None]:
    """Look at each folder once inside: one question asks for the same many times."""
    before = _looked.set({})
    try:
        yield
    finally:
        _looked.reset(before)


def kept(
    what: str,
    folders: tuple[Path, ...],
    make: Callable[[], T],
    of: tuple[object, ...] = (),
) -> T:
    """Return what was made of folders, or make it if anything in them is another.

    Parameters
    ----------
    what
        What is made, to tell several things made of one folder apart.
    folders
        The folders it is made of; what is in folders inside them does not count.
    make
        Makes it. What it raises is raised, and nothing is kept.
    of
        What else it is made of; it must be the very same.
    """
    key = (what, folders)
    try:
        stamps = tuple(map(_stamp, folders))
    except OSError:
        # Whoever reads the folder says what is wrong with it.
        return make()
    before = _kept.get(key)
    if (
        before is not None
        and before.stamps == stamps
        and all(a is b for a, b in zip(before.of, of, strict=True))
    ):
        made: T = before.made
        return made
    now = time.time_ns()
    made = make()
    if all(_newest(s) < now - SURELY_OLD_NS for s in stamps):
        while len(_kept) >= MOST_KEPT:
            # Another thread may have taken the oldest out already.
            _kept.pop(next(iter(tuple(_kept)), key), None)
        _kept[key] = _Kept(stamps, of, made)
    return made


def _stamp(folder: Path) -> Stamp:
    looked = _looked.get()
    if looked is None:
        return _stamp_of(folder)
    if folder not in looked:
        looked[folder] = _stamp_of(folder)
    return looked[folder]


def _stamp_of(folder: Path) -> Stamp:
    with os.scandir(folder) as entries:
        found = [(e.name, e.stat()) for e in entries]
    return tuple(
        sorted(
            (name, s.st_mtime_ns, s.st_ctime_ns, s.st_size, s.st_ino)
            for name, s in found
        )
    )


def _newest(stamp: Stamp) -> int:
    return max((max(entry[1], entry[2]) for entry in stamp), default=0)

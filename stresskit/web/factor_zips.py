"""Factors of a caller's own: zips of folders, checked and unpacked where they are used.

No name in a zip becomes a path but the few that a factor folder has.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import shutil
import struct
import tempfile
import threading
import zipfile
import zlib
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from stresskit.errors import FactorError

# The largest that ships takes 2 MB.
MOST_FACTOR_BYTES = 10_000_000
MOST_FACTOR_FILES = 40
# Folders of callers that stay unpacked.
MOST_HOMES = 16
_UNPACKING = threading.Lock()
_base: Path | None = None
# What the library raises over zips that are none, or not whole.
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError),
    *(RuntimeError, ValueError, IndexError, OverflowError, struct.error),
)


def checked_zip(content: bytes) -> dict[str, Any]:
    """Check a zip of one factor folder and return id, revision, title and hash.

    Raises
    ------
    FactorError
        If it is none, holds anything else, or its factor is not in order.
    """
    with tempfile.TemporaryDirectory(dir=_room()) as home:
        try:
            _unpack(content, Path(home))
            return _identity_of(Path(home))
        except FactorError as error:
            # Where it was unpacked is nobody's business.
            said = str(error).replace(f"{home}/", "")
            raise FactorError(said, hint=error.hint, code=error.code) from error


def _identity_of(home: Path) -> dict[str, Any]:
    """Check the one factor of a folder, and say what it is."""
    from stresskit.factors import check_factor, load_factor
    from stresskit.readers.factor_folder import factor_identity

    folders = sorted(p.parent for p in home.glob("*/factor.toml"))
    if len(folders) != 1:
        raise FactorError(
            "The zip holds no factor, or more than one.",
            hint="Zip one folder with its factor.toml, as `stresskit factor new` "
            "writes it.",
        )
    identity = factor_identity(folders[0])
    wrong = check_factor(folders[0], factors=home)
    if wrong:
        raise FactorError(
            f"{identity['id']} is not in order: {'; '.join(wrong)[:2_000]}",
            hint="`stresskit factor check FOLDER` says the same.",
        )
    loaded = load_factor(folders[0], factors=home)
    return {
        "id": loaded.id,
        "revision": loaded.revision,
        "title": loaded.title,
        "sha256": loaded.sha256,
    }


def settle(base: Path) -> None:
    """Unpack in a folder of the service, and clear what ended processes left there.

    Processes of the pool are ended without a word, and clear nothing themselves.
    """
    global _base  # noqa: PLW0603 - a process has one
    _base = base
    for left in base.iterdir():
        if not _lives(int(left.name)):
            shutil.rmtree(left, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _room() -> Path:
    """Return a folder of this process alone."""
    made = (_base or _elsewhere()) / str(os.getpid())
    made.mkdir(exist_ok=True)
    return made


@cache
def _elsewhere() -> Path:
    import atexit

    made = Path(tempfile.mkdtemp(prefix="stresskit-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def own_factors(own: tuple[tuple[str, bytes], ...]) -> Path | None:
    """Return a folder with the factors of a caller's own, unpacked.

    Raises
    ------
    FactorError
        If a zip holds anything but the files of a factor folder.
    """
    if not own:
        return None
    key = hashlib.sha256("".join(sha for sha, _ in own).encode()).hexdigest()[:32]
    home = _room() / key
    with _UNPACKING:
        if not home.is_dir():
            part = Path(tempfile.mkdtemp(dir=_room()))
            try:
                for _, content in own:
                    _unpack(content, part)
                part.rename(home)
            finally:
                shutil.rmtree(part, ignore_errors=True)
        os.utime(home)
        found = sorted(_room().iterdir(), key=lambda p: p.stat().st_mtime)
        for old in found[:-MOST_HOMES]:
            shutil.rmtree(old, ignore_errors=True)
    return home


def _unpack(content: bytes, home: Path) -> None:
    """Unpack a factor folder; no name in the zip is used but known ones."""
    from stresskit.factors import check_id

    def refused(why: str) -> FactorError:
        return FactorError(
            f"The zip cannot be used: {why}.",
            hint="Zip the folder that `stresskit factor new` or `build` wrote.",
        )

    try:
        archive = zipfile.ZipFile(BytesIO(content))
        found = [i for i in archive.infolist() if not i.is_dir()]
        if len(found) > MOST_FACTOR_FILES:
            raise refused(f"it holds {len(found):,} files")
        if sum(i.file_size for i in found) > MOST_FACTOR_BYTES:
            raise refused("it is too large when it is unpacked")
        for info in found:
            folder, *inner = info.filename.split("/")
            if not _belongs(inner):
                raise refused(f"{info.filename[:60]!r} is no file of a factor folder")
            target = home / check_id(folder) / Path(*inner)
            if target.exists():
                raise refused(f"{info.filename[:60]!r} stands twice in it")
            target.parent.mkdir(parents=True, exist_ok=True)
            # The library reads no more than the size that was counted.
            target.write_bytes(archive.read(info))
    except FactorError:
        raise
    except _DAMAGED as error:
        raise refused("it is damaged or protected") from error


def _belongs(inner: list[str]) -> bool:
    """Whether a name below a factor's folder is one that a factor has."""
    from stresskit.readers.factor_folder import FACTOR_FILES, REVISIONS

    if not inner or inner[-1] not in FACTOR_FILES:
        return False
    if len(inner) == 1:
        return True
    number = inner[1]
    earlier = number.isascii() and number.isdecimal()
    return len(inner) == 3 and inner[0] == REVISIONS and earlier

"""Files that are there whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from pathlib import Path

from stresskit.errors import OutputError


def write_bytes(path: str | os.PathLike[str], payload: bytes, *, suffix: str) -> None:
    """Write a file beside its final place, then move it there in one step.

    Parameters
    ----------
    path
        Where the file goes; an existing file is replaced, or left as it was if
        anything fails.
    payload
        The whole content.
    suffix
        What the name has to end in, such as ``.xlsx``; empty for any ending.

    Raises
    ------
    OutputError
        If the folder is missing, the path is a folder, has another ending, or
        cannot be written.
    """
    target = check_target(path, suffix=suffix)
    spare = target.with_name(f".{target.name[:80]}.{secrets.token_hex(4)}.tmp")
    try:
        spare.write_bytes(payload)
        if target.exists():
            shutil.copymode(target, spare)
        spare.replace(target)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        raise OutputError(
            f"{target} cannot be written: {error.strerror or error}.",
            hint="Make room on the disk, or give another place."
            if full
            else "Close the file if it is open in another program, or give "
            "another place.",
        ) from error
    finally:
        spare.unlink(missing_ok=True)


def check_target(path: str | os.PathLike[str], *, suffix: str) -> Path:
    """Return the place a file would go to, a link followed to its end.

    Raises
    ------
    OutputError
        If nothing can be written there.
    """
    given = Path(path)
    if given.is_dir():
        raise OutputError(
            f"{given} is a folder.", hint=f"Give a file name, such as report{suffix}."
        )
    if suffix and given.suffix.lower() != suffix:
        raise OutputError(
            f"{given.name} does not end in {suffix}.",
            hint=f"Name the file {given.stem}{suffix}.",
        )
    try:
        target = given.resolve()
        special = target.exists() and not target.is_file()
    except (OSError, RuntimeError) as error:
        raise OutputError(
            f"{given} leads nowhere: {error}.", hint="Give a plain file name."
        ) from error
    if special:
        # A device or a pipe would be replaced by a file, not written to.
        raise OutputError(
            f"{given} is not a file.", hint="Give a file name, or - for stdout."
        )
    if not target.parent.is_dir():
        raise OutputError(
            f"There is no folder {given.parent}.",
            hint="Create the folder first, or give another place.",
        )
    blocked = target if target.exists() else target.parent
    if not os.access(blocked, os.W_OK):
        raise OutputError(
            f"{given} is not writable.",
            hint="Ask for write permission, or give another place.",
        )
    return target

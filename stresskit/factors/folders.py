"""Where factor folders are: by id, by path, by revision.

A folder with a ``factor.toml`` is a factor, one with a ``segments.toml`` a value
chain. They are looked for in the folder given, in ``STRESSKIT_FACTORS``, in what
plugins bring and in what ships with the package; the same id twice is an error, but
in a plugin's folder, which is then passed over with a warning.
"""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from stresskit.errors import FactorError
from stresskit.plugins import make, plugin_factor_folders
from stresskit.readers.chain_folder import CHAIN_FILES
from stresskit.readers.factor_folder import FACTOR_FILES, REVISIONS, factor_identity
from stresskit.readers.other_factors_folder import MARKER, OTHER_FACTORS_FILES

if TYPE_CHECKING:
    from stresskit.model import Issue

DEFAULT_FACTOR = "deepseek-2025-01-27"
DEFAULT_CHAIN = "ai-value-chain"
ID_PATTERN = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
PACKAGE = Path(__file__).parent.parent


def shipped_folder() -> Path:
    """Return the folder of factors that ships: in the package, else the checkout's."""
    packaged = PACKAGE / "_factors"
    return packaged if packaged.is_dir() else PACKAGE.parent / "factors"


def search_folders(extra: Path | None = None) -> list[Path]:
    """Return the folders searched, in order.

    Raises
    ------
    FactorError
        If ``extra`` or ``STRESSKIT_FACTORS`` is not a folder.
    """
    folders: list[Path] = []
    for given, name in (
        (extra, "--factors"),
        (os.environ.get("STRESSKIT_FACTORS"), "STRESSKIT_FACTORS"),
    ):
        if given:
            folder = Path(given)
            if not folder.is_dir():
                raise FactorError(
                    f"{name} {str(folder)!r} is not a folder.",
                    hint="Give a folder that holds factor folders.",
                )
            folders.append(folder)
    folders += [*plugin_factor_folders(), shipped_folder()]
    return folders


def find_folders(marker: str, extra: Path | None = None) -> dict[str, Path]:
    """Find every folder with the marker file, by id (the folder's name).

    Raises
    ------
    FactorError
        If two folders share an id.
    """
    found: dict[str, Path] = {}
    seen: set[Path] = set()
    brought = frozenset(plugin_factor_folders())
    for root in search_folders(extra):
        if root.resolve() in seen:
            continue
        seen.add(root.resolve())
        for folder in sorted(p.parent for p in root.glob(f"*/{marker}")):
            if root in brought and _known_elsewhere(folder, root):
                continue
            if folder.name in found:
                raise FactorError(
                    f"{folder.name!r} exists twice: {found[folder.name]} and {folder}.",
                    hint="Rename one, or give the folder itself instead of the id.",
                )
            found[folder.name] = folder
    return found


def _known_elsewhere(folder: Path, root: Path) -> bool:
    """Whether a plugin's folder has the id of one that ships, or of a plugin's."""
    for other in (shipped_folder(), *plugin_factor_folders()):
        if other == root:
            return False
        if (other / folder.name).is_dir():
            return True
    return False


def factor_plugin_issues() -> tuple[Issue, ...]:
    """Return a warning for each plugin whose folder, or a part of it, is not used."""
    made = make("factors")
    twice = [
        plugin.issue(
            f"brings {folder.name}, which is known already: that one is used.",
            "Let it name its folder otherwise, or give the folder itself (--factor).",
        )
        for plugin, root in made.things
        for folder in sorted(p for p in root.iterdir() if p.is_dir())
        if _known_elsewhere(folder, root)
    ]
    return (*made.issues, *twice)


def check_id(factor_id: str) -> str:
    """Return the id if it may name a folder.

    Raises
    ------
    FactorError
        If it is not lower-case letters, digits and hyphens, 64 at most.
    """
    if not ID_PATTERN.fullmatch(factor_id):
        raise FactorError(
            f"{factor_id!r} cannot be an id.",
            hint="Use lower-case letters, digits and hyphens: my-event-2025-01-27.",
        )
    return factor_id


def stray_files(folder: Path) -> list[str]:
    """Return the names of files that do not belong in the folder."""
    allowed: tuple[str, ...] = (*FACTOR_FILES, REVISIONS)
    if (folder / "segments.toml").is_file():
        allowed = CHAIN_FILES
    if (folder / MARKER).is_file():
        allowed = OTHER_FACTORS_FILES
    return sorted(p.name for p in folder.iterdir() if p.name not in allowed)


def home_of(folder: Path) -> Path:
    """Return a factor's own folder, also of one of its earlier revisions."""
    above = folder.parent.parent
    earlier = (
        folder.parent.name == REVISIONS
        and folder.name.isdecimal()
        and (above / "factor.toml").is_file()
    )
    return above if earlier else folder


def is_file(path: Path) -> bool:
    """Whether there is such a file; a name too long for the disk is none."""
    try:
        return path.is_file()
    except OSError:
        return False


def locate(
    id_or_folder: str | Path, marker: str, what: str, factors: Path | None
) -> Path:
    """Find a folder by id, path, or either with ``@N`` for a revision.

    Raises
    ------
    FactorError
        If there is none; the message names the nearest.
    """
    text, at, revision = str(id_or_folder).rpartition("@")
    if at and re.fullmatch(r"[0-9]+", revision):
        newest = locate(text, marker, what, factors)
        return _revision(newest, marker, int(revision))
    text = str(id_or_folder)
    path = Path(text)
    if is_file(path / marker):
        known = find_folders(marker, factors) if path.name == text else {}
        if text in known and known[text].resolve() != path.resolve():
            raise FactorError(
                f"{text!r} is a folder here and the id of another {what}: "
                f"{known[text]}.",
                hint=f"Write ./{text} for the folder here, or rename it.",
            )
        return path.resolve()
    if path.name == marker and is_file(path):
        return path.parent.resolve()
    folders = find_folders(marker, factors)
    if text in folders:
        return folders[text]
    # The start of an id means it, the default's before others'.
    begun = sorted(
        (f for f in folders if text and f.startswith(text)),
        key=lambda f: (f != DEFAULT_FACTOR, f),
    )
    failed = " ".join(issue.message for issue in factor_plugin_issues())
    near = begun or difflib.get_close_matches(text, folders, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise FactorError(
        f"There is no {what} {text!r}.",
        hint=hint
        + f"Known: {', '.join(sorted(folders)) or 'none'}."
        + (f" {failed}" if failed else ""),
        code="unknown-factor",
    )


def _revision(folder: Path, marker: str, number: int) -> Path:
    """Return the folder of a revision, the newest one or an earlier one."""
    newest = int(factor_identity(folder)["revision"])
    if number == newest:
        return folder
    earlier = folder / REVISIONS / str(number)
    if (earlier / marker).is_file():
        return earlier
    kept = (p.parent.name for p in folder.glob(f"{REVISIONS}/*/{marker}"))
    known = sorted(int(name) for name in kept if re.fullmatch(r"[0-9]+", name))
    raise FactorError(
        f"{folder.name} has no revision {number}.",
        hint=f"Known: {', '.join(map(str, (*known, newest)))}.",
        code="unknown-factor",
    )

"""A folder of holdings: which files are portfolios, and what comes of each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from stresskit.book.lock import LOCK
from stresskit.errors import InputError, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable

COMPARISON = "comparison.xlsx"
MANIFEST = "batch.json"
# Endings that holdings come with; the content then decides what a file is.
ENDINGS = frozenset(
    (
        *(".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".csv", ".tsv", ".tab", ".txt"),
        *(".psv", ".html", ".htm", ".xml", ".json", ".parquet"),
    )
)
# What a sender puts behind the name of a file that is whole.
MARK = ".done"
_OWN = frozenset(name.rpartition(".")[0] for name in (COMPARISON, MANIFEST))


@dataclass(frozen=True)
class Task:
    """One portfolio: its file, and its results' names in the folder.

    ``file`` and ``stem`` are relative, with slashes on every system.
    """

    path: Path
    file: str
    stem: str

    @property
    def output(self) -> str:
        """The name of the report."""
        return f"{self.stem}.xlsx"

    def outputs(self, *, json: bool) -> tuple[str, ...]:
        """Return the names of all that is written for it."""
        return (self.output, f"{self.stem}.json") if json else (self.output,)


@dataclass(frozen=True)
class Found:
    """The portfolios of a folder, and what was left out with the reason."""

    tasks: tuple[Task, ...]
    left_out: tuple[tuple[str, str], ...]


def find(
    source: Path, folder: Path, used: Iterable[Path] = (), *, marked: bool = False
) -> Found:
    """Find the portfolios in a folder and its subfolders, or take one file.

    Parameters
    ----------
    source
        The folder, or a file.
    folder
        Where results go; what is in it is no portfolio.
    used
        Files that every portfolio is run with: they are none either.
    marked
        Take only files that have a marker beside them, and none is no error.

    Raises
    ------
    InputError
        If there is no such folder, or no portfolio in it.
    OutputError
        If results would stand among the holdings.
    """
    given = frozenset(path.resolve() for path in used)
    if source.is_dir():
        if source.resolve().is_relative_to(folder.resolve()):
            raise OutputError(
                f"{folder} holds the holdings: results would stand among them.",
                hint="Give another folder with -o.",
            )
        files, left_out = _walk(source, folder.resolve(), given)
    elif source.exists():
        files, left_out = [PurePosixPath(source.name)], []
        source = source.parent
    else:
        raise InputError(
            f"There is no folder {source}.",
            hint="Give a folder of holdings, or one file.",
            code="not-found",
        )
    if not files and not marked:
        said = "; ".join(f"{name}: {why}" for name, why in left_out[:3])
        raise InputError(
            f"There are no holdings in {source}.",
            hint=f"Left out: {said}." if said else "The folder is empty.",
            code="no-holdings",
        )
    tasks = _named(source, files)
    _check_apart(tasks, folder, given)
    if marked:
        # Named among all: a file that is still being written has its name already.
        return _marked(source, tasks, left_out)
    return Found(tasks, tuple(left_out))


def _walk(
    source: Path, results: Path, given: frozenset[Path]
) -> tuple[list[PurePosixPath], list[tuple[str, str]]]:
    files: list[PurePosixPath] = []
    left_out: list[tuple[str, str]] = []

    def unlisted(error: OSError) -> None:
        name = Path(error.filename).relative_to(source).as_posix()
        left_out.append((name, f"cannot be listed: {error.strerror}"))

    for root, folders, names in os.walk(source, onerror=unlisted):
        here = Path(root)
        at = PurePosixPath(here.relative_to(source).as_posix())
        for name in sorted(folders):
            why = _not_entered(here / name, results)
            if why:
                folders.remove(name)
                left_out.append((f"{at / name}/", why))
        folders.sort()
        for name in sorted(names):
            why = _not_taken(here / name, given)
            if why:
                left_out.append((str(at / name), why))
            else:
                files.append(at / name)
    return files, left_out


def _marked(
    source: Path, tasks: tuple[Task, ...], left_out: list[tuple[str, str]]
) -> Found:
    """Leave out what has no marker yet; markers of what is there are no news."""
    ready = tuple(t for t in tasks if (source / f"{t.file}{MARK}").is_file())
    waiting = [
        (t.file, f"no {t.path.name}{MARK} beside it") for t in tasks if t not in ready
    ]
    others = [
        (name, why)
        for name, why in left_out
        if not (name.endswith(MARK) and (source / name.removesuffix(MARK)).is_file())
    ]
    return Found(ready, (*others, *waiting))


def _not_entered(path: Path, results: Path) -> str:
    if path.resolve() == results:
        return "the results"
    if (path / LOCK).exists():
        return "results of a batch"
    if path.name.startswith("."):
        return "hidden"
    return "a link to a folder" if path.is_symlink() else ""


def _not_taken(path: Path, given: frozenset[Path]) -> str:
    """Return why a file is no portfolio, empty where it is one."""
    if path.name.startswith("~$"):
        return "a lock of an open workbook"
    if path.name.startswith("."):
        return "hidden"
    if path.resolve() in given:
        return "used by every portfolio"
    if path.suffix.lower() not in ENDINGS:
        return "no ending of holdings"
    return ""


def _named(source: Path, files: list[PurePosixPath]) -> tuple[Task, ...]:
    """Name results after their files; those of one name keep their endings.

    Names are compared as systems do that do not tell capitals apart.
    """
    stems = [str(f.with_name(f.name.removesuffix(f.suffix))) for f in files]
    folded = [s.casefold() for s in stems]
    taken: set[str] = set()
    tasks = []
    for file, stem, key in zip(files, stems, folded, strict=True):
        own = folded.count(key) > 1 or key in _OWN
        name = str(file) if own else stem
        number, wanted = 1, name
        while wanted.casefold() in taken:
            number += 1
            wanted = f"{name} ({number})"
        taken.add(wanted.casefold())
        tasks.append(Task(source / file, str(file), wanted))
    return tuple(tasks)


def _check_apart(tasks: tuple[Task, ...], folder: Path, given: frozenset[Path]) -> None:
    """Refuse results that would replace what is read."""
    read = {task.path.resolve() for task in tasks} | given
    results = (name for task in tasks for name in task.outputs(json=True))
    for name in (*results, COMPARISON, MANIFEST):
        if (folder / name).resolve() in read:
            raise OutputError(
                f"{folder / name} is a file this command reads; it would be replaced.",
                hint="Give another folder with -o.",
            )

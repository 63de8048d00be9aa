"""Parts of results: each there whole or not at all, so that a killed run goes on.

They are written into a folder of their own, with a file of facts behind each that is
done; when all are, the folders of datasets are moved to their place, and the manifest
is written last.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stresskit.clock import now
from stresskit.errors import OutputError
from stresskit.writers import write_json
from stresskit.writers.atomic import write_bytes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pyarrow as pa

SCHEMA = "stresskit/book/1"
MANIFEST = "manifest.json"
UNFINISHED = ".unfinished"
READY = "ready.json"
BEGUN = "begun"
ENDINGS = {"ore": "csv"}


class Parts:
    """The parts of one run in a folder of results.

    Parameters
    ----------
    folder
        Where results go.
    run_id
        What tells this run from others; parts of another are removed.

    Raises
    ------
    OutputError
        If nothing can be written there.
    """

    def __init__(self, folder: Path, run_id: str):
        self._folder = folder
        self._run_id = run_id
        self.work = folder / UNFINISHED / run_id
        try:
            for other in (folder / UNFINISHED).glob("*"):
                if other.name != run_id:
                    shutil.rmtree(other)
            self.work.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _not_written(folder, error) from error

    def begun(self) -> dt.datetime:
        """Return when this run was first begun: a killed one goes on with its time.

        Raises
        ------
        OutputError
            If it cannot be written down.
        """
        path = self.work / BEGUN
        try:
            return dt.datetime.fromisoformat(json.loads(path.read_bytes()))
        except (OSError, ValueError):
            created = now()
            write_bytes(path, json.dumps(created.isoformat()).encode(), suffix="")
            return created

    def facts(self, name: str) -> dict[str, Any] | None:
        """Return what is known of a part, None where it is not done whole."""
        try:
            facts: dict[str, Any] = json.loads(self._facts(name).read_bytes())
        except (OSError, ValueError):
            return None
        files: dict[str, str] = facts["files"]
        whole = all(_sha256(self.work / f) == known for f, known in files.items())
        return facts if whole else None

    def put(
        self,
        name: str,
        tables: Mapping[str, pa.Table],
        facts: Mapping[str, Any],
        files: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Write the tables of a part, by their dataset, and its facts last.

        ``files`` are those that it has already, with their hashes.

        Raises
        ------
        OutputError
            If one cannot be written.
        """
        files = dict(files or {})
        for dataset, table in tables.items():
            files |= self.write(dataset, name, payload_of(table))
        return self.close(name, files, facts)

    def write(self, dataset: str, name: str, payload: bytes) -> dict[str, str]:
        """Write one file of a dataset; return its name and its hash."""
        path = self.path(dataset, name)
        write_bytes(path, payload, suffix=path.suffix)
        return {self.named(path): hashlib.sha256(payload).hexdigest()}

    def path(self, dataset: str, name: str) -> Path:
        """Return where a file of a dataset goes; its folder is made.

        Raises
        ------
        OutputError
            If it cannot be made.
        """
        ending = ENDINGS.get(dataset, "parquet")
        return self.folder(dataset) / f"part-{name}.{ending}"

    def folder(self, dataset: str) -> Path:
        """Return the folder of a dataset, made where it is not there.

        Raises
        ------
        OutputError
            If it cannot be made.
        """
        path = self.work / dataset
        try:
            path.mkdir(exist_ok=True)
        except OSError as error:
            raise _not_written(path, error) from error
        return path

    def hashed(self, path: Path) -> dict[str, str]:
        """Return what a file is called in the manifest, and its hash."""
        return {self.named(path): _sha256(path)}

    def named(self, path: Path) -> str:
        """Return what a file is called in the manifest."""
        return path.relative_to(self.work).as_posix()

    def taken(self, spare: Path, dataset: str, name: str) -> dict[str, str]:
        """Take over a file or folder that was written beside its place.

        Raises
        ------
        OutputError
            If it cannot be moved.
        """
        path = self.path(dataset, name)
        try:
            _remove(path)
            spare.replace(path)
        except OSError as error:
            raise _not_written(path, error) from error
        made = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
        return {self.named(f): _sha256(f) for f in made}

    def close(
        self, name: str, files: Mapping[str, str], facts: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Write down that a part is done."""
        whole = {**facts, "files": dict(files)}
        write_json(self._facts(name), whole)
        return whole

    def _facts(self, name: str) -> Path:
        return self.work / f"{name}.json"

    def remove(self) -> None:
        """Remove all that was done: it is of a book that is another now.

        Raises
        ------
        OutputError
            If it cannot be removed.
        """
        try:
            _remove(self.work)
        except OSError as error:
            raise _not_written(self.work, error) from error

    def finish(self, manifest: Mapping[str, Any]) -> None:
        """Move everything to its place; the manifest says last that it is there.

        Raises
        ------
        OutputError
            If something cannot be moved; run again, it goes on.
        """
        write_json(self.work / READY, dict(manifest))
        settle(self._folder)

    def clear(self, dataset: str, files: Collection[str]) -> None:
        """Remove what parts of another cut have left: it is none of the results.

        Raises
        ------
        OutputError
            If it cannot be removed.
        """
        for path in sorted((self.work / dataset).glob("*")):
            name = self.named(path)
            within = f"{name}/"
            if not any(f == name or f.startswith(within) for f in files):
                try:
                    _remove(path)
                except OSError as error:
                    raise _not_written(path, error) from error


def settle(folder: Path) -> None:
    """Finish what a run that was killed while it moved its results had begun.

    Raises
    ------
    OutputError
        If something cannot be moved.
    """
    for ready in sorted((folder / UNFINISHED).glob(f"*/{READY}")):
        work = ready.parent
        try:
            manifest = json.loads(ready.read_bytes())
            # Without a manifest nothing else is believed.
            (folder / MANIFEST).unlink(missing_ok=True)
            for name in manifest["outputs"]:
                move(work / name, folder / name)
            for name in manifest["not_written"]:
                _remove(folder / name)
            write_json(folder / MANIFEST, manifest)
            shutil.rmtree(work)
            if not any((folder / UNFINISHED).iterdir()):
                (folder / UNFINISHED).rmdir()
        except OSError as error:
            raise _not_written(folder, error) from error


def move(made: Path, place: Path) -> None:
    """Put a file or folder in its place; one that was moved before is there."""
    if not made.exists():
        return
    _remove(place)
    made.replace(place)


def _remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of finished results, None where there is none.

    Raises
    ------
    OutputError
        If the file is no manifest of a book.
    """
    path = folder / MANIFEST
    if not path.exists():
        return None
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
        known = content["schema"] == SCHEMA
    except (OSError, ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise OutputError(
            f"{path} is no manifest of a book.",
            hint="Remove it, or give another folder with -o.",
        )
    return content


def holds(folder: Path, manifest: Mapping[str, Any]) -> bool:
    """Say whether all files of a manifest are there as it says."""
    files: dict[str, str] = manifest["files"]
    return all(_sha256(folder / name) == known for name, known in files.items())


def payload_of(table: pa.Table) -> bytes:
    """Return a table as the bytes of a Parquet file."""
    from pyarrow import parquet

    made = io.BytesIO()
    # Words are kept once in a file; whoever reads it need not know of it.
    parquet.write_table(table, made, compression="zstd", store_schema=False)
    return made.getvalue()


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _not_written(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{path} cannot be written: {error.strerror or error}.",
        hint="Ask for write permission, make room, or give another folder with -o.",
    )

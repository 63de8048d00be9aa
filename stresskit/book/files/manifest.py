"""What of a batch is done: a journal while it runs, a manifest once it has."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from stresskit.book.files.folder import MANIFEST
from stresskit.errors import OutputError
from stresskit.model.batch import DONE, BatchLine

if TYPE_CHECKING:
    from pathlib import Path

    from stresskit.book.files.folder import Task

JOURNAL = "batch.journal"
SCHEMA = "stresskit/batch/1"


@dataclass(frozen=True, kw_only=True)
class Record:
    """One portfolio that was run: from what, with what, and what came out.

    ``hashes`` are those of the files written, by name; ``day`` is set where the answer
    depends on the day it was given; ``run_id`` is that of the result's run log.
    """

    line: BatchLine
    input_sha256: str
    key: str
    hashes: dict[str, str] = field(default_factory=dict)
    created: str = ""
    day: str = ""
    run_id: str = ""

    def holds(self, task: Task, digest: str, key: str, folder: Path) -> bool:
        """Say whether a portfolio's results are there and are still its answer.

        Parameters
        ----------
        task, digest
            The portfolio, and the SHA-256 of its file now.
        key
            What tells this request from others.
        folder
            Where the results are.
        """
        return (
            self.line.status == DONE
            and self.line.output == task.output
            and self.input_sha256 == digest
            and self.key == key
            and self.day in ("", today())
            and all(sha256(folder / n) == known for n, known in self.hashes.items())
        )

    def fails_again(self, digest: str, key: str) -> bool:
        """Say whether a portfolio would fail as it did: by what is in its file."""
        same = self.input_sha256 == digest and self.key == key
        return same and self.line.status in ("input", "computation")


def today() -> str:
    """Return the day, by which undated holdings are valued."""
    return dt.datetime.now(dt.UTC).date().isoformat()


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file; empty where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


class Ledger:
    """The records of a folder of results; one run at a time has it.

    Parameters
    ----------
    folder
        Where the results are.

    Raises
    ------
    OutputError
        If there is a manifest that is not ours, or the journal cannot be written.
    """

    def __init__(self, folder: Path):
        self._manifest = folder / MANIFEST
        self._journal = folder / JOURNAL
        self.records = _of_manifest(self._manifest) | _of_journal(self._journal)
        try:
            self._file = self._journal.open("a", encoding="ascii")
            # What a killed run left unfinished may not run into the next line.
            self._file.write("\n")
            self._file.flush()
        except OSError as error:
            raise OutputError(
                f"{self._journal} cannot be written: {error.strerror}.",
                hint="Ask for write permission, or give another folder.",
            ) from error

    def add(self, record: Record) -> None:
        """Write down one portfolio as soon as it is run."""
        self.records[record.line.file] = record
        self._file.write(json.dumps(asdict(record)) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Let go of the journal, which stays for the next run."""
        self._file.close()

    def finish(self, records: list[Record], about: dict[str, Any]) -> None:
        """Write the manifest of a run that came to its end, in place of the journal.

        Raises
        ------
        OutputError
            If it cannot be written; the journal is then kept.
        """
        from stresskit.writers import write_json

        inputs = {r.line.file: asdict(r) for r in records}
        write_json(self._manifest, {"schema": SCHEMA, **about, "inputs": inputs})
        self.close()
        self._journal.unlink()


def _of_manifest(path: Path) -> dict[str, Record]:
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_bytes())
        known = content["schema"] == SCHEMA
        inputs = content["inputs"].values()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        known = False
    if not known:
        raise OutputError(
            f"{path} is no manifest of a batch.",
            hint="Remove it, or give another folder with -o.",
        )
    return _records(inputs)


def _of_journal(path: Path) -> dict[str, Record]:
    try:
        rows = path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return {}
    found = []
    for row in rows:
        try:
            found.append(json.loads(row))
        except ValueError:
            # A run was killed within this line: its portfolio is run again.
            continue
    return _records(found)


def _records(rows: Any) -> dict[str, Record]:
    """Return records by file; what another version wrote is run again."""
    found = {}
    for row in rows:
        try:
            record = Record(**{**row, "line": BatchLine(**row["line"])})
        except (TypeError, KeyError):
            continue
        found[record.line.file] = record
    return found

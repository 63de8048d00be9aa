"""File drop: what says that a file is whole, before a run and after it.

A sender puts ``NAME.EXT.done`` beside a file once it is written; a run puts
``STEM.done`` beside the results once all of them are, or ``STEM.failed``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from stresskit.errors import OutputError
from stresskit.model.batch import DONE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from stresskit.book.files.folder import Task
    from stresskit.book.files.manifest import Record

FAILED = "failed"


class Markers:
    """The markers of a folder of results.

    Parameters
    ----------
    folder
        Where the results are.
    exit_codes
        The exit code of each way to fail.
    """

    def __init__(self, folder: Path, exit_codes: Mapping[str, int]):
        self._folder = folder
        self._exit_codes = exit_codes

    def clear(self, task: Task) -> None:
        """Take away what says that results are whole, before they are made anew.

        Raises
        ------
        OutputError
            If it cannot be.
        """
        for ending in (DONE, FAILED):
            path = self._path(task, ending)
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise OutputError(
                    f"{path} cannot be taken away: {error.strerror}.",
                    hint="Ask for write permission, or give another folder with -o.",
                ) from error

    def put(self, task: Task, record: Record) -> None:
        """Say that results are whole, or why there are none; last of all.

        One that says so already is left as it is.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        from stresskit.writers import write_json

        done = record.line.status == DONE
        path = self._path(task, DONE if done else FAILED)
        content = _done(record) if done else self._failed(record)
        if _read(path) == content:
            return
        self.clear(task)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, content)

    def _path(self, task: Task, ending: str) -> Path:
        return self._folder / f"{task.stem}.{ending}"

    def _failed(self, record: Record) -> dict[str, Any]:
        line = record.line
        return {
            "schema": "stresskit/failed/1",
            "input": line.file,
            "input_sha256": record.input_sha256,
            "status": line.status,
            "message": line.message,
            "fix": line.fix,
            "exit_code": self._exit_codes[line.status],
        }


def _done(record: Record) -> dict[str, Any]:
    return {
        "schema": "stresskit/done/1",
        "input": record.line.file,
        "input_sha256": record.input_sha256,
        "run": record.run_id,
        "results": record.hashes,
    }


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None

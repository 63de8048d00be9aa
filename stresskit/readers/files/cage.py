"""A process of its own for files that could harm the one that reads them.

The parent sends the bytes and gets grids back as JSON: whatever happens to the
parser, the parent lives and nothing but data comes out. Limits on memory and
processor time are set where the system has them (not on Windows); the limit on
elapsed time holds everywhere.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from stresskit.errors import HoldingsError, MissingExtra, StresskitError
from stresskit.readers.cells import Broken, Value
from stresskit.readers.files.grids import Grid

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

MAX_SECONDS = 18
MAX_MEMORY_BYTES = 900_000_000
_PROGRAM = (
    "import json,sys;sys.path[:]=json.loads(sys.argv[1]);"
    "from stresskit.readers.files.cage import main;main()"
)


class Ended(Exception):
    """The process, or the plugin in it, came to no end; the message says how."""


def parse_in_cage(content: bytes, kind: str, *, password: str | None) -> list[Grid]:
    """Parse a file in a child process with limits.

    Parameters
    ----------
    content : bytes
        The file.
    kind : str
        Its format, as ``kind_of`` names it.
    password : str or None
        Password of an encrypted workbook.

    Raises
    ------
    HoldingsError
        If the file cannot be parsed, or the parser ran out of time or memory.
    MissingExtra
        If the format needs a package that is not installed.
    """
    try:
        answer = _caged({"kind": kind, "password": password}, content)
    except Ended as error:
        raise _gave_up(str(error)) from error
    return _answer(answer)


def parse_by_plugin(point: EntryPoint, name: str, content: bytes) -> list[Grid] | None:
    """Let a reader of another package parse a file, in a child process with limits.

    Parameters
    ----------
    point : EntryPoint
        The reader, which is loaded in the child alone.
    name : str
        Name of the file.
    content : bytes
        Its content.

    Returns
    -------
    list of Grid or None
        None if it does not read such files.

    Raises
    ------
    Ended
        If it fails.
    HoldingsError
        If it says that the file is wrong.
    """
    plugin = {"name": point.name, "value": point.value, "group": point.group}
    answer = _caged({"plugin": plugin, "file": name}, content)
    output = json.loads(answer)
    if "raised" in output:
        raise Ended(output["raised"])
    return None if output.get("grids", ()) is None else _answer(answer)


def _caged(order: dict[str, Any], content: bytes) -> bytes:
    """Return what the child writes."""
    command = [sys.executable, "-I", "-S", "-B", "-c", _PROGRAM, json.dumps(sys.path)]
    # One arena and no threads: limits count address space, not pages in use.
    environment = {
        **os.environ,
        "MALLOC_ARENA_MAX": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and program
            command,
            input=json.dumps(order).encode() + b"\n" + content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=MAX_SECONDS,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Ended(f"took longer than {MAX_SECONDS} seconds") from error
    except OSError as error:
        raise HoldingsError(
            f"The process that reads files cannot be started: {error}.",
            hint="Free some memory, or allow the program to start processes.",
            code="damaged",
        ) from error
    if done.returncode or not done.stdout:
        raise Ended("ended the process that reads it")
    return done.stdout


def _gave_up(what: str) -> HoldingsError:
    return HoldingsError(
        f"The file is damaged or too large to read: it {what}.",
        hint="Open it in a spreadsheet program and save the sheet with the positions "
        "as a new file.",
        code="damaged",
    )


def _answer(output: bytes) -> list[Grid]:
    answer = json.loads(output, object_hook=_revived)
    failure = answer.get("failure")
    if failure:
        error: type[StresskitError] = HoldingsError
        if failure["missing"]:
            error = MissingExtra
        raise error(failure["message"], hint=failure["hint"], code=failure["code"])
    return [
        Grid(
            sheet=g["sheet"],
            rows=g["rows"],
            formats={(r, c): text for r, c, text in g["formats"]},
            hidden=g["hidden"],
            hidden_rows=frozenset(g["hidden_rows"]),
            merged=tuple(tuple(m) for m in g["merged"]),
        )
        for g in answer["grids"]
    ]


def _revived(table: dict[str, Any]) -> Any:
    """Turn the marks of what JSON does not know back into values."""
    if len(table) != 1:
        return table
    ((mark, text),) = table.items()
    if mark == "#broken":
        return Broken(text)
    if mark == "#datetime":
        return dt.datetime.fromisoformat(text)
    if mark == "#date":
        return dt.date.fromisoformat(text)
    return dt.time.fromisoformat(text) if mark == "#time" else table


def _marked(value: Value) -> Any:
    if isinstance(value, Broken):
        return {"#broken": str(value)}
    if isinstance(value, dt.datetime):
        return {"#datetime": value.isoformat()}
    if isinstance(value, dt.date):
        return {"#date": value.isoformat()}
    return {"#time": value.isoformat()} if isinstance(value, dt.time) else value


def main() -> None:
    """Parse what stands on standard input and write grids to standard output."""
    _limit()
    order = json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read()
    out = sys.stdout.buffer
    # Whatever a parser prints is no answer.
    sys.stdout = sys.stderr
    try:
        answer = _obeyed(order, content)
    except MemoryError:
        sys.exit(3)
    except StresskitError as error:
        missing = isinstance(error, MissingExtra)
        answer = {
            "failure": {
                "message": str(error),
                "hint": error.hint,
                "code": error.code,
                "missing": missing,
            }
        }
    out.write(json.dumps(answer).encode())
    out.flush()


def _obeyed(order: dict[str, Any], content: bytes) -> dict[str, Any]:
    """Return the answer to an order: grids, or how a plugin failed."""
    if "plugin" not in order:
        grids = _parse(content, order["kind"], order["password"])
        return {"grids": [_as_json(g) for g in grids]}
    from importlib.metadata import EntryPoint

    asked = False
    try:
        reader = EntryPoint(**order["plugin"]).load()()
        if not reader.reads(order["file"], content):
            return {"grids": None}
        asked = True
        answer = {"grids": [_as_json(g) for g in reader.grids(content)]}
        # What is no cell is the plugin's failure, and shows only here.
        json.dumps(answer)
    except MemoryError:
        raise
    except Exception as error:
        if asked and isinstance(error, HoldingsError):
            raise
        return {"raised": f"raised {error!r}"}
    return answer


def _as_json(grid: Grid) -> dict[str, Any]:
    return {
        "sheet": grid.sheet,
        "rows": [
            [v if type(v) in {str, float} else _marked(v) for v in row]
            for row in grid.rows
        ],
        "formats": [(r, c, text) for (r, c), text in grid.formats.items()],
        "hidden": grid.hidden,
        "hidden_rows": sorted(grid.hidden_rows),
        "merged": grid.merged,
    }


def _limit() -> None:
    try:
        import resource
    except ImportError:
        return
    for what, most in (
        (resource.RLIMIT_AS, MAX_MEMORY_BYTES),
        (resource.RLIMIT_CPU, MAX_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(what, (least, hard))
        except (OSError, ValueError):
            # Some systems know a limit and do not set it; elapsed time still holds.
            continue


def _parse(content: bytes, kind: str, password: str | None) -> list[Grid]:
    from stresskit.readers.files.kinds import kind_of

    if kind == "encrypted":
        from stresskit.readers.files.encrypted import decrypted

        content = decrypted(content, password)
        kind = kind_of("The workbook", content)
    if kind == "xls":
        return _xls(content, password)
    from stresskit.readers.files.formats import BY_KIND

    return BY_KIND[kind]().grids(content)


def _xls(content: bytes, password: str | None) -> list[Grid]:
    from stresskit.readers.files.encrypted import decrypted
    from stresskit.readers.files.xls import read_xls_grids

    try:
        return read_xls_grids(content)
    except HoldingsError as error:
        if error.code != "encrypted" or password is None:
            raise
    return read_xls_grids(decrypted(content, password))

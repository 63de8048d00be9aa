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
from typing import Any

from stresskit.errors import HoldingsError, MissingExtra, StresskitError
from stresskit.readers.cells import Broken, Value
from stresskit.readers.files.grids import Grid

MAX_SECONDS = 18
MAX_MEMORY_BYTES = 900_000_000
_PROGRAM = (
    "import json,sys;sys.path[:]=json.loads(sys.argv[1]);"
    "from stresskit.readers.files.cage import main;main()"
)


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
    order = json.dumps({"kind": kind, "password": password}).encode() + b"\n"
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
            input=order + content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=MAX_SECONDS,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _gave_up(f"took longer than {MAX_SECONDS} seconds") from error
    except OSError as error:
        raise HoldingsError(
            f"The process that reads files cannot be started: {error}.",
            hint="Free some memory, or allow the program to start processes.",
            code="damaged",
        ) from error
    if done.returncode or not done.stdout:
        raise _gave_up("ended the process that reads it")
    return _answer(done.stdout)


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
        grids = _parse(content, order["kind"], order["password"])
        answer: dict[str, Any] = {"grids": [_as_json(g) for g in grids]}
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
    if kind in {"xlsx", "xlsb", "ods"}:
        from stresskit.readers.files.workbook import read_workbook_grids

        return read_workbook_grids(content, kind)
    grids: list[Grid] = _parser_of(kind)(content)
    return grids


def _xls(content: bytes, password: str | None) -> list[Grid]:
    from stresskit.readers.files.encrypted import decrypted
    from stresskit.readers.files.xls import read_xls_grids

    try:
        return read_xls_grids(content)
    except HoldingsError as error:
        if error.code != "encrypted" or password is None:
            raise
    return read_xls_grids(decrypted(content, password))


def _parser_of(kind: str) -> Any:
    """Give the parser of a format; each is loaded only when it is needed."""
    from importlib import import_module

    module, name = {
        "spreadsheetml": ("spreadsheetml", "read_spreadsheetml_grids"),
        "13f": ("thirteenf", "read_13f_grids"),
        "nport": ("nport", "read_nport_grids"),
        "html": ("html", "read_html_grids"),
        "parquet": ("parquet", "read_parquet_grids"),
        "json": ("contract", "read_json_grids"),
    }[kind]
    return getattr(import_module(f"stresskit.readers.files.{module}"), name)

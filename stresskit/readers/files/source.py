"""A path to grids: the gate first, then the right parser in the right place."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stresskit.errors import HoldingsError
from stresskit.model.content import Content
from stresskit.readers.files.cage import parse_in_cage
from stresskit.readers.files.given import Given, file_name
from stresskit.readers.files.grids import MAX_FILE_BYTES, MAX_TEXT_BYTES, Source
from stresskit.readers.files.kinds import FORMATS, kind_of
from stresskit.readers.files.long_text import LongText, long_text
from stresskit.readers.files.others import read_by_others
from stresskit.readers.files.stated import stated_document
from stresskit.readers.files.text import read_text_grid

MOST_PROPERTIES = 1_000_000  # bytes


@dataclass(frozen=True)
class LongSource(Source):
    """A text of many lines that is not split into cells, with no grids yet."""

    text: LongText = field(kw_only=True)

    def in_full(self) -> Source:
        """Split the text into the grid that it is."""
        grid, _ = read_text_grid(self.text.whole)
        return Source(self.name, self.format, self.sha256, [grid], self.issues)


@dataclass(frozen=True)
class StatedSource(Source):
    """JSON that states what its fields are, with no grids."""

    document: dict[str, Any] = field(kw_only=True)


def read_source(
    path: Given,
    *,
    password: str | None = None,
    whole: int | None = None,
    stated: bool = False,
) -> Source:
    """Read a file into grids, whatever its name says it is.

    Parameters
    ----------
    path : str, Path or Content
        File, or what stands in it.
    password : str or None
        Password of a protected workbook.
    whole : int or None
        Lines above which a text comes as a LongSource; None splits every text.
    stated : bool
        Whether JSON of our contract comes as a StatedSource; else it is a table too.

    Raises
    ------
    HoldingsError
        If the file is not there, empty, too large, damaged or holds no table.
    MissingExtra
        If its format needs a package that is not installed.
    """
    content = _content(path)
    name = file_name(path)
    try:
        kind = kind_of(name, content)
    except HoldingsError as unknown:
        return _by_others(name, content, unknown)
    if kind != "csv" and len(content) > MAX_FILE_BYTES:
        raise _too_large(name, len(content), MAX_FILE_BYTES)
    digest = hashlib.sha256(content).hexdigest()
    found = None
    if kind == "csv" and whole is not None:
        found = long_text(content, least=whole)
    if found is not None:
        text, lost = found
        return LongSource(name, kind, digest, [], tuple(lost), text=text)
    if kind == "csv":
        grid, issues = read_text_grid(content)
        return Source(name, kind, digest, [grid], tuple(issues))
    document = stated_document(name, content) if stated and kind == "json" else None
    if document is not None:
        return StatedSource(name, kind, digest, [], document=document)
    if kind == "xlsx" and _is_report(content):
        raise HoldingsError(
            f"{name} is a report that stresskit wrote, no holdings.",
            hint="Give the holdings it was made from; its Run log names the file.",
            code="report",
        )
    grids = parse_in_cage(content, kind, password=password)
    return Source(name, kind, digest, grids)


def read_by_plugin(path: Given, unknown: HoldingsError) -> Source:
    """Read a text in which there is no table by a reader of another package.

    Any text could be a table: that it is none shows only once it was looked at.

    Raises
    ------
    HoldingsError
        ``unknown``, if there is no such reader or the file is no text.
    """
    content, name = _content(path), file_name(path)
    if kind_of(name, content) != "csv":
        raise unknown
    return _by_others(name, content, unknown)


def _by_others(name: str, content: bytes, unknown: HoldingsError) -> Source:
    if len(content) > MAX_FILE_BYTES:
        raise unknown
    reader, grids, issues = read_by_others(name, content, unknown)
    return Source(name, reader, hashlib.sha256(content).hexdigest(), grids, issues)


def _is_report(content: bytes) -> bool:
    """Say whether a workbook carries the record of a run."""
    part = "docProps/custom.xml"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.getinfo(part).file_size > MOST_PROPERTIES:
                return False
            return b"stresskit.record" in archive.read(part)
    except (
        KeyError,
        OSError,
        ValueError,
        RuntimeError,
        zipfile.BadZipFile,
        zlib.error,
    ):
        # Without such a part, or damaged: the parser says what is wrong with it.
        return False


def _too_large(name: str, size: int, most: int) -> HoldingsError:
    return HoldingsError(
        f"{name} has {size:,} bytes; at most {most:,} are read.",
        hint="Save the sheet with the positions as a file of its own.",
        code="too-large",
    )


def _content(given: Given) -> bytes:
    """Return the bytes of a file; refuse what is too large, empty or no file."""
    name = file_name(given)
    content = given.data if isinstance(given, Content) else _bytes_of(Path(given))
    if len(content) > MAX_TEXT_BYTES:
        raise _too_large(name, len(content), MAX_TEXT_BYTES)
    if not content.strip(b"\x00\t\n\r \xef\xbb\xbf"):
        raise HoldingsError(f"{name} is empty.", hint=FORMATS, code="empty")
    return content


def _bytes_of(path: Path) -> bytes:
    try:
        is_folder, size = path.is_dir(), path.stat().st_size
        # A device or pipe has no end that could be known before.
        regular = path.is_file()
        content = b""
        if regular and size <= MAX_TEXT_BYTES:
            content = path.read_bytes()
    except FileNotFoundError as error:
        raise HoldingsError(f"There is no file {path}.", code="not-found") from error
    except (OSError, ValueError) as error:
        raise HoldingsError(f"{path} cannot be opened: {error}.") from error
    if is_folder or not regular:
        what = "a folder" if is_folder else "a device or pipe"
        raise HoldingsError(f"{path} is {what}, not a file.", hint=FORMATS)
    if size > MAX_TEXT_BYTES:
        raise _too_large(path.name, size, MAX_TEXT_BYTES)
    return content

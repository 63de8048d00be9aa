"""What a reader is given: the path of a file, or its content in memory."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path, PurePath
from typing import BinaryIO

from stresskit.model.content import Content

Given = str | Path | Content


def file_name(given: Given) -> str:
    """Return what a file is called, without its folder.

    Parameters
    ----------
    given : str, Path or Content
        File, or its content.

    Examples
    --------
    >>> file_name("books/fund.csv"), file_name(Content("fund.csv", b""))
    ('fund.csv', 'fund.csv')
    """
    return given.name if isinstance(given, Content) else Path(given).name


def file_stem(given: Given) -> str:
    """Return what a file is called, without its folder and ending.

    Parameters
    ----------
    given : str, Path or Content
        File, or its content.
    """
    return PurePath(file_name(given)).stem


def file_suffix(given: Given) -> str:
    """Return the ending of a file's name in small letters, with its point.

    Parameters
    ----------
    given : str, Path or Content
        File, or its content.
    """
    return PurePath(file_name(given)).suffix.lower()


def opened(given: Given) -> BinaryIO:
    """Open a file for reading.

    Parameters
    ----------
    given : str, Path or Content
        File, or its content.

    Raises
    ------
    OSError
        If there is no such file, or it cannot be opened.
    """
    if isinstance(given, Content):
        return io.BytesIO(given.data)
    return Path(given).open("rb")


def file_sha256(given: Given) -> str:
    """Return the SHA-256 of a file.

    Parameters
    ----------
    given : str, Path or Content
        File, or its content.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    with opened(given) as handle:
        return hashlib.sha256(handle.read()).hexdigest()

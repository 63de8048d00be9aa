"""The password of a protected workbook, asked for where it is not given."""

from __future__ import annotations

import sys

import typer


def asked(password: str | None) -> str | None:
    """Return the password; ``-`` asks on the terminal or reads a line of stdin."""
    if password != "-":  # noqa: S105 - a sign that none was given
        return password
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")

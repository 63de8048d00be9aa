"""A workbook as PDF, by LibreOffice where it is installed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from stresskit.errors import MissingExtra, OutputError
from stresskit.writers.atomic import check_target, write_bytes

PROGRAMS = ("soffice", "libreoffice")
SECONDS = 300
# Numbers are written with the marks of the report's language, not of the machine.
LOCALES = {"en": "en-US", "de": "de-DE", "fr": "fr-FR"}
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N">
<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>{locale}</value></prop>
</item>
</oor:items>
"""


def find_office() -> str:
    """Return the program that turns workbooks into PDF.

    Raises
    ------
    MissingExtra
        If LibreOffice is not installed.
    """
    for name in PROGRAMS:
        found = shutil.which(name)
        if found:
            return found
    raise MissingExtra(
        "A PDF needs LibreOffice, which is not installed or not on the PATH.",
        hint="Install LibreOffice (Debian: apt install libreoffice-calc), or open the "
        "workbook and print it.",
    )


def write_pdf(
    path: str | os.PathLike[str], workbook: bytes, *, language: str = "en"
) -> None:
    """Write a workbook as PDF, whole or not at all.

    Parameters
    ----------
    path
        Where the file goes (.pdf).
    workbook
        The content of an xlsx file; its hidden sheets are left out.
    language
        Whose marks numbers have.

    Raises
    ------
    MissingExtra
        If LibreOffice is not installed.
    OutputError
        If it cannot be written, or LibreOffice fails.
    """
    check_target(path, suffix=".pdf")
    program = find_office()
    with tempfile.TemporaryDirectory(prefix="stresskit-") as name:
        folder = Path(name)
        profile = folder / "profile" / "user"
        try:
            profile.mkdir(parents=True)
            settings = _PROFILE.format(locale=LOCALES[language])
            (profile / "registrymodifications.xcu").write_text(settings)
            (folder / "report.xlsx").write_bytes(workbook)
            payload = _convert(program, folder)
        except (OSError, subprocess.SubprocessError) as error:
            raise OutputError(
                f"LibreOffice made no PDF: {_said(error)}.",
                hint="Try again, or open the workbook and print it.",
                code="pdf",
            ) from error
    write_bytes(path, payload, suffix=".pdf")


def _convert(program: str, folder: Path) -> bytes:
    command = [
        program,
        "--headless",
        "--norestore",
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        "--convert-to",
        "pdf",
        "--outdir",
        str(folder),
        str(folder / "report.xlsx"),
    ]
    # A program found on the PATH with arguments of our own: no shell, no user text.
    # In a group of its own, so that nothing of it is left when it takes too long.
    with subprocess.Popen(  # noqa: S603
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            _end(process)
            raise
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, program, out, err)
    return (folder / "report.pdf").read_bytes()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program and all that it started."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.communicate()


def _said(error: Exception) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return f"it took longer than {SECONDS} seconds"
    if isinstance(error, subprocess.CalledProcessError):
        return error.stderr.decode(errors="replace").strip() or str(error)
    return str(error)

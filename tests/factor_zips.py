"""Zips of factor folders as users and attackers make them."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

from examples_run import ROOT

from stresskit.factors import load_factor
from stresskit.readers.factor_folder import FACTOR_FILES

SHIPPED = ROOT / "factors" / "deepseek-overspend"


def own_folder(home: Path, id_: str = "my-event") -> Path:
    """Return a copy of a shipped factor under another id."""
    folder = home / id_
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("revisions"))
    path = folder / "factor.toml"
    text = path.read_text().replace('id = "deepseek-overspend"', f'id = "{id_}"')
    path.write_text(text)
    assert load_factor(folder).id == id_
    return folder


def zipped(folder: Path, extra: dict[str, bytes] | None = None) -> bytes:
    """Return the zip of a folder, with further files by name."""
    files = {
        f"{folder.name}/{name}": (folder / name).read_bytes()
        for name in FACTOR_FILES
        if (folder / name).is_file()
    }
    return zip_of([*files.items(), *(extra or {}).items()])


def zip_of(files: list[tuple[str | zipfile.ZipInfo, bytes]]) -> bytes:
    """Return a zip of these files, in order, also twice the same."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return buffer.getvalue()

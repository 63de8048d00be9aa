"""Packages that bring plugins, installed as their users would, without a network."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECURITY_MASTER = ROOT / "examples" / "security-master"


def installed(package: Path, target: Path) -> Path:
    """Build a package and install it into a folder, which is returned."""
    # Its build backend is part of uv: nothing is fetched.
    subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline"),
            *("--no-deps", "--no-cache", "--target", str(target), str(package)),
        ],
        check=True,
    )
    return target


def master_table(path: Path) -> Path:
    """Make the security master of the example."""
    with closing(sqlite3.connect(path)) as database:
        text = (SECURITY_MASTER / "securities.sql").read_text(encoding="utf-8")
        database.executescript(text)
    return path


def called(
    *arguments: str, plugins: Path, cwd: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command with the packages of a folder."""
    given = os.environ.get("PYTHONPATH")
    path = os.pathsep.join(p for p in (given, str(plugins)) if p)
    return subprocess.run(
        [sys.executable, "-m", "stresskit", *arguments],
        cwd=cwd,
        env={**os.environ, "COLUMNS": "110", "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def example_text(folder: Path) -> str:
    """Return what the command of the example's README prints."""
    return called(
        *("map", "examples/security-master/holdings.csv"),
        plugins=installed(SECURITY_MASTER, folder / "site"),
        STRESSKIT_SECURITY_MASTER=str(master_table(folder / "master.db")),
    ).stdout

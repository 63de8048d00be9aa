"""The room as a whole."""

from __future__ import annotations

import subprocess
import sys


def test_importing_loads_nothing_heavy() -> None:
    """The spreadsheet libraries come when a file is written, not before."""
    code = (
        "import sys, stresskit.writers; "
        "print({'xlsxwriter', 'openpyxl', 'pandas', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "set()"

"""Importing stresskit against importing pandas, whole processes."""

from __future__ import annotations

import sys
from pathlib import Path

from pairs import compare

if __name__ == "__main__":
    compare(
        [sys.executable, "-c", "import stresskit"],
        [sys.executable, "-c", "import pandas"],
        folder=Path.cwd(),
        bound=1.3,
    )

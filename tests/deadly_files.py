"""A reader that ends its process: what tests of workers that are killed share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from stresskit.asking import Files
from stresskit.model import Portfolio


class DeadlyFiles(Files):
    """Reads holdings as ever, but dies over any file called ``deadly``."""

    def read(self, path: Path, **how: Any) -> Portfolio:
        """Read a file, or end the process at once."""
        if path.stem == "deadly":
            os._exit(9)
        return super().read(path, **how)

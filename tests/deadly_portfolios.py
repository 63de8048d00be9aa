"""A portfolio that ends the process that works on it."""

from __future__ import annotations

import os
from typing import Any


class DeadlyNumbers:
    """Stands for the instruments of a portfolio; whoever reads them ends."""

    def tolist(self) -> Any:
        """End the process at once."""
        os._exit(9)

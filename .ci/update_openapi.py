"""Write the OpenAPI document of the service into docs; read the difference."""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
TARGET = ROOT / "docs" / "openapi.json"

from stresskit.web.app import document  # noqa: E402 - path set above


def main() -> None:
    """Write it."""
    text = json.dumps(document(), indent=1, ensure_ascii=False) + "\n"
    TARGET.write_text(text, encoding="utf-8")
    print(f"{TARGET.relative_to(ROOT)}: written")


if __name__ == "__main__":
    main()

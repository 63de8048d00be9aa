"""Write what the examples give into their ``expected`` folders; read the difference."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from examples_run import EXAMPLES, result_of, text_of  # noqa: E402 - path set above
from plugin_packages import SECURITY_MASTER, example_text  # noqa: E402 - likewise


def main() -> None:
    """Run each example and write its two expected files."""
    for name in EXAMPLES:
        folder = ROOT / "examples" / name / "expected"
        folder.mkdir(exist_ok=True)
        (folder / "summary.txt").write_text(text_of(name), encoding="utf-8")
        (folder / "result.json").write_text(result_of(name), encoding="utf-8")
        print(f"{name}: written")
    with tempfile.TemporaryDirectory() as work:
        target = SECURITY_MASTER / "expected" / "mapping.txt"
        target.parent.mkdir(exist_ok=True)
        target.write_text(example_text(Path(work)), encoding="utf-8")
    print("security-master: written")


if __name__ == "__main__":
    main()

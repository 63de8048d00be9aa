"""Build the wheel, install it in a clean environment, run the main job elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOLDINGS = "Ticker,Name,Quantity,Price,Currency\nNVDA,NVIDIA,100,142.62,USD\n"


def call(*command: str | Path, cwd: Path) -> str:
    """Run a command and return what it printed."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        [str(c) for c in command],
        cwd=cwd,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{command[0]} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def main() -> None:
    """Fail unless the wheel alone does the main job."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        call(sys.executable, "-m", "uv", "build", "--wheel", "-o", work, ROOT, cwd=work)
        wheel = next(work.glob("*.whl"))
        inside = zipfile.ZipFile(wheel).namelist()
        for wanted in (
            "stresskit/_factors/deepseek-2025-01-27/factor.toml",
            "stresskit/_factors/ai-value-chain/securities.csv",
            "stresskit/_examples/us-growth/holdings.csv",
            "stresskit/py.typed",
        ):
            assert wanted in inside, f"{wanted} is not in the wheel"
        odd = [n for n in inside if n.split("/")[0] != "stresskit"]
        odd = [n for n in odd if ".dist-info/" not in n]
        assert not odd, f"the wheel holds more than the package: {odd[:5]}"
        python = work / "env" / "bin" / "python"
        call(sys.executable, "-m", "uv", "venv", "--quiet", work / "env", cwd=work)
        # riskfolio-lib declares vectorbt and never imports it (see pyproject.toml).
        override = work / "override.txt"
        override.write_text("vectorbt ; sys_platform == 'never'\n")
        uv = (sys.executable, "-m", "uv", "pip", "install", "--quiet")
        call(*uv, "--python", python, "--overrides", override, wheel, cwd=work)
        command = work / "env" / "bin" / "stresskit"
        (work / "mine.csv").write_text(HOLDINGS)
        text = call(
            command, "stress", "mine.csv", "--json", "-", "-o", "mine.xlsx", cwd=work
        )
        result = json.loads(text)
        assert result["summary"]["pnl"] < 0
        assert (work / "mine.xlsx").stat().st_size > 10_000
        print(call(command, "demo", "--no-hedge", "-o", "demo.xlsx", cwd=work))
        assert (work / "demo.xlsx").is_file()


if __name__ == "__main__":
    main()

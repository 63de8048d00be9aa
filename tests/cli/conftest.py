"""The command as its users start it: another process, small files, no terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest

COLUMNS = ["Ticker", "ISIN", "Name", "Type", "Market Value", "Currency"]
LINES = [
    ["NVDA", "US67066G1040", "NVIDIA CORP", "Equity", 400000, "USD"],
    ["VST", "US92840M1027", "VISTRA CORP", "Equity", 100000, "USD"],
    ["PG", "US7427181091", "PROCTER & GAMBLE", "Equity", 250000, "USD"],
    ["SPY", "US78462F1030", "SPDR S&P 500 ETF", "ETF", 200000, "USD"],
    [None, None, "US DOLLAR", "Cash", 50000, "USD"],
]


@dataclass(frozen=True)
class Done:
    """How a command ended: its exit code and what it wrote, with one blank per gap."""

    code: int
    out: str
    err: str

    @property
    def shown(self) -> str:
        """Return stdout as one line."""
        return " ".join(self.out.split())

    @property
    def said(self) -> str:
        """Return stderr as one line: messages are wrapped at the terminal's width."""
        return " ".join(self.err.split())


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Done]:
    """Start ``stresskit`` in an empty folder; no traceback may ever come back."""

    def start(*arguments: object, code: int = 0, **environment: str) -> Done:
        cleared = {k: v for k, v in os.environ.items() if "STRESSKIT" not in k}
        done = subprocess.run(
            [sys.executable, "-m", "stresskit", *map(str, arguments)],
            capture_output=True,
            cwd=tmp_path,
            env={**cleared, "PYTHONIOENCODING": "utf-8", **environment},
            timeout=120,
            check=False,
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        assert "Traceback" not in err, err
        assert "\x1b" not in out + err
        assert done.returncode == code, err
        return Done(done.returncode, out, err)

    return start


@pytest.fixture
def call(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Done]:
    """Do the same within this process: no start-up, for the many small cases."""
    from stresskit.cli import main

    def start(*arguments: object, code: int = 0) -> Done:
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("STRESSKIT_FACTORS", raising=False)
        monkeypatch.delenv("STRESSKIT_DEBUG", raising=False)
        monkeypatch.setattr("sys.argv", ["stresskit", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert "stresskit made a mistake" not in err, err
        assert "\x1b" not in out + err
        assert (ended.value.code or 0) == code, err
        return Done(code, out, err)

    return start


@pytest.fixture
def sheet(tmp_path: Path) -> Callable[..., Path]:
    """Write a workbook with one sheet, the usual holdings if no rows are given."""

    def write(*rows: list[object], name: str = "client.xlsx") -> Path:
        book = openpyxl.Workbook()
        page = book.active
        assert page is not None
        page.title = "Holdings"
        for row in rows or (COLUMNS, *LINES):
            page.append(row)
        book.save(tmp_path / name)
        return tmp_path / name

    return write

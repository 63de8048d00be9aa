"""A service of a test's own: started on a free port, waited for, ended or killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ADDRESS = re.compile(r"http://[^/\s]+")
SECONDS = 60.0


class Served:
    """A running ``stresskit serve``; its ledger outlives it in ``folder``."""

    def __init__(self, folder: Path, *options: str):
        self.ledger = f"sqlite:///{folder / 'ledger.db'}"
        self.log = folder / "serve.log"
        with self.log.open("wb") as log:
            # A group of its own: a kill takes the processes of its pool along.
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "stresskit", "serve", "--port", "0"),
                    *("--ledger", self.ledger, "--workers", "2", *options),
                ],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self.address = self._waited()
        except BaseException:
            self.kill()
            raise

    def _waited(self) -> str:
        """Return the address once runs can be taken."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            said = ADDRESS.search(self.log.read_text(encoding="utf-8"))
            if said and _is_ready(said[0]):
                return said[0]
            time.sleep(0.03)
        raise AssertionError(self.log.read_text(encoding="utf-8"))

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """End it and its processes as a power cut does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:  # noqa: S310 - our own
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def served(folder: Path, *options: str) -> Iterator[Served]:
    """Run the service in a folder for as long as the block."""
    service = Served(folder, *options)
    try:
        yield service
    finally:
        service.stop()

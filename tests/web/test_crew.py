"""The processes that compute: work goes on though they die."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import time
from typing import TYPE_CHECKING

from stresskit.web.crew import Crew
from stresskit.web.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def test_processes_that_died_while_idle_are_replaced(tmp_path: Path) -> None:
    """Killed between two runs, they leave the next one its answer."""

    async def asked() -> list[int]:
        before = set(multiprocessing.active_children())
        crew = Crew(
            Settings(ledger=f"sqlite:///{tmp_path / 'ledger.sqlite'}", workers=1)
        )
        try:
            await crew.start()
            found = [await crew.call("one", abs, -1)]
            for process in set(multiprocessing.active_children()) - before:
                os.kill(process.pid or 0, signal.SIGKILL)
                process.join()
            # The pool notices by itself within a moment.
            await asyncio.to_thread(time.sleep, 1.0)
            found.append(await crew.call("two", abs, -2))
        finally:
            crew.close()
        return found

    assert asyncio.run(asked()) == [1, 2]

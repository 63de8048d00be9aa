"""What the service bears: runs a second, how long each takes, its memory.

Twenty clients post 200 positions each, one after the other: one scenario, no hedge, no
draws, no loss limit, and wait for the result. Then a file of 500 rows is uploaded and
its workbook fetched. Clients and service share the processors, so the client counts
its own time, too.

Clients that ask again as soon as they are answered wait for each other: twenty of them
take 200 ms each at a hundred answers a second, whatever a run takes. With RATE they ask
that often in all, each at its time, which is what shows how long an answer takes.

Usage: python tests/benchmarks/service_load.py [SECONDS] [CLIENTS] [WORKERS] [RATE]
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from served import Served, served  # noqa: E402 - path set above

from stresskit.client import Client, Options  # noqa: E402

POSITIONS, ROWS, UPLOADS = 200, 500, 5
WARM = 5.0  # seconds before anything is counted
MINUTE = 60.0
LEAST, MOST_P95, MOST_UPLOAD = 100.0, 0.1, 3.0
ONE: Options = {
    "no_hedge": True,
    "draws": False,
    "scenarios": [],
    "loss_limit": "none",
}
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
Positions = list[dict[str, Any]]


def positions_of(number: int, seed: int) -> Positions:
    """Return positions in shares that the factor knows."""
    rng = random.Random(seed)  # noqa: S311 - figures, no secrets
    file = ROOT / "factors" / "ai-value-chain" / "securities.csv"
    with file.open(encoding="utf-8", newline="") as text:
        known = [r for r in csv.DictReader(text) if r["ticker"] and r["name"]]
    return [
        {
            "name": row["name"],
            "ticker": row["ticker"],
            "asset_class": "equity",
            "quantity": rng.randint(10, 5_000),
            "price": round(rng.uniform(5, 500), 2),
            "currency": "USD",
        }
        for row in (known[n % len(known)] for n in range(seed, seed + number))
    ]


class Load:
    """Clients that post until the time is over, and what they saw."""

    def __init__(self, address: str, every: float = 0.0):
        parts = urlsplit(address)
        self._every = every
        self._host, self._port = parts.hostname or "", parts.port or 80
        self.counting = False
        self.over = False
        self.seconds: list[float] = []
        self.statuses: Counter[str] = Counter()

    def _request(self, seed: int) -> bytes:
        body = {
            "schema": "stresskit/holdings/1",
            "positions": positions_of(POSITIONS, seed),
            "options": ONE,
        }
        content = json.dumps(body).encode()
        head = (
            f"POST /v1/runs HTTP/1.1\r\nHost: {self._host}\r\nPrefer: wait=30\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        return head.encode() + content

    async def client(self, seed: int) -> None:
        """Post one request after the other over one connection."""
        request = self._request(seed)
        while not self.over:
            try:
                reader, writer = await asyncio.open_connection(
                    self._host, self._port, limit=2**20
                )
                await self._posted(reader, writer, request)
                writer.close()
            except (OSError, EOFError) as error:
                self.statuses[type(error).__name__] += self.counting
                await asyncio.sleep(0.1)

    async def _posted(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
    ) -> None:
        due = time.perf_counter() + random.random() * self._every  # noqa: S311
        while not self.over:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            # A late answer delays the next question, and counts with that delay.
            begun = due if self._every else time.perf_counter()
            due += self._every
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            at = head.lower().index(b"content-length:") + 15
            await reader.readexactly(int(head[at : head.index(b"\r\n", at)]))
            if self.counting:
                self.seconds.append(time.perf_counter() - begun)
                self.statuses[head[9:12].decode()] += 1


def group_of(service: Served) -> Iterator[tuple[str, float, float]]:
    """Yield role, processor seconds and resident megabytes of each process."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            resident = int((folder / "statm").read_text().split()[1]) * PAGE / 1e6
        except OSError:
            continue
        if int(fields[3]) == service.process.pid:
            server = folder.name == str(service.process.pid)
            used = (int(fields[11]) + int(fields[12])) / TICK
            yield "server" if server else "workers", used, resident


def taken(service: Served) -> tuple[dict[str, float], float]:
    """Return processor seconds by role, and megabytes together."""
    by_role = {"server": 0.0, "workers": 0.0}
    megabytes = 0.0
    for role, used, resident in group_of(service):
        by_role[role] += used
        megabytes += resident
    return by_role, megabytes


async def pressed(
    service: Served, seconds: float, clients: int, rate: float = 0.0
) -> bool:
    """Load the service and print what came of it; whether it holds its bounds."""
    load = Load(service.address, clients / rate if rate else 0.0)
    tasks = [asyncio.create_task(load.client(7 * n)) for n in range(clients)]
    await asyncio.sleep(WARM)
    load.counting = True
    before, _ = taken(service)
    own, begun = time.process_time(), time.perf_counter()
    memory: list[tuple[float, float]] = []
    while (passed := time.perf_counter() - begun) < seconds:
        memory.append((passed, taken(service)[1]))
        await asyncio.sleep(min(1.0, seconds - passed))
    after, _ = taken(service)
    own = time.process_time() - own
    load.over, load.counting = True, False
    await asyncio.wait(tasks, timeout=30)
    number = len(load.seconds)
    reached = number / seconds
    print(f"{number:,} answers in {seconds:g} s by {clients} clients:", end=" ")
    print(f"{reached:.1f} a second")
    print("answers by status:", dict(load.statuses))
    ordered = sorted(load.seconds) or [0.0]
    shown = {p: ordered[min(number - 1, number * p // 100)] for p in (50, 95, 99)}
    print("; ".join(f"p{p} {s * 1e3:.0f} ms" for p, s in shown.items()), end="; ")
    print(f"longest {ordered[-1] * 1e3:.0f} ms")
    used = {**{k: after[k] - before[k] for k in sorted(after)}, "client": own}
    each = {k: f"{v / max(number, 1) * 1e3:.2f} ms" for k, v in used.items()}
    print("processor time of a run:", ", ".join(f"{k} {v}" for k, v in each.items()))
    print(f"processors busy with it: {sum(used.values()) / seconds:.2f}", end=" ")
    print(f"of {len(os.sched_getaffinity(0))}; load average {os.getloadavg()[0]:.1f}")
    for name, some in (
        ("first", [m for at, m in memory if at <= MINUTE]),
        ("last", [m for at, m in memory if at >= seconds - MINUTE]),
    ):
        print(f"memory of the {name} minute: {min(some):.0f} to {max(some):.0f} MB")
    good = set(load.statuses) == {"200"}
    return (
        good and reached >= min(LEAST, rate or LEAST) * 0.98 and shown[95] <= MOST_P95
    )


def uploaded(service: Served) -> bool:
    """Upload a file and fetch its workbook; whether that is fast enough."""
    text = io.StringIO()
    rows = positions_of(ROWS, 0)
    table = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    content = text.getvalue().encode()
    asked: dict[str, Options] = {"no hedges": {"no_hedge": True}, "as usual": {}}
    found = {}
    with Client(service.address, seconds=300) as client:
        for name, options in asked.items():
            seconds = []
            for n in range(UPLOADS):
                begun = time.perf_counter()
                run = client.submit_file(f"{name} {n}.csv", content, options)
                client.wait(run.id)
                client.result(run.id, "xlsx")
                seconds.append(time.perf_counter() - begun)
            found[name] = median(seconds[1:])
            print(f"{ROWS} rows to a workbook, {name}: {found[name]:.2f} s")
    return found["no hedges"] <= MOST_UPLOAD


def main() -> None:
    """Start the service, load it, and exit with 1 if a bound is broken."""
    usual = ["600", "20", "2", "0"]
    seconds, clients, workers, rate = (*sys.argv[1:], *usual[len(sys.argv) - 1 :])
    options = ["--rate", "100000", "--workers", workers]
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder), *options) as service,
    ):
        good = asyncio.run(pressed(service, float(seconds), int(clients), float(rate)))
        good = uploaded(service) and good
        size = sum(p.stat().st_size for p in Path(folder).glob("ledger.db*"))
        print(f"the ledger takes {size / 1e6:.0f} MB")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()

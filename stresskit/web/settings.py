"""What an operator decides about the service, checked before it starts."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stresskit.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How the service runs.

    Parameters
    ----------
    ledger
        Where runs are kept: ``sqlite:///FILE`` or ``postgresql+psycopg://...``.
    host, port
        The address it listens at.
    names
        Host names it answers to, besides the local ones; ``*`` answers to all.
    workers
        Processes that compute. One more than processors, so that a short run need not
        wait for long ones, which take all but one.
    queue
        Runs that may wait; more are refused.
    seconds
        What one run may take, in seconds.
    upload_bytes
        The largest body, in bytes.
    body_seconds
        What sending a body may take, in seconds.
    rate
        Requests a second of one caller, averaged over ten seconds.
    keep_uploads
        Whether uploads stay after their run.
    keep_results
        Days that results stay, and drafts an hour; None keeps them for ever.
    webhook_hosts
        Hosts (``name`` or ``name:port``) that may be told of finished runs.
    webhook_secret
        What webhooks are signed with, ``whsec_`` and base64.
    factors
        A folder with factors, mandates and themes of the house.
    secure
        Whether the page is reached over TLS alone, by way of a proxy.
    """

    ledger: str
    host: str = "127.0.0.1"
    port: int = 8000
    names: tuple[str, ...] = ()
    workers: int = field(default_factory=lambda: processors() + 1)
    queue: int = 100
    seconds: float = 300.0
    upload_bytes: int = 20_000_000
    body_seconds: float = 20.0
    rate: int = 200
    keep_uploads: bool = False
    keep_results: float | None = None
    webhook_hosts: tuple[str, ...] = ()
    webhook_secret: str = field(default="", repr=False)
    factors: Path | None = None
    secure: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises
        ------
        InputError
            If a number is out of its range.
        """
        for name, least, most in (
            ("port", 0, 65_535),
            ("workers", 1, 512),
            ("queue", 1, 100_000),
            ("seconds", 1, 86_400),
            ("upload_bytes", 1_000, 50_000_000),
            ("rate", 1, 100_000),
        ):
            value = getattr(self, name)
            if not least <= value <= most:
                raise InputError(
                    f"{name} is {value:,}, which is not from {least:,} to {most:,}.",
                    hint=f"Give another --{name.replace('_', '-')}.",
                    code="settings",
                )

    @property
    def public(self) -> bool:
        """Whether it can be reached from other machines."""
        if self.host == "localhost":
            return False
        try:
            return not ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return True

    @property
    def heavy(self) -> int:
        """How many long runs may be under way at once."""
        return max(1, self.workers - 1)

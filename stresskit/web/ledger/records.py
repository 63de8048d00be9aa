"""The nouns of the ledger: a run, a token, a factor of one's own, a delivery."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal, NotRequired, Required, TypedDict

Status = Literal[
    "draft", "queued", "running", "done", "failed", "cancelled", "interrupted"
]
Role = Literal["read", "run"]
Kind = Literal["json", "file"]


@dataclass(frozen=True, kw_only=True)
class NewRun:
    """What is asked, by whom, of which input.

    Parameters
    ----------
    owner : str
        Who asks; only they see the run.
    kind : {"json", "file"}
        Positions as JSON, or an uploaded file.
    input_name : str
        The file's name, as the user calls it. It never becomes a path.
    input : bytes
        The positions or the file.
    options : dict
        What is asked, plain JSON.
    sides : dict
        Further files by role (``fx``, ``overrides``, ``fund:KEY``): name, content.
    status : {"queued", "draft", "running"}
        What the run starts as; a run its client waits for starts at once.
    idempotency_key : str, optional
        The same key of the same owner stands for the same run, for ever.
    webhook : str, optional
        URL to tell when the run is done or has failed.
    id : str, optional
        The run's id, where it is known before the run is written down.
    """

    owner: str
    kind: Kind
    input_name: str
    input: bytes
    options: dict[str, Any]
    sides: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    status: Status = "queued"
    idempotency_key: str | None = None
    webhook: str | None = None
    id: str | None = None


class Outcome(TypedDict, total=False):
    """What came of a run; the factor's words say which of its revisions was used.

    ``result`` is JSON and kept compressed, ``levels`` likewise; with its
    ``result_sha256`` the result is given as ``pack`` compresses it. ``kept`` is
    whatever the service needs to write further files, stored as it is given.
    ``keep_input`` lets the upload stay for an hour, whatever is usual.
    """

    result: Required[bytes]
    result_sha256: NotRequired[str]
    summary: Required[dict[str, Any]]
    version: Required[str]
    kept: NotRequired[bytes | None]
    levels: NotRequired[bytes | None]
    factor: NotRequired[str | None]
    factor_revision: NotRequired[int | None]
    factor_sha256: NotRequired[str | None]
    keep_input: NotRequired[bool]


@dataclass(frozen=True, kw_only=True)
class Run:
    """A line of the ledger; times are UTC, ``sides`` hold name and SHA-256 by role.

    ``deleted`` says when result and input were removed; the line itself stays.
    """

    id: str
    owner: str
    kind: str
    status: Status
    created: dt.datetime
    started: dt.datetime | None
    finished: dt.datetime | None
    deleted: dt.datetime | None
    input_name: str
    input_sha256: str
    sides: dict[str, tuple[str, str]]
    options: dict[str, Any]
    factor: str | None
    factor_revision: int | None
    factor_sha256: str | None
    version: str | None
    result_sha256: str | None
    summary: dict[str, Any] | None
    problem: dict[str, Any] | None
    attempts: int
    webhook: str | None
    has_input: bool
    has_result: bool


@dataclass(frozen=True, kw_only=True)
class Token:
    """Who may do what until when; of the secret itself only the hash is kept."""

    id: str
    owner: str
    role: Role
    label: str
    created: dt.datetime
    expires: dt.datetime | None
    revoked: dt.datetime | None

    def valid(self, now: dt.datetime) -> bool:
        """Say whether the token opens anything at a time."""
        return self.revoked is None and (self.expires is None or now < self.expires)


@dataclass(frozen=True, kw_only=True)
class OwnFactor:
    """A factor its owner uploaded; ``content`` is the zip of its folder."""

    owner: str
    id: str
    revision: int
    title: str
    sha256: str
    created: dt.datetime
    content: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A message that is due: ``id`` stays the same over every attempt."""

    id: str
    run_id: str
    owner: str
    url: str
    event: str
    attempts: int
    created: dt.datetime

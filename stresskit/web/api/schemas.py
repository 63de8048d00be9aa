"""What the answers of the REST interface look like, for its OpenAPI document."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from stresskit.web.api.spelled import in_request

if TYPE_CHECKING:
    from stresskit.web.ledger import Run

RunStatus = Literal[
    "draft", "queued", "running", "done", "failed", "cancelled", "interrupted"
]


class ErrorOut(BaseModel):
    """One thing that is wrong, and where; ``row`` counts positions in JSON."""

    sheet: str | None
    row: int | None
    column: str | None
    value: str | None
    message: str
    fix: str


class ProblemOut(BaseModel):
    """Problem details by RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    fix: str
    errors: list[ErrorOut]


class FactorUsed(BaseModel):
    """The factor of a run."""

    id: str
    revision: int
    sha256: str


class SummaryOut(BaseModel):
    """What a run came to; losses are negative, shares are decimals."""

    name: str
    base_value: float | None
    pnl: float | None
    pnl_pct: float | None
    currency: str | None


class RunOut(BaseModel):
    """A run as the ledger keeps it."""

    model_config = ConfigDict(extra="forbid")

    id: str
    status: RunStatus
    created: dt.datetime
    started: dt.datetime | None
    finished: dt.datetime | None
    deleted: dt.datetime | None
    attempts: int
    input_name: str
    input_sha256: str
    options: dict[str, Any]
    factor: FactorUsed | None
    version: str | None
    summary: SummaryOut | None
    result: str | None = Field(description="Address of the result, once there is one.")
    result_sha256: str | None
    problem: ProblemOut | None


class RunsOut(BaseModel):
    """A page of runs, newest first."""

    items: list[RunOut]
    next: str | None = Field(description="Give it as `after` for the next page.")


class FactorOut(BaseModel):
    """A factor in the list."""

    id: str
    revision: int
    title: str
    value_chain: str
    event_start: str | None
    event_end: str | None
    purpose: str
    own: bool


class FactorsOut(BaseModel):
    """A page of factors by id."""

    items: list[FactorOut]
    next: str | None


class OwnFactorOut(BaseModel):
    """A factor that was taken."""

    id: str
    revision: int
    title: str
    sha256: str


class StateOut(BaseModel):
    """Whether the service lives, or is ready."""

    status: str


def run_out(run: Run) -> dict[str, Any]:
    """Return a run as it is shown, fit for JSON."""
    factor = None
    if run.factor is not None:
        factor = {
            "id": run.factor,
            "revision": run.factor_revision,
            "sha256": run.factor_sha256,
        }
    return {
        "id": run.id,
        "status": run.status,
        "created": _time(run.created),
        "started": _time(run.started),
        "finished": _time(run.finished),
        "deleted": _time(run.deleted),
        "attempts": run.attempts,
        "input_name": run.input_name,
        "input_sha256": run.input_sha256,
        "options": {k: v for k, v in run.options.items() if k not in {"page", "keep"}},
        "factor": factor,
        "version": run.version,
        "summary": run.summary,
        "result": f"/v1/runs/{run.id}/result" if run.has_result else None,
        "result_sha256": run.result_sha256,
        "problem": in_request(run.problem) if run.problem else None,
    }


def _time(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()

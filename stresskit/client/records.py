"""What is asked of the service, and the run it answers with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, TypedDict

Form = Literal["json", "csv", "parquet", "xlsx"]
Status = Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]
OVER = frozenset({"done", "failed", "cancelled", "interrupted"})


class Options(TypedDict, total=False):
    """What can be asked, by the names of the command line."""

    factor: str
    severity: float
    mode: Literal["factor", "replay"]
    day: int
    others: Literal["", "predictive", "event", "none"]
    drivers: list[str]
    market: str
    shocks: list[str]
    scenarios: list[str]
    loss_limit: str
    draws: bool
    base_currency: str
    fx: dict[str, float]
    as_of: str
    overrides: list[dict[str, Any]]
    value: float
    no_hedge: bool
    hedge_target: str
    mandate: str
    families: list[str]
    robust: str
    sheet: str
    table: str
    columns: str
    theme: str
    language: Literal["en", "de", "fr"]
    form: Literal["full", "short"]
    sections: list[str]
    paper: Literal["A4", "Letter"]
    client: str


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run as the service shows it; ``summary`` is there once it is done."""

    id: str
    status: Status
    created: str
    started: str | None
    finished: str | None
    deleted: str | None
    attempts: int
    input_name: str
    input_sha256: str
    options: dict[str, Any]
    factor: dict[str, Any] | None
    version: str | None
    summary: dict[str, Any] | None
    result: str | None
    result_sha256: str | None
    problem: dict[str, Any] | None

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it by itself."""
        return self.status in OVER


def run_from(content: Mapping[str, Any]) -> Run:
    """Return a run from JSON; fields that later versions add are left out."""
    return Run(**{f.name: content[f.name] for f in fields(Run)})

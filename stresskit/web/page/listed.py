"""A run as the list of runs shows it."""

from __future__ import annotations

from dataclasses import dataclass

from stresskit.web.page import addresses, words
from stresskit.web.page.figures import name_of
from stresskit.web.page.given import RunShown

STATES = {
    "draft": "not started",
    "queued": "waiting",
    "running": "under way",
    "done": "done",
    "failed": "failed",
    "cancelled": "cancelled",
    "interrupted": "interrupted",
}


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A run in the list of runs."""

    address: str
    name: str
    whole: str
    when: str
    event: str
    status: str
    words: str
    figure: str
    share: str
    sign: str


def listed(run: RunShown) -> Listed:
    """Return the line of a run."""
    summary = run.summary or {}
    pnl, name = summary.get("pnl"), name_of(run)
    gross = abs(summary.get("base_value") or 0.0)
    unit = words.unit_of(summary.get("currency"), gross)
    figure = words.figure(pnl, unit)
    event = run.factor or ""
    if event and run.factor_revision is not None:
        event += f"@{run.factor_revision}"
    return Listed(
        address=addresses.run(run.id),
        name=words.cut(name, 60),
        whole=words.plain(name),
        when=words.time_of(run.created),
        event=words.cut(event, 60),
        status=run.status if run.status in STATES else "other",
        words=STATES.get(run.status, run.status),
        figure=f"{figure} {unit.name}".rstrip() if figure and unit else figure,
        share=words.percent(summary.get("pnl_pct")),
        sign=words.sign_of(pnl),
    )

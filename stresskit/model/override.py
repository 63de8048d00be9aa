"""What the user says of a position: its segments, its beta, and who says so."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Override:
    """One row of the user's overrides; ``where`` is its place in their file.

    ``segments`` is empty where only the beta is given. ``by``, ``on`` and ``reason``
    say who set it, when and why.
    """

    position_id: str | None = None
    name: str | None = None
    isin: str | None = None
    ticker: str | None = None
    segments: dict[str, float] = field(default_factory=dict)
    beta: float | None = None
    where: str = ""
    by: str = ""
    on: str = ""
    reason: str = ""

    @property
    def content(self) -> tuple[dict[str, float], float | None]:
        """What it sets."""
        return self.segments, self.beta

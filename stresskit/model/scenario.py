"""A factor made into a question: how hard, in which mode, with which market."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from stresskit.errors import InputError
from stresskit.model.factor import Factor

Mode = Literal["factor", "replay"]
MAX_SEVERITY = 10.0


@dataclass(frozen=True)
class Scenario:
    """A factor at a severity.

    Parameters
    ----------
    factor
        The event.
    severity
        1 is the event itself, 0 nothing; losses scale in logs, so that no price
        falls below zero: f(s) = exp(s ln(1 + f)) - 1. Gains stop growing at 1.
    mode
        ``factor``: an event of this kind; ``replay``: the same day again, with
        what each company did on its own.
    market
        Return of the ex-theme market at severity 1, a decimal, the same for every
        region; None takes the event's own legs.
    shocks
        Segment shocks of the user (severity 1, decimals) in place of the factor's.
    fx
        Return of each currency against the base currency, a decimal.

    Raises
    ------
    InputError
        If the severity is not between 0 and 10, the mode is not known, or a shock
        is below -1 or names no segment of the factor.
    """

    factor: Factor
    severity: float = 1.0
    mode: Mode = "factor"
    market: float | None = None
    shocks: dict[str, float] = field(default_factory=dict)
    fx: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.severity) and 0 <= self.severity <= MAX_SEVERITY):
            raise InputError(
                f"Severity {self.severity:g} is out of range.",
                hint="Give a number from 0 to 10; 1 is the event itself, "
                "0.5 half as hard.",
                code="severity",
            )
        if self.mode not in ("factor", "replay"):
            raise InputError(
                f"Mode {self.mode!r} is not known.",
                hint="Give 'factor' (an event of this kind) or 'replay' "
                "(the same day again).",
                code="mode",
            )
        known = set(self.factor.chain.segment_ids)
        for name, value in self.shocks.items():
            if name not in known:
                raise InputError(
                    f"Segment {name!r} is not in {self.factor.chain.id}.",
                    hint="Segments: " + ", ".join(sorted(known)),
                    code="segment",
                )
            self._check_return(value, f"The shock of {name}")
        for name, value in self.fx.items():
            self._check_return(value, f"The return of {name}")
        if self.market is not None:
            self._check_return(self.market, "The market leg")

    @staticmethod
    def _check_return(value: float, what: str) -> None:
        if not (math.isfinite(value) and -1 < value <= 1):
            raise InputError(
                f"{what} is {value:g}, which is not a return.",
                hint="Returns are decimals: -0.17 is -17%.",
                code="shock",
            )

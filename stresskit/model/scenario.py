"""A factor made into a question: how hard, in which mode, with which market."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from stresskit.errors import InputError
from stresskit.model.factor import Factor
from stresskit.model.other_factors import MARKET

Mode = Literal["factor", "replay"]
MAX_SEVERITY = 10.0


OtherMode = Literal["event", "predictive", "none"]
OTHER_MODES: tuple[OtherMode, ...] = ("event", "predictive", "none")
MOST_DRIVERS = 3


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
        Return of each currency against the base currency, a decimal, taken as it is
        at any severity.
    label
        What the scenario is called among others.
    day
        Sessions after the event: 0 is the event itself, later ones the share of the
        segments' shocks that was still there then.
    others
        How other factors move that the user does not set: ``event``, as on the day;
        ``predictive``, carried over from ``drivers`` by their covariance; ``none``.
        Empty: ``event`` in replay, else ``predictive``.
    other_moves
        Moves of other factors set by the user, decimals, at any severity: yields and
        spreads as changes (-0.0008 is -8 basis points), volatility in 0.01 per point.
    drivers
        Up to three of MARKET and the segments; empty takes the data's own.

    Raises
    ------
    InputError
        If the severity is not between 0 and 10, a word is not known, a move is no
        return, or a name is none of the factor's.
    """

    factor: Factor
    severity: float = 1.0
    mode: Mode = "factor"
    market: float | None = None
    shocks: dict[str, float] = field(default_factory=dict)
    fx: dict[str, float] = field(default_factory=dict)
    label: str = ""
    day: int = 0
    others: OtherMode | Literal[""] = ""
    other_moves: dict[str, float] = field(default_factory=dict)
    drivers: tuple[str, ...] = ()

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
        self._check_day()
        self._check_others()
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

    @property
    def other_mode(self) -> OtherMode:
        """How other factors move that the user does not set."""
        if self.others:
            return self.others
        return "event" if self.mode == "replay" else "predictive"

    @property
    def days(self) -> tuple[int, ...]:
        """The sessions this factor can be followed to, the event itself first."""
        return (0, *(p.days for p in self.factor.path))

    def _check_day(self) -> None:
        if self.day not in self.days:
            reached = ", ".join(str(d) for d in self.days)
            raise InputError(
                f"{self.factor.id} cannot be followed to session {self.day} after the "
                "event.",
                hint=f"Sessions known: {reached}.",
                code="day",
            )

    def _check_others(self) -> None:
        if self.others and self.others not in OTHER_MODES:
            raise InputError(
                f"{self.others!r} is no way for other factors to move.",
                hint=f"Give one of: {', '.join(OTHER_MODES)}.",
                code="others",
            )
        if len(self.drivers) > MOST_DRIVERS:
            raise InputError(
                f"{len(self.drivers)} drivers are too many: their errors add up.",
                hint=f"Give up to {MOST_DRIVERS}.",
                code="drivers",
            )
        known = (
            {f.id: f for f in self.factor.others.factors} if self.factor.others else {}
        )
        for name, value in self.other_moves.items():
            if name not in known:
                raise InputError(
                    f"There is no other factor {name!r}.",
                    hint="Known: "
                    + (", ".join(known) or "none with this factor")
                    + ".",
                    code="other-factor",
                )
            if known[name].is_level:
                self._check_level(value, name)
            else:
                self._check_return(value, f"The move of {name}")
        drivers = {MARKET, *self.factor.chain.segment_ids}
        for name in self.drivers:
            if name not in drivers:
                raise InputError(
                    f"{name!r} is no driver.",
                    hint="Drivers: " + ", ".join(sorted(drivers)) + ".",
                    code="drivers",
                )

    @staticmethod
    def _check_return(value: float, what: str) -> None:
        if not (math.isfinite(value) and -1 < value <= 1):
            raise InputError(
                f"{what} is {value:g}, which is not a return.",
                hint="Returns are decimals: -0.17 is -17%.",
                code="shock",
            )

    @staticmethod
    def _check_level(value: float, name: str) -> None:
        if not (math.isfinite(value) and abs(value) <= 1):
            raise InputError(
                f"The change of {name} is {value:g}, which is beyond belief.",
                hint="Changes are decimals: -0.0008 is -8 basis points, 0.03 is 3 "
                "points of volatility.",
                code="shock",
            )

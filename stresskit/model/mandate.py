"""What a client may do about a loss: families, universe, limits, costs, target."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from stresskit.errors import InputError

FAMILIES = ("overlay", "pairs", "options", "trim", "rotation", "cvar", "nothing")
KINDS = ("etf", "future", "stock", "option")
TARGETS = ("share", "money", "floor")
ROBUST = ("none", "budget", "ellipsoid")
# Of these families every order is one of something already listed or held.
SHORTING = ("overlay", "pairs", "cvar")
# CVaR needs draws and seconds: it is asked for.
USUAL = tuple(f for f in FAMILIES if f != "cvar")


@dataclass(frozen=True, kw_only=True)
class HedgeTarget:
    """How much of the loss to take away: one of three kinds.

    ``share`` of the loss (0.5 halves it), ``money`` to take away, or the ``floor``: the
    largest loss left, as a share of the portfolio's value.

    Raises
    ------
    InputError
        If the kind is not known or the value is not one of it.
    """

    kind: str = "share"
    value: float = 0.5

    def __post_init__(self) -> None:
        if self.kind not in TARGETS:
            raise InputError(
                f"A hedge target by {self.kind!r} is not known.",
                hint=f"Give one of: {', '.join(TARGETS)}.",
                code="hedge-target",
            )
        whole = self.kind != "money"
        low = self.value >= 0 if self.kind == "floor" else self.value > 0
        if not (math.isfinite(self.value) and low and (self.value <= 1 or not whole)):
            what = {
                "share": "a share of the loss above 0 and up to 1; 0.5 halves the loss",
                "money": "an amount above zero",
                "floor": "a loss as a share of the value, from 0 to 1",
            }[self.kind]
            raise InputError(
                f"A hedge target of {self.value:g} is not {what}.",
                hint="Give 0.5 or 50% (of the loss), an amount above 1, or floor=4% "
                "(the largest loss left, of the value).",
                code="hedge-target",
            )

    def required(self, loss: float, value: float) -> float:
        """Return the gain asked for in money, 0 where the target is met already.

        Parameters
        ----------
        loss
            Positive, money.
        value
            What shares refer to, money.
        """
        wanted = {
            "share": self.value * loss,
            "money": min(self.value, loss),
            "floor": loss - self.value * value,
        }[self.kind]
        return max(0.0, wanted)

    @property
    def words(self) -> str:
        """What is asked for, in words that follow ``take away``."""
        return {
            "share": f"{self.value:.0%} of the loss",
            "money": f"{self.value:,.0f} of the loss",
            "floor": f"what exceeds a loss of {self.value:.1%} of the value",
        }[self.kind]


@dataclass(frozen=True, kw_only=True)
class Mandate:
    """The limits of one client; shares are of the portfolio's value unless said.

    Parameters
    ----------
    name, title
        An id, and what a client calls it.
    families
        Which kinds of suggestions may be made, of FAMILIES.
    kinds
        What may be traded, of KINDS; ``ucits`` leaves out funds that are none.
    include, exclude
        Tickers, ISINs or TICKER:MIC that alone may be used, or may not.
    restricted
        Holdings that may not be sold, by ticker, ISIN or name.
    gross, short
        Largest sum of notionals, and of short ones, of an overlay.
    instrument
        Largest notional of one instrument (its own cap counts where it is lower).
    premium
        Largest outlay for options.
    turnover, tracking_error
        Of a rotation: largest share sold, and yearly deviation from the present
        portfolio.
    tickets
        Largest number of orders of an overlay, of option packages for options.
    ticket_cost, smallest_ticket
        Money per order, and the smallest order's notional, base currency.
    whole_lots
        Whether only whole units may be ordered.
    participation, days
        Share of a day's volume, and over how many days an order may be spread.
    horizon
        Trading days a hedge is held; costs are for these.
    tax_rate, gain_share
        Tax on gains, and how much of what is sold is gain where nothing else is known.
    cost
        Largest cost over the horizon.
    harm
        What a hedge may lose in another scenario in which the portfolio loses too.
    regret
        How much of a gain in another scenario the hedge may give up, a share of it.
    over_hedge
        How far a segment may be hedged beyond what is held of it.
    confidence
        Smallest confidence of an instrument's place in the chain.
    robust
        ``none``; ``budget``: the worst ``gamma`` instruments deliver less; or
        ``ellipsoid``: all may, as far as ``kappa`` standard deviations together.
    target
        What is asked for.

    Raises
    ------
    InputError
        If the limits contradict each other or are none; the message names them all.
    """

    name: str = "open"
    title: str = "No mandate: every family"
    families: tuple[str, ...] = USUAL
    kinds: tuple[str, ...] = ("etf", "option")
    ucits: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    restricted: tuple[str, ...] = ()
    gross: float = 0.60
    short: float = 0.60
    instrument: float = 1.0
    premium: float = 0.02
    turnover: float = 0.30
    tracking_error: float = 0.06
    tickets: int = 5
    ticket_cost: float = 0.0
    smallest_ticket: float = 0.0
    whole_lots: bool = True
    participation: float = 0.10
    days: float = 1.0
    horizon: int = 21
    tax_rate: float = 0.0
    gain_share: float = 0.0
    cost: float = 0.02
    harm: float = 0.0025
    regret: float = 0.5
    over_hedge: float = 0.02
    confidence: float = 0.5
    robust: str = "none"
    gamma: float = 1.0
    kappa: float = 1.645
    target: HedgeTarget = HedgeTarget()

    def __post_init__(self) -> None:
        found = [*self._words(), *self._numbers(), *self._contradictions()]
        if found:
            raise InputError(
                f"The mandate {self.name!r} cannot hold: {'; '.join(found)}.",
                hint="See `stresskit mandate show private-client` for one that does.",
                code="mandate",
            )

    def _words(self) -> list[str]:
        found = []
        for what, given, known in (
            ("families", self.families, FAMILIES),
            ("kinds", self.kinds, KINDS),
            ("robust", (self.robust,), ROBUST),
        ):
            odd = [g for g in given if g not in known]
            if odd:
                found.append(
                    f"{what} has {odd[0]!r}, which is none of {', '.join(known)}"
                )
        if not self.families:
            found.append("families is empty, so that nothing may be done")
        return found

    def _numbers(self) -> list[str]:
        found = []
        shares = (
            *(
                "participation",
                "tax_rate",
                "gain_share",
                "harm",
                "regret",
                "confidence",
            ),
            *("over_hedge", "cost", "premium", "turnover", "tracking_error"),
        )
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                continue
            if not (math.isfinite(value) and value >= 0):
                found.append(f"{field.name} is {value:g}, below zero or no number")
            elif field.name in shares and value > 1:
                found.append(f"{field.name} is {value:g}; 0.05 is 5%")
        if self.tickets < 1:
            found.append(f"tickets is {self.tickets}, so that nothing may be ordered")
        if self.horizon < 1:
            found.append("horizon is shorter than a day")
        return found

    def _contradictions(self) -> list[str]:
        found = []
        if self.short > self.gross:
            found.append(
                f"short ({self.short:.0%}) is more than gross ({self.gross:.0%})"
            )
        no_short, no_trade = self.short == 0, self.turnover == 0
        trades = "which trades holdings, and turnover is 0"
        needs = (
            ("overlay", no_short, "which sells short, and short is 0: leave one out"),
            ("pairs", no_short, "which sell short, and short is 0"),
            ("cvar", no_short, "which sells short, and short is 0"),
            ("options", "option" not in self.kinds, "and kinds has no 'option'"),
            ("options", self.premium == 0, "and premium is 0, so that none is paid"),
            ("trim", no_trade, trades),
            ("rotation", no_trade, trades),
        )
        found += [
            f"families has '{family}'{'' if words.startswith('and') else ','} {words}"
            for family, lacks, words in needs
            if family in self.families and lacks
        ]
        if self.participation == 0 or self.days == 0:
            found.append("participation or days is 0, so that nothing may be traded")
        both = sorted(set(self.include) & set(self.exclude))
        if both:
            found.append(f"{', '.join(both)} is both included and excluded")
        if self.smallest_ticket and self.ticket_cost > self.smallest_ticket:
            found.append("ticket_cost is more than smallest_ticket")
        return found

"""What the mappers look things up in, built once per portfolio."""

from __future__ import annotations

import datetime as dt
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from stresskit.core.confidence import KNOWING_NOTHING, NORMAL_90
from stresskit.core.identifiers import ticker_key
from stresskit.mappers.directory import issuer_key
from stresskit.mappers.index import has_history, index_of
from stresskit.mappers.index_names import level_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from stresskit.mappers.underlying import Underlying
    from stresskit.model import (
        Evidence,
        Exposure,
        Factor,
        Fund,
        Issue,
        Override,
        Portfolio,
        Position,
        Security,
    )
    from stresskit.model.plugin import Plugin


# Of a mapper that does not say its place.
LAST_TIER = 9


class Mapper(Protocol):
    """Place one position in the value chain, or leave it to the next mapper.

    ``tier`` orders the mappers: 1 override, 1.5 the user's fund files, 2 curated, 3
    funds and futures, 4 words of a name, 5 sector, 6 country; the first answer counts.

    The entry point makes one for each portfolio and factor. What is raised, and what is
    no exposure of the factor's segments, is a warning that names the mapper: the next
    one answers for the position.

    Examples
    --------
    >>> from stresskit.mappers.by_fractions import by_fractions
    >>> from stresskit.model import Position
    >>> class HouseList:
    ...     tier = 1.8
    ...     def map(self, position, context):
    ...         if position.name != "Our chip fund":
    ...             return None
    ...         return by_fractions(
    ...             position, {"AI_ACCEL": 0.7, "MEMORY": 0.3}, context,
    ...             source="house list", matched="its name",
    ...             basis="House list of 24 January 2025", prior_sd=0.1,
    ...         )
    >>> mapper: Mapper = HouseList()
    >>> mapper.map(Position(id="p1", name="Other"), None) is None
    True
    """

    @property
    def tier(self) -> float:
        """Return the place in the order."""

    def map(self, position: Position, context: MappingContext) -> Exposure | None:
        """Return the exposure, or None if this mapper does not know."""


def tier_of(mapper: Mapper) -> float:
    """Return a mapper's place in the order; one without stands last."""
    return float(getattr(mapper, "tier", LAST_TIER))


@dataclass(frozen=True)
class FundFile:
    """The holdings of a fund that the user gave; ``key`` is what names the fund."""

    key: str
    holdings: Portfolio
    where: str


@dataclass
class Failed:
    """Where a plugin's mapper failed, what it did at the first, what is at stake."""

    plugin: Plugin
    what: str
    # By id and name: an override of a beta alone lets a mapper be asked twice.
    at: dict[tuple[str, str], float] = field(default_factory=dict)


@dataclass
class MappingContext:
    """A factor indexed for look-up; mappers add their ``issues`` here.

    ``overridden`` holds the user's row per position id, ``mappers`` are asked in their
    order; ``inside`` are the fund files being looked through, the outermost first, and
    ``used_files`` the keys of those that were. ``as_of`` is the day that contracts are
    valued on, ``prices`` the user's panel of closes, ``underlyings`` what contracts are
    on, by code and currency. ``brought_by`` says of whom a mapper is, by its ``id``;
    ``failed`` holds those of others that did not answer as they should.
    """

    factor: Factor
    portfolio: Portfolio
    overridden: dict[str, Override] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    mappers: tuple[Mapper, ...] = ()
    fund_files: tuple[FundFile, ...] = ()
    inside: tuple[FundFile, ...] = ()
    used_files: set[str] = field(default_factory=set)
    as_of: dt.date = dt.date.min
    prices: pd.DataFrame | None = None
    underlyings: dict[tuple[str | None, ...], Underlying | None] = field(
        default_factory=dict
    )
    brought_by: dict[int, Plugin] = field(default_factory=dict)
    failed: dict[int, Failed] = field(default_factory=dict)

    def __post_init__(self) -> None:
        index = self.index = index_of(self.factor)
        self.directory, self.shocks = index.directory, index.shocks
        self.evidence, self.theme = index.evidence, index.theme
        self.futures, self.sectors = index.futures, index.sectors
        self.other_ids = index.other_ids
        self.noted = set(self.issues)
        # How often something was told, also what had been told before.
        self.told = 0
        self.last_found: tuple[Position, tuple[Security | Fund, str] | None] | None = (
            None
        )
        self._spots: dict[tuple[str, str | None], tuple[float, str]] | None = None

    def looking_into(self, file: FundFile) -> MappingContext:
        """Return the same for the holdings of a fund; what is noted stays apart."""
        inner = copy(self)
        inner.portfolio, inner.overridden, inner.issues = file.holdings, {}, []
        inner.noted, inner.inside = set(), (*self.inside, file)
        return inner

    def note(self, issue: Issue) -> None:
        """Add an issue once, though several mappers may find it."""
        self.told += 1
        if issue not in self.noted:
            self.noted.add(issue)
            self.issues.append(issue)

    def forget(self, codes: tuple[str, ...], values: set[str]) -> None:
        """Take back issues of lines that were placed after all."""
        kept = [i for i in self.issues if not (i.code in codes and i.value in values)]
        self.issues[:] = kept

    def dispersion_of(self, segment: str, residual_sd: float) -> float:
        """Return the event-day standard deviation left to one company."""
        return self.factor.dispersion_of(residual_sd, theme=segment in self.theme)

    def replay_dispersion_of(self, segment: str, residual_sd: float) -> float:
        """Return what is left once the company's own move of the day is counted."""
        theme = segment in self.theme
        scale = self.factor.replay_theme if theme else self.factor.replay_rest
        return scale * residual_sd

    def mapping_sd(self, prior_sd: float) -> float:
        """Return what not knowing the place adds, as a return at severity 1.

        ``spread lambda / 0.45``: knowing nothing (lambda 0.45) leaves the spread of
        all abnormal returns of the event, a better source its share of it.
        """
        low, high = self.factor.universe_low, self.factor.universe_high
        return (high - low) / 2 / NORMAL_90 * prior_sd / KNOWING_NOTHING

    def sensitivities_of(self, fractions: dict[str, float]) -> dict[str, float]:
        """Turn fractions of a business into sensitivities to the shocks."""
        import numpy as np

        from stresskit.core.factor.leaves import priors_of

        key = tuple(sorted(fractions.items()))
        index = self.index
        known = index.sensitivities.get(key)
        if known is not None:
            return known

        ids = self.factor.chain.segment_ids
        if index.composition is None:
            rows = [[self.shocks[k].composition.get(j, 0.0) for j in ids] for k in ids]
            index.composition = np.array(rows)
        tag = np.array([[fractions.get(k, 0.0) for k in ids]])
        found = priors_of(tag, index.composition)[0].tolist()
        made = {k: x for k, x in zip(ids, found, strict=True) if x > 0}
        return index.sensitivities.setdefault(key, made)

    def evidence_of(self, security: Security) -> Evidence | None:
        """Return the evidence of a line, or of another line of the same company.

        The home line of a company whose American line traded on the day moves on
        the same news; a line whose own row has a published move and no returns takes
        the figures of the one that has.
        """
        own = self.evidence.get(security.key)
        if own is not None and has_history(own):
            return own
        same = self.index.evidence_by_issuer.get(issuer_key(security))
        if same is not None and same.segments == security.segments:
            return same
        return own

    def country_mix(self, country: str) -> tuple[dict[str, float], int]:
        """Return what a country's companies outside the theme do, and their number.

        The plain mean of their fractions; companies of the theme are curated one by
        one, so that an unknown company is most likely none.
        """
        if country not in self.index.countries:
            rows = [
                s.segments
                for s in self.factor.chain.securities
                if s.country == country and not self.theme & set(s.segments)
            ]
            ids = sorted({k for row in rows for k in row})
            mix = {k: sum(r.get(k, 0.0) for r in rows) / len(rows) for k in ids}
            self.index.countries[country] = (mix, len(rows))
        return self.index.countries[country]

    @property
    def exposure_holds_delta(self) -> bool:
        """Whether the file's column of exposures is one of delta exposures."""
        return any(
            c.role == "notional" and "delta" in c.header.lower()
            for c in self.portfolio.columns
        )

    def spot_of(self, code: str, currency: str | None) -> tuple[float | None, str]:
        """Return the price of what a contract is on, and where that is from.

        A column of the file, another line of the portfolio in the same currency, or the
        last close of the user's prices by the holdings' date; None where none has it.
        """
        if self._spots is None:
            self._spots = dict(self._known_spots())
        wanted = ticker_key(code)
        found = self._spots.get((wanted, currency)) or self._spots.get((wanted, None))
        return found or (None, "")

    def _known_spots(
        self,
    ) -> Iterator[tuple[tuple[str, str | None], tuple[float, str]]]:
        if self.prices is not None:
            until = self.prices.loc[: str(self.as_of)]
            for name in until.columns:
                series = until[name].dropna()
                if len(series):
                    day = f"{series.index[-1]:%Y-%m-%d}"
                    yield (
                        (ticker_key(level_of(str(name))), None),
                        (float(series.iloc[-1]), f"the prices of {day}"),
                    )
        for p in self.portfolio.positions:
            code = p.identifiers.ticker
            if p.asset_class in ("equity", "fund") and p.price and code:
                at = (ticker_key(code), p.currency)
                yield at, (p.price, f"the line of {p.name}")
        for p in self.portfolio.positions:
            spot, root = p.terms.get("underlying_price"), p.terms.get("underlying")
            if isinstance(spot, int | float) and spot > 0 and root:
                at = (ticker_key(level_of(str(root))), p.currency)
                yield at, (float(spot), f"the row of {p.name}")

    def rate_to_base(self, currency: str | None) -> float | None:
        """Return the base currency per unit of a currency, None where not known."""
        if currency is None or currency == self.portfolio.base_currency:
            return 1.0
        return self.portfolio.fx.get(currency)

    def currency_of(self, position: Position) -> str | None:
        """Return the position's currency, or the portfolio's where it has none."""
        return position.currency or self.portfolio.base_currency

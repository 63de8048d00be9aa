"""What the mappers look things up in, built once per portfolio."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stresskit.core.identifiers import ticker_key
from stresskit.core.names import company_key
from stresskit.core.regions import US_EXCHANGES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stresskit.model import (
        Evidence,
        Factor,
        Fund,
        Issue,
        Portfolio,
        Position,
        Security,
        Shock,
    )


# Half of the distance between the 5th and the 95th percentile, in standard
# deviations of a normal distribution.
NORMAL_90 = 1.6448536269514722
# Lambda, the standard deviation of a sensitivity, where nothing is known.
KNOWING_NOTHING = 0.45


@dataclass(frozen=True)
class OverrideRow:
    """One line of the user's overrides; ``where`` is its place in their file."""

    position_id: str | None
    name: str | None
    isin: str | None
    ticker: str | None
    segments: dict[str, float]
    beta: float | None
    reason: str
    where: str


@dataclass
class MappingContext:
    """A factor indexed for look-up; mappers add their ``issues`` here."""

    factor: Factor
    portfolio: Portfolio
    overrides: tuple[OverrideRow, ...] = ()
    issues: list[Issue] = field(default_factory=list)

    def __post_init__(self) -> None:
        chain = self.factor.chain
        listed: list[Security | Fund] = [*chain.securities, *chain.funds]
        self.by_isin = {s.isin: s for s in listed if s.isin}
        self.by_national = _national_numbers(listed)
        self.by_ticker: dict[str, list[Security | Fund]] = defaultdict(list)
        self.by_name: dict[str, list[Security | Fund]] = defaultdict(list)
        for s in listed:
            self.by_ticker[bare_ticker(s.ticker)].append(s)
            self.by_name[company_key(s.name)].append(s)
        self.evidence: dict[str, Evidence] = {e.key: e for e in self.factor.evidence}
        self.evidence_by_name: dict[str, Evidence] = {}
        for e in self.factor.evidence:
            if e.role != "fund":
                self.evidence_by_name.setdefault(company_key(e.name), e)
        self._noted = set(self.issues)
        self._composition: NDArray[np.float64] | None = None
        self.shocks: dict[str, Shock] = {s.segment: s for s in self.factor.shocks}
        self.theme = {s.id for s in chain.segments if s.theme}
        self.rest_by_sector = {
            s.gics_sector: s.id for s in chain.segments if s.gics_sector
        }

    def note(self, issue: Issue) -> None:
        """Add an issue once, though several mappers may find it."""
        if issue not in self._noted:
            self._noted.add(issue)
            self.issues.append(issue)

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

        ids = self.factor.chain.segment_ids
        if self._composition is None:
            rows = [[self.shocks[k].composition.get(j, 0.0) for j in ids] for k in ids]
            self._composition = np.array(rows)
        tag = np.array([[fractions.get(k, 0.0) for k in ids]])
        found = priors_of(tag, self._composition)[0].tolist()
        return {k: x for k, x in zip(ids, found, strict=True) if x > 0}

    def evidence_of(self, security: Security) -> Evidence | None:
        """Return the evidence of a line, or of another line of the same company.

        The home line of a company whose American line traded on the day moves on
        the same news; a second line without figures of its own takes the first's.
        """
        own = self.evidence.get(f"{security.ticker}:{security.mic}")
        if own is not None:
            return own
        same = self.evidence_by_name.get(company_key(security.name))
        return same if same is not None and same.segments == security.segments else None

    def currency_of(self, position: Position) -> str | None:
        """Return the position's currency, or the portfolio's where it has none."""
        return position.currency or self.portfolio.base_currency


def bare_ticker(ticker: str) -> str:
    """Return a ticker without separators and leading zeros: BRK.B is BRKB."""
    bare = ticker_key(ticker).replace(".", "")
    return bare.lstrip("0") if bare.isdigit() else bare


def same_market(mic_a: str, mic_b: str) -> bool:
    """Whether two exchanges are one place: US venues are named at random."""
    return mic_a == mic_b or (mic_a in US_EXCHANGES and mic_b in US_EXCHANGES)


def _national_numbers(listed: list[Security | Fund]) -> dict[str, Security | Fund]:
    """Index by CUSIP (US, CA) and SEDOL (GB, IE) inside the ISIN."""
    found: dict[str, Security | Fund] = {}
    for s in listed:
        if s.isin and s.isin[:2] in ("US", "CA"):
            found[s.isin[2:11]] = s
        elif s.isin and s.isin[:2] in ("GB", "IE") and s.isin[2:4] == "00":
            found[s.isin[4:11]] = s
    return found

"""How each position relates to the value chain, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, field

from stresskit.model.portfolio import Issue

TIERS = {
    "override": "A",
    "curated": "B",
    "fund": "C",
    "industry": "D",
    "prices": "D",
    "terms": "B",
    "sector": "E",
    "country": "E",
    "unmapped": "F",
    "cash": "-",
    "not stressed": "-",
}


@dataclass(frozen=True, kw_only=True)
class OptionTerms:
    """What an option needs to be valued again.

    ``spot``, ``strike`` and ``premium`` (value of one) are in one currency. A position
    worth V holds ``V per_value`` of them, negative for a short one; where its value is
    zero, ``units`` (in base currency per unit of premium). ``years`` to expiry,
    ``volatility``, ``rate`` and ``dividend`` per year, decimals. ``slope`` is how many
    points implied volatility moves per percent of the spot's return, negative.
    ``exercise`` is ``american`` or ``european``; ``index`` names the volatility factor
    that moves it, if any.
    """

    spot: float
    strike: float
    premium: float
    per_value: float
    units: float
    years: float
    volatility: float
    rate: float
    dividend: float
    call: bool
    slope: float
    exercise: str
    index: str | None = None


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """One position's place in the chain.

    ``description`` is what the business does: fractions per segment, >= 0, sum 1
    (empty where nothing is known). ``sensitivities`` is what P&L uses: how much
    of a segment's abnormal return the position takes, free sum. ``beta`` is to
    the ex-theme market. ``confidence`` runs from 0 to 1.

    What is not known, as standard deviations of the return at severity 1:
    ``dispersion`` is what the company does on its own (``dispersion_replay`` once
    its own move of the day is counted in), ``mapping_sd`` what not knowing its
    place adds; ``beta_sd`` is in units of beta. ``specific_sd`` is daily, net of
    market and segments. ``issuer`` is the same for lines whose errors are one:
    they are netted before they are squared. ``moves`` is False
    for what this stress leaves where it is (cash, bonds): its P&L is zero and
    ``covered`` says whether that zero is an answer (cash) or a gap (bonds).
    ``market_shares`` says to which regions' markets the beta is where there are
    several (a fund looked through), summing to 1; empty means ``region``.
    ``looked_through`` is the share of a fund's holdings that was placed;
    ``suggestions`` are listed lines with names alike, for the user to look at.

    ``others`` is the return per unit move of other factors (minus the duration for a
    yield), ``convexity`` the second derivative by the yield among them. ``currencies``
    says in which currencies the value stands, in shares (empty: that of the file);
    those of a forward add up to zero. ``leverage`` is the daily multiple that
    sensitivities, beta and errors hold already. ``option`` are the terms of what is
    valued again: the rest of the exposure is then that of what is underneath.
    ``sector`` (GICS) and ``country`` are those of a company of the value chain.
    """

    position_id: str
    description: dict[str, float]
    sensitivities: dict[str, float]
    beta: float
    beta_sd: float
    specific_sd: float
    dispersion: float
    dispersion_replay: float
    source: str
    matched: str
    basis: str
    confidence: float
    mapping_sd: float
    issuer: str
    covered: bool
    moves: bool = True
    own_name: float = 0.0
    region: str = "US"
    main_segment: str | None = None
    market_shares: dict[str, float] = field(default_factory=dict)
    looked_through: float | None = None
    suggestions: tuple[str, ...] = ()
    others: dict[str, float] = field(default_factory=dict)
    convexity: float = 0.0
    currencies: dict[str, float] = field(default_factory=dict)
    leverage: float = 1.0
    option: OptionTerms | None = None
    sector: str = ""
    country: str = ""

    def of(self, position_id: str) -> Exposure:
        """Return the same for another line of the security; all else is shared."""
        if position_id == self.position_id:
            return self
        # ``replace`` would set every field anew, which takes forty times as long.
        made = object.__new__(Exposure)
        values = self.__dict__.copy()
        values["position_id"] = position_id
        object.__setattr__(made, "__dict__", values)
        return made

    @property
    def markets(self) -> dict[str, float]:
        """The regions whose markets the beta is to, with shares that sum to 1."""
        return self.market_shares or {self.region: 1.0}

    @property
    def tier(self) -> str:
        """How good the source is: A (the user) to F (nothing).

        ``-`` is what does not move, ``?`` the source of a plugin.
        """
        return TIERS.get(self.source, "?")


@dataclass(frozen=True, kw_only=True)
class Exposures:
    """An exposure per position, in the portfolio's order.

    ``segments`` fixes the order of columns in every matrix built from it;
    ``overrides`` say where, by whom, when and why the user placed a line, ``inputs``
    holds the SHA-256 of each file that went in besides the holdings.
    """

    segments: tuple[str, ...]
    rows: tuple[Exposure, ...]
    issues: tuple[Issue, ...] = ()
    overrides: tuple[dict[str, str], ...] = field(default=())
    inputs: dict[str, str] = field(default_factory=dict)

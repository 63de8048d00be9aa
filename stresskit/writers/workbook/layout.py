"""Where everything is: the sheets refer to each other through this map alone."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from stresskit.model import NOT_STATED, Presentation
from stresskit.writers.text import clean_text
from stresskit.writers.workbook.book import area, cell, column
from stresskit.writers.workbook.figures import OTHER, Figures
from stresskit.writers.workbook.grid import (
    MOST_POSITIONS,
    SEVERITIES,
    Variant,
    variants_of,
)
from stresskit.writers.workbook.language import Language
from stresskit.writers.workbook.words import Sentences

if TYPE_CHECKING:
    from stresskit.model import (
        Hedge,
        HedgeLeg,
        HedgePlan,
        Instrument,
        PositionResult,
        Segment,
        SegmentResult,
        StressResult,
        Validation,
    )

# Positions and Exposures keep a position in the same row.
FIRST = 10
HEAD = 9


class Exp:
    """Columns and top rows of the Exposures sheet."""

    ID, NAME, MAIN, REGION, ISSUER, MONEY, BETA, BETA_SD, MAPPING_SD = range(9)
    DISPERSION, REPLAY, OWN, NET, MARKET, OWN_USED, FX, D = range(9, 17)
    SEGMENT_RETURN, OTHER, LOCAL, USED, SLOPE_OWN, ERROR = range(17, 23)
    HELD, LIMIT, ERROR_MONEY, OTHER_VALUE, OTHER_ERROR = range(23, 28)
    CONVEXITY, LEVERAGE, SPECIFIC, NET_BETA, NET_PLACE, NET_ALONE = range(28, 34)
    SEGMENTS = 34
    SHOCK, SLOPE, EXPOSED, EXPOSED_ERROR, CLUSTER = range(3, 8)


class Pos:
    """Columns of the Positions sheet."""

    NAME, TICKER, ISIN, SEGMENT, SOURCE, CONFIDENCE, COVERED, BASE = range(8)
    EXPOSURE, PNL, PCT, LOW, HIGH, MARKET, SEGMENTS, OWN, FX = range(8, 17)
    OTHERS, OPTIONS, CROSS, ROW, ID, GROSS = range(17, 23)
    # What a position belongs to, for Breakdowns; in the order of KEYS.
    GROUP, SECTOR, COUNTRY, CURRENCY, ACCOUNT, DIRECTION, CLASS = range(23, 30)
    KEYS = (
        *("group", "sector", "country", "currency", "account"),
        *("direction", "asset_class"),
    )
    COUNT = 30


class Opt:
    """Columns of the Options sheet."""

    NAME, SIGN, AMERICAN, SPOT, STRIKE, YEARS, VOL, RATE, DIVIDEND = range(9)
    SLOPE, MONEY, BEFORE, RETURN, SHIFT, AFTER, VOL_AFTER = range(9, 16)
    YEARS_AFTER, VALUE, DELTA, BEYOND, ERROR_MONEY = range(16, 21)
    NAMES = (
        *("SIGN", "AMERICAN", "SPOT", "STRIKE", "YEARS", "VOL", "RATE", "DIVIDEND"),
        *("SLOPE", "MONEY", "BEFORE", "RETURN", "SHIFT", "AFTER", "VOL_AFTER"),
        *("YEARS_AFTER", "VALUE", "DELTA"),
    )


class Scen:
    """Columns of the tables on the Scenario sheet; inputs share one column."""

    ID, TITLE, GROUP, MEMBERS, RAW, SHRUNK, ERROR, INPUT, SCALED, SLOPE, AS_RUN = range(
        11
    )
    Z, RANK, EXPECTED = range(11, 14)


# The column of an option order's return, in the table of options on Order values.
OPTION_RETURN = 14


def _alike(one: float, two: float) -> bool:
    return math.isclose(one, two, rel_tol=1e-9, abs_tol=1e-12)


@dataclass(frozen=True)
class Driven:
    """Columns of the variants' moves on Sensitivities, to the right of the page."""

    top: int
    segments: int
    regions: int
    others: int
    currencies: int

    first = 11
    severity, beta, sensitivity = range(11, 14)

    @property
    def head(self) -> int:
        """The row of the labels."""
        return self.top - 1

    @property
    def last(self) -> int:
        """The last column."""
        return self.currency(self.currencies) - 1

    def row(self, number: int) -> int:
        """Return a variant's row."""
        return self.top + number

    def segment(self, number: int) -> int:
        """Return a used segment's column."""
        return self.sensitivity + 1 + number

    def region(self, number: int) -> int:
        """Return a market leg's column."""
        return self.segment(self.segments) + number

    def other(self, number: int) -> int:
        """Return an other factor's column."""
        return self.region(self.regions) + number

    def currency(self, number: int) -> int:
        """Return a currency's column."""
        return self.other(self.others) + number

    def labels(self, layout: Layout) -> list[str]:
        """Return what the columns are headed with."""
        f, say = layout.figures, layout.language.say
        plain = [say(t) for t in ("Severity", "Beta times", "Sensitivity times")]
        moves = [f.segment_ids[k] for k in f.used]
        regions = [layout.language.data(r.name) for r in f.regions]
        return [*plain, *moves, *regions, *(o.id for o in f.others), *f.currencies]


@dataclass(frozen=True)
class Layout:
    """The result with the rows its parts are written to; all count from 0."""

    result: StressResult
    plan: HedgePlan | None
    figures: Figures
    presentation: Presentation = field(default_factory=Presentation)
    validation: Validation | None = None

    language: Language = field(default_factory=Language)

    @cached_property
    def sentences(self) -> Sentences:
        """The summary's sentences; Checks holds the figures they name."""
        return Sentences(self, self.words_first)

    # The first check's row on Checks, and how many there are without hedges.
    CHECK_FIRST = 6
    CHECKS = 9

    @property
    def check_last(self) -> int:
        """The last check's row: a suggestion has one of its own."""
        return self.CHECK_FIRST + self.CHECKS + len(self.hedges()) - 1

    @property
    def words_first(self) -> int:
        """The row of the first figure that a sentence names."""
        return self.check_last + 4

    @property
    def shares(self) -> bool:
        """Whether amounts are shares of the portfolio: weights and no money."""
        r = self.result
        return r.currency is None and abs(r.base_value) < 10

    @property
    def unit(self) -> str:
        """What money columns are headed with."""
        if self.shares:
            return "% of portfolio"
        return self.result.currency or "file currency"

    @property
    def rows(self) -> tuple[PositionResult, ...]:
        """The positions, in the file's order."""
        return self.result.by_position

    @cached_property
    def issuer_rows(self) -> dict[str, list[int]]:
        """The positions of each issuer, by their place."""
        found: dict[str, list[int]] = {}
        for number, r in enumerate(self.rows):
            found.setdefault(r.exposure.issuer, []).append(number)
        return found

    @property
    def last(self) -> int:
        """The last position's row on Positions and Exposures."""
        return FIRST + max(len(self.rows), 1) - 1

    @property
    def last_segment_column(self) -> int:
        """The last segment's column on Exposures."""
        return Exp.SEGMENTS + len(self.figures.used) - 1

    @cached_property
    def titles(self) -> dict[str, Segment]:
        """The chain's segments by id."""
        return {s.id: s for s in self.result.scenario.factor.chain.segments}

    @cached_property
    def group_titles(self) -> dict[str, str]:
        """The chain's group titles by id."""
        return {g.id: g.title for g in self.result.scenario.factor.chain.groups}

    def part_names(self, by: str) -> list[str]:
        """Return what each position belongs to, as the report calls it."""
        titles = self.group_titles if by == "group" else {}
        say = self.language.data
        given = by in ("account", "currency", "country")
        typed: set[str | None] = set()
        if by == "sector":
            # What the file says stays as it was typed.
            typed = {r.position.sector for r in self.rows}
        shown: dict[str, str] = {}
        for key in self.result.parts_of(by):
            if key not in shown:
                plain = (given or key in typed) and key != NOT_STATED
                text = clean_text(key if plain else say(titles.get(key, key)))
                # Formulas compare without regard to case.
                taken = {t.casefold() for t in shown.values()}
                more = 2
                while text.casefold() in taken:
                    text, more = f"{text} ({more})", more + 1
                shown[key] = text
        return [shown[key] for key in self.result.parts_of(by)]

    # Scenario ---------------------------------------------------------------

    REGION_FIRST = 15

    @property
    def currencies(self) -> tuple[str, ...]:
        """Currencies that money stands in, but the base currency."""
        return tuple(self.figures.currencies)

    @property
    def fx_first(self) -> int:
        """The first currency's row on Scenario, where there is one."""
        return self.REGION_FIRST + len(self.figures.regions) + 3

    @property
    def other_first(self) -> int:
        """The first other factor's row on Scenario, where there is one."""
        after = self.fx_first + len(self.currencies)
        return after + 3 if self.currencies else self.fx_first

    @property
    def segment_first(self) -> int:
        """The first segment's row on Scenario."""
        after = self.other_first + len(self.figures.others)
        return after + 3 if self.figures.others else self.other_first

    def other_column(self, number: int) -> int:
        """Return the column of an other factor's loadings on Exposures."""
        return self.last_segment_column + 1 + number

    @property
    def last_column(self) -> int:
        """The last column on Exposures."""
        return self.last_segment_column + len(self.figures.others)

    @property
    def segment_last(self) -> int:
        """The last segment's row on Scenario."""
        return self.segment_first + len(self.figures.segment_ids) - 1

    def region_row(self, region: str) -> int:
        """Return the row of a region's market leg."""
        names = [r.name for r in self.figures.regions]
        return self.REGION_FIRST + names.index(region if region in names else OTHER)

    OPTION_FIRST = 4

    def option_row(self, number: int) -> int:
        """Return a position's row on Options."""
        return self.OPTION_FIRST + self.figures.option_rows.index(number)

    # Ranges -----------------------------------------------------------------

    def positions(self, col: int) -> str:
        """Return a column of the Positions table."""
        return f"Positions!{area(FIRST, col, self.last, col)}"

    def exposures(self, col: int) -> str:
        """Return a column of the Exposures table."""
        return f"Exposures!{area(FIRST, col, self.last, col)}"

    def segment_row(self, row: int) -> str:
        """Return one of the rows above the matrix, over all its segments."""
        return f"Exposures!{area(row, Exp.SEGMENTS, row, self.last_segment_column)}"

    def matrix_row(self, row: int) -> str:
        """Return a security's sensitivities, addressed for a formula in its row."""
        last = column(self.last_segment_column)
        return f"{column(Exp.SEGMENTS)}{row + 1}:{last}{row + 1}"

    def top_row(self, row: int) -> str:
        """Return a row above the matrix, for formulas on the same sheet."""
        return area(row, Exp.SEGMENTS, row, self.last_segment_column)

    # Exposures: hedge instruments below the positions -------------------------

    @property
    def instrument_first(self) -> int:
        """The first hedge instrument's row on Exposures."""
        return self.last + 4

    # Sensitivities --------------------------------------------------------------

    LINE_FIRST = 5

    @cached_property
    def variants(self) -> tuple[Variant, ...]:
        """The portfolio at other severities, then with other estimates."""
        return variants_of(self.figures.stressed)

    @property
    def live_variants(self) -> bool:
        """Whether every position has a formula for each of them."""
        return len(self.rows) <= MOST_POSITIONS

    @property
    def estimates_first(self) -> int:
        """The row of the heading over the other estimates."""
        return self.LINE_FIRST + len(SEVERITIES) + 4

    GRID_TOTAL = 6

    def grid_column(self, number: int) -> int:
        """Return a variant's column of P&L on Grid."""
        return 2 + number

    def option_return_column(self, number: int) -> int:
        """Return a variant's column of the options' returns on Grid."""
        return 2 + len(self.variants) + number

    def option_vol_column(self, number: int) -> int:
        """Return a variant's column of the options' volatilities on Grid."""
        return 2 + 2 * len(self.variants) + number

    @cached_property
    def driven(self) -> Driven:
        """Where the variants' moves are on Sensitivities."""
        f = self.figures
        counts = (len(f.used), len(f.regions), len(f.others), len(f.currencies))
        return Driven(self.LINE_FIRST, *counts)

    # Attribution --------------------------------------------------------------

    @cached_property
    def shown_segments(self) -> tuple[SegmentResult, ...]:
        """The segments the portfolio is sensitive to, the largest loss first."""
        f = self.figures
        touched = {
            f.segment_ids[k] for k in f.used if (f.sensitivities[:, k] != 0).any()
        }
        shown = [s for s in self.result.by_segment if s.segment in touched]
        shown = shown or list(self.result.by_segment[:1])
        return tuple(sorted(shown, key=lambda s: s.pnl))

    @cached_property
    def shown_groups(self) -> tuple[str, ...]:
        """Their groups, in the chain's order."""
        have = {s.group for s in self.shown_segments}
        ordered = [g for g in self.group_titles if g in have]
        return (*ordered, *sorted(have - set(ordered)))

    @property
    def chart_rows(self) -> int:
        """How many rows the charts on Attribution take."""
        return max(20, math.ceil((18 * len(self.shown_segments) + 110) / 20))

    @property
    def parts_first(self) -> int:
        """The first row of the table of P&L by source."""
        return 5 + self.chart_rows

    @property
    def shown_first(self) -> int:
        """The first row of the table of segments on Attribution."""
        return self.parts_first + 12

    @property
    def steps_first(self) -> int:
        """The first row of the waterfall's figures."""
        return self.shown_first + len(self.shown_segments) + 4

    @property
    def steps_last(self) -> int:
        """The row of the waterfall's last step: market, groups, own, rest, P&L."""
        return self.steps_first + len(self.shown_groups) + 3

    # Hedges -------------------------------------------------------------------

    FAMILY_FIRST = 4
    # The first order's row on Order values.
    ORDER_FIRST = 6

    @cached_property
    def leg_rows(self) -> tuple[int, ...]:
        """The first leg's row of every hedge on Hedges."""
        if self.plan is None:
            return ()
        rows, row = [], self.FAMILY_FIRST + len(self.plan.hedges) + 4
        for hedge in self.plan.hedges:
            rows.append(row)
            # Without orders a suggestion is told in its line of the comparison.
            row += len(hedge.legs) + 5 if hedge.legs else 0
        return tuple(rows)

    @cached_property
    def instruments(self) -> tuple[Instrument, ...]:
        """The instruments that an order is in, or an option on one."""
        if self.plan is None:
            return ()
        used = {(leg.instrument, leg.mic) for h in self.plan.hedges for leg in h.legs}
        return tuple(i for i in self.plan.instruments if (i.ticker, i.data.mic) in used)

    def instrument_row(self, leg: HedgeLeg) -> int | None:
        """Return the row on Exposures of a leg's instrument, None of a holding's."""
        for number, i in enumerate(self.instruments):
            if (i.ticker, i.data.mic) == (leg.instrument, leg.mic):
                return self.instrument_first + number
        return None

    def currency_cell(self, currency: str | None) -> str | None:
        """Return the cell of a currency's return, None where Scenario has none."""
        if currency not in self.currencies:
            return None
        return f"Scenario!{cell(self.fx_first + self.currencies.index(currency), 8)}"

    @cached_property
    def option_legs(self) -> tuple[HedgeLeg, ...]:
        """The options among the orders, in the order of the sheet."""
        return tuple(leg for h in self.hedges() for leg in h.legs if leg.option)

    @property
    def option_legs_first(self) -> int:
        """The first row of the table of options on Order values."""
        return self.ORDER_FIRST + sum(len(h.legs) for h in self.hedges()) + 3

    def return_formula(self, leg: HedgeLeg) -> str | None:
        """Return the formula of a leg's return, None where nothing explains it.

        A leg is an option, an instrument of the plan, or a holding that is sold.
        """
        if leg.option is not None:
            at = self.option_legs_first + self.option_legs.index(leg)
            return f"='Order values'!{cell(at, OPTION_RETURN)}"
        row = self.instrument_row(leg)
        if row is not None:
            return self._instrument_return(leg, row)
        f = self.figures
        for number, r in enumerate(self.rows):
            ids = r.position.identifiers
            if leg.instrument not in (r.position.id, ids.ticker, ids.isin):
                continue
            local = max(float(f.return_used[number]), -1.0)
            whole = (1 + local) * (1 + float(f.fx[number])) - 1
            at = FIRST + number
            base = f"MAX(Exposures!{cell(at, Exp.USED)},-1)"
            if math.isclose(local, leg.stress_return, rel_tol=1e-9, abs_tol=1e-12):
                return f"={base}"
            if math.isclose(whole, leg.stress_return, rel_tol=1e-9, abs_tol=1e-12):
                return f"=(1+{base})*(1+Exposures!{cell(at, Exp.FX)})-1"
        return None

    def _instrument_return(self, leg: HedgeLeg, row: int) -> str | None:
        i = self.instruments[row - self.instrument_first]
        local = f"Exposures!{cell(row, Exp.LOCAL)}"
        r = i.local_return
        if _alike(r, leg.stress_return):
            return f"={local}"
        moved = self.currency_cell(leg.currency)
        if moved is None or leg.currency is None:
            return None
        c = self.figures.currencies[leg.currency]
        if _alike(r * (1 + c), leg.stress_return):
            return f"={local}*(1+{moved})"
        if _alike((1 + r) * (1 + c) - 1, leg.stress_return):
            return f"=(1+{local})*(1+{moved})-1"
        return None

    def hedges(self) -> tuple[Hedge, ...]:
        """Return the plan's hedges, none without a plan."""
        return self.plan.hedges if self.plan else ()

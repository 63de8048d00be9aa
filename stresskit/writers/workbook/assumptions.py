"""The Assumptions sheet: the method on a page, its limits, what it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stresskit.model import Factor
    from stresskit.writers.workbook.book import Book
    from stresskit.writers.workbook.layout import Layout

WIDTH = 132
LAST = 1

ESTIMATED = """\
On the event day each stock's return is split in two: its beta times the market
outside the theme, and an abnormal return. The mean abnormal return of a segment's
members, pulled a little towards its parent group where members are few, is a first
estimate of the segment's shock. A regression of all stocks on what each usually takes
of each segment, with the first estimate as its prior, gives the shock."""
STATED = """\
The shocks are moves as their author stated them; nothing was estimated. What was not
stated and had to be assumed is listed under Data quality. Betas, volatilities and
sensitivities are those of the factor {basis}."""
VARIED = """\
The shocks are those of the factor {basis}, told with other weights on its narrative
drivers by its author: a judgement, not a measurement of any day."""

# A label on a line of its own, then its text; a blank line between items.
METHOD = """\
The event
{event}

Severity
Shocks scale in logs, so that no price falls below zero: f(s) = exp(s x ln(1 + f)) -
1. Losses grow with the severity s; gains stop growing at s = 1, out of prudence.
Severity 1 is the event itself. Market legs and companies' own moves scale in the
same way.

A holding's return
r = beta x market + sum over segments of sensitivity x shock + own move. The own
move counts in replay mode only: the same day again, instead of an event of this
kind. r is never below -100%.

P&L
P&L = exposure x ((1 + r) x (1 + currency return) - 1). It splits without remainder
into market, segments, own name, currency, options, and a cross term that holds
local times currency and what the floor gives back.

Exposure
The market value; for a future the money it moves. A short is negative. Cash and
what this stress leaves where it is move by nothing; whether that is an answer or a
gap is said under Covered.

Sensitivities
What a business does (fractions that add up to 1) is one thing, how hard it is hit
another. The P&L uses the second: at least 0 for companies of the theme, free to add
up to more than 1, estimated from returns before the event where there is a history.
The source and the confidence stand beside every position.

The range
P&L +/- multiplier x square root of (measurement + dispersion + beta + mapping).
Measurement: sum of (money exposed x error of the shock)^2. Dispersion: what companies
do on their own, in money, squared and summed, with a correlation of 0.10 within a
segment. Beta: (exposure x error of beta x market)^2, summed. Mapping: (exposure x
error of the place in the chain)^2, summed; nothing for companies whose sensitivities
were estimated, because their dispersion was measured on predictions made with them.
Lines of one issuer are netted before they are squared. Errors of a return grow with
the severity like the return itself, h = s x (1 + r)^((s - 1) / s), and no range
reaches below the loss of the whole value. The multiplier belongs to a t distribution
with 5 degrees of freedom.

Markets outside the United States
The market leg was estimated for American securities only. European and Asian holdings
move with their segments and without a market leg, rather than with a guess; the
amount this leaves out is stated under Data quality.

Hedges
A leg makes its notional times the instrument's return in the same scenario, with
the opposite sign for a short or a sale. What is left is the P&L plus the hedge P&L
less the cost. The cost is that of the horizon of the mandate: two half-spreads,
commission, borrow of a short, and the impact of its own size (daily volatility times
the root of its share of a day's volume). An option's cost is 3% of the premium each way
and what it loses by time; the premium is shown apart. Options are valued by
Black-Scholes-Merton; where no volatility is quoted it is 1.15 times the past's, higher
below the spot (0.4 points per point of moneyness) and a little lower above it.
"""

LIMITS = """\
Hypothetical
This is a what-if calculation. It is no forecast, and no probability is attached to
the scenario. The range says how far off the projection may be if the event happens;
it says nothing on whether it will.

One event, in hindsight
The shocks come from one event and were chosen knowing what happened. Next time the
same news may hit other companies, or the same ones with the other sign.

All at once
Every shock is taken to arrive in one instant. Nobody trades, rebalances or is
called for margin along the way, and nothing recovers afterwards.

Model and mapping
Betas, sensitivities and the place of a holding in the value chain are estimates or
judgement. Positions that could not be placed carry a wide range and are listed in
money under Data quality.

Liquidity and crowding
Moves on the event day include forced selling in crowded names. They may be larger
or smaller when holders are positioned differently. Prices at which a hedge can be
traded may be worse than assumed.

What is left out
Interest rates, credit and volatility are not stressed, except where a position says
otherwise. Bonds keep their value and count as not covered.

Hedges and costs
Costs, borrow fees and lots are estimates at the date of the data. An instrument may
not follow the holdings it is meant to protect. Limits are those of the mandate named
on the Hedges sheet; suitability, margin and rolling of futures are not considered, tax
only where the mandate states a rate.

Use
This report is information for a professional reader. It is not investment advice
and no offer. Where it is shown to clients, rules on hypothetical performance may
ask for these criteria, assumptions and risks to go with it; legal review is the
sender's.
"""


def write(book: Book, layout: Layout) -> None:
    """Write the sheet."""
    sheet = book.sheet("Assumptions")
    sheet.widths([24, WIDTH])
    sheet.title("Assumptions", "How the figures come about and what they leave out.", 2)
    row = 3
    scenario, language = layout.result.scenario, layout.language
    chosen = (
        (
            "Scenario",
            language.say(
                "{event}; severity {severity}, mode {mode} as run. Amounts in {unit}.",
                event=language.data(scenario.factor.title),
                severity=language.number(scenario.severity, 2),
                mode=scenario.mode,
            ),
        ),
        (
            "Settings of the factor",
            "; ".join(f"{k} = {v}" for k, v in scenario.factor.method.items())
            or language.say("none stated"),
        ),
    )
    for heading, items in (
        ("In this report", chosen),
        ("The method", _items(METHOD.format(event=_event(scenario.factor)))),
        ("Limits and disclosures", _items(LIMITS)),
    ):
        sheet.section(row, 0, LAST, heading)
        for label, text in items:
            row += 1
            sheet.say(row, 0, label, "wrap:term")
            sheet.paragraph(row, text, width=WIDTH, col=1, style="wrap:prose")
        row += 2
    sheet.raw.freeze_panes(2, 0)


def _event(factor: Factor) -> str:
    """Say where the shocks come from."""
    if factor.stated:
        return STATED.format(basis=factor.basis)
    return VARIED.format(basis=factor.basis) if factor.variant else ESTIMATED


def _items(text: str) -> tuple[tuple[str, str], ...]:
    """Split running text into labels and paragraphs."""
    found = []
    for item in text.strip().split("\n\n"):
        label, _, words = item.partition("\n")
        found.append((label, " ".join(words.split())))
    return tuple(found)

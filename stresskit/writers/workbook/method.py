"""The Method sheet: how the figures come about, and what the words mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stresskit.model import Factor
    from stresskit.writers.workbook.book import Book, Sheet
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
Severity
Shocks scale in logs, so that no price falls below zero: f(s) = exp(s x ln(1 + f)) -
1. Losses grow with the severity s; gains stop growing at s = 1, out of prudence.
Severity 1 is the event itself. Market legs and companies' own moves scale in the
same way.

A holding's return
r = beta x market + sum over segments of sensitivity x shock + own move + what other
factors do. The own move counts in replay mode only: the same day again, instead of an
event of this kind. r is never below -100%.

P&L
P&L = exposure x ((1 + r) x (1 + currency return) - 1). It splits without remainder
into market, segments, own name, currency, other factors, options, and a cross term
that holds local times currency and what the floor gives back.

Exposure
The market value; for a future the money it moves, for an option its delta times what
is underneath. A short is negative. Cash and what this stress leaves where it is move
by nothing; whether that is an answer or a gap is said under Covered.

Sensitivities
What a business does (fractions that add up to 1) is one thing, how hard it is hit
another. The P&L uses the second: at least 0 for companies of the theme, free to add
up to more than 1, estimated from returns before the event where there is a history.
The source and the confidence stand beside every position.

Rates, credit, gold, bitcoin, currencies
They move as they usually did with the drivers of the event, or as on its days, or not
at all; the sheet Scenario says who set each. Bonds follow yields and spreads by their
duration and convexity.

Options
Black-Scholes-Merton before and after. The share underneath moves by the same
segments; volatility rises when its price falls. An American option is worth at least
what exercise gives.

The range
P&L +/- multiplier x square root of (measurement + dispersion + beta + mapping + other
factors). Measurement: sum of (money exposed x error of the shock)^2. Dispersion: what
companies do on their own, in money, squared and summed, with a correlation of 0.10
within a segment. Beta: (exposure x error of beta x market)^2, summed. Mapping:
(exposure x error of the place in the chain)^2, summed. Lines of one issuer are netted
before they are squared. Errors of a return grow with the severity like the return
itself, h = s x (1 + r)^((s - 1) / s), and no range reaches below the loss of the whole
value. The multiplier was set by the errors on the event's day, each stock left out,
where they were measured; else it belongs to a t distribution with 5 degrees of freedom.

Markets outside the United States
The market leg was estimated for American securities only. European and Asian holdings
move with their segments and without a market leg, rather than with a guess; the
amount this leaves out is stated under Data quality.

Hedges
A leg makes its notional times the instrument's return in the same scenario, with
the opposite sign for a short or a sale. What is left is the P&L plus the hedge P&L
less the cost. The cost is that of the horizon of the mandate: two half-spreads,
commission, borrow of a short, and the impact of its own size (daily volatility times
the root of its share of a day's volume). An option's cost is 3% of the premium each
way and what it loses by time. A hedge ratio other than 100% scales orders, cost and
effect in proportion.
"""

GLOSSARY = """\
Abnormal return
What a share did beyond its beta times the market outside the theme.

Base value
What a position is worth before the event, in the base currency.

Beta
How much a share usually moves when the market outside the theme moves by 1%.

Confidence
How sure the place of a position in the value chain is, from 0% to 100%.

Coverage
The share of the gross value that is stressed with knowledge of it.

Factor
A named event with a shock for every segment, and its evidence.

Gross value
Longs and shorts added up without their sign.

Replay
The event's day once more, with each company's own move.

Segment
A part of the AI value chain, such as chips, networking or power.

Sensitivity
How much of a segment's shock a position takes.

Severity
How hard the event is: 1 is as it was, 2 twice as hard.

Shock
The abnormal return of a segment in the event.

Tracking error
How far a changed portfolio may stray from the present one in a year.

Value chain
Who builds, equips, powers and uses data centres for AI.
"""


def write(book: Book, layout: Layout) -> None:
    """Write the sheet."""
    sheet = book.sheet("Method")
    sheet.widths([26, WIDTH])
    sheet.title("Method", "How the figures come about.", LAST + 1)
    factor = layout.result.scenario.factor
    event = ("The event", _words(_event(factor)))
    row = write_items(sheet, 3, "The method", (event, *items_of(METHOD)), factor)
    row = write_items(sheet, row, "Words", items_of(GLOSSARY), factor)
    sheet.raw.freeze_panes(2, 0)


def write_items(
    sheet: Sheet,
    row: int,
    heading: str,
    items: tuple[tuple[str, str], ...],
    factor: Factor,
) -> int:
    """Write labels with their texts under a heading; return the next row."""
    sheet.section(row, 0, LAST, heading)
    for label, text in items:
        row += 1
        sheet.say(row, 0, label, "wrap:term")
        said = sheet.language.say(text, basis=factor.basis)
        sheet.paragraph(row, said, width=WIDTH, col=1, style="wrap:prose")
    return row + 2


def _event(factor: Factor) -> str:
    """Say where the shocks come from."""
    if factor.stated:
        return STATED
    return VARIED if factor.variant else ESTIMATED


def items_of(text: str) -> tuple[tuple[str, str], ...]:
    """Split running text into labels and paragraphs."""
    found = []
    for item in text.strip().split("\n\n"):
        label, _, words = item.partition("\n")
        found.append((label, _words(words)))
    return tuple(found)


def _words(text: str) -> str:
    return " ".join(text.split())

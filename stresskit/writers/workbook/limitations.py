"""The Limitations sheet: what the report leaves out, what it is not, disclosures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.model.contract import all_issues
from stresskit.writers.workbook.method import items_of, write_items

if TYPE_CHECKING:
    from stresskit.writers.workbook.book import Book, Sheet
    from stresskit.writers.workbook.layout import Layout

WIDTH = 132

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

Correlations
Rates, credit, gold and currencies are taken to move with the event as they usually
did. In another event they may not, or with the other sign.

Options
They are valued by a model with a volatility that is quoted or estimated; their prices
on the day may differ.

Hedges and costs
Costs, borrow fees and lots are estimates at the date of the data. An instrument may
not follow the holdings it is meant to protect. Limits are those of the mandate named
on the Hedges sheet; suitability, margin and rolling of futures are not considered, tax
only where the mandate states a rate.
"""

DISCLOSURES = """\
No advice
This report is information. It is not investment advice, no recommendation and no
offer.

Hypothetical performance
Where it is shown to clients, rules on hypothetical performance may ask for these
criteria, assumptions and risks to go with it (in the United States Rule 206(4)-1 under
the Advisers Act); legal review is the sender's.

Sources and dates
The sources of the factor, with the day they were read, are on the Run log. The date of
the holdings is that of the file.
"""


def write(book: Book, layout: Layout) -> None:
    """Write the sheet."""
    sheet = book.sheet("Limitations")
    sheet.widths([26, WIDTH])
    sheet.title(
        "Limitations and disclosures",
        "What these figures leave out, and what they are not.",
        2,
    )
    factor = layout.result.scenario.factor
    row = _left_out(sheet, layout, 3)
    row = write_items(sheet, row, "Limits", items_of(LIMITS), factor)
    row = write_items(sheet, row, "Disclosures", items_of(DISCLOSURES), factor)
    code, theme = layout.language.code, book.theme
    for name in ("disclaimer", "contact"):
        text = theme.text(name, code)
        if text:
            sheet.text(row, 0, theme.organisation, "wrap:term")
            sheet.paragraph(row, text, width=WIDTH, col=1)
            row += 1
    sheet.raw.freeze_panes(2, 0)


def _left_out(sheet: Sheet, layout: Layout, row: int) -> int:
    """Say in words what of this portfolio is left out, and where it is listed."""
    words, language = layout.sentences, layout.language
    result = layout.result
    lines = sum(1 for r in layout.rows if not r.exposure.covered)
    still = sum(1 for r in layout.rows if r.exposure.covered and not r.exposure.moves)
    sheet.section(row, 0, 1, "Left out of this report")
    say = language.say
    amount = words.plain(result.uncovered_value)
    said = [say("Every position is placed and stressed.")]
    if lines == 1:
        one = (
            "{amount} in one position is not covered: stressed without knowledge of "
            "it, or left as it is. It is listed under Data quality."
        )
        said = [say(one, amount=amount)]
    elif lines:
        many = (
            "{amount} in {count} positions are not covered: stressed without knowledge "
            "of them, or left as they are. They are listed under Data quality."
        )
        said = [say(many, amount=amount, count=lines)]
    if still == 1:
        said.append(say("One position does not move by nature, as cash."))
    elif still:
        nature = "{count} positions do not move by nature, as cash."
        said.append(say(nature, count=still))
    issues_found = all_issues(result, layout.plan)
    if len(issues_found) == 1:
        issue = (
            "One issue was found in the file or along the way; it is listed under Data "
            "quality."
        )
        said.append(say(issue))
    elif issues_found:
        issues = (
            "{count} issues were found in the file and along the way; they are listed "
            "under Data quality."
        )
        said.append(say(issues, count=len(issues_found)))
    if layout.plan is None:
        said.append(say("No hedges were asked for in this run."))
    for text in said:
        row += 1
        sheet.text(row, 0, "", "wrap:term")
        sheet.paragraph(row, text, width=WIDTH, col=1)
    return row + 2

"""The Run log: what this report was made from, so that it can be made again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from stresskit.core.record import pieces, record_of
from stresskit.writers.workbook.book import lines

if TYPE_CHECKING:
    from stresskit.model import HedgePlan, Presentation, StressResult
    from stresskit.writers.workbook.book import Book, Sheet
    from stresskit.writers.workbook.layout import Layout

LAST = 3


def write(book: Book, layout: Layout) -> None:
    """Write the sheet."""
    sheet = book.sheet("Run log")
    sheet.widths([26, 70, 50, 14])
    sheet.title("Run log", "The same inputs give the same file, byte for byte.", 4)
    row = write_pairs(sheet, 3, "Run", _run(layout))
    source = layout.result.portfolio.source
    pairs = [(k, str(v)) for k, v in source.items() if v is not None]
    row = write_pairs(sheet, row, "Holdings file", pairs)
    rates = layout.result.portfolio.fx
    if rates:
        pairs = [(name, f"{rate:.10g}") for name, rate in rates.items()]
        row = write_pairs(sheet, row, "Exchange rates: base currency per unit", pairs)
    row = _overrides(sheet, layout, row)
    if layout.plan is not None:
        row = write_pairs(sheet, row, "Hedges", _hedges(layout.plan))
    row = _sources(sheet, layout, row)
    _record(sheet, layout, row)
    sheet.raw.freeze_panes(2, 0)


def traces(
    result: StressResult, plan: HedgePlan | None, shown: Presentation
) -> dict[str, str]:
    """Return the record of the run in pieces, for the document's properties.

    Empty texts are left out: a property holds something.
    """
    found = pieces(record_of(result, plan, shown))
    return {_property(key): text for key, text in found.items() if text}


def _property(key: str) -> str:
    return key if key.startswith("stresskit.") else f"stresskit.{key}"


def _run(layout: Layout) -> list[tuple[str, str]]:
    run = layout.result.run
    scenario = layout.result.scenario
    factor = scenario.factor
    known = {
        "factor_id": factor.id,
        "factor_revision": f"{factor.revision} ({factor.revision_reason})",
        "factor_sha256": factor.sha256,
        "chain_id": f"{factor.chain.id}, revision {factor.chain.revision}",
        "chain_sha256": factor.chain.sha256,
        "severity": f"{scenario.severity:g}",
        "mode": scenario.mode,
    }
    unused = {"None": "none", "[]": "none"}
    # How files were read follows as the record has it, in words here.
    own = {k: _in_words(run[k]) for k in ("asked", "benchmark") if run.get(k)}
    if run.get("loss_limit"):
        limit = json.loads(run["loss_limit"])
        own["loss_limit"] = f"{limit['amount']:{'.4%' if limit['share'] else ',.2f'}}"
    return [(k, unused.get(v, v)) for k, v in (run | known | own).items()]


def _in_words(text: str) -> str:
    return "; ".join(f"{k} {v}" for k, v in json.loads(text).items())


def _hedges(plan: HedgePlan) -> list[tuple[str, str]]:
    mandate = plan.mandate
    return [
        ("mandate", f"{mandate.name} ({mandate.title})"),
        ("target", plan.asked.words),
        ("families", ", ".join(plan.families or (h.family for h in plan.hedges))),
        ("robust", mandate.robust),
        ("instruments_sha256", plan.instruments_sha256),
    ]


def _record(sheet: Sheet, layout: Layout, row: int) -> None:
    """Write the record for the program, in pieces that fit; its keys are English."""
    sheet.section(row, 0, LAST, "For `stresskit verify`")
    record = record_of(layout.result, layout.plan, layout.presentation)
    for number, (key, text) in enumerate(pieces(record).items()):
        at = row + 1 + number
        sheet.text(at, 0, key, "text:data")
        sheet.text(at, 1, text, "wrap:data")
        sheet.raw.set_row(at, 12.5 * min(lines(text, 64), 20) + 3)


def write_pairs(
    sheet: Sheet, row: int, heading: str, pairs: list[tuple[str, str]]
) -> int:
    """Write names and what they are under a heading; return the row after it."""
    sheet.section(row, 0, LAST, heading)
    for number, (label, value) in enumerate(pairs):
        at = row + 1 + number
        sheet.data(at, 0, label.replace("_", " "), "text")
        sheet.text(at, 1, value, "wrap:data")
        sheet.raw.set_row(at, 12.5 * min(lines(value, 64), 20) + 3)
    return row + len(pairs) + 2


def _overrides(sheet: Sheet, layout: Layout, row: int) -> int:
    overrides = layout.result.exposures.overrides
    say = layout.language.say
    shocks = layout.result.scenario.shocks
    pairs = [
        (str(number + 1), "; ".join(f"{k}: {v}" for k, v in given.items()))
        for number, given in enumerate(overrides)
    ]
    pairs += [
        (say("Shock of {segment}", segment=k), f"{v:.4%}") for k, v in shocks.items()
    ]
    market = layout.result.scenario.market
    if market is not None:
        pairs.append(
            (say("Market leg"), say("{move} in every region", move=f"{market:.4%}"))
        )
    return write_pairs(sheet, row, "Overrides", pairs or [(say("None"), "")])


def _sources(sheet: Sheet, layout: Layout, row: int) -> int:
    sheet.section(row, 0, LAST, "Sources of the factor")
    labels = ["Id", "Title and note", "Address", "Accessed"]
    sheet.header(row + 1, labels, left=4, height=18)
    for number, source in enumerate(layout.result.scenario.factor.sources):
        at = row + 2 + number
        words = f"{source.title}. {source.note}" if source.note else source.title
        sheet.text(at, 0, source.id, "wrap:data")
        sheet.text(at, 1, words, "wrap:data")
        sheet.text(at, 2, source.url, "wrap:data")
        sheet.text(at, 3, source.accessed, "text:data")
        # Addresses have no spaces to break at.
        tall = max(lines(words, 66), -(-len(source.url) // 50), lines(source.id, 26))
        sheet.raw.set_row(at, 12.5 * min(tall, 20) + 3)
    return row + 3 + len(layout.result.scenario.factor.sources)

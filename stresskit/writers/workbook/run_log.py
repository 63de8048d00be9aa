"""The Run log: what this report was made from, so that it can be made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.writers.workbook.book import lines

if TYPE_CHECKING:
    from stresskit.model import StressResult
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
    _sources(sheet, layout, row)
    sheet.raw.freeze_panes(2, 0)


def traces(result: StressResult) -> dict[str, str]:
    """Return what a report is known by: its run, its input and its factor."""
    factor, run = result.scenario.factor, result.run
    return {
        "stresskit.run": run.get("id", ""),
        "stresskit.version": run.get("version", ""),
        "stresskit.created": run.get("created", ""),
        "stresskit.input_sha256": run.get("input_sha256", ""),
        "stresskit.factor": f"{factor.id}@{factor.revision}",
        "stresskit.factor_sha256": factor.sha256,
    }


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
    return [(k, unused.get(v, v)) for k, v in (run | known).items()]


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


def _sources(sheet: Sheet, layout: Layout, row: int) -> None:
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

"""Blocks under a repeated header that list positions a second time."""

from __future__ import annotations

from collections import defaultdict

from stresskit.model import Issue
from stresskit.readers.holdings.columns import AMOUNTS, IDENTIFIERS
from stresskit.readers.holdings.lines import Line, label_of


def without_repeats(
    lines: list[Line], *, sheet: str | None
) -> tuple[list[Line], list[Issue]]:
    """Leave out blocks whose rows all stand in another block with the same amounts.

    Parameters
    ----------
    lines : list of Line
        Rows of a table.
    sheet : str or None
        Sheet, for the issues.
    """
    blocks: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        blocks[line.block].append(line)
    if len(blocks) < 2:
        return lines, []
    left_out: set[int] = set()
    issues = []
    # The shorter block repeats the longer one.
    for number, block in sorted(blocks.items(), key=lambda nb: (len(nb[1]), -nb[0])):
        others = {
            _key(line)
            for n, b in blocks.items()
            if n != number and n not in left_out
            for line in b
        }
        accounts = {line.account for line in block}
        kept = {
            line.account
            for n, b in blocks.items()
            if n != number and n not in left_out
            for line in b
        }
        if len(block) < 2 or not accounts <= kept | {None}:
            continue
        if all(_key(line) in others for line in block):
            left_out.add(number)
            issues.append(_repeated(block, sheet))
    return [line for line in lines if line.block not in left_out], issues


def _key(line: Line) -> tuple[str, tuple[float | None, ...]]:
    code = next((t for r in IDENTIFIERS if (t := line.text(r))), "")
    name = (code or label_of(line)).casefold()
    return name, tuple(line.number(r) for r in AMOUNTS)


def _repeated(block: list[Line], sheet: str | None) -> Issue:
    value = [v for line in block if (v := line.number("value")) is not None]
    return Issue(
        code="repeated-rows",
        severity="info",
        message=f"Rows {block[0].row} to {block[-1].row} repeat positions that stand "
        "elsewhere in the table: they were counted once.",
        fix="If they are held twice, name their accounts.",
        sheet=sheet,
        row=block[0].row,
        money=sum(value) if value else None,
    )

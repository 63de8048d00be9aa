"""Blocks under a repeated header that list positions a second time."""

from __future__ import annotations

from collections import Counter, defaultdict

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
    keys = {n: [_key(line) for line in block] for n, block in blocks.items()}
    # In how many blocks a line or an account stands.
    held = Counter(key for own in keys.values() for key in set(own))
    accounts = {n: {line.account for line in block} for n, block in blocks.items()}
    shared = Counter(a for own in accounts.values() for a in own)
    left_out: set[int] = set()
    issues = []
    # The shorter block repeats the longer one.
    for number, block in sorted(blocks.items(), key=lambda nb: (len(nb[1]), -nb[0])):
        beside = all(a is None or shared[a] > 1 for a in accounts[number])
        if len(block) < 2 or not beside:
            continue
        if all(held[key] > 1 for key in keys[number]):
            left_out.add(number)
            issues.append(_repeated(block, sheet))
            held.subtract(set(keys[number]))
            shared.subtract(accounts[number])
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

"""What a distribution says, in sentences that a client understands."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from stresskit.model import Distribution


def sentences_of(d: Distribution, money: Callable[[float], str]) -> list[str]:
    """Return what the draws say, and what past days say or why they do not.

    Parameters
    ----------
    money
        Writes an amount with its unit.
    """
    worst = -d.expected_shortfall
    verb = "lose" if worst > 0 else "make"
    first = (
        f"Given the scenario, the worst {d.tail:.0%} of {d.draws:,} draws {verb} "
        f"{money(abs(worst))} on average (expected shortfall)."
    )
    said = [first]
    p = d.pooling
    if p.reason:
        said.append(f"Past days cannot be weighted to say more: {p.reason}")
    elif p.mean is not None and p.relative_ens is not None:
        said.append(
            f"{p.days} past days, weighted so that the drivers' mean is the scenario's "
            f"({p.relative_ens:.0%} of their number is left), make {money(p.mean)} on "
            "average."
        )
    return said

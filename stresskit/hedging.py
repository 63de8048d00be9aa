"""StressResult -> HedgePlan: every family's suggestion, side by side."""

from __future__ import annotations

from stresskit.errors import HedgeInfeasible, InputError
from stresskit.model import HedgePlan, Issue, StressResult
from stresskit.plugins import load_plugins


def hedge(result: StressResult, *, target: float = 0.5) -> HedgePlan:
    """Suggest hedges side by side: an overlay, a rotation, doing nothing.

    A family that cannot reach the target within its limits is shown with the most
    it can reach, and an issue says which limit binds.

    Parameters
    ----------
    target
        Share of the loss to take away, after cost: 0.5 halves it.

    Raises
    ------
    InputError
        If the target is not between 0 and 1.
    ComputationError
        If a solver fails.
    """
    from stresskit.core.hedge.instruments import instruments_of

    if not 0 < target <= 1:
        raise InputError(
            f"A hedge target of {target:g} is not a share of the loss.",
            hint="Give a number above 0 and up to 1; 0.5 halves the loss.",
            code="hedge-target",
        )
    instruments = instruments_of(result)
    hedgers = sorted((h() for h in load_plugins("hedgers").values()), key=_order)
    hedges, issues = [], []
    for hedger in hedgers:
        try:
            hedges.append(hedger.hedge(result, instruments, target))
        except HedgeInfeasible as error:
            if error.best is not None:
                hedges.append(error.best)
            issues.append(
                Issue(
                    code=error.code,
                    severity="warning",
                    message=str(error),
                    fix=error.hint,
                )
            )
    return HedgePlan(
        result=result,
        target=target,
        hedges=tuple(hedges),
        instruments=instruments,
        issues=tuple(issues),
    )


def _order(hedger: object) -> int:
    return int(getattr(hedger, "order", 9))

"""Hold a factor against its own day and against the others on its value chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresskit.factors.folders import DEFAULT_FACTOR
from stresskit.factors.loading import list_factors, load_factor

if TYPE_CHECKING:
    from pathlib import Path

    from stresskit.model import Validation


def validate_factor(
    id_or_folder: str | Path = DEFAULT_FACTOR, *, factors: Path | None = None
) -> Validation:
    """Say how well a factor would have predicted its day, and what it says on others.

    From published figures alone: leave-one-out over stocks with naive baselines,
    funds, random portfolios, published moves of other regions, and every other
    estimated factor on the same value chain.

    Raises
    ------
    FactorError
        If the factor is not found or was not estimated.

    Examples
    --------
    >>> found = validate_factor("deepseek-2025-01-27")
    >>> theme = found.groups[0]
    >>> theme.scores[-1].mae < theme.scores[0].mae
    True
    """
    from stresskit.core.validation.validate import validate

    factor = load_factor(id_or_folder, factors=factors)
    others = [
        load_factor(f["folder"], factors=factors)
        for f in list_factors(factors=factors)
        if f["value_chain"] == factor.chain.id
        and f["id"] != factor.id
        and not f["expert_set"]
        and not f["basis"]
    ]
    return validate(factor, others)

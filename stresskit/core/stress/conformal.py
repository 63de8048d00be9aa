"""How wide a band must be so that it would have held as often as it says."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from stresskit.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def conformal_factor(errors_over_sd: Floats, level: float = 0.9) -> float | None:
    """Return how many stated standard deviations a band needs on each side.

    The ``ceil((n + 1) level)``-th smallest of ``|z|``: a new error as like the n as
    they are like each other lies within with probability ``level`` at least.
    None where n is too small to say, below 9 at level 0.9.

    Parameters
    ----------
    errors_over_sd
        Shape (n,), z: past errors over the standard deviations stated for them,
        of either sign.
    level
        Between 0 and 1.

    Raises
    ------
    InputError
        ``level`` where it is not between 0 and 1; ``errors`` where one is not a
        number.

    Notes
    -----
    Source: Vovk, Gammerman and Shafer (2005), Algorithmic Learning in a Random
    World; Barber, Candes, Ramdas and Tibshirani (2021), Annals of Statistics 49(1).

    Examples
    --------
    >>> conformal_factor(np.array([0.5, -2.0, 1.0, 0.2]), level=0.8)
    2.0
    >>> conformal_factor(np.array([0.5, -2.0, 1.0, 0.2])) is None
    True
    """
    if not 0 < level < 1:
        raise InputError(
            f"A level of {level:g} is not between 0 and 1.",
            hint="Give 0.9 for a band that holds nine times in ten.",
            code="level",
        )
    if np.isnan(errors_over_sd).any():
        raise InputError(
            "An error over its standard deviation is not a number.",
            hint="Leave out days without a stated standard deviation.",
            code="errors",
        )
    n = len(errors_over_sd)
    # 0.55 * 100 is a little above 55: rounding must not widen the band.
    index = math.ceil((n + 1) * level - 1e-9)
    return float(np.sort(np.abs(errors_over_sd))[index - 1]) if index <= n else None

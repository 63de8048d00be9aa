"""riskfolio-lib behind one door.

It takes seconds to load, so only the families that need it come here. It prints and
returns None when there is no solution: its output is muted, its weights are checked by
the caller.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Percent instead of decimals: the solver's tolerances suit numbers near one.
PERCENT = 100.0
YEAR = 252


def nearest(
    names: tuple[str, ...],
    benchmark: Floats,
    cov: Floats,
    bounds: Floats,
    limits: Floats,
    *,
    tracking_error: float,
    mean: Floats | None = None,
) -> Floats | None:
    """Return the weights nearest to a benchmark within limits, None if there are none.

    ``min (w - b)' C (w - b)``, or ``max mean'w`` where one is given, subject to
    ``bounds w <= limits``, sum 1, and a yearly tracking error.
    """
    n, scaled = len(names), PERCENT**2 * cov
    port = _portfolio(names, np.sqrt(n - 1) * np.linalg.cholesky(scaled).T)
    import pandas as pd

    port.cov = pd.DataFrame(scaled, index=port.assetslist, columns=port.assetslist)
    # max 2 b'C w - w'C w  is  min (w - b)'C(w - b): its utility, with these means.
    wanted = 2.0 * scaled @ benchmark if mean is None else PERCENT * mean
    port.mu = pd.DataFrame([wanted], columns=port.assetslist)
    port.kindbench = True
    port.benchweights = pd.DataFrame(benchmark[:, None], index=port.assetslist)
    # Rows whose products are the covariance: tracking error is measured on returns,
    # without taking out their mean, as |X (w - b)| / sqrt(T - 1).
    port.allowTE = True
    port.TE = PERCENT * tracking_error / YEAR**0.5
    port.ainequality, port.binequality = bounds, limits[:, None]
    goal = "Utility" if mean is None else "MaxRet"
    found = port.optimization(model="Classic", rm="MV", obj=goal, l=1.0)
    return None if found is None else found["weights"].to_numpy(dtype=np.float64)


def least_cvar(
    names: tuple[str, ...],
    draws: Floats,
    bounds: Floats,
    limits: Floats,
    *,
    budget: float,
    alpha: float,
) -> Floats | None:
    """Return the weights of least CVaR over draws (T, n), None if there are none.

    Subject to ``bounds w <= limits`` and a sum of ``budget``; ``alpha`` is the tail.
    """
    import pandas as pd

    port = _portfolio(names, PERCENT * draws)
    port.mu = pd.DataFrame([draws.mean(axis=0)], columns=port.assetslist)
    port.cov = pd.DataFrame(
        np.eye(len(names)), index=port.assetslist, columns=port.assetslist
    )
    port.alpha, port.budget = alpha, budget
    # Weights above 1 in all, none below 0.
    port.upperlng = budget
    port.ainequality, port.binequality = bounds, limits[:, None]
    found = port.optimization(model="Classic", rm="CVaR", obj="MinRisk", hist=True)
    return None if found is None else found["weights"].to_numpy(dtype=np.float64)


def _portfolio(names: tuple[str, ...], rows: Floats) -> Any:
    import pandas as pd

    labels = [f"{n} {name}" for n, name in enumerate(names)]
    port = _riskfolio().Portfolio(returns=pd.DataFrame(rows, columns=labels))
    port.solvers = ["CLARABEL"]
    return port


def _riskfolio() -> Any:
    """Import riskfolio-lib, which prints where it finds no solution, and mute it.

    Its module gets a ``print`` of its own: to redirect the standard output would
    take it away from every other thread.
    """
    import riskfolio

    # By name: as an attribute of the package the class of that name hides it.
    vars(import_module("riskfolio.src.Portfolio"))["print"] = _say_nothing
    return riskfolio


def _say_nothing(*_: object, **__: object) -> None:
    """Stand in for ``print``; None comes back as well, and that is checked."""

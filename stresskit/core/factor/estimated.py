"""Everything an event's estimate found, before it becomes records."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.factor import estimate, event
from stresskit.core.factor.alternatives import Path, alternatives, paths
from stresskit.core.factor.arrays import Panel
from stresskit.core.factor.panel import DECIMALS, Cut
from stresskit.errors import FactorError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.core.factor.shocks import SegmentShocks
    from stresskit.core.factor.spread import Spread

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """Everything an event's estimate found, before it becomes records.

    ``sensitivities`` (N, K) and ``specific`` (N,) as of ``estimate_sensitivities``;
    ``left`` the leave-one-out predictions; ``own`` (N,) own-name shocks
    with the deviations left (theme, rest); ``dispersion`` (theme, rest) as of
    ``estimate.dispersion``; ``index_beta`` (N,) to the naive baseline's index.
    """

    betas: estimate.Betas
    shocks: SegmentShocks
    sensitivities: Floats
    specific: Floats
    left: estimate.LeftOut
    own: Floats
    replay: tuple[float, float]
    dispersion: tuple[Spread, Spread]
    others: dict[str, Floats]
    paths: list[Path]
    index_beta: Floats


def estimated(cut: Cut) -> Estimate:
    """Estimate everything from a panel.

    Raises
    ------
    FactorError
        If no security of the theme has usable prices, or a day has none outside it.
    """
    panel = cut.panel
    if not panel.theme.any():
        raise FactorError(
            "No security of the theme has usable prices, so there is nothing to "
            "estimate.",
            hint="Add prices of the value chain's members (its securities.csv).",
        )
    try:
        betas = estimate.estimate_betas(panel)
    except ValueError as problem:
        raise FactorError(
            f"There is no market: {problem}.",
            hint="Add securities of the rest of the market to the price file.",
        ) from problem
    # The evidence is published rounded; estimating from the rounded figures lets
    # anyone recompute the shocks from moves.csv.
    betas = replace(betas, abnormal=np.round(betas.abnormal, DECIMALS))
    sensitivities, specific = estimate.estimate_sensitivities(panel, betas)
    shocks = estimate.event_shocks(panel, betas, sensitivities)
    left = estimate.leave_one_out(panel, betas, sensitivities)
    fitted = estimate.with_priors(panel, sensitivities) @ shocks.theta
    own, replay = _own_names(panel, betas, betas.abnormal - fitted)
    return Estimate(
        betas=betas,
        shocks=shocks,
        sensitivities=sensitivities,
        specific=specific,
        left=left,
        own=own,
        replay=replay,
        dispersion=estimate.dispersion(panel, betas, left),
        others=alternatives(panel, betas, sensitivities, cut.index, cut.index_event),
        paths=paths(panel, betas),
        index_beta=_index_betas(panel, cut.index),
    )


def _index_betas(panel: Panel, index: Floats | None) -> Floats:
    if index is None:
        return np.full(len(panel.event), np.nan)
    return event.market_model(panel.window, index).beta


def _own_names(
    panel: Panel, betas: estimate.Betas, left: Floats
) -> tuple[Floats, tuple[float, float]]:
    """Return the own-name shocks, and what is left of each residual deviation.

    In units of its own residual deviation: a volatile company does not hide what
    the others did, as it would in a mean of squares.
    """
    own, remaining = np.zeros(len(left)), []
    for chosen in (panel.theme, panel.rest):
        s = betas.residual_sd[chosen]
        shock, sd = event.own_name_shocks(left[chosen] / s, np.ones(int(chosen.sum())))
        own[chosen] = shock * s
        remaining.append(float(sd.mean()) if sd.size else 0.0)
    return own, (remaining[0], remaining[1])

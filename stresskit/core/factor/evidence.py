"""The evidence of an estimate: a record per security, and the segments' history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.factor.estimate import segment_returns
from stresskit.model import Evidence, Security, SegmentHistory

if TYPE_CHECKING:
    from stresskit.core.factor.arrays import Panel
    from stresskit.core.factor.estimated import Estimate
    from stresskit.core.factor.listing import Listed
    from stresskit.core.factor.panel import Cut, EventSpec
    from stresskit.model import ValueChain


def evidence_of(
    cut: Cut, found: Estimate, spec: EventSpec, chain: ValueChain
) -> tuple[Evidence, ...]:
    """Return a record per security: region by region, published moves last."""
    return tuple(
        _evidence(line, n, cut, found, spec, chain.segment_ids)
        for n, line in enumerate(cut.listed)
    )


def _evidence(
    line: Listed,
    n: int,
    cut: Cut,
    found: Estimate,
    spec: EventSpec,
    ids: tuple[str, ...],
) -> Evidence:
    panel, betas, item = cut.panel, found.betas, line.item
    row = found.sensitivities[n]
    known = np.isfinite(row[0])
    window = cut.windows.get(cut.regions[panel.region[n]])
    own_window = window if window != (spec.start, spec.end) else None
    published = line.published
    if published is not None:
        own_window = (published.start, published.end)
    security = isinstance(item, Security)
    return Evidence(
        ticker=item.ticker,
        mic=item.mic,
        isin=item.isin,
        name=item.name,
        role=_role(panel, n),
        segments=item.segments if security else {},
        event_return=float(panel.event[n]),
        observations=int(betas.model.observations[n]),
        beta=float(betas.beta[n]),
        beta_se=float(betas.beta_se[n]),
        residual_sd=_known(betas.residual_sd[n]),
        specific_sd=_known(found.specific[n]),
        abnormal_return=float(betas.abnormal[n]),
        sensitivities={ids[k]: float(row[k]) for k in np.flatnonzero(row)}
        if known
        else {},
        own_name=float(found.own[n]) if panel.theme[n] or panel.rest[n] else None,
        source=published.source if published else "prices",
        note=published.note if published else "",
        sector=item.gics_sector if isinstance(item, Security) else "",
        index_beta=_known(found.index_beta[n]),
        sar=_known(betas.sar[n]),
        start=own_window[0] if own_window else None,
        end=own_window[1] if own_window else None,
        copies=spec.copies.get(item.ticker, "") if line.column else "published",
        path={
            p.days: round(float(p.after[n]), 6)
            for p in found.paths
            if np.isfinite(p.after[n])
        },
    )


def _role(panel: Panel, n: int) -> str:
    for role in ("fund", "mapped", "theme"):
        if getattr(panel, role)[n]:
            return role
    return "rest"


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def history_of(cut: Cut, found: Estimate, chain: ValueChain) -> SegmentHistory:
    """Return the daily market and segment returns over all days of the file."""
    panel = cut.panel
    daily = segment_returns(panel, found.betas.plain)
    market = found.betas.market.daily[:, panel.reference]
    days = np.flatnonzero(np.isfinite(market))
    have = np.flatnonzero(np.isfinite(daily).any(axis=0))
    rows = np.flatnonzero(panel.inside[:, panel.region == panel.reference].any(axis=1))
    return SegmentHistory(
        names=("MARKET", *(chain.segment_ids[k] for k in have.tolist())),
        dates=tuple(cut.dates[d] for d in days.tolist()),
        returns=np.column_stack([market, daily[:, have]])[days],
        start=cut.dates[rows[0]],
        end=cut.dates[rows[-1]],
    )

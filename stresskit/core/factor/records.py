"""An estimate as records: shocks, market legs, evidence, history, plausibility."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.factor import pattern
from stresskit.core.factor.cross_section import LARGEST_VIF, identification
from stresskit.core.factor.estimate import segment_returns
from stresskit.core.factor.panel import narrative
from stresskit.core.factor.significance import (
    MIN_MEMBERS,
    adjusted_t,
    discoveries,
    mean_correlation,
    own_history,
)
from stresskit.core.factor.styles import momentum, style
from stresskit.model import (
    Driver,
    Issue,
    Plausibility,
    Shock,
    Significance,
    Style,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.core.factor.estimated import Estimate
    from stresskit.core.factor.panel import Cut
    from stresskit.model import Segment, ValueChain

    Floats = NDArray[np.float64]

NEAREST = 5
# A move within two standard deviations of the segment's own days is no move.
ORDINARY = 2.0


def shocks_of(cut: Cut, found: Estimate, chain: ValueChain) -> tuple[Shock, ...]:
    """Return a record per segment, in the chain's order."""
    panel, ids = cut.panel, chain.segment_ids
    composition = panel.composition()
    tests = _significance(cut, found)
    have = found.shocks.means.members > 0
    weights = _weights(cut)
    total = weights.T @ panel.event
    shocks = []
    for k, name in enumerate(ids):
        described = _described(cut, found, k)
        shocks.append(
            Shock(
                segment=name,
                members=int(found.shocks.means.members[k]),
                effective_members=float(found.shocks.means.effective[k]),
                total=float(total[k]) if have[k] else None,
                raw=float(found.shocks.means.raw[k]) if have[k] else None,
                shrunk=float(found.shocks.theta[k]),
                standard_error=float(found.shocks.sd[k]),
                shrinkage=float(found.shocks.means.shrunk.shrinkage[k]),
                **described,
                composition={
                    ids[j]: round(float(composition[k, j]), 6)
                    for j in np.flatnonzero(composition[k])
                },
                significance=tests[k],
                alternatives={
                    key: float(values[k])
                    for key, values in found.others.items()
                    if np.isfinite(values[k])
                },
                path={p.days: float(p.leaves[k]) for p in found.paths},
                mapped=bool(_rests_on_mapped(cut)[k]),
            )
        )
    return tuple(shocks)


def _weights(cut: Cut) -> Floats:
    """Return the weights of the members in each leaf's mean, (N, K), mapped too."""
    panel = cut.panel
    member = panel.members(mapped=True) * panel.lines[:, None]
    total = member.sum(axis=0)
    result: Floats = member / np.where(total > 0, total, 1.0)
    return result


def _rests_on_mapped(cut: Cut) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = cut.panel.mapped @ _weights(cut) > 0
    return found


def _described(cut: Cut, found: Estimate, k: int) -> dict[str, float]:
    """Return beta and volatilities of a leaf's members, else of its group, else all."""
    panel, betas = cut.panel, found.betas
    usable = panel.stock & ~panel.mapped
    inside = _weights(cut)[:, k] > 0
    group = panel.leaves.groups[panel.main] == panel.leaves.groups[k]
    chosen = next(c for c in (usable & inside, usable & group, usable) if c.any())
    b = betas.beta[chosen]
    return {
        "beta": float(b.mean()),
        "beta_sd": float(b.std(ddof=1)) if len(b) > 2 else 0.3,
        "residual_sd": float(np.sqrt(np.nanmean(betas.residual_sd[chosen] ** 2))),
        "specific_sd": _specific(cut, found, k, group),
    }


def _specific(cut: Cut, found: Estimate, k: int, group: NDArray[np.bool_]) -> float:
    """Return the deviation of a leaf's securities, else its group's, else all."""
    panel = cut.panel
    known = np.isfinite(found.specific) & panel.stock
    for chosen in (known & (panel.main == k), known & group, known):
        if chosen.any():
            return float(np.sqrt(np.mean(found.specific[chosen] ** 2)))
    # Nobody has the 120 returns that sensitivities need.
    return float(np.sqrt(np.nanmean(found.betas.residual_sd[panel.stock] ** 2)))


def _significance(cut: Cut, found: Estimate) -> list[Significance | None]:
    panel, betas = cut.panel, found.betas
    inside = panel.inside[:, panel.region == panel.reference].any(axis=1)
    daily = segment_returns(panel, betas.plain)[inside]
    z, rank, p = own_history(found.shocks.means.raw, daily)
    days = np.isfinite(daily).sum(axis=0)
    kept = discoveries(p)
    member = panel.members()
    tests: list[Significance | None] = []
    for k in range(len(z)):
        if not np.isfinite(z[k]):
            tests.append(None)
            continue
        chosen = (member[:, k] > 0) & np.isfinite(betas.sar)
        across: dict[str, float] = {}
        if chosen.sum() >= MIN_MEMBERS:
            rows = np.isfinite(betas.residual[:, chosen]).any(axis=1)
            rbar = mean_correlation(betas.residual[rows][:, chosen])
            _, t, two_sided = adjusted_t(betas.sar[chosen], rbar)
            across = {
                "adjusted_t": t,
                "adjusted_p": two_sided,
                "mean_correlation": rbar,
            }
        tests.append(
            Significance(
                z=float(z[k]),
                rank=int(rank[k]),
                days=int(days[k]),
                rank_p=float(p[k]),
                discovery=bool(kept[k]),
                **across,
            )
        )
    return tests


def sign_held(segment: Segment, shock: Shock) -> bool | None:
    """Say whether a segment moved as it was read to, None where it was not read.

    ``0`` means an ordinary day: within two standard deviations of its own history
    (two standard errors where it has none). ``0/+`` is either; ``+/-`` expects
    nothing.
    """
    if segment.expected_sign in ("", "+/-"):
        return None
    test = shock.significance
    z = test.z if test else shock.shrunk / (shock.standard_error or np.inf)
    quiet = abs(z) < ORDINARY
    held = {
        "-": shock.shrunk < 0,
        "+": shock.shrunk > 0,
        "0": quiet,
    }
    return any(held[sign] for sign in set(segment.expected_sign.replace("/", "")))


def drivers_of(
    shocks: tuple[Shock, ...], chain: ValueChain
) -> tuple[tuple[Driver, ...], float | None]:
    """Explain the theme's shocks by the chain's narrative drivers, with R2.

    Nothing where the chain has no drivers or they cannot be told apart.
    """
    names, loadings, chosen = narrative(chain)
    theta = np.array([s.shrunk for s in shocks])[chosen]
    variance = np.array([s.standard_error**2 for s in shocks])[chosen]
    if not names or not np.all(variance > 0):
        return (), None
    try:
        found = pattern.explain(theta, loadings[chosen], variance)
    except ValueError:
        return (), None
    drivers = zip(names, found.value.tolist(), found.error.tolist(), strict=True)
    return tuple(
        Driver(name=n, value=v, standard_error=e) for n, v, e in drivers
    ), found.r2


def plausibility_of(
    cut: Cut, found: Estimate, chain: ValueChain
) -> Plausibility | None:
    """Say how far out the event was, and which other days looked like it.

    Over the theme's segments that have returns of their own. The severity index is
    that of least squares (see ``pattern.likeness``).
    """
    panel = cut.panel
    daily = segment_returns(panel, found.betas.plain)
    inside = panel.inside[:, panel.region == panel.reference].any(axis=1)
    theme = np.array([s.theme for s in chain.segments])
    used = theme & np.isfinite(daily[inside]).any(axis=0)
    used &= np.isfinite(found.shocks.means.raw)
    if used.sum() < 2:
        return None
    window = np.nan_to_num(daily[inside][:, used])
    covariance = pattern.shrunk_covariance(window)
    raw = found.shocks.means.raw[used]
    days = np.isfinite(daily[:, used]).sum(axis=1) > 0
    index = pattern.likeness(raw, np.nan_to_num(daily[:, used])).severity
    region = cut.regions[panel.reference]
    start, end = cut.windows[region]
    elsewhere = [
        n
        for n in np.argsort(-np.abs(index)).tolist()
        if days[n] and not start <= cut.dates[n] <= end
    ]
    return Plausibility(
        distance=float(pattern.distances(raw[None, :], covariance)[0]),
        typical=float(np.median(pattern.distances(window, covariance))),
        segments=int(used.sum()),
        index_sd=float(np.std(index[inside], ddof=1)),
        nearest=tuple((cut.dates[n], float(index[n])) for n in elsewhere[:NEAREST]),
    )


def styles_of(cut: Cut, found: Estimate) -> tuple[Style, ...]:
    """Hold momentum and volatility against the theme's abnormal returns."""
    panel, theme = cut.panel, cut.panel.theme
    start = cut.windows[cut.regions[panel.reference]][0]
    before = [day < start for day in cut.dates]
    y, leaf = found.betas.abnormal[theme], panel.main[theme]
    values = {
        "momentum, twelve months to one": momentum(panel.returns[before][:, theme]),
        "volatility, logarithm": np.log(found.betas.residual_sd[theme]),
    }
    made = [style(name, v, y, leaf) for name, v in values.items()]
    return tuple(s for s in made if s is not None)


def hard_to_tell(cut: Cut) -> NDArray[np.bool_]:
    """Say which segments with members the fractions cannot tell apart, (K,)."""
    panel = cut.panel
    chosen = panel.stock & ~panel.mapped
    have = panel.members().sum(axis=0) > 1
    found = np.zeros(len(have), dtype=bool)
    x = panel.tags[chosen][:, have]
    if have.any():
        found[have] = identification(x, panel.lines[chosen]).vif > LARGEST_VIF
    return found


def findings(
    shocks: tuple[Shock, ...], tangled: NDArray[np.bool_] | None = None
) -> tuple[Issue, ...]:
    """Say what rests on little: single members, none, mapped moves, unsure signs."""
    found = {
        "one-member": [s.segment for s in shocks if s.members == 1 and not s.mapped],
        "no-member": [s.segment for s in shocks if s.members == 0],
        "mapped": [s.segment for s in shocks if s.mapped],
        "unsure-sign": [s.segment for s in shocks if _unsure(s)],
        "tangled": []
        if tangled is None
        else [s.segment for s, t in zip(shocks, tangled, strict=True) if t],
    }
    return tuple(
        Issue(
            code=code,
            severity="warning",
            message=f"{SAID[code][0]}: {', '.join(names)}.",
            fix=SAID[code][1],
        )
        for code, names in found.items()
        if names
    )


SAID = {
    "one-member": (
        "Segments that rest on one security, whose own news of the day is in the shock",
        "Read them with their standard error, or add members.",
    ),
    "no-member": (
        "Segments without a member that has prices, which take their group's mean",
        "Read them as unknown.",
    ),
    "mapped": (
        (
            "Segments that rest on published moves or first sessions after a closure "
            "alone, with four times the variance"
        ),
        "Give prices of their members.",
    ),
    "tangled": (
        (
            "Segments whose members are nearly the same mixture, so that their shocks "
            "are hard to tell apart"
        ),
        "Merge them in the value chain, or read them together.",
    ),
    "unsure-sign": (
        (
            "Segments that change their sign with the weights or the window (see the "
            "alternatives), and by more than their standard error"
        ),
        "Do not build on their sign.",
    ),
}


def _unsure(shock: Shock) -> bool:
    others = [v for k, v in shock.alternatives.items() if k in ROBUST]
    return any(
        v * shock.shrunk < 0 and min(abs(v), abs(shock.shrunk)) > shock.standard_error
        for v in others
    )


# Another event window is another question, not another way to answer this one,
# and an index that is the theme itself no market.
ROBUST = ("inverse_variance", "huber", "regression", "short_window")

"""What it takes to lose a given amount, and how far out that is, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from stresskit.core.stress.reverse import most_likely, severity_to_breach, worst_at
from stresskit.core.stress.shocks import scaled_legs
from stresskit.core.stress.stressed import Stressed
from stresskit.errors import ComputationError, InputError
from stresskit.model import MARKET, FactorMove, ReverseStress

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stresskit.model import OtherFactors

    Floats = NDArray[np.float64]

SHOWN = 6


def reverse_stress(stressed: Stressed, loss: float, unit: str = "") -> ReverseStress:
    """Return the severity that loses so much, the likeliest way to, and the worst.

    Parameters
    ----------
    stressed
        A portfolio under a scenario.
    loss
        The limit, a positive amount of money.
    unit
        What the money is counted in, for the sentences.

    Raises
    ------
    InputError
        If the loss is not above zero.
    """
    if not (np.isfinite(loss) and loss > 0):
        raise InputError(
            f"A loss limit of {loss:g} is none.",
            hint="Give an amount above zero, or a share of the value: 10%.",
            code="loss-limit",
        )
    severity = severity_to_breach(lambda s: _pnl_at(stressed, s), loss)
    known = stressed.scenario.factor.others
    said = [_severity_sentence(stressed, severity, loss, unit)]
    plain = ReverseStress(
        loss=loss,
        severity=severity,
        distance=None,
        event_distance=None,
        likeliest=(),
        worst=(),
        worst_loss=None,
        factors=0,
        left_out=(),
        sentences=tuple(said),
    )
    if known is None:
        return plain
    try:
        return _with_combinations(stressed, loss, unit, known, plain)
    except ComputationError as error:
        return replace(plain, sentences=(*said, str(error)))


def _pnl_at(stressed: Stressed, severity: float) -> float:
    asked = replace(stressed.scenario, severity=severity)
    return Stressed(stressed.table, asked, stressed.base_currency).pnl


def _with_combinations(
    stressed: Stressed,
    loss: float,
    unit: str,
    known: OtherFactors,
    plain: ReverseStress,
) -> ReverseStress:
    a, moved, titles, left_out = _exposures(stressed, known)
    sigma = known.covariance
    likely = most_likely(a, sigma, loss)
    distance = float(np.sqrt(moved @ np.linalg.solve(sigma, moved)))
    worst = worst_at(a, sigma, distance) if distance > 0 else None
    likeliest = _moves(known.names, titles, a, likely.shocks)
    sentences = [
        *plain.sentences,
        _likely_sentence(likeliest, likely.distance, loss, unit),
    ]
    if worst is not None:
        sentences.append(_worst_sentence(worst.loss, distance, unit, likely.distance))
    return replace(
        plain,
        distance=likely.distance,
        event_distance=distance,
        likeliest=likeliest,
        worst=_moves(known.names, titles, a, worst.shocks) if worst else (),
        worst_loss=worst.loss if worst else None,
        factors=len(known.names),
        left_out=left_out,
        sentences=tuple(sentences),
    )


def _exposures(
    stressed: Stressed, known: OtherFactors
) -> tuple[Floats, Floats, dict[str, str], tuple[str, ...]]:
    """Return exposures and moves by the covariance's factors, titles, what is left."""
    t = stressed.table
    segments = t.exposures.segments
    money = dict(zip(segments, (t.value @ t.sensitivities).tolist(), strict=True))
    moves = dict(zip(segments, stressed.shocks.tolist(), strict=True))
    legs = scaled_legs(stressed.scenario)
    money[MARKET] = float(t.value @ t.beta)
    moves[MARKET] = legs.get("US", legs["Other"])
    for n, f in enumerate(known.factors):
        money[f.id] = float(stressed.other_exposure[n])
        moves[f.id] = float(stressed.moves.values[n])
    chain = stressed.scenario.factor.chain
    titles = {s.id: s.title for s in chain.segments} | {
        f.id: f.title for f in known.factors
    }
    titles[MARKET] = "Market outside the theme"
    left_out = tuple(k for k in segments if k not in known.names and money[k])
    return (
        np.array([money.get(n, 0.0) for n in known.names]),
        np.array([moves.get(n, 0.0) for n in known.names]),
        titles,
        left_out,
    )


def _moves(
    names: tuple[str, ...], titles: dict[str, str], a: Floats, shocks: Floats
) -> tuple[FactorMove, ...]:
    """Return the factors that cost most, with their moves."""
    order = np.argsort(a * shocks)[:SHOWN].tolist()
    return tuple(
        FactorMove(
            factor=names[n],
            title=titles.get(names[n], names[n]),
            move=float(shocks[n]),
            pnl=float(a[n] * shocks[n]),
        )
        for n in order
        if a[n] * shocks[n] < 0
    )


def _money(value: float, unit: str) -> str:
    if unit == "%":
        return f"{value:.2%}"
    # A small portfolio's losses are cents.
    return f"{value:,.{0 if abs(value) >= 100 else 2}f} {unit}".strip()


def _severity_sentence(
    stressed: Stressed, severity: float | None, loss: float, unit: str
) -> str:
    title = stressed.scenario.factor.title
    if severity is None:
        return (
            f"No severity of this event up to 10 loses {_money(loss, unit)}: {title}."
        )
    if -_pnl_at(stressed, 0.0) >= loss:
        return (
            f"The moves set for other factors and currencies alone lose "
            f"{_money(loss, unit)}, whatever the severity of this event: {title}."
        )
    return (
        f"A loss of {_money(loss, unit)} takes this event at severity {severity:.2f} "
        f"(1 is the event itself: {title})."
    )


def _likely_sentence(
    moves: tuple[FactorMove, ...], distance: float, loss: float, unit: str
) -> str:
    first = "; ".join(f"{m.title} {_said(m)}" for m in moves[:3])
    return (
        f"The likeliest way to lose {_money(loss, unit)} is {first}: a distance of "
        f"{distance:.1f} from an ordinary day."
    )


def _said(move: FactorMove) -> str:
    if move.factor.startswith(("RATE_", "CREDIT_")):
        return f"{move.move * 1e4:+.0f} bp"
    if move.factor == "VIX":
        return f"{move.move * 100:+.1f} points"
    return f"{move.move:+.1%}"


def _worst_sentence(loss: float, distance: float, unit: str, other: float) -> str:
    nearer = "nearer to" if other < distance else "farther from"
    return (
        f"The scenario itself lies at {distance:.1f}, so that the likeliest way is "
        f"{nearer} an ordinary day. The worst combination as far out as the scenario "
        f"would cost {_money(loss, unit)}. Distances compare only with each other; no "
        "probability goes with them."
    )

"""The suggestions of a result, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stresskit.core.stress.answer import Unit
from stresskit.model.mandate import HedgeTarget
from stresskit.web.page import words
from stresskit.web.page.given import Json
from stresskit.writers.text import STATUS_WORDS

MOST_LIMITS = 8


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One order."""

    instrument: str
    name: str
    side: str
    quantity: str
    notional: str
    cost: str
    figure: str
    sign: str


@dataclass(frozen=True, kw_only=True)
class Hedge:
    """One suggestion: what it reaches, costs and leaves, its orders, what limits it."""

    title: str
    status: str
    reached: bool
    cost: str
    cost_bps: str
    figure: str
    left: str
    left_sign: str
    left_share: str
    limits: str
    note: str
    legs: tuple[Leg, ...]


def asked_of(result: Json) -> str:
    """Return what the suggestions are for; nothing where none were asked for."""
    plan = result["hedge_plan"]
    if not plan:
        return ""
    target = HedgeTarget(kind=plan["asked"]["kind"], value=plan["asked"]["value"])
    return (
        f"To take away {target.words}: {words.cut(plan['mandate']['title'])} "
        "(analysis, not advice)"
    )


def hedges_of(result: Json, unit: Unit | None) -> tuple[Hedge, ...]:
    """Return the suggestions in their order, those that name no order last."""
    base = result["summary"]["base_value"]
    ranked: Sequence[Json] = sorted(result["hedges"], key=lambda h: not h["legs"])
    return tuple(_hedge(h, unit, base) for h in ranked)


def _hedge(h: Json, unit: Unit | None, base: float) -> Hedge:
    limits = [words.cut(b, 80) for b in h["binding"] if b != "target"]
    said = "; ".join(limits[:MOST_LIMITS])
    if len(limits) > MOST_LIMITS:
        said += f"; and {len(limits) - MOST_LIMITS} more"
    left = h["residual_pnl"]
    return Hedge(
        title=words.cut(h["title"] or h["family"]),
        status=STATUS_WORDS.get(h["status"], words.cut(h["status"], 40)),
        reached=h["status"] == "optimal",
        cost=words.figure(h["cost"], unit),
        cost_bps=f"{h['cost_bps']:.1f}" if h["cost_bps"] is not None else "",
        figure=words.figure(h["hedge_pnl"], unit),
        left=words.figure(left, unit),
        left_sign=words.sign_of(left),
        left_share=words.percent(left / base) if base and unit else "",
        limits=said,
        note=words.cut(h["note"], 600),
        legs=tuple(_leg(leg, unit) for leg in h["legs"]),
    )


def _leg(leg: Json, unit: Unit | None) -> Leg:
    quantity = leg["quantity"]
    return Leg(
        instrument=words.cut(leg["instrument"], 30),
        name=words.cut(leg["name"], 60) + _terms(leg["option"], leg["name"]),
        side=words.cut(leg["side"], 20),
        quantity="" if quantity is None else words.signs(f"{quantity:,.0f}"),
        notional=words.figure(leg["notional"], unit),
        cost=words.figure(leg["cost"], unit),
        figure=words.figure(leg["pnl"], unit),
        sign=words.sign_of(leg["pnl"]),
    )


def _terms(option: Json | None, name: str) -> str:
    """Return the terms of an option, where its name does not begin with them."""
    if not option:
        return ""
    kind, strike = "call" if option["call"] else "put", f"{option['strike']:.0%}"
    if name.startswith(f"{kind} {strike} "):
        return ""
    months = round(12 * option["years"])
    return f", {kind} at {strike}, {months} month{'' if months == 1 else 's'}"

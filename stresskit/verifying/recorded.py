"""The record of a report, as what a run is made again with; every text is checked."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stresskit.clock import EARLIEST, LATEST
from stresskit.core.record import damaged, mandate_of, parsed
from stresskit.errors import InputError
from stresskit.model import HedgeTarget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stresskit.model import Mandate

LOOKS = ("theme", "theme_sha256", "language", "form", "paper", "client")


@dataclass(frozen=True, kw_only=True)
class SaidHedges:
    """What hedges were searched for; ``instruments`` is the hash of their table."""

    target: HedgeTarget
    mandate: Mandate
    families: tuple[str, ...]
    instruments: str


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a record says.

    ``asked`` are the options of reading, ``inputs`` the hashes of the files that placed
    the positions, ``loss`` is an amount and whether it is a share.
    """

    run: dict[str, str]
    file: str
    created: dt.datetime
    value: float | None
    rates: dict[str, float]
    asked: dict[str, str]
    as_of: dt.date | None
    inputs: dict[str, str]
    scenarios: tuple[str, ...]
    draws: bool
    loss: tuple[float, bool] | None
    benchmark: dict[str, str]
    hedges: SaidHedges | None
    look: dict[str, Any]


def read_said(record: Mapping[str, str], run: dict[str, str]) -> Said:
    """Read a record.

    Raises
    ------
    InputError
        If a part of it is not what the program writes.
    """
    asked = _texts(run.get("asked", ""), "options")
    day = asked.get("as_of")
    try:
        return Said(
            run=run,
            file=record.get("file", ""),
            created=_time(run.get("created", "")),
            value=float(run["value"]) if run.get("value") else None,
            rates=_rates(run.get("rates", "")),
            asked=asked,
            as_of=dt.date.fromisoformat(day) if day else None,
            inputs=_texts(record.get("inputs", ""), "files"),
            scenarios=_scenarios(record),
            draws=record.get("draws") == "yes",
            loss=_loss(record.get("loss", "")),
            benchmark=_texts(record.get("benchmark", ""), "benchmark"),
            hedges=_hedges(record.get("hedges", "")),
            look=_look(record["presentation"]),
        )
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        if isinstance(error, InputError):
            raise
        raise damaged("run") from error


def _texts(text: str, what: str) -> dict[str, str]:
    found = parsed(text, what) if text else {}
    if not all(isinstance(v, str) for v in found.values()):
        raise damaged(what)
    return found


def _time(text: str) -> dt.datetime:
    created = dt.datetime.fromisoformat(text)
    if created.tzinfo is None or not EARLIEST <= created <= LATEST:
        raise damaged("time")
    return created.astimezone(dt.UTC)


def _rates(text: str) -> dict[str, float]:
    pairs = (part.split(" ") for part in text.split("; ") if part)
    rates = {code: float(rate) for code, rate in pairs}
    if not all(0 < rate < math.inf for rate in rates.values()):
        raise damaged("exchange rates")
    return rates


def _scenarios(record: Mapping[str, str]) -> tuple[str, ...]:
    found = [record["scenario"]]
    while (more := record.get(f"scenario {len(found)}")) is not None:
        found.append(more)
    return tuple(found)


def _loss(text: str) -> tuple[float, bool] | None:
    if not text:
        return None
    found = parsed(text, "loss limit")
    amount, share = found.get("amount"), found.get("share")
    if not (isinstance(amount, int | float) and isinstance(share, bool)):
        raise damaged("loss limit")
    return float(amount), share


def _hedges(text: str) -> SaidHedges | None:
    if not text:
        return None
    found = parsed(text, "hedges")
    target, families = found["target"], found["families"]
    kind, value = target["kind"], target["value"]
    texts = (kind, found["instruments_sha256"], *families)
    if not (all(isinstance(t, str) for t in texts) and isinstance(value, int | float)):
        raise damaged("hedges")
    return SaidHedges(
        target=HedgeTarget(kind=kind, value=float(value)),
        mandate=mandate_of(found),
        families=tuple(families),
        instruments=found["instruments_sha256"],
    )


def _look(text: str) -> dict[str, Any]:
    found = parsed(text, "presentation")
    sections = found["sections"]
    texts = (*(found[name] for name in LOOKS), *sections)
    if not all(isinstance(text, str) for text in texts):
        raise damaged("presentation")
    return {name: found[name] for name in LOOKS} | {"sections": tuple(sections)}

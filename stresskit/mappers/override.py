"""The user's own word on a position: segments and beta that replace the map's."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from stresskit.core.confidence import confidence_of
from stresskit.core.identifiers import ticker_key
from stresskit.core.names import company_key, issuer_of, plain_name
from stresskit.errors import MappingError
from stresskit.mappers.by_fractions import by_fractions
from stresskit.mappers.context import tier_of
from stresskit.mappers.curated import CuratedMapper
from stresskit.mappers.fallback import map_remaining
from stresskit.mappers.place import answer
from stresskit.model import Issue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stresskit.mappers.context import MappingContext
    from stresskit.model import Exposure, Override, Position

PRIOR_SD = 0.02
MOST_SHARE, SHOWN = 1.001, 20
# What is no share has no place that a beta alone could leave.
NOT_SHARES = ("cash", "bond", "option", "fx_forward")


class OverrideMapper:
    """Place a position that the user's overrides name."""

    tier = 1

    def map(self, position: Position, context: MappingContext) -> Exposure | None:
        """Return the user's exposure, or None where no row names the position."""
        row = context.overridden.get(position.id)
        if row is None:
            return None
        if not row.segments:
            kept = _beta_only(position, row, context)
            if kept is not None:
                return kept
        return _exposure(position, row, context)


def checked(rows: Sequence[Override], segments: Sequence[str], chain: str) -> None:
    """Refuse rows with unknown segments or fractions that cannot be, all at once.

    Raises
    ------
    MappingError
        If there are any; the message names each place.
    """
    known, wrong = set(segments), []
    for o in rows:
        odd = [name for name in o.segments if name not in known]
        total = sum(o.segments.values())
        if odd:
            alike = get_close_matches(odd[0].upper(), segments, 1, 0.5)
            said = f" Is it {alike[0]}?" if alike else ""
            wrong.append(f"{o.where}: {odd[0]!r} is no segment of {chain}.{said}")
        elif o.segments and (min(o.segments.values()) < 0 or not total):
            wrong.append(f"{o.where}: a fraction is {min(o.segments.values()):g}.")
        elif total > MOST_SHARE:
            wrong.append(f"{o.where}: the fractions add up to {total:g}.")
    if wrong:
        more = f"\n  and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        raise MappingError(
            "\n  ".join(wrong[:SHOWN]) + more,
            hint="Fractions are decimals from 0 to 1 and add up to 1 at most. "
            f"Segments: {', '.join(segments)}.",
        )


def matched(
    rows: Sequence[Override], positions: Sequence[Position]
) -> tuple[dict[str, Override], list[Issue]]:
    """Say which override places which position, by its id; the last row counts.

    A row means the line of its id, where number, ticker or name agree with it; else
    all lines of its ISIN, or of its ticker where that is one security, or the one line
    of its name.
    """
    if not rows:
        return {}, []
    index = _Index(positions)
    found: dict[str, Override] = {}
    issues = []
    for row in rows:
        meant = index.meant(row)
        if len({issuer_of(p) for p in meant}) > 1:
            issues.append(_ambiguous(row, meant))
            continue
        if not meant:
            issues.append(_unused(row))
        issues += [
            _twice(found[p.id], row, p)
            for p in meant
            if p.id in found and found[p.id].content != row.content
        ]
        found |= {p.id: row for p in meant}
    unsigned = [o.where for o in rows if not (o.by and o.on)]
    if unsigned:
        issues.append(_unsigned(unsigned))
    return found, issues


class _Index:
    """Positions by what a row may name them with."""

    def __init__(self, positions: Sequence[Position]) -> None:
        self.by_id = {p.id: p for p in positions}
        self.by_isin: dict[str, list[Position]] = defaultdict(list)
        self.by_ticker: dict[str, list[Position]] = defaultdict(list)
        self.by_name: dict[str, list[Position]] = defaultdict(list)
        for p in positions:
            self.by_name[plain_name(p.name)].append(p)
            self.by_isin[p.identifiers.isin or ""].append(p)
            self.by_ticker[ticker_key(p.identifiers.ticker or "")].append(p)

    def meant(self, row: Override) -> list[Position]:
        """Return the positions a row means, the surest key first."""
        own = self.by_id.get(row.position_id or "")
        if own is not None and _agrees(row, own):
            return [own]
        if row.isin and row.isin.upper() in self.by_isin:
            return self.by_isin[row.isin.upper()]
        if row.ticker:
            same = self.by_ticker.get(ticker_key(row.ticker), [])
            return [p for p in same if not (row.isin and p.identifiers.isin)]
        if row.name and not row.isin:
            same = self.by_name.get(plain_name(row.name), [])
            return same if len(same) == 1 else []
        return []


def _agrees(row: Override, position: Position) -> bool:
    """Whether an id means the same line; ids count lines, which may have moved."""
    ids = position.identifiers
    if row.isin and ids.isin:
        return row.isin.upper() == ids.isin
    if row.ticker and ids.ticker:
        return ticker_key(row.ticker) == ticker_key(ids.ticker)
    named = row.name and position.name
    return not named or _same(str(row.name), position.name)


def _same(name: str, other: str) -> bool:
    """Whether two names are one but for legal forms; Fund A is not Fund B."""
    own, theirs = plain_name(name), plain_name(other)
    letters = [[w for w in n.split() if len(w) == 1] for n in (own, theirs)]
    key = company_key(name)
    alike = bool(key) and key == company_key(other) and letters[0] == letters[1]
    return own == theirs or alike


def _unused(row: Override) -> Issue:
    return Issue(
        code="override-unused",
        severity="warning",
        message=f"The override at {row.where} ({_called(row)}) names no position of "
        "the portfolio.",
        fix="Check its id, ISIN, ticker or name.",
    )


def _called(row: Override) -> str:
    return row.name or row.isin or row.ticker or str(row.position_id)


def _ambiguous(row: Override, positions: Sequence[Position]) -> Issue:
    names = ", ".join(dict.fromkeys(p.name for p in positions))
    return Issue(
        code="override-ambiguous",
        severity="warning",
        message=f"The override at {row.where} names several securities by the ticker "
        f"{row.ticker} ({names}); none was changed.",
        fix="Give the id or the ISIN of the position.",
    )


def _twice(first: Override, second: Override, position: Position) -> Issue:
    return Issue(
        code="override-twice",
        severity="warning",
        message=f"{position.name} is overridden at {first.where} and at "
        f"{second.where}; the later row counts.",
        fix="Keep one of the rows.",
        money=position.market_value,
    )


def _unsigned(places: list[str]) -> Issue:
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    return Issue(
        code="override-unsigned",
        severity="info",
        message=f"The override at {places[0]}{more}: who set it and when is not said.",
        fix="Fill the columns override_by and override_on; the run log keeps them.",
    )


def _beta_only(
    position: Position, override: Override, context: MappingContext
) -> Exposure | None:
    """Return the program's own placement with the user's beta, if it has one."""
    if override.beta is None or position.asset_class in NOT_SHARES:
        return None
    for mapper in context.mappers:
        found = answer(mapper, position, context) if tier_of(mapper) > 1 else None
        if found is not None and found.moves:
            return replace(
                found,
                beta=override.beta,
                beta_sd=0.0,
                source="override",
                matched=override.where,
                basis=f"{override.reason or 'Beta set by the user'}; segments: "
                f"{found.basis}",
            )
    return None


def _exposure(
    position: Position, override: Override, context: MappingContext
) -> Exposure:
    """Return the user's fractions, with the company's own beta where it is known."""
    shares = override.segments
    if not shares:
        return _beta_alone(position, override, context)
    base = by_fractions(
        position,
        shares,
        context,
        source="override",
        matched=override.where,
        basis=override.reason or "Set by the user",
        prior_sd=PRIOR_SD,
    )
    known = CuratedMapper().map(position, context)
    if known is not None:
        base = replace(
            base,
            beta=known.beta,
            beta_sd=known.beta_sd,
            specific_sd=known.specific_sd,
            dispersion=known.dispersion,
            dispersion_replay=known.dispersion,
            region=known.region,
            issuer=known.issuer,
        )
    if override.beta is not None:
        base = replace(base, beta=override.beta, beta_sd=0.0)
    return base


def _beta_alone(
    position: Position, override: Override, context: MappingContext
) -> Exposure:
    """Return a position that moves with the market only, as the user says."""
    return replace(
        map_remaining(position, context, noted=False),
        sensitivities={},
        beta=override.beta or 0.0,
        beta_sd=0.0,
        source="override",
        matched=override.where,
        basis=override.reason or "Beta set by the user; no segment",
        confidence=confidence_of(PRIOR_SD),
        covered=True,
    )

"""A factor as tables: shocks with bars, their evidence, what followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from stresskit.cli.show import signed, table_of

if TYPE_CHECKING:
    from typing import Any

    from rich.console import RenderableType
    from rich.table import Table

    from stresskit.model import Factor, Plausibility

BAR = 14
# Alternatives shown beside the shock, with their column heads.
BESIDE = {
    "members": "Members",
    "inverse_variance": "1/var",
    "huber": "Huber",
    "regression": "Regr.",
    "index_market": "Index mkt",
    "short_window": "120 days",
    "day_before": "Day before",
    "day_after": "Day after",
}


def factor_tables(factor: Factor) -> list[RenderableType]:
    """Return a factor's shocks, their evidence, and what the figures rest on."""
    parts: list[RenderableType] = [Text(_head(factor), style="bold")]
    if factor.purpose:
        parts.append(Text(f"For: {factor.purpose}"))
    parts += [Text(factor.narrative), Text("")]
    what = "Abnormal return per segment, net of beta times the ex-theme market"
    parts += [_shocks(factor, what)]
    if not (factor.stated or factor.variant):
        parts.append(Text(SHOCK_LEGEND, style="dim"))
    if any(s.significance for s in factor.shocks):
        parts += [Text(""), _evidence(factor), Text(EVIDENCE_LEGEND, style="dim")]
    if any(s.alternatives for s in factor.shocks):
        parts += [Text(""), _alternatives(factor)]
    if factor.path:
        parts += [Text(""), Text(_path(factor))]
    if factor.drivers:
        parts += [Text(""), Text(_drivers(factor))]
    if factor.styles:
        parts += [Text(""), Text(_styles(factor))]
    if factor.plausibility:
        parts += [Text(""), Text(_plausibility(factor.plausibility))]
    parts += [Text(""), _legs(factor), Text("")]
    parts += [Text(f"Source: {s.title} {s.url}".rstrip()) for s in factor.sources]
    parts.append(Text(f"SHA-256 {factor.sha256}"))
    return parts


def _head(factor: Factor) -> str:
    when = factor.event_start.isoformat()
    if factor.event_end != factor.event_start:
        when += f" to {factor.event_end.isoformat()}"
    kind = ""
    if factor.variant:
        kind = f" Set by judgement, a variant of {factor.basis}."
    elif factor.stated:
        kind = f" Stated by its author; betas and histories of {factor.basis}."
    return (
        f"{factor.id}, revision {factor.revision}: {factor.title}. Event {when}.{kind}"
    )


def _shocks(factor: Factor, title: str) -> Table:
    stated = bool(factor.stated)
    kind = "Stated" if stated else "n"
    table = table_of(
        title, "Segment", kind, "eff.", "Return", "Abnormal", "Shock", "Error", ""
    )
    scale = max((abs(s.shrunk) for s in factor.shocks), default=1.0) or 1.0
    titles = {s.id: s.title for s in factor.chain.segments}
    for s in factor.shocks:
        bar = "█" * round(BAR * abs(s.shrunk) / scale)
        table.add_row(
            f"{s.segment} {titles[s.segment]}",
            ("yes" if s.members else "no")
            if stated
            else f"{s.members or '-'}{'m' if s.mapped else ''}",
            f"{s.effective_members:.1f}" if s.members and not stated else "-",
            _percent(s.total),
            _percent(s.raw),
            f"{s.shrunk:+.1%}",
            f"{s.standard_error:.1%}",
            signed(bar.ljust(BAR), s.shrunk),
        )
    return table


SHOCK_LEGEND = (
    "n: members in the mean (m: a published move, or a first session after a closure); "
    "eff.: equal members that would be as sure. Abnormal: mean of the members. Shock: "
    "what a unit of sensitivity earned, all stocks together."
)
EVIDENCE_LEGEND = (
    "z and rank: against the segment's own days before the event (rank 1 is the "
    "largest). t: across members, corrected for their correlation. Found: survives at "
    "a false-discovery rate of 10%. Expected: the sign it was read to have."
)


def _evidence(factor: Factor) -> Table:
    from stresskit.core.factor.records import sign_held

    table = table_of(
        "Was the day out of the ordinary?",
        "Segment",
        "Beta",
        "z",
        "Rank",
        "p",
        "t",
        "p (t)",
        "rbar",
        "Found",
        "Expected",
        "Held",
    )
    segments = {s.id: s for s in factor.chain.segments}
    for s in factor.shocks:
        test = s.significance
        if test is None:
            continue
        segment = segments[s.segment]
        table.add_row(
            s.segment,
            f"{s.beta:.2f}",
            f"{test.z:+.1f}",
            f"{test.rank} of {test.days + 1}",
            f"{test.rank_p:.3f}",
            _number(test.adjusted_t, "+.1f"),
            _number(test.adjusted_p, ".3f"),
            _number(test.mean_correlation, ".2f"),
            "yes" if test.discovery else "no",
            segment.expected_sign,
            {True: "yes", False: "no", None: "-"}[sign_held(segment, s)],
        )
    return table


def _alternatives(factor: Factor) -> Table:
    have = [k for k in BESIDE if any(k in s.alternatives for s in factor.shocks)]
    table = table_of(
        "The shock under other choices (see factors/README.md)",
        "Segment",
        "Shock",
        *(BESIDE[k] for k in have),
    )
    for s in factor.shocks:
        table.add_row(
            s.segment,
            f"{s.shrunk:+.1%}",
            *(_percent(s.alternatives.get(k)) for k in have),
        )
    return table


def _path(factor: Factor) -> str:
    points = "; ".join(
        f"+{p.days} sessions {p.persistence:.0%} (error {p.standard_error:.0%})"
        for p in factor.path
    )
    count = factor.path[0].securities
    return (
        f"Still there afterwards, of {count} moves beyond 5%: {points}. One draw, with "
        "other news in it: no forecast."
    )


def _drivers(factor: Factor) -> str:
    shown = "; ".join(
        f"{d.name.replace('_', ' ')} {d.value:+.1%} (error {d.standard_error:.1%})"
        for d in factor.drivers
    )
    share = "" if factor.drivers_r2 is None else f" R2 {factor.drivers_r2:.2f}."
    return f"Narrative drivers, in returns per unit of loading: {shown}.{share}"


def _styles(factor: Factor) -> str:
    shown = "; ".join(
        f"{s.name}: {s.share:.0%} of the theme's variance, {s.within:.0%} of what the "
        f"segments leave ({s.slope:+.1%} per standard deviation)"
        for s in factor.styles
    )
    return f"Crowding, kept in the shocks: {shown}."


def _plausibility(found: Plausibility) -> str:
    nearest = ", ".join(f"{day} {index:+.2f}" for day, index in found.nearest)
    return (
        f"Mahalanobis distance {found.distance:.1f} over {found.segments} segments; a "
        f"typical day has {found.typical:.1f}. The severity index (1 is this event) "
        f"has a daily standard deviation of {found.index_sd:.2f}; its largest other "
        f"days: {nearest}."
    )


def _legs(factor: Factor) -> Table:
    table = table_of("Market leg", "Region", "Return", "Window", "What")
    for m in factor.market:
        window = m.start.isoformat()
        if m.end != m.start:
            window += f" to {m.end.isoformat()}"
        table.add_row(m.region, f"{m.value:+.2%}", window, m.basis)
    return table


def factor_list_table(found: list[dict[str, Any]], like: str) -> Table:
    """Return the factors that can be used, with what each is for."""
    table = table_of("", "Name", "Rev.", "Event", "Severity", "Similar", "What")
    for f in found:
        start, end = f["event"]["start"], f["event"]["end"]
        when = start.isoformat() if start == end else f"{start} to {end}"
        kind = " Set by judgement." if f["expert_set"] else ""
        table.add_row(
            f["id"],
            str(f["revision"]),
            when.replace(" to ", "\n"),
            _number(f["severity"], "+.2f"),
            _number(f["similarity"], "+.2f"),
            f"{f['title']}. {f['purpose']}".rstrip() + kind,
        )
    table.caption = (
        f"Severity: how much of {like} the segments' moves show (1 is all of it). "
        "Similar: the same direction, whatever the size."
    )
    table.caption_justify = "left"
    return table


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:+.1%}"


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)

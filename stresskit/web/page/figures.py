"""A result at one severity: what the sentences, pictures and tables show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stresskit.core.stress import answer
from stresskit.core.stress.answer import Answer, Unit
from stresskit.web.page import pictures, words
from stresskit.web.page.given import Json, RunShown
from stresskit.web.page.pictures import Picture, Range

# What the waterfall names before the rest is one step.
MOST_STEPS = 6
MOST_BARS = 12
REST = "Other segments"
LIGHTS = ("green", "amber", "red")


@dataclass(frozen=True, kw_only=True)
class Line:
    """A row of a table of figures: what, how much, which share of the value."""

    label: str
    figure: str
    share: str
    sign: str


@dataclass(frozen=True, kw_only=True)
class SegmentLine:
    """A segment's row: money exposed, its shock, its P&L."""

    id: str
    label: str
    exposure: str
    shock: str
    figure: str
    sign: str


@dataclass(frozen=True, kw_only=True)
class Part:
    """A segment at the severity looked at."""

    segment: str
    title: str
    exposure: float
    shock: float
    pnl: float


class Level:
    """The figures of a result at the severity looked at.

    ``levels`` are further severities in the shape of the result's ``scenarios``; what
    they lack (titles, exposures, a position's value) is the same at every severity.
    """

    def __init__(
        self, result: Json, levels: Sequence[Json], severity: float | None = None
    ):
        self.result = result
        self.as_run = float(result["run"]["scenario"]["severity"])
        found = _level_at(levels, severity) if severity is not None else None
        self.moved = found is not None and abs(found["severity"] - self.as_run) > 1e-9
        self.severity = (
            float(found["severity"]) if found and self.moved else self.as_run
        )
        given: Json = found if found is not None and self.moved else result
        self.summary: Json = given["summary"]
        self.attribution: Mapping[str, float] = given["attribution"]
        self.pnl = float(self.summary["pnl"])
        self.base = float(result["summary"]["base_value"])
        self.segments = _segments(result, given)
        self.pnls = {row["id"]: row["pnl"] for row in given["by_position"]}
        gross = sum(abs(row["base_value"] or 0.0) for row in result["by_position"])
        self.unit = words.unit_of(result["summary"]["currency"], gross)

    def answer(self, name: str) -> Answer:
        """Return what the headline tells of, in three digits."""
        run, band = self.result["run"], self.summary["band"]
        return Answer(
            name=words.cut(name),
            event=f"{run['factor']['id']}@{run['factor']['revision']}",
            severity=self.severity,
            mode=run["scenario"]["mode"],
            base_value=self.base,
            pnl=self.pnl,
            pnl_pct=self.summary["pnl_pct"],
            level=band["level"],
            low=band["low"],
            high=band["high"],
            coverage_ratio=self.summary["coverage_ratio"],
            unit=self.unit,
            digits=words.THREE,
        )

    @property
    def steps(self) -> list[tuple[str, float]]:
        """The parts of the P&L: the market, the largest segments, the rest."""
        shown, rest = answer.largest(self.segments, MOST_STEPS)
        parts = answer.parts_of(self.attribution, self.base)
        found = [p for p in parts if p[0] == answer.MARKET]
        found += [(s.title, s.pnl) for s in sorted(shown, key=lambda s: s.pnl)]
        if not answer.is_rounding(rest, self.base):
            found.append((REST, rest))
        return found + [p for p in parts if p[0] != answer.MARKET]

    @property
    def touched(self) -> list[Part]:
        """The segments that money is exposed to or that move, largest loss first."""
        shown = [s for s in self.segments if s.exposure or s.pnl]
        return sorted(shown, key=lambda s: s.pnl)

    @property
    def shown(self) -> tuple[list[Part], float | None]:
        """The largest of them, largest loss first, and the rest as one or None."""
        shown, rest = answer.largest(self.segments, MOST_BARS)
        nothing = answer.is_rounding(rest, self.base)
        return sorted(shown, key=lambda s: s.pnl), None if nothing else rest


@dataclass(frozen=True, kw_only=True)
class Figures:
    """All that the severity changes but the positions, ready to be written."""

    name: str
    verdict: str
    band: str
    caveat: str
    said: str
    severity: str
    as_run: str
    moved: bool
    unit: str
    in_money: bool
    range: Range
    waterfall: Picture
    segments: Picture
    steps: tuple[Line, ...]
    lines: tuple[SegmentLine, ...]
    all_lines: tuple[SegmentLine, ...]
    total: Line


def figures_of(run: RunShown, level: Level) -> Figures:
    """Work out the sentences, pictures and tables of a level."""
    unit, base = level.unit, level.base
    said = level.answer(name_of(run))
    band = words.signs(said.band)
    # The name stands apart, so that it cannot turn the direction of the sentence.
    verdict = said.verdict.removeprefix(said.name) + "."
    band = band[0].upper() + band[1:] + "."
    ends = level.summary["band"]
    shown, rest = level.shown
    bars = [(s.title, s.pnl) for s in shown]
    lines = [_segment_line(s, unit) for s in shown]
    if rest is not None:
        bars.append((REST, rest))
        lines.append(_rest_line(rest, unit))
    return Figures(
        name=said.name,
        verdict=verdict,
        band=band,
        caveat=said.caveat,
        said=" ".join(s for s in (said.name + verdict, band, said.caveat) if s),
        severity=f"{level.severity:g}",
        as_run=f"{level.as_run:g}",
        moved=level.moved,
        unit=words.unit_words(unit),
        in_money=unit is not None,
        range=pictures.band(ends["low"], level.pnl, ends["high"], unit),
        waterfall=pictures.waterfall(level.steps, level.pnl, unit),
        segments=pictures.segments(bars, unit),
        steps=tuple(line_of(label, v, unit, base) for label, v in level.steps),
        lines=tuple(lines),
        all_lines=tuple(_segment_line(s, unit) for s in level.touched),
        total=line_of(pictures.TOTAL, level.pnl, unit, base),
    )


def name_of(run: RunShown) -> str:
    """Return what the portfolio is called, its file's name where it has none."""
    return (run.summary or {}).get("name") or run.input_name or "This portfolio"


def line_of(label: str, value: float, unit: Unit | None, base: float) -> Line:
    """Return an amount as a row, with its share of the portfolio's value."""
    share = "" if unit is None or not base else words.percent(value / base)
    return Line(
        label=label,
        figure=words.figure(value, unit),
        share=share,
        sign=words.sign_of(value),
    )


def coverage_of(result: Json, unit: Unit | None) -> tuple[str, str]:
    """Return how much of the portfolio is known: the sentence, and its light."""
    s = result["summary"]
    c, uncovered = s["coverage"], ""
    if s["uncovered_value"]:
        uncovered = words.figure(s["uncovered_value"], unit)
        uncovered += f" {unit.name}" if unit and unit.name else ""
    light = c["light"] if c["light"] in LIGHTS else "red"
    known = (c["by_value"], c["by_risk"], light)
    return answer.coverage_sentence(s["coverage_ratio"], uncovered, known), light


def severities(levels: Sequence[Json]) -> list[float]:
    """Return the severities there are figures of, in order."""
    return sorted(float(level["severity"]) for level in levels)


def _level_at(levels: Sequence[Json], severity: float) -> Json | None:
    """Return the level of a severity, None where there is none."""
    for level in levels:
        if abs(float(level["severity"]) - severity) < 1e-6:
            return level
    return None


def _segments(result: Json, given: Json) -> list[Part]:
    known = {s["segment"]: s for s in result["by_segment"]}
    found = []
    for s in given["by_segment"]:
        of = known.get(s["segment"], {})
        found.append(
            Part(
                segment=s["segment"],
                title=words.plain(of.get("title") or s["segment"]),
                exposure=of.get("exposure") or 0.0,
                shock=s["shock"],
                pnl=s["pnl"],
            )
        )
    return found


def _segment_line(s: Part, unit: Unit | None) -> SegmentLine:
    return SegmentLine(
        id=s.segment,
        label=s.title,
        exposure=words.figure(s.exposure, unit),
        shock=words.percent(s.shock, "+", 1),
        figure=words.figure(s.pnl, unit),
        sign=words.sign_of(s.pnl),
    )


def _rest_line(pnl: float, unit: Unit | None) -> SegmentLine:
    return SegmentLine(
        id="",
        label=REST,
        exposure="",
        shock="",
        figure=words.figure(pnl, unit),
        sign=words.sign_of(pnl),
    )

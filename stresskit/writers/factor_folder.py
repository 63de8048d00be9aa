"""Write a factor folder: ``factor.toml``, ``moves.csv``, ``segment_returns.csv``."""

from __future__ import annotations

import csv
import io
import math
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stresskit.core.tables import format_fractions
from stresskit.errors import OutputError

if TYPE_CHECKING:
    from stresskit.model import Evidence, Factor, SegmentHistory, Shock

DIGITS = 10
MOVES_COLUMNS = (
    "ticker",
    "mic",
    "isin",
    "name",
    "role",
    "segments",
    "event_return",
    "observations",
    "beta",
    "beta_se",
    "residual_sd",
    "specific_sd",
    "abnormal_return",
    "sensitivities",
    "own_name",
    "source",
    "note",
    "sector",
    "index_beta",
    "sar",
    "start",
    "end",
    "copies",
    "path",
)


def write_factor_folder(
    folder: Path, factor: Factor, notes: str, about: str = ""
) -> None:
    """Write a new factor folder, whole or not at all.

    Raises
    ------
    OutputError
        If the folder exists (a published revision never changes) or cannot be
        written.
    """
    if folder.exists():
        raise OutputError(
            f"{folder} exists; a published factor is never overwritten.",
            hint="Choose another id or another folder, or write a new revision with a "
            "reason (factor build --revise, save_factor(revise=)).",
        )
    _place(folder, _files(factor, notes, about), keep=None)


def write_revision(
    folder: Path, factor: Factor, notes: str, about: str, *, earlier: int
) -> None:
    """Write a new revision over a folder whose files move to ``revisions/N``.

    Raises
    ------
    OutputError
        If that revision is kept already, or the folder cannot be written.
    """
    if (folder / "revisions" / str(earlier)).exists():
        raise OutputError(
            f"{folder} keeps a revision {earlier} already; it is never overwritten.",
            hint="The folder was put together by hand: give each revision its number.",
        )
    _place(folder, _files(factor, notes, about), keep=earlier)


def _files(factor: Factor, notes: str, about: str) -> dict[str, str]:
    files = {"factor.toml": _toml(factor_table(factor)), "NOTES.md": notes}
    if about:
        files["about.toml"] = about
    if factor.variant is not None:
        # Its evidence is that of its basis, which it names with the hash.
        return files
    files["moves.csv"] = moves_csv(factor.evidence)
    if factor.history is not None:
        files["segment_returns.csv"] = history_csv(factor.history)
    return files


def _place(folder: Path, files: dict[str, str], *, keep: int | None) -> None:
    """Put the files in place in one step; ``keep`` numbers what is there already."""
    parent = folder.parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=parent, prefix=".writing-"))
        try:
            for name, text in files.items():
                (scratch / name).write_text(text, encoding="utf-8", newline="\n")
            scratch.chmod(0o755)
            if keep is None:
                scratch.rename(folder)
            else:
                _keep_earlier(folder, scratch, keep)
                _replace(folder, scratch)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be written: {error.strerror}.",
            hint="Choose a folder you may write to with --output.",
        ) from error


def _replace(folder: Path, made: Path) -> None:
    """Put one folder where another is; the old one goes only once that is done."""
    aside = folder.with_name(f".replaced-{made.name}")
    folder.rename(aside)
    try:
        made.rename(folder)
    except OSError:
        aside.rename(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _keep_earlier(folder: Path, made: Path, number: int) -> None:
    kept = made / "revisions"
    if (folder / "revisions").is_dir():
        shutil.copytree(folder / "revisions", kept)
    # Whatever else lay there is kept with the revision it lay beside.
    shutil.copytree(
        folder, kept / str(number), ignore=shutil.ignore_patterns("revisions")
    )


def factor_table(factor: Factor) -> dict[str, Any]:
    """Return the content of ``factor.toml`` as plain tables."""
    table = {
        "schema": "stresskit/factor/1",
        "id": factor.id,
        "revision": factor.revision,
        "revision_reason": factor.revision_reason,
        "title": factor.title,
        "purpose": factor.purpose or None,
        "value_chain": factor.chain.id,
        "basis": factor.basis or None,
        "expert_set": factor.expert_set or None,
        "narrative": factor.narrative,
        "questions": list(factor.questions),
        "drivers_r2": factor.drivers_r2,
        "event": {"start": factor.event_start, "end": factor.event_end},
        "method": dict(factor.method),
        "dispersion": {
            "theme": factor.dispersion_theme,
            "rest": factor.dispersion_rest,
            "power_theme": factor.power_theme,
            "power_rest": factor.power_rest,
            "conformal_stocks": factor.conformal_stocks,
            "conformal_portfolios": factor.conformal_portfolios,
            "replay_theme": factor.replay_theme,
            "replay_rest": factor.replay_rest,
            "universe_low": factor.universe_low,
            "universe_high": factor.universe_high,
        },
        "plausibility": _plausibility(factor),
        "market": [vars(m) for m in factor.market],
        "drivers": [vars(d) for d in factor.drivers] or None,
        "path": [vars(p) for p in factor.path] or None,
        "styles": [vars(s) for s in factor.styles] or None,
        "stated": [vars(m) for m in factor.stated] or None,
        "variant": factor.variant and vars(factor.variant),
        "issues": [vars(i) for i in factor.issues] or None,
        "shocks": [_shock(s) for s in factor.shocks],
        "sources": [vars(s) for s in factor.sources],
    }
    tidy: dict[str, Any] = _tidy(table)
    return tidy


def _plausibility(factor: Factor) -> dict[str, Any] | None:
    found = factor.plausibility
    if found is None:
        return None
    nearest = [{"day": day, "index": index} for day, index in found.nearest]
    return {**vars(found), "nearest": nearest}


def _shock(shock: Shock) -> dict[str, Any]:
    return {
        **vars(shock),
        "composition": shock.composition,
        "significance": shock.significance and vars(shock.significance),
        "alternatives": shock.alternatives or None,
        "path": {str(k): v for k, v in shock.path.items()} or None,
        "mapped": shock.mapped or None,
    }


def _tidy(value: Any) -> Any:
    """Round every number, and leave out what is not known: TOML has no null."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise OutputError(
                "A figure of this factor is not a finite number; nothing was written.",
                hint="One of the price series is no price: leave it out, and report "
                "this.",
            )
        return _round(value)
    if isinstance(value, dict):
        return {k: _tidy(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_tidy(v) for v in value]
    return value


def moves_csv(evidence: tuple[Evidence, ...]) -> str:
    """Return ``moves.csv``, a row per security in the order given."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(MOVES_COLUMNS)
    for e in evidence:
        writer.writerow(
            [
                e.ticker,
                e.mic,
                e.isin or "",
                e.name,
                e.role,
                format_fractions(e.segments),
                _text(e.event_return),
                _text(e.observations),
                _text(e.beta),
                _text(e.beta_se),
                _text(e.residual_sd),
                _text(e.specific_sd),
                _text(e.abnormal_return),
                format_fractions(e.sensitivities),
                _text(e.own_name),
                e.source,
                e.note,
                e.sector,
                _text(e.index_beta),
                _text(e.sar),
                e.start.isoformat() if e.start else "",
                e.end.isoformat() if e.end else "",
                e.copies,
                format_fractions({str(d): r for d, r in e.path.items()}, 6),
            ]
        )
    return out.getvalue()


def history_csv(history: SegmentHistory) -> str:
    """Return ``segment_returns.csv``, a row per day, six decimals."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["date", *history.names])
    for day, row in zip(history.dates, history.returns, strict=True):
        cells = ["" if math.isnan(x) else f"{x:.6f}" for x in row]
        writer.writerow([day.isoformat(), *cells])
    return out.getvalue()


def _toml(table: dict[str, Any]) -> str:
    import tomli_w

    return str(tomli_w.dumps(table, multiline_strings=True))


def _round(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.{DIGITS}g}"

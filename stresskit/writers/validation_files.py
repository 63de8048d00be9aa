"""A validation as JSON and as a chart of predicted against realised."""

from __future__ import annotations

import io
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from stresskit.errors import OutputError
from stresskit.writers.atomic import write_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

    from stresskit.model import Point, Validation

SCHEMA = "stresskit/validation/1"
CHARTS = {".svg": "svg", ".png": "png"}
# Told apart without colour too: by shape and by fill.
LOOKS: dict[str, dict[str, Any]] = {
    "rest": {"marker": ".", "color": "#9aa5b1", "label": "rest of the market"},
    "theme": {
        "marker": "o",
        "facecolors": "none",
        "edgecolors": "#1f4e79",
        "label": "AI value chain",
    },
}
NAMED = 6


def validation_to_dict(found: Validation) -> dict[str, Any]:
    """Return a validation as plain tables; returns and errors are decimals."""
    return {"schema": SCHEMA, **asdict(found)}


def write_validation_chart(path: Path, found: Validation) -> None:
    """Draw predicted against realised returns, each stock predicted without itself.

    Parameters
    ----------
    path
        Ends in .svg or .png.

    Raises
    ------
    OutputError
        If the name ends otherwise, or the file cannot be written.
    """
    kind = picture_kind(path)
    import matplotlib as mpl

    # Reproducible: the same figures give the same bytes.
    with mpl.rc_context({"svg.hashsalt": found.factor, "font.size": 9}):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(8, 6), dpi=120, layout="constrained")
        _draw(figure.subplots(), found)
        out = io.BytesIO()
        told = {"Title": _message(found), "Creator": "stresskit"}
        date = {"Date": None} if kind == "svg" else {}
        figure.savefig(out, format=kind, metadata={**told, **date})
    write_bytes(path, out.getvalue(), suffix=path.suffix.lower())


def picture_kind(path: Path) -> str:
    """Return what kind of picture a name is of.

    Raises
    ------
    OutputError
        If it is of none.
    """
    kind = CHARTS.get(path.suffix.lower())
    if kind is None:
        raise OutputError(
            f"{path.name} is no picture.",
            hint=f"Let the name end in {' or '.join(CHARTS)}.",
        )
    return kind


def _draw(axes: Axes, found: Validation) -> None:
    for group, look in LOOKS.items():
        chosen = [p for p in found.points if p.group == group]
        x = [100 * p.predicted for p in chosen]
        y = [100 * p.realised for p in chosen]
        axes.scatter(x, y, s=22, linewidths=0.8, **look)
    values = [100 * v for p in found.points for v in (p.predicted, p.realised)]
    low, high = min(values) - 2, max(values) + 2
    axes.plot([low, high], [low, high], color="black", linewidth=0.8)
    axes.axhline(0, color="black", linewidth=0.3)
    axes.axvline(0, color="black", linewidth=0.3)
    for p in _misses(found.points):
        axes.annotate(
            p.key.partition(":")[0],
            (100 * p.predicted, 100 * p.realised),
            textcoords="offset points",
            xytext=(5, 3),
        )
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_xlabel("Predicted without the stock itself, % of its price")
    axes.set_ylabel(f"What it did on {found.event:%d %B %Y}, %")
    axes.set_title(_message(found), loc="left")
    axes.legend(loc="lower right", frameon=False)


def _message(found: Validation) -> str:
    theme = next(g for g in found.groups if g.scores)
    model = theme.scores[-1]
    naive = next((s for s in theme.scores if s.method == theme.best_baseline), None)
    beside = f"; {naive.method} {100 * naive.mae:.1f}" if naive else ""
    return (
        f"{found.factor}: mean error {100 * model.mae:.1f} points over {model.n} "
        f"{theme.name} stocks{beside}"
    )


def _misses(points: tuple[Point, ...]) -> list[Point]:
    ranked = sorted(points, key=lambda p: -abs(p.realised - p.predicted))
    return ranked[:NAMED]

"""``stresskit validate``: predicted against realised, with baselines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stresskit.cli.options import (
    DEFAULT_FACTOR,
    FactorOption,
    FactorsOption,
    JsonOption,
)

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from stresskit.model import GroupTest, Validation

TITLES = {
    "theme": "AI value chain, each stock predicted without itself",
    "rest": "Rest of the market, each stock predicted without itself",
    "funds": "Funds, by sensitivities from before the event",
    "other regions": "Europe and Asia, moves as published, no market leg",
}


def validate(
    factor: FactorOption = DEFAULT_FACTOR,
    json: JsonOption = None,
    chart: Annotated[
        Path | None,
        typer.Option(
            "--chart", help="Draw predicted against realised here (.svg, .png)."
        ),
    ] = None,
    factors: FactorsOption = None,
) -> None:
    """Say how well a factor would have predicted: baselines, funds, other days."""
    from stresskit.cli.progress import steps
    from stresskit.cli.show import print_plain
    from stresskit.factors import validate_factor
    from stresskit.writers import (
        validation_to_dict,
        write_json,
        write_validation_chart,
    )
    from stresskit.writers.atomic import check_target
    from stresskit.writers.validation_files import picture_kind

    for path in (json, chart):
        if path is not None and str(path) != "-":
            check_target(path, suffix="")
    if chart is not None:
        picture_kind(chart)
    with steps() as step:
        step("Predicting each stock without itself")
        found = validate_factor(factor, factors=factors)
        if chart is not None:
            step("Drawing")
            write_validation_chart(chart, found)
    if json is not None:
        write_json(json, validation_to_dict(found))
    print_plain(*tables(found), stderr=json is not None and str(json) == "-")
    if chart is not None:
        print_plain(f"Chart: {chart}", stderr=True)


def tables(found: Validation) -> list[RenderableType]:
    """Return a validation as tables; errors in percentage points."""
    from rich.text import Text

    parts: list[RenderableType] = [
        Text(
            f"{found.factor}, revision {found.revision}, event {found.event}. Errors "
            "in percentage points of return; the market's return is given to all.",
            style="bold",
        )
    ]
    for group in found.groups:
        parts += [Text(""), _group(group)]
        parts += [Text(line) for line in _sentences(group)]
    if found.portfolios:
        parts += [Text(""), _portfolios(found)]
    if found.days:
        parts += [Text(""), _days(found), Text(DAYS_LEGEND)]
    return parts


def _group(group: GroupTest) -> Table:
    from stresskit.cli.show import table_of

    n = group.scores[0].n
    table = table_of(
        f"{TITLES.get(group.name, group.name)} ({n})",
        "Name",
        "Mean error",
        "RMSE",
        "R2",
        "Slope",
        "Rank corr.",
        "Sign right",
    )
    for s in group.scores:
        table.add_row(
            s.method,
            f"{100 * s.mae:.2f}",
            f"{100 * s.rmse:.2f}",
            _number(s.r2),
            _number(s.slope),
            _number(s.rank),
            "-" if s.rank is None else f"{s.sign_hits} of {s.sign_tried}",
        )
    return table


def _sentences(group: GroupTest) -> list[str]:
    if group.coverage is None or group.gain is None:
        return []
    folded = ""
    if group.folded is not None:
        folded = f", {group.folded:.1%} with its scale set on other stocks"
    return [
        (
            f"The 90% band covers {group.coverage:.1%}{folded}. The mean error is "
            f"{100 * group.gain:.2f} points below that of the best naive way "
            f"({group.best_baseline}); 90% interval {100 * (group.gain_low or 0):.2f} "
            f"to {100 * (group.gain_high or 0):.2f}."
        )
    ]


def _portfolios(found: Validation) -> Table:
    from stresskit.cli.show import table_of

    table = table_of(
        "Random portfolios of 10 to 50 stocks, without their own stocks",
        "Name",
        "Number",
        "Mean error",
        f"beta x {found.index or 'index'}",
        "In the 90% band",
    )
    for p in found.portfolios:
        table.add_row(
            p.name,
            str(p.portfolios),
            f"{100 * p.mae:.2f}",
            "-" if p.index_mae is None else f"{100 * p.index_mae:.2f}",
            f"{p.coverage:.1%}",
        )
    return table


DAYS_LEGEND = (
    "Own: that day's own shocks, leave-one-out, theme stocks. Pattern: this factor's "
    "shocks at the severity that SMH, URA, XLU and IGV show, sensitivities from before "
    "that day. In band, Funds in: stocks (leave-one-out) and funds (real portfolios, "
    "placed by returns before that day) inside a 90% band whose width was set on this "
    "factor's own day. Index: beta times the index. Rank: correlation with what "
    "happened."
)


def _days(found: Validation) -> Table:
    from stresskit.cli.show import table_of

    table = table_of(
        "Other days",
        "Name",
        "Own",
        "In band",
        "Funds in",
        "Similar",
        "Severity",
        "Pattern",
        "Index",
        "Rank",
        "Index rank",
    )
    for d in found.days:
        table.add_row(
            d.factor,
            "-" if d.own is None else f"{100 * d.own:.2f}",
            f"{d.carried:.1%}",
            "-" if d.funds is None else f"{d.funds:.1%}",
            "-" if d.similarity is None else f"{d.similarity:+.2f}",
            _number(d.severity),
            "-" if d.pattern is None else f"{100 * d.pattern:.2f}",
            "-" if d.index is None else f"{100 * d.index:.2f}",
            _number(d.pattern_rank),
            _number(d.index_rank),
        )
    return table


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
